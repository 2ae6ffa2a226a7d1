"""Pages of lists: no answer grows without end."""

from __future__ import annotations

from dataclasses import dataclass

from clearline.faces.api.asked import Asked
from clearline.faces.api.table import Query

PAGE = 100
PAGE_MAX = 1_000
"""Items of one page at most: an answer of some MiB, which a console can still draw."""

FROM = Query("from", "The number of the first item, from 0.", {"type": "integer", "minimum": 0, "default": 0})
COUNT = Query(
    "count", "How many items at most.", {"type": "integer", "minimum": 1, "maximum": PAGE_MAX, "default": PAGE}
)


@dataclass(frozen=True, slots=True)
class Page:
    """Items from `first` up to but not including `end`."""

    first: int
    end: int

    def following(self, total: int) -> int | None:
        """Return the first item of the next page, `None` where this is the last."""
        return self.end if self.end < total else None


def page_of(asked: Asked) -> Page:
    """Return the page that a request asks for.

    Raises:
        Malformed: `from` or `count` is no number in its range.
    """
    first = asked.number("from", default=0, least=0, most=2**53 - 1)
    return Page(first, first + asked.number("count", default=PAGE, least=1, most=PAGE_MAX))
