"""`clearline message`: send and read messages at a running node.

Exit 0: done. 2: refused or bad input; nothing was sent. 3: the node cannot be reached.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from clearline.errors import Malformed, Said
from clearline.faces.cli.message_words import (
    meant_message,
    read_back,
    reader_language,
    translate,
    typed_phrases,
)
from clearline.faces.cli.officer import at_a_node, ending, line_to, read_input, tell
from clearline.faces.cli.stop_fire import addresses

PRECEDENCES = ("FLASH", "IMMEDIATE", "PRIORITY", "ROUTINE")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def command() -> None:
    """Send and read messages at a running node.

    Exit status: 0 done; 2 refused or bad input, nothing was sent; 3 the node cannot be reached.
    """


@command.command()
@click.argument("text", metavar="TEXT|-", default="")
@click.option(
    "--phrase",
    "phrases",
    multiple=True,
    metavar="'CODE slot=value …'",
    help="A phrase of the phrase book with its slots; once each. See: clearline phrase list.",
)
@click.option("--slot", "slots", multiple=True, metavar="NAME=VALUE", help="A slot of the one phrase that has it.")
@click.option(
    "--to",
    "readers",
    multiple=True,
    required=True,
    metavar="ID",
    help="Member or member/position; once each, or IL,AZ.",
)
@click.option(
    "--precedence", type=click.Choice(PRECEDENCES, case_sensitive=False), default="ROUTINE", show_default=True
)
@click.option("--language", default="en", show_default=True, metavar="TAG", help="Language of TEXT, such as tr.")
@click.option("--about", metavar="ENTRY", help="Entry id of which it speaks.")
@click.option("--thread", metavar="NAME", help="Thread: its first message, or what it is bound to.")
@click.option("--also", metavar="IDS", default="", help="Members that may read it besides, between commas.")
@at_a_node
def send(
    text: str,
    phrases: tuple[str, ...],
    slots: tuple[str, ...],
    readers: tuple[str, ...],
    precedence: str,
    language: str,
    about: str | None,
    thread: str | None,
    also: str,
    url: str,
    token_file: Path | None,
    as_json: bool,
) -> None:
    """Send TEXT, phrases of the phrase book, or both to members; - reads TEXT from standard input.

    A phrase travels as its code and its slots: each reader sees it in the own language.

    Delivery is shown by `message list`. That it was delivered does not say that anybody has read it.
    """
    from clearline.faces.cli import officer_words as say

    with ending("clearline message send"):
        line = line_to(url, token_file, as_json)
        to = addresses(readers)
        body: dict[str, Any] = {
            "to": to,
            "text": _standard_input() if text == "-" else text,
            "precedence": precedence.upper(),
            "language": language,
        }
        if phrases or slots:
            body["phrases"] = typed_phrases(line, phrases, slots)
        if about:
            body["about"] = about
        if thread:
            body["thread"] = thread
        if also:
            body["audience"] = addresses((also,))
        doubts = line.doubts()
        answer = line.post("messages", body=body)
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
            return
        tell([f"SENT  {precedence.upper()} to {', '.join(to)}: {say.place_of(answer['entry'])}"])
        tell([*doubts, say.as_of(answer), "Sent is not read: clearline message list shows whose node holds it."])


@command.command("list")
@click.option("--most", type=click.IntRange(1, 1000), default=50, show_default=True, help="The newest so many.")
@reader_language
@at_a_node
def list_(most: int, language: str | None, url: str, token_file: Path | None, as_json: bool) -> None:
    """List messages, newest first, with who claims to hold them."""
    from clearline.faces.cli import officer_words as say

    with ending("clearline message list"):
        line = line_to(url, token_file, as_json)
        answer = line.get("messages", count=str(most), **({"language": language} if language else {}))
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
            return
        tell(say.messages(answer, answer["messages"], line.doubts()))
        left = answer["total"] - len(answer["messages"])
        if left > 0:
            tell([f"and {left} older: --most shows more"])


@command.command()
@click.argument("entry")
@at_a_node
def seen(entry: str, url: str, token_file: Path | None, as_json: bool) -> None:
    """Say that this watch position has seen a message; ENTRY is its id or the head of it."""
    from clearline.faces.cli import officer_words as say

    with ending("clearline message seen"):
        line = line_to(url, token_file, as_json)
        of = meant_message(line, entry)
        answer = line.post("messages", of, "seen", body={})
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
            return
        tell([f"SEEN  {of[:16]}: {say.place_of(answer['entry'])}", say.as_of(answer)])


command.add_command(read_back)
command.add_command(translate)


def _standard_input() -> str:
    try:
        return read_input("-").decode("utf-8").rstrip("\n")
    except UnicodeDecodeError:
        raise Malformed(where="standard input", found=Said("bytes"), expected="UTF-8 text") from None
