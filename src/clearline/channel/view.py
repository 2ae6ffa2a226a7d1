"""The view: what the picture says at an instant. Read-only; it derives what time brings and stores nothing.

A notice's state, whether it was filed late and by how much, how far each member of the audience has come on the
ladder, and how the line to each member is. Nothing here advances by itself past *delivered*, and a member that
said nothing is shown with nothing: silence is not consent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from clearline.channel.acts.audiences import readers_of
from clearline.channel.held import Stated
from clearline.channel.line.lines import line_health
from clearline.channel.node import Node
from clearline.channel.ports import PutEvidence
from clearline.channel.roster import Roster, key_name
from clearline.conflicts.engine import ENGINE
from clearline.picture.entry import Entry
from clearline.picture.fold import Picture
from clearline.picture.keys import Flag
from clearline.picture.notices import NoticeHistory, NoticeVersion
from clearline.picture.outlines import OutlineHistory, OutlineVersion
from clearline.picture.read_back import Difference, differences
from clearline.records.acknowledgement import PassedOn, PositionTaken, ReadBack, Seen
from clearline.records.activity import Activity, Nature
from clearline.records.agreement import Deadlines
from clearline.records.header import LOGS
from clearline.records.notice import Step
from clearline.records.words import MemberId
from clearline.sentence import Sentence
from clearline.volumes.instant import PERM, Instant

SILENCE = "Silence is not consent. Acknowledged is not agreed; agreed is not permitted."
"""Travels with every notice that is shown."""

PASSED_ON_SHOWN = 20
"""Levels shown to which one member says that it passed a notice on: the newest."""


class State(StrEnum):
    """What a notice is at an instant."""

    PLANNED = "planned"
    IN_FORCE = "in_force"
    ACTIVE = "active"
    OVERRUN = "overrun"
    OVER = "over"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Lateness:
    """How long before its start a version was filed, by its author's clock; seconds to 1 ms.

    `margin_s` is start minus claimed time: negative where it was filed after its start. `lead_s` is what the
    agreement asks of this activity and `lead` names the rule. LATE is `margin_s < lead_s`.
    """

    margin_s: float
    lead_s: int
    lead: str

    @property
    def late(self) -> bool:
        """Report whether less time was left than the agreement asks."""
        return self.margin_s < self.lead_s

    @property
    def short_by_s(self) -> float:
        """Return how many seconds are lacking to the lead time; 0 where none are."""
        return round(max(0.0, self.lead_s - self.margin_s), 3)


@dataclass(frozen=True, slots=True)
class Delivered:
    """The recipient's own statement that it holds what is addressed to it; `at` is its claim, to the second."""

    at: Instant
    size: int


@dataclass(frozen=True, slots=True)
class ReadBackTaken:
    """A member's latest read-back and where it differs from what was filed; no difference is a match."""

    entry: Entry
    read: ReadBack
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Rung:
    """How far one member has come with one version. Everything absent is `None`: the member has said nothing."""

    member: MemberId
    delivered: Delivered | None
    refused: tuple[Entry, str] | None
    seen: Entry | None
    read_back: ReadBackTaken | None
    passed_on: tuple[tuple[Entry, PassedOn], ...]
    position: tuple[Entry, PositionTaken] | None
    area_only: bool = False
    """This member was told the area only: it cannot read back."""

    @property
    def reached(self) -> str:
        """Return the highest rung reached: `sent`, `refused`, `delivered`, `seen`, `read_back` or `passed_on`."""
        if self.passed_on:
            return "passed_on"
        if self.read_back is not None and not self.read_back.differences:
            return "read_back"
        if self.seen is not None or self.read_back is not None:
            return "seen"
        if self.refused is not None:
            return "refused"
        return "delivered" if self.delivered is not None else "sent"


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version of a notice with the ladder of those who answered exactly this version."""

    revision: int
    version: NoticeVersion
    lateness: Lateness
    ladder: tuple[Rung, ...]


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice at an instant. `versions` are oldest first; the last one stands.

    `flags` is what must be shown about who signed it, such as that its owner disowns it.
    """

    history: NoticeHistory
    state: State
    versions: tuple[VersionView, ...]
    flags: tuple[Flag, ...] = ()

    @property
    def current(self) -> VersionView:
        """Return the version that stands."""
        return self.versions[-1]


@dataclass(frozen=True, slots=True)
class LineView:
    """The line to one member. Times are milliseconds by the own clock, `None` for never.

    `backlog` maps each own log to the entries that the member has not acknowledged; `mirror` and `delivery` map
    it to the size that the member has cosigned; `held` maps the member's logs to the sizes held here. `bearer` is
    the member that carries between both while the direct line fails, `None` while nobody needs to. `state`,
    `beneath` (what it would be without suspension), `words` (the evidence) and `raised` come from `channel.lines`.
    """

    member: MemberId
    name: str
    role: str
    state: str
    beneath: str
    words: str
    sentence: Sentence
    raised: bool
    since: Instant | None
    heard: Instant | None
    spoken: Instant | None
    retry_at: Instant | None
    fault: str
    refusal: str
    bearer: MemberId | None
    backlog: dict[str, int]
    mirror: dict[str, int]
    delivery: dict[str, int]
    held: dict[str, int]


@dataclass(frozen=True, slots=True)
class Health:
    """How a node is: its lines, whether it may sign, and what it keeps as evidence."""

    member: MemberId
    lines: tuple[LineView, ...]
    read_only: str
    alarms: tuple[PutEvidence, ...]
    logs: dict[str, int]


@dataclass(frozen=True, slots=True)
class AsOf:
    """What an answer rests on: when, by which rules and agreement, and on how much of each log.

    `drill` says that the channel is a drill: nothing in it is real, and every face shows that.
    """

    at: Instant
    engine: str
    agreement: str
    logs: dict[str, int]
    drill: bool


def as_of(node: Node, *, at: Instant) -> AsOf:
    """Return what an answer of `node` at `at` rests on."""
    standing = node.picture.terms_in_force
    agreement = f"version {standing[2]}, {standing[0].id}" if standing else "default (none is in force)"
    sizes = {name: held.size for name, held in sorted(node.logs.items())}
    return AsOf(at, ENGINE, agreement, sizes, node.roster.genesis.drill)


def state_of(history: NoticeHistory | OutlineHistory, *, at: Instant) -> State:
    """Return the state of a notice at `at`; its windows are closed, so it is in force at both ends.

    An activation or overrun counts for the version that it names alone.
    """
    if history.ended is not None:
        return State.WITHDRAWN if history.ended.step is Step.WITHDRAW else State.COMPLETED
    if at > history.end:
        return State.OVER
    current = history.current
    filed = current.outline.volumes if isinstance(current, OutlineVersion) else current.draft.volumes
    if at > max(v.window.end for v in filed):
        return State.OVERRUN
    if any(s.step is Step.ACTIVATE and s.entry.place > current.entry.place for s in history.steps):
        return State.ACTIVE
    return State.PLANNED if at < history.start else State.IN_FORCE


def next_change(history: NoticeHistory, *, at: Instant) -> Instant:
    """Return the last instant at which `state_of` answers as it does at `at`; `PERM` where time changes nothing."""
    ends = [v.window.end for v in history.current.draft.volumes]
    later = [edge for edge in (Instant(history.start - 1), max(ends), history.end) if edge >= at]
    return PERM if history.ended is not None else min(later, default=PERM)


def lead_time(activity: Activity, nature: Nature, deadlines: Deadlines) -> tuple[int, str]:
    """Return the seconds of notice that the agreement asks for such an activity, and the name of the rule.

    The closed lists do not say whether an exercise is large or a movement an emergency, so the longer term holds
    for both. An activity with no term of its own is late only when it is filed after its start.

    Source: DESIGN.md, section 7.
    """
    if nature is Nature.HAZARD_AREA:
        return deadlines.hazard_s, "hazard to navigation or flight"
    match activity:
        case Activity.AIR | Activity.UNCREWED:
            return deadlines.short_notice_air_s, "short-notice air activity"
        case Activity.DEPLOYMENT:
            return deadlines.change_of_deployment_s, "change of deployment"
        case Activity.EXERCISE:
            return deadlines.large_exercise_s, "large exercise"
        case Activity.PROTECTED_MOVEMENT:
            return deadlines.humanitarian_s, "humanitarian land movement"
        case _:
            return 0, "before its start"


def lateness(version: NoticeVersion, deadlines: Deadlines) -> Lateness:
    """Return how long before its start a version was filed, beside the lead time of the agreement."""
    draft = version.draft
    start = min(v.window.start for v in draft.volumes)
    lead_s, lead = lead_time(draft.activity, draft.nature, deadlines)
    return Lateness((start - version.entry.header.claimed) / 1000, lead_s, lead)


def notice_view(node: Node, history: NoticeHistory, *, at: Instant) -> NoticeView:
    """Return a notice at `at` with every version's ladder; answers stay with the version that they name."""
    standing = node.picture.terms_in_force
    deadlines = standing[1].deadlines if standing else Deadlines()
    versions = tuple(
        VersionView(history.number(version), version, lateness(version, deadlines), _ladder(node, version))
        for version in history.versions
    )
    flags = node.picture.flags_of(history.current.entry)
    return NoticeView(history, state_of(history, at=at), versions, flags)


def readers(version: NoticeVersion) -> tuple[MemberId, ...]:
    """Return the members from whom an answer to a version may come: its audience without its author."""
    header = version.entry.header
    return tuple(member for member in header.audience if member != header.author)


def delivery(node: Node, entry: Entry, member: MemberId) -> Stated | None:
    """Return the earliest delivery cosignature of `member` that covers an entry, or `None`."""
    place = entry.place
    return node.logs[f"{place.member}/{place.log}"].covered(_delivery_name(node.roster, member), place.index)


def mirroring(node: Node, entry: Entry, member: MemberId) -> Stated | None:
    """Return the earliest mirror cosignature of `member`, this one among them, that covers an entry, or `None`."""
    place, name = entry.place, node.roster.cosigner(member, "mirror").name
    return node.logs[f"{place.member}/{place.log}"].covered(name, place.index)


def health(node: Node, *, at: Instant, since: Mapping[MemberId, Instant] | None = None) -> Health:
    """Return how the node is at `at`, with the line to every other member; `since` is what the caller has watched."""
    return Health(
        node.me,
        tuple(_line(node, member, at, (since or {}).get(member)) for member in sorted(node.peers)),
        node.read_only,
        tuple(node.alarms),
        {name: held.size for name, held in sorted(node.logs.items())},
    )


def _ladder(node: Node, version: NoticeVersion) -> tuple[Rung, ...]:
    given = _answers(node.picture, version.entry.id)
    refusals = node.picture.refused.get(version.entry.id, {})
    rungs = []
    told = readers_of(node, version.entry)
    for member in sorted({*readers(version), *told.full} - {version.entry.header.author}):
        own = given.get(member, [])
        line = delivery(node, _shown_by(node, version.entry, member), member)
        # A delivery cosignature is withheld while the body is lacking: where it stands, the body has come since.
        refused = next(
            (
                (e, r.reason)
                for _, (e, r) in sorted(refusals.items(), reverse=True)
                if e.header.author == member and not (r.lacking and line is not None)
            ),
            None,
        )
        back = next(((e, r) for e, r in reversed(own) if isinstance(r, ReadBack)), None)
        rungs.append(
            Rung(
                member,
                None if line is None or refused else Delivered(Instant(line.time_s * 1000), line.size),
                refused,
                next((e for e, r in own if isinstance(r, Seen)), None),
                None if back is None else ReadBackTaken(*back, differences(version.draft, back[1])),
                tuple((e, r) for e, r in own if isinstance(r, PassedOn))[-PASSED_ON_SHOWN:],
                next(((e, r) for e, r in reversed(own) if isinstance(r, PositionTaken)), None),
                member in told.area_only,
            )
        )
    return tuple(rungs)


def _shown_by(node: Node, entry: Entry, member: MemberId) -> Entry:
    """Return the entry by which a member was shown a version: its own, or the disclosure that opened it."""
    if member in entry.header.slots[0].audience:
        return entry
    given = node.picture.opened.disclosures.get(entry.id, {})
    opening = (said for _, (said, _) in sorted(given.items()) if member in said.header.audience)
    return next(opening, entry)


def _answers(picture: Picture, entry: str) -> dict[MemberId, list[tuple[Entry, object]]]:
    """Return what each member answered to exactly this entry, in the order of its own log."""
    given: dict[MemberId, list[tuple[Entry, object]]] = {}
    for _, (said, record) in sorted(picture.answers.get(entry, {}).items()):
        given.setdefault(said.header.author, []).append((said, record))
    return given


def _line(node: Node, member: MemberId, at: Instant, since: Instant | None) -> LineView:
    peer, card = node.peers[member], node.roster.member(member)
    own = {log: node.own(log) for log in LOGS}
    health = line_health(node, member, at=at)
    return LineView(
        member=member,
        name=card.name if card else member,
        role=card.role.value if card else "",
        state=health.state,
        beneath=health.beneath,
        words=health.words,
        sentence=health.sentence,
        raised=health.raised,
        since=health.since or since,
        heard=peer.heard or None,
        spoken=max(peer.spoken.values(), default=None),
        retry_at=peer.retry_at or None,
        fault=peer.fault,
        refusal=peer.refusal,
        bearer=peer.bearer,
        backlog={log: held.size - min(peer.acked.get(log, 0), held.size) for log, held in own.items()},
        mirror={log: held.cosigned(_mirror_name(node.roster, member)) for log, held in own.items()},
        delivery={log: held.cosigned(_delivery_name(node.roster, member)) for log, held in own.items()},
        held={log: node.logs[f"{member}/{node.roster.current_log(member, log)}"].size for log in LOGS},
    )


def _delivery_name(roster: Roster, member: str) -> str:
    return key_name(roster.channel, member, "delivery")


def _mirror_name(roster: Roster, member: str) -> str:
    return key_name(roster.channel, member, "mirror")
