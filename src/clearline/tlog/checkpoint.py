"""Checkpoints: signed size and root of a log, and what others state about them.

Source: C2SP tlog-checkpoint and tlog-cosignature. Extension lines are refused: nobody could audit them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from clearline.errors import Alarm, Conflicting, Malformed, TooLarge
from clearline.signing.cosignature import split_timed
from clearline.signing.keys import Algorithm, PublicKey, Signer, checked_name, decode_base64, encode_base64
from clearline.signing.note import (
    NOTE_MAX_BYTES,
    KeyRef,
    Note,
    NoteSignature,
    NotSigned,
    Strangers,
    cosign_text,
    encode_note,
    parse_note,
    parse_signature_lines,
    sign_text,
    verify_note,
)
from clearline.tlog.proof import BrokenProof, verify_consistency
from clearline.tlog.tree import EMPTY_ROOT, HASH_BYTES, SIZE_MAX

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,15}")
_LINES: Final = 3


class SplitView(Alarm):
    """One log has two roots at one size: its author showed different histories. Both are kept as evidence.

    Args:
        held: The checkpoint that was held.
        offered: The checkpoint that contradicts it.
        notes: The signed bytes of both, as far as they are at hand.
    """

    slug, title, status = "split-view", "Two histories of one log", 409

    def __init__(self, held: Checkpoint, offered: Checkpoint, *, notes: tuple[bytes, ...] = ()) -> None:
        self.held, self.offered, self.notes = held, offered, notes
        super().__init__(
            f"log {held.origin} has two roots at size {held.size}: {held.root.hex()} was held, "
            f"{offered.root.hex()} is offered; keep both and ask its member to answer for them",
            origin=held.origin,
            size=held.size,
            roots=[held.root.hex(), offered.root.hex()],
            notes=[note.decode() for note in notes],
        )


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Size and root of the log that `origin` names, unsigned.

    Raises:
        Malformed: The origin breaks `checked_name`, the size lies outside 0 … 2^53 - 1, the root has not 32
            bytes, or an empty log has another root than `EMPTY_ROOT`.
    """

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        checked_name(self.origin, where="checkpoint origin")
        if not 0 <= self.size < SIZE_MAX:
            raise Malformed(where="checkpoint size", found=self.size, expected=f"0 to {SIZE_MAX - 1}")
        if len(self.root) != HASH_BYTES or (self.size == 0 and self.root != EMPTY_ROOT):
            raise Malformed(
                where="checkpoint root",
                found=self.root.hex(),
                expected=f"{HASH_BYTES} bytes, and SHA-256 of nothing for an empty log",
            )

    def text(self) -> str:
        """Return the three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"


@dataclass(frozen=True, slots=True)
class Cosignature:
    """What a cosigner stated about a checkpoint: at `time_s` it held this to be the log's largest tree.

    `time_s` counts seconds since 1970-01-01T00:00:00Z and is the cosigner's claim; `line` is the signature
    line as it stands in the note, its newline included.
    """

    name: str
    key_id: bytes
    time_s: int
    line: str


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint that its log has signed, with the cosignatures that were verified, in line order.

    `note` is all that was received, lines of unknown keys included.
    """

    checkpoint: Checkpoint
    note: Note
    cosignatures: tuple[Cosignature, ...]

    def raw(self) -> bytes:
        """Return the bytes of the note."""
        return encode_note(self.note)


def parse_checkpoint_text(text: str, *, where: str) -> Checkpoint:
    """Return the checkpoint that the text of a note states; `Checkpoint.text` gives exactly this text back.

    Raises:
        Malformed: Names the first fault and what was expected there.
    """
    lines = text.split("\n")
    if len(lines) != _LINES + 1 or lines[-1]:
        raise Malformed(where=where, found=text, expected="three lines: origin, size, root")
    origin, size, root, _ = lines
    if _DECIMAL.fullmatch(size) is None or int(size) >= SIZE_MAX:
        raise Malformed(where=f"{where}, size", found=size, expected=f"0 to {SIZE_MAX - 1} in decimal, no leading zero")
    return Checkpoint(
        checked_name(origin, where=f"{where}, origin"), int(size), decode_base64(root, where=f"{where}, root")
    )


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> SignedCheckpoint:
    """Return the checkpoint signed by its log.

    Raises:
        Malformed: The signer is not named after the log, or is a cosigner.
    """
    if signer.public.name != checkpoint.origin:
        raise Malformed(where="log key", found=signer.public.name, expected=f"the log's name, {checkpoint.origin}")
    text = checkpoint.text()
    return SignedCheckpoint(checkpoint, Note(text, (sign_text(text, signer),)), ())


def parse_signed_checkpoint(
    raw: bytes,
    *,
    log_key: PublicKey,
    known: Mapping[KeyRef, PublicKey],
    where: str,
    strangers: Strangers = Strangers.IGNORED,
    max_bytes: int = NOTE_MAX_BYTES,
) -> SignedCheckpoint:
    """Return the checkpoint in `raw`, verified under the log's key; its size and root are then the log's word.

    A line in the name of the log's key or a known cosigner that does not verify refuses the whole.

    Args:
        raw: The note as received.
        log_key: The key of the log; the checkpoint's origin must be its name.
        known: The cosigners to verify, as from `known_keys`.
        where: How a message names the place of `raw`.
        strangers: Whether lines of unknown keys are passed over and kept, as C2SP has it for what arrives, or
            refused, as an audit of one's own store needs: one changed byte can turn a name into a stranger's.
        max_bytes: The largest length taken, included.

    Raises:
        Malformed: The note or its text breaks the form, or it is another log's.
        TooLarge: Too many bytes or lines.
        BadSignature: A known key's signature does not verify.
        UnknownSigner: A stranger signed, and strangers are refused.
        NotSigned: The log did not sign it.
    """
    note = parse_note(raw, where=where, max_bytes=max_bytes)
    checkpoint = parse_checkpoint_text(note.text, where=where)
    if checkpoint.origin != log_key.name or log_key.algorithm is not Algorithm.ED25519:
        raise Malformed(where=f"{where}, origin", found=checkpoint.origin, expected=f"the log {log_key.name}")
    verified = verify_note(note, {**known, log_key.ref(): log_key}, strangers=strangers, where=where)
    if all(s.signer != log_key.ref() for s in verified):
        raise NotSigned(where=where)
    return SignedCheckpoint(checkpoint, note, _cosignatures(verified, known))


def cosign(checkpoint: Checkpoint, signer: Signer, *, time_s: int) -> Cosignature:
    """Return the signer's cosignature at `time_s` (seconds since 1970, UTC).

    The caller has verified that the checkpoint extends all that it cosigned before for this log.

    Raises:
        Malformed: The signer is no cosigner, or the time cannot be written.
    """
    signature = cosign_text(checkpoint.text(), signer, time_s=time_s)
    return Cosignature(signature.name, signature.key_id, time_s, signature.line())


def parse_cosignatures(
    raw: bytes,
    checkpoint: Checkpoint,
    known: Mapping[KeyRef, PublicKey],
    *,
    where: str,
    strangers: Strangers = Strangers.IGNORED,
    max_bytes: int = NOTE_MAX_BYTES,
) -> tuple[Cosignature, ...]:
    """Return the cosignatures in `raw` (signature lines alone, as a witness answers), verified, in line order.

    `strangers` is as in `parse_signed_checkpoint`; known keys that are no cosigners are strangers here.

    Raises:
        Malformed: A line breaks the form.
        TooLarge: Too many bytes or lines.
        BadSignature: A known cosigner's line does not verify for this checkpoint.
        UnknownSigner: A stranger signed, and strangers are refused.
        NotSigned: No line comes from a known cosigner.
    """
    if len(raw) > max_bytes:
        raise TooLarge(where=where, size=len(raw), limit=max_bytes, unit="bytes")
    try:
        block = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed(where=where, found=raw, expected="signature lines in UTF-8") from None
    note = Note(checkpoint.text(), parse_signature_lines(block, where=where))
    cosigners = {ref: key for ref, key in known.items() if key.algorithm is Algorithm.COSIGNATURE_V1}
    return _cosignatures(verify_note(note, cosigners, strangers=strangers, where=where), cosigners)


def with_cosignatures(signed: SignedCheckpoint, cosignatures: Iterable[Cosignature]) -> SignedCheckpoint:
    """Return the signed checkpoint with further verified cosignatures; a newer line of one key replaces its older.

    The lines of the log and of unknown keys stay first; cosignatures follow, ordered by name and key ID.

    Raises:
        TooLarge: More lines than a note takes.
    """
    latest = {(c.name, c.key_id): c for c in signed.cosignatures}
    for c in cosignatures:
        held = latest.setdefault((c.name, c.key_id), c)
        if held.time_s < c.time_s:
            latest[c.name, c.key_id] = c
    ordered = tuple(latest[ref] for ref in sorted(latest))
    others = tuple(s for s in signed.note.signatures if s.signer not in latest)
    lines = parse_signature_lines("".join(c.line for c in ordered), where="cosignatures") if ordered else ()
    return SignedCheckpoint(signed.checkpoint, Note(signed.note.text, others + lines), ordered)


def check_extends(held: SignedCheckpoint, offered: SignedCheckpoint, proof: Sequence[bytes]) -> None:
    """Check that the offered checkpoint is the held one or a later one of the same history.

    Where the held log is empty the proof must be empty too.

    Raises:
        Conflicting: Another log, or a smaller size than is held: an older checkpoint, which proves nothing bad.
        SplitView: One size, two roots.
        BrokenProof: The proof does not link the two.
    """
    a, b = held.checkpoint, offered.checkpoint
    if a.origin != b.origin:
        raise Conflicting(f"checkpoint of {b.origin} offered for log {a.origin}", held=a.origin, offered=b.origin)
    notes = held.raw(), offered.raw()
    if a.size == b.size and a.root != b.root:
        raise SplitView(a, b, notes=notes)
    if b.size < a.size:
        raise Conflicting(
            f"checkpoint of {b.origin} at size {b.size} is older than the one held, at size {a.size}; send the newest",
            held=a.size,
            offered=b.size,
        )
    if a.size > 0:
        verify_consistency(first=a.size, second=b.size, first_root=a.root, second_root=b.root, proof=proof, notes=notes)
    elif proof:
        raise BrokenProof("consistency", proof=proof, notes=notes, first=0, second=b.size)


def _cosignatures(verified: Iterable[NoteSignature], known: Mapping[KeyRef, PublicKey]) -> tuple[Cosignature, ...]:
    found = []
    for s in verified:
        key = known.get(s.signer)
        if key is not None and key.algorithm is Algorithm.COSIGNATURE_V1:
            time_s, _ = split_timed(s.signature, where=s.name)
            found.append(Cosignature(s.name, s.key_id, time_s, s.line()))
    return tuple(found)
