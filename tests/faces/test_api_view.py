"""The view and the fragments that the API keeps at hand, without sockets: what time brings, and what it costs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest

from clearline.channel.desk import Desk
from clearline.channel.node import Node
from clearline.channel.view import (
    SILENCE,
    State,
    health,
    lead_time,
    next_change,
    notice_view,
    state_of,
)
from clearline.conflicts.minima import ANY_HEIGHT, Minima
from clearline.faces.api import render
from clearline.faces.api.cache import Cache, until
from clearline.picture.listing import notices_page
from clearline.records.activity import Activity, Nature
from clearline.records.agreement import Deadlines
from clearline.records.notice import Step
from clearline.store.memory import MemoryStore
from clearline.testing.members import START, SeededRandomness, founded_channel
from clearline.testing.theatre import MINUTE_MS, circle, draft
from clearline.volumes.instant import PERM, Instant

RANDOM = SeededRandomness("view")


def minute(number: float) -> Instant:
    return Instant(START + round(number * MINUTE_MS))


def two() -> tuple[Node, Node]:
    founded = founded_channel()
    il, tr = (
        Node.load(m, founded.roster, founded.keyrings[m], MemoryStore(), at=START) for m in founded.roster.members
    )
    return il, tr


def commit(node: Node, at: Instant) -> None:
    node.store.commit(node.take_writes())
    node.settle(at=at)


def exchange(a: Node, b: Node, at: Instant) -> None:
    commit(a, at)
    commit(b, at)
    for _ in range(3):
        for one, other in ((a, b), (b, a)):
            for peer, log in one.due(at=at):
                push = one.next_push(peer, log)
                _, answer = other.receive(push, at=at, random=RANDOM)
                commit(other, at)
                one.take_answer(peer, log, push, answer, at=at)
                commit(one, at)


def desk(node: Node, at: Instant) -> Desk:
    return Desk(node, "1", at, RANDOM)


@pytest.mark.parametrize(
    ("minutes", "state"),
    [
        (0, State.PLANNED),
        (59.9999, State.PLANNED),
        (60, State.IN_FORCE),
        (120, State.IN_FORCE),
        (120.0001, State.OVER),
    ],
)
def test_windows_are_closed(minutes: float, state: State) -> None:
    """A notice is in force at its start and at its end, and a moment later it is over."""
    _, tr = two()
    history = desk(tr, START).file(draft("TR", "TR-1")).history
    assert state_of(history, at=minute(minutes)) is state


def test_a_state_lasts_until_it_is_said_to_change() -> None:
    """`next_change` names the last instant of each state; after the last there is no other."""
    _, tr = two()
    history = desk(tr, START).file(draft("TR", "TR-1")).history
    at, seen = START, [State.PLANNED]
    while (last := next_change(history, at=at)) != PERM:
        assert state_of(history, at=last) is state_of(history, at=at)
        at = Instant(last + 1)
        seen.append(state_of(history, at=at))
    assert seen == [State.PLANNED, State.IN_FORCE, State.OVER]


def test_an_overrun_is_shown_as_such_past_the_filed_end() -> None:
    """Within its filed window an overrunning notice is active; past it, it is an overrun until the end it named."""
    _, tr = two()
    desk(tr, START).file(draft("TR", "TR-1"))
    desk(tr, minute(60)).step("TR-1", Step.ACTIVATE)
    desk(tr, minute(110)).step("TR-1", Step.OVERRUN, until=minute(150))
    history = tr.picture.notices["TR", "TR-1"]
    states = [state_of(history, at=minute(m)) for m in (115, 130, 150, 150.001)]
    assert states == [State.ACTIVE, State.OVERRUN, State.OVERRUN, State.OVER]


@pytest.mark.parametrize(("filed", "late", "short"), [(45, False, 0), (45.001, True, 0.06), (50, True, 300)])
def test_late_is_less_than_the_lead_time(filed: float, late: bool, short: float) -> None:
    """Exactly fifteen minutes before the start is in time; a moment less is LATE by that moment."""
    _, tr = two()
    history = desk(tr, minute(filed)).file(draft("TR", "TR-1")).history
    found = notice_view(tr, history, at=minute(filed)).current.lateness
    assert (found.late, found.short_by_s, found.lead_s) == (late, short, 900)


def test_a_notice_filed_after_its_start_has_a_negative_margin() -> None:
    """An activity without a term of its own is late once it has begun."""
    _, tr = two()
    ground = draft("TR", "TR-1", activity=Activity.GROUND)
    history = desk(tr, minute(61)).file(ground).history
    found = notice_view(tr, history, at=minute(61)).current.lateness
    assert (found.late, found.margin_s, found.lead_s) == (True, -60.0, 0)
    assert render.lateness(found).words.startswith("LATE: filed 60 s after its start")


@pytest.mark.parametrize("activity", Activity)
@pytest.mark.parametrize("nature", Nature)
def test_every_activity_has_a_lead_time(activity: Activity, nature: Nature) -> None:
    """The agreement's deadlines answer for each activity and nature, with the name of the rule."""
    seconds, rule = lead_time(activity, nature, Deadlines())
    assert seconds >= 0
    assert rule


def test_silence_is_shown_as_nothing() -> None:
    """Before the other side has said anything, every rung is empty; delivery comes from its cosignature alone."""
    il, tr = two()
    history = desk(tr, START).file(draft("TR", "TR-1")).history
    (before,) = notice_view(tr, history, at=START).current.ladder
    assert (before.reached, before.delivered, before.seen, before.position) == ("sent", None, None, None)
    exchange(il, tr, minute(1))
    (after,) = notice_view(tr, history, at=minute(1)).current.ladder
    assert after.reached == "delivered"
    assert after.delivered is not None
    assert after.delivered.at == minute(1) // 1000 * 1000
    assert "not consent" in SILENCE


def test_answers_to_an_older_version_never_count_for_the_newest() -> None:
    """What was said of the first version stays with it, even where it arrives after the amendment."""
    il, tr = two()
    desk(tr, START).file(draft("TR", "TR-1"))
    exchange(il, tr, minute(1))
    desk(il, minute(2)).seen("TR", "TR-1")
    desk(tr, minute(2)).amend(draft("TR", "TR-1", circle(start_min=90)))
    exchange(il, tr, minute(3))
    view = notice_view(tr, tr.picture.notices["TR", "TR-1"], at=minute(3))
    assert [v.revision for v in view.versions] == [1, 2]
    assert view.versions[0].ladder[0].seen is not None
    assert view.current.ladder[0].seen is None


def test_health_names_backlog_and_what_was_cosigned() -> None:
    """What the peer has not taken is the backlog; mirror and delivery sizes are its own statements."""
    il, tr = two()
    desk(tr, START).file(draft("TR", "TR-1"))
    commit(tr, START)
    (line,) = health(tr, at=START).lines
    assert (line.state, line.backlog["main"], line.mirror["main"], line.heard) == ("unknown", 1, 0, None)
    exchange(il, tr, minute(1))
    (line,) = health(tr, at=minute(1)).lines
    assert (line.state, line.backlog["main"], line.mirror["main"], line.delivery["main"]) == ("up", 0, 1, 1)


def test_a_minimum_for_every_height_is_a_word() -> None:
    """JSON has no infinity; an infinite minimum is `any`, and every answer is plain JSON."""
    shown = msgspec.json.encode(render.minima(Minima(2000, ANY_HEIGHT, 600, "test")))
    assert json.loads(shown)["vertical_m"] == "any"


def crowd(count: int) -> tuple[Node, Node]:
    """Two nodes with `count` notices of each side, each of which meets one of the other's."""
    il, tr = two()
    for number in range(count):
        volume = circle(lon=-170 + (number % 300), lat=-60 + (number // 300) * 2)
        desk(tr, START).file(draft("TR", f"TR-{number}", volume))
        desk(il, START).file(draft("IL", f"IL-{number}", volume))
        if number % 100 == 99:
            exchange(il, tr, START)
    exchange(il, tr, START)
    return il, tr


def paged(cache: Cache, node: Node, at: Instant) -> bytes:
    """Every notice in one page, as the list of notices has it."""

    def make() -> bytes:
        found = notices_page(node.picture, first=0, end=10_000)
        return b",".join(cache.notice(node, history, at=at) for history in found.shown)

    return cache.page(node, "everything", make, at=at)


def listed(cache: Cache, node: Node, at: Instant) -> list[str]:
    value = json.loads(b"{" + cache.conflicts(node, at=at) + b"}")
    return [conflict["id"] for conflict in value["conflicts"]]


def test_what_is_kept_at_hand_equals_what_is_found_anew() -> None:
    """After any act, and at any time, a cache that was there before answers as a new one does."""
    il, tr = crowd(20)
    kept = Cache()
    acts: list[Callable[[], object]] = [
        lambda: desk(il, minute(1)).seen("TR", "TR-0"),
        lambda: desk(tr, minute(1)).amend(draft("TR", "TR-1", circle(lon=0, lat=50))),
        lambda: desk(tr, minute(1)).step("TR-2", Step.WITHDRAW),
        lambda: desk(tr, minute(1)).step("TR-3", Step.OVERRUN, until=minute(300)),
        lambda: desk(tr, minute(1)).file(draft("TR", "TR-NEW", circle(lon=-166, lat=-60))),
    ]
    for act in acts:
        act()
        assert paged(kept, tr, minute(1)) == paged(Cache(), tr, minute(1))
        exchange(il, tr, minute(1))
        for at in (minute(1), minute(119), minute(125.5), minute(200), minute(400), minute(1)):
            assert listed(kept, tr, at) == listed(Cache(), tr, at)
            for history in tr.picture.notices.values():
                assert kept.notice(tr, history, at=at) == Cache().notice(tr, history, at=at)
            assert paged(kept, tr, at) == paged(Cache(), tr, at)


def test_a_conflict_is_in_force_until_the_two_are_apart_in_time() -> None:
    """It lasts the minimum in time past the common end while one still flies, and not past the end of both."""
    il, tr = two()
    desk(tr, START).file(draft("TR", "TR-1"))
    exchange(il, tr, START)
    (together,) = desk(il, START).file(draft("IL", "IL-1")).conflicts
    (longer,) = desk(il, START).file(draft("IL", "IL-2", circle(end_min=200))).conflicts
    assert until(il, together) == together.end == minute(120)
    assert until(il, longer) == minute(120) + longer.minima.time_s * 1000


def test_an_answer_to_a_poll_costs_little() -> None:
    """With 1,000 active notices a poll that finds nothing new takes well under 2 ms, and one after a change a few."""
    _, tr = crowd(500)
    cache = Cache()
    assert len(listed(cache, tr, START)) >= 500
    for history in notices_page(tr.picture, first=0, end=10_000).shown:
        cache.notice(tr, history, at=START)
    started = time.process_time()
    for number in range(100):
        cache.conflicts(tr, at=Instant(START + number))
    assert (time.process_time() - started) / 100 < 0.002
    desk(tr, START).file(draft("TR", "TR-X", circle(lon=-170, lat=-60)))
    started = time.process_time()
    cache.conflicts(tr, at=START)
    assert time.process_time() - started < 0.05


def test_an_unknown_kind_of_pair_is_no_fault() -> None:
    """A conflict whose vertical gap knows no bound is answered with null."""
    il, tr = two()
    desk(tr, START).file(draft("TR", "TR-1"))
    exchange(il, tr, START)
    (conflict,) = desk(il, START).file(draft("IL", "IL-1")).conflicts
    shown = json.loads(msgspec.json.encode(render.conflict(replace(conflict, vertical_gap_m=float("inf")))))
    assert shown["vertical_gap_m"] is None
