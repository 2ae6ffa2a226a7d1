"""What lies on the disk is changed by somebody with access to it: found at the start, or by `clearline verify`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from clearline.channel.alarms import DamagedStore
from clearline.channel.node import Node
from clearline.errors import ClearlineError
from clearline.faces.cli import main
from clearline.records.words import MemberId
from clearline.store.folder import NodeConfig, write_config
from clearline.store.sqlite import SqliteStore
from clearline.testing.attack import hello
from clearline.testing.pair import Side

TABLES = {"entries": "note", "bodies": "body", "checkpoints": "note", "cosignatures": "line"}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Side, Path]]:
    """A channel of two, and the folder of TR with its record in SQLite."""
    folder = tmp_path_factory.mktemp("TR")
    side = Side(seed="at rest")
    side.stores["TR"] = SqliteStore(folder / "record.sqlite")
    side.restart("TR")
    for number in range(6):
        for name, other in (("IL", "TR"), ("TR", "IL")):
            side.desk(name).message(hello(number), to=[other])
        side.talk(1)
    (folder / "genesis.note").write_bytes(side.roster.note)
    write_config(folder, NodeConfig(MemberId("TR")))
    side.stores["TR"].close()
    yield side, folder


def copied(folder: Path, target: Path) -> Path:
    target.mkdir()
    for name in ("record.sqlite", "genesis.note", "node.json"):
        (target / name).write_bytes((folder / name).read_bytes())
    return target


def start(side: Side, folder: Path) -> Node:
    """Load the node as a start does; close its store again."""
    store = SqliteStore(folder / "record.sqlite")
    try:
        return Node.load(
            MemberId("TR"), side.roster, side.founded.keyrings[MemberId("TR")], store, at=side.at, ask_first=True
        )
    finally:
        store.close()


def verified(folder: Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["verify", str(folder)])
    return result.exit_code, result.output


def test_the_record_as_it_was_written_is_proven(written: tuple[Side, Path], tmp_path: Path) -> None:
    """What nobody touched loads and is proven: the tests below find what was done to it, and nothing else."""
    side, folder = written
    whole = copied(folder, tmp_path / "whole")
    assert not start(side, whole).alarms
    assert verified(whole)[0] == 0


@pytest.mark.parametrize("table", sorted(TABLES))
@pytest.mark.parametrize("log", ["IL/main", "TR/main"])
def test_one_byte_edited_at_rest(written: tuple[Side, Path], tmp_path: Path, table: str, log: str) -> None:
    """One byte of an entry, body, checkpoint or cosignature: `clearline verify` names it, and the start stops at it."""
    side, folder = written
    edited = copied(folder, tmp_path / "edited")
    with sqlite3.connect(edited / "record.sqlite") as db:
        column = TABLES[table]
        order = "size" if table in ("checkpoints", "cosignatures") else "idx"
        found = f"SELECT {order}, {column} FROM {table} WHERE log=? ORDER BY {order} LIMIT 1 OFFSET 2"  # noqa: S608
        row = db.execute(found, (log,)).fetchone()
        raw = row[1] if isinstance(row[1], bytes) else row[1].encode()
        at = len(raw) // 2
        changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        value = changed if isinstance(row[1], bytes) else changed.decode("latin-1")
        db.execute(f"UPDATE {table} SET {column}=? WHERE log=? AND {order}=?", (value, log, row[0]))  # noqa: S608
    db.close()
    code, said = verified(edited)
    assert code == 1 and log in said, said
    if table in ("entries", "bodies"):
        with pytest.raises((DamagedStore, ClearlineError)) as alarm:
            start(side, edited)
        assert alarm.value.slug in ("damaged-store", "malformed")


@pytest.mark.parametrize("log", ["IL/main", "TR/main"])
def test_an_entry_dropped_mid_chain_at_rest(written: tuple[Side, Path], tmp_path: Path, log: str) -> None:
    """An entry taken out of the middle: the start stops and says which, and so does `clearline verify`."""
    side, folder = written
    for how, index in (("gap", 2), ("closed", 2)):
        dropped = copied(folder, tmp_path / how)
        with sqlite3.connect(dropped / "record.sqlite") as db:
            db.execute("DELETE FROM entries WHERE log=? AND idx=?", (log, index))
            db.execute("DELETE FROM bodies WHERE log=? AND idx=?", (log, index))
            if how == "closed":
                for table in ("entries", "bodies"):
                    db.execute(f"UPDATE {table} SET idx = -idx WHERE log=? AND idx>?", (log, index))  # noqa: S608
                    db.execute(f"UPDATE {table} SET idx = -idx - 1 WHERE log=? AND idx<0", (log,))  # noqa: S608
        db.close()
        assert verified(dropped)[0] == 1
        with pytest.raises(DamagedStore, match=log):
            start(side, dropped)


def test_tail_truncated_at_rest_and_signed_again(written: tuple[Side, Path], tmp_path: Path) -> None:
    """The owner of a node cuts the end off its record: it loads, and the first peer that is asked shows the loss."""
    side, folder = written
    cut = copied(folder, tmp_path / "cut")
    keep = 4
    with sqlite3.connect(cut / "record.sqlite") as db:
        for table, column in (("entries", "idx"), ("bodies", "idx"), ("checkpoints", "size"), ("cosignatures", "size")):
            least = keep if column == "idx" else keep + 1
            db.execute(f"DELETE FROM {table} WHERE log='TR/main' AND {column}>=?", (least,))  # noqa: S608
        left = db.execute("SELECT max(size) FROM checkpoints WHERE log='TR/main'").fetchone()[0]
        db.execute("DELETE FROM entries WHERE log='TR/main' AND idx>=?", (left,))
        db.execute("DELETE FROM bodies WHERE log='TR/main' AND idx>=?", (left,))
    db.close()
    node = start(side, cut)
    assert node.own("main").size == left < 6 and not node.may_sign
    newest = side.nodes["IL"].logs["TR/main"].signed
    assert newest is not None
    node.take_checkpoints(MemberId("IL"), {"TR/main": newest.raw()}, at=side.at, random=side.random)
    assert {alarm.slug for alarm in node.alarms} == {"restored-backup"} and node.read_only
    store = SqliteStore(cut / "record.sqlite")
    store.commit(node.take_writes())
    assert [kept.slug for kept in store.evidence()] == ["restored-backup"]
    store.close()


def test_a_record_that_grew_by_another_hand(written: tuple[Side, Path], tmp_path: Path) -> None:
    """Entries that were put behind the newest checkpoint are no part of the log: the start stops."""
    side, folder = written
    grown = copied(folder, tmp_path / "grown")
    with sqlite3.connect(grown / "record.sqlite") as db:
        note = db.execute("SELECT note FROM entries WHERE log='TR/main' AND idx=0").fetchone()[0]
        db.execute(
            "INSERT INTO entries SELECT log, 6, id, ?, received FROM entries WHERE log='TR/main' AND idx=0", (note,)
        )
    db.close()
    assert verified(grown)[0] == 1
    with pytest.raises(DamagedStore):
        start(side, grown)
