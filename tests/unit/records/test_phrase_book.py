"""The phrase book: what is shipped is whole, unambiguous and the same in six languages; codes survive bad lines."""

from __future__ import annotations

import copy
import json
import re
import unicodedata
from importlib.resources import files
from typing import Any

import pytest

from clearline.errors import Malformed, TooLarge
from clearline.records.phrases import slots as slot_values
from clearline.records.phrases.book import (
    ALPHABETS,
    BOOK_BYTES_MAX,
    GROUPS,
    TEXT_MAX,
    SlotsDiffer,
    UnknownPhrase,
    parse_book,
)
from clearline.records.phrases.damm import check_digit, checks
from clearline.records.phrases.render import bare, render
from clearline.records.phrases.slots import (
    CountSlot,
    HeightSlot,
    PlaceSlot,
    ReferenceSlot,
    Slot,
    SlotType,
    TimeSlot,
    shown,
)
from clearline.records.phrases.spoken import BookName, SpokenPhrase, code, shown_code, typed_code
from clearline.store.phrase_book import NEWEST, shipped
from clearline.volumes.altitude import parse_altitude
from clearline.volumes.instant import parse_instant

RAW = files("clearline.records.phrases").joinpath(NEWEST).read_bytes()
BOOK = shipped()
LANGUAGES = ("ar", "az", "en", "he", "ru", "tr")
VALUES: dict[SlotType, Slot] = {
    SlotType.TIME: TimeSlot(parse_instant("2026-11-22T12:00:00Z", where="x")),
    SlotType.PLACE: PlaceSlot((383_210_000, 345_560_000)),
    SlotType.HEIGHT: HeightSlot(parse_altitude("3000 ft AMSL", where="x")),
    SlotType.REFERENCE: ReferenceSlot("TR-0012"),
    SlotType.COUNT: CountSlot(12),
}


def filled(of: str) -> SpokenPhrase:
    return BOOK.spoken(of, {name: VALUES[kind] for name, kind in BOOK.phrases[of].slots.items()}, where="x")


# What is shipped


def test_there_are_ten_groups_of_twelve_phrases_in_six_languages() -> None:
    """120 phrases, 12 of each of the ten groups, the number after the group's digit running from 01."""
    assert BOOK.languages == LANGUAGES
    assert len(BOOK.groups) == GROUPS == 10
    assert [of[:3] for of in BOOK.phrases] == [f"{g}{n:02d}" for g in range(10) for n in range(1, 13)]
    names = [BOOK.groups[str(g)]["en"] for g in range(10)]
    assert names == [
        "identify", "hold", "cease", "position", "intentions", "emergency", "movement", "line", "time",
        "assent and refusal",
    ]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_phrase_with_the_same_slots(language: str) -> None:
    """Nobody gets a phrase with a slot more, less or doubled; every text is short, NFC, and of its own letters."""
    marks = set(" .,:?-؟،{}")
    for phrase in BOOK.phrases.values():
        text = phrase.texts[language]
        assert sorted(re.findall(r"\{([a-z]+)\}", text)) == sorted(phrase.slots), phrase.code
        assert len(text) <= TEXT_MAX and unicodedata.is_normalized("NFC", text)
        bare_text = re.sub(r"\{[a-z]+\}", "", text).replace("UTC", "")
        assert set(bare_text) <= set(ALPHABETS[language]) | marks, phrase.code
        assert not any(unicodedata.category(c) in ("Cf", "Cc", "Co", "Cn") for c in text), "a mark that is not seen"
        assert text[-1] in ".?؟", phrase.code


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_phrases_of_a_language_read_alike(language: str) -> None:
    """Whoever reads the text knows the code: no text stands twice."""
    texts = [phrase.texts[language] for phrase in BOOK.phrases.values()]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_slots_stand_behind_a_colon_so_that_no_suffix_can_hang_on_them(language: str) -> None:
    """A slot follows a label and its colon and is followed by the full stop: "Yer: {place}.", in every language."""
    for phrase in BOOK.phrases.values():
        text = phrase.texts[language]
        for match in re.finditer(r"\{[a-z]+\}", text):
            assert text[: match.start()].endswith(": ") and text[match.end() :].startswith("."), phrase.code


def test_nothing_reads_as_permission_or_as_consent_by_silence() -> None:
    """No phrase permits; those that agree or do not object say that it is no permission."""
    for phrase in BOOK.phrases.values():
        text = phrase.texts["en"].lower()
        assert not re.search(r"\b(clear(ed)?|may proceed|permitted|approved|authori[sz]ed|go ahead|allowed)\b", text)
        assert re.search(r"\b(may|permission)\b", text) is None or "not permission" in text or "may fall" in text
        if re.search(r"\b(accept|no objection|yes)\b", text) and "not accept" not in text:
            assert "this is not permission" in text, phrase.code
    silent = [p for p in BOOK.phrases.values() if "silence" in p.texts["en"].lower()]
    assert silent and all("Silence is not consent." in p.texts["en"] for p in silent)
    sentences = {
        "tr": "izin değildir",
        "he": "אין זה היתר",
        "ar": "هذا ليس إذنًا",
        "ru": "не разрешение",
        "az": "icazə deyil",
    }
    for phrase in BOOK.phrases.values():
        for language, sentence in sentences.items():
            said = "not permission" in phrase.texts["en"]
            assert (sentence in phrase.texts[language]) == said, (phrase.code, language)


def test_nobody_has_signed_for_a_wording_yet() -> None:
    """Every wording is shown as unchecked until a linguist signs."""
    assert all(not phrase.checked for phrase in BOOK.phrases.values())
    assert {render(filled(of), BOOK, written_with=BOOK.name, language="he").state for of in BOOK.phrases} == {
        "unchecked"
    }


def test_the_hash_is_of_what_is_said_and_not_of_the_white_space() -> None:
    """Another layout of the file is the same book; another letter is another one."""
    value = json.loads(RAW)
    assert parse_book(json.dumps(value).encode(), where="x").name == BOOK.name
    value["phrases"][0]["texts"]["tr"] = "Kendinizi tanıtınız."
    assert parse_book(json.dumps(value).encode(), where="x").name.hash != BOOK.name.hash


# Codes


def test_no_single_slip_makes_another_code() -> None:
    """One wrong digit or two neighbours swapped never give a code that checks."""
    for number in range(1000):
        right = f"{number:03d}{check_digit(f'{number:03d}')}"
        assert checks(right)
        for spot in range(4):
            assert not any(checks(right[:spot] + d + right[spot + 1 :]) for d in "0123456789" if d != right[spot])
        for spot in range(3):
            swapped = right[:spot] + right[spot + 1] + right[spot] + right[spot + 2 :]
            assert swapped == right or not checks(swapped)


def test_codes_are_written_with_a_hyphen_and_typed_as_one_likes() -> None:
    assert check_digit("572") == "4"
    assert shown_code("0013") == "001-3"
    for typed in ("0013", "001-3", "00 13", "0-0-1-3"):
        assert typed_code(typed, where="x") == "0013"
    for wrong in ("0014", "0103", "001", "00133", "", "O013", "٠٠١٣", None, 13):
        with pytest.raises(Malformed):
            code(wrong, where="x")
    with pytest.raises(ValueError, match="digits"):
        check_digit("12x")


# Slots and rendering


@pytest.mark.parametrize("of", sorted(BOOK.phrases))
def test_every_phrase_is_rendered_in_every_language(of: str) -> None:
    """All slots appear, no brace is left, and in right-to-left text each value is an island of its own direction."""
    for language in LANGUAGES:
        found = render(filled(of), BOOK, written_with=BOOK.name, language=language)
        assert found.why == "" and "{" not in found.text
        for _, value in found.slots:
            assert value in found.text
        islands = re.findall("\u2066([^\u2066\u2069]*)\u2069", found.text)
        if language in ("ar", "he"):
            assert found.direction == "rtl"
            assert sorted(islands) == sorted(value for _, value in found.slots)
        else:
            assert found.direction == "ltr" and islands == []


def test_values_are_shown_alike_for_everybody() -> None:
    """Places with hemisphere letters and three digits at least, times in Zulu, heights with unit and datum."""
    assert shown(PlaceSlot((383_210_000, 345_560_000))) == "34.556N 038.321E"
    assert shown(PlaceSlot((-1, -900_000_000))) == "90.000S 000.0000001W"
    assert shown(VALUES[SlotType.TIME]) == "2026-11-22T12:00:00Z"
    assert shown(VALUES[SlotType.HEIGHT]) == "3000 ft AMSL"
    assert shown(CountSlot(0)) == "0"


def test_a_reference_in_another_script_is_an_island_everywhere() -> None:
    """A reference may be in Arabic letters; it does not turn the text around it."""
    spoken = BOOK.spoken("0084", {"reference": ReferenceSlot("منطقة 1")}, where="x")
    assert "\u2066منطقة 1\u2069" in render(spoken, BOOK, written_with=None, language="tr").text


def test_slots_must_be_exactly_those_of_the_phrase() -> None:
    """A slot that is missing, too many or of another type is refused with what the phrase leaves open."""
    for given in ({}, {"place": VALUES[SlotType.PLACE]}, {"reference": CountSlot(3)}):
        with pytest.raises(SlotsDiffer, match=r"for 008-4 exactly: reference \(reference\)"):
            BOOK.spoken("0084", given, where="x")
    with pytest.raises(UnknownPhrase, match="has no phrase 013-"):
        BOOK.spoken("013" + check_digit("013"), {}, where="x")


def test_another_catalogue_shows_code_and_slots_and_says_so() -> None:
    """Words are shown only where they are known to be those that the writer meant."""
    other = BookName(7, "ab" * 32)
    found = render(filled("0084"), BOOK, written_with=other, language="he")
    assert found.text == "" and "version 7 (abababababab)" in found.why
    assert bare(found) == "008-4 reference TR-0012"
    assert "no wording in fr" in render(filled("0084"), BOOK, written_with=BOOK.name, language="fr").why
    unknown = SpokenPhrase("013" + check_digit("013"))
    assert "has no phrase" in render(unknown, BOOK, written_with=BOOK.name, language="he").why
    assert "slots are not" in render(SpokenPhrase("0084"), BOOK, written_with=BOOK.name, language="he").why


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"time": -1},
        {"time": 2**53 - 1},
        {"place": [1]},
        {"place": [1.5, 2]},
        {"place": [1_800_000_000, 0]},
        {"place": [0, 900_000_001]},
        {"height": {"cm": 5, "datum": "SFC", "unit": ""}},
        {"reference": " x"},
        {"count": 100_000},
        {"count": True},
        {"bearing": 1},
        {"count": 1, "time": 1},
        [],
    ],
)
def test_a_slot_that_is_none_is_refused(wrong: Any) -> None:
    with pytest.raises(Malformed):
        slot_values.from_members(wrong, where="slot")


# Catalogues that are refused


def changed(path: list[Any], new: Any) -> bytes:
    value = copy.deepcopy(json.loads(RAW))
    inner = value
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = new
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("path", "new", "where"),
    [
        (["form"], "clearline/phrase-book/v2", "/form"),
        (["version"], 0, "/version"),
        (["languages"], ["en", "ar"], "/languages"),
        (["languages"], ["ar", "az", "en", "fr"], "/languages"),
        (["groups"], {"0": {}}, "/groups"),
        (["groups", "3", "tr"], "", "/groups/3/tr"),
        (["phrases", 0, "code"], "0014", "/phrases/0/code"),
        (["phrases", 1, "code"], "0013", "/phrases/1"),
        (["phrases", 0, "slots"], {"place": "place"}, "/phrases/0/texts/ar"),
        (["phrases", 1, "slots"], {"callsign": "colour"}, "/slots/callsign"),
        (["phrases", 0, "slots"], {"Place": "place"}, "/phrases/0/slots"),
        (["phrases", 0, "texts", "tr"], "Kendinizi tanıtın. {place}", "/texts/tr"),
        (["phrases", 0, "texts", "tr"], "Kеndinizi tanıtın.", "/texts/tr"),
        (["phrases", 0, "texts", "he"], "\u200fנא להזדהות.", "/texts/he"),
        (["phrases", 0, "texts", "en"], "x" * 161, "/texts/en"),
        (["phrases", 0, "texts", "en"], "Identify 5.", "/texts/en"),
        (["phrases", 0, "checked"], {"fr": {"by": "x", "on": "2026-01-01"}}, "/checked"),
        (["phrases", 0, "checked"], {"tr": {"by": "x", "on": "1 May"}}, "/checked/tr/on"),
        (["more"], 1, "/more"),
    ],
)
def test_a_catalogue_with_a_fault_is_refused_by_its_place(path: list[Any], new: Any, where: str) -> None:
    """A look-alike letter, a direction mark, a slot too many, a language too few: none of it gets in."""
    with pytest.raises(Malformed) as caught:
        parse_book(changed(path, new), where="book")
    assert where in caught.value.where


def test_a_signed_wording_says_who_signed() -> None:
    """Once a linguist has signed, the state names who and when; the book is then another version to agree on."""
    book = parse_book(changed(["phrases", 0, "checked"], {"tr": {"by": "A. Çevirmen", "on": "2027-01-31"}}), where="x")
    found = render(SpokenPhrase("0013"), book, written_with=book.name, language="tr")
    assert found.state == "checked by A. Çevirmen on 2027-01-31"
    assert not book.knows(BOOK.name)


def test_bytes_that_are_no_catalogue() -> None:
    for raw in (b"", b"[]", b"{", b'{"form":1,"form":1}', b"\xff", b"[" * 50_000):
        with pytest.raises(Malformed):
            parse_book(raw, where="x")
    with pytest.raises(TooLarge):
        parse_book(b" " * (BOOK_BYTES_MAX + 1), where="x")
