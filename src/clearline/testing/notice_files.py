"""Notice files as an officer would send them, with times relative to now."""

from __future__ import annotations

from typing import Any

from clearline.bootstrap import now
from clearline.testing.theatre import PALMYRA
from clearline.volumes.instant import Instant, format_instant

MINUTE_MS = 60_000


def at_minute(minutes: float) -> str:
    """Return the instant so many minutes from now, to the second, as a notice file writes it."""
    return format_instant(Instant((now() + round(minutes * MINUTE_MS)) // 1000 * 1000))


def notice_file(
    party: str,
    reference: str,
    *,
    lon: float = PALMYRA[0],
    lat: float = PALMYRA[1],
    start_min: float = 120,
    end_min: float = 180,
    **properties: Any,
) -> dict[str, Any]:
    """Return a FeatureCollection of one notice with one circle of 5 km; `properties` replace or add."""
    given = {
        "party": party,
        "notice": reference,
        "activity": "air",
        "start": at_minute(start_min),
        "end": at_minute(end_min),
        "lower": "SFC",
        "upper": "FL100",
        "radius_m": 5000,
        **properties,
    }
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [lon, lat]},
                "properties": {name: value for name, value in given.items() if value is not ...},
            }
        ],
    }
