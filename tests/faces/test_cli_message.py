"""`clearline message` at real nodes, by exit code and output."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from clearline.faces.cli import main
from clearline.testing.nodes import LiveNode, LiveNodes, running_nodes


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNodes]:
    with running_nodes(tmp_path_factory.mktemp("message"), ("IL", "TR")) as live:
        yield live


def run(node: LiveNode, *arguments: str, given: str | None = None) -> Result:
    known = {"CLEARLINE_URL": node.url, "CLEARLINE_TOKEN": node.tokens[0]}
    return CliRunner().invoke(main, ["message", *arguments], input=given, env=known)


def test_a_message_is_sent_delivered_and_read(nodes: LiveNodes) -> None:
    """In its own language, with its precedence; the sender sees who claims to hold it."""
    sent = run(nodes["TR"], "send", "--to", "IL", "--precedence", "immediate", "--language", "tr", "Yanıt bekliyoruz.")
    assert sent.exit_code == 0, sent.output
    assert sent.stdout.startswith("SENT  IMMEDIATE to IL: TR/main ")
    piped = run(nodes["TR"], "send", "--to", "IL", "-", given="two\nlines\n")
    assert piped.exit_code == 0
    for _ in range(200):
        there = run(nodes["IL"], "list").stdout
        here = run(nodes["TR"], "list").stdout
        if "lines" in there and "no word" not in here:
            break
        time.sleep(0.02)
    assert "    Yanıt bekliyoruz.\n" in there
    assert "    two\n    lines\n" in there
    assert "TR (watch 1) to IL" in there.replace("IL, TR", "IL")
    assert "delivered: IL " in here
    assert "2 messages. As of" in here
    raw = json.loads(run(nodes["IL"], "list", "--json", "--most", "1").stdout)
    assert len(raw["messages"]) == 1
    assert "and 1 older" in run(nodes["IL"], "list", "--most", "1").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("--to", "XX", "text"),
        ("--to", "IL", ""),
        ("--to", "IL", "--language", "not a language", "text"),
        ("--to", "IL", "--about", "zz", "text"),
        ("--to", "IL", "--precedence", "SOON", "text"),
        ("text",),
    ],
)
def test_bad_input_sends_nothing(nodes: LiveNodes, arguments: tuple[str, ...]) -> None:
    """Exit 2 with the reason, nothing on standard output."""
    done = run(nodes["TR"], "send", *arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr
