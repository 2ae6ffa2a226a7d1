"""A watch officer's browser in front of a node, driven by mouse or by keyboard alone; for tests."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import Page

from clearline.testing.nodes import LiveNode

CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
"""Where a Chromium is on this machine, or nothing."""

WAIT_S: Final = 15.0
"""Seconds that anything may take on a busy machine with software rendering."""


QUIET: Final = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
SOFTWARE: Final = ("--disable-gpu", "--enable-unsafe-swiftshader")
WITHOUT_WEBGL: Final = ("--disable-3d-apis", "--disable-gpu")


LEFT: Final[list[str]] = []
"""Every request of any desk that left its origin: each test looks here when it ends, however it made its desks."""


@dataclass
class Desk:
    """One officer's browser at one node. Whatever leaves the origin, fails or raises in the page is kept as a fault."""

    node: LiveNode
    page: Page
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Keep as faults what leaves the origin, is told as an error, or raises in the page; from its first request."""
        page, origin = self.page, self.node.url
        page.on("request", lambda r: self._outside(r.url, origin))
        page.on("pageerror", lambda e: self.faults.append(f"error in the page: {e}"))
        page.on("console", lambda m: self.faults.append(f"console: {m.text}") if _loud(m.type, m.text) else None)

    def _outside(self, url: str, origin: str) -> None:
        if not url.startswith((f"{origin}/", "data:", "blob:")):
            self.faults.append(f"left the origin: {url}")
            LEFT.append(url)

    def open(self, view: str = "watch", *, language: str = "en", officer: int = 1) -> None:
        """Log in with an officer's token and open a view of the console."""
        page = self.page
        # By a request of the same browser: the form would open the console in another language first.
        own = {"sec-fetch-site": "same-origin"}
        form: dict[str, str | float | bool] = {"token": self.node.tokens[officer - 1]}
        page.context.request.post(f"{self.node.url}/login", form=form, headers=own, max_redirects=0)
        page.add_init_script(f"localStorage.setItem('clearline-language', '{language}')")
        page.goto(f"{self.node.url}/console#{view}")
        page.wait_for_selector("[data-view]")

    def go(self, view: str) -> None:
        """Go to a view as a link would."""
        self.page.evaluate("view => { location.hash = view }", view)
        self.page.wait_for_selector(f"[data-view={view}]")

    def fill(self, **fields: str) -> None:
        """Type into fields by their names (`_` for `-`), each as its officer would."""
        for name, value in fields.items():
            self.page.fill(f"[data-field={name.replace('_', '-')}]", value)

    def text(self, selector: str) -> str:
        """Return what stands there, without the marks by which what is filled in is isolated."""
        return self.page.inner_text(selector).replace("\u2068", "").replace("\u2069", "")

    def unfold(self, text: str) -> None:
        """Open the form that stands folded under these words, where it is not open."""
        place = self.page.locator("details:not([open]) > summary", has_text=text)
        if place.count():
            place.first.click()

    def hold(self, act: str, within: str = "") -> None:
        """Hold an act down with the mouse until it is confirmed; `within` names the one of several by what holds it."""
        selector = f"{within} [data-act={act}]"
        self.page.wait_for_selector(f"{selector}:not(:disabled)")
        place = self.page.locator(selector).first
        place.scroll_into_view_if_needed()
        place.hover()
        self.page.mouse.down()
        self.page.wait_for_timeout(1_100)
        self.page.mouse.up()

    def tab_to(self, selector: str, *, most: int = 120) -> None:
        """Reach an element by the Tab key alone."""
        for _ in range(most):
            if self.page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{selector} is not reached by {most} presses of Tab")

    def type_into(self, selector: str, text: str) -> None:
        """Reach a field by keyboard and type over what it holds."""
        self.tab_to(selector)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def choose(self, selector: str, value: str) -> None:
        """Reach a list by keyboard and choose a value with the arrow keys."""
        self.tab_to(selector)
        self.page.keyboard.press("Home")
        for _ in range(40):
            if self.page.evaluate("([s, v]) => document.querySelector(s).value === v", [selector, value]):
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{selector} never held {value}")

    def hold_key(self, selector: str) -> None:
        """Reach an act by keyboard and hold Space down until it is confirmed."""
        self.page.wait_for_selector(f"{selector}:not(:disabled)")
        self.tab_to(selector)
        self.page.keyboard.down("Space")
        self.page.wait_for_timeout(1_100)
        self.page.keyboard.up("Space")

    def chart_loaded(self) -> None:
        """Wait until the map has loaded everything that it draws."""
        until(lambda: self.page.evaluate("() => !!window.chart && window.chart.loaded()"), "the map loads")


def until(holds: Callable[[], Any], what: str, *, wait_s: float = WAIT_S) -> None:
    """Wait until something holds; a condition is asked, never a time slept through."""
    end = time.monotonic() + wait_s
    while not holds():
        assert time.monotonic() < end, f"not within {wait_s} s: {what}"
        time.sleep(0.05)


def _loud(sort: str, text: str) -> bool:
    # A browser without a sound device, a GPU or a finished answer says so; that is no fault of the page.
    refused = ("401", "403", "409", "422", "503")
    excused = (*refused, "WebGL", "GPU", "AudioContext", "ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE")
    return sort == "error" and not any(word in text for word in excused)
