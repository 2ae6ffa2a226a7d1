"""What somebody could do to a record with a pair of scissors: drop, swap, append, cut, move; and what is no fault."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from clearline.channel.ports import StoredBody
from clearline.channel.proof.findings import Fault, What
from clearline.channel.proof.proving import prove
from clearline.channel.roster import Roster
from clearline.gateways.bundle.reading import Bundle
from clearline.gateways.bundle.writing import write_bundle
from clearline.records import header as headers
from clearline.signing.keys import Signer
from clearline.signing.note import encode_note, parse_note
from clearline.signing.statement import sign_statement
from clearline.testing.day import IL, SPOILT, TR, Day, short_day
from clearline.testing.kept import KeptRecord, renumbered
from clearline.testing.members import START
from clearline.testing.theatre import circle, draft
from clearline.tlog.checkpoint import Checkpoint, sign_checkpoint
from clearline.tlog.tree import Tree, leaf_hash


@pytest.fixture(scope="module")
def day() -> Day:
    return short_day()


@pytest.fixture
def roster(day: Day) -> Roster:
    return day.founded.roster


@pytest.fixture
def record(day: Day) -> KeptRecord:
    """TR's record: IL/main has 4 entries under 5 checkpoints (one of them empty), TR/main 3."""
    return KeptRecord.of(day.nodes[TR].store, TR).copy()


def fault_of(roster: Roster, record: KeptRecord) -> Fault:
    fault = prove(roster, record).fault
    assert fault is not None
    return fault


def resigned(day: Day, record: KeptRecord, log: str) -> None:
    """Put one checkpoint of the log's own key over what stands there: what a dishonest owner would do."""
    tree = Tree(leaf_hash(e.note) for e in record.held[log].entries)
    member, _, short = log.partition("/")
    keys = day.founded.keyrings[IL if member == "IL" else TR]
    checkpoint = Checkpoint(day.founded.roster.origin(member, short), tree.size, tree.root())
    signer = keys.main if short == "main" else keys.safety
    record.held[log].checkpoints = [(tree.size, sign_checkpoint(checkpoint, signer).raw())]
    record.held[log].cosignatures = []


def written_anew(record: KeptRecord, log: str, index: int, signer: Signer, **changes: object) -> None:
    """Put a statement in the place of another: its header changed, and signed by `signer` alone."""
    entry = record.held[log].entries[index]
    header = headers.from_text(parse_note(entry.note, where="test").text, where="test")
    note = encode_note(sign_statement(headers.to_text(replace(header, **changes)), [signer]))  # type: ignore[arg-type]
    record.held[log].entries[index] = replace(entry, note=note, id=headers.entry_id(note))


# Entries


def test_a_dropped_entry_is_missing_at_its_index(roster: Roster, record: KeptRecord) -> None:
    """A gap is named where it is, and what stands before it is still proven."""
    del record.held["IL/main"].entries[2]
    report = prove(roster, record)
    assert report.fault is not None
    assert (report.fault.what, report.fault.log, report.fault.index) == (What.ENTRY, "IL/main", 2)
    assert "missing" in report.fault.why
    assert {log.name: log.proven for log in report.logs}["IL/main"] == 2


@pytest.mark.parametrize("kept_id", [True, False])
def test_a_dropped_entry_whose_gap_is_closed(roster: Roster, record: KeptRecord, kept_id: bool) -> None:
    """With the rest moved up, the first root that does not come out says where."""
    held = record.held["IL/main"]
    held.bodies = [replace(b, index=b.index - (b.index > 1)) for b in held.bodies if b.index != 1]
    entries = [e if kept_id else replace(e, id="") for e in held.entries]
    held.entries = renumbered(entries[:1] + entries[2:])
    fault = fault_of(roster, record)
    assert (fault.what, fault.log, fault.index) == (What.ENTRY, "IL/main", 1)


def test_swapped_entries_are_named_from_the_first(roster: Roster, record: KeptRecord) -> None:
    """Two entries that changed places are each well signed; their places are not."""
    held = record.held["IL/main"]
    swap = {1: 2, 2: 1}
    held.entries = renumbered([held.entries[swap.get(i, i)] for i in range(len(held.entries))])
    held.bodies = sorted((replace(b, index=swap.get(b.index, b.index)) for b in held.bodies), key=lambda b: b.index)
    fault = fault_of(roster, record)
    assert (fault.what, fault.log, fault.index) == (What.ENTRY, "IL/main", 1)
    assert "moved" in fault.why


def test_an_entry_kept_under_the_id_of_another(roster: Roster, record: KeptRecord) -> None:
    """A note that was exchanged betrays itself by the id that is kept beside it, however few the checkpoints."""
    held = record.held["IL/main"]
    held.checkpoints = held.checkpoints[-1:]
    held.cosignatures = []
    held.entries[2] = replace(held.entries[2], note=held.entries[0].note)
    fault = fault_of(roster, record)
    assert (fault.what, fault.log, fault.index) == (What.ENTRY, "IL/main", 2)


def test_an_entry_appended_without_checkpoint(day: Day, roster: Roster, record: KeptRecord) -> None:
    """An officer's signature alone gives no place in the log."""
    held = record.held["TR/main"]
    held.entries.append(replace(held.entries[0], index=len(held.entries)))
    written_anew(record, "TR/main", 3, day.nodes[TR].keys.officers["2"], nonce=bytes(16))
    fault = fault_of(roster, record)
    assert (fault.what, fault.log, fault.index) == (What.ENTRY, "TR/main", 3)
    assert "no checkpoint covers" in fault.why


def test_an_entry_appended_by_the_logs_key_alone(day: Day, roster: Roster, record: KeptRecord) -> None:
    """Who holds a log's key, and no officer's, cannot make officers say anything."""
    held = record.held["TR/main"]
    written_anew(record, "TR/main", 1, day.founded.keyrings[TR].main, nonce=bytes(16))
    resigned(day, record, "TR/main")
    fault = fault_of(roster, record.only("TR/main"))
    assert (fault.what, fault.log, fault.index) == (What.BODY, "TR/main", 1)
    assert "no officer signed it" in fault.why
    held.bodies = [b for b in held.bodies if b.index != 1]
    assert prove(roster, record.only("TR/main")).proven, "what it says is then not held: only its being there is proven"


def test_a_cut_tail_is_named_where_it_begins(roster: Roster, record: KeptRecord) -> None:
    """Entries that a kept checkpoint counts, and that are not there, are missing."""
    for log in record.logs():
        part = record.only(log)
        del part.held[log].entries[-1]
        part.held[log].bodies = [b for b in part.held[log].bodies if b.index < len(part.held[log].entries)]
        fault = fault_of(roster, part)
        assert (fault.what, fault.log, fault.index) == (What.ENTRY, log, len(part.held[log].entries))
        assert "missing" in fault.why


@pytest.mark.parametrize("log", ["IL/main", "TR/main"])
def test_a_tail_cut_with_all_that_covered_it(roster: Roster, record: KeptRecord, log: str) -> None:
    """A clean cut of the own log, or of one that the own log names, shows by what entries say they had seen."""
    held = record.held[log]
    held.entries = held.entries[:1]
    held.bodies = [b for b in held.bodies if b.index < 1]
    held.checkpoints = [c for c in held.checkpoints if c[0] <= 1]
    held.cosignatures = [c for c in held.cosignatures if c.size <= 1]
    fault = fault_of(roster, record)
    assert (fault.what, fault.log, fault.index) == (What.ENTRY, log, 1)
    assert "cut off" in fault.why


def test_a_log_that_is_gone_is_missed(roster: Roster, record: KeptRecord) -> None:
    """A folder holds every log that its member holds; a bundle may leave logs out."""
    del record.held["TR/main"]
    fault = fault_of(roster, record)
    assert (fault.what, fault.log, fault.index) == (What.ENTRY, "TR/main", 0)
    record.whole = False
    assert prove(roster, record).fault is None


def test_a_repeated_nonce_is_named(day: Day, roster: Roster, record: KeptRecord) -> None:
    """One statement does not stand twice in a log."""
    held = record.held["TR/main"]
    held.entries.append(replace(held.entries[0], index=3))
    held.bodies.append(replace(held.bodies[0], index=3))
    resigned(day, record, "TR/main")
    fault = fault_of(roster, record.only("TR/main"))
    assert (fault.what, fault.log, fault.index) == (What.ENTRY, "TR/main", 3)
    assert "nonce" in fault.why


# Bodies


def test_bodies_exchanged_between_entries(roster: Roster, record: KeptRecord) -> None:
    """A true body in another's place opens nothing."""
    bodies = record.held["IL/main"].bodies
    bodies[0], bodies[1] = replace(bodies[1], index=bodies[0].index), replace(bodies[0], index=bodies[1].index)
    fault = fault_of(roster, record)
    assert (fault.what, fault.log, fault.index) == (What.BODY, "IL/main", 0)


def test_bodies_that_belong_to_no_entry(roster: Roster, record: KeptRecord) -> None:
    """Rows beyond what the entries commit to are named."""
    stray = StoredBody(9, 0, bytes(32), b"{}")
    for body in (stray, replace(stray, index=0, slot=1), replace(stray, index=-1)):
        part = record.only("IL/main")
        part.held["IL/main"].bodies = sorted([*part.held["IL/main"].bodies, body], key=lambda b: (b.index, b.slot))
        fault = fault_of(roster, part)
        assert (fault.what, fault.log) == (What.BODY, "IL/main")


def test_a_body_that_is_not_held_is_reported(roster: Roster, record: KeptRecord) -> None:
    """A body that was erased, or never came, breaks nothing; it is said which one it is."""
    del record.held["IL/main"].bodies[1]
    report = prove(roster, record)
    assert report.proven
    log = report.logs[0]
    assert (log.absent.count, log.absent.first[0].index, log.held) == (1, 1, 3)


def test_a_refused_body_is_reported(roster: Roster, record: KeptRecord, day: Day) -> None:
    """A body that opens and breaks the format is no fault where an entry of the holder refuses it, at either side."""
    assert prove(roster, record).logs[0].unreadable.count == 1
    theirs = KeptRecord.of(day.nodes[IL].store, IL)
    assert prove(roster, theirs).logs[0].unreadable.count == 1
    assert prove(roster, theirs).proven


def test_a_refusal_is_not_asked_for_where_its_log_was_left_out(roster: Roster, day: Day) -> None:
    """One's own log alone is proven: who refused a body of it says so in a log that a bundle may leave out."""
    alone = KeptRecord.of(day.nodes[IL].store, IL).only("IL/main")
    report = prove(roster, alone)
    assert report.proven
    assert report.logs[0].unreadable.count == 1


def test_a_spoilt_body_that_nobody_refused_is_a_fault(roster: Roster, record: KeptRecord) -> None:
    """A holder that keeps silent about a body that it could not read did not do what it cosigned."""
    held = record.held["TR/main"]
    held.entries, held.bodies = held.entries[:-1], held.bodies[:-1]
    held.checkpoints = [c for c in held.checkpoints if c[0] <= len(held.entries)]
    held.cosignatures = [c for c in held.cosignatures if c.size <= len(held.entries)]
    assert SPOILT in {b.body for b in record.held["IL/main"].bodies}
    report = prove(roster, record)
    assert report.fault is not None
    assert (report.fault.what, report.fault.log, report.fault.index) == (What.BODY, "IL/main", 3)
    assert "no entry refuses it" in report.fault.why


def test_a_body_of_a_later_version_is_kept_and_named(day: Day) -> None:
    """What this program does not understand is proven like everything else, and shown as not understood."""
    later = Day.dawn("later")
    later.desk(IL)
    later.say_spoilt(IL, b'{"kind":"weather","v":3}')
    later.exchange()
    report = prove(later.founded.roster, KeptRecord.of(later.nodes[TR].store, TR))
    assert report.proven
    assert report.logs[0].not_understood.first[0].word == "kind weather, version 3"


def test_bodies_for_others_are_counted(day: Day) -> None:
    """A member outside an audience holds header and commitment alone, and its record is whole all the same."""
    apart = Day.dawn("apart")
    apart.desk(TR).file(draft("TR", "TR-1", circle()), audience=["TR"])
    apart.exchange()
    report = prove(apart.founded.roster, KeptRecord.of(apart.nodes[IL].store, IL))
    assert report.proven
    assert [log.withheld for log in report.logs] == [0, 0, 1, 0]


# Checkpoints, cosignatures, logs


def test_a_cosignature_moved_to_another_log(roster: Roster, record: KeptRecord) -> None:
    """A cosignature names its log in what it signs."""
    lines = record.held["IL/main"].cosignatures
    other = record.held["TR/main"].cosignatures
    at = next(i for i, line in enumerate(other) if line.size == 1)
    stolen = next(line for line in lines if line.size == 1)
    other[at] = replace(stolen, log="TR/main")
    fault = fault_of(roster, record)
    assert (fault.what, fault.log, fault.index) == (What.COSIGNATURE, "TR/main", 1)


def test_a_checkpoint_of_another_log(roster: Roster, record: KeptRecord) -> None:
    """A checkpoint names its log in what it signs."""
    held = record.held["TR/main"]
    held.checkpoints[-1] = held.checkpoints[-1][0], record.held["IL/main"].checkpoints[-1][1]
    fault = fault_of(roster, record)
    assert (fault.what, fault.log) == (What.CHECKPOINT, "TR/main")


def test_a_cosignature_without_checkpoint(roster: Roster, record: KeptRecord) -> None:
    """A cosignature states something about a checkpoint; without one it is a row too many."""
    held = record.held["IL/main"]
    size = held.checkpoints[1][0]
    held.checkpoints = [c for c in held.checkpoints if c[0] != size]
    fault = fault_of(roster, record)
    assert (fault.what, fault.log, fault.index) == (What.COSIGNATURE, "IL/main", size)


def test_a_log_of_nobody(roster: Roster, record: KeptRecord) -> None:
    """Rows under a name that is no log of the channel are named."""
    record.held["SY/main"] = record.copy().held["IL/main"]
    fault = fault_of(roster, record)
    assert (fault.what, fault.log) == (What.LOG, "SY/main")


def test_another_history_shows_in_what_was_seen(day: Day, roster: Roster, record: KeptRecord) -> None:
    """An owner that rewrites its log, with all its keys, is caught by what the others had seen of it."""
    written_anew(record, "IL/main", 0, day.founded.keyrings[IL].officers["1"], nonce=bytes(16))
    resigned(day, record, "IL/main")
    assert prove(roster, record.only("IL/main")).logs[0].proven == 4
    fault = fault_of(roster, record)
    assert fault.what is What.ENTRY
    assert "another history of IL/main" in fault.why
    assert fault.log.startswith("TR/")


def test_a_statement_of_another_channel_or_author(day: Day, roster: Roster, record: KeptRecord) -> None:
    """What was said in a drill, or by another member, does not count here."""
    signer = day.founded.keyrings[TR].officers["1"]
    for changes in ({"channel": "0" * 64}, {"author": IL}):
        part = record.only("TR/main")
        written_anew(part, "TR/main", 1, signer, **changes)
        resigned(day, part, "TR/main")
        fault = fault_of(roster, part)
        assert (fault.what, fault.index) == (What.ENTRY, 1)


def test_the_first_fault_is_the_smallest_index_of_the_first_log(roster: Roster, record: KeptRecord) -> None:
    """Several faults give one answer, always the same."""
    for log, index in (("TR/main", 0), ("IL/safety", 1), ("IL/main", 3), ("IL/main", 2)):
        entry = record.held[log].entries[index]
        record.held[log].entries[index] = replace(entry, note=entry.note.replace(b'"nonce":"', b'"nonce":"A'))
    report = prove(roster, record)
    assert report.fault is not None
    assert (report.fault.log, report.fault.index) == ("IL/main", 2)
    assert [log.fault.index if log.fault else None for log in report.logs] == [2, 1, 0, None]
    assert [log.proven for log in report.logs] == [2, 1, 0, 2]


# The same through a bundle


@pytest.mark.parametrize(
    "cut",
    [
        lambda lines: [x for x in lines if b'"index":1,"log":"IL/main"' not in x],
        lambda lines: lines[:3] + lines[5:7] + lines[3:5] + lines[7:],
    ],
)
def test_a_bundle_that_was_cut_and_mended(
    tmp_path: Path, roster: Roster, record: KeptRecord, cut: Callable[[list[bytes]], list[bytes]]
) -> None:
    """Whoever mends the last line, and the indices, does not mend the roots."""
    import hashlib
    import json

    out = io.BytesIO()
    write_bundle(record, roster.note, out, made=START, logs=["IL/main"])
    lines = cut(out.getvalue().splitlines(keepends=True)[:-1])
    index, numbered = -1, []
    for line in lines:
        value = json.loads(line)
        if "index" in value:
            index += "entry" in value
            value["index"] = index
        numbered.append(json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode() + b"\n")
    whole = b"".join(numbered)
    last = f'{{"end":"{hashlib.sha256(whole).hexdigest()}","lines":{len(numbered)}}}\n'
    path = tmp_path / "bundle"
    path.write_bytes(whole + last.encode())
    bundle = Bundle(path)
    assert bundle.intact
    fault = prove(roster, bundle).fault
    assert fault is not None
    assert (fault.what, fault.log) == (What.ENTRY, "IL/main")
    assert fault.index == (1 if len(lines) < 14 else 0)


def test_a_record_and_its_bundle_prove_the_same(tmp_path: Path, roster: Roster, record: KeptRecord) -> None:
    """Nothing is lost between a folder and its bundle."""
    out = io.BytesIO()
    write_bundle(record, roster.note, out, made=START)
    (tmp_path / "bundle").write_bytes(out.getvalue())
    assert prove(roster, Bundle(tmp_path / "bundle")).logs == prove(roster, record).logs
