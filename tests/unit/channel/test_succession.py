"""A log that ends and its successor: taken up by the root's word, in its order, and never past the end."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from clearline.channel.acts import audiences
from clearline.channel.alarms import BrokenHistory
from clearline.channel.keys.key_watch import KeyNotKnownYet
from clearline.channel.keys.succession import EndedLog, succeed
from clearline.channel.node import Node
from clearline.channel.proof.proving import prove
from clearline.channel.push import CarriedBody, Push
from clearline.channel.roster import key_name
from clearline.errors import Conflicting, Malformed, NotAllowed
from clearline.gateways.bundle.reading import Bundle
from clearline.gateways.bundle.writing import write_bundle
from clearline.picture.entry import Place
from clearline.records.activity import Activity, Nature
from clearline.records.erasure import Erasure, Named
from clearline.records.key_event import Event, KeyEvent
from clearline.records.message import Message, Precedence
from clearline.records.notice import Details, Notice, Step
from clearline.records.words import MemberId
from clearline.signing.keys import Signer
from clearline.testing.kept import KeptRecord
from clearline.testing.key_events import key_event
from clearline.testing.members import START
from clearline.testing.pair import FIVE, Forger, Side
from clearline.testing.theatre import draft
from clearline.tlog.tree import EMPTY_ROOT

IL, TR = MemberId("IL"), MemberId("TR")
TOOL = Path(__file__).parents[3] / "tools/verify_bundle.py"


def ended(
    side: Side, log: str = "main", *, to: str = "main.2", name: str = "TR", **changes: object
) -> tuple[KeyEvent, Signer]:
    """Return the root's word that a member's log ends where it stands, and the successor's key."""
    held = side.nodes[name].logs[f"{name}/{log}"]
    base = log.partition(".")[0]
    fresh = Signer(key_name(side.roster.channel, name, to), side.random(32))
    words = {"last_good": {log: held.size}, "root": held.root_at(held.size), "log": to, **changes}
    return key_event(side, name, Event.SUCCEED, base, fresh.public.raw, **words), fresh  # type: ignore[arg-type]


def begun(side: Side, log: str = "main", to: str = "main.2", *, name: str = "TR") -> Node:
    node = side.nodes[name]
    event, fresh = ended(side, log, to=to, name=name)
    base = log.partition(".")[0]
    old = node.keys.main if base == "main" else node.keys.safety
    new = {"main": (fresh, node.keys.safety), "safety": (node.keys.main, fresh)}[base]
    keys = replace(node.keys, main=new[0], safety=new[1], ended_logs={**node.keys.ended_logs, log: old})
    succeed(node, event, keys, at=side.at, random=side.random)
    side.founded.keyrings[MemberId(name)] = keys
    side.keep(name)
    return node


def test_a_successor_goes_on_where_the_log_ended() -> None:
    """Notices filed before are stepped and amended after; everybody is told; a restart gives the same picture."""
    side = Side(FIVE, seed="successor")
    side.desk("TR").file(draft("TR", "TR-1"))
    side.talk()
    side.desk("TR").file(draft("TR", "TR-2"))
    node = begun(side)
    assert node.own("main").name == "TR/main.2"
    side.desk("TR").step("TR-1", Step.ACTIVATE)
    side.desk("TR").file(draft("TR", "TR-3"))
    side.desk("IL").file(draft("IL", "IL-1"))
    side.talk(6)
    for name, other in side.nodes.items():
        assert other.logs["TR/main"].size == 2 and other.logs["TR/main.2"].size == 3, name
        assert other.picture.value() == node.picture.value() or name in ("AZ", "UN")
        if name != "TR":
            assert [a.slug for a in other.alarms] == ["key-changed"]
    il = side.nodes["IL"]
    assert [s.step for s in il.picture.notices["TR", "TR-1"].steps] == [Step.ACTIVATE]
    assert il.picture.notices["TR", "TR-3"].current.entry.place == Place(TR, "main.2", 2)
    assert "TR/main.2" in dict(il.seen()) and "TR/main" not in dict(il.seen())
    assert (
        node.own("main").delivered == 3
        and node.own("main").cosigned(key_name(side.roster.channel, "IL", "delivery")) == 3
    )
    for name in ("IL", "TR"):
        before = side.nodes[name].picture.value()
        assert side.restart(name).picture.value() == before
    side.desk("TR").step("TR-1", Step.COMPLETE)
    side.talk(6)
    assert side.nodes["IL"].picture.notices["TR", "TR-1"].ended is not None


def test_nothing_is_taken_past_the_end_of_a_log() -> None:
    """Whoever holds the old key and goes on writing the old log gets an alarm with the checkpoint as evidence."""
    side = Side(seed="past")
    forger = Forger(side, "TR")
    one = side.founded.keyrings[TR].officers["1"]
    for number in range(2):
        side.desk("TR").file(draft("TR", f"TR-{number}"))
    side.talk()
    held = side.nodes["TR"]
    forger.notes = [e.note for e in held.store.entries("TR/main")]
    forger.bodies = [(b.salt, b.body) for b in held.store.bodies("TR/main")]
    begun(side)
    side.talk(4)
    forger.say(Notice(draft("TR", "TR-9")), signers=[one])
    old = side.founded.keyrings[TR].ended_logs["main"]
    side.founded.keyrings[TR] = replace(side.founded.keyrings[TR], main=old)
    with pytest.raises(EndedLog):
        side.give("IL", forger.push(2))
    assert [e.slug for e in side.nodes["IL"].store.evidence()][-1] == "ended-log"
    assert side.nodes["IL"].logs["TR/main"].size == 2
    assert ("TR", "TR-9") not in side.nodes["IL"].picture.notices


def test_what_was_taken_past_the_end_before_is_disowned() -> None:
    """A member that had the thief's entries already keeps them, flagged, and everybody's picture stays explainable."""
    side = Side(seed="thief")
    node = side.nodes["TR"]
    side.desk("TR").file(draft("TR", "TR-1"))
    size, root = node.own("main").size, node.own("main").root_at(1)
    side.desk("TR").file(draft("TR", "TR-2"))
    side.talk()
    event, fresh = ended(side, last_good={"main": size}, root=root)
    succeed(
        node, event, replace(node.keys, main=fresh, ended_logs={"main": node.keys.main}), at=side.at, random=side.random
    )
    side.talk(6)
    picture = side.nodes["IL"].picture
    assert side.nodes["IL"].logs["TR/main.2"].size == 1
    flags = [picture.flags_of(picture.notices["TR", f"TR-{n}"].current.entry) for n in (1, 2)]
    assert [[f.slug for f in each] for each in flags] == [[], ["disowned"]]
    assert "ended main at 1 entries" in flags[1][0].text


def test_safety_has_successors_too() -> None:
    """Its order is its own: `safety.2` is taken up without a look at main."""
    side = Side(seed="safety")
    node = side.nodes["TR"]
    one = node.keys.officers["1"]
    say = {"audience": (IL,), "signers": [one], "at": side.at, "random": side.random, "log": "safety"}
    node.submit(Message(Precedence.FLASH, "en", "stop fire"), **say)  # type: ignore[arg-type]
    begun(side, "safety", "safety.2")
    node.submit(Message(Precedence.FLASH, "en", "stop fire again"), **say)  # type: ignore[arg-type]
    side.talk(6)
    picture = side.nodes["IL"].picture
    assert sorted(picture.messages) == [Place(TR, "safety", 0), Place(TR, "safety.2", 1)]
    assert not picture.ineffective


def test_a_successor_is_taken_up_in_its_order_and_by_the_root_alone() -> None:
    """Before the old log is held to its end it waits; with another root of it, or unsigned, it is refused by name."""
    side = Side(seed="order")
    side.desk("TR").file(draft("TR", "TR-1"))
    node = begun(side)
    node.peers[IL].on["main"], node.peers[IL].acked["main"] = "main.2", 0
    push = node.next_push(IL, "main")
    with pytest.raises(KeyNotKnownYet):
        side.give("IL", push)
    with pytest.raises(Malformed, match="no such event"):
        side.give("IL", replace(push, bodies=()))
    side.nodes["TR"].peers[IL].on.clear()
    side.nodes["TR"].peers[IL].acked.clear()
    side.talk(6)
    assert side.nodes["IL"].logs["TR/main.2"].size == 1

    other = Side(seed="order")
    other.desk("TR").file(draft("TR", "TR-1"))
    other.talk()
    tr = other.nodes["TR"]
    event, fresh = ended(other, root=EMPTY_ROOT)
    with pytest.raises(Conflicting):
        succeed(tr, event, replace(tr.keys, main=fresh), at=other.at, random=other.random)
    forger = Forger(other, "TR", log="main.2")
    other.founded.keyrings[TR] = replace(tr.keys, main=fresh)
    forger.say(event, signers=[fresh], audience=("IL", "TR"))
    with pytest.raises(BrokenHistory):
        other.give(
            "IL", Push(_checkpoint(forger, fresh), 0, tuple(forger.notes), (CarriedBody(0, 0, *forger.bodies[0]),))
        )
    assert "TR/main.2" not in other.nodes["IL"].logs
    unsigned, fresh = ended(other, by=[fresh])
    with pytest.raises(NotAllowed, match="signatures do not hold"):
        succeed(tr, unsigned, replace(tr.keys, main=fresh), at=other.at, random=other.random)


def _checkpoint(forger: Forger, signer: Signer) -> bytes:
    from clearline.tlog.checkpoint import Checkpoint, sign_checkpoint
    from clearline.tlog.tree import Tree, leaf_hash

    tree = Tree(map(leaf_hash, forger.notes))
    return sign_checkpoint(Checkpoint(signer.public.name, len(forger.notes), tree.root()), signer).raw()


def test_a_record_with_a_successor_is_proven_by_both(tmp_path: Path) -> None:
    """The bundle holds both logs, and each verifier knows the successor's key from the root's word in it."""
    side = Side(seed="proven successor")
    side.desk("TR").file(draft("TR", "TR-1"))
    side.talk()
    begun(side)
    side.desk("TR").file(draft("TR", "TR-2"))
    side.talk(6)
    kept = KeptRecord.of(side.nodes["IL"].store, IL)
    report = prove(side.founded.roster, kept)
    assert report.fault is None
    assert {log.name: log.proven for log in report.logs if log.entries} == {"TR/main": 1, "TR/main.2": 2}
    out = io.BytesIO()
    write_bundle(kept, side.founded.roster.note, out, made=START)
    (tmp_path / "b").write_bytes(out.getvalue())
    done = subprocess.run(
        [sys.executable, TOOL, tmp_path / "b"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "TR/main.2      2 of 2 entries proven" in done.stdout


def test_what_stands_in_an_ended_log_is_erased_by_its_successor(tmp_path: Path) -> None:
    """The order goes by the successor; body and salt go at every holder, over restarts, and both verifiers say so."""
    side = Side(FIVE, seed="erasing")
    secret = "MARKERTEXT"
    whole = replace(
        draft("UN", "UN-1"),
        activity=Activity.PROTECTED_MOVEMENT,
        nature=Nature.PROTECTED,
        details=(Details(remarks=secret),),
    )
    side.desk("UN").file(whole, audience=["IL"])
    side.talk()
    begun(side, name="UN")
    side.talk(6)
    side.later(31 * 86_400_000)
    order = audiences.erase(side.desk("UN"), "UN-1", "asked for").entry
    assert order.place == Place(MemberId("UN"), "main.2", 1)
    side.talk(6)

    def held(name: str) -> bool:
        store = side.stores[name]
        return any(secret.encode() in body.body for log in store.logs() for body in store.bodies(log))

    for name in ("UN", "IL"):
        for node in (side.nodes[name], side.restart(name)):
            assert not held(name) and ("UN", "UN-1") not in node.picture.notices
            assert node.erased == {("UN/main", 0, 0): order.id} and not node.not_erased
            assert not node.logs["UN/main"].lacking
    kept = KeptRecord.of(side.nodes["IL"].store, IL)
    out = io.BytesIO()
    write_bundle(kept, side.founded.roster.note, out, made=START)
    (tmp_path / "b").write_bytes(out.getvalue())
    report = prove(side.founded.roster, Bundle(tmp_path / "b"))
    assert report.fault is None
    main = next(log for log in report.logs if log.name == "UN/main")
    assert [p.word for p in main.erased.first] == ["erased by entry 1 of UN/main.2"] and not main.absent.count
    command = [sys.executable, str(TOOL), str(tmp_path / "b")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "entry 0 body 0 (by entry 1 of UN/main.2)" in done.stdout


def test_what_stands_in_an_ended_log_is_disclosed_by_its_successor(tmp_path: Path) -> None:
    """A notice filed before its log ended is shown whole to more members after, over restarts and in a bundle."""
    side = Side(FIVE, seed="disclosing")
    side.desk("TR").file(draft("TR", "TR-1"), audience=["IL"])
    side.talk()
    begun(side)
    side.talk(6)
    assert ("TR", "TR-1") not in side.nodes["SY"].picture.notices
    audiences.disclose(side.desk("TR"), "TR-1", ["SY"])
    side.talk(6)
    for node in (side.nodes["SY"], side.restart("SY")):
        assert node.picture.notices["TR", "TR-1"].current.entry.place == Place(TR, "main", 0)
        assert not node.logs["TR/main"].lacking and not node.logs["TR/main.2"].lacking
        assert not node.refusals
    assert ("TR", "TR-1") not in side.nodes["AZ"].picture.notices
    report = prove(side.founded.roster, KeptRecord.of(side.nodes["SY"].store, MemberId("SY")))
    assert report.fault is None
    assert next(log for log in report.logs if log.name == "TR/main").held == 1


def test_nobody_erases_by_the_successor_of_another_log() -> None:
    """An order of one member's log about another member's entry means nothing, successor or not."""
    side = Side(seed="not yours")
    filed = side.desk("IL").file(draft("IL", "IL-1"))
    side.talk()
    node = begun(side)
    order = Erasure((Named(filed.submitted.entry.id, 0),), "not mine")
    node.submit(order, audience=(IL,), signers=[node.keys.officers["1"]], at=side.at, random=side.random)
    side.talk(6)
    for name in ("IL", "TR"):
        assert not side.nodes[name].erased and ("IL", "IL-1") in side.nodes[name].picture.notices
