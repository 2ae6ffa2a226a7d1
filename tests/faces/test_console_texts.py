"""What an officer reads is in the officer's language: every text, every code of the node, in its right number."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from clearline.channel.acts.hotline import Outcome
from clearline.channel.answers import SILENT
from clearline.channel.view import lead_time
from clearline.faces.demonstration.members import PARTICIPANTS
from clearline.picture.placing import PLACED_LATE
from clearline.records import agreement
from clearline.records.activity import Activity, Nature
from clearline.records.line import PHRASES
from clearline.records.notice import Step

ROOT = Path(__file__).parents[2]
TEXTS = ROOT / "console" / "src" / "i18n"
SOURCES = ROOT / "src" / "clearline"
TABLES: dict[str, dict[str, str]] = {p.stem: json.loads(p.read_text("utf-8")) for p in TEXTS.glob("*.json")}
ENGLISH = TABLES["en"]
OTHERS = sorted({*TABLES} - {"en"})

FORMS = {
    "en": {"one"},
    "tr": set(),
    "az": set(),
    "he": {"one"},
    "ru": {"one", "few", "many"},
    "ar": {"zero", "one", "two", "few", "many"},
}
"""Forms beside the one for all other numbers that a counted text may take: the plural rules of the language.

Where a text puts its number after a colon, one form says every number, and no other is needed. Source: Unicode CLDR 46,
language plural rules."""

SAME_EVERYWHERE = re.compile(r"^(precedence\.[A-Z]+|key_role\.tls|draft\.kind|bar\.own)$")
"""Texts that are the same in every language: the field's own words, and what only puts others together."""

SAME_SOMEWHERE = {
    ("tr", "activity.radar"),
    ("az", "activity.radar"),
}
"""Words that a language shares with English."""


def slots(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w+\}", text))


@pytest.mark.parametrize("language", sorted(TABLES))
def test_no_key_stands_twice(language: str) -> None:
    """Of two texts under one name one would be lost without a word."""
    pairs = json.loads((TEXTS / f"{language}.json").read_text("utf-8"), object_pairs_hook=list)
    names = [name for name, _ in pairs]
    assert sorted({name for name in names if names.count(name) > 1}) == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_says_everything(language: str) -> None:
    """The same texts, each filled by the same names; only the forms of a number are each language's own."""
    table = TABLES[language]
    assert {k for k in table if "#" not in k} == {k for k in ENGLISH if "#" not in k}
    for key, text in table.items():
        base = key.partition("#")[0]
        assert text.strip(), key
        assert slots(text) == slots(ENGLISH[base]), f"{language} {key}"


@pytest.mark.parametrize("language", sorted(TABLES))
def test_counted_texts_have_the_forms_of_their_language(language: str) -> None:
    """A number is given its form by the plural rules: no form that the language has not, and `{count}` in each."""
    for key in TABLES[language]:
        base, _, form = key.partition("#")
        if form:
            assert form in FORMS[language], f"{language} {key}"
            assert "{count}" in TABLES[language][base], f"{language} {key}"


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_is_left_in_english(language: str) -> None:
    """A text that is the same as in English is one of those that are named here."""
    same = {
        key
        for key, text in TABLES[language].items()
        if text == ENGLISH.get(key) and re.search("[A-Za-z]{2}", re.sub(r"\{\w+\}", "", text))
    }
    assert {k for k in same if not SAME_EVERYWHERE.match(k) and (language, k) not in SAME_SOMEWHERE} == set()


@pytest.mark.parametrize("language", ["he", "ar"])
def test_no_text_turns_its_surroundings_round(language: str) -> None:
    """A text opens no direction that it could leave open: what fills it is isolated where it is filled in."""
    marks, island = re.compile("[\u202a-\u202e\u2066-\u2069]"), re.compile("[\u2066-\u2068][^\u2066-\u2069]*\u2069")
    assert [key for key, text in TABLES[language].items() if marks.search(island.sub("", text))] == []


def calls(*names: str) -> set[str]:
    """Return the plain texts in calls of these functions, and those between which a module that calls them chooses."""
    found: set[str] = set()
    for path in SOURCES.rglob("*.py"):
        text = path.read_text("utf-8")
        if not any(name in text for name in names):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in names:
                found |= {a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}
            if isinstance(node, ast.IfExp):
                found |= {
                    a.value
                    for a in (node.body, node.orelse)
                    if isinstance(a, ast.Constant) and isinstance(a.value, str)
                }
    return found


def test_every_sentence_of_the_node_has_its_text() -> None:
    """Each code that the node can give is worded by the console, with the same names to fill it."""
    groups = ("health", "owed", "draft", "beside")
    codes = {code for code in calls("sentence", "_line") if re.fullmatch(rf"({'|'.join(groups)})\.[a-z_.]+", code)}
    assert {"health.suspended", "owed.line_check", "draft.says", "beside.otherwise"} <= codes
    assert codes - {*ENGLISH} == set()


def test_every_reason_of_a_refusal_has_its_text() -> None:
    """Each short word by which an act is refused is worded by the console."""
    whys: set[str] = set()
    for path in (SOURCES / "channel").rglob("*.py"):
        whys |= set(re.findall(r'\bwhy="([a-z_]+)"', path.read_text("utf-8")))
    assert len(whys) > 20
    assert {f"refused.{why}" for why in whys} - {*ENGLISH} == set()


def test_every_closed_word_has_its_text() -> None:
    """Deadlines, steps, lead times, calls over a line, outcomes of proposals and the demonstration's posts."""
    wanted = {f"deadline.{name.removesuffix('_s')}" for name in agreement.Deadlines.__dataclass_fields__}
    wanted |= {f"step.{one.value}" for one in Step} | {f"outcome.{one.value}" for one in Outcome}
    wanted |= {f"separation.{row.source}" for row in agreement.DEFAULT_ROWS}
    wanted |= {f"call.{number}" for number in range(len(PHRASES))}
    terms = agreement.Deadlines()
    wanted |= {f"lead.{lead_time(a, n, terms)[1]}" for a in Activity for n in Nature}
    wanted |= {f"watch.{name}" for one in PARTICIPANTS for name in (*one.positions, *one.releasing)}
    kinds = {
        found
        for path in (SOURCES / "records").glob("*.py")
        for found in re.findall(r'KIND: ClassVar\[str\] = "(\w+)"', path.read_text("utf-8"))
    }
    assert len(kinds) > 30
    wanted |= {f"kind.{kind}" for kind in kinds}
    flags = set(re.findall(r'Flag\("([a-z-]+)"', (SOURCES / "picture" / "keys.py").read_text("utf-8")))
    assert {"disowned", "revoked-key"} <= flags
    wanted |= {f"flag.{slug}" for slug in (*flags, PLACED_LATE, "one-person", "bad-key-event")}
    assert wanted - {*ENGLISH} == set()


def test_every_reason_without_effect_has_its_text() -> None:
    """A reason for which an entry has no effect, where it is a plain sentence, is worded by the console."""
    reasons: set[str] = set()
    for path in (SOURCES / "picture").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            value = node.value if isinstance(node, ast.Return) else None
            if isinstance(value, ast.Tuple) and value.elts:
                value = value.elts[0]
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and " " in value.value:
                reasons.add(value.value)
    assert len(reasons) > 25
    assert {f"effect.{reason}" for reason in reasons} - {*ENGLISH} == set()


def test_every_reason_to_keep_what_was_ordered_erased_has_its_text() -> None:
    """Each sentence by which a node says why it keeps a body is worded, whatever member, time or kind it names."""
    tree = ast.parse((SOURCES / "channel" / "acts" / "erasing.py").read_text("utf-8"))
    held_here = {"the body is not held here"}
    reasons = {
        "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in getattr(text, "values", [text]))
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "ErasureNotAgreed"
        for text in call.args
    }
    assert len(reasons) > 5 and held_here < reasons, "of what is not held nothing is kept"
    assert {f"kept.{reason}" for reason in reasons - held_here} - {*ENGLISH} == set()


def test_the_beginnings_of_faults_are_those_of_the_transport() -> None:
    """The console knows a fault of a line by how it begins: each such beginning is still what the node says."""
    worded = (ROOT / "console" / "src" / "lib" / "worded.ts").read_text("utf-8")
    node = (
        "".join(
            path.read_text("utf-8")
            for path in (SOURCES / "gateways" / "peer" / "calling.py", SOURCES / "gateways" / "peer" / "lines.py")
        )
        + SILENT
    )
    begun = re.findall(r"^  \[/\^(?:\\S\+ )?([a-z ]+?)(?: \\S\+|:|/)", worded, re.MULTILINE)
    assert {"cannot be reached", "refused", "no address of"} <= {*begun}
    assert [words for words in begun if words not in node] == []
