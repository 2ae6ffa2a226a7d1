"""The login in six languages: as the browser wants, as chosen here or in the console, its refusals too."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearline.errors import ClearlineError
from clearline.faces.languages import LANGUAGES, NAMES, RIGHT_TO_LEFT, preferred
from clearline.faces.page import login_words
from clearline.faces.page.guard import ForeignForm
from clearline.faces.page.sessions import TooManyTries
from clearline.faces.page.sign_in import NotAdmitted
from clearline.faces.tries import TooManyRequests, WaitToTry
from clearline.testing.nodes import LiveNode, LiveNodes, running_nodes

ROOT = Path(__file__).parents[2]
CONSOLE = ROOT / "console" / "src"
OTHERS = [language for language in LANGUAGES if language != "en"]
FAULTS: tuple[ClearlineError, ...] = (
    ForeignForm("English"),
    TooManyTries(retry_after_s=6),
    NotAdmitted("English"),
    NotAdmitted("English", officer="7"),
    WaitToTry(retry_after_s=900),
    TooManyRequests(retry_after_s=3),
)


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNodes]:
    with running_nodes(tmp_path_factory.mktemp("doors"), ("IL", "TR")) as live:
        yield live


def browser(node: LiveNode, language: str = "") -> httpx.Client:
    headers = {"origin": node.url} | ({"accept-language": language} if language else {})
    return httpx.Client(base_url=node.url, headers=headers, trust_env=False)


def opening(text: str) -> str:
    found = re.search(r"<html[^>]*>", text)
    assert found
    return found[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_login_speaks_as_the_browser_wants(nodes: LiveNodes, language: str) -> None:
    """Form, title, direction and refusal stand in the first language of the browser's list that the channel has."""
    with browser(nodes["TR"], f"de-DE,{language}-XX;q=0.8,en;q=0.1") as client:
        text = client.get("/login").text
        assert f'lang="{language}"' in opening(text)
        assert f'dir="{"rtl" if language in RIGHT_TO_LEFT else "ltr"}"' in opening(text)
        for key in ("log in", "account", "passphrase", "officer", "token", "to page", "ends"):
            assert login_words.text(key, language).replace("'", "&#x27;") in text
        answer = client.post("/login", data={"account": f"nobody-{language}", "passphrase": "wrong"})
        assert answer.status_code == 403
        assert login_words.text("not-admitted", language) in answer.text
        assert "<script" not in text


def test_what_is_chosen_is_kept_and_leads_into_the_console(nodes: LiveNodes) -> None:
    """One press chooses; the cookie holds a language alone, for this site; what else is asked for chooses nothing."""
    port = httpx.URL(nodes["TR"].url).port
    with browser(nodes["TR"], "ru") as client:
        text = client.get("/login").text
        assert re.findall(r'href="/login\?language=(\w+)"', text) == [*LANGUAGES]
        assert all(name in text for name in NAMES)
        assert re.findall(r'hreflang="(\w+)"[^>]*aria-current', text) == ["ru"]
        answer = client.get("/login?language=ar")
        assert re.fullmatch(
            rf"clearline_language_{port}=ar; Path=/; Max-Age=31536000; SameSite=Strict", answer.headers["set-cookie"]
        )
        assert 'dir="rtl"' in opening(client.get("/login").text)
        for wrong in ("de", "ar%0d%0ax", "", "AR"):
            answer = client.get(f"/login?language={wrong}")
            assert "set-cookie" not in answer.headers
            assert 'lang="ar"' in opening(answer.text)
        answer = client.post("/login", data={"token": nodes["TR"].tokens[0]})
        assert (answer.status_code, answer.headers["location"]) == (303, "/console")
        page = client.get("/").text
        assert 'lang="en"' in opening(page), "the page for reading is in English"
        assert re.search(r'<nav lang="ar" dir="rtl"[^>]*><a href="/console">', page)
        assert login_words.text("console", "ar") in page
        answer = client.get("/login?language=tr")
        assert (answer.status_code, answer.headers["location"]) == (303, "/console")
        assert login_words.text("in English", "tr") in client.get("/").text
    with browser(nodes["TR"], "ru") as client:
        client.cookies.set(f"clearline_language_{port}", "xx")
        assert 'lang="ru"' in opening(client.get("/login").text)


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.slug)
def test_every_refusal_is_worded(fault: ClearlineError, language: str) -> None:
    """None of what a try can be answered with is left in English, and how long to wait is said."""
    said = login_words.refusal(fault, language)
    assert said not in ("", fault.message, login_words.refusal(fault, "en"))
    assert not re.search(r"\b(the|this|again|officer)\b", said)
    wait = fault.members.get("retry_after_s")
    assert wait is None or str(wait if wait < login_words.MINUTES_FROM_S else wait // 60) in said
    assert "7" in said or "officer" not in fault.members


def test_the_login_says_what_the_console_says() -> None:
    """Spans of time in the same short forms, the same languages by the same names."""
    for language in LANGUAGES:
        table = json.loads((CONSOLE / "i18n" / f"{language}.json").read_text("utf-8"))
        assert table["bar.language"] == login_words.text("language", language)
        for one in ("s", "min"):
            assert login_words.text(one, language, n="").strip(" \u2068\u2069") == table[f"unit.{one}"]
    source = (CONSOLE / "lib" / "i18n.svelte.ts").read_text("utf-8")
    assert re.findall(r'code: "(\w+)", name: "([^"]+)", rtl: (true|false)', source) == [
        (code, name, str(code in RIGHT_TO_LEFT).lower()) for code, name in zip(LANGUAGES, NAMES, strict=True)
    ]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("*", "en"),
        ("tr", "tr"),
        ("AZ-Latn-AZ", "az"),
        ("de, fr;q=0.9", "en"),
        ("he;q=0.5, ar;q=0.7", "ar"),
        ("ar;q=0, ru;q=0.1", "ru"),
        ("ru;q=x, tr;q=0.2", "tr"),
        ("en;q=0.9, he", "he"),
        ("arz", "en"),
    ],
)
def test_the_heaviest_language_is_taken(accepted: str, language: str) -> None:
    """The order of weights decides, the order of the list among equals; a weight of nought is a refusal."""
    assert preferred(accepted) == language


@given(st.text())
def test_any_list_of_languages_gives_one(accepted: str) -> None:
    """Whatever a browser sends, the login has a language."""
    assert preferred(accepted) in LANGUAGES
