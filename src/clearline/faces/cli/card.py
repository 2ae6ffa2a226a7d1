"""`clearline card`: paper day. A notice or message as lines to dictate, and what was heard back into a record.

Exit 0: done. 1: entered, and something needs an eye: it meets other notices. 2: refused or bad input, a line whose
check characters do not fit among it; nothing was said. 3: the node cannot be reached.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from clearline.errors import Malformed, Refused, Said
from clearline.faces.cli.groups import InOrder
from clearline.faces.cli.officer import NEEDS_AN_EYE, at_a_node, ending, line_to, read_input, tell

TRIES_MAX = 5
"""How often one line is asked for before the command gives up: standard input may be no person."""

CODE_WORD = "END"


@click.group(
    cls=InOrder,
    order=("notice", "message", "enter", "list"),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def command() -> None:
    """Dictate notices and messages when no line of the channel is up, and take down what is dictated.

    Each line ends in two check characters (ISO/IEC 7064, MOD 1271-36): one wrong character, or two neighbours
    exchanged, are always found. What is taken down is kept as that: it is not signed by its author.
    """


@command.command()
@click.argument("party", required=False)
@click.argument("reference", required=False)
@click.option("--file", "file", metavar="FILE", help="A notice file, at no node: the node itself may be down.")
@click.option("--for", "readers", metavar="IL,TR", default="", help="With --file: the members that it is for.")
@at_a_node
def notice(
    party: str | None,
    reference: str | None,
    file: str | None,
    readers: str,
    url: str,
    token_file: Path | None,
    as_json: bool,
) -> None:
    """Print the card of a notice: PARTY REFERENCE at a node, or of a file.

    A notice that was dictated from a file is filed later with `clearline notice file --dictated-at TIME`.
    """
    with ending("clearline card notice"):
        if file is not None:
            _print(_of_file(file, readers), as_json)
            return
        if not party or not reference:
            raise Malformed(where="arguments", found=Said("no notice"), expected="PARTY REFERENCE, or --file FILE")
        line = line_to(url, token_file, as_json)
        _print(line.get("notices", party.strip().upper(), reference, "card"), as_json)


@command.command()
@click.argument("entry")
@click.option("--reference", default="", metavar="REF", help="The card's number, where the message names none.")
@at_a_node
def message(entry: str, reference: str, url: str, token_file: Path | None, as_json: bool) -> None:
    """Print the card of a message of one's own, by its entry id."""
    with ending("clearline card message"):
        line = line_to(url, token_file, as_json)
        query = {"reference": reference} if reference else {}
        _print(line.get("messages", entry, "card", **query), as_json)


@command.command()
@click.argument("file", metavar="[FILE]", required=False)
@at_a_node
def enter(file: str | None, url: str, token_file: Path | None, as_json: bool) -> None:
    """Take down a card line by line, or from FILE (one line of the card a line; - reads standard input).

    Each line is typed as it is heard, its two check characters last; the last line is END and the code.
    """
    with ending("clearline card enter"):
        line = line_to(url, token_file, as_json)
        lines, code = _from_file(file) if file is not None else _asked()
        answer = line.post("dictated", body={"lines": lines, "code": code})
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
        else:
            where = answer["entry"]
            tell(
                [
                    f"TAKEN DOWN  {answer['author']} {answer['reference']}, as {where['log']} entry {where['index']}",
                    f"{answer['words']}.",
                    f"{len(answer['conflicts'])} overlaps with what is known now."
                    if answer["conflicts"]
                    else "No overlap found with what is known now.",
                ]
            )
        if answer["conflicts"]:
            sys.exit(NEEDS_AN_EYE)


@command.command("list")
@at_a_node
def list_(url: str, token_file: Path | None, as_json: bool) -> None:
    """List what was taken down from dictation, beside the signed originals where these are held."""
    with ending("clearline card list"):
        answer = line_to(url, token_file, as_json).get("dictated")
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
            return
        for one in answer["dictated"]:
            tell(_listed(one))
        tell([f"{len(answer['dictated'])} taken down."])


def _listed(one: dict[str, Any]) -> list[str]:
    found = [f"{one['author']} {one['reference']}  {one['kind']}, taken down by {one['said']['member']} {one['taken']}"]
    found.append(f"  {one['words']}")
    found += [f"  {d['what']}: signed {d['filed']} | taken down {d['read']}" for d in one["differences"]]
    return found


def _print(card: dict[str, Any], as_json: bool) -> None:
    from clearline.faces.drill import BANNER
    from clearline.faces.spelling import spelt

    if as_json:
        click.echo(json.dumps(card, ensure_ascii=False))
        return
    # A card is printed and read aloud: what comes out of a drill says so on the paper and in the first words.
    of_a_drill = card.get("as_of", {}).get("drill", False)
    tell(
        [
            *((f"{BANNER}  Say this first: drill, drill, drill.", "") if of_a_drill else ()),
            f"DICTATION CARD  {card['author']} {card['reference']}  ({card['kind']})",
            "Say each line slowly, its check characters last; the other side reads it back before the next.",
            "",
        ]
    )
    for one in card["lines"]:
        tell(
            [
                f"{one['number']:02d}  {one['text']}  {one['check']}",
                f"      {spelt(one['text'])} — {spelt(one['check'])}",
            ]
        )
    tell([f"{CODE_WORD} {card['code']}", f"      end — {spelt(card['code'])}"])


def _of_file(name: str, readers: str) -> dict[str, Any]:
    from clearline.gateways.geojson.notice_file import parse_notices
    from clearline.records.card import NoticeCard, check_of_line, code_of, lines_of, spoken_draft
    from clearline.records.words import member_id

    found = parse_notices(read_input(name), where=name)
    if len(found) != 1:
        raise Malformed(where=name, found=Said(f"{len(found)} notices"), expected="exactly one notice")
    named = [member_id(one.strip().upper(), where="--for") for one in readers.split(",") if one.strip()]
    if not named:
        raise Malformed(where="--for", found=Said("nobody"), expected="the members that it is for")
    member_id(found[0].party, where=f"{name}: party")
    lines = lines_of(NoticeCard(spoken_draft(found[0]), 1, tuple(sorted(named))))
    return {
        "author": found[0].party,
        "kind": "notice",
        "reference": found[0].notice,
        "lines": [{"number": n, "text": text, "check": check_of_line(n, text)} for n, text in enumerate(lines, 1)],
        "code": code_of(lines),
    }


def _from_file(name: str) -> tuple[list[str], str]:
    text = read_input(name).decode("utf-8", "replace")
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    code = lines.pop().upper().removeprefix(f"{CODE_WORD} ") if lines else ""
    _checked(lines)
    return lines, code


def _checked(lines: list[str]) -> None:
    """Refuse the first line whose check characters do not fit, before anything is sent."""
    from clearline.records.card import taken_line

    for number, line in enumerate(lines, 1):
        taken_line(number, line)


def _asked() -> tuple[list[str], str]:
    from clearline.records.card import taken_line

    click.echo("Type each line as it is heard, its two check characters last; END and the code at the end.", err=True)
    lines: list[str] = []
    while True:
        for _ in range(TRIES_MAX):
            given = " ".join(str(click.prompt(f"{len(lines) + 1:02d}", err=True)).split()).upper()
            if given.startswith(f"{CODE_WORD} "):
                return lines, given.removeprefix(f"{CODE_WORD} ").strip()
            try:
                taken_line(len(lines) + 1, given)
            except Refused as fault:
                click.echo(f"  not taken: {fault.message}", err=True)
            else:
                lines.append(given)
                break
        else:
            raise Refused(f"line {len(lines) + 1} was not understood {TRIES_MAX} times; nothing was sent")
