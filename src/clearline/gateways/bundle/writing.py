"""Writing a bundle: the record of a source, line by line, in the one order that readers take."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

from clearline.channel.ports import PutCosignature
from clearline.channel.proof.proof_source import Source
from clearline.errors import Malformed, NotFound, Refused
from clearline.records import canonical
from clearline.signing.cosignature import TIME_BYTES, split_timed
from clearline.signing.keys import SIGNATURE_BYTES
from clearline.signing.note import Note, NoteSignature, encode_note, parse_note, parse_signature_lines
from clearline.volumes.instant import Instant

FIRST = "bundle/v1"
"""What the first line says: the format and its version."""


def write_bundle(source: Source, genesis: bytes, out: BinaryIO, *, made: Instant, logs: Sequence[str] = ()) -> int:
    """Write the record of `source` to `out` and return the number of lines before the last.

    Nothing is verified: a bundle of a broken record is written as far as the format can say it.

    Args:
        source: The record.
        genesis: The genesis note.
        out: Where the bytes go.
        made: What the bundle says of when it was made: a claim.
        logs: The logs to take (`<member>/<log>`); none given means all.

    Raises:
        NotFound: A log is named that the record does not hold.
        Refused: The source cannot be read, or something in it cannot stand in a bundle.
    """
    held = source.logs()
    for log in logs:
        if log not in held:
            raise NotFound(f"{log}: the record holds no such log; it holds " + (", ".join(held) or "none"))
    digest, count = hashlib.sha256(), 0
    for value in _values(source, genesis, made, sorted(set(logs)) or held):
        line = canonical.encode(value) + b"\n"
        digest.update(line)
        out.write(line)
        count += 1
    out.write(canonical.encode({"end": digest.hexdigest(), "lines": count}) + b"\n")
    return count


def _values(source: Source, genesis: bytes, made: Instant, logs: Iterable[str]) -> Iterator[dict[str, Any]]:
    yield {"clearline": FIRST, "made": made, "member": source.member}
    yield {"genesis": _text(genesis, "genesis")}
    for log in logs:
        newest = max((size for size, _ in source.checkpoints(log)), default=None)
        if newest is None:
            raise Refused(f"{log}: no checkpoint is held; run clearline verify on the folder")
        # Two passes over the checkpoints keep all but one of them out of memory.
        for size, note in _signed(source, log):
            if size == newest:
                yield {"checkpoint": note, "log": log}
        yield from _entries(source, log)
        for size, note in _signed(source, log):
            if size != newest:
                yield {"checkpoint": note, "log": log}


def _entries(source: Source, log: str) -> Iterator[dict[str, Any]]:
    following = source.bodies(log)
    body = next(following, None)
    for entry in source.entries(log):
        where = f"{log} entry {entry.index}"
        yield {"entry": _text(entry.note, where), "index": entry.index, "log": log}
        while body is not None and body.index <= entry.index:
            if body.index < entry.index:
                break
            yield {
                "body": _text(body.body, f"{where}, body {body.slot}"),
                "index": body.index,
                "log": log,
                "salt": b64encode(body.salt).decode(),
                "slot": body.slot,
            }
            body = next(following, None)
    if body is not None:
        raise Refused(f"{log}: body {body.slot} of entry {body.index} has no entry; run clearline verify on the folder")


def _signed(source: Source, log: str) -> Iterator[tuple[int, str]]:
    """Yield size and note of each checkpoint, with the cosignatures that are kept beside it."""
    lines = source.cosignatures(log)
    line = next(lines, None)
    for size, raw in source.checkpoints(log):
        beside: list[PutCosignature] = []
        while line is not None and line.size == size:
            beside.append(line)
            line = next(lines, None)
        yield size, _merged(raw, beside, where=f"{log} checkpoint of size {size}")
    if line is not None:
        raise Refused(f"{log}: a cosignature at size {line.size} has no checkpoint; run clearline verify on the folder")


def _merged(raw: bytes, beside: Sequence[PutCosignature], *, where: str) -> str:
    """Return the note with the log's own lines first, then the earliest line of each cosigner, sorted."""
    note = parse_note(raw, where=where)
    own: list[NoteSignature] = []
    earliest: dict[tuple[str, bytes], tuple[int, NoteSignature]] = {}
    for s in [*note.signatures, *(s for p in beside for s in parse_signature_lines(p.line, where=where))]:
        if len(s.signature) != TIME_BYTES + SIGNATURE_BYTES:
            own.append(s)
            continue
        time_s, _ = split_timed(s.signature, where=where)
        if s.signer not in earliest or time_s < earliest[s.signer][0]:
            earliest[s.signer] = time_s, s
    lines = tuple(own) + tuple(s for _, (_, s) in sorted(earliest.items()))
    return encode_note(Note(note.text, lines)).decode()


def _text(raw: bytes, where: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed(where=where, found=raw, expected="UTF-8") from None
