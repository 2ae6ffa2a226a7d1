"""What `clearline verify` prints: one JSON object, or words for a reviewer."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

from clearline.channel.proof.findings import Fault, LogFinding, Places, Report, What, Witness
from clearline.channel.roster import Roster
from clearline.faces.drill import SENTENCE
from clearline.volumes.instant import Instant, format_instant

CAME_WITH_THE_DATA = (
    "The genesis came with the data: this proves that the record is whole and signed by the members named in it, "
    "not that they are who they say. Compare channel id {channel} with your own, or use --trust."
)
COMPARED = "The genesis is that of the channel that you trust, {channel}."
LIMITS = (
    "Not proven: that nothing was said later than what is held; that a stated time is the true time; when this node "
    "received what (docs/verify.md)."
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a verification came to. `compared` says that the genesis was compared with one that the asker holds."""

    name: str
    member: str
    compared: bool
    roster: Roster | None = None
    report: Report | None = None
    fault: Fault | None = None

    @property
    def proven(self) -> bool:
        """Report whether the record is proven."""
        return self.report is not None and self.fault is None

    def of(self, roster: Roster) -> Outcome:
        """Return the outcome with the roster under which it came about."""
        return replace(self, roster=roster)

    def with_report(self, report: Report) -> Outcome:
        """Return the outcome with what the proof found."""
        return replace(self, report=report, fault=report.fault)

    def with_fault(self, fault: Fault) -> Outcome:
        """Return the outcome, broken by `fault`."""
        return replace(self, fault=fault)


def as_json_line(outcome: Outcome) -> str:
    """Return the outcome as one JSON object in one line; its members are described in docs/verify.md."""
    roster, report = outcome.roster, outcome.report
    value = {
        "proven": outcome.proven,
        "fault": _fault(outcome.fault),
        "member": outcome.member,
        "channel": roster.channel if roster else None,
        "name": roster.genesis.channel if roster else None,
        "drill": roster.genesis.drill if roster else None,
        "genesis": "trusted" if outcome.compared else "came with the data",
        "logs": [_log(log) for log in report.logs] if report else [],
    }
    return json.dumps(value, ensure_ascii=True) + "\n"


def in_words(outcome: Outcome) -> str:
    """Return the outcome in words: what is proven, by whom, until when, and what is not."""
    from clearline.faces.cli.verify import plain

    roster, report = outcome.roster, outcome.report
    lines = [SENTENCE] if roster is not None and roster.genesis.drill else []
    if outcome.fault is not None:
        lines += [plain(f"BROKEN  {_place(outcome.fault)}: {_without_place(outcome.fault)}"), ""]
    if roster is not None:
        drill = " This is a drill." if roster.genesis.drill else ""
        lines.append(
            plain(f"Record of {outcome.member} in channel “{roster.genesis.channel}”, from {outcome.name}.{drill}")
        )
    if report is not None:
        lines.append("")
        for log in report.logs:
            lines += [plain(line) for line in _log_lines(log, outcome.member)]
        lines.append("")
        total, proven = sum(log.entries for log in report.logs), sum(log.proven for log in report.logs)
        head = "PROVEN: " if outcome.proven else "Still proven: "
        lines.append(f"{head}{proven:,} of {total:,} entries in {_count(len(report.logs), 'log')}.")
    if roster is not None:
        lines.append((COMPARED if outcome.compared else CAME_WITH_THE_DATA).format(channel=roster.channel))
    if report is not None:
        lines.append(LIMITS)
    return "\n".join(lines) + "\n"


def _log_lines(log: LogFinding, member: str) -> list[str]:
    if log.entries == 0 and log.fault is None:
        return [f"{log.name:<14} no entries"]
    head = f"{log.name:<14} {log.proven:,} of {_count(log.entries, 'entry', 'entries')} proven"
    if log.proven:
        head += f", root {log.root.hex()[:16]}…"
    if log.claimed:
        head += f", written until {format_instant(log.claimed)}"
    lines = [head]
    if log.fault is not None:
        lines.append(f"{'':<14} BROKEN at {_place(log.fault)}")
    lines += [f"{'':<14} {line}" for line in (*_witness_lines(log.witnesses, log.proven), *_body_lines(log, member))]
    return lines


def _witness_lines(witnesses: tuple[Witness, ...], proven: int) -> list[str]:
    if not proven:
        return []
    if not witnesses:
        return ["cosigned by nobody: its author alone vouches for it"]
    alike: dict[tuple[str, int], list[Witness]] = defaultdict(list)
    for witness in witnesses:
        alike[witness.role, witness.size].append(witness)
    lines = []
    for (role, size), those in sorted(alike.items(), key=lambda item: (item[0][0], -item[0][1])):
        latest = format_instant(Instant(max(w.time_s for w in those) * 1000))
        word = "held" if role == "mirror" else "delivered to"
        by = ", ".join(w.member for w in those)
        lines.append(f"{word} {'by ' if role == 'mirror' else ''}{by} up to {size:,} (stated until {latest})")
    return lines


def _body_lines(log: LogFinding, member: str) -> list[str]:
    parts = [f"{log.held:,} open"] if log.held else []
    if log.withheld:
        parts.append(f"{log.withheld:,} for others alone")
    if log.absent.count:
        parts.append(f"{log.absent.count:,} for {member} not held ({_named(log.absent)})")
    if log.erased.count:
        parts.append(f"{log.erased.count:,} erased by order of their author ({_named(log.erased, words=True)})")
    if log.unreadable.count:
        parts.append(f"{log.unreadable.count:,} of the open ones cannot be read ({_named(log.unreadable)})")
    if log.not_understood.count:
        parts.append(f"{log.not_understood.count:,} of the open ones not understood ({_named(log.not_understood)})")
    lines = ["bodies: " + ", ".join(parts)] if parts else []
    if log.flagged.count:
        named = "; ".join(f"entry {p.index} {p.word}" for p in log.flagged.first[:5])
        more = "; …" if log.flagged.count > len(log.flagged.first[:5]) else ""
        lines.append(f"{_count(log.flagged.count, 'doubt')} about entries: {named}{more}")
    if log.doubted.count:
        named = "; ".join(f"at size {p.index} {p.word}" for p in log.doubted.first[:5])
        more = "; …" if log.doubted.count > len(log.doubted.first[:5]) else ""
        lines.append(f"{_count(log.doubted.count, 'witness line')} by a revoked key: {named}{more}")
    if log.unmet:
        lines.append(f"rests on entries of other logs that are not held here ({log.unmet:,} times)")
    return lines


def _named(places: Places, *, words: bool = False) -> str:
    named = [f"entry {p.index} body {p.slot}" + (f" {p.word}" if words else "") for p in places.first[:5]]
    return ", ".join(named) + (", …" if places.count > len(named) else "")


def _place(fault: Fault) -> str:
    match fault.what:
        case What.GENESIS:
            return "the genesis"
        case What.FILE:
            return "the file"
        case What.LOG:
            return fault.log
        case What.ENTRY:
            return f"{fault.log} entry {fault.index}"
        case What.BODY:
            return f"{fault.log} entry {fault.index}"
        case What.CHECKPOINT:
            return f"{fault.log} checkpoint of size {fault.index}"
        case What.COSIGNATURE:
            return f"{fault.log} cosignature at size {fault.index}"


def _without_place(fault: Fault) -> str:
    """Return why, without a place that is said already."""
    place = _place(fault)
    return fault.why.removeprefix(f"{place}: ").removeprefix("genesis: ")


def _fault(fault: Fault | None) -> dict[str, Any] | None:
    if fault is None:
        return None
    return {
        "what": fault.what.value,
        "log": fault.log or None,
        "index": fault.index if fault.index >= 0 else None,
        "why": fault.why,
    }


def _log(log: LogFinding) -> dict[str, Any]:
    return {
        "log": log.name,
        "entries": log.entries,
        "proven": log.proven,
        "root": log.root.hex(),
        "checkpoints": log.checkpoints,
        "written_until": format_instant(log.claimed) if log.claimed else None,
        "witnesses": [
            {
                "member": w.member,
                "role": w.role,
                "size": w.size,
                "until": format_instant(Instant(w.time_s * 1000)),
            }
            for w in log.witnesses
        ],
        "bodies": {
            "open": log.held,
            "for_others": log.withheld,
            "absent": _places(log.absent),
            "erased": _places(log.erased),
            "unreadable": _places(log.unreadable),
            "flagged": _places(log.flagged),
            "not_understood": _places(log.not_understood),
        },
        "doubted": _places(log.doubted),
        "unmet": log.unmet,
        "fault": _fault(log.fault),
    }


def _places(places: Places) -> dict[str, Any]:
    return {
        "count": places.count,
        "first": [{"index": p.index, "slot": p.slot, "word": p.word} for p in places.first],
    }


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
