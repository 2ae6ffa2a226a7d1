"""The line to the own node is lost, the session ends, the node starts anew, a drill is on: what is shown."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Route

from clearline.testing.browser import LEFT, Desk, until
from clearline.testing.busy_watch import Officer
from clearline.testing.nodes import LiveNode, LiveNodes, running_nodes
from clearline.testing.notice_files import notice_file
from clearline.testing.screens import views
from clearline.testing.wire import Wire

Make = Callable[..., Desk]
ROW = 'tr[data-notice="IL {}"]'


def file(node: LiveNode, reference: str, **more: Any) -> None:
    Officer(node.member, node.url, node.tokens[0]).ask("POST", "notices", notice_file(node.member, reference, **more))


def ladder(node: LiveNode, party: str, reference: str) -> Any:
    url = f"{node.url}/api/v1/notices/{party}/{reference}"
    return httpx.get(url, headers=node.headers, trust_env=False).json()["notice"]["ladder"]


@pytest.fixture
def wired(browser: Browser, nodes: LiveNodes) -> Iterator[tuple[Desk, Wire]]:
    """A desk at TR's node behind a line that can be cut."""
    tr = nodes["TR"]
    wire = Wire(int(tr.url.rpartition(":")[2]))
    context = browser.new_context(viewport={"width": 1500, "height": 950}, locale="en-GB")
    desk = Desk(replace(tr, url=f"http://127.0.0.1:{wire.port}"), context.new_page())
    desk.open()
    yield desk, wire
    desk.page.goto("about:blank")
    wire.cut()


def lost(desk: Desk) -> None:
    until(lambda: desk.page.locator("[data-mark=lost]").count() == 1, "the loss is said")


def test_every_view_is_grey_and_ages_while_the_line_is_lost(wired: tuple[Desk, Wire], nodes: LiveNodes) -> None:
    """The last picture stays on every view, greyed; the bar says how old it is and grows older; then it comes back."""
    file(nodes["IL"], "IL-AGE", start_min=60, end_min=90)
    desk, wire = wired
    page = desk.page
    page.wait_for_selector(ROW.format("IL-AGE"))
    names = views(desk)
    for view in names:
        desk.go(view)
        page.wait_for_timeout(150)
    wire.cut()
    lost(desk)
    first = page.inner_text("[data-mark=lost]")
    assert page.inner_text("header ul").split()[:4] == ["○", "IL", "not", "known"], (
        "while the own node is not heard nobody knows of a line"
    )
    for view in names:
        desk.go(view)
        grey = "() => [...document.querySelectorAll('main .stale')].some(e => getComputedStyle(e).filter !== 'none')"
        until(lambda grey=grey: page.evaluate(grey), f"{view} is grey")  # type: ignore[misc]
        assert page.locator("header .clock.stale").count() == 1
    until(lambda: page.inner_text("[data-mark=lost]") != first, "it ages")
    desk.go("watch")
    assert page.locator(ROW.format("IL-AGE")).count() == 1
    wire.mend()
    until(lambda: page.locator("[data-mark=lost]").count() == 0, "the line is back")
    until(lambda: page.locator(".stale").count() == 0, "nothing is grey any more")


def test_no_act_is_queued_in_silence(wired: tuple[Desk, Wire], nodes: LiveNodes) -> None:
    """What is tried while the line is lost is refused in words or not open at all, and never sent afterwards."""
    file(nodes["IL"], "IL-QUEUE", start_min=61, end_min=91)
    desk, wire = wired
    page = desk.page
    page.click(ROW.format("IL-QUEUE"))
    page.wait_for_selector("[data-act=seen]:not(:disabled)")
    wire.cut()
    lost(desk)
    seen = page.locator("[data-act=seen]")
    if seen.is_enabled():
        seen.click()
        until(
            lambda: any("▲" in said for said in page.locator("main p[role=status]").all_inner_texts()),
            "it is refused in words",
        )
    desk.go("hotline")
    assert page.is_disabled("[data-act=message-send]")
    page.keyboard.press("F9")
    desk.hold("stop-fire-send")
    told = page.locator("dialog p[role=status]")
    until(lambda: "▲" in told.inner_text(), "even a stop-fire that cannot go out says so at once")
    page.keyboard.press("Escape")
    wire.mend()
    until(lambda: page.locator("[data-mark=lost]").count() == 0, "the line is back")
    file(nodes["IL"], "IL-AFTER", start_min=62, end_min=92)
    desk.go("watch")
    page.wait_for_selector(ROW.format("IL-AFTER"))
    assert [rung["seen"] for rung in ladder(nodes["TR"], "IL", "IL-QUEUE") if rung["member"] == "TR"] == [None]
    alerts = httpx.get(f"{nodes['TR'].url}/api/v1/alerts", headers=nodes["TR"].headers, trust_env=False).json()
    assert [a for a in alerts["alerts"] if a["said"]["member"] == "TR"] == []


def test_an_ended_session_leads_back_to_the_same_view(wired: tuple[Desk, Wire]) -> None:
    """The officer is asked to log in, nothing is done meanwhile, and then stands before the view that was left.

    What was typed into the form of a notice is there again for the same officer in the same tab.
    """
    desk, _ = wired
    page = desk.page
    desk.go("file")
    desk.fill(reference="TR-HALF", places="34.1N 38.1E")
    desk.go("record")
    page.context.clear_cookies()
    page.wait_for_url("**/login")
    page.fill("input[name=token]", "nobody")
    page.press("input[name=token]", "Enter")
    page.wait_for_selector("[role=alert]")
    page.fill("input[name=token]", desk.node.tokens[0])
    page.press("input[name=token]", "Enter")
    page.wait_for_selector("[data-view=record]")
    desk.go("file")
    assert page.input_value("[data-field=reference]") == "TR-HALF", "what was typed is there again"
    page.click("[data-act=log-out]")
    page.wait_for_url("**/login")
    page.fill("input[name=token]", desk.node.tokens[0])
    page.press("input[name=token]", "Enter")
    page.wait_for_selector("[data-view]")
    desk.go("file")
    assert page.input_value("[data-field=reference]") == "", "who logs out leaves nothing"


def test_a_login_leads_nowhere_else(nodes: LiveNodes) -> None:
    """Only the page for reading may be named; any other word leads to the console."""
    with httpx.Client(base_url=nodes["TR"].url, trust_env=False) as client:
        for to in ("https://elsewhere.example", "//elsewhere.example", "console/../x", ""):
            form = {"token": nodes["TR"].tokens[0], "to": to}
            answer = client.post("/login", data=form, headers={"sec-fetch-site": "same-origin"})
            assert (answer.status_code, answer.headers["location"]) == (303, "/console")
            assert "elsewhere" not in client.get(f"/login?to={to}").text


def test_a_session_is_said_to_end_and_is_ended_at_the_desk(desks: Make) -> None:
    """Before its end it is said; logging out leaves the login page, and nothing can be asked by the cookie any more."""
    desk = desks("TR")
    page = desk.page
    assert page.locator("[data-mark=session-ends]").count() == 0
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=9)

    def ending(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        assert told["session_ends"] > f"{soon:%Y-%m-%dT%H:%M:%SZ}"
        route.fulfill(response=answer, json={**told, "session_ends": f"{soon:%Y-%m-%dT%H:%M:%SZ}"})

    page.route("**/api/v1/me", ending)
    page.reload()
    page.wait_for_selector("[data-mark=session-ends]")
    assert "8 min" in page.inner_text("[data-mark=session-ends]")
    page.unroute("**/api/v1/me")
    page.click("[data-act=log-out]")
    page.wait_for_url("**/login")
    assert page.evaluate("() => fetch('/api/v1/me').then(a => a.status)") == 401


def test_a_node_that_starts_anew_is_found_again(desks: Make, nodes: LiveNodes) -> None:
    """While it is away the loss is said; afterwards the same picture is there, once, with what came since."""
    file(nodes["IL"], "IL-START", start_min=63, end_min=93)
    desk = desks("TR", "watch")
    page = desk.page
    page.wait_for_selector(ROW.format("IL-START"))
    nodes["TR"].stop()
    try:
        lost(desk)
        assert page.locator(ROW.format("IL-START")).count() == 1
        file(nodes["IL"], "IL-SINCE", start_min=64, end_min=94)
    finally:
        nodes["TR"].start()
    # Sessions live in the node's memory alone: one logs in again, and stands where one stood.
    page.wait_for_url("**/login")
    page.fill("input[name=token]", desk.node.tokens[0])
    page.press("input[name=token]", "Enter")
    page.wait_for_selector("[data-view=watch]")
    for reference in ("IL-START", "IL-SINCE"):
        page.wait_for_selector(ROW.format(reference))
        assert page.locator(ROW.format(reference)).count() == 1


def test_a_drill_looks_different_everywhere(
    desks: Make, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each view of a drill, its paper and its drawn chart say so; none of a real channel does."""
    drill = desks("TR")
    with running_nodes(tmp_path_factory.mktemp("real"), ("IL", "TR"), tls=True) as real:
        context = browser.new_context(ignore_https_errors=True, locale="en-GB")
        desk = Desk(real["TR"], context.new_page())
        desk.open()
        for view in views(desk):
            for one, says in ((drill, True), (desk, False)):
                one.go(view)
                bar = one.page.locator("p.drill[role=note]")
                until(lambda bar=bar, says=says: (bar.count() == 1) is says, f"{view}: {says}")  # type: ignore[misc]
                if says:
                    striped = "e => getComputedStyle(e).backgroundImage.includes('repeating-linear-gradient')"
                    assert bar.evaluate(striped)
                if view == "print":
                    head = one.page.locator("[data-print=sheet] > thead")
                    assert ("DRILL" in head.inner_text()) is says
                    chart = one.page.evaluate("() => fetch('/chart.svg?on=paper').then(a => a.text())")
                    assert ("DRILL" in chart) is says
        assert desk.faults == []
        with contextlib.suppress(Exception):
            desk.page.goto("about:blank")


def test_the_listener_hears_what_leaves(browser: Browser, nodes: LiveNodes) -> None:
    """The watch that stands over every test of this folder does hear a request to another origin."""
    with contextlib.closing(browser.new_context()) as context:
        desk = Desk(nodes["TR"], context.new_page())
        desk.page.goto("data:text/html,<img src='http://127.0.0.1:9/picture.png'>")
        until(lambda: "http://127.0.0.1:9/picture.png" in LEFT, "it was heard")
    LEFT.clear()
