"""`clearline log`: every time that somebody claims of an entry, at the terminal and by the API alike."""

from __future__ import annotations

import json

import pytest

from clearline.testing.floor import Floor
from clearline.volumes.instant import format_instant


@pytest.fixture(scope="module")
def floor() -> Floor:
    return Floor(at="2026-11-22T02:00:00Z")


def test_an_entry_is_shown_with_all_its_times(floor: Floor) -> None:
    """Claimed, received, delivered and mirrored, each by whom; who has said nothing is named so."""
    said = format_instant(floor.now)
    floor.cut_off("AZ")
    floor.cut_off("TR")
    sent = floor.api("IL", "POST", "/api/v1/messages", {"to": ["TR"], "text": "Good morning"})["entry"]
    floor.advance(30)
    waiting = floor.cli("IL", "log", "IL/main", "--from", str(sent["index"]))
    assert "delivered  TR has not said so" in waiting.stdout
    assert "mirrored   AZ has not said so, TR has not said so" in waiting.stdout
    floor.mend_all()
    floor.advance(70)
    shown = floor.cli("TR", "log", "IL/main", "--from", str(sent["index"]), "--count", "1")
    assert shown.exit_code == 0
    (one,) = json.loads(floor.cli("TR", "log", "IL/main", "--from", str(sent["index"]), "--json").stdout)["entries"]
    for line in (
        f"IL/main {sent['index']}  message by watch 1, id {sent['id'][:16]}…",
        f"    claimed    {said} by IL",
        f"    received   {one['received']} by this node",
        f"    delivered  TR {one['delivered']['TR']}",
        f"    mirrored   AZ {one['mirrored']['AZ']}, TR {one['mirrored']['TR']}",
    ):
        assert line in shown.stdout.splitlines()
    assert said < one["received"] <= one["delivered"]["TR"] <= format_instant(floor.now)


def test_the_last_entries_are_shown_and_a_wrong_name_is_refused(floor: Floor) -> None:
    """Without a place it is the end of one's own main; a log that there is not is named with those that there are."""
    for number in range(25):
        floor.api("IL", "POST", "/api/v1/messages", {"to": ["TR"], "text": f"Number {number}"})
    floor.advance(2)
    size = floor.side.nodes["IL"].own("main").size
    shown = floor.cli("IL", "log")
    assert f"IL/main: entries {size - 20} to {size - 1} of {size}." in shown.stdout
    refused = floor.cli("IL", "log", "XX/main")
    assert refused.exit_code == 2 and "no log of this channel" in refused.stderr
    assert "IL/safety: no entry of 0." in floor.cli("IL", "log", "IL/safety").stdout
