"""`clearline verify` and `clearline bundle` from outside: exit codes, words, and no trace in the folder."""

from __future__ import annotations

import json
import pickle
import random
import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from clearline.channel.ports import PutEntry
from clearline.faces.cli import main
from clearline.faces.cli.verify import plain
from clearline.store.sqlite import SqliteStore
from clearline.testing.day import IL, TR, Day, short_day
from clearline.testing.kept import write_folder
from clearline.testing.members import founded_channel

FLIPS = 260
"""Bytes of a record's file that are changed, one at a time."""


@pytest.fixture(scope="module")
def day() -> Day:
    return short_day()


@pytest.fixture(scope="module")
def whole(day: Day, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node's folder, closed in order; nobody changes it."""
    return write_folder(tmp_path_factory.mktemp("whole") / "TR", day.founded.roster, TR, day.committed[TR])


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy of the folder, to be changed."""
    return Path(shutil.copytree(whole, tmp_path / "TR"))


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def verified(path: Path, *more: object) -> dict[str, Any]:
    result = run("verify", path, "--json", *more)
    assert result.exit_code in (0, 1), result.stderr
    assert result.stderr == ""
    value: dict[str, Any] = json.loads(result.stdout)
    assert value["proven"] is (result.exit_code == 0)
    return value


def refused(result: Result) -> str:
    assert result.exit_code == 2, (result.exit_code, result.stdout, result.stderr)
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr


def trace(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return what every file holds and when it was written."""
    return {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.iterdir()}


def sql(folder: Path, *statements: str) -> None:
    with sqlite3.connect(folder / "record.sqlite") as db:
        for each in statements:
            db.execute(each)
    db.close()


# Proven


def test_a_folder_is_proven_without_a_trace(folder: Path) -> None:
    """Everything proven: exit 0, who says so and until when; the folder is as it was, with no file more."""
    before = trace(folder)
    result = run("verify", folder)
    assert result.exit_code == 0
    assert trace(folder) == before
    assert sorted(before) == ["genesis.note", "node.json", "record.lock", "record.sqlite"]
    assert "PROVEN: 11 of 11 entries in 4 logs." in result.stdout
    assert "held by IL up to" in result.stdout
    assert "delivered to IL up to" in result.stdout
    assert "4 open, 1 of the open ones cannot be read (entry 3 body 0)" in result.stdout
    assert "clear" not in result.stdout.lower().replace("clearline", "")


def test_a_folder_that_nobody_may_write_is_proven(folder: Path) -> None:
    """A read-only copy, such as one on a disc, is as good as any."""
    for path in folder.iterdir():
        path.chmod(0o400)
    folder.chmod(0o500)
    try:
        assert run("verify", folder).exit_code == 0
    finally:
        folder.chmod(0o700)


def test_it_says_that_the_genesis_came_with_the_data(folder: Path, day: Day) -> None:
    """Without an anchor of one's own, a proof says what it is worth, and names the channel id to compare."""
    text = run("verify", folder).stdout
    assert "The genesis came with the data" in text
    assert f"Compare channel id {day.founded.roster.channel} with your own, or use --trust." in text
    assert verified(folder)["genesis"] == "came with the data"


def test_a_trusted_genesis(folder: Path, day: Day, tmp_path: Path) -> None:
    """With the same genesis held by other means it says so; with another channel's, the record is not of it."""
    mine = tmp_path / "mine.note"
    mine.write_bytes(day.founded.roster.note)
    result = run("verify", folder, "--trust", mine)
    assert result.exit_code == 0
    assert "came with the data" not in result.stdout
    assert verified(folder, "--trust", mine)["genesis"] == "trusted"
    mine.write_bytes(founded_channel(seed="other").roster.note)
    found = verified(folder, "--trust", mine)
    assert found["fault"]["what"] == "genesis"
    assert day.founded.roster.channel in found["fault"]["why"]
    assert run("verify", folder, "--trust", mine).exit_code == 1


@pytest.mark.parametrize("raw", [None, b"", b"no note\n", b"\x00" * 2_000_000])
def test_a_wrong_trust_file_is_bad_input(folder: Path, tmp_path: Path, raw: bytes | None) -> None:
    """What is no genesis proves nothing either way."""
    mine = tmp_path / "mine.note"
    if raw is not None:
        mine.write_bytes(raw)
    assert "mine.note" in refused(run("verify", folder, "--trust", mine))


def test_the_json_holds_the_whole_finding(folder: Path, day: Day) -> None:
    """Machines get every log with its root, witnesses and bodies."""
    found = verified(folder)
    assert (found["member"], found["channel"], found["drill"]) == ("TR", day.founded.roster.channel, False)
    assert [(log["log"], log["entries"], log["proven"]) for log in found["logs"]] == [
        ("IL/main", 4, 4),
        ("IL/safety", 2, 2),
        ("TR/main", 3, 3),
        ("TR/safety", 2, 2),
    ]
    first = found["logs"][0]
    assert first["root"] == day.nodes[TR].logs["IL/main"].tree.root().hex()
    assert {(w["member"], w["role"], w["size"]) for w in first["witnesses"]} == {
        ("TR", "delivery", 4),
        ("TR", "mirror", 4),
    }
    assert first["bodies"]["unreadable"]["first"][0]["index"] == 3
    assert first["written_until"].endswith("Z")
    described = (Path(__file__).parents[2] / "docs" / "verify.md").read_text(encoding="utf-8")
    for name in {*found, *first, *first["bodies"], *first["witnesses"][0], "what", "index", "why"}:
        assert f"`{name}`" in described, f"docs/verify.md does not describe {name}"


# While a node runs, and after it was killed


def test_a_running_node_is_proven_and_not_disturbed(folder: Path) -> None:
    """The writer keeps its lock and its files, and what it has committed is seen."""
    store = SqliteStore(folder / "record.sqlite")
    try:
        store.commit([PutEntry("TR/main", 3, "0" * 64, b"no note", 0)])
        before = trace(folder)
        assert "record.sqlite-wal" in before
        found = verified(folder)
        assert (found["fault"]["log"], found["fault"]["index"]) == ("TR/main", 3)
        assert trace(folder) == before
        store.commit([PutEntry("TR/main", 4, "0" * 64, b"no note", 0)])
    finally:
        store.close()


def killed(folder: Path, day: Day) -> Path:
    """Return a node's folder whose writer was killed after its last commit."""
    made = write_folder(folder, day.founded.roster, TR, ())
    code = """
import os, pickle, sys
from pathlib import Path
from clearline.store.sqlite import SqliteStore
store = SqliteStore(Path(sys.argv[1]))
for write in pickle.load(sys.stdin.buffer):
    store.commit([write])
os.kill(os.getpid(), 9)
"""
    ended = subprocess.run(
        [sys.executable, "-c", code, str(made / "record.sqlite")], input=pickle.dumps(day.committed[TR]), timeout=60
    )
    assert ended.returncode == -9
    return made


def test_a_node_killed_without_warning_is_proven(tmp_path: Path, day: Day) -> None:
    """Everything that was committed counts, though it stands in a write-ahead log that nobody folded in."""
    made = killed(tmp_path / "TR", day)
    before = trace(made)
    assert before["record.sqlite-wal"][0]
    found = verified(made)
    assert found["proven"], found["fault"]
    assert sum(log["proven"] for log in found["logs"]) == 11
    assert trace(made) == before
    target = tmp_path / "bundle"
    assert run("bundle", made, "-o", target).exit_code == 0
    assert verified(target)["logs"] == found["logs"]
    assert trace(made) == before


def test_a_damaged_write_ahead_log_hides_nothing(tmp_path: Path, day: Day) -> None:
    """SQLite forgets what stands behind a spoilt frame without a word; here it is said."""
    made = killed(tmp_path / "TR", day)
    path = made / "record.sqlite-wal"
    raw, spots = path.read_bytes(), random.Random(3)
    last = len(raw) - 12 * (4096 + 24)
    for at in (0, 9, 17, 30, 32, 41, *(spots.randrange(32, last) for _ in range(40))):
        changed = bytearray(raw)
        changed[at] ^= 0x10
        path.write_bytes(changed)
        message = refused(run("verify", made))
        assert "write-ahead log" in message, at
    path.write_bytes(raw[:-7])
    assert run("verify", made).exit_code == 0, "a last frame that was never finished was never answered"


# Broken


def test_the_first_bad_entry_is_named(folder: Path) -> None:
    """One changed byte in the database: exit 1, which entry, why, and what still stands."""
    sql(
        folder,
        "UPDATE entries SET note = CAST(replace(CAST(note AS TEXT), 'expires', 'expirex') AS BLOB) "
        "WHERE log='IL/main' AND idx=2",
    )
    result = run("verify", folder)
    assert result.exit_code == 1
    assert result.stdout.startswith("BROKEN  IL/main entry 2: ")
    assert "IL/main        2 of 4 entries proven" in result.stdout
    assert "Still proven: 9 of 11 entries in 4 logs." in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("statement", "what", "log"),
    [
        ("UPDATE bodies SET salt = zeroblob(32) WHERE log='TR/main' AND idx=1", "body", "TR/main"),
        ("UPDATE checkpoints SET size = size + 1 WHERE log='TR/main' AND size=3", "checkpoint", "TR/main"),
        ("UPDATE cosignatures SET time_s = time_s + 1 WHERE log='IL/safety' AND size=1", "cosignature", "IL/safety"),
        ("UPDATE cosignatures SET cosigner = cosigner || 'x' WHERE log='IL/safety'", "cosignature", "IL/safety"),
        ("UPDATE entries SET id = lower(hex(zeroblob(32))) WHERE log='IL/main' AND idx=1", "entry", "IL/main"),
        ("UPDATE entries SET log = 'IL/mein' WHERE log='IL/main' AND idx=3", "entry", "IL/main"),
        ("DELETE FROM entries WHERE log='IL/main' AND idx=1", "entry", "IL/main"),
        ("INSERT INTO bodies VALUES ('IL/main', 77, 0, zeroblob(32), x'7b7d')", "body", "IL/main"),
        ("INSERT INTO bodies VALUES ('ZZ/main', 0, 0, zeroblob(32), x'7b7d')", "log", "ZZ/main"),
        ("DELETE FROM checkpoints WHERE log='IL/safety' AND size=1", "cosignature", "IL/safety"),
    ],
)
def test_rows_that_were_changed_are_named(folder: Path, statement: str, what: str, log: str) -> None:
    """Every column that a proof rests on must agree with what was signed; rows too many are named."""
    sql(folder, statement)
    fault = verified(folder)["fault"]
    assert (fault["what"], fault["log"]) == (what, log)


def test_a_changed_genesis_breaks_the_record(folder: Path) -> None:
    """With another genesis nothing can be proven, and that is said."""
    path = folder / "genesis.note"
    path.write_bytes(path.read_bytes().replace(b"Test short", b"Test shirt"))
    result = run("verify", folder)
    assert result.exit_code == 1
    assert result.stdout.startswith("BROKEN  the genesis: ")


def test_names_in_a_record_cannot_command_a_terminal(folder: Path) -> None:
    """What stands in a damaged record is shown with its control characters written out."""
    sql(folder, "UPDATE entries SET log = 'IL/' || char(27) || '[2J' WHERE log='IL/safety'")
    result = run("verify", folder)
    assert result.exit_code == 1
    assert "\x1b" not in result.stdout
    assert plain("a\x1b\u202eb\n") == "a\\x1b\\u202eb\\n"


# Bad input


def test_what_is_no_record_is_bad_input(tmp_path: Path, folder: Path) -> None:
    """A path that is nothing, a folder that is no node's, a file that is no bundle: exit 2, and what to name."""
    assert "nowhere" in refused(run("verify", tmp_path / "nowhere"))
    assert "it holds those of TR: name one of them" in refused(run("verify", tmp_path))
    other = tmp_path / "file"
    other.write_bytes(b"hello\n")
    assert "line 1" in refused(run("verify", other))
    other.write_bytes(b"")
    assert "line 1" in refused(run("verify", other))
    other.write_bytes(b"x" * (26 * 1024 * 1024))
    assert "the limit is" in refused(run("verify", other))
    (folder / "genesis.note").unlink()
    assert "genesis.note" in refused(run("verify", folder))


def test_a_damaged_file_is_bad_input(folder: Path, tmp_path: Path) -> None:
    """A record that SQLite cannot read as one is named with what to do; nothing is taken for proven."""
    path = folder / "record.sqlite"
    raw = path.read_bytes()
    for damaged in (b"", b"not a database" * 100, raw[:5_000], raw[: len(raw) // 2]):
        path.write_bytes(damaged)
        assert "record.sqlite" in refused(run("verify", folder))
    path.write_bytes(raw[:-1])
    assert run("verify", folder).exit_code in (1, 2)
    path.write_bytes(raw)
    sql(folder, "DROP TABLE cosignatures")
    assert "no such table" in refused(run("verify", folder))
    path.write_bytes(raw)
    sql(folder, "UPDATE entries SET note = 7 WHERE log='IL/main' AND idx=1")
    assert "IL/main, entry 1, note: found 7, expected bytes" in refused(run("verify", folder))
    path.unlink()
    assert "holds no record" in refused(run("verify", folder))


def contents(path: Path) -> list[tuple[object, ...]]:
    db = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    columns = {"entries": "log, idx, id, note", "bodies": "*", "checkpoints": "*", "cosignatures": "*"}
    try:
        return [row for table, which in columns.items() for row in db.execute(f"SELECT {which} FROM {table}")]  # noqa: S608
    finally:
        db.close()


def test_any_byte_of_the_file_that_holds_content_counts(folder: Path) -> None:
    """Whatever byte of the SQLite file is changed: exit 0 is given only where the content is still the same."""
    path = folder / "record.sqlite"
    raw, spots = path.read_bytes(), random.Random(7)
    held = contents(path)
    ended = {0: 0, 1: 0, 2: 0}
    for _ in range(FLIPS):
        at = spots.randrange(len(raw))
        changed = bytearray(raw)
        changed[at] ^= spots.choice((0x01, 0x80, 0xFF))
        path.write_bytes(changed)
        result = run("verify", folder)
        assert result.exit_code in ended, (at, result.stderr)
        ended[result.exit_code] += 1
        if result.exit_code == 0:
            assert contents(path) == held, at
    assert min(ended.values()) > 0, ended


# Bundles


def test_a_bundle_is_written_once_and_for_its_owner_alone(folder: Path, tmp_path: Path) -> None:
    """The file has mode 0600, comes into being whole, and replaces nothing unless asked."""
    before, target = trace(folder), tmp_path / "out" / "tr.bundle"
    target.parent.mkdir()
    assert run("bundle", folder, "-o", target).exit_code == 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert trace(folder) == before
    found = verified(target)
    assert found["proven"]
    assert found["logs"] == verified(folder)["logs"]
    held = target.read_bytes()
    assert "--force" in refused(run("bundle", folder, "-o", target))
    assert target.read_bytes() == held
    assert run("bundle", folder, "-o", target, "--log", "TR/main", "--force").exit_code == 0
    assert [log["log"] for log in verified(target)["logs"]] == ["TR/main"]
    assert [p.name for p in target.parent.iterdir()] == ["tr.bundle"]


def test_a_bundle_that_cannot_be_written_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    """An unknown log, a folder that is none, a place that is none: exit 2, and no file."""
    target = tmp_path / "tr.bundle"
    assert "XX/main" in refused(run("bundle", folder, "-o", target, "--log", "XX/main"))
    assert "node.json" in refused(run("bundle", tmp_path / "nowhere", "-o", target))
    refused(run("bundle", folder, "-o", tmp_path / "no" / "where"))
    (folder / "record.sqlite").write_bytes(b"")
    refused(run("bundle", folder, "-o", target))
    assert [p.name for p in tmp_path.iterdir()] == ["TR"]


def test_a_torn_bundle(folder: Path, tmp_path: Path) -> None:
    """A copy that broke off, or one changed byte, is found; what survives in form is still proven."""
    target = tmp_path / "tr.bundle"
    run("bundle", folder, "-o", target)
    raw = target.read_bytes()
    target.write_bytes(raw[:-100])
    assert "cut off" in refused(run("verify", target))
    target.write_bytes(raw + b"\n")
    assert "nothing after the last line" in refused(run("verify", target))
    target.write_bytes(raw.replace(b'"made":', b'"made":1', 1))
    found = verified(target)
    assert (found["fault"]["what"], found["fault"]["log"]) == ("file", None)
    assert all(log["proven"] == log["entries"] for log in found["logs"])


def test_the_other_side_proves_the_same_roots(folder: Path, day: Day, tmp_path: Path) -> None:
    """Two members that compare what verify prints see whether they were shown one history."""
    other = write_folder(tmp_path / "IL", day.founded.roster, IL, day.committed[IL])
    assert [log["root"] for log in verified(folder)["logs"]] == [log["root"] for log in verified(other)["logs"]]
