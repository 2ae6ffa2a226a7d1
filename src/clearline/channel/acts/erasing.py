"""Erasing: an author's order to destroy bodies of its own, judged by the agreement's terms and carried out.

The order is an entry of the record; carrying it out is the node's. What is destroyed is the body with its salt, every
other body that repeats it (as its author named them), and what events say of it. Header and commitment stay, so the
log proves itself as before.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clearline.channel.ports import EraseBody, PutBody, PutEvent, StoredBody
from clearline.errors import NotAllowed, Refused
from clearline.picture.entry import Entry, Place
from clearline.records import body as bodies
from clearline.records.agreement import Terms
from clearline.records.body import Record
from clearline.records.disclosure import Disclosure
from clearline.records.erasure import Erasure, Named
from clearline.records.erasure_terms import DEFAULT_ERASURE, ErasureRule
from clearline.records.header import base_log
from clearline.records.notice import Notice, NoticeStep
from clearline.records.outline import Outline
from clearline.records.words import EntryId, MemberId
from clearline.volumes.instant import Instant, format_instant
from clearline.volumes.volume import Volume

if TYPE_CHECKING:
    from clearline.channel.node import Node

CLOCK_MS = 300_000
"""How far an author's clock may be ahead of this node's before an order is taken for one of the future."""

Where = tuple[str, int, int]
"""Log, index and slot of a body."""


class ErasureNotAgreed(NotAllowed):
    """The agreement does not let this body be erased, or not yet."""

    slug, title, status = "erasure-not-agreed", "Erasure not agreed", 403


@dataclass(frozen=True, slots=True)
class Subject:
    """What an erasure is judged by: about what, until when, and the words by which events name it."""

    about: Notice | None
    until: Instant
    reference: tuple[str, str] | None


def follow(node: Node, entry: Entry, record: Erasure, *, at: Instant) -> None:
    """Carry out an order that has just been folded, as far as it is agreed; keep the reason where it is not."""
    for named in record.bodies:
        where = _where(node, entry, named)
        if where is not None:
            _carry_out(node, where, named, entry, record, at)


def follow_all(node: Node, *, at: Instant) -> None:
    """Carry out every order that is held: after the picture was folded anew, and when the agreement has changed."""
    node.not_erased.clear()
    for (of, slot), given in sorted(node.picture.opened.erasures.items()):
        named = Named(of, slot)
        for place in sorted(given):
            where = _where(node, given[place][0], named)
            if where is not None:
                _carry_out(node, where, named, *given[place], at)


def check_agreed(node: Node, entry: Entry, record: Erasure, where: Where, *, at: Instant) -> Subject | None:
    """Return what a body is about that may be erased by this order; `None` where this node does not hold it.

    Raises:
        ErasureNotAgreed: The terms do not allow it, or not yet, or are not known here.
    """
    rules = _rules(node, record.under)
    if entry.header.claimed > at + CLOCK_MS:
        raise ErasureNotAgreed("the order is dated in the future by this node's clock")
    held = next(_stored(node, where), None)
    if held is None:
        if not any(rule.speaks_of(entry.place.member, None, None) for rule in rules):
            raise ErasureNotAgreed(f"the agreement lets {entry.place.member} erase nothing")
        return None
    subject = _subject(node, entry.place.member, _decoded(held))
    check_terms(rules, entry.place.member, subject, claimed=entry.header.claimed)
    return subject


def check_terms(rules: tuple[ErasureRule, ...], member: str, subject: Subject, *, claimed: Instant) -> None:
    """Refuse what the terms do not allow at the time that the order claims.

    Raises:
        ErasureNotAgreed: No rule speaks of it, or the agreed time has not passed.
    """
    draft = subject.about.draft if subject.about is not None else None
    fitting = [
        rule
        for rule in rules
        if rule.speaks_of(member, draft.activity if draft else None, draft.nature if draft else None)
    ]
    if not fitting:
        raise ErasureNotAgreed(f"the agreement does not let {member} erase such a notice")
    earliest = Instant(subject.until + min(rule.after_s for rule in fitting) * 1000)
    if claimed < earliest:
        raise ErasureNotAgreed(f"the agreement lets it be erased from {format_instant(earliest)} on", earliest=earliest)


def rules_in_force(node: Node) -> tuple[str, tuple[ErasureRule, ...]]:
    """Return the entry id of the agreement in force and its rules; the default without one."""
    standing = node.picture.terms_in_force
    return ("", DEFAULT_ERASURE) if standing is None else (standing[0].id, standing[1].erasure)


def subject_of(node: Node, place: Place, slot: int) -> Subject:
    """Return what a held body is about.

    Raises:
        ErasureNotAgreed: It is not held, or of a kind that is never erased.
    """
    held = next(_stored(node, (f"{place.member}/{place.log}", place.index, slot)), None)
    if held is None:
        raise ErasureNotAgreed("the body is not held here")
    return _subject(node, place.member, _decoded(held))


def _where(node: Node, entry: Entry, named: Named) -> Where | None:
    """Return where a named body stands; `None` where it is no earlier one of the order's own log, or what it follows.

    A log is held up to its end before its successor is taken up, so the order of both is everybody's.
    """
    target, place = node.picture.places.get(EntryId(named.entry)), entry.place
    if target is None or target > place:
        return None
    if (target.member, base_log(target.log)) != (place.member, base_log(place.log)):
        return None
    return f"{target.member}/{target.log}", target.index, named.slot


def _carry_out(node: Node, where: Where, named: Named, entry: Entry, record: Erasure, at: Instant) -> None:
    if where in node.erased:
        return
    try:
        subject = check_agreed(node, entry, record, where, at=at)
    except ErasureNotAgreed as refusal:
        node.not_erased.setdefault(named, (entry.id, refusal.message))
        return
    node.not_erased.pop(named, None)
    node.erased[where] = entry.id
    node.logs[where[0]].lacking.discard(where[1:])
    if subject is not None:
        _erase(node, where, named.entry, subject)
        node.event("erased", {"log": where[0], "index": where[1], "slot": where[2], "by": entry.id, "at": at})


def _rules(node: Node, under: str) -> tuple[ErasureRule, ...]:
    """Return the rules of the agreement that an order names: the one in force, or one that it follows."""
    agreements, (current, rules) = node.picture.agreements, rules_in_force(node)
    if under == current:
        return rules
    base = current
    while base:
        proposal = agreements.proposals.get(base)
        base = proposal[1].base if proposal is not None else ""
        if base and base == under and base in agreements.proposals:
            terms: Terms = agreements.proposals[base][1].terms
            return terms.erasure
    raise ErasureNotAgreed("the agreement that the order names is not in force here")


def _subject(node: Node, member: str, record: Record | None) -> Subject:
    match record:
        case Notice():
            return Subject(record, _end(record.draft.volumes), (member, record.draft.notice))
        case Outline():
            return Subject(None, _end(record.volumes), (member, record.notice))
        case NoticeStep():
            key = (member, record.notice)
            whole, told = node.picture.notices.get(key), node.picture.outlines.get(key)
            # Of a step whose notice is not held nothing more is known than who took it.
            until = whole.end if whole is not None else told.end if told is not None else Instant(0)
            return Subject(None if whole is None else Notice(whole.current.draft), until, key)
        case Disclosure():
            try:
                inner = bodies.decode(record.body.encode(), where="disclosed body")
            except Refused:
                inner = None
            if not isinstance(inner, Disclosure):
                return _subject(node, member, inner)
    kind = getattr(record, "KIND", "body that cannot be read")
    raise ErasureNotAgreed(f"the agreement lets notices be erased, not a {kind}")


def _end(volumes: tuple[Volume, ...]) -> Instant:
    return max(volume.window.end for volume in volumes)


def _erase(node: Node, where: Where, of: str, subject: Subject) -> None:
    traces = [f'"{of}"']
    if subject.reference is not None:
        traces.append(f'"notice":{json.dumps(subject.reference[1], ensure_ascii=False)}')
        traces.append(json.dumps(list(subject.reference), separators=(",", ":"), ensure_ascii=False))
    for write in [*node.queued]:
        mine = isinstance(write, PutBody) and (write.log, write.index, write.slot) == where
        told = isinstance(write, PutEvent) and any(trace in write.data for trace in traces)
        if mine or told:
            node.queued.remove(write)
    node.queued.append(EraseBody(*where, tuple(traces)))
    node.late_bodies = node.stale_bookmark = True
    member, _, log = where[0].partition("/")
    node.late.append(Place(MemberId(member), log, where[1]))


def _stored(node: Node, where: Where) -> Iterator[StoredBody]:
    """Yield the body as the store holds it, or as it is about to."""
    log, index, slot = where
    for write in node.queued:
        if isinstance(write, PutBody) and (write.log, write.index, write.slot) == where:
            yield StoredBody(index, slot, write.salt, write.body)
    gone = any(isinstance(w, EraseBody) and (w.log, w.index, w.slot) == where for w in node.queued)
    for body in () if gone else node.store.bodies(log, index, 1):
        if body.slot == slot:
            yield body


def _decoded(held: StoredBody) -> Record | None:
    try:
        return bodies.decode_stored(held.body, where="stored body")
    except Refused:
        return None
