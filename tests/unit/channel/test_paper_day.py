"""Paper day: what was taken down beside the signed original, in any order, and never in its author's name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clearline.channel.acts import dictation
from clearline.errors import Conflicting, NotAllowed, NotFound
from clearline.records.card import MessageCard, NoticeCard, heard, lines_of, parse_card, spoken, spoken_draft
from clearline.records.message import Message, Precedence
from clearline.records.notice import Details
from clearline.records.words import MemberId
from clearline.testing.pair import FIVE, Side
from clearline.testing.theatre import circle, draft

IL, TR = MemberId("IL"), MemberId("TR")
DICTATED = ("TR", "TR-1 (dictated by IL) ")


@pytest.fixture
def side() -> Side:
    return Side(FIVE, seed="paper")


def over_the_telephone(card: NoticeCard | MessageCard) -> NoticeCard | MessageCard:
    """Say a card line by line and take it down again."""
    return parse_card(lines_of(card), where="card")


def test_what_was_taken_down_warns_until_the_original_comes(side: Side) -> None:
    """IL compares what it heard with its own; when the signed notice arrives, that takes its place."""
    side.desk("TR").file(draft("TR", "TR-1"), audience=["IL"])
    card = over_the_telephone(dictation.notice_card(side.nodes["TR"], "TR", "TR-1"))
    side.desk("IL").file(draft("IL", "IL-1"))
    done = dictation.take_down(side.desk("IL"), card)
    node = side.nodes["IL"]
    (found,) = node.watch.all()
    assert {(r.party, r.notice) for r in (found.a, found.b)} == {("IL", "IL-1"), DICTATED}
    (one,) = dictation.taken_down(node)
    assert one.original is None and ("TR", "TR-1") not in node.picture.notices
    assert done.entry.header.audience == ("IL", "TR")
    side.talk()
    (one,) = dictation.taken_down(node)
    assert one.original is not None and one.differences == ()
    (found,) = node.watch.all()
    assert {(r.party, r.notice) for r in (found.a, found.b)} == {("IL", "IL-1"), ("TR", "TR-1")}
    before = node.picture.value(), node.watch.all()
    node = side.restart("IL")
    assert (node.picture.value(), node.watch.all()) == before


def test_differences_are_shown_both_ways(side: Side) -> None:
    """What the author signed beside what was heard, part by part, at both members."""
    filed = replace(draft("TR", "TR-1"), details=(Details(callsign="KARTAL 1"),))
    side.desk("TR").file(filed, audience=["IL"])
    wrong = replace(
        spoken_draft(filed), volumes=(circle(38.4, 34.5574, upper="FL110"),), details=(Details(callsign="KARTAL 7"),)
    )
    dictation.take_down(side.desk("IL"), NoticeCard(wrong, 1, (IL,)))
    side.talk()
    for name in ("IL", "TR"):
        (one,) = dictation.taken_down(side.nodes[name])
        assert [d.what for d in one.differences] == ["place", "upper", "callsign"]
        assert (one.differences[2].filed, one.differences[2].read) == ("KARTAL 1", "KARTAL 7")


def test_a_later_revision_that_was_dictated_stands_beside_the_older_one(side: Side) -> None:
    """The signed revision 1 and the dictated revision 2 are both compared, until revision 2 is held."""
    side.desk("TR").file(draft("TR", "TR-1"), audience=["IL"])
    side.talk()
    later = NoticeCard(spoken_draft(draft("TR", "TR-1", circle(38.6, 34.6))), 2, (IL,))
    dictation.take_down(side.desk("IL"), later)
    side.desk("IL").file(draft("IL", "IL-1", circle(38.6, 34.6)))
    refs = {(r.party, r.notice) for c in side.nodes["IL"].watch.all() for r in (c.a, c.b)}
    assert DICTATED in refs
    side.desk("TR").amend(draft("TR", "TR-1", circle(38.6, 34.6)), dictated_at=side.at)
    side.talk()
    refs = {(r.party, r.notice) for c in side.nodes["IL"].watch.all() for r in (c.a, c.b)}
    assert DICTATED not in refs and ("TR", "TR-1") in refs
    assert side.nodes["IL"].picture.notices["TR", "TR-1"].current.dictated_at == side.at
    (one,) = dictation.taken_down(side.nodes["IL"])
    assert one.differences == ()


def test_what_has_no_original_stays(side: Side) -> None:
    """Nothing makes it go away: not time, not a restart, not another notice."""
    dictation.take_down(side.desk("IL"), NoticeCard(spoken_draft(draft("TR", "TR-9")), 1, (IL,)))
    side.desk("TR").file(draft("TR", "TR-1"), audience=["IL"])
    side.talk()
    side.later(400 * 86_400_000)
    (one,) = dictation.taken_down(side.restart("IL"))
    assert one.original is None and one.record.card.reference == "TR-9"


def test_nobody_takes_down_its_own_word_or_a_strangers(side: Side) -> None:
    card = NoticeCard(spoken_draft(draft("TR", "TR-1")), 1, (IL,))
    with pytest.raises(NotAllowed):
        dictation.take_down(side.desk("TR"), card)
    with pytest.raises(NotAllowed):
        dictation.take_down(side.desk("IL"), replace(card, draft=replace(card.draft, party="XX")))
    dictation.take_down(side.desk("IL"), card)
    with pytest.raises(Conflicting, match="entered before"):
        dictation.take_down(side.desk("IL"), card)
    with pytest.raises(NotFound):
        dictation.notice_card(side.nodes["IL"], "TR", "TR-1")


def test_a_reference_with_small_letters_finds_its_original(side: Side) -> None:
    """Letters lose their case on a card; the original is found all the same."""
    side.desk("TR").file(draft("TR", "Tr-1ü"), audience=["IL"])
    card = over_the_telephone(dictation.notice_card(side.nodes["TR"], "TR", "Tr-1ü"))
    assert card.reference == "TR-1Ü"
    dictation.take_down(side.desk("IL"), card)
    side.talk()
    (one,) = dictation.taken_down(side.nodes["IL"])
    assert one.original is not None and one.differences == ()


def test_a_message_without_a_number_is_found_by_that_of_its_entry(side: Side) -> None:
    """A card made of what was said before has the first digits of its entry, and the original is found by them."""
    text = Message(Precedence.PRIORITY, "en", "Hold your fire")
    said = side.desk("TR").message(text, to=["IL"])
    later = side.desk("TR").message(text, to=["IL"])
    card = dictation.message_card(side.nodes["TR"], said.entry.id)
    assert card.reference == f"M-{said.entry.id[:6].upper()}"
    dictation.take_down(side.desk("IL"), card)
    side.talk()
    (one,) = dictation.taken_down(side.nodes["IL"])
    assert one.original is not None and one.original.id == said.entry.id != later.entry.id
    assert one.differences == ()


def test_a_message_is_taken_down_and_found_by_the_number_of_its_card(side: Side) -> None:
    """A message names its card; one that names none is not taken for it."""
    said = side.desk("TR").message(Message(Precedence.PRIORITY, "tr", "Ateşi kesin"), to=["IL"])
    card = dictation.message_card(side.nodes["TR"], said.entry.id, "M-1")
    assert card.text == heard(spoken("ATEŞI KESIN")) and over_the_telephone(card) == card
    dictation.take_down(side.desk("IL"), card)
    side.talk()
    (one,) = dictation.taken_down(side.nodes["IL"])
    assert one.original is None
    after = Message(Precedence.PRIORITY, "tr", "Ateşi keser misin", card="m-1", dictated_at=side.at)
    side.desk("TR").message(after, to=["IL"])
    side.talk()
    (one,) = dictation.taken_down(side.nodes["IL"])
    assert one.original is not None and [d.what for d in one.differences] == ["text"]
    with pytest.raises(NotFound):
        dictation.message_card(side.nodes["IL"], said.entry.id, "M-1")
