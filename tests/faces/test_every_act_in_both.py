"""Whatever an officer can do over the API can be done from the command line: no act is in one of them alone."""

from __future__ import annotations

import click
import pytest

from clearline.faces.api.endpoints import ENDPOINTS
from clearline.faces.cli import COMMANDS, main
from clearline.records.agreement import Terms
from clearline.records.reading import Members
from clearline.testing.floor import Floor

ACTS: dict[str, tuple[str, ...]] = {
    "fileNotice": ("notice file", "notice dictate"),
    "amendNotice": ("notice amend",),
    "stepNotice": ("notice activate", "notice overrun", "notice complete", "notice withdraw"),
    "previewNotice": ("notice file",),
    "discloseNotice": ("notice disclose",),
    "eraseNotice": ("notice erase",),
    "enterDictated": ("card enter",),
    "acknowledgeNotice": ("notice seen", "notice read-back", "notice passed-on", "notice position"),
    "acceptProposal": ("proposal accept",),
    "answerProposal": ("proposal decline", "proposal counter", "proposal lapse"),
    "checkNotice": ("check",),
    "traceOutlines": ("check",),
    "sendMessage": ("message send",),
    "seeMessage": ("message seen",),
    "readBackMessage": ("message read-back",),
    "translateMessage": ("message translate",),
    "stopFire": ("stop-fire",),
    "soundAlert": ("alert sound",),
    "cancelAlert": ("alert cancel",),
    "seeAlert": ("alert seen",),
    "answerAlert": ("answer",),
    "stateArea": ("area state",),
    "withdrawArea": ("area withdraw",),
    "proposeTerms": ("agreement propose",),
    "assentToTerms": ("agreement assent",),
    "concludeTerms": ("agreement conclude",),
    "lapseTerms": ("agreement lapse",),
    "signDraft": ("draft sign",),
    "withdrawDraft": ("draft withdraw",),
    "sayKeyEvent": ("keys say",),
    "checkLine": ("line check",),
    "answerLineCheck": ("line answer",),
    "suspendExchange": ("suspend",),
    "resumeExchange": ("resume",),
    "turnWatch": ("shift begin", "shift hand-over", "shift end"),
    "acceptWatch": ("shift accept",),
    "attribute": ("attribute not-ours", "attribute answer-for"),
    "relayEntry": ("attribute relay",),
    "offerPair": ("pair offer",),
    "acceptPair": ("pair accept",),
    "settlePair": ("pair seal", "pair lapse"),
    "enquire": ("enquiry ask",),
    "replyToEnquiry": ("enquiry reply",),
    "convene": ("meeting convene",),
    "proposeMinutes": ("meeting minutes",),
    "assentToMinutes": ("meeting assent",),
    "carryIn": ("carry in",),
    "restoreState": ("state restored",),
    "startAlone": ("state alone",),
}
"""Each act of the API and the commands that do it."""

PAGE_ONLY = {"logIn", "logOut"}
"""Sessions of a browser: the command line has its token."""


def commands() -> set[str]:
    found: set[str] = set()

    def walk(command: click.Command, path: tuple[str, ...]) -> None:
        if isinstance(command, click.Group):
            for name in command.list_commands(click.Context(command)):
                below = command.get_command(click.Context(command), name)
                assert below is not None
                walk(below, (*path, name))
        else:
            found.add(" ".join(path))

    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        assert command is not None
        walk(command, (name,))
    return found


def test_every_act_of_the_api_has_its_command() -> None:
    """A new act is added to both faces, and to the table above."""
    acts = {endpoint.name for endpoint in ENDPOINTS if endpoint.method != "GET"} - PAGE_ONLY
    assert sorted(acts - set(ACTS)) == [], "no command does these"
    assert sorted(set(ACTS) - acts) == []
    known = commands()
    assert [command for given in ACTS.values() for command in given if command not in known] == []


@pytest.fixture
def floor() -> Floor:
    return Floor(at="2026-11-22T08:00:00Z")


def test_the_agreement_is_made_at_the_terminal(floor: Floor) -> None:
    """Proposed with the phrase book, assented by two officers of each party, concluded: then it names the book."""

    def signed(member: str, *words: str) -> None:
        done = floor.cli(member, *words)
        assert done.exit_code == 0 and "DRAFT" in done.stdout, done.output
        (draft,) = floor.api(member, "GET", "/api/v1/drafts")["drafts"]
        second = floor.cli(member, "draft", "sign", draft["id"][:16], given="SIGN\n", officer="2")
        assert second.exit_code == 0, second.output
        floor.advance(2)

    assert "the defaults hold" in floor.cli("IL", "agreement", "show").stdout
    nothing = floor.cli("IL", "agreement", "propose")
    assert nothing.exit_code == 2 and "changed terms" in nothing.stderr
    signed("IL", "agreement", "propose", "--phrase-book")
    (proposal,) = floor.api("TR", "GET", "/api/v1/agreement")["proposals"]
    of = proposal["said"]["entry"]["id"][:16]
    signed("IL", "agreement", "assent", of)
    signed("TR", "agreement", "assent", of)
    signed("IL", "agreement", "conclude", of)
    shown = floor.cli("TR", "agreement", "show").stdout
    assert "IN FORCE  version 1" in shown and "phrase book version 1 (" in shown
    book = floor.api("TR", "GET", "/api/v1/phrases")
    assert book["agreed"] == book["book"] and book["doubt"] is None
    short = floor.cli("IL", "draft", "show", "abc")
    assert short.exit_code == 2 and "16 characters" in short.stderr


def test_a_book_that_is_not_the_agreed_one_is_said(floor: Floor) -> None:
    """Where the agreement names another catalogue, the node says so beside phrases, and still sends codes."""
    other: dict[str, object] = {"phrase_book": {"version": 9, "hash": "ab" * 32}}
    floor.agree(_terms(floor, other))
    doubt = floor.api("TR", "GET", "/api/v1/phrases")["doubt"]
    assert "phrase book version 9 (abababababab)" in doubt
    assert floor.api("TR", "GET", "/api/v1/messages")["doubt"] == doubt
    sent = floor.cli("TR", "message", "send", "--to", "IL", "--phrase", "701-6")
    assert sent.exit_code == 0, sent.output
    assert doubt in floor.cli("TR", "message", "list").stdout


def _terms(floor: Floor, changes: dict[str, object]) -> Terms:
    held = floor.api("IL", "GET", "/api/v1/agreement")["default"]
    return Terms.from_members(Members({**held, **changes}, where="terms"))


def test_an_area_is_stated_and_withdrawn_at_the_terminal(floor: Floor) -> None:
    """A red line takes two officers; it is listed with its text, and withdrawn likewise."""
    body = (
        '{"sort": "red_line", "reference": "IL-RL-1", "title": "No radar here", "text": "None is accepted.", '
        '"volumes": [{"geometry": {"type": "Point", "coordinates": [38.3, 34.5]}, "radius_m": 5000, '
        '"start": "2026-11-22T08:00:00Z", "end": "PERM"}], "activities": ["radar"]}'
    )
    for words, given in ((("area", "state", "-"), body), (("area", "withdraw", "IL-RL-1", "--reason", "settled"), "")):
        done = floor.cli("IL", *words, given=given)
        assert done.exit_code == 0 and "DRAFT" in done.stdout, done.output
        (draft,) = floor.api("IL", "GET", "/api/v1/drafts")["drafts"]
        assert floor.cli("IL", "draft", "sign", draft["id"], given="SIGN\n", officer="2").exit_code == 0
        floor.advance(2)
        listed = floor.cli("TR", "area", "list").stdout
        assert "RED LINE  IL IL-RL-1, revision 1: No radar here" in listed and "None is accepted." in listed
    assert "WITHDRAWN RED LINE" in listed
    assert floor.cli("IL", "area", "state", "-", given="{").exit_code == 2
