"""Signed notes: a text and the lines that sign it.

Parsing proves nothing: a text counts only after `verify_note`. Source: C2SP signed-note.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from clearline.errors import Malformed, Refused, Said, TooLarge
from clearline.signing.cosignature import HEADER, cosigned_message, join_timed, split_timed
from clearline.signing.keys import (
    KEY_ID_BYTES,
    Algorithm,
    PublicKey,
    Signer,
    checked_name,
    decode_base64,
    encode_base64,
)

SIGNATURES_MAX: Final = 100
"""Signature lines of one note, as in golang.org/x/mod/sumdb/note: what passes here passes there."""

NOTE_MAX_BYTES: Final = 65_535
"""Bytes of one note: what the 16-bit length of an entry bundle can say. Source: C2SP tlog-tiles."""

KeyRef = tuple[str, bytes]
"""(key name, 4-byte key ID): what identifies a key in a note."""

_FORBIDDEN = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")
_LINE_START = "\u2014 "


class BadSignature(Refused):
    """A signature in the name of a known key does not verify: the text or the signature was changed."""

    slug, title, status = "bad-signature", "Signature does not verify", 422

    def __init__(self, *, where: str, signer: KeyRef) -> None:
        name, key_id = signer
        super().__init__(
            f"{where}: the signature of {name} (key {key_id.hex()}) does not verify; ask its sender for the original",
            where=where,
            signer=name,
            key_id=key_id.hex(),
        )


class UnknownSigner(Refused):
    """A signature comes from a key that may not sign here, or that is not known."""

    slug, title, status = "unknown-signer", "Unknown signer", 422

    def __init__(self, *, where: str, signer: KeyRef) -> None:
        name, key_id = signer
        super().__init__(
            f"{where}: {name} (key {key_id.hex()}) is not among the keys that may sign this",
            where=where,
            signer=name,
            key_id=key_id.hex(),
        )


class NotSigned(Refused):
    """No signature comes from a known key."""

    slug, title, status = "not-signed", "No known signature", 422

    def __init__(self, *, where: str) -> None:
        super().__init__(f"{where}: none of its signatures comes from a key that is known here", where=where)


class Strangers(Enum):
    """What becomes of lines by unknown keys: C2SP has them ignored; statements and audits refuse them."""

    REFUSED = "refused"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: key name, 4-byte key ID, and the signature's bytes (64, or 72 of a cosignature).

    Raises:
        Malformed: A part does not have its form.
    """

    name: str
    key_id: bytes
    signature: bytes

    def __post_init__(self) -> None:
        checked_name(self.name, where="signature name")
        if len(self.key_id) != KEY_ID_BYTES or not self.signature:
            raise Malformed(
                where=f"signature of {self.name}",
                found=(self.key_id + self.signature).hex(),
                expected=f"{KEY_ID_BYTES} bytes of key ID and at least one byte of signature",
            )

    @property
    def signer(self) -> KeyRef:
        """The key that the line names."""
        return self.name, self.key_id

    def line(self) -> str:
        """Return the line as it stands in a note, its newline included."""
        return f"{_LINE_START}{self.name} {encode_base64(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends with a newline, and its signatures in their order.

    Raises:
        Malformed: The text does not end with a newline or holds a control character; no signature.
        TooLarge: More than `SIGNATURES_MAX` signatures.
    """

    text: str
    signatures: tuple[NoteSignature, ...]

    def __post_init__(self) -> None:
        _check_text(self.text, where="note text")
        if not self.signatures:
            raise Malformed(where="note", found=Said("no signature"), expected="at least one signature line")
        _check_count(len(self.signatures), where="note")


def parse_note(raw: bytes, *, where: str, max_bytes: int = NOTE_MAX_BYTES) -> Note:
    """Parse the bytes of a note; `encode_note` gives exactly these bytes back.

    Any bytes give a note or a `Refused`. Nothing is verified yet.

    Args:
        raw: The bytes as received.
        where: How a message names their place.
        max_bytes: The largest length taken, included.

    Raises:
        Malformed: Names the first fault and what was expected there.
        TooLarge: Longer than `max_bytes`, or more than `SIGNATURES_MAX` signatures.
    """
    if len(raw) > max_bytes:
        raise TooLarge(where=where, size=len(raw), limit=max_bytes, unit="bytes")
    try:
        whole = raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise Malformed(
            where=f"{where}, byte {fault.start}", found=raw[fault.start : fault.end], expected="UTF-8"
        ) from None
    _check_text(whole, where=where)
    split = whole.rfind("\n\n")
    if split < 0 or split + 2 == len(whole):
        raise Malformed(where=where, found=whole[-40:], expected="a text, a blank line, then signature lines")
    text, block = whole[: split + 1], whole[split + 2 :]
    return Note(text, parse_signature_lines(block, where=where))


def parse_signature_lines(block: str, *, where: str) -> tuple[NoteSignature, ...]:
    """Parse one or more signature lines, each with its newline.

    Raises:
        Malformed: Names the first line that is none, by its number from 1.
        TooLarge: More than `SIGNATURES_MAX` lines.
    """
    if not block.endswith("\n"):
        raise Malformed(where=where, found=block[-40:], expected="signature lines that each end with a newline")
    _check_count(block.count("\n"), where=where)
    # str.splitlines would also split at U+0085 and U+2028, which a line may not smuggle past this.
    lines = block[:-1].split("\n")
    return tuple(_parse_line(line, where=f"{where}, signature {n}") for n, line in enumerate(lines, 1))


def stored_signers(raw: bytes, *, where: str) -> tuple[KeyRef, ...]:
    """Return the keys that the lines of a note name, in their order; the note was verified when it came in.

    Raises:
        Malformed: These are no signature lines: the store is damaged.
    """
    block = raw[raw.rfind(b"\n\n") + 2 :]
    try:
        parts = [line.split(b" ") for line in block[:-1].split(b"\n")]
        return tuple((name.decode(), binascii.a2b_base64(value)[:KEY_ID_BYTES]) for _, name, value in parts)
    except ValueError:
        raise Malformed(where=where, found=block[:40], expected="signature lines as they were stored") from None


def encode_note(note: Note) -> bytes:
    """Return the bytes of `note`."""
    return (note.text + "\n" + "".join(s.line() for s in note.signatures)).encode()


def sign_text(text: str, signer: Signer) -> NoteSignature:
    """Return the Ed25519 signature of `signer` over the text of a note.

    Raises:
        Malformed: The text can be no note's or begins as a cosigned message does; the key is a cosigner's.
    """
    _check_text(text, where="note text")
    if text.startswith(HEADER):
        raise Malformed(where="note text", found=HEADER, expected="another first line: this one is for cosignatures")
    key = signer.public
    if key.algorithm is not Algorithm.ED25519:
        raise Malformed(where=f"key {key.name}", found=key.algorithm.name, expected=Algorithm.ED25519.name)
    return NoteSignature(*key.ref(), signer.sign(text.encode()))


def cosign_text(text: str, signer: Signer, *, time_s: int) -> NoteSignature:
    """Return the cosignature of `signer` over checkpoint text at `time_s` (seconds since 1970, UTC).

    Raises:
        Malformed: The time cannot be written, or the key is not a cosigner's.
    """
    _check_text(text, where="checkpoint text")
    key = signer.public
    if key.algorithm is not Algorithm.COSIGNATURE_V1:
        raise Malformed(where=f"key {key.name}", found=key.algorithm.name, expected=Algorithm.COSIGNATURE_V1.name)
    return NoteSignature(*key.ref(), join_timed(time_s, signer.sign(cosigned_message(text, time_s))))


def verify_note(
    note: Note, known: Mapping[KeyRef, PublicKey], *, strangers: Strangers, where: str
) -> tuple[NoteSignature, ...]:
    """Return the signatures of `note` that verify under a known key, in line order, never none.

    Lines of unknown keys refuse the note or are passed over, as `strangers` says. Either way a line in the
    name of a known key that does not verify refuses the whole note.

    Raises:
        BadSignature: A known key's signature does not verify.
        UnknownSigner: A stranger signed, and strangers are refused.
        NotSigned: No line comes from a known key.
    """
    verified = []
    message = note.text.encode()
    for signature in note.signatures:
        key = known.get(signature.signer)
        if key is None:
            if strangers is Strangers.REFUSED:
                raise UnknownSigner(where=where, signer=signature.signer)
            continue
        if key.ref() != signature.signer or not _verifies(key, signature, note.text, message):
            raise BadSignature(where=where, signer=signature.signer)
        verified.append(signature)
    if not verified:
        raise NotSigned(where=where)
    return tuple(verified)


def known_keys(keys: Iterable[PublicKey]) -> dict[KeyRef, PublicKey]:
    """Return the keys by (name, key ID), as `verify_note` takes them.

    Raises:
        Malformed: Two different keys share name and key ID, so that a line would not tell them apart.
    """
    known: dict[KeyRef, PublicKey] = {}
    for key in keys:
        if known.setdefault(key.ref(), key) != key:
            raise Malformed(where="known keys", found=key.vkey(), expected="keys that differ in name or key ID")
    return known


def _verifies(key: PublicKey, signature: NoteSignature, text: str, message: bytes) -> bool:
    if key.algorithm is Algorithm.ED25519:
        return key.verifies(signature.signature, message)
    try:
        time_s, bare = split_timed(signature.signature, where=signature.name)
    except Malformed:
        return False
    return key.verifies(bare, cosigned_message(text, time_s))


def _parse_line(line: str, *, where: str) -> NoteSignature:
    parts = line.removeprefix(_LINE_START).split(" ")
    if not line.startswith(_LINE_START) or len(parts) != 2:
        raise Malformed(where=where, found=line, expected="em dash, space, key name, space, base64")
    name = checked_name(parts[0], where=where)
    value = decode_base64(parts[1], where=where)
    if len(value) <= KEY_ID_BYTES:
        raise Malformed(where=where, found=parts[1], expected=f"{KEY_ID_BYTES} bytes of key ID and a signature")
    return NoteSignature(name, value[:KEY_ID_BYTES], value[KEY_ID_BYTES:])


def _check_text(text: str, *, where: str) -> None:
    fault = _FORBIDDEN.search(text)
    if fault is not None:
        raise Malformed(
            where=f"{where}, character {fault.start()}",
            found=fault.group(),
            expected="no control character but newline",
        )
    if not text.endswith("\n"):
        raise Malformed(where=where, found=text[-40:], expected="a text that ends with a newline")


def _check_count(count: int, *, where: str) -> None:
    if count > SIGNATURES_MAX:
        raise TooLarge(where=where, size=count, limit=SIGNATURES_MAX, unit="signatures")
