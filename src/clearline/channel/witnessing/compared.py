"""What a push is held against before it is taken: the roots that were signed, and what others say they saw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from clearline.channel.alarms import BrokenHistory, UnprovenHistory
from clearline.channel.held import HeldLog
from clearline.channel.push import Push
from clearline.channel.statement import Statement
from clearline.channel.witnessing import witness
from clearline.errors import Malformed, Said
from clearline.records.evidence import Evidence
from clearline.records.header import Header
from clearline.records.words import MemberId
from clearline.tlog.checkpoint import Checkpoint, SignedCheckpoint
from clearline.tlog.tree import Tree, leaf_hash

if TYPE_CHECKING:
    from clearline.channel.node import Node


def rewritten(held: HeldLog, push: Push, signed: SignedCheckpoint) -> Evidence | None:
    """Return the proof of a rewritten log: the tree that its author has signed now, against what it signed before."""
    if held.signed is None:
        return None
    kept = held.tree.hashes(0, 0, push.first)
    leaves = [kept[at : at + 32] for at in range(0, len(kept), 32)]
    return witness.forked(held.signed, signed, Tree([*leaves, *map(leaf_hash, push.entries)]))


def check_author_shows(held: HeldLog, push: Push, offered: Checkpoint, where: str) -> None:
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


def compare_roots(held: HeldLog, signed: SignedCheckpoint, hashes: list[bytes], carrier: MemberId | None) -> None:
    """Check that new entries (their leaf hashes) give the signed root on top of what is held.

    Raises:
        ProvenSplit: The log's own checkpoint of that size has another root.
        UnprovenHistory: They do not, and somebody else than the author brought them.
        BrokenHistory: They do not, by the author's own line.
    """
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


def compare_seen(
    node: Node, held: HeldLog, statements: Sequence[Statement], hashes: Sequence[bytes], signed: SignedCheckpoint
) -> list[BrokenHistory]:
    """Return evidence where an author says that it saw another history of a log than this node holds.

    It refuses nothing: which of the two lies is for people to judge, and one liar must not part honest members.
    """
    found: list[BrokenHistory] = []
    for statement in statements:
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
            shown = held.tree.frontier().extended(hashes[: size - held.size]).root()
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


def note_claims(node: Node, author: MemberId, header: Header) -> None:
    """Remember what an author says it saw past what is held here, to compare when it comes."""
    for log, known in header.seen:
        witness.note_claim(node, log, known.size, known.root, author)
