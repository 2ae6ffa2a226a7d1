"""Third parties, pairs, enquiries, meetings and handovers by the sentences of their promise."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clearline.channel.acts.third_parties import meet
from clearline.records.agreement import Terms
from clearline.records.attribution import Relayed
from clearline.records.watch import MemberWatch
from clearline.records.words import MemberId
from clearline.testing.floor import ApiRefused, Floor
from clearline.testing.floor_acts import file_notice, leap, scope
from clearline.testing.theatre import circle

WATCH = tuple(MemberWatch(MemberId(m), "watch 1", "", "", ()) for m in ("AZ", "IL", "TR"))
TERMS = Terms("Acts", None, watch=WATCH)


@pytest.fixture
def floor() -> Floor:
    return Floor(at="2026-11-22T08:00:00Z", terms=TERMS)


def state_of(floor: Floor, at: str, party: str, notice: str) -> str:
    return str(floor.api(at, "GET", f"/api/v1/notices/{party}/{notice}")["notice"]["state"])


def conflicts(floor: Floor, member: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = floor.api(member, "GET", "/api/v1/conflicts")["conflicts"]
    return found


def only(floor: Floor, member: str, what: str) -> dict[str, Any]:
    (one,) = floor.api(member, "GET", f"/api/v1/{what}")[what]
    return dict(one)


def test_not_ours(floor: Floor) -> None:
    """The statement is kept as said; what contradicts it later is shown beside it, and nobody judges."""
    said = floor.cli(
        "IL", "attribute", "not-ours", "No aircraft of ours was there", "--incident", "INC-7",
        "--at", "3430N 03818E", "--radius", "2 km", "--since", "today 0900Z", "--until", "1000Z",
    )  # fmt: skip
    assert said.exit_code == 0, said.output
    floor.advance(2)
    before = only(floor, "TR", "attributions")
    assert before["sort"] == "not_ours" and before["beside"] == []

    file_notice(floor, "IL", "IL-FAR", lon=40.0)
    file_notice(floor, "TR", "TR-THERE")
    file_notice(floor, "IL", "IL-LATER", begins_s=6 * 3_600)
    floor.advance(2)
    assert only(floor, "TR", "attributions")["beside"] == [], "elsewhere, another's, or at another time"

    contradicting = file_notice(floor, "IL", "IL-9", begins_s=5_000)
    floor.advance(2)
    for member in ("TR", "IL", "AZ"):
        shown = only(floor, member, "attributions")
        assert {name: shown[name] for name in before if name != "beside"} == {
            name: before[name] for name in before if name != "beside"
        }, "the statement stands word for word"
        beside = [(one["what"], one["later"]) for one in shown["beside"]]
        assert beside == ([] if member == "AZ" else [("notice", True)]), "the host was not shown the notice"
    (other,) = only(floor, "TR", "attributions")["beside"]
    assert other["said"]["entry"] == contradicting["entry"]

    body = {"sort": "answer_for", "volumes": [scope(floor, since_s=3_600, until_s=5_400)], "text": "Our patrol"}
    floor.api("IL", "POST", "/api/v1/attributions", body)
    floor.advance(2)
    newest, oldest = floor.api("TR", "GET", "/api/v1/attributions")["attributions"]
    assert ("attribution", True) in [(one["what"], one["later"]) for one in oldest["beside"]]
    assert ("attribution", False) in [(one["what"], one["later"]) for one in newest["beside"]]
    listed = floor.cli("TR", "attribute", "list").stdout
    assert "NOT OURS (INC-7)" in listed and "Both stand as said. Clearline judges nobody." in listed


def test_not_ours_beside_the_own_answer_to_the_alert(floor: Floor) -> None:
    """Who answered "ceased" to a stop-fire and says later that it was not its own has both shown beside each other."""
    floor.cli("TR", "stop-fire", "--place", "the northern road")
    floor.advance(3)
    assert floor.cli("IL", "answer", "ceased").exit_code == 0
    floor.advance(3)
    alert = floor.api("IL", "GET", "/api/v1/alerts")["alerts"][0]["said"]["entry"]["id"]
    body = {"sort": "not_ours", "volumes": [scope(floor)], "of": alert}
    floor.api("IL", "POST", "/api/v1/attributions", body)
    floor.advance(3)
    (beside,) = only(floor, "TR", "attributions")["beside"]
    assert (beside["what"], beside["later"]) == ("answer", False) and "ceased" in beside["words"]


def offered(floor: Floor, *, expires_s: float = 7_200) -> str:
    """Let TR and IL file exercises that conflict, and TR offer to cancel both; return the offer's id."""
    file_notice(floor, "TR", "TR-X", activity="exercise")
    file_notice(floor, "IL", "IL-X", activity="exercise")
    floor.advance(2)
    body = {
        "mine": "TR-X",
        "party": "IL",
        "yours": "IL-X",
        "expires": floor.zulu(expires_s),
        "text": "Both exercises are cancelled",
    }
    of = floor.api("TR", "POST", "/api/v1/pairs", body)["entry"]["id"]
    floor.advance(2)
    return str(of)


def both_stand(floor: Floor) -> None:
    for member in ("TR", "IL"):
        assert state_of(floor, member, "TR", "TR-X") == state_of(floor, member, "IL", "IL-X") == "planned"
        assert len(conflicts(floor, member)) == 1


def test_paired_cancellation_lapses(floor: Floor) -> None:
    """One signature lapses, both stand: accepted and never sealed, neither notice is cancelled on any side."""
    of = offered(floor)
    assert floor.cli("IL", "pair", "accept", of[:12]).exit_code == 0
    floor.advance(2)
    for member in ("TR", "IL"):
        pair = only(floor, member, "pairs")
        assert pair["state"] == "accepted"
        assert (len(pair["if_lapsed"]), len(pair["if_sealed"])) == (1, 0), "both outcomes count, and both are shown"
        assert "BOTH OUTCOMES COUNT" in floor.cli(member, "pair", "list").stdout
    both_stand(floor)
    with pytest.raises(ApiRefused, match="bound by the accepted pair"):
        floor.api("IL", "POST", "/api/v1/notices/IL-X/steps", {"step": "withdraw"})
    assert floor.cli("TR", "pair", "lapse", of[:12]).exit_code == 0
    floor.advance(2)
    assert only(floor, "IL", "pairs")["state"] == "lapsed"
    both_stand(floor)
    with pytest.raises(ApiRefused, match="this pair is lapsed"):
        floor.api("TR", "POST", f"/api/v1/pairs/{of}/settlement", {"settlement": "seal"})
    assert floor.api("IL", "POST", "/api/v1/notices/IL-X/steps", {"step": "withdraw"})["entry"], "free again"


def test_paired_cancellation_expires(floor: Floor) -> None:
    """An offer that nobody accepts, or an acceptance that nobody seals, is void after its time; both stand."""
    of = offered(floor, expires_s=1_200)
    floor.api("IL", "POST", f"/api/v1/pairs/{of}/acceptance", {})
    floor.advance(2)
    leap(floor, 0.4)
    floor.restart("TR")
    assert only(floor, "TR", "pairs")["state"] == only(floor, "IL", "pairs")["state"] == "expired"
    both_stand(floor)
    with pytest.raises(ApiRefused, match="this pair is expired"):
        floor.api("TR", "POST", f"/api/v1/pairs/{of}/settlement", {"settlement": "seal"})


def test_paired_cancellation_sealed(floor: Floor) -> None:
    """Sealed, both are cancelled in one step, on every side, and their conflict is gone; over a restart too."""
    of = offered(floor)
    with pytest.raises(ApiRefused, match="only an accepted one can be sealed"):
        floor.api("TR", "POST", f"/api/v1/pairs/{of}/settlement", {"settlement": "seal"})
    with pytest.raises(ApiRefused, match="offered to IL"):
        floor.api("TR", "POST", f"/api/v1/pairs/{of}/acceptance", {})
    floor.api("IL", "POST", f"/api/v1/pairs/{of}/acceptance", {})
    floor.advance(2)
    assert floor.cli("TR", "pair", "seal", of[:12]).exit_code == 0
    floor.advance(2)
    for restarted in (False, True):
        for member in ("TR", "IL"):
            if restarted:
                floor.restart(member)
            assert only(floor, member, "pairs")["state"] == "sealed"
            assert state_of(floor, member, "TR", "TR-X") == state_of(floor, member, "IL", "IL-X") == "withdrawn"
            assert conflicts(floor, member) == []
    with pytest.raises(ApiRefused, match="has ended"):
        floor.api("IL", "POST", "/api/v1/notices/IL-X/steps", {"step": "activate"})


def test_unusual_activity(floor: Floor) -> None:
    """Partial at 47 h: shown, and it stops no clock; at 48 h the reply is overdue on both sides; silence is a fact."""
    body = {"to": ["AZ", "IL"], "volumes": [scope(floor)], "text": "Who flew over the pumping station?", "also": []}
    of = floor.api("TR", "POST", "/api/v1/enquiries", body)["entry"]["id"]
    floor.advance(2)
    leap(floor, 47)
    partly = floor.cli("IL", "enquiry", "reply", of[:12], "It is being looked into", "--partial")
    assert partly.exit_code == 0, partly.output
    floor.advance(2)

    def asked(at: str, whom: str) -> dict[str, Any]:
        return next(dict(one) for one in only(floor, at, "enquiries")["asked"] if one["member"] == whom)

    for member in ("TR", "IL"):
        assert asked(member, "IL")["state"] == "partial" and not asked(member, "IL")["overdue"]
        assert asked(member, "AZ")["state"] == "awaited"
    leap(floor, 1)
    for member in ("TR", "IL", "AZ"):
        assert asked(member, "IL")["state"] == "partial" and asked(member, "IL")["overdue"]
        assert not asked(member, "IL")["none_in_time"], "something was said in time"
        assert (asked(member, "AZ")["state"], asked(member, "AZ")["none_in_time"]) == ("no_reply", True)
    for member in ("TR", "IL"):
        overdue = [e for e in floor.events(member, "overdue") if e["sort"] == "enquiry_reply" and e["owes"] == "IL"]
        assert len(overdue) == 1, "an alarm on both sides, once"
    assert floor.cli("TR", "enquiry", "list").exit_code == 1

    leap(floor, 2)
    floor.api("IL", "POST", f"/api/v1/enquiries/{of}/replies", {"completeness": "final", "text": "A survey flight"})
    floor.api("AZ", "POST", f"/api/v1/enquiries/{of}/replies", {"completeness": "final", "text": "None of ours"})
    floor.advance(2)
    floor.restart("TR")
    final = asked("TR", "IL")
    assert final["state"] == "final" and 7_000 < final["late_s"] < 7_300
    assert [one["completeness"] for one in final["replies"]] == ["partial", "final"]
    assert asked("TR", "AZ")["state"] == "final" and asked("TR", "AZ")["none_in_time"], "that it came late stays a fact"
    assert "nothing was replied in time; that stays so" in floor.cli("TR", "enquiry", "list").stdout


def test_handover_with_open_items(floor: Floor) -> None:
    """A watch changes hands with the list of what is open, signed by both; the others see staffed, and no name."""
    assert not only_position(floor, "TR", "TR")["staffed"]
    assert floor.cli("TR", "shift", "begin", "watch 1", "--until", "1600Z").exit_code == 0
    file_notice(floor, "IL", "IL-1")
    floor.cli("IL", "stop-fire", "--place", "the northern road")
    file_notice(floor, "TR", "TR-1")
    suspended = {"members": ["IL"], "matters": ["messages"], "reason": "x"}
    waits = floor.api("TR", "POST", "/api/v1/suspensions", suspended)
    floor.advance(3)
    handed = floor.cli("TR", "shift", "hand-over", "watch 1", "--to", "2", "--until", "tomorrow 0000Z")
    assert handed.exit_code == 0 and "DRAFT" in handed.stdout, handed.output
    assert only_position(floor, "TR", "TR")["holder"] == "1", "nothing changed hands yet"

    with pytest.raises(ApiRefused, match="handed over to officer 2"):
        (one,) = floor.api("TR", "GET", "/api/v1/shifts")["handovers"]
        floor.api("TR", "POST", f"/api/v1/shifts/{one['draft']}/acceptance", {}, officer="1")
    taken = floor.cli("TR", "shift", "accept", officer="2")
    assert taken.exit_code == 0 and "open items come with it" in taken.stdout, taken.output
    floor.advance(2)
    own = only_position(floor, "TR", "TR")
    assert own["holder"] == "2" and own["until"] == "2026-11-23T00:00:00Z"
    listed = {item["sort"]: item for item in own["turn"]["open"]}
    assert {"alert", "conflict", "draft"} <= set(listed), "what was open is in the signed list"
    assert listed["draft"]["about"] == waits["id"]
    assert any("IL-1" in item["about"] for item in own["turn"]["open"]), "the notice that nobody has seen"
    assert len(own["turn"]["said"]["positions"]) == 2, "signed by both officers"

    seen = only_position(floor, "IL", "TR")
    assert seen["staffed"] and seen["since"] == own["since"]
    assert seen["holder"] is None and seen["until"] is None and seen["turn"] is None
    assert "officer" not in floor.cli("IL", "shift", "show").stdout.split("OPEN HERE")[0]
    raw = next(b for b in floor.side.nodes["IL"].store.bodies("TR/main") if b'"shift"' in b.body)
    assert set(json.loads(raw.body)) == {"kind", "position", "turn", "v"}, "no name and no item left the member"

    leap(floor, 17)
    late = floor.cli("TR", "shift", "show")
    assert late.exit_code == 1 and "HANDOVER OVERDUE" in late.stdout
    assert [e["owes"] for e in floor.events("TR", "overdue") if e["sort"] == "handover"] == ["TR"]
    assert floor.cli("TR", "shift", "begin", "watch 1").exit_code == 0
    floor.advance(2)
    for member in ("TR", "IL"):
        assert only_position(floor, member, "TR")["missed"], "a missed handover is seen by everybody"
    assert floor.cli("TR", "shift", "end", "watch 1").exit_code == 0
    floor.advance(2)
    assert not only_position(floor, "IL", "TR")["staffed"]


def only_position(floor: Floor, at: str, member: str) -> dict[str, Any]:
    found = floor.api(at, "GET", "/api/v1/shifts")["positions"]
    return next(dict(one) for one in found if (one["member"], one["position"]) == (member, "watch 1"))


def test_a_watch_is_handed_over_by_who_holds_it_to_who_signs(floor: Floor) -> None:
    """One officer twice, a stranger, or who does not hold the watch: refused, and nothing is stored."""
    floor.cli("TR", "shift", "begin", "watch 1")
    size = floor.side.nodes["TR"].own("main").size
    for body, officer, why in (
        ({"turn": "hand_over", "position": "watch 1", "incoming": "1"}, "1", "another officer than oneself"),
        ({"turn": "hand_over", "position": "watch 1", "incoming": "9"}, "1", "has no officer '9'"),
        ({"turn": "hand_over", "position": "watch 1", "incoming": "1"}, "2", "officer 1 holds the watch"),
        ({"turn": "hand_over", "position": "watch 1"}, "1", "an officer with hand_over"),
        ({"turn": "begin", "position": "watch 9"}, "1", "has no watch position"),
        ({"turn": "begin", "position": "watch 1"}, "1", "holds the watch of watch 1 already"),
        ({"turn": "begin", "position": "watch 2", "until": "2020-01-01T00:00:00Z"}, "1", "a time after now"),
        ({"turn": "end", "position": "watch 2"}, "1", "nobody holds the watch"),
    ):
        with pytest.raises(ApiRefused) as caught:
            floor.api("TR", "POST", "/api/v1/shifts", body, officer=officer)
        assert why in str(caught.value)
    assert floor.side.nodes["TR"].own("main").size == size


def test_passed_on_to_a_member_without_a_seat(floor: Floor) -> None:
    """The host checks what it is passed against the commitment that it mirrors; the author sees that it was passed."""
    filed = file_notice(floor, "TR", "TR-1")["entry"]["id"]
    floor.advance(2)
    with pytest.raises(ApiRefused):
        floor.api("AZ", "GET", "/api/v1/notices/TR/TR-1")
    assert floor.cli("IL", "attribute", "relay", filed, "--to", "AZ", "--remarks", "Please look").exit_code == 0
    floor.advance(2)
    for member in ("AZ", "TR"):
        shown = only(floor, member, "relayed")
        assert (shown["said"]["member"], shown["author"], shown["matches"]) == ("IL", "TR", True)
        assert shown["body"]["notice"] == "TR-1"
    with pytest.raises(ApiRefused):
        floor.api("AZ", "GET", "/api/v1/notices/TR/TR-1"), "what is passed on is shown, and is no notice of the channel"
    assert "is what its author committed to" in floor.cli("AZ", "attribute", "relayed").stdout
    with pytest.raises(ApiRefused, match="can read that entry already"):
        floor.api("IL", "POST", "/api/v1/relayed", {"of": filed, "to": ["TR"]})


def test_an_altered_body_that_is_passed_on_is_found_out(floor: Floor) -> None:
    """Who changes one character of what it passes on is seen to have done so, and the changed words are not shown."""
    filed = file_notice(floor, "TR", "TR-1")["entry"]
    floor.advance(2)
    il = floor.side.nodes["IL"]
    held = next(iter(il.store.bodies("TR/main", filed["index"], 1)))
    record = Relayed(filed["id"], 0, held.salt, held.body.replace(b'"TR-1"', b'"TR-2"'))
    floor.side.desk("IL").say(record, ["AZ"])
    floor.advance(2)
    shown = only(floor, "AZ", "relayed")
    assert shown["matches"] is False and shown["body"] is None and shown["author"] == "TR"
    told = floor.cli("AZ", "attribute", "relayed").stdout
    assert "IS NOT what its author committed to" in told and "TR-2" not in told


def test_an_attribution_meets_what_shares_its_place_and_time_at_any_height() -> None:
    """Touching counts, in place and in time; a second apart or a metre apart does not; heights are left aside."""
    here = circle(38.0, 34.0, radius_m=1_000, start_min=0, end_min=60)
    assert meet((here,), (circle(38.0, 34.0, radius_m=1, lower="FL300", upper="FL310", start_min=60, end_min=61),))
    assert not meet((here,), (circle(38.0, 34.0, radius_m=1, start_min=60.02, end_min=61),))
    assert not meet((here,), (circle(38.1, 34.0, radius_m=1_000, start_min=0, end_min=60),))
    assert meet((circle(10.0, 10.0), here), (here,))


def test_a_meeting_and_its_agreed_minutes(floor: Floor) -> None:
    """The host convenes; minutes are agreed by every party's word to one version, and by nothing else."""
    with pytest.raises(ApiRefused, match="the host convenes"):
        body = {"reference": "M-1", "invited": ["IL"], "at": floor.zulu(3_600), "place": "Baku", "agenda": ["x"]}
        floor.api("TR", "POST", "/api/v1/meetings", body)
    called = floor.cli(
        "AZ", "meeting", "convene", "M-1", "Separation at Palmyra", "Any other", "--with", "IL,TR",
        "--at", "tomorrow 0900Z", "--place", "Baku",
    )  # fmt: skip
    assert called.exit_code == 0, called.output
    floor.advance(2)
    first = floor.api("AZ", "POST", "/api/v1/meetings/AZ/M-1/minutes", {"text": "5 NM is kept."})["entry"]["id"]
    floor.advance(2)
    assert floor.cli("TR", "meeting", "assent", first[:12]).exit_code == 0
    second_version = floor.api("IL", "POST", "/api/v1/meetings/AZ/M-1/minutes", {"text": "6 NM is kept."})["entry"][
        "id"
    ]
    floor.advance(2)
    minutes = {m["text"]: m for m in only(floor, "TR", "meetings")["minutes"]}
    assert minutes["5 NM is kept."]["silent"] == ["IL"] and not minutes["5 NM is kept."]["agreed"]
    assert minutes["6 NM is kept."]["silent"] == ["TR"] and not minutes["6 NM is kept."]["agreed"]
    floor.api("TR", "POST", f"/api/v1/minutes/{second_version}/assents", {})
    floor.advance(2)
    for member in ("AZ", "IL", "TR"):
        minutes = {m["text"]: m["agreed"] for m in only(floor, member, "meetings")["minutes"]}
        assert minutes == {"5 NM is kept.": False, "6 NM is kept.": True}, "the host need not assent, every party must"
    assert "AGREED" in floor.cli("IL", "meeting", "list").stdout
