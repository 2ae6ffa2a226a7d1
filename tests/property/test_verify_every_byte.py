"""Every change of one byte is found: notes, salts, bodies, checkpoints, cosignatures, columns beside them, bundles.

The record is real: two nodes, eleven entries in four logs, every checkpoint cosigned by the other side. Each change
is judged by the proving function itself, over the part of the record that it touches, so that all bytes can be tried.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from clearline.channel.proof.findings import Fault, What
from clearline.channel.proof.proving import prove
from clearline.channel.roster import Roster, roster_from_genesis
from clearline.errors import Refused
from clearline.gateways.bundle.reading import Bundle
from clearline.gateways.bundle.writing import write_bundle
from clearline.testing.day import TR, Day, short_day
from clearline.testing.kept import KeptRecord
from clearline.testing.members import START

MASKS = (0x01, 0x80)
SPOTS = 12
"""Deletions and insertions tried on each piece of bytes."""

LOGS = ("IL/main", "IL/safety", "TR/main", "TR/safety")


@pytest.fixture(scope="module")
def day() -> Day:
    return short_day()


@pytest.fixture(scope="module")
def roster(day: Day) -> Roster:
    return day.founded.roster


@pytest.fixture(scope="module")
def record(day: Day) -> KeptRecord:
    return KeptRecord.of(day.nodes[TR].store, TR)


def changes(raw: bytes) -> Iterator[bytes]:
    """Yield `raw` with each byte changed by each mask, and with bytes left out or put in at some spots."""
    for at in range(len(raw)):
        for mask in MASKS:
            yield raw[:at] + bytes((raw[at] ^ mask,)) + raw[at + 1 :]
    spots = random.Random(len(raw))
    for _ in range(SPOTS):
        at = spots.randrange(len(raw))
        yield raw[:at] + raw[at + 1 :]
        yield raw[:at] + spots.randbytes(1) + raw[at:]
    yield raw + b"\n"
    yield b""


def found(roster: Roster, record: KeptRecord) -> Fault | None:
    return prove(roster, record).fault


def test_the_record_is_proven_as_it_is(roster: Roster, record: KeptRecord, day: Day) -> None:
    """Without a change there is no fault, at either node; otherwise the rest of this file would show nothing."""
    for member, node in day.nodes.items():
        report = prove(roster, KeptRecord.of(node.store, member))
        assert report.fault is None
        assert [log.name for log in report.logs] == list(LOGS)
        assert sum(log.proven for log in report.logs) == sum(log.entries for log in report.logs) >= 11
        assert all({w.role for w in log.witnesses} == {"mirror", "delivery"} for log in report.logs)
    for log in LOGS:
        assert found(roster, record.only(log)) is None


@pytest.mark.parametrize("log", LOGS)
def test_a_changed_note_is_named_by_its_index(roster: Roster, record: KeptRecord, log: str) -> None:
    """Whatever is changed in an entry, that entry is named, and with or without the id that is kept beside it."""
    part = record.only(log)
    part.held[log].cosignatures.clear()
    part.held[log].checkpoints = part.held[log].checkpoints[-1:]
    entries = part.held[log].entries
    for at, entry in enumerate(list(entries)):
        for n, note in enumerate(changes(entry.note)):
            if note == entry.note:
                continue
            entries[at] = replace(entry, note=note, id=entry.id if n % 2 else "")
            fault = found(roster, part)
            assert fault is not None, (at, n)
            assert (fault.what, fault.log, fault.index) == (What.ENTRY, log, at), (n, fault)
        entries[at] = entry


@pytest.mark.parametrize("log", LOGS)
def test_a_changed_body_or_salt_is_named_by_its_entry(roster: Roster, record: KeptRecord, log: str) -> None:
    """A body or a salt that was changed opens nothing any more."""
    part = record.only(log)
    part.held[log].cosignatures.clear()
    part.held[log].checkpoints = part.held[log].checkpoints[-1:]
    bodies = part.held[log].bodies
    assert bodies
    for at, body in enumerate(list(bodies)):
        changed = [replace(body, salt=raw) for raw in changes(body.salt)]
        changed += [replace(body, body=raw) for raw in changes(body.body)]
        for each in changed:
            bodies[at] = each
            fault = found(roster, part)
            assert fault is not None
            assert (fault.what, fault.log, fault.index) == (What.BODY, log, body.index), fault
        bodies[at] = body


@pytest.mark.parametrize("log", LOGS)
def test_a_changed_checkpoint_is_told_from_a_changed_entry(roster: Roster, record: KeptRecord, log: str) -> None:
    """Each byte of each kept checkpoint counts, and the entries are not blamed for it."""
    part = record.only(log)
    part.held[log].cosignatures.clear()
    checkpoints = part.held[log].checkpoints
    for size, note in checkpoints:
        newest = [] if size == checkpoints[-1][0] else checkpoints[-1:]
        for changed in changes(note):
            if changed == note:
                continue
            part.held[log].checkpoints = [(size, changed), *newest]
            fault = found(roster, part)
            assert fault is not None
            assert (fault.what, fault.log, fault.index) == (What.CHECKPOINT, log, size), fault


@pytest.mark.parametrize("log", LOGS)
def test_a_changed_cosignature_is_found(roster: Roster, record: KeptRecord, log: str) -> None:
    """Each byte of each cosignature counts, and so does what is kept beside it: cosigner, time and size."""
    part = record.only(log)
    kept = list(part.held[log].cosignatures)
    checkpoints = dict(part.held[log].checkpoints)
    assert kept
    for line in kept:
        part.held[log].checkpoints = sorted(
            {(line.size, checkpoints[line.size]), (max(checkpoints), checkpoints[max(checkpoints)])}
        )
        changed = [replace(line, line=raw.decode("utf-8", "backslashreplace")) for raw in changes(line.line.encode())]
        changed += [replace(line, cosigner=line.cosigner[:-1]), replace(line, time_s=line.time_s ^ 1)]
        changed += [replace(line, size=line.size + 1), replace(line, size=line.size - 1)]
        for each in changed:
            if each == line:
                continue
            part.held[log].cosignatures = [each]
            fault = found(roster, part)
            assert fault is not None, each
            assert (fault.what, fault.log) == (What.COSIGNATURE, log), fault


def test_what_is_kept_beside_the_notes_must_agree(roster: Roster, record: KeptRecord) -> None:
    """The id of an entry and the size of a checkpoint are derived; a store that says otherwise is named."""
    for log in LOGS:
        part = record.only(log)
        for at, entry in enumerate(list(part.held[log].entries)):
            part.held[log].entries[at] = replace(entry, id=entry.id[:-1] + ("0" if entry.id[-1] != "0" else "1"))
            assert found(roster, part) == prove(roster, part).logs[0].fault
            fault = found(roster, part)
            assert fault is not None and (fault.what, fault.index) == (What.ENTRY, at)
            part.held[log].entries[at] = entry
        for at, (size, note) in enumerate(list(part.held[log].checkpoints)):
            part.held[log].checkpoints[at] = size + 1, note
            fault = found(roster, part)
            assert fault is not None and (fault.what, fault.index) == (What.CHECKPOINT, size + 1)
            part.held[log].checkpoints[at] = size, note


def test_a_changed_genesis_is_found(roster: Roster) -> None:
    """Each byte of the genesis is signed by every root, or is such a signature."""
    for changed in changes(roster.note):
        if changed != roster.note:
            with pytest.raises(Refused):
                roster_from_genesis(changed, where="genesis")


def bundle_of(record: KeptRecord, roster: Roster, *logs: str) -> bytes:
    out = io.BytesIO()
    write_bundle(record, roster.note, out, made=START, logs=logs)
    return out.getvalue()


def taken_for_whole(path: Path, raw: bytes) -> bool:
    path.write_bytes(raw)
    try:
        return Bundle(path).intact
    except Refused as fault:
        assert "line " in fault.message
        return False


def test_every_byte_of_a_bundle_counts(tmp_path: Path, roster: Roster, record: KeptRecord) -> None:
    """A bundle with one byte changed is refused, or its last line no longer fits; never is it taken for whole."""
    path = tmp_path / "bundle"
    for raw, stride in ((bundle_of(record, roster, "TR/safety"), 1), (bundle_of(record, roster), 29)):
        assert taken_for_whole(path, raw)
        for at in range(0, len(raw), stride):
            for mask in MASKS if at % 4 == 0 else MASKS[:1]:
                assert not taken_for_whole(path, raw[:at] + bytes((raw[at] ^ mask,)) + raw[at + 1 :]), (at, mask)
        spots = random.Random(1)
        for _ in range(50):
            at = spots.randrange(len(raw))
            for changed in (raw[:at] + raw[at + 1 :], raw[:at] + spots.randbytes(1) + raw[at:], raw[:at]):
                assert not taken_for_whole(path, changed), at


def test_a_changed_entry_in_a_bundle_is_named(tmp_path: Path, roster: Roster, record: KeptRecord) -> None:
    """Where the form survives, the proof names the entry, whether or not somebody mended the last line."""
    lines = bundle_of(record, roster).splitlines(keepends=True)
    path = tmp_path / "bundle"
    for at, line in enumerate(lines):
        if not line.startswith(b'{"entry"'):
            continue
        # Within the signature's base64: the line keeps its form.
        spot = line.index(b'\\n","index"') - 20
        new = b"A" if line[spot : spot + 1] != b"A" else b"B"
        path.write_bytes(b"".join([*lines[:at], line[:spot] + new + line[spot + 1 :], *lines[at + 1 :]]))
        bundle = Bundle(path)
        fault = prove(roster, bundle).fault
        assert not bundle.intact
        assert fault is not None and fault.what is What.ENTRY
        index, log = int(line.rpartition(b'"index":')[2].partition(b",")[0]), line.rpartition(b'"log":"')[2][:-3]
        assert (fault.log, fault.index) == (log.decode(), index)
