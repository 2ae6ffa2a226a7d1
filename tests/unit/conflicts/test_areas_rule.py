"""Areas: what touches a zone or a red line is shown with its version; what just does not is silent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clearline.conflicts.rules.areas import Area, Areas, find_touches
from clearline.conflicts.theatre import Placed, VolumeRef
from clearline.errors import Conflicting
from clearline.records.activity import Activity, Nature
from clearline.volumes import footprint as fp
from clearline.volumes.altitude import SYRIA, Band, parse_altitude
from clearline.volumes.instant import PERM, Instant, Window
from clearline.volumes.volume import Volume


def band(lower: str, upper: str) -> Band:
    return Band(parse_altitude(lower, where=""), parse_altitude(upper, where=""))


SQUARE = fp.polygon([[[38.0, 34.0], [38.5, 34.0], [38.5, 34.5], [38.0, 34.5], [38.0, 34.0]]])
LINE = Area("IL", "RL-1", 3, 0, "red_line", SQUARE, None, Window(Instant(1000), PERM))
BASE = Placed(
    VolumeRef("TR", "TR-1", 0),
    Activity.DEPLOYMENT,
    Nature.OWN_PRESENCE,
    Volume(fp.point([38.2, 34.2], radius_m=500), band("SFC", "UNL"), Window(Instant(5000), Instant(9000))),
)


def test_a_deployment_in_the_area_touches_it() -> None:
    """The touch names the statement, its revision, the volume, the place and the shared time."""
    (touch,) = find_touches([LINE], [BASE], ranges=SYRIA)
    assert (touch.party, touch.reference, touch.revision, touch.number) == ("IL", "RL-1", 3, 0)
    assert touch.volume == BASE.ref
    assert (touch.start, touch.end) == (5000, 9000)
    assert touch.position == pytest.approx((38.2, 34.2), abs=0.02)


def placed(**changes: object) -> Placed:
    return replace(BASE, volume=replace(BASE.volume, **changes))  # type: ignore[arg-type]


JUST_NOT = {
    "a metre outside": (LINE, placed(footprint=fp.point([38.6, 34.2], radius_m=1000))),
    "before it holds": (LINE, placed(window=Window(Instant(0), Instant(999)))),
    "above its band": (replace(LINE, band=band("SFC", "100 m AMSL")), placed(band=band("101 m AMSL", "UNL"))),
    "another activity": (replace(LINE, activities=frozenset({Activity.AIR})), BASE),
    "its issuer's own": (LINE, replace(BASE, ref=VolumeRef("IL", "IL-1", 0))),
}
FIRES = {
    "its edge": (LINE, placed(footprint=fp.point([38.5, 34.2], radius_m=0))),
    "its first instant": (LINE, placed(window=Window(Instant(0), Instant(1000)))),
    "its ceiling": (replace(LINE, band=band("SFC", "100 m AMSL")), placed(band=band("100 m AMSL", "UNL"))),
    "one of its activities": (replace(LINE, activities=frozenset({Activity.DEPLOYMENT})), BASE),
    "a zone of one's own": (replace(LINE, kind="zone"), replace(BASE, ref=VolumeRef("IL", "IL-1", 0))),
    "any height": (LINE, placed(band=band("900000 m HAE", "UNL"))),
    "below the ground": (LINE, placed(band=band("-9000 m HAE", "-8000 m HAE"))),
}


@pytest.mark.parametrize("name", JUST_NOT)
def test_what_just_does_not_touch(name: str) -> None:
    """Outside in place, time, height, activity or author: silence."""
    area, one = JUST_NOT[name]
    assert find_touches([area], [one], ranges=SYRIA) == ()


@pytest.mark.parametrize("name", FIRES)
def test_what_just_touches(name: str) -> None:
    """Contact counts, in every way."""
    area, one = FIRES[name]
    assert len(find_touches([area], [one], ranges=SYRIA)) == 1


def test_touches_are_in_a_fixed_order() -> None:
    """By statement, revision, area and volume, whatever the order of adding."""
    areas = [replace(LINE, reference=name, number=number) for name in ("b", "a") for number in (1, 0)]
    volumes = [replace(BASE, ref=VolumeRef("TR", "TR-1", number)) for number in (2, 0, 1)]
    touches = find_touches(areas, volumes, ranges=SYRIA)
    keys = [(touch.reference, touch.number, touch.volume.volume) for touch in touches]
    assert keys == sorted(keys)
    assert len(keys) == 12


def test_a_new_revision_takes_the_place_of_the_old() -> None:
    """What a statement said before is shown no more; an empty one ends it."""
    held = Areas(SYRIA)
    held.set_statement("IL", "RL-1", [LINE])
    held.set_statement("IL", "RL-1", [replace(LINE, revision=4)])
    assert [touch.revision for touch in held.find_touches([BASE])] == [4]
    held.set_statement("IL", "RL-1", [])
    assert held.find_touches([BASE]) == ()
    with pytest.raises(Conflicting):
        held.set_statement("TR", "RL-1", [LINE])
