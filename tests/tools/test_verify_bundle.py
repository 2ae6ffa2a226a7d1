"""The stand-alone verifier: Ed25519 by the book, and one verdict with `clearline verify` on whole and broken bundles.

Where both say "not proven" the first bad place is the same. What the two may say differently is held at the end.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import importlib.util
import io
import json
import random
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from clearline.faces.cli import main
from clearline.gateways.bundle.writing import write_bundle
from clearline.records import canonical
from clearline.records.body import KINDS
from clearline.signing.keys import Signer
from clearline.signing.note import encode_note
from clearline.signing.statement import sign_statement
from clearline.testing.day import IL, TR, Day, short_day, written_day
from clearline.testing.kept import KeptRecord, renumbered
from clearline.testing.members import START, founded_channel
from clearline.testing.scenario import run as simulated
from clearline.tlog.checkpoint import Checkpoint, sign_checkpoint
from clearline.tlog.tree import Tree, leaf_hash

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "verify_bundle.py"
GOLDEN = ROOT / "tests" / "golden" / "bundle.jsonl"
GENESIS = ROOT / "tests" / "golden" / "genesis.note"


def loaded() -> Any:
    spec = importlib.util.spec_from_file_location("verify_bundle", TOOL)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tool = loaded()


class Said(NamedTuple):
    """What the tool did: its exit status and both outputs."""

    code: int
    out: str
    err: str

    @property
    def place(self) -> str:
        """What the first line names as broken."""
        first = self.out.split("\n", 1)[0]
        return first.removeprefix("BROKEN  ").partition(":")[0] if first.startswith("BROKEN") else ""


def asked(path: Path, *more: object) -> Said:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = tool.main([str(path), *map(str, more)])
    return Said(code, out.getvalue(), err.getvalue())


def bundle(record: KeptRecord, genesis: bytes, *logs: str) -> bytes:
    out = io.BytesIO()
    write_bundle(record, genesis, out, made=START, logs=logs)
    return out.getvalue()


def mended(lines: list[bytes]) -> bytes:
    """Return lines with a last line that fits them, as somebody makes it who changes a bundle on purpose."""
    raw = b"".join(lines)
    last = {"end": hashlib.sha256(raw).hexdigest(), "lines": len(lines)}
    return raw + json.dumps(last, separators=(",", ":")).encode() + b"\n"


def both(path: Path, raw: bytes, *, rules: bool = False) -> tuple[int, Said]:
    """Return the exit status of `clearline verify` and what the tool says; they agree on proven and on the place.

    `rules` allows the one difference that is meant: a body against the rules of its kind, which no entry refuses.
    """
    path.write_bytes(raw)
    ours = CliRunner().invoke(main, ["verify", str(path), "--json"])
    said = asked(path)
    assert ours.exit_code in (0, 1, 2), ours.output
    if rules and ours.exit_code == 1 and said.code == 0:
        assert "and no entry refuses it" in json.loads(ours.stdout)["fault"]["why"]
        return 0, said
    assert (ours.exit_code == 0) is (said.code == 0), (ours.output, said)
    assert said.code != 2 or (said.out == "" and said.err)
    if ours.exit_code == said.code == 1:
        fault = json.loads(ours.stdout)["fault"]
        words = {"genesis": "the genesis", "file": "the file", "log": fault["log"]}
        place = f"{fault['log']} {'checkpoint of size' if fault['what'] == 'checkpoint' else 'entry'} {fault['index']}"
        assert said.place == words.get(fault["what"], place), (fault, said.out)
    return ours.exit_code, said


@pytest.fixture(scope="module")
def day() -> Day:
    return short_day()


@pytest.fixture(scope="module")
def genesis(day: Day) -> bytes:
    return day.founded.roster.note


@pytest.fixture(scope="module")
def record(day: Day) -> KeptRecord:
    return KeptRecord.of(day.nodes[TR].store, TR)


@pytest.fixture(scope="module")
def whole(record: KeptRecord, genesis: bytes) -> bytes:
    return bundle(record, genesis)


# Ed25519

VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        b"",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        b"\x72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        b"\xaf\x82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        hashlib.sha512(b"abc").digest(),
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e030"
        "3dca179c138ac17ad9bef1177331a704",
    ),
]


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_rfc_8032_vectors(key: str, message: bytes, signature: str) -> None:
    """RFC 8032 §7.1, TEST 1, 2, 3 and SHA(abc); no bit of the signature may differ."""
    raw, public = bytes.fromhex(signature), bytes.fromhex(key)
    assert tool.verifies(public, raw, message)
    assert not tool.verifies(public, raw, message + b"x")
    for bit in range(0, 512, 37):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        assert not tool.verifies(public, bytes(changed), message)
    assert not tool.verifies(public, raw[:-1], message)
    assert not tool.verifies(public, raw + b"\x00", message)


def test_ed25519_agrees_with_another_library() -> None:
    """Right and wrong signatures of many keys are judged as OpenSSL judges them."""
    numbers = random.Random(1)
    for _ in range(12):
        private = Ed25519PrivateKey.from_private_bytes(numbers.randbytes(32))
        public = private.public_key().public_bytes_raw()
        for _ in range(4):
            message = numbers.randbytes(numbers.randrange(300))
            signature = bytearray(private.sign(message))
            assert tool.verifies(public, bytes(signature), message)
            signature[numbers.randrange(64)] ^= 1 << numbers.randrange(8)
            assert not tool.verifies(public, bytes(signature), message)
            with pytest.raises(InvalidSignature):
                Ed25519PublicKey.from_public_bytes(public).verify(bytes(signature), message)


def test_a_signature_has_one_spelling() -> None:
    """S plus the group's order, and a second spelling of R, stand for the same numbers and are refused."""
    key, message, signature = (bytes.fromhex(VECTORS[1][0]), VECTORS[1][1], bytes.fromhex(VECTORS[1][2]))
    s = int.from_bytes(signature[32:], "little") + tool.L
    assert not tool.verifies(key, signature[:32] + s.to_bytes(32, "little"), message)
    # With S = k·a the sum is the neutral element, whose y = 1 can also be written as y = P + 1.
    digest = hashlib.sha512(hashlib.sha256(b"seed").digest()).digest()
    private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"seed").digest())
    a = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | (1 << 254)
    for r, taken in (((1).to_bytes(32, "little"), True), ((tool.P + 1).to_bytes(32, "little"), False)):
        public = private.public_key().public_bytes_raw()
        k = int.from_bytes(hashlib.sha512(r + public + b"x").digest(), "little")
        assert tool.verifies(public, r + (k * a % tool.L).to_bytes(32, "little"), b"x") is taken


@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize(
    "y",
    [
        0,
        1,
        tool.P - 1,
        0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
        0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
        tool.P,
        tool.P + 1,
        2**255 - 1,
    ],
)
def test_weak_keys_sign_nothing(y: int, sign: int) -> None:
    """Keys of small order and second spellings of keys are found, and nothing verifies under them."""
    key = (y | sign << 255).to_bytes(32, "little")
    assert tool.is_weak_key(key)
    for r in (1, 0, tool.P - 1):
        assert not tool.verifies(key, r.to_bytes(32, "little") + bytes(32), b"any")


def test_bytes_that_are_no_point_verify_nothing() -> None:
    """Half of all y have no x: such a key is no weak one, and of no use to anybody."""
    keys = [y.to_bytes(32, "little") for y in range(2, 40)]
    none = [key for key in keys if tool.decode_point(key) is None]
    assert 10 < len(none) < 28
    assert not any(tool.is_weak_key(key) or tool.verifies(key, bytes(64), b"") for key in none)


# The tool by itself


def test_it_is_one_file_for_python_3_8_with_the_standard_library_alone() -> None:
    """It parses as Python 3.8 and imports nothing that does not come with Python."""
    tree = ast.parse(TOOL.read_text(), feature_version=(3, 8))
    named = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    named |= {alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
    assert {str(name).partition(".")[0] for name in named} <= sys.stdlib_module_names | {"__future__"}


def test_it_runs_alone(tmp_path: Path) -> None:
    """A copy of the one file runs isolated, without site-packages and without an environment."""
    copy = Path(shutil.copy(TOOL, tmp_path / "alone.py"))

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-S", str(copy), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env={}, cwd=tmp_path)

    done = run(GOLDEN)
    assert (done.returncode, done.stderr) == (0, "")
    entries = GOLDEN.read_bytes().count(b'\n{"entry":')
    assert f"PROVEN: {entries} of {entries} entries in 2 logs" in done.stdout
    assert "came with the data" in done.stdout
    for arguments in ((tmp_path / "none",), (tmp_path,), (), (copy,)):
        done = run(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr and "Traceback" not in done.stderr


def test_it_knows_every_kind() -> None:
    """A kind that the record has is not called unknown."""
    assert all(tool.KINDS.fullmatch(kind) for kind in KINDS)
    assert tool.KINDS.fullmatch("notices") is None


def test_trust(tmp_path: Path) -> None:
    """The right genesis says so, another one breaks, and what is none is bad input."""
    said = asked(GOLDEN, "--trust", GENESIS)
    assert said.code == 0 and "compared with the one that you trust" in said.out and "came with" not in said.out
    other = tmp_path / "other"
    other.write_bytes(founded_channel(seed="another").roster.note)
    said = asked(GOLDEN, "--trust", other)
    assert said.code == 1 and said.out.startswith("BROKEN  the genesis: it is of channel fdb3")
    for raw in (b"", b"\xff", b"no genesis", GENESIS.read_bytes()[:-5], other.read_bytes().replace(b"false", b"true")):
        other.write_bytes(raw)
        said = asked(GOLDEN, "--trust", other)
        assert (said.code, said.out) == (2, "") and "--trust" in said.err
    assert asked(GOLDEN, "--trust", tmp_path / "absent").code == 2


def test_what_is_printed(tmp_path: Path, whole: bytes) -> None:
    """It says what is proven, by whom, until when, and what is not."""
    (tmp_path / "b").write_bytes(whole)
    said = asked(tmp_path / "b")
    assert said.code == 0
    for words in (
        "signed by TR, officer 1",
        "delivered to IL up to",
        "held by TR up to",
        "written until 2025-04-18T",
        "Not proven: that nothing was said later",
    ):
        assert words in said.out


# Agreement with `clearline verify`


def test_whole_bundles_are_proven_by_both(tmp_path: Path, day: Day, genesis: bytes) -> None:
    """Every record that honest nodes keep is proven, whole or by single logs."""
    assert both(tmp_path / "golden", GOLDEN.read_bytes())[0] == 0
    for member, node in day.nodes.items():
        held = KeptRecord.of(node.store, member)
        for logs in ((), *((log,) for log in held.logs())):
            assert both(tmp_path / "b", bundle(held, genesis, *logs), rules=bool(logs))[0] == 0
    full = written_day()
    for member, node in full.nodes.items():
        raw = bundle(KeptRecord.of(node.store, member), full.founded.roster.note)
        assert both(tmp_path / "b", raw)[0] == 0


@pytest.mark.parametrize("seed", [3, 5])
def test_simulated_records_are_proven_by_both(tmp_path: Path, seed: int) -> None:
    """Loss, crashes and partitions leave records that both prove, entry for entry."""
    simulation, _ = simulated(seed)
    for member, machine in simulation.machines.items():
        raw = bundle(KeptRecord.of(machine.store, member), simulation.founded.roster.note)
        code, said = both(tmp_path / "b", raw)
        count = raw.count(b'\n{"entry":')
        assert code == 0 and f"PROVEN: {count:,} of {count:,} entries" in said.out


def test_no_changed_byte_is_proven(tmp_path: Path, whole: bytes) -> None:
    """Bytes changed, put in and left out at random: neither proves it, and both give the same exit status."""
    spots = random.Random(1)
    for n in range(90):
        at = spots.randrange(len(whole))
        put = (bytes((whole[at] ^ 1 << spots.randrange(7),)), spots.randbytes(1) + whole[at : at + 1], b"")[n % 3]
        if put == whole[at : at + 1]:
            continue
        code, said = both(tmp_path / "b", whole[:at] + put + whole[at + 1 :])
        assert code != 0 and code == said.code, (at, put, said)
    for cut in (0, 1, len(whole) // 2, len(whole) - 1):
        assert both(tmp_path / "b", whole[:cut])[1].code == 2
    assert both(tmp_path / "b", whole + b"\n")[1].code == 2


def test_changed_texts_under_a_mended_last_line(tmp_path: Path, whole: bytes) -> None:
    """Somebody who mends the last line still changes a note, a body or a salt: both name the same place."""
    spots = random.Random(2)
    lines = whole.splitlines(keepends=True)[:-1]
    letters = b"ABCabc012"
    seen = set()
    for n in range(80):
        at = spots.randrange(1, len(lines))
        spot = spots.randrange(len(lines[at]) - 2)
        changed = lines[at][:spot] + letters[n % 9 : n % 9 + 1] + lines[at][spot + 1 :]
        if changed != lines[at]:
            code, said = both(tmp_path / "b", mended([*lines[:at], changed, *lines[at + 1 :]]))
            assert code != 0 and code == said.code, (lines[at][spot - 20 : spot + 20], said)
            seen.add(said.place.rstrip("0123456789"))
    assert {"TR/main entry ", "TR/main checkpoint of size ", "the genesis"} <= seen


def test_lines_left_out_doubled_and_moved(tmp_path: Path, whole: bytes) -> None:
    """Under a mended last line both see the same: an erased body is none, a lost entry is one."""
    lines = whole.splitlines(keepends=True)[:-1]
    codes = []
    for at in range(0, len(lines) - 1):
        changes = [lines[:at] + lines[at + 1 :]]
        if lines[at].startswith(b'{"entry"'):
            changes += [lines[:at] + lines[at + 2 :]]
        if at % 4 == 0:
            changes += [lines[:at] + lines[at : at + 1] + lines[at:]]
            changes += [lines[:at] + lines[at + 1 : at + 2] + lines[at : at + 1] + lines[at + 2 :]]
        for changed in changes:
            code, said = both(tmp_path / "b", mended(changed), rules=True)
            assert code == said.code
            codes.append(code)
    assert {0, 1, 2} == set(codes)


def test_a_history_that_is_changed_with_care(tmp_path: Path, record: KeptRecord, genesis: bytes) -> None:
    """Entries left out or moved, a tail cut off with all that covered it, a log from an old copy."""
    found = []
    for log in record.logs():
        size = len(record.held[log].entries)
        for at in range(size):
            part = record.copy()
            held = part.held[log]
            held.entries = renumbered(held.entries[:at] + held.entries[at + 1 :])
            held.bodies = []
            found.append(both(tmp_path / "b", bundle(part, genesis))[1])
        part = record.copy()
        held = part.held[log]
        held.entries = renumbered([*held.entries[1:2], *held.entries[:1], *held.entries[2:]])
        held.bodies = []
        found.append(both(tmp_path / "b", bundle(part, genesis))[1])
        part = record.copy()
        held = part.held[log]
        held.checkpoints = [c for c in held.checkpoints if c[0] < size]
        held.cosignatures = [c for c in held.cosignatures if c.size < size]
        kept = held.checkpoints[-1][0]
        held.entries = held.entries[:kept]
        held.bodies = [b for b in held.bodies if b.index < kept]
        found.append(both(tmp_path / "b", bundle(part, genesis), rules=True)[1])
    words = "\n".join(said.out.split("\n")[0] for said in found if said.code)
    for expected in ("do not give the root", "is missing: ", "names "):
        assert expected in words


def test_another_history_in_seen(tmp_path: Path, day: Day) -> None:
    """Entries that rest on another history of a log than the one in the bundle are named."""
    other = short_day("short")
    other.say_spoilt(TR, b'{"kind":"other","v":1}')
    mixed = KeptRecord.of(day.nodes[TR].store, TR)
    mixed.held["TR/safety"] = KeptRecord.of(other.nodes[TR].store, TR).held["TR/safety"]
    assert both(tmp_path / "b", bundle(mixed, day.founded.roster.note))[0] == 0
    twisted = Day.dawn("short")
    twisted.desk(TR).message(_message(), to=[IL])
    twisted.exchange()
    mixed.held["TR/main"] = KeptRecord.of(twisted.nodes[TR].store, TR).held["TR/main"]
    code, said = both(tmp_path / "b", bundle(mixed, day.founded.roster.note))
    assert code == 1 and "saw another history of TR/main" in said.out.split("\n")[0]


def _message() -> Any:
    from clearline.records.message import Message, Precedence

    return Message(Precedence.ROUTINE, "en", "Another story")


def test_erased_unknown_and_refused_bodies_are_named(tmp_path: Path) -> None:
    """What is not held, not understood or not readable is listed and breaks nothing where it is refused."""
    day = Day.dawn("bodies")
    day.desk(TR)
    day.say_spoilt(TR, b'{"kind":"hologram","v":1}')
    day.say_spoilt(TR, b'{"kind":"message","v":2}')
    day.say_spoilt(TR, b'{"v":1, "kind":"message"}')
    day.say_spoilt(TR, b'{"kind":"message","n":1.5,"v":1}')
    day.exchange()
    day.desk(IL)
    day.exchange()
    genesis = day.founded.roster.note
    for member in (IL, TR):
        held = KeptRecord.of(day.nodes[member].store, member)
        code, said = both(tmp_path / "b", bundle(held, genesis))
        assert code == 0, said.out
        assert "2 bodies of an unknown kind or version are not understood: entry 0 body 0: kind hologram" in said.out
        if member == TR:
            assert "2 bodies open and cannot be read: entry 2 body 0, entry 3 body 0" in said.out
        held.held["TR/main"].bodies.clear()
        code, said = both(tmp_path / "b", bundle(held, genesis))
        lacking = f"bodies for {member} are not held (they never arrived, or were lost): entry 0 body 0"
        assert code == 0 and lacking in said.out


def test_a_bad_body_that_nobody_refuses(tmp_path: Path) -> None:
    """A body in another spelling breaks the record of whoever said it, until an entry refuses it."""
    day = Day.dawn("unrefused")
    day.desk(IL).message(_message(), to=[TR])
    day.exchange()
    day.say_spoilt(TR, b'{"v":1, "kind":"message"}')
    day.commit(TR)
    raw = bundle(KeptRecord.of(day.nodes[TR].store, TR), day.founded.roster.note)
    code, said = both(tmp_path / "b", raw)
    assert code == 1 and "and no entry refuses it" in said.out


lines_of_golden = st.one_of(
    st.sampled_from(GOLDEN.read_bytes().splitlines(keepends=True)),
    st.binary(max_size=40),
    st.sampled_from(
        [b"{}\n", b'{"entry":"\\ud800","index":0,"log":"TR/main"}\n', b"[" * 5_000 + b"\n", b'{"end":1}\n']
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(lines_of_golden, max_size=6), st.integers(0, 30), st.booleans())
def test_any_bytes_give_an_answer(
    tmp_path_factory: pytest.TempPathFactory, put: list[bytes], at: int, mend: bool
) -> None:
    """Whatever the file holds: an exit status of 0 to 2, the same verdict by both, and no traceback."""
    golden = GOLDEN.read_bytes().splitlines(keepends=True)
    lines = [*golden[:at], *put, *golden[at + len(put) : -1]]
    both(tmp_path_factory.getbasetemp() / "any", mended(lines) if mend else b"".join(put))


def test_hostile_texts_are_printed_harmlessly(tmp_path: Path) -> None:
    """Nothing that a file says reaches the terminal as a command."""
    lines = GOLDEN.read_bytes().splitlines(keepends=True)[:-1]
    lines[3] = lines[3].replace(b"clearline/statement/v1", b"\\u001b[2J" + "\u202e".encode())
    (tmp_path / "b").write_bytes(mended(lines))
    said = asked(tmp_path / "b", "--trust", GENESIS)
    assert said.code == 1 and "\x1b" not in said.out and "\u202e" not in said.out


def test_genesis_forms_are_refused_by_both(tmp_path: Path) -> None:
    """A genesis out of form, signed by all its roots, is refused by both, and so is one without a root's line."""
    lines = GOLDEN.read_bytes().splitlines(keepends=True)[:-1]
    text = GENESIS.read_text().rpartition("\n\n")[0] + "\n"
    roots = {m: Signer(f"clearline/{m}/root", hashlib.sha256(m.encode()).digest()) for m in ("IL", "TR")}

    def signed(change: Callable[[dict[str, Any]], object], *, by: tuple[str, ...] = ("IL", "TR")) -> Said:
        value = json.loads(text.split("\n")[1])
        for member in value["members"]:
            member["root"] = b64encode(roots[member["id"]].public.raw).decode()
        change(value)
        note = sign_statement(f"clearline/genesis/v1\n{canonical.encode(value).decode()}\n", [roots[m] for m in by])
        line = canonical.encode({"genesis": encode_note(note).decode()}) + b"\n"
        code, said = both(tmp_path / "b", mended([lines[0], line]))
        assert code == said.code
        return said

    assert signed(lambda g: None).code == 0
    assert "not signed by the roots of IL" in signed(lambda g: None, by=("TR",)).out
    weak = b64encode((1).to_bytes(32, "little")).decode()
    changes: list[Callable[[dict[str, Any]], object]] = [
        lambda g: g["members"].reverse(),
        lambda g: g["members"].pop(),
        lambda g: g.update(drill=0),
        lambda g: g.update(created=-1),
        lambda g: g.update(channel="a\u200eb"),
        lambda g: g.update(channel="e\u0301"),
        lambda g: g.update(more=1),
        lambda g: g.update(nonce="AA=="),
        lambda g: g["members"][0].update(role="judge"),
        lambda g: g["members"][0].update(name=" x"),
        lambda g: g["members"][0]["keys"].update(main=g["members"][0]["root"]),
        lambda g: g["members"][0]["keys"].update(main=weak),
        lambda g: g["members"][0]["keys"].update(officers=[]),
        lambda g: g["members"][0]["keys"]["officers"][0].update(position="node"),
        lambda g: g["members"][0]["keys"]["officers"][0].update(officer="a" * 64),
        lambda g: g["members"][0]["keys"]["officers"][0].update(officer="a b"),
        lambda g: g["members"][0]["keys"]["officers"][0].update(releasing=1),
        lambda g: g["members"][0]["keys"]["officers"][0].pop("releasing"),
        lambda g: g["members"][0]["keys"].pop("sealing"),
        lambda g: g["members"][0]["keys"].update(sealing=g["members"][1]["keys"]["sealing"]),
        lambda g: g["members"][0]["keys"].update(sealing=g["members"][0]["keys"]["main"]),
        lambda g: g["members"][1].update(until=g["created"]),
        lambda g: g["members"][1].pop("until"),
    ]
    for change in changes:
        said = signed(change)
        assert (said.code, said.place) == (1, "the genesis"), said


def test_statement_forms_are_refused_by_both(tmp_path: Path, day: Day, record: KeptRecord) -> None:
    """A header out of form, signed by an officer and covered by its log, is refused by both; so are other signers."""
    keys, channel = day.founded.keyrings[TR], day.founded.roster.channel
    first = record.held["TR/main"].entries[0].note.decode().split("\n")[1]
    officer, node = keys.officers["1"], keys.main
    stranger = day.founded.keyrings[IL].officers["1"]
    known = {"root": b64encode(bytes(32)).decode(), "size": 1}

    def signed(change: Callable[[dict[str, Any]], object], *by: Signer, twice: bool = False) -> tuple[int, Said]:
        header = json.loads(first)
        change(header)
        text = f"clearline/statement/v1\n{canonical.encode(header).decode()}\n"
        notes = [encode_note(sign_statement(text, by or (officer,)))] * (2 if twice else 1)
        tree = Tree()
        for note in notes:
            tree.append(leaf_hash(note))
        checkpoint = sign_checkpoint(Checkpoint(f"clearline/{channel}/TR/main", len(notes), tree.root()), node)
        entries = [{"entry": note.decode(), "index": n, "log": "TR/main"} for n, note in enumerate(notes)]
        values = [{"checkpoint": checkpoint.raw().decode(), "log": "TR/main"}, *entries]
        lines = [canonical.encode(v) + b"\n" for v in values]
        return both(tmp_path / "b", mended([first_line, genesis_line, *lines]))

    first_line = b'{"clearline":"bundle/v1","made":0,"member":"TR"}\n'
    genesis_line = canonical.encode({"genesis": day.founded.roster.note.decode()}) + b"\n"
    right: list[Callable[[dict[str, Any]], object]] = [
        lambda h: None,
        lambda h: h.update(claimed=0, expires=2**53 - 1),
        lambda h: h.update(seen={"IL/main": known, "TR/safety": known, "TR/main": known}),
        lambda h: (h.update(audience=["TR"]), h["bodies"][0].update(audience=["TR"])),
    ]
    for change in right:
        assert signed(change)[0] == 0
    assert signed(right[0], node)[0] == 0
    wrong: list[Callable[[dict[str, Any]], object]] = [
        lambda h: h.update(claimed=2**53 - 1, expires=2**53 - 1),
        lambda h: h.update(expires=h["claimed"] - 1),
        lambda h: h.update(claimed=-1),
        lambda h: h.update(claimed=True),
        lambda h: h.update(audience=["IL"]),
        lambda h: h.update(audience=["TR", "IL"]),
        lambda h: (h.update(audience=["IL"]), h["bodies"][0].update(audience=["IL"])),
        lambda h: (h.update(audience=["TR", "XX"]), h["bodies"][0].update(audience=["TR", "XX"])),
        lambda h: (h.update(audience=["TR"]), h["bodies"][0].update(audience=["TR", "TR"])),
        lambda h: h.update(author="IL"),
        lambda h: h.update(channel="0" * 64),
        lambda h: h.update(nonce=h["nonce"][:-4]),
        lambda h: h.update(bodies=[]),
        lambda h: h.update(bodies=h["bodies"] * 5),
        lambda h: h["bodies"][0].update(commitment=""),
        lambda h: h.update(more=1),
        lambda h: h.update(seen={"IL/main": {**known, "size": 0}}),
        lambda h: h.update(seen={"XX/main": known}),
        lambda h: h.update(seen={"IL/other": known}),
        lambda h: h.update(seen={"IL/main": {"root": "", "size": 1}}),
        lambda h: h.update(seen=[]),
    ]
    for n, change in enumerate(wrong):
        code, said = signed(change)
        assert (code, said.code, said.place) == (1, 1, "TR/main entry 0"), (n, said)
    for by in ((stranger,), (officer, stranger), (officer, node), (keys.safety,)):
        assert signed(right[0], *by)[1].place == "TR/main entry 0"
    code, said = signed(right[0], twice=True)
    assert code == 1 and said.place == "TR/main entry 1" and "nonce" in said.out


# Where the two differ


def test_the_rules_of_a_kind_are_not_judged_here(tmp_path: Path) -> None:
    """A body that breaks its kind's rules, refused by nobody, breaks the record for `clearline verify` alone."""
    day = Day.dawn("kinds")
    day.desk(IL).message(_message(), to=[TR])
    day.exchange()
    day.say_spoilt(TR)
    day.commit(TR)
    (tmp_path / "b").write_bytes(bundle(KeptRecord.of(day.nodes[TR].store, TR), day.founded.roster.note))
    assert CliRunner().invoke(main, ["verify", str(tmp_path / "b")]).exit_code == 1
    said = asked(tmp_path / "b")
    assert said.code == 0 and "keeps the rules of its kind" in said.out


def test_a_log_name_out_of_form_is_bad_input_here(tmp_path: Path) -> None:
    """Lines are matched as patterns: a name outside ASCII is no name of a log, so the file is no bundle (2, not 1)."""
    lines = GOLDEN.read_bytes().splitlines(keepends=True)[:-1]
    lines = [line.replace(b'"log":"TR/main"', '"log":"TR/maïn"'.encode()) for line in lines]
    (tmp_path / "b").write_bytes(mended(lines))
    assert CliRunner().invoke(main, ["verify", str(tmp_path / "b")]).exit_code == 1
    assert asked(tmp_path / "b").code == 2
