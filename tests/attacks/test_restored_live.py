"""A real node is restored from an old backup: it asks, refills itself over HTTP, and waits for two officers."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from click.testing import CliRunner

from clearline.faces.cli import main
from clearline.testing.flood import wait_until_it_signs
from clearline.testing.nodes import LiveNode, running_nodes

WAIT_S = 20.0


def until(what: Callable[[], object]) -> None:
    begun = time.monotonic()
    while not what():
        assert time.monotonic() - begun < WAIT_S, "it did not happen"
        time.sleep(0.02)


def say(node: LiveNode, to: str, text: str, officer: int = 0) -> httpx.Response:
    headers = {"authorization": f"Bearer {node.tokens[officer]}"}
    return httpx.post(f"{node.url}/api/v1/messages", json={"to": [to], "text": text}, headers=headers)


def state(node: LiveNode) -> dict[str, object]:
    found: dict[str, object] = httpx.get(f"{node.url}/api/v1/state", headers=node.headers).json()
    return found


def test_a_real_node_restored_from_an_old_backup(tmp_path: Path) -> None:
    """Over HTTP and SQLite: the old backup signs nothing, takes back what it lost, and goes on by two persons."""
    with running_nodes(tmp_path, ("IL", "TR")) as nodes:
        il, tr = nodes["IL"], nodes["TR"]
        for node in (il, tr):
            wait_until_it_signs(node.url, node.tokens[0])
        assert say(tr, "IL", "before the backup").status_code == 201
        until(lambda: il.sizes()["TR/main"] == 1)
        tr.stop()
        backup = tmp_path / "backup.sqlite"
        shutil.copy(tr.folder / "record.sqlite", backup)
        tr.start()
        wait_until_it_signs(tr.url, tr.tokens[0])
        for number in range(3):
            assert say(tr, "IL", f"after the backup {number}").status_code == 201
        until(lambda: il.sizes()["TR/main"] == 4)
        tr.stop()
        for path in tr.folder.glob("record.sqlite*"):
            path.unlink()
        shutil.copy(backup, tr.folder / "record.sqlite")
        tr.start()
        until(lambda: state(tr)["read_only"])
        refused = say(tr, "IL", "from the backup")
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/read-only")
        until(lambda: tr.sizes()["TR/main"] == 4)
        assert state(tr)["lacking"] == [] and not state(tr)["may_sign"]
        health = httpx.get(f"{tr.url}/api/v1/health", headers=tr.headers).json()
        assert "restored-backup" in {alarm["type"] for alarm in health["alarms"]}
        first = httpx.post(f"{tr.url}/api/v1/state/restored", json={"reason": "new disk"}, headers=tr.headers)
        assert first.status_code == 202, first.text
        second = {"authorization": f"Bearer {tr.tokens[1]}"}
        done = httpx.post(
            f"{tr.url}/api/v1/drafts/{first.json()['id']}/signatures", json={"signature": ""}, headers=second
        )
        assert done.status_code == 201, done.text
        assert state(tr)["may_sign"]
        assert say(tr, "IL", "as before").status_code == 201
        until(lambda: il.sizes()["TR/main"] == 6)
        assert not httpx.get(f"{il.url}/api/v1/health", headers=il.headers).json()["alarms"]
        tr.stop()
        tr.start()
        wait_until_it_signs(tr.url, tr.tokens[0])


def test_a_node_without_peers_is_started_alone_by_an_officer(tmp_path: Path) -> None:
    """A restart with nobody there signs nothing until an officer says so at the terminal; then it goes on."""
    with running_nodes(tmp_path, ("IL", "TR")) as nodes:
        il, tr = nodes["IL"], nodes["TR"]
        for node in (il, tr):
            wait_until_it_signs(node.url, node.tokens[0])
        assert say(tr, "IL", "with a peer").status_code == 201
        until(lambda: il.sizes()["TR/main"] == 1)
        tr.stop()
        il.stop()
        tr.start()
        token = tmp_path / "token"
        token.write_text(tr.tokens[0], encoding="utf-8")
        token.chmod(0o600)
        at = ["--url", tr.url, "--token-file", str(token)]
        shown = CliRunner().invoke(main, ["state", "show", *at])
        assert shown.exit_code == 1, shown.output
        assert "SIGNS NOTHING" in shown.output and "asks IL" in shown.output
        refused = say(tr, "IL", "nobody asked")
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/peers-not-asked")
        nothing = CliRunner().invoke(main, ["state", "restored", *at])
        assert nothing.exit_code == 2 and "lost nothing" in nothing.output
        alone = CliRunner().invoke(main, ["state", "alone", *at])
        assert alone.exit_code == 0 and "SIGNS\n" in alone.output, alone.output
        assert say(tr, "IL", "alone").status_code == 201
        il.start()
        until(lambda: il.sizes()["TR/main"] == 2)
        until(lambda: state(tr)["clocks"])
        assert abs(state(tr)["clocks"][0]["offset_ms"]) <= state(tr)["clocks"][0]["bound_ms"] + 5  # type: ignore[index]
        shown = CliRunner().invoke(main, ["state", "show", *at])
        assert shown.exit_code == 0 and "clock of IL" in shown.output
