"""The shapes of what the API answers: msgspec structs, read by OpenAPI.

Instants are RFC 3339 texts in UTC, positions `[longitude, latitude]` in degrees (WGS 84), lengths metres.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from clearline.faces.api.taken import EntryText, InstantText


class Ref(msgspec.Struct, frozen=True):
    """Names one volume: party, notice, and its number in the notice from 0."""

    party: str
    notice: str
    volume: int


class MinimaOut(msgspec.Struct, frozen=True):
    """The separation minima that a finding used; `vertical_m` is `any` where every height counts."""

    lateral_m: float
    vertical_m: float | Literal["any"]
    time_s: float
    source: str


class ConflictOut(msgspec.Struct, frozen=True):
    """Two volumes closer than the minima; a gap is 0 where they overlap, `vertical_gap_m` null where unbounded.

    `area_only` names the side (or both) of which the area alone is told: the gaps are then the least possible, and
    the minima the largest of all.
    """

    id: str
    a: Ref
    b: Ref
    lateral_gap_m: float
    vertical_gap_m: float | None
    time_gap_s: float
    start: InstantText
    end: InstantText
    position: tuple[float, float]
    minima: MinimaOut
    area_only: tuple[Literal["a", "b"], ...] = ()


class TouchOut(msgspec.Struct, frozen=True):
    """An activity that touches a zone or a red line, and which version of it. Shown; never blocked."""

    rule: str
    kind: Literal["zone", "red_line"]
    party: str
    reference: str
    revision: int
    area_volume: int
    volume: Ref
    start: InstantText
    end: InstantText
    position: tuple[float, float]


class SuggestionOut(msgspec.Struct, frozen=True):
    """A shift after which the same engine found no overlap with what is known now; no permission, no promise."""

    kind: Literal["time", "height"]
    shift_s: float | None
    shift_m: float | None
    text: str
    ground_unchecked: bool


class AsOfOut(msgspec.Struct, frozen=True):
    """What an answer rests on: when, by which rules and agreement, on how many entries of each log.

    `drill`: the channel is a drill, and nothing in it is real; whoever shows the answer says so.
    """

    at: InstantText
    engine: str
    agreement: str
    logs: dict[str, int]
    drill: bool


class EntryOut(msgspec.Struct, frozen=True):
    """The place of an entry: `<member>/<log>`, index from 0, and id."""

    log: str
    index: int
    id: EntryText


class FlagOut(msgspec.Struct, frozen=True):
    """Something about who signed an entry that everybody must see: disowned, by a revoked key, by one person alone."""

    slug: str
    text: str


class Saying(msgspec.Struct, frozen=True):
    """Who said something, when by its own clock, for which watch position, and what must be known about its keys."""

    entry: EntryOut
    member: str
    claimed: InstantText
    positions: tuple[str, ...]
    flags: tuple[FlagOut, ...] = ()


class LatenessOut(msgspec.Struct, frozen=True):
    """How long before its start it was filed (`margin_s`, exact), and what the agreement asks (`lead_s`)."""

    late: bool
    margin_s: float
    lead_s: int
    short_by_s: float
    rule: str
    words: str


class DeliveredOut(msgspec.Struct, frozen=True):
    """The member's own statement that it holds the notice; `at` is its claim."""

    at: InstantText
    size: int


class RefusedOut(msgspec.Struct, frozen=True):
    """The member's node could not take the notice, and why."""

    reason: str
    said: Saying


class DifferenceOut(msgspec.Struct, frozen=True):
    """One thing read back otherwise than filed; `volume` is -1 for the whole notice."""

    volume: int
    what: str
    filed: str
    read: str


class ReadBackOut(msgspec.Struct, frozen=True):
    """The latest read-back; where it differs, the step *read back* is not reached."""

    matches: bool
    differences: tuple[DifferenceOut, ...]
    said: Saying


class PassedOnOut(msgspec.Struct, frozen=True):
    """To which level it was passed on."""

    level: str
    at: InstantText
    said: Saying


class PositionOut(msgspec.Struct, frozen=True):
    """A member's latest position; `proposal` is a FeatureCollection of changed volumes, with that stance alone."""

    stance: str
    reason: str
    proposal: dict[str, Any] | None
    said: Saying


class RungOut(msgspec.Struct, frozen=True):
    """How far one member has come; null means that it has said nothing, and nothing more than that."""

    member: str
    reached: Literal["sent", "refused", "delivered", "seen", "read_back", "passed_on"]
    delivered: DeliveredOut | None
    refused: RefusedOut | None
    seen: Saying | None
    read_back: ReadBackOut | None
    passed_on: tuple[PassedOnOut, ...]
    position: PositionOut | None
    area_only: bool = False


class StepOut(msgspec.Struct, frozen=True):
    """A step of the owner."""

    step: str
    reason: str
    until: InstantText | None
    said: Saying


class EarlierOut(msgspec.Struct, frozen=True):
    """An earlier version with the answers to exactly that version; none of them counts for the newest."""

    revision: int
    said: Saying
    accepts: str | None
    lateness: LatenessOut
    ladder: tuple[RungOut, ...]
    notice_file: dict[str, Any]


class NoticeOut(msgspec.Struct, frozen=True):
    """A notice at the instant of the answer; `notice_file` is the version that stands, as filed."""

    party: str
    notice: str
    revision: int
    state: Literal["planned", "in_force", "active", "overrun", "over", "completed", "withdrawn"]
    activity: str
    nature: str
    start: InstantText
    end: InstantText
    lateness: LatenessOut
    said: Saying
    accepts: str | None
    audience: tuple[str, ...]
    ladder: tuple[RungOut, ...]
    silence: str
    steps: tuple[StepOut, ...]
    earlier: tuple[EarlierOut, ...]
    conflicts: tuple[str, ...]
    touches: tuple[TouchOut, ...]
    notice_file: dict[str, Any]
    area_only: tuple[str, ...] = ()
    dictated_at: InstantText | None = None


class FiledOut(msgspec.Struct, frozen=True):
    """A notice was filed or amended: its place in the record and what it meets."""

    party: str
    notice: str
    revision: int
    entry: EntryOut
    lateness: LatenessOut
    conflicts: tuple[ConflictOut, ...]
    touches: tuple[TouchOut, ...]
    suggestions: tuple[SuggestionOut, ...]
    as_of: AsOfOut


class CheckedOut(msgspec.Struct, frozen=True):
    """What a notice would meet if it were filed now; nothing was stored."""

    conflicts: tuple[ConflictOut, ...]
    touches: tuple[TouchOut, ...]
    suggestions: tuple[SuggestionOut, ...]
    as_of: AsOfOut


class SaidOut(msgspec.Struct, frozen=True):
    """An act was recorded: its place in the record."""

    entry: EntryOut
    as_of: AsOfOut


class AcknowledgedOut(msgspec.Struct, frozen=True):
    """An acknowledgement was recorded; `matches` and `differences` speak of a read-back, and are null otherwise."""

    entry: EntryOut
    matches: bool | None
    differences: tuple[DifferenceOut, ...] | None
    silence: str
    as_of: AsOfOut


class ConflictsOut(msgspec.Struct, frozen=True):
    """Conflicts ordered by (a, b), and touches."""

    as_of: AsOfOut
    complete: bool
    conflicts: tuple[ConflictOut, ...]
    touches: tuple[TouchOut, ...]


class NoticesOut(msgspec.Struct, frozen=True):
    """A page of notices, ordered by start; `next` is the `from` of the next page, null on the last."""

    as_of: AsOfOut
    total: int
    next: int | None
    notices: tuple[NoticeOut, ...]


class OneNoticeOut(msgspec.Struct, frozen=True):
    """One notice."""

    as_of: AsOfOut
    notice: NoticeOut


class EscalationOut(msgspec.Struct, frozen=True):
    """Who was reached in place of a silent position; `delay_s` is how long after `due` it was recorded."""

    rung: Literal["alternate", "chief", "host", "flag"]
    silent: str
    reached: str
    due: InstantText
    delay_s: float
    said: Saying


class MessageOut(msgspec.Struct, frozen=True):
    """A message; `delivered` maps each reader to the time it claims to hold it, null while it has said nothing.

    `seen` holds the first word of each member of which a watch position has seen it; `ahead_of_log` says that its
    place in the record is not proven yet.
    """

    said: Saying
    to: tuple[str, ...]
    precedence: str
    language: str
    text: str
    about: str | None
    thread: str
    cancels: str | None
    cancelled: Saying | None
    ahead_of_log: bool
    delivered: dict[str, InstantText | None]
    seen: tuple[Saying, ...]
    escalations: tuple[EscalationOut, ...]
    card: str | None = None
    dictated_at: InstantText | None = None


class ThreadOut(msgspec.Struct, frozen=True):
    """A thread: the messages of one name, how many of them this member has still to see, and the newest."""

    thread: str
    messages: int
    unseen: int
    members: tuple[str, ...]
    newest: InstantText


class ThreadsOut(msgspec.Struct, frozen=True):
    """A page of threads, that with the newest message first; `next` is the `from` of the next page."""

    as_of: AsOfOut
    total: int
    next: int | None
    threads: tuple[ThreadOut, ...]


class AreaVolumeOut(msgspec.Struct, frozen=True):
    """A volume of an area; `radius_m` is the distance round a point or line."""

    geometry: dict[str, Any]
    radius_m: float
    lower: str
    upper: str
    start: InstantText
    end: InstantText


class AreaOut(msgspec.Struct, frozen=True):
    """A zone or red line in the version that stands."""

    party: str
    reference: str
    sort: Literal["zone", "red_line"]
    revision: int
    title: str
    text: str
    activities: tuple[str, ...]
    withdrawn: Saying | None
    said: Saying
    audience: tuple[str, ...]
    volumes: tuple[AreaVolumeOut, ...]


class AreasOut(msgspec.Struct, frozen=True):
    """A page of zones and red lines; `next` is the `from` of the next page."""

    as_of: AsOfOut
    total: int
    next: int | None
    areas: tuple[AreaOut, ...]


class InForceOut(msgspec.Struct, frozen=True):
    """The agreement in force: its version from 1, the entry that proposed it, and its terms in integers."""

    version: int
    said: Saying
    terms: dict[str, Any]


class ProposalOut(msgspec.Struct, frozen=True):
    """A proposal, who has assented, and what became of it."""

    said: Saying
    base: str
    assented: tuple[str, ...]
    state: Literal["open", "in_force", "concluded", "lapsed", "superseded"]
    terms: dict[str, Any]


class AgreementOut(msgspec.Struct, frozen=True):
    """The agreement: what is in force, the default where nothing is, and every proposal."""

    as_of: AsOfOut
    in_force: InForceOut | None
    default: dict[str, Any]
    proposals: tuple[ProposalOut, ...]
    margins: str


class ProblemOut(msgspec.Struct, frozen=True):
    """An RFC 9457 problem; `type` ends with the slug that docs/errors.md explains. Further members may follow."""

    type: str
    title: str
    status: int
    detail: str
