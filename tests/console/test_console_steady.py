"""A console that stays open: hours of events leave nothing in memory, a broken line loses and doubles nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
from playwright.sync_api import Browser

from clearline.testing.browser import Desk, until
from clearline.testing.nodes import LiveNode, LiveNodes
from clearline.testing.notice_files import notice_file
from clearline.testing.replay import KEEP_SOURCE, Memory, day_of, play
from clearline.testing.wire import Wire

Make = Callable[..., Desk]

EVENTS = 2_400
"""An eighth of eight busy hours; `make bench-console` plays all of them."""

GROWTH_MB_MAX = 2.0
"""MiB by which scripts may hold more after the events than before: what a collector has not come to, no more."""

NODES_GROWTH_MAX = 400


def ask(node: LiveNode, path: str, value: Any) -> None:
    answer = httpx.post(f"{node.url}/api/v1/{path}", json=value, headers=node.headers, trust_env=False, timeout=10)
    assert answer.status_code == 201, answer.text


def test_hours_of_events_leave_nothing_behind(desks: Make, nodes: LiveNodes) -> None:
    """Memory and elements are after thousands of events what they were before, with the same picture shown."""
    for number in range(20):
        ask(nodes["IL"], "notices", notice_file("IL", f"IL-S{number}", start_min=40 + number, end_min=80 + number))
    desk = desks("TR")
    page = desk.page
    page.add_init_script(KEEP_SOURCE)
    page.reload()
    page.wait_for_selector('[data-notice="IL IL-S19"]')
    desk.chart_loaded()
    memory = Memory(page)
    events = day_of([("IL", f"IL-S{number}") for number in range(20)], EVENTS)
    play(page, events[:400], per_second=800)
    page.wait_for_timeout(1_000)
    before, counts = memory.heap_mb(), memory.counts()
    play(page, events, per_second=600)
    page.wait_for_timeout(1_000)
    after, counts_after = memory.heap_mb(), memory.counts()
    assert after - before < GROWTH_MB_MAX, (before, after)
    assert counts_after["Nodes"] - counts["Nodes"] < NODES_GROWTH_MAX, (counts, counts_after)
    assert page.locator('[data-notice^="IL IL-S"]').count() == 20


def test_a_broken_line_is_resumed(browser: Browser, nodes: LiveNodes) -> None:
    """What is filed while the line is broken is shown once when it is back: the browser asks from where it stopped."""
    tr = nodes["TR"]
    wire = Wire(int(tr.url.rpartition(":")[2]))
    with contextlib.closing(browser.new_context()) as context:
        desk = Desk(replace(tr, url=f"http://127.0.0.1:{wire.port}"), context.new_page())
        page = desk.page
        desk.open()
        ask(nodes["IL"], "notices", notice_file("IL", "IL-R0", start_min=200, end_min=220))
        page.wait_for_selector('[data-notice="IL IL-R0"]')
        wire.cut()
        until(lambda: page.locator("[data-mark=lost]").count() == 1, "the loss is said")
        for number in (1, 2):
            ask(nodes["IL"], "notices", notice_file("IL", f"IL-R{number}", start_min=200 + number, end_min=230))
        wire.mend()
        for number in (0, 1, 2):
            page.wait_for_selector(f'[data-notice="IL IL-R{number}"]')
            assert page.locator(f'[data-notice="IL IL-R{number}"]').count() == 1
        until(lambda: page.locator("[data-mark=lost]").count() == 0, "it is heard again")
        assert wire.resumed_after
    wire.cut()
