"""Proving a record: every signature, every root and every opened body, over any source of entries.

A node's folder and a bundle are proven by the same code. Nothing that a source says is believed: a checkpoint
counts under its log's key, an entry under its officers' keys and at its place under a checkpoint, a body under its
commitment. Memory is bounded by 64 bytes of tree and one nonce an entry; bodies are read one at a time.
"""

from __future__ import annotations

from dataclasses import replace

from clearline.channel.proof.doubts import Doubts
from clearline.channel.proof.findings import Fault, Report, What
from clearline.channel.proof.key_proof import keys_of
from clearline.channel.proof.log_proof import Found, LogProof, Shared, Tick, Unread, unheard
from clearline.channel.proof.proof_source import Grown, Source
from clearline.channel.roster import Roster


def _no_tick() -> None:
    """Show nothing."""


def prove(roster: Roster, source: Source, *, tick: Tick = _no_tick, tell: Found = unheard) -> Report:
    """Return what `source` proves under `roster`, whose genesis all roots have signed.

    `tell` hears of faults as they are met; the report at the end judges them.

    Faults of one log by itself come first, ordered by log and index; then what one log says against another. A
    log that is broken by itself is no measure for the others.

    Raises:
        Refused: The source cannot be read.
    """
    roster, keys = keys_of(roster, source)
    known = {f"{member}/{log}" for member in roster.members for log in roster.logs_of(member)}
    named = source.logs()
    strange = [Fault(What.LOG, name, -1, "is no log of this channel") for name in named if name not in known]
    names = sorted(known) if source.whole else [name for name in named if name in known]
    shared = Shared(roster, source, {name: Grown(source, name) for name in names}, tick, tell)
    shared.doubts = Doubts(roster, keys)
    proofs = {name: LogProof(name, shared) for name in names}
    for proof in proofs.values():
        proof.look()
    logs = {name: proof.finding() for name, proof in proofs.items()}
    own = sorted([f for log in logs.values() if (f := log.fault)] + strange, key=lambda f: f.log)
    for fault in () if own else _between_logs(shared):
        # Each log keeps its first fault of this sort, and the sorted first of all is the report's.
        if logs[fault.log].fault is None:
            logs[fault.log] = replace(logs[fault.log], fault=fault)
    found = own or [f for _, log in sorted(logs.items()) if (f := log.fault)]
    return Report(roster.channel, source.member, tuple(logs[name] for name in names), found[0] if found else None)


def _between_logs(shared: Shared) -> list[Fault]:
    """Return what one log says against another, and bodies that nobody refused; ordered by log and index."""
    found = list(shared.contradictions)
    for log, (size, by) in shared.shortened.items():
        at = shared.grown[log].tree.size
        why = f"is missing: {by} names {size} entries of this log, {at} are held; it was cut off, or an old backup"
        found.append(Fault(What.ENTRY, log, at, why))
    main = f"{shared.source.member}/main"
    # Where the own log is cut off, refusals may have stood in what is missing; and a refusal of an own body stands in
    # somebody else's log, which a bundle may leave out; what no officer signed an honest node never said.
    all_here = all(f"{member}/main" in shared.grown for member in shared.roster.members)
    if main in shared.grown and main not in shared.shortened:
        found += [
            Fault(What.BODY, u.log, u.index, f"body {u.slot}: {u.why}, and no entry refuses it")
            for u in shared.unread
            if not _refused(shared, u) and (all_here or u.by_node or u.log.partition("/")[0] != shared.source.member)
        ]
    return sorted(found, key=lambda f: (f.log, f.index))


def _refused(shared: Shared, unread: Unread) -> bool:
    """Report whether an entry of this member names the body, or anybody's where the body is this member's own."""
    me, by = shared.source.member, shared.refusals.get((unread.entry, unread.slot), set())
    return me in by or (bool(by) and unread.log.partition("/")[0] == me)
