"""Domain values as the shapes of the API."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from clearline.channel.acts.audiences import readers_of
from clearline.channel.node import Node
from clearline.channel.view import (
    SILENCE,
    AsOf,
    Lateness,
    NoticeView,
    Rung,
    as_of,
)
from clearline.conflicts.engine import Conflict
from clearline.conflicts.minima import Minima
from clearline.conflicts.rules.areas import RULE, Touch
from clearline.conflicts.suggestions import Suggestion
from clearline.conflicts.theatre import VolumeRef
from clearline.faces.api import shapes
from clearline.faces.drill import MARK
from clearline.gateways.geojson.notice_file import render_notice
from clearline.picture.entry import Entry
from clearline.picture.fold import Picture
from clearline.picture.read_back import Difference
from clearline.records.notice import Details, NoticeDraft
from clearline.volumes.instant import Instant, format_instant

_shown: ContextVar[Picture | None] = ContextVar("shown", default=None)


def as_of_out(node: Node, at: Instant) -> shapes.AsOfOut:
    """Return what an answer of `node` at `at` rests on."""
    found: AsOf = as_of(node, at=at)
    return shapes.AsOfOut(format_instant(found.at), found.engine, found.agreement, found.logs, found.drill)


def ref(one: VolumeRef) -> shapes.Ref:
    """Return the reference of a volume."""
    return shapes.Ref(one.party, one.notice, one.volume)


def minima(one: Minima) -> shapes.MinimaOut:
    """Return minima; JSON has no infinity, so a minimum for every height is the word `any`."""
    vertical = "any" if math.isinf(one.vertical_m) else one.vertical_m
    return shapes.MinimaOut(one.lateral_m, vertical, one.time_s, one.source)  # type: ignore[arg-type]


def conflict(one: Conflict) -> shapes.ConflictOut:
    """Return a conflict."""
    return shapes.ConflictOut(
        id=one.id,
        a=ref(one.a),
        b=ref(one.b),
        lateral_gap_m=one.lateral_gap_m,
        vertical_gap_m=one.vertical_gap_m if math.isfinite(one.vertical_gap_m) else None,
        time_gap_s=one.time_gap_s,
        start=format_instant(one.start),
        end=format_instant(one.end),
        position=_degrees(one.position),
        minima=minima(one.minima),
        area_only=tuple(side for side, coarse in zip("ab", one.coarse, strict=True) if coarse),  # type: ignore[misc]
    )


def touch(one: Touch) -> shapes.TouchOut:
    """Return a touch."""
    return shapes.TouchOut(
        rule=RULE,
        kind=one.kind,
        party=one.party,
        reference=one.reference,
        revision=one.revision,
        area_volume=one.number,
        volume=ref(one.volume),
        start=format_instant(one.start),
        end=format_instant(one.end),
        position=_degrees(one.position),
    )


def suggestion(one: Suggestion) -> shapes.SuggestionOut:
    """Return a suggestion."""
    return shapes.SuggestionOut(one.kind, one.shift_s, one.shift_m, one.text, one.ground_unchecked)


def entry(one: Entry) -> shapes.EntryOut:
    """Return the place and id of an entry."""
    return shapes.EntryOut(f"{one.place.member}/{one.place.log}", one.place.index, one.id)


def saying(one: Entry) -> shapes.Saying:
    """Return who said an entry and when, and what must be known about the keys that signed it."""
    return shapes.Saying(entry(one), one.header.author, format_instant(one.header.claimed), one.positions, flags(one))


def flags(one: Entry) -> tuple[shapes.FlagOut, ...]:
    """Return what must be shown about who signed an entry, by the picture that is shown: nothing for most."""
    picture = _shown.get()
    return () if picture is None else tuple(shapes.FlagOut(f.slug, f.text) for f in picture.flags_of(one))


@contextmanager
def showing(picture: Picture) -> Iterator[None]:
    """Render what is shown meanwhile by this picture, so that no face can forget what is disowned in it."""
    before = _shown.set(picture)
    try:
        yield
    finally:
        _shown.reset(before)


def lateness(one: Lateness) -> shapes.LatenessOut:
    """Return how late a version was filed, also in words."""
    words = f"filed {_seconds(abs(one.margin_s))} s {'before' if one.margin_s >= 0 else 'after'} its start"
    if one.late:
        words = f"LATE: {words}; {one.lead_s} s are asked ({one.lead}), {_seconds(one.short_by_s)} s are lacking"
    return shapes.LatenessOut(one.late, one.margin_s, one.lead_s, one.short_by_s, one.lead, words)


def difference(one: Difference) -> shapes.DifferenceOut:
    """Return a difference between notice and read-back."""
    return shapes.DifferenceOut(one.volume, one.what, one.filed, one.read)


def rung(one: Rung, draft: NoticeDraft) -> shapes.RungOut:
    """Return how far a member has come with a version whose draft is `draft`."""
    back, position = one.read_back, one.position
    return shapes.RungOut(
        member=one.member,
        reached=one.reached,  # type: ignore[arg-type]
        delivered=None
        if one.delivered is None
        else shapes.DeliveredOut(format_instant(one.delivered.at), one.delivered.size),
        refused=None if one.refused is None else shapes.RefusedOut(one.refused[1], saying(one.refused[0])),
        seen=None if one.seen is None else saying(one.seen),
        read_back=None
        if back is None
        else shapes.ReadBackOut(not back.differences, tuple(map(difference, back.differences)), saying(back.entry)),
        passed_on=tuple(
            shapes.PassedOnOut(said.level, format_instant(said.at), saying(by)) for by, said in one.passed_on
        ),
        position=None
        if position is None
        else shapes.PositionOut(
            position[1].stance.value,
            position[1].reason,
            proposed(draft, position[1].proposal) if position[1].proposal else None,
            saying(position[0]),
        ),
        area_only=one.area_only,
    )


def notice(node: Node, one: NoticeView) -> shapes.NoticeOut:
    """Return a notice with its ladder, its earlier versions and what it meets."""
    history, current = one.history, one.current
    version = current.version
    draft, key = version.draft, history.key
    return shapes.NoticeOut(
        party=draft.party,
        notice=draft.notice,
        revision=current.revision,
        state=one.state.value,
        activity=draft.activity.value,
        nature=draft.nature.value,
        start=format_instant(history.start),
        end=format_instant(history.end),
        lateness=lateness(current.lateness),
        said=saying(version.entry),
        accepts=version.accepts or None,
        audience=version.entry.header.audience,
        ladder=tuple(rung(r, draft) for r in current.ladder),
        silence=SILENCE,
        steps=tuple(
            shapes.StepOut(
                s.step.value, s.reason, None if s.until is None else format_instant(s.until), saying(s.entry)
            )
            for s in history.steps
        ),
        earlier=tuple(
            shapes.EarlierOut(
                v.revision,
                saying(v.version.entry),
                v.version.accepts or None,
                lateness(v.lateness),
                tuple(rung(r, v.version.draft) for r in v.ladder),
                _file(node, v.version.draft),
            )
            for v in one.versions[:-1]
        ),
        conflicts=tuple(dict.fromkeys(c.id for c in node.watch.of_notice(key))),
        touches=tuple(touch(t) for t in node.watch.touches.get(key, ())),
        notice_file=_file(node, draft),
        area_only=readers_of(node, version.entry).area_only,
        dictated_at=None if version.dictated_at is None else format_instant(version.dictated_at),
    )


def _file(node: Node, draft: NoticeDraft) -> dict[str, Any]:
    """Return a notice file, marked where it comes out of a drill: a real channel refuses it then."""
    file = render_notice(draft)
    return {**file, MARK: True} if node.roster.genesis.drill else file


def proposed(draft: NoticeDraft, volumes: Any) -> dict[str, Any]:
    """Return proposed volumes as a notice file in the owner's words, ready to be filed as the amendment."""
    details = tuple(Details() for _ in volumes)
    return render_notice(NoticeDraft(draft.party, draft.notice, draft.activity, draft.nature, volumes, details))


def _degrees(position: tuple[float, float]) -> tuple[float, float]:
    return round(position[0], 7), round(position[1], 7)


def _seconds(value: float) -> str:
    """Return seconds to the millisecond, without zeros that say nothing."""
    return f"{value:.3f}".rstrip("0").rstrip(".")
