"""Suggestions: the smallest shift of a whole notice, in time or in height, that removes every known conflict.

The shifts at which a pair conflicts form one closed interval, for a rigid shift carries one volume past the
other once. The search keeps the union of those intervals, asks the engine what is near at the smallest shift
outside it, adds the intervals that it meets there, and ends when it meets none. Each interval is true, so
nothing smaller was passed over; what is offered was found free by `Engine.find` itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from clearline.conflicts.engine import Engine, breaks, space_gaps
from clearline.conflicts.theatre import Placed, VolumeRef
from clearline.volumes.altitude import (
    CM_PER_FLIGHT_LEVEL,
    FLIGHT_LEVEL_MAX,
    HEIGHT_MAX_M,
    HEIGHT_MIN_M,
    Altitude,
    Band,
    Datum,
    HeightUnit,
    vertical_gap_m,
)
from clearline.volumes.instant import PERM, Instant, Window

TIME_STEP_MS = 1000
"""Time shifts are whole seconds."""

TIME_SHIFT_MAX_MS = 72 * 3_600_000
"""The largest shift in time that is searched, either way: a plan moved further is another plan."""

HEIGHT_SHIFT_MAX_CM = 2_000_000
"""The largest shift in height that is searched, either way: 20 km, above which nothing here flies."""

ROUNDS_MAX = 500
"""How many times a search asks the engine: each time rules out at least one more volume. Beyond, none is offered."""

BASIS = "no overlap found with what is known now"
"""What every suggestion ends with; it is neither a permission nor a promise."""

_CM_PER_FT = 30.48

Interval = tuple[int, int]
"""Closed interval of shifts that are forbidden."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A shift of every volume of a notice after which the engine finds no conflict with what it holds.

    `shift_s` seconds (later is positive) or `shift_m` metres (up is positive); `text` in words for an officer.
    `ground_unchecked` says that it goes down and no height of the ground was looked at.
    """

    kind: Literal["time", "height"]
    shift_s: float | None
    shift_m: float | None
    text: str
    ground_unchecked: bool = False


def suggest(engine: Engine, placed: Sequence[Placed], *, earliest: Instant | None) -> tuple[Suggestion, ...]:
    """Return the smallest shift in time and the smallest in height, where there are any; none without conflict.

    `placed` are the volumes of one notice. In time it never moves the first start before `earliest`. In height
    every limit must be a number (no SFC, no UNL), in one unit or in feet and flight levels. Of two shifts of one
    size, later and higher win.
    """
    if not placed or not engine.find(placed):
        return ()
    found = (_in_time(engine, placed, earliest), _in_height(engine, placed))
    return tuple(one for one in found if one is not None)


def _in_time(engine: Engine, placed: Sequence[Placed], earliest: Instant | None) -> Suggestion | None:
    if any(one.volume.window.end == PERM for one in placed):
        return None
    first = min(one.volume.window.start for one in placed)
    floor = 0 if earliest is None else max(0, earliest)
    space: dict[tuple[VolumeRef, VolumeRef], bool] = {}

    def forbidden(one: Placed, other: Placed, _steps: int) -> Interval | None:
        minima = engine.minima.for_pair(one.kind, other.kind)
        pair = (one.ref, other.ref)
        if pair not in space:
            space[pair] = space_gaps(one, other, minima, engine.ranges) is not None
        if not space[pair]:
            return None
        # The largest gap in whole milliseconds that is still too small; contact always is.
        widest_ms = max(0, math.ceil(round(minima.time_s * 1000)) - 1)
        mine, theirs = one.volume.window, other.volume.window
        low_ms = theirs.start - mine.end - widest_ms
        high_ms = theirs.end - mine.start + widest_ms
        return -(-low_ms // TIME_STEP_MS), high_ms // TIME_STEP_MS

    steps = _smallest(
        engine,
        placed,
        lambda one, steps: _later(one, steps * TIME_STEP_MS),
        forbidden,
        low=max(-(TIME_SHIFT_MAX_MS // TIME_STEP_MS), -((first - floor) // TIME_STEP_MS)),
        high=TIME_SHIFT_MAX_MS // TIME_STEP_MS,
    )
    if steps is None:
        return None
    shift_s = steps * TIME_STEP_MS / 1000
    way = "later" if steps > 0 else "earlier"
    text = f"Start {_duration(abs(steps) * TIME_STEP_MS // 1000)} {way}: {BASIS}"
    return Suggestion("time", shift_s, None, text)


def _in_height(engine: Engine, placed: Sequence[Placed]) -> Suggestion | None:
    limits = [limit for one in placed for limit in (one.volume.band.lower, one.volume.band.upper)]
    if any(limit.datum in (Datum.SFC, Datum.UNL) for limit in limits):
        return None
    unit = _common_unit({limit.unit for limit in limits})
    if unit is None:
        return None
    step_cm = {HeightUnit.FT: _CM_PER_FT, HeightUnit.M: 100.0, HeightUnit.FL: float(CM_PER_FLIGHT_LEVEL)}[unit]
    low, high = _height_room(limits, step_cm)
    flat: dict[tuple[VolumeRef, VolumeRef], bool] = {}

    def forbidden(one: Placed, other: Placed, steps: int) -> Interval | None:
        minima = engine.minima.for_pair(one.kind, other.kind)
        if not breaks(one.volume.window.gap_ms(other.volume.window) / 1000, minima.time_s):
            return None

        def too_near(at: int) -> bool:
            band = _raised_band(one.volume.band, at, step_cm)
            return breaks(vertical_gap_m(band, other.volume.band, engine.ranges), minima.vertical_m)

        if not too_near(steps):
            return None
        pair = (one.ref, other.ref)
        if pair not in flat:
            anywhere = replace(minima, vertical_m=math.inf)
            flat[pair] = space_gaps(one, other, anywhere, engine.ranges) is not None
        if not flat[pair]:
            return None
        return -_last(lambda n: too_near(-n), -steps, -low), _last(too_near, steps, high)

    steps = _smallest(engine, placed, lambda one, steps: _raised(one, steps, step_cm), forbidden, low=low, high=high)
    if steps is None:
        return None
    unchecked = _ground_unchecked(steps, limits)
    text = _height_text(steps, unit, unchecked=unchecked)
    return Suggestion("height", None, round(steps * step_cm / 100, 2), text, unchecked)


def _smallest(
    engine: Engine,
    placed: Sequence[Placed],
    moved: Callable[[Placed, int], Placed],
    forbidden: Callable[[Placed, Placed, int], Interval | None],
    *,
    low: int,
    high: int,
) -> int | None:
    """Return the smallest shift in steps within `low` to `high` that no pair forbids, or None.

    `forbidden(one, other, steps)` takes `one` as it was filed and returns the whole interval of shifts that the
    pair forbids, or None where it does not forbid `steps`.
    """
    as_filed = {one.ref: one for one in placed}
    union: list[Interval] = []
    steps: int | None = 0
    for _ in range(ROUNDS_MAX):
        if steps is None:
            return None
        there = [moved(one, steps) for one in placed]
        met = []
        for one, other in engine.near(there):
            interval = forbidden(as_filed[one.ref], other, steps)
            if interval is not None and interval[0] <= steps <= interval[1]:
                met.append(interval)
        if not met and low <= steps <= high:
            return None if engine.find(there) else steps
        union = _merged([*union, *met])
        steps = _nearest_free(union, low, high)
    return None


def _merged(intervals: list[Interval]) -> list[Interval]:
    """Return the union of closed intervals of whole numbers, in order and apart from each other."""
    merged: list[Interval] = []
    for low, high in sorted(intervals):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged


def _nearest_free(union: list[Interval], low: int, high: int) -> int | None:
    """Return the whole number nearest to 0 within `low` to `high` and outside the union; upwards on a tie."""
    up, down = max(0, low), min(0, high)
    for first, last in union:
        if first <= up <= last:
            up = last + 1
    for first, last in reversed(union):
        if first <= down <= last:
            down = first - 1
    ways = [way for way in (up, down) if low <= way <= high]
    return min(ways, key=lambda way: (abs(way), -way)) if ways else None


def _last(holds: Callable[[int], bool], start: int, end: int) -> int:
    """Return the last whole number up to `end` at which `holds`, which holds at `start` and turns false once."""
    if holds(end):
        return end
    while end - start > 1:
        middle = (start + end) // 2
        if holds(middle):
            start = middle
        else:
            end = middle
    return start


def _later(one: Placed, shift_ms: int) -> Placed:
    window = one.volume.window
    window = Window(Instant(window.start + shift_ms), Instant(window.end + shift_ms))
    return replace(one, volume=replace(one.volume, window=window))


def _raised(one: Placed, steps: int, step_cm: float) -> Placed:
    return replace(one, volume=replace(one.volume, band=_raised_band(one.volume.band, steps, step_cm)))


def _raised_band(band: Band, steps: int, step_cm: float) -> Band:
    return Band(_raised_limit(band.lower, steps, step_cm), _raised_limit(band.upper, steps, step_cm))


def _raised_limit(limit: Altitude, steps: int, step_cm: float) -> Altitude:
    """Return the limit moved by whole steps; whole feet stay whole feet, though a foot is no whole centimetre."""
    feet = round(limit.cm / _CM_PER_FT)
    if limit.unit is HeightUnit.FT and round(feet * _CM_PER_FT) == limit.cm:
        return replace(limit, cm=round((feet + round(steps * step_cm / _CM_PER_FT)) * _CM_PER_FT))
    return replace(limit, cm=limit.cm + round(steps * step_cm))


def _common_unit(units: set[HeightUnit]) -> HeightUnit | None:
    """Return the unit to move in: the only one, flight levels for feet with flight levels, None for others."""
    if len(units) == 1:
        return next(iter(units))
    return HeightUnit.FL if units == {HeightUnit.FT, HeightUnit.FL} else None


def _height_room(limits: Sequence[Altitude], step_cm: float) -> Interval:
    """Return the least and greatest shift in steps that leave every limit a height that can be filed.

    No limit goes below 0 of its datum, or below where it was filed where that is lower still.
    """
    low_cm, high_cm = -HEIGHT_SHIFT_MAX_CM, HEIGHT_SHIFT_MAX_CM
    for limit in limits:
        top_cm = FLIGHT_LEVEL_MAX * CM_PER_FLIGHT_LEVEL if limit.datum is Datum.FL else HEIGHT_MAX_M * 100
        low_cm = max(low_cm, min(0, -limit.cm), math.ceil(HEIGHT_MIN_M * 100) - limit.cm)
        high_cm = min(high_cm, math.floor(top_cm) - limit.cm)
    return math.ceil(low_cm / step_cm), math.floor(high_cm / step_cm)


def _ground_unchecked(steps: int, limits: Sequence[Altitude]) -> bool:
    return steps < 0 and any(limit.datum is not Datum.AGL for limit in limits)


def _height_text(steps: int, unit: HeightUnit, *, unchecked: bool) -> str:
    way, size = ("higher" if steps > 0 else "lower"), abs(steps)
    amount = f"{size * 100:,} ft" if unit is HeightUnit.FL else f"{size:,} {unit}"
    ground = " (ground not checked)" if unchecked else ""
    return f"{amount} {way}{ground}: {BASIS}"


def _duration(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [f"{hours} h"] if hours else []
    if minutes:
        parts.append(f"{minutes} min")
    if rest:
        parts.append(f"{rest} s")
    return " ".join(parts) or "0 s"
