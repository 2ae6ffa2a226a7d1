"""What was said on the hotline, as the API shows it: messages, alerts, who saw, who answered, who was passed over."""

from __future__ import annotations

from collections.abc import Iterable

from clearline.channel.due import dues
from clearline.channel.due.dues import Due, Spoken, addressed
from clearline.channel.line.ahead import NO_PLACE
from clearline.channel.node import Node
from clearline.channel.view import delivery
from clearline.errors import Malformed, Said
from clearline.faces.api import hotline_shapes as out
from clearline.faces.api import render, shapes
from clearline.faces.api.worded import sentence_or_null
from clearline.picture.entry import Entry
from clearline.records import watch, words
from clearline.records.alert import Alert, AlertSort
from clearline.records.message import Message
from clearline.records.watch import Address
from clearline.records.words import EntryId
from clearline.sentence import Sentence, sentence
from clearline.volumes.instant import PERM, Instant, format_instant

PER_DEGREE = 10_000_000


def entry_in(path: dict[str, str]) -> EntryId:
    """Return the entry id of a path.

    Raises:
        Malformed: It is none.
    """
    return words.entry_id(path["entry"], where="path, entry")


def addresses_of(texts: Iterable[str], *, where: str = "body: /to") -> tuple[Address, ...]:
    """Return the addresses that `TR` or `TR/air desk` name, sorted, each once.

    Raises:
        Malformed: One of them is no address, or there are too many.
    """
    found = {watch.address(text, where=f"{where}/{number}") for number, text in enumerate(texts)}
    if len(found) > watch.ADDRESSES_MAX:
        raise Malformed(where=where, found=Said(f"{len(found)} positions"), expected=f"at most {watch.ADDRESSES_MAX}")
    return tuple(sorted(found))


def positions_of(node: Node, officer: str) -> tuple[str, ...]:
    """Return the watch positions for which an officer speaks, by key and by the watches held now.

    The member's duty position is there by its empty name too.
    """
    signer = node.keys.officers.get(officer)
    if signer is None:
        return ()
    name = node.roster.signatory_of(node.me, signer.public.ref()).position
    shifts, held = node.picture.shifts, dict.fromkeys((name,))
    for member, position in shifts.turns:
        turn = shifts.current(member, position) if member == node.me else None
        if turn is not None and turn.staffed and turn.holder == officer:
            held[position] = None
    return (*held, "") if node.case.terms.watch_of(node.me).duty in held else tuple(held)


def seen(node: Node, of: str) -> tuple[shapes.Saying, ...]:
    """Return the first word of each member that has seen (or answered) a message or alert."""
    return tuple(render.saying(entry) for _, entry in sorted(node.case.seen_by(of).items()))


def escalations(node: Node, of: str) -> tuple[shapes.EscalationOut, ...]:
    """Return who was reached in place of silent positions, in order, each with its delay."""
    given = node.picture.hotline.escalations.get(of, {}).values()
    return tuple(
        shapes.EscalationOut(
            record.rung.value,
            record.silent.text,
            record.reached.text,
            format_instant(record.due),
            (entry.header.claimed - record.due) / 1000,
            render.saying(entry),
        )
        for entry, record in sorted(given, key=lambda pair: (pair[1].due, pair[0].place))
    )


def message_out(node: Node, entry: Entry, message: Message) -> shapes.MessageOut:
    """Return a message as it stands now."""
    cancelled = node.picture.hotline.cancelled_by(entry)
    return shapes.MessageOut(
        said=render.saying(entry),
        to=tuple(one.text for one in addressed(Spoken(entry, message))),
        precedence=message.precedence.value,
        language=message.language,
        text=message.text,
        about=message.about or None,
        thread=message.thread or entry.id,
        cancels=message.cancels or None,
        cancelled=None if cancelled is None else render.saying(cancelled),
        ahead_of_log=entry.place.index == NO_PLACE,
        delivered=delivered(node, entry),
        seen=seen(node, entry.id),
        escalations=escalations(node, entry.id),
        card=message.card or None,
        dictated_at=None if message.dictated_at is None else format_instant(message.dictated_at),
    )


def alert_out(node: Node, entry: Entry, alert: Alert) -> out.AlertOut:
    """Return an alert as it stands now."""
    cancelled = node.picture.hotline.cancelled_by(entry)
    answers = sorted(node.case.answered(entry.id), key=lambda pair: (pair[0].header.claimed, pair[0].place))
    to = addressed(Spoken(entry, alert))
    open_here = cancelled is None and alert.sort is not AlertSort.CANCEL_LAST and any(a.member == node.me for a in to)
    return out.AlertOut(
        said=render.saying(entry),
        sort=alert.sort.value,
        to=tuple(one.text for one in to),
        position=None if alert.position is None else (alert.position[0] / PER_DEGREE, alert.position[1] / PER_DEGREE),
        place=alert.place or None,
        unit=alert.unit or None,
        text=alert.text or None,
        language=alert.language,
        at=None if alert.at is None else format_instant(alert.at),
        cancels=alert.cancels or None,
        cancelled=None if cancelled is None else render.saying(cancelled),
        ahead_of_log=entry.place.index == NO_PLACE,
        ringing=any(due.of == entry.id for due in node.deadlines.ringing.values()),
        to_answer=open_here and all(e.header.author != node.me for e, _ in answers),
        seen=seen(node, entry.id),
        answers=tuple(out.AnswerOut(a.answer.value, a.text, render.saying(e)) for e, a in answers),
        escalations=escalations(node, entry.id),
    )


def delivered(node: Node, entry: Entry) -> dict[str, str | None]:
    """Return when each reader of an entry claims to hold it; `None` for who has said nothing."""
    found: dict[str, str | None] = {}
    for member in entry.header.audience:
        if member != entry.header.author:
            line = None if entry.place.index == NO_PLACE else delivery(node, entry, member)
            found[member] = None if line is None else format_instant(Instant(line.time_s * 1000))
    return found


def due_out(node: Node, due: Due, *, at: Instant) -> out.DueOut:
    """Return something owed, with how long it is overdue."""
    return out.DueOut(
        key=due.key,
        sort=due.sort,
        of=due.of,
        owes=due.owes,
        position=due.position,
        to=due.to,
        due=format_instant(Instant(min(due.due, PERM - 1))),
        overdue=due.overdue(at=at),
        overdue_s=(at - due.due) / 1000,
        urgent=due.urgent,
        about=due.about,
        text=due.text or words_of(node, due),
        sentence=sentence_or_null(due.sentence or _spoken_sentence(node, due)),
        notice=_notice_of(node, due),
    )


def _notice_of(node: Node, due: Due) -> out.DueNoticeOut | None:
    """Return what the notice that it is about does and when, wherever it lies in time."""
    if due.about[:1] != ("notice",):
        return None
    # Of a notice that is known as area only nothing is owed: it is among these, or none of it is known.
    history = node.picture.notices.get((due.about[1], due.about[2]))
    if history is None:
        return None
    activity = history.current.draft.activity.value
    return out.DueNoticeOut(activity, format_instant(history.start), format_instant(history.end))


WORDS = {
    "seen": "say that it was seen",
    "read_back": "read it back",
    "passed_on": "say to whom it was passed on",
    "position": "take a position",
    "proposal": "answer the proposal",
    "message_seen": "see the message",
    "alert_seen": "see the alert",
    "alert_answered": "answer the alert",
}


def words_of(node: Node, due: Due) -> str:
    """Return what is owed in words: what is to be done, and about what."""
    what = WORDS.get(due.sort, due.sort.replace("_", " "))
    if due.about[:1] == ("notice",):
        return f"{what}: {due.about[1]} {due.about[2]}"
    spoken = node.case.spoken(due.of)
    if spoken is None:
        return what
    return f"{what}: {urgency(dues.urgency(spoken.record))} from {spoken.entry.header.author}"


def _spoken_sentence(node: Node, due: Due) -> Sentence | None:
    """Return which message or alert it is about: whose, and how urgent."""
    spoken = node.case.spoken(due.of)
    if spoken is None:
        return None
    urgency_word = dues.urgency(spoken.record)
    group = "precedence" if isinstance(spoken.record, Message) else "alert"
    return sentence(f"owed.{group}", author=spoken.entry.header.author, **{group: urgency_word})


def urgency(word: str) -> str:
    """Return a precedence or the sort of an alert as people read it: `STOP FIRE`, `IMMEDIATE`."""
    return word.replace("_", " ").upper()
