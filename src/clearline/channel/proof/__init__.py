"""Proving a whole record, offline or in the background."""
