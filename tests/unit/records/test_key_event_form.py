"""The form of key events: each event has its members and no others, and every fault is named by its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearline.errors import Malformed, Refused
from clearline.records import canonical, key_event
from clearline.records.key_event import FIRST_LINE, KEY_NOTE_MAX, Event, KeyEvent
from clearline.volumes.instant import Instant

CHANNEL, KEY, OTHER = "a" * 64, "A" * 43 + "=", "AQ" + "A" * 41 + "="
BASE = {"channel": CHANNEL, "from": 5, "key": KEY, "member": "TR", "reason": ""}
OFFICER = {"role": "officer/1", "until": 9, "position": "watch", "releasing": False}
FULL: dict[str, dict[str, Any]] = {
    "grant": {**BASE, **OFFICER, "event": "grant"},
    "grant of a node's key": {**BASE, "event": "grant", "role": "mirror", "until": 9},
    "rotate": {**BASE, **OFFICER, "event": "rotate", "replaces": OTHER},
    "revoke": {**BASE, "event": "revoke", "role": "tls", "last_good": {}},
    "succeed": {
        **BASE, "event": "succeed", "role": "main", "until": 9, "log": "main.2", "root": KEY, "last_good": {"main": 3}
    },
}  # fmt: skip


def noted(members: dict[str, Any]) -> str:
    return f"{FIRST_LINE}\n{canonical.encode(members).decode()}\n\n— clearline/TR/root AAAAAAA=\n"


@pytest.mark.parametrize("name", FULL)
def test_each_event_comes_back(name: str) -> None:
    """Text to value and back gives the same bytes, and the body holds the note as it stands."""
    event = key_event.from_note(noted(FULL[name]), where="x")
    assert key_event.to_text(event) == event.text
    assert event.to_members() == {"note": noted(FULL[name])}
    assert event.officer == ("1" if "position" in FULL[name] else "")


@pytest.mark.parametrize("name", FULL)
def test_every_member_is_needed_and_no_other_taken(name: str) -> None:
    """What is missing, of another type, or one too many is refused at its place."""
    full = FULL[name]
    for member in full:
        wrongs: tuple[Any, ...] = (..., None, [], "\x07", -1)
        for wrong in wrongs:
            changed = {k: v for k, v in full.items() if k != member}
            if wrong is not ...:
                changed[member] = wrong
            with pytest.raises(Malformed):
                key_event.from_note(noted(changed), where="x")
    with pytest.raises(Malformed, match="x/zzz"):
        key_event.from_note(noted({**full, "zzz": 1}), where="x")


@pytest.mark.parametrize(
    ("name", "changes", "where"),
    [
        ("grant", {"role": "main"}, "x/role"),
        ("grant", {"role": "officer/"}, "x/role"),
        ("grant", {"role": "officer/é"}, "x/role"),
        ("grant", {"role": "root"}, "x/role"),
        ("grant", {"until": 4}, "x/until"),
        ("grant", {"position": "node"}, "x/position"),
        ("revoke", {"role": "safety"}, "x/role"),
        ("revoke", {"last_good": {"main.1": 1}}, "x/last_good/main.1"),
        ("revoke", {"last_good": {"main": -1}}, "x/last_good/main"),
        ("succeed", {"role": "mirror"}, "x/role"),
        ("succeed", {"log": "main"}, "x/log"),
        ("succeed", {"log": "safety.2"}, "x/log"),
        ("succeed", {"log": "main.10"}, "x/log"),
        ("succeed", {"last_good": {}}, "x/last_good"),
        ("succeed", {"last_good": {"safety": 1}}, "x/last_good"),
        ("succeed", {"last_good": {"main": 1, "main.2": 1}}, "x/last_good"),
    ],
)
def test_each_rule_of_a_key_event(name: str, changes: dict[str, Any], where: str) -> None:
    with pytest.raises(Malformed) as caught:
        key_event.from_note(noted({**FULL[name], **changes}), where="x")
    assert caught.value.where == where


def test_other_notes_are_none() -> None:
    """Another first line, no signatures, another spelling, or too many bytes."""
    note = noted(FULL["grant"])
    for bad in (
        "",
        note.replace("key/v1", "key/v2"),
        note.partition("\n\n")[0] + "\n",
        note.replace('"from":5', '"from": 5'),
        note.replace("\n{", "\n\n{"),
        json.dumps(FULL["grant"]),
    ):
        with pytest.raises(Malformed):
            key_event.from_note(bad, where="x")
    from clearline.records.reading import Members

    for wrong in (5, None, "x" * (KEY_NOTE_MAX + 1), "\ud800"):
        with pytest.raises(Malformed):
            KeyEvent.from_members(Members({"note": wrong}, where="body"))


@given(st.text(max_size=200), st.sampled_from(sorted(FULL)), st.integers(0, 400))
def test_any_text_gives_an_event_or_a_refusal(text: str, name: str, at: int) -> None:
    """Whatever is put wherever: a value whose text is the one read, or a refusal."""
    note = noted(FULL[name])
    try:
        event = key_event.from_note(note[:at] + text + note[at:], where="x")
    except Refused:
        return
    assert key_event.to_text(event) == event.text
    assert event.event in Event and event.start >= Instant(0)
