"""Footprints: a core of geodesic edges and a radius round it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

Position = tuple[int, int]
"""Longitude and latitude in 1e-7 degree on WGS 84; longitude in [-1_800_000_000, 1_800_000_000)."""

Ring = tuple[Position, ...]
"""Positions joined by geodesic edges; a polygon's ring repeats its first position at the end."""


class Shape(StrEnum):
    """What the core of a footprint is."""

    POINT = "point"
    LINE = "line"
    POLYGON = "polygon"


@dataclass(frozen=True, slots=True)
class Footprint:
    """A core and a radius in centimetres round it, with round caps and joins.

    `parts` holds one tuple of rings per polygon (outer ring first, then holes); a point is one part of one
    ring of one position, a line one part of one ring of its positions.
    """

    shape: Shape
    parts: tuple[tuple[Ring, ...], ...]
    radius_cm: int
