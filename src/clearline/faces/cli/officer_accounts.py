"""`clearline officer`: accounts and tokens of a node's own officers, in the node's folder. No node needs to run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from clearline.errors import Malformed, NotFound, Refused
from clearline.faces.cli.groups import InOrder
from clearline.faces.cli.telling import refusals
from clearline.store import accounts as held_accounts
from clearline.store import folder as folders
from clearline.volumes.instant import Instant, format_instant

DAY_MS = 86_400_000
DAYS_DEFAULT, DAYS_MAX = 30, 366
"""How long a token admits: a month unless another time is chosen, a year at the most."""

ID_LENGTH = 12
"""Characters of a token's hash by which it is listed and revoked; the hash admits nobody."""


@click.group(
    cls=InOrder,
    order=("add", "passphrase", "remove", "list", "token", "revoke"),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def command() -> None:
    """Accounts and tokens of a node's officers. A running node takes up every change at once.

    An account has a passphrase of the officer's own choice; there is none to begin with, and no default.
    """


def _in_folder(command_: Callable[..., Any]) -> Callable[..., Any]:
    return click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))(command_)


@command.command()
@_in_folder
@click.argument("name")
@click.option("--officer", "officers", multiple=True, required=True, metavar="NUMBER", help="Whom it acts as; repeat.")
@click.option("--passphrase-stdin", is_flag=True, help="Read the passphrase from the first line of standard input.")
def add(folder: Path, name: str, officers: tuple[str, ...], passphrase_stdin: bool) -> None:
    """Make an account NAME that acts as one or more officers of DIR's node."""
    from clearline.bootstrap import now, randomness

    with refusals("clearline officer add"):
        known = _officers(folder)
        for officer in officers:
            if officer not in known:
                raise Malformed(where="--officer", found=officer, expected="an officer here: " + ", ".join(known))
        accounts = held_accounts.read_accounts(folder)
        if name in accounts:
            raise Refused(f"there is an account {name}; remove it first, or give it another passphrase")
        if len(accounts) >= held_accounts.ACCOUNTS_MAX:
            raise Refused(f"there are {held_accounts.ACCOUNTS_MAX} accounts, the most that a node holds")
        made = held_accounts.make_account(
            name, tuple(dict.fromkeys(officers)), _passphrase(passphrase_stdin), random=randomness, at=now()
        )
        held_accounts.write_accounts(folder, {**accounts, name: made})
    click.echo(f"{name} acts as {', '.join(f'officer {o} ({known[o]})' for o in made.officers)}.")


@command.command()
@_in_folder
@click.argument("name")
@click.option("--passphrase-stdin", is_flag=True, help="Read the passphrase from the first line of standard input.")
def passphrase(folder: Path, name: str, passphrase_stdin: bool) -> None:
    """Give an account another passphrase; its sessions end."""
    from clearline.bootstrap import now, randomness

    with refusals("clearline officer passphrase"):
        accounts = held_accounts.read_accounts(folder)
        held = _account(accounts, name)
        made = held_accounts.make_account(
            name, held.officers, _passphrase(passphrase_stdin), random=randomness, at=now()
        )
        held_accounts.write_accounts(folder, {**accounts, name: made})
    click.echo(f"{name} has another passphrase; its sessions are over.")


@command.command()
@_in_folder
@click.argument("name")
def remove(folder: Path, name: str) -> None:
    """Remove an account; its sessions end."""
    with refusals("clearline officer remove"):
        accounts = held_accounts.read_accounts(folder)
        _account(accounts, name)
        held_accounts.write_accounts(folder, {n: one for n, one in accounts.items() if n != name})
    click.echo(f"{name} is removed; its sessions are over.")


@command.command("list")
@_in_folder
def list_(folder: Path) -> None:
    """List accounts and tokens; never a secret."""
    from clearline.bootstrap import now

    with refusals("clearline officer list"):
        known = _officers(folder)
        accounts = held_accounts.read_accounts(folder)
        grants = folders.read_grants(folder) if (folder / folders.TOKENS).exists() else {}
    at = now()
    for name, one in sorted(accounts.items()):
        acts = ", ".join(f"{o} ({known.get(o, 'unknown')})" for o in one.officers)
        click.echo(f"account {name}: officer {acts}; passphrase set {format_instant(one.changed)}")
    for digest, grant in sorted(grants.items(), key=lambda pair: (pair[1].officer, pair[0])):
        click.echo(f"token {digest[:ID_LENGTH]}: officer {grant.officer}; {_until(grant, at)}{_labelled(grant)}")
    click.echo(f"{len(accounts)} accounts, {len(grants)} tokens.")


@command.command()
@_in_folder
@click.option("--officer", required=True, metavar="NUMBER", help="Whom the token admits.")
@click.option(
    "--days", type=click.IntRange(1, DAYS_MAX), default=DAYS_DEFAULT, show_default=True, help="How long it admits."
)
@click.option("--label", default="", metavar="TEXT", help="What it is for, such as: planning feed.")
def token(folder: Path, officer: str, days: int, label: str) -> None:
    """Make a bearer token that expires, and print it once: only its hash is kept."""
    from clearline.bootstrap import now, randomness
    from clearline.records import words

    with refusals("clearline officer token"):
        known = _officers(folder)
        if officer not in known:
            raise Malformed(where="--officer", found=officer, expected="an officer here: " + ", ".join(known))
        words.prose(label, where="--label", most=80)
        expires = Instant(now() + days * DAY_MS)
        made = folders.add_token(folder, officer=officer, random=randomness, expires=expires, label=label)
    click.echo(made)
    click.echo(
        f"The line above admits officer {officer} ({known[officer]}) until {format_instant(expires)}; it is shown "
        "this once, and counts at once.",
        err=True,
    )


@command.command()
@_in_folder
@click.argument("token_id", metavar="ID")
def revoke(folder: Path, token_id: str) -> None:
    """Revoke a token by its ID as `list` shows it, or every one of an officer: `officer:NUMBER`."""
    with refusals("clearline officer revoke"):
        grants = folders.read_grants(folder)
        kind, _, officer = token_id.partition(":")
        gone = [
            digest
            for digest, grant in grants.items()
            if (grant.officer == officer if kind == "officer" and officer else digest.startswith(token_id.lower()))
        ]
        if not gone or (len(token_id) < ID_LENGTH and kind != "officer"):
            raise NotFound(f"no token {token_id[:80]} is held; clearline officer list shows the ids")
        folders.write_grants(folder, {d: g for d, g in grants.items() if d not in gone})
    click.echo(f"{len(gone)} revoked; it counts at once, and sessions opened with it are over.")


def _officers(folder: Path) -> dict[str, str]:
    """Return the officers for whom this folder holds a key, with their positions."""
    member = folders.read_config(folder).member
    roster = folders.read_roster(folder)
    card = roster.member(member)
    keys = folders.read_keyring(folder, roster, member).officers
    return {one.officer: one.position for one in card.officers if one.officer in keys} if card is not None else {}


def _account(accounts: dict[str, held_accounts.Account], name: str) -> held_accounts.Account:
    if name not in accounts:
        raise NotFound(f"there is no account {name[:40]}; clearline officer list shows them")
    return accounts[name]


def _passphrase(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    given: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True)
    return given


def _until(grant: folders.TokenGrant, at: Instant) -> str:
    if grant.expires is None:
        return "until it is revoked"
    return f"until {format_instant(grant.expires)}" if grant.admits(at) else f"EXPIRED {format_instant(grant.expires)}"


def _labelled(grant: folders.TokenGrant) -> str:
    return f"; {grant.label}" if grant.label else ""
