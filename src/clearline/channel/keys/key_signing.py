"""Making key events: the root's word about one key, signed wherever the root is kept, and carried to the node."""

from __future__ import annotations

from collections.abc import Iterable

from clearline.channel.roster import root_name
from clearline.records.key_event import KeyEvent, from_note, to_text
from clearline.signing.keys import Algorithm, Signer
from clearline.signing.note import encode_note
from clearline.signing.statement import sign_statement


def signed_event(event: KeyEvent, signers: Iterable[Signer]) -> KeyEvent:
    """Return a key event with its note: its text, signed by the root and, for a rotation, by the old key.

    Raises:
        Malformed: The event breaks its form.
    """
    note = encode_note(sign_statement(to_text(event), signers)).decode()
    return from_note(note, where="key event")


def root_of(member: str, seed: bytes) -> Signer:
    """Return a member's root as it signs key events."""
    return Signer(root_name(member), seed, Algorithm.ED25519)
