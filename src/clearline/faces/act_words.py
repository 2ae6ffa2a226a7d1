"""An act in words, from its bytes alone: what an officer reads before signing as the second person.

It is computed from the very bodies that are committed to, on whatever machine shows it: on the second officer's own
it trusts nothing that a node says about them. What has no sentence of its own is shown member by member, so that
nothing stays unsaid.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from clearline.faces.cli.fingerprint import grouped
from clearline.faces.words import altitude_in_words, degrees_of, length_in_words, minutes_position, zulu
from clearline.records.area import Area, AreaWithdrawal
from clearline.records.body import NotUnderstood, Record
from clearline.records.header import Header
from clearline.records.key_event import Event, KeyEvent
from clearline.records.line import Quoted, Resumption, Suspension
from clearline.records.shift import Handover, Shift
from clearline.sentence import Sentence, Value, sentence
from clearline.volumes.footprint import Footprint, Shape
from clearline.volumes.instant import PERM, Instant, format_instant

VALUE_CHARACTERS_MAX = 8_000
"""Characters of one value that are shown: free text has no more."""

LINES_MAX = 4_000
"""Lines of one act: 1,000 volumes with their heights and windows; more than anybody reads aloud."""

INSTANTS = frozenset({"start", "end", "from", "until", "at", "claimed", "staffed_until", "since", "by", "due"})
"""Members that count milliseconds since 1970, wherever they stand."""


class Line(NamedTuple):
    """A line of an act: in English, and by its code where it is a sentence of ours; free text and figures have none."""

    text: str
    sentence: Sentence | None = None


def act_in_words(header: Header, records: Sequence[Record]) -> tuple[str, ...]:
    """Return what a statement says, line by line: whose it is, for whom, and each body in full."""
    return tuple(line.text for line in act_lines(header, records))


def act_lines(header: Header, records: Sequence[Record]) -> tuple[Line, ...]:
    """Return what a statement says as `act_in_words` does, each line with its code too."""
    claimed, expires = format_instant(header.claimed), format_instant(header.expires)
    lines = [
        _line(
            f"{header.author} says, as of {claimed}; void unless signed by two before {expires}",
            "draft.says",
            author=header.author,
            claimed_at=claimed,
            expires_at=expires,
        )
    ]
    for number, (slot, record) in enumerate(zip(header.slots, records, strict=True)):
        audience = ", ".join(slot.audience)
        if len(records) > 1:
            which = f"body {number + 1} of {len(records)}, for {audience}:"
            lines.append(_line(which, "draft.body", number=number + 1, bodies=len(records), audience=audience))
        else:
            lines.append(_line(f"for {audience}:", "draft.for", audience=audience))
        lines += [Line(f"  {line.text}", line.sentence) for line in _record(record)]
    if len(lines) > LINES_MAX:
        left = len(lines) - LINES_MAX
        more = _line(f"… and {left} lines more: read the body itself", "draft.more", left=left)
        return (*lines[:LINES_MAX], more)
    return tuple(lines)


def key_event_in_words(event: KeyEvent) -> tuple[str, ...]:
    """Return what a key event says."""
    return tuple(line.text for line in _key_event(event))


def _key_event(event: KeyEvent) -> Iterator[Line]:
    whose = f"officer {event.officer}" if event.officer else f"the {event.role} key"
    digits = grouped(event.key.hex())
    named: dict[str, Value] = {"member": event.member, "key": digits}
    if event.officer:
        named["officer"] = event.officer
    else:
        named["key_role"] = str(event.role)
    of = "officer" if event.officer else "node"
    good = _line(
        f"good from {_when(event.start)} until {_when(event.until)}",
        "draft.good",
        start_at=_at(event.start),
        until_at=_at(event.until),
    )
    match event.event:
        case Event.GRANT:
            yield _line(f"GRANT {whose} of {event.member}: key {digits}", f"draft.grant.{of}", **named)
            yield good
        case Event.ROTATE:
            old = grouped(event.replaces.hex())
            yield _line(f"ROTATE {whose} of {event.member}: key {digits}", f"draft.rotate.{of}", **named)
            yield _line(f"in place of key {old}", "draft.in_place", key=old)
            yield good
        case Event.REVOKE:
            yield _line(f"REVOKE {whose} of {event.member}: key {digits}", f"draft.revoke.{of}", **named)
            for log, size in event.last_good:
                said = f"vouched for: the first {size} entries of {log}"
                yield _line(said, "draft.vouched", size=size, log=log)
            if not event.last_good:
                yield _line("nothing that it signed before is disowned", "draft.nothing_disowned")
        case Event.SUCCEED:
            log, size = event.last_good[0]
            yield _line(
                f"END {log} of {event.member} at {size} entries; {event.log} follows with key {digits}",
                "draft.succeed",
                log=log,
                member=event.member,
                size=size,
                next=event.log,
                key=digits,
            )
            yield good
    if event.officer and event.event is not Event.REVOKE:
        code = "draft.position_releasing" if event.releasing else "draft.position"
        said = f"position {event.position}{', RELEASING' if event.releasing else ''}"
        yield _line(said, code, position=event.position)
    if event.reason:
        yield _line(f"reason: {event.reason}", "draft.reason", reason=event.reason)


def _record(record: Record) -> Iterator[Line]:
    match record:
        case KeyEvent():
            yield from _key_event(record)
        case Area():
            yield from _area(record)
        case AreaWithdrawal():
            yield _line(f"WITHDRAW {record.reference}", "draft.withdraw", reference=record.reference)
            yield _line(f"version {record.of}", "draft.version", of=record.of)
            if record.reason:
                yield _line(f"reason: {record.reason}", "draft.reason", reason=record.reason)
        case Suspension():
            members = ", ".join(record.members)
            yield _line(
                f"SUSPEND with {members}: {', '.join(record.matters)}",
                "draft.suspend",
                members=members,
                matter=tuple(m.value for m in record.matters),
            )
            for line in record.reason.split("\n"):
                yield _line(f"reason: {line}", "draft.reason", reason=line)
            yield _line("stop-fire, search and rescue, hazard and their answers stay open", "draft.floor")
            yield from _stand(record.stand)
        case Resumption():
            yield _line(f"RESUME what was suspended by entry {record.of}", "draft.resume", of=record.of)
            yield from _members({"remarks": record.remarks} if record.remarks else {})
            yield from _stand(record.stand)
        case Shift():
            turn = record.turn.value
            said = f"WATCH of {record.position}: {turn.replace('_', ' ')}"
            yield _line(said, "draft.watch", position=record.position, turn=turn)
            if record.handover is not None:
                yield from _handover(record.handover)
        case NotUnderstood():
            yield _line(
                f"NOT UNDERSTOOD: {record.kind} version {record.version}. Do not sign what this program cannot read.",
                "draft.not_understood",
                kind=record.kind,
                version=record.version,
            )
        case _:
            yield _line(record.KIND.replace("_", " ").upper(), "draft.kind", kind=record.KIND)
            yield from _members(record.to_members())


def _area(record: Area) -> Iterator[Line]:
    word, code = ("RED LINE", "draft.red_line") if record.two_persons else ("ZONE", "draft.zone")
    said = f"{word} {record.reference}: {record.title}"
    yield _line(said, code, reference=record.reference, title=record.title)
    yield from (Line(f"  {line}") for line in record.text.split("\n"))
    activities = tuple(a.value for a in record.activities)
    if activities:
        yield _line("about " + ", ".join(activities), "draft.about", activity=activities)
    else:
        yield _line("about every activity", "draft.about_every")
    for number, volume in enumerate(record.volumes, 1):
        band, window = volume.band, volume.window
        yield _line(
            f"volume {number}: from {_when(window.start)} until {_when(window.end)}",
            "draft.volume",
            number=number,
            start_at=_at(window.start),
            until_at=_at(window.end),
        )
        lower, upper = altitude_in_words(band.lower), altitude_in_words(band.upper)
        yield _line(f"  from {lower} to {upper}", "draft.band", lower=lower, upper=upper)
        yield from _footprint(volume.footprint)
    yield from _members({"amends": record.amends} if record.amends else {})


def _footprint(footprint: Footprint) -> Iterator[Line]:
    reach = length_in_words(footprint.radius_cm / 100)
    match footprint.shape:
        case Shape.POINT:
            yield _line(f"  circle of radius {reach} round", "draft.circle", reach=reach)
        case Shape.LINE:
            yield _line(f"  corridor, {reach} to each side of", "draft.corridor", reach=reach)
        case Shape.POLYGON if footprint.radius_cm:
            yield _line(f"  area, {reach} wider all round than", "draft.wider", reach=reach)
        case Shape.POLYGON:
            yield _line("  area within", "draft.polygon")
    for part in footprint.parts:
        for number, ring in enumerate(part):
            if number:
                yield _line("  but not within", "draft.hole")
            for position in ring:
                lon, lat = position
                yield Line(f"    {minutes_position(degrees_of(position))}  ({lat / 1e7:.7f} {lon / 1e7:.7f})")


def _stand(stand: Sequence[Quoted]) -> Iterator[Line]:
    for quoted in stand:
        root = quoted.root.hex()
        said = f"{quoted.log} stands at {quoted.size} entries, root {root}"
        yield _line(said, "draft.stand", log=quoted.log, size=quoted.size, root=root)


def _handover(given: Handover) -> Iterator[Line]:
    outgoing, incoming = given.outgoing or "(nobody)", given.incoming or "(nobody)"
    said = f"from officer {outgoing} to officer {incoming}"
    yield _line(said, "draft.handover", outgoing=given.outgoing or "–", incoming=given.incoming or "–")
    yield _line(f"until {_when(given.until)}", "draft.until_at", until_at=_at(given.until))
    count = len(given.open) + given.more
    said = f"{len(given.open)} open items" + (f" and {given.more} more" if given.more else "")
    yield _line(said, "draft.open", count=count)
    for item in given.open:
        due = f", due {_when(item.due)}" if item.due is not None else ""
        yield Line(f"  {item.sort}{due}: {item.text}  ({item.about})")
    yield from _members({"remarks": given.remarks} if given.remarks else {})


def _members(value: Any, path: str = "", name: str = "") -> Iterator[Line]:
    if isinstance(value, dict):
        for inner in sorted(value):
            yield from _members(value[inner], f"{path}.{inner}" if path else inner, inner)
    elif isinstance(value, list):
        if not value:
            yield Line(f"{path}: none")
        for number, item in enumerate(value):
            yield from _members(item, f"{path}[{number}]", name)
    else:
        instant = name in INSTANTS and type(value) is int and value >= 0
        yield Line(f"{path}: {_when(Instant(value)) if instant else str(value)[:VALUE_CHARACTERS_MAX]}")


def _line(text: str, code: str, **values: Value) -> Line:
    return Line(text, sentence(code, **values))


def _when(at: Instant) -> str:
    return "further notice" if at >= PERM else zulu(at)


def _at(at: Instant) -> str:
    return "PERM" if at >= PERM else format_instant(at)
