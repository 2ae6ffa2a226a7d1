"""Real nodes: after an erasure no file, answer or bundle holds a byte of it, and both verifiers say so."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from click.testing import CliRunner

from clearline.faces.cli import main
from clearline.records.genesis import Role
from clearline.testing.nodes import LiveNode, running_nodes
from clearline.testing.notice_files import notice_file

MARKER, REFERENCE = "MARKERwE4ambulances", "UN-Wk31"
LONG_AGO_MIN = -40 * 24 * 60
VERIFIER = Path(__file__).parents[2] / "tools" / "verify_bundle.py"


def until(what: Callable[[], bool], limit_s: float = 20.0) -> None:
    ends = time.monotonic() + limit_s
    while not what():
        assert time.monotonic() < ends, "the nodes did not reach each other"
        time.sleep(0.05)


def post(node: LiveNode, path: str, body: Any, **query: str) -> httpx.Response:
    with httpx.Client(base_url=node.url, headers=node.headers) as client:
        return client.post(f"/api/v1/{path}", json=body, params=query)


def get(node: LiveNode, path: str) -> bytes:
    with httpx.Client(base_url=node.url, headers=node.headers) as client:
        return client.get(f"/api/v1/{path}").content


def files_with(node: LiveNode, marker: str) -> list[str]:
    paths = sorted(path for path in node.folder.rglob("*") if path.is_file())
    return [path.name for path in paths if marker.encode() in path.read_bytes()]


def test_nothing_of_an_erased_notice_is_left_and_the_record_still_proves_itself(tmp_path: Path) -> None:
    """Filed in stages, disclosed, withdrawn, erased: gone while the nodes run, and after they were started anew."""
    members = (("IL", Role.PARTY), ("TR", Role.PARTY), ("UN", Role.HUMANITARIAN))
    with running_nodes(tmp_path, members) as nodes:
        il, tr, un = nodes["IL"], nodes["TR"], nodes["UN"]
        file = notice_file(
            "UN",
            REFERENCE,
            activity="protected_movement",
            nature="protected",
            remarks=MARKER,
            start_min=LONG_AGO_MIN,
            end_min=LONG_AGO_MIN + 60,
        )
        until(lambda: post(un, "notices", file, audience="IL", area_only="TR").status_code in (201, 409))
        assert post(un, f"notices/UN/{REFERENCE}/disclosures", {"members": ["TR"]}).status_code == 201
        step = {"step": "withdraw", "reason": MARKER}
        assert post(un, f"notices/{REFERENCE}/steps", step).status_code == 201
        until(lambda: all(MARKER.encode() in get(node, "notices") for node in nodes.values()))
        for node in nodes.values():
            (node.folder / "carried").mkdir(exist_ok=True)
            (node.folder / "carried" / "waits").write_text(f"a part that came before its time {MARKER}")
        assert all(files_with(node, MARKER) for node in nodes.values()), "nothing to erase: proves nothing"
        answer = post(un, f"notices/UN/{REFERENCE}/erasure", {"reason": "asked for by those concerned"})
        assert answer.status_code == 201, answer.text
        order = answer.json()["entry"]["id"]
        until(lambda: all(order.encode() in get(node, "erasures") for node in nodes.values()))
        until(lambda: not any(files_with(node, MARKER) for node in nodes.values()))
        for node in nodes.values():
            assert json.loads(get(node, "erasures"))["erasures"][0]["bodies"][0]["kept_because"] is None
            for path in ("notices", "conflicts?all=true", "log?log=UN/main", "area-only"):
                assert MARKER.encode() not in get(node, path) and REFERENCE.encode() not in get(node, path)
            node.stop()
            node.start()
            assert files_with(node, MARKER) == [] and files_with(node, REFERENCE) == []
        for node in (il, tr, un):
            node.stop()
            target = tmp_path / f"{node.member}.bundle"
            assert CliRunner().invoke(main, ["bundle", str(node.folder), "-o", str(target)]).exit_code == 0
            assert MARKER.encode() not in target.read_bytes()
            for what in (str(node.folder), str(target)):
                done = CliRunner().invoke(main, ["verify", what, "--json"])
                assert done.exit_code == 0, done.output
                log = next(one for one in json.loads(done.stdout)["logs"] if one["log"] == "UN/main")
                assert log["bodies"]["erased"]["count"] >= 2 and log["bodies"]["absent"]["count"] == 0
                words = CliRunner().invoke(main, ["verify", what]).stdout
                assert "erased by order of their author" in words and "erased by entry" in words
            alone = subprocess.run(
                [sys.executable, "-I", str(VERIFIER), str(target)],
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            assert alone.returncode == 0, alone.stdout + alone.stderr
            assert "were erased by order of their author" in alone.stdout
