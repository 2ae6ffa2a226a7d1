"""`clearline notice` at real nodes, by exit code and output."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from clearline.faces import words
from clearline.faces.cli import main
from clearline.faces.drill import SENTENCE
from clearline.testing.nodes import LiveNode, LiveNodes, running_nodes
from clearline.volumes.instant import Instant

DAY = (datetime.now(UTC) + timedelta(days=2)).replace(hour=6, minute=0, second=0, microsecond=0)


def at(hours: float) -> str:
    return (DAY + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def notice(party: str, reference: str, *, lon: float = 38.3, lat: float = 34.5, start: float = 0, **more: Any) -> str:
    properties = {
        "party": party,
        "notice": reference,
        "activity": "ground",
        "start": at(start),
        "end": at(start + 1),
        "lower": "SFC",
        "upper": "3000 ft AMSL",
        "radius_m": 5000,
    }
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": {**properties, **more},
    }
    return json.dumps({"type": "FeatureCollection", "features": [feature]})


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNodes]:
    with running_nodes(tmp_path_factory.mktemp("cli"), ("IL", "TR")) as live:
        yield live


def run(node: LiveNode, *arguments: str, given: str | None = None, **environment: str) -> Result:
    known = {"CLEARLINE_URL": node.url, "CLEARLINE_TOKEN": node.tokens[0]}
    return CliRunner().invoke(main, ["notice", *arguments], input=given, env={**known, **environment})


def filed(node: LiveNode, text: str) -> Result:
    return run(node, "file", "-", given=text)


def wait_for(node: LiveNode, party: str, reference: str) -> dict[str, Any]:
    for _ in range(200):
        found = run(node, "show", party, reference, "--json")
        if found.exit_code == 0:
            answer: dict[str, Any] = json.loads(found.stdout)["notice"]
            return answer
        import time

        time.sleep(0.02)
    raise AssertionError(f"{party} {reference} did not come")


def test_a_notice_is_filed_listed_shown_and_taken_through_its_steps(nodes: LiveNodes, tmp_path: Path) -> None:
    """File, list, show, amend, activate, overrun, complete: each says where it stands in the record."""
    tr, file = nodes["TR"], tmp_path / "n.geojson"
    file.write_text(notice("TR", "TR-A", lon=30, lat=30))
    done = run(tr, "file", str(file))
    assert done.exit_code == 0, done.output
    assert re.search(r"^FILED  TR TR-A, revision 1: TR/main \d+, entry [0-9a-f]{16}…$", done.stdout, re.M)
    assert "No overlap found among the notices that are known to this node." in done.stdout
    assert re.search(r"^As of 20.* on .*TR/main \d+.*; agreement default", done.stdout, re.M)
    assert "Silence is not consent." in done.stdout

    listed = run(tr, "list", "--state", "planned", "--party", "TR")
    assert listed.exit_code == 0
    assert "○ to come      TR TR-A, revision 1" in listed.stdout
    file.write_text(notice("TR", "TR-A", lon=30, lat=30, upper="FL100", remarks="higher"))
    amended = run(tr, "amend", str(file))
    assert amended.exit_code == 0
    assert "AMENDED  TR TR-A, revision 2" in amended.stdout
    shown = run(tr, "show", "TR", "TR-A")
    assert "FL100 (10,000 ft, 3,048 m pressure altitude)" in shown.stdout
    assert "30.00000°N 30.00000°E  (30°00.000′N 030°00.000′E)" in shown.stdout
    assert "remarks    higher" in shown.stdout
    assert "Revision 1 stood before" in shown.stdout
    assert "silent" in shown.stdout
    slip = run(tr, "complete", "TR-A")
    assert slip.exit_code == 2
    assert "nobody said that it has begun" in slip.stderr
    assert "withdraw it, or activate it first" in slip.stderr
    begun = run(tr, "activate", "TR-A", "--reason", "begun")
    assert begun.exit_code == 0
    assert begun.stdout.startswith("ACTIVATED  TR-A: TR/main ")
    assert "▲ Before its time: the window that was filed begins at " in begun.stdout
    assert run(tr, "overrun", "TR-A", "--until", at(3)).exit_code == 0
    assert "    overrun until " in run(tr, "list", "--party", "tr").stdout
    refused = run(tr, "overrun", "TR-A", "--until", at(0.5))
    assert refused.exit_code == 2
    assert "a time after the notice's end" in refused.stderr
    ended = run(tr, "complete", "TR-A")
    assert ended.exit_code == 0
    assert ended.stdout.startswith("COMPLETED  TR-A: TR/main ")
    again = run(tr, "withdraw", "TR-A")
    assert again.exit_code == 2
    assert "has ended" in again.stderr
    assert again.stdout == ""


def test_conflicts_are_named_with_both_references_and_the_notice_is_filed_all_the_same(nodes: LiveNodes) -> None:
    """Exit 1 says that conflicts were found; the words say that the notice is filed."""
    tr, il = nodes["TR"], nodes["IL"]
    assert filed(tr, notice("TR", "TR-C", lon=20, lat=20)).exit_code == 0
    wait_for(il, "TR", "TR-C")
    met = filed(il, notice("IL", "IL-C", lon=20, lat=20, activity="air", lower="1000 ft AMSL", upper="9000 ft AMSL"))
    assert met.exit_code == 1, met.output
    for said in ("CONFLICT 1 of 1  C-", "IL IL-C, volume 0", "TR TR-C, volume 0", "1 h in common", "they overlap"):
        assert said in met.stdout
    assert "WAYS OUT" in met.stdout
    assert "later" in met.stdout
    assert "The notice IS filed and stands as it is: 1 conflict found." in met.stdout
    wait_for(tr, "IL", "IL-C")
    found = run(tr, "conflicts")
    assert found.exit_code == 1
    assert "IL IL-C, volume 0" in found.stdout
    raw = run(il, "conflicts", "--json")
    assert raw.exit_code == 1
    assert {"as_of", "conflicts", "touches", "complete"} <= set(json.loads(raw.stdout))
    assert run(il, "withdraw", "IL-C").exit_code == 0
    assert run(il, "conflicts").exit_code == 0
    assert "No overlap found" in run(il, "conflicts").stdout


def test_the_ladder_is_climbed_step_by_step(nodes: LiveNodes, tmp_path: Path) -> None:
    """Seen, a read-back that differs and one that matches, passed on, a proposal that the owner takes up."""
    tr, il = nodes["TR"], nodes["IL"]
    assert filed(tr, notice("TR", "TR-L", lon=10, lat=10)).exit_code == 0
    wait_for(il, "TR", "TR-L")
    early = run(il, "position", "TR", "TR-L", "no_objection")
    assert early.exit_code == 2
    assert "seen" in early.stderr
    assert run(il, "passed-on", "tr", "TR-L", "--level", "the cell").exit_code == 2
    seen = run(il, "seen", "TR", "TR-L", "--revision", "1")
    assert seen.exit_code == 0
    assert run(il, "passed-on", "tr", "TR-L", "--level", "the cell").exit_code == 0
    spoke = run(il, "show", "TR", "TR-L").stdout
    assert "passed on to the cell" in spoke
    assert "silent" not in spoke.replace("Silence", "")
    assert "SEEN  revision 1 of TR TR-L: IL/main" in seen.stdout
    assert "Silence is not consent." in seen.stdout
    assert run(il, "seen", "TR", "TR-L", "--revision", "2").exit_code == 2

    spoken = ["ground", "own presence", "1000N 01000E", "SFC", "4000 ft amsl", at(0), at(1)]
    differs = run(il, "read-back", "TR", "TR-L", given="\n".join([*spoken, "SEND"]) + "\n")
    assert differs.exit_code == 1, differs.output
    assert re.search(r"≠ upper +3000 ft AMSL +4000 ft AMSL", differs.stderr)
    assert re.search(r"= lower +SFC +SFC", differs.stderr)
    assert "The read-back DIFFERS" in differs.stdout
    spoken[4] = "3,000 ft AMSL"
    kept = run(il, "read-back", "TR", "TR-L", given="\n".join([*spoken, "yes"]) + "\n")
    assert kept.exit_code == 2
    assert "nothing was sent" in kept.stderr
    matches = run(il, "read-back", "TR", "TR-L", given="\n".join([*spoken, "SEND"]) + "\n")
    assert matches.exit_code == 0, matches.output
    assert "The read-back matches what was filed." in matches.stdout
    body = {
        "activity": "ground",
        "nature": "own_presence",
        "volumes": [{"position": [10, 10], "lower": "SFC", "upper": "3000 ft AMSL", "start": at(0), "end": at(1)}],
    }
    file = tmp_path / "read.json"
    file.write_text(json.dumps(body))
    assert run(il, "read-back", "TR", "TR-L", "--file", str(file)).exit_code == 0
    file.write_text('{"activity": "ground"}')
    wrong = run(il, "read-back", "TR", "TR-L", "--file", str(file))
    assert wrong.exit_code == 2
    assert "JSON with activity, nature and volumes" in wrong.stderr

    assert run(il, "passed-on", "TR", "TR-L", "--level", "wing operations").exit_code == 0
    file.write_text(notice("TR", "TR-L", lon=10, lat=10, start=2))
    proposed = run(il, "position", "TR", "TR-L", "proposal", "--reason", "two hours later", "--proposal", str(file))
    assert proposed.exit_code == 0, proposed.output
    assert run(il, "position", "TR", "TR-L", "proposal").exit_code == 2
    for _ in range(200):
        shown = run(tr, "show", "TR", "TR-L").stdout
        entry = re.search(r"--accepts ([0-9a-f]{64})", shown)
        if entry:
            break
    assert entry, shown
    assert "position proposal: two hours later" in shown
    assert "passed on to wing operations" in shown
    times = [DAY + timedelta(hours=hours) for hours in (2, 3, 0, 1)]
    new_start, new_end, start, end = (f"{one.day} {one:%b %H%MZ}" for one in times)
    assert f"→ {new_start} to {new_end} in place of {start} to {end}" in shown
    taken = run(tr, "amend", str(file), "--accepts", entry[1])
    assert taken.exit_code == 0
    assert "takes up   the proposal" in run(tr, "show", "TR", "TR-L").stdout


def test_a_proposal_is_taken_up_without_a_file_at_a_typed_word(nodes: LiveNodes, tmp_path: Path) -> None:
    """It is said in words first; Enter amends nothing; what it leaves out stays as it stands."""
    tr, il, file = nodes["TR"], nodes["IL"], tmp_path / "higher.geojson"
    assert filed(tr, notice("TR", "TR-P", lon=12, lat=12, callsign="KAYA 1")).exit_code == 0
    wait_for(il, "TR", "TR-P")
    assert run(il, "seen", "TR", "TR-P").exit_code == 0
    file.write_text(notice("TR", "TR-P", lon=12, lat=12, upper="2000 ft AMSL"))
    assert run(il, "position", "TR", "TR-P", "proposal", "--proposal", str(file)).exit_code == 0
    for _ in range(200):
        entry = re.search(r"--accepts ([0-9a-f]{64})", run(tr, "show", "TR", "TR-P").stdout)
        if entry:
            break
    assert entry
    kept = run(tr, "amend", "--accepts", entry[1], given="\n")
    assert kept.exit_code == 2
    assert "TR TR-P AS IL PROPOSES" in kept.stderr
    assert "SFC to 2000 ft AMSL in place of SFC to 3000 ft AMSL" in kept.stderr
    assert "nothing was said" in kept.stderr
    taken = run(tr, "amend", "--accepts", entry[1], given="AMEND\n")
    assert taken.exit_code == 0, taken.output
    assert "AMENDED  TR TR-P, revision 2" in taken.stdout
    shown = run(tr, "show", "TR", "TR-P").stdout
    assert "up to      2000 ft AMSL" in shown
    assert "callsign   KAYA 1" in shown
    assert f"takes up   the proposal {entry[1]}" in shown
    again = run(tr, "amend", "--accepts", entry[1], given="AMEND\n")
    assert again.exit_code == 2
    assert "no proposal" in again.stderr
    assert "--accepts ENTRY" in run(tr, "amend").stderr


def test_an_overrun_into_another_partys_time_names_the_conflict(nodes: LiveNodes) -> None:
    """Exit 1, as with a filing: what was said stands, and it needs an eye."""
    tr, il = nodes["TR"], nodes["IL"]
    assert filed(tr, notice("TR", "TR-O", lon=14, lat=14)).exit_code == 0
    assert filed(il, notice("IL", "IL-O", lon=14, lat=14, start=4)).exit_code == 0
    wait_for(tr, "IL", "IL-O")
    over = run(tr, "overrun", "TR-O", "--until", at(5))
    assert over.exit_code == 1, over.output
    assert over.stdout.startswith("OVERRUN  TR-O: ")
    assert "▲ CONFLICT C-" in over.stdout
    early = run(tr, "overrun", "TR-O", "--until", at(4.5))
    assert early.exit_code == 2
    assert at(5) in early.stderr
    assert run(tr, "withdraw", "TR-O").stdout.startswith("WITHDRAWN  TR-O: ")
    assert "begins in" not in run(tr, "list", "--state", "withdrawn").stdout
    wait_for(il, "TR", "TR-O")


def test_a_mistyped_party_is_not_shown_as_one_that_filed_nothing(nodes: LiveNodes) -> None:
    """The members are named; the id may be typed small."""
    wrong = run(nodes["TR"], "list", "--party", "XX")
    assert wrong.exit_code == 2
    assert "a member of this channel: IL, TR" in wrong.stderr


def test_what_a_line_that_is_not_up_leaves_unknown_is_said() -> None:
    """Nothing of a line that is up; of another its word, its age, and what may be missing."""
    now = Instant(1_800_000_000_000)
    assert words.doubt_in_words("IL", "up", heard=now, now=now) == ""
    late = words.doubt_in_words("IL", "late", heard=Instant(now - 125_000), now=now)
    assert late.startswith("Line to IL LATE: last heard 2 min ago.")
    assert "nothing was heard from it" in words.doubt_in_words("IL", "unknown", heard=None, now=now)


DICTATED = (
    *("TR-D", "hostile", "uncrewed", "own presence", "circle", "34.557 38.317", "3433N 03819E", "5", "5 km"),
    *(
        "2000 ft",
        "2000 ft AMSL",
        "FL100",
        "0600",
        DAY.strftime("%-d %b %Y 0600Z"),
        "0730Z",
        "no",
        "ANADOLU 3",
        *("4581", "4521", "2 T70", "-", "-", "-"),
    ),
)


def test_a_notice_is_dictated_read_back_in_words_and_filed_at_a_typed_word(nodes: LiveNodes) -> None:
    """Doubtful input is refused aloud; Enter alone files nothing; FILE files what was read back."""
    tr = nodes["TR"]
    nothing = run(tr, "dictate", given="\n".join([*DICTATED, ""]) + "\n")
    assert nothing.exit_code == 2, nothing.output
    assert "nothing was filed" in nothing.stderr
    assert run(tr, "show", "TR", "TR-D").exit_code == 2
    done = run(tr, "dictate", given="\n".join([*DICTATED, "FILE"]) + "\n")
    assert done.exit_code == 0, done.output
    for said in (
        "expected one of air, ground",
        "latitude with N or S",
        "such as 5NM",
        "a unit and a datum",
        "Zulu time with its Z",
        "READ THIS BACK: TR TR-D",
        "circle of radius 2.70 NM (5.00 km) round 34.55000°N 38.31667°E",
        "34°33.000′N 038°19.000′E",
        "2000 ft AMSL (610 m AMSL)",
        f"{DAY:%Y-%m-%d} 06:00:00Z",
        "lasts 1 h 30 min",
        "callsign   ANADOLU 3",
        "squawk     4521",
        "type       2 T70",
        "No overlap found",
    ):
        assert said in done.stderr, said
    assert "FILED  TR TR-D, revision 1" in done.stdout


def test_a_corridor_and_an_area_are_dictated_point_by_point(nodes: LiveNodes) -> None:
    """Whatever can be drawn can be typed; an area that crosses itself is refused aloud and asked for anew."""
    start = ("FL100", "FL200", at(5), at(6))
    corridor = ("corridor", "3500N 03600E", "3530N 03630E", "3600N 03600E", "done", "2 NM")
    crossed = ("0000N 00000E", "0100N 00100E", "0100N 00000E", "0000N 00100E", "done")
    area = ("area", *crossed, "0000N 00000E", "0000N 00100E", "0100N 00100E", "done")
    given = ("TR-E", "air", "hazard area", *corridor, *start, "yes", *area, *start, "no", *"------", "FILE")
    done = run(nodes["TR"], "dictate", given="\n".join(given) + "\n")
    assert done.exit_code == 0, done.output
    assert "not taken: area" in done.stderr
    shown = run(nodes["TR"], "show", "TR", "TR-E").stdout
    assert "corridor 2.00 NM (3.70 km) to each side of 3 points" in shown
    assert "area of 3 corners" in shown


def test_breaking_off_sends_nothing(nodes: LiveNodes) -> None:
    """The end of the input is no yes."""
    done = run(nodes["TR"], "dictate", given="TR-F\nair\n")
    assert done.exit_code == 2
    assert "broken off; nothing was sent" in done.stderr


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (notice("IL", "IL-9"), "IL's node alone"),
        (notice("TR", "TR-Z", upper="3000 ft"), "/features/0/properties/upper"),
        (notice("TR", "TR-Z", lat=95), "latitude"),
        ("{}", "FeatureCollection"),
        ('{"type": "FeatureCollection", "features": []}', "exactly one notice"),
    ],
)
def test_bad_input_is_refused_in_clear_words(nodes: LiveNodes, given: str, says: str) -> None:
    """Exit 2, everything on standard error, nothing on standard output."""
    done = filed(nodes["TR"], given)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.removeprefix(f"{SENTENCE}\n").startswith("clearline notice file: ")
    assert says in done.stderr


def test_what_is_wrong_with_address_or_token_is_said(nodes: LiveNodes, tmp_path: Path) -> None:
    """No token, a wrong one, one that others can read, an address in clear, a node that is not there."""
    tr = nodes["TR"]
    assert "no token" in run(tr, "list", CLEARLINE_TOKEN="").stderr
    wrong = run(tr, "list", CLEARLINE_TOKEN="wrong")
    assert wrong.exit_code == 2
    assert "--token-file" in wrong.stderr
    token = tmp_path / "token"
    token.write_text(tr.tokens[0] + "\n")
    token.chmod(0o644)
    assert "chmod 600" in run(tr, "list", "--token-file", str(token), CLEARLINE_TOKEN="").stderr
    token.chmod(0o600)
    assert run(tr, "list", "--token-file", str(token), CLEARLINE_TOKEN="").exit_code == 0
    assert run(tr, "list", "--url", "http://192.0.2.1:8800").exit_code == 2
    away = run(tr, "seen", "IL", "IL-1", "--url", "http://127.0.0.1:9")
    assert away.exit_code == 3
    assert "cannot be reached" in away.stderr
    assert away.stdout == ""


def test_text_of_others_does_not_steer_the_terminal(nodes: LiveNodes) -> None:
    """Marks that turn the direction of writing are shown as a replacement character."""
    assert filed(nodes["TR"], notice("TR", "TR-T", lon=50, lat=50, contact="a\u202eb")).exit_code in (0, 2)
    assert "\u202e" not in run(nodes["TR"], "list").stdout
