"""What was read back otherwise, and what a slot needs, are said as officers read places, heights and times."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from clearline.testing.browser import Desk, until
from clearline.testing.nodes import LiveNode, LiveNodes
from clearline.testing.notice_files import at_minute, notice_file
from clearline.testing.theatre import PALMYRA

Make = Callable[..., Desk]
TEXTS = Path(__file__).parents[2] / "console" / "src" / "i18n"


def post(node: LiveNode, path: str, body: Any) -> Any:
    answer = httpx.post(f"{node.url}/api/v1/{path}", json=body, headers=node.headers, trust_env=False)
    assert answer.status_code == 201, answer.text
    return answer.json()


def untold(text: str) -> str:
    """Return a text without its isolates, which nobody sees, and with its spaces alike."""
    return re.sub("[\u2066-\u2069]", "", text).replace("\u00a0", " ")


def test_a_place_read_back_otherwise_is_told_as_places_are_read(desks: Make, nodes: LiveNodes) -> None:
    """Degrees and minutes with their letters and MGRS, times as the desk says them, in the ladder of both sides."""
    body = notice_file("IL", "IL-ELSEWHERE", start_min=500, end_min=530, lon=37.5, lat=35.0)
    one = body["features"][0]["properties"]
    of = post(nodes["IL"], "notices", body)["entry"]["id"]
    path = "notices/IL/IL-ELSEWHERE"
    until(
        lambda: httpx.get(f"{nodes['TR'].url}/api/v1/{path}", headers=nodes["TR"].headers, trust_env=False).is_success,
        path,
    )
    volume = {"position": [37.5, 35.5], "lower": "SFC", "upper": "FL100", "start": one["start"], "end": at_minute(540)}
    said = {"step": "read_back", "of": of, "activity": "ground", "nature": "own_presence", "volumes": [volume]}
    post(nodes["TR"], f"{path}/acknowledgements", said)
    for member in ("TR", "IL"):
        desk = desks(member)
        desk.page.click('[data-notice="IL IL-ELSEWHERE"]')
        desk.page.wait_for_selector(".ladder li")
        ladder = untold(desk.page.inner_text(".ladder"))
        assert "35°00.00'N 037°30.00'E (37S CU 631 740) ≠ 35°30.00'N 037°30.00'E (37S CV 639 295)" in ladder, ladder
        assert "air ≠ ground" in ladder
        assert re.search(r"To: \d\d [A-Z]{3} [\d: ]+Z ≠ \d\d [A-Z]{3} [\d: ]+Z", ladder), ladder


def test_what_is_open_at_a_handover_names_its_notice(desks: Make, nodes: LiveNodes) -> None:
    """Who takes the watch over reads which notice was read back otherwise, and in which fields, in the own language."""
    body = notice_file("IL", "IL-OPEN", start_min=600, end_min=630)
    one = body["features"][0]["properties"]
    of = post(nodes["IL"], "notices", body)["entry"]["id"]
    url, theirs = f"{nodes['TR'].url}/api/v1/notices/IL/IL-OPEN", nodes["TR"].headers
    until(lambda: httpx.get(url, headers=theirs, trust_env=False).is_success, "it has arrived")
    volume = {"position": list(PALMYRA), "lower": "SFC", "upper": "FL110", "start": one["start"], "end": one["end"]}
    said = {"step": "read_back", "of": of, "activity": "air", "nature": "own_presence", "volumes": [volume]}
    post(nodes["TR"], "notices/IL/IL-OPEN/acknowledgements", said)
    for language in ("en", "he"):
        texts = json.loads((TEXTS / f"{language}.json").read_text("utf-8"))
        words = texts["owed.differs"].replace("{field}", texts["field.upper"])
        desk = desks("TR", "shift", language=language)
        rows = desk.page.locator("ol li", has_text="IL-OPEN")
        rows.first.wait_for()
        told = [untold(text) for text in rows.all_inner_texts()]
        assert any(words in text for text in told), told
    desk = desks("TR", "shift", officer=2)
    desk.page.wait_for_selector("[data-act=shift-begin]:not(:disabled)")
    desk.hold("shift-begin")
    desk.page.wait_for_selector("[data-mark=held]")
    assert desk.page.is_disabled("[data-act=shift-begin]"), "a watch that one holds is not begun again"


def test_a_phrase_says_beside_its_field_what_a_slot_needs(desks: Make) -> None:
    """A height without its datum, a time without its zone, a bare pair: each is refused in words, none is added."""
    desk = desks("TR", "hotline")
    page = desk.page
    page.locator("select[size] option", has_text="003-7").first.wait_for(state="attached")
    page.select_option("select[size]", "0037")
    for slot, typed, words in (
        ("height", "3000 ft", "needs its unit and its datum"),
        ("time", "2320", "needs its zone"),
        ("place", "34.5 38.3", "cannot be read"),
    ):
        place = page.locator(f"[data-field=slot-{slot}]")
        place.fill(typed)
        assert words in page.inner_text(f"[id='{place.get_attribute('aria-describedby')}']")
    desk.fill(slot_height="3000 ft AMSL", slot_time="23 2320Z", slot_place="34.5N 38.3E")
    add = page.locator("fieldset", has=page.locator("select[size]")).locator(".row button")
    add.click()
    page.wait_for_selector("text=003-7 >> nth=0")
    assert page.locator("[data-field=slot-height]").count() == 0


def test_phrases_are_read_back_by_their_slots(desks: Make, nodes: LiveNodes) -> None:
    """What was read wrongly is shown beside what was said; read rightly it matches."""
    body = {
        "to": ["TR"],
        "phrases": [{"code": "005-9", "slots": {"place": [38.3, 34.5], "time": "2026-11-22T12:00:00Z"}}],
    }
    post(nodes["IL"], "messages", body)
    desk = desks("TR", "hotline")
    # The node keeps a slot exactly and in one form for all; on the desk it reads as every time and position does.
    desk.page.wait_for_selector("text=34°30.00'N 038°18.00'E")
    desk.page.wait_for_selector("text=22 NOV 12:00:00Z")
    desk.page.click("[data-act=phrase-read-back-open]")
    desk.page.fill("[data-slot=place]", "34.4N 38.3E")
    desk.page.fill("[data-slot=time]", "2026-11-22T12:00:00Z")
    desk.hold("phrase-read-back")
    differs = untold(desk.page.inner_text("[data-mark=phrase-differs]"))
    assert "34°30.00'N 038°18.00'E (37S DU 357 178) ≠ 34°24.00'N 038°18.00'E (37S DU 356 067)" in differs, differs
    desk.page.fill("[data-slot=place]", "34.5N 38.3E")
    desk.hold("phrase-read-back")
    desk.page.wait_for_selector("[data-mark=phrase-matches]")
