"""Packed tables: a picture that starts from them is the fold of all entries, wherever and how often it was packed."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from clearline.picture.agreements import Agreements
from clearline.picture.entry import Entry, Place
from clearline.picture.fold import Picture
from clearline.picture.packed import TABLES, Packed, merged, table_of
from clearline.picture.packing import again_of, rest_on, shelve, take
from clearline.picture.shelf import authors_of
from clearline.testing.checks import interleaved
from clearline.testing.histories import PARTIES, some_logs
from clearline.testing.members import START
from clearline.volumes.instant import Instant


class Record:
    """Entries by place, as a store has them."""

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = {entry.place: entry for entry in entries}
        self.read = 0

    def __call__(self, place: Place) -> Entry:
        self.read += 1
        return self.entries[place]


def begun(packed: Packed, record: Record, *, at: Instant = START) -> Picture:
    """Return a picture as a start at `at` makes it."""
    picture = Picture(PARTIES, Agreements(PARTIES))
    shelve(picture, packed, record, at=at)
    for place in again_of(packed):
        picture.take(record(place))
    return picture


def pack(picture: Picture, record: Record) -> Packed:
    """Pack what a picture gained and let it rest on that."""
    taken = take(picture)
    packed = merged(picture.packed, taken.added)
    rest_on(picture, packed, taken, record, at=START)
    return packed


def carried(packed: Packed) -> Packed:
    """Return the tables as they come back from a file."""
    tables = {name: table_of(name, packed.tables[name].tobytes()) for name in TABLES}
    return Packed(packed.logs, packed.sizes, packed.texts, tables)


@pytest.mark.parametrize("seed", range(40))
def test_a_start_from_tables_gives_the_picture_of_all_entries(seed: int) -> None:
    """Packed at any moments, begun anew from any of them, and folded on: the value is that of one plain fold."""
    numbers = random.Random(seed)
    entries = interleaved(some_logs(numbers), numbers)
    record = Record(entries)
    wanted = Picture.of(PARTIES, entries).value()
    picture = begun(Packed(), record)
    for entry in entries:
        picture.fold(entry)
        if numbers.random() < 0.05:
            packed = pack(picture, record)
            if numbers.random() < 0.5:
                picture = begun(carried(packed), record)
    assert picture.value() == wanted
    packed = pack(picture, record)
    assert picture.value() == wanted
    fresh = begun(carried(packed), record)
    plain = {of: {place.member for place in given} for of, given in wanted["answers"].items()}
    assert {of: authors_of(fresh.answers, of) for of in plain} == plain, "who answered is known without what was said"
    assert fresh.value() == wanted
    assert len(picture.notices) == len(wanted["notices"])


@pytest.mark.parametrize("seed", range(10))
def test_bodies_that_are_not_held_stay_unread_over_a_start(seed: int) -> None:
    """An amendment of a version that nobody showed counts alike before and after a start."""
    numbers = random.Random(seed)
    logs = some_logs(numbers)
    hidden = {e.id for log in logs for e in log if numbers.random() < 0.3}
    entries = interleaved([[replace(e, record=None) if e.id in hidden else e for e in log] for log in logs], numbers)
    record = Record(entries)
    half = len(entries) // 2
    picture = begun(Packed(), record)
    for entry in entries[:half]:
        picture.fold(entry)
    again = begun(carried(pack(picture, record)), record)
    for entry in entries[half:]:
        again.fold(entry)
    assert again.value() == Picture.of(PARTIES, entries).value()


def test_what_is_past_costs_no_entry_at_a_start() -> None:
    """Only notices in force and to come, and entries that tables cannot stand for, are read."""
    numbers = random.Random(3)
    entries = [entry for log in some_logs(numbers) for entry in log]
    record = Record(entries)
    picture = begun(Packed(), record)
    for entry in entries:
        picture.fold(entry)
    packed = pack(picture, record)
    record.read = 0
    begun(packed, record, at=Instant(START + 10 * 366 * 86_400_000))
    assert record.read == packed.rows("again") < len(entries) / 2
    alive = {k for k, h in picture.notices.items() if h.ended is None and h.end >= START}
    assert {history.key for history in begun(packed, record).living(START)} == alive
    late = begun(packed, record, at=Instant(START + 10 * 366 * 86_400_000))
    assert {history.key for history in late.living(START)} == alive, "a clock that was set back hides what is in force"
