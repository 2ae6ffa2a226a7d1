"""Lines: how each is and by what evidence; checks and answers; suspension, resumption, and what waits meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from starlette.responses import Response

from clearline.channel.acts import line_acts, suspensions
from clearline.channel.desk import Desk
from clearline.channel.line.lines import CheckView, LineHealth, line_health, to_answer
from clearline.channel.node import Node
from clearline.errors import Malformed, NotFound
from clearline.faces.api import render, shapes
from clearline.faces.api.asked import Asked, answer, listed_word
from clearline.faces.api.drafts import DraftOut, answered, said_or_waiting
from clearline.faces.api.paging import COUNT, FROM, page_of
from clearline.faces.api.table import Endpoint
from clearline.faces.api.taken import EntryText, InstantText, Taken
from clearline.faces.api.worded import SentenceOut, sentence_out
from clearline.picture.entry import Entry
from clearline.records.line import PHRASES, Matter, Reading, Resumption, Suspension
from clearline.records.words import MemberId
from clearline.volumes.instant import Instant, format_instant

StateWord = Literal["unknown", "up", "late", "unanswered", "fault", "suspended"]


class CheckOut(msgspec.Struct, frozen=True):
    """A staffed check: its neutral text and its number, the answer if one is held; `due` is when its lack is raised."""

    said: shapes.Saying
    text: str
    phrase: int
    slot: InstantText | None
    answered: shapes.Saying | None
    reading: Literal["well", "with_difficulty"] | None
    due: InstantText


class OwedOut(msgspec.Struct, frozen=True):
    """The fixed time that is current: who calls, whether it was done, and when its lack is raised."""

    slot: InstantText
    caller: str
    done: bool
    due: InstantText


class StandingOut(msgspec.Struct, frozen=True):
    """A suspension that stands: by whom, what, why."""

    said: shapes.Saying
    members: tuple[str, ...]
    matters: tuple[str, ...]
    reason: str


class LineStateOut(msgspec.Struct, frozen=True):
    """A line with the evidence for its state.

    `beneath` is the state without suspension; `words` is the evidence in a sentence, `sentence` the same by its
    code; `raised` says that the agreed time to raise it is over, `raised_at` when that is. `to_answer` are the checks
    that wait for this watch.
    """

    member: str
    state: StateWord
    beneath: StateWord
    since: InstantText | None
    words: str
    sentence: SentenceOut
    raised: bool
    raised_at: InstantText | None
    heard: InstantText | None
    fault: str
    bearer: str | None
    sent: CheckOut | None
    received: CheckOut | None
    owed: OwedOut | None
    suspensions: tuple[StandingOut, ...]
    to_answer: tuple[shapes.Saying, ...]


class LinesOut(msgspec.Struct, frozen=True):
    """The line to every member."""

    as_of: shapes.AsOfOut
    lines: tuple[LineStateOut, ...]


class ReconciledOut(msgspec.Struct, frozen=True):
    """One log over a suspension: serials `first` to `last`, what is held here, and whether anything is missing.

    `agrees` is null while less is held here than was quoted; `whole` is true where nothing is missing.
    """

    log: str
    first: int
    last: int
    held: int
    agrees: bool | None
    lacking: tuple[int, ...]
    whole: bool


class SuspensionOut(msgspec.Struct, frozen=True):
    """A suspension; `resumed` is null while it stands, `reconciled` then what was exchanged meanwhile, log by log."""

    said: shapes.Saying
    members: tuple[str, ...]
    matters: tuple[str, ...]
    reason: str
    resumed: shapes.Saying | None
    remarks: str
    reconciled: tuple[ReconciledOut, ...]
    open: str = "stop-fire, search and rescue, hazard and their answers stay open"


class SuspensionsOut(msgspec.Struct, frozen=True):
    """Every suspension, newest first."""

    as_of: shapes.AsOfOut
    total: int
    next: int | None
    suspensions: tuple[SuspensionOut, ...]


class WaitingOut(msgspec.Struct, frozen=True):
    """An own entry that the member has not seen: its proof of delivery, and whether it was filed while suspended."""

    said: shapes.Saying
    kind: str
    reference: str | None
    delivered: shapes.DeliveredOut | None
    filed_while_suspended: bool


class QueueOut(msgspec.Struct, frozen=True):
    """What waits for a member; `complete` is false where there is more than one answer lists."""

    as_of: shapes.AsOfOut
    member: str
    complete: bool
    waiting: tuple[WaitingOut, ...]


class CheckBody(Taken):
    """Call a member's watch; `phrase` is the number of a neutral text."""

    phrase: Annotated[int, msgspec.Meta(ge=0, lt=len(PHRASES))] = 0


class CheckAnswerBody(Taken):
    """Answer a check: `of`, or the newest that waits."""

    of: EntryText | None = None
    reading: Literal["well", "with_difficulty"] = "well"


class SuspensionBody(Taken):
    """Suspend the routine exchange with members: what, and why. The safety floor is no matter that can be named."""

    members: Annotated[list[str], msgspec.Meta(min_length=1, max_length=32)]
    matters: Annotated[list[Literal["notices", "messages", "enquiries", "meetings"]], msgspec.Meta(min_length=1)]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=8000)]


class RemarksBody(Taken):
    """What goes with the act in words."""

    remarks: str = ""


async def listed(asked: Asked) -> Response:
    """List every line with its evidence."""

    def read(node: Node, at: Instant) -> LinesOut:
        found = tuple(_line(node, line_health(node, member, at=at)) for member in sorted(node.peers))
        return LinesOut(render.as_of_out(node, at), found)

    return answer(await asked.read(read))


async def check(asked: Asked) -> Response:
    """Call a member's watch."""
    member, body = asked.path["member"], await asked.value(CheckBody)
    return answer(
        await asked.act(lambda desk: said_or_waiting(desk, line_acts.check_line(desk, member, phrase=body.phrase))), 201
    )


async def answer_check(asked: Asked) -> Response:
    """Answer a check of a member."""
    member, body = asked.path["member"], await asked.value(CheckAnswerBody)
    reading = Reading(body.reading)

    def act(desk: Desk) -> shapes.SaidOut | DraftOut:
        return said_or_waiting(desk, line_acts.answer_check(desk, body.of or "", reading=reading, by=member))

    return answer(await asked.act(act), 201)


async def waiting(asked: Asked) -> Response:
    """List what waits for a member, with proof of delivery."""
    name = asked.path["member"]

    def read(node: Node, at: Instant) -> QueueOut:
        if name not in node.peers:
            raise NotFound(f"{name} is no other member of this channel", member=name)
        found: list[WaitingOut] = []
        for one in suspensions.waiting_for(node, MemberId(name)):
            if len(found) == suspensions.WAITING_MAX:
                return QueueOut(render.as_of_out(node, at), name, False, tuple(found))
            found.append(_waiting(one))
        return QueueOut(render.as_of_out(node, at), name, True, tuple(found))

    return answer(await asked.read(read))


async def suspended(asked: Asked) -> Response:
    """List suspensions."""
    page = page_of(asked)

    def read(node: Node, at: Instant) -> SuspensionsOut:
        held = sorted(node.picture.lines.suspensions.values(), key=lambda one: (-one[0].header.claimed, one[0].id))
        found = tuple(_suspension(node, *one) for one in held[page.first : page.end])
        return SuspensionsOut(render.as_of_out(node, at), len(held), page.following(len(held)), found)

    return answer(await asked.read(read))


async def suspend(asked: Asked) -> Response:
    """Suspend the routine exchange with members."""
    body = await asked.value(SuspensionBody)
    matters = [listed_word(word, Matter, where=f"body: /matters/{n}") for n, word in enumerate(body.matters)]
    if len({*matters}) != len(matters):
        raise Malformed(where="body: /matters", found=body.matters, expected="each once")
    return answered(
        await asked.act(lambda desk: said_or_waiting(desk, line_acts.suspend(desk, body.members, matters, body.reason)))
    )


async def resume(asked: Asked) -> Response:
    """Resume what a suspension of one's own suspended."""
    of, body = asked.path["id"], await asked.value(RemarksBody)
    return answered(
        await asked.act(lambda desk: said_or_waiting(desk, line_acts.resume(desk, of, remarks=body.remarks)))
    )


def _line(node: Node, health: LineHealth) -> LineStateOut:
    return LineStateOut(
        member=health.member,
        state=health.state.value,
        beneath=health.beneath.value,
        since=_instant(health.since),
        words=health.words,
        sentence=sentence_out(health.sentence),
        raised=health.raised,
        raised_at=_instant(health.raised_at),
        heard=_instant(health.heard),
        fault=health.fault,
        bearer=node.peers[health.member].bearer,
        sent=_check(health.sent),
        received=_check(health.received),
        owed=None
        if health.owed is None
        else OwedOut(
            format_instant(health.owed.slot), health.owed.caller, health.owed.done, format_instant(health.owed.due)
        ),
        suspensions=tuple(_standing(*one) for one in health.suspensions),
        to_answer=tuple(render.saying(entry) for entry in to_answer(node, health.member)),
    )


def _check(one: CheckView | None) -> CheckOut | None:
    if one is None:
        return None
    return CheckOut(
        said=render.saying(one.entry),
        text=PHRASES[one.check.phrase],
        phrase=one.check.phrase,
        slot=_instant(one.check.slot),
        answered=None if one.answer is None else render.saying(one.answer[0]),
        reading=None if one.answer is None else one.answer[1].reading.value,
        due=format_instant(one.due),
    )


def _standing(entry: Entry, record: Suspension) -> StandingOut:
    return StandingOut(render.saying(entry), record.members, tuple(m.value for m in record.matters), record.reason)


def _suspension(node: Node, entry: Entry, record: Suspension) -> SuspensionOut:
    ended = node.picture.lines.resumptions.get(entry.id)
    return SuspensionOut(
        said=render.saying(entry),
        members=record.members,
        matters=tuple(m.value for m in record.matters),
        reason=record.reason,
        resumed=None if ended is None else render.saying(ended[0]),
        remarks="" if ended is None else ended[1].remarks,
        reconciled=() if ended is None else tuple(_reconciled(node, record, ended[1])),
    )


def _reconciled(node: Node, record: Suspension, ended: Resumption) -> Iterator[ReconciledOut]:
    for one in suspensions.reconcile(node, record, ended):
        yield ReconciledOut(one.log, one.first, one.last, one.held, one.agrees, one.lacking, one.whole)


def _waiting(one: suspensions.Waiting) -> WaitingOut:
    draft = getattr(one.entry.record, "draft", None)
    return WaitingOut(
        said=render.saying(one.entry),
        kind=getattr(one.entry.record, "KIND", ""),
        reference=None if draft is None else draft.notice,
        delivered=None
        if one.delivered is None
        else shapes.DeliveredOut(format_instant(Instant(one.delivered.time_s * 1000)), one.delivered.size),
        filed_while_suspended=one.suspended,
    )


def _instant(at: Instant | None) -> str | None:
    return None if at is None else format_instant(at)


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/lines",
        "listLines",
        "List every line with its state and the evidence for it",
        listed,
        {200: LinesOut},
        tag="lines",
    ),
    Endpoint(
        "POST",
        "/api/v1/lines/{member}/checks",
        "checkLine",
        "Call the watch of a member by a neutral text",
        check,
        {201: shapes.SaidOut},
        takes=CheckBody,
        problems=(403, 409),
        tag="lines",
    ),
    Endpoint(
        "POST",
        "/api/v1/lines/{member}/answers",
        "answerLineCheck",
        "Answer a check of a member",
        answer_check,
        {201: shapes.SaidOut},
        takes=CheckAnswerBody,
        problems=(403, 404, 409),
        tag="lines",
    ),
    Endpoint(
        "GET",
        "/api/v1/lines/{member}/waiting",
        "listWaitingFor",
        "List what a member has not seen, each with its proof of delivery",
        waiting,
        {200: QueueOut},
        problems=(404,),
        tag="lines",
    ),
    Endpoint(
        "GET",
        "/api/v1/suspensions",
        "listSuspensions",
        "List suspensions, and how the serials fit where they have ended",
        suspended,
        {200: SuspensionsOut},
        query=(FROM, COUNT),
        tag="lines",
    ),
    Endpoint(
        "POST",
        "/api/v1/suspensions",
        "suspendExchange",
        "Suspend the routine exchange with members; two officers sign, and the safety floor stays open",
        suspend,
        {201: shapes.SaidOut, 202: DraftOut},
        takes=SuspensionBody,
        problems=(403, 409),
        tag="lines",
    ),
    Endpoint(
        "POST",
        "/api/v1/suspensions/{id}/resumption",
        "resumeExchange",
        "Resume what was suspended, quoting where every log stands; two officers sign",
        resume,
        {201: shapes.SaidOut, 202: DraftOut},
        takes=RemarksBody,
        problems=(403, 404, 409),
        tag="lines",
    ),
)
