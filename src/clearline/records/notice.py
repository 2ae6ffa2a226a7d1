"""Notices: advance word of a planned activity, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, ClassVar

from clearline.errors import Malformed
from clearline.records import volume_members, words
from clearline.records.activity import Activity, Nature
from clearline.records.reading import Members
from clearline.volumes.instant import PERM, Instant
from clearline.volumes.volume import Volume

DETAIL_MAX = 500
"""Characters of one detail, such as a call sign or a remark."""


@dataclass(frozen=True, slots=True)
class Details:
    """What an officer may add to a volume; an empty text says nothing was given."""

    callsign: str = ""
    squawk: str = ""
    number_and_type: str = ""
    frequency: str = ""
    contact: str = ""
    remarks: str = ""


@dataclass(frozen=True, slots=True)
class NoticeDraft:
    """What a notice file says of one notice, before anybody signs it.

    `details` runs parallel to `volumes`: one entry a volume, in file order.
    """

    party: str
    notice: str
    activity: Activity
    nature: Nature
    volumes: tuple[Volume, ...]
    details: tuple[Details, ...]


class Step(StrEnum):
    """What the owner says has become of its own notice."""

    WITHDRAW = "withdraw"
    ACTIVATE = "activate"
    COMPLETE = "complete"
    OVERRUN = "overrun"


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as filed, or an amendment that replaces what was filed before it.

    `amends` is the entry id of the version that it replaces, empty for the first; `accepts` the entry id of the
    proposal that the amendment takes up, empty where it takes up none. The party is the author of the entry.
    `dictated_at` is when it was dictated over another line before it was entered: entered after the fact.
    """

    draft: NoticeDraft
    amends: str = ""
    accepts: str = ""
    dictated_at: Instant | None = None
    KIND: ClassVar[str] = "notice"

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        draft = self.draft
        members: dict[str, Any] = {
            "activity": draft.activity.value,
            "details": [_details_members(d) for d in draft.details],
            "nature": draft.nature.value,
            "notice": draft.notice,
            "party": draft.party,
            "volumes": [volume_members.to_members(v) for v in draft.volumes],
        }
        if self.amends:
            members["amends"] = self.amends
        if self.accepts:
            members["accepts"] = self.accepts
        if self.dictated_at is not None:
            members["dictated_at"] = self.dictated_at
        return members

    @classmethod
    def from_members(cls, members: Members) -> Notice:
        """Return the notice that the members of a body hold."""
        volumes = volume_members.many_from_members(members, "volumes")
        draft = NoticeDraft(
            party=members.member_id("party"),
            notice=members.reference("notice"),
            activity=members.choice("activity", Activity),
            nature=members.choice("nature", Nature),
            volumes=volumes,
            details=tuple(
                _details(Members(v, where=f"{members.place('details')}/{i}"))
                for i, v in enumerate(members.items("details", least=len(volumes), most=len(volumes)))
            ),
        )
        amends = members.entry_id("amends") if members.has("amends") else ""
        accepts = members.entry_id("accepts") if members.has("accepts") else ""
        if accepts and not amends:
            raise Malformed(where=members.place("accepts"), found=accepts, expected="an amendment (amends) beside it")
        dictated_at = members.integer("dictated_at", least=0, most=PERM - 1) if members.has("dictated_at") else None
        return cls(draft, amends, accepts, None if dictated_at is None else Instant(dictated_at))


@dataclass(frozen=True, slots=True)
class NoticeStep:
    """The owner withdraws, activates or completes its notice, or says that it overruns until a later time.

    `of` is the entry id of the version that it speaks of; `until` is given with an overrun alone.
    """

    step: Step
    notice: str
    of: str
    reason: str = ""
    until: Instant | None = None
    KIND: ClassVar[str] = "notice_step"

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        members: dict[str, Any] = {
            "notice": self.notice,
            "of": self.of,
            "reason": self.reason,
            "step": self.step.value,
        }
        if self.until is not None:
            members["until"] = self.until
        return members

    @classmethod
    def from_members(cls, members: Members) -> NoticeStep:
        """Return the step that the members of a body hold."""
        step = members.choice("step", Step)
        return cls(
            step=step,
            notice=members.reference("notice"),
            of=members.entry_id("of"),
            reason=members.text("reason", most=words.PROSE_MAX),
            until=Instant(members.integer("until", least=0, most=PERM - 1)) if step is Step.OVERRUN else None,
        )


def _details_members(details: Details) -> dict[str, str]:
    return {f.name: getattr(details, f.name) for f in fields(details) if getattr(details, f.name)}


def _details(members: Members) -> Details:
    given = {f.name: members.text(f.name, least=1, most=DETAIL_MAX) for f in fields(Details) if members.has(f.name)}
    members.done()
    return Details(**given)
