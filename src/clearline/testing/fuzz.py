"""Everything that reads bytes of strangers, by name; run it on any bytes: `python -m clearline.testing.fuzz`.

Any bytes give a value, a `Refused` or an `Alarm`, in bounded memory; whatever else is raised is a fault of ours.
Coverage-guided runs need atheris (Python 3.11 or newer on Linux); without it the same targets run in tests on
what hypothesis and mutated real messages bring.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from pathlib import Path

from clearline.errors import ClearlineError

Target = Callable[[bytes], object]

MEMORY_MB = 1_024
"""Resident memory that a fuzzed process may take: an atheris process with all modules and room for one input."""

INPUT_BYTES_MAX = 16_384
"""Bytes of one generated input: room for a push with several entries."""


def targets() -> dict[str, Target]:
    """Return every reader of strangers' bytes by its name."""
    from clearline.channel.roster import roster_from_genesis
    from clearline.gateways.geojson.notice_file import parse_notices
    from clearline.gateways.peer import wire
    from clearline.records import body, canonical, genesis, header
    from clearline.signing.note import parse_note
    from clearline.tlog import checkpoint, tiles

    def text(raw: bytes) -> str:
        return raw.decode("utf-8", "replace")

    return {
        "answer": wire.decode_answer,
        "asker": _asked,
        "body": lambda raw: body.decode(raw, where="body"),
        "bundle": _bundled,
        "canonical": lambda raw: canonical.decode(raw, where="json"),
        "checkpoint": lambda raw: checkpoint.parse_checkpoint_text(text(raw), where="checkpoint"),
        "checkpoints shown": _shown,
        "evidence": _judged,
        "genesis": lambda raw: genesis.from_text(text(raw), where="genesis"),
        "header": lambda raw: header.from_text(text(raw), where="header"),
        "note": lambda raw: parse_note(raw, where="note"),
        "notices": lambda raw: parse_notices(raw, where="file"),
        "push": wire.decode_push,
        "received": _received,
        "roster": lambda raw: roster_from_genesis(raw, where="genesis"),
        "tile path": lambda raw: tiles.parse_tile_path(text(raw), where="path"),
    }


def run(target: Target, raw: bytes) -> str:
    """Return what came of it: `value`, or the slug of the refusal or alarm; whatever else is raised goes on."""
    try:
        target(raw)
    except ClearlineError as refusal:
        if refusal.status >= 500:
            raise
        return refusal.slug
    return "value"


def seeds() -> dict[str, list[bytes]]:
    """Return real inputs for each target, from a written day: what a fuzzer begins with."""
    from clearline.gateways.peer import wire
    from clearline.testing.attack import forger
    from clearline.testing.pair import FIVE, Side

    side = Side(FIVE, seed="fuzz")
    made = forger(side, "TR", 3)
    push = made.push()
    other = forger(side, "TR", 3, first=10)
    answer = wire.encode_answer(side.give("IL", push))
    with contextlib.suppress(ClearlineError):
        side.give("IL", other.push(3))
    evidence = next(b.body for b in side.stores["IL"].bodies("IL/main"))
    note = made.notes[0]
    header = note[: note.rfind(b"\n\n") + 1]
    return {
        "answer": [answer],
        "body": [raw for _, raw in made.bodies] + [evidence],
        "canonical": [raw for _, raw in made.bodies] + [evidence],
        "checkpoint": [push.checkpoint.partition(b"\n\n")[0] + b"\n"],
        "checkpoints shown": [push.checkpoint],
        "evidence": [evidence],
        "genesis": [side.roster.note.partition(b"\n\n")[0] + b"\n"],
        "header": [header],
        "note": [note, push.checkpoint, side.roster.note],
        "push": [wire.encode_push(push)],
        "received": [wire.encode_push(push), wire.encode_push(other.push(1))],
        "roster": [side.roster.note],
        "tile path": [b"tile/0/000", b"tile/entries/000.p/3"],
    }


@lru_cache(maxsize=1)
def _receiver() -> tuple[object, object]:
    from clearline.testing.attack import forger
    from clearline.testing.pair import FIVE, Side

    side = Side(FIVE, seed="fuzz")
    side.give("IL", forger(side, "TR", 2).push())
    return side, side.nodes["IL"]


def _received(raw: bytes) -> object:
    """Give a node a push of any bytes; what it refuses leaves no trace in it."""
    from clearline.channel.node import Node
    from clearline.gateways.peer import wire
    from clearline.testing.pair import Side

    side, node = _receiver()
    if not isinstance(side, Side) or not isinstance(node, Node):
        raise TypeError("no node to give it to")
    before = {name: held.size for name, held in node.logs.items()}
    try:
        return node.receive(wire.decode_push(raw), at=side.at, random=side.random)
    except ClearlineError as refusal:
        grown = {name for name, held in node.logs.items() if held.size != before[name]}
        if grown - {"IL/main"}:
            raise AssertionError(f"refused ({refusal.slug}), but {grown} grew") from None
        raise
    finally:
        if any(held.size > 50 for held in node.logs.values()):
            _receiver.cache_clear()


def _shown(raw: bytes) -> object:
    from clearline.channel.node import Node
    from clearline.records.words import MemberId
    from clearline.testing.pair import Side

    side, node = _receiver()
    if isinstance(side, Side) and isinstance(node, Node):
        node.take_checkpoints(MemberId("SY"), {"TR/main": raw}, at=side.at, random=side.random)
    return None


def _judged(raw: bytes) -> object:
    from clearline.channel.witnessing.witness import judge
    from clearline.records import body
    from clearline.records.evidence import Evidence
    from clearline.testing.pair import Side

    record = body.decode(raw, where="body")
    side, _ = _receiver()
    return judge(side.roster, record) if isinstance(record, Evidence) and isinstance(side, Side) else record


def _bundled(raw: bytes) -> object:
    from clearline.gateways.bundle.reading import Bundle

    with tempfile.NamedTemporaryFile() as file:
        file.write(raw)
        file.flush()
        return Bundle(Path(file.name)).logs()


def _asked(raw: bytes) -> object:
    from clearline.gateways.peer.request import asker
    from clearline.testing.pair import Side

    side, _ = _receiver()
    if not isinstance(side, Side):
        raise TypeError("no channel to ask")
    return asker(raw.decode("latin-1"), side.roster, side.nodes["IL"].me, "GET /", at=side.at)


def main() -> None:
    """Fuzz for a while, guided by coverage: `python -m clearline.testing.fuzz SECONDS [SEED] [CORPUS]`."""
    atheris = import_module("atheris")
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with atheris.instrument_imports(include=["clearline"]):
        found = targets()
        begin = seeds()
    names = sorted(found)

    def one(raw: bytes) -> None:
        if raw:
            run(found[names[raw[0] % len(names)]], raw[1:])

    with tempfile.TemporaryDirectory() as made:
        folder = Path(sys.argv[3]) if len(sys.argv) > 3 else Path(made)
        for name, raws in begin.items():
            for number, raw in enumerate(raws):
                (folder / f"{name.replace(' ', '-')}-{number}").write_bytes(bytes([names.index(name)]) + raw)
        options = [
            sys.argv[0],
            f"-max_total_time={seconds}",
            f"-seed={seed}",
            f"-max_len={INPUT_BYTES_MAX}",
            f"-rss_limit_mb={MEMORY_MB}",
            "-timeout=10",
            f"-artifact_prefix={folder}/",
            str(folder),
        ]
        atheris.Setup(options, one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
