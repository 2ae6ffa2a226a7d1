"""A member's node: the steps submit, receive, take an answer, and speak; synchronous, over its store.

A step checks everything and then changes memory and queues writes (`take_writes`). Whoever runs the node commits
those writes before it answers anybody, and throws the node away and loads it anew where the commit fails. So what
was answered is durable, and what is in memory is in the store.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from clearline.channel import following, loading, reception, restart, speaking, stored
from clearline.channel.acts import drafts, erasing
from clearline.channel.alarms import DamagedStore
from clearline.channel.answers import take_answer
from clearline.channel.due import ticking
from clearline.channel.due.deadlines import Deadlines
from clearline.channel.due.dues import Case
from clearline.channel.held import HeldLog
from clearline.channel.keys import key_watch, succession
from clearline.channel.line import ahead, ways
from clearline.channel.line.ahead import Heard
from clearline.channel.line.lines import FixedTimes
from clearline.channel.line.peers import DIRECT, Peer
from clearline.channel.line.unplaced import Unplaced
from clearline.channel.ports import (
    Keyring,
    PutCosignature,
    PutEntry,
    PutEvent,
    PutEvidence,
    Randomness,
    Store,
    Write,
)
from clearline.channel.proof.reverify import Progress
from clearline.channel.push import Ahead, Answer, Push, RefusedBody
from clearline.channel.pushing import push_from
from clearline.channel.roster import Roster
from clearline.channel.speaking import Submitted as Submitted
from clearline.channel.statement import Statement, make_statement
from clearline.channel.watch import Watch
from clearline.channel.witnessing import lost, stating, witness
from clearline.errors import Alarm, Malformed, Said, Unavailable
from clearline.picture.entry import Entry, Place
from clearline.picture.fold import Picture, Touched
from clearline.picture.packed import Packed
from clearline.records.body import Record
from clearline.records.erasure import Named
from clearline.records.evidence import Evidence
from clearline.records.header import LOGS, Header, Known, base_log
from clearline.records.words import MemberId
from clearline.signing.keys import Signer
from clearline.tlog.checkpoint import (
    Checkpoint,
    SignedCheckpoint,
)
from clearline.volumes.instant import Instant

DEFAULT_HEARTBEAT_MS = 60_000


class Node:
    """One member's node. Build it with `Node.load`; every method is a step, none waits for anything."""

    def __init__(self, me: MemberId, roster: Roster, keys: Keyring, store: Store) -> None:
        self.me, self.keys, self.store = me, keys, store
        self.roster = roster = key_watch.roster_with(roster, store.kept(key_watch.KIND))
        self.logs: dict[str, HeldLog] = {}
        for member in roster.members:
            for log in roster.logs_of(member):
                held = HeldLog(member, log, roster.origin(member, log))
                self.logs[held.name] = held
        self.peers = {m: Peer(m) for m in roster.members if m != me}
        self.reachable: frozenset[MemberId] = frozenset()
        """Members that this node can call, and so ask to carry to others."""
        self.picture = Picture.of(roster.parties, (), keys=roster.first_keys())
        self.watch = Watch()
        self.deadlines = Deadlines(me)
        self.fixed_times = FixedTimes()
        self.heard_kept: dict[MemberId, Instant] = {}
        """When each member was last heard, as the store keeps it."""
        self.ticked = self.watching_since = Instant(0)
        """When this node ticked last, and since when it has done so without a gap."""
        self.ahead: dict[str, Heard] = {}
        """Urgent entries heard ahead of their log, by id, until their log brings them."""
        self.last_rang: dict[str, Instant] = {}
        self.shouted: dict[tuple[MemberId, str], Instant] = {}
        """When an urgent entry of one's own was last said to a peer ahead of the log."""
        self.unplaced: dict[str, Unplaced] = {}
        """Own alerts that wait for their place while the node may not sign its log."""
        self._roles = {str(m.id): m.role for m in roster.genesis.members}
        self.read_only = ""
        """Why nothing may be signed, as `channel.lost` finds it; empty where nothing is lost."""
        self.lost: dict[str, int] = {}
        """Sizes of logs that this node had signed and must hold again before two persons may say so."""
        self.ask_first = False
        self.to_ask: set[MemberId] = {*self.peers}
        """Peers that are still to be asked for the newest checkpoints that they hold."""
        self.ask_tried: set[MemberId] = set()
        self.alarms: list[PutEvidence] = []
        self.findings: dict[tuple[str, str], int] = {}
        """How often each sort of alarm about each log was found; of each the first few are kept."""
        self.to_tell: dict[str, Evidence] = {}
        """Evidence that is still to be said to the others, by the hash of its body; the store keeps it."""
        self.claims: dict[str, dict[int, dict[MemberId, bytes]]] = {}
        """Roots of logs at sizes that others say they saw and this node has not reached."""
        self.start = restart.Start(Packed())
        self.verified: Progress | None = None
        """How far what is held was verified again since the start; `None` before that begins."""
        self.damaged = ""
        """Why nothing may be signed over the stored record; empty where no damage is known."""
        self.late_bodies = False
        self.stale_bookmark = False
        """Whether a body changed of an entry that a bookmark counts as settled: its file must go before the commit."""
        self.late: list[Place] = []
        """Entries whose bodies came late and that are folded anew with them."""
        self.erased: dict[tuple[str, int, int], str] = {}
        """Log, index and slot of bodies that their authors had destroyed, and the entry id of the order."""
        self.not_erased: dict[Named, tuple[str, str]] = {}
        """Bodies that an order names and that are kept: the entry id of the order, and why."""
        self.refusals: set[tuple[str, int]] = set()
        """Bodies (entry id and slot) that this node has refused: whatever is held of them has no effect."""
        self.queued: list[Write] = []
        self.drafts: dict[str, drafts.Draft] = {}
        """Acts that wait for their second person (`channel.drafts`)."""
        self.unsealed: set[str] = set()
        self.own_checkpoints: dict[tuple[str, int], SignedCheckpoint] = {}
        self._current: tuple[Roster | None, dict[str, str]] = (None, {})
        self.last_event = 0

    @classmethod
    def load(
        cls,
        me: MemberId,
        roster: Roster,
        keys: Keyring,
        store: Store,
        *,
        at: Instant,
        ask_first: bool = False,
        bookmark: bytes | None = None,
        code: str = "",
    ) -> Node:
        """Return the node as its store holds it; an empty store gives a node that has said nothing yet.

        With `ask_first` it signs nothing before it has asked its peers how far its own logs are (`channel.lost`).
        A good `bookmark` of the program `code` spares it folding what stands in there (`channel.bookmark`).

        Raises:
            DamagedStore: A log's entries do not give the root of its newest checkpoint.
        """
        return loading.load(
            lambda: cls(me, roster, keys, store), at=at, ask_first=ask_first, bookmark=bookmark, code=code
        )

    @property
    def may_sign(self) -> bool:
        """Report whether the node may sign and cosign now: it has lost nothing, and has asked its peers."""
        return lost.may_sign(self)

    # What is held

    def own(self, log: str) -> HeldLog:
        """Return the own log that is written to now as `main` or `safety`, or the one of exactly that name."""
        if self._current[0] is not self.roster:
            self._current = (self.roster, {base: self.roster.current_log(self.me, base) for base in LOGS})
        return self.logs[f"{self.me}/{self._current[1].get(log, log)}"]

    def signer_of(self, held: HeldLog) -> Signer:
        """Return the key of an own log, one that has ended among them.

        Raises:
            Unavailable: The key of an ended log is gone: no checkpoint of it can be signed anew.
        """
        if held is self.own(base_log(held.log)):
            return self.keys.main if base_log(held.log) == "main" else self.keys.safety
        signer = self.keys.ended_logs.get(held.log)
        if signer is None:
            raise Unavailable(f"the key of {held.name} is gone; what is left of it goes as one piece", retry_after_s=60)
        return signer

    def received(self, place: Place) -> Instant | None:
        """Return when an entry came in here by the own clock, or `None` where it is not held."""
        held = self.logs.get(f"{place.member}/{place.log}")
        return Instant(held.received[place.index]) if held is not None and place.index < len(held.received) else None

    def seen(self) -> tuple[tuple[str, Known], ...]:
        """Return size and root of every log of the others, as verified."""
        return tuple(
            (name, Known(held.size, held.root_at(held.size)))
            for name, held in sorted(self.logs.items())
            if held.member != self.me and held.size and succession.end_of(self, held.member, held.log) is None
        )

    def heartbeat_ms(self) -> int:
        """Return the time between heartbeats that the agreement in force states."""
        standing = self.picture.terms_in_force
        return standing[1].deadlines.heartbeat_s * 1000 if standing else DEFAULT_HEARTBEAT_MS

    # Acts of the own officers

    def submit(
        self,
        record: Record,
        *,
        audience: Iterable[MemberId],
        signers: Sequence[Signer],
        at: Instant,
        random: Randomness,
        log: str = "main",
        also: Iterable[tuple[Record, Iterable[MemberId]]] = (),
    ) -> Submitted:
        """Sign a record, give it its place in the own log, and fold it.

        `also` holds further bodies of the same statement with their readers, such as less of the same for others;
        whoever may read several takes the first.

        Raises:
            ReadOnly: The node has lost state.
            PeersNotAsked: It has just started and has not asked its peers yet.
            Malformed: The record cannot be written, or nobody signs.
        """
        if not signers:
            raise Malformed(where="signers", found=Said("nobody"), expected="at least one officer")
        header, opened = self.draw_up(((record, audience), *also), at=at, random=random)
        return self.append(make_statement(header, signers, self.roster), opened, log=log, at=at)

    def draw_up(
        self, said: Iterable[tuple[Record, Iterable[MemberId]]], *, at: Instant, random: Randomness
    ) -> tuple[Header, tuple[tuple[bytes, bytes], ...]]:
        """Return the header of a statement with these bodies and their readers, and salt and bytes of each body."""
        return speaking.draw_up(self, said, at=at, random=random)

    def append(
        self, statement: Statement, opened: Sequence[tuple[bytes, bytes]], *, log: str, at: Instant
    ) -> Submitted:
        """Give a finished statement its place in the own log, with its opened bodies, and fold it.

        Raises:
            As `speaking.append`.
        """
        return speaking.append(self, statement, opened, log=log, at=at)

    def seal(self) -> None:
        """Sign a checkpoint over what was submitted since the last one: once for a whole batch."""
        stating.seal(self)

    def take_writes(self) -> list[Write]:
        """Return the writes queued since the last call; the caller commits them before it answers anybody."""
        self.seal()
        writes, self.queued = self.queued, []
        return writes

    def settle(self, *, at: Instant) -> None:
        """Finish after a commit what needs the store: fold anew where bodies came late."""
        if self.late_bodies:
            self.late_bodies = False
            before = self.watch.conflicts
            late, self.late = sorted({*self.late}), []
            self.refold(at=at, base=restart.opened(self, self.picture.packed, late) if late else None)
            key_watch.follow_late(self, (stored.entry_at(self, place) for place in late), at=at)
            following.tell_conflicts(self, (c for c in self.watch.all() if (c.a, c.b) not in before), at)

    # What others say

    def receive(
        self, push: Push, *, at: Instant, random: Randomness, carrier: MemberId | None = None
    ) -> tuple[MemberId, Answer]:
        """Take a push in, whole or not at all, and answer with cosignatures.

        Args:
            push: What came, of whatever log but the own.
            at: Now, by the own clock.
            random: For what this node says of it.
            carrier: The member whose authenticated line brought it; `None` for a file or an unnamed bearer.

        Returns:
            Whose log it was, and the answer.

        Raises:
            Refused: The push breaks the format; nothing was kept.
            SplitView, BrokenHistory: Evidence of a rewritten log; it is kept, the push is not.
        """
        try:
            return reception.receive(self, push, at=at, random=random, carrier=carrier)
        except Alarm as alarm:
            self.keep_evidence(alarm, at=at)
            raise
        finally:
            witness.tell(self, at=at, random=random)

    def take_answer(
        self,
        peer: MemberId,
        log: str,
        push: Push,
        answer: Answer,
        *,
        at: Instant,
        bearer: MemberId | None = DIRECT,
        sent: Instant | None = None,
    ) -> None:
        """Take in what a peer answered to a push of the own log `log`, brought by itself or by a bearer.

        `sent` is when the push left by the own clock, for the estimate of the peer's clock.

        Raises:
            Refused: The answer breaks the format or its signatures do not verify.
            UnprovenAnswer: A bearer brought it and the peer has not signed it.
        """
        take_answer(self, peer, log, push, answer, at=at, bearer=bearer, sent=sent)

    def take_checkpoints(self, peer: MemberId, shown: Mapping[str, bytes], *, at: Instant, random: Randomness) -> None:
        """Take in the newest checkpoints that a peer holds, by log: the answer to what is asked after a start.

        Raises:
            Refused: One of them breaks the format or is not signed by its log; the peer is still to be asked.
        """
        lost.take_checkpoints(self, peer, shown, at=at)
        witness.tell(self, at=at, random=random)

    def ask_failed(self, peer: MemberId) -> None:
        """Note that a peer could not be asked for its checkpoints; it stays to be asked."""
        lost.ask_failed(self, peer)

    def start_alone(self, *, at: Instant) -> None:
        """Sign although no peer could be asked after the start: an officer takes that on, and listeners are told."""
        lost.start_alone(self)
        self.event("alone", {"at": at})

    def push_failed(
        self,
        peer: MemberId,
        reason: str,
        *,
        at: Instant,
        random: Randomness,
        log: str = "main",
        bearer: MemberId | None = DIRECT,
    ) -> None:
        """Note that a peer could not be reached by one way."""
        self.peers[peer].failed(reason, at=at, jitter=random(1)[0], log=log, bearer=bearer)

    def push_refused(
        self,
        peer: MemberId,
        reason: str,
        *,
        at: Instant,
        random: Randomness,
        log: str = "main",
        bearer: MemberId | None = DIRECT,
    ) -> None:
        """Note that a push was refused: by the peer itself it is a fault that people must look at."""
        self.push_failed(peer, reason, at=at, random=random, log=log, bearer=bearer)
        if bearer is DIRECT:
            self.peers[peer].lane(log).refusal = reason
            self.peers[peer].heard = self.peers[peer].heard_direct = at

    # Time, and what is urgent

    @property
    def case(self) -> Case:
        """Return what deadlines are derived from."""
        return Case(self.picture, self._roles, {of: heard.entry for of, heard in self.ahead.items()})

    def tick(self, *, at: Instant, random: Randomness) -> None:
        """Do what time alone brings: about once a second; see `channel.ticking`."""
        ticking.tick(self, at=at, random=random)
        witness.tell(self, at=at, random=random)

    def take_ahead(self, heard: Ahead, carrier: MemberId | None = None, *, at: Instant, random: Randomness) -> bool:
        """Take an urgent entry in ahead of its log and ring; report whether it is heard for the first time.

        Raises:
            Refused: It breaks the format, is not signed, not urgent or not for this member; nothing was kept.
        """
        return ahead.take_ahead(self, heard, carrier, at=at, random=random)

    def to_shout(self, peer: MemberId, *, at: Instant) -> tuple[Ahead, ...]:
        """Return what is to be said to a peer now by every bearer, ahead of the log; see `channel.ahead`."""
        return ahead.to_shout(self, peer, at=at)

    def next_shout(self, *, at: Instant) -> Instant:
        """Return when `to_shout` may next have something by time alone."""
        return ahead.next_shout(self, at=at)

    # What to say to others

    def due(self, *, at: Instant) -> list[tuple[MemberId, str]]:
        """Return the peers and own logs that are to be pushed now, safety first: news, or a heartbeat."""
        return ways.due(self, at=at)

    def ways_due(self, name: MemberId, log: str, *, at: Instant) -> tuple[MemberId | None, ...]:
        """Return the ways by which an own log is to be pushed to a member now: none where nothing is due."""
        return ways.ways_due(self, name, log, at=at)

    def bearers(self, peer: MemberId) -> tuple[MemberId, ...]:
        """Return the members that this node can ask to carry to `peer`, hosts first."""
        return ways.bearers(self, peer)

    def next_wake(self, peer: MemberId, *, at: Instant, log: str = "main") -> Instant:
        """Return when `due` may next have something for a lane to a peer by time alone."""
        return ways.next_wake(self, peer, at=at, log=log)

    def next_push(self, peer: MemberId, log: str) -> Push:
        """Return the next push of an own log to a peer, from what the store has committed."""
        held = succession.lane_log(self, peer, log)
        return push_from(self, peer, held.log, self.peers[peer].acked.get(log, held.size))

    # Inside

    def refold(self, *, at: Instant, base: Packed | None = None) -> None:
        """Fold the whole store anew, or what stands past `base`: after loading, and where a body came late."""
        restart.fold(self, base or Packed(), at=at)
        self.erased.clear()
        erasing.follow_all(self, at=at)
        self.watch = Watch()
        self.look_anew(at=at)

    def look_anew(self, *, at: Instant) -> None:
        """Find anew what is in force, to come and due at `at`: after loading, and where the clock came back far."""
        self.watch.rebuild(self.picture, at=at)
        self.fixed_times = FixedTimes()
        self.fixed_times.gather(self)
        self.deadlines.rebuild(self.case, at=at)

    def event(self, kind: str, data: Mapping[str, Any]) -> None:
        """Queue an event for those who listen."""
        self.last_event += 1
        self.queued.append(PutEvent(self.last_event, kind, json.dumps(data, separators=(",", ":"), ensure_ascii=False)))

    def note_verified(self, progress: Progress, *, tell: bool, at: Instant) -> None:
        """Note how far the record was verified again; once all of it is, earlier damage counts no longer."""
        self.verified = progress
        if progress.finished is not None and not progress.fault and self.damaged:
            self.damaged = ""
            lost.refresh(self)
        if tell:
            done = {"entries": progress.entries, "of": progress.entries_in_all, "fault": progress.fault, "at": at}
            self.event("verified", {**done, "finished": progress.finished is not None})

    def found_damage(self, alarm: DamagedStore, *, at: Instant) -> None:
        """Raise the alarm about a stored record that is not what was signed, and sign nothing from now on."""
        self.damaged = alarm.message
        self.keep_evidence(alarm, at=at)
        lost.refresh(self)

    def keep_evidence(self, alarm: Alarm, *, at: Instant) -> None:
        """Keep evidence of tampering once, within bounds, and tell the listeners; see `channel.witness`."""
        witness.keep(self, alarm, at=at)

    def keep_entry(self, held: HeldLog, index: int, statement: Statement, at: Instant) -> None:
        """Queue an entry for the store."""
        self.queued.append(PutEntry(held.name, index, statement.id, statement.note, at))
        held.received.append(at)
        held.note_claimed(index, statement.header.claimed)

    def fold(self, entry: Entry, at: Instant) -> Touched:
        """Fold an entry into the picture, let the watch follow, and tell the listeners."""
        return following.fold(self, entry, at)

    def add_cosignature(self, held: HeldLog, line: PutCosignature, at: Instant) -> None:
        """Keep a verified cosignature where it says more than those held, and tell of deliveries of the own log."""
        stating.add_cosignature(self, held, line, at)

    def state_held(self, held: HeldLog, checkpoint: Checkpoint, *, at: Instant) -> tuple[str, ...]:
        """Return this node's mirror line and, where nothing is lacking, its delivery line."""
        return stating.state_held(self, held, checkpoint, at=at)

    def refuse_bodies(
        self, refusals: Sequence[tuple[str, RefusedBody]], *, audience: MemberId, at: Instant, random: Randomness
    ) -> None:
        """Say by own entries, to the author alone, which bodies cannot be taken."""
        speaking.refuse_bodies(self, refusals, audience=audience, at=at, random=random)

    def empty_checkpoint(self, held: HeldLog) -> SignedCheckpoint:
        """Return a checkpoint over nothing, for an own log in which nothing stands yet."""
        return stating.empty_checkpoint(self, held)

    def checkpoint_at(self, held: HeldLog, size: int) -> SignedCheckpoint:
        """Return a checkpoint of an own log at a size that it had, signed now where none is at hand."""
        return stating.checkpoint_at(self, held, size)

    def shorter_than(self, held: HeldLog, peer: MemberId, answer: Answer, at: Instant) -> None:
        """A peer holds more of this log than the node itself: proven by its own signature, it is a restored backup."""
        stating.shorter_than(self, held, peer, answer, at)
