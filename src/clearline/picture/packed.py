"""The picture packed: where the entries of each thing stand, in sorted tables, so that a start need not fold them anew.

It is an index over entries and holds nothing that was said: hashes of references, entry ids, places, and from when to
when a notice lasts. What is asked for is read from the entries themselves (`picture/shelf.py`). A table is one run of
bytes, so a year's record packs into some hundred bytes an entry and no object. Merging needs numpy, asking does not.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from clearline.picture.entry import Place
from clearline.records.words import MemberId

if TYPE_CHECKING:
    import numpy as np

INDEX_BITS: Final = 40
"""Bits of a packed place that hold the index; the number of the log stands above them."""

KEY_BYTES: Final = 20
"""Bytes of the hash of a notice's key: nobody can make two references with one hash, not even for harm to itself."""

ID_BYTES: Final = 32
NONCE_BYTES: Final = 18
"""The number of the log in two bytes and the nonce."""

TABLES: Final[Mapping[str, tuple[Literal["B", "Q", "q"], int]]] = {
    "ids": ("B", ID_BYTES),
    "id_places": ("Q", 8),
    "nonces": ("B", NONCE_BYTES),
    "unread": ("Q", 8),
    "again": ("Q", 8),
    "notices": ("B", KEY_BYTES),
    "notice_places": ("Q", 8),
    "heads": ("B", KEY_BYTES),
    "head_firsts": ("Q", 8),
    "head_starts": ("q", 8),
    "head_ends": ("q", 8),
    "head_steps": ("q", 8),
    "head_order": ("Q", 8),
    "answers": ("B", ID_BYTES),
    "answer_places": ("Q", 8),
    "refused": ("B", ID_BYTES),
    "refused_places": ("Q", 8),
    "messages": ("Q", 8),
    "message_times": ("q", 8),
    "ineffective": ("Q", 8),
    "ineffective_texts": ("Q", 8),
    "late": ("Q", 8),
    "late_after": ("Q", 8),
}
"""Name of each table, and the format and width in bytes of its rows (as in `struct`).

Tables of one group have as many rows. `ids`, `nonces`, `notices` (one row for each entry that made the notice what it
is), `heads` (one for each notice), `answers` and `refused` ascend by bytes, `messages`, `ineffective` and `late` by
place. `head_order` numbers the heads by start and first place. `again` are the entries that a start folds anew.
"""

ENDED_NOT: Final = 0
WITHDRAWN: Final = 1
COMPLETED: Final = 2
"""In `head_steps`: whether the owner has ended the notice, and how."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A picture up to `sizes` entries of `logs` (`<member>/<log>`, numbered from 0), as sorted tables."""

    logs: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()
    """Why entries have no effect."""
    tables: Mapping[str, memoryview] = field(default_factory=lambda: {n: empty(n) for n in TABLES})

    def rows(self, table: str) -> int:
        """Return how many rows a table has."""
        form, width = TABLES[table]
        return len(self.tables[table]) // (width if form == "B" else 1)

    def find(self, table: str, key: bytes) -> range:
        """Return the rows of a table of bytes that are equal to `key`. Cost: O(log n)."""
        width, held = TABLES[table][1], self.tables[table]

        def row(number: int) -> bytes:
            return bytes(held[number * width : (number + 1) * width])

        numbers = range(self.rows(table))
        first = bisect_left(numbers, key, key=row)
        last = first
        while last < len(numbers) and row(last) == key:
            last += 1
        return range(first, last)

    def row(self, table: str, number: int) -> bytes:
        """Return one row of a table of bytes."""
        width = TABLES[table][1]
        return bytes(self.tables[table][number * width : (number + 1) * width])

    def find_place(self, table: str, place: Place) -> int:
        """Return the row of a table of places that holds `place`, or -1. Cost: O(log n)."""
        wanted, held = self.packed(place), self.tables[table]
        at = bisect_left(held, wanted)
        return at if wanted >= 0 and at < len(held) and held[at] == wanted else -1

    def packed(self, place: Place) -> int:
        """Return a place as a number, -1 where its log is not known here."""
        name = f"{place.member}/{place.log}"
        return self.logs.index(name) << INDEX_BITS | place.index if name in self.logs else -1

    def place(self, packed: int) -> Place:
        """Return the place that a number stands for."""
        member, _, log = self.logs[packed >> INDEX_BITS].partition("/")
        return Place(MemberId(member), log, packed & (1 << INDEX_BITS) - 1)

    def covers(self, place: Place) -> bool:
        """Report whether an entry is among those that were packed."""
        name = f"{place.member}/{place.log}"
        return name in self.logs and place.index < self.sizes[self.logs.index(name)]


@dataclass(frozen=True, slots=True)
class Head:
    """What the tables say of a notice: its first entry, from when to when it lasts, and how it was ended."""

    key: tuple[str, str]
    first: Place
    start: int
    end: int
    ended: int


@dataclass(slots=True)
class Added:
    """What is to be packed beside what is: the places that each thing gained, and what the tables say of it now."""

    sizes: dict[str, int] = field(default_factory=dict)
    ids: list[tuple[str, Place]] = field(default_factory=list)
    nonces: list[tuple[str, bytes]] = field(default_factory=list)
    """Log and nonce."""
    unread: list[Place] = field(default_factory=list)
    again: list[Place] = field(default_factory=list)
    notices: list[tuple[tuple[str, str], Place]] = field(default_factory=list)
    heads: list[Head] = field(default_factory=list)
    taken_out: list[tuple[str, str]] = field(default_factory=list)
    """Notices that the tables may no longer hold: a start makes them anew from their entries."""
    answers: list[tuple[str, Place]] = field(default_factory=list)
    refused: list[tuple[str, Place]] = field(default_factory=list)
    messages: list[tuple[Place, int]] = field(default_factory=list)
    ineffective: list[tuple[Place, str]] = field(default_factory=list)
    late: list[tuple[Place, int]] = field(default_factory=list)
    """Entries placed after their time, and the index of the entry that shows it."""


def empty(table: str) -> memoryview:
    """Return a table without rows."""
    return table_of(table, b"")


def table_of(table: str, raw: bytes) -> memoryview:
    """Return the bytes of a table as its rows are read.

    Raises:
        ValueError: The length is no whole number of rows.
    """
    form, width = TABLES[table]
    if len(raw) % width:
        raise ValueError(f"{table}: {len(raw)} bytes are no rows of {width}")
    return memoryview(raw) if form == "B" else memoryview(raw).cast(form)


def key_hash(key: tuple[str, str]) -> bytes:
    """Return the hash under which a notice stands."""
    return hashlib.sha256("\n".join(key).encode("utf-8", "surrogatepass")).digest()[:KEY_BYTES]


def merged(base: Packed, added: Added) -> Packed:
    """Return the tables with what was added. Cost: O(n) copying of bytes, O(m log n) for what is new."""
    import numpy as np

    logs = (*base.logs, *sorted(set(added.sizes) - set(base.logs)))
    numbers = {name: number for number, name in enumerate(logs)}
    sizes = tuple(
        added.sizes.get(name, size) for name, size in zip(logs, (*base.sizes, *[0] * len(logs)), strict=False)
    )

    def packed(place: Place) -> int:
        return numbers[f"{place.member}/{place.log}"] << INDEX_BITS | place.index

    def longs(table: str) -> Any:
        return np.frombuffer(base.tables[table], dtype="<i8" if TABLES[table][0] == "q" else "<u8")

    tables: dict[str, bytes] = {}

    def with_rows(table: str, fresh: Iterable[tuple[bytes, Sequence[int]]], *beside: str) -> None:
        """Merge rows of bytes, each with its values in the tables `beside`."""
        width = TABLES[table][1]
        ordered = sorted(fresh)
        held = np.frombuffer(base.tables[table], dtype=f"S{width}")
        new = np.array([key for key, _ in ordered], dtype=f"S{width}")
        at = np.searchsorted(held, new, side="right")
        tables[table] = np.insert(held, at, new).tobytes()
        for number, name in enumerate(beside):
            values = np.array([row[number] for _, row in ordered], dtype=longs(name).dtype)
            tables[name] = np.insert(longs(name), at, values).tobytes()

    def with_places(table: str, fresh: Iterable[tuple[int, int]], *beside: str) -> None:
        """Merge packed places, each once and with its value in the table `beside`."""
        held = longs(table)
        ordered = sorted(dict(fresh).items())
        known = set(np.intersect1d(held, np.array([p for p, _ in ordered], dtype="<u8")).tolist())
        ordered = [(place, value) for place, value in ordered if place not in known]
        new = np.array([place for place, _ in ordered], dtype="<u8")
        at = np.searchsorted(held, new)
        tables[table] = np.insert(held, at, new).tobytes()
        for name in beside:
            values = np.array([value for _, value in ordered], dtype=longs(name).dtype)
            tables[name] = np.insert(longs(name), at, values).tobytes()

    with_rows("ids", ((bytes.fromhex(i), (packed(p),)) for i, p in added.ids), "id_places")
    with_rows("nonces", ((numbers[log].to_bytes(2, "big") + nonce, ()) for log, nonce in added.nonces))
    with_rows("answers", ((bytes.fromhex(of), (packed(p),)) for of, p in added.answers), "answer_places")
    with_rows("refused", ((bytes.fromhex(of), (packed(p),)) for of, p in added.refused), "refused_places")
    with_places("unread", ((packed(place), 0) for place in added.unread))
    with_places("again", ((packed(place), 0) for place in added.again))
    with_places("messages", ((packed(place), at) for place, at in added.messages), "message_times")
    with_places("late", ((packed(place), after) for place, after in added.late), "late_after")
    texts = {text: number for number, text in enumerate(base.texts)}
    for _, text in added.ineffective:
        texts.setdefault(text, len(texts))
    with_places("ineffective", ((packed(p), texts[text]) for p, text in added.ineffective), "ineffective_texts")
    # Heads are replaced, not added to: those that are new or changed are taken out first.
    replaced = [key_hash(head.key) for head in added.heads] + [key_hash(key) for key in added.taken_out]
    base = _without(base, ("heads", "head_firsts", "head_starts", "head_ends", "head_steps"), replaced)
    gone = [key_hash(key) for key in added.taken_out]
    base = _without(base, ("notices", "notice_places"), gone) if gone else base
    with_rows("notices", ((key_hash(key), (packed(p),)) for key, p in added.notices), "notice_places")
    heads = ((key_hash(h.key), (packed(h.first), h.start, h.end, h.ended)) for h in added.heads)
    with_rows("heads", heads, "head_firsts", "head_starts", "head_ends", "head_steps")
    starts, firsts = (np.frombuffer(tables[t], dtype="<i8") for t in ("head_starts", "head_firsts"))
    tables["head_order"] = np.lexsort((firsts, starts)).astype("<u8").tobytes()
    return Packed(logs, sizes, tuple(texts), {name: table_of(name, tables[name]) for name in TABLES})


def _without(base: Packed, group: tuple[str, ...], keys: Sequence[bytes]) -> Packed:
    """Return the tables without the rows of a group whose first table holds one of `keys`."""
    import numpy as np

    rows = [number for key in keys for number in base.find(group[0], key)]
    tables = dict(base.tables)
    for name in group if rows else ():
        form, width = TABLES[name]
        held: np.ndarray[Any, Any] = np.frombuffer(base.tables[name], dtype=f"S{width}" if form == "B" else "<i8")
        tables[name] = table_of(name, np.delete(held, rows).tobytes())
    return Packed(base.logs, base.sizes, base.texts, tables)


def opened(base: Packed, places: Iterable[Place], keys: Iterable[tuple[str, str]]) -> Packed:
    """Return the tables without what rests on the bodies of these entries, which came late or were destroyed.

    Everything that these entries or the notices `keys` touch, and what had no effect in their logs, is then to be
    folded anew: an entry that followed one of them may have an effect now, or none. Cost: O(n) copying of bytes.
    """
    import numpy as np

    def longs(table: str) -> Any:
        return np.frombuffer(base.tables[table], dtype="<u8")

    changed = np.array([base.packed(place) for place in places], dtype="<u8")
    logs = np.unique(changed >> np.uint64(INDEX_BITS))
    hashes = {key_hash(key) for key in keys}
    touched = np.flatnonzero(np.isin(longs("notice_places"), changed))
    hashes |= {base.row("notices", int(row)) for row in touched}
    again = set(longs("again").tolist()) | set(changed.tolist())
    for hashed in hashes:
        again |= {base.tables["notice_places"][row] for row in base.find("notices", hashed)}
    idle = np.flatnonzero(np.isin(longs("ineffective") >> np.uint64(INDEX_BITS), logs))
    again |= set(longs("ineffective")[idle].tolist())
    found = _without(base, ("heads", "head_firsts", "head_starts", "head_ends", "head_steps"), sorted(hashes))
    found = _without(found, ("notices", "notice_places"), sorted(hashes))
    tables = dict(found.tables)
    tables["again"] = table_of("again", np.array(sorted(again), dtype="<u8").tobytes())
    for group in (("ineffective", "ineffective_texts"), ("unread",), ("messages", "message_times")):
        gone = idle if group[0] == "ineffective" else np.flatnonzero(np.isin(longs(group[0]), changed))
        for name in group:
            tables[name] = table_of(name, np.delete(longs(name), gone).tobytes())
    for name in ("answers", "refused"):
        places_of = "answer_places" if name == "answers" else "refused_places"
        gone = np.flatnonzero(np.isin(longs(places_of), changed))
        rows = np.frombuffer(base.tables[name], dtype=f"S{ID_BYTES}")
        tables[name] = table_of(name, np.delete(rows, gone).tobytes())
        tables[places_of] = table_of(places_of, np.delete(longs(places_of), gone).tobytes())
    starts, firsts = (np.frombuffer(tables[t], dtype="<i8") for t in ("head_starts", "head_firsts"))
    tables["head_order"] = table_of("head_order", np.lexsort((firsts, starts)).astype("<u8").tobytes())
    return Packed(base.logs, base.sizes, base.texts, tables)
