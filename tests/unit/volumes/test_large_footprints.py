"""Large footprints: checked and measured once, however often the same one is read."""

from __future__ import annotations

import math

import pytest

from clearline.errors import Malformed
from clearline.volumes.footprint import Shape, from_parts, polygon


def test_a_large_polygon_is_checked_once() -> None:
    """What was found good a moment ago is the same object, so that nothing is measured twice; a bad one never is."""
    turn = [2 * math.pi * k / 1_500 for k in range(1_500)]
    ring = [[36 + math.cos(at), 34 + math.sin(at)] for at in turn]
    first = polygon([[*ring, ring[0]]], where="first")
    again = from_parts(Shape.POLYGON, first.parts, 0, where="again")
    assert again is first
    crossed = [*ring[:10], *ring[10:200][::-1], *ring[200:]]
    for where in ("first", "again"):
        with pytest.raises(Malformed, match=where):
            polygon([[*crossed, crossed[0]]], where=where)
