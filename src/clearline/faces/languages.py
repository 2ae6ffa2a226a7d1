"""The six languages of the channel as the node's own pages speak them: which is asked for, and how texts are filled.

A table of texts holds each text once for every language, in the order of `LANGUAGES`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

LANGUAGES: Final = ("en", "tr", "he", "ar", "ru", "az")
RIGHT_TO_LEFT: Final = frozenset({"he", "ar"})

NAMES: Final = ("English", "Türkçe", "עברית", "العربية", "Русский", "Azərbaycanca")
"""Each language by its own name, in the order of `LANGUAGES`."""

RANGES_MAX: Final = 32
"""Language ranges of a browser's list that are looked at: people name a handful."""

_ISOLATE, _END = "\u2068", "\u2069"
"""First-strong isolate and its end (Unicode UAX #9): what stands between cannot turn its surroundings round."""


def language_or_english(asked: str) -> str:
    """Return the asked language where the channel speaks it, else English."""
    return asked if asked in LANGUAGES else "en"


def direction(language: str) -> str:
    """Return `rtl` or `ltr`."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def preferred(accepted: str) -> str:
    """Return the language of the channel that a browser's `Accept-Language` wants most, else English.

    Any regional form stands for its language; whatever cannot be read counts as not said.

    Source: RFC 9110, sections 12.4.2 and 12.5.4; RFC 4647, section 3.4 (lookup).
    """
    best, weight = "en", 0.0
    for part in accepted.split(",")[:RANGES_MAX]:
        tag, _, parameter = part.partition(";")
        language = tag.strip().lower().partition("-")[0]
        quality = _quality(parameter.strip())
        if language in LANGUAGES and quality > weight:
            best, weight = language, quality
    return best


def filled(table: Mapping[str, Sequence[str]], key: str, language: str, **values: object) -> str:
    """Return a text of a table, filled by name, isolated where the language runs from the right."""
    given = table[key][LANGUAGES.index(language)]
    rtl = language in RIGHT_TO_LEFT
    return given.format(**{name: f"{_ISOLATE}{value}{_END}" if rtl else value for name, value in values.items()})


def _quality(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if not parameter:
        return 1.0
    digits = value.strip()
    fine = name.strip().lower() == "q" and digits.isascii() and digits.replace(".", "", 1).isdigit()
    return min(1.0, float(digits)) if fine else 0.0
