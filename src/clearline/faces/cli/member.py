"""`clearline member`: whose root is to be trusted, as it was compared face to face or by voice.

Exit 0: done. 2: refused, with the reason on standard error; nothing was written or changed.
"""

from __future__ import annotations

import re
from pathlib import Path

import click

from clearline.errors import Conflicting, Malformed, Refused, Said
from clearline.faces.cli import keys_genesis
from clearline.faces.cli.fingerprint import DIGITS, SPOKEN, root_fingerprint, root_vkey
from clearline.faces.cli.groups import InOrder
from clearline.faces.cli.officer import safe
from clearline.faces.cli.telling import read_text, refusals, write_new
from clearline.records.genesis import Genesis, GenesisMember
from clearline.volumes.instant import format_instant

ANCHORS = "anchors"
"""Folder of roots that were compared, in a member's own folder: `<ID>.root`, one vkey text each."""

ANCHOR_BYTES_MAX = 1_024

_DIGIT_OF = {word.lower(): digit for digit, word in SPOKEN.items()} | {"alpha": "a", "nought": "0"}


@click.group(cls=InOrder, order=("add", "list"), context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Take up other members' roots, compared word by word, before a channel is founded with them."""


@command.command()
@click.argument("card_file", metavar="CARD", type=click.Path(path_type=Path))
@click.option(
    "--into", "folder", required=True, metavar="DIR", type=click.Path(path_type=Path), help="One's own member's folder."
)
@click.option("--words", default=None, metavar="TEXT", help="The words or digits; asked for where they are not given.")
def add(card_file: Path, folder: Path, words: str | None) -> None:
    """Take up the root of CARD, once the words that its owner reads out agree with it.

    The words are not shown here: they are typed as they are read from the owner's own page or screen.
    """
    with refusals("clearline member add"):
        own = keys_genesis.read_card(folder / keys_genesis.CARD)
        card = keys_genesis.read_card(card_file)
        if card.id == own.id:
            raise Refused(f"{card.id} is this folder's own member; its root needs no comparing")
        for line in _shown(card):
            click.echo(safe(line))
        given = words if words is not None else click.prompt(f"Words or digits as {card.id} reads them out")
        if digits_of(given) != root_fingerprint(card.id, card.root):
            raise Refused(
                f"these are not the words of the root in {card_file}: nothing was taken up. Let them be read again; if "
                "they still differ, this card is not the owner's"
            )
        anchors = folder / ANCHORS
        target, text = anchors / f"{card.id}.root", root_vkey(card.id, card.root) + "\n"
        if target.exists() and read_text(target, limit=ANCHOR_BYTES_MAX) != text:
            raise Conflicting(f"{target} holds another root of {card.id} already; find out which is false, by voice")
        if not target.exists():
            anchors.mkdir(exist_ok=True)
            write_new(target, text)
    click.echo(f"{target}: the root of {card.id}; clearline keys sign takes no genesis that names another")


@command.command("list")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def list_(folder: Path) -> None:
    """List the roots that were compared and taken up in DIR."""
    with refusals("clearline member list"):
        found = anchors_of(folder)
        for member, vkey in sorted(found.items()):
            click.echo(f"{member:<8} {vkey}")
        if not found:
            click.echo(f"No roots yet; take one up with: clearline member add CARD --into {folder}")


def digits_of(given: str) -> str:
    """Return the hexadecimal digits that words of the spelling alphabet or digits stand for.

    Raises:
        Malformed: A word is none of the alphabet, or there are more or fewer than 32 digits.
    """
    digits = ""
    for word in re.split(r"[\s,.;:-]+", given.strip().lower()):
        if word in _DIGIT_OF:
            digits += _DIGIT_OF[word]
        elif re.fullmatch("[0-9a-f]*", word):
            digits += word
        else:
            raise Malformed(where="words", found=word, expected="Zero to Nine, Alfa to Foxtrot, or hexadecimal digits")
    if len(digits) != DIGITS:
        raise Malformed(where="words", found=Said(f"{len(digits)} digits"), expected=f"{DIGITS} of them")
    return digits


def anchors_of(folder: Path) -> dict[str, str]:
    """Return the roots that were taken up in a member's folder, as vkey texts by member."""
    anchors = folder / ANCHORS
    paths = sorted(anchors.glob("*.root")) if anchors.is_dir() else []
    return {path.stem: read_text(path, limit=ANCHOR_BYTES_MAX).strip() for path in paths}


def check_anchors(folder: Path, genesis: Genesis, *, own: str) -> list[str]:
    """Return the members whose root was never compared; none where every other's was.

    Raises:
        Refused: The genesis names another root for a member than the one that was taken up.
    """
    held = anchors_of(folder)
    for member in genesis.members:
        if member.id in held and held[member.id] != root_vkey(member.id, member.root):
            raise Refused(
                f"the genesis names another root for {member.id} than the one that was compared and taken up "
                f"({folder / ANCHORS / member.id}.root); do not sign it"
            )
    return [m.id for m in genesis.members if m.id != own and m.id not in held]


def _shown(card: GenesisMember) -> list[str]:
    lines = [f"This would be trusted as {card.id}: {card.name}, {card.role.value}"]
    lines += [
        f"  officer {o.officer}: {o.position}{', releasing: second person of acts that bind' if o.releasing else ''}"
        for o in card.officers
    ]
    lines.append(f"  first keys good until {format_instant(card.until)}")
    lines.append("  whatever its root signs: these keys, new keys, and which keys are no longer good")
    return lines
