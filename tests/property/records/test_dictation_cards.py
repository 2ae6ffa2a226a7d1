"""Dictation cards: every slip of one character or two neighbours is found, and what is read back is what was said."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearline.errors import Malformed, Refused
from clearline.records.activity import Activity, Nature
from clearline.records.card import (
    CheckDoesNotFit,
    MessageCard,
    NoticeCard,
    TooLongToDictate,
    check_of_line,
    code_of,
    heard,
    lines_of,
    parse_card,
    spoken,
    spoken_draft,
    taken_line,
)
from clearline.records.check_characters import ALPHABET, check_of, fits
from clearline.records.message import Precedence
from clearline.records.notice import Details, NoticeDraft
from clearline.records.words import MemberId
from clearline.testing.theatre import circle, draft
from clearline.volumes import footprint as footprints
from clearline.volumes.altitude import Band, parse_altitude
from clearline.volumes.volume import Volume

TR, IL = MemberId("TR"), MemberId("IL")
LINES = st.text(ALPHABET, min_size=1, max_size=60)


@given(LINES, st.data())
@settings(max_examples=300, deadline=None)
def test_every_single_slip_is_found(line: str, data: st.DataObject) -> None:
    """One wrong character, wherever it stands, and every exchange of two neighbours changes the check characters."""
    check = check_of(line, where="x")
    assert fits(line, check)
    at = data.draw(st.integers(0, len(line) - 1))
    for wrong in ALPHABET:
        if wrong != line[at]:
            assert not fits(line[:at] + wrong + line[at + 1 :], check)
    for one in range(len(line) - 1):
        if line[one] != line[one + 1]:
            assert not fits(line[:one] + line[one + 1] + line[one] + line[one + 2 :], check)


@given(LINES, st.data())
@settings(max_examples=200, deadline=None)
def test_a_slip_in_the_check_characters_is_found(line: str, data: st.DataObject) -> None:
    """The two characters themselves may be misheard: one of them wrong, or both exchanged."""
    check = check_of(line, where="x")
    for wrong in ALPHABET[:36]:
        assert wrong == check[0] or not fits(line, wrong + check[1])
        assert wrong == check[1] or not fits(line, check[0] + wrong)
    assert check[0] == check[1] or not fits(line, check[::-1])


def test_the_standards_own_example() -> None:
    """ISO/IEC 7064 gives `ISO79` the check characters `3W` in MOD 1271-36."""
    assert check_of("ISO79", where="x") == "3W"


def test_two_lines_that_change_places_are_found() -> None:
    """The number of a line belongs to what its check characters check."""
    lines = lines_of(NoticeCard(draft("TR", "TR-1"), 1, (IL,)))
    said = [f"{line} {check_of_line(n, line)}" for n, line in enumerate(lines, 1)]
    assert [taken_line(n, line) for n, line in enumerate(said, 1)] == list(lines)
    said[2], said[3] = said[3], said[2]
    with pytest.raises(CheckDoesNotFit, match="line 3"):
        taken_line(3, said[2])


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co", "Cf")), max_size=120)


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_texts_come_back_as_they_were_said(text: str) -> None:
    """Whatever script it is in: what is heard, said again, is the same."""
    said = spoken(text)
    assert all(character in ALPHABET for character in said)
    assert spoken(heard(said)) == said


CORRIDOR = Volume(
    footprints.line([(179.9, 10.0), (-179.9, 10.5)], radius_m=1.5),
    Band(parse_altitude("-400 m AMSL", where="x"), parse_altitude("UNL", where="x")),
    circle().window,
)
HOLED = Volume(
    footprints.polygon(
        [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]], [[0.5, 0.5], [0.5, 1], [1, 1], [1, 0.5], [0.5, 0.5]]]
    ),
    Band(parse_altitude("500.5 ft AGL", where="x"), parse_altitude("FL095", where="x")),
    circle().window,
)


@given(
    st.sampled_from(list(Activity)),
    st.sampled_from(list(Nature)),
    st.lists(st.sampled_from([circle(), CORRIDOR, HOLED]), min_size=1, max_size=3),
    TEXTS.filter(lambda text: text.strip()),
    st.integers(1, 999_999),
)
@settings(max_examples=100, deadline=None)
def test_a_notice_comes_back_from_its_card(
    activity: Activity, nature: Nature, volumes: list[Volume], remarks: str, revision: int
) -> None:
    """Places, heights and times to the last digit; texts as spoken."""
    details = tuple(Details(remarks=remarks.strip()[:80]) if n == 0 else Details() for n in range(len(volumes)))
    filed = spoken_draft(NoticeDraft("TR", "TR-9/a", activity, nature, tuple(volumes), details))
    card = NoticeCard(filed, revision, (IL, MemberId("SY")))
    lines = lines_of(card)
    assert parse_card(lines, where="card") == card
    assert len(code_of(lines)) == 6
    assert all(len(line) <= 100 for line in lines)


@given(TEXTS.filter(lambda text: text.strip()))
@settings(max_examples=100, deadline=None)
def test_a_message_comes_back_from_its_card(text: str) -> None:
    card = MessageCard(TR, "M-1", (IL,), Precedence.FLASH, "TR", heard(spoken(text)))
    assert parse_card(lines_of(card), where="card") == card


@given(st.lists(st.text(ALPHABET, max_size=50), max_size=12))
@settings(max_examples=300, deadline=None)
def test_parsing_is_total(lines: list[str]) -> None:
    """Any lines give a card or a refusal that names the line."""
    for given_ in (lines, [*lines_of(NoticeCard(draft("TR", "T"), 1, (IL,)))[:3], *lines]):
        try:
            parse_card(given_, where="card")
        except Refused as refusal:
            assert "card" in refusal.message


def test_a_card_that_is_too_long_is_refused() -> None:
    """More than can be read aloud goes as a file."""
    many = NoticeDraft("TR", "T", Activity.AIR, Nature.OWN_PRESENCE, (circle(),) * 40, (Details(),) * 40)
    with pytest.raises(TooLongToDictate, match="99 can be dictated"):
        lines_of(NoticeCard(many, 1, (IL,)))


def test_what_cannot_be_dictated_has_no_check() -> None:
    with pytest.raises(Malformed, match="character 2"):
        check_of("Aé", where="line 1")
