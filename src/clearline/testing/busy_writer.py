"""Two nodes over SQLite files, kept busy until somebody kills them: `python -m clearline.testing.busy_writer FOLDER`.

For each line on standard input a child starts, loads both records and goes on; it prints what was answered, a line
each, once it is durable: `pid N`, `loaded`, `said MEMBER LOG INDEX ID`, `holds MEMBER LOG SIZE`. The parent prints
`ended` when its child is gone. So a test can kill a hundred writers and pay for one start of Python.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

from clearline.channel.desk import Desk
from clearline.channel.node import Node
from clearline.gateways.peer import wire
from clearline.records.message import Message, Precedence
from clearline.records.words import MemberId
from clearline.store.sqlite import SqliteStore
from clearline.testing.members import START, SeededRandomness, founded_channel
from clearline.testing.theatre import circle, draft
from clearline.volumes.instant import Instant

SEED = "busy writer"
PAIR = (MemberId("IL"), MemberId("TR"))


def loaded(folder: Path, member: MemberId) -> Node:
    """Return a member's node over its file in `folder`."""
    founded = founded_channel(seed=SEED)
    store = SqliteStore(folder / f"{member}.sqlite")
    return Node.load(member, founded.roster, founded.keyrings[member], store, at=START)


def tell(*words: object) -> None:
    """Print one line in one write, so that a kill leaves whole lines."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def keep(node: Node, at: Instant) -> None:
    """Commit what the steps queued."""
    node.store.commit(node.take_writes())
    node.settle(at=at)


def work(folder: Path) -> None:
    """Say and exchange without end."""
    nodes = {member: loaded(folder, member) for member in PAIR}
    random = SeededRandomness(os.urandom(8).hex())
    tell("loaded")
    turn = 0
    while True:
        turn += 1
        at = Instant(START + turn)
        me, other = PAIR if turn % 2 else PAIR[::-1]
        node, peer = nodes[me], nodes[other]
        said = [_say(node, at, random, turn + n) for n in range(1 + turn % 4)]
        keep(node, at)
        for index, entry in said:
            tell("said", me, "main", index, entry)
        push = node.next_push(other, "main")
        _, answer = peer.receive(wire.decode_push(wire.encode_push(push)), at=at, random=random)
        keep(peer, at)
        tell("holds", other, f"{me}/main", answer.delivered)
        node.take_answer(other, "main", push, answer, at=at)
        keep(node, at)


def _say(node: Node, at: Instant, random: SeededRandomness, number: int) -> tuple[int, str]:
    desk = Desk(node, "1", at, random)
    if number % 5 == 0:
        reference = f"{node.me}-{node.own('main').size}"
        entry = desk.file(draft(node.me, reference, circle(30 + number % 90))).submitted.entry
    else:
        entry = desk.message(Message(Precedence.ROUTINE, "en", f"number {number}"), to=PAIR).entry
    return entry.place.index, entry.id


def main() -> None:
    """Start a writer for each line that is read; wait for its end."""
    folder = Path(sys.argv[1])
    for _ in sys.stdin:
        child = os.fork()
        if not child:
            tell("pid", os.getpid())
            try:
                work(folder)
            except BaseException:  # noqa: BLE001 -- the child says what ended it, whatever that was
                tell("failed", traceback.format_exc().replace("\n", " | "))
                os._exit(1)
        os.waitpid(child, 0)
        tell("ended")


if __name__ == "__main__":
    main()
