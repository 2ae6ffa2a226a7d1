"""Lines, watches, pairs, enquiries and meetings in words, read from the node's answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clearline.faces import words
from clearline.faces.cli.officer_words import instant, place_of
from clearline.volumes.instant import Instant

SIGNS = {"up": "●", "late": "◐", "unanswered": "◔", "fault": "✕", "suspended": "⏸", "unknown": "○"}
"""The shape of each state of a line, as the page has it; its word stands beside it."""

FLOOR = "Stop-fire, search and rescue, hazard and their answers stay open."


def line(one: dict[str, Any], *, now: Instant) -> Iterator[str]:
    """Yield a line: its state, the evidence, checks sent and received, what is owed."""
    mark = "▲ " if one["raised"] else "  "
    since = f"since {_at(one['since'], now)}" if one["since"] else ""
    yield f"{mark}{SIGNS[one['state']]} {one['member']:<8} {words.LINES[one['state']]:<14} {since}".rstrip()
    yield f"      {one['words']}"
    if one["bearer"]:
        yield f"      carried by {one['bearer']}"
    for name, whose in (("sent", "our check"), ("received", "their check")):
        check = one[name]
        if check:
            yield f"      {whose} of {_at(check['said']['claimed'], now)}: {_answered(check, now)}"
    if one["owed"] and not one["owed"]["done"]:
        owed = one["owed"]
        yield f"      {owed['caller']} calls at {_at(owed['slot'], now)}, raised at {_at(owed['due'], now)}"
    for waits in one["to_answer"]:
        called = _at(waits["claimed"], now)
        yield f"      waits for our answer: check of {called}: clearline line answer {one['member']}"
    for standing in one["suspensions"]:
        by = standing["said"]
        yield (
            f"      ⏸ suspended by {by['member']} since {_at(by['claimed'], now)}: {', '.join(standing['matters'])}; "
            f"{standing['reason']}  id {by['entry']['id'][:16]}"
        )
        yield f"      {FLOOR}"


def suspension(one: dict[str, Any], *, now: Instant) -> Iterator[str]:
    """Yield a suspension and, where it has ended, how the serials of every log fit."""
    by = one["said"]
    state = "RESUMED" if one["resumed"] else "STANDS"
    yield f"⏸ {state}  {by['member']} with {', '.join(one['members'])}: {', '.join(one['matters'])}"
    yield f"    since {_at(by['claimed'], now)}: {one['reason']}  id {by['entry']['id'][:16]}"
    if not one["resumed"]:
        yield f"    {FLOOR}"
        return
    yield f"    resumed {_at(one['resumed']['claimed'], now)}. {one['remarks']}".rstrip()
    for log in one["reconciled"]:
        span = f"serials {log['first']} to {log['last']}" if log["last"] >= log["first"] else "nothing exchanged"
        if log["whole"]:
            said = "nothing is missing here"
        elif log["agrees"] is None:
            said = f"NOT YET HELD HERE: {log['held']} of {log['last'] + 1}"
        elif not log["agrees"]:
            said = "ANOTHER HISTORY than the one held here"
        else:
            said = f"BODIES LACKING: {', '.join(map(str, log['lacking']))}"
        yield f"    {log['log']:<10} {span}: {said}"


def waiting(one: dict[str, Any], *, now: Instant) -> str:
    """Return an entry that a member has not seen, with its proof of delivery."""
    proof = f"delivered {_at(one['delivered']['at'], now)}" if one["delivered"] else "NOT DELIVERED"
    name = f"{one['kind']} {one['reference']}" if one["reference"] else one["kind"]
    mark = ", filed while suspended" if one["filed_while_suspended"] else ""
    return f"  {name}: {place_of(one['said']['entry'])}, said {_at(one['said']['claimed'], now)}, {proof}{mark}"


def position(one: dict[str, Any], *, now: Instant) -> Iterator[str]:
    """Yield a watch position: staffed or not, since when; of the own member also by whom and until when."""
    sign, word = ("●", "staffed") if one["staffed"] else ("○", "UNSTAFFED")
    since = f"since {_at(one['since'], now)}" if one["since"] else "nobody ever began a watch here"
    holder = f" by officer {one['holder']}" if one["holder"] else ""
    until = f", until {_at(one['until'], now)}" if one["until"] else ""
    yield f"{sign} {one['member']} {one['position']}: {word}{holder} {since}{until}"
    if one["overdue"]:
        yield "    ▲ HANDOVER OVERDUE: the planned end has passed"
    if one["missed"]:
        yield "    ▲ begun without a handover by the officer before"


def item(one: dict[str, Any], *, now: Instant) -> str:
    """Return one open item."""
    due = f"  {_at(one['due'], now)}" if one["due"] else ""
    return f"  {one['sort'].upper():<9}{due}  {one['text']}"


def pair(one: dict[str, Any], *, now: Instant) -> Iterator[str]:
    """Yield a pair: who cancels what, how it stands, and both outcomes while it is open."""
    mine, yours = one["mine"], one["yours"]
    yield f"{one['state'].upper():<9} {mine['party']} {mine['notice']} and {yours['party']} {yours['notice']}"
    offered, void = _at(one["said"]["claimed"], now), _at(one["expires"], now)
    yield f"    offered {offered}, void after {void}  {one['text']}".rstrip()
    yield f"    id {one['said']['entry']['id'][:16]}"
    if one["state"] in ("offered", "accepted"):
        kept, left = len(one["if_lapsed"]), len(one["if_sealed"])
        yield "    BOTH OUTCOMES COUNT until it is settled:"
        yield f"      if it lapses, both notices stand: {words.count(kept, 'conflict')} of theirs"
        yield f"      if it is sealed, both are cancelled: {words.count(left, 'conflict')} of theirs"
    elif one["state"] == "sealed":
        yield f"    both cancelled {_at(one['settled']['claimed'], now)}"
    else:
        yield "    both notices stand"


def enquiry(one: dict[str, Any], *, now: Instant) -> Iterator[str]:
    """Yield an enquiry: what was asked, until when, and what each member replied, or did not."""
    by = one["said"]
    yield f"? {by['member']} asks {', '.join(one['to'])}  {_at(by['claimed'], now)}  id {by['entry']['id'][:16]}"
    yield f"    {one['text']}"
    yield f"    reply due {_at(one['due'], now)}"
    for asked in one["asked"]:
        mark = "▲ " if asked["overdue"] else ""
        late = f", {words.duration_in_words(asked['late_s'])} late" if asked["late_s"] else ""
        yield f"    {mark}{asked['member']}: {asked['state'].replace('_', ' ').upper()}{late}"
        if asked["none_in_time"]:
            yield "      nothing was replied in time; that stays so"
        for reply in asked["replies"]:
            yield f"      {_at(reply['said']['claimed'], now)} {reply['completeness']}: {reply['text']}"


def meeting(one: dict[str, Any], *, now: Instant) -> Iterator[str]:
    """Yield a meeting: when, where, who, what about, and which minutes are agreed."""
    yield f"{one['convener']} {one['reference']}: {_at(one['at'], now)}, {one['place']}; {', '.join(one['invited'])}"
    for number, text in enumerate(one["agenda"], 1):
        yield f"    {number}. {text}"
    for minutes in one["minutes"]:
        state = "AGREED" if minutes["agreed"] else f"proposed; no word of {', '.join(minutes['silent'])}"
        yield f"    minutes by {minutes['said']['member']} id {minutes['said']['entry']['id'][:16]}: {state}"
        yield from (f"      {text}" for text in minutes["text"].split("\n"))


def attribution(one: dict[str, Any], *, now: Instant) -> Iterator[str]:
    """Yield an attribution with what contradicts it beside it."""
    word = "NOT OURS" if one["sort"] == "not_ours" else "WE ANSWER FOR"
    by, volume = one["said"], one["volumes"][0]
    about = f" ({one['incident']})" if one["incident"] else ""
    yield f"{by['member']} says {word}{about}  {_at(by['claimed'], now)}  id {by['entry']['id'][:16]}"
    yield f"    {_at(volume['start'], now)} to {_at(volume['end'], now)}  {one['text']}".rstrip()
    for other in one["beside"]:
        order = "later" if other["later"] else "earlier"
        yield f"    beside it, {order}: {other['words']}  {place_of(other['said']['entry'])}"
    if one["beside"]:
        yield "    Both stand as said. Clearline judges nobody."


def _answered(check: dict[str, Any], now: Instant) -> str:
    if check["answered"]:
        reading = "" if check["reading"] == "well" else ", read with difficulty"
        return f"answered {_at(check['answered']['claimed'], now)}{reading}"
    return f"NOT ANSWERED, raised at {_at(check['due'], now)}"


def _at(text: str, now: Instant) -> str:
    return words.zulu_short(instant(text), now=now)
