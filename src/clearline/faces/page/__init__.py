"""The server-drawn page."""
