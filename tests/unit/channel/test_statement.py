"""From bytes of others to a trusted statement: every way in which it can be wrong is refused by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clearline.channel.roster import BadGenesis, roster_from_genesis
from clearline.channel.statement import (
    LEAF_BYTES_MAX,
    Statement,
    UnknownAudience,
    WrongAuthor,
    WrongChannel,
    make_statement,
    open_statement,
)
from clearline.errors import ClearlineError, Malformed, Refused, TooLarge
from clearline.picture.entry import Signatory
from clearline.records.genesis import NODE_POSITION
from clearline.records.header import Known, Slot, entry_id
from clearline.records.message import Message, Precedence
from clearline.records.words import MemberId
from clearline.signing.note import BadSignature, Note, UnknownSigner, encode_note, parse_note
from clearline.testing.members import founded_channel
from clearline.testing.pair import Forger, Side

SIDE = Side()
KEYS = SIDE.founded.keyrings[MemberId("TR")]
OTHERS = SIDE.founded.keyrings[MemberId("IL")]
HELLO = Message(Precedence.ROUTINE, "en", "hello")


def opened(note: bytes, author: str = "TR") -> Statement:
    return open_statement(note, SIDE.roster, author=author, where="entry")


def test_a_good_statement_opens() -> None:
    """Id, header and the watch positions that signed are as they were made."""
    note = Forger(SIDE, "TR").say(HELLO, signers=[KEYS.officers["2"], KEYS.officers["1"]])
    statement = opened(note)
    assert (statement.note, statement.id, statement.header.author) == (note, entry_id(note), "TR")
    assert statement.positions == ("watch 1", "watch 2") and not statement.by_node


def test_a_node_may_sign_alone() -> None:
    statement = opened(Forger(SIDE, "TR").say(HELLO, signers=[KEYS.main]))
    assert statement.positions == (NODE_POSITION,) and statement.by_node


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"channel": "0" * 64}, WrongChannel),
        ({"author": MemberId("IL")}, WrongAuthor),
        ({"slots": (Slot((MemberId("SY"), MemberId("TR")), bytes(32)),)}, UnknownAudience),
        ({"seen": (("SY/main", Known(1, bytes(32))),)}, UnknownAudience),
        ({"slots": (Slot((MemberId("IL"),), bytes(32)),)}, Malformed),
        ({"slots": ()}, Malformed),
        ({"slots": (Slot((MemberId("TR"), MemberId("IL")), bytes(32)),)}, Malformed),
        ({"expires": 5}, Malformed),
        ({"nonce": b"short"}, Malformed),
        ({"seen": (("IL/other", Known(1, bytes(32))),)}, Malformed),
        ({"seen": (("IL/main", Known(0, bytes(32))),)}, Malformed),
    ],
)
def test_a_header_that_must_not_be(changes: dict[str, object], error: type[Refused]) -> None:
    note = Forger(SIDE, "TR").say(HELLO, changes=changes)
    with pytest.raises(error) as caught:
        opened(note)
    assert type(caught.value) is error


def test_another_channel_is_told_before_its_signature_is_judged() -> None:
    """A drill's statement is named as such: that is what an officer needs to hear."""
    note = Forger(Side(seed="drill"), "TR").say(HELLO)
    with pytest.raises(WrongChannel):
        opened(note)


@pytest.mark.parametrize(
    "signers",
    [
        [OTHERS.officers["1"]],
        [KEYS.officers["1"], OTHERS.officers["1"]],
        [KEYS.main, KEYS.officers["1"]],
        [KEYS.safety],
        [OTHERS.main],
    ],
)
def test_a_signer_that_may_not(signers: list[object]) -> None:
    """Only officers of the author sign, or its node alone; nobody beside them."""
    note = Forger(SIDE, "TR").say(HELLO, signers=signers)  # type: ignore[arg-type]
    with pytest.raises(UnknownSigner):
        opened(note)


def test_lines_have_one_order_and_no_double() -> None:
    """The bytes of a statement are its identity: a carrier cannot give it a second id."""
    note = parse_note(Forger(SIDE, "TR").say(HELLO, signers=KEYS.officers.values()), where="note")
    for lines in (note.signatures[::-1], (note.signatures[0], note.signatures[0])):
        with pytest.raises(Malformed):
            opened(encode_note(Note(note.text, lines)))
    assert opened(encode_note(note))


def test_every_changed_byte_is_refused() -> None:
    """No byte of a statement can be another: text, names, key ids and signatures."""
    note = Forger(SIDE, "TR").say(HELLO)
    for at in range(len(note)):
        spoilt = bytearray(note)
        spoilt[at] ^= 1
        with pytest.raises(Refused):
            opened(bytes(spoilt))
    for spoilt_note in (b"", note[:-1], note + b"\n", b"\n" + note, note.replace(b"\n\n", b"\n"), b"\xff" + note):
        with pytest.raises(Refused):
            opened(spoilt_note)


def test_a_spoilt_signature_is_named_as_such() -> None:
    note = Forger(SIDE, "TR").say(HELLO)
    text = note.replace(b'"author":"TR"', b'"author":"TR"', 1).decode()
    spoilt = text[:-6] + ("A" if text[-6] != "A" else "B") + text[-5:]
    with pytest.raises(BadSignature):
        opened(spoilt.encode())


def test_a_note_larger_than_a_leaf_is_refused() -> None:
    with pytest.raises(TooLarge):
        opened(b"x" * (LEAF_BYTES_MAX + 1))


def test_what_is_made_is_what_opens() -> None:
    """A node never writes what others would refuse."""
    made = Forger(SIDE, "TR")
    header = made.header(b"{}", bytes(32))
    assert make_statement(header, [KEYS.officers["1"]], SIDE.roster).header == header
    wrong = replace(header, author=MemberId("IL"))
    with pytest.raises(ClearlineError):
        make_statement(wrong, [KEYS.officers["1"]], SIDE.roster)


def test_a_genesis_without_a_root_is_refused() -> None:
    """Every member's root signs; one missing, one strange or one changed is refused."""
    founded = founded_channel(seed="statement")
    note = parse_note(founded.roster.note, where="genesis")
    for index in range(len(note.signatures)):
        lines = (*note.signatures[:index], *note.signatures[index + 1 :])
        with pytest.raises(BadGenesis, match="not signed by clearline/"):
            roster_from_genesis(encode_note(Note(note.text, lines)), where="genesis")
    with pytest.raises(Refused):
        roster_from_genesis(encode_note(Note(note.text, note.signatures[::-1])), where="genesis")
    with pytest.raises(Refused):
        roster_from_genesis(founded.roster.note.replace(b'"drill":false', b'"drill":true'), where="genesis")
    again = roster_from_genesis(founded.roster.note, where="genesis")
    assert again.channel == founded.roster.channel


def test_the_roster_knows_whose_each_key_is() -> None:
    """Names hold the channel id; logs, cosigners and officers do not stand in for each other."""
    roster = SIDE.roster
    other = founded_channel(seed="another").roster
    assert roster.channel != other.channel
    assert roster.log_of(roster.origin("TR", "safety")) == ("TR", "safety")
    assert roster.log_of(other.origin("TR", "safety")) is None
    assert roster.member("US") is None and roster.officer_keys("US") == {}
    assert len(roster.officer_keys("TR")) == 2
    assert roster.signatory_of("TR", KEYS.officers["2"].public.ref()) == Signatory(
        "2", "watch 2", KEYS.officers["2"].public.raw
    )
    assert roster.signatory_of("TR", KEYS.main.public.ref()) == Signatory("", NODE_POSITION)
    assert roster.cosigner("TR", "mirror").raw == KEYS.mirror.public.raw
    assert {key.raw for key in roster.cosigners.values()}.isdisjoint({roster.log_key("TR", "main").raw})
