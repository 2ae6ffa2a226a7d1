"""The top of the page: what rings and what is overdue, above everything, until somebody has met it."""

from __future__ import annotations

import html
import re

import pytest

from clearline.faces.page.snapshot import OVERDUE_MAX, Asked, Looker
from clearline.faces.page.top import below_bar
from clearline.records.agreement import Terms
from clearline.records.watch import MemberWatch
from clearline.records.words import MemberId
from clearline.testing.floor import Floor

TERMS = Terms("Page", None, watch=(MemberWatch(MemberId("TR"), "watch 1", "chief", "flag"),))


@pytest.fixture
def floor() -> Floor:
    return Floor(at="2026-11-22T02:00:00Z", terms=TERMS)


def top(floor: Floor, member: str) -> str:
    """Return what stands under the bar, as text."""
    node = floor.side.nodes[member]
    shot = Looker().look(node, floor.now, Asked(), since={})
    drawn = str(below_bar(shot, form_word="", demonstration=False))
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", drawn)).split())


def test_a_stop_fire_stands_on_top_until_it_is_seen(floor: Floor) -> None:
    """What, who, where, what to do, and that its place in the record is not proven; then it is gone."""
    floor.cut("IL", "TR")
    floor.cli("IL", "stop-fire", "--place", "<b>the western fence", "--position", "3433N 03819E")
    floor.turn()
    text = top(floor, "TR")
    assert "STOP FIRE from IL" in text and "<b>the western fence" in text and "34.55000°N 38.31667°E" in text
    assert "It rings until it is seen: clearline answer ceased|not-us|cannot-confirm --of" in text
    assert "Ahead of its log: its place in the record is not proven yet." in text
    assert text.index("STOP FIRE") < text.index("As of")
    floor.advance(5)
    assert "Ahead of its log" not in top(floor, "TR")
    floor.cli("TR", "answer", "not-us")
    assert "STOP FIRE" not in top(floor, "TR")


def test_overdue_is_red_on_both_sides_and_counted(floor: Floor) -> None:
    """An IMMEDIATE that nobody has seen stands at the sender's too, and more than fit are counted."""
    for number in range(OVERDUE_MAX + 2):
        floor.cli("IL", "message", "send", "--to", "TR", "--precedence", "immediate", f"Call me, {number}")
    floor.advance(301)
    for member, act in (("TR", "clearline inbox"), ("IL", "Ask TR: silence is not consent.")):
        text = top(floor, member)
        assert "OVERDUE message seen" in text and "TR owes IL" in text and act in text
        assert "more matters overdue" in text
    assert "IMMEDIATE unanswered between IL and TR since" in top(floor, "AZ")
    assert "Call me" in top(floor, "TR") and "Call me" not in top(floor, "AZ")
