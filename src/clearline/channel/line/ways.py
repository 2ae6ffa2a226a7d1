"""When and by which ways the own logs go to each member: what is due, who can carry, and when to look again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearline.channel.keys import succession
from clearline.channel.line.peers import DIRECT
from clearline.records.genesis import Role
from clearline.records.header import LOGS
from clearline.records.words import MemberId
from clearline.volumes.instant import Instant

if TYPE_CHECKING:
    from clearline.channel.node import Node


def due(node: Node, *, at: Instant) -> list[tuple[MemberId, str]]:
    """Return the peers and own logs that are to be pushed now, safety first: news, or a heartbeat."""
    lanes = [(name, log) for log in reversed(LOGS) for name in sorted(node.peers)]
    return [(name, log) for name, log in lanes if node.ways_due(name, log, at=at)]


def ways_due(node: Node, name: MemberId, log: str, *, at: Instant) -> tuple[MemberId | None, ...]:
    """Return the ways by which an own log is to be pushed to a member now: none where nothing is due."""
    held, peer = succession.lane_log(node, name, log), node.peers[name]
    ways = peer.ways(log, at=at, bearers=node.bearers(name))
    news = held.signed is not None and peer.acked.get(log, -1) < held.signed.checkpoint.size
    if not ways or news or (log == "main" and peer.quiet(at=at, heartbeat_ms=node.heartbeat_ms())):
        return ways
    # While somebody else carries, the direct line is tried at its own pace: it may be well again.
    return (DIRECT,) if DIRECT in ways and peer.lane(log).bearer is not DIRECT else ()


def bearers(node: Node, peer: MemberId) -> tuple[MemberId, ...]:
    """Return the members that this node can ask to carry to `peer`, hosts first."""
    return tuple(
        member.id
        for member in sorted(node.roster.genesis.members, key=lambda m: (m.role is not Role.HOST, m.id))
        if member.id in node.reachable and member.id not in (node.me, peer)
    )


def next_wake(node: Node, peer: MemberId, *, at: Instant, log: str = "main") -> Instant:
    """Return when `due` may next have something for a lane to a peer by time alone."""
    line = node.peers[peer]
    shut = line.next_try(log, at=at, bearers=node.bearers(peer))
    if shut is not None:
        return shut
    beat = Instant(line.spoken.get("main", at) + node.heartbeat_ms())
    lane = line.lane(log)
    return beat if lane.bearer is DIRECT else min(beat, lane.direct.retry_at)
