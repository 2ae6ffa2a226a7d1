"""Events played to a console faster than they happened, and what its page holds in memory afterwards; for tests."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from typing import Any, Final

from playwright.sync_api import CDPSession, Page

Event = tuple[str, dict[str, Any]]
"""Kind and data of an event, as the node tells it."""

KEEP_SOURCE: Final = """
window.EventSource = class extends EventSource {
  constructor(...given) { super(...given); window.heard = this; }
};
"""
"""To be run before the console: it keeps the line on which the page listens at hand."""

PLAY: Final = """([events, perSecond]) => new Promise(done => {
  const begun = performance.now();
  let next = 0;
  const step = () => {
    const due = Math.min(events.length, Math.ceil((performance.now() - begun) / 1000 * perSecond));
    for (; next < due; next++)
      window.heard.dispatchEvent(new MessageEvent(events[next][0], {data: events[next][1]}));
    if (next < events.length) setTimeout(step, 10);
    else done((performance.now() - begun) / 1000);
  };
  step();
})"""


def day_of(notices: Sequence[tuple[str, str]], count: int) -> list[Event]:
    """Return events such as hours bring, about these notices: filings, answers, deliveries, conflicts, lines."""
    made: list[Event] = []
    for number, (party, notice) in zip(range(count), itertools.cycle(notices), strict=False):
        log = f"{party}/main"
        entry = {"log": log, "index": number, "id": f"{number:064x}", "kind": "notice", "notice": [party, notice]}
        match number % 5:
            case 0:
                made.append(("entry", entry))
            case 1:
                made.append(("entry", {**entry, "kind": "seen", "notice": None}))
            case 2:
                made.append(("delivered", {"log": log, "size": number, "by": party}))
            case 3:
                made.append(("conflict", {"id": f"C-{number}"}))
            case _:
                made.append(("line", {"member": party, "state": "up"}))
    return made


def play(page: Page, events: Sequence[Event], *, per_second: float) -> float:
    """Play events to a page opened with `KEEP_SOURCE`, as if its node told them, and return the seconds it took."""
    told = [(kind, json.dumps(data)) for kind, data in events]
    return float(page.evaluate(PLAY, [told, per_second]))


class Memory:
    """The memory of one page."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._line: CDPSession = page.context.new_cdp_session(page)
        self._line.send("Performance.enable")

    def heap_mb(self) -> float:
        """Return what scripts hold after everything unused was collected, in MiB."""
        for _ in range(3):
            self._line.send("HeapProfiler.collectGarbage")
            self._page.wait_for_timeout(50)
        return float(self._line.send("Runtime.getHeapUsage")["usedSize"]) / 2**20

    def counts(self) -> dict[str, int]:
        """Return how many nodes of documents and listeners there are."""
        found = {m["name"]: m["value"] for m in self._line.send("Performance.getMetrics")["metrics"]}
        return {name: int(found[name]) for name in ("Nodes", "JSEventListeners")}
