"""Real places of the fictional day: longitude, latitude in degrees (WGS 84), right to about 1 km.

Sources: aerodrome reference points as published in AIP Syria and on open charts; towns and roads as on open
topographic maps; the area of separation after the map annexed to the UNDOF reports of the Secretary-General,
redrawn by hand. None of it is fit for navigation.
"""

from __future__ import annotations

Degrees = tuple[float, float]

PALMYRA = (38.3169, 34.5574)
"""Palmyra aerodrome, ICAO OSPR."""

TIYAS = (37.6300, 34.5225)
"""T4, the air base at Tiyas."""

HAMA = (36.7111, 35.1181)
"""Hama air base."""

HMEIMIM = (35.9487, 35.4008)
"""Hmeimim air base, Latakia's aerodrome, ICAO OSLK."""

KUWEIRES = (37.5831, 36.1869)
"""Kuweires air base, east of Aleppo."""

TAFTANAZ = (36.7831, 35.9722)
"""Taftanaz heliport, in Idlib."""

QUNEITRA_NORTH = (35.8560, 33.1650)
"""Open ground in the area of separation, north of Quneitra."""

CAMP_FAOUAR = (35.9330, 33.1700)
"""Camp Faouar, headquarters of the United Nations Disengagement Observer Force (UNDOF)."""

CONVOY_ROAD: tuple[Degrees, ...] = ((36.3330, 33.5500), (36.7300, 34.0230), (36.7137, 34.7324), (36.7550, 35.1318))
"""The M5 from Damascus by An-Nabk and Homs to Hama."""

SUPPLY_ROAD: tuple[Degrees, ...] = ((37.0879, 36.6456), (37.0480, 36.5860), (37.1560, 36.3700), (37.2244, 36.1807))
"""From the crossing of Bab al-Salama by Azaz to Aleppo's aerodrome."""

SEA_LANE: tuple[Degrees, ...] = ((35.1500, 35.8000), (35.5500, 35.5600))
"""The approach to Latakia from the north-west."""

TIYAS_CORRIDOR: tuple[Degrees, ...] = ((36.9500, 34.2000), (37.7500, 34.5500), (38.1000, 34.7500))
"""A low corridor that passes 3 km south of T4."""

HAMA_FLIGHT: tuple[Degrees, ...] = (TAFTANAZ, (36.7000, 35.5500), HAMA)
"""By helicopter from Taftanaz to Hama."""

HAMA_ORBIT = (36.5000, 35.0500)
"""The centre of an orbit south-west of Hama."""

RANGE_BOX: tuple[Degrees, ...] = ((35.95, 33.45), (36.45, 33.45), (36.45, 33.95), (35.95, 33.95), (35.95, 33.45))
"""Airspace over the Anti-Lebanon range."""

PALMYRA_AREA: tuple[Degrees, ...] = (
    (37.40, 34.25),
    (38.60, 34.25),
    (38.60, 34.85),
    (37.40, 34.85),
    (37.40, 34.25),
)
"""The area from T4 to Palmyra of which the red line speaks."""

AREA_OF_SEPARATION: tuple[Degrees, ...] = (
    (35.860, 33.415),
    (35.800, 33.320),
    (35.795, 33.240),
    (35.810, 33.180),
    (35.805, 33.110),
    (35.820, 33.030),
    (35.840, 32.940),
    (35.840, 32.850),
    (35.800, 32.730),
    (35.830, 32.730),
    (35.870, 32.850),
    (35.890, 32.940),
    (35.890, 33.030),
    (35.880, 33.110),
    (35.890, 33.180),
    (35.890, 33.240),
    (35.910, 33.320),
    (35.900, 33.415),
    (35.860, 33.415),
)
"""The area of separation on the Golan Heights (Agreement on Disengagement, 31 May 1974), an approximate outline."""

THEATRE: tuple[Degrees, ...] = ((34.50, 32.00), (42.50, 32.00), (42.50, 37.50), (34.50, 37.50), (34.50, 32.00))
"""The theatre of the fictional agreement: Syria and what borders on it."""
