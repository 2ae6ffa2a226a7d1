"""The phrase book that this package holds: read once, as data, by whoever needs words."""

from __future__ import annotations

import functools
from importlib.resources import files

from clearline.records.phrases.book import Book, parse_book

NEWEST = "book-1.json"
"""The catalogue that this version of Clearline writes with; older ones stand beside it under their numbers."""


@functools.cache
def shipped() -> Book:
    """Return the newest catalogue of the package."""
    return parse_book(files("clearline.records.phrases").joinpath(NEWEST).read_bytes(), where=NEWEST)
