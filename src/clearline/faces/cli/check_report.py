"""What `clearline check` prints: one JSON object, or words for an officer at 3 a.m."""

from __future__ import annotations

import json
from collections.abc import Sequence

from clearline.conflicts.engine import Conflict
from clearline.conflicts.minima import Minima
from clearline.conflicts.theatre import VolumeRef
from clearline.records.notice import NoticeDraft
from clearline.volumes.altitude import format_altitude
from clearline.volumes.footprint import sag_warnings, show_position
from clearline.volumes.instant import Instant, format_instant
from clearline.volumes.units import ft_from_m, nm_from_m
from clearline.volumes.volume import Volume

CLOSING = "This compares what the files say, and nothing else. It gives no permission and promises no safety."


def as_json(drafts: Sequence[NoticeDraft], minima: Minima, conflicts: Sequence[Conflict]) -> str:
    """Return the findings as one JSON object in one line, with the members of DESIGN.md, section 6."""
    found = {
        "checked": {"notices": len(drafts), "volumes": sum(len(draft.volumes) for draft in drafts)},
        "minima": {
            "lateral_m": minima.lateral_m,
            "vertical_m": minima.vertical_m,
            "time_s": minima.time_s,
        },
        "conflicts": [
            {
                "a": _ref(one.a),
                "b": _ref(one.b),
                "lateral_gap_m": one.lateral_gap_m,
                "vertical_gap_m": one.vertical_gap_m,
                "time_gap_s": one.time_gap_s,
                "start": format_instant(one.start),
                "end": format_instant(one.end),
                "position": [round(one.position[0], 7), round(one.position[1], 7)],
            }
            for one in conflicts
        ],
    }
    return json.dumps(found, allow_nan=False) + "\n"


def in_words(
    drafts: Sequence[NoticeDraft], minima: Minima, conflicts: Sequence[Conflict], *, within_party: bool
) -> str:
    """Return the findings in words: what was compared, each conflict, and what the answer is not."""
    by_ref = {
        VolumeRef(draft.party, draft.notice, number): (draft, volume)
        for draft in drafts
        for number, volume in enumerate(draft.volumes)
    }
    lines = []
    for number, one in enumerate(conflicts, start=1):
        lines += _conflict(number, len(conflicts), one, by_ref)
        lines.append("")
    parties = sorted({draft.party for draft in drafts})
    pairs = "any two notices" if within_party else "different parties"
    compared = (
        f"Compared {_count(len(drafts), 'notice')} with {_count(len(by_ref), 'volume')} of "
        f"{_count(len(parties), 'party', 'parties')}{' (' + ', '.join(parties) + ')' if parties else ''}, "
        f"between {pairs}."
    )
    if conflicts:
        lines.append(f"{_count(len(conflicts), 'conflict')} found. {compared}")
    else:
        lines.append(f"No overlap found. {compared}")
    lines.append(f"Minima for every pair: {minima_in_words(minima)} ({minima.source}).")
    lines.append("Heights of different datums were compared with worldwide ranges of air, geoid and terrain.")
    lines.append(CLOSING)
    return "\n".join(lines) + "\n"


def minima_in_words(minima: Minima) -> str:
    """Return the three minima as an officer reads them, in both units."""
    return (
        f"lateral {length_in_words(minima.lateral_m)}, vertical {height_in_words(minima.vertical_m)}, "
        f"time {duration_in_words(minima.time_s)}"
    )


def sag_lines(drafts: Sequence[NoticeDraft]) -> list[str]:
    """Return a line for each edge that leaves the straight line of longitude and latitude by more than 100 m."""
    lines = []
    for draft in drafts:
        for number, volume in enumerate(draft.volumes):
            for sag in sag_warnings(volume.footprint):
                chain = volume.footprint.parts[sag.part][sag.ring]
                start, end = show_position(chain[sag.edge]), show_position(chain[sag.edge + 1])
                lines.append(
                    f"{draft.party} {draft.notice}, volume {number}: the edge from {start} to {end} is the shortest "
                    f"way on the ellipsoid; it runs up to {length_in_words(round(sag.sag_m))} from the straight line "
                    "of longitude and latitude. Put positions between to draw another way"
                )
    return lines


def _conflict(number: int, of: int, one: Conflict, by_ref: dict[VolumeRef, tuple[NoticeDraft, Volume]]) -> list[str]:
    when = f"{_zulu(one.start)} to {_zulu(one.end)}"
    if one.time_gap_s:
        when = f"not at one time; {duration_in_words(one.time_gap_s)} apart, from {when}"
    else:
        when += f", {duration_in_words((one.end - one.start) / 1000)} in common"
    minima = one.minima
    return [
        f"CONFLICT {number} of {of}  {one.id}",
        *(_side(letter, ref, *by_ref[ref]) for letter, ref in (("a", one.a), ("b", one.b))),
        f"  when      {when}",
        _gap("lateral", one.lateral_gap_m, length_in_words(one.lateral_gap_m), length_in_words(minima.lateral_m)),
        _gap("vertical", one.vertical_gap_m, height_in_words(one.vertical_gap_m), height_in_words(minima.vertical_m)),
        _gap("time", one.time_gap_s, duration_in_words(one.time_gap_s), duration_in_words(minima.time_s)),
        f"  where     {position_in_words(one.position)}",
    ]


def _side(letter: str, ref: VolumeRef, draft: NoticeDraft, volume: Volume) -> str:
    band, window = volume.band, volume.window
    return (
        f"  {letter}         {ref.party} {ref.notice}, volume {ref.volume}: "
        f"{_plain(draft.activity)}, {_plain(draft.nature)}, "
        f"{format_altitude(band.lower)} to {format_altitude(band.upper)}, "
        f"{_zulu(window.start)} to {_zulu(window.end)}"
    )


def _gap(name: str, gap: float, words: str, minimum: str) -> str:
    found = f"gap {words}" if gap else "they overlap"
    return f"  {name:<9} {found}; minimum {minimum}"


def length_in_words(metres: float) -> str:
    """Return a distance in nautical miles and kilometres, or in metres below one kilometre."""
    if metres < 1000:
        return f"{metres:.10g} m"
    return f"{nm_from_m(metres):.2f} NM ({metres / 1000:.2f} km)"


def height_in_words(metres: float) -> str:
    """Return a difference of height in feet and metres."""
    if metres == float("inf"):
        return "any height"
    return f"{ft_from_m(metres):,.0f} ft ({metres:,.0f} m)"


def duration_in_words(seconds: float) -> str:
    """Return a duration in hours, minutes and seconds; thousandths only where there are any."""
    whole, ms = divmod(round(seconds * 1000), 1000)
    hours, rest = divmod(whole, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [f"{hours:,} h"] if hours else []
    if minutes:
        parts.append(f"{minutes} min")
    if rest or ms or not parts:
        parts.append(f"{rest}.{ms:03d} s" if ms else f"{rest} s")
    return " ".join(parts)


def position_in_words(position: tuple[float, float]) -> str:
    """Return longitude and latitude as latitude first, in decimal degrees and in degrees and minutes."""
    lon, lat = position
    return (
        f"{abs(lat):.5f}°{'N' if lat >= 0 else 'S'} {abs(lon):.5f}°{'E' if lon >= 0 else 'W'}"
        f"  ({_minutes(lat, 'N', 'S', 2)} {_minutes(lon, 'E', 'W', 3)})"
    )


def _minutes(degrees: float, positive: str, negative: str, digits: int) -> str:
    thousandths = round(abs(degrees) * 60_000)
    whole, rest = divmod(thousandths, 60_000)
    return f"{whole:0{digits}d}°{rest / 1000:06.3f}′{positive if degrees >= 0 else negative}"


def _zulu(at: Instant) -> str:
    return format_instant(at).replace("T", " ")


def _plain(word: str) -> str:
    return word.replace("_", " ")


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _ref(ref: VolumeRef) -> dict[str, str | int]:
    return {"party": ref.party, "notice": ref.notice, "volume": ref.volume}
