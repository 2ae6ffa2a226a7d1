"""Clearline: the software of a deconfliction channel."""

__version__ = "0.1.0"
