"""A node that has lost state: it finds out before it signs, is read-only, refills itself, and waits for two persons.

A node that was restored from an old backup would write a second history of its own log, or witness one that it had
witnessed otherwise. So after a start it asks every peer for the newest checkpoints first; and what shows that it had
signed more than it holds stops every signature until that is held again and two officers have said so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from clearline.channel.alarms import LostState, PeersNotAsked, ReadOnly, RestoredBackup
from clearline.channel.held import HeldLog
from clearline.channel.keys import key_watch
from clearline.channel.roster import key_name
from clearline.channel.witnessing import witness
from clearline.errors import Alarm, Malformed, NotAllowed, Said
from clearline.records.body import Record
from clearline.records.evidence import StateRestored
from clearline.records.words import MemberId
from clearline.signing.note import parse_note
from clearline.tlog.checkpoint import Checkpoint, SignedCheckpoint, parse_checkpoint_text, parse_signed_checkpoint
from clearline.volumes.instant import Instant

if TYPE_CHECKING:
    from clearline.channel.node import Node

SLUGS = (RestoredBackup.slug, LostState.slug)

PROCEED = "it refills itself from its peers; then two officers say so, and it signs again"


def may_sign(node: Node) -> bool:
    """Report whether the node may sign and cosign now."""
    return not node.read_only and not unasked(node)


def unasked(node: Node) -> bool:
    """Report whether peers are still to be asked how far the own logs are.

    A node that has said nothing yet waits for one attempt at each peer; one that has needs an answer of one.
    """
    if not node.ask_first:
        return False
    waiting = node.to_ask - node.ask_tried
    said = any(held.size for held in node.logs.values() if held.member == node.me)
    return bool(waiting) or (said and bool(node.peers) and node.to_ask == set(node.peers))


def check_may_say(node: Node, record: Record) -> None:
    """Refuse an act while the node may not sign; only the restoration itself passes a node that is refilled.

    Raises:
        ReadOnly: The node has lost state.
        PeersNotAsked: No peer has been asked yet since the start.
    """
    if node.read_only:
        if node.damaged or not isinstance(record, StateRestored):
            raise ReadOnly(f"nothing can be said from this node: {node.read_only}")
        lacking = still_lacking(node)
        if lacking:
            found = "; ".join(f"{log}: {held} of {needed}" for log, held, needed in lacking)
            raise ReadOnly(f"the node is not refilled yet ({found}); it asks its peers for the rest")
        short = [log for log, size in record.sizes if node.logs[log].size < size] if _known(node, record) else ["?"]
        if short:
            raise Malformed(where="/sizes", found=Said(", ".join(short)), expected="what this node holds")
        return
    if isinstance(record, StateRestored):
        raise NotAllowed("this node has lost nothing: there is nothing to restore")
    if unasked(node):
        raise PeersNotAsked(
            "the node has just started and asks its peers how far its own logs are; try again, or start alone where "
            "no peer can be reached",
            retry_after_s=2,
        )


def start_alone(node: Node) -> None:
    """Let the node sign although no peer could be asked: an officer takes that on."""
    node.ask_first = False


def take_checkpoints(node: Node, peer: MemberId, shown: Mapping[str, bytes], *, at: Instant) -> None:
    """Take in the newest checkpoints that a peer holds of any logs: what it was asked for after the start.

    Raises:
        Refused: A checkpoint breaks the format or its signature does not verify; the peer is not asked then.
    """
    parsed = [
        (
            node.logs[name],
            parse_signed_checkpoint(
                note,
                log_key=node.roster.log_key(node.logs[name].member, node.logs[name].log),
                known=node.roster.cosigners,
                where=f"{name} as {peer} holds it",
            ),
        )
        for name, note in sorted(shown.items())
        if name in node.logs
    ]
    for held, signed in parsed:
        look_at(node, held, signed, peer, at=at)
    node.to_ask.discard(peer)
    _tried(node, peer)


def ask_failed(node: Node, peer: MemberId) -> None:
    """Note that a peer could not be asked; it stays to be asked."""
    _tried(node, peer)


def look_at(node: Node, held: HeldLog, signed: SignedCheckpoint, peer: MemberId, *, at: Instant) -> None:
    """Compare a checkpoint that somebody shows with what is held: a fork, or state that this node has lost."""
    offered = signed.checkpoint
    own_cosignature(node, held, signed, peer, at=at)
    try:
        witness.compare_earlier(held, signed)
    except Alarm as alarm:
        witness.keep(node, alarm, at=at)
        return
    if held.member == node.me and offered.size > held.size:
        own_log_shorter(node, held, signed, peer, at=at)
    elif offered.size > held.size:
        witness.note_claim(node, held.name, offered.size, offered.root, peer)


def own_log_shorter(node: Node, held: HeldLog, signed: SignedCheckpoint, peer: MemberId, *, at: Instant) -> None:
    """A peer holds more of an own log than the node itself: the log's own signature proves a restored backup."""
    text = (
        f"{peer} holds {signed.checkpoint.size} entries of {held.name}, this node only {held.size}: "
        f"it was restored from an old backup; {PROCEED}"
    )
    _keep(node, RestoredBackup(text, notes=(signed.raw(),)), held.name, signed.checkpoint.size, at)


def own_cosignature(node: Node, held: HeldLog, signed: SignedCheckpoint, peer: MemberId, *, at: Instant) -> None:
    """Stop where a checkpoint carries an own cosignature past the newest that this node remembers."""
    size = signed.checkpoint.size
    for role in ("mirror", "delivery"):
        name = key_name(node.roster.channel, node.me, role)
        if not any(c.name == name and key_watch.states(node, c) for c in signed.cosignatures):
            continue
        newest = held.cosigned(name)
        if newest < size:
            text = (
                f"{peer} shows this node's own {role} cosignature of {held.name} at size {size}, but it remembers "
                f"none past {newest}: it was restored from an old backup; {PROCEED}"
            )
            _keep(node, LostState(text, notes=(signed.raw(),)), held.name, size, at)
            return


def refresh(node: Node) -> None:
    """Find out from what is kept whether the node is read-only: after loading, and when anything of that changed."""
    node.read_only = node.damaged
    node.lost.clear()
    for kept in node.alarms:
        if kept.slug not in SLUGS:
            continue
        found = _named(node, kept.first)
        if found is None:
            continue
        log, size = found
        if size > node.picture.witnessing.covered(node.me, log):
            node.lost[log] = max(size, node.lost.get(log, 0))
            node.read_only = node.read_only or kept.text


def still_lacking(node: Node) -> list[tuple[str, int, int]]:
    """Return log, size held and size needed of each log that is not refilled yet."""
    return [
        (log, node.logs[log].size, needed) for log, needed in sorted(node.lost.items()) if node.logs[log].size < needed
    ]


def _keep(node: Node, alarm: Alarm, log: str, size: int, at: Instant) -> None:
    # The same loss is shown by every peer and every message: the largest size of each log is what counts.
    if node.lost.get(log, 0) >= size:
        return
    witness.keep(node, alarm, at=at, tell=False)
    if size > node.picture.witnessing.covered(node.me, log):
        node.lost[log] = size
        node.read_only = node.read_only or alarm.message


def _named(node: Node, note: bytes) -> tuple[str, int] | None:
    checkpoint: Checkpoint = parse_checkpoint_text(parse_note(note, where="evidence").text, where="evidence")
    found = node.roster.log_of(checkpoint.origin)
    return None if found is None else ("/".join(found), checkpoint.size)


def _known(node: Node, record: StateRestored) -> bool:
    return all(log in node.logs for log, _ in record.sizes)


def _tried(node: Node, peer: MemberId) -> None:
    node.ask_tried.add(peer)
    # Whoever may begin once may go on: the first word of a new node must not shut its mouth until a peer is up.
    node.ask_first = unasked(node)
