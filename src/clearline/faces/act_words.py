"""An act in words, from its bytes alone: what an officer reads before signing as the second person.

It is computed from the very bodies that are committed to, on whatever machine shows it: on the second officer's own
it trusts nothing that a node says about them. What has no sentence of its own is shown member by member, so that
nothing stays unsaid.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from clearline.faces.cli.fingerprint import grouped
from clearline.faces.words import altitude_in_words, zulu
from clearline.records.area import Area, AreaWithdrawal
from clearline.records.body import NotUnderstood, Record
from clearline.records.header import Header
from clearline.records.key_event import Event, KeyEvent
from clearline.records.line import Quoted, Resumption, Suspension
from clearline.records.shift import Handover, Shift
from clearline.volumes.instant import PERM, Instant, format_instant

VALUE_CHARACTERS_MAX = 8_000
"""Characters of one value that are shown: free text has no more."""

LINES_MAX = 4_000
"""Lines of one act: 1,000 volumes with their heights and windows; more than anybody reads aloud."""

INSTANTS = frozenset({"start", "end", "from", "until", "at", "claimed", "staffed_until", "since", "by", "due"})
"""Members that count milliseconds since 1970, wherever they stand."""


def act_in_words(header: Header, records: Sequence[Record]) -> tuple[str, ...]:
    """Return what a statement says, line by line: whose it is, for whom, and each body in full."""
    lines = [
        f"{header.author} says, as of {format_instant(header.claimed)}; void unless signed by two before "
        f"{format_instant(header.expires)}"
    ]
    for number, (slot, record) in enumerate(zip(header.slots, records, strict=True)):
        which = f"body {number + 1} of {len(records)}, " if len(records) > 1 else ""
        lines.append(f"{which}for {', '.join(slot.audience)}:")
        lines += [f"  {line}" for line in _record(record)]
    if len(lines) > LINES_MAX:
        return (*lines[:LINES_MAX], f"… and {len(lines) - LINES_MAX} lines more: read the body itself")
    return tuple(lines)


def key_event_in_words(event: KeyEvent) -> tuple[str, ...]:
    """Return what a key event says."""
    whose = f"officer {event.officer}" if event.officer else f"the {event.role} key"
    key = f"key {grouped(event.key.hex())}"
    when = f"from {_when(event.start)} until {_when(event.until)}"
    match event.event:
        case Event.GRANT:
            said = [f"GRANT {whose} of {event.member}: {key}", f"good {when}"]
        case Event.ROTATE:
            old = grouped(event.replaces.hex())
            said = [f"ROTATE {whose} of {event.member}: {key}", f"in place of key {old}", f"good {when}"]
        case Event.REVOKE:
            said = [f"REVOKE {whose} of {event.member}: {key}"]
            said += [f"vouched for: the first {size} entries of {log}" for log, size in event.last_good]
            said += [] if event.last_good else ["nothing that it signed before is disowned"]
        case Event.SUCCEED:
            log, size = event.last_good[0]
            said = [f"END {log} of {event.member} at {size} entries; {event.log} follows with {key}", f"good {when}"]
    if event.officer and event.event is not Event.REVOKE:
        said.append(f"position {event.position}{', RELEASING' if event.releasing else ''}")
    return (*said, *([f"reason: {event.reason}"] if event.reason else []))


def _record(record: Record) -> Iterator[str]:
    match record:
        case KeyEvent():
            yield from key_event_in_words(record)
        case Area():
            word = "RED LINE" if record.two_persons else "ZONE"
            yield f"{word} {record.reference}: {record.title}"
            yield from (f"  {line}" for line in record.text.split("\n"))
            yield "about " + (", ".join(a.value for a in record.activities) or "every activity")
            for number, volume in enumerate(record.volumes):
                band = volume.band
                yield f"volume {number}: from {_when(volume.window.start)} until {_when(volume.window.end)}"
                yield f"  from {altitude_in_words(band.lower)} to {altitude_in_words(band.upper)}"
                yield from _members({"shape": volume.footprint.shape.value, "radius_cm": volume.footprint.radius_cm})
                for part in volume.footprint.parts:
                    for ring in part:
                        yield "  " + "  ".join(f"{lat / 1e7:.7f} {lon / 1e7:.7f}" for lon, lat in ring)
            yield from _members({"amends": record.amends} if record.amends else {})
        case AreaWithdrawal():
            yield f"WITHDRAW {record.reference}"
            yield f"version {record.of}"
            yield from _members({"reason": record.reason} if record.reason else {})
        case Suspension():
            yield f"SUSPEND with {', '.join(record.members)}: {', '.join(record.matters)}"
            yield from (f"reason: {line}" for line in record.reason.split("\n"))
            yield "stop-fire, search and rescue, hazard and their answers stay open"
            yield from _stand(record.stand)
        case Resumption():
            yield f"RESUME what was suspended by entry {record.of}"
            yield from _members({"remarks": record.remarks} if record.remarks else {})
            yield from _stand(record.stand)
        case Shift():
            yield f"WATCH of {record.position}: {record.turn.replace('_', ' ')}"
            if record.handover is not None:
                yield from _handover(record.handover)
        case NotUnderstood():
            yield f"NOT UNDERSTOOD: {record.kind} version {record.version}. Do not sign what this program cannot read."
        case _:
            yield record.KIND.replace("_", " ").upper()
            yield from _members(record.to_members())


def _stand(stand: Sequence[Quoted]) -> Iterator[str]:
    for quoted in stand:
        yield f"{quoted.log} stands at {quoted.size} entries, root {quoted.root.hex()}"


def _handover(given: Handover) -> Iterator[str]:
    yield f"from officer {given.outgoing or '(nobody)'} to officer {given.incoming or '(nobody)'}"
    yield f"until {_when(given.until)}"
    yield f"{len(given.open)} open items" + (f" and {given.more} more" if given.more else "")
    for item in given.open:
        due = f", due {_when(item.due)}" if item.due is not None else ""
        yield f"  {item.sort}{due}: {item.text}  ({item.about})"
    yield from _members({"remarks": given.remarks} if given.remarks else {})


def _members(value: Any, path: str = "", name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for inner in sorted(value):
            yield from _members(value[inner], f"{path}.{inner}" if path else inner, inner)
    elif isinstance(value, list):
        if not value:
            yield f"{path}: none"
        for number, item in enumerate(value):
            yield from _members(item, f"{path}[{number}]", name)
    else:
        instant = name in INSTANTS and type(value) is int and value >= 0
        yield f"{path}: {_when(Instant(value)) if instant else str(value)[:VALUE_CHARACTERS_MAX]}"


def _when(at: Instant) -> str:
    return "further notice" if at >= PERM else zulu(at)
