"""Two languages: a Turkish and a Hebrew position speak in six phrases and two free texts and lose nothing.

Two nodes and a host, driven over the API as their officers would.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from clearline.records.genesis import Role
from clearline.testing.nodes import LiveNode, LiveNodes, running_nodes

BASE = [38.3170000, 34.5570000]
NINE_KM_OFF = [38.3710000, 34.5170000]
"""The digits 5 and 1 swapped in both numbers of the base's place."""

SIX: list[dict[str, Any]] = [
    {"code": "003-7", "slots": {"place": BASE, "height": "FL195", "time": "2026-11-22T12:00:00Z"}},
    {"code": "101-0", "slots": {"place": BASE}},
    {"code": "408-2", "slots": {"reference": "ZONE-4", "end": "2026-11-22T14:00:00Z"}},
    {"code": "506-1", "slots": {"place": BASE, "count": 3}},
    {"code": "701-6", "slots": {}},
    {"code": "904-0", "slots": {"reference": "TR-0012"}},
]


class Officer:
    """An officer at a node, over HTTP."""

    def __init__(self, node: LiveNode) -> None:
        self.node = node

    def get(self, path: str, **query: str) -> Any:
        answer = httpx.get(f"{self.node.url}/api/v1{path}", params=query, headers=self.node.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any, *, status: int = 201) -> Any:
        answer = httpx.post(f"{self.node.url}/api/v1{path}", json=body, headers=self.node.headers)
        assert answer.status_code == status, answer.text
        return answer.json()


def until(true: Callable[[], Any]) -> Any:
    """Return what `true` finds once it finds something; entries travel in a moment, but not in none."""
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        found = true()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not arrive within 10 s")


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNodes]:
    root: Path = tmp_path_factory.mktemp("two_languages")
    with running_nodes(root, ("IL", "TR", ("AZ", Role.HOST))) as live:
        yield live


def test_six_phrases_and_two_free_texts_between_a_turkish_and_a_hebrew_position(nodes: LiveNodes) -> None:
    """Each reads the other in the own language, the codes travel, a swapped digit is found, originals come first."""
    tr, il = Officer(nodes["TR"]), Officer(nodes["IL"])
    six = [{**phrase, "code": phrase["code"].replace("-", "")} for phrase in SIX]

    # TR speaks in six phrases and one sentence of its own.
    sent = tr.post(
        "/messages", {"to": ["IL"], "language": "tr", "text": "Uçak iniyor, yardım gerekli.", "phrases": six}
    )
    of = sent["entry"]["id"]

    def at_il(language: str = "he") -> Any:
        return next(
            (m for m in il.get("/messages", language=language)["messages"] if m["said"]["entry"]["id"] == of), None
        )

    # IL reads it: the original first, the phrases in Hebrew with slots as left-to-right islands.
    seen = until(at_il)
    assert (seen["language"], seen["text"]) == ("tr", "Uçak iniyor, yardım gerekli.")
    phrases = seen["words"]["phrases"]
    assert [p["code"] for p in phrases] == [p["code"] for p in six]
    assert all(p["language"] == "he" and p["direction"] == "rtl" and p["state"] == "unchecked" for p in phrases)
    assert "\u206634.557N 038.317E\u2069" in phrases[0]["text"] and "\u2066FL195\u2069" in phrases[0]["text"]
    assert phrases[0]["text"].startswith("כלי טיס לא מזוהה.")
    # The same message in Turkish at TR: the same codes, the same slots.
    mine = next(m for m in tr.get("/messages", language="tr")["messages"] if m["said"]["entry"]["id"] == of)
    assert [p["code"] for p in mine["words"]["phrases"]] == [p["code"] for p in six]
    assert mine["words"]["phrases"][0]["text"].startswith("Bilinmeyen hava aracı.")
    assert [p["slots"] for p in mine["words"]["phrases"]] == [p["slots"] for p in phrases]

    # IL reads the slots back with two digits swapped: both sides see it, and the step stays open.
    wrong = json.loads(json.dumps(six))
    wrong[1]["slots"]["place"] = NINE_KM_OFF
    back = il.post(f"/messages/{of}/read_backs", {"phrases": wrong})
    assert back["matches"] is False
    assert back["differences"] == [
        {"phrase": 1, "what": "place", "said": "34.557N 038.317E", "read": "34.517N 038.371E"}
    ]

    def at_tr() -> Any:
        found = next(m for m in tr.get("/messages")["messages"] if m["said"]["entry"]["id"] == of)["words"][
            "read_backs"
        ]
        return found[0] if found else None

    shown = until(at_tr)
    assert shown["member"] == "IL" and shown["matches"] is False and shown["differences"] == back["differences"]
    # Corrected, it matches; the slip stays in the record.
    assert il.post(f"/messages/{of}/read_backs", {"phrases": six})["matches"] is True
    shown = until(lambda: (found := at_tr())["matches"] and found)
    assert shown["earlier"] == [back["entry"]["id"]]

    # A translation that nobody checked says so; once the position has checked it, that is said.
    il.post(f"/messages/{of}/translations", {"language": "he", "text": "מטוס נוחת, דרוש סיוע."})
    [translation] = at_il()["words"]["translations"]
    assert translation["state"] == "unchecked" and translation["direction"] == "rtl"
    il.post(f"/messages/{of}/translations", {"language": "he", "text": "מטוס נוחת, נדרש סיוע.", "checked": True})
    found = until(
        lambda: next(m for m in tr.get("/messages", language="he")["messages"] if m["said"]["entry"]["id"] == of)[
            "words"
        ]["translations"]
    )
    until(lambda: tr_state(tr, of) == "checked by watch 1")
    assert found[0]["said"]["member"] == "IL"

    # IL answers in Hebrew; TR reads the original first, then what its own position made of it.
    answer = il.post("/messages", {"to": ["TR"], "language": "he", "text": "קיבלנו. כוחותינו במקום.", "about": of})[
        "entry"
    ]["id"]
    until(lambda: any(m["said"]["entry"]["id"] == answer for m in tr.get("/messages")["messages"]))
    tr.post(
        f"/messages/{answer}/translations", {"language": "tr", "text": "Aldık. Birliklerimiz yerinde.", "checked": True}
    )
    last = next(m for m in tr.get("/messages", language="tr")["messages"] if m["said"]["entry"]["id"] == answer)
    assert (last["language"], last["text"]) == ("he", "קיבלנו. כוחותינו במקום.")
    assert [(t["language"], t["text"]) for t in last["words"]["translations"]] == [
        ("tr", "Aldık. Birliklerimiz yerinde.")
    ]

    # The host was no reader: it holds envelopes alone, and none of the words.
    assert Officer(nodes["AZ"]).get("/messages")["messages"] == []


def tr_state(tr: Officer, of: str) -> str:
    message = next(m for m in tr.get("/messages", language="he")["messages"] if m["said"]["entry"]["id"] == of)
    return str(message["words"]["translations"][0]["state"])


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        ({"phrases": [{"code": "003-8"}]}, 422, "malformed"),
        ({"phrases": [{"code": "003-7", "slots": {"place": BASE}}]}, 422, "slots-differ"),
        ({"phrases": [{"code": "003-7", "slots": {"colour": "red"}}]}, 422, "malformed"),
        ({"phrases": [{"code": "101-0", "slots": {"place": "34.5N 38.3E"}}]}, 422, "malformed"),
        ({"phrases": [{"code": "013-0", "slots": {}}]}, 404, "unknown-phrase"),
        ({"text": ""}, 422, "malformed"),
    ],
)
def test_a_phrase_that_is_not_in_order_is_refused(
    nodes: LiveNodes, body: dict[str, Any], status: int, slug: str
) -> None:
    """Nothing is stored, and the refusal says what is wrong."""
    tr = Officer(nodes["TR"])
    before = tr.get("/messages")["total"]
    refusal = tr.post("/messages", {"to": ["IL"], **body}, status=status)
    assert refusal["type"].endswith(slug), refusal
    assert tr.get("/messages")["total"] == before


def test_what_cannot_be_translated_or_read_back(nodes: LiveNodes) -> None:
    """Own words, words in that language already, phrases alone, and what is not held: each refused by name."""
    tr, il = Officer(nodes["TR"]), Officer(nodes["IL"])
    line = next(p["code"] for p in tr.get("/phrases", group="7")["phrases"])
    plain = tr.post("/messages", {"to": ["IL"], "text": "Merhaba", "language": "tr"})["entry"]["id"]
    spoken = tr.post("/messages", {"to": ["IL"], "phrases": [{"code": line}]})["entry"]["id"]
    until(lambda: any(m["said"]["entry"]["id"] == spoken for m in il.get("/messages")["messages"]))
    read = {"phrases": [{"code": line}]}
    il.post(f"/messages/{plain}/read_backs", read, status=409)
    tr.post(f"/messages/{spoken}/read_backs", read, status=409)
    il.post(f"/messages/{'0' * 64}/read_backs", read, status=404)
    il.post(f"/messages/{plain}/translations", {"language": "tr", "text": "x"}, status=409)
    il.post(f"/messages/{spoken}/translations", {"language": "he", "text": "x"}, status=409)
    il.post(f"/messages/{plain}/translations", {"language": "Türkçe", "text": "x"}, status=422)


def test_the_book_is_shown_in_a_language_and_searched(nodes: LiveNodes) -> None:
    """Group, search and language choose; a language that the book lacks is refused with those that it has."""
    tr = Officer(nodes["TR"])
    book = tr.get("/phrases", language="he")
    assert (len(book["phrases"]), len(book["groups"]), book["direction"]) == (120, 10, "rtl")
    assert book["doubt"] is None and book["agreed"] is None
    assert len(tr.get("/phrases", group="3")["phrases"]) == 12
    assert [p["shown"] for p in tr.get("/phrases", search="transponderi")["phrases"]] == ["012-5"]
    answer = httpx.get(f"{nodes['TR'].url}/api/v1/phrases?language=fr", headers=nodes["TR"].headers)
    assert answer.status_code == 422 and "one of ar, az, en, he, ru, tr" in answer.json()["detail"]
