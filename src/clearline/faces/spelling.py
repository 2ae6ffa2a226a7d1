"""How a card is read aloud: letters by the ICAO spelling alphabet, digits by their ICAO words, in groups.

Source: ICAO Annex 10, Volume II, 5.2.1.3 (spelling alphabet) and 5.2.1.4.3.1 (digits); "decimal" as said there.
"""

from __future__ import annotations

import re

_ALPHABET = """
    ALFA BRAVO CHARLIE DELTA ECHO FOXTROT GOLF HOTEL INDIA JULIETT KILO LIMA MIKE NOVEMBER OSCAR PAPA QUEBEC ROMEO
    SIERRA TANGO UNIFORM VICTOR WHISKEY XRAY YANKEE ZULU
"""
_DIGITS = "ZERO WUN TOO TREE FOWER FIFE SIX SEVEN AIT NINER"
_CARD = """
    NOTICE MESSAGE OF REVISION LINES REFERENCE FOR ACTIVITY NATURE VOLUME CIRCLE CORRIDOR AREA RADIUS CM PART RING
    PLACE FROM TO BEGINS ENDS PRECEDENCE LANGUAGE TEXT MORE JOIN CALLSIGN SQUAWK NUMBER-AND-TYPE FREQUENCY CONTACT
    REMARKS
"""

LETTERS = {word[0]: word for word in _ALPHABET.split()}
DIGITS = dict(zip("0123456789", _DIGITS.split(), strict=True))
MARKS = {
    "-": "DASH",
    ".": "DECIMAL",
    "/": "SLANT",
    ",": "COMMA",
    ":": "COLON",
    ";": "SEMICOLON",
    "(": "OPEN-BRACKET",
    ")": "CLOSE-BRACKET",
    "'": "APOSTROPHE",
    '"': "QUOTE",
    "?": "QUESTION-MARK",
    "!": "EXCLAMATION-MARK",
    "+": "PLUS",
    "=": "EQUALS",
    "%": "PERCENT",
    "&": "AMPERSAND",
    "@": "AT-SIGN",
    "#": "NUMBER-SIGN",
    "*": "ASTERISK",
    "<": "LESS-THAN",
    ">": "GREATER-THAN",
    "[": "OPEN-CODE",
    "]": "CLOSE-CODE",
}

SAID_AS_WORDS = frozenset(_CARD.split())
"""Words of the card itself: they are said, not spelt."""

GROUP = 3
"""Digits of a group: what is repeated without a slip."""


def spelt(text: str) -> str:
    """Return a line as it is read aloud: words of the card in small letters, the rest spelt, words apart by ` · `."""
    return " · ".join(word.lower() if word in SAID_AS_WORDS else _word(word) for word in text.split(" "))


def _word(word: str) -> str:
    said = []
    for run in re.findall(r"[0-9]+|[^0-9]", word):
        if run.isdecimal():
            groups = [run[at : at + GROUP] for at in range(0, len(run), GROUP)]
            said.append(", ".join(" ".join(DIGITS[digit] for digit in group) for group in groups))
        else:
            said.append(LETTERS.get(run) or MARKS.get(run, run))
    return " ".join(said)
