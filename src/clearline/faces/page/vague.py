"""The section of what is not exact: told as area only, or taken down from dictation; each with what it meets."""

from __future__ import annotations

from clearline.channel.acts.vague import Vague
from clearline.faces import words
from clearline.faces.page.html import EMPTY, Html, el, join, ltr
from clearline.faces.page.parts import party_of
from clearline.faces.page.snapshot import Snapshot


def vague(shot: Snapshot) -> Html:
    """Return the section, or nothing where everything that is known is known whole and signed."""
    if not shot.vague:
        return EMPTY
    more = shot.vague_in_all - len(shot.vague)
    return el(
        "section",
        el("header", el("h2", "Not exact ", el("span", shot.vague_in_all, class_="number"), id="vague-title")),
        el(
            "table",
            el("caption", "Told as area only, or taken down from dictation. Compared by the largest that they can be."),
            el("thead", el("tr", *(el("th", n, scope="col") for n in ("What", "At the most", "Meets")))),
            el("tbody", *(_row(shot, one) for one in shot.vague)),
            class_="areas stacks",
        ),
        el("p", f"and {more} more", class_="muted") if more > 0 else None,
        id="vague",
        aria_labelledby="vague-title",
    )


def _row(shot: Snapshot, one: Vague) -> Html:
    met = [ref for c in one.conflicts for ref in (c.a, c.b) if (ref.party, ref.notice) != one.key]
    return el(
        "tr",
        el(
            "td",
            el("div", party_of(shot, one.key[0]), " ", ltr(one.key[1].strip(), class_="ref")),
            el("div", one.words, class_="late"),
            data_label="What",
        ),
        el(
            "td",
            *(
                el(
                    "div",
                    join(
                        (
                            ltr(words.band_in_words(volume.band)),
                            " · ",
                            ltr(words.window_in_words(volume.window, now=shot.at)),
                        )
                    ),
                )
                for volume in one.volumes[:5]
            ),
            data_label="At the most",
        ),
        el(
            "td",
            *(
                el("div", "▲ ", party_of(shot, ref.party), " ", ltr(ref.notice.strip(), class_="ref"))
                for ref in dict.fromkeys(met)
            )
            if met
            else ("no overlap found",),
            data_label="Meets",
        ),
    )
