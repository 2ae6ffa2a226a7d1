"""The chart of the page, drawn anew only when what is on it has changed."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from clearline.channel.watch import watched_of
from clearline.conflicts.engine import Conflict
from clearline.conflicts.rules.areas import Area
from clearline.conflicts.theatre import VolumeRef
from clearline.faces import chart_words, words
from clearline.faces.chart import draw_chart, extent_step_m
from clearline.faces.chart_edges import outer_edge
from clearline.faces.chart_view import LonLat
from clearline.faces.page.allotment import Allotment, allot, marks
from clearline.faces.page.html import Html, el
from clearline.faces.page.parts import coloured, key_of
from clearline.faces.page.snapshot import Snapshot
from clearline.picture.areas import AreaHistory
from clearline.volumes.footprint import Footprint
from clearline.volumes.instant import Instant

SIZE_PX = (580, 520)
"""About as wide as the chart stands beside the conflicts on a screen of 1280: its texts keep their size."""

ALONE_PX = (960, 640)
"""The chart alone, with its base map, in place of a map that moves: as wide as it stands in the console."""

KEPT_MAX = 16
"""Charts kept for those who look: a window of time and a language each, for a few desks and the print of each."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one reader wants to see: in which language, from when until when (both at once, or neither), how large.

    With `size_px` chart and legend fit into that room; without, the chart has its usual size and the legend below it.
    """

    language: str = "en"
    start: Instant | None = None
    end: Instant | None = None
    size_px: tuple[int, int] | None = None

    def meets(self, start: Instant, end: Instant) -> bool:
        """Report whether something from `start` to `end` lies in the wanted window of time, ends included."""
        return (self.end is None or start <= self.end) and (self.start is None or end >= self.start)


@dataclass(frozen=True, slots=True)
class Draft:
    """What nobody has filed: footprints that a form holds, and where they meet what stands, in degrees."""

    footprints: Sequence[Footprint] = ()
    meets: Sequence[LonLat] = ()


@dataclass(slots=True)
class Draughtsman:
    """Draws the chart and keeps the last one with what it was drawn of."""

    _basis: object = None
    _svg: Html = Html("")  # noqa: RUF009 - a text is never changed
    _alone: dict[tuple[object, Wanted], str] = field(default_factory=dict)

    def picture(self, shot: Snapshot) -> Html:
        """Return the chart alone, as SVG: volumes in force and to come, areas, conflicts marked with their numbers."""
        return self._picture(shot, _allotted(shot, Wanted()))

    def alone(self, shot: Snapshot, wanted: Wanted, draft: Draft) -> str:
        """Return the chart with its base map, of what lies in the wanted window of time, in the reader's language.

        The draft is drawn on top for the one who asks, and never kept.
        """
        chosen = _allotted(shot, wanted)
        marked = marks([c for c in shot.clashes if wanted.meets(c.start, c.end)], chosen.drawn)
        areas = [
            a for a in shot.areas if any(wanted.meets(v.window.start, v.window.end) for v in a.current.area.volumes)
        ]
        # The window moves with the clock; what it holds rarely does.
        place = (_basis(shot, chosen, marked, areas), Wanted(wanted.language, size_px=wanted.size_px))
        found = None if draft.footprints else self._alone.pop(place, None)
        if found is None:
            watched = _watched(areas)
            say = functools.partial(chart_words.text, language=wanted.language)
            shapes = [one.volume.footprint for one in chosen.singly] + [area.footprint for area in watched]
            found = draw_chart(
                chosen.singly,
                conflicts=marked,
                numbers=shot.numbers,
                areas=watched,
                edges=[outer_edge(*key, footprints) for key, footprints in chosen.edged],
                draft=draft.footprints,
                meets=draft.meets,
                title=say("title", channel=shot.channel_name),
                left_out=[words.named(*key) for key in chosen.left_out],
                step_m=_step_m([*shapes, *draft.footprints]),
                order=coloured(shot.members),
                size_px=wanted.size_px or ALONE_PX,
                fit=wanted.size_px is not None,
                drill=shot.drill,
                language=wanted.language,
                base=True,
            )
        if draft.footprints:
            return found
        self._alone[place] = found
        while len(self._alone) > KEPT_MAX:
            del self._alone[next(iter(self._alone))]
        return found

    def chart(self, shot: Snapshot) -> Html:
        """Return the figure with its heading and what is not on it."""
        chosen = _allotted(shot, Wanted())
        picture = self._picture(shot, chosen)
        counts = words.count(len(shot.standing), "notice")
        left = f" Not drawn: {words.count(len(chosen.left_out), 'notice')}." if chosen.left_out else ""
        return el(
            "section",
            el("header", el("h2", "Chart", id="chart-heading"), el("p", f"{counts} in force and to come.{left}")),
            el("figure", picture, class_="chart"),
            id="chart",
            aria_labelledby="chart-heading",
        )

    def _picture(self, shot: Snapshot, chosen: Allotment) -> Html:
        marked = marks(shot.clashes, chosen.drawn)
        basis = _basis(shot, chosen, marked, shot.areas)
        if basis != self._basis:
            self._svg, self._basis = self._draw(shot, chosen, marked), basis
        return self._svg

    def _draw(self, shot: Snapshot, chosen: Allotment, marked: Sequence[Conflict]) -> Html:
        areas = _watched(shot.areas)
        shapes = [one.volume.footprint for one in chosen.singly] + [area.footprint for area in areas]

        def keys(ref: VolumeRef) -> str:
            return key_of((ref.party, ref.notice))

        return Html(
            draw_chart(
                chosen.singly,
                conflicts=marked,
                numbers=shot.numbers,
                areas=areas,
                edges=[outer_edge(*key, footprints) for key, footprints in chosen.edged],
                title=f"Chart of {shot.channel_name}: notices in force and to come",
                left_out=[words.named(*key) for key in chosen.left_out],
                step_m=_step_m(shapes),
                order=coloured(shot.members),
                keys_of=keys,
                size_px=SIZE_PX,
                drill=shot.drill,
            )
        )


def _allotted(shot: Snapshot, wanted: Wanted) -> Allotment:
    return allot(shot.standing, shot.clashes, own=shot.me.id, meets=wanted.meets)


def _basis(shot: Snapshot, chosen: Allotment, marked: Iterable[Conflict], areas: Iterable[AreaHistory]) -> object:
    return (
        chosen.basis,
        tuple((c.id, c.position, shot.numbers[c.id]) for c in marked),
        tuple(a.current.entry.id for a in areas),
    )


def _watched(areas: Iterable[AreaHistory]) -> list[Area]:
    return [
        area
        for history in areas
        for area in watched_of(history.current.entry.header.author, history.current.area.reference, history)
    ]


def _step_m(shapes: list[Footprint]) -> float:
    """Return a step for outlines, rounded to a power of two so that what is drawn again is not worked out again."""
    return 2.0 ** math.floor(math.log2(extent_step_m(shapes)))
