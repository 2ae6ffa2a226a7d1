"""Erasing leaves nothing: not in the store, not in the file's free pages, not in its write-ahead log."""

from __future__ import annotations

from pathlib import Path

import pytest

from clearline.channel.ports import EraseBody, PutBody, PutEntry, PutEvent
from clearline.store.memory import MemoryStore
from clearline.store.sqlite import SqliteStore
from clearline.testing.members import SeededRandomness

LOG = "UN/main"
BODIES = 200


def marker(index: int) -> bytes:
    return b"MARKER-%04d-" % index


def body(index: int, random: SeededRandomness) -> bytes:
    """Return a body of changing size: within a page, over a page, over many; its marker stands all over it."""
    size = (100, 900, 5_000, 60_000)[index % 4]
    part = marker(index) + random(20).hex().encode()
    return (part * (size // len(part) + 1))[:size]


def filled(store: SqliteStore | MemoryStore) -> list[bytes]:
    random = SeededRandomness("erase")
    salts = [random(32) for _ in range(BODIES)]
    for index in range(BODIES):
        note = b"note %d" % index
        store.commit(
            [
                PutEntry(LOG, index, f"{index:064x}", note, 1),
                PutBody(LOG, index, 0, salts[index], body(index, random)),
                PutEvent(index + 1, "entry", f'{{"id":"{index:064x}","notice":["UN","{marker(index).decode()}"]}}'),
            ]
        )
    return salts


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file())


@pytest.mark.parametrize("at_once", [True, False])
def test_no_byte_of_an_erased_body_stays_in_any_file(tmp_path: Path, at_once: bool) -> None:
    """Body, salt and events are gone from the file and the log beside it, whether erased together or one by one."""
    store = SqliteStore(tmp_path / "record.sqlite")
    salts = filled(store)
    gone = list(range(0, BODIES, 3))
    raw = on_disk(tmp_path)
    assert all(marker(index) in raw and salts[index] in raw for index in gone), "nothing to erase: proves nothing"
    orders = [EraseBody(LOG, index, 0, (f'"{index:064x}"',)) for index in gone]
    for batch in [orders] if at_once else [[order] for order in orders]:
        store.commit(batch)
    raw = on_disk(tmp_path)
    for index in gone:
        assert marker(index) not in raw and salts[index] not in raw
    assert all(marker(index) in raw for index in range(BODIES) if index not in gone)
    assert [b.index for b in store.bodies(LOG)] == [index for index in range(BODIES) if index not in gone]
    assert [e.index for e in store.entries(LOG)] == list(range(BODIES))
    store.close()


def test_a_power_cut_right_after_the_commit_leaves_nothing_for_long(tmp_path: Path) -> None:
    """The next start moves and cuts the write-ahead log before anything else is done."""
    store = SqliteStore(tmp_path / "record.sqlite")
    salts = filled(store)
    store._scrub = lambda: None  # type: ignore[method-assign]
    store.commit([EraseBody(LOG, 0, 0, (f'"{0:064x}"',))])
    copies = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert salts[0] in b"".join(copies.values())
    store.close()
    again = tmp_path / "again"
    again.mkdir()
    for name in ("record.sqlite", "record.sqlite-wal"):
        (again / name).write_bytes(copies[name])
    started = SqliteStore(again / "record.sqlite")
    assert salts[0] not in on_disk(again) and marker(0) not in on_disk(again)
    started.close()


@pytest.mark.parametrize("kind", [MemoryStore, SqliteStore])
def test_erasing_is_like_any_write(tmp_path: Path, kind: type[MemoryStore] | type[SqliteStore]) -> None:
    """What is not there is erased without a fault; numbers of events go on rising."""
    store = MemoryStore() if kind is MemoryStore else SqliteStore(tmp_path / "record.sqlite")
    filled(store)
    store.commit([EraseBody(LOG, 7, 0, (f'"{7:064x}"',)), PutEvent(BODIES + 1, "erased", "{}")])
    store.commit([EraseBody(LOG, 7, 0, ()), EraseBody("XX/main", 0, 3, ())])
    assert 7 not in {b.index for b in store.bodies(LOG)} and store.last_event() == BODIES + 1
    assert [e.number for e in store.events(6, 3)] == [7, 9, 10]
    store.close()
