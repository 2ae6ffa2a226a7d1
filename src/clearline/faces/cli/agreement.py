"""`clearline agreement`: what the parties have agreed, and the acts by which they change it.

Exit 0: done, or a draft waits for its second person. 2: refused or bad input; nothing was said. 3: out of reach.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from clearline.errors import Malformed, Said
from clearline.faces.cli.acts import GROUP, said, whole_id
from clearline.faces.cli.groups import InOrder
from clearline.faces.cli.officer import Line, at_a_node, ending, line_to, read_input, tell


@click.group(cls=InOrder, order=("show", "propose", "assent", "conclude", "lapse"), context_settings=GROUP)
def command() -> None:
    """Show the agreement; propose, assent to, conclude or drop changes of it.

    Every party assents, each by two officers; the proposer concludes. Exit status: 0 done, or a draft waits for its
    second person; 2 refused or bad input; 3 the node cannot be reached.
    """


@command.command()
@at_a_node
def show(url: str, token_file: Path | None, as_json: bool) -> None:
    """Show what is in force and every proposal; --json prints all terms."""
    from clearline.faces.cli import officer_words as say

    with ending("clearline agreement show"):
        answer = line_to(url, token_file, as_json).get("agreement")
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
            return
        standing = answer["in_force"]
        if standing is None:
            tell(["No agreement is in force; the defaults hold."])
        else:
            tell([f"IN FORCE  version {standing['version']}: {standing['terms']['title']}", *_terms(standing["terms"])])
        for one in answer["proposals"]:
            by, assented = one["said"]["member"], ", ".join(one["assented"])
            tell([f"{one['state'].upper()}  {one['terms']['title']}, proposed by {by}, assented: {assented}"])
            tell([f"    id {one['said']['entry']['id'][:16]}"])
        tell([answer["margins"], say.as_of(answer)])


@command.command()
@click.argument("file", metavar="FILE|-", required=False)
@click.option("--phrase-book", is_flag=True, help="Name the phrase book that this Clearline holds.")
@at_a_node
def propose(file: str | None, phrase_book: bool, url: str, token_file: Path | None, as_json: bool) -> None:
    """Propose changes to the terms in force: FILE holds them as JSON, member by member, as `show --json` has them."""
    with ending("clearline agreement propose"):
        terms = _read(file) if file is not None else {}
        if phrase_book:
            from clearline.store.phrase_book import shipped

            terms["phrase_book"] = shipped().name.to_members()
        if not terms:
            raise Malformed(where="FILE", found=Said("nothing"), expected="changed terms, or --phrase-book")
        answer = line_to(url, token_file, as_json).post("agreement", "proposals", body={"terms": terms})
        said(answer, "PROPOSED", as_json=as_json, then="Every party must assent; then: clearline agreement conclude.")


@command.command()
@click.argument("proposal")
@at_a_node
def assent(proposal: str, url: str, token_file: Path | None, as_json: bool) -> None:
    """Assent to PROPOSAL (its id or the head of it), and be bound until it is concluded or lapses."""
    with ending("clearline agreement assent"):
        _act(line_to(url, token_file, as_json), "assents", proposal, "ASSENTED", as_json)


@command.command()
@click.argument("proposal")
@at_a_node
def conclude(proposal: str, url: str, token_file: Path | None, as_json: bool) -> None:
    """Bring PROPOSAL of one's own into force, once every party has assented."""
    with ending("clearline agreement conclude"):
        _act(line_to(url, token_file, as_json), "conclusions", proposal, "CONCLUDED", as_json)


@command.command()
@click.argument("proposal")
@at_a_node
def lapse(proposal: str, url: str, token_file: Path | None, as_json: bool) -> None:
    """Let PROPOSAL of one's own lapse: nobody is bound by it any more."""
    with ending("clearline agreement lapse"):
        _act(line_to(url, token_file, as_json), "lapses", proposal, "LAPSED", as_json)


def _act(line: Line, path: str, proposal: str, word: str, as_json: bool) -> None:
    ids = [one["said"]["entry"]["id"] for one in line.get("agreement")["proposals"]]
    of = whole_id(proposal, ids, what="proposal")
    said(line.post("agreement", path, body={"proposal": of}), word, as_json=as_json)


def _read(file: str) -> dict[str, Any]:
    try:
        value = json.loads(read_input(file))
    except (ValueError, RecursionError) as fault:
        raise Malformed(where=file, found=Said(fault), expected="JSON in UTF-8") from None
    if not isinstance(value, dict):
        raise Malformed(where=file, found=value, expected="an object: the terms that change, by name")
    return value


def _terms(terms: dict[str, Any]) -> list[str]:
    book = terms["phrase_book"]
    named = book if isinstance(book, str) else f"version {book['version']} ({book['hash'][:12]})"
    watches = [f"    {one['member']}: duty {one['duty']}" for one in terms["watch"]]
    return [f"    languages {', '.join(terms['languages'])}; phrase book {named}", *watches]
