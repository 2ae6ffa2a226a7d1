"""The top of the page: clocks, own position, every line, what everything is as of, banners and alarms."""

from __future__ import annotations

from clearline.channel.due.dues import Due
from clearline.channel.line.ahead import Ringing
from clearline.channel.view import SILENCE, LineView
from clearline.faces import words
from clearline.faces.drill import BANNER
from clearline.faces.page import wording
from clearline.faces.page.html import EMPTY, Html, el, join, ltr
from clearline.faces.page.parts import party_of
from clearline.faces.page.snapshot import Snapshot
from clearline.records.alert import Alert
from clearline.volumes.instant import Instant

SIGNS = {"up": "●", "late": "◐", "unanswered": "◔", "fault": "✕", "suspended": "⏸", "unknown": "○"}
"""The shape of each state of a line; its word stands beside it."""


def top_bar(shot: Snapshot, position: str) -> Html:
    """Return the bar that is never hidden."""
    return el(
        "header",
        el(
            "h1",
            party_of(shot, shot.me.id),
            " ",
            el("span", shot.me.name, class_="name"),
            el("div", position, class_="small muted"),
        ),
        el(
            "div",
            el("div", ltr(words.clock(shot.at), id="zulu"), class_="zulu"),
            el("div", "Zulu at the last drawing", id="local", class_="small muted"),
            class_="clock",
        ),
        el("ul", *(_line(shot, line) for line in shot.health.lines), class_="lines", aria_label="Lines to the members"),
        class_="top",
    )


def below_bar(shot: Snapshot, *, form_word: str, demonstration: bool) -> Html:
    """Return what stands under the bar: banners, alarms, and what everything is as of."""
    return join(
        (
            _drill(shot),
            _fiction() if demonstration else None,
            _read_only(shot),
            *_suspended(shot),
            _alarms(shot),
            _as_of(shot, form_word),
        )
    )


def silence() -> Html:
    """Return the sentence that stands beside every ladder."""
    return el("p", el("strong", SILENCE), " What nobody said is shown as silence.", class_="silence")


def _line(shot: Snapshot, line: LineView) -> Html:
    sign, word = SIGNS[line.state], words.LINES[line.state]
    waiting = sum(line.backlog.values())
    said = [line.name, line.role, line.words, line.refusal, f"{waiting} entries wait for it" if waiting else ""]
    return el(
        "li",
        el("span", sign, class_="sign", aria_hidden="true"),
        el("b", line.member),
        el("span", word),
        el("span", since(shot, line.heard), " ago", class_="muted") if line.heard else EMPTY,
        el("span", f"{waiting} waiting", class_="small") if waiting else EMPTY,
        class_=line.state,
        title=" · ".join(part for part in said if part),
    )


def since(shot: Snapshot, at: Instant) -> Html:
    """Return the age of something; the script keeps it counting."""
    return el("span", words.age_in_words((shot.at - at) / 1000), class_="muted nowrap", data_since=int(at))


def _drill(shot: Snapshot) -> Html:
    if not shot.drill:
        return EMPTY
    return el("div", el("span", BANNER), class_="banner drill", role="note")


def _suspended(shot: Snapshot) -> list[Html]:
    """Return a banner for each suspended line: by whom, since when, for what stated reason, and what stays open."""
    return [
        el("div", el("b", f"⏸ Line to {line.member} SUSPENDED. "), line.words, class_="banner suspended", role="note")
        for line in shot.health.lines
        if line.state == "suspended"
    ]


def _fiction() -> Html:
    return el(
        "div",
        el("b", "FICTIONAL"),
        " demonstration: the places are real, the traffic is invented. Open without a session on this machine alone, "
        "for reading only.",
        class_="banner fiction",
        role="note",
    )


def _read_only(shot: Snapshot) -> Html:
    if not shot.health.read_only:
        return EMPTY
    return el("div", "This node signs nothing: ", shot.health.read_only, class_="banner readonly", role="alert")


def _alarms(shot: Snapshot) -> Html:
    rows = [
        _alarm(
            "Evidence of tampering: " + words.plain(one.slug.replace("-", " ")),
            el("span", words.zulu_short(Instant(one.at), now=shot.at), " · ", since(shot, Instant(one.at)), " ago"),
            one.text,
            "Tell the releasing officer. The evidence is kept; clearline bundle writes it out for others to verify.",
        )
        for one in reversed(shot.health.alarms[-10:])
    ]
    rows += [
        _alarm(
            f"{line.member} refuses what this node says",
            f"line to {line.name}",
            line.refusal,
            f"Call {line.member} by telephone: what waits here does not reach it.",
        )
        for line in shot.health.lines
        if line.refusal
    ]
    rows = [_ring(shot, one) for one in shot.ringing] + rows
    rows += [_alarm(one, "", "", "Call both by any means: what was said is not shown to you.") for one in shot.told]
    rows += [_late(shot, due) for due in shot.overdue]
    if shot.overdue_in_all > len(shot.overdue):
        more = words.count(shot.overdue_in_all - len(shot.overdue), "more matter")
        rows.append(_alarm(f"{more} overdue", "", "", "clearline inbox --all lists them.", ringing=False))
    if not rows:
        return EMPTY
    return el("ul", *rows, class_="alarms", role="alert", aria_label="Alarms")


def _ring(shot: Snapshot, one: Ringing) -> Html:
    """Return what rings: nothing on this page mutes it, and it goes when somebody has said that it was seen."""
    entry, record = one.spoken.entry, one.spoken.record
    of = entry.id[:12]
    if isinstance(record, Alert):
        what = f"{words.plain(record.sort.value).upper()} from {entry.header.author}"
        said = " · ".join(part for part in (record.place, record.unit, record.text) if part)
        if record.position is not None:
            said = " · ".join(filter(None, (said, words.decimal_position(words.degrees_of(record.position)))))
        act = f"clearline answer ceased|not-us|cannot-confirm --of {of}"
        text = el("bdi", said or "no more was said", lang=record.language, dir="auto")
    else:
        what = f"{record.precedence} from {entry.header.author}"
        text = wording.said(record, shot.worded.get(entry.id))
        act = f"clearline message seen {of}"
    place = el("span", " Ahead of its log: its place in the record is not proven yet.") if one.ahead_of_log else EMPTY
    when = el(
        "span", words.zulu_short(entry.header.claimed, now=shot.at), " · ", since(shot, entry.header.claimed), " ago"
    )
    return _alarm(what, when, join((text, place)), f"It rings until it is seen: {act}")


def _late(shot: Snapshot, due: Due) -> Html:
    about = " ".join(due.about[1:]) if due.about[:1] == ("notice",) else due.of[:12]
    return _alarm(
        f"OVERDUE {words.plain(due.sort)}",
        el("span", "by ", since(shot, due.due)),
        el("span", f"{due.owes} owes {due.to}: {about}. {due.text}"),
        "clearline inbox" if due.owes == shot.me.id else f"Ask {due.owes}: silence is not consent.",
        ringing=False,
    )


def _alarm(what: str, when: object, text: object, act: str, *, ringing: bool = True) -> Html:
    return el(
        "li",
        el("span", "▲", class_="sign", aria_hidden="true"),
        el("div", el("b", what), " ", el("span", text)),
        el("span", when, class_="nowrap small"),
        el("span", act, class_="do small"),
        class_=None if ringing else "urgent",
    )


def _as_of(shot: Snapshot, form_word: str) -> Html:
    sizes = join(
        (
            el("span", ltr(name, class_="mono"), " ", el("strong", size), class_="nowrap")
            for name, size in shot.as_of.logs.items()
            if size
        ),
        ", ",
    )
    out = el(
        "form",
        el("input", type="hidden", name="word", value=form_word),
        el("button", "Log out"),
        method="post",
        action="/logout",
    )
    unmet = f"Others have seen more of {', '.join(shot.unmet)} than is held here." if shot.unmet else None
    return el(
        "div",
        el("span", "As of ", el("strong", ltr(words.zulu(words.whole_second(shot.at)))), class_="nowrap"),
        el("span", "on ", sizes or "no entries"),
        el("span", "agreement ", el("strong", _short(shot.as_of.agreement))),
        el("span", "engine ", shot.as_of.engine),
        el("span", "channel ", shot.channel_name, " ", ltr(shot.channel[:12], class_="mono")),
        el("strong", unmet, class_="late") if unmet else None,
        out if form_word else None,
        class_="asof",
    )


def _short(agreement: str) -> str:
    name, comma, entry = agreement.partition(", ")
    return f"{name}, {entry[:12]}" if comma else agreement
