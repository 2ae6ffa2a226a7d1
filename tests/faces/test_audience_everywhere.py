"""Real nodes: what is said to some is found nowhere at the others: not by API, page or bundle, on disk or in logs."""

from __future__ import annotations

import contextlib
import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from clearline.faces.cli import main
from clearline.records.genesis import Role
from clearline.testing.nodes import LiveNode, LiveNodes, running_nodes
from clearline.testing.notice_files import notice_file

MARKER, REASON = "MARKERqX7remarks", "MARKERqX7reason"
REFERENCE = "TR-Zq77"
MEMBERS = (("AZ", Role.HOST), ("IL", Role.PARTY), ("SY", Role.PARTY), ("TR", Role.PARTY))
PATHS = (
    "notices",
    "area-only",
    "conflicts?all=true",
    "messages",
    "areas",
    "agreement",
    "health",
    "erasures",
    "dictated",
    "log?log=TR/main",
    "log?log=TR/safety",
)


def until(what: Callable[[], bool], limit_s: float = 20.0) -> None:
    """Wait for the lines between the nodes, which nobody turns by hand here."""
    ends = time.monotonic() + limit_s
    while not what():
        assert time.monotonic() < ends, "the nodes did not reach each other"
        time.sleep(0.05)


def told(node: LiveNode) -> None:
    """Wait until a node may speak: it asks its peers first after a start."""

    def ready() -> bool:
        with httpx.Client(base_url=node.url, headers=node.headers) as client:
            body = {
                "to": ["TR" if node.member == "IL" else "IL"],
                "text": "ready",
                "precedence": "ROUTINE",
                "language": "en",
            }
            return client.post("/api/v1/messages", json=body).status_code == 201

    until(ready)


def get(node: LiveNode, path: str) -> bytes:
    with httpx.Client(base_url=node.url, headers=node.headers) as client:
        return client.get(f"/api/v1/{path}").content


def post(node: LiveNode, path: str, body: Any, **query: str) -> httpx.Response:
    with httpx.Client(base_url=node.url, headers=node.headers) as client:
        return client.post(f"/api/v1/{path}", json=body, params=query)


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNodes]:
    with running_nodes(tmp_path_factory.mktemp("audience"), MEMBERS) as running:
        for node in running.values():
            told(node)
        yield running


def everything_at(node: LiveNode, tmp_path: Path) -> dict[str, bytes]:
    """Return whatever can be had at a node: every answer, its page, its events, a bundle, and its files' bytes."""
    found = {path: get(node, path) for path in PATHS}
    found |= {f"log of {log}": get(node, f"log?log={log}") for log in ("AZ/main", "IL/main", "SY/main", "IL/safety")}
    for path in ("inbox", "threads"):
        found[path] = get(node, path)
    for path in (f"notices/TR/{REFERENCE}", f"notices/TR/{REFERENCE}/card"):
        # What a refusal repeats of the question is no answer.
        never = get(node, path.replace(REFERENCE, "TR-never")).replace(b"TR-never", REFERENCE.encode())
        found[path] = b"" if get(node, path) == never else get(node, path)
    with httpx.Client(base_url=node.url) as client:
        token = node.tokens[0]
        client.post("/login", data={"token": token}, headers={"sec-fetch-site": "same-origin"})
        found["page"] = client.get("/?past=1").content
    events = node.do(lambda n, _: n.store.events(0, 10_000))
    found["events"] = "\n".join(event.data for event in events).encode()
    target = tmp_path / f"{node.member}.bundle"
    done = CliRunner().invoke(main, ["bundle", str(node.folder), "-o", str(target), "--force"])
    assert done.exit_code == 0, done.output
    found["bundle"] = target.read_bytes()
    for file in sorted(p for p in node.folder.rglob("*") if p.is_file()):
        # A file that is written anew has another name for a moment.
        with contextlib.suppress(FileNotFoundError):
            found[f"file {file.name}"] = file.read_bytes()
    return found


def where(node: LiveNode, tmp_path: Path, *markers: str) -> list[str]:
    return [
        name for name, raw in everything_at(node, tmp_path).items() if any(marker.encode() in raw for marker in markers)
    ]


def test_a_notice_is_found_with_its_audience_alone(
    nodes: LiveNodes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """IL holds it, SY the area and the reference, AZ the header; then SY is shown it, and AZ still is not."""
    caplog.set_level(logging.DEBUG)
    file = notice_file("TR", REFERENCE, remarks=MARKER, start_min=30)
    shown = post(nodes["TR"], "notices/preview", file, audience="IL", area_only="SY").json()
    assert {one["member"]: one["sees"] for one in shown["members"]} == {
        "AZ": "nothing",
        "IL": "full",
        "SY": "area_only",
        "TR": "full",
    }
    assert post(nodes["TR"], "notices", file, audience="IL", area_only="SY").status_code == 201
    step = {"step": "activate", "reason": REASON}
    assert post(nodes["TR"], f"notices/{REFERENCE}/steps", step).status_code == 201
    size = nodes["TR"].sizes()["TR/main"]
    until(lambda: all(nodes[m].sizes()["TR/main"] >= size for m in ("AZ", "IL", "SY")))
    assert "notices" in where(nodes["IL"], tmp_path, MARKER)
    assert where(nodes["AZ"], tmp_path, MARKER, REASON, REFERENCE) == []
    assert where(nodes["SY"], tmp_path, MARKER, REASON) == []
    (area,) = [a for a in json.loads(get(nodes["SY"], "area-only"))["notices"] if a["notice"] == REFERENCE]
    assert "AREA ONLY" in area["words"]
    assert not {"activity", "nature", "remarks", "callsign"} & set(area["areas"]["features"][0]["properties"])
    answer = post(nodes["SY"], f"notices/TR/{REFERENCE}/acknowledgements", {"step": "seen"})
    assert answer.status_code == 201
    disclosed = post(nodes["TR"], f"notices/TR/{REFERENCE}/disclosures", {"members": ["SY"]})
    assert disclosed.status_code == 201
    until(lambda: REFERENCE.encode() not in get(nodes["SY"], "area-only"))
    assert "notices" in where(nodes["SY"], tmp_path, MARKER)
    size = nodes["TR"].sizes()["TR/main"]
    until(lambda: nodes["AZ"].sizes()["TR/main"] >= size)
    assert where(nodes["AZ"], tmp_path, MARKER, REASON, REFERENCE) == []
    own = [r.getMessage() for r in caplog.records if not r.name.startswith(("httpx", "httpcore", "asyncio"))]
    assert not any(MARKER in line or REASON in line for line in own)


def test_others_cannot_open_or_erase_what_is_not_theirs(nodes: LiveNodes) -> None:
    """The owner alone decides; a member that was told the area cannot read it back."""
    file = notice_file("TR", "TR-own", start_min=60)
    assert post(nodes["TR"], "notices", file, audience="IL", area_only="SY").status_code == 201
    until(lambda: b"TR-own" in get(nodes["SY"], "area-only"))
    for path, body in (("disclosures", {"members": ["AZ"]}), ("erasure", {"reason": "x"})):
        assert post(nodes["IL"], f"notices/TR/TR-own/{path}", body).status_code == 403
    refused = post(nodes["TR"], "notices/TR/TR-own/erasure", {"reason": "x"})
    assert refused.status_code == 403 and refused.json()["type"].endswith("erasure-not-agreed")
    (area,) = [a for a in json.loads(get(nodes["SY"], "area-only"))["notices"] if a["notice"] == "TR-own"]
    what = area["areas"]["features"][0]["properties"]
    volume = {
        "position": area["areas"]["features"][0]["geometry"]["coordinates"],
        **{name: what[name] for name in ("lower", "upper", "start", "end")},
    }
    body = {
        "step": "read_back",
        "of": area["said"]["entry"]["id"],
        "activity": "air",
        "nature": "own_presence",
        "volumes": [volume],
    }
    answer = post(nodes["SY"], "notices/TR/TR-own/acknowledgements", body)
    assert answer.status_code == 403 and answer.json()["type"].endswith("area-only")


def test_a_card_goes_from_one_terminal_to_the_other(nodes: LiveNodes, tmp_path: Path) -> None:
    """Printed at TR, typed at IL with one slip, refused by line, typed again, and matched with the original."""
    file = notice_file("TR", "TR-CARD", start_min=90)
    assert post(nodes["TR"], "notices", file, audience="SY").status_code == 201

    def run(node: LiveNode, *arguments: str, stdin: str = "") -> tuple[int, str, str]:
        known = {"CLEARLINE_URL": node.url, "CLEARLINE_TOKEN": node.tokens[0]}
        done = CliRunner().invoke(main, ["card", *arguments], input=stdin, env=known)
        return done.exit_code, done.stdout, done.stderr

    code, out, err = run(nodes["TR"], "notice", "tr", "TR-CARD")
    assert code == 0, err
    assert "TANGO ROMEO DASH" in out
    spoken = [line[4:].strip() for line in out.splitlines() if line[:2].isdigit()]
    end = next(line for line in out.splitlines() if line.startswith("END "))
    slip = [spoken[0], spoken[1].replace("CARD", "CRAD"), *spoken[2:], end]
    code, _, err = run(nodes["IL"], "enter", "-", stdin="\n".join(slip))
    assert code == 2 and "line 2" in err and "again" in err
    typed = [spoken[0], slip[1], *spoken[1:], end]
    code, out, err = run(nodes["IL"], "enter", stdin="\n".join(typed) + "\n")
    assert code in (0, 1) and "not taken" in err and "NOT SIGNED BY ITS AUTHOR" in out
    code, _, err = run(nodes["IL"], "enter", "-", stdin="\n".join([*spoken[:-1], end]))
    assert code == 2
    code, out, _ = run(nodes["IL"], "list")
    assert code == 0 and "TR TR-CARD" in out and "NOT SIGNED" in out
    until(lambda: b"TR-CARD" in get(nodes["TR"], "dictated"))
    (one,) = [d for d in json.loads(get(nodes["TR"], "dictated"))["dictated"] if d["reference"] == "TR-CARD"]
    assert one["original"] is not None and one["differences"] == []
    path = tmp_path / "notice.geojson"
    path.write_text(json.dumps(notice_file("TR", "TR-FILE", start_min=90)))
    code, out, err = run(nodes["TR"], "notice", "--file", str(path), "--for", "IL")
    assert code == 0 and "REFERENCE TR-FILE" in out, err


def test_the_command_line_chooses_who_reads_what(nodes: LiveNodes, tmp_path: Path) -> None:
    """A dry run files nothing; area only, a disclosure and a refused erasure are one command each."""
    path = tmp_path / "notice.geojson"
    path.write_text(json.dumps(notice_file("TR", "TR-CLI", start_min=120)))

    def run(node: LiveNode, *arguments: str, stdin: str = "") -> tuple[int, str, str]:
        known = {"CLEARLINE_URL": node.url, "CLEARLINE_TOKEN": node.tokens[0]}
        done = CliRunner().invoke(main, ["notice", *arguments], input=stdin, env=known)
        return done.exit_code, done.stdout, done.stderr

    chosen = ("--audience", "IL", "--area-only", "sy")
    code, out, err = run(nodes["TR"], "file", str(path), *chosen, "--dry-run")
    assert code == 0 and "SY: its area only" in out and "AZ: nothing" in out, err
    assert b"TR-CLI" not in get(nodes["TR"], "notices")
    code, _, err = run(nodes["TR"], "file", str(path), *chosen)
    assert code in (0, 1), err
    until(lambda: b"TR-CLI" in get(nodes["SY"], "area-only"))
    code, out, _ = run(nodes["SY"], "area-only")
    assert code == 0 and "TR TR-CLI" in out and "within" in out and "nothing here is exact" in out
    code, out, err = run(nodes["TR"], "disclose", "TR-CLI", "--to", "sy")
    assert code == 0 and "DISCLOSED" in out, err
    code, _, err = run(nodes["TR"], "erase", "TR-CLI", "--reason", "x", stdin="no\n")
    assert code == 2 and "ERASE" in err
    code, _, err = run(nodes["TR"], "erase", "TR-CLI", "--reason", "x", stdin="ERASE\n")
    assert code == 2 and "does not let TR erase" in err
