"""The shapes of what the API takes: msgspec structs by which the edge checks every body, read by OpenAPI too."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

EntryText = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", description="An entry id: 64 hexadecimal digits.")]
InstantText = Annotated[str, msgspec.Meta(description="RFC 3339 with offset, such as 2026-11-22T12:00:00Z.")]
FeatureCollection = Annotated[
    dict[str, Any],
    msgspec.Meta(description="A notice file: a GeoJSON FeatureCollection, one feature a volume."),
]


class Taken(msgspec.Struct, forbid_unknown_fields=True):
    """The base of what the API takes: a member that is not known is refused by name."""


class StepBody(Taken):
    """The owner says what has become of its notice; `until` with an overrun alone."""

    step: Literal["withdraw", "activate", "complete", "overrun"]
    reason: str = ""
    until: InstantText | None = None


class SeenBody(Taken, tag_field="step", tag="seen"):
    """This watch position has seen the version that stands, or `of` where it must be exactly that one."""

    of: EntryText | None = None


class ReadVolumeBody(Taken):
    """One volume as it was read back: its reference position, heights and window."""

    position: Annotated[list[float], msgspec.Meta(min_length=2, max_length=2)]
    lower: str
    upper: str
    start: InstantText
    end: InstantText


class ReadBackBody(Taken, tag_field="step", tag="read_back"):
    """What was understood of the version `of`; a machine compares it with what was filed."""

    of: EntryText
    activity: str
    nature: str
    volumes: Annotated[list[ReadVolumeBody], msgspec.Meta(min_length=1, max_length=1000)]


class PassedOnBody(Taken, tag_field="step", tag="passed_on"):
    """The version that stands, or exactly `of`, was passed on to a level."""

    level: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    of: EntryText | None = None


class PositionBody(Taken, tag_field="step", tag="position"):
    """A position on the version `of`; `proposal` (a notice file) with the stance `proposal` alone."""

    of: EntryText
    stance: Literal["no_objection", "objection", "proposal", "cannot_comply", "no_position"]
    reason: str = ""
    proposal: FeatureCollection | None = None


Acknowledgement = SeenBody | ReadBackBody | PassedOnBody | PositionBody


class PhraseBody(Taken):
    """A phrase: its code, such as 003-7, and its slots: place [lon, lat] in degrees, time, height, reference, count."""

    code: Annotated[str, msgspec.Meta(max_length=12)]
    slots: dict[str, Any] = {}


class MessageBody(Taken):
    """A message to watch positions: `TR` (its duty position) or `TR/air desk`; `audience` may read it besides.

    `language` is a BCP 47 tag, `about` the entry id that it speaks of, `thread` the entry id of its thread's first
    message or what the thread is bound to (a notice's first entry, a conflict, an incident), `cancels` one's own
    earlier message that it takes back. A text, phrases of the phrase book, or both. `card` and `dictated_at` say by
    which dictation card and when it was said before: it is then entered after the fact.
    """

    to: Annotated[list[str], msgspec.Meta(min_length=1, max_length=64)]
    text: str = ""
    precedence: Literal["FLASH", "IMMEDIATE", "PRIORITY", "ROUTINE"] = "ROUTINE"
    language: str = "en"
    about: EntryText | None = None
    thread: str | None = None
    cancels: EntryText | None = None
    audience: Annotated[list[str], msgspec.Meta(max_length=32)] = []
    phrases: Annotated[list[PhraseBody], msgspec.Meta(max_length=12)] = []
    card: str | None = None
    dictated_at: InstantText | None = None


class AreaVolumeBody(Taken):
    """A volume of an area: geometry as in a notice file, heights, and a window whose end may be `PERM`."""

    geometry: dict[str, Any]
    start: InstantText
    end: Annotated[str, msgspec.Meta(description="As start, or PERM: until further notice.")]
    lower: str = "SFC"
    upper: str = "UNL"
    radius_m: float | None = None
    half_width_m: float | None = None


class AreaBody(Taken):
    """A zone or a red line; one's own standing statement of that reference is replaced by a new version."""

    sort: Literal["zone", "red_line"]
    reference: str
    title: str
    text: str
    volumes: Annotated[list[AreaVolumeBody], msgspec.Meta(min_length=1, max_length=1000)]
    activities: list[str] = []
    audience: list[str] | None = None


class ReasonBody(Taken):
    """Why."""

    reason: str = ""


class ProposalBody(Taken):
    """Terms of an agreement: the changes to those in force (or to the default), member by member, in integers.

    Members: title, theatre, languages, separation, ranges, deadlines, as `GET /agreement` shows them.
    """

    terms: dict[str, Any]


class ProposalName(Taken):
    """Names a proposal by its entry id."""

    proposal: EntryText
