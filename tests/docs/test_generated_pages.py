"""Pages that are written by a program are what that program writes today: `make docs` writes them anew."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from clearline.faces.cli import COMMANDS, main
from clearline.records.phrases.book import RIGHT_TO_LEFT
from clearline.records.phrases.render import UNCHECKED
from clearline.records.phrases.spoken import shown_code
from clearline.store.phrase_book import shipped

DOCS = Path(__file__).parents[2] / "docs"
WRITE = os.environ.get("CLEARLINE_WRITE_DOCS") == "1"
EVERYWHERE = ("url", "token_file", "as_json")
ORDER = ("en", "tr", "az", "ru", "he", "ar")
NAMES = {"en": "English", "tr": "Türkçe", "az": "Azərbaycanca", "ru": "Русский", "he": "עברית", "ar": "العربية"}


def phrase_book() -> str:
    """Return the phrase book as one table a group, for linguists to read and sign."""
    book = shipped()
    lines = [
        "# The phrase book",
        "",
        "<!-- Written by `make docs` from the catalogue; corrections belong there. -->",
        "",
        *_paragraph(
            f"Version {book.name.version}, SHA-256 of its canonical bytes `{book.name.hash}`. {len(book.phrases)} "
            f"phrases in {len(book.groups)} groups and {len(book.languages)} languages. **A code travels, each reader "
            "sees the own language**; what stands in braces is a slot that the officer fills, shown alike to everybody "
            "and read back. A code is a group digit, two digits of number and a check digit: one wrong digit or two "
            "swapped ones never give another phrase."
        ),
        *_paragraph(
            "No phrase permits anything, and none takes silence for consent. The English wording is the one in which "
            f"the phrases were drafted. `{UNCHECKED}`: no linguist has signed for that wording yet. Who signs sets "
            "`checked` in the catalogue (name and day), which is then a new version for the parties to agree on. Why "
            "it is made so: [ADR 14](adr/0014-the-phrase-book.md)."
        ),
        "| slot type | what it takes |",
        "| --- | --- |",
        "| `place` | a position: latitude with N or S, longitude with E or W |",
        "| `time` | an instant in UTC |",
        "| `height` | a height with its datum: `FL195`, `3000 ft AMSL`, `500 ft AGL`, `SFC`, `UNL` |",
        "| `reference` | the reference of a notice, an area or a message, or a call sign |",
        "| `count` | a whole number of persons or things |",
    ]
    for digit, names in book.groups.items():
        titles = " · ".join(_cell(names[tag], tag) for tag in ORDER[1:])
        lines += ["", f"## {digit} {names['en']}", "", titles, ""]
        lines += ["| code | slots | " + " | ".join(NAMES[tag] for tag in ORDER) + " | checked |"]
        lines += ["| --- " * (len(ORDER) + 3) + "|"]
        for phrase in book.phrases.values():
            if phrase.code.startswith(digit):
                slots = ", ".join(f"{name}: {kind}" for name, kind in phrase.slots.items()) or "none"
                signed = ", ".join(f"{t} {c.by} {c.on}" for t, c in sorted(phrase.checked.items())) or UNCHECKED
                texts = " | ".join(_cell(phrase.texts[tag], tag) for tag in ORDER)
                lines.append(f"| {shown_code(phrase.code)} | {slots} | {texts} | {signed} |")
    return "\n".join(lines) + "\n"


def _paragraph(text: str) -> list[str]:
    return [*textwrap.wrap(text, 120, break_long_words=False, break_on_hyphens=False), ""]


def _cell(text: str, language: str) -> str:
    return f'<bdi dir="rtl" lang="{language}">{text}</bdi>' if language in RIGHT_TO_LEFT else text


def commands() -> str:
    """Return an overview of every command with its options, as the command line itself explains them."""
    lines = [
        "# Commands",
        "",
        "<!-- Written by `make docs` from the commands themselves. -->",
        "",
        *_paragraph(
            "Every command explains itself with `--help`. Those that speak to a running node take `--url` (or "
            "`CLEARLINE_URL`), the watch position's token (`--token-file` or `CLEARLINE_TOKEN`) and `--json`, which "
            "prints the node's answer as it is. At a drill's node the first line of standard error is the banner. "
            "Whatever an officer does here can be done over the [API](api.md) too."
        ),
    ]
    for name in sorted(COMMANDS):
        lines += ["", f"## clearline {name}", "", COMMANDS[name]]
        found = main.get_command(click.Context(main), name)
        assert found is not None
        for path, command in leaves(found, (name,)):
            if len(path) > 1:
                lines += ["", f"### clearline {' '.join(path)}"]
            lines += ["", f"    {usage(path, command)}", "", *(_wrapped(command.help or ""))]
            rows = [row for param in command.params for row in option(param)]
            if rows:
                lines += ["", "| option | meaning |", "| --- | --- |", *rows]
    return "\n".join(lines) + "\n"


def leaves(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            below = command.get_command(click.Context(command), name)
            assert below is not None
            yield from leaves(below, (*path, name))
    elif not command.hidden:
        yield path, command


def usage(path: tuple[str, ...], command: click.Command) -> str:
    words = command.collect_usage_pieces(click.Context(command, info_name=" ".join(path)))
    return " ".join(["clearline", *path, *words])


def option(param: click.Parameter) -> Iterator[str]:
    if isinstance(param, click.Option) and not param.hidden and param.name not in EVERYWHERE:
        names = ", ".join(f"`{name}`" for name in (*param.opts, *param.secondary_opts))
        value = "" if param.is_flag else f" {param.make_metavar(click.Context(main))}"
        needed = " Required." if param.required else ""
        again = " May be repeated." if param.multiple else ""
        said = f"{(param.help or '').strip()}{needed}{again}".replace("|", "\\|").strip()
        yield f"| {names}{value.replace('|', chr(92) + '|')} | {said} |"


def _wrapped(text: str) -> list[str]:
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", text.split("\f")[0])]
    return [line for part in paragraphs if part and part != "\b" for line in (part, "")][:-1]


PAGES: dict[str, Callable[[], str]] = {"phrase-book.md": phrase_book, "commands.md": commands}


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_written_page_is_current(name: str) -> None:
    """Whoever changes the catalogue or a command runs `make docs`."""
    text = PAGES[name]()
    if WRITE:
        (DOCS / name).write_text(text, encoding="utf-8")
    assert (DOCS / name).read_text(encoding="utf-8") == text, f"docs/{name} is out of date: make docs"


def test_the_page_of_phrases_holds_every_wording() -> None:
    """All of them can be reviewed there: 120 rows with six languages each."""
    page = (DOCS / "phrase-book.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if re.match(r"\| \d{3}-\d \|", line)]
    assert len(rows) == len(shipped().phrases) == 120
    for phrase in shipped().phrases.values():
        assert all(text in page for text in phrase.texts.values())
