"""The part of the written day that is about the line and the watch: every kind of act once at least."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearline.channel.acts import enquiries, line_acts, meetings, pairs, shifts, third_parties
from clearline.channel.acts.drafts import placed
from clearline.records.attribution import Attribution, AttributionSort
from clearline.records.enquiry import Completeness
from clearline.records.line import Matter
from clearline.records.message import Message, Precedence
from clearline.records.pair import Settlement
from clearline.records.words import MemberId
from clearline.testing.theatre import MINUTE_MS, circle, draft
from clearline.volumes.instant import Instant

if TYPE_CHECKING:
    from clearline.testing.day import Day

IL, TR = MemberId("IL"), MemberId("TR")


def act_on_the_line(day: Day) -> None:
    """Check the line, suspend and resume it, hand a watch over, pair two notices, enquire, meet, pass on."""
    _check_and_suspend(day)
    _watch(day)
    _pair(day)
    _speak_of_others(day)
    _meet(day)


def _check_and_suspend(day: Day) -> None:
    line_acts.check_line(day.desk(TR), IL, phrase=1)
    day.exchange()
    line_acts.answer_check(day.desk(IL), by=TR)
    day.exchange()
    matters = [Matter.NOTICES, Matter.MESSAGES]
    suspended = placed(line_acts.suspend(day.desk(IL), [TR], matters, "After the incident at noon"))
    day.exchange()
    line_acts.resume(day.desk(IL), suspended.entry.id, remarks="Settled by telephone")
    day.exchange()


def _watch(day: Day) -> None:
    position = shifts.positions(day.nodes[TR], TR)[0]
    until = Instant(day.at + 480 * MINUTE_MS)
    shifts.begin(day.desk(TR), position, until=until)
    shifts.hand_over(day.desk(TR), position, "2", until=until, remarks="Quiet")
    day.exchange()


def _pair(day: Day) -> None:
    day.desk(TR).file(draft("TR", "TR-X", circle(39.0, 36.0)))
    day.desk(IL).file(draft("IL", "IL-X", circle(35.5, 33.0)))
    day.exchange()
    expires = Instant(day.at + 60 * MINUTE_MS)
    offered = pairs.offer(day.desk(TR), "TR-X", ("IL", "IL-X"), expires=expires, text="Both exercises are cancelled")
    day.exchange()
    pairs.accept(day.desk(IL), offered.entry.id)
    day.exchange()
    pairs.settle(day.desk(TR), offered.entry.id, Settlement.SEAL)
    day.exchange()


def _speak_of_others(day: Day) -> None:
    place = circle(38.3, 34.5, radius_m=1_000)
    said = Attribution(AttributionSort.NOT_OURS, (place,), "No aircraft of ours was there", incident="INC-1")
    third_parties.attribute(day.desk(TR), said)
    asked = enquiries.enquire(day.desk(IL), [TR], (place,), "Who flew there?")
    message = day.desk(IL).say(Message(Precedence.ROUTINE, "en", "For the record"), [])
    day.exchange()
    third_parties.relay(day.desk(IL), message.entry.id, [TR], remarks="You have no seat in that thread")
    enquiries.reply(day.desk(TR), asked.entry.id, Completeness.PARTIAL, "It is being looked into")
    day.exchange()


def _meet(day: Day) -> None:
    at = Instant(day.at + 1_440 * MINUTE_MS)
    meetings.convene(day.desk(TR), "M-1", [IL], at=at, place="Baku", agenda=("Separation at Palmyra", "Any other"))
    day.exchange()
    minutes = meetings.propose_minutes(day.desk(IL), (TR, "M-1"), "Both parties keep to 5 NM.")
    day.exchange()
    meetings.assent(day.desk(TR), minutes.entry.id)
    day.exchange()
