"""The table of notices, each with its ladder: what every reader said, and the silence of those who said nothing."""

from __future__ import annotations

import itertools
from dataclasses import fields

from clearline.channel.view import NoticeView, Rung, State
from clearline.faces import words
from clearline.faces.page.findings import pages
from clearline.faces.page.html import EMPTY, Html, el, join, ltr
from clearline.faces.page.parts import key_of, party_of, reference, state
from clearline.faces.page.snapshot import NOTICES_PER_PAGE, Snapshot
from clearline.picture.entry import Entry
from clearline.records.acknowledgement import Stance
from clearline.records.notice import Step
from clearline.volumes.instant import Instant, Window
from clearline.volumes.volume import Volume

VOLUMES_SHOWN = 3
"""Volumes of a notice that its row describes; the rest are counted, for the row must stay a row."""

STEPS = {
    Step.WITHDRAW: "withdrawn",
    Step.ACTIVATE: "activated",
    Step.COMPLETE: "completed",
    Step.OVERRUN: "overrun said",
}
"""The owner's steps as what was done."""

ENDED = (State.OVER, State.COMPLETED, State.WITHDRAWN)

CHANGES_SHOWN = 6
"""Changes of a proposal that its rung describes."""


def notices(shot: Snapshot) -> Html:
    """Return the section of notices in force and to come, or of those that have ended."""
    in_all = shot.ended_in_all if shot.asked.past else shot.notices_in_all
    title = "Notices that have ended " if shot.asked.past else "Notices in force and to come "
    other = (
        el("a", f"in force and to come ({shot.notices_in_all})", href="/#notices")
        if shot.asked.past
        else el("a", f"ended ({shot.ended_in_all})", href="/?past=1#notices")
    )
    rows = [_row(shot, one) for one in shot.notices]
    return el(
        "section",
        el("header", el("h2", title, el("span", in_all, class_="number"), id="notices-title"), el("p", "show ", other)),
        el(
            "table",
            el("caption", "Soonest first. A filled step was said by that member; an outlined one was not."),
            el(
                "thead",
                el("tr", *(el("th", n, scope="col") for n in ("Notice", "When", "Where and how high", "Ladder"))),
            ),
            el("tbody", *rows),
            class_="notices stacks",
        )
        if rows
        else el("p", "None is known here.", class_="none"),
        pages("notices", shot.asked.notices, -(-in_all // NOTICES_PER_PAGE), shot),
        id="notices",
        aria_labelledby="notices-title",
    )


def _row(shot: Snapshot, one: NoticeView) -> Html:
    history, current = one.history, one.current
    draft, key = current.version.draft, history.key
    hits = shot.hits.get(key, ())
    return el(
        "tr",
        el(
            "th",
            reference(shot, key, link=False),
            el("div", words.plain(draft.activity), " · ", words.plain(draft.nature)),
            el("div", _revision(one), class_="small muted"),
            _hits(shot, hits),
            scope="row",
        ),
        el(
            "td",
            state(one.state),
            _late(one),
            el(
                "div",
                ltr(words.window_in_words(Window(history.start, history.end), now=shot.at), class_="strong"),
            ),
            None
            if one.state in ENDED
            else el("div", words.bite_in_words(Window(history.start, history.end), now=shot.at), class_="muted"),
            _steps(shot, one),
            data_label="When",
        ),
        el("td", *_places(shot, one), data_label="Where and how high"),
        el("td", _ladder(shot, one), data_label="Ladder"),
        id=key_of(key),
        data_keys=" ".join([key_of(key), *hits]),
        class_="over" if one.state in ENDED else None,
    )


def _revision(one: NoticeView) -> Html:
    entry = one.current.version.entry
    place = f"{entry.place.member}/{entry.place.log} {entry.place.index}"
    accepts = ", takes up a proposal" if one.current.version.accepts else ""
    flags = [el("div", f"{flag.slug.upper()}: {flag.text}", class_="alarm") for flag in one.flags]
    return join((f"revision {one.current.revision}{accepts} · ", ltr(place, class_="mono", title=entry.id), *flags))


def _hits(shot: Snapshot, hits: tuple[str, ...]) -> Html:
    if not hits:
        return EMPTY
    links = (el("a", "▲ conflict ", shot.numbers[hit], href=f"#{hit}") for hit in hits[:6])
    more = f" and {len(hits) - 6} more" if len(hits) > 6 else None
    return el("div", join(links, " "), more, class_="hits")


def _late(one: NoticeView) -> Html:
    late = one.current.lateness
    if not late.late:
        return EMPTY
    margin = words.duration_in_words(int(abs(late.margin_s)))
    filed = f"filed {margin} before its start" if late.margin_s >= 0 else f"filed {margin} AFTER its start"
    asked = f"; {words.duration_in_words(late.lead_s)} are asked ({late.lead})" if late.lead_s else ""
    return el(
        "div",
        el("span", "▲ LATE", class_="tag", title=f"{late.margin_s:g} s before its start"),
        " ",
        el("span", filed + asked, class_="small"),
    )


def _steps(shot: Snapshot, one: NoticeView) -> Html:
    said = [
        f"{STEPS[s.step]} {words.zulu_short(s.entry.header.claimed, now=shot.at)}"
        + (f", until {words.zulu_short(s.until, now=shot.at)}" if s.until is not None else "")
        + (f": {s.reason}" if s.reason else "")
        for s in one.history.steps[-3:]
    ]
    return el("div", "; ".join(said), class_="small") if said else EMPTY


def _places(shot: Snapshot, one: NoticeView) -> list[Html]:
    volumes = one.history.volumes
    draft = one.current.version.draft
    parts = [_place(shot, volume) for volume in volumes[:VOLUMES_SHOWN]]
    if len(volumes) > VOLUMES_SHOWN:
        parts.append(el("div", f"and {len(volumes) - VOLUMES_SHOWN} more volumes", class_="muted"))
    given = dict.fromkeys(
        f"{words.plain(f.name)}: {getattr(details, f.name)}"
        for details in draft.details[:VOLUMES_SHOWN]
        for f in fields(details)
        if getattr(details, f.name)
    )
    if given:
        parts.append(el("div", el("bdi", " · ".join(given), dir="auto"), class_="small"))
    return parts


def _place(shot: Snapshot, volume: Volume) -> Html:
    band = volume.band
    converted = [words.altitude_converted(limit) for limit in (band.lower, band.upper)]
    other = " to ".join(part for part in converted if part)
    return el(
        "div",
        el("div", ltr(words.band_in_words(band), class_="strong nowrap")),
        el("div", other, class_="small muted") if other else None,
        el("div", words.band_above_ellipsoid(band, shot.ranges), class_="small muted"),
        el("div", words.place_in_words(volume.footprint), class_="small"),
    )


def _ladder(shot: Snapshot, one: NoticeView) -> Html:
    rungs = one.current.ladder
    if not rungs:
        return el("span", "addressed to nobody else", class_="muted")
    return el("ul", *(_member(shot, one, rung) for rung in rungs), class_="ladder")


def _member(shot: Snapshot, one: NoticeView, rung: Rung) -> Html:
    back, passed, position = rung.read_back, rung.passed_on, rung.position
    seen = rung.seen or (back.entry if back is not None else None)
    witness = one.current.version.entry.header.author == shot.me.id or rung.member == shot.me.id
    steps = [_delivered(shot, rung, witness=witness), _step(shot, "seen", seen)]
    if back is not None and back.differences:
        steps.append(_cell("read back", "DIFFERS", "differs"))
    else:
        steps.append(_step(shot, "read back", back.entry if back is not None else None))
    steps.append(
        _step(shot, "passed on", passed[-1][0] if passed else None, title=passed[-1][1].level if passed else "")
    )
    if position is None:
        steps.append(_cell("position", "none", "not"))
    else:
        objects = position[1].stance in (Stance.OBJECTION, Stance.CANNOT_COMPLY, Stance.PROPOSAL)
        steps.append(_cell("position", _at(shot, position[0]), "objects" if objects else None))
    return el("li", party_of(shot, rung.member), el("ol", *steps), *_said(shot, one, rung))


def _delivered(shot: Snapshot, rung: Rung, *, witness: bool) -> Html:
    """Return the first step; what others said to one another comes here only with the author's next word."""
    if rung.refused is not None:
        return _cell("delivered", "REFUSED", "differs", title=rung.refused[1])
    if rung.delivered is None:
        return _cell("delivered", "not yet" if witness else "not known", "not")
    return _cell("delivered", words.zulu_short(rung.delivered.at, now=shot.at))


def _step(shot: Snapshot, name: str, entry: Entry | None, *, title: str = "") -> Html:
    return _cell(name, "—", "not") if entry is None else _cell(name, _at(shot, entry), title=title)


def _cell(name: str, value: str, class_: str | None = None, *, title: str = "") -> Html:
    return el("li", el("b", name), ltr(value), class_=class_, title=title or None)


def _said(shot: Snapshot, one: NoticeView, rung: Rung) -> list[Html]:
    """Return in words what the cells cannot hold: differences, stance and reason, levels, or the silence."""
    said: list[Html] = []
    if rung.read_back is not None:
        for difference in rung.read_back.differences[:4]:
            where = f"volume {difference.volume} " if difference.volume >= 0 else ""
            words_ = f"read back {where}{difference.what} {difference.read}; filed {difference.filed}"
            said.append(el("div", el("span", "≠ ", words_, class_="late"), class_="said"))
    if rung.passed_on:
        said.append(el("div", "passed on to ", ", ".join(p.level for _, p in rung.passed_on[-3:]), class_="said"))
    if rung.position is not None:
        stance = words.plain(rung.position[1].stance)
        reason = rung.position[1].reason
        said.append(
            el("div", el("strong", stance), ": " if reason else "", el("bdi", reason, dir="auto"), class_="said")
        )
        if rung.position[1].proposal:
            changes = words.proposed_in_words(rung.position[1].proposal, one.current.version.draft.volumes, now=shot.at)
            said += [el("div", "→ ", ltr(change), class_="said") for change in itertools.islice(changes, CHANGES_SHOWN)]
    elif _silent(rung) and one.state not in ENDED:
        claimed = one.current.version.entry.header.claimed
        age = words.age_in_words((shot.at - claimed) / 1000)
        said.append(el("div", f"silent for {age}", class_="said muted"))
    return said


def _silent(rung: Rung) -> bool:
    """Report whether a reader said nothing at all beyond delivery."""
    return rung.seen is None and rung.read_back is None and not rung.passed_on and rung.refused is None


def _at(shot: Snapshot, entry: Entry) -> str:
    return words.zulu_short(Instant(entry.header.claimed), now=shot.at)
