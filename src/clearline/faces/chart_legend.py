"""What stands beside a chart: its legend, what is not drawn, and all of it in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clearline.conflicts.engine import Conflict
from clearline.conflicts.rules.areas import Area
from clearline.conflicts.theatre import Placed
from clearline.faces import chart_base
from clearline.faces.chart_edges import OuterEdge
from clearline.faces.chart_ink import ALARM, EDGE_DASH, GROUND, INK, WARNING, Rect, text_at, width_of
from clearline.faces.words import count, named

LEGEND_LINE_PX, LEGEND_FLOWING_PX = 22, 18
LEGEND_SHARE = 0.25
"""The part of a fitted chart's height that its legend may take: the rest is for the map."""

MISSING_LINES = 2
"""Lines in which what is not drawn is named: the chart beneath must stay one."""


LABELS_MAX = 200
"""Names that are said at most in the text alternative."""


def has_contested(under: chart_base.BaseMap | None) -> bool:
    """Report whether a contested line is on the map: only then the legend tells its dashes."""
    return under is not None and any('data-base="contested"' in part for part in under.shapes)


def legend_rows(
    parties: Sequence[str],
    style: dict[str, tuple[str, str]],
    say: Callable[[str], str],
    *,
    conflicts: bool,
    areas: Sequence[Area],
    contested: bool,
    edges: bool,
    draft: bool,
) -> list[tuple[str, str]]:
    """Return the rows of the legend: a mark 26 px wide, and its text."""
    rows = []
    for party in parties:
        colour, dash = style[party]
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        mark = (
            f'<rect y="-11" width="26" height="13" fill="{colour}" fill-opacity="0.25" stroke="{colour}" '
            f'stroke-width="1.6"{dashes}/>'
        )
        rows.append((mark, party))
    if areas:
        rows.append(
            (f'<path d="M0 -4h26" stroke="{WARNING}" stroke-width="1.8" stroke-dasharray="8 5"/>', say("areas"))
        )
    if contested:
        mark = f'<path d="M0 -4h26" stroke="{chart_base.CONTESTED}" stroke-width="1.5" stroke-dasharray="6 4"/>'
        rows.append((mark, say("contested")))
    if conflicts:
        mark = f'<path d="M13 -13l8 14h-16z" fill="none" stroke="{ALARM}" stroke-width="2"/>'
        rows.append((mark, say("conflicts")))
    if edges:
        mark = f'<path d="M0 -4h26" stroke="{INK}" stroke-width="1.6" stroke-dasharray="{EDGE_DASH}"/>'
        rows.append((mark, say("simplified")))
    if draft:
        mark = f'<path d="M0 -4h26" stroke="{INK}" stroke-width="1.6" stroke-dasharray="7 4"/>'
        rows.insert(0, (mark, say("draft")))
    return [*rows, ("", say("permission")), ("", say("edges"))]


def flowed(
    rows: Sequence[tuple[str, str]], top: float, size_px: tuple[int, int], *, rtl: bool
) -> tuple[list[float], list[str]]:
    """Return the lines of a legend that runs on, each by its length, and what is written in them.

    What does not fit is left out: it is on a larger chart, and the weightiest comes first.
    """
    width, height = size_px
    most = max(1, int(height * LEGEND_SHARE / LEGEND_FLOWING_PX))
    lines, parts = [14.0], []
    for mark, text in rows:
        wide = (36.0 if mark else 0.0) + width_of(text, 12) + 18
        if lines[-1] + wide > width and lines[-1] > 14:
            if len(lines) == most:
                continue
            lines.append(14.0)
        at, y = lines[-1], top + LEGEND_FLOWING_PX * len(lines) - 5
        lines[-1] += wide
        x = width - at - 26 if rtl else at
        beside = (-10 if rtl else 36) if mark else (26 if rtl else 0)
        words = text_at(beside, 0, text, colour=INK, size=12, rtl=rtl, anchor="start")
        parts.append(f'<g transform="translate({x:g} {y:g})">{mark}{words}</g>')
    return lines, parts


def missing_strip(
    left_out: Sequence[str], say: Callable[..., str], width: int, top: float, taken: list[Rect], *, rtl: bool
) -> list[str]:
    """Return the strip at the top that names what is not drawn, as far as it has room, and counts the rest."""
    if not left_out:
        return []
    size, room = 13, width - 28
    first, end = ("\u2068", "\u2069") if rtl else ("", "")
    lines, named_here = [say("left_out", count=len(left_out)), ""], 0
    for name in left_out:
        longer = f"{lines[-1]}{', ' if lines[-1] else ''}{first}{name}{end}"
        if width_of(longer, size) > room - 70:
            if len(lines) > MISSING_LINES:
                break
            longer = f"{first}{name}{end}"
            lines.append("")
        lines[-1] = longer
        named_here += 1
    if named_here < len(left_out):
        lines[-1] += f" +{len(left_out) - named_here}"
    rect = (0.0, top, float(width), top + 8 + 17 * len(lines))
    x = width - 14 if rtl else 14
    taken.append(rect)
    return [
        f'<rect y="{top:g}" width="{width}" height="{rect[3] - top:g}" fill="{GROUND}" fill-opacity="0.9"/>',
        *(
            text_at(x, top + 17 * (n + 1), line, colour=WARNING, size=size, rtl=rtl, anchor="start")
            for n, line in enumerate(lines)
        ),
    ]


def legend_lines(rows: Sequence[tuple[str, str]], top: float, width: float, *, rtl: bool) -> list[str]:
    """Return a legend of one row a line, beneath `top`."""
    parts = []
    for number, (mark, text) in enumerate(rows):
        y = top + 20 + number * LEGEND_LINE_PX
        x = width - 14 - 26 if rtl else 14
        words = (
            text_at(-10, 0, text, colour=INK, size=13, rtl=True, anchor="start")
            if rtl
            else text_at(36, 0, text, colour=INK, size=13)
        )
        parts.append(f'<g transform="translate({x:g} {y})">{mark}{words}</g>')
    return parts


def in_words(
    parties: Sequence[str],
    placed: Sequence[Placed],
    conflicts: Sequence[Conflict],
    areas: Sequence[Area],
    edges: Sequence[OuterEdge],
    left_out: Sequence[str],
) -> str:
    """Return the text alternative: what is on the chart, and each conflict up to a bound."""
    counts = ", ".join(f"{sum(one.ref.party == party for one in placed)} of {party}" for party in parties)
    said = [f"{count(len(placed), 'volume')}{f' ({counts})' if counts else ''}, {count(len(areas), 'area')}."]
    rough = [f"{named(one.party, one.notice)} ({count(one.volumes, 'volume')})" for one in edges[:LABELS_MAX]]
    said += [f"Drawn by its outer edge, simplified: {', '.join(rough)}."] if rough else []
    said += [f"Not drawn: {count(len(left_out), 'notice')}, {', '.join(left_out[:LABELS_MAX])}."] if left_out else []
    said.append(f"{count(len(conflicts), 'conflict')}." if conflicts else "No overlap found.")
    said += [f"{number}: {pair_in_words(one)}." for number, one in enumerate(conflicts[:LABELS_MAX], start=1)]
    if len(conflicts) > LABELS_MAX:
        said.append(f"And {len(conflicts) - LABELS_MAX} more.")
    return " ".join(said)


def pair_in_words(conflict: Conflict) -> str:
    """Return the two volumes of a conflict."""
    a, b = conflict.a, conflict.b
    return f"{named(a.party, a.notice)} volume {a.volume} with {named(b.party, b.notice)} volume {b.volume}"
