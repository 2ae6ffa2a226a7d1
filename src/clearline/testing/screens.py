"""Every screen of the console, one after the other: each view with its forms open, each panel, each dialog."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from playwright.sync_api import Route

from clearline.records.card import check_of_line
from clearline.testing.browser import Desk, until

UNFOLD: Final = "() => document.querySelectorAll('main details').forEach(d => { d.open = true })"


LOST: Final[dict[str, dict[str, Any]]] = {
    "a node that lost entries and asks for them": {
        "read_only": "it was restored from an old backup",
        "lacking": [{"log": "XX/main", "held": 12, "needed": 19}],
        "asking": ["XX", "YY"],
    },
    "a node that holds again what it had lost": {"read_only": "it was restored from an old backup"},
}
"""States that a node which is well does not say; the rest of its answer stays."""

CARRIED: Final = {
    "sender": "XX",
    "part": 1,
    "last": False,
    "logs": [{"log": "XX/main", "first": 3, "size": 9, "held": 9, "new": 6}],
    "answered": {"YY/main": {"size": 4, "delivered": 4}},
    "waiting": 1,
    "refused": [{"place": "line 4", "reason": "unproven"}],
    "torn": "line 5: the file is cut off",
}
"""What a node answers of a file with everything wrong that can be."""

KEY_EVENT: Final = (
    b'clearline/key/v1\n{"event":"revoke","key":"AAAA","last_good":{"main":7},"member":"XX","reason":"lost",'
    b'"role":"officer/1"}\n\n'
)
"""What a root's file says; it is read here, and never said."""


def views(desk: Desk) -> list[str]:
    """Return the ids of all views, as the tabs name them: a view that is added is among them by itself."""
    links = desk.page.locator("nav a[href^='#']")
    return [str(links.nth(n).get_attribute("href"))[1:] for n in range(links.count())]


def screens(desk: Desk, *, own: str, theirs: str, told: str) -> Iterator[str]:
    """Bring up one screen after the other and give the name of each while it stands.

    `own` and `theirs` name a notice of either side, each as `PARTY REFERENCE`; they are in conflict. `told` names one
    of theirs of which the area alone is told here.
    """
    page = desk.page
    for view in views(desk):
        desk.go(view)
        page.evaluate(UNFOLD)
        page.wait_for_timeout(250)
        yield view
        for number in range(page.locator("main [data-sort]").count()):
            tab = page.locator("main [data-sort]").nth(number)
            tab.click()
            page.wait_for_timeout(250)
            page.evaluate(UNFOLD)
            yield f"{view}: {tab.get_attribute('data-sort')}"
    yield from _filing(desk)
    yield from _panels(desk, own, theirs)
    yield from _area_only(desk, told)
    yield from _hotline(desk)
    yield from _without_a_line(desk)
    yield from _own_node(desk)
    yield from _dialogs(desk)


def _filing(desk: Desk) -> Iterator[str]:
    """What is wrong in the form of a notice, then what can be released, with its preview."""
    page = desk.page
    desk.go("file")
    page.click("[data-template=gun]")
    desk.fill(reference="X-1", places="34.5 38.2", reach="wide", upper="12000", start="2320")
    page.wait_for_selector("[data-mark=places-wrong]")
    yield "file: what is refused beside its fields"
    desk.fill(places="34.5N 38.2E\n34.6N 38.3E", reach="0.6", upper="12000 ft AMSL")
    desk.fill(start="2027-01-05T10:00:00Z", end="2027-01-05T11:00:00Z")
    page.locator("[data-field^=sees-]").first.select_option("area_only")
    page.click("[data-act=preview]")
    page.wait_for_selector("[data-seen]")
    yield "file: what can be released, and its preview"


def _panels(desk: Desk, own: str, theirs: str) -> Iterator[str]:
    page = desk.page
    desk.go("watch")
    page.click(f"tr[data-notice='{theirs}']")
    page.click("[data-act=read-back-open]")
    page.wait_for_selector("[data-field=rb-place]")
    yield "watch: a notice of theirs, its read-back"
    page.select_option("[data-field=stance]", "proposal")
    page.wait_for_timeout(200)
    yield "watch: a proposal"
    page.click("[data-act=type-proposal]")
    page.wait_for_selector("[data-mark=proposing] [data-field=places]")
    yield "watch: a proposal whose volumes are typed"
    page.click(f"tr[data-notice='{own}']")
    page.click("[data-act=card]")
    page.wait_for_selector("[data-print=card]")
    page.wait_for_timeout(300)
    yield "watch: a notice of one's own, its card, ways out"
    page.locator(f'button[data-conflict]:has-text("{own.split()[1]}")').click()
    page.wait_for_selector("[data-mark=ways]")
    yield "watch: a conflict"
    page.locator("button[data-area]").first.click()
    page.wait_for_selector("[data-mark=area]")
    yield "watch: an area"
    page.click("[data-mark=area] [data-act=close]")
    page.fill("[data-field=search]", "Pal")
    page.wait_for_selector("[role=option]")
    yield "watch: what a search found"
    page.fill("[data-field=search]", "34.5 38.2")
    page.wait_for_selector("[role=search] [role=alert]")
    yield "watch: a search that is refused"
    page.press("[data-field=search]", "Escape")
    if page.locator("[data-act=measure]").count() > 0:
        page.click("[data-act=measure]")
        for point in ("33.5N 36.3E", "34.56N 38.27E"):
            page.fill("[data-field=measure-point]", point)
            page.press("[data-field=measure-point]", "Enter")
        yield "watch: a line that is measured"
        page.click("[data-act=measure]")


def _area_only(desk: Desk, told: str) -> Iterator[str]:
    """What is known of a notice of which the area alone is told, and what is lacking for an objection to it."""
    page = desk.page
    page.click(f"tr[data-notice='{told}']")
    page.wait_for_selector("[data-mark=area-only] [data-field=area-stance]")
    yield "watch: a notice of which the area alone is told"
    page.select_option("[data-field=area-stance]", "objection")
    page.wait_for_selector("[data-mark=area-only] [data-mark=lacking]")
    yield "watch: an objection to an area, not complete yet"
    page.click("[data-mark=area-only] [data-act=close]")


def _hotline(desk: Desk) -> Iterator[str]:
    page = desk.page
    desk.go("hotline")
    page.locator("[data-act=phrase-read-back-open]").first.click()
    page.wait_for_selector("[data-mark=phrase-read-back]")
    phrase = page.locator("form select[size]")
    phrase.select_option(index=2)
    yield "hotline: a phrase with its slots, a phrase read back"


def _without_a_line(desk: Desk) -> Iterator[str]:
    """A card that is taken down, the card of an own message, and what came of files that were carried in."""
    page = desk.page
    page.evaluate(UNFOLD)
    first = "MESSAGE OF XX LINES 6"
    desk.fill(heard_1=f"{first} {check_of_line(1, first)}")
    page.press("[data-field=heard-1]", "Enter")
    desk.fill(heard_2="REFERENCE M-1")
    page.press("[data-field=heard-2]", "Enter")
    page.wait_for_selector("[data-field=heard-2][aria-invalid=true]")
    page.locator("[data-act=message-card]").first.click()
    page.wait_for_selector("[data-print=card]")
    yield "hotline: a card that is taken down, a card of one's own"
    desk.go("lines")
    page.evaluate(UNFOLD)
    page.route("**/api/v1/carry", lambda route: route.fulfill(json=CARRIED))
    page.set_input_files("[data-field=carried]", {"name": "XX.001.carry", "mimeType": "", "buffer": b"x"})
    page.wait_for_selector("[data-mark=carried]")
    page.unroute("**/api/v1/carry")
    yield "lines: what came of a file that was carried in"


def _own_node(desk: Desk) -> Iterator[str]:
    """A node that has lost state, is refilled, and asks the others; and a key event before it is said."""
    page = desk.page
    for name, lost in LOST.items():
        page.route("**/api/v1/state", partial(_answered, lost))
        desk.go("lines")
        desk.go("record")
        page.evaluate(UNFOLD)
        page.set_input_files("[data-field=key-event]", {"name": "x.note", "mimeType": "", "buffer": KEY_EVENT})
        page.wait_for_selector("[data-act=key-event]")
        page.wait_for_selector("[data-mark=restoring]")
        yield f"record: {name}"
        page.unroute("**/api/v1/state")


def _answered(more: dict[str, Any], route: Route) -> None:
    route.fulfill(json={**route.fetch().json(), **more})


def _dialogs(desk: Desk) -> Iterator[str]:
    page = desk.page
    page.keyboard.press("F9")
    page.wait_for_selector("dialog[open]")
    yield "stop-fire"
    page.locator("[data-act=stop-fire-send]").hover()
    page.mouse.down()
    page.wait_for_timeout(250)
    yield "stop-fire: held half way"
    # It is let go outside of the act: nothing is sent.
    page.mouse.move(2, 2)
    page.mouse.up()
    page.keyboard.press("Escape")
    until(lambda: page.locator("dialog[open]").count() == 0, "the dialog is gone")
