"""In a right-to-left page references, ranges, times, coordinates and heights read from left to right, in order."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from playwright.sync_api import expect

from clearline.faces.words import named
from clearline.testing.browser import Desk, until
from clearline.testing.nodes import LiveNodes
from clearline.testing.notice_files import notice_file

EXAMPLES_MAX = 10
NOTICES_MAX = 5

READ = """
(root) => {
  const place = document.querySelector(root);
  const found = [];
  const look = (node, from, to) => {
    const text = node.data.slice(from, to);
    const marks = [];
    for (let at = from; at < to; at++) {
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      const box = range.getBoundingClientRect();
      if (box.width > 0) marks.push([Math.round(box.top), box.left, node.data[at]]);
    }
    const inOrder = (all) => all.slice().sort((a, b) => a[0] - b[0] || a[1] - b[1]).map((m) => m[2]).join("");
    const said = marks.map((m) => m[2]).join("");
    let read = inOrder(marks);
    if (/^[\\d \u0590-\u08ff]+$/u.test(said)) {
      // A span of time in its language's own short forms: its words from the right, each figure from the left.
      const words = [[]];
      for (const mark of marks) mark[2] === " " ? words.push([]) : words.at(-1).push(mark);
      const placed = words.map((word) => {
        const letters = /\\d/.test(word[0][2]) ? inOrder(word) : [...inOrder(word)].reverse().join("");
        return [word[0][0], Math.min(...word.map((m) => m[1])), letters];
      });
      read = placed.sort((a, b) => a[0] - b[0] || b[1] - a[1]).map((w) => w[2]).join(" ");
    }
    if (said !== "") found.push([text, said, read]);
  };
  const walk = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const island = node.parentElement.closest('bdi[dir="ltr"], .ltr');
    if (island) look(node, 0, node.data.length);
    else for (const part of node.data.matchAll(/\\u2068([^\\u2069]*)\\u2069/gu))
      look(node, part.index + 1, part.index + 1 + part[1].length);
  }
  return found;
}
"""
"""Each island of a page as it is said, and as its characters stand from the left, line by line."""

heights = st.one_of(
    st.sampled_from(["SFC", "UNL", "GND"]),
    st.integers(10, 450).map(lambda n: f"FL{n:03}"),
    st.builds(
        "{} {} {}".format, st.integers(1, 45_000), st.sampled_from(["ft", "m"]), st.sampled_from(["AMSL", "AGL", "HAE"])
    ),
)
times = st.integers(0, 150_000_000).map(lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s))
references = st.from_regex(r"[A-Z]{1,3}-[A-Z]{1,2}-[0-9]{1,4}", fullmatch=True)
positions = st.tuples(st.floats(-179.9, 179.9), st.floats(-79.0, 83.0))


def said(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


@st.composite
def notices(draw: st.DrawFn) -> dict[str, Any]:
    start = draw(times)
    end = said(start + timedelta(minutes=draw(st.integers(1, 50_000)))) if draw(st.booleans()) else "PERM"
    properties = {"start": said(start), "end": end, "lower": draw(heights), "upper": draw(heights)}
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": draw(positions)},
        "properties": properties,
    }
    return {
        "party": draw(st.sampled_from(["TR", "IL", "UN"])),
        "notice": draw(references),
        "state": "planned",
        "activity": "air",
        "conflicts": [],
        "notice_file": {"type": "FeatureCollection", "features": [feature]},
    }


@st.composite
def conflicts(draw: st.DrawFn) -> dict[str, Any]:
    start = draw(times)
    gap = draw(st.floats(0, 100_000))
    return {
        "id": f"C-{draw(st.integers(0, 10**9))}",
        "a": {"party": "IL", "notice": draw(references), "volume": 0},
        "b": {"party": "TR", "notice": draw(references), "volume": 0},
        "lateral_gap_m": gap,
        "vertical_gap_m": gap / 10,
        "time_gap_s": draw(st.integers(0, 90_000)),
        "start": said(start),
        "end": said(start + timedelta(hours=1)),
        "position": [38.0, 34.0],
        "minima": {"lateral_m": 1.0, "vertical_m": 1.0, "time_s": 1.0, "source": ""},
    }


@pytest.mark.parametrize("language", ["ar", "he"])
def test_islands_read_in_order(desks: Callable[..., Desk], language: str) -> None:
    """Whatever is filed, each reference, range, time, height and position stands on the screen as it is said."""
    page = desks("IL", "print", language=language).page
    at = {"at": said(datetime(2026, 11, 22, 20, tzinfo=UTC))}
    answer: dict[str, Any] = {}
    served: list[str] = []

    def serve(kind: str) -> Callable[[Any], None]:
        def fulfil(route: Any) -> None:
            served.append(kind)
            route.fulfill(json=answer[kind])

        return fulfil

    page.route("**/api/v1/notices?**", serve("notices"))
    page.route("**/api/v1/conflicts**", serve("conflicts"))

    @settings(
        max_examples=EXAMPLES_MAX,
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.lists(notices(), min_size=1, max_size=NOTICES_MAX, unique_by=lambda n: (n["party"], n["notice"])),
        st.lists(conflicts(), max_size=3, unique_by=lambda c: c["id"]),
    )
    def check(filed: list[dict[str, Any]], found: list[dict[str, Any]]) -> None:
        answer["notices"] = {"as_of": at, "total": len(filed), "notices": filed}
        answer["conflicts"] = {"as_of": at, "conflicts": found, "touches": []}
        page.evaluate("location.hash = 'inbox'")
        page.wait_for_selector("[data-view=inbox]")
        page.evaluate("location.hash = 'print'")
        last = filed[-1]
        shown = named(last["party"], last["notice"])
        until(
            lambda: page.evaluate(
                "s => [...document.querySelectorAll('[data-print] bdi')].some((b) => b.textContent === s)", shown
            ),
            f"{shown} is on the page",
        )
        islands = page.evaluate(READ, "[data-print]")
        assert [(text, read) for text, said, read in islands if said != read] == []
        whole = " ".join(text for text, _, _ in islands)
        assert all(
            n["notice"] in whole and n["notice_file"]["features"][0]["properties"]["lower"] in whole for n in filed
        )

    check()
    assert {"notices", "conflicts"} <= set(served), json.dumps(served)


def test_the_measure_sees_disorder(desks: Callable[..., Desk]) -> None:
    """The same range without its island does not read in order: the test above can fail."""
    page = desks("IL", "inbox", language="ar").page
    page.evaluate("""() => {
      const p = document.body.appendChild(document.createElement("p"));
      p.id = "loose";
      p.innerHTML = '<span class="loose">قبل 22 2320 – 23 0320 بعد</span>';
      p.firstChild.className = "ltr-not ltr";
      p.firstChild.style.direction = "rtl";
    }""")
    ((_, said_, read),) = page.evaluate(READ, "#loose")
    assert said_ != read
    page.evaluate("""() => {
      const p = document.querySelector("main").appendChild(document.createElement("p"));
      p.innerHTML = 'حتى 22 NOV 20:00:00Z <bdi dir="ltr">23 NOV 20:00:00Z</bdi>';
    }""")
    assert page.evaluate(LOOSE) == ["حتى 22 NOV 20:00:00Z"]


LOOSE = """
() => {
  const forms = [
    /\\d{2} [A-Z]{3} \\d{2}:\\d{2}/, /\\d{2} \\d{4}Z/, /\\d{2}:\\d{2}:\\d{2}Z/,
    /-?\\d+(\\.\\d+)? (ft|m|NM|km|s|min|h|d)(?![A-Za-z])/,
    /\\d+ (ث|د|س|ي|שנ׳|דק׳|שע׳|ימים)(?![\u0590-\u08ff])/, /\\bFL\\d{3}\\b/, /\\d+°\\d+/,
    /\\b(IL|TR|UN)-[A-Z0-9-]+/, /\\b[A-Z]{2}\\/(main|safety)\\b/,
  ];
  const found = [];
  const place = document.querySelector("main") ?? document.body;
  const walk = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const around = node.parentElement;
    if (around.closest('bdi, [dir="ltr"], .ltr, svg, script, style, .map, select, textarea')) continue;
    if (around.getClientRects().length === 0) continue;
    const rest = node.data.replace(/\\u2068[^\\u2069]*\\u2069/gu, "");
    if (forms.some((form) => form.test(rest))) found.push(node.data.trim());
  }
  return found;
}
"""
"""Texts of a page in which a time, a length, a height, a position, a reference or a log stands in no island."""

SENTENCES: tuple[dict[str, Any], ...] = (
    {"code": "health.heard", "values": {"heard_at": "2026-11-22T20:00:00Z"}},
    {"code": "health.failed", "values": {"heard_at": "2026-11-22T20:00:00Z", "fault": "no route: 10.0.0.2"}},
    {"code": "health.never", "values": {}},
    {"code": "health.unanswered", "values": {"check_at": "2026-11-22T20:00:00Z"}},
    {"code": "health.no_check", "values": {"member": "TR", "slot_at": "2026-11-22T20:00:00Z"}},
    {
        "code": "health.suspended",
        "values": {"member": "TR", "since_at": "2026-11-22T20:00:00Z", "reason": "after 12:00", "line": "late"},
    },
)
OWED: tuple[dict[str, Any], ...] = (
    {"code": "owed.line_check", "values": {"slot_at": "2026-11-22T20:00:00Z", "caller": "TR", "called": "IL"}},
    {"code": "owed.line", "values": {"member": "TR", "line": "fault", "heard_at": "2026-11-22T20:00:00Z"}},
    {"code": "owed.handover", "values": {"position": "duty watch", "until_at": "2026-11-22T20:00:00Z"}},
    {"code": "owed.pair_accept", "values": {"author": "TR", "mine": "TR-7", "yours": "IL-3"}},
    {"code": "owed.enquiry", "values": {"asked": "IL", "author": "TR", "reply": "partial"}},
)
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff]")
ENGLISH = re.compile(r"\b(the|of|and|heartbeat|heard|suspended|since|calls|line check|owed|unanswered|watch)\b")


@pytest.mark.parametrize("language", ["ar", "he"])
def test_what_the_node_says_is_worded_and_isolated(desks: Callable[..., Desk], language: str) -> None:
    """Each sentence of the node stands in the reader's language, and what fills it reads from left to right."""
    desk = desks("IL", "print", language=language)
    page = desk.page
    now = datetime.now(UTC)
    due = said(now + timedelta(minutes=30))

    def lines(route: Any) -> None:
        value = route.fetch().json()
        (real,) = value["lines"]
        value["lines"] = [
            {**real, "member": f"T{n}", "state": "late", "beneath": "late", "words": "English", "sentence": one}
            for n, one in enumerate(SENTENCES)
        ]
        route.fulfill(json=value)

    def inbox(route: Any) -> None:
        value = route.fetch().json()
        value["waiting"] = [
            {
                "key": one["code"],
                "sort": one["code"].removeprefix("owed.").replace("enquiry", "enquiry_reply"),
                "of": "x",
                "owes": "IL",
                "position": "",
                "to": "TR",
                "due": due,
                "overdue": False,
                "overdue_s": -1800,
                "urgent": False,
                "about": ["line", f"T{n}"],
                "text": "the English text of what is owed",
                "sentence": one,
            }
            for n, one in enumerate(OWED)
        ]
        route.fulfill(json=value)

    page.route("**/api/v1/lines", lines)
    page.route("**/api/v1/inbox**", inbox)
    for view, count, wanted in (
        ("lines", len(SENTENCES), "[id^=line-T]"),
        ("inbox", len(OWED), "[data-waits^='line T']"),
    ):
        desk.go(view)
        expect(page.locator(wanted)).to_have_count(count, timeout=15_000)
        assert page.evaluate(LOOSE) == []
        figures = [one for one in page.evaluate(READ, "main") if not RIGHT_TO_LEFT.search(one[0])]
        assert [(text, read) for text, said_, read in figures if said_ != read] == []
        shown = page.inner_text("main")
        assert ENGLISH.findall(shown) == [], shown
        assert "22 NOV 20:00:00Z" in shown
    assert "TR-7" in page.inner_text("main")


@pytest.mark.parametrize("language", ["ar", "he"])
def test_no_figure_stands_loose_in_any_view(desks: Callable[..., Desk], nodes: LiveNodes, language: str) -> None:
    """In each view every time, length, height, position and reference stands in an island of its own."""
    post = partial(httpx.post, headers=nodes["IL"].headers, trust_env=False, timeout=15)
    reference = f"IL-L-{language.upper()}"
    url = f"{nodes['IL'].url}/api/v1/"
    until(
        lambda: (
            post(f"{url}notices", json=notice_file("IL", reference, start_min=2, end_min=90)).status_code in (201, 409)
        ),
        "a notice is filed, too late",
    )
    given = {"to": ["TR"], "precedence": "ROUTINE", "language": "en", "text": "Which road after 23 0300Z?"}
    assert post(f"{url}messages", json=given).status_code == 201
    desk = desks("IL", "watch", language=language)
    page = desk.page
    page.locator(f"[data-notice='IL {reference}']").first.click()
    page.wait_for_selector("#notice-title")
    for view in ("watch", "inbox", "hotline", "lines", "shift", "acts", "agreement", "record", "print"):
        desk.go(view)
        until(lambda: page.evaluate("() => document.querySelector('main').innerText.length > 80"), f"{view} is shown")
        page.evaluate("() => document.querySelectorAll('main details').forEach((d) => { d.open = true })")
        assert page.evaluate(LOOSE) == [], view
