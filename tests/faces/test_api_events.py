"""Server-sent events: committed alone, resumable, bounded, alive."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from clearline.faces.api import events
from clearline.testing.nodes import LiveNode, LiveNodes, running_nodes
from clearline.testing.notice_files import notice_file


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNodes]:
    with running_nodes(tmp_path_factory.mktemp("nodes"), ("IL", "TR")) as held:
        yield held


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=10) as held:
        yield held


def listen(
    client: httpx.Client, node: LiveNode, *, until: str, query: str = "", **headers: str
) -> list[dict[str, str]]:
    """Return the events up to and with the first whose text holds `until`; comments are events named `:`."""
    found: list[dict[str, str]] = []
    event: dict[str, str] = {}
    url = f"{node.url}/api/v1/events{query}"
    with client.stream("GET", url, headers={**node.headers, **headers}) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line:
                name, _, value = line.partition(":")
                event[name or ":"] = value.strip()
                continue
            found.append(event)
            if until in json.dumps(event):
                return found
            event = {}
    return found


def file(client: httpx.Client, node: LiveNode, reference: str) -> Any:
    answer = client.post(f"{node.url}/api/v1/notices", json=notice_file(node.member, reference), headers=node.headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_events_resume_after_an_id(nodes: LiveNodes, client: httpx.Client) -> None:
    """Who comes back with the last id misses nothing and gets nothing twice, by header or by parameter."""
    tr = nodes["TR"]
    ids = [file(client, tr, f"TR-R{number}")["entry"]["id"] for number in range(3)]
    everything = listen(client, tr, until=ids[2], query="?after=0")
    assert everything[0] == {"retry": "2000"}
    numbers = [int(e["id"]) for e in everything[1:]]
    assert numbers == list(range(1, len(numbers) + 1))
    entries = [json.loads(e["data"])["id"] for e in everything[1:] if e["event"] == "entry"]
    assert [e for e in entries if e in ids] == ids
    (at,) = [e["id"] for e in everything[1:] if ids[0] in e["data"]]
    assert [e.get("id") for e in listen(client, tr, until=ids[2], query=f"?after={at}")[1:]] == [
        str(n) for n in numbers if n > int(at)
    ]
    assert listen(client, tr, until=ids[2], query="?after=0", **{"last-event-id": at})[1]["id"] == str(int(at) + 1)


def test_news_arrive_at_once(nodes: LiveNodes, client: httpx.Client) -> None:
    """What the other side files is told to a listener while it is quiet."""
    tr, il = nodes["TR"], nodes["IL"]
    with (
        httpx.Client(trust_env=False, timeout=10) as other,
        client.stream("GET", f"{tr.url}/api/v1/events", headers=tr.headers) as stream,
    ):
        lines = stream.iter_lines()
        assert next(lines) == "retry: 2000"
        for number in range(5):
            time.sleep(0.05)
            filed = file(other, il, f"IL-N{number}")
            started = time.monotonic()
            while filed["entry"]["id"] not in next(lines):
                pass
            assert time.monotonic() - started < 3


def test_a_quiet_line_beats(nodes: LiveNodes, client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A comment says that the line is alive where there is nothing to tell."""
    monkeypatch.setattr(events, "HEARTBEAT_S", 0.05)
    assert listen(client, nodes["TR"], until="nothing new")[-1][":"] == "nothing new"


def test_listeners_are_bounded(nodes: LiveNodes, client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """One listener too many is sent away with word when to come back; a place is free again when one leaves."""
    tr = nodes["TR"]
    monkeypatch.setattr(events, "LISTENERS_MAX", 1)
    monkeypatch.setattr(events, "HEARTBEAT_S", 0.05)
    with (
        httpx.Client(trust_env=False, timeout=10) as other,
        client.stream("GET", f"{tr.url}/api/v1/events", headers=tr.headers) as stream,
    ):
        lines = stream.iter_lines()
        assert next(lines)
        refused = other.get(f"{tr.url}/api/v1/events", headers=tr.headers)
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/too-many-listeners")
        assert int(refused.headers["retry-after"]) > 0
        assert next(lines) is not None
    end = time.monotonic() + 5
    while True:
        with (
            httpx.Client(trust_env=False, timeout=10) as again,
            again.stream("GET", f"{tr.url}/api/v1/events", headers=tr.headers) as stream,
        ):
            if stream.status_code == 200:
                return
        assert time.monotonic() < end
        time.sleep(0.05)


def test_an_id_of_another_life_begins_anew(nodes: LiveNodes, client: httpx.Client) -> None:
    """An id past the newest is another node's: the listener is told to read everything anew."""
    found = listen(client, nodes["TR"], until="reset", query="?after=999999999")
    assert found[-1]["event"] == "reset"


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "9" * 30])
def test_an_id_that_is_none_is_refused(nodes: LiveNodes, client: httpx.Client, after: str) -> None:
    """The id of an event is a whole number."""
    tr = nodes["TR"]
    answer = client.get(f"{tr.url}/api/v1/events?after={after}", headers=tr.headers)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/malformed")
