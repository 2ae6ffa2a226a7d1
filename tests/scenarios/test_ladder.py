"""The ladder by the sentences of its promise: wrong grid, late notice, overlap settled, last mile."""

from __future__ import annotations

from typing import Any

import pytest

from clearline.channel.view import SILENCE
from clearline.testing.floor import ApiRefused, Floor

PALMYRA = (38.3170, 34.5574)


@pytest.fixture
def floor() -> Floor:
    return Floor(at="2026-11-22T02:00:00Z")


def notice(
    floor: Floor, party: str, reference: str, *, start_s: float, last_s: float = 3600, **more: Any
) -> dict[str, Any]:
    properties = {
        "party": party,
        "notice": reference,
        "activity": "air",
        "radius_m": 5000,
        "start": floor.zulu(start_s),
        "end": floor.zulu(start_s + last_s),
        "lower": "SFC",
        "upper": "FL100",
        **more,
    }
    geometry = {"type": "Point", "coordinates": [*PALMYRA]}
    feature = {"type": "Feature", "geometry": geometry, "properties": properties}
    return {"type": "FeatureCollection", "features": [feature]}


def dues(floor: Floor, member: str, sort: str) -> list[dict[str, Any]]:
    found = floor.api(member, "GET", "/api/v1/deadlines?count=1000")["deadlines"]
    return [due for due in found if due["sort"] == sort]


def read_back(floor: Floor, filed: dict[str, Any], of: str, position: list[float]) -> dict[str, Any]:
    (feature,) = filed["features"]
    volume = {"position": position, **{n: feature["properties"][n] for n in ("lower", "upper", "start", "end")}}
    body = {"step": "read_back", "of": of, "activity": "air", "nature": "own_presence", "volumes": [volume]}
    answer: dict[str, Any] = floor.api("IL", "POST", "/api/v1/notices/TR/TR-1/acknowledgements", body)
    return answer


def ladder(floor: Floor, member: str) -> dict[str, Any]:
    answer = floor.api(member, "GET", "/api/v1/notices/TR/TR-1")
    (rung,) = [r for r in answer["notice"]["ladder"] if r["member"] == "IL"]
    assert answer["notice"]["silence"] == SILENCE
    return dict(rung)


def test_what_is_owed_says_what_its_notice_does_and_when(floor: Floor) -> None:
    """Whoever lists what waits needs no second question; what is owed about no notice names none."""
    floor.api("TR", "POST", "/api/v1/notices", notice(floor, "TR", "TR-1", start_s=6 * 3600))
    floor.advance(5)
    (due,) = dues(floor, "IL", "seen")
    assert due["notice"] == {"activity": "air", "start": floor.zulu(6 * 3600 - 5), "end": floor.zulu(7 * 3600 - 5)}
    assert dues(floor, "IL", "read_back")[0]["notice"] == due["notice"]
    floor.api("TR", "POST", "/api/v1/messages", {"to": ["IL"], "text": "good night", "precedence": "ROUTINE"})
    floor.advance(5)
    assert [due["notice"] for due in dues(floor, "IL", "message_seen")] == [None]


def test_wrong_grid(floor: Floor) -> None:
    """A place 9 km from the named base, two digits swapped: the read-back shows it, and the step stays open.

    It is corrected later; both versions remain in the record, at both sides.
    """
    filed = notice(floor, "TR", "TR-1", start_s=6 * 3600)
    of = floor.api("TR", "POST", "/api/v1/notices", filed)["entry"]["id"]
    floor.advance(5)
    floor.api("IL", "POST", "/api/v1/notices/TR/TR-1/acknowledgements", {"step": "seen"})
    swapped = [38.3170, 34.4754]
    answer = read_back(floor, filed, of, swapped)
    assert not answer["matches"]
    assert [(d["what"], d["filed"], d["read"]) for d in answer["differences"]] == [
        ("place", "34.55740, 38.31700", "34.47540, 38.31700")
    ]
    floor.advance(5)
    for member in ("IL", "TR"):
        rung = ladder(floor, member)
        assert rung["reached"] == "seen" and not rung["read_back"]["matches"]
        (due,) = dues(floor, member, "read_back")
        assert "read back otherwise than filed: place" in due["text"]
    objection = {"step": "position", "of": of, "stance": "objection", "reason": "our patrol is there"}
    floor.api("IL", "POST", "/api/v1/notices/TR/TR-1/acknowledgements", objection)
    assert ladder(floor, "IL")["position"]["stance"] == "objection", "nobody must read back before objecting"

    assert read_back(floor, filed, of, [*PALMYRA])["matches"]
    floor.advance(5)
    for member in ("IL", "TR"):
        assert ladder(floor, member)["reached"] == "read_back"
        assert dues(floor, member, "read_back") == []
    given = floor.side.nodes["TR"].picture.answers[of].values()
    assert sum(record.KIND == "read_back" for _, record in given) == 2, "both versions remain"


def test_late_notice(floor: Floor) -> None:
    """Filed 50 s before its start it is delivered at once, as LATE with a margin of 50 s."""
    answer = floor.api("TR", "POST", "/api/v1/notices", notice(floor, "TR", "TR-1", start_s=50))
    assert answer["lateness"]["late"] and answer["lateness"]["margin_s"] == 50.0
    floor.turn()
    there = floor.api("IL", "GET", "/api/v1/notices/TR/TR-1")["notice"]
    assert there["lateness"]["late"] and there["lateness"]["margin_s"] == 50.0
    assert there["ladder"][0]["member"] == "IL"
    here = floor.api("TR", "GET", "/api/v1/notices/TR/TR-1")["notice"]["ladder"]
    assert [r["delivered"] is not None for r in here if r["member"] == "IL"] == [True]
    shown = floor.cli("IL", "notice", "show", "TR", "TR-1")
    assert "LATE" in shown.stdout and "50 s" in shown.stdout
    assert SILENCE in shown.stdout
    (due,) = dues(floor, "IL", "seen")
    assert due["overdue_s"] >= -60, "nobody is asked for less than a minute, nor given more than to the start"


def test_overlap_settled(floor: Floor) -> None:
    """A 20-minute shift is proposed and accepted: the conflict is gone on both sides, the history is whole."""
    il = notice(floor, "IL", "IL-1", start_s=4 * 3600, last_s=900)
    floor.api("IL", "POST", "/api/v1/notices", il)
    floor.advance(3)
    tr = notice(floor, "TR", "TR-1", start_s=4 * 3600 + 600, last_s=1800, callsign="KARTAL 1")
    filed = floor.api("TR", "POST", "/api/v1/notices", tr)
    assert len(filed["conflicts"]) == 1
    floor.advance(3)
    for member in ("IL", "TR"):
        assert len(floor.api(member, "GET", "/api/v1/conflicts")["conflicts"]) == 1

    moved = notice(floor, "TR", "TR-1", start_s=4 * 3600 + 600 + 1200, last_s=1800)
    floor.api("IL", "POST", "/api/v1/notices/TR/TR-1/acknowledgements", {"step": "seen"})
    proposal = floor.api(
        "IL",
        "POST",
        "/api/v1/notices/TR/TR-1/acknowledgements",
        {
            "step": "position",
            "of": filed["entry"]["id"],
            "stance": "proposal",
            "reason": "20 minutes later",
            "proposal": moved,
        },
    )["entry"]["id"]
    floor.advance(3)
    assert "OPEN" in floor.cli("TR", "proposal", "list", "TR", "TR-1").stdout
    (owed,) = dues(floor, "TR", "proposal")
    assert owed["owes"] == "TR" and owed["to"] == "IL"
    accepted = floor.cli("TR", "proposal", "accept", "TR", "TR-1")
    assert accepted.exit_code == 0, accepted.output
    floor.advance(3)
    for member in ("IL", "TR"):
        assert floor.api(member, "GET", "/api/v1/conflicts")["conflicts"] == []
        whole = floor.api(member, "GET", "/api/v1/notices/TR/TR-1")["notice"]
        assert whole["revision"] == 2 and whole["accepts"] == proposal
        assert [e["revision"] for e in whole["earlier"]] == [1]
        assert whole["earlier"][0]["ladder"][0]["position"]["proposal"] is not None
        assert whole["notice_file"]["features"][0]["properties"]["callsign"] == "KARTAL 1", "details stay"
        outcome = floor.api(member, "GET", "/api/v1/notices/TR/TR-1/proposals")["proposals"][0]["outcome"]
        assert outcome == "accepted"
        assert dues(floor, member, "proposal") == []
    anew = [due for due in dues(floor, "IL", "position") if due["owes"] == "IL"]
    assert len(anew) == 1, "an amendment starts the ladder anew"


def test_a_proposal_is_countered_declined_or_lapses_by_those_alone_who_may_say_so(floor: Floor) -> None:
    """The owner counters or declines, the proposer lets lapse; that time has passed is a view; then it is settled."""
    filed = floor.api("TR", "POST", "/api/v1/notices", notice(floor, "TR", "TR-1", start_s=6 * 3600))
    floor.advance(3)
    floor.api("IL", "POST", "/api/v1/notices/TR/TR-1/acknowledgements", {"step": "seen"})

    def propose() -> str:
        body = {
            "step": "position",
            "of": filed["entry"]["id"],
            "stance": "proposal",
            "reason": "",
            "proposal": notice(floor, "TR", "TR-1", start_s=7 * 3600),
        }
        entry = floor.api("IL", "POST", "/api/v1/notices/TR/TR-1/acknowledgements", body)["entry"]["id"]
        floor.advance(3)
        return str(entry)

    def outcomes() -> list[str]:
        floor.advance(3)
        seen = [
            [one["outcome"] for one in floor.api(m, "GET", "/api/v1/notices/TR/TR-1/proposals")["proposals"]]
            for m in ("IL", "TR")
        ]
        assert seen[0] == seen[1]
        return seen[0]

    first = propose()
    path = "/api/v1/notices/TR/TR-1/proposals"
    for member, word in (("IL", "declined"), ("TR", "lapsed")):
        with pytest.raises(ApiRefused) as refused:
            floor.api(member, "POST", f"{path}/{first}/answers", {"answer": word})
        assert refused.value.status == 403
    with pytest.raises(ApiRefused) as refused:
        floor.api("IL", "POST", f"{path}/{first}/accept")
    assert refused.value.status == 403
    floor.api("TR", "POST", f"{path}/{first}/answers", {"answer": "declined", "reason": "fuel"})
    assert outcomes() == ["declined"]
    assert dues(floor, "TR", "proposal") == []
    second = propose()
    counter = notice(floor, "TR", "TR-1", start_s=6 * 3600 + 1800)
    floor.api("TR", "POST", f"{path}/{second}/answers", {"answer": "countered", "proposal": counter})
    third = propose()
    assert outcomes() == ["declined", "countered", "open"]
    floor.advance(3601, every_s=60)
    assert outcomes()[-1] == "expired", "nobody has said so: it is a view"
    assert [d["overdue"] for d in dues(floor, "IL", "proposal")] == [True]
    floor.api("IL", "POST", f"{path}/{third}/answers", {"answer": "lapsed"})
    assert outcomes() == ["declined", "countered", "lapsed"]
    with pytest.raises(ApiRefused) as refused:
        floor.api("TR", "POST", f"{path}/{third}/accept")
    assert refused.value.status == 409


def test_last_mile(floor: Floor) -> None:
    """Not passed on 2 h before the start: red on both sides, until somebody says to whom it was passed on."""
    floor.api("TR", "POST", "/api/v1/notices", notice(floor, "TR", "TR-1", start_s=2 * 3600 + 600))
    floor.advance(3)
    floor.api("IL", "POST", "/api/v1/notices/TR/TR-1/acknowledgements", {"step": "seen"})
    floor.advance(500, every_s=10)
    for member in ("IL", "TR"):
        (due,) = dues(floor, member, "passed_on")
        assert not due["overdue"]
        assert floor.events(member, "overdue") == [] or "passed_on" not in str(floor.events(member, "overdue"))
    floor.advance(1400, every_s=10)
    for member in ("IL", "TR"):
        (due,) = dues(floor, member, "passed_on")
        assert due["overdue"] and due["owes"] == "IL"
        rang = [e for e in floor.events(member, "overdue") if e["sort"] == "passed_on"]
        assert len(rang) == 1, "the bell rings once"
    inbox = floor.cli("IL", "inbox")
    assert inbox.exit_code == 1 and "OVERDUE" in inbox.stdout and "say to whom it was passed on" in inbox.stdout
    assert "OVERDUE" in floor.cli("TR", "inbox", "--all").stdout
    assert floor.cli("IL", "notice", "passed-on", "TR", "TR-1", "--level", "wing operations").exit_code == 0
    floor.advance(3)
    for member in ("IL", "TR"):
        assert dues(floor, member, "passed_on") == []


def test_a_withdrawn_notice_owes_nothing(floor: Floor) -> None:
    """What has ended is open no more; its history stays."""
    floor.api("TR", "POST", "/api/v1/notices", notice(floor, "TR", "TR-1", start_s=6 * 3600))
    floor.advance(3)
    assert len(dues(floor, "IL", "seen")) == 1
    floor.api("TR", "POST", "/api/v1/notices/TR-1/steps", {"step": "withdraw"})
    floor.advance(3)
    for member in ("IL", "TR"):
        for sort in ("seen", "read_back", "passed_on", "position"):
            assert dues(floor, member, sort) == []
