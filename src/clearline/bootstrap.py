"""Chooses real clocks, stores and sockets."""
