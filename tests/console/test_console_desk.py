"""What an officer finds and does at the desk: search, measure, one selection, drafts, area only."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Route

from clearline.testing.browser import Desk, until
from clearline.testing.nodes import LiveNode, LiveNodes
from clearline.testing.notice_files import notice_file
from clearline.testing.theatre import PALMYRA
from clearline.volumes.geodesy import geodesics

Make = Callable[..., Desk]
DAMASCUS = (36.292, 33.513)


def post(node: LiveNode, path: str, body: Any, *, status: int = 201) -> Any:
    answer = httpx.post(f"{node.url}/api/v1/{path}", json=body, headers=node.headers, trust_env=False)
    assert answer.status_code == status, answer.text
    return answer.json()


def centre(desk: Desk) -> tuple[float, float]:
    lon, lat = desk.page.evaluate("() => { const c = window.chart.getCenter(); return [c.lng, c.lat] }")
    return lon, lat


def searched(desk: Desk, text: str) -> None:
    desk.page.fill("[data-field=search]", text)
    desk.page.wait_for_selector("[role=option]")
    desk.page.press("[data-field=search]", "Enter")


def test_search_moves_the_map_and_refuses_what_is_unclear(desks: Make, nodes: LiveNodes) -> None:
    """A place by its name in any language, a grid reference and a notice are found; two bare numbers never."""
    post(nodes["IL"], "notices", notice_file("IL", "IL-FIND", start_min=30, end_min=60))
    desk = desks("TR")
    desk.chart_loaded()
    desk.page.wait_for_selector('[data-notice="IL IL-FIND"]')
    searched(desk, "Sam")
    assert centre(desk) == pytest.approx(DAMASCUS, abs=0.01)
    searched(desk, "37SDU 32821 22573")
    assert centre(desk) == pytest.approx((38.268, 34.543), abs=0.01)
    searched(desk, "il-find")
    desk.page.wait_for_selector("[data-act=seen]")
    assert centre(desk) == pytest.approx(PALMYRA, abs=0.01), "the middle of the circle, not its edge"
    desk.page.fill("[data-field=search]", "34.55 38.27")
    desk.page.wait_for_selector("[role=search] [role=alert]")
    assert desk.page.locator("[role=option]").count() == 0


def test_a_line_is_measured_by_keyboard(desks: Make) -> None:
    """Length and true bearing are those of the geodesic on WGS 84."""
    desk = desks("TR")
    desk.chart_loaded()
    desk.tab_to("[data-act=measure]")
    desk.page.keyboard.press("Enter")
    for point in ("33.5N 36.3E", "34.56N 38.27E"):
        desk.type_into("[data-field=measure-point]", point)
        desk.page.keyboard.press("Enter")
    said = desk.page.inner_text("[data-mark=leg]")
    found = re.fullmatch(r"([\d.]+) NM \(([\d.]+) km\) (\d{3})°T", said)
    assert found is not None, said
    azimuth_deg, _, length_m = geodesics().inv(36.3, 33.5, 38.27, 34.56)
    assert float(found[1]) == pytest.approx(length_m / 1852, abs=0.006)
    assert float(found[2]) == pytest.approx(length_m / 1000, abs=0.006)
    assert int(found[3]) == round(azimuth_deg) % 360


def test_a_conflict_is_selected_everywhere_and_written_about(desks: Make, nodes: LiveNodes) -> None:
    """Both notices stand out in map, list, timeline and profile; its thread bears the conflict's name."""
    post(nodes["IL"], "notices", notice_file("IL", "IL-BOTH", start_min=600, end_min=660))
    post(nodes["TR"], "notices", notice_file("TR", "TR-BOTH", start_min=620, end_min=680, lon=38.33))
    desk = desks("TR")
    desk.chart_loaded()
    desk.page.locator('button[data-conflict]:has-text("TR-BOTH")').click()
    assert desk.page.locator("[data-mark=conflict] [data-side]").count() == 2
    marked = desk.page.locator("tr[aria-selected=true]")
    assert sorted(marked.nth(n).get_attribute("data-notice") or "" for n in range(marked.count())) == [
        "IL IL-BOTH",
        "TR TR-BOTH",
    ]
    assert desk.page.locator("[role=application] rect.chosen").count() == 2
    assert desk.page.locator("[role=img] rect.chosen").count() == 2
    on_map = "() => new Set(window.chart.queryRenderedFeatures({layers: ['selected']}).map(f => f.properties.key)).size"
    until(lambda: desk.page.evaluate(on_map) == 2, "both are selected on the map")
    desk.page.wait_for_selector("[data-mark=ways] [data-act=take]")
    text = desk.page.inner_text("[data-mark=conflict]")
    assert "agreement" in text or "default" in text
    name = re.search(r"C-[A-Z2-7]{10}", text)
    assert name is not None
    desk.page.click("[data-act=write-about]")
    desk.page.fill("#say", "About this one.")
    desk.page.click("[data-act=message-send]")
    until(lambda: "About this one." in desk.page.inner_text("ol"), "it stands in its thread")
    threads = httpx.get(f"{nodes['TR'].url}/api/v1/threads", headers=nodes["TR"].headers, trust_env=False).json()
    assert name[0] in [thread["thread"] for thread in threads["threads"]]


def test_an_act_of_two_persons_waits_and_says_what_to_do(desks: Make) -> None:
    """A red line that one officer stated is shown as a draft, with the command for the second; it can be taken back."""
    desk = desks("TR", "agreement")
    page = desk.page
    page.locator("summary", has_text="State a zone or a red line").click()
    page.fill("[data-field=area-reference]", "TR-RL-1")
    page.fill("[data-field=area-title]", "No bases")
    page.fill("[data-field=area-text]", "No lasting base here.")
    page.fill("[data-field=places]", "34.6N 38.2E")
    page.fill("[data-field=start]", "2026-01-01T00:00:00Z")
    desk.hold("state-area")
    page.wait_for_selector("[data-mark=draft]")
    assert "clearline draft sign" in page.inner_text("[data-mark=draft]")
    assert "volume 1:" in re.sub("[\u2066-\u2069]", "", page.inner_text("[data-mark=draft]"))
    until(lambda: int(page.inner_text("[data-count=acts]").split()[0]) >= 1, "what waits for a signature is counted")
    said = page.inner_text("[data-mark=draft]")
    assert "red line" in said.lower() and "TR-RL-1" in said and "No lasting base here." in said
    desk.hold("draft-drop")
    until(lambda: page.locator("[data-mark=draft]").count() == 0, "it waits no more")


def test_a_text_that_would_turn_itself_is_shown_as_it_was_signed(desks: Make, nodes: LiveNodes) -> None:
    """A hostile node can sign overrides that an API would refuse: no figure of theirs stands turned on the desk."""
    post(nodes["IL"], "messages", {"to": ["TR"], "text": "STAY BELOW 0051 ft", "precedence": "PRIORITY"})
    desk = desks("TR")
    page = desk.page

    def hostile(route: Route) -> None:
        answer = route.fetch()
        turned = answer.text().replace("BELOW 0051 ft", "BELOW \u202d\u202e0051\u202c\u202c \u20673000 - 5000\u2069 ft")
        route.fulfill(response=answer, body=turned)

    page.route("**/api/v1/messages*", hostile)
    desk.go("hotline")
    page.reload()
    page.wait_for_selector(".said:has-text('STAY BELOW')")
    told = page.inner_text(".said:has-text('STAY BELOW')")
    assert told == "STAY BELOW \ufffd\ufffd0051\ufffd\ufffd \ufffd3000 - 5000\ufffd ft"
    page.unroute("**/api/v1/messages*")


def test_area_only_is_previewed_and_seen_so(desks: Make, nodes: LiveNodes) -> None:
    """What the preview showed is what the other desk shows: a coarse area named so, and nothing of the activity."""
    il, tr = desks("IL", "file"), desks("TR")
    page = il.page
    page.click("[data-template=circle]")
    page.fill("[data-field=reference]", "IL-COARSE")
    page.fill("[data-field=places]", "34.6N 38.2E")
    page.fill("[data-field=lower]", "3000")
    page.wait_for_selector("[data-mark=height-wrong][role=alert]")
    page.fill("[data-field=lower]", "3000 ft AMSL")
    given = notice_file("IL", "x", start_min=90, end_min=120)["features"][0]["properties"]
    page.fill("[data-field=start]", given["start"])
    page.fill("[data-field=end]", given["end"])
    page.select_option("[data-field=sees-TR]", "area_only")
    page.click("[data-act=preview]")
    preview = page.locator('[data-seen="TR area_only"]')
    preview.wait_for()
    assert "uncrewed" not in preview.inner_text() and "coarse area" in preview.inner_text()
    il.hold("release")
    row = tr.page.locator('[data-notice="IL IL-COARSE"]')
    row.wait_for()
    assert "area only" in row.inner_text() and "uncrewed" not in row.inner_text()
    row.click()
    tr.page.wait_for_selector("[data-mark=area-only] [data-act=seen]")


def test_the_chart_is_known_by_its_hash(desks: Make) -> None:
    """The shipped chart's hash stands on the screen, to be compared over a telephone."""
    assert re.fullmatch(r"[0-9a-f]{12}", desks("TR").page.inner_text("[data-mark=chart-hash]"))


def test_a_name_is_said_once_and_the_same_everywhere(desks: Make, nodes: LiveNodes) -> None:
    """The reference alone where it begins with its party, else after the party: in every list and on every drawing."""
    names = {("IL", "IL-N-1"): "IL-N-1", ("IL", "N-2"): "IL N-2", ("IL", "TR-N-3"): "IL TR-N-3"}
    for minute, (party, reference) in enumerate(names):
        post(nodes[party], "notices", notice_file(party, reference, start_min=400 + minute, end_min=460, lon=41.0))
    page = desks("TR").page
    for (party, reference), name in names.items():
        row = page.locator(f"tr[data-notice='{party} {reference}']")
        row.wait_for()
        assert row.locator("td.named bdi").inner_text() == name
        row.click()
        until(lambda name=name: page.inner_text("#notice-title") == name, f"the panel says {name}")  # type: ignore[misc]
        assert page.locator(".lanes text.name", has_text=name).count() > 0
        page.fill("[data-field=search]", f"{party} {reference}")
        page.wait_for_selector(f"[role=option]:has-text('{name}')")
        page.press("[data-field=search]", "Escape")
    labels = "() => window.chart.querySourceFeatures('labels').map(f => f.properties.label.split('\\n')[0])"
    until(lambda: {*names.values()} <= {*page.evaluate(labels)}, "the chart labels them so")


def test_what_is_new_is_said_on_every_view(desks: Make, nodes: LiveNodes) -> None:
    """What stood before the desk was opened is not news; what comes is said until it is looked at, and is counted."""
    post(nodes["TR"], "notices", notice_file("TR", "TR-NEWS-0", start_min=1500, end_min=1520))
    post(nodes["IL"], "notices", notice_file("IL", "IL-NEWS-0", start_min=1500, end_min=1520))
    desk = desks("TR", "lines")
    page = desk.page
    until(lambda: int(page.inner_text("[data-count=watch]").split()[1]) >= 1, "what stands is counted")
    assert page.locator("[data-mark=new-conflict]").count() == 0
    post(nodes["IL"], "notices", notice_file("IL", "IL-NEWS-1", start_min=1500, end_min=1520))
    told = page.locator("[role=status] [data-mark=new-conflict]")
    told.wait_for()
    assert "NEWS-1" in told.inner_text() and "NEWS-0 with" not in told.inner_text()
    page.click("[data-act=show-conflict]")
    page.wait_for_selector("[data-view=watch]")
    until(lambda: told.count() == 0, "what is looked at is no news")

    circle = notice_file("IL", "IL-Z", lon=36.0)["features"][0]
    volume = {"geometry": circle["geometry"], "radius_m": 5000, "lower": "SFC", "upper": "UNL"}
    times = {"start": circle["properties"]["start"], "end": "PERM"}
    area = {"reference": "IL-Z-NEWS", "sort": "zone", "title": "News", "text": "Tell us.", "volumes": [volume | times]}
    post(nodes["IL"], "areas", area)
    page.wait_for_selector("[role=status] [data-mark=new-area]")
    assert "IL" in page.inner_text("[data-mark=new-area]")
    page.click("[data-mark=new-area] a")
    page.wait_for_selector("[data-view=agreement]")
    assert page.locator("[data-mark=new-area]").count() == 0


def test_times_go_by_the_node_where_the_desk_has_another_clock(desks: Make, nodes: LiveNodes) -> None:
    """A desk forty minutes behind its node shows the node's time and deadlines, and says so."""
    desk = desks("TR", "lines")
    page = desk.page
    assert page.locator("[data-mark=clock]").count() == 0
    late = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=40)
    page.clock.install(time=late)
    page.reload()
    page.wait_for_selector("[data-mark=clock]")
    assert "39 min" in page.inner_text("[data-mark=clock]") or "40 min" in page.inner_text("[data-mark=clock]")
    shown = page.inner_text(".zulu")
    at = datetime.datetime.now(datetime.UTC)
    told = datetime.datetime.strptime(shown, "%H:%M:%SZ").replace(
        year=at.year, month=at.month, day=at.day, tzinfo=datetime.UTC
    )
    assert abs((at - told).total_seconds()) % 86_400 < 20, shown
    assert "39 min ago" not in page.inner_text("header ul")
