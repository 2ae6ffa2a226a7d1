"""The shapes of the hotline: alerts and their answers, escalations, deadlines, the inbox, and proposals."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

import msgspec

from clearline.faces.api.phrase_shapes import WordedMessageOut
from clearline.faces.api.shapes import AsOfOut, EntryOut, EscalationOut, Saying
from clearline.faces.api.taken import EntryText, FeatureCollection, InstantText, Taken
from clearline.faces.api.worded import SentenceOut

AddressText = Annotated[
    str, msgspec.Meta(description="A member (its duty position), or member/position such as TR/air desk.")
]
Sort = Literal["stop_fire", "emergency_entry", "stray", "hazard", "search_and_rescue", "query"]


class AlertBody(Taken):
    """An alert. Everything is at the sender's choice; `position` is `[longitude, latitude]` in degrees (WGS 84)."""

    to: Annotated[list[AddressText], msgspec.Meta(max_length=64)] = msgspec.field(default_factory=list)
    position: Annotated[list[float], msgspec.Meta(min_length=2, max_length=2)] | None = None
    place: str | None = None
    unit: str | None = None
    text: str | None = None
    language: str = "en"
    at: InstantText | None = None
    audience: Annotated[list[str], msgspec.Meta(max_length=32)] = msgspec.field(default_factory=list)


class SortedAlertBody(AlertBody):
    """An alert with its sort."""

    sort: Sort = "query"


class CancelBody(Taken):
    """Takes back an alert of one's own: `of`, or the newest that stands."""

    of: EntryText | None = None
    text: str | None = None


class AlertAnswerBody(Taken):
    """An answer to an alert; a stop-fire takes the first three."""

    answer: Literal["ceased", "not_us", "cannot_confirm", "understood"]
    text: str = ""


class ProposalAnswerBody(Taken):
    """The owner counters (`proposal`: a notice file) or declines, or the proposer lets its proposal lapse."""

    answer: Literal["countered", "declined", "lapsed"]
    reason: str = ""
    proposal: FeatureCollection | None = None


Body = TypeVar("Body", AlertBody, CancelBody)
"""A body that may be missing: it says nothing then."""


class ProposalAnsweredOut(msgspec.Struct, frozen=True):
    """What was answered to a proposal; `proposal` are the volumes of a counter-proposal as a notice file."""

    said: Saying
    answer: Literal["countered", "declined", "lapsed"]
    reason: str
    proposal: dict[str, Any] | None


class ProposalOut(msgspec.Struct, frozen=True):
    """A proposal on a notice. `expired` is a view: the time for an answer has passed, and nobody has said so.

    `answers` holds what was said to it, in the order of the logs: a counter-proposal stands there with its volumes.
    """

    said: Saying
    of: EntryText
    outcome: Literal["open", "accepted", "countered", "declined", "lapsed", "replaced", "expired", "overtaken"]
    reason: str
    proposal: dict[str, Any]
    answers: tuple[ProposalAnsweredOut, ...]


class ProposalsOut(msgspec.Struct, frozen=True):
    """The proposals on a notice, oldest first."""

    as_of: AsOfOut
    silence: str
    proposals: tuple[ProposalOut, ...]


class AnswerOut(msgspec.Struct, frozen=True):
    """What was answered to an alert."""

    answer: str
    text: str
    said: Saying


class AlertOut(msgspec.Struct, frozen=True):
    """An alert. `ahead_of_log`: its place in the record is not proven yet, and `said.entry.index` is -1 until then.

    `to_answer`: it is addressed to this member, was not taken back, and this member has not answered it.
    """

    said: Saying
    sort: str
    to: tuple[str, ...]
    position: tuple[float, float] | None
    place: str | None
    unit: str | None
    text: str | None
    language: str
    at: InstantText | None
    cancels: str | None
    cancelled: Saying | None
    ahead_of_log: bool
    ringing: bool
    to_answer: bool
    seen: tuple[Saying, ...]
    answers: tuple[AnswerOut, ...]
    escalations: tuple[EscalationOut, ...]


class AlertsOut(msgspec.Struct, frozen=True):
    """A page of alerts, newest first; `next` is the `from` of the next page."""

    as_of: AsOfOut
    total: int
    next: int | None
    alerts: tuple[AlertOut, ...]


class SoundedOut(msgspec.Struct, frozen=True):
    """An alert was recorded; it goes by every bearer at once, ahead of its log."""

    entry: EntryOut
    to: tuple[str, ...]
    as_of: AsOfOut


class DueNoticeOut(msgspec.Struct, frozen=True):
    """What the notice about which something is owed does, and when."""

    activity: str
    start: InstantText
    end: InstantText


class DueOut(msgspec.Struct, frozen=True):
    """Something owed: by whom, to whom, until when; `overdue_s` is negative while there is time.

    `about` names the notice (party and reference) or the entry; `text` says it in words, `sentence` by its code
    where the sort and what it is about do not say it all. `notice` is null where it is about none.
    """

    key: str
    sort: str
    of: str
    owes: str
    position: str
    to: str
    due: InstantText
    overdue: bool
    overdue_s: float
    urgent: bool
    about: tuple[str, ...]
    text: str
    sentence: SentenceOut | None
    notice: DueNoticeOut | None = None


class EnvelopeOut(msgspec.Struct, frozen=True):
    """What the host is told when a position stays silent: that, between whom and since when, never what was said.

    `called` is the first message of the host about it (`about` names the envelope's entry); until then it rings there.
    """

    of: EntryText
    urgency: str
    from_member: str = msgspec.field(name="from")
    silent: str
    sent: InstantText
    due: InstantText
    seen: Saying | None
    called: Saying | None
    text: str
    said: Saying


class DeadlinesOut(msgspec.Struct, frozen=True):
    """Everything open between this member and others, by due time; silence is shown as silence."""

    as_of: AsOfOut
    overdue: int
    total: int
    next: int | None
    silence: str
    deadlines: tuple[DueOut, ...]


class InboxOut(msgspec.Struct, frozen=True):
    """What waits for this watch position: what rings, what it owes by deadline, and silent positions of others."""

    as_of: AsOfOut
    positions: tuple[str, ...]
    overdue: int
    total: int
    silence: str
    ringing: tuple[AlertOut, ...]
    ringing_messages: tuple[WordedMessageOut, ...]
    waiting: tuple[DueOut, ...]
    envelopes: tuple[EnvelopeOut, ...]
