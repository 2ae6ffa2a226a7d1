"""The chart of the page, drawn anew only when what is on it has changed."""

from __future__ import annotations

import math
from dataclasses import dataclass

from clearline.channel.watch import placed_of, watched_of
from clearline.conflicts.theatre import VolumeRef
from clearline.faces import words
from clearline.faces.chart import draw_chart, extent_step_m
from clearline.faces.page.html import Html, el
from clearline.faces.page.parts import coloured, key_of
from clearline.faces.page.snapshot import Snapshot
from clearline.volumes.footprint import Footprint

SIZE_PX = (580, 520)
"""About as wide as the chart stands beside the conflicts on a screen of 1280: its texts keep their size."""


@dataclass(slots=True)
class Draughtsman:
    """Draws the chart and keeps the last one with what it was drawn of."""

    _basis: object = None
    _svg: Html = Html("")  # noqa: RUF009 - a text is never changed

    def picture(self, shot: Snapshot) -> Html:
        """Return the chart alone, as SVG: volumes in force and to come, areas, conflicts marked with their numbers."""
        basis = (
            tuple((h.current.entry.id, h.overrun_until) for h in shot.drawn),
            tuple((c.id, c.position) for c in shot.marked),
            tuple(a.current.entry.id for a in shot.areas),
        )
        if basis != self._basis:
            self._svg, self._basis = self._draw(shot), basis
        return self._svg

    def chart(self, shot: Snapshot) -> Html:
        """Return the figure with its heading and what is not on it."""
        picture = self.picture(shot)
        counts = words.count(len(shot.drawn), "notice")
        left = f" {words.count(shot.left_out, 'notice')} without conflict not drawn." if shot.left_out else ""
        return el(
            "section",
            el("header", el("h2", "Chart", id="chart-heading"), el("p", f"{counts} in force and to come.{left}")),
            el("figure", picture, class_="chart"),
            id="chart",
            aria_labelledby="chart-heading",
        )

    def _draw(self, shot: Snapshot) -> Html:
        placed = [one for history in shot.drawn for one in placed_of(history)]
        areas = [
            area
            for history in shot.areas
            for area in watched_of(history.current.entry.header.author, history.current.area.reference, history)
        ]
        shapes = [one.volume.footprint for one in placed] + [area.footprint for area in areas]

        def keys(ref: VolumeRef) -> str:
            return key_of((ref.party, ref.notice))

        return Html(
            draw_chart(
                placed,
                conflicts=shot.marked,
                areas=areas,
                title=f"Chart of {shot.channel_name}: notices in force and to come",
                step_m=_step_m(shapes),
                order=coloured(shot.members),
                keys_of=keys,
                size_px=SIZE_PX,
                drill=shot.drill,
            )
        )


def _step_m(shapes: list[Footprint]) -> float:
    """Return a step for outlines, rounded to a power of two so that what is drawn again is not worked out again."""
    return 2.0 ** math.floor(math.log2(extent_step_m(shapes)))
