"""The chart: volumes, areas and conflicts as one SVG, drawn by the server, readable without a script.

State is shape, word and colour together: a conflict is a triangle with a number as well as a colour, an area a
dashed line with its name. Nothing on it is green for "safe".
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from clearline.conflicts.engine import Conflict
from clearline.conflicts.rules.areas import Area
from clearline.conflicts.theatre import Placed, VolumeRef
from clearline.faces import chart_base, chart_words
from clearline.faces.chart_edges import OuterEdge
from clearline.faces.chart_ink import (
    ALARM,
    EDGE_DASH,
    FAINT,
    GROUND,
    INK,
    PARTIES,
    WARNING,
    Rect,
    escape,
    meet,
    rect_of,
    text_at,
    width_of,
)
from clearline.faces.chart_legend import (
    LEGEND_FLOWING_PX,
    LEGEND_LINE_PX,
    flowed,
    has_contested,
    in_words,
    legend_lines,
    legend_rows,
    missing_strip,
    pair_in_words,
)
from clearline.faces.chart_view import XY, LonLat, View, graticule, scale_bar
from clearline.faces.drill import BANNER
from clearline.faces.languages import RIGHT_TO_LEFT
from clearline.faces.words import count, named, plain
from clearline.volumes.footprint import Footprint, outline

DASHES = ("", "10 3", "3 3", "10 3 2 3")
"""When there are more parties than colours, the outline tells them apart."""

WIDTH_PX, MAP_PX = 1000, 700
BANNER_PX = 32.0
"""Height of the band at the top that is kept for a drill's banner."""

LABELS_MAX = 200
"""Names that are drawn at most: beyond, they would cover the chart; the text alternative counts them all."""

NAMES_MUST = 16
"""The first names are drawn even where they cover others; of a crowd, only those that find a free spot. On a chart
smaller than `WIDTH_PX` by `MAP_PX` they are fewer by as much."""

OUTLINE_POINTS = 400
"""The step of outlines is the extent divided by this: about one point for two pixels."""

POINT_APART_PX = 0.5
"""Points of an outline nearer than this to one another are drawn once."""

SPECK_PX = 2.0
"""Side of the square that stands for what is too small to be seen at a chart's scale."""

OUTLINES_KEPT = 2_048
"""Outlines kept at hand, for a chart that is drawn anew at each change of a busy hour."""

SMALL_VERTICES = 200
"""Footprints with more positions are outlined anew each time rather than kept."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    rings: tuple[tuple[LonLat, ...], ...]
    label: str
    colour: str
    dash: str
    hint: str
    keys: str = ""
    hollow: bool = False


def draw_chart(
    placed: Sequence[Placed],
    *,
    conflicts: Sequence[Conflict] = (),
    numbers: Mapping[str, int] | None = None,
    areas: Sequence[Area] = (),
    edges: Sequence[OuterEdge] = (),
    draft: Sequence[Footprint] = (),
    meets: Sequence[LonLat] = (),
    title: str = "Clearline chart",
    left_out: Sequence[str] = (),
    note: str = "",
    step_m: float = 500.0,
    order: Sequence[str] = (),
    keys_of: Callable[[VolumeRef], str] | None = None,
    size_px: tuple[int, int] = (WIDTH_PX, MAP_PX),
    drill: bool = False,
    language: str = "en",
    base: bool = False,
    fit: bool = False,
) -> str:
    """Return an SVG of the volumes, the areas that hold and the conflicts among them.

    Every text of others is escaped; the SVG holds no script, no link and no reference outside itself. `step_m` is the
    largest step along a drawn edge, in metres. `numbers` are the conflicts' numbers by their ids, where they are not
    counted through. `edges` are notices drawn by their outer edge, `left_out` the names of those that are not drawn
    at all, told at the top; `note` is the legend's last row; `draft` are footprints that nobody has filed, and
    `meets` where they meet what stands. Parties named in `order` keep their colours whoever is on the chart.
    `keys_of` names what is drawn for a page that selects: its words stand in `data-keys` of each volume and, after
    the finding's own id, of each conflict. `size_px` is the width of the chart and the height of its map; the legend
    comes below. With `fit` it is the height of both: the legend then runs on in as many lines as `LEGEND_SHARE`
    leaves it, the weightiest first, and the scale lies on the map. `drill` writes the banner across the chart and
    into its title: a chart is cut out and passed on. `language` is the one in which it speaks to its reader; `base`
    lays the shipped base map beneath.
    """
    width, map_height = size_px
    say = functools.partial(chart_words.text, language=language)
    rtl = language in RIGHT_TO_LEFT
    banner = BANNER if language == "en" else say("drill")
    named = f"{banner}: {title}" if drill else title
    drawn_parties = sorted({one.ref.party for one in placed} | {one.party for one in edges})
    parties = [*order, *(party for party in drawn_parties if party not in order)]
    style = {
        party: (PARTIES[i % len(PARTIES)], DASHES[(i // len(PARTIES)) % len(DASHES)]) for i, party in enumerate(parties)
    }
    drawn = [_drawn_edge(one, style[one.party][0], keys_of) for one in edges]
    drawn += [
        _drawn_volume(one, *style[one.ref.party], step_m=step_m, keys=keys_of(one.ref) if keys_of else "")
        for one in placed
    ]
    parties = [party for party in parties if party in drawn_parties]
    ruled = [_drawn_area(area, language, step_m=step_m) for area in areas]
    sketched = [_Drawn(_rings(one, step_m), say("draft"), INK, "7 4", say("draft")) for one in draft]
    everything = [point for one in (*drawn, *ruled, *sketched) for ring in one.rings for point in ring]

    def rows_of(contested: bool) -> list[tuple[str, str]]:
        *rows, permission, edged = legend_rows(
            parties,
            style,
            say,
            conflicts=bool(conflicts or meets),
            areas=areas,
            contested=contested,
            edges=bool(edges),
            draft=bool(draft),
        )
        last = [("", note)] if note else []
        return [permission, *rows, edged, *last] if fit else [*rows, permission, edged, *last]

    height = map_height
    if fit:
        # What stands in the legend depends on the map, and the map's height on the legend: the longest is reserved.
        map_height -= len(flowed(rows_of(base), 0, size_px, rtl=rtl)[0]) * LEGEND_FLOWING_PX
    if base:
        view = View.of(
            everything or chart_base.THEATRE, width_px=width, height_px=map_height, span_min_m=chart_base.SPAN_MIN_M
        )
    else:
        view = View.of(everything, width_px=width, height_px=map_height)
    under = chart_base.base_map(view, language) if base else None
    rows = rows_of(has_contested(under))
    if fit:
        legend = flowed(rows, map_height, size_px, rtl=rtl)[1]
    else:
        legend = legend_lines(rows, map_height, width, rtl=rtl)
        height = map_height + LEGEND_LINE_PX * (max(2, len(legend)) + 1)
    taken: list[Rect] = [(0.0, 0.0, float(width), BANNER_PX)] if drill else []
    taken += [(x - 13, y - 13, x + 13, y + 13) for x, y in map(view.xy, meets)]
    if fit:
        bars = width / 4 + 100
        taken.append((0.0 if rtl else width - bars, map_height - 46.0, bars if rtl else width, map_height))
    missing = missing_strip(left_out, say, width, BANNER_PX if drill else 0.0, taken, rtl=rtl)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        'aria-labelledby="chart-title chart-desc" font-family="system-ui, sans-serif" font-size="13" '
        'direction="ltr">',
        f'<title id="chart-title">{escape(named)}</title>',
        f'<desc id="chart-desc">{escape(in_words(parties, placed, conflicts, areas, edges, left_out))}</desc>',
        f'<rect width="{width}" height="{height}" fill="{GROUND}"/>',
        f'<clipPath id="frame"><rect width="{width}" height="{map_height}"/></clipPath>',
        '<g clip-path="url(#frame)">',
        *(under.shapes if under else ()),
        *_graticule(view, taken),
        *(_shape(view, one) for one in drawn),
        *(_shape(view, one) for one in ruled),
        *(_shape(view, one) for one in sketched),
        *_marks(view, conflicts, numbers, taken, keys_of),
        *_names(view, [*sketched, *ruled, *_by_notice(drawn)], taken, rtl=rtl),
        *chart_base.written(under.names if under else (), functools.partial(_base_name, view, taken, rtl)),
        *(_meeting(view.xy(at)) for at in meets),
        "</g>",
        *missing,
        f'<rect width="{width}" height="{map_height}" fill="none" stroke="{FAINT}"/>',
        *_scale(view, rtl=rtl, inside=fit),
        *legend,
        *(_drill(width, map_height, banner, say("drill.word")) if drill else ()),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _drill(width: int, height: int, banner: str, word: str) -> tuple[str, str]:
    """Return the banner at the top of the map and large across it, so that no part of it can be cut out without it."""
    large, small = min(width / max(5, len(word)), height * 0.6), min(18, 1.6 * width / len(banner))
    across = (
        f'<text x="{width / 2}" y="{height / 2}" font-size="{large:.0f}" font-weight="bold" '
        f'text-anchor="middle" fill="#f0b429" fill-opacity="0.16" '
        f'transform="rotate(-25 {width / 2} {height / 2})">{word}</text>'
    )
    top = (
        f'<text x="{width / 2}" y="24" font-size="{small:g}" font-weight="bold" text-anchor="middle" fill="#f0b429" '
        f'stroke="#121a23" stroke-width="4" paint-order="stroke">{banner}</text>'
    )
    return across, top


def _rings(footprint: Footprint, step_m: float) -> tuple[tuple[LonLat, ...], ...]:
    if sum(len(ring) for part in footprint.parts for ring in part) > SMALL_VERTICES:
        return outline(footprint, step_m=step_m)
    return _known_outline(footprint, step_m)


@functools.lru_cache(OUTLINES_KEPT)
def _known_outline(footprint: Footprint, step_m: float) -> tuple[tuple[LonLat, ...], ...]:
    return outline(footprint, step_m=step_m)


def _drawn_volume(one: Placed, colour: str, dash: str, *, step_m: float, keys: str) -> _Drawn:
    label = named(one.ref.party, one.ref.notice)
    about = "area only" if one.activity is None or one.nature is None else f"{plain(one.activity)}, {plain(one.nature)}"
    hint = f"{label}, volume {one.ref.volume}: {about}"
    return _Drawn(_rings(one.volume.footprint, step_m), label, colour, dash, hint, keys)


def _drawn_edge(one: OuterEdge, colour: str, keys_of: Callable[[VolumeRef], str] | None) -> _Drawn:
    hint = f"{named(one.party, one.notice)}: outer edge of {count(one.volumes, 'volume')}, simplified"
    keys = keys_of(VolumeRef(one.party, one.notice, 0)) if keys_of else ""
    return _Drawn((one.ring,), one.label, colour, EDGE_DASH, hint, keys, hollow=True)


def _by_notice(drawn: Sequence[_Drawn]) -> list[_Drawn]:
    """Return one shape of each notice, its outer edge where it has one: the first names are drawn in any case."""
    first: dict[str, _Drawn] = {}
    for one in drawn:
        first.setdefault(one.label.removeprefix("≈ "), one)
    return [*first.values()]


def _drawn_area(area: Area, language: str, *, step_m: float) -> _Drawn:
    what = chart_words.text("red_line" if area.kind == "red_line" else "zone", language)
    label = chart_words.text("revision", language, what=what, reference=area.reference, revision=area.revision)
    hint = f"{label} of {area.party}" if language == "en" else f"{area.party}: {label}"
    return _Drawn(_rings(area.footprint, step_m), label, WARNING, "8 5", hint)


def _shape(view: View, one: _Drawn) -> str:
    path = "".join(
        "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in _thinned([view.xy(point) for point in ring])) + "Z"
        for ring in one.rings
        if ring
    )
    dash = f' stroke-dasharray="{one.dash}"' if one.dash else ""
    if all(len(ring) == 1 for ring in one.rings):
        x, y = view.xy(one.rings[0][0])
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{one.colour}"><title>{escape(one.hint)}</title></circle>'
    fill = 'fill="none"' if one.hollow else f'fill="{one.colour}" fill-opacity="0.16" fill-rule="evenodd"'
    return (
        f'<path d="{path}" {fill} stroke="{one.colour}" '
        f'stroke-width="1.6"{dash}{_keys(one.keys)}><title>{escape(one.hint)}</title></path>'
    )


def _thinned(pixels: Sequence[XY]) -> list[XY]:
    """Return the points without those nearer than `POINT_APART_PX` to the one before: nobody could see them."""
    kept = [pixels[0]]
    for x, y in pixels[1:]:
        if abs(x - kept[-1][0]) + abs(y - kept[-1][1]) >= POINT_APART_PX:
            kept.append((x, y))
    if len(kept) < 3:
        # What is smaller than a pixel is still there: a ring of one point would be drawn as nothing.
        (x, y), half = kept[0], SPECK_PX / 2
        return [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]
    return kept


def _keys(keys: str) -> str:
    return f' data-keys="{escape(keys)}"' if keys else ""


def _graticule(view: View, taken: list[Rect]) -> list[str]:
    parts = []
    for line in graticule(view):
        for run in line.runs:
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
            parts.append(f'<polyline points="{points}" fill="none" stroke="{FAINT}" stroke-width="0.8"/>')
        x = min(max(line.at[0] + 3, 2), view.width_px - 60)
        y = min(max(line.at[1] - 4, 14), view.height_px - 4)
        rect = rect_of(x, y, line.label, 11)
        if not any(meet(rect, other) for other in taken):
            taken.append(rect)
            parts.append(text_at(x, y, line.label, colour="#8ea0b0", size=11))
    return parts


def _marks(
    view: View,
    conflicts: Sequence[Conflict],
    numbers: Mapping[str, int] | None,
    taken: list[Rect],
    keys_of: Callable[[VolumeRef], str] | None,
) -> list[str]:
    """Return a numbered triangle for each conflict; those at one spot share the first one's place."""
    parts = []
    counted = [(numbers[one.id] if numbers else n, one) for n, one in enumerate(conflicts, start=1)]
    for n, (number, conflict) in enumerate(counted):
        x, y = view.xy(conflict.position)
        hint = f"Conflict {number}: {pair_in_words(conflict)}"
        keys = f"{conflict.id} {keys_of(conflict.a)} {keys_of(conflict.b)}" if keys_of else ""
        parts.append(
            f'<g{_keys(keys)}><title>{escape(hint)}</title><path d="M{x:.1f} {y - 9:.1f}l9 16h-18z" fill="{GROUND}" '
            f'stroke="{ALARM}" stroke-width="2.4"/>'
            f'<text x="{x:.1f}" y="{y + 5:.1f}" fill="{ALARM}" font-size="10" text-anchor="middle">!</text></g>'
        )
        if n < LABELS_MAX:
            taken.append((x - 10, y - 10, x + 10, y + 8))
    for number, conflict in counted[:LABELS_MAX]:
        x, y = view.xy(conflict.position)
        parts += _placed_text(view, x, y, str(number), ALARM, taken, must=False)
    return parts


def _meeting(at: XY) -> str:
    """Return the mark of a conflict that is not in force yet: a ring with its sign, no number."""
    x, y = at
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="11" fill="none" stroke="{ALARM}" stroke-width="3"/>'
        f'<text x="{x:.1f}" y="{y + 5:.1f}" fill="{ALARM}" font-size="14" font-weight="bold" '
        'text-anchor="middle">!</text>'
    )


def _base_name(view: View, taken: list[Rect], rtl: bool, at: XY, text: str, colour: str) -> list[str]:
    return _placed_text(view, *at, text, colour, taken, must=False, rtl=rtl, size=12)


def _names(view: View, drawn: Sequence[_Drawn], taken: list[Rect], *, rtl: bool) -> list[str]:
    parts: list[str] = []
    named: set[str] = set()
    most = math.ceil(NAMES_MUST * min(1.0, view.width_px * view.height_px / (WIDTH_PX * MAP_PX)))
    for one in drawn[: LABELS_MAX * 4]:
        if one.label in named or len(named) >= LABELS_MAX or not one.rings:
            continue
        named.add(one.label)
        pixels = [view.xy(point) for point in one.rings[0]]
        top = min(pixels, key=lambda at: at[1])
        parts += _placed_text(view, top[0], top[1], one.label, one.colour, taken, must=len(named) <= most, rtl=rtl)
    return parts


def _placed_text(
    view: View,
    x: float,
    y: float,
    text: str,
    colour: str,
    taken: list[Rect],
    *,
    must: bool,
    rtl: bool = False,
    size: float = 13,
) -> list[str]:
    """Return the text beside a spot where it covers no other; at the first place when `must` and none is free."""
    width = width_of(text, size)
    spots = [(x + dx, y + dy) for dy in (-6, 18, 34, -22, 50, -38, 66) for dx in (-width / 2, 12.0, -width - 12)]
    inside = [
        (min(max(sx, 3.0), view.width_px - width - 3), min(max(sy, 14.0), view.height_px - 5.0)) for sx, sy in spots
    ]
    free = [at for at in inside if not any(meet(rect_of(*at, text, size), other) for other in taken)]
    if not free and not must:
        return []
    at = free[0] if free else inside[0]
    taken.append(rect_of(*at, text, size))
    return [text_at(*at, text, colour=colour, size=size, rtl=rtl)]


def _scale(view: View, *, rtl: bool, inside: bool) -> list[str]:
    """Return the two bars, on the map or beside the legend: at the right, at the left where it reads from the right."""
    parts = []
    for row, (label, length) in enumerate(scale_bar(view)):
        y = view.height_px + (-32 if inside else 14) + row * LEGEND_LINE_PX
        x0 = 90.0 if rtl else view.width_px - 20 - length
        parts.append(f'<path d="M{x0:.1f} {y - 4}v8h{length:.1f}v-8" fill="none" stroke="{INK}" stroke-width="1.4"/>')
        parts.append(text_at(x0 - width_of(label, 12) - 6, y + 5, label, colour=INK, size=12))
    return parts


def extent_step_m(footprints: Iterable[Footprint]) -> float:
    """Return a step for outlines that suits what is drawn: the extent of the footprints over `OUTLINE_POINTS`."""
    from clearline.volumes.footprint import ecef_box

    boxes = [ecef_box(footprint) for footprint in footprints]
    if not boxes:
        return 1000.0
    spans = [max(box[i + 3] for box in boxes) - min(box[i] for box in boxes) for i in range(3)]
    return max(10.0, max(spans) / OUTLINE_POINTS)
