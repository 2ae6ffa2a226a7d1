"""Lines by the sentences of their promise: refused, blocked, suspended, resumed; and checks at fixed times."""

from __future__ import annotations

from typing import Any

import pytest

from clearline.channel.acts import line_acts
from clearline.records.agreement import Terms
from clearline.records.line import Matter
from clearline.records.watch import MemberWatch
from clearline.records.words import MemberId
from clearline.testing.floor import ApiRefused, Floor
from clearline.testing.floor_acts import file_notice, leap, second
from clearline.volumes.instant import Instant, format_instant

WATCH = tuple(MemberWatch(MemberId(m), "watch 1", "", "", ()) for m in ("AZ", "IL", "TR"))
TERMS = Terms("Lines", None, watch=WATCH)


@pytest.fixture
def floor() -> Floor:
    """A floor at eight in the morning, on which every watch answered the check of midnight."""
    floor = Floor(at="2026-11-22T08:00:00Z", terms=TERMS)
    for caller in floor.side.nodes:
        for called in floor.side.nodes[caller].peers:
            line_acts.check_line(floor.side.desk(caller), called)
    floor.advance(2)
    for answering in floor.side.nodes:
        for asking in floor.side.nodes[answering].peers:
            line_acts.answer_check(floor.side.desk(answering), by=asking)
    floor.advance(2)
    return floor


def line(floor: Floor, at: str, to: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = floor.api(at, "GET", "/api/v1/lines")["lines"]
    return next(one for one in found if one["member"] == to)


def bells(floor: Floor, member: str, sort: str) -> list[dict[str, Any]]:
    return [event for event in floor.events(member, "overdue") if event["sort"] == sort]


def ringing(floor: Floor, member: str) -> list[str]:
    return [one["sort"] for one in floor.api(member, "GET", "/api/v1/inbox")["ringing"]]


def suspend(floor: Floor, member: str, *others: str, reason: str = "After the incident at noon") -> str:
    """Suspend everything that can be suspended, by two officers; return the id of the suspension."""
    body = {"members": [*others], "matters": [m.value for m in Matter], "reason": reason}
    waits = floor.api(member, "POST", "/api/v1/suspensions", body)
    said = second(floor, member, waits["id"])
    floor.advance(2)
    return str(said["entry"]["id"])


def test_refused_line(floor: Floor) -> None:
    """Heartbeat up, checks unanswered: state "unanswered"; notices queue with delivery proof; stop-fire still rings."""
    called = floor.cli("TR", "line", "check", "IL")
    assert called.exit_code == 0, called.output
    floor.advance(899)
    assert line(floor, "TR", "IL")["state"] == "up", "the agreed quarter of an hour is not over"
    floor.advance(3)
    shown = line(floor, "TR", "IL")
    assert shown["state"] == "unanswered" and shown["raised"]
    assert shown["words"].startswith("heartbeat up; the check of 2026-11-22T08:00:")
    assert shown["heard"] is not None and shown["sent"]["answered"] is None
    assert line(floor, "IL", "TR")["state"] == "up", "it is IL's watch that does not answer"
    for member in ("TR", "IL"):
        (bell,) = bells(floor, member, "line_check_answer")
        assert (bell["owes"], bell["to"]) == ("IL", "TR"), "raised on both sides, once"

    filed = file_notice(floor, "TR", "TR-1")["entry"]["id"]
    floor.advance(3)
    (waits,) = floor.api("TR", "GET", "/api/v1/lines/IL/waiting")["waiting"]
    assert waits["said"]["entry"]["id"] == filed and waits["reference"] == "TR-1"
    assert waits["delivered"] is not None, "a delivery cosignature proves that it is there"
    assert "TR-1" in floor.cli("TR", "line", "waiting", "IL").stdout

    assert floor.cli("TR", "stop-fire", "--place", "the northern road").exit_code == 0
    floor.advance(2)
    assert ringing(floor, "IL") == ["stop_fire"]

    listed = floor.cli("TR", "line", "list")
    assert listed.exit_code == 1 and "UNANSWERED" in listed.stdout, "a line is to be raised"
    assert floor.cli("IL", "line", "answer", "TR").exit_code == 0
    floor.advance(3)
    assert line(floor, "TR", "IL")["state"] == "up"
    assert line(floor, "TR", "IL")["sent"]["reading"] == "well"


def test_a_check_that_is_answered_in_time_raises_nothing(floor: Floor) -> None:
    """The same check, answered within the quarter of an hour: no bell, on no side."""
    floor.cli("TR", "line", "check", "IL")
    floor.advance(600)
    floor.cli("IL", "line", "answer", "TR", "--with-difficulty")
    floor.advance(400)
    assert line(floor, "TR", "IL")["state"] == "up"
    assert line(floor, "TR", "IL")["sent"]["reading"] == "with_difficulty"
    assert not bells(floor, "TR", "line_check_answer") and not bells(floor, "IL", "line_check_answer")


def test_a_blocked_line_is_raised_on_both_sides_within_the_agreed_minutes(floor: Floor) -> None:
    """Nothing is heard either way: late at once, an alarm after 15 minutes on each side, once, over a restart too."""
    floor.cut_off("IL")
    floor.advance(200)
    for here, there in (("TR", "IL"), ("IL", "TR")):
        assert line(floor, here, there)["state"] == "late"
        assert "no line" in line(floor, here, there)["fault"], "the evidence names what the transport said"
        assert not line(floor, here, there)["raised"]
    floor.advance(580)
    floor.restart("TR")
    floor.advance(60)
    assert not bells(floor, "TR", "line") and not bells(floor, "IL", "line")
    floor.advance(240)
    for here, there in (("TR", "IL"), ("IL", "TR")):
        assert line(floor, here, there)["raised"]
        assert [b["owes"] for b in bells(floor, here, "line") if b["owes"] == there] == [there]
    floor.restart("TR")
    floor.advance(240)
    assert len([b for b in bells(floor, "TR", "line") if b["owes"] == "IL"]) == 1, "neither lost nor doubled"
    floor.mend_all()
    floor.advance(90)
    assert line(floor, "TR", "IL")["state"] == line(floor, "IL", "TR")["state"] == "up"
    floor.cut_off("IL")
    floor.advance(960)
    assert len([b for b in bells(floor, "TR", "line") if b["owes"] == "IL"]) == 2, "a new silence is a new alarm"


def test_a_leap_of_the_clock_raises_no_silence(floor: Floor) -> None:
    """The clock leaps ten hours, forward and back: whoever still beats is not raised, and the next silence is."""
    for hours in (3, -3):
        leap(floor, hours)
        floor.advance(200)
        assert line(floor, "TR", "IL")["state"] == "up"
        assert not bells(floor, "TR", "line")
    floor.cut_off("IL")
    floor.advance(950)
    assert line(floor, "TR", "IL")["raised"], "a clock that was set back does not hide a silence"


def test_checks_are_owed_at_fixed_times_by_one_side_after_the_other(floor: Floor) -> None:
    """Every 12 hours one side calls, then the other; hourly while a notice is in force; a check not sent is raised."""
    callers = []
    for hours in (4, 12, 12):
        leap(floor, hours)
        owed = line(floor, "TR", "IL")["owed"]
        assert owed == line(floor, "IL", "TR")["owed"], "both sides derive the same"
        assert owed["slot"].endswith(("T12:00:00Z", "T00:00:00Z")) and not owed["done"]
        callers.append(owed["caller"])
    assert callers[0] != callers[1] and callers[0] == callers[2]
    caller = callers[-1]
    called = "IL" if caller == "TR" else "TR"
    floor.advance(910)
    assert line(floor, called, caller)["state"] == "unanswered"
    assert f"no check from {caller} at the fixed time" in line(floor, called, caller)["words"]
    assert any(b["owes"] == caller for b in bells(floor, called, "line_check"))
    floor.cli(caller, "line", "check", called)
    floor.advance(3)
    assert line(floor, called, caller)["owed"]["done"]
    assert line(floor, called, caller)["state"] == "up"
    assert line(floor, called, caller)["received"]["slot"] == line(floor, called, caller)["owed"]["slot"]

    file_notice(floor, "TR", "TR-1")
    leap(floor, 1.9)
    owed = line(floor, "TR", "IL")["owed"]
    slot = Instant(floor.now - floor.now % 3_600_000)
    assert owed["slot"] == format_instant(slot), "hourly while a notice is in force"
    floor.restart("TR")
    assert line(floor, "TR", "IL")["owed"] == owed
    leap(floor, 3)
    assert line(floor, "TR", "IL")["owed"]["slot"].endswith(("T12:00:00Z", "T00:00:00Z")), "it is over"


def test_suspend_and_resume(floor: Floor) -> None:
    """A formal act of two persons, shown with reason; the safety floor stays open; serials reconcile without a gap."""
    body = {"members": ["TR"], "matters": ["messages", "notices"], "reason": "After the incident at noon"}
    waits = floor.api("IL", "POST", "/api/v1/suspensions", body)
    assert waits["state"] == "waiting" and waits["lacking"]
    floor.advance(5)
    assert line(floor, "TR", "IL")["state"] == "up", "one officer suspends nothing"
    with pytest.raises(ApiRefused, match="signed this already"):
        floor.api("IL", "POST", f"/api/v1/drafts/{waits['id']}/signatures", {}, officer="1")
    of = second(floor, "IL", waits["id"])["entry"]["id"]
    floor.advance(2)
    for here, there in (
        ("TR", "IL"),
        ("IL", "TR"),
    ):
        shown = line(floor, here, there)
        assert (shown["state"], shown["beneath"]) == ("suspended", "up")
        (standing,) = shown["suspensions"]
        assert standing["said"]["member"] == "IL" and standing["reason"] == "After the incident at noon"
    assert line(floor, "AZ", "IL")["state"] == "up", "the exchange with others goes on"
    assert "SUSPENDED" in floor.cli("TR", "line", "list").stdout

    filed = file_notice(floor, "TR", "TR-1")["entry"]["id"]
    assert floor.cli("TR", "message", "send", "--to", "IL", "Please read TR-1").exit_code == 0
    floor.advance(3)
    queue = floor.api("TR", "GET", "/api/v1/lines/IL/waiting")["waiting"]
    assert {one["kind"] for one in queue} == {"notice", "message"}
    assert all(one["filed_while_suspended"] and one["delivered"] for one in queue)

    for alert in ("stop-fire", "alert sound search-and-rescue", "alert sound hazard"):
        assert floor.cli("TR", *alert.split()).exit_code == 0
    floor.advance(2)
    assert sorted(ringing(floor, "IL")) == ["hazard", "search_and_rescue", "stop_fire"], "the floor stays open"
    assert floor.cli("IL", "answer", "cannot-confirm").exit_code == 0
    assert floor.cli("TR", "line", "check", "IL").exit_code == 0, "so does the line check"

    resumed = floor.cli("IL", "resume", of[:12], "--remarks", "Settled")
    assert resumed.exit_code == 0 and "DRAFT" in resumed.stdout
    (draft,) = floor.api("IL", "GET", "/api/v1/drafts")["drafts"]
    second(floor, "IL", draft["id"])
    floor.advance(2)
    for member in ("IL", "TR", "AZ"):
        (shown,) = floor.api(member, "GET", "/api/v1/suspensions")["suspensions"]
        assert shown["resumed"] is not None and shown["remarks"] == "Settled"
        logs = {one["log"]: one for one in shown["reconciled"]}
        assert set(logs) == {"IL/main", "IL/safety", "TR/main", "TR/safety"}
        assert all(one["whole"] for one in logs.values()), "nothing is missing"
        serial = next(
            e for e in floor.api(member, "GET", "/api/v1/log?log=TR/main")["entries"] if e["entry"]["id"] == filed
        )
        assert logs["TR/main"]["first"] <= serial["entry"]["index"] <= logs["TR/main"]["last"]
    assert line(floor, "TR", "IL")["state"] == "up"
    assert "nothing is missing here" in floor.cli("TR", "line", "suspensions").stdout

    file_notice(floor, "TR", "TR-2", lon=39.0)
    floor.advance(2)
    queue = floor.api("TR", "GET", "/api/v1/lines/IL/waiting")["waiting"]
    marked = {one["reference"] for one in queue if one["filed_while_suspended"] and one["reference"]}
    assert marked == {"TR-1"}, "TR-2 was filed after it was resumed"


def test_a_gap_in_the_serials_is_shown(floor: Floor) -> None:
    """Who was cut off while the exchange was suspended sees which serials it still lacks, until it holds them."""
    of = suspend(floor, "IL", "TR")
    floor.cut_off("AZ")
    file_notice(floor, "TR", "TR-1")
    floor.advance(3)
    waits = floor.api("IL", "POST", f"/api/v1/suspensions/{of}/resumption", {})
    second(floor, "IL", waits["id"])
    floor.mend("AZ", "IL")
    floor.side.push("IL", "AZ", "safety")
    (shown,) = floor.api("AZ", "GET", "/api/v1/suspensions")["suspensions"]
    lacking = {one["log"]: one for one in shown["reconciled"] if not one["whole"]}
    assert lacking["TR/main"]["agrees"] is None and lacking["TR/main"]["held"] <= lacking["TR/main"]["last"]
    floor.mend_all()
    floor.advance(120)
    (shown,) = floor.api("AZ", "GET", "/api/v1/suspensions")["suspensions"]
    assert all(one["whole"] for one in shown["reconciled"])


def test_the_safety_floor_is_no_matter_that_can_be_suspended(floor: Floor) -> None:
    """No word of the closed list names it: not over the API, not at the terminal, not in the record's own parser."""
    for word in ("stop_fire", "alerts", "safety", "search_and_rescue", "hazard", "line_checks"):
        with pytest.raises(ApiRefused) as caught:
            body = {"members": ["TR"], "matters": [word], "reason": "x"}
            floor.api("IL", "POST", "/api/v1/suspensions", body)
        assert caught.value.status == 422
        assert floor.cli("IL", "suspend", "TR", "--what", word, "--reason", "x").exit_code == 2
    assert {m.value for m in Matter} == {"notices", "messages", "enquiries", "meetings"}


def test_only_who_suspended_resumes_and_nobody_suspends_twice(floor: Floor) -> None:
    """Each refusal says why; nothing is stored."""
    of = suspend(floor, "IL", "TR")
    before = floor.side.nodes["TR"].own("safety").size
    with pytest.raises(ApiRefused, match="IL suspended, and it alone resumes"):
        floor.api("TR", "POST", f"/api/v1/suspensions/{of}/resumption", {})
    with pytest.raises(ApiRefused, match="resume it first"):
        floor.api("IL", "POST", "/api/v1/suspensions", {"members": ["TR"], "matters": ["notices"], "reason": "x"})
    with pytest.raises(ApiRefused, match="other members"):
        floor.api("TR", "POST", "/api/v1/suspensions", {"members": ["TR"], "matters": ["notices"], "reason": "x"})
    with pytest.raises(ApiRefused, match="no suspension"):
        floor.api("IL", "POST", f"/api/v1/suspensions/{'0' * 64}/resumption", {})
    assert floor.side.nodes["TR"].own("safety").size == before
