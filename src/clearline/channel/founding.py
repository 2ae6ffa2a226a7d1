"""Founding a channel: a genesis from the members' cards, signed by every root."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from clearline.channel.roster import Roster, roster_from_genesis
from clearline.records import genesis as genesis_records
from clearline.records.genesis import Genesis, GenesisMember
from clearline.signing.keys import Signer
from clearline.signing.note import Note, encode_note
from clearline.signing.statement import sign_statement
from clearline.volumes.instant import Instant


def genesis_text(*, channel: str, drill: bool, cards: Sequence[GenesisMember], created: Instant, nonce: bytes) -> str:
    """Return the text that every root signs; it is read back, so that what is signed is also valid.

    Raises:
        Malformed: Fewer than two members, one member or key twice, or a name that breaks the format.
    """
    members = tuple(sorted(cards, key=lambda card: card.id))
    text = genesis_records.to_text(Genesis(channel, drill, created, nonce, members))
    genesis_records.from_text(text, where="genesis")
    return text


def sign_genesis(text: str, roots: Iterable[Signer]) -> Note:
    """Return the genesis note signed by these roots, lines sorted."""
    return sign_statement(text, roots)


def found(text: str, roots: Iterable[Signer]) -> Roster:
    """Return the roster of a genesis that all roots sign at one place: demonstrations and tests.

    Raises:
        BadGenesis: A root is missing.
    """
    return roster_from_genesis(encode_note(sign_genesis(text, roots)), where="genesis")
