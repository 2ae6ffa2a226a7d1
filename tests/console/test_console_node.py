"""What officers do for their own node at the record: lost state, a start with nobody there, keys, and erasures."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from clearline.faces.cli import main
from clearline.records.erasure import Named
from clearline.testing.browser import Desk, until
from clearline.testing.flood import wait_until_it_signs
from clearline.testing.nodes import LiveNode, LiveNodes, ask, running_nodes
from clearline.testing.notice_files import notice_file

Make = Callable[..., Desk]
LONG_AGO_MIN = -40 * 24 * 60
"""A time of which humanitarian data may be erased by the defaults: more than thirty days ago."""


def second_signs(desk_of: Make, node: str | LiveNode, kind: str) -> None:
    """The second officer logs in at the same node, reads the draft where it stands, and signs it."""
    second = desk_of(node, "record", officer=2)
    second.page.evaluate("document.querySelectorAll('main details').forEach(d => { d.open = true })")
    card = f"[data-mark=draft][data-kind={kind}]"
    second.hold("draft-sign", card)
    until(lambda: second.page.locator(card).count() == 0, "it waits no more")


def test_a_node_that_lost_entries_signs_again_when_two_officers_say_so(desk_of: Make, tmp_path: Path) -> None:
    """An old backup is refilled; the record says what it lost, and the act of two persons stands beside it."""
    with running_nodes(tmp_path, ("IL", "TR")) as nodes:
        il, tr = nodes["IL"], nodes["TR"]
        for node in (il, tr):
            wait_until_it_signs(node.url, node.tokens[0])
        backup = tmp_path / "backup.sqlite"
        tr.stop()
        shutil.copy(tr.folder / "record.sqlite", backup)
        tr.start()
        wait_until_it_signs(tr.url, tr.tokens[0])
        ask(tr, "POST", "messages", {"to": ["IL"], "text": "after the backup"})
        until(lambda: il.sizes()["TR/main"] == 1, "the other node holds it")
        tr.stop()
        for path in tr.folder.glob("record.sqlite*"):
            path.unlink()
        shutil.copy(backup, tr.folder / "record.sqlite")
        tr.start()
        until(lambda: ask(tr, "GET", "state")["read_only"], "it knows that it lost something")
        desk = desk_of(tr, "record")
        desk.page.wait_for_selector("[data-mark=restoring] >> text=All that it had signed is held again")
        assert "What was done" in desk.page.inner_text("[data-mark=restoring] [data-mark=lacking]")
        desk.fill(restored_why="new disk")
        desk.hold("state-restored")
        desk.page.wait_for_selector("[data-mark=restoring] [data-mark=draft]")
        assert not ask(tr, "GET", "state")["may_sign"]
        second_signs(desk_of, tr, "state_restored")
        desk.page.wait_for_selector("[data-mark=restoring]", state="detached")
        assert ask(tr, "GET", "state")["may_sign"]


def test_a_node_that_reaches_nobody_is_started_alone(desk_of: Make, tmp_path: Path) -> None:
    """After a start with no peer there the record says whom the node asks; an officer lets it sign all the same."""
    with running_nodes(tmp_path, ("IL", "TR")) as nodes:
        il, tr = nodes["IL"], nodes["TR"]
        ask(tr, "POST", "messages", {"to": ["IL"], "text": "with a peer"})
        until(lambda: il.sizes()["TR/main"] == 1, "the other node holds it")
        tr.stop()
        il.stop()
        tr.start()
        desk = desk_of(tr, "record")
        desk.page.wait_for_selector("[data-mark=asking]")
        assert "it asks IL how far its own logs are" in desk.text("[data-mark=asking]")
        assert not ask(tr, "GET", "state")["may_sign"]
        desk.hold("start-alone")
        desk.page.wait_for_selector("[data-mark=asking]", state="detached")
        assert ask(tr, "GET", "state")["may_sign"]


def signed(node: LiveNode, folder: Path, what: str, key: str, *words: str) -> str:
    """Let the root sign a key event about officer 9, as an engineer would away from the node, and return its file."""
    file = folder / f"{what}.note"
    root, genesis = str(node.folder / "keys" / "root.key"), str(node.folder / "genesis.note")
    common = ["--root", root, "--genesis", genesis, "--member", node.member, "-o", str(file)]
    made = CliRunner().invoke(main, ["keys", what, *common, "--role", "officer/9", "--key", key, *words])
    assert made.exit_code == 0, made.output
    return str(file)


def test_a_key_is_granted_by_two_and_revoked_by_its_root(desk_of: Make, nodes: LiveNodes, tmp_path: Path) -> None:
    """A file of the root is read in words before it is said; what it makes waits, what it ends holds at once."""
    new = CliRunner().invoke(main, ["keys", "new", str(tmp_path / "nine.key")])
    key = new.output.splitlines()[0]
    tr, il = desk_of("TR", "record"), desk_of("IL", "record")
    for desk in (tr, il):
        desk.unfold("Members and keys")
    tr.unfold("Put in a key event")
    tr.page.set_input_files("[data-field=key-event]", __file__)
    tr.page.wait_for_selector("[data-mark=key-event] >> text=is no key event")
    assert tr.page.locator("[data-act=key-event]").count() == 0
    tr.page.set_input_files(
        "[data-field=key-event]", signed(nodes["TR"], tmp_path, "grant", key, "--position", "watch 9")
    )
    tr.page.wait_for_selector("[data-act=key-event]")
    said = tr.text("[data-mark=key-event]")
    assert f"GRANT officer 9 of TR: key {key}" in said and "position watch 9" in said
    tr.hold("key-event")
    tr.page.wait_for_selector("[data-mark=key-event] [data-mark=draft]")
    row = "[data-mark=keys] tr:has-text('watch 9')"
    assert il.page.locator(row).count() == 0
    second_signs(desk_of, "TR", "key_event")
    il.page.wait_for_selector(f"{row}:has-text('good')")
    words = ("--last-good", "main=1", "--reason", "lost at sea")
    tr.page.set_input_files("[data-field=key-event]", signed(nodes["TR"], tmp_path, "revoke", key, *words))
    tr.page.wait_for_selector("[data-mark=key-event] >> text=reason:")
    tr.hold("key-event")
    il.page.wait_for_selector(f"{row}:has-text('revoked')")
    assert "lost at sea" in il.text(row) and "in main from entry 1 on is disowned" in il.text(row)


def test_what_was_ordered_erased_and_what_is_kept_stand_in_the_record(desk_of: Make, nodes: LiveNodes) -> None:
    """The order with its reason at the other side: destroyed there, and why where this node has not destroyed it."""
    times = {"start_min": LONG_AGO_MIN, "end_min": LONG_AGO_MIN + 60}
    about: dict[str, Any] = {"activity": "protected_movement", "nature": "protected"}
    for reference in ("TR-GONE", "TR-KEPT"):
        ask(nodes["TR"], "POST", "notices", notice_file("TR", reference, **times, **about))
        ask(nodes["TR"], "POST", f"notices/TR/{reference}/erasure", {"reason": f"{reference} as those concerned wish"})
    until(lambda: len(ask(nodes["IL"], "GET", "erasures")["erasures"]) == 2, "both orders have arrived")
    (gone, kept) = ask(nodes["IL"], "GET", "erasures")["erasures"]
    named = Named(kept["bodies"][0]["entry"], kept["bodies"][0]["slot"])
    why = "the agreement lets it be erased from 2030-01-01T00:00:00Z on"
    nodes["IL"].do(lambda node, at: node.not_erased.update({named: (kept["said"]["entry"]["id"], why)}))
    il = desk_of("IL", "record")
    il.unfold("Orders of erasure")
    gone_said, kept_said = "section:has-text('TR-GONE')", "section:has-text('TR-KEPT')"
    il.page.wait_for_selector(gone_said)
    assert "Destroyed here: 1" in il.text(gone_said)
    assert "Destroyed here: 0" in il.text(kept_said)
    assert "the agreement lets it be erased from 01 JAN" in il.text(kept_said), "in words, with its time in Zulu"
    assert gone["reason"] in il.text(gone_said)
