"""Read-back compared by machine: what was filed beside what was understood."""

from __future__ import annotations

from dataclasses import dataclass

from clearline.records.acknowledgement import ReadBack, ReadVolume
from clearline.records.notice import NoticeDraft
from clearline.volumes.altitude import Altitude, format_altitude
from clearline.volumes.footprint import Footprint, Position, Shape, reference_position
from clearline.volumes.instant import format_instant
from clearline.volumes.separation import lateral_gap_m
from clearline.volumes.volume import Volume

PLACE_TOLERANCE_M = 200.0
"""How far a place read back may lie from the one filed: a tenth of a minute of arc, as places are spoken."""

HEIGHT_TOLERANCE_CM = 50
"""How far a height read back may differ: less than the unit in which heights are spoken."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that was read back otherwise than filed. `volume` counts from 0, -1 for the whole notice."""

    volume: int
    what: str
    filed: str
    read: str


def differences(filed: NoticeDraft, read: ReadBack) -> tuple[Difference, ...]:
    """Return every difference between a notice and its read-back, in the order of the notice; none is a match."""
    found = []
    if filed.activity is not read.activity:
        found.append(Difference(-1, "activity", filed.activity.value, read.activity.value))
    if filed.nature is not read.nature:
        found.append(Difference(-1, "nature", filed.nature.value, read.nature.value))
    if len(filed.volumes) != len(read.volumes):
        found.append(Difference(-1, "volumes", str(len(filed.volumes)), str(len(read.volumes))))
    for number, (volume, back) in enumerate(zip(filed.volumes, read.volumes, strict=False)):
        found += _volume_differences(number, volume, back)
    return tuple(found)


def expected_volume(volume: Volume) -> ReadVolume:
    """Return what a correct read-back of a volume says."""
    return ReadVolume(
        reference_position(volume.footprint),
        volume.band.lower,
        volume.band.upper,
        volume.window.start,
        volume.window.end,
    )


def _volume_differences(number: int, volume: Volume, back: ReadVolume) -> list[Difference]:
    right = expected_volume(volume)
    found = []
    if distance_m(right.position, back.position) > PLACE_TOLERANCE_M:
        found.append(Difference(number, "place", _place(right.position), _place(back.position)))
    for what, filed, read in (("lower", right.lower, back.lower), ("upper", right.upper, back.upper)):
        if not _same_height(filed, read):
            found.append(Difference(number, what, format_altitude(filed), format_altitude(read)))
    for what, instant, said in (("start", right.start, back.start), ("end", right.end, back.end)):
        if instant != said:
            found.append(Difference(number, what, format_instant(instant), format_instant(said)))
    return found


def _same_height(a: Altitude, b: Altitude) -> bool:
    return a.datum is b.datum and abs(a.cm - b.cm) <= HEIGHT_TOLERANCE_CM


def distance_m(a: Position, b: Position) -> float:
    """Return the geodesic distance between two positions in metres, or more than the tolerance where it is far."""
    return lateral_gap_m(_point(a), _point(b), limit_m=PLACE_TOLERANCE_M)


def _point(position: Position) -> Footprint:
    return Footprint(Shape.POINT, (((position,),),), 0)


def _place(position: Position) -> str:
    return f"{position[1] / 1e7:.5f}, {position[0] / 1e7:.5f}"
