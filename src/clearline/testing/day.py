"""A short day of two parties, written down: every kind of record, in few entries, the same for the same seed."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass, field

from clearline.channel.acts import wording
from clearline.channel.acts.drafts import draft_or_submit, placed
from clearline.channel.desk import Desk
from clearline.channel.keys.key_signing import signed_event
from clearline.channel.node import Node
from clearline.channel.ports import PutBody, Write
from clearline.channel.push import Answer, Push
from clearline.channel.statement import make_statement
from clearline.channel.witnessing.witness import forked
from clearline.errors import Refused
from clearline.picture.entry import Entry, Place
from clearline.records import body as bodies
from clearline.records.acknowledgement import PositionTaken, ReadBack, ReadVolume, Stance
from clearline.records.activity import Activity, Nature
from clearline.records.agreement import DEFAULT_ROWS, Terms
from clearline.records.area import Area, AreaSort
from clearline.records.body import Record
from clearline.records.evidence import StateRestored
from clearline.records.header import Header, Slot, commitment
from clearline.records.key_event import Event, KeyEvent
from clearline.records.message import Message, Precedence
from clearline.records.notice import Details, NoticeDraft, Step
from clearline.records.phrases.slots import CountSlot, HeightSlot, PlaceSlot, ReferenceSlot, TimeSlot
from clearline.records.phrases.spoken import BookName, SpokenPhrase
from clearline.records.words import MemberId
from clearline.signing.keys import Signer
from clearline.store.memory import MemoryStore
from clearline.testing.day_acts import act_on_the_line
from clearline.testing.day_hotline import WATCHES, speak_on_the_hotline
from clearline.testing.day_staged import tell_in_stages
from clearline.testing.members import START, Founded, SeededRandomness, founded_channel, second_person
from clearline.testing.theatre import MINUTE_MS, circle, draft
from clearline.tlog.checkpoint import Checkpoint, sign_checkpoint
from clearline.tlog.tree import leaf_hash
from clearline.volumes.footprint import reference_position
from clearline.volumes.instant import Instant

IL, TR = MemberId("IL"), MemberId("TR")

SPOILT = b'{"kind":"message","language":"en","precedence":"ROUTINE","text":"","v":1}'
"""A body that opens its commitment and breaks the format: its text is empty."""


@dataclass(slots=True)
class Day:
    """Two nodes over stores in memory, and what they said to each other; `committed` is every write in its order."""

    founded: Founded
    random: SeededRandomness
    nodes: dict[MemberId, Node]
    at: Instant = START
    committed: dict[MemberId, list[Write]] = field(default_factory=dict)
    pushes: list[tuple[Push, Answer]] = field(default_factory=list)

    @classmethod
    def dawn(cls, seed: int | str = "day") -> Day:
        """Return the day before anything was said."""
        founded = founded_channel(seed=seed)
        nodes = {m: Node.load(m, founded.roster, founded.keyrings[m], MemoryStore(), at=START) for m in (IL, TR)}
        return cls(founded, SeededRandomness(seed), nodes)

    def desk(self, member: MemberId) -> Desk:
        """Return the desk of officer 1 of a member, a minute later than before."""
        self.at = Instant(self.at + MINUTE_MS)
        node = self.nodes[member]
        return Desk(node, "1", self.at, self.random, second_person(node.keys))

    def commit(self, member: MemberId) -> None:
        """Commit what a node has written."""
        node = self.nodes[member]
        writes = node.take_writes()
        node.store.commit(writes)
        self.committed.setdefault(member, []).extend(writes)
        node.settle(at=self.at)

    def exchange(self) -> None:
        """Let both nodes push what is new, until nothing is."""
        for member in (*self.nodes, *self.nodes):
            self.commit(member)
            node = self.nodes[member]
            for peer, log in node.due(at=self.at):
                push = node.next_push(peer, log)
                self.commit(member)
                _, answer = self.nodes[peer].receive(push, at=self.at, random=self.random)
                self.commit(peer)
                node.take_answer(peer, log, push, answer, at=self.at)
                self.commit(member)
                self.pushes.append((push, answer))

    def say_spoilt(self, member: MemberId, body: bytes = SPOILT, *, officers: tuple[str, ...] = ("1",)) -> None:
        """Sign a body without any check, as a faulty node would; one that no reader takes is refused by an entry."""
        node, salt = self.nodes[member], self.random(32)
        slot = Slot((IL, TR), commitment(salt, body))
        header = Header(
            channel=self.founded.roster.channel,
            author=member,
            nonce=self.random(16),
            claimed=self.at,
            expires=Instant(self.at + MINUTE_MS),
            slots=(slot,),
            seen=node.seen(),
        )
        statement = make_statement(header, [node.keys.officers[name] for name in officers], self.founded.roster)
        held = node.own("main")
        index = held.tree.append(leaf_hash(statement.note))
        node.unsealed.add("main")
        node.keep_entry(held, index, statement, self.at)
        record: Record | None = None
        with contextlib.suppress(Refused):
            record = bodies.decode(body, where="spoilt body")
        node.picture.fold(Entry(Place(member, "main", index), statement.id, header, statement.signers, record))
        node.queued.append(PutBody(held.name, index, 0, salt, body))


def written_day(seed: int | str = "day") -> Day:
    """Return a day on which every kind of record was said once at least."""
    day = Day.dawn(seed)
    _agree(day)
    _file_and_answer(day)
    _state_areas(day)
    _in_other_words(day)
    act_on_the_line(day)
    tell_in_stages(day)
    speak_on_the_hotline(day)
    day.desk(IL)
    day.say_spoilt(IL)
    day.exchange()
    _witness(day)
    _grant(day)
    return day


def _grant(day: Day) -> None:
    """TR's root grants a third officer a key, and two officers say so."""
    fresh = Signer("key", hashlib.sha256(b"TR/officer/3").digest()).public.raw
    event = KeyEvent(
        note="",
        channel=day.founded.roster.channel,
        member=TR,
        event=Event.GRANT,
        role="officer/3",
        key=fresh,
        start=day.at,
        until=Instant(day.at + 30 * 24 * 60 * MINUTE_MS),
        position="releasing officer",
        reason="a third officer for the night",
    )
    draft_or_submit(day.desk(TR), signed_event(event, [day.founded.roots[TR]]), day.founded.roster.members)
    day.exchange()


def short_day(seed: int | str = "short") -> Day:
    """Return a day of a dozen entries in all four logs."""
    day = Day.dawn(seed)
    day.desk(TR).file(draft("TR", "TR-1"))
    day.exchange()
    day.desk(IL).seen("TR", "TR-1")
    say_urgently(day, IL, "Stop fire at the western fence")
    day.exchange()
    day.desk(IL).file(draft("IL", "IL-1", circle(39.9, 35.5, radius_m=500), activity=Activity.GROUND))
    say_urgently(day, TR, "Fire has stopped")
    day.exchange()
    day.desk(TR).step("TR-1", Step.ACTIVATE)
    say_urgently(day, TR, "All accounted for")
    day.exchange()
    day.desk(IL).message(_message("Understood"), to=[TR])
    say_urgently(day, IL, "Thank you")
    day.exchange()
    day.say_spoilt(IL)
    day.exchange()
    return day


def say_urgently(day: Day, member: MemberId, text: str) -> None:
    """Send a FLASH message through the safety log."""
    node = day.nodes[member]
    message = Message(Precedence.FLASH, "en", text)
    node.submit(
        message,
        audience=(IL, TR),
        signers=[node.keys.officers["1"]],
        at=day.at,
        random=day.random,
        log="safety",
    )


def _witness(day: Day) -> None:
    """TR signs a second root of its log, and IL tells of it; then IL says that it holds again what it had lost."""
    tr, il = day.nodes[TR], day.nodes[IL]
    held = il.logs["TR/main"]
    if held.signed is None:
        raise RuntimeError("nothing was pushed on this day")
    other = sign_checkpoint(Checkpoint(held.origin, held.size, b"\1" * 32), tr.keys.main)
    proven = forked(held.signed, other, held.tree)
    if proven is None:
        raise RuntimeError("two roots at one size prove a fork")
    il.submit(proven, audience=(IL, TR), signers=(il.keys.main,), at=day.at, random=day.random)
    restored = StateRestored((("IL/main", il.own("main").size), ("TR/main", held.size)), "new disk")
    day.say_spoilt(IL, bodies.encode(restored), officers=("1", "2"))
    day.exchange()


def _agree(day: Day) -> None:
    terms = Terms("Two parties, a test", None, rows=DEFAULT_ROWS[-2:], watch=WATCHES)
    proposal = placed(day.desk(TR).propose(terms)).entry.id
    day.desk(TR).assent(proposal)
    day.exchange()
    day.desk(IL).assent(proposal)
    day.exchange()
    day.desk(TR).conclude(proposal)
    day.exchange()
    second = placed(day.desk(IL).propose(terms)).entry.id
    day.desk(IL).lapse(second)
    day.exchange()


def _file_and_answer(day: Day) -> None:
    volume = circle(radius_m=1_500, upper="3000 ft AMSL")
    details = Details(callsign="KARTAL 1", remarks="engine trials")
    day.desk(TR).file(NoticeDraft("TR", "TR-1", Activity.AIR, Nature.OWN_PRESENCE, (volume,), (details,)))
    day.exchange()
    of = day.nodes[IL].picture.notices["TR", "TR-1"].current.entry.id
    day.desk(IL).seen("TR", "TR-1")
    position = reference_position(volume.footprint)
    read = ReadVolume(position, volume.band.lower, volume.band.upper, volume.window.start, volume.window.end)
    day.desk(IL).read_back("TR", "TR-1", ReadBack(of, Activity.AIR, Nature.OWN_PRESENCE, (read,)))
    day.desk(IL).passed_on("TR", "TR-1", "wing operations")
    later = circle(radius_m=1_500, upper="3000 ft AMSL", start_min=90, end_min=150)
    proposed = day.desk(IL).take_position(
        "TR", "TR-1", PositionTaken(of, Stance.PROPOSAL, "Half an hour later, please", (later,))
    )
    day.exchange()
    amended = NoticeDraft("TR", "TR-1", Activity.AIR, Nature.OWN_PRESENCE, (later,), (details,))
    day.desk(TR).amend(amended, accepts=proposed.entry.id)
    day.desk(TR).step("TR-1", Step.OVERRUN, reason="Late departure", until=Instant(later.window.end + MINUTE_MS))
    day.desk(TR).message(_message("Teşekkürler", language="tr", about=of), to=[IL])
    say_urgently(day, IL, "Stop fire at the western fence")
    day.exchange()


def _state_areas(day: Day) -> None:
    line = Area(
        AreaSort.RED_LINE, "IL-RL-1", "No air defence here", "None is accepted.", (circle(),), (Activity.AIR_DEFENCE,)
    )
    first = placed(day.desk(IL).state_area(line)).entry.id
    day.desk(IL).state_area(
        Area(line.sort, line.reference, line.title, "None is accepted, at any time.", line.volumes, (), first)
    )
    day.desk(IL).withdraw_area("IL-RL-1", "Settled")
    day.exchange()


def _in_other_words(day: Day) -> None:
    """TR speaks in phrases and in Turkish; IL reads the phrases back and puts a checked translation beside the text."""
    lower = circle().band.lower
    phrases = (
        SpokenPhrase(
            "0037",
            (("height", HeightSlot(lower)), ("place", PlaceSlot((383170000, 345574000))), ("time", TimeSlot(START))),
        ),
        SpokenPhrase("0084", (("reference", ReferenceSlot("TR-1")),)),
        SpokenPhrase("5061", (("count", CountSlot(3)), ("place", PlaceSlot((383170000, 345574000))))),
    )
    book = BookName(1, "ab" * 32)
    said = day.desk(TR).message(
        Message(Precedence.ROUTINE, "tr", "Yardım gerekiyor", phrases=phrases, phrase_book=book), to=[IL]
    )
    day.exchange()
    wording.read_back(day.desk(IL), said.entry.id, phrases)
    wording.translate(day.desk(IL), said.entry.id, language="en", text="Help is needed", checked=True)
    day.exchange()


def _message(text: str, *, language: str = "en", about: str = "") -> Message:
    return Message(Precedence.ROUTINE, language, text, about)
