"""What is to be doubted in a record that is as it was signed: receivers show it, and both verifiers name the same."""

from __future__ import annotations

import hashlib
import importlib.util
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clearline.channel.proof.proving import prove
from clearline.gateways.bundle.reading import Bundle
from clearline.gateways.bundle.writing import write_bundle
from clearline.picture.fold import Picture
from clearline.picture.packed import Packed, merged
from clearline.picture.packing import again_of, rest_on, shelve, take
from clearline.picture.placing import LOOKED_BACK
from clearline.records.area import Area, AreaSort, AreaWithdrawal
from clearline.records.body import KINDS
from clearline.records.header import entry_id
from clearline.records.key_event import Event
from clearline.records.message import Message, Precedence
from clearline.records.notice import Notice
from clearline.records.rules import logs_of, two_persons
from clearline.records.words import MemberId
from clearline.testing.histories import entry_at as made_up
from clearline.testing.kept import KeptRecord
from clearline.testing.key_events import key_event, say_event
from clearline.testing.members import START
from clearline.testing.pair import Forger, Side
from clearline.testing.theatre import circle, draft
from clearline.volumes.instant import Instant

IL, TR = MemberId("IL"), MemberId("TR")
HOUR_MS = 3_600_000
TOOL = Path(__file__).parents[3] / "tools/verify_bundle.py"
LINE = Area(AreaSort.RED_LINE, "RL", "No further", "None is accepted.", (circle(),))
ZONE = Area(AreaSort.ZONE, "Z", "Zone", "Rules.", (circle(),))


def tool() -> Any:
    spec = importlib.util.spec_from_file_location("verify_bundle", TOOL)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL_OF_ITS_OWN = tool()

Doubted = dict[str, tuple[list[tuple[int, str]], list[tuple[int, str]]]]
"""By log: entries with a word each, and sizes at which a witness's line is doubted."""


def both(raw: bytes, side: Side, path: Path) -> Doubted:
    """Return what both verifiers say of a bundle; they say the same of every log, and of its witnesses."""
    path.write_bytes(raw)
    report = prove(side.founded.roster, Bundle(path))
    ours = {
        log.name: ([(p.index, p.word) for p in log.flagged.first], [(p.index, p.word) for p in log.doubted.first])
        for log in report.logs
    }
    with path.open("rb") as file:
        bundle = TOOL_OF_ITS_OWN.Bundle(file)
        channel = TOOL_OF_ITS_OWN.Channel(bundle.genesis)
        with path.open("rb") as again:
            TOOL_OF_ITS_OWN.learn_keys(again, channel)
        found, fault = TOOL_OF_ITS_OWN.prove(bundle, channel)
    assert (report.fault is None) is (fault == ""), (report.fault, fault)
    for log in report.logs:
        if log.entries:
            theirs = found.logs[log.name].places
            said = [f"entry {index} {word}" for index, word in ours[log.name][0]]
            assert theirs["flagged"] == said, log.name
            assert theirs["doubted"] == [f"at size {size} {word}" for size, word in ours[log.name][1]], log.name
            witnesses = {(w.role, w.member): (w.size, w.time_s) for w in log.witnesses}
            assert found.logs[log.name].witnesses == witnesses
    return ours


def bundle_of(side: Side, member: MemberId) -> bytes:
    out = io.BytesIO()
    write_bundle(KeptRecord.of(side.nodes[member].store, member), side.founded.roster.note, out, made=START)
    return out.getvalue()


@pytest.fixture
def side() -> Side:
    return Side(seed="doubts")


def test_an_act_of_two_that_one_signed_is_named_by_both(side: Side, tmp_path: Path) -> None:
    """A red line by one officer, by one twice removed, its withdrawal and its replacement by one; by two it stands."""
    keys = side.founded.keyrings[TR]
    one = [keys.officers["1"]]
    forger = Forger(side, "TR")
    forger.say(LINE, signers=one)
    two = forger.say(LINE)
    forger.say(Area(AreaSort.ZONE, "RL", "Softer", "Rules.", (circle(),), (), entry_id(two)), signers=one)
    forger.say(AreaWithdrawal("RL", entry_id(two), "never mind"), signers=one)
    zone = forger.say(ZONE)
    forger.say(AreaWithdrawal("Z", entry_id(zone), "over"), signers=one)
    side.give("IL", forger.push())
    found = both(bundle_of(side, IL), side, tmp_path / "b")
    words = "needs the signatures of two different officers"
    assert found["TR/main"][0] == [(0, words), (2, words), (3, words)]
    picture = side.nodes["IL"].picture
    assert {place.index: why for place, (_, why) in picture.ineffective.items()} == dict(found["TR/main"][0])


def test_keys_that_were_not_good_are_named_by_both(side: Side, tmp_path: Path) -> None:
    """Entries by a revoked key in both logs, what the revocation disowns, and a key event that has no effect."""
    tr, keys = side.nodes["TR"], side.founded.keyrings[TR]
    one = keys.officers["1"]
    tr.submit(Notice(draft("TR", "TR-1")), audience=(IL,), signers=[one], at=side.at, random=side.random)
    tr.submit(Notice(draft("TR", "TR-2")), audience=(IL,), signers=[one], at=side.at, random=side.random)
    lost = key_event(side, "TR", Event.REVOKE, "officer/1", one.public.raw, last_good={"main": 1})
    say_event(side, "TR", lost)
    side.talk()
    held = KeptRecord.of(side.nodes["TR"].store, TR).held["TR/main"]
    main, safety = Forger(side, "TR"), Forger(side, "TR", log="safety")
    main.notes = [entry.note for entry in held.entries]
    main.bodies = [(body.salt, body.body) for body in held.bodies]
    side.later(1_000)
    main.say(Notice(draft("TR", "TR-3")), signers=[one])
    again = key_event(side, "TR", Event.GRANT, "officer/9", keys.officers["2"].public.raw)
    main.say(again, signers=[keys.officers["2"]])
    safety.say(Message(Precedence.FLASH, "en", "stop"), signers=[one])
    side.give("IL", main.push())
    side.give("IL", safety.push())
    found = both(bundle_of(side, IL), side, tmp_path / "b")
    revoked = "signed by a key of officer 1 of TR, which was revoked before"
    disowned = "disowned: TR revoked the key of officer 1 from entry 1 of main on"
    assert found["TR/main"][0] == [
        (1, disowned),
        (3, revoked),
        (3, disowned),
        (4, "grants a key that was in use before"),
    ]
    assert found["TR/safety"][0] == [(0, revoked)]


def test_lines_of_a_revoked_witness_are_named_by_both(side: Side, tmp_path: Path) -> None:
    """What a mirror key stated before it was revoked counts and is named; what it states later counts for nothing."""
    il, tr = side.nodes["IL"], side.nodes["TR"]
    tr.submit(
        Notice(draft("TR", "TR-1")), audience=(IL,), signers=[tr.keys.officers["1"]], at=side.at, random=side.random
    )
    side.talk()
    assert "TR/main" in both(bundle_of(side, TR), side, tmp_path / "a")
    side.later(10_000)
    say_event(side, "IL", key_event(side, "IL", Event.REVOKE, "mirror", il.keys.mirror.public.raw))
    side.talk()
    found = both(bundle_of(side, TR), side, tmp_path / "b")
    sizes = {size for size, word in found["TR/main"][1] if "IL/mirror with a key that IL revoked" in word}
    assert 1 in sizes
    assert all(word.endswith("before that") for _, word in found["TR/main"][1])
    # The thief states more with the stolen key: a bundle that shows it names it, and counts it for nothing.
    held = KeptRecord.of(tr.store, TR)
    from clearline.channel.ports import PutCosignature
    from clearline.tlog.checkpoint import cosign, parse_checkpoint_text

    size, note = held.held["TR/main"].checkpoints[-1]
    checkpoint = parse_checkpoint_text(note.decode().rpartition("\n\n")[0] + "\n", where="checkpoint")
    late = cosign(checkpoint, il.keys.mirror, time_s=side.at // 1000 + 60)
    kept = held.held["TR/main"]
    kept.cosignatures = [c for c in kept.cosignatures if (c.size, c.cosigner) != (size, late.name)]
    kept.cosignatures.append(PutCosignature("TR/main", size, late.name, late.time_s, late.line))
    kept.cosignatures.sort(key=lambda c: (c.size, c.cosigner))
    out = io.BytesIO()
    write_bundle(held, side.founded.roster.note, out, made=START)
    found = both(out.getvalue(), side, tmp_path / "c")
    assert any(word.endswith("after that: it counts for nothing") for _, word in found["TR/main"][1])


def late(side: Side) -> Forger:
    """Return a log in which the second entry was signed for an hour that the first one shows to be over."""
    forger = Forger(side, "TR")
    drawn = side.at
    side.later(2 * HOUR_MS)
    forger.say(Message(Precedence.ROUTINE, "en", "first"))
    forger.say(
        Message(Precedence.ROUTINE, "en", "late"), changes={"claimed": drawn, "expires": Instant(drawn + HOUR_MS)}
    )
    forger.say(Message(Precedence.ROUTINE, "en", "in time"))
    return forger


def test_an_entry_placed_after_its_time_is_kept_shown_and_named(side: Side, tmp_path: Path) -> None:
    """Receivers flag it, over a restart too, take nothing from it, and both verifiers name it with what shows it."""
    side.give("IL", late(side).push())
    for node in (side.nodes["IL"], side.restart("IL")):
        said = [entry for entry, _ in sorted(node.picture.messages.values(), key=lambda pair: pair[0].place)]
        assert [[f.slug for f in node.picture.flags_of(entry)] for entry in said] == [[], ["placed-late"], []]
        assert not node.picture.ineffective
        (flag,) = node.picture.flags_of(said[1])
        assert "stands behind entry 0 of its log" in flag.text and "or a clock stood wrong" in flag.text
    found = both(bundle_of(side, IL), side, tmp_path / "b")
    assert found["TR/main"][0] == [(1, flag.text)]


def test_an_honest_node_places_nothing_late(side: Side, tmp_path: Path) -> None:
    """What was placed in time is never flagged, however long after it was received."""
    side.desk("TR").say(Message(Precedence.ROUTINE, "en", "early"), ["IL"])
    side.keep("TR")
    side.later(5 * HOUR_MS)
    side.desk("TR").say(Message(Precedence.ROUTINE, "en", "late"), ["IL"])
    side.talk()
    assert both(bundle_of(side, IL), side, tmp_path / "b")["TR/main"] == ([], [])


@pytest.mark.parametrize("every", [1, 3, LOOKED_BACK + 5])
def test_a_clock_that_leapt_once_is_not_held_against_a_log_for_ever(every: int) -> None:
    """Only so many entries behind the leap are flagged, the same ones however often tables are made in between."""
    import dataclasses

    def entry(index: int, claimed: int) -> Any:
        made = made_up("TR", index, Message(Precedence.ROUTINE, "en", str(index)))
        header = dataclasses.replace(made.header, claimed=Instant(claimed), expires=Instant(claimed + HOUR_MS))
        return dataclasses.replace(made, header=header)

    history = [entry(n, START + n + (100 * HOUR_MS if n == 2 else 0)) for n in range(2 * LOOKED_BACK)]
    plain = Picture.of((TR,), history)
    flagged = [n for n, one in enumerate(history) if plain.flags_of(one)]
    assert flagged == list(range(3, 3 + LOOKED_BACK))

    def read(place: Any) -> Any:
        return history[place.index]

    picture = Picture.of((TR,), ())
    shelve(picture, Packed(), read, at=START)
    for number, one in enumerate(history, 1):
        picture.fold(one)
        if number % every == 0:
            taken = take(picture)
            rest_on(picture, merged(picture.packed, taken.added), taken, read, at=START)
            again = Picture.of((TR,), ())
            shelve(again, picture.packed, read, at=START)
            for place in again_of(picture.packed):
                again.take(read(place))
            picture = again
    assert [n for n, one in enumerate(history) if picture.flags_of(one)] == flagged
    assert picture.placing.value() == plain.placing.value()


def test_the_second_verifier_knows_the_rules_of_every_kind() -> None:
    """Which log a kind belongs in, and which kinds bind with two persons alone, is the same in both."""

    def rule(kind: str) -> Any:
        return next(k for name, k in KINDS.items() if name == kind)

    for kind in KINDS:
        assert TOOL_OF_ITS_OWN.WHERE.get(kind, ("main",)) == logs_of(rule(kind)), kind
        always = getattr(rule(kind), "two_persons", False) is True
        assert (kind in TOOL_OF_ITS_OWN.TWO_PERSONS) is always, kind
    assert two_persons(LINE) and not two_persons(ZONE)


def without_key_events(lines: list[bytes]) -> list[bytes]:
    return [line for line in lines if b"key_event" not in line]


def without_areas(lines: list[bytes]) -> list[bytes]:
    return [line for line in lines if not (line.startswith(b'{"body"') and b'\\"kind\\":\\"area\\"' in line)]


@pytest.mark.parametrize("change", [without_key_events, without_areas], ids=lambda c: c.__name__)
def test_both_say_the_same_of_changed_bundles(
    side: Side, change: Callable[[list[bytes]], list[bytes]], tmp_path: Path
) -> None:
    """Where bodies are left out less can be judged, and both judge the same of what is left."""
    forger = late(side)
    one = [side.founded.keyrings[TR].officers["1"]]
    stands = forger.say(LINE)
    forger.say(AreaWithdrawal("RL", entry_id(stands), "never mind"), signers=one)
    say_event(
        side, "IL", key_event(side, "IL", Event.REVOKE, "officer/2", side.nodes["IL"].keys.officers["2"].public.raw)
    )
    side.keep("IL")
    side.give("IL", forger.push())
    lines = bundle_of(side, IL).splitlines(keepends=True)[:-1]
    changed = change(lines)
    assert changed != lines
    digest = hashlib.sha256(b"".join(changed)).hexdigest()
    raw = b"".join(changed) + b'{"end":"%s","lines":%d}\n' % (digest.encode(), len(changed))
    found = both(raw, side, tmp_path / "b")
    withdrawn = [(4, "needs the signatures of two different officers")]
    assert [p for p in found["TR/main"][0] if p[0] == 4] == ([] if change is without_areas else withdrawn)
