"""What every store promises: `EntryStoreContract`, inherited by each backend; and what a file promises besides."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from clearline.channel.ports import (
    DropKept,
    PutBody,
    PutCheckpoint,
    PutCosignature,
    PutEntry,
    PutEvent,
    PutEvidence,
    PutKept,
    Store,
    StoredBody,
    StoredEntry,
)
from clearline.errors import Unavailable
from clearline.store.memory import MemoryStore
from clearline.store.sqlite import SqliteStore

LOG = "TR/main"


def entry(index: int, log: str = LOG) -> PutEntry:
    return PutEntry(log, index, f"{log} {index}", f"note {log} {index}".encode(), 1_000 + index)


def body(index: int, slot: int = 0, log: str = LOG) -> PutBody:
    return PutBody(log, index, slot, bytes((slot,)) * 32, f"body {index} {slot}".encode())


def everything(store: Store) -> tuple[object, ...]:
    """Return all that a store holds, so that "nothing changed" can be said of all of it."""
    logs = store.logs()
    return (
        logs,
        [list(store.entries(log)) for log in logs],
        [list(store.bodies(log)) for log in logs],
        [list(store.checkpoints(log)) for log in logs],
        [list(store.cosignatures(log)) for log in logs],
        store.events(0, 1_000),
        store.evidence(),
        store.last_event(),
        store.kept("bell"),
    )


class EntryStoreContract:
    """What each entry store promises; subclass it and supply `store` and, where it can be reopened, `again`."""

    @pytest.fixture
    def store(self) -> Iterator[Store]:
        raise NotImplementedError

    def again(self, store: Store) -> Store:
        """Return the store as a new process finds it."""
        return store

    def test_an_empty_store_holds_nothing(self, store: Store) -> None:
        assert everything(store) == ((), [], [], [], [], [], [], 0, {})
        assert not [*store.entries(LOG), *store.bodies(LOG), *store.checkpoints(LOG)]

    def test_entries_come_back_in_order_and_in_ranges(self, store: Store) -> None:
        """Indexes run from 0 in the log's order, logs apart, ranges as asked."""
        store.commit([entry(0), entry(0, "IL/main"), entry(1), entry(2)])
        store.commit([entry(3), entry(1, "IL/main")])
        store = self.again(store)
        assert [e.index for e in store.entries(LOG)] == [0, 1, 2, 3]
        assert list(store.entries(LOG, 1, 2)) == [
            StoredEntry(1, b"note TR/main 1", 1_001),
            StoredEntry(2, b"note TR/main 2", 1_002),
        ]
        assert [e.index for e in store.entries(LOG, 2)] == [2, 3]
        assert list(store.entries(LOG, 4)) == list(store.entries(LOG, 1, 0)) == []
        assert [e.note for e in store.entries("IL/main")] == [b"note IL/main 0", b"note IL/main 1"]
        assert store.logs() == ("IL/main", LOG)

    @pytest.mark.parametrize("wrong", [0, 1, 3, 7])
    def test_append_at_a_wrong_index_changes_nothing(self, store: Store, wrong: int) -> None:
        """Two writers cannot both win, and no log has a gap: the second is refused and leaves no trace."""
        store.commit([entry(0), entry(1), body(1), PutEvent(1, "entry", "{}")])
        before = everything(store)
        with pytest.raises(Unavailable):
            store.commit(
                [
                    PutEvidence("split-view", 1, "text", b"a", b"b"),
                    PutEvent(2, "entry", "{}"),
                    entry(0, "IL/main"),
                    body(0),
                    entry(wrong),
                    PutCheckpoint(LOG, 3, b"checkpoint"),
                    PutCosignature(LOG, 3, "mirror", 5, "line"),
                ]
            )
        assert everything(store) == before
        store = self.again(store)
        assert everything(store) == before
        store.commit([entry(2)])
        assert [e.index for e in store.entries(LOG)] == [0, 1, 2]

    def test_a_batch_is_kept_whole(self, store: Store) -> None:
        """All writes of one commit are there, of whatever sort."""
        store.commit(
            [
                entry(0),
                body(0, 1),
                body(0, 0),
                PutCheckpoint(LOG, 1, b"checkpoint"),
                PutCosignature(LOG, 1, "mirror", 7, "line"),
                PutEvent(1, "entry", '{"ü":1}'),
                PutEvidence("split-view", 9, "words", b"first", b""),
                PutKept("bell", "one", b"7"),
            ]
        )
        assert everything(self.again(store)) == (
            (LOG,),
            [[StoredEntry(0, b"note TR/main 0", 1_000)]],
            [[StoredBody(0, 0, bytes(32), b"body 0 0"), StoredBody(0, 1, b"\x01" * 32, b"body 0 1")]],
            [[(1, b"checkpoint")]],
            [[PutCosignature(LOG, 1, "mirror", 7, "line")]],
            [PutEvent(1, "entry", '{"ü":1}')],
            [PutEvidence("split-view", 9, "words", b"first", b"")],
            1,
            {"one": b"7"},
        )

    def test_bodies_stand_beside_their_entries(self, store: Store) -> None:
        """Ranges count entries, not bodies; a body may come later than its entry."""
        store.commit([entry(n) for n in range(4)] + [body(3), body(0, 2), body(0, 0)])
        store.commit([body(1)])
        store = self.again(store)
        assert [(b.index, b.slot) for b in store.bodies(LOG)] == [(0, 0), (0, 2), (1, 0), (3, 0)]
        assert [(b.index, b.slot) for b in store.bodies(LOG, 0, 2)] == [(0, 0), (0, 2), (1, 0)]
        assert [(b.index, b.slot) for b in store.bodies(LOG, 2)] == [(3, 0)]
        assert list(store.bodies(LOG, 2, 1)) == list(store.bodies("IL/main")) == []

    def test_the_first_word_on_a_size_stays(self, store: Store) -> None:
        """A second checkpoint or cosignature of one size and cosigner does not displace the first."""
        store.commit([PutCheckpoint(LOG, 2, b"first"), PutCosignature(LOG, 2, "m", 5, "first")])
        store.commit([PutCheckpoint(LOG, 2, b"second"), PutCosignature(LOG, 2, "m", 4, "second")])
        store.commit(
            [PutCheckpoint(LOG, 1, b"one"), PutCosignature(LOG, 1, "z", 1, "z"), PutCosignature(LOG, 1, "a", 1, "a")]
        )
        store = self.again(store)
        assert list(store.checkpoints(LOG)) == [(1, b"one"), (2, b"first")]
        assert [(c.size, c.cosigner, c.line) for c in store.cosignatures(LOG)] == [
            (1, "a", "a"),
            (1, "z", "z"),
            (2, "m", "first"),
        ]

    def test_a_log_known_by_a_cosignature_alone_is_listed(self, store: Store) -> None:
        store.commit([PutCosignature("IL/main", 1, "m", 5, "line"), PutCheckpoint("SY/main", 0, b"empty")])
        assert self.again(store).logs() == ("IL/main", "SY/main")

    def test_events_can_be_resumed(self, store: Store) -> None:
        """A listener that heard up to a number gets what follows, in order, no more than it asks for."""
        store.commit([PutEvent(n, "entry", str(n)) for n in range(1, 11)])
        store = self.again(store)
        assert [e.number for e in store.events(0, 3)] == [1, 2, 3]
        assert [e.number for e in store.events(8, 100)] == [9, 10]
        assert store.events(10, 5) == []
        assert store.last_event() == 10

    def test_evidence_is_kept_for_ever_in_order(self, store: Store) -> None:
        found = [PutEvidence("split-view", n, f"text {n}", b"a" * n, b"") for n in (3, 1, 2)]
        for each in found:
            store.commit([each])
        assert self.again(store).evidence() == found

    def test_what_is_kept_is_the_newest_until_it_is_dropped(self, store: Store) -> None:
        """The newest value of a kind and key stays; dropping one leaves the others, and may be said twice."""
        store.commit([PutKept("bell", "b", b"1"), PutKept("bell", "a", b"2"), PutKept("ahead", "a", b"3")])
        store.commit([PutKept("bell", "b", b"4")])
        assert list(store.kept("bell").items()) == [("a", b"2"), ("b", b"4")]
        store.commit([DropKept("bell", "a"), DropKept("bell", "a")])
        assert store.kept("bell") == {"b": b"4"}
        assert store.kept("ahead") == {"a": b"3"}
        assert store.kept("nothing") == {}

    def test_reading_while_writing(self, store: Store) -> None:
        """A reader that stops in the middle hinders no writer, and sees each entry once and in order."""
        store.commit([entry(n) for n in range(2_500)] + [body(n) for n in range(2_500)])
        reader, bodies = store.entries(LOG), store.bodies(LOG)
        first = [next(reader).index for _ in range(10)]
        first_body = next(bodies).index
        store.commit([entry(2_500), body(2_500)])
        rest = [e.index for e in reader]
        assert [*first, *rest][:2_500] == list(range(2_500))
        assert [first_body, *(b.index for b in bodies)][:2_500] == list(range(2_500))

    def test_readers_in_other_threads(self, store: Store) -> None:
        """What a reader sees is always a whole beginning of the log, bodies included."""
        faults: list[str] = []
        done = threading.Event()

        def read() -> None:
            while not done.is_set():
                bodies = {b.index for b in store.bodies(LOG)}
                notes = [e.index for e in store.entries(LOG)]
                if notes != list(range(len(notes))) or not bodies <= set(notes):
                    faults.append(f"{notes} {bodies}")

        readers = [threading.Thread(target=read) for _ in range(2)]
        for reader in readers:
            reader.start()
        for n in range(0, 60, 3):
            store.commit([w for i in range(n, n + 3) for w in (entry(i), body(i))])
        done.set()
        for reader in readers:
            reader.join()
        assert not faults


class TestMemoryStore(EntryStoreContract):
    """The store of simulations keeps the contract."""

    @pytest.fixture
    def store(self) -> Iterator[Store]:
        yield MemoryStore()


class TestSqliteStore(EntryStoreContract):
    """The store of nodes keeps the contract, over closing and opening too."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        self.path = tmp_path / "record.sqlite"
        self.opened = [SqliteStore(self.path)]
        yield self.opened[0]
        for store in self.opened:
            store.close()

    def again(self, store: Store) -> Store:
        store.close()
        self.opened.append(SqliteStore(self.path))
        return self.opened[-1]


def test_files_are_the_owners_alone(tmp_path: Path) -> None:
    """Whatever the umask: record, write-ahead log, index and lock can be read by the owner alone."""
    before = os.umask(0)
    try:
        store = SqliteStore(tmp_path / "record.sqlite")
        store.commit([entry(0)])
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
        store.close()
    finally:
        os.umask(before)
    assert {"record.sqlite", "record.sqlite-wal", "record.lock"} <= set(modes)
    assert set(modes.values()) == {0o600}, modes


def test_one_writer_alone(tmp_path: Path) -> None:
    """A second opener is refused, in this process and in another, and hinders nobody; after closing it may."""
    path = tmp_path / "record.sqlite"
    code = f"from clearline.store.sqlite import *; SqliteStore(Path({str(path)!r})).commit([])"
    store = SqliteStore(path)
    with pytest.raises(Unavailable, match="in use"):
        SqliteStore(path)
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert other.returncode != 0 and "in use by another process" in other.stderr
    store.commit([entry(0)])
    store.close()
    store.close()
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_a_file_that_is_no_record_is_refused(tmp_path: Path) -> None:
    """Another schema, or no database at all, is left as it is; the refusal leaves nothing open."""
    (tmp_path / "text.sqlite").write_text("no database, but longer than the header of one " * 10)
    with pytest.raises(Unavailable, match="not a database"):
        SqliteStore(tmp_path / "text.sqlite")
    store = SqliteStore(tmp_path / "later.sqlite")
    store._db.execute("PRAGMA user_version=99")
    store.close()
    for _ in range(2):
        with pytest.raises(Unavailable, match="schema 99"):
            SqliteStore(tmp_path / "later.sqlite")
    with pytest.raises(Unavailable):
        SqliteStore(tmp_path / "no such folder" / "record.sqlite")


def test_a_closed_store_refuses(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "record.sqlite")
    store.close()
    with pytest.raises(Unavailable):
        store.commit([entry(0)])


def test_every_commit_is_synced(tmp_path: Path) -> None:
    """Source: sqlite.org pragma synchronous: with WAL, FULL (2) syncs the log at every commit."""
    store = SqliteStore(tmp_path / "record.sqlite")
    assert store._db.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert store._db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    store.close()
