"""The page of a reader with the area alone: it is shown as that, with what it meets, and never as a notice."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx

from clearline.testing.nodes import LiveNode, running_nodes
from clearline.testing.notice_files import notice_file


def post(node: LiveNode, path: str, body: Any, **query: str) -> httpx.Response:
    return httpx.post(f"{node.url}/api/v1/{path}", json=body, params=query, headers=node.headers)


def until_page(node: LiveNode, *wanted: str) -> str:
    ends = time.monotonic() + 20
    while True:
        text = httpx.get(node.url).text
        if all(word in text for word in wanted):
            return text
        assert time.monotonic() < ends, f"the page of {node.member} lacks {wanted}"
        time.sleep(0.05)


def test_area_only_and_dictated_words_stand_apart_with_what_they_meet(tmp_path: Path) -> None:
    """SY sees an area and its conflict; IL sees what it took down; neither is a row of notices."""
    with running_nodes(tmp_path, ("IL", "SY", "TR"), demonstration=True) as nodes:
        tr, sy, il = nodes["TR"], nodes["SY"], nodes["IL"]
        assert post(tr, "notices", notice_file("TR", "TR-AREA"), audience="IL", area_only="SY").status_code == 201
        assert post(sy, "notices", notice_file("SY", "SY-OWN"), audience="TR").status_code == 201
        page = until_page(sy, "TR-AREA", "SY-OWN", "Not exact")
        part = page.partition('id="vague"')[2].partition("</section>")[0]
        assert "AREA ONLY" in part and "TR-AREA" in part and "▲" in part
        rows = page.partition('id="notices"')[2].partition("</section>")[0]
        assert "SY-OWN" in rows and "TR-AREA" not in rows
        assert post(tr, "notices", notice_file("TR", "TR-SAID"), audience="SY").status_code == 201
        card = httpx.get(f"{tr.url}/api/v1/notices/TR/TR-SAID/card", headers=tr.headers).json()
        lines = [f"{one['text']} {one['check']}" for one in card["lines"]]
        assert post(il, "dictated", {"lines": lines, "code": card["code"]}).status_code == 201
        page = until_page(il, "TR-SAID (dictated by IL)")
        assert "NOT SIGNED BY ITS AUTHOR" in page
        wrong = post(il, "dictated", {"lines": lines, "code": "AAAAAA"})
        assert wrong.status_code == 422 and wrong.json()["type"].endswith("wrong-code")
