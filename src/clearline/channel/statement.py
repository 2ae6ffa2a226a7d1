"""Statements: from bytes of others to a trusted value, once and strictly; and from an officer's word to bytes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from clearline.channel.roster import Roster
from clearline.errors import Refused
from clearline.picture.entry import Signatory
from clearline.records import header as headers
from clearline.records.genesis import NODE_POSITION
from clearline.records.header import Header
from clearline.records.words import EntryId
from clearline.signing.keys import Signer
from clearline.signing.note import (
    encode_note,
    parse_note,
)
from clearline.signing.statement import sign_statement, verify_statement

LEAF_BYTES_MAX = 65_535
"""Bytes of a leaf: an entry bundle of C2SP tlog-tiles counts them in 16 bits."""


class WrongChannel(Refused):
    """The statement belongs to another channel, such as a drill."""

    slug, title, status = "wrong-channel", "Belongs to another channel", 422


class WrongAuthor(Refused):
    """The statement stands in a log that is not its author's."""

    slug, title, status = "wrong-author", "Not its author's log", 422


class UnknownAudience(Refused):
    """The audience names somebody who is no member of the channel."""

    slug, title, status = "unknown-audience", "Audience is no member", 422


@dataclass(frozen=True, slots=True)
class Statement:
    """A verified statement: its note, id, header and who signed it.

    `by_node` says that the node's own log key signed alone, which few kinds may (`records.rules.by_node`).
    """

    note: bytes
    id: EntryId
    header: Header
    signers: tuple[Signatory, ...]

    @property
    def positions(self) -> tuple[str, ...]:
        """Return the watch positions that signed, in the order of the signature lines."""
        return tuple(signer.position for signer in self.signers)

    @property
    def by_node(self) -> bool:
        """Report whether no officer signed."""
        return self.positions == (NODE_POSITION,)


def open_statement(note: bytes, roster: Roster, *, author: str, where: str) -> Statement:
    """Return the statement that `note` holds, every signature verified.

    Raises:
        Malformed: The bytes are no note or no canonical header.
        TooLarge: More than `LEAF_BYTES_MAX` bytes.
        WrongChannel: The header names another channel.
        WrongAuthor: The header names another author than the log's owner.
        UnknownAudience: The audience or `seen` names somebody outside the channel.
        UnknownSigner: A signer is no officer of the author.
        BadSignature: A signature does not verify.
    """
    parsed = parse_note(note, where=where, max_bytes=LEAF_BYTES_MAX)
    header = headers.from_text(parsed.text, where=where)
    if header.channel != roster.channel:
        raise WrongChannel(f"{where}: belongs to channel {header.channel[:16]}…, this is {roster.channel[:16]}…")
    if header.author != author:
        raise WrongAuthor(f"{where}: written by {header.author}, but offered for the log of {author}")
    members = roster.members
    for member in header.audience:
        if member not in members:
            raise UnknownAudience(f"{where}/audience: {member} is no member of this channel")
    for log, _ in header.seen:
        if log.partition("/")[0] not in members:
            raise UnknownAudience(f"{where}/seen: {log} is no log of this channel")
    own = roster.node_keys(author)
    keys = own if parsed.signatures[0].signer in own else roster.officer_keys(author)
    verified = verify_statement(parsed, keys, where=where)
    signers = tuple(roster.signatory_of(author, s.signer) for s in verified)
    return Statement(note, headers.entry_id(note), header, signers)


def make_statement(header: Header, signers: Iterable[Signer], roster: Roster) -> Statement:
    """Return the statement of `header`, signed by each signer.

    Raises:
        TooLarge: The note would not fit a leaf.
    """
    note = encode_note(sign_statement(headers.to_text(header), signers))
    return open_statement(note, roster, author=header.author, where="statement")
