"""Evidence of cheating: made so that it proves itself, said to all members, and judged by each of them alone.

A fork is proven by two checkpoints that the log's own key signed: of one size with two roots, or of two sizes with a
consistency proof that gives the earlier size another root than the earlier checkpoint has. What a member says that
it had seen (`seen`) is signed too, and is held against the log's checkpoint in the same way.
Source: RFC 9162 §2.1.3.2, §2.1.4.2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from clearline.channel.alarms import (
    BackDated,
    BrokenHistory,
    DamagedStore,
    LostState,
    ProvenSplit,
    RestoredBackup,
    Unfounded,
)
from clearline.channel.held import HeldLog
from clearline.channel.ports import DropKept, PutEvidence, PutKept, Randomness
from clearline.channel.roster import Roster
from clearline.channel.statement import Statement, open_statement
from clearline.errors import Alarm, Refused
from clearline.records import body as bodies
from clearline.records import header as headers
from clearline.records.evidence import Evidence
from clearline.records.header import Header
from clearline.records.words import MemberId
from clearline.signing.note import Note, encode_note, parse_note
from clearline.tlog.checkpoint import Checkpoint, SignedCheckpoint, SplitView, parse_checkpoint_text
from clearline.tlog.checkpoint import parse_signed_checkpoint as parse_signed
from clearline.tlog.proof import BrokenProof, verify_consistency, verify_inclusion
from clearline.tlog.tree import Tree, leaf_hash
from clearline.volumes.instant import Instant, format_instant

if TYPE_CHECKING:
    from clearline.channel.node import Node

EVIDENCE_KEPT = 8
"""Findings of one sort about one log that are kept: one proves the case, and a liar must not fill the disk."""

EACH_KEPT = 128
"""The same for findings of which each counts, such as changes of keys: more than ten years of honest ones."""

EVIDENCE_KEPT_IN_ALL = 1_000
"""Findings that are kept in all but for those that prove a lie: each is two notes of at most 64 KiB."""

CLAIMS_MAX = 10_000
"""Sizes of one log that are remembered from the words of others: a liar cannot fill the memory."""

PROVING = frozenset({SplitView.slug, BrokenHistory.slug, BackDated.slug, DamagedStore.slug})
"""What must be kept whatever else is: of each log and sort only `EVIDENCE_KEPT` are, so that this is bounded too."""

TO_TELL = "to_tell"
"""Under which the store keeps evidence that this node has still to say to the others, by the hash of its body."""

_STATED = f"{headers.FIRST_LINE}\n".encode()

BACK_DATED_AFTER_MS = 300_000
"""How much earlier than what it says it had seen an entry may claim to be: two clocks, each within 2.5 minutes."""


def lean(signed: SignedCheckpoint) -> str:
    """Return the checkpoint with its log's own signature alone: what proves a fork, and no more."""
    own = tuple(s for s in signed.note.signatures if s.name == signed.checkpoint.origin)
    return encode_note(Note(signed.note.text, own)).decode()


def forked(one: SignedCheckpoint, other: SignedCheckpoint, tree: Tree) -> Evidence | None:
    """Return the proof that two checkpoints of one log contradict each other; `tree` has the larger one's root.

    `None` where they do not contradict each other.
    """
    first, second = sorted((one, other), key=lambda signed: signed.checkpoint.size)
    size, most = first.checkpoint.size, second.checkpoint.size
    if not size:
        return None
    if size == most:
        return (
            Evidence("split-view", lean(first), lean(second))
            if first.checkpoint.root != second.checkpoint.root
            else None
        )
    if tree.root_at(size) == first.checkpoint.root:
        return None
    proof = (tree.root_at(size), *tree.consistency_proof(size, most))
    return Evidence("broken-history", lean(first), lean(second), proof)


def compare_earlier(held: HeldLog, signed: SignedCheckpoint) -> None:
    """Raise where a checkpoint of a size that is held already has another root than is held: two histories.

    Raises:
        SplitView: With the proof for others, where the log's newest checkpoint is at hand.
    """
    offered = signed.checkpoint
    if offered.size <= held.size and held.signed is not None and held.root_at(offered.size) != offered.root:
        mine = Checkpoint(offered.origin, offered.size, held.root_at(offered.size))
        proven = forked(signed, held.signed, held.tree) if offered.size <= held.signed.checkpoint.size else None
        raise ProvenSplit(mine, offered, notes=(held.signed.raw(), signed.raw()), proven=proven)


def note_claim(node: Node, log: str, size: int, root: bytes, author: MemberId) -> None:
    """Remember a root that a member names past what is held here, to compare when it comes."""
    held = node.logs.get(log)
    if held is not None and size > held.size:
        claims = node.claims.setdefault(log, {})
        if size in claims or len(claims) < CLAIMS_MAX:
            # Whoever names a size first must not hide what others saw there: each keeps its own word.
            claims.setdefault(size, {})[author] = root


def saw_another(statement: bytes, log: HeldLog, size: int) -> Evidence | None:
    """Return the proof that a statement's `seen` and the log's own checkpoint contradict each other at `size`."""
    if log.signed is None or not 0 < size <= log.signed.checkpoint.size:
        return None
    most = log.signed.checkpoint.size
    proof = (log.root_at(size), *(log.tree.consistency_proof(size, most) if size < most else ()))
    return Evidence("broken-history", statement.decode(), lean(log.signed), proof)


def back_dated(node: Node, statement: Statement) -> list[BackDated]:
    """Return an alarm for the first log of which a statement names entries claimed well after itself.

    Only what is held here is compared: of the logs that `seen` names, one's own is always among those.
    """
    for name, known in statement.header.seen:
        held = node.logs.get(name)
        if held is None or not 0 < known.size <= held.size or held.root_at(known.size) != known.root:
            continue
        if claimed_at(node, held, known.size - 1) - statement.header.claimed <= BACK_DATED_AFTER_MS:
            continue
        note = next((item.note for item in node.store.entries(name, known.size - 1, 1)), None)
        if note is None:
            continue
        proof = held.tree.inclusion_proof(known.size - 1, known.size)
        evidence = Evidence("back-dated", statement.note.decode(), note.decode(), proof)
        return [_back_dated(statement.header, headers.from_text(_text(note), where=name, stored=True), name, evidence)]
    return []


def claimed_at(node: Node, held: HeldLog, index: int) -> int:
    """Return the claimed time of an entry that is held, from memory where it is recent."""
    known = held.claimed.get(index)
    if known is None:
        item = next(node.store.entries(held.name, index, 1), None)
        # An entry of the very batch that is still to be committed was noted when it came.
        known = 0 if item is None else headers.from_text(_text(item.note), where=held.name, stored=True).claimed
        held.note_claimed(index, known)
    return known


def judge(roster: Roster, evidence: Evidence) -> Alarm:
    """Return the alarm that evidence proves, from its signed bytes alone.

    Raises:
        Unfounded: It proves nothing: the notes are not signed by whom they accuse, or do not contradict each other.
    """
    try:
        match evidence.slug:
            case "split-view":
                return _split(roster, evidence)
            case "broken-history":
                return _broken(roster, evidence)
            case _:
                return _dated(roster, evidence)
    except (Refused, BrokenProof) as fault:
        raise Unfounded(f"the evidence ({evidence.slug}) proves nothing: {fault.message}") from None


def keep(node: Node, alarm: Alarm, *, at: Instant, tell: bool = True) -> None:
    """Keep evidence of tampering once, tell the listeners, and remember to tell the other members where it is proven.

    Of one sort about one log the first `EVIDENCE_KEPT` are kept and the others counted. However much else somebody
    piles up, what proves a lie still finds room.
    """
    notes = getattr(alarm, "notes", ())
    first, second = (*notes, b"", b"")[:2]
    proven: Evidence | None = getattr(alarm, "proven", None)
    # The same finding comes again with every push, each time with other cosignatures beside it.
    if any(e.slug == alarm.slug and e.text == alarm.message for e in node.alarms):
        return
    about = (alarm.slug, whose(first, second))
    node.findings[about] = node.findings.get(about, 0) + 1
    own_loss = isinstance(alarm, RestoredBackup | LostState)
    most = EACH_KEPT if getattr(alarm, "EACH_COUNTS", False) else EVIDENCE_KEPT
    full = len(node.alarms) >= EVIDENCE_KEPT_IN_ALL and alarm.slug not in PROVING
    if not own_loss and (node.findings[about] > most or full):
        return
    kept = PutEvidence(alarm.slug, at, alarm.message, first, second)
    node.alarms.append(kept)
    node.queued.append(kept)
    node.event("alarm", {"type": alarm.slug, "title": alarm.title, "detail": alarm.message, "at": at})
    if proven is not None and tell:
        raw = bodies.encode(proven)
        key = hashlib.sha256(raw).hexdigest()
        node.to_tell[key] = proven
        # It goes with the same commit as the finding, and leaves with that of the entry that tells it.
        node.queued.append(PutKept(TO_TELL, key, raw))


def load(node: Node) -> None:
    """Read back what is still to be told: what the own log says already, or what proves nothing any more, is not."""
    said = {record for entry, record in node.picture.witnessing.evidence.values() if entry.place.member == node.me}
    for key, raw in node.store.kept(TO_TELL).items():
        try:
            evidence = bodies.decode(raw, where="evidence to tell")
            if isinstance(evidence, Evidence) and evidence not in said:
                judge(node.roster, evidence)
                node.to_tell[key] = evidence
                continue
        except Refused:
            pass
        node.queued.append(DropKept(TO_TELL, key))


def tell(node: Node, *, at: Instant, random: Randomness) -> None:
    """Say all evidence that is still to be told by own entries, to all members; wait while nothing may be signed.

    From then on it is told as every entry is: each peer is sent it until it has acknowledged it.
    """
    while node.to_tell and node.may_sign:
        key, evidence = next(iter(node.to_tell.items()))
        node.submit(evidence, audience=node.roster.members, signers=(node.keys.main,), at=at, random=random)
        del node.to_tell[key]
        node.queued.append(DropKept(TO_TELL, key))


def whose(first: bytes, second: bytes) -> str:
    """Return the author of the statement among two kept notes, else the origin of the log that they speak of.

    What somebody says that it saw of a log is a finding about its word: it must not use up the room for the log's own.
    """
    stated = [note for note in (first, second) if note.startswith(_STATED)]
    return subject_of(stated[0]) if stated else subject_of(first) or subject_of(second)


def subject_of(note: bytes) -> str:
    """Return the origin of the log, or the author, whom a kept note speaks of; empty where it has neither."""
    head, _, rest = note.partition(b"\n")
    if head != b"clearline/statement/v1":
        return head[:200].decode("utf-8", "replace")
    try:
        return str(headers.from_text(_text(note), where="note", stored=True).author)
    except (Refused, ValueError, KeyError):
        return rest[:64].decode("utf-8", "replace")


def counted(alarms: Iterable[PutEvidence]) -> dict[tuple[str, str], int]:
    """Return how many findings of each sort about each log are kept."""
    found: dict[tuple[str, str], int] = {}
    for kept in alarms:
        about = (kept.slug, whose(kept.first, kept.second))
        found[about] = found.get(about, 0) + 1
    return found


def _split(roster: Roster, evidence: Evidence) -> Alarm:
    a, b = _checkpoint(roster, evidence.first), _checkpoint(roster, evidence.second)
    one, other = a.checkpoint, b.checkpoint
    if one.origin != other.origin or one.size != other.size or one.root == other.root or evidence.proof:
        raise Unfounded("the two checkpoints are not of one log and one size with two roots")
    return SplitView(one, other, notes=(a.raw(), b.raw()))


def _broken(roster: Roster, evidence: Evidence) -> Alarm:
    signed = _checkpoint(roster, evidence.second)
    second = signed.checkpoint
    found = roster.log_of(second.origin)
    name = "/".join(found or ())
    if not evidence.proof:
        raise Unfounded("there is no proof")
    shown, steps = evidence.proof[0], evidence.proof[1:]
    if evidence.first.startswith(f"{headers.FIRST_LINE}\n"):
        statement = _statement(roster, evidence.first)
        size, root = next(((k.size, k.root) for log, k in statement.header.seen if log == name), (0, b""))
        whose = f"{statement.header.author} says that it saw"
    else:
        first = _checkpoint(roster, evidence.first).checkpoint
        if first.origin != second.origin:
            raise Unfounded("the two checkpoints are of two logs")
        size, root, whose = first.size, first.root, f"{name.partition('/')[0]} has signed"
    if not 0 < size <= second.size or root == shown:
        raise Unfounded("the two notes do not contradict each other")
    verify_consistency(first=size, second=second.size, first_root=shown, second_root=second.root, proof=steps)
    return BrokenHistory(
        f"{whose} the root {root.hex()[:16]}… of {name} at size {size}, but the history that was signed at size "
        f"{second.size} has {shown.hex()[:16]}… there: one was shown a rewritten log, or does not tell the truth",
        notes=(signed.raw(), evidence.first.encode()),
    )


def _dated(roster: Roster, evidence: Evidence) -> Alarm:
    late, seen = _statement(roster, evidence.first), _statement(roster, evidence.second)
    author = seen.header.author
    for name, known in late.header.seen:
        if name.partition("/")[0] != author or not known.size:
            continue
        index = known.size - 1
        try:
            verify_inclusion(
                leaf_hash=leaf_hash(seen.note), index=index, size=known.size, root=known.root, proof=evidence.proof
            )
        except BrokenProof:
            continue
        if seen.header.claimed - late.header.claimed > BACK_DATED_AFTER_MS:
            return _back_dated(late.header, seen.header, name, evidence)
    raise Unfounded("the entry is not older than what it says that it had seen")


def _back_dated(late: Header, seen: Header, log: str, evidence: Evidence) -> BackDated:
    entry = headers.entry_id(evidence.first.encode())
    return BackDated(
        f"{late.author} claims {format_instant(late.claimed)} for the entry {entry[:16]}…, and says in it that it had "
        f"seen an entry of {log} that claims {format_instant(seen.claimed)}: it is dated back, or a clock is wrong",
        notes=(evidence.first.encode(), evidence.second.encode()),
        proven=evidence,
    )


def _checkpoint(roster: Roster, text: str) -> SignedCheckpoint:
    raw = text.encode()
    claimed: Checkpoint = parse_checkpoint_text(parse_note(raw, where="evidence").text, where="evidence")
    found = roster.log_of(claimed.origin)
    if found is None:
        raise Unfounded("the checkpoint is of no log of this channel")
    return parse_signed(raw, log_key=roster.log_key(*found), known={}, where="evidence")


def _statement(roster: Roster, text: str) -> Statement:
    raw = text.encode()
    author = headers.from_text(_text(raw), where="evidence").author
    if roster.member(author) is None:
        raise Unfounded("the statement is by no member of this channel")
    return open_statement(raw, roster, author=author, where="evidence")


def _text(note: bytes) -> str:
    return note[: note.rfind(b"\n\n") + 1].decode()
