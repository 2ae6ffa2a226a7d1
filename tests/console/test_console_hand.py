"""A list that moves under the hand: what was pressed, held or stood on stays what is meant."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from clearline.testing.browser import Desk, until
from clearline.testing.nodes import LiveNode, LiveNodes
from clearline.testing.notice_files import notice_file

Make = Callable[..., Desk]

GROW = """() => {
  const box = document.createElement('div')
  box.style.height = '400px'
  document.querySelector('.selected section').prepend(box)
}"""
ON = "() => document.activeElement.getAttribute('data-notice')"
TITLE = "() => document.activeElement.id === 'notice-title'"
CHOSEN = "() => [...document.querySelectorAll('[data-notice][aria-selected=true]')].map(r => r.dataset.notice)"


def file(node: LiveNode, notice: str, *, start_min: int, end_min: int) -> None:
    told = notice_file(node.member, notice, start_min=start_min, end_min=end_min)
    answer = httpx.post(f"{node.url}/api/v1/notices", json=told, headers=node.headers, trust_env=False, timeout=10)
    assert answer.status_code == 201, answer.text


def state(node: LiveNode, notice: str) -> str:
    path = f"{node.url}/api/v1/notices/{node.member}/{notice}"
    said = httpx.get(path, headers=node.headers, trust_env=False, timeout=10).json()
    return str(said["notice"]["state"])


def press_withdraw(desk: Desk, notice: str) -> None:
    """Choose a notice of one's own and press its withdrawal down, without letting go."""
    desk.page.locator(f'[data-notice="TR {notice}"]').click()
    place = desk.page.locator("[data-act=withdraw]")
    place.scroll_into_view_if_needed()
    place.hover()
    desk.page.mouse.down()
    desk.page.wait_for_timeout(200)


def test_an_act_is_held_though_the_page_grows_above_it(desks: Make, nodes: LiveNodes) -> None:
    file(nodes["TR"], "TR-H1", start_min=300, end_min=320)
    desk = desks("TR")
    press_withdraw(desk, "TR-H1")
    before = desk.page.locator("[data-act=withdraw]").bounding_box()
    desk.page.evaluate(GROW)
    after = desk.page.locator("[data-act=withdraw]").bounding_box()
    assert before is not None
    assert after is not None
    assert before["y"] != after["y"]
    until(lambda: state(nodes["TR"], "TR-H1") == "withdrawn", "what was held is done")
    desk.page.mouse.up()


def test_an_act_is_let_go_where_the_hand_is_drawn_away(desks: Make, nodes: LiveNodes) -> None:
    file(nodes["TR"], "TR-H2", start_min=330, end_min=340)
    desk = desks("TR")
    press_withdraw(desk, "TR-H2")
    place = desk.page.locator("[data-act=withdraw]").bounding_box()
    assert place is not None
    desk.page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] + 60, steps=4)
    desk.page.wait_for_timeout(1_200)
    desk.page.mouse.up()
    assert state(nodes["TR"], "TR-H2") != "withdrawn"


def test_a_row_that_moves_between_press_and_release_is_the_row_that_is_chosen(desks: Make, nodes: LiveNodes) -> None:
    file(nodes["TR"], "TR-H3", start_min=400, end_min=420)
    desk = desks("TR")
    row = desk.page.locator('[data-notice="TR TR-H3"]')
    row.scroll_into_view_if_needed()
    row.hover()
    before = row.evaluate("r => r.sectionRowIndex")
    desk.page.mouse.down()
    # What is filed now begins earlier and takes the row's place.
    file(nodes["IL"], "IL-H3", start_min=350, end_min=360)
    until(lambda: row.evaluate("r => r.sectionRowIndex") > before, "the row has moved down")
    until(lambda: not row.evaluate("r => r.matches(':hover')"), "another row is under the pointer")
    desk.page.mouse.up()
    until(lambda: desk.page.evaluate(CHOSEN) == ["TR TR-H3"], "the row that was pressed is chosen")


def test_the_keyboard_stays_on_a_row_that_moves(desks: Make, nodes: LiveNodes) -> None:
    """A row that comes into conflict goes to the top of its list, and the focus goes with it."""
    file(nodes["TR"], "TR-H5", start_min=440, end_min=450)
    file(nodes["TR"], "TR-H4", start_min=480, end_min=500)
    desk = desks("TR")
    desk.page.wait_for_selector('[data-notice="TR TR-H5"]')
    row = desk.page.locator('[data-notice="TR TR-H4"]')
    row.focus()
    at = "r => r.sectionRowIndex"
    before = row.evaluate(at)
    assert before > 0
    file(nodes["IL"], "IL-H4", start_min=480, end_min=500)
    until(lambda: row.evaluate(at) < before, "the row has moved")
    until(lambda: desk.page.evaluate(ON) == "TR TR-H4", "the focus is where it was")


@pytest.mark.parametrize(
    ("view", "row"), [("inbox", "[data-waits='notice IL IL-{}']"), ("watch", "[data-notice='IL IL-{}']")]
)
def test_a_row_chosen_by_key_leads_into_what_it_opened(desks: Make, nodes: LiveNodes, view: str, row: str) -> None:
    """Enter goes into the panel, with a rim; Escape and Close lead back; a click and an arrow key leave the focus."""
    first, second = f"K-{view}-1", f"K-{view}-2"
    for number, notice in enumerate((first, second)):
        file(nodes["IL"], f"IL-{notice}", start_min=520 + number, end_min=540)
    desk = desks("TR", view)
    page = desk.page
    for close in ("Escape", "Close"):
        page.focus(row.format(first))
        page.keyboard.press("Enter")
        until(lambda: page.evaluate(TITLE), "the focus is in the panel")
        assert page.evaluate("() => parseFloat(getComputedStyle(document.activeElement).outlineWidth)") >= 2
        page.keyboard.press(close if close == "Escape" else "Tab")
        if close == "Close":
            assert page.evaluate("() => document.activeElement.dataset.act") == "close"
            page.keyboard.press("Enter")
        until(lambda: page.evaluate("s => document.activeElement.matches(s)", row.format(first)), "it is back")
    page.click(row.format(second))
    page.wait_for_selector("[data-act=seen]")
    assert not page.evaluate(TITLE)
    # What a click has opened already is entered by key as well.
    page.focus(row.format(second))
    page.keyboard.press("Enter")
    until(lambda: page.evaluate(TITLE), "the focus is in the panel")
    if view == "watch":
        page.focus("[role=application].lanes")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowUp")
        page.wait_for_selector("#notice-title")
        assert page.evaluate("() => document.activeElement.matches('.lanes')")


def test_a_template_says_what_it_replaces_and_gives_it_back(desks: Make, nodes: LiveNodes) -> None:
    """Pressed while a notice is amended it names what it took from the form; one act puts all of it back."""
    file(nodes["TR"], "TR-TEMPLATE", start_min=700, end_min=720)
    desk = desks("TR", "file")
    page = desk.page
    page.click("[data-template=gun]")
    page.click("[data-template=circle]")
    assert page.locator("[data-mark=replaced]").count() == 0, "what a template set is nobody's loss"
    desk.fill(copied="TR-TEMPLATE")
    page.click("[data-act=copy]")
    page.wait_for_selector("[data-mark=file-taken]")
    fields = ("activity", "nature", "shape", "reach", "lower", "upper", "places", "start", "end")
    said = "names => names.map(name => document.querySelector(`[data-field=${name}]`)?.value)"
    before = page.evaluate(said, fields)
    page.click("[data-template=area]")
    told = page.inner_text("[data-mark=replaced]")
    assert "Heights" in told and "Shape" in told and page.input_value("[data-field=upper]") == "UNL"
    page.click("[data-act=undo-template]")
    assert page.evaluate(said, fields) == before
    assert page.locator("[data-mark=replaced]").count() == 0
