"""An overlap found, read back, answered by a proposal and settled, in two browsers: by mouse, and by keyboard alone."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Callable

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from clearline.testing.browser import Desk, until

Make = Callable[..., Desk]
PLACE = "34°33.36'N 038°16.08'E"


def group(hours: float) -> str:
    """Return a time as officers type it: day and clock in UTC."""
    at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=hours)
    return at.strftime("%d %H%MZ")


def fill_notice(desk: Desk, reference: str, fields: dict[str, str], *, keyboard: bool) -> None:
    desk.go("file")
    given = {"reference": reference, "places": PLACE, "reach": "5", "lower": "SFC", "upper": "5000 ft AMSL", **fields}
    for name in ("reference", "reach", "places", "lower", "upper", "start", "end"):
        selector = f"[data-field={name}]"
        if keyboard:
            desk.type_into(selector, given[name])
        else:
            desk.page.fill(selector, given[name])


def act(desk: Desk, name: str, *, keyboard: bool) -> None:
    if keyboard:
        desk.hold_key(f"[data-act={name}]")
    else:
        desk.hold(name)


def press(desk: Desk, selector: str, *, keyboard: bool) -> None:
    if keyboard:
        desk.tab_to(selector)
        desk.page.keyboard.press("Enter")
    else:
        desk.page.locator(selector).first.click()


def fill(desk: Desk, name: str, value: str, *, keyboard: bool) -> None:
    selector = f"[data-field={name}]"
    if keyboard:
        desk.type_into(selector, value)
    else:
        desk.page.fill(selector, value)


def choose(desk: Desk, name: str, value: str, *, keyboard: bool) -> None:
    selector = f"[data-field={name}]"
    if keyboard:
        desk.choose(selector, value)
    else:
        desk.page.select_option(selector, value)


@pytest.mark.parametrize("keyboard", [False, True], ids=["mouse", "keyboard"])
def test_an_overlap_is_settled(desks: Make, keyboard: bool) -> None:
    """Filed at one desk, a conflict at the other; read back; a proposal; accepted: gone on both. LTR and RTL."""
    sort = "K" if keyboard else "M"
    mine, theirs = f"TR-{sort}", f"IL-{sort}"
    hours = 6.0 if keyboard else 2.0
    first = {"start": group(hours), "end": group(hours + 1)}
    second = {"start": group(hours + 0.9), "end": group(hours + 2)}
    tr, il = desks("TR", language="tr"), desks("IL", language="he")
    assert il.page.evaluate("() => document.documentElement.dir") == "rtl"

    fill_notice(il, theirs, first, keyboard=keyboard)
    act(il, "release", keyboard=keyboard)
    il.go("watch")
    il.page.wait_for_selector(f'[data-notice="IL {theirs}"]')

    fill_notice(tr, mine, second, keyboard=keyboard)
    until(lambda: theirs in tr.page.inner_text("[data-mark=checked]"), "the form shows what it would meet")
    act(tr, "release", keyboard=keyboard)
    conflict = f'button[data-conflict]:has-text("{mine}")'
    il.page.wait_for_selector(conflict)
    tr.go("watch")
    tr.page.wait_for_selector(conflict)

    press(il, f'[data-notice="TR {mine}"]', keyboard=keyboard)
    press(il, "[data-act=seen]", keyboard=keyboard)
    until(lambda: il.page.is_disabled("[data-act=seen]"), "seen is recorded")
    press(il, "[data-act=read-back-open]", keyboard=keyboard)
    read = {"place": PLACE, "lower": "SFC", "upper": "5000 ft AMSL", **second}
    choose(il, "rb-activity", "air", keyboard=keyboard)
    choose(il, "rb-nature", "own_presence", keyboard=keyboard)
    for name, value in {**read, "upper": "6000 ft AMSL"}.items():
        fill(il, f"rb-{name}", value, keyboard=keyboard)
    act(il, "read-back", keyboard=keyboard)
    il.page.wait_for_selector("[data-mark=differs]")
    fill(il, "rb-upper", read["upper"], keyboard=keyboard)
    act(il, "read-back", keyboard=keyboard)
    until(lambda: il.page.locator("[data-mark=differs]").count() == 0, "the corrected read-back matches")

    choose(il, "stance", "proposal", keyboard=keyboard)
    fill(il, "shift", "20", keyboard=keyboard)
    act(il, "position", keyboard=keyboard)

    # A row may move under the pointer while the proposal comes in: an officer chooses it again.
    accept = tr.page.locator("[data-act=accept]")
    for _ in range(3):
        press(tr, f'[data-notice="TR {mine}"]', keyboard=keyboard)
        with contextlib.suppress(PlaywrightTimeout):
            accept.wait_for(timeout=8_000)
            break
    accept.wait_for()
    act(tr, "accept", keyboard=keyboard)
    for desk in (tr, il):
        until(lambda desk=desk: desk.page.locator(conflict).count() == 0, "the conflict is gone")  # type: ignore[misc]
