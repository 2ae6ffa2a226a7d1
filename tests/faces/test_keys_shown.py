"""What is disowned, and whose key is whose, as officers see it: in the API, at the terminal and on the page."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from clearline.faces.cli import main
from clearline.testing.nodes import LiveNode, LiveNodes, running_nodes
from clearline.testing.notice_files import notice_file


@pytest.fixture
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNodes]:
    with running_nodes(tmp_path_factory.mktemp("keys"), ("IL", "TR"), demonstration=True) as live:
        yield live


def ask(node: LiveNode, method: str, path: str, body: Any = None, officer: int = 0) -> httpx.Response:
    headers = {"authorization": f"Bearer {node.tokens[officer]}"}
    return httpx.request(method, f"{node.url}/api/v1/{path}", headers=headers, json=body, timeout=20, trust_env=False)


def cli(node: LiveNode, *words: str, officer: int = 0) -> Result:
    environment = {"CLEARLINE_URL": node.url, "CLEARLINE_TOKEN": node.tokens[officer]}
    return CliRunner().invoke(main, list(words), env=environment)


def in_time(find: Any) -> Any:
    end = time.monotonic() + 15
    while not (found := find()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


def event(node: LiveNode, folder: Path, *words: str) -> None:
    """Let the root sign a key event at the command line, and hand it to the node."""
    root, genesis = str(node.folder / "keys/root.key"), str(node.folder / "genesis.note")
    file = str(folder / "event.note")
    Path(file).unlink(missing_ok=True)
    common = ("--root", root, "--genesis", genesis, "--member", node.member, "-o", file)
    made = CliRunner().invoke(main, ["keys", words[0], *common, *words[1:]])
    assert made.exit_code == 0, made.output


def test_a_lost_key_is_replaced_and_what_it_signed_is_shown_as_disowned(nodes: LiveNodes, tmp_path: Path) -> None:
    """From `keys new` to the other side's page: revoked by the root alone, disowned from a size on, replaced by two."""
    tr, il = nodes["TR"], nodes["IL"]
    for number in (1, 2):
        assert ask(tr, "POST", "notices", notice_file("TR", f"TR-{number}")).status_code == 201
    keys = ask(tr, "GET", "keys?member=TR").json()["keys"]
    lost = next(k for k in keys if k["role"] == "officer/1")
    assert (lost["state"], lost["position"], lost["granted"]) == ("good", "watch 1", None)
    event(
        tr, tmp_path, "revoke", "--role", "officer/1", "--key", lost["key"], "--last-good", "main=1", "--reason", "lost"
    )
    said = cli(tr, "keys", "say", str(tmp_path / "event.note"))
    assert said.exit_code == 0 and "REVOKE officer 1 of TR" in said.output and "SAID" in said.output, said.output

    def flagged() -> Any:
        entries = ask(il, "GET", "log?log=TR/main").json()["entries"]
        return len(entries) == 3 and entries

    entries = in_time(flagged)
    assert [[f["slug"] for f in e["flags"]] for e in entries] == [[], ["disowned"], []]
    alarms = ask(il, "GET", "health").json()["alarms"]
    assert [a["type"].rpartition("/")[2] for a in alarms] == ["key-changed"]
    notices = {n["notice"]: n for n in ask(il, "GET", "notices").json()["notices"]}
    assert notices["TR-1"]["said"]["flags"] == []
    assert "from entry 1 of main on" in notices["TR-2"]["said"]["flags"][0]["text"]
    shown = cli(il, "notice", "show", "TR", "TR-2")
    assert "DISOWNED: TR revoked the key of officer 1" in shown.output
    page = httpx.get(il.url + "/", trust_env=False).text
    assert page.count("DISOWNED: TR revoked the key of officer 1") == 1
    listed = cli(il, "keys", "list", "--member", "TR")
    assert "revoked" in listed.output and "disowned: main from entry 1 on" in listed.output
    refused = ask(tr, "POST", "notices", notice_file("TR", "TR-3"))
    assert (refused.status_code, refused.json()["type"].endswith("key-not-good")) == (403, True)

    file = tr.folder / "keys/officer-1.2.key"
    made = CliRunner().invoke(main, ["keys", "new", str(file)])
    public = made.stdout.strip()
    assert len(base64.b64decode(public)) == 32
    event(tr, tmp_path, "grant", "--role", "officer/1", "--key", public, "--position", "watch 1")
    # With officer 1's key gone only officer 2 can sign, so the root and the node suffice.
    said = cli(tr, "keys", "say", str(tmp_path / "event.note"), officer=1)
    assert said.exit_code == 0 and "SAID" in said.output, said.output
    assert ask(tr, "POST", "notices", notice_file("TR", "TR-4")).status_code == 201
    in_time(lambda: "TR-4" in ask(il, "GET", "notices").text)
    tr.stop()
    tr.start()
    assert in_time(lambda: ask(tr, "POST", "notices", notice_file("TR", "TR-5")).status_code == 201)


def test_a_cosigning_key_is_rotated_while_the_node_runs(nodes: LiveNodes, tmp_path: Path) -> None:
    """Two officers say it, the node takes up the new file at once, and the other side counts the new signature."""
    il, tr = nodes["IL"], nodes["TR"]
    made = CliRunner().invoke(main, ["keys", "new", str(il.folder / "keys/delivery.2.key")])
    old = str(il.folder / "keys/delivery.key")
    event(il, tmp_path, "rotate", "--role", "delivery", "--key", made.stdout.strip(), "--old", old)
    said = cli(il, "keys", "say", str(tmp_path / "event.note"))
    assert said.exit_code == 0 and "WAITS for a second person" in said.output, said.output
    draft = ask(il, "GET", "drafts").json()["drafts"][0]
    assert ask(il, "POST", f"drafts/{draft['id']}/signatures", {}, officer=1).status_code == 201
    assert il.alive.keys.delivery.public.raw == base64.b64decode(made.stdout)
    filed = ask(tr, "POST", "notices", notice_file("TR", "TR-9")).json()["entry"]

    def delivered() -> bool:
        entries = ask(tr, "GET", "log?log=TR/main&from=0&count=100").json()["entries"]
        one = next(e for e in entries if e["entry"]["id"] == filed["id"])
        return one["delivered"]["IL"] is not None

    assert in_time(delivered)


def test_key_events_that_are_not_the_root_s_are_refused(nodes: LiveNodes, tmp_path: Path) -> None:
    """A note of another's root, of another member, or of no form is refused with its reason, and nothing is said."""
    il, tr = nodes["IL"], nodes["TR"]
    made = CliRunner().invoke(main, ["keys", "new", str(tmp_path / "k")])
    public = made.stdout.strip()
    root, genesis = str(il.folder / "keys/root.key"), str(il.folder / "genesis.note")
    for member, said in (("TR", "signatures do not hold"), ("IL", "a key event of IL in the log of TR")):
        file = tmp_path / f"{member}.note"
        words = ("--root", root, "--genesis", genesis, "--member", member, "--role", "mirror", "--key", public)
        done = CliRunner().invoke(main, ["keys", "grant", *words, "-o", str(file)])
        assert done.exit_code == 0, done.output
        refused = cli(tr, "keys", "say", str(file))
        assert (refused.exit_code, said in refused.output) == (2, True), refused.output
    for bad in ("", "x", "clearline/key/v1\n{}\n\n— a AAAAAAA=\n"):
        assert ask(tr, "POST", "keys/events", {"note": bad}).status_code == 422
    (tmp_path / "bad").write_text("no note")
    assert cli(tr, "keys", "say", str(tmp_path / "bad")).exit_code == 2


def test_a_log_s_key_is_lost_and_another_log_goes_on(nodes: LiveNodes, tmp_path: Path) -> None:
    """Stopped, ended, begun and started again, the node goes on in main.2, and the other side takes it up."""
    tr, il = nodes["TR"], nodes["IL"]
    assert ask(tr, "POST", "notices", notice_file("TR", "TR-1")).status_code == 201
    in_time(lambda: "TR-1" in ask(il, "GET", "notices").text)
    tr.stop()
    public = CliRunner().invoke(main, ["keys", "new", str(tr.folder / "keys/main.2.key")]).stdout.strip()
    printed = CliRunner().invoke(main, ["keys", "begin", str(tr.folder)]).stdout.splitlines()[0]
    assert printed.startswith("--log main --size 1 --log-root ")
    event(tr, tmp_path, "end", *printed.split(), "--key", public)
    begun = CliRunner().invoke(main, ["keys", "begin", str(tr.folder), str(tmp_path / "event.note")])
    assert begun.exit_code == 0 and "TR/main.2 begins" in begun.output, begun.output
    again = CliRunner().invoke(main, ["keys", "begin", str(tr.folder), str(tmp_path / "event.note")])
    assert again.exit_code == 2
    tr.start()
    in_time(lambda: ask(tr, "POST", "notices", notice_file("TR", "TR-2")).status_code == 201)
    in_time(lambda: "TR-2" in ask(il, "GET", "notices").text)
    assert [e["kind"] for e in ask(il, "GET", "log?log=TR/main.2").json()["entries"]] == ["key_event", "notice"]
    assert [a["type"].rpartition("/")[2] for a in ask(il, "GET", "health").json()["alarms"]] == ["key-changed"]
    for node in (il, tr):
        verified = CliRunner().invoke(main, ["verify", str(node.folder)])
        assert verified.exit_code == 0 and "TR/main.2" in verified.output, verified.output
