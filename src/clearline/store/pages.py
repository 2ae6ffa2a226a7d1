"""A record as it stood at one moment, read in short pages by a connection of its own while its node writes on.

No page holds a lock or a view of the file for longer than it takes to read, so that neither a commit nor the end of
SQLite's write-ahead log ever waits for it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from clearline.channel.ports import PutCosignature, StoredBody
from clearline.channel.proof.proof_source import SourceEntry
from clearline.store.snapshot import DamagedFile

PAGE: Final = 256
"""Rows of one page."""


class Pages:
    """The record up to the sizes given; use it in the thread that made it, and close it.

    Raises:
        DamagedFile: SQLite finds the file damaged, or a value is not of its kind.
    """

    def __init__(self, path: Path, sizes: Mapping[str, int]) -> None:
        self._path, self._sizes = path, dict(sizes)
        try:
            self._db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5)
        except sqlite3.Error as fault:
            raise self._damaged(fault) from None
        self._db.text_factory = lambda raw: raw.decode("utf-8", "backslashreplace")

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    def logs(self) -> tuple[str, ...]:
        """Return the logs, sorted."""
        return tuple(sorted(self._sizes))

    def signed_things(self) -> int:
        """Return how many entries, checkpoints and cosignatures there are."""
        found = sum(self._sizes.values())
        for log, size in self._sizes.items():
            for table in ("checkpoints", "cosignatures"):
                sql = f"SELECT count(*) FROM {table} WHERE log=? AND size<=?"  # noqa: S608 -- names of our own
                found += int(self._rows(sql, log, size)[0][0])
        return found

    def entries(self, log: str) -> Iterator[SourceEntry]:
        """Yield entries by index."""
        sql = "SELECT idx, id, note FROM entries WHERE log=? AND idx>=? AND idx<? ORDER BY idx"
        for first in range(0, self._sizes[log], PAGE):
            for index, entry_id, note in self._rows(sql, log, first, min(first + PAGE, self._sizes[log])):
                yield SourceEntry(self._of(int, index), self._of(str, entry_id) or "(empty)", self._of(bytes, note))

    def bodies(self, log: str) -> Iterator[StoredBody]:
        """Yield bodies by index and slot."""
        sql = "SELECT idx, slot, salt, body FROM bodies WHERE log=? AND idx>=? AND idx<? ORDER BY idx, slot"
        for first in range(0, self._sizes[log], PAGE):
            for index, slot, salt, body in self._rows(sql, log, first, min(first + PAGE, self._sizes[log])):
                yield StoredBody(
                    self._of(int, index), self._of(int, slot), self._of(bytes, salt), self._of(bytes, body)
                )

    def checkpoints(self, log: str) -> Iterator[tuple[int, bytes]]:
        """Yield size and note of each checkpoint, by size."""
        sql = "SELECT size, note FROM checkpoints WHERE log=? AND size>? AND size<=? ORDER BY size LIMIT ?"
        last = -1
        while rows := self._rows(sql, log, last, self._sizes[log], PAGE):
            for size, note in rows:
                yield self._of(int, size), self._of(bytes, note)
            last = rows[-1][0]

    def cosignatures(self, log: str) -> Iterator[PutCosignature]:
        """Yield cosignatures by size and cosigner."""
        sql = (
            "SELECT size, cosigner, time_s, line FROM cosignatures "
            "WHERE log=? AND (size, cosigner) > (?, ?) AND size<=? ORDER BY size, cosigner LIMIT ?"
        )
        last: tuple[int, str] = (-1, "")
        while rows := self._rows(sql, log, *last, self._sizes[log], PAGE):
            for size, cosigner, time_s, line in rows:
                yield PutCosignature(
                    log, self._of(int, size), self._of(str, cosigner), self._of(int, time_s), self._of(str, line)
                )
            last = rows[-1][0], rows[-1][1]

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(sql, values).fetchall()
        except (sqlite3.Error, OverflowError, ValueError) as fault:
            raise self._damaged(fault) from None

    def _of(self, kind: type, value: Any) -> Any:
        if type(value) is not kind:
            raise self._damaged(f"found {type(value).__name__}, expected {kind.__name__}")
        return value

    def _damaged(self, why: object) -> DamagedFile:
        return DamagedFile(f"{self._path} is damaged ({why}); restore it from a copy, or refill it from the others")
