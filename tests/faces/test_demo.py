"""`clearline demo` from outside: five nodes, a day that happened over HTTP, and an end that leaves nothing running."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clearline.faces.demonstration.calling import Officer
from clearline.faces.demonstration.members import Station
from clearline.faces.demonstration.next_steps import open_proposal

READY_WITHIN_S = 60
"""Seconds for a crowded machine; alone, two cores need about five."""

ENDS_WITHIN_S = 8
GONE_WITHIN_S = 5


@dataclass(frozen=True)
class Demo:
    """A running demonstration and the line that it printed."""

    process: subprocess.Popen[str]
    nodes: dict[str, dict[str, str]]
    port: int

    def get(self, member: str, path: str) -> Any:
        """Return what a member's node answers to its officer."""
        node = self.nodes[member]
        request = urllib.request.Request(  # noqa: S310 - a URL of the demonstration's own
            f"{node['url']}/api/v1/{path}", headers={"authorization": f"Bearer {node['token']}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.load(answer)


def _free_base() -> int:
    for _ in range(50):
        base = random.randrange(20_000, 50_000)
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for port in range(base + 1, base + 6):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return base
    raise RuntimeError("no five free ports in a row")


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "clearline", "demo", *words]


@contextlib.contextmanager
def _demo(log: Path, *words: str, **environment: str) -> Iterator[Demo]:
    """Start a demonstration and give it once it is ready; whatever happens, it is gone afterwards."""
    port = _free_base()
    with log.open("w") as err:
        process = subprocess.Popen(
            _command("--json", "--port", str(port), *words),
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
            env={**os.environ, **environment},
        )
    timer = time.monotonic() + READY_WITHIN_S
    try:
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        line = ""
        while not line.endswith("\n"):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < timer, log.read_text()
            line += process.stdout.readline() or ""
            time.sleep(0.02)
        nodes = json.loads(line)["nodes"]
        assert [n["member"] for n in nodes] == ["TR", "IL", "AZ", "SY", "UN"]
        yield Demo(process, {n["member"]: n for n in nodes}, port)
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(ENDS_WITHIN_S)
        finally:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


def _alive(folder: Path) -> list[str]:
    """Return the command lines of processes that name a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if f"{folder}/" in words and " node " in words:
                found.append(words)
    return found


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Run one demonstration in a temporary folder for every test that only looks; it is ended by SIGINT."""
    base = tmp_path_factory.mktemp("demo")
    temporary = base / "tmp"
    temporary.mkdir()
    with _demo(base / "log", TMPDIR=str(temporary)) as running:
        yield running
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(ENDS_WITHIN_S) == 0
        assert running.process.stdout is not None
        assert not running.process.stdout.read()
    assert list(temporary.iterdir()) == []
    assert _alive(temporary) == []


def _notice(demo: Demo, member: str, reference: str) -> Any:
    return demo.get(member, f"notices/{reference.partition('-')[0]}/{reference}")["notice"]


def test_five_nodes_answer_under_their_names(demo: Demo) -> None:
    """The one line names five nodes at the ports above the demonstration's, each with a working token."""
    names = ["Türkiye", "Israel", "Azerbaijan", "Syria", "United Nations"]
    assert [n["name"] for n in demo.nodes.values()] == names
    for number, (member, node) in enumerate(demo.nodes.items(), 1):
        assert node["url"] == f"http://127.0.0.1:{demo.port + number}"
        health = demo.get(member, "health")
        assert health["member"] == member
        assert health["drill"]
        assert {line["state"] for line in health["lines"]} == {"up"}
        assert health["alarms"] == []


def test_a_wrong_token_admits_nobody(demo: Demo) -> None:
    """The token of one node is none at another."""
    strange = Demo(demo.process, {"IL": {**demo.nodes["IL"], "token": demo.nodes["TR"]["token"]}}, demo.port)
    with pytest.raises(urllib.error.HTTPError) as refused:
        strange.get("IL", "health")
    assert refused.value.code == 401
    refused.value.close()


def test_the_agreement_is_signed_by_all(demo: Demo) -> None:
    """Version 1 is in force at every node, and all five have assented."""
    for member in demo.nodes:
        agreement = demo.get(member, "agreement")
        assert agreement["in_force"]["version"] == 1
        assert set(agreement["proposals"][0]["assented"]) == set(demo.nodes)


def test_one_overlap_stands_and_both_sides_name_it(demo: Demo) -> None:
    """The inspection of T4 and the low flight conflict, with no gap, at both parties under one id."""
    found = {member: demo.get(member, "conflicts")["conflicts"] for member in ("TR", "IL")}
    assert found["TR"] == found["IL"]
    (conflict,) = found["TR"]
    assert {conflict["a"]["notice"], conflict["b"]["notice"]} == {"IL-A-003", "TR-G-002"}
    gaps = [conflict[name] for name in ("lateral_gap_m", "vertical_gap_m", "time_gap_s")]
    assert gaps == [0.0, 0.0, 0.0]


def test_the_deployment_touches_the_red_line_and_stands(demo: Demo) -> None:
    """The training base touches the red line, which is shown at both; nothing was blocked."""
    for member in ("TR", "IL"):
        notice = _notice(demo, member, "TR-D-001")
        assert notice["state"] == "planned"
        (touch,) = notice["touches"]
        assert (touch["kind"], touch["reference"], touch["revision"]) == ("red_line", "IL-RL-01", 1)
    remarks = _notice(demo, "IL", "TR-D-001")["notice_file"]["features"][0]["properties"]["remarks"]
    assert "without targeting third countries" in remarks


def test_the_ladder_shows_read_back_and_an_open_proposal(demo: Demo) -> None:
    """Türkiye read the low flight back rightly, passed it on, and proposes a change that Israel can still accept."""
    notice = _notice(demo, "IL", "IL-A-003")
    (rung,) = [r for r in notice["ladder"] if r["member"] == "TR"]
    assert rung["read_back"]["matches"]
    assert rung["passed_on"]
    assert rung["position"]["stance"] == "proposal"
    assert rung["position"]["proposal"]["features"]
    assert notice["revision"] == 1


def test_a_proposal_was_accepted(demo: Demo) -> None:
    """The orbit stands in its second revision, which names the proposal that it accepts."""
    notice = _notice(demo, "TR", "IL-U-004")
    assert notice["revision"] == 2
    assert notice["accepts"]
    assert notice["conflicts"] == []


def test_humanitarians_see_no_forces(demo: Demo) -> None:
    """The United Nations hold their own notices alone; both parties and the host hold the convoy."""
    held = demo.get("UN", "notices")["notices"]
    assert {n["party"] for n in held} == {"UN"}
    for member in ("TR", "IL", "AZ"):
        assert _notice(demo, member, "UN-C-002")["nature"] == "protected"
    assert demo.get("SY", "notices")["notices"] == []


def test_every_text_says_that_it_is_fictional(demo: Demo) -> None:
    """Notices, areas and messages carry the mark."""
    for member in ("TR", "IL"):
        for notice in demo.get(member, "notices")["notices"]:
            for feature in notice["notice_file"]["features"]:
                assert "FICTIONAL" in feature["properties"]["remarks"]
            assert not notice["lateness"]["late"]
        areas, messages = demo.get(member, "areas")["areas"], demo.get(member, "messages")["messages"]
        assert {one["reference"] for one in areas} == {"UN-Z-AOS", "SY-Z-HMEIMIM", "IL-RL-01"}
        assert all("FICTIONAL" in one["text"] for one in (*areas, *messages))
        assert {"en", "tr", "ar"} == {one["language"] for one in messages}


def test_the_record_outlives_the_demonstration(tmp_path: Path) -> None:
    """Each folder verifies after the end; a second start continues it with new tokens; SIGKILL leaves no node."""
    data = tmp_path / "data"
    with _demo(tmp_path / "first.log", "--data", str(data)) as first:
        tokens = {node["token"] for node in first.nodes.values()}
        size = demo_size(first)
        second = subprocess.run(
            _command("--data", str(data), "--port", str(_free_base())), capture_output=True, text=True, timeout=20
        )
        assert second.returncode == 2
        assert "another demonstration runs" in second.stderr
        first.process.terminate()
        assert first.process.wait(ENDS_WITHIN_S) == 0
    assert _alive(data) == []
    for member in ("TR", "IL", "AZ", "SY", "UN"):
        words = [sys.executable, "-m", "clearline", "verify", str(data / member)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=20)
        assert done.returncode == 0, done.stdout + done.stderr
    with _demo(tmp_path / "again.log", "--data", str(data)) as again:
        assert tokens.isdisjoint(node["token"] for node in again.nodes.values())
        assert demo_size(again) == size
        assert len(_alive(data)) == 5
        _accept(again, tmp_path)
        again.process.kill()
        until = time.monotonic() + GONE_WITHIN_S
        while _alive(data) and time.monotonic() < until:
            time.sleep(0.05)
        assert _alive(data) == []


def demo_size(demo: Demo) -> int:
    """Return how many entries Türkiye's own log holds."""
    return int(demo.get("TR", "log?log=TR/main")["size"])


def _accept(demo: Demo, folder: Path) -> None:
    """Accept Türkiye's open proposal as the demonstration tells newcomers to; the conflict is gone at both nodes."""
    station = Station("IL", "Israel", demo.port + 2, demo.nodes["IL"]["token"], "2", Path())
    with contextlib.closing(Officer(station)) as officer:
        proposal = open_proposal(officer)
    assert proposal is not None
    assert (proposal.notice, proposal.proposer) == ("IL-A-003", "TR")
    file = folder / "accepted.geojson"
    file.write_text(json.dumps(proposal.file))
    words = [sys.executable, "-m", "clearline", "notice", "amend", str(file), "--accepts", proposal.entry]
    access = {"CLEARLINE_URL": station.url, "CLEARLINE_TOKEN": station.token}
    done = subprocess.run(words, capture_output=True, text=True, timeout=20, env={**os.environ, **access})
    assert done.returncode == 0, done.stdout + done.stderr
    until = time.monotonic() + GONE_WITHIN_S
    while demo.get("TR", "conflicts")["conflicts"] and time.monotonic() < until:
        time.sleep(0.05)
    assert demo.get("TR", "conflicts")["conflicts"] == []
    assert "FICTIONAL" in json.dumps(_notice(demo, "TR", "IL-A-003")["notice_file"])


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    """A port in use ends the command with status 2, the port and the option that chooses others; nothing is made."""
    base = _free_base()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", base + 3))
        taken.listen()
        words = _command("--port", str(base), "--data", str(tmp_path / "data"))
        done = subprocess.run(words, capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert str(base + 3) in done.stderr
    assert "--port" in done.stderr
    assert not list((tmp_path / "data").glob("*"))


def test_another_folder_is_left_alone(tmp_path: Path) -> None:
    """A folder that holds something else is refused and stays as it was."""
    (tmp_path / "letters.txt").write_text("dear")
    words = _command("--port", str(_free_base()), "--data", str(tmp_path))
    done = subprocess.run(words, capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert "no folder of a demonstration" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["letters.txt"]
