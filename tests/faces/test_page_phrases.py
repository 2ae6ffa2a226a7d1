"""The page shows what a message says: the original first, phrases and translations each in its own direction."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from clearline.records.agreement import Terms
from clearline.store.phrase_book import shipped
from clearline.testing.floor import Floor, token_of

HEBREW = Terms("Hebrew first", None, ("he", "tr"), phrase_book=shipped().name)


def page(floor: Floor, member: str) -> str:
    app: Any = floor._apps[member]

    async def ask() -> str:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8800") as client:
            own = {"sec-fetch-site": "same-origin", "origin": "http://127.0.0.1:8800"}
            await client.post("/login", data={"token": token_of(member)}, headers=own)
            return (await client.get("/")).text

    return asyncio.run(ask())


def test_phrases_and_translations_on_the_page() -> None:
    """A FLASH of phrases alone rings with its words; a text has its translation below it, with its state."""
    floor = Floor(terms=HEBREW)
    floor.cli(
        "TR",
        "message",
        "send",
        "--to",
        "IL",
        "--precedence",
        "flash",
        "--phrase",
        "201-9 place=34.0N,038.0E time=tomorrow 0000Z",
    )
    floor.cli("TR", "message", "send", "Merhaba <b>", "--language", "tr", "--to", "IL")
    floor.advance(3)
    text = next(m for m in floor.api("IL", "GET", "/api/v1/messages")["messages"] if m["text"])["said"]["entry"]["id"]
    floor.cli("IL", "message", "translate", text, "שלום", "--language", "he")
    floor.advance(2)
    shown = page(floor, "IL")
    assert '<bdi lang="he" dir="rtl">לחדול אש מיד. האש פוגעת בנו.' in shown
    assert "\u206634.000N 038.000E\u2069" in shown and "unchecked" in shown
    assert shown.count("לחדול אש מיד") == 2, "once ringing, once in the list"
    original, translation = shown.index("Merhaba &lt;b&gt;"), shown.index(">שלום<")
    assert original < translation
    assert "he, unchecked, by IL" in shown


def test_a_slip_in_a_read_back_stays_on_the_page_until_corrected() -> None:
    """The open step is shown to both sides."""
    floor = Floor(terms=HEBREW)
    floor.cli("TR", "message", "send", "--to", "IL", "--phrase", "101-0 place=34.0N,038.0E")
    floor.advance(3)
    of = floor.api("IL", "GET", "/api/v1/messages")["messages"][0]["said"]["entry"]["id"]
    for place, open_ in (("34.1N,038.0E", True), ("34.0N,038.0E", False)):
        floor.cli("IL", "message", "read-back", of, "--phrase", f"101-0 place={place}")
        floor.advance(3)
        for member in ("IL", "TR"):
            assert ("Read back by IL: DIFFERS" in page(floor, member)) == open_
