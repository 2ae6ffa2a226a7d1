"""A watch that has something of everything: messages, an alert, enquiries, a pair, a meeting, a draft.

For pictures of the console and for its tests: no view is empty then. All of it goes over the officers' API.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final

import httpx

from clearline.records.card import MessageCard, check_of_line, code_of, lines_of
from clearline.records.message import Precedence
from clearline.records.words import MemberId
from clearline.testing.notice_files import at_minute, notice_file

WAIT_S: Final = 20.0
LONG_AGO_MIN: Final = 40 * 24 * 60
"""Minutes after which humanitarian data may be erased by the defaults: more than thirty days."""

PALMYRA: Final = {"type": "Point", "coordinates": [38.27, 34.56]}


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer of a member at the API of its node; `token` admits."""

    member: str
    url: str
    token: str

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the node, and ask again while what is named has not come from the other node yet.

        Raises:
            httpx.HTTPStatusError: It was refused, and is refused still after `WAIT_S`.
        """
        end = time.monotonic() + WAIT_S
        while True:
            answer = httpx.request(
                method,
                f"{self.url}/api/v1/{path}",
                json=body,
                headers={"authorization": f"Bearer {self.token}"},
                timeout=30,
                trust_env=False,
            )
            if answer.status_code not in (404, 409, 422) or time.monotonic() > end:
                answer.raise_for_status()
                return answer.json()
            time.sleep(0.1)

    def say(self, path: str, body: Any) -> str:
        """Post something and return the id of its entry."""
        return str(self.ask("POST", path, body)["entry"]["id"])


def scope(start_min: float, end_min: float) -> dict[str, Any]:
    """Return a volume over Palmyra as zones, enquiries and attributions take it."""
    times = {"start": at_minute(start_min), "end": at_minute(end_min)}
    return {"geometry": PALMYRA, "radius_m": 8000, "lower": "SFC", "upper": "FL200", **times}


def fill(mine: Officer, theirs: Officer, host: Officer | None = None) -> None:
    """Let two parties' officers do once what their acts and the hotline know; something stays open of each.

    Where the channel has a host, it convenes.
    """
    for one in (mine, theirs):
        one.say("shifts", {"turn": "begin", "position": one.ask("GET", "me")["position"], "remarks": ""})
    _speak(mine, theirs)
    _ring(mine, theirs)
    _account(mine, theirs)
    _meet(mine, theirs, host or mine)
    _arrange(mine, theirs)
    _on_paper(mine, theirs)


def _speak(mine: Officer, theirs: Officer) -> None:
    to_me, to_them = [mine.member], [theirs.member]
    theirs.say(
        "messages",
        {
            "to": to_me,
            "precedence": "IMMEDIATE",
            "language": "he",
            "text": "לתשומת לב: מטוס תובלה שלנו ישנה גובה ב־23 0200Z. נא לקרוא את הגרסה החדשה.",
        },
    )
    asked = mine.say(
        "messages",
        {
            "to": to_them,
            "precedence": "PRIORITY",
            "language": "en",
            "text": "Which unit holds the road at T4 after 23 0300Z?",
        },
    )
    theirs.say(
        "messages",
        {
            "to": to_me,
            "precedence": "ROUTINE",
            "language": "en",
            "about": asked,
            "text": "FICTIONAL: none of ours. We have asked the liaison desk and shall tell you within the hour.",
        },
    )
    place = {"place": [38.3, 34.5], "time": at_minute(20)}
    theirs.say("messages", {"to": to_me, "phrases": [{"code": "005-9", "slots": place}]})


def _ring(mine: Officer, theirs: Officer) -> None:
    alert = theirs.say(
        "alerts",
        {
            "sort": "hazard",
            "to": [mine.member],
            "position": PALMYRA["coordinates"],
            "text": "FICTIONAL: unexploded ordnance beside the eastern taxiway",
            "language": "en",
        },
    )
    mine.say(f"alerts/{alert}/seen", {})
    mine.say(f"alerts/{alert}/answers", {"answer": "understood"})


def _account(mine: Officer, theirs: Officer) -> None:
    asked = theirs.say(
        "enquiries",
        {
            "to": [mine.member],
            "volumes": [scope(-120, -60)],
            "text": "FICTIONAL: two unknown aircraft crossed north of Palmyra at low level. Are they yours?",
            "language": "en",
        },
    )
    mine.say(
        f"enquiries/{asked}/replies",
        {"completeness": "partial", "text": "FICTIONAL: none filed with us; the wing is asked.", "language": "en"},
    )
    mine.say(
        "attributions",
        {
            "sort": "not_ours",
            "volumes": [scope(-120, -60)],
            "text": "FICTIONAL: no aircraft of ours was there.",
            "incident": "INC-2025-07",
        },
    )
    own = notice_file(mine.member, f"{mine.member}-OWN", lon=37.6, lat=36.1, start_min=500, end_min=560)
    said = mine.ask("POST", f"notices?audience={mine.member}", own)["entry"]["id"]
    mine.say("relayed", {"of": said, "to": [theirs.member], "remarks": "You have no seat in that thread."})


def _meet(mine: Officer, theirs: Officer, convener: Officer) -> None:
    convener.say(
        "meetings",
        {
            "reference": "M-2025-03",
            "invited": [one.member for one in (mine, theirs) if one is not convener],
            "at": at_minute(1_440),
            "place": "Baku",
            "agenda": ["Separation at Palmyra", "Convoy corridors of the week", "Any other matter"],
        },
    )
    theirs.say(
        f"meetings/{convener.member}/M-2025-03/minutes",
        {"text": "FICTIONAL: both parties keep 5 NM at Palmyra until the next meeting.", "language": "en"},
    )


def _arrange(mine: Officer, theirs: Officer) -> None:
    x, y = f"{mine.member}-X-1", f"{theirs.member}-X-1"
    mine.ask("POST", "notices", notice_file(mine.member, x, lon=36.2, lat=36.6, start_min=400, end_min=520))
    theirs.ask("POST", "notices", notice_file(theirs.member, y, lon=35.9, lat=33.1, start_min=400, end_min=520))
    theirs.say(
        "pairs",
        {
            "mine": y,
            "party": mine.member,
            "yours": x,
            "expires": at_minute(300),
            "text": "FICTIONAL: both exercises are cancelled, or neither.",
        },
    )
    mine.ask(
        "POST",
        "areas",
        {
            "sort": "red_line",
            "reference": f"{mine.member}-RL-01",
            "title": "FICTIONAL: no indirect fire within reach of the convoys",
            "text": "FICTIONAL: we do not accept indirect fire into this circle while convoys are under way.",
            "activities": ["fires"],
            "volumes": [{**scope(-10, 600), "end": "PERM"}],
        },
    )


def _on_paper(mine: Officer, theirs: Officer) -> None:
    """Take down a card whose signed original never comes, and order humanitarian data of long ago erased."""
    to = (MemberId(mine.member),)
    text = "FICTIONAL: CONVOY HOLDS AT THE EASTERN GATE UNTIL CALLED"
    lines = lines_of(MessageCard(MemberId(theirs.member), "M-7", to, Precedence.PRIORITY, "EN", text))
    heard = [f"{line} {check_of_line(number, line)}" for number, line in enumerate(lines, 1)]
    mine.ask("POST", "dictated", {"lines": heard, "code": code_of(lines)})
    gone = f"{mine.member}-GONE"
    moved = notice_file(
        mine.member,
        gone,
        activity="protected_movement",
        nature="protected",
        start_min=-LONG_AGO_MIN,
        end_min=60 - LONG_AGO_MIN,
    )
    mine.ask("POST", "notices", moved)
    mine.say(f"notices/{mine.member}/{gone}/erasure", {"reason": "FICTIONAL: at the wish of those concerned"})
