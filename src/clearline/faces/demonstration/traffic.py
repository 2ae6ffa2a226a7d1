"""The fictional notices of the day, as notice files; every time counts in minutes from the day's first hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clearline.faces.demonstration import places
from clearline.volumes.instant import Instant, format_instant

MARK = "FICTIONAL"
"""Stands in every text of the demonstration."""

MINUTE_MS = 60_000
ROUND_MS = 5 * MINUTE_MS
DAY_MIN = 24 * 60


@dataclass(frozen=True, slots=True)
class Clock:
    """The day's time: `first` is the instant from which everything counts."""

    first: Instant

    @classmethod
    def from_now(cls, at: Instant) -> Clock:
        """Return the clock of a day that is played at `at`: its first instant is the next full five minutes."""
        return cls(Instant(-(-at // ROUND_MS) * ROUND_MS))

    def text(self, minutes: int) -> str:
        """Return the RFC 3339 text of so many minutes after the first."""
        return format_instant(Instant(self.first + minutes * MINUTE_MS))


def point(position: places.Degrees, radius_m: float) -> dict[str, Any]:
    """Return the footprint of a circle, as members of a feature."""
    return {"geometry": {"type": "Point", "coordinates": list(position)}, "radius_m": radius_m}


def line(positions: Sequence[places.Degrees], half_width_m: float) -> dict[str, Any]:
    """Return the footprint of a corridor."""
    geometry = {"type": "LineString", "coordinates": [list(p) for p in positions]}
    return {"geometry": geometry, "half_width_m": half_width_m}


def ring(positions: Sequence[places.Degrees]) -> dict[str, Any]:
    """Return the footprint of a polygon without holes."""
    return {"geometry": {"type": "Polygon", "coordinates": [[list(p) for p in positions]]}}


def notice(
    reference: str,
    activity: str,
    footprint: dict[str, Any],
    heights: tuple[str, str],
    times: tuple[str, str],
    remarks: str,
    **details: str,
) -> dict[str, Any]:
    """Return a notice file of one volume; the party is the reference's first part."""
    geometry = footprint["geometry"]
    properties = {name: value for name, value in footprint.items() if name != "geometry"}
    properties |= {
        "party": reference.partition("-")[0],
        "notice": reference,
        "activity": activity,
        "start": times[0],
        "end": times[1],
        "lower": heights[0],
        "upper": heights[1],
        "remarks": f"{MARK}: {remarks}",
        **details,
    }
    feature = {"type": "Feature", "geometry": geometry, "properties": properties}
    return {"type": "FeatureCollection", "features": [feature]}


def changed(file: dict[str, Any], **properties: str) -> dict[str, Any]:
    """Return a notice file of one volume with some properties changed."""
    (feature,) = file["features"]
    return {**file, "features": [{**feature, "properties": {**feature["properties"], **properties}}]}


def read_back_of(file: dict[str, Any], entry: str) -> dict[str, Any]:
    """Return what an officer reads back of a notice file of one volume: place, heights and times as understood."""
    (feature,) = file["features"]
    said, spot = feature["properties"], feature["geometry"]["coordinates"]
    while isinstance(spot[0], list):
        spot = spot[0]
    volume = {"position": spot, **{name: said[name] for name in ("lower", "upper", "start", "end")}}
    nature = said.get("nature", "own_presence")
    return {"step": "read_back", "of": entry, "activity": said["activity"], "nature": nature, "volumes": [volume]}


class Traffic:
    """Every notice of the day."""

    def __init__(self, clock: Clock) -> None:
        def between(start_min: int, end_min: int) -> tuple[str, str]:
            return clock.text(start_min), clock.text(end_min)

        self.training_base = notice(
            "TR-D-001",
            "deployment",
            point(places.PALMYRA, 3_000),
            ("SFC", "300 ft AGL"),
            between(73 * 60, 33 * DAY_MIN),
            "training base for Syrian forces at Palmyra aerodrome, without targeting third countries",
            contact="duty watch TR",
        )
        self.inspection = notice(
            "TR-G-002",
            "ground",
            point(places.TIYAS, 4_000),
            ("SFC", "1000 ft AGL"),
            between(180, 420),
            "technical teams inspect the air base T4 (Tiyas), 3 vehicles and a small drone",
            number_and_type="3 vehicles, 18 persons",
            contact="duty watch TR",
        )
        self.helicopters = notice(
            "TR-A-003",
            "air",
            line(places.HAMA_FLIGHT, 3_000),
            ("2500 ft AMSL", "4000 ft AMSL"),
            between(120, 165),
            "two helicopters carry engineers from Taftanaz to Hama",
            callsign="DEMIR 21",
            squawk="4521",
            number_and_type="2 T70",
        )
        self.road_convoy = notice(
            "TR-G-004",
            "ground",
            line(places.SUPPLY_ROAD, 500),
            ("SFC", "200 ft AGL"),
            between(20, 260),
            "supply convoy from Bab al-Salama to Aleppo",
            number_and_type="14 vehicles",
        )
        self.rescue_drill = notice(
            "TR-G-005",
            "ground",
            point(places.KUWEIRES, 8_000),
            ("SFC", "5000 ft AMSL"),
            between(DAY_MIN, DAY_MIN + 360),
            "drill of rescue teams at Kuweires, no live fire",
        )
        self.sea_lane = notice(
            "TR-S-006",
            "sea",
            line(places.SEA_LANE, 4_000),
            ("SFC", "200 ft AMSL"),
            between(240, 600),
            "passage of a supply ship to Latakia",
            number_and_type="1 ship",
        )
        self.patrol = notice(
            "IL-G-001",
            "ground",
            point(places.QUNEITRA_NORTH, 1_200),
            ("SFC", "200 ft AGL"),
            between(15, 600),
            "patrol north of Quneitra",
        )
        self.high_patrol = notice(
            "IL-A-002",
            "air",
            ring(places.RANGE_BOX),
            ("FL240", "FL320"),
            between(60, 540),
            "patrol at height over the Anti-Lebanon",
            callsign="KESHET 1",
        )
        self.low_flight = notice(
            "IL-A-003",
            "air",
            line(places.TIYAS_CORRIDOR, 4_000),
            ("500 ft AGL", "4000 ft AGL"),
            between(300, 360),
            "two aircraft along a low corridor past T4 towards Palmyra",
            callsign="NESHER 5",
            number_and_type="2 F-16",
            contact="duty watch IL",
        )
        self.orbit = notice(
            "IL-U-004",
            "uncrewed",
            point(places.HAMA_ORBIT, 20_000),
            ("3500 ft AMSL", "5500 ft AMSL"),
            between(90, 330),
            "uncrewed aircraft on an orbit south-west of Hama",
            callsign="ZIV 7",
            number_and_type="1 Hermes 450",
        )
        self.camp = notice(
            "UN-S-001",
            "protected_site",
            point(places.CAMP_FAOUAR, 800),
            ("SFC", "300 ft AGL"),
            between(10, 30 * DAY_MIN),
            "Camp Faouar, headquarters of the observers",
            nature="protected",
            contact="humanitarian focal point UN",
        )
        self.convoy = notice(
            "UN-C-002",
            "protected_movement",
            line(places.CONVOY_ROAD, 500),
            ("SFC", "100 ft AGL"),
            between(49 * 60, 57 * 60),
            "aid convoy from Damascus by Homs to Hama",
            nature="protected",
            number_and_type="22 trucks, white, marked UN",
            contact="humanitarian focal point UN",
        )
        self.later_low_flight = changed(self.low_flight, start=clock.text(430), end=clock.text(490))
        """What Türkiye proposes to Israel: the low corridor 2 h 10 min later."""
        self.higher_orbit = changed(self.orbit, lower="5000 ft AMSL", upper="7000 ft AMSL")
        """What Türkiye proposes to Israel and Israel accepts: the orbit 1,500 ft higher."""
