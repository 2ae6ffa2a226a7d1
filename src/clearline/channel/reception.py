"""How a push becomes part of what a node holds: first every check, then the change."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clearline.channel.acts.disclosing import opened_by
from clearline.channel.alarms import BrokenHistory, NotYourLog, SaidBefore
from clearline.channel.held import HeldLog
from clearline.channel.keys import key_watch
from clearline.channel.keys.key_watch import KeyNotKnownYet, UnknownOfficerKey
from clearline.channel.keys.succession import check_not_ended, taken_up
from clearline.channel.line.sealed import open_bodies
from clearline.channel.ports import PutBody, PutCheckpoint, PutCosignature, Randomness
from clearline.channel.push import Answer, CarriedBody, Push, RefusedBody
from clearline.channel.roster import Roster
from clearline.channel.statement import Statement, open_statement
from clearline.channel.stored import open_header, record_of
from clearline.channel.witnessing import lost, witness
from clearline.channel.witnessing.compared import (
    check_author_shows,
    compare_roots,
    compare_seen,
    note_claims,
    rewritten,
)
from clearline.errors import Alarm, ClearlineError, Malformed, Refused, Said
from clearline.picture.entry import Entry, Place
from clearline.records import header as headers
from clearline.records.body import Record
from clearline.records.disclosure import Disclosure
from clearline.records.evidence import Evidence
from clearline.records.header import Header, base_log, opens
from clearline.records.key_event import KeyEvent
from clearline.records.words import MemberId
from clearline.signing.note import Note, UnknownSigner, parse_note
from clearline.tlog.checkpoint import (
    Checkpoint,
    SignedCheckpoint,
    parse_checkpoint_text,
    parse_signed_checkpoint,
)
from clearline.tlog.tree import leaf_hash
from clearline.volumes.instant import Instant

if TYPE_CHECKING:
    from clearline.channel.node import Node


REASON_MAX = 500
"""Characters of the reason for which a body is refused, as `BodyRefused` takes it."""


@dataclass(slots=True)
class _Taken:
    """What a push brings, checked and not yet kept."""

    statements: list[Statement]
    hashes: list[bytes]
    bodies: list[PutBody]
    records: dict[int, Record]
    lacking: set[tuple[int, int]]
    refused: list[tuple[str, RefusedBody]]
    roster: Roster
    """The keys that are known so far, those among them that the push itself makes known."""


@dataclass(frozen=True, slots=True)
class _Brought:
    """The bodies that came, by (entry of the push, slot); why others do not open; and who carried them."""

    bodies: Mapping[tuple[int, int], CarriedBody]
    shut: Mapping[tuple[int, int], str]
    carrier: MemberId | None

    def body(self, header: Header, offset: int, slot: int, *, author: MemberId) -> CarriedBody | str:
        """Return a body that opens its commitment, or why what came is not the body: nothing where none came."""
        found = self.bodies.get((offset, slot))
        if found is not None and opens(header.slots[slot], found.salt, found.body):
            return found
        why = self.shut.get((offset, slot), "") if found is None else "does not match its commitment"
        # Sealing names no sealer: whoever carried the body may have changed it, so the carrier is named with it.
        return f"{why} (carried by {self.carrier})" if why and self.carrier not in (None, author) else why


def receive(
    node: Node, push: Push, *, at: Instant, random: Randomness, carrier: MemberId | None = None
) -> tuple[MemberId, Answer]:
    """Take a push in; see `Node.receive`."""
    keys = (node.keys.sealing, *node.keys.earlier_sealing)
    carried, shut = open_bodies(push.entries, push.bodies, push.sealed, me=node.me, keys=keys)
    roster, held, signed = _checkpoint(node, push, tuple(carried.values()))
    size = signed.checkpoint.size
    check_not_ended(node, held, size, push.checkpoint)
    if push.first + len(push.entries) != size:
        raise Malformed(
            where="entries",
            found=Said(f"{len(push.entries)} entries from {push.first}"),
            expected=f"those up to the checkpoint's size, {size}",
        )
    lost.own_cosignature(node, held, signed, held.member, at=at)
    if size < held.size or push.first > held.size:
        witness.compare_earlier(held, signed)
        return held.member, _answer(held, lines=())
    taken = _check(node, held, push, signed, _Brought(carried, shut, carrier), roster)
    compare_roots(held, signed, taken.hashes, carrier)
    liars: list[Alarm] = [*compare_seen(node, held, taken.statements, taken.hashes, signed)]
    late = _late_bodies(node, held, push, carried, taken)
    late += _disclosed(node, held, taken)
    liars += [alarm for statement in taken.statements for alarm in witness.back_dated(node, statement)]
    if not node.may_sign and taken.refused:
        # A node that may not sign cannot say which bodies it refuses: it lacks them, and is sent them again.
        for index, slot in ((refused.index, refused.slot) for _, refused in taken.refused):
            taken.lacking.add((index, slot))
            taken.bodies = [b for b in taken.bodies if (b.index, b.slot) != (index, slot)]
            late = [b for b in late if (b.log, b.index, b.slot) != (held.name, index, slot)]
        taken.refused.clear()

    node.logs.setdefault(held.name, held)
    first = held.size
    held.tree.extend(taken.hashes)
    for offset, statement in enumerate(taken.statements):
        node.keep_entry(held, first + offset, statement, at)
    node.queued.extend(taken.bodies)
    held.lacking |= taken.lacking
    if taken.statements or held.signed is None or held.signed.checkpoint.size < size:
        node.queued.append(PutCheckpoint(held.name, size, signed.raw()))
        held.signed = signed
    for c in signed.cosignatures:
        node.add_cosignature(held, PutCosignature(held.name, size, c.name, c.time_s, c.line), at)
    for offset, statement in enumerate(taken.statements):
        index = first + offset
        place = Place(held.member, held.log, index)
        entry = Entry(place, statement.id, statement.header, statement.signers, taken.records.get(index))
        note_claims(node, held.member, statement.header)
        node.fold(entry, at)
        key_watch.follow(node, entry, statement.note, at=at)
    claims = node.claims.get(held.name, {})
    for reached in [n for n in claims if n <= held.size]:
        del claims[reached]
    if late:
        _keep_late(node, late, at)
    for alarm in liars:
        node.keep_evidence(alarm, at=at)
    node.refuse_bodies(taken.refused, audience=held.member, at=at, random=random)
    for record in taken.records.values():
        if isinstance(record, Evidence):
            witness.keep(node, witness.judge(node.roster, record), at=at, tell=False)
    if held.member == node.me:
        lost.refresh(node)
    elif carrier == held.member:
        node.peers[held.member].woken(at=at)
    lines = node.state_held(held, signed.checkpoint, at=at)
    return held.member, _answer(held, lines=lines, refused=tuple(r for _, r in taken.refused))


def _checkpoint(node: Node, push: Push, carried: Sequence[CarriedBody]) -> tuple[Roster, HeldLog, SignedCheckpoint]:
    """Return the log that a push is about and its checkpoint, with the roster that knows it: a new log begins so."""
    note = parse_note(push.checkpoint, where="checkpoint")
    claimed = parse_checkpoint_text(note.text, where="checkpoint")
    found, roster = node.roster.log_of(claimed.origin), node.roster
    if found is None:
        member, log = _named_by(node, claimed.origin)
        roster, held = taken_up(node, push, member, log, carried)
    else:
        member, log = found
        held = node.logs[f"{member}/{log}"]
    if member == node.me and not node.read_only:
        raise NotYourLog(f"{member}/{log} is this node's own log; nobody else writes it")
    key = roster.log_key(member, log)
    signed = parse_signed_checkpoint(
        push.checkpoint, log_key=key, known=node.roster.cosigners, where=f"checkpoint of {member}/{log}"
    )
    # What is kept must prove itself: a stranger's line would later look like a known one that was changed.
    stated = tuple(c for c in signed.cosignatures if key_watch.states(node, c))
    known = {c.line for c in stated}
    lines = tuple(s for s in note.signatures if s.signer == key.ref() or s.line() in known)
    alone = SignedCheckpoint(signed.checkpoint, Note(note.text, lines), stated)
    return roster, held, alone


def _named_by(node: Node, origin: str) -> tuple[MemberId, str]:
    """Return the member and log that an origin of this channel names, whether or not the log is known.

    Raises:
        Malformed: It is no origin of this channel.
    """
    parts = origin.split("/")
    if len(parts) != 4 or node.roster.member(parts[2]) is None or node.roster.origin(parts[2], parts[3]) != origin:
        raise Malformed(where="checkpoint, origin", found=origin, expected="a log of this channel")
    return MemberId(parts[2]), parts[3]


def _check(
    node: Node, held: HeldLog, push: Push, signed: SignedCheckpoint, brought: _Brought, roster: Roster
) -> _Taken:
    offered = signed.checkpoint
    taken = _Taken([], [], [], {}, set(), [], roster)
    repeated: set[tuple[str, str, bytes]] = set()
    for offset, note in enumerate(push.entries):
        index = push.first + offset
        where = f"{held.name} entry {index}"
        if index < held.size:
            if leaf_hash(note) != held.tree.hashes(0, index, index + 1):
                check_author_shows(held, push, offered, where)
                mine = held.signed
                raise BrokenHistory(
                    f"{where} is not the entry that {held.member} sent before",
                    notes=(mine.raw() if mine else b"", signed.raw()),
                    proven=rewritten(held, push, signed),
                )
            continue
        try:
            statement = open_statement(note, taken.roster, author=held.member, where=where)
        except UnknownSigner as fault:
            raise _unknown_key(held, taken, push, offered, note, fault) from None
        said = (held.member, held.log, statement.header.nonce)
        if said in node.picture.said or said in repeated:
            raise SaidBefore(f"{where} repeats a statement of this log; a statement has one place")
        repeated.add(said)
        taken.statements.append(statement)
        taken.hashes.append(leaf_hash(note))
        for slot in statement.header.slots_for(node.me):
            body = brought.body(statement.header, offset, slot, author=held.member)
            _check_body(node.roster, taken, body, held, index, slot, statement)
        record = taken.records.get(index)
        if isinstance(record, KeyEvent):
            # What follows in the same push may be signed by the key that this makes known.
            taken.roster = taken.roster.knowing(record, held.member)
    return taken


def _unknown_key(
    held: HeldLog, taken: _Taken, push: Push, offered: Checkpoint, note: bytes, fault: UnknownSigner
) -> ClearlineError:
    """Return what it is that a signer is unknown: its author's fault with evidence, its bearer's, or too early.

    The main log itself makes keys known, so what stands in it is too early only where a body before it is lacking.
    """
    try:
        check_author_shows(held, push, offered, held.name)
    except Malformed:
        return fault
    if base_log(held.log) != "main" or held.lacking or taken.lacking:
        return KeyNotKnownYet(f"{fault.message}; what is still to come of its main log may grant it", retry_after_s=2)
    text = f"{held.member} has signed its {held.log} log with an entry that no key of its own signed: {fault.message}"
    return UnknownOfficerKey(text, notes=(note, push.checkpoint))


def _check_body(
    roster: Roster,
    taken: _Taken,
    body: CarriedBody | str,
    held: HeldLog,
    index: int,
    slot: int,
    statement: Statement,
) -> None:
    if isinstance(body, str):
        taken.lacking.add((index, slot))
        if body:
            taken.refused.append((statement.id, RefusedBody(index, slot, body, lacking=True)))
        return
    taken.bodies.append(PutBody(held.name, index, slot, body.salt, body.body))
    try:
        taken.records.setdefault(index, record_of(roster, statement, body.body))
    except Refused as fault:
        taken.refused.append((statement.id, RefusedBody(index, slot, _reason(fault))))


def _reason(fault: Refused) -> str:
    """Return what a fault says as a text that a record may hold: it quotes what a stranger wrote."""
    text = unicodedata.normalize("NFC", fault.message)
    return "".join("?" if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)[:REASON_MAX]


def _late_bodies(
    node: Node, held: HeldLog, push: Push, carried: Mapping[tuple[int, int], CarriedBody], taken: _Taken
) -> list[PutBody]:
    """Return bodies that were lacking for entries held already, each opened; add to `taken` what cannot be read."""
    late = []
    for body in carried.values():
        index = push.first + body.entry
        if index >= held.size or (index, body.slot) not in held.lacking or not 0 <= body.entry < len(push.entries):
            continue
        note = push.entries[body.entry]
        header = open_header(note)
        if not opens(header.slots[body.slot], body.salt, body.body):
            continue
        late.append(PutBody(held.name, index, body.slot, body.salt, body.body))
        try:
            statement = open_statement(note, node.roster, author=held.member, where=f"{held.name} {index}")
            record = record_of(node.roster, statement, body.body)
            if isinstance(record, Disclosure) and (opened := opened_by(node, held, index, record, arriving=())):
                late.append(opened)
        except Refused as fault:
            taken.refused.append((headers.entry_id(note), RefusedBody(index, body.slot, _reason(fault))))
    return late


def _disclosed(node: Node, held: HeldLog, taken: _Taken) -> list[PutBody]:
    """Return the earlier bodies that arriving disclosures open; one that opens nothing is refused and has no effect."""
    found = []
    for index, record in [*taken.records.items()]:
        if isinstance(record, Disclosure):
            try:
                body = opened_by(node, held, index, record, arriving=taken.statements)
            except Refused as fault:
                statement = taken.statements[index - held.size]
                slot = statement.header.slots_for(node.me)[0]
                taken.refused.append((statement.id, RefusedBody(index, slot, _reason(fault))))
                del taken.records[index]
            else:
                found += [body] if body is not None else []
    return found


def _keep_late(node: Node, late: list[PutBody], at: Instant) -> None:
    """Keep late bodies and fold anew: what stood behind them in the log may now have an effect."""
    node.queued.extend(late)
    for body in late:
        # A disclosure may open what stands in a log that this one succeeds.
        home = node.logs[body.log]
        # One that lacked is looked for at the next start; one that nobody waited for would not be.
        node.stale_bookmark |= (body.index, body.slot) not in home.lacking
        home.lacking.discard((body.index, body.slot))
        node.late.append(Place(home.member, home.log, body.index))
    node.late_bodies = True
    for body in late:
        node.event("body", {"log": body.log, "index": body.index, "at": at})


def _answer(
    held: HeldLog,
    *,
    lines: tuple[str, ...],
    refused: tuple[RefusedBody, ...] = (),
) -> Answer:
    newest = held.signed.raw() if held.signed is not None else b""
    return Answer(held.size, newest, lines, held.delivered, refused, tuple(sorted(held.lacking))[:64])
