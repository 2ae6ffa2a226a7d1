"""A node's record as it stands at one moment, read without a trace in the node's folder, even while the node runs.

SQLite would leave files beside a record that it reads, or change those of a node that was killed. So a record that
was closed in order is opened as immutable, and one with a write-ahead log is copied to a private folder first.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from clearline.channel.ports import PutCosignature, StoredBody
from clearline.channel.proof.proof_source import SourceEntry
from clearline.errors import NotFound, Refused, Unavailable, shown
from clearline.records.words import MemberId
from clearline.store.folder import read_config
from clearline.store.sqlite import SCHEMA_VERSION
from clearline.store.wal import damage_in

RECORD = "record.sqlite"

COPIES_MAX = 10
"""Attempts to copy a record between two resets of its write-ahead log: a node writes megabytes between them."""

_ASIDE = ("-wal", "-journal")
_WAL_HEADER_BYTES = 32
_TABLES = ("entries", "bodies", "checkpoints", "cosignatures")


class DamagedFile(Refused):
    """The file of a record cannot be read as what it is: it was changed or cut off underneath SQLite."""

    slug, title, status = "damaged-file", "The file of the record is damaged", 422


class Snapshot:
    """The record in a node's folder, as a source for proofs and bundles; use it as a context.

    Raises:
        NotFound: The folder is no node's, or holds no record.
        DamagedFile: SQLite finds the file damaged.
        Unavailable: The node writes faster than the record can be copied.
    """

    whole = True

    def __init__(self, folder: Path) -> None:
        self.path = folder / RECORD
        self.member: MemberId = read_config(folder).member
        if not self.path.is_file():
            raise NotFound(f"{self.path} is missing; this folder holds no record")
        self._kept = ExitStack()
        self._in_place: tuple[int, int, int] | None = None
        try:
            self._db = self._opened()
            self._check()
        except BaseException:
            self._kept.close()
            raise

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._kept.close()
        if kind is None and self._in_place is not None and (_aside(self.path) or self._in_place != _mark(self.path)):
            raise Unavailable(f"{self.path} was changed while it was read: its node was started; run this again")

    def logs(self) -> tuple[str, ...]:
        """Return every name under which a table holds anything, sorted."""
        rows = self._rows(" UNION ".join(f"SELECT log FROM {table}" for table in _TABLES))  # noqa: S608
        return tuple(sorted(self._text(row[0], "the name of a log") for row in rows))

    def signed_things(self) -> int:
        """Return how many entries, checkpoints and cosignatures there are."""
        tables = ("entries", "checkpoints", "cosignatures")
        return sum(next(self._rows(f"SELECT count(*) FROM {table}"))[0] for table in tables)  # noqa: S608

    def entries(self, log: str) -> Iterator[SourceEntry]:
        """Yield entries by index."""
        for index, entry_id, note in self._rows("SELECT idx, id, note FROM entries WHERE log=? ORDER BY idx", log):
            where = f"{log}, entry {shown(index)}"
            yield SourceEntry(
                self._number(index, f"{log}, index of an entry"),
                # An empty id would mean that none is kept.
                self._text(entry_id, f"{where}, id") or "(empty)",
                self._bytes(note, f"{where}, note"),
            )

    def bodies(self, log: str) -> Iterator[StoredBody]:
        """Yield bodies by index and slot."""
        sql = "SELECT idx, slot, salt, body FROM bodies WHERE log=? ORDER BY idx, slot"
        for index, slot, salt, body in self._rows(sql, log):
            where = f"{log}, body {shown(slot)} of entry {shown(index)}"
            yield StoredBody(
                self._number(index, f"{where}, index"),
                self._number(slot, f"{where}, slot"),
                self._bytes(salt, f"{where}, salt"),
                self._bytes(body, where),
            )

    def checkpoints(self, log: str) -> Iterator[tuple[int, bytes]]:
        """Yield size and note of each checkpoint, by size."""
        for size, note in self._rows("SELECT size, note FROM checkpoints WHERE log=? ORDER BY size", log):
            where = f"{log}, checkpoint of size {shown(size)}"
            yield self._number(size, where), self._bytes(note, where)

    def cosignatures(self, log: str) -> Iterator[PutCosignature]:
        """Yield cosignatures by size and cosigner."""
        sql = "SELECT size, cosigner, time_s, line FROM cosignatures WHERE log=? ORDER BY size, cosigner"
        for size, cosigner, time_s, line in self._rows(sql, log):
            where = f"{log}, cosignature at size {shown(size)}"
            yield PutCosignature(
                log,
                self._number(size, where),
                self._text(cosigner, f"{where}, cosigner"),
                self._number(time_s, f"{where}, time"),
                self._text(line, f"{where}, line"),
            )

    def _opened(self) -> sqlite3.Connection:
        found = ""
        for _ in range(COPIES_MAX):
            if not _aside(self.path):
                self._in_place = _mark(self.path)
                return self._connected(f"{self.path.resolve().as_uri()}?mode=ro&immutable=1")
            folder = Path(self._kept.enter_context(tempfile.TemporaryDirectory(prefix="clearline-")))
            # A checkpoint of SQLite's copies out of the log what the log still holds: the record and the log that is
            # copied after it agree, unless the log was begun anew in between, and then its header is another.
            before = _wal_header(self.path)
            shutil.copyfile(self.path, folder / RECORD)
            for each in _aside(self.path):
                shutil.copyfile(each, folder / each.name)
            damage = self._damage_in_wal(folder)
            if before == _wal_header(self.path) and damage in ("", found):
                if damage:
                    raise self._damaged(damage)
                return self._connected(f"{(folder / RECORD).as_uri()}?mode=rw")
            # A frame that is being written looks like a spoilt one; what is spoilt is so the next time too.
            found = damage
            self._kept.close()
        raise Unavailable(f"{self.path} is written too fast to be copied; run this again in a quieter minute")

    def _damage_in_wal(self, folder: Path) -> str:
        log = folder / f"{RECORD}-wal"
        return damage_in(log) if log.exists() else ""

    def _connected(self, uri: str) -> sqlite3.Connection:
        try:
            db = sqlite3.connect(uri, uri=True, isolation_level=None)
        except sqlite3.Error as fault:
            raise self._damaged(str(fault)) from None
        self._kept.callback(db.close)
        # What is no UTF-8 is not what was written; the proof names it, and a terminal can show it.
        db.text_factory = lambda raw: raw.decode("utf-8", "backslashreplace")
        return db

    def _check(self) -> None:
        version = next(self._rows("PRAGMA user_version"))[0]
        if version != SCHEMA_VERSION:
            raise Refused(f"{self.path} has schema {version}; this program knows {SCHEMA_VERSION}")
        # Rows out of order would hide from a search.
        found = next(self._rows("PRAGMA integrity_check(1)"))[0]
        if found != "ok":
            raise self._damaged(str(found))

    def _rows(self, sql: str, *values: object) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._db.execute(sql, values)
        # A damaged schema makes names that are no UTF-8, which the module raises as ValueError.
        except (sqlite3.Error, OverflowError, ValueError) as fault:
            raise self._damaged(str(fault)) from None

    def _number(self, value: object, where: str) -> int:
        if type(value) is not int:
            raise self._damaged(f"{where}: found {shown(value)}, expected an integer")
        return value

    def _text(self, value: object, where: str) -> str:
        if type(value) is not str:
            raise self._damaged(f"{where}: found {shown(value)}, expected text")
        return value

    def _bytes(self, value: object, where: str) -> bytes:
        if type(value) is not bytes:
            raise self._damaged(f"{where}: found {shown(value)}, expected bytes")
        return value

    def _damaged(self, why: str) -> DamagedFile:
        return DamagedFile(
            f"{self.path} is damaged ({why}); restore it from a copy, or refill it from the other members"
        )


def _aside(path: Path) -> list[Path]:
    """Return the files beside a record that hold what is not yet in it."""
    beside = (path.with_name(path.name + end) for end in _ASIDE)
    return [each for each in beside if each.exists() and each.stat().st_size]


def _wal_header(path: Path) -> bytes:
    try:
        with path.with_name(path.name + "-wal").open("rb") as file:
            return file.read(_WAL_HEADER_BYTES)
    except FileNotFoundError:
        return b""


def _mark(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns
