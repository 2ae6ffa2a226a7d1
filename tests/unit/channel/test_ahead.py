"""Urgent entries ahead of their log: taken only when they prove themselves, heard once, said until they arrive."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clearline.channel.acts import hotline
from clearline.channel.alarms import NotYourLog
from clearline.channel.line.ahead import AGAIN_MS, HEARD_MAX, NotUrgent, ringing
from clearline.channel.push import Ahead, CarriedBody
from clearline.channel.statement import WrongChannel
from clearline.errors import Malformed, NotAllowed, Refused
from clearline.records import body as bodies
from clearline.records.alert import Alert, AlertSort
from clearline.records.message import Message, Precedence
from clearline.records.watch import Address
from clearline.records.words import MemberId
from clearline.testing.pair import FIVE, Forger, Side

IL, TR = MemberId("IL"), MemberId("TR")


@pytest.fixture
def side() -> Side:
    return Side(FIVE)


def shouted(side: Side, *, alert: Alert | None = None) -> Ahead:
    """Return what IL says to TR ahead of its log after a stop-fire."""
    hotline.sound(side.desk("IL"), alert or Alert(AlertSort.STOP_FIRE, (Address(TR),)))
    side.keep("IL")
    (ahead,) = side.nodes["IL"].to_shout(TR, at=side.at)
    return ahead


def hear(side: Side, ahead: Ahead, name: str = "TR") -> bool:
    heard = side.nodes[name].take_ahead(ahead, at=side.at, random=side.random)
    side.keep(name)
    return heard


def forged(side: Side, record: object, **changes: object) -> Ahead:
    """Return an urgent-looking entry that IL's keys have signed, outside its node."""
    forger = Forger(side, "IL", "safety")
    note = forger.say(record, changes=changes or None)  # type: ignore[arg-type]
    salt, raw = forger.bodies[-1]
    return Ahead(note, (CarriedBody(0, 0, salt, raw),))


def test_it_is_heard_once_and_marked(side: Side) -> None:
    """By whatever bearers it comes and however often: one bell, until its log proves its place."""
    ahead = shouted(side)
    assert hear(side, ahead)
    assert not hear(side, ahead)
    (one,) = ringing(side.nodes["TR"])
    assert one.ahead_of_log and one.spoken.entry.place.index == -1
    side.push("IL", "TR", "safety")
    (one,) = ringing(side.nodes["TR"])
    assert not one.ahead_of_log
    assert side.stores["TR"].kept("ahead") == {}
    assert not hear(side, ahead), "a replay of what stands in the log is not heard again"
    assert not side.nodes["TR"].ahead


@pytest.mark.parametrize("spot", ["note", "salt", "body", "signature"])
def test_what_was_changed_on_the_way_is_refused(side: Side, spot: str) -> None:
    """Any bearer may carry it, and none can change it: nothing is kept, nothing rings."""
    ahead = shouted(side)
    (body,) = ahead.bodies
    match spot:
        case "note":
            ahead = replace(ahead, note=ahead.note.replace(b'"claimed":1', b'"claimed":2'))
        case "signature":
            ahead = replace(ahead, note=ahead.note[:-8] + b"AAAA" + ahead.note[-4:])
        case "salt":
            ahead = replace(ahead, bodies=(replace(body, salt=bytes(32)),))
        case _:
            ahead = replace(ahead, bodies=(replace(body, body=bodies.encode(Alert(AlertSort.HAZARD))),))
    with pytest.raises(Refused):
        hear(side, ahead)
    assert not side.nodes["TR"].ahead and not side.stores["TR"].kept("ahead")


def test_what_is_not_for_this_member_or_not_urgent_is_refused(side: Side) -> None:
    """One's own entry, another's secret, another channel's, a routine message, a body that is missing."""
    ahead = shouted(side)
    with pytest.raises(NotYourLog):
        hear(side, ahead, "IL")
    with pytest.raises(NotAllowed):
        hear(side, ahead, "SY")
    with pytest.raises(Malformed):
        hear(side, replace(ahead, bodies=()))
    with pytest.raises(WrongChannel):
        hear(side, forged(side, Alert(AlertSort.STOP_FIRE), channel="0" * 64))
    with pytest.raises(NotUrgent):
        hear(side, forged(side, Message(Precedence.ROUTINE, "en", "nothing of weight")))
    for junk in (b"", b"x", b"\xff" * 40, b"clearline/statement/v1\n{}\n\n"):
        with pytest.raises(Refused):
            hear(side, Ahead(junk, ahead.bodies))
    assert not side.nodes["TR"].ahead


def test_it_is_said_again_until_the_log_has_brought_it(side: Side) -> None:
    """Every ten seconds, to each peer on its own; asking twice at once gives it once."""
    shouted(side)
    node = side.nodes["IL"]
    assert node.to_shout(TR, at=side.at) == ()
    assert node.to_shout(MemberId("SY"), at=side.at) == ()
    side.later(AGAIN_MS)
    assert len(node.to_shout(TR, at=side.at)) == 1
    assert node.next_shout(at=side.at) == side.at + AGAIN_MS
    side.at = type(side.at)(side.at - 3_600_000)
    assert len(node.to_shout(TR, at=side.at)) == 1, "a clock that was set back must not silence it"
    side.push("IL", "TR", "safety")
    side.later(AGAIN_MS)
    assert node.to_shout(TR, at=side.at) == ()
    assert node.shouted == {}


def test_it_is_said_again_after_a_restart_and_no_more_once_it_was_seen(side: Side) -> None:
    """What is urgent is found in the record itself; a seen that was heard ahead ends the shouting."""
    ahead = shouted(side)
    side.restart("IL")
    assert side.nodes["IL"].to_shout(TR, at=side.at) == (ahead,)
    hear(side, ahead)
    (one,) = ringing(side.nodes["TR"])
    hotline.see(side.desk("TR"), one.spoken.entry.id)
    side.keep("TR")
    assert ringing(side.nodes["TR"]) == ()
    (back,) = side.nodes["TR"].to_shout(IL, at=side.at)
    assert hear(side, back, "IL")
    assert not [due for due in side.nodes["IL"].deadlines.open.values() if due.sort == "alert_seen"]
    side.later(AGAIN_MS)
    assert side.nodes["IL"].to_shout(TR, at=side.at) == ()


def test_a_member_that_floods_pushes_out_its_own_words_alone(side: Side) -> None:
    """What is kept of one author is bounded, and its alerts go last."""
    il = shouted(side)
    hear(side, il)
    alarm = forged(side, Alert(AlertSort.STOP_FIRE))
    hear(side, alarm)
    for number in range(HEARD_MAX + 5):
        assert hear(side, forged(side, Message(Precedence.FLASH, "en", f"{number}")))
    node = side.nodes["TR"]
    assert len(node.ahead) == HEARD_MAX == len(side.stores["TR"].kept("ahead"))
    sorts = [h.entry.record.KIND for h in node.ahead.values() if h.entry.record is not None]  # type: ignore[union-attr]
    assert sorts.count("alert") == 2


def test_a_heard_alert_survives_a_restart_and_junk_beside_it(side: Side) -> None:
    """What is kept is proven again when it is read back; what cannot be is dropped."""
    from clearline.channel.ports import PutKept

    hear(side, shouted(side))
    side.stores["TR"].commit([PutKept("ahead", "f" * 64, b"{}"), PutKept("ahead", "e" * 64, b"\xff")])
    side.restart("TR")
    assert len(ringing(side.nodes["TR"])) == 1
    side.keep("TR")
    assert len(side.stores["TR"].kept("ahead")) == 1


def test_a_node_that_may_not_sign_its_log_still_cries_for_help(side: Side) -> None:
    """It has just started, or lost state: the alert goes ahead by the officer's signature, and is placed later."""
    side.push("IL", "TR", "safety")
    side.nodes["IL"].ask_first = True
    hotline.send(side.desk("TR"), Message(Precedence.ROUTINE, "en", "x", to=(Address(IL),)))
    done = hotline.sound(side.desk("IL"), Alert(AlertSort.STOP_FIRE, (Address(TR),)))
    side.keep("IL")
    assert done.entry.place.index == -1 and side.nodes["IL"].own("safety").size == 0
    node = side.restart("IL")
    node.ask_first = True
    (ahead,) = node.to_shout(TR, at=side.at)
    assert hear(side, ahead)
    node.tick(at=side.at, random=side.random)
    assert node.own("safety").size == 0, "it may not sign yet"
    assert [due.sort for due in node.deadlines.all(at=side.at)] == ["alert_seen", "alert_answered"]
    node.ask_first = False
    node.tick(at=side.at, random=side.random)
    side.keep("IL")
    assert side.stores["IL"].kept("unplaced") == {}
    side.push("IL", "TR", "safety")
    (one,) = ringing(side.nodes["TR"])
    assert one.spoken.entry.id == done.entry.id and not one.ahead_of_log
    assert side.restart("IL").unplaced == {}
