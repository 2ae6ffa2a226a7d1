"""A statement has one place in its log: whoever repeats it is refused from there on."""

from __future__ import annotations

import pytest

from clearline.channel.alarms import SaidBefore
from clearline.channel.desk import Desk
from clearline.channel.node import Node
from clearline.channel.ports import PutEntry, StoredEntry
from clearline.channel.push import Push
from clearline.records.words import MemberId
from clearline.store.memory import MemoryStore
from clearline.testing.members import START, SeededRandomness, founded_channel
from clearline.testing.theatre import draft
from clearline.tlog.checkpoint import Checkpoint, sign_checkpoint
from clearline.tlog.tree import Tree, leaf_hash

FOUNDED = founded_channel()
RANDOM = SeededRandomness("replay")
IL, TR = MemberId("IL"), MemberId("TR")


def _node(member: MemberId) -> Node:
    return Node.load(member, FOUNDED.roster, FOUNDED.keyrings[member], MemoryStore(), at=START)


def _pushed(notes: list[bytes], first: int) -> Push:
    tree = Tree([leaf_hash(note) for note in notes])
    checkpoint = Checkpoint(FOUNDED.roster.origin(TR, "main"), tree.size, tree.root())
    return Push(sign_checkpoint(checkpoint, FOUNDED.keyrings[TR].main).raw(), first, tuple(notes[first:]), ())


def _said() -> list[bytes]:
    tr = _node(TR)
    Desk(tr, "1", START, RANDOM).file(draft("TR", "TR-1"))
    Desk(tr, "1", START, RANDOM).file(draft("TR", "TR-2"))
    stored: list[StoredEntry] = [
        StoredEntry(w.index, w.note, w.received) for w in tr.take_writes() if isinstance(w, PutEntry)
    ]
    return [entry.note for entry in stored]


@pytest.mark.parametrize("together", [True, False], ids=["in one push", "in a later push"])
def test_a_statement_repeated_by_its_author_is_refused(together: bool) -> None:
    """The log's own key signs the repetition, and still nothing of that push is kept."""
    one, two = _said()
    il = _node(IL)
    if not together:
        il.receive(_pushed([one, two], 0), at=START, random=RANDOM)
    held = il.logs["TR/main"].size
    with pytest.raises(SaidBefore, match=r"TR/main entry 2 repeats"):
        il.receive(_pushed([one, two, one], held), at=START, random=RANDOM)
    assert il.logs["TR/main"].size == held
