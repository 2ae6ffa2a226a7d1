"""`clearline keys`: make and show the keys of a member, found a channel together, take a node into it.

Exit 0: done. 2: refused, with the reason on standard error; nothing was written or changed.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clearline.errors import Malformed, NotFound, Refused
from clearline.faces.cli import keys_card, keys_events, keys_genesis, keys_tls
from clearline.faces.cli.fingerprint import grouped, root_fingerprint, root_vkey, spoken
from clearline.faces.cli.groups import InOrder
from clearline.faces.cli.telling import refusals, write_new
from clearline.records.genesis import Role
from clearline.store import folder as folders
from clearline.volumes.instant import format_instant

if TYPE_CHECKING:
    from clearline.records.genesis import GenesisMember

DEFAULT_POSITION = "duty watch"

DEFAULT_VALID_DAYS = 730
"""Days for which first keys are good: long enough to found a channel and to practise a rotation within them."""

DAY_MS = 86_400_000


@click.group(
    cls=InOrder,
    order=(
        *("make", "card", "genesis", "sign", "join", "install", "tls", "tls-sign", "token", "show"),
        *("list", "new", "grant", "rotate", "revoke", "say", "end", "begin"),
    ),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def command() -> None:
    """Make and show the keys of a member; make a channel's genesis; take a node into the channel.

    A channel is founded in five steps. Each member: `make`, and hands its card (member.json) to the others. One
    member: `genesis`, and hands the text to all. Each member: `sign`, after comparing fingerprints by voice. One
    member: `join` the signatures, and hands the genesis to all. Each member: `install` and `token`.
    """


@command.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--member", required=True, metavar="ID", help="Short name: 2 to 8 of A-Z and 0-9, a letter first.")
@click.option("--name", required=True, help="The member's name as others read it.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option(
    "--position", "positions", multiple=True, metavar="TEXT", help=f"Watch position; once each.  [{DEFAULT_POSITION}]"
)
@click.option(
    "--releasing",
    multiple=True,
    metavar="TEXT",
    help="Position of a releasing officer, the second person of acts that bind; once each.",
)
@click.option(
    "--releasing-keys",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Where the releasing officers' keys go: never into DIR. Needed with --releasing.",
)
@click.option(
    "--valid-days",
    type=click.IntRange(1, 36_500),
    default=DEFAULT_VALID_DAYS,
    show_default=True,
    help="For how many days these keys are good, the root's aside.",
)
def make(
    folder: Path,
    member: str,
    name: str,
    role: str,
    positions: tuple[str, ...],
    releasing: tuple[str, ...],
    releasing_keys: Path | None,
    valid_days: int,
) -> None:
    """Make a member's keys in DIR, which must be new or empty, and its public card, DIR/member.json.

    Officers are numbered from 1 in the order of the positions, the releasing ones after the others. Keys are files
    that only their owner can read.
    """
    from clearline.bootstrap import now, randomness
    from clearline.volumes.instant import Instant

    with refusals("clearline keys make"):
        if releasing and releasing_keys is None:
            raise Refused("--releasing needs --releasing-keys FOLDER: those keys never lie in the node's folder")
        if releasing_keys is not None and releasing_keys.resolve().is_relative_to(folder.resolve()):
            raise Refused(f"{releasing_keys} lies in {folder}; name a folder elsewhere, best on a medium of its own")
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Everything is made beside DIR and takes its place in one step.
        draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        try:
            card = folders.make_member(
                draft,
                member=member,
                name=name,
                role=Role(role),
                positions=list(positions) or [DEFAULT_POSITION],
                random=randomness,
                releasing=releasing,
                releasing_folder=draft / "releasing",
                until=Instant(now() + valid_days * DAY_MS),
            )
            write_new(draft / keys_genesis.CARD, keys_genesis.card_text(card))
            keys_genesis.check_card(card, where="member")
            apart = _put_apart(draft / "releasing", releasing_keys)
            try:
                _place(draft, folder)
            except Refused:
                for path in apart:
                    path.unlink()
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    click.echo(f"{folder}: keys of {card.id} ({card.name}), {card.role}")
    _say_card(card)
    click.echo(f"Hand {folder / keys_genesis.CARD} to the other members; it holds public keys alone.")
    for path in apart:
        click.echo(f"{path}: a releasing officer's key; that officer alone keeps it, and never on this machine")
    click.echo(
        f"{folder / 'keys' / 'root.key'} signs the genesis and nothing a node does: "
        "move it to a medium that stays offline once the genesis is signed."
    )


@command.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def show(folder: Path) -> None:
    """Show what DIR holds: card, key files, channel, lines, tokens; never a secret."""
    with refusals("clearline keys show"):
        card = keys_genesis.read_card(folder / keys_genesis.CARD)
        lines = [f"{folder}: {card.id} ({card.name}), {card.role}"]
        lines += _key_lines(folder)
        lines += _channel_lines(folder, card)
        lines += _token_lines(folder)
    click.echo(lines[0])
    _say_card(card)
    for line in lines[1:]:
        click.echo(line)


@command.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--officer", required=True, metavar="NUMBER", help="Whom the token admits, as `keys show` numbers them.")
def token(folder: Path, officer: str) -> None:
    """Make a bearer token for an officer of DIR's node and print it, once: only its hash is kept."""
    from clearline.bootstrap import randomness

    with refusals("clearline keys token"):
        card = keys_genesis.read_card(folder / keys_genesis.CARD)
        known = {one.officer: one.position for one in card.officers}
        if officer not in known:
            raise Malformed(where="--officer", found=officer, expected="an officer of this card: " + ", ".join(known))
        key = folder / "keys" / f"officer-{officer}.key"
        if not key.exists():
            raise NotFound(f"{key} is missing, so this node cannot sign for officer {officer}")
        made = folders.add_token(folder, officer=officer, random=randomness)
    click.echo(made)
    click.echo(
        f"The line above admits officer {officer} of {card.id} ({known[officer]}) and is shown this once. "
        "A running node takes it up when it is started again.",
        err=True,
    )


for _one in (
    *(keys_genesis.genesis, keys_genesis.sign, keys_genesis.join, keys_genesis.install, keys_card.card),
    *(keys_tls.tls, keys_tls.tls_sign),
    *(keys_events.list_, keys_events.new, keys_events.grant, keys_events.rotate, keys_events.revoke, keys_events.say),
    *(keys_events.end, keys_events.begin),
):
    command.add_command(_one)


def _put_apart(made: Path, target: Path | None) -> list[Path]:
    """Move the releasing officers' keys to the folder that was named for them, and return where they lie.

    Raises:
        Refused: A key of that name lies there already.
    """
    if target is None or not made.exists():
        return []
    target.mkdir(mode=folders.PRIVATE_FOLDER, parents=True, exist_ok=True)
    placed: list[Path] = []
    try:
        for path in sorted(made.iterdir()):
            folders.write_private(target / path.name, path.read_text(encoding="utf-8"))
            placed.append(target / path.name)
            path.unlink()
    except Refused:
        for path in placed:
            path.unlink()
        raise
    made.rmdir()
    return placed


def _place(draft: Path, folder: Path) -> None:
    """Move what was made to where it belongs.

    Raises:
        Refused: Something stands there.
    """
    try:
        os.rename(draft, folder)  # noqa: PTH104 - onto an empty folder, which Path.replace does not promise
    except OSError as fault:
        if folder.exists():
            raise Refused(f"{folder} exists and is not empty; nothing was changed. Name a new folder") from None
        raise fault from None


def _say_card(card: GenesisMember) -> None:
    for one in card.officers:
        click.echo(f"  officer {one.officer}: {one.position}{', releasing' if one.releasing else ''}")
    click.echo(f"  good until   {format_instant(card.until)}")
    digits = root_fingerprint(card.id, card.root)
    click.echo(f"  root key     {root_vkey(card.id, card.root)}")
    click.echo(f"  fingerprint  {grouped(digits)}")
    click.echo(f"  in words     {spoken(digits)}")


def _key_lines(folder: Path) -> list[str]:
    lines = []
    for path in sorted((folder / "keys").glob("*.key")):
        mode = stat.S_IMODE(path.stat().st_mode)
        state = "only its owner can read it" if not mode & 0o077 else f"OTHERS CAN READ IT; run: chmod 600 {path}"
        lines.append(f"  {path.name}: {state}")
    if (folder / "keys" / "root.key").exists() and (folder / "genesis.note").exists():
        lines.append("  root.key is still here though the genesis is signed: move it offline")
    return lines or ["  no key files"]


def _channel_lines(folder: Path, card: GenesisMember) -> list[str]:
    if not (folder / "genesis.note").exists():
        return ["No channel yet; take this folder into one with: clearline keys install"]
    roster = folders.read_roster(folder)
    genesis = roster.genesis
    drill = " (drill)" if genesis.drill else ""
    lines = [f"Channel {genesis.channel}{drill}, id {roster.channel}", f"  members: {', '.join(roster.members)}"]
    if roster.member(card.id) != card:
        lines.append("  THE GENESIS NAMES OTHER KEYS for this member than this folder's card")
    if (folder / "node.json").exists():
        config = folders.read_config(folder)
        lines.append(f"  listens on {config.host}:{config.port}")
        if config.peers_port:
            lines.append(f"  other nodes call over TLS at {config.peers_host}:{config.peers_port}")
        lines += [f"  line to {peer}: {url}" for peer, url in sorted(config.peers.items())]
    return lines


def _token_lines(folder: Path) -> list[str]:
    if not (folder / "tokens.json").exists():
        return ["No tokens; make one with: clearline keys token"]
    held = folders.read_tokens(folder)
    counts = {officer: list(held.values()).count(officer) for officer in sorted(set(held.values()))}
    return [f"  tokens of officer {officer}: {count}" for officer, count in counts.items()] or ["No tokens yet"]
