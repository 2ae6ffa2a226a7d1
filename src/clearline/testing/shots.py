"""Pictures of every view of the console, for the documentation: `make console-shots`.

The five nodes of the demonstration run and play their fictional day; a browser then looks at Türkiye's desk.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from playwright.sync_api import BrowserContext, sync_playwright

from clearline.testing.browser import CHROMIUM, QUIET, SOFTWARE, Desk
from clearline.testing.busy_watch import Officer, fill
from clearline.testing.nodes import LiveNode

LANGUAGES: Final = ("en", "ar", "he")
SIZE: Final = {"width": 1500, "height": 950}
NARROW: Final = {"width": 390, "height": 844}
PORT: Final = 9560
"""The nodes listen at the five ports above, on this machine alone."""

READY_S: Final = 300
VIEWS: Final = ("inbox", "file", "hotline", "lines", "shift", "acts", "agreement", "record")
REFERENCE: Final = "TR-G-002"

Station = dict[str, str]


@contextlib.contextmanager
def demonstration(folder: Path, port: int = PORT) -> Iterator[dict[str, Station]]:
    """Run the demonstration in a process of its own and give its nodes by member."""
    words = [
        str(Path(sys.executable).with_name("clearline")),
        "demo",
        "--json",
        "--port",
        str(port),
        "--data",
        str(folder),
    ]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise RuntimeError("the demonstration did not become ready")
        yield {one["member"]: one for one in json.loads(line)["nodes"]}
    finally:
        process.terminate()
        process.wait(READY_S)


def station_desk(context: BrowserContext, station: Station, language: str) -> Desk:
    """Open a desk of the console at a node of the demonstration."""
    node = LiveNode(station["member"], Path(), station["url"], (station["token"], station["token"]))
    desk = Desk(node, context.new_page())
    desk.open("watch", language=language)
    return desk


def look(desk: Desk, keep: Callable[[str], None]) -> None:
    """Go through every view and keep a picture of each, by its name."""
    page = desk.page
    desk.chart_loaded()
    page.locator(f"tr[data-notice='TR {REFERENCE}']").first.click()
    page.wait_for_selector("#notice-title")
    page.wait_for_timeout(1_500)
    keep("watch")
    page.locator("[data-act=card]").first.click()
    page.locator("[data-print=card]").scroll_into_view_if_needed()
    keep("card")
    for view in VIEWS:
        desk.go(view)
        page.wait_for_timeout(700)
        keep(view)
    desk.go("print")
    page.wait_for_timeout(1_000)
    keep("print")
    desk.go("watch")
    page.locator("[data-act=stop-fire]").first.click()
    page.wait_for_timeout(300)
    keep("stop-fire")
    page.keyboard.press("Escape")


def look_closer(desk: Desk, keep: Callable[[str], None]) -> None:
    """Keep a picture of a conflict, of the night's theme, and of a small screen."""
    page = desk.page
    desk.go("watch")
    page.locator("button[data-conflict]").first.click()
    page.wait_for_selector("[data-mark=ways] li")
    page.wait_for_timeout(1_000)
    keep("conflict")
    page.keyboard.press("Escape")
    page.select_option("#theme", "dimmed")
    page.wait_for_timeout(1_500)
    desk.chart_loaded()
    keep("night")
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    page.wait_for_timeout(1_500)
    keep("narrow")


def main() -> None:
    """Write a picture of every view in three languages to the folder that is named, or to docs/img."""
    if CHROMIUM is None:
        raise SystemExit("console-shots needs Chromium (apt-get install chromium)")
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/img")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, demonstration(Path(temporary) / "day") as nodes:
        officers = {name: Officer(name, one["url"], one["token"]) for name, one in nodes.items()}
        fill(officers["TR"], officers["IL"], officers["AZ"])
        with sync_playwright() as player:
            browser = player.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *SOFTWARE])
            for language in LANGUAGES:
                context = browser.new_context(viewport=SIZE, locale="en-GB")  # type: ignore[arg-type]
                desk = station_desk(context, nodes["TR"], language)

                def keep(name: str, desk: Desk = desk, language: str = language) -> None:
                    _keep(desk, out / f"{name}-{language}.png")

                look(desk, keep)
                if language == "en":
                    look_closer(desk, keep)
                context.close()
            browser.close()


def _keep(desk: Desk, path: Path) -> None:
    desk.page.screenshot(path=path, animations="disabled")
    sys.stdout.write(f"{path} {path.stat().st_size // 1024} KB\n")


if __name__ == "__main__":
    main()
