"""A record with granted, replaced and revoked keys: both verifiers read it, and both find what was changed in it."""

from __future__ import annotations

import hashlib
import io
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from clearline.channel.proof.findings import Report
from clearline.channel.proof.proving import prove
from clearline.gateways.bundle.reading import Bundle
from clearline.gateways.bundle.writing import write_bundle
from clearline.records.key_event import Event
from clearline.records.notice import Notice
from clearline.records.words import MemberId
from clearline.signing.keys import Signer
from clearline.testing.kept import KeptRecord
from clearline.testing.key_events import key_event, new_signer, say_event
from clearline.testing.members import START
from clearline.testing.pair import Side
from clearline.testing.theatre import draft

IL, TR = MemberId("IL"), MemberId("TR")
TOOL = Path(__file__).parents[3] / "tools/verify_bundle.py"


@pytest.fixture(scope="module")
def side() -> Side:
    """Officer 1 is rotated, then revoked; IL's delivery key is rotated and cosigns with the new one."""
    side = Side(seed="proven")
    tr, il = side.nodes["TR"], side.nodes["IL"]

    def file(reference: str, signer: Signer) -> None:
        side.later(1_000)
        tr.submit(Notice(draft("TR", reference)), audience=(IL,), signers=[signer], at=side.at, random=side.random)

    one, fresh = tr.keys.officers["1"], new_signer(side, "TR", "officer/1")
    file("TR-1", one)
    rotated = key_event(side, "TR", Event.ROTATE, "officer/1", fresh.public.raw, replaces=one)
    say_event(side, "TR", rotated, "1", "2")
    file("TR-2", fresh)
    file("TR-3", fresh)
    lost = key_event(side, "TR", Event.REVOKE, "officer/1", fresh.public.raw, last_good={"main": 3})
    say_event(side, "TR", lost)
    cosigner = new_signer(side, "IL", "delivery")
    old = il.keys.delivery
    say_event(side, "IL", key_event(side, "IL", Event.ROTATE, "delivery", cosigner.public.raw, replaces=old), "1", "2")
    side.talk()
    il.keys = replace(il.keys, delivery=cosigner)
    file("TR-4", tr.keys.officers["2"])
    side.talk()
    return side


def record(side: Side, member: MemberId) -> KeptRecord:
    return KeptRecord.of(side.nodes[member].store, member)


def bundle(side: Side, member: MemberId, path: Path) -> Path:
    out = io.BytesIO()
    write_bundle(record(side, member), side.founded.roster.note, out, made=START)
    path.write_bytes(out.getvalue())
    return path


def tool(path: Path) -> tuple[int, str]:
    done = subprocess.run([sys.executable, TOOL, path], capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("member", [IL, TR])
def test_a_record_with_key_events_is_proven_by_both(side: Side, member: MemberId, tmp_path: Path) -> None:
    """Under the genesis alone: what keys were granted the record itself shows, signed by the roots."""
    report = prove(side.founded.roster, record(side, member))
    assert report.fault is None
    main = next(log for log in report.logs if log.name == "TR/main")
    assert main.proven == main.entries == 6
    assert [(p.index, p.word.partition(":")[0]) for p in main.flagged.first] == [(3, "disowned")]
    path = bundle(side, member, tmp_path / "b")
    again: Report = prove(side.founded.roster, Bundle(path))
    assert again.fault is None
    assert [log.flagged for log in again.logs if log.entries] == [log.flagged for log in report.logs if log.entries]
    code, said = tool(path)
    assert code == 0, said
    assert "3 key events by the roots" in said
    assert "delivered to IL" in said


def without_body(lines: list[bytes]) -> list[bytes]:
    return [line for line in lines if b"key_event" not in line]


def other_root(lines: list[bytes]) -> list[bytes]:
    return [
        line.replace(b"clearline/TR/root", b"clearline/IL/root") if b"key_event" in line else line for line in lines
    ]


def longer_validity(lines: list[bytes]) -> list[bytes]:
    return [re.sub(rb"(until[^0-9]{1,9})2", rb"\g<1>3", line) if b"key_event" in line else line for line in lines]


@pytest.mark.parametrize("change", [without_body, other_root, longer_validity], ids=lambda c: c.__name__)
def test_a_changed_key_event_is_found_by_both(
    side: Side, change: Callable[[list[bytes]], list[bytes]], tmp_path: Path
) -> None:
    """Left out, signed by another root, or with another end: what it granted is unknown then, and it is named."""
    lines = bundle(side, IL, tmp_path / "b").read_bytes().splitlines(keepends=True)[:-1]
    changed = change(lines)
    assert changed != lines
    digest = hashlib.sha256(b"".join(changed)).hexdigest()
    end = b'{"end":"%s","lines":%d}\n' % (digest.encode(), len(changed))
    path = tmp_path / "changed"
    path.write_bytes(b"".join(changed) + end)
    report = prove(side.founded.roster, Bundle(path))
    assert report.fault is not None
    code, said = tool(path)
    assert code == 1, said
    assert f"{report.fault.log} " in said.splitlines()[0]
