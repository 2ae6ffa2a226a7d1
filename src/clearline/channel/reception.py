"""How a push becomes part of what a node holds: first every check, then the change; and how a store is read back."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clearline.channel.acts.disclosing import opened_by
from clearline.channel.alarms import BrokenHistory, DamagedStore, NotYourLog, SaidBefore, UnprovenHistory
from clearline.channel.held import HeldLog
from clearline.channel.keys import key_watch
from clearline.channel.keys.key_watch import KeyNotKnownYet, UnknownOfficerKey
from clearline.channel.keys.succession import check_not_ended, taken_up
from clearline.channel.line.sealed import open_bodies
from clearline.channel.ports import PutBody, PutCheckpoint, PutCosignature, Randomness, StoredBody, StoredEntry
from clearline.channel.push import Answer, CarriedBody, Push, RefusedBody
from clearline.channel.roster import Roster
from clearline.channel.statement import Statement, open_statement
from clearline.channel.witnessing import lost, witness
from clearline.errors import Alarm, ClearlineError, Malformed, NotAllowed, Refused, Said
from clearline.picture.entry import Entry, Place
from clearline.records import body as bodies
from clearline.records import header as headers
from clearline.records import rules
from clearline.records.body import BodyRefused, Record
from clearline.records.disclosure import Disclosure
from clearline.records.evidence import Evidence
from clearline.records.header import Header, base_log, opens
from clearline.records.key_event import KeyEvent
from clearline.records.words import MemberId
from clearline.signing.note import Note, UnknownSigner, parse_note, stored_signers
from clearline.tlog.checkpoint import (
    Checkpoint,
    SignedCheckpoint,
    parse_checkpoint_text,
    parse_signed_checkpoint,
)
from clearline.tlog.tree import Tree, leaf_hash
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
    _compare_roots(held, signed, taken.hashes, carrier)
    liars: list[Alarm] = [*_compare_seen(node, held, taken, signed)]
    late = _late_bodies(node, held, push, carried, taken)
    late += _disclosed(node, held, taken)
    liars += [alarm for statement in taken.statements for alarm in witness.back_dated(node, statement)]
    if not node.may_sign and taken.refused:
        # A node that may not sign cannot say which bodies it refuses: it lacks them, and is sent them again.
        for index, slot in ((refused.index, refused.slot) for _, refused in taken.refused):
            taken.lacking.add((index, slot))
            taken.bodies = [b for b in taken.bodies if (b.index, b.slot) != (index, slot)]
            late = [b for b in late if (b.index, b.slot) != (index, slot)]
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
        _note_claims(node, held.member, statement.header)
        node.fold(entry, at)
        key_watch.follow(node, entry, statement.note, at=at)
    claims = node.claims.get(held.name, {})
    for reached in [n for n in claims if n <= held.size]:
        del claims[reached]
    if late:
        _keep_late(node, held, late, at)
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


def load_log(node: Node, held: HeldLog) -> None:
    """Read a log back from the store, on top of what a bookmark gave: its tree, newest checkpoint and cosignatures.

    Raises:
        DamagedStore: The entries do not give the root of the newest checkpoint.
    """
    key = node.roster.log_key(held.member, held.log)
    for expected, item in enumerate(node.store.entries(held.name, held.size), held.size):
        if item.index != expected:
            raise DamagedStore(f"{held.name}: entry {expected} is missing; run clearline verify")
        held.tree.append(leaf_hash(item.note))
        held.received.append(item.received)
    newest = node.store.newest_checkpoint(held.name)
    if newest is not None:
        held.signed = parse_signed_checkpoint(newest[1], log_key=key, known={}, where=f"{held.name} checkpoint")
        checkpoint = held.signed.checkpoint
        if checkpoint.size != held.size or checkpoint.root != held.tree.root():
            raise DamagedStore(
                f"{held.name}: {held.size} entries do not give the root of the checkpoint of size {checkpoint.size}; "
                "run clearline verify"
            )
    elif held.size:
        raise DamagedStore(f"{held.name}: {held.size} entries and no checkpoint; run clearline verify")
    known = {cosigner: held.cosigned(cosigner) for cosigner in held.covering}
    for line in node.store.cosignatures(held.name, known):
        held.add_cosignature(line)


def entry_at(node: Node, place: Place) -> Entry:
    """Return one entry as the store holds it, compared with the tree.

    Raises:
        DamagedStore: It is not there, or not the one that the tree holds.
    """
    held = node.logs[f"{place.member}/{place.log}"]
    found = node.store.entry(held.name, place.index)
    if found is not None and leaf_hash(found[0].note) == held.tree.hashes(0, place.index, place.index + 1):
        return _stored_entry(node, held, found[0], {body.slot: body for body in found[1]})
    raise DamagedStore(f"{held.name}: entry {place.index} is not the one that was signed for; run clearline verify")


def stored_entries(node: Node, held: HeldLog, first: int = 0) -> Iterator[Entry]:
    """Yield the entries of a log from `first` with their opened records, and note what is lacking.

    Signatures were verified when the entries came in; here only the hashes are trusted.
    """
    held.lacking = {pair for pair in held.lacking if pair[0] < first}
    stored = node.store.bodies(held.name, first)
    following = next(stored, None)
    for item in node.store.entries(held.name, first):
        slots: dict[int, StoredBody] = {}
        while following is not None and following.index == item.index:
            slots[following.slot] = following
            following = next(stored, None)
        entry = _stored_entry(node, held, item, slots)
        for slot in entry.header.slots_for(node.me):
            if slot not in slots:
                held.lacking.add((item.index, slot))
        if held.member == node.me and isinstance(entry.record, BodyRefused):
            node.refusals.add((entry.record.entry, entry.record.slot))
        _note_claims(node, held.member, entry.header)
        yield entry


def _stored_entry(node: Node, held: HeldLog, item: StoredEntry, slots: Mapping[int, StoredBody]) -> Entry:
    """Return a stored entry with the record of the first body that is for this node and held."""
    where = f"{held.name} entry {item.index}"
    header = open_header(item.note)
    signers = tuple(node.roster.signatory_of(held.member, signer) for signer in stored_signers(item.note, where=where))
    statement = Statement(item.note, headers.entry_id(item.note), header, signers)
    record: Record | None = None
    # A disclosure may have brought bodies that were not for this member when the entry was made.
    for slot in sorted({*header.slots_for(node.me), *slots}):
        if record is None and slot in slots:
            record = _stored_record(node, statement, slots[slot], where)
    if isinstance(record, KeyEvent):
        node.roster = node.roster.knowing(record, held.member)
    return Entry(Place(held.member, held.log, item.index), statement.id, header, signers, record)


def open_header(note: bytes) -> Header:
    """Return the header of a note that this node itself has verified and stored."""
    return headers.from_text(note[: note.rfind(b"\n\n") + 1].decode(), where="stored entry", stored=True)


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
                _check_author_shows(held, push, offered, where)
                mine = held.signed
                raise BrokenHistory(
                    f"{where} is not the entry that {held.member} sent before",
                    notes=(mine.raw() if mine else b"", signed.raw()),
                    proven=_rewritten(held, push, signed),
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
        _check_author_shows(held, push, offered, held.name)
    except Malformed:
        return fault
    if base_log(held.log) != "main" or held.lacking or taken.lacking:
        return KeyNotKnownYet(f"{fault.message}; what is still to come of its main log may grant it", retry_after_s=2)
    text = f"{held.member} has signed its {held.log} log with an entry that no key of its own signed: {fault.message}"
    return UnknownOfficerKey(text, notes=(note, push.checkpoint))


def _rewritten(held: HeldLog, push: Push, signed: SignedCheckpoint) -> Evidence | None:
    """Return the proof of a rewritten log: the tree that its author has signed now, against what it signed before."""
    if held.signed is None:
        return None
    kept = held.tree.hashes(0, 0, push.first)
    leaves = [kept[at : at + 32] for at in range(0, len(kept), 32)]
    return witness.forked(held.signed, signed, Tree([*leaves, *map(leaf_hash, push.entries)]))


def _check_author_shows(held: HeldLog, push: Push, offered: Checkpoint, where: str) -> None:
    """Refuse an entry unlike the one held where its author's checkpoint does not cover it: any bearer could write it.

    Only entries that give the signed root show that the author itself signed another history.
    """
    shown = held.tree.frontier_at(push.first).extended(map(leaf_hash, push.entries)).root()
    if shown != offered.root:
        raise Malformed(
            where=where,
            found=Said("another entry than the one held, and no root that covers it"),
            expected=f"the entry that {held.member} signed",
        )


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
        taken.records.setdefault(index, _record(roster, statement, body.body))
    except Refused as fault:
        taken.refused.append((statement.id, RefusedBody(index, slot, _reason(fault))))


def _record(roster: Roster, statement: Statement, raw: bytes) -> Record:
    """Return the record of a body that opens its commitment; a node may say few kinds alone, and no empty evidence."""
    record = bodies.decode(raw, where="body")
    if statement.by_node and not rules.by_node(record):
        raise NotAllowed("signed by no officer")
    if isinstance(record, Evidence):
        witness.judge(roster, record)
    return record


def _reason(fault: Refused) -> str:
    """Return what a fault says as a text that a record may hold: it quotes what a stranger wrote."""
    text = unicodedata.normalize("NFC", fault.message)
    return "".join("?" if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)[:REASON_MAX]


def _compare_roots(held: HeldLog, signed: SignedCheckpoint, hashes: list[bytes], carrier: MemberId | None) -> None:
    offered = signed.checkpoint
    root = held.tree.fork_root(hashes)
    if root == offered.root:
        return
    if offered.size == held.size and held.signed is not None:
        witness.compare_earlier(held, signed)
    if carrier != held.member:
        # Whoever carries a push can leave out, double or mix entries: that proves nothing against their author.
        raise UnprovenHistory(
            f"{held.name}: the entries that {carrier or 'an unnamed bearer'} brought do not give the root signed at "
            f"size {offered.size} on top of the {held.size} held; nothing was taken. Ask {held.member} itself, or "
            "another bearer"
        )
    raise BrokenHistory(
        f"{held.name}: the entries sent do not give the root signed at size {offered.size} on top of the "
        f"{held.size} held; keep both checkpoints and ask {held.member} to answer for them",
        notes=(held.signed.raw() if held.signed else b"", signed.raw()),
    )


def _compare_seen(node: Node, held: HeldLog, taken: _Taken, signed: SignedCheckpoint) -> list[BrokenHistory]:
    """Return evidence where an author says that it saw another history of a log than this node holds.

    It refuses nothing: which of the two lies is for people to judge, and one liar must not part honest members.
    """
    found: list[BrokenHistory] = []
    for statement in taken.statements:
        for log, known in statement.header.seen:
            other = node.logs.get(log)
            if (
                other is not None
                and log != held.name
                and known.size <= other.size
                and other.root_at(known.size) != known.root
            ):
                proven = witness.saw_another(statement.note, other, known.size)
                found.append(_two_histories(held.member, other, statement.note, proven))
                # Its own checkpoint of that log may show who of the two signed two histories.
                node.to_ask.add(held.member)
    for size, said in sorted(node.claims.get(held.name, {}).items()):
        if held.size < size <= signed.checkpoint.size:
            shown = held.tree.frontier().extended(taken.hashes[: size - held.size]).root()
            for whose in sorted(who for who, root in said.items() if root != shown):
                found.append(_two_histories(whose, held, signed.raw()))
                node.to_ask.add(whose)
    return found


def _two_histories(whose: MemberId, log: HeldLog, note: bytes, proven: Evidence | None = None) -> BrokenHistory:
    return BrokenHistory(
        f"{whose} says that it saw another history of {log.name} than this node was shown: one of the two was shown "
        f"a rewritten log, or {whose} does not tell the truth",
        notes=(log.signed.raw() if log.signed else b"", note),
        proven=proven,
    )


def _note_claims(node: Node, author: MemberId, header: Header) -> None:
    """Remember what an author says it saw past what is held here, to compare when it comes."""
    for log, known in header.seen:
        witness.note_claim(node, log, known.size, known.root, author)


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
            record = _record(node.roster, statement, body.body)
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


def _keep_late(node: Node, held: HeldLog, late: list[PutBody], at: Instant) -> None:
    """Keep late bodies and fold anew: what stood behind them in the log may now have an effect."""
    node.queued.extend(late)
    # One that lacked is looked for at the next start; one that nobody waited for would not be.
    node.stale_bookmark |= any((body.index, body.slot) not in held.lacking for body in late)
    held.lacking -= {(body.index, body.slot) for body in late}
    node.late_bodies = True
    node.late += [Place(held.member, held.log, body.index) for body in late]
    for body in late:
        node.event("body", {"log": held.name, "index": body.index, "at": at})


def _stored_record(node: Node, statement: Statement, stored: StoredBody, where: str) -> Record | None:
    """Return the record of a stored body, by the same rules as when it came in."""
    if not opens(statement.header.slots[stored.slot], stored.salt, stored.body):
        raise DamagedStore(f"{where}: the stored body does not match its commitment; run clearline verify")
    try:
        if statement.by_node or (statement.id, stored.slot) in node.refusals:
            record = _record(node.roster, statement, stored.body)
            return None if isinstance(record, Disclosure) else record
        record = bodies.decode_stored(stored.body, where=where)
        if isinstance(record, Evidence):
            # A disclosure may have opened it: then nobody has judged it yet.
            witness.judge(node.roster, record)
        return record
    except Refused:
        return None


def _answer(
    held: HeldLog,
    *,
    lines: tuple[str, ...],
    refused: tuple[RefusedBody, ...] = (),
) -> Answer:
    newest = held.signed.raw() if held.signed is not None else b""
    return Answer(held.size, newest, lines, held.delivered, refused, tuple(sorted(held.lacking))[:64])
