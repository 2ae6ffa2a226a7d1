"""Notices over HTTP between two real nodes: filed, found, read back, answered, amended, ended."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from clearline.testing.nodes import LiveNode, LiveNodes, running_nodes
from clearline.testing.notice_files import at_minute, notice_file

WAIT_S = 10.0
_numbers = itertools.count(1)


class Officer:
    """A watch position with its token."""

    def __init__(self, node: LiveNode, client: httpx.Client) -> None:
        self.node, self.client = node, client

    def ask(self, method: str, path: str, value: Any = None, **more: Any) -> httpx.Response:
        url = f"{self.node.url}/api/v1{path}"
        return self.client.request(method, url, json=value, headers=self.node.headers, **more)

    def get(self, path: str) -> Any:
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, value: Any) -> Any:
        answer = self.ask("POST", path, value)
        if answer.status_code == 202:
            # An act that binds: the second officer signs it with the key that this node holds.
            url = f"{self.node.url}/api/v1/drafts/{answer.json()['id']}/signatures"
            second = {"authorization": f"Bearer {self.node.tokens[1]}"}
            answer = self.client.post(url, json={}, headers=second)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def wait(self, path: str, until: Callable[[Any], bool]) -> Any:
        """Return what the path answers once `until` holds."""
        end = time.monotonic() + WAIT_S
        while True:
            answer = self.ask("GET", path)
            if answer.status_code == 200 and until(answer.json()):
                return answer.json()
            assert time.monotonic() < end, answer.text
            time.sleep(0.02)


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNodes]:
    with running_nodes(tmp_path_factory.mktemp("nodes"), ("IL", "TR")) as held:
        yield held


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=10) as held:
        yield held


@pytest.fixture
def tr(nodes: LiveNodes, client: httpx.Client) -> Officer:
    return Officer(nodes["TR"], client)


@pytest.fixture
def il(nodes: LiveNodes, client: httpx.Client) -> Officer:
    return Officer(nodes["IL"], client)


@pytest.fixture
def place() -> tuple[str, float]:
    """A reference, and a latitude that no other test uses."""
    number = next(_numbers)
    return f"{number:04d}", -60.0 + number


def path_of(party: str, reference: str) -> str:
    return f"/notices/{party}/{quote(reference, safe='')}"


def rung(notice: Any, member: str) -> Any:
    return next(one for one in notice["ladder"] if one["member"] == member)


def test_a_notice_is_answered_with_its_place_in_the_record(tr: Officer, place: tuple[str, float]) -> None:
    """201 names party, reference, revision, log, index and id, and what the answer rests on."""
    reference, lat = place
    filed = tr.post("/notices", notice_file("TR", f"TR-{reference}", lat=lat))
    assert (filed["party"], filed["notice"], filed["revision"]) == ("TR", f"TR-{reference}", 1)
    assert filed["entry"]["log"] == "TR/main"
    assert filed["as_of"]["logs"]["TR/main"] == filed["entry"]["index"] + 1
    assert filed["conflicts"] == filed["touches"] == filed["suggestions"] == []
    line = tr.get(f"/log?log=TR/main&from={filed['entry']['index']}&count=1")["entries"][0]
    assert line["entry"] == filed["entry"]
    assert line["kind"] == "notice"


def test_both_sides_name_the_conflict_with_a_way_out(tr: Officer, il: Officer, place: tuple[str, float]) -> None:
    """What is filed at one node stands in the other's conflicts, with both references, gaps, minima and source."""
    reference, lat = place
    tr.post("/notices", notice_file("TR", f"TR-{reference}", lat=lat))
    il.wait(path_of("TR", f"TR-{reference}"), bool)
    filed = il.post("/notices", notice_file("IL", f"IL-{reference}", lat=lat))
    (conflict,) = filed["conflicts"]
    assert conflict["a"] == {"party": "IL", "notice": f"IL-{reference}", "volume": 0}
    assert conflict["b"] == {"party": "TR", "notice": f"TR-{reference}", "volume": 0}
    assert conflict["lateral_gap_m"] == conflict["vertical_gap_m"] == conflict["time_gap_s"] == 0
    assert conflict["minima"]["source"]
    assert any(way["kind"] == "time" and "no overlap found" in way["text"] for way in filed["suggestions"])

    def holds(answer: Any) -> bool:
        return conflict["id"] in [c["id"] for c in answer["conflicts"]]

    assert conflict in tr.wait("/conflicts", holds)["conflicts"]
    assert tr.get(path_of("TR", f"TR-{reference}"))["notice"]["conflicts"] == [conflict["id"]]


def test_the_ladder_shows_each_step_with_entry_time_and_position(
    tr: Officer, il: Officer, place: tuple[str, float]
) -> None:
    """Delivered comes by itself; seen, read back, passed on and a position only when an officer says so."""
    reference, lat = f"TR/{place[0]}", place[1]
    filed = tr.post("/notices", notice_file("TR", reference, lat=lat))
    path = path_of("TR", reference)
    shown = tr.wait(path, lambda answer: bool(rung(answer["notice"], "IL")["delivered"]))["notice"]
    assert {**rung(shown, "IL"), "delivered": None} == {
        "member": "IL",
        "reached": "delivered",
        "delivered": None,
        "refused": None,
        "seen": None,
        "read_back": None,
        "passed_on": [],
        "position": None,
        "area_only": False,
    }
    assert shown["silence"] == "Silence is not consent. Acknowledged is not agreed; agreed is not permitted."

    properties = il.get(path)["notice"]["notice_file"]["features"][0]["properties"]
    back = {
        "step": "read_back",
        "of": filed["entry"]["id"],
        "activity": "air",
        "nature": "own_presence",
        "volumes": [
            {
                "position": [38.317, lat],
                "lower": "SFC",
                "upper": "FL110",
                "start": properties["start"],
                "end": properties["end"],
            }
        ],
    }
    answers = f"{path}/acknowledgements"
    assert il.ask("POST", answers, {"step": "seen", "of": filed["entry"]["id"]}).status_code == 201
    wrong = il.post(answers, back)
    assert (wrong["matches"], wrong["differences"]) == (
        False,
        [{"volume": 0, "what": "upper", "filed": "FL100", "read": "FL110"}],
    )
    back["volumes"][0]["upper"] = "FL100"
    assert il.post(answers, back)["matches"] is True
    il.post(answers, {"step": "passed_on", "level": "wing operations"})
    il.post(answers, {"step": "position", "of": filed["entry"]["id"], "stance": "no_objection"})
    reached = rung(tr.wait(path, lambda a: bool(rung(a["notice"], "IL")["position"]))["notice"], "IL")
    assert reached["reached"] == "passed_on"
    assert reached["read_back"]["matches"] is True
    assert reached["passed_on"][0]["level"] == "wing operations"
    assert reached["position"]["stance"] == "no_objection"
    for said in (reached["seen"], reached["read_back"]["said"], reached["position"]["said"]):
        assert said["member"] == "IL"
        assert said["positions"] == ["watch 1"]
        assert said["entry"]["log"] == "IL/main"
        assert said["claimed"].endswith("Z")


def test_a_proposal_is_taken_up_and_earlier_answers_stay_with_the_earlier_version(
    tr: Officer, il: Officer, place: tuple[str, float]
) -> None:
    """An amendment starts the ladder anew; what was said of the earlier revision is kept under it."""
    reference, lat = f"TR-{place[0]}", place[1]
    filed = tr.post("/notices", notice_file("TR", reference, lat=lat))
    path = path_of("TR", reference)
    il.wait(path, bool)
    il.post(f"{path}/acknowledgements", {"step": "seen"})
    proposal = notice_file("TR", reference, lat=lat, start_min=400, end_min=460)
    taken = il.post(
        f"{path}/acknowledgements",
        {
            "step": "position",
            "of": filed["entry"]["id"],
            "stance": "proposal",
            "reason": "traffic",
            "proposal": proposal,
        },
    )
    shown = tr.wait(path, lambda a: bool(rung(a["notice"], "IL")["position"]))["notice"]
    offered = rung(shown, "IL")["position"]["proposal"]
    assert offered["features"][0]["properties"]["start"] == proposal["features"][0]["properties"]["start"]
    accepts = taken["entry"]["id"]
    amended = tr.ask("PUT", f"/notices/{quote(reference)}?accepts={accepts}", offered)
    assert amended.status_code == 200, amended.text
    assert amended.json()["revision"] == 2

    newest = tr.get(path)["notice"]
    assert (newest["revision"], newest["accepts"], rung(newest, "IL")["seen"]) == (2, accepts, None)
    (earlier,) = newest["earlier"]
    assert earlier["revision"] == 1
    assert earlier["said"]["entry"] == filed["entry"]
    assert rung(earlier, "IL")["position"]["stance"] == "proposal"

    il.wait(path, lambda a: a["notice"]["revision"] == 2)
    stale = il.ask("POST", f"{path}/acknowledgements", {"step": "seen", "of": filed["entry"]["id"]})
    assert (stale.status_code, stale.json()["type"]) == (409, "/problems/conflicting")


def test_the_owner_says_what_becomes_of_its_notice(tr: Officer, il: Officer, place: tuple[str, float]) -> None:
    """Activate, overrun and complete change the state; an ended notice has no conflict and takes no further step."""
    reference, lat = f"TR-{place[0]}", place[1]
    path, steps = path_of("TR", reference), f"/notices/{quote(f'TR-{place[0]}')}/steps"
    tr.post("/notices", notice_file("TR", reference, lat=lat, start_min=-30, end_min=30))
    assert tr.get(path)["notice"]["state"] == "in_force"
    tr.post(steps, {"step": "activate"})
    assert tr.get(path)["notice"]["state"] == "active"
    tr.post(steps, {"step": "overrun", "until": at_minute(90), "reason": "weather"})
    shown = tr.get(path)["notice"]
    assert shown["end"] == shown["steps"][-1]["until"]
    il.wait(path, lambda a: len(a["notice"]["steps"]) == 2)
    found = il.post("/check", notice_file("IL", f"IL-{place[0]}", lat=lat, start_min=60, end_min=80))["conflicts"]
    assert [c["b"]["notice"] for c in found] == [reference]
    tr.post(steps, {"step": "complete"})
    assert tr.get(path)["notice"]["state"] == "completed"
    assert tr.ask("POST", steps, {"step": "withdraw"}).status_code == 409


def test_late_says_the_exact_margin(tr: Officer, place: tuple[str, float]) -> None:
    """Short-notice air activity below 15 minutes is sent at once and marked LATE, to the millisecond."""
    reference, lat = f"TR-{place[0]}", place[1]
    filed = tr.post("/notices", notice_file("TR", reference, lat=lat, start_min=10))
    late = filed["lateness"]
    assert late["late"] is True
    assert late["lead_s"] == 900
    assert 590 < late["margin_s"] <= 600
    assert late["short_by_s"] == round(900 - late["margin_s"], 3)
    assert late["words"].startswith("LATE: filed 59") or late["words"].startswith("LATE: filed 600")


def test_past_conflicts_are_listed_on_demand(tr: Officer, il: Officer, place: tuple[str, float]) -> None:
    """What is over stands in the list with all=true alone."""
    reference, lat = place
    tr.post("/notices", notice_file("TR", f"TR-{reference}", lat=lat, start_min=-300, end_min=-200))
    il.wait(path_of("TR", f"TR-{reference}"), bool)
    il.post("/notices", notice_file("IL", f"IL-{reference}", lat=lat, start_min=-250, end_min=-150))

    def pairs(answer: Any) -> list[tuple[str, str]]:
        return [(c["a"]["notice"], c["b"]["notice"]) for c in answer["conflicts"]]

    wanted = (f"IL-{reference}", f"TR-{reference}")
    assert wanted not in pairs(il.get("/conflicts"))
    assert wanted in pairs(il.get("/conflicts?all=true"))
    assert wanted in pairs(tr.wait("/conflicts?all=true", lambda a: wanted in pairs(a)))
    assert il.get(path_of("IL", f"IL-{reference}"))["notice"]["state"] == "over"


def test_a_check_stores_nothing(tr: Officer, il: Officer, place: tuple[str, float]) -> None:
    """What a notice would meet can be asked before anybody is told of it."""
    reference, lat = place
    tr.post("/notices", notice_file("TR", f"TR-{reference}", lat=lat))
    il.wait(path_of("TR", f"TR-{reference}"), bool)
    before = il.node.sizes()
    found = il.post("/check", notice_file("IL", f"IL-{reference}", lat=lat))
    assert [c["b"]["notice"] for c in found["conflicts"]] == [f"TR-{reference}"]
    assert found["suggestions"]
    assert il.node.sizes() == before
    assert il.ask("GET", path_of("IL", f"IL-{reference}")).status_code == 404


def test_lists_are_paged_and_filtered(tr: Officer, place: tuple[str, float]) -> None:
    """A page names where the next begins; filters take the words of the answer; unknown words are refused."""
    for number in range(3):
        tr.post("/notices", notice_file("TR", f"TR-{place[0]}-{number}", lat=place[1]))
    first = tr.get("/notices?count=2&party=TR&state=planned")
    assert len(first["notices"]) == 2
    assert first["next"] == 2
    rest = tr.get(f"/notices?from=2&count={first['total']}&party=TR&state=planned")
    assert rest["next"] is None
    starts = [n["start"] for n in (*first["notices"], *rest["notices"])]
    assert starts == sorted(starts)
    assert tr.ask("GET", "/notices?state=gone").status_code == 422
    assert tr.ask("GET", "/notices?stat=planned").status_code == 422
    assert tr.ask("GET", "/notices?count=1001").status_code == 422


def test_a_red_line_is_shown_and_blocks_nothing(tr: Officer, il: Officer, place: tuple[str, float]) -> None:
    """An activity that touches a statement says which, on which version; it is filed all the same."""
    reference, lat = place
    area = {
        "sort": "red_line",
        "reference": f"RL-{reference}",
        "title": "Bases",
        "text": "No base here.",
        "activities": ["air"],
        "volumes": [
            {
                "geometry": {"type": "Point", "coordinates": [38.317, lat]},
                "radius_m": 20000,
                "start": at_minute(-60),
                "end": "PERM",
            }
        ],
    }
    il.post("/areas", area)
    il.post("/areas", {**area, "text": "No base here, still."})
    tr.wait("/areas", lambda a: (f"RL-{reference}", 2) in [(x["reference"], x["revision"]) for x in a["areas"]])
    filed = tr.post("/notices", notice_file("TR", f"TR-{reference}", lat=lat))
    (touch,) = filed["touches"]
    assert (touch["party"], touch["reference"], touch["revision"]) == ("IL", f"RL-{reference}", 2)
    assert filed["touches"][0] in tr.get("/conflicts")["touches"]
    il.post(f"/areas/RL-{reference}/withdrawal", {"reason": "settled"})
    tr.wait("/conflicts", lambda a: touch not in a["touches"])


def test_messages_and_health_say_what_arrived(tr: Officer, il: Officer) -> None:
    """A message names who holds it; health names every line, its backlog and the sizes of all logs."""
    sent = tr.post("/messages", {"to": ["IL"], "text": "Merhaba / שלום", "language": "tr", "precedence": "PRIORITY"})

    def arrived(answer: Any) -> bool:
        return any(m["said"]["entry"] == sent["entry"] and m["delivered"]["IL"] for m in answer["messages"])

    tr.wait("/messages", arrived)
    assert il.get("/messages")["messages"][0]["text"]
    health = tr.wait("/health", lambda a: a["lines"][0]["backlog"]["main"] == 0)
    (line,) = health["lines"]
    assert (health["member"], line["member"], line["state"], health["read_only"]) == ("TR", "IL", "up", None)
    assert line["since"]
    assert line["heard"]
    assert line["mirror"]["main"] == line["delivery"]["main"] == health["as_of"]["logs"]["TR/main"]


def test_an_agreement_comes_into_force_by_everybodys_assent(tr: Officer, il: Officer) -> None:
    """Proposal, assent and conclusion put terms in force at both nodes; findings then name that version."""
    base = tr.get("/agreement")
    title = f"Agreement {next(_numbers)}"
    proposed = tr.post("/agreement/proposals", {"terms": {"title": title, "deadlines": {"routine_seen_s": 3600}}})
    name = proposed["entry"]["id"]
    il.wait("/agreement", lambda a: name in [p["said"]["entry"]["id"] for p in a["proposals"]])
    assert tr.ask("POST", "/agreement/conclusions", {"proposal": name}).status_code == 409
    il.post("/agreement/assents", {"proposal": name})
    tr.wait("/agreement", lambda a: "IL" in a["proposals"][0]["assented"])
    tr.post("/agreement/conclusions", {"proposal": name})
    standing = il.wait("/agreement", lambda a: bool(a["in_force"]) and a["in_force"]["terms"]["title"] == title)
    assert standing["in_force"]["terms"]["deadlines"]["routine_seen_s"] == 3600
    assert standing["in_force"]["terms"]["separation"] == base["default"]["separation"]
    assert "placeholders" in standing["margins"]
    assert name in tr.get("/conflicts")["as_of"]["agreement"]
