"""Simulated members, clock and network; store contracts; scenario builders. Imported by tests alone."""
