"""An erasure that is carried out: what the desks show afterwards, at its author's and at the other side."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from clearline.records.genesis import Role
from clearline.testing.browser import Desk, until
from clearline.testing.nodes import LiveNode, LiveNodes, running_nodes
from clearline.testing.notice_files import notice_file

Make = Callable[..., Desk]
MEMBERS = (("IL", Role.PARTY), ("TR", Role.PARTY), ("UN", Role.HUMANITARIAN))
REFERENCE, MARKER = "UN-Wk31", "MARKERwE4ambulances"
LONG_AGO_MIN = -40 * 24 * 60
"""The agreement lets humanitarian data be erased thirty days after its end."""


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNodes]:
    """Two parties, and a humanitarian organisation whose convoy went through forty days ago."""
    with running_nodes(tmp_path_factory.mktemp("erased"), MEMBERS) as held:
        times = {"start_min": LONG_AGO_MIN, "end_min": LONG_AGO_MIN + 60}
        words = {"activity": "protected_movement", "nature": "protected", "remarks": MARKER}
        file = notice_file("UN", REFERENCE, **words, **times)  # type: ignore[arg-type]
        until(lambda: post(held["UN"], file) in (201, 409), "the convoy is filed")
        yield held


def post(node: LiveNode, file: Any) -> int:
    url = f"{node.url}/api/v1/notices?audience=IL"
    return httpx.post(url, json=file, headers=node.headers, trust_env=False).status_code


def opened(desk: Desk) -> None:
    """Find a notice of long ago by its reference and open it."""
    page = desk.page
    page.fill("[data-field=search]", f"UN {REFERENCE}")
    page.locator("[role=option]", has_text=REFERENCE).first.click()
    page.wait_for_selector("#notice-title")
    until(lambda: MARKER in page.inner_text("body"), "it is shown with what was remarked")


def test_what_is_erased_goes_from_the_screens_and_they_say_so(desks: Make, nodes: LiveNodes) -> None:
    """Held, it is carried out; nothing of it stays on either screen, and who ordered it, when and why is said."""
    un, il = desks("UN"), desks("IL", language="ar")
    for desk in (un, il):
        opened(desk)
    un.unfold("Have it erased")
    un.fill(erase_why="at the wish of those concerned")
    un.hold("erase")
    for desk, said in ((un, "Erased by order of \u2068UN\u2069"), (il, "مُحي بأمر \u2068UN\u2069")):
        page = desk.page
        page.wait_for_selector("[data-mark=erased]")
        until(lambda page=page: MARKER not in page.content(), "nothing of it is left on the screen")  # type: ignore[misc]
        told = page.inner_text("[data-mark=erased]")
        assert said in told and "at the wish of those concerned" in told and re.search(r"\d\d:\d\d:\d\dZ", told)
        assert page.locator("[data-act=erase], [data-act=card], [data-act=seen]").count() == 0
    assert "UN/main" in un.page.inner_text(".panel:has([data-mark=erased])"), "its place in the record is told"
    il.go("record")
    il.page.select_option("main select", "UN/main")
    until(lambda: "مُحي" in il.page.inner_text("main tbody"), "the record says that an entry was erased")
    il.go("watch")
    il.page.fill("[data-field=search]", f"UN {REFERENCE}")
    until(lambda: "لم يُعثر" in il.page.locator("[role=search]").inner_text(), "the search finds it no more")
    assert "مُحي" in il.page.inner_text("[data-mark=erased]"), "it is still said of what was looked at last"
    assert il.page.locator("[role=option]").count() == 0
    for desk in (un, il):
        # The browser itself tells of every answer that a thing is not held, which is what is wanted here.
        desk.faults[:] = [fault for fault in desk.faults if "404" not in fault]
