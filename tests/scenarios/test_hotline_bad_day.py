"""The hotline on a bad day: the natural order of acts, wrong names, wrong clocks, ended keys, and nothing lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clearline.channel.due.deadlines import keys
from clearline.channel.due.dues import OPEN_MS
from clearline.faces.tries import Buckets, TooManyRequests
from clearline.records.agreement import Terms
from clearline.records.watch import MemberWatch, WatchPosition
from clearline.records.words import MemberId
from clearline.testing.floor import ApiRefused, Floor
from clearline.volumes.instant import Instant

DAY_MS = 86_400_000


def watch(member: str) -> MemberWatch:
    """Return a watch of which officer 1 holds the duty position and officer 2 its alternate."""
    return MemberWatch(MemberId(member), "watch 1", "chief", "flag", (WatchPosition("watch 1", ("watch 2",)),))


TERMS = Terms("Hotline", None, watch=(watch("AZ"), watch("IL"), watch("TR")))


@pytest.fixture
def floor() -> Floor:
    return Floor(at="2026-11-22T02:00:00Z", terms=TERMS)


def alerts(floor: Floor, member: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = floor.api(member, "GET", "/api/v1/alerts")["alerts"]
    return found


def test_seen_first_and_answered_later(floor: Floor) -> None:
    """Whoever stops the bell first and asks the guns afterwards answers with the same two words."""
    floor.cli("IL", "stop-fire")
    floor.advance(2)
    assert floor.cli("TR", "alert", "seen").exit_code == 0
    floor.advance(30)
    done = floor.cli("TR", "answer", "ceased", "all guns silent")
    assert done.exit_code == 0, done.output
    assert "CEASED to the STOP FIRE of IL, 0200Z" in done.stdout
    floor.advance(2)
    assert [a["answer"] for a in alerts(floor, "IL")[0]["answers"]] == ["ceased"]
    again = floor.cli("TR", "answer", "not-us")
    assert again.exit_code == 2, "an alert that was answered is answered once more only by its id"
    assert "waits for an answer" in again.stderr


def test_an_answer_names_its_alert_and_says_how_many_still_wait(floor: Floor) -> None:
    """With two alerts the newest is meant; the officer reads which one it was, and that another waits."""
    floor.cli("IL", "stop-fire", "--unit", "first column")
    floor.advance(60)
    floor.cli("IL", "stop-fire", "--unit", "second column")
    floor.advance(2)
    done = floor.cli("TR", "answer", "cannot-confirm")
    assert "the STOP FIRE of IL, 0201Z" in done.stdout
    assert "1 more alert waits for an answer" in done.stdout
    assert [len(one["answers"]) for one in alerts(floor, "TR")] == [1, 0]


def test_an_alert_taken_back_says_what_stops(floor: Floor) -> None:
    """What is taken back rings no more, and nobody is told that it does."""
    floor.cli("IL", "stop-fire")
    floor.advance(2)
    done = floor.cli("IL", "alert", "cancel")
    assert done.exit_code == 0
    assert "rings there until" not in done.stdout
    assert "stays in the record" in done.stdout


def test_a_flood_of_the_own_token_holds_no_answer_back(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The two words of an answer pass although the same token has used up its requests."""

    def used_up(*_: object, **__: object) -> None:
        raise TooManyRequests(retry_after_s=60)

    floor.cli("IL", "stop-fire")
    floor.advance(2)
    monkeypatch.setattr(Buckets, "take", used_up)
    with pytest.raises(ApiRefused):
        floor.api("TR", "GET", "/api/v1/inbox")
    assert floor.cli("TR", "stop-fire").exit_code == 0
    done = floor.cli("TR", "answer", "ceased")
    assert done.exit_code == 0, done.output


def test_what_goes_to_a_position_that_nobody_has_waits_for_everybody(floor: Floor) -> None:
    """A position that neither the agreement names nor anybody holds is nobody's inbox: then it is everybody's."""
    floor.api("IL", "POST", "/api/v1/messages", {"to": ["TR/wacht 1"], "text": "Call me", "precedence": "IMMEDIATE"})
    floor.api("IL", "POST", "/api/v1/messages", {"to": ["TR/watch 2"], "text": "For the alternate"})
    floor.advance(2)
    for officer, shown in (("1", ["wacht 1"]), ("2", ["wacht 1", "watch 2"])):
        waiting = floor.api("TR", "GET", "/api/v1/inbox", officer=officer)["waiting"]
        assert [due["position"] for due in waiting if due["sort"] == "message_seen"] == shown


def test_whoever_takes_a_watch_over_sees_what_waits_for_it(floor: Floor) -> None:
    """A position is held in shifts: its inbox is that of whoever holds the watch now."""
    floor.api("IL", "POST", "/api/v1/messages", {"to": ["TR/watch 2"], "text": "For the alternate"})
    floor.advance(2)
    assert not floor.api("TR", "GET", "/api/v1/inbox")["waiting"]
    begun = floor.cli("TR", "shift", "begin", "watch 2", "--until", "1600Z")
    assert begun.exit_code == 0, begun.output
    waiting = floor.api("TR", "GET", "/api/v1/inbox")["waiting"]
    assert [due["position"] for due in waiting if due["sort"] == "message_seen"] == ["watch 2"]


def test_a_flash_that_rings_is_shown_as_ringing(floor: Floor) -> None:
    """A message that rings stands on top of the inbox, and the command says by its status that something rings."""
    floor.api("IL", "POST", "/api/v1/messages", {"to": ["TR"], "text": "Look up", "precedence": "FLASH"})
    floor.advance(2)
    shown = floor.cli("TR", "inbox")
    assert shown.exit_code == 1
    assert "1 ringing" in shown.stdout
    assert shown.stdout.startswith("▲ FLASH")
    assert "Look up" in shown.stdout


def test_a_stop_fire_from_a_clock_that_starts_in_1970_rings_until_it_is_seen(floor: Floor) -> None:
    """A sender whose clock lost its battery is under fire all the same: no age of a claim makes an alert history."""
    il = floor.side.nodes["IL"]
    from clearline.channel.acts import hotline
    from clearline.channel.desk import Desk
    from clearline.records.alert import Alert, AlertSort

    floor.side.keep("IL")
    desk = Desk(il, "1", Instant(floor.now - OPEN_MS - 10 * DAY_MS), floor.side.random)
    hotline.sound(desk, Alert(AlertSort.STOP_FIRE))
    floor.side.keep("IL")
    floor.advance(30)
    (alert,) = alerts(floor, "TR")
    assert alert["ringing"]
    rings = len(floor.events("TR", "alert"))
    floor.restart("TR")
    floor.advance(600)
    assert len(floor.events("TR", "alert")) > rings
    assert alerts(floor, "TR")[0]["ringing"]
    assert floor.cli("TR", "inbox").exit_code == 1
    assert floor.cli("TR", "answer", "ceased").exit_code == 0
    floor.advance(2)
    assert not alerts(floor, "TR")[0]["ringing"]


@pytest.mark.parametrize("precedence", ["FLASH", "IMMEDIATE"])
def test_a_message_that_rings_from_a_clock_that_starts_in_1970_rings_until_it_is_seen(
    floor: Floor, precedence: str
) -> None:
    """As an alert: whatever time a FLASH or IMMEDIATE message claims, its bell stops when somebody has seen it."""
    from clearline.channel.acts import hotline
    from clearline.channel.desk import Desk
    from clearline.records.message import Message, Precedence
    from clearline.records.watch import Address

    floor.side.keep("IL")
    desk = Desk(floor.side.nodes["IL"], "1", Instant(floor.now - OPEN_MS - 10 * DAY_MS), floor.side.random)
    said = hotline.send(desk, Message(Precedence(precedence), "en", "Look up", to=(Address(MemberId("TR")),)))
    floor.side.keep("IL")
    floor.advance(30)
    rings = len(floor.events("TR", "alert"))
    assert rings >= 1
    floor.restart("TR")
    floor.advance(700)
    assert len(floor.events("TR", "alert")) > rings, "it rings again, after a restart too"
    shown = floor.api("TR", "GET", "/api/v1/inbox")
    assert [m["text"] for m in shown["ringing_messages"]] == ["Look up"]
    assert [d["sort"] for d in shown["waiting"]] == ["message_seen"]
    floor.api("TR", "POST", f"/api/v1/messages/{said.entry.id}/seen")
    floor.advance(2)
    assert not floor.api("TR", "GET", "/api/v1/inbox")["ringing_messages"]
    assert not floor.side.nodes["TR"].deadlines.ringing
    tr = floor.restart("TR")
    assert not tr.deadlines.ringing and ("entry", said.entry.id) not in {*keys(tr.case, at=floor.now)}


def test_a_flash_by_a_key_that_has_ended_is_refused_and_says_what_to_do(floor: Floor) -> None:
    """Others would give it no effect: the officer reads why, that nothing was said, and what goes all the same."""
    il = floor.side.nodes["IL"]
    held = il.picture.keys.members[MemberId("IL")]
    key = il.keys.officers["1"].public.raw
    held.granted[key] = replace(held.granted[key], until=Instant(floor.now - 1))
    done = floor.cli("IL", "message", "send", "--to", "TR", "--precedence", "FLASH", "Look up")
    assert done.exit_code == 2
    for words in ("the key of officer 1", "nothing was said", "clearline keys list", "clearline stop-fire"):
        assert words in done.stderr
    assert floor.cli("IL", "stop-fire").exit_code == 0


def test_phrases_read_back_otherwise_ring_on_both_sides_until_they_match(floor: Floor) -> None:
    """A mismatch of slots is due at once for who read and for who spoke, over a restart, until a read-back matches."""
    said = {"code": "1010", "slots": {"place": [38.317, 34.557]}}
    unlike = {"code": "1010", "slots": {"place": [38.371, 34.517]}}
    of = floor.api("IL", "POST", "/api/v1/messages", {"to": ["TR"], "phrases": [said]})["entry"]["id"]
    floor.advance(2)
    assert not floor.api("TR", "POST", f"/api/v1/messages/{of}/read_backs", {"phrases": [unlike]})["matches"]
    floor.advance(3)

    def waiting(member: str) -> dict[str, str]:
        found = floor.api(member, "GET", "/api/v1/inbox")["waiting"]
        return {d["sort"]: d["text"] for d in found if d["sort"].startswith("message_") and d["overdue"]}

    text = "TR read back otherwise than IL said: place said 34.557N 038.317E, read 34.517N 038.371E"
    assert waiting("TR") == {"message_read_back": text}
    assert waiting("IL") == {"message_differs": text}
    for member in ("TR", "IL"):
        bells = [e["sort"] for e in floor.events(member, "overdue")]
        assert sorted(b for b in bells if b.startswith("message_")) == ["message_differs", "message_read_back"]
    floor.restart("TR")
    assert waiting("TR") == {"message_read_back": text}
    assert floor.api("TR", "POST", f"/api/v1/messages/{of}/read_backs", {"phrases": [said]})["matches"]
    floor.advance(3)
    assert waiting("TR") == waiting("IL") == {}


def test_a_clock_that_leaps_and_comes_back_loses_nothing(floor: Floor) -> None:
    """A clock that shows next year for one tick takes nothing off: bells and ringing return with it."""
    floor.api("IL", "POST", "/api/v1/messages", {"to": ["TR"], "text": "Look up", "precedence": "FLASH"})
    floor.advance(2)
    tr = floor.side.nodes["TR"]
    before = {due.key for due in tr.deadlines.all(at=floor.now)}
    assert before
    tr.tick(at=Instant(floor.now + 400 * DAY_MS), random=floor.side.random)
    floor.side.keep("TR")
    floor.advance(2)
    assert {due.key for due in tr.deadlines.all(at=floor.now)} == before
    assert tr.deadlines.ringing


@pytest.mark.parametrize("claimed", [2**52, 2**53 - 1 - 60_000, 2**53 - 2])
def test_a_stop_fire_that_claims_a_time_past_every_calendar_breaks_nothing(floor: Floor, claimed: int) -> None:
    """A broken or lying clock may claim any number: the alert rings, every view answers, and the node ticks on."""
    from clearline.records.alert import Alert, AlertSort
    from clearline.testing.pair import Forger

    forger = Forger(floor.side, "IL", log="safety")
    at = Instant(claimed)
    forger.say(Alert(AlertSort.STOP_FIRE), changes={"claimed": at, "expires": at}, audience=["AZ", "IL", "TR"])
    assert floor.side.give("TR", forger.push()).size == 1
    tr = floor.side.nodes["TR"]
    for _ in range(2):
        assert tr.logs["IL/safety"].size == 1 == tr.picture.last["IL", "safety"] + 1
        (alert,) = alerts(floor, "TR")
        assert alert["ringing"]
        for path in ("log?log=IL/safety", "messages", "inbox", "deadlines", "health", "notices", "lines"):
            floor.api("TR", "GET", f"/api/v1/{path}")
        floor.side.at = Instant(floor.now + 1_000)
        tr.tick(at=floor.now, random=floor.side.random)
        floor.side.keep("TR")
        tr = floor.restart("TR")
    assert floor.cli("TR", "inbox").exit_code == 1


def test_a_revoked_or_expired_key_holds_no_stop_fire_back(floor: Floor) -> None:
    """The key of the officer on watch ends at midnight: a stop-fire of the minute after is said, heard, and flagged."""
    il = floor.side.nodes["IL"]
    from clearline.channel.acts import hotline
    from clearline.channel.desk import Desk
    from clearline.records.alert import Alert, AlertSort

    keys = il.picture.keys.members[MemberId("IL")]
    late = Instant(max(g.until for g in keys.granted.values() if g.until < Instant(2**53 - 1)) + 1_000)
    if late > floor.now + 20 * 366 * DAY_MS:
        key = il.keys.officers["1"].public.raw
        keys.granted[key] = replace(keys.granted[key], until=Instant(floor.now - 1))
        late = floor.now
    done = hotline.sound(Desk(il, "1", late, floor.side.random), Alert(AlertSort.STOP_FIRE))
    assert [flag.slug for flag in il.picture.flags_of(done.entry)] == ["expired-key"]
    floor.side.keep("IL")
    floor.side.at = max(floor.now, late)
    floor.turn()
    assert alerts(floor, "TR")[0]["ringing"]


def test_a_node_that_may_not_sign_still_says_seen_and_ceased(floor: Floor) -> None:
    """A node that lost state answers an alert by its officer's signature; the place in the log comes later."""
    floor.cli("IL", "stop-fire")
    floor.advance(2)
    tr = floor.side.nodes["TR"]
    tr.read_only = "a backup was restored"
    assert not tr.may_sign
    assert floor.cli("TR", "alert", "seen").exit_code == 0
    floor.turn()
    assert not alerts(floor, "TR")[0]["ringing"]
    (there,) = alerts(floor, "IL")
    assert [s["member"] for s in there["seen"]] == ["TR"]
    done = floor.cli("TR", "answer", "ceased")
    assert done.exit_code == 0, done.output
    floor.turn()
    assert [a["answer"] for a in alerts(floor, "IL")[0]["answers"]] == ["ceased"]
    assert floor.cli("TR", "message", "send", "--to", "IL", "routine").exit_code == 2, "nothing else is said"
    tr = floor.restart("TR")
    assert len(tr.unplaced) == 2, "what waits for its place is kept over a restart"
    assert not alerts(floor, "TR")[0]["ringing"]
    floor.advance(30)
    assert not tr.unplaced
    for member in ("IL", "TR"):
        (shown,) = alerts(floor, member)
        assert [a["answer"] for a in shown["answers"]] == ["ceased"]
        assert shown["answers"][0]["said"]["entry"]["index"] >= 0
