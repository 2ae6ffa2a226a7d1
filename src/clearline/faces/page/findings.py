"""The tables of what was found: conflicts with their ways out, and touches of red lines and zones."""

from __future__ import annotations

from clearline.conflicts.rules.areas import Touch
from clearline.conflicts.suggestions import BASIS
from clearline.faces import words
from clearline.faces.page.html import EMPTY, Html, el, join, ltr
from clearline.faces.page.parts import key_of, party_of, reference
from clearline.faces.page.snapshot import CONFLICTS_PER_PAGE, Found, Snapshot, Way
from clearline.picture.areas import AreaHistory
from clearline.picture.notices import NoticeHistory
from clearline.volumes.instant import Instant, Window


def conflicts(shot: Snapshot) -> Html:
    """Return the section of conflicts; the words for none promise nothing."""
    if not shot.conflicts_in_all:
        found = el(
            "p",
            el("strong", "No overlap found"),
            " among the notices that are known here. ",
            words.NO_PERMISSION,
            class_="none",
        )
    else:
        found = el(
            "table",
            el("caption", "Soonest first. Both parties' nodes find them alike. ", words.NO_PERMISSION),
            el(
                "thead",
                el(
                    "tr",
                    *(el("th", name, scope="col") for name in ("No.", "Between, when and where", "Gap and minimum")),
                ),
            ),
            *(_conflict(shot, one) for one in shot.conflicts),
            class_="conflicts stacks",
        )
    doubts = [
        words.doubt_in_words(line.member, line.state, heard=line.heard, now=shot.at) for line in shot.health.lines
    ]
    return el(
        "section",
        el(
            "header",
            el("h2", "Conflicts ", el("span", shot.conflicts_in_all, class_="number"), id="conflicts-title"),
        ),
        *(el("p", "▲ ", doubt, class_="late") for doubt in doubts if doubt),
        found,
        _pages(shot),
        id="conflicts",
        aria_labelledby="conflicts-title",
    )


def touches(shot: Snapshot) -> Html:
    """Return the section of red lines and zones, and of the activities that touch them."""
    if not shot.areas and not shot.touches:
        return EMPTY
    more = shot.touches_in_all - len(shot.touches)
    return el(
        "section",
        el("header", el("h2", "Red lines and zones ", el("span", len(shot.areas), class_="number"), id="areas-title")),
        el(
            "table",
            el("caption", "As their issuers state them. An activity that touches one is shown, never blocked."),
            el(
                "thead",
                el("tr", *(el("th", n, scope="col") for n in ("Statement", "Its words", "Touched by"))),
            ),
            el("tbody", *(_area(shot, area) for area in shot.areas)),
            class_="areas stacks",
        ),
        el("p", f"and {more} more touches", class_="muted") if more > 0 else None,
        id="areas",
        aria_labelledby="areas-title",
    )


def _conflict(shot: Snapshot, one: Found) -> Html:
    conflict = one.conflict
    keys = [(ref.party, ref.notice) for ref in (conflict.a, conflict.b)]
    bite = words.bite_in_words(Window(conflict.start, conflict.end), now=shot.at)
    gaps = [
        part
        for name, gap, minimum in words.gaps_in_words(conflict)
        for part in (el("dt", name), el("dd", el("strong", gap)), el("dd", minimum, class_="muted"))
    ]
    return el(
        "tbody",
        el(
            "tr",
            el(
                "th",
                el("span", "▲", aria_hidden="true"),
                el("span", one.number),
                scope="rowgroup",
                rowspan=2,
                class_="mark",
            ),
            el(
                "td",
                el(
                    "div",
                    reference(shot, keys[0]),
                    el("span", "with", class_="with"),
                    reference(shot, keys[1]),
                    class_="pairof",
                ),
                el("div", _what(one.a, conflict.a.volume), " · ", _what(one.b, conflict.b.volume), class_="muted"),
                el("div", el("span", bite, class_="bite"), " · ", _when(one, shot.at)),
                el("div", ltr(words.decimal_position(conflict.position), class_="mono nowrap")),
                el("div", ltr(words.minutes_position(conflict.position), class_="mono nowrap muted")),
                data_label="Between, when and where",
            ),
            el(
                "td",
                el("dl", *gaps, class_="gaps"),
                el("div", conflict.minima.source, class_="small muted"),
                el("div", ltr(conflict.id, class_="mono small muted")),
                data_label="Gap and minimum",
            ),
        ),
        el(
            "tr",
            el(
                "td",
                el("div", "Ways out (after each: ", BASIS, ")", class_="small muted"),
                el("ul", *(_way(shot, way) for way in one.ways), class_="ways"),
                colspan=2,
            ),
        ),
        class_="finding",
        id=conflict.id,
        data_keys=" ".join([conflict.id, *map(key_of, keys)]),
    )


def _what(history: NoticeHistory, number: int) -> Html:
    draft = history.current.draft
    band = words.band_in_words(history.volumes[number].band)
    return join((words.plain(draft.activity), " ", ltr(band)))


def _when(one: Found, now: Instant) -> Html:
    return ltr(words.common_time_in_words(one.conflict, now=now), class_="when")


def _way(shot: Snapshot, way: Way) -> Html:
    name = join((party_of(shot, way.key[0]), " ", ltr(way.key[1]), ": "))
    if way.suggestions is None:
        return el("li", name, el("span", "ways out are being worked out", class_="muted"))
    if not way.suggestions:
        return el("li", name, el("span", "no shift in time or height alone was found", class_="muted"))
    return el("li", name, join((s.text.removesuffix(f": {BASIS}") for s in way.suggestions), "; or "))


def _pages(shot: Snapshot) -> Html:
    page, last = shot.asked.conflicts, -(-shot.conflicts_in_all // CONFLICTS_PER_PAGE)
    return pages("conflicts", page, last, shot)


def pages(name: str, page: int, last: int, shot: Snapshot) -> Html:
    """Return the links between pages of one table; nothing where there is one page."""
    if last <= 1 and page <= 1:
        return EMPTY

    def link(number: int, text: str) -> Html:
        asked = {"notices": shot.asked.notices, "conflicts": shot.asked.conflicts} | {name: number}
        query = "&".join(f"{k}={v}" for k, v in asked.items() if v > 1) + ("&past=1" if shot.asked.past else "")
        return el("a", text, href=f"/?{query.lstrip('&')}#{name}")

    return el(
        "nav",
        link(page - 1, "← page before") if page > 1 else None,
        el("span", f"page {page} of {max(last, 1)}"),
        link(page + 1, "next page →") if page < last else None,
        class_="more",
        aria_label=f"Pages of {name}",
    )


def _area(shot: Snapshot, area: AreaHistory) -> Html:
    current = area.current.area
    author = area.current.entry.header.author
    hit = [t for t, statement in shot.touches if statement is area]
    sort = "red line" if current.sort == "red_line" else "zone"
    first, name = current.volumes[0], key_of((author, f"area {current.reference}"))
    return el(
        "tr",
        el(
            "th",
            el("div", el("strong", sort), f" · version {len(area.versions)}"),
            party_of(shot, author),
            " ",
            ltr(current.reference, class_="ref"),
            el(
                "div",
                "stated ",
                ltr(words.zulu(words.whole_second(area.current.entry.header.claimed))),
                class_="small muted",
            ),
            scope="row",
        ),
        el(
            "td",
            el("div", current.title, class_="strong"),
            el("div", current.text, class_="message"),
            el(
                "div",
                words.place_in_words(first.footprint),
                f" and {len(current.volumes) - 1} more areas" if len(current.volumes) > 1 else "",
                " · ",
                ltr(words.band_in_words(first.band)),
                " · ",
                ltr(words.window_in_words(first.window, now=shot.at)),
                class_="small muted",
            ),
            data_label="Its words",
        ),
        el(
            "td",
            el("ul", *(_touch(shot, t) for t in hit)) if hit else el("span", "no activity that is known here"),
            data_label="Touched by",
        ),
        id=name,
        data_keys=" ".join([name, *dict.fromkeys(key_of((t.volume.party, t.volume.notice)) for t in hit)]),
    )


def _touch(shot: Snapshot, touch: Touch) -> Html:
    return el(
        "li",
        el("span", "◆ ", class_="late", aria_hidden="true"),
        reference(shot, (touch.volume.party, touch.volume.notice)),
        f" touches version {touch.revision}, ",
        ltr(words.window_in_words(Window(touch.start, touch.end), now=shot.at)),
        ", ",
        ltr(words.decimal_position(touch.position), class_="mono nowrap"),
    )
