"""What `clearline check` prints: one JSON object, or words for an officer at 3 a.m."""

from __future__ import annotations

import json
from collections.abc import Sequence

from clearline.conflicts.engine import Conflict
from clearline.conflicts.minima import Minima
from clearline.conflicts.theatre import VolumeRef
from clearline.faces.words import (
    count,
    duration_in_words,
    height_in_words,
    length_in_words,
    minima_in_words,
    plain,
    position_in_words,
    zulu,
)
from clearline.records.notice import NoticeDraft
from clearline.volumes.altitude import format_altitude
from clearline.volumes.footprint import sag_warnings, show_position
from clearline.volumes.instant import format_instant
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
        f"Compared {count(len(drafts), 'notice')} with {count(len(by_ref), 'volume')} of "
        f"{count(len(parties), 'party', 'parties')}{' (' + ', '.join(parties) + ')' if parties else ''}, "
        f"between {pairs}."
    )
    if conflicts:
        lines.append(f"{count(len(conflicts), 'conflict')} found. {compared}")
    else:
        lines.append(f"No overlap found. {compared}")
    if len(parties) == 1 and len(drafts) > 1 and not within_party:
        lines.append(f"All are notices of {parties[0]}, so no two were compared: --within-party compares them.")
    lines.append(f"Minima for every pair: {minima_in_words(minima)} ({minima.source}).")
    lines.append("Heights of different datums were compared with worldwide ranges of air, geoid and terrain.")
    lines.append(CLOSING)
    return "\n".join(lines) + "\n"


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
    when = f"{zulu(one.start)} to {zulu(one.end)}"
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
        f"{plain(draft.activity)}, {plain(draft.nature)}, "
        f"{format_altitude(band.lower)} to {format_altitude(band.upper)}, "
        f"{zulu(window.start)} to {zulu(window.end)}"
    )


def _gap(name: str, gap: float, words: str, minimum: str) -> str:
    found = f"gap {words}" if gap else "they overlap"
    return f"  {name:<9} {found}; minimum {minimum}"


def _ref(ref: VolumeRef) -> dict[str, str | int]:
    return {"party": ref.party, "notice": ref.notice, "volume": ref.volume}
