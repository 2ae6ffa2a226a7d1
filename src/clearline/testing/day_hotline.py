"""What the written day says on the hotline: addressed messages, alerts, answers, an escalation, a settled proposal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearline.channel.acts import hotline
from clearline.records.acknowledgement import PositionTaken, ProposalReply, Stance
from clearline.records.activity import Activity
from clearline.records.alert import Alert, AlertSort, Reply
from clearline.records.escalation import Escalation
from clearline.records.message import Message, Precedence
from clearline.records.watch import Address, MemberWatch, Rung, WatchPosition
from clearline.records.words import MemberId
from clearline.testing.theatre import circle, draft
from clearline.volumes.instant import Instant

if TYPE_CHECKING:
    from clearline.testing.day import Day

IL, TR = MemberId("IL"), MemberId("TR")

WATCHES = (
    MemberWatch(IL, "watch 1", "chief of watch", "flag", (WatchPosition("watch 1", ("watch 2",)),)),
    MemberWatch(TR, "watch 1", "chief of watch"),
)
"""The watches that the day's agreement names."""


def speak_on_the_hotline(day: Day) -> None:
    """Say one of each kind of the hotline, answered where it is answered, and a proposal that is countered."""
    first = _said(day, Message(Precedence.IMMEDIATE, "en", "Call us", to=(Address(IL, "watch 1"),), thread="INC-1"))
    _said(
        day,
        Message(Precedence.ROUTINE, "en", "Call us later", first, to=(Address(IL),), thread="INC-1", cancels=first),
    )
    alert = Alert(
        AlertSort.STOP_FIRE,
        (Address(IL),),
        (383170000, 345574000),
        "western fence of the base",
        "air defence crew",
        "Ateşi kesin",
        "tr",
        Instant(day.at),
    )
    of = hotline.sound(day.desk(TR), alert).entry.id
    sent = day.at
    day.exchange()
    node = day.nodes[IL]
    step = Escalation(of, Rung.ALTERNATE, Address(IL), Address(IL, "watch 2"), "stop_fire", sent, sent)
    day.at = Instant(day.at + 61_000)
    node.submit(step, audience=(IL, TR), signers=(node.keys.main,), at=day.at, random=day.random, log="safety")
    hotline.answer(day.desk(IL), of, Reply.NOT_US, "none of ours fires there")
    day.exchange()
    hotline.sound(day.desk(TR), Alert(AlertSort.CANCEL_LAST, (Address(IL),), cancels=of))
    day.exchange()
    _settle(day)


def _said(day: Day, message: Message) -> str:
    entry = hotline.send(day.desk(TR), message).entry.id
    day.exchange()
    return entry


def _settle(day: Day) -> None:
    filed = day.desk(TR).file(draft("TR", "TR-9", circle(39.9, 35.9), activity=Activity.GROUND))
    day.exchange()
    of, later = filed.submitted.entry.id, circle(39.9, 35.9, start_min=80, end_min=140)
    day.desk(IL).seen("TR", "TR-9")
    position = PositionTaken(of, Stance.PROPOSAL, "20 minutes later", (later,))
    proposal = day.desk(IL).take_position("TR", "TR-9", position).entry.id
    day.exchange()
    counter = draft("TR", "TR-9", circle(39.9, 35.9, start_min=70, end_min=130), activity=Activity.GROUND)
    hotline.answer_proposal(
        day.desk(TR), "TR", "TR-9", proposal, ProposalReply.COUNTERED, "10 minutes will do", counter
    )
    day.exchange()
