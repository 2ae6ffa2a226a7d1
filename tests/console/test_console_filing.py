"""Filing a notice by real browser use: templates, drawing, files, copies, amendments, and what is refused aloud."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from clearline.records.genesis import Role
from clearline.testing.browser import Desk, until
from clearline.testing.nodes import LiveNode, LiveNodes, running_nodes
from clearline.testing.notice_files import at_minute, notice_file

Make = Callable[..., Desk]
M_PER_NM = 1852.0
FORM = "form[aria-labelledby=file-title]"
OUTLINE = """() => window.chart.querySourceFeatures('draft', {filter: ['==', ['get', 'part'], 'volume']})
  .flatMap(f => f.geometry.coordinates.flat(f.geometry.type === 'Polygon' ? 1 : 2))"""


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNodes]:
    """Two parties, and a member that is none: what it is shown is chosen."""
    with running_nodes(tmp_path_factory.mktemp("nodes"), ("IL", "TR", ("UN", Role.HUMANITARIAN))) as held:
        yield held


def read(node: LiveNode, path: str) -> Any:
    answer = httpx.get(f"{node.url}/api/v1/{path}", headers=node.headers, trust_env=False)
    return answer.json() if answer.status_code == 200 else None


def post(node: LiveNode, path: str, body: Any) -> Any:
    answer = httpx.post(f"{node.url}/api/v1/{path}", json=body, headers=node.headers, trust_env=False)
    assert answer.status_code == 201, answer.text
    return answer.json()


def arrived(node: LiveNode, party: str, reference: str) -> Any:
    """Return a notice as another member's node holds it, once it is there."""
    until(lambda: read(node, f"notices/{party}/{reference}"), f"{reference} has arrived")
    return read(node, f"notices/{party}/{reference}")["notice"]


def released(desk: Desk) -> None:
    desk.hold("release")
    until(lambda: "TR/main" in desk.page.inner_text(FORM), "the place in the record is told")


TEMPLATES: dict[str, tuple[str, str, str, str, float]] = {
    "orbit": ("33.0N 39.0E\n33.1N 39.4E", "5", "LineString", "air", 5 * M_PER_NM),
    "corridor": ("33.4N 39.0E\n33.5N 39.4E\n33.4N 39.8E", "3", "LineString", "air", 3 * M_PER_NM),
    "circle": ("37SDU 32821 22573", "600 m", "Point", "uncrewed", 600.0),
    "convoy": ("34°12.00'N 039°00.00'E\n341500N0391000E", "0.3", "LineString", "ground", 0.3 * M_PER_NM),
    "airbase": ("", "9.26 km", "Point", "air", 9_260.0),
    "gun": ("N34 36 E039 06\nN34 42 E039 12", "0.6", "LineString", "fires", 0.6 * M_PER_NM),
    "area": ("35.0N 39.0E\n35.2N 39.0E\n35.2N 39.3E", "", "Polygon", "exercise", 0.0),
}


def test_every_template_is_typed_and_filed(desks: Make, nodes: LiveNodes, blind_browser: Browser) -> None:
    """Each asks for what it needs alone; positions in every spelling; the other side holds what was typed."""
    desk = desks("TR", "file", at=blind_browser)
    page = desk.page
    for number, (template, (places, reach, kind, activity, metres)) in enumerate(TEMPLATES.items()):
        page.click(f"[data-template={template}]")
        desk.fill(reference=f"TR-T-{template}", start=at_minute(900 + 100 * number), end=at_minute(930 + 100 * number))
        if template == "airbase":
            desk.fill(airfield="OSXX")
            page.wait_for_selector("[data-mark=airfield-wrong]")
            desk.fill(airfield="OSPR")
        else:
            desk.fill(places=places)
        if reach:
            desk.fill(reach=reach)
        if template == "gun":
            assert "Height cap" in page.inner_text("fieldset:has([data-field=upper])")
            desk.fill(upper="12000 ft AMSL")
        released(desk)
        held = arrived(nodes["IL"], "TR", f"TR-T-{template}")
        feature = held["notice_file"]["features"][0]
        assert (feature["geometry"]["type"], held["activity"]) == (kind, activity), template
        given = feature["properties"].get("radius_m") or feature["properties"].get("half_width_m") or 0.0
        assert given == pytest.approx(metres, abs=0.01), template
    assert held["notice_file"]["features"][0]["geometry"]["coordinates"][0][0] == [39.0, 35.0]


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(
    desks: Make, nodes: LiveNodes, blind_browser: Browser
) -> None:
    """What, where, what is expected, in words; Enter files nothing; a look at another view loses nothing."""
    desk = desks("TR", "file", at=blind_browser)
    page = desk.page
    page.click("[data-template=corridor]")
    desk.fill(reference="TR-WRONG", start=at_minute(700), end=at_minute(760))
    wrong = {
        "places": [
            ("34.55 38.27\n34.6N 38.3E", "Line \u20681\u2069"),
            ("34.5N 38.2E\n34.5N foo 38.3E", "Line \u20682\u2069"),
            ("34°61'N 038°10'E\n34.6N 38.3E", "Line \u20681\u2069"),
            ("34.5N 38.2E", "at least"),
        ],
        "reach": [("wide", "distance above zero"), ("0", "distance above zero"), ("-3", "distance above zero")],
        "lower": [("3000", "unit and its datum"), ("FL", "unit and its datum")],
        "upper": [("10000 ft", "unit and its datum"), ("1000 ft AMSL", "below the lower")],
        "start": [("2200", "needs its zone"), ("22 2575Z", "needs its zone")],
        "end": [("tomorrow", "needs its zone"), (at_minute(600), "after the start")],
    }
    right = {"places": "34.5N 38.2E\n34.6N 38.3E", "reach": "3", "lower": "3000 ft AMSL", "upper": "FL100"}
    right |= {"start": at_minute(700), "end": at_minute(760)}
    desk.fill(**right)
    for name, cases in wrong.items():
        for typed, words in cases:
            desk.fill(**{name: typed})
            told = page.locator(f"[data-field={name}]").get_attribute("aria-describedby")
            assert told is not None, (name, typed)
            assert words in page.inner_text(f"[id='{told}']"), (name, typed)
            assert page.input_value(f"[data-field={name}]") == typed
            if name != "places":
                page.press(f"[data-field={name}]", "Enter")
        desk.fill(**{name: right[name]})
    desk.fill(upper="3000 ft")
    desk.go("hotline")
    desk.go("file")
    assert page.input_value("[data-field=upper]") == "3000 ft"
    assert page.input_value("[data-field=places]") == right["places"]
    desk.fill(upper="FL100", reference="")
    assert "Reference" in page.inner_text("[data-mark=lacking]")
    assert page.locator("[data-act=release]").is_disabled()
    desk.fill(reference="TR-WRONG")
    page.press("[data-field=reference]", "Enter")
    assert read(nodes["TR"], "notices/TR/TR-WRONG") is None
    # What the node alone can judge is told at its field too, in the volume that it speaks of.
    desk.fill(lower="FL010", upper="500 ft AGL", places="34.5N 38.2E\n34.5N 218.2E")
    page.wait_for_selector("[data-field=places][aria-invalid=true]")


def test_it_is_drawn_by_mouse_and_meets_what_is_known(desks: Make, nodes: LiveNodes) -> None:
    """A circle is its centre and its edge, a line two points; conflicts show while it is drawn; Escape ends it."""
    post(nodes["IL"], "notices", notice_file("IL", "IL-DRAWN", start_min=2000, end_min=2060, lat=34.56, lon=38.27))
    desk = desks("TR", "file")
    page = desk.page
    desk.chart_loaded()
    page.click("[data-template=circle]")
    desk.fill(reference="TR-DRAWN", lower="SFC", upper="5000 ft AMSL", places="34.56N 38.27E", reach="2")
    desk.fill(start=at_minute(2010), end=at_minute(2050))
    page.wait_for_selector(".sketch [data-drawn='1']")
    box = page.locator(".sketch .map").bounding_box()
    assert box is not None

    def pixel(lon: float, lat: float) -> tuple[float, float]:
        at = page.evaluate("p => { const at = window.chart.project(p); return [at.x, at.y] }", [lon, lat])
        return box["x"] + at[0], box["y"] + at[1]

    page.evaluate("() => window.chart.jumpTo({center: [38.27, 34.56], zoom: 8})")
    desk.fill(places="33.9N 38.0E", reach="1")
    page.evaluate("() => window.chart.jumpTo({center: [38.27, 34.56], zoom: 8})")
    checked = "[data-mark=checked][data-checking=false]"
    until(lambda: "IL-DRAWN" not in page.inner_text(checked), "it does not meet it yet")
    page.click("[data-act=draw]")
    page.mouse.click(*pixel(38.27, 34.50))
    page.mouse.move(*pixel(38.27, 34.60), steps=4)
    until(lambda: "IL-DRAWN" in page.inner_text(checked), "it meets it while it is drawn")
    page.keyboard.press("Escape")
    assert page.input_value("[data-field=places]") == "33.9N 38.0E"
    page.click("[data-act=draw]")
    page.mouse.click(*pixel(38.27, 34.50))
    page.mouse.move(*pixel(38.27, 34.60), steps=4)
    page.mouse.click(*pixel(38.27, 34.60))
    page.wait_for_selector("[data-act=draw][aria-pressed=false]")
    assert float(page.input_value("[data-field=reach]")) == pytest.approx(5.99, abs=0.15)
    page.wait_for_selector("[data-mark=checked] [data-act=take]")
    page.locator("[data-mark=checked] [data-act=take]").first.click()
    until(lambda: "IL-DRAWN" not in page.inner_text(checked), "a way out is taken with one act")
    released(desk)
    assert arrived(nodes["IL"], "TR", "TR-DRAWN")["conflicts"] == []
    page.click("[data-template=gun]")
    page.click("[data-act=draw]")
    page.mouse.click(*pixel(38.0, 34.4))
    page.mouse.move(*pixel(38.2, 34.6), steps=4)
    page.mouse.click(*pixel(38.2, 34.6))
    page.wait_for_selector("[data-act=draw][aria-pressed=false]")
    assert len(page.input_value("[data-field=places]").splitlines()) == 2


def test_a_corridor_is_sketched_as_wide_as_it_is(desks: Make) -> None:
    """The outline on the chart lies its half width beyond the ends: the node traced it, along geodesics."""
    desk = desks("TR", "file")
    desk.chart_loaded()
    desk.page.click("[data-template=corridor]")
    desk.fill(places="34.5N 38.0E\n34.5N 38.4E", reach="6 NM", start="", end="")
    until(lambda: len(desk.page.evaluate(OUTLINE)) > 8, "its outline is drawn, though no time was typed")
    corners = desk.page.evaluate(OUTLINE)
    assert max(lat for _, lat in corners) == pytest.approx(34.6, abs=0.01)
    assert min(lon for lon, _ in corners) == pytest.approx(37.879, abs=0.01)


def test_a_file_is_picked_or_dragged_and_an_earlier_one_copied_and_amended(
    desks: Make, nodes: LiveNodes, blind_browser: Browser, tmp_path: Path
) -> None:
    """What is no notice file is refused in words and takes nothing away; what is one keeps all that it says."""
    desk = desks("TR", "file", at=blind_browser)
    page = desk.page
    desk.fill(reference="TR-KEPT")
    several = notice_file("TR", "TR-A")
    several["features"] += notice_file("TR", "TR-B")["features"]
    bad = {
        "words.geojson": ("not JSON", "no notice file"),
        "list.geojson": ('{"type": "FeatureCollection", "features": []}', "no volume"),
        "sphere.geojson": (
            '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}}]}',
            "feature",
        ),
        "two.geojson": (json.dumps(several), "several notices"),
    }
    for name, (text, words) in bad.items():
        (tmp_path / name).write_text(text)
        page.set_input_files("[data-field=file]", tmp_path / name)
        page.wait_for_selector("[data-mark=file-wrong]")
        until(lambda words=words: words in page.inner_text("[data-mark=file-wrong]"), words)  # type: ignore[misc]
        assert page.input_value("[data-field=reference]") == "TR-KEPT"
    good = notice_file("TR", "TR-FILE", start_min=3000, end_min=3060, callsign="KARTAL 1", x_plan="7")
    (tmp_path / "good.geojson").write_text(json.dumps(good))
    page.set_input_files("[data-field=file]", tmp_path / "good.geojson")
    page.wait_for_selector("[data-mark=file-taken]")
    released(desk)
    held = arrived(nodes["IL"], "TR", "TR-FILE")["notice_file"]["features"][0]
    assert held["properties"]["callsign"] == "KARTAL 1"
    assert held["geometry"] == good["features"][0]["geometry"]

    dragged = page.evaluate_handle(
        """text => { const data = new DataTransfer();
        data.items.add(new File([text], 'other.geojson', {type: 'application/geo+json'})); return data; }""",
        json.dumps(notice_file("IL", "IL-THEIRS", start_min=3100, end_min=3160)),
    )
    page.dispatch_event(FORM, "drop", {"dataTransfer": dragged})
    until(lambda: "notice of \u2068IL\u2069" in page.inner_text("[data-mark=file-taken]"), "it says whose it was")
    assert page.input_value("[data-field=reference]") == "IL-THEIRS"

    desk.fill(copied="TR-FILE")
    page.click("[data-act=copy]")
    until(lambda: "TR-FILE" in page.inner_text("[data-mark=file-taken]"), "it is copied")
    desk.fill(reference="TR-COPY", start=at_minute(3200), end=at_minute(3260))
    released(desk)
    assert arrived(nodes["IL"], "TR", "TR-COPY")["notice_file"]["features"][0]["properties"]["callsign"] == "KARTAL 1"

    desk.go("inbox")
    page.click("[data-act=amend-open]")
    page.wait_for_selector("[data-view=file] [data-mark=file-taken]")
    assert page.input_value("[data-field=reference]") == "TR-COPY" and page.is_checked("[data-field=amends]")
    desk.fill(upper="FL090")
    released(desk)
    until(lambda: read(nodes["IL"], "notices/TR/TR-COPY")["notice"]["revision"] == 2, "it is amended at the other side")


def test_nobody_is_told_more_than_was_chosen(desks: Make, nodes: LiveNodes, blind_browser: Browser) -> None:
    """By default the parties alone; a copy tells nobody more than its original, an amendment than what stands."""
    desk = desks("TR", "file", at=blind_browser)
    page = desk.page
    told = {m["member"]: m["role"] for m in read(nodes["TR"], "me")["members"]}
    others = [m for m, role in told.items() if role != "party"]
    assert others
    assert {m: page.input_value(f"[data-field=sees-{m}]") for m in [*others, "IL"]} == {
        **dict.fromkeys(others, "nothing"),
        "IL": "full",
    }
    times = {"start": at_minute(4000), "end": at_minute(4060)}
    desk.fill(reference="TR-SEEN-1", places="36.1N 41.1E", reach="2", **times)
    assert "nothing" in page.inner_text("[data-mark=read-aloud]")
    released(desk)
    assert arrived(nodes["IL"], "TR", "TR-SEEN-1")["audience"] == ["IL", "TR"]
    assert page.input_value("[data-field=reference]") == page.input_value("[data-field=places]") == ""

    desk.fill(reference="TR-SEEN-2", places="36.1N 41.3E", reach="2", **times)
    assert "TR/main" not in page.inner_text(FORM), "the receipt of another notice stands under this one"
    page.select_option("[data-field=sees-IL]", "nothing")
    released(desk)
    for reference, amends in (("TR-SEEN-3", False), ("TR-SEEN-2", True)):
        desk.fill(copied="TR-SEEN-2")
        page.click("[data-act=copy]")
        desk.fill(reference=reference, upper="FL050")
        page.set_checked("[data-field=amends]", amends)
        released(desk)
        held = read(nodes["TR"], f"notices/TR/{reference}")["notice"]
        assert (held["revision"], held["audience"]) == (1 + amends, ["TR"])

    # Typed rather than copied: what stands is asked for, and what was shown cannot be taken back.
    desk.fill(reference="TR-SEEN-1", places="36.1N 41.1E", reach="3", **times)
    page.check("[data-field=amends]")
    options = page.locator("[data-field=sees-IL] option")
    until(lambda: options.evaluate_all("all => all.map(o => o.value)") == ["full"], "what was shown stays shown")
    desk.fill(reference="TR-SEEN-0")
    page.wait_for_selector("[data-mark=not-standing]")
    # That none stands was asked for: the browser's own word for the answer is no fault.
    desk.faults[:] = [fault for fault in desk.faults if "404" not in fault]
    assert page.is_disabled("[data-act=release]")
    page.uncheck("[data-field=amends]")
    until(lambda: options.count() == 3, "a new one may be shown to less")


def test_a_time_is_taken_as_officers_write_it(desks: Make, blind_browser: Browser) -> None:
    """What the desk shows can be typed; a month and a year that are far are shown; what has no zone is refused."""
    desk = desks("TR", "file", at=blind_browser)
    day = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=62)
    month, there = day.strftime("%b").upper(), day.replace(hour=5, minute=20)
    year = "" if day.year == datetime.datetime.now(datetime.UTC).year else f" {day.year}"
    shown = f"{day:%d} {month}{year} 05:20Z"
    desk.fill(places="36.1N 42.1E", reach="2", end=f"{day:%d} {month} {day.year} 09:20Z")
    for typed in (
        f"{day:%d} {month} 05:20Z",
        f"{day:%d} {month.lower()} 0520Z",
        f"{day:%d} {month} {day.year} 05:20:00Z",
        f"{day:%d}0520Z {month} {day:%y}",
        f"{day:%d}0520Z{month}{day.year}",
        f"{there:%Y-%m-%dT%H:%MZ}",
        f"{there + datetime.timedelta(hours=3):%Y-%m-%dT%H:%M}+03:00",
    ):
        desk.fill(start="")
        desk.fill(start=typed)
        summary = desk.page.locator("[data-mark=read-aloud]", has_text=shown)
        summary.wait_for()
        assert shown in desk.page.inner_text("fieldset:has([data-field=start])"), typed
    far = day.replace(year=day.year + 2, day=14)
    desk.fill(end=f"140920Z {month} {far:%y}")
    desk.page.locator("[data-mark=read-aloud]", has_text=f"14 {month} {far.year} 09:20Z").wait_for()
    for typed in (
        f"{day:%d} {month} 0520",
        f"{day:%d} FOO 0520Z",
        f"{day:%d} {month} 0520Z {month}",
        "30 FEB 0520Z",
        "25 2460Z",
    ):
        desk.fill(start=typed)
        desk.page.wait_for_selector("[data-mark=time-wrong]")


def test_what_the_node_refuses_is_said_beside_its_field(desks: Make, blind_browser: Browser) -> None:
    """In the field's own name; what is refused is not read aloud."""
    desk = desks("TR", "file", at=blind_browser)
    desk.fill(reference="TR-SQ", places="36.1N 43.1E", reach="2", start=at_minute(5000), end=at_minute(5060))
    desk.page.wait_for_selector("[data-mark=read-aloud]")
    desk.unfold("Call sign")
    desk.fill(squawk="9999")
    desk.page.wait_for_selector("[data-field=squawk][aria-invalid=true]")
    told = desk.text(".field:has([data-field=squawk])")
    assert "Squawk: found" in told and "features" not in told
    assert desk.page.locator("[data-mark=read-aloud]").count() == 0
    desk.fill(squawk="4217")
    desk.page.wait_for_selector("[data-mark=read-aloud]")


def test_what_is_late_says_so_and_area_only_is_the_same_at_both_sides(desks: Make, nodes: LiveNodes) -> None:
    """The receipt tells the margin; the coarse circle of the preview is the one that the other side is told."""
    tr, il = desks("TR", "file"), desks("IL")
    page = tr.page
    page.click("[data-template=circle]")
    tr.fill(reference="TR-LATE", places="34.9N 38.9E", reach="2", start=at_minute(3), end=at_minute(40))
    page.select_option("[data-field=sees-IL]", "area_only")
    page.click("[data-act=preview]")
    page.wait_for_selector('[data-seen="IL area_only"] .place')
    shown = page.inner_text('[data-seen="IL area_only"] .place')
    until(
        lambda: page.evaluate(
            "() => window.chart.querySourceFeatures('draft').some(f => f.properties.part === 'coarse')"
        ),
        "the coarse area is hatched on the chart",
    )
    released(tr)
    assert "LATE" in page.inner_text("[data-mark=late]")
    il.page.click('[data-notice="TR TR-LATE"]')
    assert il.page.inner_text("[data-mark=area-only] dd .place") == shown
    assert "uncrewed" not in il.page.inner_text("[data-mark=area-only]")
    il.page.select_option("[data-field=area-stance]", "objection")
    assert "Reason" in il.page.inner_text("[data-mark=lacking]")
    il.fill(area_reason="too near")
    il.page.click("[data-mark=area-only] [data-act=seen]")
    il.hold("area-position")
    until(
        lambda: (
            [
                r["position"] and r["position"]["stance"]
                for r in read(nodes["TR"], "notices/TR/TR-LATE")["notice"]["ladder"]
            ]
            == ["objection"]
        ),
        "the owner has the position on the area",
    )
