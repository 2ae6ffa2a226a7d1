"""`clearline message read-back` and `translate`, and what else the commands of messages do with words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from clearline.errors import Malformed
from clearline.faces.cli.officer import NEEDS_AN_EYE, Line, at_a_node, ending, line_to, tell

LANGUAGES = ("ar", "az", "en", "he", "ru", "tr")

reader_language = click.option(
    "--language",
    envvar="CLEARLINE_LANGUAGE",
    type=click.Choice(LANGUAGES),
    help="Language in which phrases are shown. Or set CLEARLINE_LANGUAGE.  [the first of the agreement's]",
)


@click.command("read-back")
@click.argument("entry")
@click.option("--phrase", "phrases", multiple=True, required=True, metavar="'CODE slot=value …'", help="Once each.")
@at_a_node
def read_back(entry: str, phrases: tuple[str, ...], url: str, token_file: Path | None, as_json: bool) -> None:
    """Read the phrases of another's message back, with their slots; a machine compares.

    ENTRY is the message's id or the head of it. Exit status: 1 where it differs: the step stays open until corrected.
    """
    from clearline.faces.cli import officer_words as say

    with ending("clearline message read-back"):
        line = line_to(url, token_file, as_json)
        of = meant_message(line, entry)
        answer = line.post("messages", of, "read_backs", body={"phrases": typed_phrases(line, phrases, ())})
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
        else:
            tell([f"READ BACK  {of[:16]}: {'matches' if answer['matches'] else 'DIFFERS, the step stays open'}"])
            tell([*(f"  {say.slip(one)}" for one in answer["differences"]), say.as_of(answer)])
    if not answer["matches"]:
        raise SystemExit(NEEDS_AN_EYE)


@click.command()
@click.argument("entry")
@click.argument("text", metavar="TEXT")
@click.option("--language", required=True, metavar="TAG", help="Language of TEXT, such as he.")
@click.option("--checked", is_flag=True, help="This position knows both languages and has compared the two.")
@at_a_node
def translate(
    entry: str, text: str, language: str, checked: bool, url: str, token_file: Path | None, as_json: bool
) -> None:
    """Put TEXT beside a message as its translation; without --checked it is shown as unchecked.

    ENTRY is the message's id or the head of it. The original stays first.
    """
    from clearline.faces.cli import officer_words as say

    with ending("clearline message translate"):
        line = line_to(url, token_file, as_json)
        of = meant_message(line, entry)
        body = {"language": language, "text": text, "checked": checked}
        answer = line.post("messages", of, "translations", body=body)
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
            return
        state = "checked" if checked else "unchecked"
        tell([f"TRANSLATED  {of[:16]} into {language} ({state}): {say.place_of(answer['entry'])}", say.as_of(answer)])


def typed_phrases(line: Line, phrases: tuple[str, ...], slots: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return phrases as the API takes them; a time of day is of the day that the node's clock shows."""
    from clearline.faces.cli.officer_words import now_of
    from clearline.faces.cli.phrase_words import bodies
    from clearline.store.phrase_book import shipped

    return bodies(phrases, slots, shipped(), now=now_of(line.get("health")))


def meant_message(line: Line, entry: str) -> str:
    """Return the id of the one message whose id begins so.

    Raises:
        Malformed: None does, or several do.
    """
    ids: list[str] = [one["said"]["entry"]["id"] for one in line.get("messages", count="1000")["messages"]]
    meant = [of for of in ids if of.startswith(entry.lower())]
    if len(meant) != 1 or not entry:
        raise Malformed(where="ENTRY", found=entry, expected=f"the head of one message's id, not of {len(meant)}")
    return meant[0]
