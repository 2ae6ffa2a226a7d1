"""The index on SQLite's R*Tree: nothing to import but the standard library, ready in milliseconds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain

from clearline.conflicts.index import Box

ASKED_MAX = 64
"""Boxes that one statement asks: 640 values stay below the 999 that an old SQLite binds at most."""

_MEETS = " AND ".join(
    # Time first, as it rules out the most; `column1` and on are SQLite's names for what VALUES gives.
    f"box.{axis}1 >= asked.column{2 * place + 1} AND box.{axis}0 <= asked.column{2 * place + 2}"
    for place, axis in ((4, "t"), (0, "x"), (1, "y"), (2, "z"), (3, "h"))
)


@cache
def _question(count: int) -> str:
    """Return the statement that asks `count` boxes at once: a third quicker than one statement a box."""
    rows = ", ".join(f"({', '.join('?' * 10)}, {number})" for number in range(count))
    return f"SELECT asked.column11, box.id FROM (VALUES {rows}) AS asked CROSS JOIN box WHERE {_MEETS}"  # noqa: S608


@cache
def rtree_is_there() -> bool:
    """Report whether Python's SQLite was built with the R*Tree module."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE probe USING rtree_i32(id, a0, a1)")
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return True


class RTreeIndex:
    """Boxes in an `rtree_i32` table of five dimensions, in memory.

    One caller at a time; it may be used from another thread than the one that made it.

    Source: https://www.sqlite.org/rtree.html, sections 3 and 3.1 (whole-number coordinates, 32 bits).
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._db.execute("CREATE VIRTUAL TABLE box USING rtree_i32(id, x0, x1, y0, y1, z0, z1, h0, h1, t0, t1)")
        self._count = 0

    def __del__(self) -> None:
        # Nobody closes an index: it is a value of an engine. Python 3.13 warns where a connection just fades away.
        if hasattr(self, "_db"):
            self._db.close()

    def add(self, boxes: Iterable[tuple[int, Box]]) -> None:
        """Hold each box under its key, all of them or none. O(log n) a box."""
        rows = [(key, *box) for key, box in boxes]
        self._db.execute("BEGIN")
        try:
            self._db.executemany("INSERT INTO box VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        except sqlite3.Error as error:
            self._db.execute("ROLLBACK")
            raise ValueError("a key is held already, or a box ends before it starts") from error
        self._db.execute("COMMIT")
        self._count += len(rows)

    def remove(self, keys: Iterable[int]) -> None:
        """Forget the boxes under these keys. O(log n) a key."""
        self._db.execute("BEGIN")
        for key in keys:
            self._count -= self._db.execute("DELETE FROM box WHERE id = ?", (key,)).rowcount
        self._db.execute("COMMIT")

    def near(self, boxes: Sequence[Box]) -> list[tuple[int, int]]:
        """Return (number of the asked box, key) for every held box that meets an asked one."""
        found: list[tuple[int, int]] = []
        for start in range(0, len(boxes), ASKED_MAX):
            part = boxes[start : start + ASKED_MAX]
            rows = self._db.execute(_question(len(part)), list(chain.from_iterable(part))).fetchall()
            found += [(start + number, key) for number, key in rows] if start else rows
        return found

    def __len__(self) -> int:
        """Return how many boxes are held."""
        return self._count
