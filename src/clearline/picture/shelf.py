"""Shelves: mappings of the picture whose older values are read from the entries when somebody asks for them.

What was folded since the tables were packed is held as it is; what they cover is made from its entries on first use,
by the same rules, and kept at hand for a while. So what is past costs no object.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any, Generic, Protocol, TypeVar

from clearline.picture.entry import Entry, Place
from clearline.picture.notices import NoticeHistory, with_notice, with_step
from clearline.picture.packed import ENDED_NOT, INDEX_BITS, Packed, key_hash
from clearline.records.notice import Notice, NoticeStep
from clearline.records.words import EntryId, MemberId
from clearline.volumes.instant import Instant

Key = TypeVar("Key")
Value = TypeVar("Value")
Made = TypeVar("Made", covariant=True)

AT_HAND = 2_048
"""Values made from entries that are kept for the next asker: a page of a list and what it names, several times over."""

LISTS_AT_HAND = 16
"""Lists of heads kept for the next page: what the consoles of a watch position ask for."""

Read = Callable[[Place], Entry]
"""Returns an entry by its place, from the store; raises where the store does not hold what was packed."""


class Kept(Protocol[Key, Made]):
    """One group of the packed tables, as a shelf reads it."""

    def find(self, key: Key) -> Made | None:
        """Return the value, made from its entries, or `None`."""

    def holds(self, key: Key) -> bool:
        """Report whether there is one, without making it."""

    def keys(self) -> Iterator[Key]:
        """Yield every key once. Cost: linear; keys that the tables do not hold are read from entries."""

    def count(self) -> int:
        """Return how many keys there are."""


class Shelf(MutableMapping[Key, Value], Generic[Key, Value]):
    """A mapping over packed tables and what came after them."""

    def __init__(self, kept: Kept[Key, Value], held: Mapping[Key, Value]) -> None:
        self._kept = kept
        self.held: dict[Key, Value] = dict(held)
        """Values that were set since the tables were packed, and those that are wanted at hand."""
        self.changed: set[Key] = set(held)
        """Keys that were set or taken out since the tables were packed."""
        self.gone: set[Key] = set()
        """Keys of the tables that were taken out."""
        self._fresh = sum(1 for key in held if not kept.holds(key))
        self._at_hand: dict[Key, Value] = {}

    def __getitem__(self, key: Key) -> Value:
        """Return the value; one that is packed is made from its entries."""
        if key in self.held:
            return self.held[key]
        if key in self.gone:
            raise KeyError(key)
        found = self._at_hand.get(key)
        if found is None:
            found = self._kept.find(key)
            if found is None:
                raise KeyError(key)
            if len(self._at_hand) >= AT_HAND:
                self._at_hand.pop(next(iter(self._at_hand)))
            self._at_hand[key] = found
        return found

    def __contains__(self, key: object) -> bool:
        """Report whether there is a value, without making it."""
        return key in self.held or (key not in self.gone and self._kept.holds(key))  # type: ignore[arg-type]

    def __setitem__(self, key: Key, value: Value) -> None:
        """Hold a new value."""
        if key not in self:
            self._fresh += 1
        self.gone.discard(key)
        self._at_hand.pop(key, None)
        self.held[key] = value
        self.changed.add(key)

    def __delitem__(self, key: Key) -> None:
        """Take a key out.

        Raises:
            KeyError: It is not there.
        """
        if key not in self:
            raise KeyError(key)
        self._fresh -= 1
        self.held.pop(key, None)
        self._at_hand.pop(key, None)
        self.changed.add(key)
        if self._kept.holds(key):
            self.gone.add(key)

    def setdefault(self, key: Key, default: Value = None) -> Value:  # type: ignore[assignment]
        """Return the value to be changed in place, `default` where there is none."""
        value = self.get(key, default)
        self[key] = value
        return value

    def __iter__(self) -> Iterator[Key]:
        """Yield every key. Cost: linear in all that is packed; views ask for less."""
        yield from list(self.held)
        for key in self._kept.keys():  # noqa: SIM118 -- a group of tables is no mapping
            if key not in self.held and key not in self.gone:
                yield key

    def __len__(self) -> int:
        """Return how many keys there are."""
        return self._kept.count() + self._fresh

    def copy(self) -> Shelf[Key, Value]:
        """Return a shelf of the same values that another thread may read while this one changes."""
        other = Shelf(self._kept, {})
        self._copy_to(other)
        return other

    def _copy_to(self, other: Shelf[Key, Value]) -> None:
        other.held, other.changed, other.gone = dict(self.held), set(self.changed), set(self.gone)
        other._fresh, other._at_hand = self._fresh, {}


class Notices(Shelf[tuple[str, str], NoticeHistory]):
    """The notices; those in force and to come at `at` are held, the others read when asked for."""

    def __init__(self, packed: Packed, read: Read, *, at: Instant) -> None:
        self.kept = PackedNotices(packed, read)
        super().__init__(self.kept, {})
        self._at = at
        self.held.update(self.kept.living(at))

    def living(self, at: Instant) -> list[NoticeHistory]:
        """Return the notices that have not ended and whose last window ends at `at` or later, in no order."""
        if at < self._at:
            # A clock that was set back brings to life what was over.
            self.held = {**dict(self.kept.living(at)), **self.held}
            self._at = at
        return [history for history in self.held.values() if history.ended is None and history.end >= at]

    def past(self, party: str, ends: frozenset[int], *, by_end: bool) -> list[int]:
        """Return the heads of the tables that are not at hand, of a party and of these ends, in order."""
        shadowed = {row for key in {*self.changed, *self.gone} for row in self.kept.packed.find("heads", key_hash(key))}
        rows = self.kept.past(self._at, party, ends, by_end=by_end)
        return [row for row in rows if row not in shadowed] if shadowed else rows

    def ordered(
        self, rows: Iterable[int], *, by_end: bool
    ) -> Iterator[tuple[tuple[int, str, str, int], Callable[[], NoticeHistory]]]:
        """Yield the order of each head and what makes its notice."""
        packed = self.kept.packed
        times = packed.tables["head_ends" if by_end else "head_starts"]
        for row in rows:
            place = packed.place(packed.tables["head_firsts"][row])
            order = (-times[row] if by_end else times[row], place.member, place.log, place.index)
            yield order, lambda row=row: self[self.kept.key_of(row)]  # type: ignore[misc]

    def over(
        self, packed: Packed, read: Read, held: Mapping[tuple[str, str], NoticeHistory], *, at: Instant
    ) -> Notices:
        """Return the same notices over other tables, `held` at hand: what these tables lack and what lives at `at`."""
        other = object.__new__(Notices)
        other.kept = other._kept = PackedNotices(packed, read)
        other.held, other.changed, other._at, other._at_hand = dict(held), set(self.changed), at, {}
        other.gone = {key for key in self.gone if other.kept.holds(key)}
        other._fresh = sum(1 for key in held if not other.kept.holds(key)) - len(other.gone)
        return other

    def copy(self) -> Notices:
        """Return a shelf of the same values that another thread may read while this one changes."""
        other = object.__new__(Notices)
        other.kept, other._kept, other._at = self.kept, self.kept, self._at
        self._copy_to(other)
        return other


class Messages(Shelf[Place, tuple[Entry, Any]]):
    """The messages, of which those since some instant are found without reading the others."""

    def __init__(self, packed: Packed, read: Read, held: Mapping[Place, tuple[Entry, Any]]) -> None:
        super().__init__(PackedMessages(packed, read), held)
        self._packed = packed

    def since(self, at: Instant) -> list[tuple[Entry, Any]]:
        """Return the messages that claim to be of `at` or later, in no order. Cost: linear, by little."""
        tables = self._packed.tables
        found = [p for p, claimed in zip(tables["messages"], tables["message_times"], strict=True) if claimed >= at]
        older = [self[place] for place in map(self._packed.place, found) if place not in self.held]
        return older + [said for said in self.held.values() if said[0].header.claimed >= at]

    def newest(self, count: int) -> list[tuple[Entry, Any]]:
        """Return the newest messages by their authors' clocks, newest first, at most `count`."""
        tables = self._packed.tables
        rows = heapq.nlargest(count, zip(tables["message_times"], tables["messages"], strict=True))
        found = {place: self[place] for place in (self._packed.place(packed) for _, packed in rows)}
        found |= self.held
        return heapq.nsmallest(count, found.values(), key=lambda said: (-said[0].header.claimed, said[0].place))


class PackedNotices:
    """The notices in the tables."""

    def __init__(self, packed: Packed, read: Read) -> None:
        self.packed, self._read = packed, read
        self._past: dict[object, list[int]] = {}

    def past(self, at: Instant, party: str, ends: frozenset[int], *, by_end: bool) -> list[int]:
        """Return the heads of what has ended or was over before `at`, of a party and of these ends, in order."""
        asked = (at, party, ends, by_end)
        if asked not in self._past:
            if len(self._past) >= LISTS_AT_HAND:
                self._past.clear()
            tables, logs = self.packed.tables, [name.partition("/")[0] for name in self.packed.logs]
            last, step, first = tables["head_ends"], tables["head_steps"], tables["head_firsts"]
            rows = [
                row
                for row in tables["head_order"]
                if step[row] in ends
                and (step[row] != ENDED_NOT or last[row] < at)
                and (not party or logs[first[row] >> INDEX_BITS] == party)
            ]
            if by_end:
                rows.sort(key=lambda row: (-last[row], logs[first[row] >> INDEX_BITS], first[row]))
            self._past[asked] = rows
        return self._past[asked]

    def key_of(self, row: int) -> tuple[str, str]:
        """Return the key of a head, read from the notice's first entry."""
        return self._key(self.packed.tables["head_firsts"][row])

    def find(self, key: tuple[str, str]) -> NoticeHistory | None:
        """Return a notice with all its versions and steps, folded from the entries that made it."""
        return self._made(key_hash(key))

    def _made(self, hashed: bytes) -> NoticeHistory | None:
        rows = self.packed.find("notices", hashed)
        places = self.packed.tables["notice_places"]
        return history_of(self._read(self.packed.place(places[row])) for row in rows) if rows else None

    def holds(self, key: tuple[str, str]) -> bool:
        """Report whether a notice is in the tables."""
        return bool(self.packed.find("heads", key_hash(key)))

    def keys(self) -> Iterator[tuple[str, str]]:
        """Yield every key, each read from the notice's first entry."""
        for packed in self.packed.tables["head_firsts"]:
            yield self._key(packed)

    def count(self) -> int:
        """Return how many notices there are."""
        return self.packed.rows("heads")

    def living(self, at: Instant) -> Iterator[tuple[tuple[str, str], NoticeHistory]]:
        """Yield the notices that have not ended and last until `at` or longer. Cost: linear in heads, by little."""
        tables = self.packed.tables
        rows = [
            row
            for row, (end, step) in enumerate(zip(tables["head_ends"], tables["head_steps"], strict=True))
            if end >= at and step == ENDED_NOT
        ]
        firsts = tables["head_firsts"]
        for row in sorted(rows, key=firsts.__getitem__):
            found = self._made(self.packed.row("heads", row))
            if found is not None:
                yield found.key, found

    def _key(self, first: int) -> tuple[str, str]:
        entry = self._read(self.packed.place(first))
        if not isinstance(entry.record, Notice):
            raise LookupError(f"{entry.place} was packed as a notice and is none")
        return entry.record.draft.party, entry.record.draft.notice


def history_of(entries: Iterable[Entry]) -> NoticeHistory:
    """Return the notice that these entries made, each of which had its effect.

    Raises:
        LookupError: They are not such entries: the tables do not fit the record.
    """
    history: NoticeHistory | None = None
    for entry in sorted(entries, key=lambda entry: entry.place):
        record = entry.record
        outcome: NoticeHistory | str = "is no notice"
        if isinstance(record, Notice):
            # That the version which it amends was known or not shown was judged when it was folded.
            outcome = with_notice(history, entry, record, unread=True)
        elif isinstance(record, NoticeStep):
            outcome = with_step(history, entry, record)
        if isinstance(outcome, str):
            raise LookupError(f"{entry.place} was packed as part of a notice: {outcome}")
        history = outcome
    if history is None:
        raise LookupError("a notice was packed without entries")
    return history


class PackedAnswers:
    """Answers and refusals in the tables: entry id to the entries that name it, by place."""

    def __init__(self, packed: Packed, read: Read, table: str) -> None:
        self._packed, self._read, self._table = packed, read, table
        self._places = "answer_places" if table == "answers" else "refused_places"

    def find(self, key: str) -> dict[Place, tuple[Entry, Any]] | None:
        """Return what was said of an entry, by place."""
        held = self._packed.tables[self._places]
        rows = self._packed.find(self._table, _id(key))
        entries = [self._read(self._packed.place(packed)) for packed in sorted(held[row] for row in rows)]
        return {entry.place: (entry, entry.record) for entry in entries} or None

    def authors(self, key: str) -> set[MemberId]:
        """Return who said anything of an entry; nothing is read for it."""
        held = self._packed.tables[self._places]
        return {self._packed.place(held[row]).member for row in self._packed.find(self._table, _id(key))}

    def holds(self, key: str) -> bool:
        """Report whether anything was said of an entry."""
        return bool(self._packed.find(self._table, _id(key)))

    def keys(self) -> Iterator[str]:
        """Yield the id of each entry of which something was said."""
        last = b""
        for row in range(self._packed.rows(self._table)):
            found = self._packed.row(self._table, row)
            if found != last:
                yield found.hex()
            last = found

    def count(self) -> int:
        """Return of how many entries something was said. Cost: linear."""
        return sum(1 for _ in self.keys())


def authors_of(answers: Mapping[str, Mapping[Place, Any]], of: str) -> set[MemberId]:
    """Return who said anything of an entry, without making what was said where it is packed."""
    if isinstance(answers, Shelf) and of not in answers.held and isinstance(answers._kept, PackedAnswers):
        return answers._kept.authors(of)
    return {place.member for place in answers.get(of, {})}


class PackedMessages:
    """Messages in the tables."""

    def __init__(self, packed: Packed, read: Read) -> None:
        self._packed, self._read = packed, read

    def find(self, key: Place) -> tuple[Entry, Any] | None:
        """Return a message and its entry."""
        if not self.holds(key):
            return None
        entry = self._read(key)
        return entry, entry.record

    def holds(self, key: Place) -> bool:
        """Report whether a message stands there."""
        return self._packed.find_place("messages", key) >= 0

    def keys(self) -> Iterator[Place]:
        """Yield the place of each message."""
        yield from map(self._packed.place, self._packed.tables["messages"])

    def count(self) -> int:
        """Return how many messages there are."""
        return self._packed.rows("messages")


class PackedIneffective:
    """Entries without effect in the tables."""

    def __init__(self, packed: Packed, read: Read) -> None:
        self._packed, self._read = packed, read

    def find(self, key: Place) -> tuple[Entry, str] | None:
        """Return an entry and why it has no effect."""
        row = self._packed.find_place("ineffective", key)
        if row < 0:
            return None
        return self._read(key), self._packed.texts[self._packed.tables["ineffective_texts"][row]]

    def holds(self, key: Place) -> bool:
        """Report whether an entry is known to have no effect."""
        return self._packed.find_place("ineffective", key) >= 0

    def keys(self) -> Iterator[Place]:
        """Yield the place of each entry without effect."""
        yield from map(self._packed.place, self._packed.tables["ineffective"])

    def count(self) -> int:
        """Return how many there are."""
        return self._packed.rows("ineffective")


class PackedPlaces:
    """Where the entries stand, by id, in the tables."""

    def __init__(self, packed: Packed) -> None:
        self._packed = packed

    def find(self, key: EntryId) -> Place | None:
        """Return the first place of an entry."""
        rows = self._packed.find("ids", _id(key))
        held = self._packed.tables["id_places"]
        return min(self._packed.place(held[row]) for row in rows) if rows else None

    def holds(self, key: EntryId) -> bool:
        """Report whether an entry of that id was packed."""
        return bool(self._packed.find("ids", _id(key)))

    def keys(self) -> Iterator[EntryId]:
        """Yield the id of each entry."""
        for row in range(self._packed.rows("ids")):
            yield EntryId(self._packed.row("ids", row).hex())

    def count(self) -> int:
        """Return how many entries there are."""
        return self._packed.rows("ids")


class Said:
    """The nonces that stand in each log."""

    def __init__(self, packed: Packed, held: Iterable[tuple[str, str, bytes]] = ()) -> None:
        self._packed = packed
        self.held = set(held)

    def __contains__(self, said: tuple[str, str, bytes]) -> bool:
        """Report whether a nonce stands in a log."""
        if said in self.held:
            return True
        name = f"{said[0]}/{said[1]}"
        if name not in self._packed.logs:
            return False
        return bool(self._packed.find("nonces", self._packed.logs.index(name).to_bytes(2, "big") + said[2]))

    def add(self, said: tuple[str, str, bytes]) -> None:
        """Note a nonce."""
        self.held.add(said)

    def __len__(self) -> int:
        """Return how many nonces stand in all logs."""
        return self._packed.rows("nonces") + len(self.held)


class Unread:
    """The entries whose body is not held here."""

    def __init__(self, packed: Packed, places: Mapping[EntryId, Place], held: Iterable[EntryId] = ()) -> None:
        self._packed, self._places = packed, places
        self.held = set(held)

    def __contains__(self, entry: str) -> bool:
        """Report whether an entry is held here and its body is not."""
        if entry in self.held:
            return True
        place = self._places.get(EntryId(entry))
        return place is not None and self._packed.find_place("unread", place) >= 0

    def add(self, entry: EntryId) -> None:
        """Note an entry without a body."""
        self.held.add(entry)


def _id(text: str) -> bytes:
    """Return the bytes of an entry id; what is none is the id of nothing."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
