"""Bodies: every kind to bytes and back; what is not known is kept; each fault is named by JSON Pointer."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import pytest

from clearline.errors import ClearlineError, Malformed, Refused
from clearline.records import body as bodies
from clearline.records import canonical, key_event
from clearline.records.acknowledgement import (
    PassedOn,
    PositionTaken,
    ProposalAnswer,
    ProposalReply,
    ReadBack,
    ReadVolume,
    Seen,
    Stance,
)
from clearline.records.activity import Activity, Nature
from clearline.records.agreement import (
    AgreementAssent,
    AgreementConclusion,
    AgreementLapse,
    AgreementProposal,
    Deadlines,
    SeparationRow,
    Terms,
)
from clearline.records.alert import Alert, AlertAnswer, AlertSort, Reply
from clearline.records.area import Area, AreaSort, AreaWithdrawal
from clearline.records.attribution import Attribution, AttributionSort, Relayed
from clearline.records.body import KINDS, BodyRefused, NotUnderstood, Record
from clearline.records.card import MessageCard, NoticeCard, spoken_draft
from clearline.records.dictated import Dictated
from clearline.records.disclosure import Disclosure
from clearline.records.enquiry import Completeness, Enquiry, EnquiryReply
from clearline.records.erasure import Erasure, Named
from clearline.records.erasure_terms import ErasureRule
from clearline.records.escalation import Escalation
from clearline.records.evidence import Evidence, StateRestored
from clearline.records.line import LineCheck, LineCheckAnswer, Matter, Quoted, Reading, Resumption, Suspension
from clearline.records.meeting import Meeting, Minutes, MinutesAssent
from clearline.records.message import Message, Precedence
from clearline.records.notice import Details, Notice, NoticeDraft, NoticeStep, Step
from clearline.records.outline import outline_of
from clearline.records.pair import PairAccept, PairedAct, PairOffer, PairSettlement, PairSide, Settlement
from clearline.records.phrases.slots import CountSlot, HeightSlot, PlaceSlot, ReferenceSlot, TimeSlot
from clearline.records.phrases.spoken import BookName, SpokenPhrase
from clearline.records.shift import Handover, ItemSort, OpenItem, Shift, Turn
from clearline.records.translation import MessageReadBack, Translation
from clearline.records.watch import Address, MemberWatch, Rung, WatchPosition
from clearline.records.words import MemberId
from clearline.testing.members import START
from clearline.testing.theatre import circle, draft
from clearline.volumes import footprint as footprints
from clearline.volumes.altitude import AltitudeRanges, Band, parse_altitude
from clearline.volumes.instant import PERM, Instant, Window
from clearline.volumes.volume import Volume

A, B = "a" * 64, "b" * 64


def shaped(footprint: footprints.Footprint, lower: str = "-400 m AMSL", upper: str = "UNL") -> Volume:
    band = Band(parse_altitude(lower, where="x"), parse_altitude(upper, where="x"))
    return Volume(footprint, band, Window(START, Instant(START + 1)))


LINE = shaped(footprints.line([(179.9, 10.0), (-179.9, 10.5)], radius_m=1.5, where="x"), "FL195", "FL195")
HOLED = shaped(
    footprints.polygon(
        [
            [(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0), (0.0, 0.0)],
            [(0.5, 0.5), (0.5, 1.0), (1.0, 1.0), (1.0, 0.5), (0.5, 0.5)],
        ],
        where="x",
    ),
    "500 ft AGL",
    "1200 m HAE",
)
STANDING = replace(circle(), window=Window(START, PERM))
READ = ReadVolume((-1_800_000_000, 900_000_000), circle().band.lower, circle().band.upper, START, START)
FULL = Details("VIPER 1", "4321", "2 F-16", "251.5", "tower", "line\nline")
RANGES = AltitudeRanges(
    qnh_hpa=(980.5, 1040.0),
    isa_deviation_c=(-20.0, 30.1),
    geoid_m=(10.0, 35.25),
    terrain_m=(-430.0, 3100.0),
    relief_m=12.5,
)
ROWS = (
    SeparationRow((Activity.AIR, Nature.PROTECTED), (), 1, None, 0, "any height"),
    SeparationRow((), (), 0, 0, 1, "any other"),
)

PHRASE = SpokenPhrase(
    "0037",
    (("height", HeightSlot(LINE.band.lower)), ("place", PlaceSlot((-1_800_000_000, 1))), ("time", TimeSlot(START))),
)
BOOK = BookName(1, "ab" * 32)

QUOTED = (Quoted("IL/main", 0, bytes(32)), Quoted("TR/safety", 7, b"r" * 32))
IL, TR = MemberId("IL"), MemberId("TR")
ITEM = OpenItem(ItemSort.OVERDUE, "IL IL-1", "seen is overdue", START)
ACT_EXAMPLES: tuple[Record, ...] = (
    LineCheck(IL, 0),
    LineCheck(IL, 4, START),
    LineCheckAnswer(A, Reading.WITH_DIFFICULTY),
    Suspension((IL, TR), (Matter.MESSAGES, Matter.NOTICES), "because", QUOTED),
    Resumption(A, QUOTED, "resumed"),
    Shift("watch 1", Turn.END),
    Shift("watch 1", Turn.BEGIN, Handover("", "1", PERM, ())),
    Shift("duty", Turn.HAND_OVER, Handover("1", "2", START, (ITEM, replace(ITEM, due=None)), 3, "quiet")),
    Attribution(AttributionSort.NOT_OURS, (LINE,)),
    Attribution(AttributionSort.ANSWER_FOR, (LINE, HOLED), "patrol", A, "INC 7"),
    Relayed(A, 1, b"s" * 32, b'{"kind":"seen","v":1}', "for you"),
    PairOffer(IL, PairSide(PairedAct.CANCEL, "TR-1", A), PairSide(PairedAct.CANCEL, "IL-1", B), START, "both"),
    PairAccept(A, PairSide(PairedAct.CANCEL, "IL-1", B)),
    PairSettlement(A, Settlement.SEAL, B),
    PairSettlement(A, Settlement.LAPSE),
    Enquiry((IL,), (LINE,), "tr", "Neydi?"),
    Enquiry((IL, TR), (HOLED,), "en", "What was that?", A),
    EnquiryReply(A, Completeness.PARTIAL, "en", "we look into it"),
    Meeting("M-1", (IL, TR), START, "Baku", ("one", "two")),
    Meeting("M-1", (IL,), START, "Baku", ("one",), A),
    Minutes(A, "en", "It was said."),
    MinutesAssent(A),
)

EXAMPLES: tuple[Record, ...] = (
    Notice(draft("TR", "TR-1")),
    Notice(replace(draft("TR", "ü 1/2", LINE, HOLED), details=(Details(), FULL)), amends=A, accepts=B),
    Notice(draft("UN", "N", activity=Activity.PROTECTED_SITE, nature=Nature.PROTECTED), amends=A),
    NoticeStep(Step.ACTIVATE, "TR-1", A),
    NoticeStep(Step.OVERRUN, "TR-1", A, "weather", START),
    Seen(A),
    ReadBack(A, Activity.FIRES, Nature.HAZARD_AREA, (READ, READ)),
    PassedOn(A, "wing operations", START),
    PositionTaken(A, Stance.NO_POSITION, ""),
    PositionTaken(A, Stance.PROPOSAL, "move", (LINE,)),
    PositionTaken(A, Stance.OBJECTION, "because"),
    Message(Precedence.FLASH, "tr", "Ateşi kes\nşimdi"),
    Message(Precedence.ROUTINE, "zh-Hant-TW", "x", A),
    Area(AreaSort.ZONE, "Z", "Zone", "Rules", (STANDING,), (Activity.AIR, Activity.GROUND)),
    Area(AreaSort.RED_LINE, "R", "Line", "Not here", (HOLED,), (), A),
    AreaWithdrawal("Z", A, ""),
    AgreementProposal("", Terms("First", None)),
    AgreementProposal(A, Terms("Second", circle().footprint, ("en", "tr"), ROWS, RANGES, Deadlines(heartbeat_s=1))),
    AgreementAssent(A),
    AgreementConclusion(A, ()),
    AgreementConclusion(A, (A, B)),
    AgreementLapse(A),
    BodyRefused(A, 3, "broken"),
    Message(
        Precedence.IMMEDIATE,
        "en",
        "x",
        A,
        to=(Address(MemberId("TR"), ""), Address(MemberId("TR"), "air desk")),
        thread="C-4PKYM3BMCI",
        cancels=B,
    ),
    Alert(AlertSort.STOP_FIRE),
    Alert(
        AlertSort.STRAY,
        (Address(MemberId("IL")),),
        (383170000, 345574000),
        "Palmyra road",
        "one car",
        "Bizim",
        "tr",
        START,
    ),
    Alert(AlertSort.CANCEL_LAST, cancels=A),
    AlertAnswer(A, Reply.CANNOT_CONFIRM, "looking"),
    Escalation(A, Rung.HOST, Address(MemberId("TR"), "air desk"), Address(MemberId("AZ")), "IMMEDIATE", START, START),
    ProposalAnswer(A, ProposalReply.LAPSED),
    ProposalAnswer(A, ProposalReply.COUNTERED, "half of it", (LINE,)),
    AgreementProposal(
        "",
        Terms(
            "Watch",
            None,
            watch=(MemberWatch(MemberId("TR"), "watch 1", "chief", "", (WatchPosition("watch 1", ("watch 2",)),)),),
        ),
    ),
    Message(
        Precedence.ROUTINE,
        "ar",
        "",
        phrases=(PHRASE, SpokenPhrase("0013"), SpokenPhrase("0084", (("reference", ReferenceSlot("ü 1/2")),))),
        phrase_book=BOOK,
    ),
    Message(Precedence.PRIORITY, "he", "שלום", A, (PHRASE,), BOOK),
    Translation(A, "he", "שלום"),
    Translation(A, "en-GB", "Hello", "air desk"),
    MessageReadBack(A, (PHRASE, SpokenPhrase("5061", (("count", CountSlot(99_999)), ("place", PlaceSlot((0, 0))))))),
)

STAGED_EXAMPLES: tuple[Record, ...] = (
    outline_of(
        NoticeDraft("TR", "TR-1", Activity.AIR, Nature.OWN_PRESENCE, (circle(), HOLED), (FULL, FULL)), revision=1
    ),
    outline_of(NoticeDraft("TR", "TR-1", Activity.AIR, Nature.OWN_PRESENCE, (HOLED,), (FULL,)), revision=7, amends=A),
    Disclosure(A, 3, b"s" * 32, '{"kind":"seen","v":1}'),
    Erasure((Named(A, 0), Named(A, 1), Named(B, 0)), "because"),
    Erasure((Named(B, 3),), "because", A),
    Dictated(
        NoticeCard(
            spoken_draft(
                NoticeDraft("TR", "ü-1", Activity.AIR_DEFENCE, Nature.HAZARD_AREA, (LINE, HOLED), (FULL, Details()))
            ),
            12,
            (IL,),
        ),
        START,
    ),
    Dictated(MessageCard(TR, "M-1", (IL,), Precedence.FLASH, "EN-GB", "HOLD AT 12:30 [NOT BEFORE]"), START),
    Message(Precedence.ROUTINE, "tr", "x", card="M-1", dictated_at=START),
    Notice(EXAMPLES[0].draft, dictated_at=START),  # type: ignore[union-attr]
    AgreementProposal("", Terms("Erasure", None, erasure=(ErasureRule((IL, TR), (Activity.AIR,), 60),))),
)

KEY_NOTE = (
    'clearline/key/v1\n{"channel":"' + A + '","event":"revoke","from":5,"key":"' + "A" * 43 + '=",'
    '"last_good":{"main":3},"member":"TR","reason":"lost","role":"officer/1"}\n\n— clearline/TR/root AAAAAAA=\n'
)
KEY_EXAMPLES: tuple[Record, ...] = (key_event.from_note(KEY_NOTE, where="x"),)

WITNESS_EXAMPLES: tuple[Record, ...] = (
    Evidence("split-view", "one note", "another"),
    Evidence("broken-history", "one note", "another", (b"\1" * 32, b"\2" * 32)),
    StateRestored((("IL/main", 0), ("TR/safety", 7)), "a new disk"),
)

EXAMPLES = (*EXAMPLES, *WITNESS_EXAMPLES, *ACT_EXAMPLES, *STAGED_EXAMPLES, *KEY_EXAMPLES)


def test_there_is_an_example_of_every_kind() -> None:
    assert {type(record) for record in EXAMPLES} == set(KINDS.values())
    assert len(KINDS) == len({kind.KIND for kind in KINDS.values()})


@pytest.mark.parametrize("record", EXAMPLES, ids=lambda r: f"{type(r).__name__}")
def test_every_kind_comes_back(record: Record) -> None:
    """To canonical bytes and back, strictly and from the store, it is the same value and the same bytes."""
    raw = bodies.encode(record)
    assert canonical.encode(canonical.decode(raw, where="x")) == raw
    assert bodies.decode(raw, where="body") == bodies.decode_stored(raw, where="body") == record
    assert bodies.encode(bodies.decode(raw, where="body")) == raw
    members = json.loads(raw)
    assert (members["kind"], members["v"]) == (record.KIND, 1)  # type: ignore[union-attr]


def test_what_is_not_known_is_kept_and_never_written() -> None:
    """A new kind, or a higher version of a known one, is not understood, whatever else it holds."""
    for members, expected in (
        ({"kind": "pact", "v": 1}, NotUnderstood("pact", 1)),
        ({"kind": "seen", "of": 5, "v": 2, "x": []}, NotUnderstood("seen", 2)),
    ):
        assert bodies.decode(canonical.encode(members), where="body") == expected
        with pytest.raises(ValueError, match="not understood"):
            bodies.encode(expected)
    for version in (0, -1, "1", True, None):
        with pytest.raises(Malformed, match="body/v"):
            bodies.decode(canonical.encode({"kind": "seen", "of": A, "v": version}), where="body")
    for kind in ("", "x" * 65, 7, None):
        with pytest.raises(Malformed, match="body/kind"):
            bodies.decode(canonical.encode({"kind": kind, "v": 1}), where="body")


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the path of every value inside `value`."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [p for name, item in items for p in ((*path, name), *places(item, (*path, name)))]


def changed(value: Any, path: tuple[str | int, ...], new: object) -> Any:
    """Return a copy with the value at `path` replaced, or removed where `new` is Ellipsis."""
    copy = json.loads(json.dumps(value))
    inner = copy
    for step in path[:-1]:
        inner = inner[step]
    if new is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = new
    return copy


OPTIONAL = {"amends", "accepts", "about", "proposal", "to", "thread", "cancels", "checked_by"}
OPTIONAL_IN_ACTS = {
    "attribution": {"of", "incident"},
    "enquiry": {"of"},
    "line_check": {"slot"},
    "shift": {"handover"},
    "erasure": {"under"},
    "notice": {"dictated_at"},
    "message": {"card", "dictated_at"},
}
OPTIONAL_IN_ALERTS = {"position", "place", "unit", "text", "at"}


@pytest.mark.parametrize("record", EXAMPLES, ids=lambda r: f"{type(r).__name__}")
def test_faults_are_named_by_their_place(record: Record) -> None:
    """A member that is missing, of another type or unknown is refused, and the message points at it or around it."""
    members = json.loads(bodies.encode(record))
    optional = OPTIONAL_IN_ACTS.get(members["kind"], set())
    for name in [n for n in members if n not in ("kind", "v")]:
        if name not in OPTIONAL | optional | (OPTIONAL_IN_ALERTS if isinstance(record, Alert) else set()):
            with pytest.raises(Malformed) as caught:
                bodies.decode(canonical.encode(changed(members, (name,), ...)), where="body")
            assert caught.value.where == f"body/{name}"
        for wrong in (None, True, {"x": 1}, "\x07", -(2**53) + 1):
            with pytest.raises(Malformed) as caught:
                bodies.decode(canonical.encode(changed(members, (name,), wrong)), where="body")
            assert caught.value.where.startswith(f"body/{name}")
    with pytest.raises(Malformed) as caught:
        bodies.decode(canonical.encode({**members, "zzz": 1}), where="body")
    assert caught.value.where == "body/zzz"


@pytest.mark.parametrize("record", EXAMPLES, ids=lambda r: f"{type(r).__name__}")
def test_decoding_is_total(record: Record) -> None:
    """Whatever stands in whatever place: a value or a refusal, nothing else; and a value has one spelling."""
    members = json.loads(bodies.encode(record))
    numbers = random.Random(bodies.encode(record))
    wrongs: list[Any] = [
        None,
        True,
        0,
        -1,
        2**53 - 1,
        "",
        "x",
        A,
        [],
        {},
        [1],
        [[]],
        [[[1, 2]]],
        ...,
        "2026",
        [None],
        {"cm": 0},
    ]
    spots = places(members)
    for path in spots if len(spots) < 60 else numbers.sample(spots, 60):
        for wrong in wrongs:
            raw = canonical.encode(changed(members, path, wrong))
            try:
                found = bodies.decode(raw, where="body")
            except Refused:
                continue
            if not isinstance(found, NotUnderstood):
                assert bodies.encode(found) == raw, f"two spellings of one record at {path}"


WRONG: dict[str, tuple[Record, tuple[str | int, ...], object, str]] = {
    "a party that is no member id": (EXAMPLES[0], ("party",), "tr", "body/party"),
    "no volumes": (EXAMPLES[0], ("volumes",), [], "body/volumes"),
    "details of another number": (EXAMPLES[0], ("details",), [], "body/details"),
    "an empty detail": (EXAMPLES[1], ("details", 1, "callsign"), "", "body/details/1/callsign"),
    "an unknown detail": (EXAMPLES[1], ("details", 1, "colour"), "x", "body/details/1/colour"),
    "accepts without amends": (EXAMPLES[1], ("amends",), ..., "body/accepts"),
    "an unknown activity": (EXAMPLES[0], ("activity",), "lunch", "body/activity"),
    "an end before the start": (EXAMPLES[0], ("volumes", 0, "end"), 5, "body/volumes/0/end"),
    "a notice without end": (EXAMPLES[0], ("volumes", 0, "end"), PERM, "body/volumes/0/end"),
    "a floor above the ceiling": (
        EXAMPLES[1],
        ("volumes", 0, "lower"),
        {"cm": 609_600, "datum": "FL", "unit": "FL"},
        "body/volumes/0/lower",
    ),
    "a height at the surface": (EXAMPLES[0], ("volumes", 0, "lower", "cm"), 5, "body/volumes/0/lower"),
    "a longitude of 180": (EXAMPLES[0], ("volumes", 0, "core", 0, 0, 0, 0), 1_800_000_000, "body/volumes/0/core"),
    "a latitude past the pole": (EXAMPLES[0], ("volumes", 0, "core", 0, 0, 0, 1), 900_000_001, "body/volumes/0/core"),
    "a third coordinate": (EXAMPLES[0], ("volumes", 0, "core", 0, 0, 0), [1, 2, 3], "body/volumes/0/core/0/0/0"),
    "a negative radius": (EXAMPLES[0], ("volumes", 0, "radius"), -1, "body/volumes/0/radius"),
    "a point with holes": (EXAMPLES[0], ("volumes", 0, "core"), [[[[1, 2]], [[3, 4]]]], "body/volumes/0/core"),
    "an open ring": (EXAMPLES[1], ("volumes", 1, "core", 0, 0, 4), [5, 5], "body/volumes/1/core"),
    "a time with a step that has none": (EXAMPLES[3], ("until",), START, "body/until"),
    "an overrun without a time": (EXAMPLES[4], ("until",), ..., "body/until"),
    "an entry id in capitals": (EXAMPLES[5], ("of",), "A" * 64, "body/of"),
    "a place read back beyond the pole": (
        EXAMPLES[6],
        ("volumes", 0, "position", 1),
        900_000_001,
        "body/volumes/0/pos",
    ),
    "a proposal with another stance": (EXAMPLES[9], ("stance",), "no_objection", "body/proposal"),
    "a proposal without volumes": (EXAMPLES[9], ("proposal",), ..., "body/proposal"),
    "an objection without a reason": (EXAMPLES[10], ("reason",), "", "body/reason"),
    "a language that is none": (EXAMPLES[11], ("language",), "Türkçe", "body/language"),
    "text out of normal form": (EXAMPLES[11], ("text",), "e\u0301", "body/text"),
    "activities out of order": (EXAMPLES[13], ("activities",), ["ground", "air"], "body/activities/1"),
    "one activity twice": (EXAMPLES[13], ("activities",), ["air", "air"], "body/activities/1"),
    "no last row for the others": (EXAMPLES[17], ("terms", "separation", 1, "a"), ["air"], "body/terms/separation"),
    "no rows": (EXAMPLES[17], ("terms", "separation"), [], "body/terms/separation"),
    "a range that falls": (EXAMPLES[17], ("terms", "ranges", "geoid_cm"), [5, 4], "body/terms/ranges/geoid_cm"),
    "a heartbeat of nothing": (
        EXAMPLES[17],
        ("terms", "deadlines", "heartbeat_s"),
        0,
        "body/terms/deadlines/heartbeat",
    ),
    "more relief than the terrain has": (
        EXAMPLES[17],
        ("terms", "ranges", "relief_cm"),
        999_999,
        "body/terms/ranges/relief_cm",
    ),
    "a pressure that cannot be": (
        EXAMPLES[17],
        ("terms", "ranges", "qnh_dahpa"),
        [10_000, 11_400],
        "body/terms/ranges/qnh",
    ),
    "a flight level between two": (
        EXAMPLES[1],
        ("volumes", 0, "lower"),
        {"cm": 5, "datum": "FL", "unit": "FL"},
        "body/volumes/0/lower",
    ),
    "assents out of order": (EXAMPLES[20], ("assents",), [B, A], "body/assents/1"),
    "a slot too many": (EXAMPLES[22], ("slot",), 4, "body/slot"),
    "an outline of no revision": (STAGED_EXAMPLES[0], ("revision",), 0, "body/revision"),
    "a disclosure without its salt": (STAGED_EXAMPLES[2], ("salt",), "AA==", "body/salt"),
    "a disclosed body that is empty": (STAGED_EXAMPLES[2], ("body",), "", "body/body"),
    "an erasure of nothing": (STAGED_EXAMPLES[3], ("bodies",), [], "body/bodies"),
    "bodies out of order": (STAGED_EXAMPLES[3], ("bodies", 0, "slot"), 2, "body/bodies/1"),
    "an erasure without a reason": (STAGED_EXAMPLES[3], ("reason",), "", "body/reason"),
    "a card that lacks a line": (STAGED_EXAMPLES[5], ("lines", 3), ..., "body/lines"),
    "a card of small letters": (STAGED_EXAMPLES[5], ("lines", 2), "for IL", "body/lines/2"),
    "a rule of erasure about lunch": (
        STAGED_EXAMPLES[9],
        ("terms", "erasure", 0, "subjects"),
        ["lunch"],
        "body/terms/er",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_rule_of_a_kind(name: str) -> None:
    record, path, new, where = WRONG[name]
    raw = canonical.encode(changed(json.loads(bodies.encode(record)), path, new))
    with pytest.raises(Malformed) as caught:
        bodies.decode(raw, where="body")
    assert caught.value.where.startswith(where), caught.value.message


def test_no_kind_leaks_another_error() -> None:
    """Random bytes and random cuts of good bodies give a refusal."""
    numbers = random.Random(3)
    for record in EXAMPLES:
        raw = bodies.encode(record)
        for _ in range(40):
            at = numbers.randrange(len(raw))
            for spoilt in (raw[:at], raw[:at] + bytes((numbers.randint(0, 255),)) + raw[at + 1 :]):
                try:
                    found = bodies.decode(spoilt, where="body")
                except ClearlineError:
                    continue
                assert isinstance(found, NotUnderstood) or bodies.encode(found) == spoilt
