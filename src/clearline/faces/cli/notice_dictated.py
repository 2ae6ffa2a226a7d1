"""Notices and read-backs by telephone: each value asked for aloud, refused aloud, and said back in words.

Nothing is taken by pressing Enter, and what binds wants a typed word.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import click

from clearline.errors import Malformed, Refused, Said
from clearline.faces import words
from clearline.faces.cli import dictation
from clearline.faces.cli import officer_words as say
from clearline.faces.cli.officer import Line, read_input, safe
from clearline.gateways.geojson import words as given_words
from clearline.gateways.geojson.notice_file import parse_notices, render_notice
from clearline.picture.read_back import differences
from clearline.records import words as record_words
from clearline.records.acknowledgement import ReadBack, ReadVolume
from clearline.records.activity import Activity, Nature
from clearline.records.notice import Details, NoticeDraft
from clearline.volumes import footprint as footprints
from clearline.volumes.altitude import Altitude, Band, format_altitude, parse_altitude
from clearline.volumes.footprint import Footprint, parse_position
from clearline.volumes.instant import Instant, Window, format_instant, parse_instant
from clearline.volumes.volume import Volume

Value = TypeVar("Value")

TRIES_MAX = 5
"""How often one value is asked for before the command gives up: standard input may be no person."""

POINTS_MAX = 200
"""Points of a corridor or area that are dictated; more come as a file."""

VOLUMES_MAX = 20

DETAILS = {
    "callsign": "Call sign",
    "squawk": "Squawk",
    "number_and_type": "Number and type",
    "frequency": "Guard frequency",
    "contact": "Contact",
    "remarks": "Remarks",
}


def confirmed(word: str, what: str) -> bool:
    """Report whether the officer typed `word`; anything else, Enter alone too, is a no."""
    given: str = click.prompt(
        f"Type {word} to {word.lower()} {what}; anything else does nothing", default="", show_default=False, err=True
    )
    return given.strip() == word


def notice(line: Line, *, now: Instant) -> bytes:
    """Ask for a notice, say it back in words with what it would meet, and return it as a notice file."""
    member = line.get("health")["member"]
    _say(f"A notice of {member}. Times are Zulu, heights with unit and datum. Ctrl-C breaks off; nothing is kept.")
    reference = _ask(
        "Reference", lambda text: record_words.reference(text, where="reference"), hint=f"new, such as {member}-0007"
    )
    activity = _ask("Activity", lambda text: _listed(text, Activity), hint=", ".join(Activity))
    nature = _ask("Nature", lambda text: _listed(text, Nature), hint=", ".join(Nature))
    volumes = [_volume(now)]
    while len(volumes) < VOLUMES_MAX and _ask("Another volume", _yes_or_no, hint="yes or no"):
        volumes.append(_volume(now))
    details = _details()
    draft = NoticeDraft(
        member, reference, activity, nature, tuple(volumes), (details, *(Details() for _ in volumes[1:]))
    )
    raw = json.dumps(render_notice(draft), ensure_ascii=False).encode()
    (checked,) = parse_notices(raw, where="dictated")
    answer = line.post("check", body=json.loads(raw))
    _say("")
    _say(f"READ THIS BACK: {member} {reference}")
    _say_met(checked, answer, now)
    return raw


def as_proposed(line: Line, entry: str, *, now: Instant) -> bytes:
    """Say a proposal on a notice of one's own in words with what it would meet; return it as a notice file.

    What the proposal leaves out (call sign, contact, remarks) stays as it stands.

    Raises:
        Refused: No notice of this member that stands has such a proposal.
    """
    member = line.get("health")["member"]
    _, found = line.all("notices", items="notices", query={"party": member})
    for one in found:
        for rung in one["ladder"]:
            position = rung["position"]
            if position and position["proposal"] and position["said"]["entry"]["id"] == entry:
                return _as_proposed(line, one, position["proposal"], rung["member"], now=now)
    raise Refused(
        f"no proposal {entry} on a revision of {member} that stands; clearline notice show {member} REFERENCE names it"
    )


def _as_proposed(line: Line, one: dict[str, Any], proposal: dict[str, Any], proposer: str, *, now: Instant) -> bytes:
    standing = say.draft_of(one)
    volumes = parse_notices(json.dumps(proposal).encode(), where="the proposal")[0].volumes
    details = (*standing.details[: len(volumes)], *(Details() for _ in volumes[len(standing.details) :]))
    draft = NoticeDraft(standing.party, standing.notice, standing.activity, standing.nature, volumes, details)
    raw = json.dumps(render_notice(draft), ensure_ascii=False).encode()
    answer = line.post("check", body=json.loads(raw))
    _say(f"{one['party']} {one['notice']} AS {proposer} PROPOSES")
    for text in words.proposed_in_words(volumes, standing.volumes, now=now):
        _say(f"  → {text}")
    _say_met(draft, answer, now)
    return raw


def read_back(one: dict[str, Any], file: str | None, *, now: Instant) -> dict[str, Any]:
    """Return the body of a read-back from a file or by dictation, after showing it beside what was filed."""
    draft = say.draft_of(one)
    read = _read_from_file(file, one) if file is not None else _read_dictated(draft, one, now)
    found = differences(draft, read)
    for text in say.side_by_side(draft, read, {(d.volume, d.what) for d in found}):
        _say(text)
    _say(f"{words.count(len(found), 'difference')}." if found else "No difference.")
    return {
        "activity": read.activity.value,
        "nature": read.nature.value,
        "volumes": [
            {
                "position": list(words.degrees_of(v.position)),
                "lower": format_altitude(v.lower),
                "upper": format_altitude(v.upper),
                "start": format_instant(v.start),
                "end": format_instant(v.end),
            }
            for v in read.volumes
        ],
    }


def _read_dictated(draft: NoticeDraft, one: dict[str, Any], now: Instant) -> ReadBack:
    count = words.count(len(draft.volumes), "volume")
    _say(f"Reading back {one['party']} {one['notice']}, revision {one['revision']}, {count}. Ask the other side, and")
    _say("type what you hear. The place is the centre of a circle, the first point of a corridor or an area.")
    activity = _ask("Activity", lambda text: _listed(text, Activity), hint=", ".join(Activity))
    nature = _ask("Nature", lambda text: _listed(text, Nature), hint=", ".join(Nature))
    volumes = []
    for number in range(len(draft.volumes)):
        if len(draft.volumes) > 1:
            _say(f"Volume {number}")
        lon, lat = _ask("Place", lambda text: dictation.place(text, where="place"), hint="3433N 03819E")
        lower, upper = _heights()
        window = _window(now)
        at = parse_position([lon, lat], where="place")
        volumes.append(ReadVolume(at, lower, upper, window.start, window.end))
    return ReadBack(one["said"]["entry"]["id"], activity, nature, tuple(volumes))


def _read_from_file(file: str, one: dict[str, Any]) -> ReadBack:
    try:
        value = json.loads(read_input(file))
        volumes = tuple(
            ReadVolume(
                parse_position(v["position"], where=f"{file}: /volumes/{i}/position"),
                parse_altitude(v["lower"], where=f"{file}: /volumes/{i}/lower"),
                parse_altitude(v["upper"], where=f"{file}: /volumes/{i}/upper"),
                parse_instant(v["start"], where=f"{file}: /volumes/{i}/start"),
                parse_instant(v["end"], where=f"{file}: /volumes/{i}/end"),
            )
            for i, v in enumerate(value["volumes"])
        )
        return ReadBack(one["said"]["entry"]["id"], Activity(value["activity"]), Nature(value["nature"]), volumes)
    except (ValueError, KeyError, TypeError) as fault:
        expected = "JSON with activity, nature and volumes of position, lower, upper, start and end"
        raise Malformed(where=file, found=Said(fault), expected=expected) from None


def _volume(now: Instant) -> Volume:
    footprint = _footprint()
    lower, upper = _heights()
    while True:
        try:
            band = Band(lower, upper)
            break
        except Malformed as fault:
            _say(f"  not taken: {fault.message}")
            lower, upper = _heights()
    return Volume(footprint, band, _window(now))


def _footprint() -> Footprint:
    shape = _ask(
        "Shape", lambda text: _one_of(text, ("circle", "corridor", "area"), "shape"), hint="circle, corridor or area"
    )
    if shape == "circle":
        centre = _ask("Centre", lambda text: dictation.place(text, where="centre"), hint="3433N 03819E")
        return _ask(
            "Radius",
            lambda text: footprints.point(centre, radius_m=dictation.length_m(text, where="radius"), where="radius"),
            hint="5 km, 3 NM",
        )
    for _ in range(TRIES_MAX):
        points = _points(3 if shape == "area" else 2)
        try:
            if shape == "area":
                return footprints.polygon([[*points, points[0]]], where="area")
            footprints.line(points, radius_m=0, where="corridor")
        except Malformed as fault:
            _say(f"  not taken: {fault.message}")
            continue
        return _ask(
            "To each side",
            lambda text, points=points: footprints.line(  # type: ignore[misc]
                points, radius_m=dictation.length_m(text, where="half width"), where="corridor"
            ),
            hint="2 km, 1 NM",
        )
    raise Refused(f"no {shape} was understood; nothing was filed")


def _points(least: int) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    while len(points) < POINTS_MAX:
        hint = "3433N 03819E" + ("; done after the last" if len(points) >= least else "")
        found = _ask(
            f"Point {len(points) + 1}",
            lambda text: None if text.strip().lower() == "done" else dictation.place(text, where="point"),
            hint=hint,
        )
        if found is not None:
            points.append(found)
        elif len(points) >= least:
            break
        else:
            _say(f"  not taken: at least {least} points are needed")
    return points


def _heights() -> tuple[Altitude, Altitude]:
    hint = "SFC, FL100, 3000 ft AMSL"
    lower = _ask("From height", lambda text: dictation.height(text, where="lower"), hint=hint)
    upper = _ask("Up to height", lambda text: dictation.height(text, where="upper"), hint=f"{hint}, UNL")
    return lower, upper


def _window(now: Instant) -> Window:
    start = _ask("Begins", lambda text: dictation.time(text, now=now, where="start"), hint="1430Z, tomorrow 0600Z")
    _say(f"  {words.zulu(start)}")

    def until(text: str) -> Window:
        return Window(start, dictation.time(text, now=now, after=start, where="end"))

    window = _ask("Ends", until, hint="1600Z, tomorrow 0600Z")
    lasts = words.duration_in_words((window.end - window.start) / 1000)
    _say(f"  {words.zulu(window.end)}, lasts {lasts}")
    return window


def _details() -> Details:
    given = {
        name: _ask(f"{label} (- for none)", _squawk if name == "squawk" else _prose) for name, label in DETAILS.items()
    }
    return Details(**{name: value for name, value in given.items() if value != "-"})


def _prose(text: str) -> str:
    return record_words.prose(text.strip(), where="text", least=1, most=500)


def _squawk(text: str) -> str:
    return "-" if text.strip() == "-" else given_words.squawk(text.strip(), where="squawk")


def _ask(label: str, read: Callable[[str], Value], *, hint: str = "") -> Value:
    """Ask until the answer is understood; a wrong one is refused aloud with what is expected."""
    shown = f"{label} [{hint}]" if hint else label
    for _ in range(TRIES_MAX):
        text: str = click.prompt(shown, err=True)
        try:
            return read(text)
        except Refused as fault:
            _say(f"  not taken: {fault.message}")
    raise Refused(f"{label}: not understood {TRIES_MAX} times; nothing was sent")


def _say_met(draft: NoticeDraft, answer: dict[str, Any], now: Instant) -> None:
    """Say a draft in words, and what it would meet as the node has answered."""
    for text in say.draft_in_words(draft, now=now):
        _say(text)
    _say("")
    for text in say.met(answer, now=say.now_of(answer)):
        _say(text)
    _say(say.as_of(answer))


def _say(text: str) -> None:
    click.echo(safe(text), err=True)


def _listed(text: str, kind: type[Any]) -> Any:
    word = text.strip().lower().replace(" ", "_").replace("-", "_")
    if word not in kind._value2member_map_:
        raise Malformed(
            where=kind.__name__.lower(), found=text, expected="one of " + ", ".join(kind._value2member_map_)
        )
    return kind(word)


def _one_of(text: str, known: tuple[str, ...], where: str) -> str:
    word = text.strip().lower()
    if word not in known:
        raise Malformed(where=where, found=text, expected="one of " + ", ".join(known))
    return word


def _yes_or_no(text: str) -> bool:
    return _one_of(text, ("yes", "no"), "another volume") == "yes"
