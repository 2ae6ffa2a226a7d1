"""A real browser in front of real nodes. Where there is no Chromium these tests skip and say so; CI installs it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Playwright, sync_playwright

from clearline.testing.browser import CHROMIUM, LEFT, QUIET, SOFTWARE, WITHOUT_WEBGL, Desk
from clearline.testing.nodes import LiveNode, LiveNodes, running_nodes

LET_GO_MS = 10_000
"""How long a page may take to become an empty one at a test's end."""

SHOTS = os.environ.get("CLEARLINE_SHOTS", "")
"""A folder in which each desk leaves a picture of its last screen: to see why a test failed."""


@pytest.fixture(scope="module")
def player() -> Iterator[Playwright]:
    """Playwright for one module: its event loop must not run while other tests start their own."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: the console's browser tests did not run (apt-get install chromium)")
    with sync_playwright() as held:
        yield held


@pytest.fixture(scope="module")
def browser(player: Playwright) -> Iterator[Browser]:
    held = player.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *SOFTWARE])
    yield held
    held.close()


@pytest.fixture(scope="module")
def blind_browser(player: Playwright) -> Iterator[Browser]:
    """A browser to which no WebGL is given."""
    held = player.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *WITHOUT_WEBGL])
    yield held
    held.close()


@pytest.fixture(autouse=True)
def nothing_leaves_the_origin() -> Iterator[None]:
    """Fail each test of this folder of whose desks a request left the node, those in contexts of their own too."""
    LEFT.clear()
    yield
    assert LEFT == []


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNodes]:
    with running_nodes(tmp_path_factory.mktemp("nodes"), ("IL", "TR")) as held:
        yield held


@pytest.fixture
def desks(browser: Browser, nodes: LiveNodes) -> Iterator[Callable[..., Desk]]:
    """Open desks; at the end none of them may have a fault."""
    opened: list[tuple[Desk, BrowserContext]] = []

    def make(
        member: str | LiveNode,
        view: str = "watch",
        *,
        language: str = "en",
        at: Browser | None = None,
        officer: int = 1,
    ) -> Desk:
        context = (at or browser).new_context(viewport={"width": 1500, "height": 950}, locale="en-GB")
        desk = Desk(nodes[member] if isinstance(member, str) else member, context.new_page())
        opened.append((desk, context))
        desk.open(view, language=language, officer=officer)
        return desk

    yield make
    if SHOTS:
        for desk, _ in opened:
            desk.page.screenshot(path=f"{SHOTS}/{desk.node.member}.png")
    faults = [fault for desk, _ in opened for fault in desk.faults]
    for desk, _ in opened:
        # A context whose map draws in software may keep its closing waiting for ever; an empty page lets go of all.
        with contextlib.suppress(Error):
            desk.page.goto("about:blank", timeout=LET_GO_MS)
    assert faults == []


@pytest.fixture
def desk_of(desks: Callable[..., Desk], blind_browser: Browser) -> Callable[..., Desk]:
    """Desks without a moving chart, for acts that need none."""

    def make(member: str | LiveNode, view: str, **more: Any) -> Desk:
        return desks(member, view, at=blind_browser, **more)

    return make
