"""The catalogue: every phrase with its slots and its wording in each language, hashed as a whole.

The hash stands in the agreement and in each message with phrases, so that two nodes know whether they hold the same
words. A translation that nobody has signed is `unchecked`, and whoever shows it says so.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from clearline.errors import Malformed, NotFound, Said, TooLarge
from clearline.records import canonical, words
from clearline.records.phrases import slots as slot_values
from clearline.records.phrases.slots import Slot, SlotType, type_of
from clearline.records.phrases.spoken import SLOTS_MAX, VERSION_MAX, BookName, SpokenPhrase, code, shown_code
from clearline.records.reading import Members, in_order

FORM = "clearline/phrase-book/v1"

BOOK_BYTES_MAX = 1 << 20
"""Bytes of a catalogue: ten times what 120 phrases in six languages need."""

GROUPS = 10
"""Groups: one for each first digit of a code."""

PHRASES_MAX = 1_000
"""Phrases: what three digits can number."""

TEXT_MAX = 160
"""Characters of one wording: two breaths on a bad line."""

ALPHABETS: Mapping[str, str] = MappingProxyType(
    {
        "ar": "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيّ" + "ًُ",
        "az": "abcçdeəfgğhxıijkqlmnoöprsştuüvyzABCÇDEƏFGĞHXIİJKQLMNOÖPRSŞTUÜVYZ",
        "en": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "he": "אבגדהוזחטיכךלמםנןסעפףצץקרשת״",
        "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ",
        "tr": "abcçdefgğhıijklmnoöprsştuüvyzABCÇDEFGĞHIİJKLMNOÖPRSŞTUÜVYZ",
    }
)
"""The letters of each language: nothing else, so that no look-alike of another script can stand among them."""

MARKS = " .,:?-"
ARABIC_MARKS = "؟،"

RIGHT_TO_LEFT = frozenset({"ar", "he"})

_SLOT = re.compile(r"\{([a-z]{1,16})\}")


class UnknownPhrase(NotFound):
    """The catalogue that is held here has no phrase of that code."""

    slug, title, status = "unknown-phrase", "No such phrase", 404


class SlotsDiffer(Malformed):
    """A phrase was given other slots than the catalogue leaves open."""

    slug, title, status = "slots-differ", "Slots do not fit the phrase", 422


@dataclass(frozen=True, slots=True)
class Check:
    """Who has signed for a wording, and on which day (`YYYY-MM-DD`)."""

    by: str
    on: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase: `slots` in the order of the English wording; `checked` holds who signed, by language."""

    code: str
    slots: Mapping[str, SlotType]
    texts: Mapping[str, str]
    checked: Mapping[str, Check]

    def fits(self, spoken: SpokenPhrase) -> bool:
        """Report whether a spoken phrase has exactly these slots with values of their types."""
        return {name: type_of(slot) for name, slot in spoken.slots} == dict(self.slots)

    def says(self, wanted: str) -> bool:
        """Report whether the code or any wording holds `wanted`, whatever its case; an empty text fits everything."""
        sought = wanted.casefold()
        held = (text.casefold() for text in self.texts.values())
        return not sought or sought.replace("-", "") in self.code or any(sought in text for text in held)


@dataclass(frozen=True, slots=True)
class Book:
    """A catalogue. `groups` maps each first digit to the group's name by language; `phrases` are sorted by code."""

    name: BookName
    languages: tuple[str, ...]
    groups: Mapping[str, Mapping[str, str]]
    phrases: Mapping[str, Phrase]

    def phrase(self, of: str) -> Phrase:
        """Return the phrase of a code.

        Raises:
            UnknownPhrase: The catalogue has none.
        """
        found = self.phrases.get(of)
        if found is None:
            raise UnknownPhrase(
                f"the phrase book, version {self.name.version}, has no phrase {shown_code(of)}", code=of
            )
        return found

    def spoken(self, of: str, filled: Mapping[str, Slot], *, where: str) -> SpokenPhrase:
        """Return a phrase with its slots filled.

        Raises:
            UnknownPhrase: The catalogue has none of that code.
            SlotsDiffer: A slot is missing, has another type, or is none of this phrase.
        """
        phrase = self.phrase(of)
        spoken = SpokenPhrase(of, tuple(sorted(filled.items(), key=lambda pair: pair[0])))
        if not phrase.fits(spoken):
            given = ", ".join(f"{name} ({type_of(slot)})" for name, slot in spoken.slots) or "no slots"
            asked = ", ".join(f"{name} ({kind})" for name, kind in phrase.slots.items()) or "no slots"
            raise SlotsDiffer(where=where, found=Said(given), expected=f"for {shown_code(of)} exactly: {asked}")
        return spoken

    def knows(self, name: BookName) -> bool:
        """Report whether `name` is this very catalogue."""
        return name.hash == self.name.hash


def parse_book(raw: bytes, *, where: str) -> Book:
    """Return the catalogue that a JSON file holds; white space in it is free, the hash is of its canonical bytes.

    Raises:
        Malformed: Names the first fault by JSON Pointer.
        TooLarge: It is larger than `BOOK_BYTES_MAX`.
    """
    value = _json(raw, where)
    members = Members(value, where=where)
    form = members.raw("form", FORM)
    if form != FORM:
        raise Malformed(where=members.place("form"), found=form, expected=FORM)
    languages = members.items("languages", least=1, most=len(ALPHABETS))
    in_order(languages, where=members.place("languages"))
    for language in languages:
        if language not in ALPHABETS:
            raise Malformed(where=members.place("languages"), found=language, expected="one of " + ", ".join(ALPHABETS))
    named = members.members("groups")
    if named.names() != [str(digit) for digit in range(GROUPS)]:
        raise Malformed(where=members.place("groups"), found=named.names(), expected="the digits 0 to 9, in order")
    groups = {digit: _texts(named.members(digit), languages, frozenset()) for digit in named.names()}
    items = members.items("phrases", least=1, most=PHRASES_MAX)
    phrases = [
        _phrase(Members(item, where=f"{members.place('phrases')}/{index}"), languages)
        for index, item in enumerate(items)
    ]
    in_order([phrase.code for phrase in phrases], where=members.place("phrases"))
    version = members.integer("version", least=1, most=VERSION_MAX)
    members.done()
    digest = hashlib.sha256(canonical.encode(value)).hexdigest()
    return Book(BookName(version, digest), tuple(languages), groups, {phrase.code: phrase for phrase in phrases})


def _json(raw: bytes, where: str) -> Any:
    """Return the value of JSON whose white space is free; a member that stands twice is refused."""
    if len(raw) > BOOK_BYTES_MAX:
        raise TooLarge(where=where, size=len(raw), limit=BOOK_BYTES_MAX, unit="bytes")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise Malformed(where=where, found=[name for name, _ in pairs], expected="each member once")
        return dict(pairs)

    try:
        return json.loads(raw.decode("utf-8"), object_pairs_hook=once)
    except (ValueError, RecursionError) as fault:
        raise Malformed(where=where, found=Said(fault), expected="JSON in UTF-8") from None


def _phrase(members: Members, languages: list[str]) -> Phrase:
    of = code(members.raw("code", "a phrase code"), where=members.place("code"))
    held = members.members("slots")
    if len(held.names()) > SLOTS_MAX:
        raise Malformed(where=members.place("slots"), found=held.names(), expected=f"at most {SLOTS_MAX} slots")
    slots = {
        slot_values.slot_name(name, where=members.place("slots")): held.choice(name, SlotType) for name in held.names()
    }
    texts = _texts(members.members("texts"), languages, frozenset(slots))
    slots = {name: slots[name] for name in _SLOT.findall(texts.get("en", texts[languages[0]]))}
    signed = members.members("checked")
    checked = {}
    for language in signed.names():
        if language not in languages:
            raise Malformed(where=members.place("checked"), found=language, expected="one of " + ", ".join(languages))
        checked[language] = _check(signed.members(language))
    members.done()
    return Phrase(of, slots, texts, checked)


def _check(members: Members) -> Check:
    day = members.raw("on", "a day")
    if not isinstance(day, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day, re.ASCII):
        raise Malformed(where=members.place("on"), found=day, expected="a day, YYYY-MM-DD")
    check = Check(members.reference("by"), day)
    members.done()
    return check


def _texts(members: Members, languages: list[str], slots: frozenset[str]) -> dict[str, str]:
    texts = {}
    for language in languages:
        where = members.place(language)
        text = words.prose(members.raw(language, f"the wording in {language}"), where=where, least=1, most=TEXT_MAX)
        found = _SLOT.findall(text)
        if len(found) != len(set(found)) or set(found) != slots:
            raise Malformed(where=where, found=text, expected="each slot once: " + (", ".join(sorted(slots)) or "none"))
        rest = _SLOT.sub("", text).replace("UTC", "")
        allowed = ALPHABETS[language] + MARKS + (ARABIC_MARKS if language == "ar" else "")
        for character in rest:
            if character not in allowed:
                raise Malformed(
                    where=where,
                    found=Said(f"U+{ord(character):04X}"),
                    expected=f"letters of {language}, {MARKS!r} and slots alone",
                )
        texts[language] = text
    members.done()
    return texts
