"""The page's top: the state of every line as symbol, word and age, and a banner over a suspended one."""

from __future__ import annotations

from clearline.channel.acts import line_acts
from clearline.channel.acts.drafts import placed
from clearline.faces.page.snapshot import Asked, Looker
from clearline.faces.page.top import below_bar, top_bar
from clearline.records.line import Matter
from clearline.testing.pair import Side


def drawn(side: Side, member: str) -> str:
    shot = Looker().look(side.nodes[member], side.at, Asked(), since={})
    return str(top_bar(shot, "watch 1")) + str(below_bar(shot, form_word="x", demonstration=False))


def test_a_suspended_line_has_a_banner_with_its_reason() -> None:
    """By whom, since when, why, and what stays open; it goes when the exchange is resumed."""
    side = Side()
    side.talk()
    assert "SUSPENDED" not in drawn(side, "TR")
    said = placed(line_acts.suspend(side.desk("IL"), ["TR"], [Matter.NOTICES], "After <noon>"))
    side.talk()
    for member in ("TR", "IL"):
        page = drawn(side, member)
        assert "⏸" in page and "SUSPENDED" in page and "banner suspended" in page
        assert "suspended by IL since 2025-04-18T18:13:20Z: After &lt;noon&gt;" in page
        assert "stop-fire, search and rescue and hazard stay open" in page
    placed(line_acts.resume(side.desk("IL"), said.entry.id))
    side.talk()
    assert "SUSPENDED" not in drawn(side, "TR")


def test_an_unanswered_line_has_its_own_sign_and_word() -> None:
    """A machine that answers for a watch that does not is not shown as up."""
    side = Side()
    side.talk()
    line_acts.check_line(side.desk("TR"), "IL")
    side.talk()
    for _ in range(17):
        side.later(60_000)
        side.talk(1)
    page = drawn(side, "TR")
    assert "◔" in page and "UNANSWERED" in page and 'class="unanswered"' in page
    assert "heartbeat up; the check of 2025-04-18T18:13:20Z is unanswered" in page
    assert "UNANSWERED" not in drawn(side, "IL")
