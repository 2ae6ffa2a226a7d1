"""Scenario builders: volumes and notices in few words."""

from __future__ import annotations

from clearline.conflicts.minima import agreed
from clearline.records.activity import Activity, Nature
from clearline.records.agreement import DEFAULT_ROWS
from clearline.records.notice import Details, NoticeDraft
from clearline.testing.members import START
from clearline.volumes import footprint as footprints
from clearline.volumes.altitude import Band, parse_altitude
from clearline.volumes.instant import Instant, Window
from clearline.volumes.volume import Volume

PALMYRA = (38.3170, 34.5574)
"""Longitude and latitude of the air base at Palmyra (OSPR)."""

MINUTE_MS = 60_000

DEFAULT_MINIMA = agreed(DEFAULT_ROWS, agreement="default agreement")
"""The separation minima of an agreement that changes none."""


def circle(
    lon: float = PALMYRA[0],
    lat: float = PALMYRA[1],
    *,
    radius_m: float = 5_000,
    lower: str = "SFC",
    upper: str = "FL100",
    start_min: float = 60,
    end_min: float = 120,
) -> Volume:
    """Return a circle; times are minutes after `START`."""
    return Volume(
        footprints.point((lon, lat), radius_m=radius_m, where="test"),
        Band(parse_altitude(lower, where="test"), parse_altitude(upper, where="test")),
        Window(Instant(START + round(start_min * MINUTE_MS)), Instant(START + round(end_min * MINUTE_MS))),
    )


def draft(
    party: str,
    reference: str,
    *volumes: Volume,
    activity: Activity = Activity.AIR,
    nature: Nature = Nature.OWN_PRESENCE,
) -> NoticeDraft:
    """Return a notice draft of these volumes, or of one circle round Palmyra."""
    held = volumes or (circle(),)
    return NoticeDraft(party, reference, activity, nature, held, tuple(Details() for _ in held))
