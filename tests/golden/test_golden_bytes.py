"""The bytes of each form, held against files that change only by `make golden` (CLEARLINE_WRITE_GOLDEN=1)."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from clearline.channel.proof.findings import Report
from clearline.channel.proof.proving import prove
from clearline.channel.roster import roster_from_genesis
from clearline.channel.statement import open_statement
from clearline.gateways.bundle.reading import Bundle
from clearline.gateways.bundle.writing import write_bundle
from clearline.gateways.peer.wire import decode_answer, decode_push, encode_answer, encode_push
from clearline.records import body as bodies
from clearline.records.body import KINDS
from clearline.signing.note import Strangers
from clearline.testing.day import IL, SPOILT, TR, Day, written_day
from clearline.testing.kept import KeptRecord
from clearline.testing.members import START
from clearline.tlog.checkpoint import parse_signed_checkpoint, with_cosignatures

HERE = Path(__file__).parent
WRITE = os.environ.get("CLEARLINE_WRITE_GOLDEN") == "1"


def golden_files() -> dict[str, bytes]:
    """Return every golden file by its name, made anew from the same seed."""
    day = written_day("golden")
    files = {"genesis.note": day.founded.roster.note}
    record = KeptRecord.of(day.nodes[TR].store, TR)
    fullest: dict[str, int] = {}
    for log in record.logs():
        notes = {e.index: e.note for e in record.entries(log)}
        for body in record.bodies(log):
            if body.body == SPOILT:
                continue
            members = json.loads(body.body)
            kind = members["kind"]
            # Of each kind the one that says most, so that optional members are held too.
            if len(members) > fullest.get(kind, 0):
                fullest[kind] = len(members)
                files[f"statement.{kind}.note"] = notes[body.index]
                files[f"body.{kind}.json"] = body.body + b"\n"
    files["checkpoint.note"] = checkpoint(day)
    push, answer = next((p, a) for p, a in day.pushes if len(p.bodies) == 1 and a.size == p.first + 1)
    files["push.json"] = encode_push(push) + b"\n"
    files["answer.json"] = encode_answer(answer) + b"\n"
    out = io.BytesIO()
    write_bundle(record, day.founded.roster.note, out, made=START, logs=["IL/safety", "TR/main"])
    files["bundle.jsonl"] = out.getvalue()
    return files


def checkpoint(day: Day) -> bytes:
    """Return the newest checkpoint of a log with its cosignatures, as a node pulls it."""
    signed = day.nodes[TR].own("main").signed
    assert signed is not None
    return with_cosignatures(signed, ()).raw()


@pytest.fixture(scope="module", autouse=True)
def files() -> dict[str, bytes]:
    made = golden_files()
    if WRITE:
        for name, raw in made.items():
            (HERE / name).write_bytes(raw)
    return made


def test_the_bytes_are_those_of_the_files(files: dict[str, bytes]) -> None:
    """What this program writes is what was published, byte for byte; nothing is missing, nothing left over."""
    held = {p.name: p.read_bytes() for p in HERE.iterdir() if p.suffix in (".note", ".json", ".jsonl")}
    assert sorted(held) == sorted(files)
    for name, raw in held.items():
        assert files[name] == raw, name


def test_every_kind_has_a_statement_and_a_body(files: dict[str, bytes]) -> None:
    """A kind that can be said has golden bytes."""
    for kind in KINDS:
        assert f"statement.{kind}.note" in files
        assert f"body.{kind}.json" in files


def test_the_files_are_read_as_they_are_written() -> None:
    """Each golden file is taken by its own strict parser and written again as the same bytes."""
    roster = roster_from_genesis((HERE / "genesis.note").read_bytes(), where="genesis.note")
    for path in HERE.glob("statement.*.note"):
        author = path.read_text(encoding="utf-8").partition('"author":"')[2][:2]
        assert open_statement(path.read_bytes(), roster, author=author, where=path.name).note == path.read_bytes()
    for path in HERE.glob("body.*.json"):
        raw = path.read_bytes().rstrip(b"\n")
        assert bodies.encode(bodies.decode(raw, where=path.name)) == raw
    signed = parse_signed_checkpoint(
        (HERE / "checkpoint.note").read_bytes(),
        log_key=roster.log_key("TR", "main"),
        known=roster.cosigners,
        where="checkpoint.note",
        strangers=Strangers.REFUSED,
    )
    assert [c.name.split("/")[2:] for c in signed.cosignatures] == [["IL", "delivery"], ["IL", "mirror"]]
    push = (HERE / "push.json").read_bytes().rstrip(b"\n")
    assert encode_push(decode_push(push)) == push
    answer = (HERE / "answer.json").read_bytes().rstrip(b"\n")
    assert encode_answer(decode_answer(answer)) == answer


def test_the_golden_bundle_is_proven() -> None:
    """The bundle proves itself; it holds two logs of four."""
    bundle = Bundle(HERE / "bundle.jsonl")
    assert bundle.intact
    assert bundle.logs() == ("IL/safety", "TR/main")
    report: Report = prove(roster_from_genesis(bundle.genesis, where="bundle"), bundle)
    assert report.proven
    assert [log.proven for log in report.logs] == [log.entries for log in report.logs]
    assert {w.member for log in report.logs for w in log.witnesses} == {IL, TR}
