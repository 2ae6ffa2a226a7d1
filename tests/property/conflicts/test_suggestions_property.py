"""Suggestions: each removes every conflict, and a shift one step smaller, either way, does not."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from clearline.conflicts.engine import Engine
from clearline.conflicts.index_blocks import BlockIndex
from clearline.conflicts.minima import MinimaTable
from clearline.conflicts.suggestions import TIME_SHIFT_MAX_MS, Suggestion, suggest
from clearline.conflicts.theatre import Placed, VolumeRef
from clearline.records.activity import Activity, Nature
from clearline.testing.theatre import DEFAULT_MINIMA
from clearline.volumes import footprint as fp
from clearline.volumes.altitude import SYRIA, Band, format_altitude, parse_altitude
from clearline.volumes.instant import PERM, Instant, Window
from clearline.volumes.volume import Volume

HOUR = 3_600_000


def altitude_shifted(text: str, steps: int) -> str:
    """Move an altitude by steps of its own unit, by its text alone."""
    if text.startswith("FL"):
        return f"FL{int(text[2:]) + steps:03d}"
    number, unit, datum = text.split()
    return f"{int(number) + steps} {unit} {datum}"


def band(lower: str, upper: str) -> Band:
    return Band(parse_altitude(lower, where=""), parse_altitude(upper, where=""))


def shifted_in_time(placed: list[Placed], seconds: int) -> list[Placed]:
    return [
        replace(
            one,
            volume=replace(
                one.volume,
                window=Window(
                    Instant(one.volume.window.start + seconds * 1000), Instant(one.volume.window.end + seconds * 1000)
                ),
            ),
        )
        for one in placed
    ]


def shifted_in_height(placed: list[Placed], steps: int) -> list[Placed]:
    return [
        replace(
            one,
            volume=replace(
                one.volume,
                band=band(
                    altitude_shifted(format_altitude(one.volume.band.lower), steps),
                    altitude_shifted(format_altitude(one.volume.band.upper), steps),
                ),
            ),
        )
        for one in placed
    ]


def theatre(rng: random.Random, form: str) -> tuple[Engine, list[Placed]]:
    """Return an engine full of others' volumes, and one notice of three volumes amid them."""
    uniform = MinimaTable.uniform(lateral_m=9260, vertical_m=304.8, time_s=rng.choice([0, 0.5, 300]), source="t")
    engine = Engine(rng.choice([uniform, DEFAULT_MINIMA]), SYRIA, index=BlockIndex())

    def volume(low: int, high: int) -> Volume:
        place = fp.point([rng.uniform(38, 38.6), rng.uniform(34, 34.6)], radius_m=rng.randint(0, 20_000))
        start = rng.randint(20 * HOUR, 30 * HOUR)
        window = Window(Instant(start), Instant(start + rng.choice([0, HOUR // 2, 3 * HOUR])))
        return Volume(place, band(form.format(low), form.format(high)), window)

    for number in range(25):
        low = rng.randint(0, 300)
        scale = {"FL{:03d}": 1, "{} ft AMSL": 100, "{} m HAE": 30, "{} ft AGL": 100}[form]
        kind = rng.choice([Activity.AIR, Activity.UNCREWED, Activity.JAMMING])
        engine.add(
            [
                Placed(
                    VolumeRef("B", f"B{number}", 0),
                    kind,
                    Nature.OWN_PRESENCE,
                    volume(low * scale, (low + rng.randint(0, 60)) * scale),
                )
            ]
        )
    base = rng.randint(20, 250)
    mine = [
        Placed(
            VolumeRef("A", "A1", number),
            Activity.AIR,
            Nature.OWN_PRESENCE,
            volume(base * scale, (base + rng.randint(0, 40)) * scale),
        )
        for number in range(3)
    ]
    return engine, mine


@pytest.mark.parametrize("form", ["FL{:03d}", "{} ft AMSL", "{} m HAE", "{} ft AGL"])
@pytest.mark.parametrize("seed", range(12))
def test_each_suggestion_removes_all_conflicts_and_is_the_smallest(seed: int, form: str) -> None:
    """Offered shifts are free by the engine; every smaller size tried, either way, still conflicts."""
    rng = random.Random(f"{seed}{form}")
    engine, mine = theatre(rng, form)
    found = suggest(engine, mine, earliest=None)
    if not engine.find(mine):
        assert found == ()
        return
    move: Callable[[list[Placed], int], list[Placed]]
    for one in found:
        assert "no overlap found with what is known now" in one.text
        assert "clear" not in one.text
        if one.kind == "time":
            assert one.shift_s is not None
            steps = round(one.shift_s)
            move, every = shifted_in_time, max(1, abs(steps) // 150)
        else:
            assert one.shift_m is not None
            steps = round(one.shift_m / (30.48 if form[:2] == "FL" else 1.0 if " m " in form else 0.3048))
            move, every = shifted_in_height, max(1, abs(steps) // 150)
        assert engine.find(move(mine, steps)) == ()
        smaller = {abs(steps) - 1, *range(0, abs(steps), every)}
        for size in smaller:
            assert engine.find(move(mine, size)) != ()
            if one.kind == "time" or lowest(mine) >= size:
                assert engine.find(move(mine, -size)) != ()


def lowest(placed: list[Placed]) -> int:
    """Return how many steps the lowest floor may go down before it meets 0."""
    texts = [format_altitude(one.volume.band.lower) for one in placed]
    return min(int(text[2:]) if text.startswith("FL") else int(text.split()[0]) for text in texts)


def notice(lower: str, upper: str, start_h: float, end_h: float, party: str = "A") -> Placed:
    window = Window(Instant(round(start_h * HOUR)), Instant(round(end_h * HOUR)))
    volume = Volume(fp.point([38, 34], radius_m=1000), band(lower, upper), window)
    return Placed(VolumeRef(party, f"{party}1", 0), Activity.AIR, Nature.OWN_PRESENCE, volume)


def offers(mine: Placed, *others: Placed, earliest: int | None = None) -> dict[str, Suggestion]:
    table = MinimaTable.uniform(lateral_m=9260, vertical_m=304.8, time_s=300, source="t")
    engine = Engine(table, SYRIA)
    engine.add(others)
    at = None if earliest is None else Instant(earliest)
    return {one.kind: one for one in suggest(engine, [mine], earliest=at)}


def test_words_for_an_officer() -> None:
    """Minutes and feet, later or earlier, and what the words rest on."""
    got = offers(notice("3000 ft AMSL", "5000 ft AMSL", 10, 11), notice("4500 ft AMSL", "9000 ft AMSL", 10, 10.25, "B"))
    assert got["time"].text == "Start 20 min later: no overlap found with what is known now"
    assert got["time"].shift_s == 1200
    assert got["height"].text == "1,500 ft lower (ground not checked): no overlap found with what is known now"
    assert got["height"].shift_m == pytest.approx(-457.2)


def test_a_shift_never_starts_before_the_earliest() -> None:
    """What could only be earlier than allowed becomes later."""
    mine, other = notice("FL100", "FL120", 10, 11), notice("FL100", "FL120", 10.9, 20, "B")
    assert offers(mine, other)["time"].shift_s == -660
    assert offers(mine, other, earliest=round(9.9 * HOUR))["time"].shift_s == 10 * 3600 + 300


def test_a_shift_passes_over_what_it_would_meet_on_its_way() -> None:
    """The next gap that is wide enough, not the first edge of what conflicts now."""
    mine = notice("FL100", "FL120", 10, 11)
    others = [notice("FL100", "FL120", 10.5, 12, "B"), notice("FL100", "FL120", 12.5, 14, "C")]
    got = offers(mine, *others, notice("FL100", "FL120", 7, 9.9, "D"))
    assert got["time"].shift_s == 4 * 3600 + 300


def test_no_height_is_offered_where_a_limit_is_no_number() -> None:
    """SFC and UNL cannot be moved, nor feet with metres in whole steps."""
    other = notice("SFC", "UNL", 10, 11, "B")
    for lower, upper in (("SFC", "FL100"), ("FL100", "UNL"), ("100 m AMSL", "9000 ft AMSL")):
        assert set(offers(notice(lower, upper, 10, 11), other)) == {"time"}


def test_feet_and_flight_levels_move_together_in_hundreds_of_feet() -> None:
    """Mixed limits move in the coarser step, so that both stay as they can be filed."""
    got = offers(notice("3000 ft AMSL", "FL120", 10, 11), notice("FL110", "FL130", 10, 11, "B"))
    assert got["height"].shift_m is not None
    assert round(got["height"].shift_m / 30.48, 6) == round(got["height"].shift_m / 30.48)


def test_nothing_is_offered_against_what_stands_everywhere_and_always() -> None:
    """A bounded search ends without an offer."""
    mine = notice("FL100", "FL120", 1000, 1001)
    always = notice("SFC", "UNL", 0, 0, "B")
    window = Window(Instant(0), PERM)
    always = replace(always, volume=replace(always.volume, window=window))
    assert offers(mine, always) == {}
    just = notice("SFC", "UNL", 1001 - TIME_SHIFT_MAX_MS / HOUR - 2, 1001 + TIME_SHIFT_MAX_MS / HOUR + 2, "B")
    assert offers(mine, just) == {}


def test_nothing_is_offered_where_nothing_conflicts() -> None:
    """No conflict, no suggestion."""
    assert offers(notice("FL100", "FL120", 10, 11), notice("FL100", "FL120", 20, 21, "B")) == {}
