"""Phrases at a terminal: typed with their slots, shown in the reader's language, read back; slips are told by name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from clearline.errors import ClearlineError
from clearline.faces.cli import main
from clearline.faces.cli.officer import safe
from clearline.faces.cli.phrase_words import bodies
from clearline.store.phrase_book import shipped
from clearline.testing.floor import Floor
from clearline.volumes.instant import parse_instant

NOW = parse_instant("2026-11-22T02:00:00Z", where="x")


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def test_the_book_is_listed_shown_and_searched_offline() -> None:
    """No node is needed to look a phrase up, in any of the six languages."""
    listed = run("phrase", "list", "--group", "2", "--language", "he")
    assert listed.exit_code == 0
    assert "201-9  לחדול אש מיד." in listed.stdout and "12 phrases." in listed.stdout
    assert "Not checked by a linguist: ar, az, en, he, ru, tr." in listed.stdout
    shown = run("phrase", "show", "0037")
    assert shown.exit_code == 0 and "tr  Bilinmeyen hava aracı." in shown.stdout and "place: latitude" in shown.stdout
    assert "[unchecked]" in shown.stdout
    found = json.loads(run("phrase", "search", "TRANSPONDERİ", "--json").stdout)
    assert len(found["book"]["hash"]) == 64
    assert run("phrase", "search", "zebra").exit_code == 1
    wrong = run("phrase", "show", "0038")
    assert wrong.exit_code == 2 and "check digit" in wrong.stderr
    assert run("phrase", "show", "0130").exit_code == 2


def test_phrases_as_they_are_typed() -> None:
    """Spaces inside values, slots on their own, dictated places, times and heights: one meaning each."""
    typed = bodies(
        ("003-7 place=34.557N,38.317E height=3000 ft AMSL time=1430Z", "9040"), ("reference=TR 12",), shipped(), now=NOW
    )
    assert typed == [
        {
            "code": "0037",
            "slots": {"place": [38.317, 34.557], "height": "3000 ft AMSL", "time": "2026-11-22T14:30:00Z"},
        },
        {"code": "9040", "slots": {"reference": "TR 12"}},
    ]
    assert bodies(("506 1 place=3433N 03819E count=12",), (), shipped(), now=NOW)[0]["slots"]["count"] == 12


@pytest.mark.parametrize(
    ("phrases", "slots", "words"),
    [
        (("0038",), (), "check digit"),
        (("0130",), (), "no phrase"),
        (("0037 place=34N,38E",), (), "exactly: place"),
        (("0013 place=34N,38E",), (), "no slots"),
        (("1010 place=34N,38E place=35N,38E",), (), "each slot once"),
        (("1010",), ("place=34.5,38.3",), "latitude with N or S"),
        (("1010", "1093"), ("place=34N 038E",), "of several"),
        (("1010 place=34.5N 038.3E",), ("colour=red",), "--slot"),
        (("5061 place=34.5N 038.3E count=many",), (), "a whole number"),
        (("x" * 1001,), (), "at most"),
    ],
)
def test_a_slip_is_told_by_name(phrases: tuple[str, ...], slots: tuple[str, ...], words: str) -> None:
    """What was typed, what is expected: nothing is guessed."""
    with pytest.raises(ClearlineError) as caught:
        bodies(phrases, slots, shipped(), now=NOW)
    assert words in caught.value.message


@pytest.fixture(scope="module")
def floor() -> Floor:
    return Floor()


def of_first(floor: Floor, member: str, language: str = "en") -> Any:
    return floor.api(member, "GET", f"/api/v1/messages?language={language}")["messages"][0]


def test_a_phrase_goes_from_terminal_to_terminal(floor: Floor) -> None:
    """Typed at TR in one language, read at IL in another; a wrong read-back ends with 1, the right one with 0."""
    sent = floor.cli("TR", "message", "send", "--to", "IL", "--phrase", "101-0 place=34.557N,38.317E")
    assert sent.exit_code == 0, sent.stderr
    floor.advance(3)
    listed = floor.cli("IL", "message", "list", "--language", "he")
    assert "101-0  נא להישאר במקום. לא להתקדם. מקום: \u206634.557N 038.317E\u2069." in listed.stdout
    assert "[unchecked]" in listed.stdout
    of = of_first(floor, "IL")["said"]["entry"]["id"][:12]
    wrong = floor.cli("IL", "message", "read-back", of, "--phrase", "101-0 place=34.517N,38.371E")
    assert wrong.exit_code == 1 and "phrase 1, place: said 34.557N 038.317E, read 34.517N 038.371E" in wrong.stdout
    floor.advance(3)
    assert "read back by IL: DIFFERS" in floor.cli("TR", "message", "list").stdout
    right = floor.cli("IL", "message", "read-back", of, "--phrase", "101-0 place=34.557N,38.317E")
    assert right.exit_code == 0 and "matches" in right.stdout


def test_a_text_is_translated_at_the_terminal(floor: Floor) -> None:
    """The original stands first, the translation below it with its state and who said it."""
    floor.cli("TR", "message", "send", "Yardım geliyor", "--to", "IL", "--language", "tr")
    floor.advance(3)
    of = of_first(floor, "IL")["said"]["entry"]["id"]
    done = floor.cli("IL", "message", "translate", of, "עזרה בדרך", "--language", "he", "--checked")
    assert done.exit_code == 0 and "(checked)" in done.stdout
    floor.advance(3)
    lines = floor.cli("TR", "message", "list").stdout.splitlines()
    first = next(n for n, line in enumerate(lines) if "Yardım geliyor" in line)
    assert "he: עזרה בדרך  [checked by" in lines[first + 1] and "by IL (" in lines[first + 1]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a \u206634.5N\u2069 b", "a \u206634.5N\u2069 b"),
        ("a \u2066open", "a \ufffdopen"),
        ("\u2069a\u2066", "\ufffda\ufffd"),
        ("\u2066a\u202eb\u2069", "\ufffda\ufffdb\ufffd"),
        ("\u2066a\x1b[1mb\u2069", "\ufffda\ufffd[1mb\ufffd"),
        ("\u2066a\u2066b\u2069\u2069", "\ufffda\u2066b\u2069\ufffd"),
    ],
)
def test_only_whole_islands_reach_the_terminal(text: str, shown: str) -> None:
    """A direction mark of a stranger that reaches beyond itself is shown as what it is."""
    assert safe(text) == shown
