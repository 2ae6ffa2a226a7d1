"""`clearline phrase`: the phrase book, offline: what can be said by a code in every language.

Exit 0: shown. 1: nothing found. 2: bad input.
"""

from __future__ import annotations

import json
from typing import Any

import click

from clearline.faces.cli.groups import InOrder
from clearline.faces.cli.officer import NEEDS_AN_EYE, ending

LANGUAGES = ("ar", "az", "en", "he", "ru", "tr")

_language = click.option(
    "--language",
    envvar="CLEARLINE_LANGUAGE",
    type=click.Choice(LANGUAGES),
    default="en",
    show_default=True,
    help="Language of the wording. Or set CLEARLINE_LANGUAGE.",
)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group(
    cls=InOrder,
    order=("list", "show", "search"),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def command() -> None:
    """Show the phrase book: numbered phrases, the same in every language.

    A code has a group digit, two digits of number, and a check digit: 003-7. Phrases are sent by
    `clearline message send --phrase`. Exit status: 0 shown; 1 nothing found; 2 bad input.
    """


@command.command("list")
@click.option("--group", type=click.Choice([str(digit) for digit in range(10)]), help="One group, by its digit.")
@_language
@_as_json
def list_(group: str | None, language: str, as_json: bool) -> None:
    """List the phrases of all ten groups, or of one."""
    with ending("clearline phrase list"):
        _tell(group or "", "", language, as_json)


@command.command()
@click.argument("words", metavar="WORDS")
@_language
@_as_json
def search(words: str, language: str, as_json: bool) -> None:
    """Search for WORDS in every language, or for a code."""
    with ending("clearline phrase search"):
        _tell("", words.casefold(), language, as_json)


@command.command()
@click.argument("code", metavar="CODE")
@_as_json
def show(code: str, as_json: bool) -> None:
    """Show one phrase in every language, with what each slot takes."""
    from clearline.faces.cli.phrase_words import SLOT_FORMS
    from clearline.records.phrases.spoken import shown_code, typed_code
    from clearline.store.phrase_book import shipped

    with ending("clearline phrase show"):
        book = shipped()
        phrase = book.phrase(typed_code(code, where="CODE"))
        if as_json:
            click.echo(json.dumps(_members(phrase, "en"), ensure_ascii=False))
            return
        click.echo(f"{shown_code(phrase.code)}  {book.groups[phrase.code[0]]['en']}")
        for language in book.languages:
            check = phrase.checked.get(language)
            state = "unchecked" if check is None else f"checked by {check.by} on {check.on}"
            click.echo(f"  {language}  {phrase.texts[language]}  [{state}]")
        for name, kind in phrase.slots.items():
            click.echo(f"  {name}: {SLOT_FORMS[kind]}")
        click.echo(_of_book(book))


def _tell(group: str, wanted: str, language: str, as_json: bool) -> None:
    from clearline.records.phrases.spoken import shown_code
    from clearline.store.phrase_book import shipped

    book = shipped()
    found = [p for p in book.phrases.values() if p.code.startswith(group) and p.says(wanted)]
    if as_json:
        name = {"version": book.name.version, "hash": book.name.hash}
        phrases = [_members(phrase, language) for phrase in found]
        click.echo(json.dumps({"book": name, "phrases": phrases}, ensure_ascii=False))
    else:
        told = ""
        for phrase in found:
            if phrase.code[0] != told:
                told = phrase.code[0]
                click.echo(f"{told}  {book.groups[told][language]}")
            click.echo(f"  {shown_code(phrase.code)}  {phrase.texts[language]}")
        click.echo(f"{len(found)} phrases. {_of_book(book)}")
    if not found:
        raise SystemExit(NEEDS_AN_EYE)


def _members(phrase: Any, language: str) -> dict[str, Any]:
    return {
        "code": phrase.code,
        "slots": {name: kind.value for name, kind in phrase.slots.items()},
        "text": phrase.texts[language],
        "texts": dict(phrase.texts),
        "checked": {tag: {"by": check.by, "on": check.on} for tag, check in phrase.checked.items()},
    }


def _of_book(book: Any) -> str:
    unchecked = [tag for tag in book.languages if any(tag not in p.checked for p in book.phrases.values())]
    return (
        f"Phrase book version {book.name.version}, {book.name.hash[:12]}. "
        f"Not checked by a linguist: {', '.join(unchecked) or 'nothing'}."
    )
