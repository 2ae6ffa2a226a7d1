"""The part of the written day on which little is told first, more later, and in the end nothing is left of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clearline.channel.acts import audiences, dictation
from clearline.records.activity import Activity, Nature
from clearline.records.card import NoticeCard, spoken_draft
from clearline.records.notice import Details, NoticeDraft
from clearline.records.words import MemberId
from clearline.testing.theatre import circle, draft
from clearline.volumes.instant import Instant, Window

if TYPE_CHECKING:
    from clearline.testing.day import Day

IL, TR = MemberId("IL"), MemberId("TR")
LONG_AGO_MS = 40 * 86_400_000


def tell_in_stages(day: Day) -> None:
    """TR tells IL an area only, then the whole, then has it erased; IL takes another notice down from dictation."""
    volume = circle(radius_m=1_200, upper="2000 ft AGL")
    window = Window(Instant(volume.window.start - LONG_AGO_MS), Instant(volume.window.end - LONG_AGO_MS))
    convoy = NoticeDraft(
        "TR",
        "TR-C1",
        Activity.PROTECTED_MOVEMENT,
        Nature.PROTECTED,
        (replace(volume, window=window),),
        (Details(remarks="three ambulances"),),
    )
    day.desk(TR).file(convoy, audience=(), area_only=["IL"])
    day.exchange()
    audiences.disclose(day.desk(TR), "TR-C1", ["IL"])
    day.exchange()
    audiences.erase(day.desk(TR), "TR-C1", "at the wish of those concerned")
    day.exchange()
    day.desk(TR).file(draft("TR", "TR-C2", circle(radius_m=700)), audience=(), area_only=["IL"])
    day.exchange()
    audiences.disclose(day.desk(TR), "TR-C2", ["IL"])
    day.exchange()
    said = draft("TR", "TR-7", circle(radius_m=900, upper="FL090"))
    dictation.take_down(day.desk(IL), NoticeCard(spoken_draft(said), 1, (IL,)))
    day.exchange()
    day.desk(TR).file(said, audience=["IL"], dictated_at=day.at)
    day.exchange()
