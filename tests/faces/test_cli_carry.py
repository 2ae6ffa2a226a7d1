"""`clearline carry` at running nodes that cannot reach each other, and at nodes that are stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from clearline.faces.cli import main
from clearline.store.folder import read_config, write_config
from clearline.testing.nodes import LiveNode, LiveNodes, running_nodes
from clearline.testing.notice_files import notice_file


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[LiveNodes]:
    """Run two nodes without a line between them."""
    with running_nodes(tmp_path, start=False) as found:
        for node in found.values():
            write_config(node.folder, replace(read_config(node.folder), peers={}))
            node.start()
            node.settle()
        yield found


def carry(node: LiveNode | None, *words: str) -> Result:
    environment = {} if node is None else {"CLEARLINE_URL": node.url, "CLEARLINE_TOKEN": node.tokens[0]}
    return CliRunner(env=environment).invoke(main, ["carry", *words])


def filed(node: LiveNode, reference: str) -> None:
    answer = httpx.post(node.url + "/api/v1/notices", headers=node.headers, json=notice_file(node.member, reference))
    assert answer.status_code == 201, answer.text


def test_a_stick_between_running_nodes_and_back(nodes: LiveNodes, tmp_path: Path) -> None:
    """Words say what came, what is held, and what the other side holds; a second time nothing is new."""
    il, tr, there, back = nodes["IL"], nodes["TR"], str(tmp_path / "il.carry"), str(tmp_path / "tr.carry")
    filed(tr, "TR-1")
    done = carry(tr, "out", "--to", "IL", there)
    assert done.exit_code == 0, done.output
    assert "Sealed to IL" in done.output
    done = carry(il, "in", there)
    assert done.exit_code == 0, done.output
    assert "TR/main: entries 0 to 0 came, 1 new; 1 are held now" in done.output
    assert "nothing new; 1 are held now" in carry(il, "in", there).output
    assert carry(il, "out", "--to", "TR", back).exit_code == 0
    done = carry(tr, "in", back)
    assert "IL holds 1 entries of TR/main, with every body below 1" in done.output, done.output
    answer = httpx.get(tr.url + "/api/v1/notices/TR/TR-1", headers=tr.headers).json()
    assert "delivered" in json.dumps(answer)
    line = httpx.get(tr.url + "/api/v1/health", headers=tr.headers).json()["lines"][0]
    assert line["delivery"]["main"] == 1


def test_a_file_that_exists_stays(nodes: LiveNodes, tmp_path: Path) -> None:
    target = tmp_path / "il.carry"
    target.write_text("mine")
    done = carry(nodes["TR"], "out", "--to", "IL", str(target))
    assert done.exit_code == 2 and "exists already" in done.output and target.read_text() == "mine"
    assert carry(nodes["TR"], "out", "--to", "IL", "--force", str(target)).exit_code == 0


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("out", "--to", "XX", "F"), 2, "another member"),
        (("out", "--to", "IL", "--part-bytes", "5", "F"), 2, "part_bytes"),
        (("in", "absent"), 2, "absent"),
    ],
)
def test_bad_input_says_what_is_wrong(
    nodes: LiveNodes, tmp_path: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    done = carry(nodes["TR"], *(str(tmp_path / word) if word in ("F", "absent") else word for word in words))
    assert (done.exit_code, said in done.output) == (status, True), done.output


def test_a_torn_file_is_named_and_status_says_so(nodes: LiveNodes, tmp_path: Path) -> None:
    filed(nodes["TR"], "TR-1")
    target = tmp_path / "il.carry"
    carry(nodes["TR"], "out", "--to", "IL", str(target))
    raw = target.read_bytes()
    target.write_bytes(raw[: raw.rindex(b'{"end"') + 5])
    done = carry(nodes["IL"], "in", str(target))
    assert done.exit_code == 1 and "TORN OR CHANGED" in done.output and "1 new" in done.output
    target.write_bytes(b"noise")
    done = carry(nodes["IL"], "in", str(target))
    assert done.exit_code == 2 and "no carried file" in done.output


def test_stopped_nodes_carry_through_their_folders(nodes: LiveNodes, tmp_path: Path) -> None:
    """Under the store's lock: a node that runs is not touched behind its back."""
    filed(nodes["TR"], "TR-1")
    target = str(tmp_path / "il.carry")
    done = carry(None, "out", "--dir", str(nodes["TR"].folder), "--to", "IL", target)
    assert done.exit_code == 2 and "is the node running" in done.output
    for node in nodes.values():
        node.stop()
    done = carry(None, "out", "--dir", str(nodes["TR"].folder), "--to", "IL", target)
    assert done.exit_code == 0, done.output
    done = carry(None, "in", "--dir", str(nodes["IL"].folder), target)
    assert done.exit_code == 0 and "1 new" in done.output, done.output
    nodes["IL"].start()
    assert nodes["IL"].sizes()["TR/main"] == 1
