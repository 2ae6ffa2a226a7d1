"""The hotline in words: alerts, what waits, who was passed over; read from the node's answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from clearline.faces import words
from clearline.faces.cli.officer_words import as_of, instant, now_of, place_of, worded
from clearline.volumes.instant import Instant

AHEAD = "ahead of its log: its place in the record is not proven yet"


def urgency(word: str) -> str:
    """Return the word that stands at the head of a line: `STOP FIRE`, `IMMEDIATE`."""
    return word.replace("_", " ").upper()


def named(one: dict[str, Any], *, now: Instant) -> str:
    """Return an alert in a few words, so that nobody answers another one than is meant."""
    said = one["said"]
    sent = words.zulu_short(instant(said["claimed"]), now=now)
    return f"{urgency(one['sort'])} of {said['member']}, {sent} ({said['entry']['id'][:16]})"


def alert(one: dict[str, Any], *, now: Instant) -> Iterator[str]:
    """Yield an alert: what, who, where, since when, who saw, what was answered, who was passed over."""
    said, sent = one["said"], instant(one["said"]["claimed"])
    age = words.age_in_words((now - sent) / 1000)
    head = f"{urgency(one['sort'])}  {said['member']} ({', '.join(said['positions'])}) to {', '.join(one['to'])}"
    yield f"▲ {head}  {words.zulu_short(sent, now=now)}, {age} ago"
    if one["cancelled"]:
        yield "    TAKEN BACK by its author"
    if one["position"]:
        yield f"    where     {words.position_in_words(tuple(one['position']))}"
    for name in ("place", "unit", "text"):
        if one[name]:
            yield f"    {name:<9} {one[name]}"
    if one["at"]:
        yield f"    happened  {words.zulu_short(instant(one['at']), now=now)}"
    for answer in one["answers"]:
        by = answer["said"]
        text = f": {answer['text']}" if answer["text"] else ""
        yield f"    answered  {urgency(answer['answer'])} by {by['member']} ({', '.join(by['positions'])}){text}"
    seen = [f"{s['member']} ({', '.join(s['positions'])}) {_after(s, sent)}" for s in one["seen"]]
    yield f"    seen      {'; '.join(seen) or 'by nobody yet'}"
    yield from escalations(one["escalations"], now=now)
    yield f"    {AHEAD if one['ahead_of_log'] else place_of(said['entry'])}  id {said['entry']['id'][:16]}"


def escalations(found: Sequence[dict[str, Any]], *, now: Instant) -> Iterator[str]:
    """Yield who was reached in place of a silent position, with the delay of each step."""
    for one in found:
        due = words.zulu_short(instant(one["due"]), now=now)
        yield (
            f"    {one['rung']:<9} {one['reached']} reached for {one['silent']}, due {due}, "
            f"{one['delay_s']:.1f} s after that"
        )


def waiting(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield what is owed, a line each: how much time is left or lost, by whom, what."""
    for one in found:
        seconds = abs(one["overdue_s"])
        time = words.age_in_words(seconds)
        left = f"▲ OVERDUE {time}" if one["overdue"] else f"  in {time}"
        owes = f"{one['owes']}/{one['position']}" if one["position"] else one["owes"]
        yield f"{left:<20} {owes} owes {one['to']}: {one['text']}  ({one['of'][:16]})"


def inbox(answer: dict[str, Any]) -> Iterator[str]:
    """Yield what waits for the asking watch position: what rings first, then by deadline."""
    now = now_of(answer)
    for one in answer["ringing"]:
        yield from alert(one, now=now)
        yield ""
    for one in answer["ringing_messages"]:
        said, sent = one["said"], instant(one["said"]["claimed"])
        head = f"{one['precedence']}  {said['member']} ({', '.join(said['positions'])}) to {', '.join(one['to'])}"
        age = words.age_in_words((now - sent) / 1000)
        yield f"▲ {head}  {words.zulu_short(sent, now=now)}, {age} ago; id {said['entry']['id'][:16]}"
        yield from worded(one)
        yield ""
    for one in answer["envelopes"]:
        told = f"told {words.zulu_short(instant(one['said']['claimed']), now=now)}"
        called = one["called"] and f", called {words.zulu_short(instant(one['called']['claimed']), now=now)}"
        yield f"▲ {one['text']} ({told}{called or ', not called yet'})"
    yield from waiting(answer["waiting"])
    left = answer["total"] - len(answer["waiting"])
    if left > 0:
        yield f"and {left} more"
    position = ", ".join(answer["positions"]) or "this position"
    yield (
        f"{position}: {words.count(answer['total'], 'item')} waiting, {answer['overdue']} overdue, "
        f"{len(answer['ringing']) + len(answer['ringing_messages'])} ringing. {as_of(answer)}"
    )
    yield answer["silence"]


def _after(said: dict[str, Any], sent: Instant) -> str:
    return f"after {(instant(said['claimed']) - sent) / 1000:.1f} s"
