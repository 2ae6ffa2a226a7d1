"""Writes a large record for a measurement: signed as nodes sign it, put straight into the store of one of them."""

from __future__ import annotations

import random as numbers
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from clearline.channel.ports import Keyring, PutBody, PutCheckpoint, PutCosignature, PutEntry, Write
from clearline.channel.roster import Roster
from clearline.records import body as bodies
from clearline.records import header as headers
from clearline.records.acknowledgement import PositionTaken, Seen, Stance
from clearline.records.activity import Activity, Nature
from clearline.records.body import Record
from clearline.records.header import Header, Known, Slot, commitment, entry_id
from clearline.records.message import Message, Precedence
from clearline.records.notice import Details, Notice, NoticeDraft, NoticeStep, Step
from clearline.records.words import MemberId
from clearline.signing.keys import Signer
from clearline.signing.note import encode_note
from clearline.signing.statement import sign_statement
from clearline.store.folder import read_keyring, read_roster
from clearline.store.sqlite import SqliteStore
from clearline.tlog.checkpoint import Checkpoint, cosign, sign_checkpoint
from clearline.tlog.tree import Tree, leaf_hash
from clearline.volumes.altitude import Altitude, Band, Datum, HeightUnit
from clearline.volumes.footprint import point
from clearline.volumes.instant import Instant, Window
from clearline.volumes.volume import Volume

PER_CHECKPOINT = 10
"""Entries under one checkpoint, as a node makes them that several officers use at once."""

DAY_MS = 86_400_000
HOUR_MS = 3_600_000

LAYER_CM = 76_200
"""From one notice in force at a place to the next above it: 2,500 ft, of which each takes 500 ft."""

PLACES = 1_000
"""Places of the theatre, 25 km apart; those who file at one place take turns."""

NEAR_EACH = 50
"""One in so many notices in force comes near one of the other party."""

Say = Callable[[str], None]


class _Log:
    """One member's main log as it is written."""

    def __init__(self, member: MemberId, roster: Roster, keys: Keyring, officer: Signer, others: Keyring) -> None:
        self.member, self.roster, self.keys, self.officer, self.others = member, roster, keys, officer, others
        self.name = f"{member}/main"
        self.tree = Tree()
        self.known: Known | None = None
        self.writes: list[Write] = []
        self._signed = 0

    def say(self, record: Record, seen: tuple[tuple[str, Known], ...], at: int, draw: numbers.Random) -> str:
        """Append a statement that both parties may read and return its entry id."""
        raw, salt = bodies.encode(record), draw.randbytes(32)
        header = Header(
            channel=self.roster.channel,
            author=self.member,
            nonce=draw.randbytes(16),
            claimed=Instant(at),
            expires=Instant(at + HOUR_MS),
            slots=(Slot(self.roster.parties, commitment(salt, raw)),),
            seen=seen,
        )
        note = encode_note(sign_statement(headers.to_text(header), (self.officer,)))
        index, said = self.tree.append(leaf_hash(note)), entry_id(note)
        self.writes.append(PutEntry(self.name, index, said, note, at))
        self.writes.append(PutBody(self.name, index, 0, salt, raw))
        if self.tree.size - self._signed >= PER_CHECKPOINT:
            self.seal(at)
        return said

    def seal(self, at: int) -> None:
        """Sign a checkpoint and let the other member cosign it under both names."""
        size = self._signed = self.tree.size
        checkpoint = Checkpoint(self.roster.origin(self.member, "main"), size, self.tree.root())
        self.writes.append(PutCheckpoint(self.name, size, sign_checkpoint(checkpoint, self.keys.main).raw()))
        for signer in (self.others.mirror, self.others.delivery):
            made = cosign(checkpoint, signer, time_s=at // 1000)
            self.writes.append(PutCosignature(self.name, size, made.name, made.time_s, made.line))
        self.known = Known(size, checkpoint.root)


def write_record(
    folders: Sequence[Path], *, entries: int, active: int, at: Instant, say: Say, seed: int = 1
) -> dict[str, int]:
    """Write a year's record of two parties into the store in the first folder, and return how much of what it holds.

    A notice is filed, seen and answered by the other party and completed; one message in ten entries. The newest
    `active` notices are in force at `at`, the rest is over. Statements are signed by officer 1 of each.
    """
    roster = read_roster(folders[0])
    keys = {m: read_keyring(folder, roster, m) for m, folder in zip(roster.parties[::-1], folders, strict=True)}
    first, second = keys
    logs = {
        member: _Log(member, roster, keys[member], keys[member].officers["1"], keys[other])
        for member, other in ((first, second), (second, first))
    }
    store = SqliteStore(folders[0] / "record.sqlite")
    draw = numbers.Random(seed)  # noqa: S311 -- made-up statements, the same for the same seed
    counts = {"entries": 0, "notices": 0, "answers": 0, "steps": 0, "messages": 0}
    past = (entries - 3 * active) * 2 // 9
    total = max(past, 0) + active
    for number in range(total):
        author, reader = (logs[first], logs[second]) if number % 2 == 0 else (logs[second], logs[first])
        in_force = number >= total - active
        filed = at - DAY_MS if in_force else at - 365 * DAY_MS + number * (360 * DAY_MS // max(total, 1))
        _case(author, reader, number, number - (total - active) if in_force else -1, filed, at, draw, counts)
        if counts["entries"] % 2_000 < 5 or number == total - 1:
            _commit(store, logs.values())
        if number % 25_000 == 24_999:
            say(f"record: {counts['entries']:,} of about {entries:,} entries written")
    for log in logs.values():
        log.seal(at)
    _commit(store, logs.values())
    store.close()
    return counts


def _commit(store: SqliteStore, logs: Iterable[_Log]) -> None:
    store.commit([write for log in logs for write in log.writes])
    for log in logs:
        log.writes.clear()


def _case(
    author: _Log,
    reader: _Log,
    number: int,
    place: int,
    filed: int,
    at: int,
    draw: numbers.Random,
    counts: dict[str, int],
) -> None:
    """Write one notice and what was said of it: 3 entries where it is in force, 4 or 5 where it is over."""
    by_author = () if reader.known is None else ((reader.name, reader.known),)
    by_reader = () if author.known is None else ((author.name, author.known),)
    draft = _draft(author.member, number, place, filed, at)
    of = author.say(Notice(draft), by_author, filed, draw)
    reader.say(Seen(of), by_reader, filed + 60_000, draw)
    reader.say(PositionTaken(of, Stance.NO_OBJECTION, ""), by_reader, filed + 120_000, draw)
    counts["entries"] += 3
    counts["notices"] += 1
    counts["answers"] += 2
    if place >= 0:
        return
    author.say(NoticeStep(Step.COMPLETE, draft.notice, of, "done"), by_author, filed + 2 * HOUR_MS, draw)
    counts["entries"] += 1
    counts["steps"] += 1
    if number % 2:
        text = f"Line check {number}: loud and plain, nothing to add before the next watch."
        author.say(Message(Precedence.ROUTINE, "en", text), by_author, filed + 3 * HOUR_MS, draw)
        counts["entries"] += 1
        counts["messages"] += 1


def _draft(party: str, number: int, place: int, filed: int, at: int) -> NoticeDraft:
    spot = place if place >= 0 else number
    lon, lat = 36.0 + (spot % PLACES % 32) * 0.27, 30.0 + (spot % PLACES // 32) * 0.225
    lower = 152_400
    if place >= 0:
        # At each place they fly above each other, far enough apart; now and then one comes near its neighbour.
        start, end = at - HOUR_MS // 2, at + 20 * HOUR_MS
        lower = 60_960 + place // PLACES * LAYER_CM
        lon += 0.26 if place % NEAR_EACH == 0 else 0.0
    else:
        start, end = filed + HOUR_MS, filed + 2 * HOUR_MS
    volume = Volume(
        point([round(lon, 5), round(lat, 5)], radius_m=3000),
        Band(Altitude(Datum.AMSL, lower, HeightUnit.FT), Altitude(Datum.AMSL, lower + 15_240, HeightUnit.FT)),
        Window(Instant(start), Instant(end)),
    )
    details = Details(callsign=f"LION {number % 100}", contact="duty watch, 123.450 MHz")
    return NoticeDraft(party, f"{party}-{number:07}", Activity.AIR, Nature.OWN_PRESENCE, (volume,), (details,))
