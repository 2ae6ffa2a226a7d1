"""The bookmark: a start from it is a start from all entries; whatever is wrong with it is named, and costs nothing."""

from __future__ import annotations

import base64
import hashlib
import random
from dataclasses import replace

import pytest

from clearline.channel import bookmark as bookmarks
from clearline.channel.alarms import DamagedStore
from clearline.channel.bookmark import BookmarkContradicts
from clearline.channel.node import Node
from clearline.channel.ports import PutEntry
from clearline.picture.packed import TABLES
from clearline.records.message import Message, Precedence
from clearline.records.notice import Step
from clearline.records.words import MemberId
from clearline.store.memory import MemoryStore
from clearline.testing.day import IL, TR, Day, short_day, written_day
from clearline.testing.pair import Side
from clearline.testing.restarts import CODE, begun, bookmark_of
from clearline.testing.theatre import circle, draft


def same(a: Node, b: Node) -> bool:
    """Report whether two nodes hold the same, and make the same of it."""
    logs = all(
        (x.size, x.root_at(x.size), x.lacking, x.covering, x.received)
        == (y.size, y.root_at(y.size), y.lacking, y.covering, y.received)
        for x, y in zip(a.logs.values(), b.logs.values(), strict=True)
    )
    return (
        logs
        and a.picture.value() == b.picture.value()
        and (a.claims, a.refusals, a.read_only) == (b.claims, b.refusals, b.read_only)
        and a.watch.all() == b.watch.all()
        and a.watch.touches == b.watch.touches
        and a.deadlines.open == b.deadlines.open
    )


@pytest.fixture(scope="module")
def day() -> Day:
    """A day on which every kind of record was said."""
    return written_day()


@pytest.mark.parametrize("member", [IL, TR])
def test_a_start_from_a_bookmark_is_a_start_from_all_entries(day: Day, member: MemberId) -> None:
    """Picture, watch, deadlines, logs and claims are the same, and the bookmark was used."""
    node = day.nodes[member]
    plain = begun(node, None, at=day.at)
    mark = bookmark_of(begun(node, None, at=day.at), at=day.at)
    marked = begun(node, mark, at=day.at)
    assert marked.start.base.sizes and not marked.start.refused
    assert same(marked, plain)
    assert marked.picture.value() == node.picture.value()


def test_what_was_said_after_the_bookmark_is_folded() -> None:
    """A bookmark made early gives, with the entries after it, what all entries give."""
    short = short_day()
    marks = {m: bookmark_of(begun(node, None, at=short.at), at=short.at) for m, node in short.nodes.items()}
    short.nodes = {m: begun(node, None, at=short.at) for m, node in short.nodes.items()}
    short.desk(TR).step("TR-1", Step.WITHDRAW, reason="over")
    short.desk(IL).message(Message(Precedence.ROUTINE, "en", "noted"), to=[TR])
    short.exchange()
    for member, node in short.nodes.items():
        marked = begun(node, marks[member], at=short.at)
        assert not marked.start.refused and same(marked, begun(node, None, at=short.at)) and same(marked, node)
        assert sum(marked.start.base.sizes) < sum(held.size for held in marked.logs.values())


def test_nothing_that_was_said_stands_in_a_bookmark(day: Day) -> None:
    """Neither a reference, nor a text, nor a salt: an erased body leaves no copy in it, and no key does."""
    node = begun(day.nodes[TR], None, at=day.at)
    mark = bookmark_of(node, at=day.at)
    for log in node.store.logs():
        for body in node.store.bodies(log):
            assert body.salt not in mark and body.body not in mark
    for _, reference in node.picture.notices:
        assert reference.encode() not in mark


@pytest.mark.parametrize("seed", range(60))
def test_any_flipped_bit_is_found(seed: int) -> None:
    """Wherever a bit of the file flips, the picture is folded anew, and the reason says that it is damaged."""
    short = short_day()
    node, numbers = short.nodes[TR], random.Random(seed)
    mark = bytearray(bookmark_of(begun(node, None, at=short.at), at=short.at))
    at = numbers.randrange(len(mark))
    mark[at] ^= 1 << numbers.randrange(8)
    marked = begun(node, bytes(mark), at=short.at)
    assert marked.start.refused and not marked.start.base.sizes
    assert same(marked, node)


@pytest.mark.parametrize("part", [0.0, 0.01, 0.3, 0.9, 0.999])
def test_a_torn_bookmark_is_found(part: float) -> None:
    """A file that ends too early, or goes on too long, is no bookmark."""
    short = short_day()
    node = short.nodes[TR]
    mark = bookmark_of(begun(node, None, at=short.at), at=short.at)
    for torn in (mark[: int(len(mark) * part)], mark + mark[: 1 + int(len(mark) * part)]):
        marked = begun(node, torn, at=short.at)
        assert "bookmark" in marked.start.refused
        assert same(marked, node)


def test_a_bookmark_of_somebody_else_is_refused_by_name() -> None:
    """One of another member, another channel or another program is never taken for this node's."""
    one, other = short_day("short"), short_day("another")
    mine = one.nodes[TR]
    others = (one.nodes[IL], other.nodes[TR])
    marks = [bookmark_of(begun(node, None, at=one.at), at=one.at) for node in others]
    for mark in marks:
        assert begun(mine, mark, at=one.at).start.refused
    mark = bookmark_of(begun(mine, None, at=one.at), at=one.at)
    later = Node.load(TR, mine.roster, mine.keys, mine.store, at=one.at, bookmark=mark, code="a later program")
    assert "another program" in later.start.refused
    assert same(later, mine)


def test_a_bookmark_ahead_of_the_record_proves_that_state_was_lost() -> None:
    """A record restored from an old copy is found out by the node's own bookmark, before any peer is asked."""
    short = short_day()
    old = MemoryStore()
    old.commit(short.committed[TR])
    short.desk(TR).message(Message(Precedence.ROUTINE, "en", "one more"), to=[IL])
    short.exchange()
    node = short.nodes[TR]
    mark = bookmark_of(begun(node, None, at=short.at), at=short.at)
    restored = Node.load(TR, node.roster, node.keys, old, at=short.at, bookmark=mark, code=CODE)
    assert restored.read_only and not restored.may_sign
    assert [alarm.slug for alarm in restored.alarms] == ["lost-state"]
    assert "bookmark" in restored.start.refused


def test_a_bookmark_of_another_history_is_an_alarm() -> None:
    """A log that was written anew and signed anew contradicts the bookmark: both checkpoints are the evidence."""
    one, other = Day.dawn("one"), Day.dawn("one")
    for day, text in ((one, "yes"), (other, "no")):
        day.desk(TR).message(Message(Precedence.ROUTINE, "en", text), to=[IL])
        day.commit(TR)
    mark = bookmark_of(begun(one.nodes[TR], None, at=one.at), at=one.at)
    loaded = begun(other.nodes[TR], mark, at=other.at)
    assert isinstance(loaded.start.alarm, BookmarkContradicts)
    assert [alarm.slug for alarm in loaded.alarms] == ["bookmark-contradicts"]
    assert loaded.alarms[0].first and loaded.alarms[0].second
    assert same(loaded, other.nodes[TR])


def test_an_entry_changed_at_rest_is_found_when_it_is_read() -> None:
    """A bookmark does not hide that a stored note or body is another than the one that was signed."""
    short = short_day()
    node = short.nodes[TR]
    mark = bookmark_of(begun(node, None, at=short.at), at=short.at)
    changed = MemoryStore()
    for write in short.committed[TR]:
        if isinstance(write, PutEntry) and write.log == "TR/main" and write.index == 0:
            spoilt = write.note[:-20] + b"x" + write.note[-19:]
            changed.commit([PutEntry(write.log, write.index, write.id, spoilt, write.received)])
        else:
            changed.commit([write])
    with pytest.raises(DamagedStore, match="TR/main"):
        Node.load(TR, node.roster, node.keys, changed, at=short.at, bookmark=mark, code=CODE)


def test_a_bookmark_says_by_which_key_and_over_what() -> None:
    """The signed part names channel, member, program, and size and root of every log; every other part by its hash."""
    short = short_day()
    node = short.nodes[TR]
    raw = bookmark_of(begun(node, None, at=short.at), at=short.at)
    mark = bookmarks.read(raw, channel=node.roster.channel, member=TR, code=CODE, key=node.keys.main.public)
    assert {name: (log.size, log.root) for name, log in mark.logs.items() if log.size} == {
        name: (held.size, held.root_at(held.size)) for name, held in node.logs.items() if held.size
    }
    assert mark.made == short.at and isinstance(mark.made, int)
    assert node.roster.channel.encode() in mark.note
    for name in TABLES:
        digest = base64.b64encode(hashlib.sha256(mark.packed.tables[name]).digest())
        assert digest in mark.note, name


@pytest.mark.parametrize("late", ["TR-1", "TR-2"])
def test_a_body_that_comes_late_is_folded_into_tables(late: str) -> None:
    """What rests on a late body is folded anew, in memory and at the next start, and nothing else is."""
    side = Side()
    desk = side.desk("TR")
    for reference in ("TR-1", "TR-2"):
        desk.file(draft("TR", reference))
    desk.amend(draft("TR", late, circle(lon=20, lat=20)))
    desk.step("TR-1", Step.WITHDRAW, reason="off")
    side.keep("TR")
    side.push("TR", "IL", once=True)
    push = side.nodes["TR"].next_push(IL, "main")
    side.give("IL", replace(push, bodies=tuple(body for body in push.bodies if body.entry != int(late == "TR-2"))))
    node = side.nodes["IL"]
    assert node.logs["TR/main"].lacking
    mark = bookmark_of(node, at=side.at)
    assert node.picture.packed.sizes
    stale = node.picture.value()
    side.give("IL", push)
    side.keep("IL")
    assert node.picture.packed.sizes, "everything was folded anew"
    plain = begun(node, None, at=side.at)
    assert node.picture.value() == plain.picture.value() != stale
    marked = begun(node, mark, at=side.at)
    assert not marked.start.refused and same(marked, plain)
