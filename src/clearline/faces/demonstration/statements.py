"""The fictional agreement, zones, red line and messages of the day."""

from __future__ import annotations

from typing import Any

from clearline.faces.demonstration import places
from clearline.faces.demonstration.traffic import MARK, Clock, point, ring


def terms() -> dict[str, Any]:
    """Return the changes to the default terms that the host proposes."""
    core = [[[[round(lon * 10**7), round(lat * 10**7)] for lon, lat in places.THEATRE]]]
    return {
        "title": f"{MARK}: understanding on avoiding unwanted incidents, Syria 2025",
        "languages": ["en", "tr", "he", "ar"],
        "theatre": {"core": core, "radius": 0, "shape": "polygon"},
    }


def area_of_separation(clock: Clock) -> dict[str, Any]:
    """Return the zone that the United Nations state on the Golan."""
    return _area(
        clock,
        "zone",
        "UN-Z-AOS",
        "Area of separation on the Golan",
        "area of separation under the Agreement on Disengagement of 31 May 1974; an approximate outline. "
        "Tell the observers of any activity inside.",
        ring(places.AREA_OF_SEPARATION),
    )


def hmeimim(clock: Clock) -> dict[str, Any]:
    """Return the zone that Syria states round Hmeimim."""
    return _area(
        clock,
        "zone",
        "SY-Z-HMEIMIM",
        "Hmeimim air base",
        "traffic of a third state that is no member of this channel; its movements are not told here.",
        point(places.HMEIMIM, 10_000),
    )


def red_line(clock: Clock) -> dict[str, Any]:
    """Return the red line that Israel publishes about bases in the Palmyra area."""
    stated = _area(
        clock,
        "red_line",
        "IL-RL-01",
        "Foreign bases in the Palmyra area",
        "permanent foreign bases, air defence or radar from T4 to Palmyra will not be accepted.",
        ring(places.PALMYRA_AREA),
    )
    return {**stated, "activities": ["air_defence", "deployment", "radar"]}


def _area(clock: Clock, sort: str, reference: str, title: str, text: str, footprint: dict[str, Any]) -> dict[str, Any]:
    volume = {**footprint, "lower": "SFC", "upper": "UNL", "start": clock.text(0), "end": "PERM"}
    return {
        "sort": sort,
        "reference": reference,
        "title": f"{title} ({MARK})",
        "text": f"{MARK}: {text}",
        "volumes": [volume],
    }


PARTIES = ["IL", "TR"]

LINE_CHECK = {
    "to": ["IL", "SY", "TR", "UN"],
    "text": f"{MARK}: line check. All five nodes are up. Azerbaijan keeps the line for the next 12 hours.",
    "language": "en",
}

ABOUT_THE_CORRIDOR = {
    "to": ["IL"],
    "text": f"KURGU ({MARK}): NESHER 5 için bildirdiğiniz alçak koridor, T4'teki ekiplerimizin üzerinden geçiyor. "
    "Saat kaydırması önerdik; yanıtınızı bekliyoruz.",
    "language": "tr",
    "precedence": "PRIORITY",
}

ON_THE_CORRIDOR = {
    "to": ["TR"],
    "text": f"{MARK}: we hold your proposal on NESHER 5. It is with the releasing officer; nothing is agreed yet.",
    "language": "en",
    "precedence": "PRIORITY",
}

FROM_SYRIA = {
    "to": ["AZ", "IL", "TR", "UN"],
    "text": f"حدث خيالي ({MARK}): طريق دمشق – حمص – حماة سالك لقافلة الأمم المتحدة.",
    "language": "ar",
}
