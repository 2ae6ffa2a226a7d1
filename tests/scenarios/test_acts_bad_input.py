"""Bad input to the acts about lines, watches, pairs, enquiries and meetings: refused by name, and nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from clearline.testing.floor import ApiRefused, Floor
from clearline.testing.floor_acts import file_notice, scope

NOBODY = "0" * 64


@pytest.fixture(scope="module")
def floor() -> Floor:
    held = Floor(at="2026-11-22T08:00:00Z")
    file_notice(held, "TR", "TR-1")
    file_notice(held, "IL", "IL-1", lon=40.0)
    held.advance(2)
    return held


@pytest.fixture(autouse=True)
def nothing_is_stored(floor: Floor) -> Iterator[None]:
    """Whatever a test of this module sends, no log grows by it, and no draft waits."""
    before = {name: held.size for name, held in floor.side.nodes["TR"].logs.items()}
    yield
    assert {name: held.size for name, held in floor.side.nodes["TR"].logs.items()} == before
    assert floor.api("TR", "GET", "/api/v1/drafts")["drafts"] == []


def area(floor: Floor, **changes: Any) -> dict[str, Any]:
    return {**scope(floor), **changes}


CASES: tuple[tuple[str, Any, int, str], ...] = (
    ("lines/XX/checks", {}, 422, "members: AZ, IL, TR"),
    ("lines/TR/checks", {}, 422, "another member"),
    ("lines/IL/checks", {"phrase": 5}, 422, "body: /phrase"),
    ("lines/IL/checks", {"phrase": 0, "text": "come in"}, 422, "no member of this name"),
    ("lines/IL/answers", {}, 404, "no check of IL waits"),
    ("lines/IL/answers", {"of": NOBODY}, 404, "no check"),
    ("lines/IL/answers", {"of": "x"}, 422, "body: /of"),
    ("lines/IL/answers", {"reading": "roger"}, 422, "well"),
    ("suspensions", {"members": [], "matters": ["notices"], "reason": "x"}, 422, "body: /members"),
    ("suspensions", {"members": ["XX"], "matters": ["notices"], "reason": "x"}, 422, "members: AZ, IL, TR"),
    ("suspensions", {"members": ["IL"], "matters": [], "reason": "x"}, 422, "body: /matters"),
    ("suspensions", {"members": ["IL"], "matters": ["notices", "notices"], "reason": "x"}, 422, "each once"),
    ("suspensions", {"members": ["IL"], "matters": ["notices"], "reason": ""}, 422, "body: /reason"),
    ("suspensions", {"members": ["IL"], "matters": ["notices"], "reason": "\x07"}, 422, "no control characters"),
    (f"suspensions/{NOBODY}/resumption", {}, 404, "no suspension"),
    ("shifts", {"turn": "begin", "position": ""}, 422, "body: /position"),
    ("shifts", {"turn": "steal", "position": "watch 1"}, 422, "begin"),
    ("shifts", {"turn": "begin", "position": "watch 1", "until": "noon"}, 422, "body: /until"),
    ("shifts/none/acceptance", {}, 404, "no draft"),
    ("attributions", {"sort": "theirs", "volumes": []}, 422, "body: /sort"),
    ("attributions", {"sort": "not_ours", "volumes": []}, 422, "body: /volumes"),
    ("relayed", {"of": NOBODY, "to": ["IL"]}, 404, "no entry"),
    ("pairs", {"mine": "TR-9", "party": "IL", "yours": "IL-1", "expires": "soon"}, 422, "body: /expires"),
    ("pairs", {"mine": "TR-9", "party": "IL", "yours": "IL-1", "expires": "2026-11-22T09:00:00Z"}, 404, "TR-9"),
    ("pairs", {"mine": "TR-1", "party": "IL", "yours": "IL-9", "expires": "2026-11-22T09:00:00Z"}, 404, "IL-9"),
    (
        "pairs",
        {"mine": "TR-1", "party": "TR", "yours": "TR-1", "expires": "2026-11-22T09:00:00Z"},
        403,
        "another party",
    ),
    ("pairs", {"mine": "TR-1", "party": "IL", "yours": "IL-1", "expires": "2026-11-22T07:00:00Z"}, 422, "30 days"),
    ("pairs", {"mine": "TR-1", "party": "IL", "yours": "IL-1", "expires": "2027-11-22T07:00:00Z"}, 422, "30 days"),
    (f"pairs/{NOBODY}/acceptance", {}, 404, "no paired act"),
    (f"pairs/{NOBODY}/settlement", {"settlement": "seal"}, 404, "no paired act"),
    (f"pairs/{NOBODY}/settlement", {"settlement": "agree"}, 422, "seal"),
    (f"enquiries/{NOBODY}/replies", {"completeness": "final", "text": "x"}, 404, "no enquiry"),
    (f"enquiries/{NOBODY}/replies", {"completeness": "whole", "text": "x"}, 422, "partial"),
    ("meetings/AZ/M-9/minutes", {"text": "x"}, 404, "no meeting"),
    (f"minutes/{NOBODY}/assents", {}, 404, "no minutes"),
)


@pytest.mark.parametrize(("path", "body", "status", "words"), CASES, ids=lambda v: v if isinstance(v, str) else None)
def test_it_is_refused_by_name(floor: Floor, path: str, body: Any, status: int, words: str) -> None:
    """The problem names the place, what was found and what is expected."""
    with pytest.raises(ApiRefused) as caught:
        floor.api("TR", "POST", f"/api/v1/{path}", body)
    assert caught.value.status == status, caught.value
    assert words in caught.value.problem["detail"]


def test_an_enquiry_of_bad_scope_language_or_members_is_refused(floor: Floor) -> None:
    """Each fault by its JSON Pointer."""
    good = {"to": ["IL"], "volumes": [area(floor)], "text": "What?"}
    for changes, words in (
        ({"to": ["TR"]}, "other members"),
        ({"to": ["XX"]}, "members: AZ, IL, TR"),
        ({"volumes": [area(floor, radius_m=-1)]}, "radius"),
        ({"volumes": [area(floor, end="2020-01-01T00:00:00Z")]}, "body: /volumes/0/end"),
        ({"volumes": [area(floor, end="PERM")]}, "end"),
        ({"language": "Turkish!"}, "a language tag"),
        ({"text": ""}, "body: /text"),
        ({"of": "nothing"}, "body: /of"),
    ):
        with pytest.raises(ApiRefused) as caught:
            floor.api("TR", "POST", "/api/v1/enquiries", {**good, **changes})
        assert caught.value.status == 422, caught.value
        assert words in caught.value.problem["detail"]


@pytest.mark.parametrize("command", ["line", "shift", "pair", "enquiry", "meeting", "attribute"])
def test_each_command_says_what_it_does_and_lists(floor: Floor, command: str) -> None:
    """Help names its exit status; the list of a quiet floor ends well and says what it rests on."""
    shown = floor.cli("TR", command, "--help")
    assert shown.exit_code == 0 and "Exit status" in shown.stdout
    listed = floor.cli("TR", command, "show" if command == "shift" else "list")
    assert listed.exit_code in (0, 1) and "As of" in listed.stdout, listed.output


def test_a_doubtful_word_at_the_terminal_is_refused_aloud(floor: Floor) -> None:
    """Ids by too short a head, times without Z and places without hemisphere: exit 2, the option named."""
    for words, said in (
        (("pair", "accept", "abc"), "6 or more of its id"),
        (("pair", "accept", "abcdef"), "no pair has an id"),
        (("resume", "abcdef"), "no suspension has an id"),
        (("shift", "begin", "watch 1", "--until", "1400"), "--until"),
        (("shift", "accept"), "0 handovers wait"),
        (("meeting", "convene", "M", "x", "--with", "IL", "--at", "1400", "--place", "x"), "--at"),
        (("enquiry", "ask", "x", "--to", "IL", "--at", "34 38", "--since", "0700Z", "--until", "0800Z"), "--since"),
        (
            ("attribute", "not-ours", "--at", "34 38", "--since", "today 0700Z", "--until", "0800Z"),
            "--at",
        ),
    ):
        answer = floor.cli("TR", *words)
        assert answer.exit_code == 2, answer.output
        assert said in answer.output
