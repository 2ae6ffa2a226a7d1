"""`clearline draft`: acts that wait for their second person: listed, shown, and signed on the officer's own machine.

What is signed is computed here, from the bytes that the node shows: every body must open its commitment, the header
must be this channel's, and the act is told in words from those bytes alone. The node is not believed.

Exit 0: done. 2: refused or bad input; nothing was signed. 3: the node cannot be reached.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from clearline.errors import Malformed, Refused, Said
from clearline.faces.cli.officer import Line, at_a_node, ending, line_to, safe, tell
from clearline.faces.cli.telling import read_text
from clearline.records.genesis import GENESIS_BYTES_MAX

WORD = "SIGN"
"""What an officer types to sign: never a key pressed by habit."""

HEAD_LEAST = 16
"""Hexadecimal digits of a draft's id that must be typed: 64 bits, as the lists print them."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def command() -> None:
    """List, show and sign acts that wait for their second person at a running node.

    Exit status: 0 done; 2 refused or bad input, nothing was signed; 3 the node cannot be reached.
    """


def _whole(line: Line, draft: str) -> str:
    """Return the id that begins with `draft`: its head as the lists print it, long enough that nobody can forge it."""
    if len(draft) < HEAD_LEAST:
        raise Malformed(where="DRAFT", found=draft, expected=f"the draft's id, or {HEAD_LEAST} characters of its head")
    found = [one["id"] for one in line.get("drafts")["drafts"] if one["id"].startswith(draft)]
    return str(found[0]) if len(found) == 1 else draft


@command.command("list")
@at_a_node
def list_(url: str, token_file: Path | None, as_json: bool) -> None:
    """List the acts that wait, those that expire first at the head."""
    with ending("clearline draft list"):
        answer = line_to(url, token_file, as_json).get("drafts")
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
            return
        for one in answer["drafts"]:
            signed = ", ".join(f"officer {s['officer']} ({s['position']})" for s in one["signed"])
            tell([f"{one['id']}  {one['kind']}  until {one['expires']}", f"  signed by {signed}; {one['lacking']}"])
        if not answer["drafts"]:
            click.echo("No act waits for its second person.")


@command.command()
@click.argument("draft")
@at_a_node
def show(draft: str, url: str, token_file: Path | None, as_json: bool) -> None:
    """Show an act that waits, in words that are computed here from its bytes."""
    with ending("clearline draft show"):
        line = line_to(url, token_file, as_json)
        answer = line.get("drafts", _whole(line, draft))
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
            return
        text, words = read_draft(answer)
        tell([*words, *_signed(answer), f"draft {draft_id(text)}"])


@command.command()
@click.argument("draft")
@click.option("--key", "key_file", metavar="FILE", type=click.Path(path_type=Path), help="The officer's own key.")
@click.option(
    "--genesis",
    "genesis_file",
    envvar="CLEARLINE_GENESIS",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The officer's own copy of the genesis: it says whose channel this is. Or set CLEARLINE_GENESIS.",
)
@click.option(
    "--officer", default="", metavar="NUMBER", help="Who signs, where the key was granted after the founding."
)
@at_a_node
def sign(
    draft: str,
    key_file: Path | None,
    genesis_file: Path | None,
    officer: str,
    url: str,
    token_file: Path | None,
    as_json: bool,
) -> None:
    """Sign an act as its second person, with a key of one's own, at a typed word.

    Without --key the node signs with the key that it holds for the officer of the token: that makes two persons of two
    officers of the same node, and a member with releasing officers cannot do it.
    """
    from clearline.faces.cli import officer_words as say

    with ending("clearline draft sign"):
        line = line_to(url, token_file, as_json)
        of = _whole(line, draft)
        answer = line.get("drafts", of)
        text, words = read_draft(answer)
        if draft_id(text) != of or not of.startswith(draft):
            raise Refused(f"the node shows another act than draft {draft[:16]}…; nothing was signed")
        signature = ""
        if key_file is not None:
            if genesis_file is None:
                raise Malformed(
                    where="--genesis", found=Said("nothing"), expected="your own copy of the genesis, so that you know "
                    "which channel you sign in (or CLEARLINE_GENESIS)"
                )  # fmt: skip
            signature, facts = _line(text, key_file, genesis_file, officer)
            words = (*facts, *words)
        click.echo("\n".join(safe(one) for one in (*words, *_signed(answer))), err=as_json)
        typed = click.prompt(f"To sign this, type {WORD}", default="", show_default=False, err=True)
        if typed != WORD:
            raise Malformed(
                where="confirmation", found=typed or Said("nothing"), expected=f"{WORD}; nothing was signed"
            )
        done = line.post("drafts", of, "signatures", body={"signature": signature})
        if as_json:
            click.echo(json.dumps(done, ensure_ascii=False))
        elif "entry" in done:
            tell([f"SIGNED  it stands: {say.place_of(done['entry'])}", say.as_of(done)])
        else:
            tell([f"SIGNED  it still waits: {done['lacking']}"])


@command.command()
@click.argument("draft")
@at_a_node
def withdraw(draft: str, url: str, token_file: Path | None, as_json: bool) -> None:
    """Take back an act that waits; nothing of it was said."""
    with ending("clearline draft withdraw"):
        answer = json.loads(line_to(url, token_file, as_json).raw("DELETE", "drafts", draft))
        click.echo(json.dumps(answer, ensure_ascii=False) if as_json else "WITHDRAWN  nothing of it was said")


def read_draft(answer: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Return the text to sign and the act in words, both from the bytes shown, each checked against the header.

    Raises:
        Refused: A body does not open its commitment, or the bytes are none that can be signed.
    """
    from clearline.faces.act_words import act_in_words
    from clearline.records import body as bodies
    from clearline.records import header as headers
    from clearline.signing.keys import decode_base64

    text, shown = str(answer["text"]), answer["bodies"]
    header = headers.from_text(text, where="draft")
    if len(shown) != len(header.slots):
        raise Refused("the node does not show every body of this act; nothing was signed")
    records = []
    for number, (slot, one) in enumerate(zip(header.slots, shown, strict=True)):
        raw = str(one["body"]).encode()
        if not headers.opens(slot, decode_base64(str(one["salt"]), where=f"body {number}, salt"), raw):
            raise Refused(f"body {number} is not the one that would be signed; the node shows something else")
        records.append(bodies.decode(raw, where=f"body {number}"))
    return text, act_in_words(header, records)


def draft_id(text: str) -> str:
    """Return what names a draft of this text."""
    import hashlib

    from clearline.channel.acts.drafts import DOMAIN

    return hashlib.sha256(DOMAIN + text.encode()).hexdigest()


def _signed(answer: dict[str, Any]) -> list[str]:
    return [f"the node says: signed by officer {s['officer']} ({s['position']})" for s in answer["signed"]]


def _line(text: str, key_file: Path, genesis_file: Path, officer: str) -> tuple[str, tuple[str, ...]]:
    """Return the signature line of a key over a text, and what the signer must know beside the act itself."""
    from clearline.channel.roster import key_name, roster_from_genesis
    from clearline.records import header as headers
    from clearline.signing.keys import Signer
    from clearline.signing.note import sign_text
    from clearline.store.folder import read_seed

    roster = roster_from_genesis(read_text(genesis_file, limit=GENESIS_BYTES_MAX).encode(), where=str(genesis_file))
    header, seed = headers.from_text(text, where="draft"), read_seed(key_file)
    member = roster.member(header.author)
    if header.channel != roster.channel or member is None:
        raise Refused(f"this act is of another channel than {roster.genesis.channel}; nothing was signed")
    public = Signer("key", seed).public.raw
    named = next((o.officer for o in member.officers if o.key == public), "") or officer
    if not named:
        raise Refused(f"{genesis_file} names no officer of {member.id} with this key; say who signs with --officer")
    signer = Signer(key_name(header.channel, member.id, f"officer/{named}"), seed)
    drill = " (a drill)" if roster.genesis.drill else ""
    facts = (
        f"channel {roster.genesis.channel}{drill}, {roster.channel}",
        f"you sign as officer {named} of {member.id}",
    )
    return sign_text(text, signer).line(), facts
