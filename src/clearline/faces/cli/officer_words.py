"""What a node answered, in words for an officer at a terminal."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

from clearline.channel.view import SILENCE
from clearline.conflicts.engine import Conflict
from clearline.conflicts.minima import Minima
from clearline.conflicts.suggestions import BASIS
from clearline.conflicts.theatre import VolumeRef
from clearline.faces import words
from clearline.gateways.geojson.notice_file import DETAILS, parse_notices
from clearline.picture.read_back import expected_volume
from clearline.records.acknowledgement import ReadBack, ReadVolume
from clearline.records.notice import NoticeDraft
from clearline.volumes.altitude import format_altitude
from clearline.volumes.instant import Instant, Window, parse_instant
from clearline.volumes.volume import Volume

STATES = {
    "planned": "○ to come",
    "in_force": "● in force",
    "active": "▶ active",
    "overrun": "▷ OVERRUN",
    "over": "□ window over",
    "completed": "■ completed",
    "withdrawn": "✕ withdrawn",
}


STEPS = {"withdraw": "withdrawn", "activate": "activated", "complete": "completed", "overrun": "overrun"}
"""The owner's steps as what was done."""

ENDED = ("over", "completed", "withdrawn")

DETAIL_WORDS = {"number_and_type": "type"}
"""Details whose property's name is too long for the column."""


def instant(text: str) -> Instant:
    """Return an instant of an answer."""
    return parse_instant(text, where="answer")


def as_of(answer: dict[str, Any]) -> str:
    """Return in one line what an answer rests on."""
    rest = answer["as_of"]
    logs = ", ".join(f"{name} {size}" for name, size in rest["logs"].items() if size)
    at = words.zulu(words.whole_second(instant(rest["at"])))
    return f"As of {at} on {logs or 'no entries'}; agreement {_short(rest['agreement'])}; engine {rest['engine']}."


def now_of(answer: dict[str, Any]) -> Instant:
    """Return the instant of an answer."""
    return instant(answer["as_of"]["at"])


def lateness(one: dict[str, Any]) -> str:
    """Return in words how long before its start a notice was filed, LATE where the agreement asks for more."""
    margin = words.duration_in_words(abs(one["margin_s"]))
    filed = f"filed {margin} before its start" if one["margin_s"] >= 0 else f"filed {margin} AFTER its start"
    if not one["late"]:
        return filed
    if not one["lead_s"]:
        return f"LATE: {filed}"
    return f"LATE: {filed}; {words.duration_in_words(one['lead_s'])} are asked ({one['rule']})"


def place_of(entry: dict[str, Any]) -> str:
    """Return where in the record an entry stands."""
    return f"{entry['log']} {entry['index']}, entry {entry['id'][:16]}…"


def doubts(health: dict[str, Any]) -> list[str]:
    """Return a line for each line to a member that is not up: what is shown may lack that member's last words."""
    now = now_of(health)
    said = (
        words.doubt_in_words(
            one["member"], one["state"], heard=instant(one["heard"]) if one["heard"] else None, now=now
        )
        for one in health["lines"]
    )
    return [f"▲ {one}" for one in said if one]


def filed(answer: dict[str, Any], what: str, in_doubt: Sequence[str]) -> Iterator[str]:
    """Yield what came of filing or amending; `in_doubt` are the lines that are not up."""
    now = now_of(answer)
    yield f"{what}  {answer['party']} {answer['notice']}, revision {answer['revision']}: {place_of(answer['entry'])}"
    yield f"Entry id: {answer['entry']['id']}"
    if answer["lateness"]["late"]:
        yield f"▲ {lateness(answer['lateness'])}"
    yield ""
    yield from met(answer, now=now)
    if answer["conflicts"]:
        yield f"The notice IS filed and stands as it is: {words.count(len(answer['conflicts']), 'conflict')} found."
    yield from in_doubt
    yield as_of(answer)
    yield f"{SILENCE} {words.NO_PERMISSION}"


def met(answer: dict[str, Any], *, now: Instant) -> Iterator[str]:
    """Yield conflicts, touches and ways out of an answer."""
    found = [conflict_of(one) for one in answer["conflicts"]]
    for number, one in enumerate(found, 1):
        yield from _conflict(number, len(found), one, now=now)
        yield ""
    for touch in answer["touches"]:
        yield from _touch(touch, now=now)
    if answer.get("suggestions"):
        yield f"WAYS OUT (after each: {BASIS})"
        for way in answer["suggestions"]:
            yield "  → " + way["text"].removesuffix(f": {BASIS}")
        yield ""
    if not found:
        yield "No overlap found among the notices that are known to this node."


def conflict_of(one: dict[str, Any]) -> Conflict:
    """Return a conflict of an answer as the value that it was made of."""
    minima = one["minima"]
    vertical = math.inf if minima["vertical_m"] == "any" else minima["vertical_m"]
    gap = math.inf if one["vertical_gap_m"] is None else one["vertical_gap_m"]
    return Conflict(
        VolumeRef(one["a"]["party"], one["a"]["notice"], one["a"]["volume"]),
        VolumeRef(one["b"]["party"], one["b"]["notice"], one["b"]["volume"]),
        one["lateral_gap_m"],
        gap,
        one["time_gap_s"],
        instant(one["start"]),
        instant(one["end"]),
        (one["position"][0], one["position"][1]),
        Minima(minima["lateral_m"], vertical, minima["time_s"], minima["source"]),
    )


def listed(notices: Sequence[dict[str, Any]], *, now: Instant) -> Iterator[str]:
    """Yield some lines a notice."""
    for one in notices:
        start, end = instant(one["start"]), instant(one["end"])
        yield f"{STATES[one['state']]:<14} {one['party']} {one['notice']}, revision {one['revision']}"
        heights = dict.fromkeys(
            f"{f['properties']['lower']} to {f['properties']['upper']}" for f in one["notice_file"]["features"]
        )
        shown = ", ".join([*heights][:3]) + (f" and {len(heights) - 3} more" if len(heights) > 3 else "")
        yield f"    {words.plain(one['activity'])}, {words.plain(one['nature'])}; {shown}"
        window = Window(start, end)
        yield f"    {words.window_in_words(window, now=now)}{_bite(one, window, now=now)}"
        if one["state"] != "withdrawn" and (until := _overrun(one)):
            yield f"    overrun until {words.zulu_short(until, now=now)}"
        if one["lateness"]["late"]:
            yield f"    ▲ {lateness(one['lateness'])}"
        for rung in one["ladder"]:
            yield f"    {_rung_short(rung, now=now)}"
        if one["conflicts"]:
            yield "    ▲ CONFLICT " + ", ".join(one["conflicts"])
        for touch in one["touches"]:
            sort = words.plain(touch["kind"])
            yield f"    ◆ touches {sort} {touch['party']} {touch['reference']}, version {touch['revision']}"
        yield ""


def shown(answer: dict[str, Any]) -> Iterator[str]:
    """Yield everything about one notice."""
    one, now = answer["notice"], now_of(answer)
    draft = draft_of(one)
    yield f"{one['party']} {one['notice']}, revision {one['revision']}   {STATES[one['state']]}"
    yield f"  said       {_saying(one['said'])}"
    yield f"  entry id   {one['said']['entry']['id']}"
    yield f"  audience   {', '.join(one['audience'])}"
    if one["accepts"]:
        yield f"  takes up   the proposal {one['accepts']}"
    yield f"  lateness   {lateness(one['lateness'])}"
    yield from draft_in_words(draft, now=now, ended=one["state"] in ENDED)
    for step in one["steps"]:
        until = f" until {words.zulu(instant(step['until']))}" if step["until"] else ""
        reason = f": {step['reason']}" if step["reason"] else ""
        yield f"  {STEPS[step['step']]}{until}{reason} ({_saying(step['said'])})"
    yield "  LADDER of this revision"
    for rung in one["ladder"]:
        yield from _rung(rung, draft, now=now)
    for earlier in one["earlier"]:
        yield f"  Revision {earlier['revision']} stood before: {_saying(earlier['said'])}"
    if one["conflicts"]:
        yield "  ▲ CONFLICT " + ", ".join(one["conflicts"]) + " (clearline notice conflicts)"
    for touch in one["touches"]:
        yield from _touch(touch, now=now)
    yield as_of(answer)
    yield one["silence"]


def draft_of(one: dict[str, Any]) -> NoticeDraft:
    """Return the draft that stands of a notice in an answer."""
    return parse_notices(json.dumps(one["notice_file"]).encode(), where="answer")[0]


def draft_in_words(draft: NoticeDraft, *, now: Instant, ended: bool = False) -> Iterator[str]:
    """Yield what a draft says, in words, volume by volume; one that has `ended` bites no more."""
    yield f"  activity   {words.plain(draft.activity)}, {words.plain(draft.nature)}"
    for number, volume in enumerate(draft.volumes):
        if len(draft.volumes) > 1:
            yield f"  VOLUME {number}"
        yield from volume_in_words(volume, now=now, ended=ended)
        for name in DETAILS:
            value = getattr(draft.details[number], name)
            if value:
                yield f"  {DETAIL_WORDS.get(name, name):<10} {value}"


def volume_in_words(volume: Volume, *, now: Instant, ended: bool = False) -> Iterator[str]:
    """Yield place, heights and times of a volume."""
    window = volume.window
    place = words.place_in_words(volume.footprint)
    yield f"  place      {place}"
    for ring in volume.footprint.parts[0][:1]:
        for position in ring[:12]:
            yield f"             {words.position_in_words(words.degrees_of(position))}"
        if len(ring) > 12:
            yield f"             and {len(ring) - 12} more points"
    yield f"  from       {words.altitude_in_words(volume.band.lower)}"
    yield f"  up to      {words.altitude_in_words(volume.band.upper)}"
    bite = "" if ended else f" ({words.bite_in_words(window, now=now)})"
    yield f"  begins     {words.zulu(window.start)}{bite}"
    lasts = words.duration_in_words((window.end - window.start) / 1000)
    yield f"  ends       {words.zulu(window.end)} (lasts {lasts})"


def side_by_side(draft: NoticeDraft, read: ReadBack, different: set[tuple[int, str]]) -> Iterator[str]:
    """Yield what was filed beside what was read back; `different` holds (volume, what) of each difference."""
    yield f"    {'':<10} {'FILED':<34} READ BACK"
    yield _pair(-1, "activity", words.plain(draft.activity), words.plain(read.activity), different)
    yield _pair(-1, "nature", words.plain(draft.nature), words.plain(read.nature), different)
    if (-1, "volumes") in different:
        yield _pair(-1, "volumes", str(len(draft.volumes)), str(len(read.volumes)), different)
    for number, (volume, said) in enumerate(zip(draft.volumes, read.volumes, strict=False)):
        if len(draft.volumes) > 1:
            yield f"    volume {number}"
        right = expected_volume(volume)
        for what in ("place", "lower", "upper", "start", "end"):
            yield _pair(number, what, _value(right, what), _value(said, what), different)


def messages(answer: dict[str, Any], found: Sequence[dict[str, Any]], in_doubt: Sequence[str]) -> Iterator[str]:
    """Yield messages, newest first; `in_doubt` are the lines that are not up."""
    now = now_of(answer)
    for one in found:
        said = one["said"]
        sent = words.zulu_short(instant(said["claimed"]), now=now)
        held = [
            f"{m} {words.zulu_short(instant(t), now=now)}" if t else f"{m} no word" for m, t in one["delivered"].items()
        ]
        yield f"{one['precedence']} {sent}  {said['member']} ({', '.join(said['positions'])}) to {', '.join(one['to'])}"
        yield from worded(one)
        seen = [f"{s['member']} ({', '.join(s['positions'])})" for s in one["seen"]]
        yield f"    language {one['language']}; delivered: {', '.join(held) or 'nobody'}; {place_of(said['entry'])}"
        yield f"    seen: {', '.join(seen) or 'by nobody yet'}; id {said['entry']['id'][:16]}"
        for step in one["escalations"]:
            late = f"due {words.zulu_short(instant(step['due']), now=now)}, {step['delay_s']:.1f} s after that"
            yield f"    {step['rung']} {step['reached']} reached for {step['silent']}: {late}"
        yield ""
    yield from in_doubt
    if answer.get("doubt"):
        yield f"▲ {answer['doubt']}"
    yield f"{words.count(len(found), 'message')}. {as_of(answer)}"


def worded(one: dict[str, Any]) -> Iterator[str]:
    """Yield what a message says: the original first, then phrases and translations in the reader's language."""
    if one["text"]:
        for line in one["text"].split("\n"):
            yield f"    {line}"
    said = one["words"]
    for phrase in said["phrases"]:
        if phrase["text"] is None:
            yield f"    {phrase['plain']}  [{phrase['why']}]"
        else:
            yield f"    {phrase['shown']}  {phrase['text']}  [{phrase['state']}]"
    for translation in said["translations"]:
        by = f"{translation['said']['member']} ({', '.join(translation['said']['positions'])})"
        for line in translation["text"].split("\n"):
            yield f"    {translation['language']}: {line}  [{translation['state']}, by {by}]"
    for back in said["read_backs"]:
        yield f"    read back by {back['member']}: {'matches' if back['matches'] else 'DIFFERS, the step stays open'}"
        for difference in back["differences"]:
            yield f"      {slip(difference)}"


def slip(difference: dict[str, Any]) -> str:
    """Return one difference between phrases said and read back, in words."""
    where = "message" if difference["phrase"] < 0 else f"phrase {difference['phrase'] + 1}"
    return (
        f"{where}, {difference['what']}: said {difference['said'] or 'nothing'}, read {difference['read'] or 'nothing'}"
    )


def _conflict(number: int, of: int, one: Conflict, *, now: Instant) -> Iterator[str]:
    yield f"CONFLICT {number} of {of}  {one.id}"
    for letter, ref in (("a", one.a), ("b", one.b)):
        yield f"  {letter}         {ref.party} {ref.notice}, volume {ref.volume}"
    bite = words.bite_in_words(Window(one.start, one.end), now=now)
    yield f"  when      {words.common_time_in_words(one, now=now)} ({bite})"
    for name, gap, minimum in words.gaps_in_words(one):
        yield f"  {name:<9} {gap}; minimum {minimum}"
    yield f"  minima    {one.minima.source}"
    yield f"  where     {words.position_in_words(one.position)}"


def _touch(touch: dict[str, Any], *, now: Instant) -> Iterator[str]:
    volume = touch["volume"]
    window = Window(instant(touch["start"]), _end(touch["end"]))
    yield (
        f"◆ {volume['party']} {volume['notice']}, volume {volume['volume']}, touches the {words.plain(touch['kind'])} "
        f"{touch['reference']} of {touch['party']}, version {touch['revision']}: "
        f"{words.window_in_words(window, now=now)}, {words.decimal_position(tuple(touch['position']))}. "
        "Shown, not blocked."
    )


def _end(text: str) -> Instant:
    from clearline.volumes.instant import PERM

    return PERM if text == "PERM" else instant(text)


def _rung_short(rung: dict[str, Any], *, now: Instant) -> str:
    said = []
    if rung["refused"]:
        said.append(f"REFUSED: {rung['refused']['reason']}")
    elif rung["delivered"]:
        said.append(f"delivered {words.zulu_short(instant(rung['delivered']['at']), now=now)}")
    else:
        said.append("delivery not known")
    if rung["seen"]:
        said.append("seen")
    if rung["read_back"]:
        said.append("read back" if rung["read_back"]["matches"] else "READ BACK DIFFERS")
    if rung["passed_on"]:
        said.append(f"passed on to {rung['passed_on'][-1]['level']}")
    if rung["position"]:
        said.append(f"position: {words.plain(rung['position']['stance'])}")
    if _silent(rung):
        said.append("silent")
    return f"{rung['member']}: " + ", ".join(said)


def _bite(one: dict[str, Any], window: Window, *, now: Instant) -> str:
    """Return when the window bites, and nothing of a notice that bites no more."""
    return "" if one["state"] in ENDED else f" ({words.bite_in_words(window, now=now)})"


def _overrun(one: dict[str, Any]) -> Instant | None:
    said = [instant(step["until"]) for step in one["steps"] if step["until"]]
    return said[-1] if said else None


def _silent(rung: dict[str, Any]) -> bool:
    """Report whether a reader said nothing at all beyond delivery."""
    return not (rung["seen"] or rung["read_back"] or rung["passed_on"] or rung["position"] or rung["refused"])


def _rung(rung: dict[str, Any], draft: NoticeDraft, *, now: Instant) -> Iterator[str]:
    member = rung["member"]
    if rung["refused"]:
        yield f"    {member:<8} REFUSED by its node: {rung['refused']['reason']}"
    elif rung["delivered"]:
        yield f"    {member:<8} delivered {words.zulu(instant(rung['delivered']['at']))}"
    else:
        yield f"    {member:<8} delivery not known here"
    if rung["seen"]:
        yield f"    {'':<8} seen {_saying(rung['seen'])}"
    if rung["read_back"]:
        back = rung["read_back"]
        yield f"    {'':<8} read back{'' if back['matches'] else ', and it DIFFERS'}: {_saying(back['said'])}"
        for one in back["differences"]:
            spot = f"volume {one['volume']} " if one["volume"] >= 0 else ""
            yield f"    {'':<10} ≠ {spot}{one['what']}: read {one['read']}, filed {one['filed']}"
    for one in rung["passed_on"]:
        yield f"    {'':<8} passed on to {one['level']}: {_saying(one['said'])}"
    if rung["position"]:
        position = rung["position"]
        reason = f": {position['reason']}" if position["reason"] else ""
        yield f"    {'':<8} position {words.plain(position['stance'])}{reason} ({_saying(position['said'])})"
        if position["proposal"]:
            volumes = parse_notices(json.dumps(position["proposal"]).encode(), where="answer")[0].volumes
            for line in words.proposed_in_words(volumes, draft.volumes, now=now):
                yield f"    {'':<10} → {line}"
            yield f"    {'':<8} to take it up: clearline notice amend --accepts {position['said']['entry']['id']}"
    if _silent(rung):
        yield f"    {'':<8} silent: nothing was said beyond delivery"


def _saying(said: dict[str, Any]) -> str:
    flags = "".join(f"; {flag['slug'].upper()}: {flag['text']}" for flag in said.get("flags", ()))
    return f"{', '.join(said['positions'])}, {words.zulu(instant(said['claimed']))}, {place_of(said['entry'])}{flags}"


def _value(volume: ReadVolume, what: str) -> str:
    if what == "place":
        return words.decimal_position(words.degrees_of(volume.position))
    value = getattr(volume, what)
    return format_altitude(value) if what in ("lower", "upper") else words.zulu(value)


def _pair(number: int, what: str, filed: str, read: str, different: set[tuple[int, str]]) -> str:
    mark = "≠" if (number, what) in different else "="
    return f"  {mark} {what:<10} {filed:<34} {read}"


def _short(agreement: str) -> str:
    name, comma, entry = agreement.partition(", ")
    return f"{name} ({entry[:12]}…)" if comma else agreement
