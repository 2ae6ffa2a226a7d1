"""The agreement: the members' memorandum in machine-readable form, and the acts that bring it into force.

A proposal quotes the version that it is based on. Every party assents to it; the proposer concludes it, quoting
all assents, or lets it lapse. The numbers of `DEFAULT` are placeholders that air and ground operations people
must set.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar

from clearline.errors import Malformed, Said
from clearline.records import volume_members, words
from clearline.records.activity import Activity, Nature
from clearline.records.erasure_terms import DEFAULT_ERASURE, ErasureRule, erasure_rules
from clearline.records.header import MEMBERS_MAX
from clearline.records.phrases.spoken import BookName
from clearline.records.reading import Members, in_order
from clearline.records.watch import MemberWatch, watch_from
from clearline.volumes.altitude import AltitudeRanges
from clearline.volumes.footprint import Footprint

ROWS_MAX = 200
ANY = "any"
"""A vertical minimum that holds at any height."""

NO_BOOK = "none"
"""No phrase book is agreed: whoever writes phrases names the catalogue of the own node."""

AIRBORNE = (Activity.AIR, Activity.UNCREWED)
LOUD = (Activity.FIRES, Activity.JAMMING)
SHIELDED = (Activity.PROTECTED_MOVEMENT, Activity.PROTECTED_SITE, Nature.PROTECTED)


@dataclass(frozen=True, slots=True)
class SeparationRow:
    """Minima for pairs of which one side is one of `a` and the other one of `b`, either way round.

    A side holds activities and natures; an empty one fits everything. Where several rows fit, the larger of each
    component holds; the last row has two empty sides and serves pairs that no other fits. `lateral_cm` and
    `vertical_cm` are centimetres, `vertical_cm` `None` for any height, `time_ms` milliseconds.
    """

    a: tuple[Activity | Nature, ...]
    b: tuple[Activity | Nature, ...]
    lateral_cm: int
    vertical_cm: int | None
    time_ms: int
    source: str


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How soon each step is due, in seconds. Source: the margins of the default agreement, DESIGN §7."""

    short_notice_air_s: int = 900
    change_of_deployment_s: int = 72 * 3600
    hazard_s: int = 5 * 86_400
    large_exercise_s: int = 42 * 86_400
    humanitarian_s: int = 48 * 3600
    humanitarian_emergency_s: int = 24 * 3600
    flash_seen_s: int = 60
    immediate_seen_s: int = 300
    priority_seen_s: int = 1_800
    routine_seen_s: int = 6 * 3600
    heartbeat_s: int = 60
    line_check_s: int = 12 * 3600
    line_check_raised_s: int = 900
    line_check_busy_s: int = 3600
    stop_fire_seen_s: int = 60
    stop_fire_answered_s: int = 180
    stop_fire_again_s: int = 120
    immediate_alternate_s: int = 60
    immediate_chief_s: int = 150
    immediate_host_s: int = 240
    notice_seen_s: int = 1_800
    read_back_s: int = 3600
    position_s: int = 6 * 3600
    proposal_s: int = 3600
    passed_on_before_s: int = 7_200
    enquiry_s: int = 48 * 3600


_NM_CM = 185_200
_FT_1000_CM = 30_480
_MIN_MS = 60_000

DEFAULT_ROWS = (
    SeparationRow(SHIELDED, (Activity.FIRES,), 5 * _NM_CM, None, 30 * _MIN_MS, "protected with fires"),
    SeparationRow(SHIELDED, (Activity.JAMMING,), 5 * _NM_CM, 2 * _FT_1000_CM, 15 * _MIN_MS, "protected with jamming"),
    SeparationRow(LOUD, (), 5 * _NM_CM, 2 * _FT_1000_CM, 10 * _MIN_MS, "fires or jamming with anything"),
    SeparationRow(SHIELDED, (), 200_000, _FT_1000_CM, 15 * _MIN_MS, "protected with any other"),
    SeparationRow(AIRBORNE, AIRBORNE, 5 * _NM_CM, _FT_1000_CM, 5 * _MIN_MS, "air or uncrewed with each other"),
    SeparationRow((Activity.GROUND,), (Activity.GROUND,), 100_000, 0, 15 * _MIN_MS, "ground with ground"),
    SeparationRow((Activity.SEA,), (Activity.SEA,), 3 * _NM_CM, 0, 15 * _MIN_MS, "sea with sea"),
    SeparationRow((), (), 200_000, _FT_1000_CM, 10 * _MIN_MS, "any other pair"),
)
"""Separation of the default agreement. Source: DESIGN §7."""

SYRIA_RANGES = AltitudeRanges(
    qnh_hpa=(980.0, 1040.0), isa_deviation_c=(-20.0, 30.0), geoid_m=(10.0, 35.0), terrain_m=(-430.0, 3100.0)
)
"""Ranges for mixed datums in Syria and its neighbours. Source: DESIGN §7."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the parties have agreed: title, theatre, languages, minima, ranges and deadlines."""

    title: str
    theatre: Footprint | None
    languages: tuple[str, ...] = ("en",)
    rows: tuple[SeparationRow, ...] = DEFAULT_ROWS
    ranges: AltitudeRanges = SYRIA_RANGES
    deadlines: Deadlines = Deadlines()
    watch: tuple[MemberWatch, ...] = ()
    erasure: tuple[ErasureRule, ...] = DEFAULT_ERASURE
    phrase_book: BookName | None = None

    def watch_of(self, member: str) -> MemberWatch:
        """Return a member's watch; one that the agreement does not name has a duty position and nobody else."""
        return next((w for w in self.watch if w.member == member), MemberWatch(words.MemberId(member)))

    def to_members(self) -> dict[str, Any]:
        """Return the terms as members of a body, in integers."""
        return {
            "deadlines": {f.name: getattr(self.deadlines, f.name) for f in fields(self.deadlines)},
            "erasure": [rule.to_members() for rule in self.erasure],
            "languages": list(self.languages),
            "ranges": {
                "geoid_cm": _tenths(self.ranges.geoid_m, 100),
                "isa_deviation_dc": _tenths(self.ranges.isa_deviation_c, 10),
                "qnh_dahpa": _tenths(self.ranges.qnh_hpa, 10),
                "relief_cm": ANY if self.ranges.relief_m is None else round(self.ranges.relief_m * 100),
                "terrain_cm": _tenths(self.ranges.terrain_m, 100),
            },
            "separation": [_row_members(row) for row in self.rows],
            "phrase_book": NO_BOOK if self.phrase_book is None else self.phrase_book.to_members(),
            "theatre": "worldwide" if self.theatre is None else volume_members.footprint_members(self.theatre),
            "title": self.title,
            "watch": [w.to_members() for w in self.watch],
        }

    @classmethod
    def from_members(cls, members: Members) -> Terms:
        """Return the terms that the members hold."""
        languages = members.items("languages", least=1, most=20)
        for index, language in enumerate(languages):
            words.prose(language, where=f"{members.place('languages')}/{index}", least=2, most=20)
        rows = members.items("separation", least=1, most=ROWS_MAX)
        terms = cls(
            title=members.text("title", least=1, most=200),
            theatre=_theatre(members),
            languages=tuple(languages),
            rows=tuple(_row(Members(v, where=f"{members.place('separation')}/{i}")) for i, v in enumerate(rows)),
            ranges=_ranges(members.members("ranges")),
            deadlines=_deadlines(members.members("deadlines")),
            watch=_watch(members),
            erasure=erasure_rules(members),
            phrase_book=_phrase_book(members),
        )
        members.done()
        last = terms.rows[-1]
        if last.a or last.b:
            raise Malformed(
                where=members.place("separation"),
                found=last.source,
                expected="a last row for every other pair (a, b empty)",
            )
        return terms


@dataclass(frozen=True, slots=True)
class AgreementProposal:
    """Terms that a member proposes; `base` is the entry id of the proposal in force, empty for the first."""

    base: str
    terms: Terms
    KIND: ClassVar[str] = "agreement_proposal"
    two_persons: ClassVar[bool] = True

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        return {"base": self.base, "terms": self.terms.to_members()}

    @classmethod
    def from_members(cls, members: Members) -> AgreementProposal:
        """Return the proposal that the members of a body hold."""
        base = members.raw("base", "an entry id, or an empty text for the first agreement")
        return cls(
            "" if base == "" else words.entry_id(base, where=members.place("base")),
            Terms.from_members(members.members("terms")),
        )


@dataclass(frozen=True, slots=True)
class AgreementAssent:
    """A member assents to the proposal whose entry id is `proposal`."""

    proposal: str
    KIND: ClassVar[str] = "agreement_assent"
    two_persons: ClassVar[bool] = True

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        return {"proposal": self.proposal}

    @classmethod
    def from_members(cls, members: Members) -> AgreementAssent:
        """Return the assent that the members of a body hold."""
        return cls(members.entry_id("proposal"))


@dataclass(frozen=True, slots=True)
class AgreementConclusion:
    """The proposer concludes its proposal, quoting the entry ids of all assents (sorted)."""

    proposal: str
    assents: tuple[str, ...]
    KIND: ClassVar[str] = "agreement_conclusion"
    two_persons: ClassVar[bool] = True

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        return {"assents": list(self.assents), "proposal": self.proposal}

    @classmethod
    def from_members(cls, members: Members) -> AgreementConclusion:
        """Return the conclusion that the members of a body hold."""
        quoted = members.items("assents", most=32)
        for index, entry in enumerate(quoted):
            words.entry_id(entry, where=f"{members.place('assents')}/{index}")
        in_order(quoted, where=members.place("assents"))
        return cls(members.entry_id("proposal"), tuple(quoted))


@dataclass(frozen=True, slots=True)
class AgreementLapse:
    """The proposer lets its proposal lapse: it can no longer be concluded."""

    proposal: str
    KIND: ClassVar[str] = "agreement_lapse"

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        return {"proposal": self.proposal}

    @classmethod
    def from_members(cls, members: Members) -> AgreementLapse:
        """Return the lapse that the members of a body hold."""
        return cls(members.entry_id("proposal"))


def _tenths(bounds: tuple[float, float], parts: int) -> list[int]:
    return [round(bounds[0] * parts), round(bounds[1] * parts)]


def _row_members(row: SeparationRow) -> dict[str, Any]:
    return {
        "a": [x.value for x in row.a],
        "b": [x.value for x in row.b],
        "lateral_cm": row.lateral_cm,
        "source": row.source,
        "time_ms": row.time_ms,
        "vertical_cm": ANY if row.vertical_cm is None else row.vertical_cm,
    }


def _row(members: Members) -> SeparationRow:
    vertical = members.raw("vertical_cm", f"centimetres, or {ANY}")
    row = SeparationRow(
        a=_side(members, "a"),
        b=_side(members, "b"),
        lateral_cm=members.integer("lateral_cm", least=0, most=100_000_000),
        vertical_cm=None if vertical == ANY else members.integer("vertical_cm", least=0, most=100_000_000),
        time_ms=members.integer("time_ms", least=0, most=365 * 86_400_000),
        source=members.text("source", least=1, most=200),
    )
    members.done()
    return row


def _side(members: Members, name: str) -> tuple[Activity | Nature, ...]:
    known: dict[str, Activity | Nature] = {**Activity._value2member_map_, **Nature._value2member_map_}  # type: ignore[dict-item]
    named = members.items(name, most=len(known))
    for index, word in enumerate(named):
        if not isinstance(word, str) or word not in known:
            raise Malformed(where=f"{members.place(name)}/{index}", found=word, expected="one of " + ", ".join(known))
    return tuple(known[word] for word in named)


def _watch(members: Members) -> tuple[MemberWatch, ...]:
    items = members.items("watch", most=MEMBERS_MAX)
    found = tuple(watch_from(Members(v, where=f"{members.place('watch')}/{i}")) for i, v in enumerate(items))
    in_order([w.member for w in found], where=members.place("watch"))
    return found


def _theatre(members: Members) -> Footprint | None:
    if members.raw("theatre", "a footprint, or worldwide") == "worldwide":
        return None
    theatre = members.members("theatre")
    footprint = volume_members.footprint_from(theatre)
    theatre.done()
    return footprint


def _phrase_book(members: Members) -> BookName | None:
    if members.raw("phrase_book", f"version and hash of a phrase book, or {NO_BOOK}") == NO_BOOK:
        return None
    return BookName.from_members(members.members("phrase_book"))


def _ranges(members: Members) -> AltitudeRanges:
    relief = members.raw("relief_cm", f"centimetres, or {ANY}")
    bounds = {
        "qnh_hpa": _bounds(members, "qnh_dahpa", 10, 8_000, 11_500),
        "isa_deviation_c": _bounds(members, "isa_deviation_dc", 10, -1_000, 1_000),
        "geoid_m": _bounds(members, "geoid_cm", 100, -12_000, 12_000),
        "terrain_m": _bounds(members, "terrain_cm", 100, -50_000, 900_000),
    }
    relief_m = None if relief == ANY else members.integer("relief_cm", least=0, most=1_000_000) / 100
    members.done()
    try:
        return AltitudeRanges(relief_m=relief_m, **bounds)
    except Malformed as fault:
        name = {
            "ranges/qnh_hpa": "qnh_dahpa",
            "ranges/isa_deviation_c": "isa_deviation_dc",
            "ranges/geoid_m": "geoid_cm",
            "ranges/terrain_m": "terrain_cm",
        }.get(fault.where, "relief_cm")
        raise Malformed(where=members.place(name), found=Said(fault.found), expected=fault.expected) from None


def _bounds(members: Members, name: str, parts: int, least: int, most: int) -> tuple[float, float]:
    low, high = members.items(name, least=2, most=2)
    if type(low) is not int or type(high) is not int or not least <= low <= high <= most:
        raise Malformed(
            where=members.place(name), found=(low, high), expected=f"two integers, {least} to {most}, rising"
        )
    return low / parts, high / parts


def _deadlines(members: Members) -> Deadlines:
    given = {f.name: members.integer(f.name, least=1, most=366 * 86_400) for f in fields(Deadlines)}
    members.done()
    return Deadlines(**given)
