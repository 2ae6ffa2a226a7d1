"""Lengths and durations as people type them."""

from __future__ import annotations

import pytest

from clearline.errors import Malformed
from clearline.volumes import units


@pytest.mark.parametrize(
    ("text", "metres"),
    [("5NM", 9260.0), ("1000ft", 304.8), ("2km", 2000.0), ("300 m", 300.0), ("0.5 km", 500.0), ("0m", 0.0)],
)
def test_lengths(text: str, metres: float) -> None:
    """A number with its unit becomes metres."""
    assert units.parse_length(text, where="--lateral") == pytest.approx(metres, abs=1e-9)


@pytest.mark.parametrize(("text", "seconds"), [("5min", 300.0), ("30 s", 30.0), ("1h", 3600.0), ("0s", 0.0)])
def test_durations(text: str, seconds: float) -> None:
    """A number with its unit becomes seconds."""
    assert units.parse_duration(text, where="--time") == seconds


@pytest.mark.parametrize(
    "text", ["5", "NM", "-5NM", "5nm", "5 miles", "nanm", "infm", "1e3m", "5  m", "2000km", "9" * 99 + "m", ""]
)
def test_refuses_other_lengths(text: str) -> None:
    """No sign, no other unit, nothing infinite, nothing above the limit."""
    with pytest.raises(Malformed, match="--lateral"):
        units.parse_length(text, where="--lateral")


@pytest.mark.parametrize("text", ["5", "5m", "5 minutes", "-1s", "9000h"])
def test_refuses_other_durations(text: str) -> None:
    """A metre is no minute."""
    with pytest.raises(Malformed, match="--time"):
        units.parse_duration(text, where="--time")


def test_conversions_agree_both_ways() -> None:
    """A named conversion and its inverse give the value back."""
    assert units.ft_from_m(units.m_from_ft(195.0)) == pytest.approx(195.0)
    assert units.nm_from_m(units.m_from_nm(5.0)) == pytest.approx(5.0)
    assert units.s_from_min(5) == 300
    assert units.ms_from_s(1.5) == 1500
    assert units.s_from_ms(1500) == 1.5
