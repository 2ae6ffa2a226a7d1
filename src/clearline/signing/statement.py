"""The signatures of a statement: one line a key, in one order, no stranger among them.

C2SP lets a note carry lines in any order and by anybody. A statement's bytes are its identity: here a text
and its signatures have one form, and nobody between author and reader can give them another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

from clearline.errors import Malformed, Said
from clearline.signing.keys import Algorithm, PublicKey, Signer
from clearline.signing.note import KeyRef, Note, NoteSignature, Strangers, sign_text, verify_note


def sign_statement(text: str, signers: Iterable[Signer]) -> Note:
    """Return the note of a statement: `text` with a line of each signer, ordered for `check_statement_lines`.

    Raises:
        Malformed: The text can be no note's, a key signs twice or is a cosigner's.
    """
    signatures = sorted((sign_text(text, signer) for signer in signers), key=NoteSignature.line)
    note = Note(text, tuple(signatures))
    check_statement_lines(note, where="statement")
    return note


def check_statement_lines(note: Note, *, where: str) -> None:
    """Check that the signature lines of a statement ascend by their bytes and that no key signs twice.

    A text and its signatures then have one form, and so one entry id. (A signer who wants two can still sign
    twice with different nonces; whoever only carries the statement cannot.)

    Raises:
        Malformed: Names the first line out of place, by its number from 1.
    """
    if len({s.signer for s in note.signatures}) != len(note.signatures):
        raise Malformed(where=where, found=Said("two signatures of one key"), expected="one signature a key")
    # Code points and UTF-8 bytes sort alike.
    for n, (before, after) in enumerate(pairwise(s.line() for s in note.signatures), 2):
        if after < before:
            raise Malformed(where=f"{where}, signature {n}", found=after, expected="signature lines in order of bytes")


def verify_statement(note: Note, known: Mapping[KeyRef, PublicKey], *, where: str) -> tuple[NoteSignature, ...]:
    """Return the signatures of a statement: every line verifies under a known Ed25519 key, none is missing.

    Whether these keys suffice for what the statement says is for the caller to judge. Cosigners are strangers
    here, known or not.

    Raises:
        Malformed: The lines break the rule of `check_statement_lines`.
        BadSignature: A known key's signature does not verify.
        UnknownSigner: A line comes from any other key.
    """
    check_statement_lines(note, where=where)
    officers = {ref: key for ref, key in known.items() if key.algorithm is Algorithm.ED25519}
    return verify_note(note, officers, strangers=Strangers.REFUSED, where=where)
