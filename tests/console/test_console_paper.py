"""Where no line is up: a card that is read aloud and typed by keyboard alone, and files that are carried."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Download, Route

from clearline.gateways.geojson.notice_file import parse_notices
from clearline.records.card import NoticeCard, check_of_line, code_of, lines_of, spoken_draft
from clearline.records.words import MemberId
from clearline.testing.browser import Desk, until
from clearline.testing.nodes import LiveNodes, ask, running_nodes
from clearline.testing.notice_files import at_minute, notice_file

Make = Callable[..., Desk]
PART_BYTES = 262_144
"""Bytes of a part where the test makes parts small: the least that a node writes."""


def card_of(file: dict[str, Any]) -> tuple[list[str], str]:
    """Return the lines of a notice's card as they are said, each with its check characters, and the code over all."""
    (draft,) = parse_notices(json.dumps(file).encode(), where="test")
    lines = lines_of(NoticeCard(spoken_draft(draft), 1, (MemberId("IL"),)))
    return [f"{line} {check_of_line(n, line)}" for n, line in enumerate(lines, 1)], code_of(lines)


def at(desk: Desk) -> str:
    """Return the name of the field that has the focus."""
    return str(desk.page.evaluate("document.activeElement.dataset.field ?? ''"))


def test_a_card_is_taken_down_by_keyboard_and_stands_beside_its_original(desk_of: Make, nodes: LiveNodes) -> None:
    """A line that was misheard is told at once; the original, filed later, is said to be entered after the fact."""
    file = notice_file("TR", "TR-PAPER", remarks="Escort, two trucks")
    lines, code = card_of(file)
    il = desk_of("IL", "hotline")
    page, keys = il.page, il.page.keyboard
    il.tab_to("[data-mark=paper] > summary")
    keys.press("Enter")
    il.tab_to("[data-field=heard-1]")
    keys.type("notice of tr")
    keys.press("Enter")
    page.wait_for_selector("[data-field=heard-1][aria-invalid=true]")
    assert at(il) == "heard-1", "a line that does not agree is not left"
    for number, line in enumerate(lines, 1):
        assert at(il) == f"heard-{number}"
        wrong = line.replace("TR-PAPER", "TR-PAPEP").lower()
        keys.type(wrong)
        keys.press("Enter")
        if wrong != line.lower():
            page.wait_for_selector(f"#heard-{number - 1}:has-text('and its check characters do not agree')")
            assert at(il) == f"heard-{number}"
            keys.type(line.lower())
            keys.press("Enter")
        until(lambda number=number: at(il) != f"heard-{number}", "the next line")  # type: ignore[misc]
    assert at(il) == "heard-code" and page.locator("[data-act=take-down]").is_disabled()
    keys.press("ArrowUp")
    assert at(il) == f"heard-{len(lines)}"
    keys.press("ArrowDown")
    keys.type("AAAAAA")
    il.hold_key("[data-act=take-down]")
    page.wait_for_selector("[data-mark=paper] >> text=The code over all lines is another")
    page.fill("[data-field=heard-code]", code.lower())
    il.hold_key("[data-act=take-down]")
    one = "[data-heard='TR TR-PAPER']"
    page.wait_for_selector(f"{one}.warning >> text=Not signed by its author")
    assert "without a signed original: 1" in il.text("[data-mark=paper] > summary")
    assert page.input_value("[data-field=heard-1]") == "" and page.locator("[data-field=heard-2]").count() == 0
    filed = notice_file("TR", "TR-PAPER", remarks="Escort, two trucks", upper="FL110")
    for feature, said in zip(filed["features"], file["features"], strict=True):
        feature["properties"] |= {name: said["properties"][name] for name in ("start", "end")}
    ask(nodes["TR"], "POST", f"notices?dictated_at={at_minute(-30)}", filed)
    page.wait_for_selector(f"{one}:not(.warning) >> text=The signed original is held")
    assert "signed FL110; heard FL100" in il.text(one)
    il.go("watch")
    page.click("tr[data-notice='TR TR-PAPER']")
    page.wait_for_selector("[data-mark=after-the-fact]")


def test_what_was_dictated_before_is_filed_as_entered_after_the_fact(desk_of: Make, nodes: LiveNodes) -> None:
    """When it was dictated is typed in the form of a notice; a time to come is refused beside its field."""
    tr = desk_of("TR", "file")
    tr.unfold("Call sign, squawk")
    tr.fill(reference="TR-LATER", places="34.5N 38.2E", reach="5", lower="SFC", upper="FL100")
    tr.fill(start=at_minute(300), end=at_minute(360), dictated_at=at_minute(30))
    tr.page.wait_for_selector("[data-field=dictated-at][aria-invalid=true]")
    assert tr.page.locator("[data-act=release]").is_disabled()
    dictated = at_minute(-30)
    tr.fill(dictated_at=dictated)
    tr.page.wait_for_selector("[data-mark=read-aloud] >> text=entered after the fact")
    tr.hold("release")
    until(lambda: "TR-LATER" in [n["notice"] for n in ask(nodes["IL"], "GET", "notices")["notices"]], "it is filed")
    assert ask(nodes["IL"], "GET", "notices/TR/TR-LATER")["notice"]["dictated_at"] == dictated


def test_what_one_desk_reads_aloud_of_a_message_another_takes_down(desk_of: Make, nodes: LiveNodes) -> None:
    """The card of an own message; typed at the other side, nothing differs from what was signed."""
    ask(nodes["TR"], "POST", "messages", {"to": ["IL"], "text": "Convoy holds at the eastern gate until called."})
    tr, il = desk_of("TR", "hotline"), desk_of("IL", "hotline")
    mine = "li:has-text('Convoy holds')"
    tr.page.click(f"{mine} [data-act=message-card]")
    tr.page.wait_for_selector(f"{mine} [data-print=card] .code")
    rows = tr.page.locator(f"{mine} [data-print=card] tr").all()
    lines = [" ".join(row.locator("td").all_inner_texts()[1:]) for row in rows]
    il.page.wait_for_selector("li:has-text('Convoy holds')")
    assert il.page.locator("[data-act=message-card]").count() == 0, "what others said is not dictated in their name"
    il.unfold("Paper day")
    for number, line in enumerate(lines, 1):
        il.page.fill(f"[data-field=heard-{number}]", line)
    il.page.fill("[data-field=heard-code]", tr.page.inner_text(f"{mine} [data-print=card] .code bdi"))
    il.hold("take-down")
    il.page.wait_for_selector("[data-heard^='TR M-'] >> text=Nothing differs.")
    tr.page.wait_for_selector("[data-heard^='TR M-']", state="attached")


def test_parts_are_carried_out_and_in_where_no_line_is(desk_of: Make, tmp_path: Path) -> None:
    """One node writes two parts while the other is down; the other takes them in the wrong order, and one torn."""
    with running_nodes(tmp_path / "carried", ("IL", "TR"), start=False) as nodes:
        nodes["TR"].start()
        nodes["TR"].settle()
        ask(nodes["TR"], "POST", "notices", notice_file("TR", "TR-CARRIED"))
        for number in range(30):
            ask(nodes["TR"], "POST", "messages", {"to": ["IL"], "text": f"{number} " + "x" * 7900})
        parts = carried_out(desk_of(nodes["TR"], "lines"), tmp_path)
        nodes["TR"].stop()
        nodes["IL"].start()
        nodes["IL"].settle()
        il = desk_of(nodes["IL"], "lines")
        il.unfold("By stick or one-way link")
        torn = tmp_path / "torn.carry"
        torn.write_bytes(parts[0].read_bytes()[:100_000])
        il.page.set_input_files("[data-field=carried]", str(torn))
        il.page.wait_for_selector("[data-mark=carried].warning >> text=The file is not whole")
        il.page.set_input_files("[data-field=carried]", [str(parts[1]), str(parts[0])])
        il.page.wait_for_selector("[data-mark=carried]:nth-child(2)")
        late, first = (il.text(f"[data-mark=carried]:nth-child({n})") for n in (1, 2))
        assert "part 2 from TR" in late and "Waiting for an earlier part: " in late and "last part" in late
        assert "part 1 from TR" in first and "held here now: 31" in first and "Waiting" not in first
        assert [n["notice"] for n in ask(nodes["IL"], "GET", "notices")["notices"]] == ["TR-CARRIED"]
        il.page.set_input_files("[data-field=carried]", __file__)
        il.page.wait_for_selector("[data-mark=carry] .bad >> text=This file is not for this node")


def carried_out(tr: Desk, folder: Path) -> list[Path]:
    """Write what is due to IL at TR's desk: two parts, the second one begun where the first ends."""

    def small(route: Route) -> None:
        route.continue_(url=f"{route.request.url}&part_bytes={PART_BYTES}")

    tr.page.route("**/api/v1/carry/IL?*", small)
    tr.page.click("[data-act=carry-IL]")
    assert tr.page.input_value("[data-field=carry-to]") == "IL"
    found: list[Download] = []
    for number, told in ((1, "write the next part too"), (2, "That is all that is due")):
        assert f"Write part {number}" in tr.text("[data-act=carry-out]")
        with tr.page.expect_download() as download:
            tr.page.click("[data-act=carry-out]")
        found.append(download.value)
        tr.page.wait_for_selector(f"[data-mark=written]:has-text('{told}')")
    assert [one.suggested_filename for one in found] == ["TR-IL.001.carry", "TR-IL.002.carry"]
    paths = [folder / one.suggested_filename for one in found]
    for one, path in zip(found, paths, strict=True):
        one.save_as(path)
        assert path.stat().st_size <= PART_BYTES
    return paths
