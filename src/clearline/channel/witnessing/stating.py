"""What a node states about logs: checkpoints of its own, cosignatures of others', and what others state of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearline.channel.held import HeldLog
from clearline.channel.ports import PutCheckpoint, PutCosignature
from clearline.channel.push import Answer
from clearline.channel.witnessing import lost
from clearline.errors import Malformed
from clearline.records.words import MemberId
from clearline.tlog.checkpoint import (
    Checkpoint,
    SignedCheckpoint,
    cosign,
    parse_cosignatures,
    parse_signed_checkpoint,
    sign_checkpoint,
    with_cosignatures,
)
from clearline.volumes.instant import Instant

if TYPE_CHECKING:
    from clearline.channel.node import Node

OWN_CHECKPOINTS_KEPT = 1_024
"""Own checkpoints kept at hand, for pushes that end before the newest one."""


def seal(node: Node) -> None:
    """Sign a checkpoint over what was submitted since the last one: once for a whole batch."""
    for log in sorted(node.unsealed):
        held = node.logs[f"{node.me}/{log}"]
        signer = node.signer_of(held)
        signed = sign_checkpoint(Checkpoint(held.origin, held.size, held.root_at(held.size)), signer)
        held.signed = signed
        node.own_checkpoints[log, held.size] = signed
        if len(node.own_checkpoints) > OWN_CHECKPOINTS_KEPT:
            node.own_checkpoints.pop(next(iter(node.own_checkpoints)))
        node.queued.append(PutCheckpoint(held.name, held.size, signed.raw()))
    node.unsealed.clear()


def state_held(node: Node, held: HeldLog, checkpoint: Checkpoint, *, at: Instant) -> tuple[str, ...]:
    """Return this node's mirror line and, where nothing is lacking, its delivery line."""
    if not node.may_sign:
        return ()
    signers = [node.keys.mirror] + ([node.keys.delivery] if held.delivered >= checkpoint.size else [])
    lines = []
    for signer in signers:
        made = cosign(checkpoint, signer, time_s=at // 1000)
        lines.append(made.line)
        stored = PutCosignature(held.name, checkpoint.size, made.name, made.time_s, made.line)
        if held.add_cosignature(stored):
            node.queued.append(stored)
    return tuple(lines)


def add_cosignature(node: Node, held: HeldLog, line: PutCosignature, at: Instant) -> None:
    """Keep a verified cosignature where it says more than those held, and tell of deliveries of the own log."""
    if held.add_cosignature(line):
        node.queued.append(line)
        if line.cosigner.endswith("/delivery") and held.member == node.me:
            node.event("delivered", {"log": held.name, "size": line.size, "by": line.cosigner.split("/")[2], "at": at})
        if held.signed is not None and held.signed.checkpoint.size == line.size:
            parsed = parse_cosignatures(
                line.line.encode(), held.signed.checkpoint, node.roster.cosigners, where="cosignature"
            )
            held.signed = with_cosignatures(held.signed, parsed)


def empty_checkpoint(node: Node, held: HeldLog) -> SignedCheckpoint:
    """Return a checkpoint over nothing, for an own log in which nothing stands yet."""
    signer = node.signer_of(held)
    held.signed = sign_checkpoint(Checkpoint(held.origin, 0, held.root_at(0)), signer)
    node.queued.append(PutCheckpoint(held.name, 0, held.signed.raw()))
    return held.signed


def checkpoint_at(node: Node, held: HeldLog, size: int) -> SignedCheckpoint:
    """Return a checkpoint of an own log at a size that it had, signed now where none is at hand."""
    known = node.own_checkpoints.get((held.log, size))
    if known is None:
        signer = node.signer_of(held)
        known = sign_checkpoint(Checkpoint(held.origin, size, held.root_at(size)), signer)
        # Others will name and cosign it: it is kept like any that was shown.
        node.queued.append(PutCheckpoint(held.name, size, known.raw()))
    return known


def shorter_than(node: Node, held: HeldLog, peer: MemberId, answer: Answer, at: Instant) -> None:
    """A peer holds more of this log than the node itself: proven by its own signature, it is a restored backup."""
    theirs = parse_signed_checkpoint(
        answer.checkpoint,
        log_key=node.roster.log_key(node.me, held.log),
        known=node.roster.cosigners,
        where=f"answer of {peer}",
    )
    if theirs.checkpoint.size <= held.size:
        raise Malformed(where=f"answer of {peer}", found=answer.size, expected="a checkpoint of that size")
    lost.own_log_shorter(node, held, theirs, peer, at=at)
