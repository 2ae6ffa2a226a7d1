"""What scenarios on a floor do again and again: file a notice, let hours pass, sign as the second person."""

from __future__ import annotations

from typing import Any

from clearline.testing.floor import Floor


def file_notice(
    floor: Floor, party: str, notice: str, *, lon: float = 38.3, lat: float = 34.5, begins_s: float = 3_600, **more: Any
) -> dict[str, Any]:
    """File a circle of 5 km that begins `begins_s` seconds from now and lasts an hour; `more` are properties."""
    properties = {
        "party": party,
        "notice": notice,
        "activity": "air",
        "radius_m": 5000,
        "start": floor.zulu(begins_s),
        "end": floor.zulu(begins_s + 3_600),
        "lower": "SFC",
        "upper": "FL100",
        **more,
    }
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": properties,
    }
    body = {"type": "FeatureCollection", "features": [feature]}
    answer: dict[str, Any] = floor.api(party, "POST", "/api/v1/notices", body)
    return answer


def scope(floor: Floor, *, lon: float = 38.3, lat: float = 34.5, since_s: float = -3_600, until_s: float = 0) -> Any:
    """Return a circle of 2 km over some seconds from now, as the API takes it."""
    return {
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "radius_m": 2_000,
        "start": floor.zulu(since_s),
        "end": floor.zulu(until_s),
    }


def leap(floor: Floor, hours: float) -> None:
    """Let every clock show a later hour, and then let three seconds pass."""
    floor.side.later(round(hours * 3_600_000))
    floor.advance(3)


def second(floor: Floor, member: str, draft: str) -> Any:
    """Sign a draft as officer 2 of a member."""
    return floor.api(member, "POST", f"/api/v1/drafts/{draft}/signatures", {}, officer="2")
