"""The page of a node, seen from outside: who may look, what it says, and that text of others stays text."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from clearline.bootstrap import now, randomness
from clearline.channel.desk import Desk
from clearline.faces.page.snapshot import NOTICES_PER_PAGE
from clearline.picture.read_back import expected_volume
from clearline.records.acknowledgement import PositionTaken, ReadBack, Stance
from clearline.records.activity import Activity, Nature
from clearline.records.area import Area, AreaSort
from clearline.records.genesis import Role
from clearline.records.message import Message, Precedence
from clearline.records.notice import Details, Notice, NoticeDraft
from clearline.testing.nodes import LiveNode, LiveNodes, running_nodes
from clearline.volumes import footprint as footprints
from clearline.volumes.altitude import Band, parse_altitude
from clearline.volumes.instant import PERM, Instant, Window
from clearline.volumes.volume import Volume

MINUTE_MS = 60_000
EVIL = "<script>alert(1)</script>\"'&<img src=x onerror=alert(2)>"


class Tags(HTMLParser):
    """Collects tags and the attributes that could run or load something."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.suspect: list[tuple[str, str, str | None]] = []
        self.depth: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name == "style" or (value or "").lower().startswith("javascript:"):
                self.suspect.append((tag, name, value))
        if tag not in ("meta", "link", "input", "br", "hr"):
            self.depth.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.depth.pop() == tag


@cache
def begun() -> Instant:
    """Return when the first test of this file ran: the file may have been collected minutes before."""
    return now()


def circle(lon: float, lat: float, lower: str, upper: str, start: float, end: float, radius_m: float = 5_000) -> Volume:
    band = Band(parse_altitude(lower, where=""), parse_altitude(upper, where=""))
    window = Window(Instant(begun() + round(start * MINUTE_MS)), Instant(begun() + round(end * MINUTE_MS)))
    return Volume(footprints.point((lon, lat), radius_m=radius_m), band, window)


def draft(party: str, reference: str, activity: Activity, volume: Volume, **details: str) -> NoticeDraft:
    return NoticeDraft(party, reference, activity, Nature.OWN_PRESENCE, (volume,), (Details(**details),))


def desk(node: LiveNode, act: Callable[[Desk], Any]) -> Any:
    return node.do(lambda held, at: act(Desk(held, "1", at, randomness, (held.keys.officers["2"],))))


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNodes]:
    """Two parties and a host in a drill, with overlapping notices, a red line, a hostile text and a message."""
    with running_nodes(tmp_path_factory.mktemp("page"), ("IL", "TR", ("AZ", Role.HOST))) as live:
        tr, il = live["TR"], live["IL"]
        desk(
            tr,
            lambda d: d.file(draft("TR", "TR-1", Activity.GROUND, circle(38.3, 34.5, "SFC", "3000 ft AMSL", 60, 120))),
        )
        desk(
            tr,
            lambda d: d.file(draft("TR", "<b>&", Activity.RADAR, circle(40, 37, "SFC", "SFC", 60, 90), remarks=EVIL)),
        )
        desk(tr, lambda d: d.file(draft("TR", "TR-LATE", Activity.AIR, circle(36, 36, "FL100", "FL200", 5, 60))))
        area = Volume(
            footprints.point((38.3, 34.5), radius_m=50_000),
            circle(0, 0, "SFC", "UNL", 0, 1).band,
            Window(begun(), PERM),
        )
        words = ("No foreign bases " + EVIL, "The text of the line.")
        desk(il, lambda d: d.state_area(Area(AreaSort.RED_LINE, "RL-1", *words, (area,))))
        wait_for(lambda: ("TR", "TR-1") in il.do(lambda n, _: set(n.picture.notices)))
        desk(il, lambda d: d.file(draft("IL", "IL-1", Activity.AIR, circle(38.31, 34.5, "SFC", "FL100", 80, 100))))
        desk(il, lambda d: d.seen("TR", "TR-1"))
        version = il.do(lambda n, _: n.picture.notices["TR", "TR-1"].current)
        right = expected_volume(version.draft.volumes[0])
        wrong = replace(right, upper=parse_altitude("4000 ft AMSL", where=""))
        read = ReadBack(version.entry.id, Activity.GROUND, Nature.OWN_PRESENCE, (wrong,))
        desk(il, lambda d: d.read_back("TR", "TR-1", read))
        taken = PositionTaken(version.entry.id, Stance.OBJECTION, "too near " + EVIL)
        desk(il, lambda d: d.take_position("TR", "TR-1", taken))
        desk(il, lambda d: d.message(Message(Precedence.FLASH, "en", "Stop fire " + EVIL), to=("TR",)))
        wait_for(lambda: bool(tr.do(lambda n, _: len(n.picture.messages) and len(n.watch.conflicts))))
        yield live


def browser(node: LiveNode) -> httpx.Client:
    return httpx.Client(base_url=node.url, headers={"origin": node.url}, trust_env=False)


@pytest.fixture(scope="module")
def officer(nodes: LiveNodes) -> Iterator[httpx.Client]:
    """A browser in which TR's watch has logged in."""
    with browser(nodes["TR"]) as client:
        answer = client.post("/login", data={"token": nodes["TR"].tokens[0], "to": "page"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        yield client


def test_without_a_session_the_page_leads_to_the_login(nodes: LiveNodes) -> None:
    """Nothing of the record is shown to those who did not log in."""
    with browser(nodes["TR"]) as client:
        answer = client.get("/")
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
        assert client.get("/fragment").status_code == 401
        assert client.get("/live").status_code == 401
        form = client.get("/login")
        assert form.status_code == 200
        assert 'type="password"' in form.text
        assert "TR-1" not in form.text


def test_every_answer_carries_the_strict_headers(nodes: LiveNodes, officer: httpx.Client) -> None:
    """Content policy, no sniffing, no referrer, nothing kept; the cookie is for this site's own pages alone."""
    for path in ("/", "/login", "/fragment", "/static/page.css", "/static/page.js", "/static/none"):
        headers = officer.get(path).headers
        assert headers["content-security-policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
            "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        )
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
    with browser(nodes["TR"]) as client:
        cookie = client.post("/login", data={"token": nodes["TR"].tokens[1]}).headers["set-cookie"]
        assert re.match(r"clearline_session_\d+=[\w-]{43}; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict$", cookie)


def test_a_wrong_token_is_refused_and_too_many_must_wait(nodes: LiveNodes) -> None:
    """After five failures the next try waits, some seconds and not for good."""
    with browser(nodes["AZ"]) as client:
        for _ in range(5):
            answer = client.post("/login", data={"token": "wrong"})
            assert answer.status_code == 403
            assert "admits nobody" in answer.text
        answer = client.post("/login", data={"token": nodes["AZ"].tokens[0]})
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["retry-after"]) <= 6


@pytest.mark.parametrize("headers", [{"origin": "https://elsewhere.example"}, {"sec-fetch-site": "cross-site"}, {}])
def test_forms_of_other_sites_are_refused(nodes: LiveNodes, headers: dict[str, str]) -> None:
    """A login that another page sends opens nothing."""
    with httpx.Client(base_url=nodes["TR"].url, headers=headers, trust_env=False) as client:
        answer = client.post("/login", data={"token": nodes["TR"].tokens[0]})
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


def test_logging_out_wants_the_word_of_the_page(nodes: LiveNodes) -> None:
    """A forged logout changes nothing; the page's own ends the session at the node, not only in the browser."""
    with browser(nodes["TR"]) as client:
        client.post("/login", data={"token": nodes["TR"].tokens[0]})
        name = f"clearline_session_{client.base_url.port}"
        cookie = client.cookies[name]
        assert client.post("/logout", data={"word": "guess"}).status_code == 403
        page = client.get("/")
        assert page.status_code == 200
        word = re.search(r'name="word" value="([\w-]+)"', page.text)
        assert word
        assert client.post("/logout", data={"word": word[1]}).status_code == 303
    with httpx.Client(base_url=nodes["TR"].url, cookies={name: cookie}, trust_env=False) as client:
        assert client.get("/").status_code == 303


def test_text_of_others_stays_text(officer: httpx.Client) -> None:
    """Markup in references, remarks, reasons, titles and messages is shown as it was written and runs nowhere."""
    for path in ("/", "/fragment"):
        text = officer.get(path).text
        found = Tags()
        found.feed(text)
        found.close()
        assert found.depth == []
        assert found.suspect == []
        assert found.tags.count("script") == (1 if path == "/" else 0)
        assert "img" not in found.tags
        assert text.count("&lt;script&gt;alert(1)") >= 4
        assert "&lt;b&gt;&amp;" in text


def test_the_page_says_what_an_officer_needs(nodes: LiveNodes, officer: httpx.Client) -> None:
    """Clocks, lines, drill, as-of, conflict with both references, gaps and ways out, ladder, silence, the record."""
    wait_for(lambda: "No overlap found" not in officer.get("/").text)
    text = officer.get("/").text
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))
    assert '<html lang="en"' in text
    assert "DRILL" in text
    assert "FICTIONAL" not in text
    assert re.search(r"\d\d:\d\d:\d\dZ", plain)
    assert "watch 1" in plain
    for member in ("AZ", "IL"):
        assert re.search(rf"● {member} up", plain)
    assert re.search(r"As of 20\d\d-\d\d-\d\d \d\d:\d\d:\d\dZ", plain)
    conflict = plain[plain.index("Between, when and where") :]
    for said in ("IL-1", "with", "TR-1", "in common", "they overlap", "2.00 km", "°N", "Ways out", "later"):
        assert said in conflict
    assert "Silence is not consent." in plain
    assert "DIFFERS" in plain
    assert "read back volume 0 upper 4000 ft AMSL; filed 3000 ft AMSL" in plain
    assert "objection" in plain
    assert "3000 ft AMSL" in plain and "914 m AMSL" in plain
    assert "touches version 1" in plain
    assert "FLASH from IL" in plain
    assert "silent for" in plain
    assert "TR/main" in plain and "Mirrored" in plain
    assert re.search(r"▲ LATE filed [345] min( \d+ s)? before its start; 15 min are asked", plain)
    for row in re.findall(r'<(?:tbody|tr)[^>]* id="([^"]+)"', text):
        assert f'href="#{row}"' in text or row.startswith("n-")
    for target in re.findall(r'href="#([^"]+)"', text):
        assert f'id="{target}"' in text
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_chart_and_tables_select_together(officer: httpx.Client) -> None:
    """The keys of a conflict's row name its notices; its mark and the volumes on the chart carry the same."""
    text = officer.get("/").text
    row = re.search(r'<tbody class="finding" id="(C-\w+)" data-keys="\1 (n-IL-\w+) (n-TR-\w+)"', text)
    assert row
    assert f'<g data-keys="{row[1]} {row[2]} {row[3]}">' in text
    assert f'data-keys="{row[2]}"><title>IL-1' in text
    assert f'<tr id="{row[3]}" data-keys="{row[3]} {row[1]}"' in text


def test_news_reach_an_open_page(nodes: LiveNodes, officer: httpx.Client) -> None:
    """The stream tells of a change, and the fragment then holds it, with the instant it was drawn at."""
    with officer.stream("GET", "/live") as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith("retry:")
        desk(
            nodes["TR"], lambda d: d.file(draft("TR", "TR-NEWS", Activity.SEA, circle(35, 36, "SFC", "SFC", 200, 300)))
        )
        assert any(line == "event: changed" for line in lines)
    answer = officer.get("/fragment")
    assert "TR-NEWS" in answer.text
    assert abs(int(answer.headers["x-clearline-at"]) - now()) < 10_000
    assert 'data-for="bar"' in answer.text and 'data-for="live"' in answer.text


@pytest.mark.parametrize("query", ["notices=0", "notices=x", "notices=99999999", "conflicts=-1", "past=1", "notices=²"])
def test_any_query_gives_a_page(officer: httpx.Client, query: str) -> None:
    """What is asked for wrongly is the first page, never an error."""
    assert officer.get(f"/?{query}").status_code == 200


def test_a_fault_in_drawing_does_not_throw_the_node_away(nodes: LiveNodes, officer: httpx.Client) -> None:
    """A page that cannot be drawn answers 500 and leaves the node as it was."""
    before = nodes["TR"].do(lambda node, _: id(node))
    held = nodes["TR"].do(lambda node, _: node.watch.touches)
    key = ("TR", "TR-1")
    kept = held[key]
    nodes["TR"].do(lambda node, _: node.watch.touches.__setitem__(key, (None,)))  # type: ignore[assignment]
    try:
        assert officer.get("/").status_code == 500
    finally:
        nodes["TR"].do(lambda node, _: node.watch.touches.__setitem__(key, kept))
    assert nodes["TR"].do(lambda node, _: id(node)) == before
    assert officer.get("/").status_code == 200


def test_the_open_demonstration_is_for_this_machine_alone(tmp_path: Any) -> None:
    """Open without a session on loopback, reading only, said so; not through a proxy, nor under another name."""
    with running_nodes(tmp_path, ("IL", "TR"), demonstration=True) as live:
        url = live["TR"].url
        with httpx.Client(base_url=url, trust_env=False) as client:
            text = client.get("/").text
            assert "FICTIONAL" in text
            assert "reading only" in text
            assert "Log out" not in text
            assert client.get("/fragment").status_code == 200
            for headers in (
                {"host": "evil.example"},
                {"host": "[::1"},
                {"x-forwarded-for": "192.0.2.1"},
                {"forwarded": "for=192.0.2.1"},
            ):
                assert client.get("/", headers=headers).status_code == 303
                assert client.get("/fragment", headers=headers).status_code == 401
            assert client.get("/api/v1/notices").status_code == 401


def test_a_thousand_notices_stay_one_readable_page(tmp_path: Any) -> None:
    """999 notices of one party: the page stays bounded, names what it cannot draw, and draws the other's last one."""
    with running_nodes(tmp_path, ("IL", "TR"), demonstration=True) as live:
        tr = live["TR"]

        def many(node: Any, at: Instant) -> None:
            for i in range(999):
                volume = circle(34 + (i % 40) * 0.2, 31 + (i // 40) * 0.2, "SFC", "FL100", 30 + i, 90 + i, 3_000)
                record = Notice(draft("TR", f"TR-{i:04d}", Activity.AIR, volume))
                signers = (node.keys.officers["1"],)
                node.submit(record, audience=("IL", "TR"), signers=signers, at=at, random=randomness)

        tr.do(many)
        later = circle(38, 34, "SFC", "FL100", 3000, 3100)
        desk(live["IL"], lambda d: d.file(draft("IL", "IL-LAST", Activity.AIR, later)))
        wait_for(lambda: ("IL", "IL-LAST") in tr.do(lambda n, _: set(n.picture.notices)))
        with httpx.Client(base_url=tr.url, trust_env=False, timeout=30) as client:
            text = client.get("/").text
            assert len(text) < 1_000_000
            assert "page 1 of 25" in text
            assert "Not drawn: 400 notices" in text and "Not drawn here: 400" in text
            assert "TR-0599, " in text.partition("Not drawn here: 400")[2][:400]
            assert "IL-LAST, volume 0" in text
            assert len(re.findall(r'<tr id="n-TR', text)) == NOTICES_PER_PAGE
            assert "TR-0998" in client.get("/?notices=25").text
