"""Proposals between two desks: before and after, counter, decline, lapse; and what an owner says of its notice."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from clearline.testing.browser import Desk, until
from clearline.testing.nodes import LiveNode, LiveNodes
from clearline.testing.notice_files import at_minute, notice_file

Make = Callable[..., Desk]


def ask(node: LiveNode, method: str, path: str, body: Any = None) -> Any:
    answer = httpx.request(method, f"{node.url}/api/v1/{path}", json=body, headers=node.headers, trust_env=False)
    return answer.json() if answer.status_code < 300 else None


def proposed(nodes: LiveNodes, reference: str, start_min: float, *, upper: str = "FL100") -> dict[str, Any]:
    """File a notice of TR, and let IL see it and propose that it start half an hour later; return the proposal."""
    filed = ask(
        nodes["TR"], "POST", "notices", notice_file("TR", reference, start_min=start_min, end_min=start_min + 60)
    )
    path = f"notices/TR/{reference}"
    until(lambda: ask(nodes["IL"], "GET", path), "it has arrived")
    assert ask(nodes["IL"], "POST", f"{path}/acknowledgements", {"step": "seen"})
    proposal = notice_file("TR", reference, start_min=start_min + 30, end_min=start_min + 90, upper=upper)
    body = {
        "step": "position",
        "of": filed["entry"]["id"],
        "stance": "proposal",
        "reason": "later",
        "proposal": proposal,
    }
    assert ask(nodes["IL"], "POST", f"{path}/acknowledgements", body)
    until(lambda: ask(nodes["TR"], "GET", f"{path}/proposals")["proposals"], "the proposal has arrived")
    return proposal


def test_a_proposal_is_shown_beside_what_stands_countered_and_accepted(desks: Make, nodes: LiveNodes) -> None:
    """Before and after in panel, timeline, heights and map; the counter reaches the proposer, who takes it up."""
    proposed(nodes, "TR-COUNTER", 60, upper="FL120")
    tr, il = desks("TR"), desks("IL")
    page = tr.page
    tr.chart_loaded()
    page.click('[data-notice="TR TR-COUNTER"]')
    page.wait_for_selector("[data-proposal=open] [data-mark=before-after] .changed")
    assert page.locator("[data-proposal=open] [data-mark=before-after] .changed").count() == 2
    page.wait_for_selector("[role=application] rect[data-mark=beside]", state="attached")
    page.wait_for_selector("[role=img] rect[data-mark=beside]", state="attached")
    until(
        lambda: page.evaluate("() => window.chart.querySourceFeatures('beside').length > 0"),
        "the proposal lies on the map",
    )
    page.click("[data-act=counter-open]")
    tr.fill(shift="twenty")
    page.wait_for_selector("[data-field=shift][aria-invalid=true]")
    assert page.locator("[data-act=counter]").is_disabled()
    tr.fill(shift="15", answer_reason="a quarter of an hour, no more")
    tr.hold("counter")
    il.page.click('[data-notice="TR TR-COUNTER"]')
    il.page.wait_for_selector("[data-proposal=countered] [data-answer=countered] [data-mark=before-after]")
    assert "a quarter of an hour" in il.page.inner_text("[data-answer=countered]")
    il.hold("repeat")
    page.wait_for_selector("[data-proposal=open] [data-act=accept]")
    tr.hold("accept", "[data-proposal=open]")
    path = "notices/TR/TR-COUNTER"
    until(lambda: ask(nodes["IL"], "GET", path)["notice"]["revision"] == 2, "it is amended")
    held = ask(nodes["IL"], "GET", path)["notice"]
    was = held["earlier"][0]["notice_file"]["features"][0]["properties"]["start"]
    assert minutes(held["start"]) - minutes(was) == pytest.approx(15, abs=0.02)
    il.page.wait_for_selector("[data-proposal=accepted]")


def minutes(at: str) -> float:
    return datetime.datetime.fromisoformat(at).timestamp() / 60


def test_a_proposal_is_declined_and_another_lapses(desks: Make, nodes: LiveNodes, blind_browser: Browser) -> None:
    """The owner declines with its reason; the proposer lets its own lapse; each sees what the other said."""
    proposed(nodes, "TR-NO", 300)
    proposed(nodes, "TR-LAPSE", 420)
    tr, il = desks("TR", at=blind_browser), desks("IL", at=blind_browser)
    tr.page.click('[data-notice="TR TR-NO"]')
    tr.page.wait_for_selector("[data-proposal=open]")
    tr.fill(answer_reason="the crew is bound")
    tr.hold("decline")
    il.page.click('[data-notice="TR TR-NO"]')
    il.page.wait_for_selector("[data-proposal=declined]")
    assert "the crew is bound" in il.page.inner_text("[data-proposal=declined]")
    il.page.click('[data-notice="TR TR-LAPSE"]')
    il.page.wait_for_selector("[data-proposal=open]")
    il.hold("lapse")
    path = "notices/TR/TR-LAPSE/proposals"
    until(lambda: ask(nodes["TR"], "GET", path)["proposals"][0]["outcome"] == "lapsed", "it has lapsed at the owner")


def test_volumes_are_typed_into_a_proposal(desks: Make, nodes: LiveNodes, blind_browser: Browser) -> None:
    """Whoever proposes may type every volume anew; a position waits until the notice was seen, and says so."""
    ask(nodes["TR"], "POST", "notices", notice_file("TR", "TR-TYPED", start_min=540, end_min=600))
    il = desks("IL", at=blind_browser)
    page = il.page
    page.click('[data-notice="TR TR-TYPED"]')
    page.select_option("[data-field=stance]", "proposal")
    assert "Seen" in page.inner_text("[data-mark=lacking]")
    page.click("[data-act=seen]")
    page.click("[data-act=type-proposal]")
    il.fill(places="35.0N 38.9E", reach="4")
    il.hold("position")
    path = "notices/TR/TR-TYPED/proposals"
    until(lambda: ask(nodes["TR"], "GET", path)["proposals"], "the owner has it")
    (found,) = ask(nodes["TR"], "GET", path)["proposals"]
    feature = found["proposal"]["features"][0]
    assert feature["geometry"]["coordinates"] == [38.9, 35.0]
    assert feature["properties"]["radius_m"] == pytest.approx(4 * 1852)


def test_an_owner_says_what_became_of_its_notice(desks: Make, nodes: LiveNodes, blind_browser: Browser) -> None:
    """Passed on, overrun and withdrawn reach the other side, what is owed stands at both; erasing is refused."""
    ask(nodes["TR"], "POST", "notices", notice_file("TR", "TR-OWN", start_min=-10, end_min=50))
    tr, il = desks("TR", at=blind_browser), desks("IL", at=blind_browser)
    page, path = tr.page, "notices/TR/TR-OWN"
    il.page.click('[data-notice="TR TR-OWN"]')
    il.page.wait_for_selector("[data-mark=owed] li")
    il.page.click("[data-act=seen]")
    il.fill(level="air wing")
    il.page.click("[data-act=passed-on]")
    page.click('[data-notice="TR TR-OWN"]')
    until(lambda: "air wing" in page.inner_text("table.ladder"), "the owner sees whom it was passed on to")
    until(lambda: "Read back" in page.inner_text("[data-mark=owed]"), "and what the reader still owes")
    tr.unfold("It overruns")
    tr.fill(until=at_minute(20))
    page.wait_for_selector("[data-field=until][aria-invalid=true]")
    tr.fill(until=at_minute(90))
    tr.hold("overrun")
    until(lambda: ask(nodes["IL"], "GET", path)["notice"]["steps"], "the overrun is told")
    assert ask(nodes["IL"], "GET", path)["notice"]["steps"][0]["step"] == "overrun"
    tr.unfold("Have it erased")
    tr.fill(erase_why="no longer needed")
    tr.hold("erase")
    until(lambda: "Not recorded" in page.inner_text("[aria-labelledby=notice-title]"), "it is refused in words")
    assert page.input_value("[data-field=erase-why]") == "no longer needed"
    tr.fill(step_reason="weather")
    tr.hold("withdraw")
    until(lambda: ask(nodes["IL"], "GET", path)["notice"]["state"] == "withdrawn", "it is withdrawn")


def test_a_way_out_leaves_its_receipt_and_what_was(desks: Make, nodes: LiveNodes, blind_browser: Browser) -> None:
    """The overlap is over: its panel says where the amendment lies in the record, and shows both as they met."""
    ask(nodes["IL"], "POST", "notices", notice_file("IL", "IL-WAY", start_min=200, end_min=230, lon=40.1))
    ask(nodes["TR"], "POST", "notices", notice_file("TR", "TR-WAY", start_min=220, end_min=260, lon=40.1))
    desk = desks("TR", at=blind_browser)
    page = desk.page
    page.locator('button[data-conflict]:has-text("TR-WAY")').first.click()
    own = "[data-mark=conflict] [data-side='TR TR-WAY']"
    page.wait_for_selector(f"{own} br", state="attached")
    before = page.inner_text(own)
    desk.hold("take", "[data-mark=ways]")
    until(lambda: ask(nodes["TR"], "GET", "notices/TR/TR-WAY")["notice"]["revision"] == 2, "it is amended")
    page.wait_for_selector("[data-mark=conflict] .box.warning[role=status]")
    page.wait_for_selector("[data-mark=ways] [role=status]:has-text('TR/main')")
    assert page.inner_text(own) == before
    assert page.locator("[data-mark=ways] [data-act=take]").count() == 0
