"""Measure the console in a real browser: `python bench/console_bench.py [--quick] [--strict]`.

Each figure stands beside its promise. Two node processes on loopback whose record was signed beforehand, and a Chromium
with software rendering: no GPU.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from clearline.bootstrap import now
from clearline.faces import console
from clearline.faces.api.serving import bind
from clearline.faces.cli.bench_nodes import circle_notice, percentile
from clearline.faces.cli.bench_record import write_record
from clearline.records.genesis import Role
from clearline.testing.browser import CHROMIUM, QUIET, SOFTWARE
from clearline.testing.flood import asked, node_process, wait_until_it_signs
from clearline.testing.nodes import found_folders
from clearline.testing.replay import KEEP_SOURCE, Memory, day_of, play

MEMBERS = (("IL", Role.PARTY), ("TR", Role.PARTY))
SCREEN: ViewportSize = {"width": 1500, "height": 950}
HEIGHTS = {"lower": "2000 ft AMSL", "upper": "2500 ft AMSL"}
START_S = 300.0
SHOWN_S = 30.0
CALM_MS = 1_500
"""Between two measured alerts: each comes out of the blue, not on the heels of the acts before it."""

FIRST = """() => {
  const seen = {};
  const look = () => {
    const at = performance.now();
    if (!seen.tables && document.querySelector('[data-notice]')) seen.tables = at;
    const map = window.chart;
    // Its first visually complete rendering, as the map itself tells it, with the volumes in it.
    if (map && !seen.map) {
      seen.map = at;
      map.once('load', () => { if (map.querySourceFeatures('volumes').length > 0) seen.chart = performance.now(); });
    }
    if (seen.tables && seen.chart) window.firstPicture = seen;
    else setTimeout(look, 5);
  };
  look();
}"""

PAN = """seconds => new Promise(done => {
  const map = window.chart, times = [];
  const note = () => times.push(performance.now());
  map.on('render', note);
  const begun = performance.now();
  let left = true;
  const step = () => {
    const at = performance.now();
    if (at - begun > seconds * 1000) {
      map.off('render', note);
      return done({frames: times.length, seconds: (at - begun) / 1000,
                   longest: Math.max(...times.slice(1).map((t, i) => t - times[i]))});
    }
    const centre = map.getCenter();
    if (centre.lng > 41) left = false;
    if (centre.lng < 37) left = true;
    map.panBy([left ? 14 : -14, 3 * Math.sin(at / 400)], {duration: 0});
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})"""

NOTE_SIGHT = """() => {
  window.sights = {};
  const look = () => {
    for (const [name, selector] of Object.entries(window.wanted ?? {}))
      if (!(name in window.sights) && document.querySelector(selector)) {
        window.sights[name] = 0;
        requestAnimationFrame(() => setTimeout(() => window.sights[name] = performance.timeOrigin + performance.now()));
      }
  };
  new MutationObserver(look).observe(document.body, {subtree: true, childList: true, attributes: true});
  window.want = (name, selector) => { window.wanted = {[name]: selector}; look(); };
}"""

SAY = """async ([path, body, media]) => {
  const begun = performance.timeOrigin + performance.now();
  const answer = await fetch(`/api/v1/${path}`,
    {method: 'POST', headers: {'content-type': media}, body: JSON.stringify(body)});
  const value = await answer.json();
  return {begun, answered: performance.timeOrigin + performance.now(), status: answer.status, value};
}"""

TYPE = """([selector, value]) => new Promise((done, fail) => {
  const place = document.querySelector(selector), mark = document.querySelector('[data-mark=checked]');
  const late = setTimeout(() => fail(new Error('no answer within 10 s')), 10000);
  let gone = false, begun = 0;
  const watch = new MutationObserver(() => {
    const filled = mark.dataset.checking === 'false' && mark.querySelector('p') !== null;
    if (!filled) gone = true;
    else if (gone) {
      watch.disconnect();
      clearTimeout(late);
      requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun)));
    }
  });
  watch.observe(mark, {subtree: true, childList: true, attributes: true});
  begun = performance.now();
  place.value = value;
  place.dispatchEvent(new Event('input', {bubbles: true}));
})"""


@dataclass
class Report:
    """Figures beside promises."""

    missed: list[str] = field(default_factory=list)

    def tell(self, name: str, figure: float, unit: str, promise: float, *, least: bool = False, more: str = "") -> None:
        """Print a figure and whether it keeps its promise: at most, or with `least` at least."""
        kept = figure >= promise if least else figure <= promise
        word = "kept" if kept else "MISSED"
        sign = ">=" if least else "<="
        print(f"{name:42} {figure:9.1f} {unit:9} promise {sign} {promise:g} {unit:9} {word:7} {more}", flush=True)
        if not kept:
            self.missed.append(name)


@dataclass
class Nodes:
    """Two running nodes: addresses and tokens by member."""

    urls: dict[str, str]
    tokens: dict[str, str]


@contextlib.contextmanager
def nodes_with(active: int) -> Iterator[Nodes]:
    """Run both nodes with `active` notices in force or to come, each seen and answered, signed beforehand."""
    with tempfile.TemporaryDirectory(prefix="clearline-bench-") as made, contextlib.ExitStack() as stack:
        root, ports = Path(made), {}
        for name, _ in MEMBERS:
            with contextlib.closing(bind("127.0.0.1", 0)) as bound:
                ports[name] = int(bound.getsockname()[1])
        tokens = {name: pair[0] for name, pair in found_folders(root, MEMBERS, ports).items()}
        urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        say(f"writing a record with {active:,} notices in force ...")
        write_record([root / "TR", root / "IL"], entries=3 * active, active=active, at=now(), say=say)
        shutil.copy(root / "TR" / "record.sqlite", root / "IL" / "record.sqlite")
        for name, _ in MEMBERS:
            stack.enter_context(node_process(root / name))
        for name, url in urls.items():
            wait_for(url, tokens[name])
        yield Nodes(urls, tokens)


def wait_for(url: str, token: str) -> None:
    """Wait until a node with a large record has started and may sign."""
    begun = time.monotonic()
    while time.monotonic() - begun < START_S:
        with contextlib.suppress(OSError):
            if asked(f"{url}/api/v1/health", None, token=token)[0] == 200:
                return wait_until_it_signs(url, token)
        time.sleep(0.2)
    raise RuntimeError(f"{url} did not start within {START_S} s")


def say(text: str) -> None:
    """Tell the operator how far it is."""
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def desk(browser: Browser, nodes: Nodes, member: str, *scripts: str, view: str = "watch") -> Iterator[Page]:
    """Open the console in a browser profile of its own, so that nothing is kept from before."""
    with contextlib.closing(browser.new_context(viewport=SCREEN, locale="en-GB")) as context:
        page = context.new_page()
        # An officer stands before the login page first. The form itself goes by a request of the same browser: it would
        # load the console before it is measured.
        page.goto(f"{nodes.urls[member]}/login")
        own = {"sec-fetch-site": "same-origin"}
        form: dict[str, str | float | bool] = {"token": nodes.tokens[member]}
        page.context.request.post(f"{nodes.urls[member]}/login", form=form, headers=own, max_redirects=0)
        for script in scripts:
            page.add_init_script(script)
        page.goto(f"{nodes.urls[member]}/console#{view}")
        page.wait_for_selector("[data-view]", timeout=SHOWN_S * 1000)
        yield page


def first_picture(browser: Browser, nodes: Nodes, times: int) -> tuple[list[float], list[float]]:
    """Return milliseconds from the address to tables, and to the chart with its volumes drawn; nothing kept before."""
    tables, charts = [], []
    for _ in range(times):
        with desk(browser, nodes, "TR", f"({FIRST})()") as page:
            page.wait_for_function("() => window.firstPicture", timeout=SHOWN_S * 1000)
            seen = page.evaluate("() => window.firstPicture")
            tables.append(float(seen["tables"]))
            charts.append(float(seen["chart"]))
    return tables, charts


def panning(browser: Browser, nodes: Nodes, times: int) -> list[dict[str, float]]:
    """Return frames and seconds of panning over the theatre with a window of 30 minutes to each side."""
    with desk(browser, nodes, "TR") as page:
        page.wait_for_selector("[data-notice]", timeout=SHOWN_S * 1000)
        page.select_option("#half", "1800000")
        page.wait_for_function("() => window.chart?.loaded()", timeout=SHOWN_S * 1000)
        page.evaluate("() => window.chart.jumpTo({center: [38.5, 33.5], zoom: 7})")
        page.wait_for_function("() => window.chart.loaded()", timeout=SHOWN_S * 1000)
        return [page.evaluate(PAN, 4) for _ in range(times)]


def alerts(browser: Browser, nodes: Nodes, times: int) -> dict[str, list[float]]:
    """Return milliseconds until a stop-fire and a conflict filed at one console stand on the other's screen."""
    taken: dict[str, list[float]] = {"stop-fire": [], "conflict": []}
    stamp = f"{time.time_ns() // 10**6 % 10**8}"
    with desk(browser, nodes, "IL") as il, desk(browser, nodes, "TR", view="record") as tr:
        il.wait_for_selector("[data-notice]", timeout=SHOWN_S * 1000)
        il.wait_for_function("() => window.chart?.loaded()", timeout=SHOWN_S * 1000)
        il.select_option("#half", "1800000")
        il.evaluate(NOTE_SIGHT)
        for number in range(times):
            text = f"bench {stamp} {number}"
            il.evaluate("() => window.want('x', '[data-mark=rings] .one.ringing')")
            said = tr.evaluate(SAY, ["stop-fire", {"text": text}, "application/json"])
            taken["stop-fire"].append(sighted(il, "x") - said["begun"])
            il.click("[data-act=alert-seen]")
            il.wait_for_selector("[data-act=alert-seen]", state="detached")
            il.wait_for_selector("[data-act=answer-ceased]:not(:disabled)")
            il.hover("[data-act=answer-ceased]")
            il.mouse.down()
            il.wait_for_selector("[data-mark=rings]", state="detached")
            il.mouse.up()
            il.wait_for_timeout(CALM_MS)
            # Every second place of the record is held by the other party.
            place = 2 * number + 1
            lon, lat = 36.0 + (place % 32) * 0.27, 30.0 + 0.225 * (place // 32)
            notice = circle_notice("TR", f"B{stamp}-{number}", lon + 0.01, lat, start_s=-3600, last_s=7200)
            # As high as the record's, and begun before all of them: so it stands among the first of the table.
            notice["features"][0]["properties"] |= HEIGHTS
            il.evaluate("name => window.want('y', `[data-notice='TR ${name}'] .alarm`)", f"B{stamp}-{number}")
            said = tr.evaluate(SAY, ["notices", notice, "application/geo+json"])
            if said["status"] != 201:
                raise RuntimeError(f"{said['status']}: {said['value']}")
            taken["conflict"].append(sighted(il, "y") - said["begun"])
            il.evaluate("() => { window.sights = {} }")
            tr.evaluate(
                SAY, [f"notices/B{stamp}-{number}/steps", {"step": "withdraw", "reason": "x"}, "application/json"]
            )
            il.wait_for_timeout(CALM_MS)
    return taken


def sighted(page: Page, name: str) -> float:
    """Return when a page had painted what it was told to want, in milliseconds since 1970."""
    page.wait_for_function("name => window.sights[name] > 0", arg=name, timeout=SHOWN_S * 1000)
    at = float(page.evaluate("name => window.sights[name]", name))
    page.evaluate("() => { window.sights = {}; window.wanted = {} }")
    return at


def checks(browser: Browser, nodes: Nodes, times: int) -> list[float]:
    """Return milliseconds from the last change of the form until conflicts and suggestions are painted."""
    with desk(browser, nodes, "TR", view="file") as page:
        soon = time.time() + 600
        given = {
            "reference": "BENCH",
            "places": "30°00.00'N 036°00.00'E",
            "reach": "5",
            **HEIGHTS,
            "start": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(soon)),
            "end": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(soon + 3600)),
        }
        for name, value in given.items():
            page.fill(f"[data-field={name}]", value)
        page.wait_for_selector("[data-mark=checked] p", timeout=SHOWN_S * 1000)
        page.wait_for_timeout(1_500)
        found = []
        for number in range(times):
            place = f"{30 + number % 6:02}°{10 + number:05.2f}'N 036°{10 + 2 * number % 50:05.2f}'E"
            found.append(float(page.evaluate(TYPE, ["[data-field=places]", place])))
            page.wait_for_timeout(150)
        return found


def replay(browser: Browser, nodes: Nodes, count: int, seconds: float) -> dict[str, Any]:
    """Return what a page holds before and after so many events, with real filings and withdrawals between."""
    with desk(browser, nodes, "TR", KEEP_SOURCE) as page:
        page.wait_for_selector("[data-notice]", timeout=SHOWN_S * 1000)
        page.wait_for_function("() => window.chart?.loaded()", timeout=SHOWN_S * 1000)
        held = asked(f"{nodes.urls['TR']}/api/v1/notices?count=200", None, token=nodes.tokens["TR"])[1]["notices"]
        memory, events = Memory(page), day_of([(n["party"], n["notice"]) for n in held], count)
        rate = count / seconds
        play(page, events[: count // 10], per_second=rate)
        page.wait_for_timeout(1_500)
        before, counts = memory.heap_mb(), memory.counts()
        for first in range(0, count, count // 20):
            lon = 36.0 + (first * 20 // count) * 0.27
            path = f"{nodes.urls['IL']}/api/v1/notices"
            notice = circle_notice("IL", f"D-{first}", lon, 33.0, start_s=60, last_s=600)
            asked(path, json.dumps(notice).encode(), token=nodes.tokens["IL"])
            play(page, events[first : first + count // 20], per_second=rate)
        page.wait_for_timeout(2_000)
        return {"before": before, "after": memory.heap_mb(), "counts": counts, "counts_after": memory.counts()}


def bundle_kb() -> float:
    """Return the size of scripts, styles and page, gzipped, in kB."""
    code = [p for p in (Path(console.__file__).parent / "static").rglob("*") if p.suffix in (".js", ".css", ".html")]
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in code) / 1000


def spread(values: Sequence[float]) -> str:
    """Return how many there are and how they lie."""
    p50, p90 = percentile(values, 0.5), percentile(values, 0.9)
    return f"n={len(values)} p50={p50:.0f} p90={p90:.0f} p99={percentile(values, 0.99):.0f} max={max(values):.0f}"


def main() -> int:
    """Measure everything that was asked for and return 1 where a promise was missed under `--strict`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strict", action="store_true", help="exit 1 where a promise is missed")
    parser.add_argument("--quick", action="store_true", help="fewer samples, a replay of 15 s")
    parser.add_argument("--only", default="", help="figures to measure, by comma: first,pan,alert,check,memory")
    given = parser.parse_args()
    only, report = set(given.only.split(",")) - {""}, Report()
    few, many = (3, 8) if given.quick else (7, 30)

    def wanted(name: str) -> bool:
        return not only or name in only

    if CHROMIUM is None:
        say("no Chromium on this machine: apt-get install chromium")
        return 1
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, software rendering")
    report.tell("bundle, gzipped", bundle_kb(), "kB", 450)
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *SOFTWARE])
        if wanted("first"):
            with nodes_with(1_000) as nodes:
                tables, charts = first_picture(browser, nodes, few)
                report.tell(
                    "first picture, 1,000 notices: tables", percentile(tables, 0.9), "ms", 2000, more=spread(tables)
                )
                report.tell(
                    "first picture, 1,000 notices: chart", percentile(charts, 0.9), "ms", 2000, more=spread(charts)
                )
        with nodes_with(10_000) as nodes:
            measure_large(browser, nodes, report, wanted, few, many, given.quick)
        browser.close()
    print(f"load {os.getloadavg()[0]:.1f} at the end; missed: {', '.join(report.missed) or 'none'}")
    return 1 if given.strict and report.missed else 0


def measure_large(
    browser: Browser, nodes: Nodes, report: Report, wanted: Any, few: int, many: int, quick: bool
) -> None:
    """Measure what is promised at 10,000 notices."""
    if wanted("pan"):
        pans = panning(browser, nodes, few)
        rates = [p["frames"] / p["seconds"] for p in pans]
        longest = max(p["longest"] or 0 for p in pans)
        each = " ".join(f"{rate:.1f}" for rate in rates)
        more = f"the worst of n={len(rates)} runs of 4 s: {each}; longest frame {longest:.0f} ms"
        report.tell("panning, 10,000 notices, +-30 min", min(rates), "frames/s", 10, least=True, more=more)
    if wanted("alert"):
        for name, taken in alerts(browser, nodes, many).items():
            report.tell(f"{name} at the other's screen", percentile(taken, 0.9), "ms", 250, more=spread(taken))
    if wanted("check"):
        taken = checks(browser, nodes, many)
        report.tell("form's conflicts after its last change", percentile(taken, 0.9), "ms", 150, more=spread(taken))
    if wanted("memory"):
        count, seconds = (5_000, 15.0) if quick else (20_000, 60.0)
        found = replay(browser, nodes, count, seconds)
        sizes = f"{found['before']:.1f} -> {found['after']:.1f} MiB; {found['counts']} -> {found['counts_after']}"
        more = f"{count:,} events in {seconds:.0f} s; {sizes}"
        report.tell("memory grown by 8 h of events", found["after"] - found["before"], "MiB", 5, more=more)


if __name__ == "__main__":
    sys.exit(main())
