"""A store in one SQLite file: write-ahead log, one writer, every commit on the disk before it returns.

Source: sqlite.org/wal.html and pragma synchronous=FULL: with WAL and FULL each commit syncs the log file, so that
what was committed survives a power cut.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from clearline.channel.ports import (
    NONE_YET,
    DropKept,
    EraseBody,
    PutBody,
    PutCheckpoint,
    PutCosignature,
    PutEntry,
    PutEvent,
    PutEvidence,
    PutKept,
    StoredBody,
    StoredEntry,
    Write,
)
from clearline.errors import Unavailable

SCHEMA_VERSION = 1

EVENTS_KEPT = 100_000
"""Events that a listener may resume over; the record itself is never shortened."""

_TRIM_EVERY = 1_000

_PAGE = 1_000
"""Rows that are read at one time."""

_SCHEMA = """
CREATE TABLE entries (log TEXT NOT NULL, idx INTEGER NOT NULL, id TEXT NOT NULL, note BLOB NOT NULL,
                      received INTEGER NOT NULL, PRIMARY KEY (log, idx)) WITHOUT ROWID;
CREATE TABLE bodies (log TEXT NOT NULL, idx INTEGER NOT NULL, slot INTEGER NOT NULL, salt BLOB NOT NULL,
                     body BLOB NOT NULL, PRIMARY KEY (log, idx, slot)) WITHOUT ROWID;
CREATE TABLE checkpoints (log TEXT NOT NULL, size INTEGER NOT NULL, note BLOB NOT NULL,
                          PRIMARY KEY (log, size)) WITHOUT ROWID;
CREATE TABLE cosignatures (log TEXT NOT NULL, size INTEGER NOT NULL, cosigner TEXT NOT NULL, time_s INTEGER NOT NULL,
                           line TEXT NOT NULL, PRIMARY KEY (log, size, cosigner)) WITHOUT ROWID;
CREATE TABLE events (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, data TEXT NOT NULL);
CREATE TABLE evidence (number INTEGER PRIMARY KEY, slug TEXT NOT NULL, at INTEGER NOT NULL, text TEXT NOT NULL,
                       first BLOB NOT NULL, second BLOB NOT NULL);
CREATE TABLE kept (kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
"""


class SqliteStore:
    """A node's record in one file. One thread writes; reads take a lock of their own and may come from any thread.

    Raises:
        Unavailable: The file cannot be opened, or another process writes to it.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._closed = False
        self._to_scrub = True
        # A second process must not write: its node would sign a second history of the same log.
        self._guard = _locked_alone(path)
        try:
            if not path.exists():
                path.touch(mode=0o600)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
        except (sqlite3.Error, OSError) as fault:
            os.close(self._guard)
            raise Unavailable(f"{path}: {fault}") from None
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            # What is deleted is overwritten: an erased body must not be left in a free page.
            self._db.execute("PRAGMA secure_delete=ON")
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                self._db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version={SCHEMA_VERSION}; COMMIT;")
            elif version == SCHEMA_VERSION:
                # A power cut may have come between an erasure and the end of its trace in the write-ahead log.
                self._scrub()
            else:
                raise Unavailable(f"{path} has schema {version}; this program knows {SCHEMA_VERSION}")
        except sqlite3.Error as fault:
            self.close()
            raise Unavailable(f"{path}: {fault}") from None
        except Unavailable:
            self.close()
            raise

    def commit(self, writes: Sequence[Write]) -> None:
        """Keep all of `writes` or nothing; when it returns they are on the disk."""
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                for write in writes:
                    self._put(write)
                self._db.execute("COMMIT")
                self._to_scrub |= any(isinstance(write, EraseBody) for write in writes)
                if self._to_scrub:
                    self._scrub()
            except (sqlite3.Error, Unavailable) as fault:
                if not self._closed and self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise Unavailable(f"the record could not be written: {fault}") from None

    def logs(self) -> tuple[str, ...]:
        """Return the logs that have anything, sorted."""
        with self._lock:
            tables = ("entries", "checkpoints", "cosignatures")
            sql = " UNION ".join(f"SELECT log FROM {table}" for table in tables)  # noqa: S608 -- names of our own
            rows = self._db.execute(f"{sql} ORDER BY 1").fetchall()
        return tuple(row[0] for row in rows)

    def entries(self, log: str, first: int = 0, count: int | None = None) -> Iterator[StoredEntry]:
        """Yield entries from index `first`, at most `count`, in order."""
        sql = "SELECT idx, note, received FROM entries WHERE log=? AND idx>=? AND idx<? ORDER BY idx"
        for row in self._pages(sql, log, first, count):
            yield StoredEntry(*row)

    def entry(self, log: str, index: int) -> tuple[StoredEntry, list[StoredBody]] | None:
        """Return one entry and its bodies by slot, or `None` where there is none."""
        run = self._db.execute
        with self._lock:
            row = run("SELECT idx, note, received FROM entries WHERE log=? AND idx=?", (log, index)).fetchone()
            rows = run(
                "SELECT idx, slot, salt, body FROM bodies WHERE log=? AND idx=? ORDER BY slot", (log, index)
            ).fetchall()
        return None if row is None else (StoredEntry(*row), [StoredBody(*each) for each in rows])

    def bodies(self, log: str, first: int = 0, count: int | None = None) -> Iterator[StoredBody]:
        """Yield bodies of the entries from index `first`, at most `count` entries, ordered by index and slot."""
        sql = "SELECT idx, slot, salt, body FROM bodies WHERE log=? AND idx>=? AND idx<? ORDER BY idx, slot"
        for row in self._pages(sql, log, first, count):
            yield StoredBody(*row)

    def checkpoints(self, log: str) -> Iterator[tuple[int, bytes]]:
        """Yield size and note of each checkpoint, by size."""
        with self._lock:
            rows = self._db.execute("SELECT size, note FROM checkpoints WHERE log=? ORDER BY size", (log,)).fetchall()
        yield from rows

    def newest_checkpoint(self, log: str) -> tuple[int, bytes] | None:
        """Return size and note of the checkpoint of the largest size, or `None`."""
        sql = "SELECT size, note FROM checkpoints WHERE log=? ORDER BY size DESC LIMIT 1"
        with self._lock:
            row = self._db.execute(sql, (log,)).fetchone()
        return None if row is None else (row[0], row[1])

    def cosignatures(self, log: str, past: Mapping[str, int] = NONE_YET) -> Iterator[PutCosignature]:
        """Yield cosignatures by size and cosigner; of a cosigner in `past` those at larger sizes than it names."""
        known = "".join(" AND NOT (cosigner=? AND size<=?)" for _ in past)
        sql = (
            "SELECT log, size, cosigner, time_s, line FROM cosignatures "  # noqa: S608 -- parameters alone
            f"WHERE log=? AND (size, cosigner) > (?, ?){known} ORDER BY size, cosigner LIMIT ?"
        )
        begun: tuple[int, str] = (-1, "")
        while True:
            # In pages: there may be millions, and no lock is held while somebody works on one.
            values = (log, *begun, *(value for pair in past.items() for value in pair), _PAGE)
            with self._lock:
                rows = self._db.execute(sql, values).fetchall()
            for row in rows:
                yield PutCosignature(*row)
            if len(rows) < _PAGE:
                return
            begun = (rows[-1][1], rows[-1][2])

    def events(self, after: int, count: int) -> list[PutEvent]:
        """Return at most `count` events with a number above `after`, in order."""
        sql = "SELECT number, kind, data FROM events WHERE number>? ORDER BY number LIMIT ?"
        with self._lock:
            return [PutEvent(*row) for row in self._db.execute(sql, (after, count))]

    def last_event(self) -> int:
        """Return the number of the newest event, 0 where there is none."""
        with self._lock:
            return int(self._db.execute("SELECT coalesce(max(number), 0) FROM events").fetchone()[0])

    def evidence(self) -> list[PutEvidence]:
        """Return all evidence, oldest first."""
        sql = "SELECT slug, at, text, first, second FROM evidence ORDER BY number"
        with self._lock:
            return [PutEvidence(*row) for row in self._db.execute(sql)]

    def kept(self, kind: str) -> dict[str, bytes]:
        """Return what is kept of a kind, by key, in the order of the keys."""
        with self._lock:
            rows = self._db.execute("SELECT key, value FROM kept WHERE kind=? ORDER BY key", (kind,)).fetchall()
        return dict(rows)

    def close(self) -> None:
        """Close the file; the write-ahead log is folded into it."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._db.close()
                os.close(self._guard)

    def _scrub(self) -> None:
        """Move everything from the write-ahead log to the file and cut the log to nothing: old frames hold old bodies.

        Source: sqlite.org/pragma.html, wal_checkpoint(TRUNCATE) and secure_delete.
        """
        try:
            busy = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.Error:
            busy = True  # what was committed stands all the same; the next commit tries again
        self._to_scrub = bool(busy)

    def _pages(self, sql: str, log: str, first: int, count: int | None) -> Iterator[tuple[Any, ...]]:
        """Read in pages of entries, so that no lock is held while somebody works on a row."""
        page = _PAGE
        last = self._end(log) if count is None else first + count
        while first < last:
            with self._lock:
                rows = self._db.execute(sql, (log, first, min(first + page, last))).fetchall()
            yield from rows
            first += page

    def _end(self, log: str) -> int:
        with self._lock:
            row = self._db.execute("SELECT coalesce(max(idx) + 1, 0) FROM entries WHERE log=?", (log,)).fetchone()
        return int(row[0])

    def _put(self, write: Write) -> None:
        run = self._db.execute
        match write:
            case PutEntry():
                row: tuple[object, ...] = (write.log, write.index, write.id, write.note, write.received)
                # A log has no gaps: an entry that is not the next shows a writer that is not alone, or is confused.
                last = run("SELECT max(idx) FROM entries WHERE log=?", (write.log,)).fetchone()[0]
                if write.index != (0 if last is None else last + 1):
                    raise Unavailable(f"{write.log}: entry {write.index} is not the next")
                run("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", row)
            case PutBody():
                row = (write.log, write.index, write.slot, write.salt, write.body)
                run("INSERT OR REPLACE INTO bodies VALUES (?, ?, ?, ?, ?)", row)
            case EraseBody():
                run("DELETE FROM bodies WHERE log=? AND idx=? AND slot=?", (write.log, write.index, write.slot))
                for trace in write.traces:
                    run("DELETE FROM events WHERE instr(data, ?)", (trace,))
            case PutCheckpoint():
                run("INSERT OR IGNORE INTO checkpoints VALUES (?, ?, ?)", (write.log, write.size, write.note))
            case PutCosignature():
                row = (write.log, write.size, write.cosigner, write.time_s, write.line)
                run("INSERT OR IGNORE INTO cosignatures VALUES (?, ?, ?, ?, ?)", row)
            case PutEvent():
                run("INSERT INTO events VALUES (?, ?, ?)", (write.number, write.kind, write.data))
                if write.number % _TRIM_EVERY == 0:
                    run("DELETE FROM events WHERE number <= ?", (write.number - EVENTS_KEPT,))
            case PutEvidence():
                row = (write.slug, write.at, write.text, write.first, write.second)
                run("INSERT INTO evidence (slug, at, text, first, second) VALUES (?, ?, ?, ?, ?)", row)
            case PutKept():
                run("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", (write.kind, write.key, write.value))
            case DropKept():
                run("DELETE FROM kept WHERE kind=? AND key=?", (write.kind, write.key))


def _locked_alone(path: Path) -> int:
    import fcntl

    try:
        guard = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as fault:
        raise Unavailable(f"{path}: {fault}") from None
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(guard)
        raise Unavailable(f"{path} is in use by another process; a record has one writer") from None
    return guard
