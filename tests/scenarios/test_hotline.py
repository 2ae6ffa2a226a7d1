"""The hotline by the sentences of its promise: absent contact, stop-fire, and what both sides are shown meanwhile."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clearline.records.agreement import Terms
from clearline.records.watch import MemberWatch, WatchPosition
from clearline.records.words import MemberId
from clearline.testing.floor import ApiRefused, Floor
from clearline.volumes.instant import parse_instant


def watch(member: str) -> MemberWatch:
    """Return a watch of which officer 1 holds the duty position and officer 2 its alternate."""
    return MemberWatch(MemberId(member), "watch 1", "chief", "flag", (WatchPosition("watch 1", ("watch 2",)),))


TERMS = Terms("Hotline", None, watch=(watch("AZ"), watch("IL"), watch("TR")))


@pytest.fixture
def floor() -> Floor:
    return Floor(at="2026-11-22T02:00:00Z", terms=TERMS)


def escalated(floor: Floor, member: str) -> list[tuple[str, str, float]]:
    return [(e["rung"], e["reached"], e["delay_s"]) for e in floor.events(member, "escalated")]


def hotline_dues(floor: Floor, member: str, *sorts: str) -> list[dict[str, Any]]:
    found = floor.api(member, "GET", "/api/v1/deadlines?count=1000")["deadlines"]
    return [due for due in found if due["sort"] in sorts]


def test_absent_contact(floor: Floor) -> None:
    """IMMEDIATE at 02:00, the primary is silent: alternate, chief and host are reached inside 5 minutes.

    Each step is recorded with its delay, at both sides, and the host learns the envelope and nothing of the text.
    """
    sent = floor.cli("IL", "message", "send", "--to", "TR", "--precedence", "immediate", "Call me: your column is lost")
    assert sent.exit_code == 0, sent.output
    begun = floor.now
    floor.advance(59)
    assert escalated(floor, "TR") == []
    floor.advance(1)
    assert [step[:2] for step in escalated(floor, "TR")] == [("alternate", "TR/watch 2")]
    floor.advance(239)
    assert floor.now - begun < 300_000
    reached = [("alternate", "TR/watch 2"), ("chief", "TR/chief"), ("host", "AZ")]
    assert [step[:2] for step in escalated(floor, "TR")] == reached
    assert all(0 <= delay <= 1 for _, _, delay in escalated(floor, "TR"))
    assert [step[:2] for step in escalated(floor, "AZ")] == [("host", "AZ")]

    (shown,) = floor.api("IL", "GET", "/api/v1/messages")["messages"]
    claimed = parse_instant(shown["said"]["claimed"], where="claimed")
    after = [parse_instant(step["due"], where="due") - claimed for step in shown["escalations"]]
    assert after == [60_000, 150_000, 240_000]
    assert [step["rung"] for step in shown["escalations"]] == ["alternate", "chief", "host"]

    told = floor.cli("AZ", "inbox")
    assert told.exit_code == 1
    assert "IMMEDIATE unanswered between IL and TR since 2026-11-22T02:00:0" in told.stdout
    assert "column" not in json.dumps(floor.api("AZ", "GET", "/api/v1/inbox")) + told.stdout
    assert floor.api("AZ", "GET", "/api/v1/messages")["messages"] == []

    floor.advance(61)
    assert [step[0] for step in escalated(floor, "TR")] == ["alternate", "chief", "host", "flag"]
    for member in ("IL", "TR"):
        (due,) = hotline_dues(floor, member, "message_seen")
        assert due["overdue"] and due["owes"] == "TR", "overdue is an alarm on both sides"

    of = shown["said"]["entry"]["id"]
    assert floor.cli("TR", "message", "seen", of[:12], officer="2").exit_code == 0
    floor.advance(2)
    for member in ("IL", "TR"):
        assert hotline_dues(floor, member, "message_seen") == []
    (shown,) = floor.api("IL", "GET", "/api/v1/messages")["messages"]
    assert shown["seen"][0]["positions"] == ["watch 2"]
    assert floor.api("AZ", "GET", "/api/v1/inbox")["envelopes"] == [], "the host learns that it is over"
    before = floor.side.nodes["TR"].own("safety").size
    floor.advance(120)
    assert floor.side.nodes["TR"].own("safety").size == before, "nobody is reached any more"


def test_the_host_calls_the_silent_side_and_learns_that_it_is_over(floor: Floor) -> None:
    """Its message about the envelope is who has seen it there, and when; a matter that is taken back is over."""
    floor.cli("IL", "stop-fire", "--place", "the western fence")
    floor.advance(62)
    (told,) = floor.api("AZ", "GET", "/api/v1/inbox")["envelopes"]
    assert told["called"] is None
    assert "not called yet" in floor.cli("AZ", "inbox").stdout
    body = {"to": ["TR", "IL"], "precedence": "IMMEDIATE", "text": "Call us.", "about": told["said"]["entry"]["id"]}
    called = floor.api("AZ", "POST", "/api/v1/messages", body)["entry"]["id"]
    floor.advance(2)
    (told,) = floor.api("AZ", "GET", "/api/v1/inbox")["envelopes"]
    assert told["called"]["entry"]["id"] == called
    assert told["called"]["positions"] == ["watch 1"]
    assert ", called " in floor.cli("AZ", "inbox").stdout
    (heard,) = floor.api("TR", "GET", "/api/v1/messages")["messages"]
    assert heard["about"] == told["said"]["entry"]["id"]
    assert floor.cli("IL", "alert", "cancel").exit_code == 0
    floor.advance(2)
    assert floor.api("AZ", "GET", "/api/v1/inbox")["envelopes"] == []


def test_a_contact_that_is_there_is_not_passed_over(floor: Floor) -> None:
    """Seen within its time, nothing escalates."""
    floor.cli("IL", "message", "send", "--to", "TR", "--precedence", "immediate", "Call me")
    floor.advance(30)
    of = floor.api("TR", "GET", "/api/v1/messages")["messages"][0]["said"]["entry"]["id"]
    floor.api("TR", "POST", f"/api/v1/messages/{of}/seen")
    floor.advance(400)
    assert [escalated(floor, member) for member in ("IL", "TR", "AZ")] == [[], [], []]


def test_an_escalation_is_said_once_over_restarts(floor: Floor) -> None:
    """A node that comes back while a position is silent says each step once, those that it missed with their delay."""
    floor.cli("IL", "message", "send", "--to", "TR", "--precedence", "immediate", "Call me")
    floor.advance(61)
    floor.restart("TR")
    floor.advance(100)
    floor.restart("TR")
    floor.restart("IL")
    floor.advance(100)
    floor.restart("TR")
    floor.advance(100)
    assert [step[0] for step in escalated(floor, "TR")] == ["alternate", "chief", "host", "flag"]
    assert [step[0] for step in escalated(floor, "IL")] == ["alternate", "chief", "host", "flag"]


def test_a_message_that_came_late_reaches_everybody_at_once(floor: Floor) -> None:
    """After a partition every rung is overdue at once, and the delay of each is in the record."""
    floor.cut_off("TR")
    floor.cli("IL", "message", "send", "--to", "TR", "--precedence", "immediate", "Call me")
    floor.advance(400)
    assert [step[0] for step in escalated(floor, "IL")] == ["host"], "the sender's node reaches the host by itself"
    floor.mend_all()
    floor.advance(40)
    found = {rung: delay for rung, _, delay in escalated(floor, "TR")}
    assert {*found} == {"alternate", "chief", "flag", "host"}
    assert found["alternate"] > 300 and found["chief"] > 200
    assert found["alternate"] - found["chief"] == pytest.approx(90, abs=1)


def test_stop_fire_with_the_main_line_down(floor: Floor) -> None:
    """It arrives by the second bearer, rings before its place in the log is proven, and is seen within 60 s."""
    floor.cut("IL", "TR")
    floor.advance(5)
    begun = floor.now
    said = floor.cli("IL", "stop-fire")
    assert said.exit_code == 0, said.output
    floor.turn()
    (rang,) = floor.events("TR", "alert")
    assert rang["sort"] == "stop_fire" and rang["ahead_of_log"] and not rang["again"]
    ringing = floor.api("TR", "GET", "/api/v1/inbox")["ringing"]
    assert [one["sort"] for one in ringing] == ["stop_fire"]
    floor.advance(20)
    answered = floor.cli("TR", "answer", "ceased", "all guns silent")
    assert answered.exit_code == 0, answered.output
    assert floor.now - begun < 60_000
    floor.advance(5)
    shown = floor.cli("IL", "alert", "list").stdout
    assert "seen      TR (watch 1) after 20." in shown or "seen      TR (watch 1) after 21." in shown
    assert "answered  CEASED by TR (watch 1): all guns silent" in shown
    assert floor.api("TR", "GET", "/api/v1/inbox")["ringing"] == []
    floor.advance(300)
    assert [e for m in ("IL", "TR", "AZ") for e in escalated(floor, m)] == []


def test_an_unseen_stop_fire_escalates_every_two_minutes(floor: Floor) -> None:
    """Not seen within 60 s it goes to the alternate and the host, then every 2 minutes on through the watch."""
    floor.api("IL", "POST", "/api/v1/stop-fire")
    floor.advance(310)
    assert [step[:2] for step in escalated(floor, "TR")] == [
        ("alternate", "TR/watch 2"),
        ("host", "AZ"),
        ("chief", "TR/chief"),
        ("flag", "TR/flag"),
    ]
    (shown,) = floor.api("TR", "GET", "/api/v1/alerts")["alerts"]
    claimed = parse_instant(shown["said"]["claimed"], where="claimed")
    after = [parse_instant(step["due"], where="due") - claimed for step in shown["escalations"]]
    assert after == [60_000, 60_000, 180_000, 300_000]
    assert "STOP FIRE unanswered between IL and TR" in floor.cli("AZ", "inbox").stdout
    rings = floor.events("TR", "alert")
    assert len(rings) > 25, "it repeats until somebody has seen it"
    for member in ("IL", "TR"):
        assert [d["overdue"] for d in hotline_dues(floor, member, "alert_seen", "alert_answered")] == [True, True]


def test_a_stop_fire_rings_again_after_a_restart_until_it_is_seen(floor: Floor) -> None:
    """What was heard ahead of its log is kept: a restart loses neither the ringing nor the mark."""
    floor.cut_off("TR")
    floor.advance(5)
    floor.cli("IL", "stop-fire", "--place", "the western fence")
    (ahead,) = floor.side.nodes["IL"].to_shout(MemberId("TR"), at=floor.now)
    tr = floor.side.nodes["TR"]
    assert tr.take_ahead(ahead, at=floor.now, random=floor.side.random)
    assert not tr.take_ahead(ahead, at=floor.now, random=floor.side.random), "a replay rings no second time"
    floor.side.keep("TR")
    floor.restart("TR")
    floor.advance(11)
    (alert,) = floor.api("TR", "GET", "/api/v1/alerts")["alerts"]
    assert alert["ahead_of_log"] and alert["ringing"] and alert["place"] == "the western fence"
    assert floor.events("TR", "alert")[-1]["again"]
    assert floor.cli("TR", "alert", "seen").exit_code == 0
    floor.mend_all()
    floor.advance(40)
    (alert,) = floor.api("TR", "GET", "/api/v1/alerts")["alerts"]
    assert not alert["ahead_of_log"] and not alert["ringing"]
    assert len(floor.events("TR", "proven")) == 1
    (there,) = floor.api("IL", "GET", "/api/v1/alerts")["alerts"]
    assert [s["member"] for s in there["seen"]] == ["TR"]


def test_a_stop_fire_works_with_one_field_and_answers_only_by_its_three_words(floor: Floor) -> None:
    """An empty body will do; each single field will do; `understood` is no answer to it."""
    for body in (None, {}, {"unit": "2nd column"}, {"position": [38.3, 34.5]}, {"text": "Dur"}, {"place": "T4"}):
        floor.api("IL", "POST", "/api/v1/stop-fire", body)
    floor.advance(2)
    alerts = floor.api("TR", "GET", "/api/v1/alerts")["alerts"]
    assert len(alerts) == 6 and all(one["ringing"] for one in alerts)
    of = alerts[0]["said"]["entry"]["id"]
    with pytest.raises(ApiRefused) as refused:
        floor.api("TR", "POST", f"/api/v1/alerts/{of}/answers", {"answer": "understood"})
    assert refused.value.status == 422
    floor.api("TR", "POST", f"/api/v1/alerts/{of}/answers", {"answer": "cannot_confirm"})
    odd = floor.cli("IL", "stop-fire", "--position", "somewhere by the river")
    assert odd.exit_code == 0, "a position that cannot be read travels as words"
    floor.advance(2)
    assert floor.api("TR", "GET", "/api/v1/alerts")["alerts"][0]["place"] == "somewhere by the river"


def test_a_stop_fire_can_be_taken_back_by_its_author_alone(floor: Floor) -> None:
    """Cancel-last stops the ringing and the deadlines; the alert stays in the record, marked."""
    floor.cli("IL", "stop-fire")
    floor.advance(2)
    of = floor.api("TR", "GET", "/api/v1/alerts")["alerts"][0]["said"]["entry"]["id"]
    with pytest.raises(ApiRefused) as refused:
        floor.api("TR", "POST", "/api/v1/alerts/cancellations", {"of": of})
    assert refused.value.status == 403
    assert floor.cli("IL", "alert", "cancel", "--text", "it was our own").exit_code == 0
    floor.advance(2)
    assert floor.api("TR", "GET", "/api/v1/inbox")["ringing"] == []
    assert hotline_dues(floor, "TR", "alert_seen", "alert_answered") == []
    assert [one["sort"] for one in floor.api("TR", "GET", "/api/v1/alerts")["alerts"]] == ["cancel_last", "stop_fire"]
    assert floor.api("TR", "GET", "/api/v1/alerts")["alerts"][1]["cancelled"]["member"] == "IL"


def test_nothing_mutes_a_stop_fire(floor: Floor) -> None:
    """No route of the API speaks of muting, and what a watch does with everything else leaves it ringing."""
    from clearline.faces.api.endpoints import ENDPOINTS

    for endpoint in ENDPOINTS:
        said = f"{endpoint.path} {endpoint.name} {endpoint.summary}".lower()
        assert not any(word in said for word in ("mute", "silence an", "snooze", "disable"))
    floor.cli("IL", "message", "send", "--to", "TR", "--precedence", "flash", "Look at your radar")
    floor.cli("IL", "stop-fire")
    floor.advance(2)
    flash = floor.api("TR", "GET", "/api/v1/messages")["messages"][0]["said"]["entry"]["id"]
    floor.api("TR", "POST", f"/api/v1/messages/{flash}/seen")
    floor.restart("TR")
    floor.advance(20)
    assert [one["sort"] for one in floor.api("TR", "GET", "/api/v1/inbox")["ringing"]] == ["stop_fire"]


def test_companions(floor: Floor) -> None:
    """Each companion rings, is answered by a word, and a query is owed an answer."""
    for sort in ("emergency-entry", "stray", "hazard", "search-and-rescue", "query"):
        done = floor.cli(
            "TR", "alert", "sound", sort, "--position", "3433N 03819E", "--unit", "KARTAL 1", "to", "--to", "IL"
        )
        assert done.exit_code == 0, done.output
    floor.advance(2)
    alerts = floor.api("IL", "GET", "/api/v1/alerts")["alerts"]
    assert sorted(one["sort"] for one in alerts) == sorted(
        ["emergency_entry", "stray", "hazard", "search_and_rescue", "query"]
    )
    assert alerts[0]["position"] == pytest.approx([38 + 19 / 60, 34 + 33 / 60], abs=1e-6)
    assert len(hotline_dues(floor, "IL", "alert_answered")) == 1
    for _ in alerts:
        assert floor.cli("IL", "answer", "understood").exit_code == 0
    floor.advance(2)
    assert hotline_dues(floor, "TR", "alert_seen", "alert_answered") == []


def test_threads_bind_messages_to_what_they_are_about(floor: Floor) -> None:
    """A reply stands in the thread of what it answers; a thread may be bound to a conflict or an incident by name."""
    floor.api("IL", "POST", "/api/v1/messages", {"to": ["TR/watch 2"], "text": "First", "thread": "INC-7"})
    floor.advance(2)
    floor.api("TR", "POST", "/api/v1/messages", {"to": ["IL"], "text": "Second", "thread": "INC-7"})
    floor.api("TR", "POST", "/api/v1/messages", {"to": ["IL"], "text": "Another", "audience": ["AZ"]})
    floor.advance(2)
    threads = floor.api("IL", "GET", "/api/v1/threads")["threads"]
    named = {one["thread"]: one for one in threads}
    assert (named["INC-7"]["messages"], named["INC-7"]["unseen"]) == (2, 1)
    assert len(threads) == 2
    texts = [m["text"] for m in floor.api("IL", "GET", "/api/v1/messages?thread=INC-7")["messages"]]
    assert texts == ["Second", "First"]
    (first,) = [m for m in floor.api("TR", "GET", "/api/v1/messages")["messages"] if m["text"] == "First"]
    assert first["to"] == ["TR/watch 2"]
    waiting = floor.api("TR", "GET", "/api/v1/inbox", officer="1")["waiting"]
    assert not [d for d in waiting if d["position"] == "watch 2"], (
        "what waits for another position is not in this inbox"
    )
    assert [m["text"] for m in floor.api("AZ", "GET", "/api/v1/messages")["messages"]] == ["Another"]
    with pytest.raises(ApiRefused):
        floor.api("AZ", "POST", f"/api/v1/messages/{'0' * 64}/seen")


def test_a_flood_of_the_own_token_holds_no_stop_fire_back(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit of requests holds back reading, and neither a stop-fire nor its answer."""
    monkeypatch.setattr("clearline.faces.api.access.now", lambda: floor.now)
    held_back = 0
    for _ in range(5_000):
        try:
            floor.api("IL", "GET", "/api/v1/me")
        except ApiRefused as refused:
            assert refused.status == 429
            held_back += 1
            if held_back == 3:
                break
    assert held_back == 3, "there is a limit, or this proves nothing"
    for _ in range(20):
        floor.api("IL", "POST", "/api/v1/stop-fire")
    floor.turn()
    assert len(floor.api("TR", "GET", "/api/v1/inbox")["ringing"]) == 20
