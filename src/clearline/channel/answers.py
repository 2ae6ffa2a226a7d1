"""What comes back to a push: cosignatures, whoever brings them, and from where to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearline.channel.alarms import UnprovenAnswer
from clearline.channel.keys import key_watch
from clearline.channel.keys.succession import lane_log
from clearline.channel.line import clocks
from clearline.channel.line.peers import DIRECT
from clearline.channel.ports import PutCosignature
from clearline.channel.push import Answer, Push
from clearline.errors import Malformed
from clearline.records.words import MemberId
from clearline.tlog.checkpoint import parse_cosignatures, parse_signed_checkpoint
from clearline.volumes.instant import Instant

if TYPE_CHECKING:
    from clearline.channel.node import Node

SILENT = "it holds what was sent and cosigns nothing: it may have lost state, and then waits for its officers"
"""What is said of a peer that takes a push and does not put its name to it."""

FILE = MemberId("file")
"""What stands for a bearer where a file brought the answer; no member can be called so, for their names are capital."""

RESEND_MS = 5_000
"""How long a body that a peer still lacks after a push waits before it is sent again."""


def take_answer(
    node: Node,
    peer: MemberId,
    log: str,
    push: Push,
    answer: Answer,
    *,
    at: Instant,
    bearer: MemberId | None = DIRECT,
    sent: Instant | None = None,
) -> None:
    """Take in what a peer answered to a push of the own log `log`; see `Node.take_answer`."""
    held, line = lane_log(node, peer, log), node.peers[peer]
    missing = [index for index, _ in answer.missing]
    if any(not 0 <= index < answer.size for index in missing):
        raise Malformed(where=f"answer of {peer}, missing", found=missing, expected="entries that it holds")
    if answer.size > held.size:
        node.shorter_than(held, peer, answer, at)
    signed = parse_signed_checkpoint(
        push.checkpoint, log_key=node.roster.log_key(node.me, held.log), known=node.roster.cosigners, where="checkpoint"
    )
    proven = False
    if answer.cosignatures:
        text = "".join(answer.cosignatures).encode()
        for c in parse_cosignatures(text, signed.checkpoint, node.roster.cosigners, where=f"answer of {peer}"):
            if not key_watch.states(node, c):
                key_watch.stated_by_ended(node, signed, c, at=at)
            elif c.name.split("/")[2] == peer:
                size = signed.checkpoint.size
                node.add_cosignature(held, PutCosignature(held.name, size, c.name, c.time_s, c.line), at)
                # A file may have lain for days: it shows that the peer lived when it signed.
                line.cosigned(c.time_s, at=Instant(min(at, c.time_s * 1000)) if bearer == FILE else at)
                proven = True
                sample = None if sent is None else clocks.estimate(sent=sent, answered=at, time_s=c.time_s)
                if sample is not None:
                    line.clock = clocks.with_sample(line.clock, sample)
    if bearer is not DIRECT and not proven and answer.size == signed.checkpoint.size:
        raise UnprovenAnswer(f"{bearer} brought an answer of {peer} that {peer} has not signed")
    size = min(answer.size, held.size)
    if proven or answer.size == signed.checkpoint.size:
        line.answered(log, size, at=at, bearer=bearer)
    else:
        if not line.hinted(log, size):
            raise UnprovenAnswer(f"{peer} asks again and again for another place in {held.name} and signs nothing")
        if bearer is DIRECT:
            line.heard = line.heard_direct = at
    if answer.size > held.size:
        # Until this node is refilled it has nothing to say there that the peer does not hold.
        line.lane(log).resend_at = Instant(at + RESEND_MS)
    if not proven and answer.size and answer.size == signed.checkpoint.size:
        # It may have lost state and be read-only: what it does not sign is shown to it again.
        line.lane(log).direct.fault = SILENT
        line.acked[log] = answer.size - 1
        line.lane(log).resend_at = Instant(at + RESEND_MS)
    if answer.missing:
        line.acked[log] = min(missing)
        # A peer that lacks a body for ever must not keep this node busy.
        line.lane(log).resend_at = Instant(at + RESEND_MS)
