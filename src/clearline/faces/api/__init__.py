"""The officer's API."""
