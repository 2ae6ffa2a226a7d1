"""Key events from the command line: new keys, and what the root says of them; signed offline, then carried to the node.

Exit 0: done. 2: refused, with the reason on standard error; nothing was written or said. 3: the node is out of reach.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

import click

from clearline.errors import Malformed, Refused, Said
from clearline.faces.cli.officer import at_a_node, ending, line_to, safe, tell
from clearline.faces.cli.telling import read_text, refusals, write_new
from clearline.records.genesis import GENESIS_BYTES_MAX
from clearline.records.key_event import KEY_NOTE_MAX, Event, KeyEvent, from_note
from clearline.records.reading import binary
from clearline.volumes.instant import Instant

DAY_MS = 86_400_000
DEFAULT_VALID_DAYS = 730

_root = click.option(
    "--root", "root_file", required=True, metavar="FILE", type=click.Path(path_type=Path), help="The root key."
)
_genesis = click.option(
    "--genesis",
    "genesis_file",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The channel's genesis.",
)
_member = click.option("--member", required=True, metavar="ID")
_role = click.option(
    "--role", required=True, metavar="ROLE", help="officer/<officer>, mirror, delivery, sealing or tls."
)
_key = click.option("--key", "key", required=True, metavar="BASE64", help="The public key, as `keys new` prints it.")
_reason = click.option("--reason", default="", metavar="TEXT", help="Why; the other members read it.")
_output = click.option("-o", "--output", required=True, metavar="FILE", type=click.Path(path_type=Path))
_days = click.option("--valid-days", type=click.IntRange(1, 36_500), default=DEFAULT_VALID_DAYS, show_default=True)
_position = click.option("--position", default="", metavar="TEXT", help="An officer's watch position.")
_releasing = click.option("--releasing", is_flag=True, help="The officer is a second person of acts that bind.")


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--sealing", is_flag=True, help="A sealing key (X25519); without it a key that signs (Ed25519).")
def new(file: Path, sealing: bool) -> None:
    """Make a private key in FILE, which only its owner can read, and print the public key.

    A node's own key belongs into DIR/keys, named after its role with a number: mirror.2.key, officer-1.2.key,
    sealing.2.key, main.2.key. A releasing officer's key never goes there.
    """
    from clearline.bootstrap import randomness
    from clearline.signing.keys import Signer
    from clearline.signing.sealing_key import SealingKey
    from clearline.store.folder import write_private

    with refusals("clearline keys new"):
        seed = randomness(32)
        public = SealingKey(seed).raw if sealing else Signer("key", seed).public.raw
        write_private(file, base64.b64encode(seed).decode() + "\n")
    click.echo(base64.b64encode(public).decode())
    click.echo(f"The line above is the public key; {file} holds the private one.", err=True)


@click.command()
@_root
@_genesis
@_member
@_role
@_key
@_position
@_releasing
@_days
@_reason
@_output
def grant(
    root_file: Path,
    genesis_file: Path,
    member: str,
    role: str,
    key: str,
    position: str,
    releasing: bool,
    valid_days: int,
    reason: str,
    output: Path,
) -> None:
    """Let the root grant a key: the event goes to the node with `keys say`, and needs two officers there."""
    with refusals("clearline keys grant"):
        made = _event(Event.GRANT, genesis_file, member, role, key, valid_days, position, releasing, reason)
        _write(made, root_file, output, old=None)


@click.command()
@_root
@_genesis
@_member
@_role
@_key
@click.option(
    "--old", "old_file", metavar="FILE", type=click.Path(path_type=Path), help="The old private key, which signs too."
)
@click.option(
    "--replaces", default="", metavar="BASE64", help="The old public key, for sealing keys, which cannot sign."
)
@_position
@_releasing
@_days
@_reason
@_output
def rotate(
    root_file: Path,
    genesis_file: Path,
    member: str,
    role: str,
    key: str,
    old_file: Path | None,
    replaces: str,
    position: str,
    releasing: bool,
    valid_days: int,
    reason: str,
    output: Path,
) -> None:
    """Let the root and the old key put a new key in the old one's place. Where the old key is lost: revoke, grant."""
    from dataclasses import replace

    with refusals("clearline keys rotate"):
        if (old_file is None) == (not replaces):
            raise Malformed(
                where="--old", found=Said("both or none"), expected="either --old FILE or --replaces BASE64"
            )
        made = _event(Event.ROTATE, genesis_file, member, role, key, valid_days, position, releasing, reason)
        old = _public_of(old_file) if old_file is not None else binary(replaces, where="--replaces", size=32)
        _write(replace(made, replaces=old), root_file, output, old=old_file)


@click.command()
@_root
@_genesis
@_member
@_role
@_key
@click.option(
    "--last-good",
    "last_good",
    multiple=True,
    metavar="LOG=SIZE",
    help="Up to which size of a log what the key signed is vouched for; once a log. What lies past it is disowned.",
)
@_reason
@_output
def revoke(
    root_file: Path,
    genesis_file: Path,
    member: str,
    role: str,
    key: str,
    last_good: tuple[str, ...],
    reason: str,
    output: Path,
) -> None:
    """Let the root revoke a key. The event needs no officer: it must be possible where officers' keys are lost."""
    from dataclasses import replace

    with refusals("clearline keys revoke"):
        made = _event(Event.REVOKE, genesis_file, member, role, key, 1, "", False, reason)
        sizes: list[tuple[str, int]] = []
        for text in last_good:
            log, equals, size = text.partition("=")
            if not equals or not size.isdecimal() or len(size) > 15 or log in dict(sizes):
                raise Malformed(where="--last-good", found=text, expected="LOG=SIZE, such as main=120, each log once")
            sizes.append((log, int(size)))
        _write(replace(made, last_good=tuple(sorted(sizes))), root_file, output, old=None)


@click.command()
@_root
@_genesis
@_member
@click.option("--log", required=True, metavar="LOG", help="The log that ends, such as main.")
@click.option("--size", required=True, type=click.IntRange(0), help="Its size up to which the member vouches for it.")
@click.option("--log-root", required=True, metavar="BASE64", help="Its root at that size, as `keys begin` prints it.")
@_key
@_days
@_reason
@_output
def end(
    root_file: Path,
    genesis_file: Path,
    member: str,
    log: str,
    size: int,
    log_root: str,
    key: str,
    valid_days: int,
    reason: str,
    output: Path,
) -> None:
    """Let the root end a log whose key was lost or stolen, and name the key of the log that takes its place."""
    from dataclasses import replace

    from clearline.picture.keys import next_log
    from clearline.records.header import base_log, is_log

    with refusals("clearline keys end"):
        if not is_log(log):
            raise Malformed(where="--log", found=log, expected="main, safety, or a successor such as main.2")
        made = _event(Event.SUCCEED, genesis_file, member, base_log(log), key, valid_days, "", False, reason)
        root = binary(log_root, where="--log-root", size=32)
        made = replace(made, log=next_log(log), last_good=((log, size),), root=root)
        _write(made, root_file, output, old=None, then=f"clearline keys begin DIR {output}, with the node stopped")


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("event_file", metavar="[EVENT.note]", required=False, type=click.Path(path_type=Path))
def begin(folder: Path, event_file: Path | None) -> None:
    """Begin the successor of a log in the folder of a node that is stopped; without EVENT.note print what to sign.

    The new key must lie in DIR/keys as main.2.key or safety.2.key (`clearline keys new`).
    """
    from clearline.bootstrap import now, randomness
    from clearline.channel.keys import key_watch
    from clearline.channel.keys.succession import succeed
    from clearline.channel.node import Node
    from clearline.store import folder as folders
    from clearline.store.sqlite import SqliteStore

    with refusals("clearline keys begin"):
        me, at = folders.read_config(folder).member, now()
        store = SqliteStore(folder / "record.sqlite")
        try:
            roster = key_watch.roster_with(folders.read_roster(folder), store.kept(key_watch.KIND))
            node = Node.load(me, roster, folders.read_keyring(folder, roster, me), store, at=at)
            if event_file is None:
                for base in ("main", "safety"):
                    held = node.own(base)
                    root = base64.b64encode(held.root_at(held.size)).decode()
                    click.echo(f"--log {held.log} --size {held.size} --log-root {root}")
                return
            event = from_note(read_text(event_file, limit=KEY_NOTE_MAX), where=str(event_file))
            keys = folders.read_keyring(folder, node.roster.knowing(event, me), me)
            done = succeed(node, event, keys, at=at, random=randomness)
            store.commit(node.take_writes())
        finally:
            store.close()
    place = done.entry.place
    click.echo(f"{place.member}/{place.log} begins; start the node, and ring the other members up: they get an alarm")


@click.command()
@click.argument("event_file", metavar="EVENT.note", type=click.Path(path_type=Path))
@at_a_node
def say(event_file: Path, url: str, token_file: Path | None, as_json: bool) -> None:
    """Hand a key event to the node: it takes its place in the record, or waits for its second person."""
    from clearline.faces.act_words import key_event_in_words
    from clearline.faces.cli import officer_words

    with ending("clearline keys say"):
        note = read_text(event_file, limit=KEY_NOTE_MAX)
        said = key_event_in_words(from_note(note, where=str(event_file)))
        answer = line_to(url, token_file, as_json).post("keys", "events", body={"note": note})
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
            return
        tell(list(said))
        if "entry" in answer:
            tell([f"SAID  {officer_words.place_of(answer['entry'])}; the other members get an alarm: ring them up"])
        else:
            tell([f"WAITS for a second person until {answer['expires']}: clearline draft sign {answer['id']} …"])


@click.command("list")
@click.option("--member", default="", metavar="ID", help="Of one member alone.")
@at_a_node
def list_(member: str, url: str, token_file: Path | None, as_json: bool) -> None:
    """List every member's keys as the node knows them: granted, replaced, revoked, and from where on disowned."""
    with ending("clearline keys list"):
        answer = line_to(url, token_file, as_json).get("keys", **({"member": member} if member else {}))
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
            return
        for one in answer["keys"]:
            releasing = ", releasing" if one["releasing"] else ""
            position = f" ({one['position']}{releasing})" if one["position"] else ""
            click.echo(safe(f"{one['member']:<8} {one['role']:<12} {one['state']:<9} {one['key']}{position}"))
            for ended in one["ended"]:
                sizes = ", ".join(f"{log} from entry {size} on" for log, size in sorted(ended["last_good"].items()))
                disowned = f"; disowned: {sizes}" if sizes else ""
                click.echo(safe(f"         {ended['event']} by {ended['log']} entry {ended['index']}{disowned}"))


def _event(
    what: Event,
    genesis_file: Path,
    member: str,
    role: str,
    key: str,
    valid_days: int,
    position: str,
    releasing: bool,
    reason: str,
) -> KeyEvent:
    from clearline.bootstrap import now
    from clearline.channel.roster import roster_from_genesis

    roster = roster_from_genesis(read_text(genesis_file, limit=GENESIS_BYTES_MAX).encode(), where=str(genesis_file))
    if roster.member(member) is None:
        raise Malformed(where="--member", found=member, expected="a member: " + ", ".join(roster.members))
    if role.startswith("officer/") and what is not Event.REVOKE and not position:
        raise Malformed(where="--position", found=Said("nothing"), expected="the officer's watch position")
    at = now()
    return KeyEvent(
        note="",
        channel=roster.channel,
        member=member,
        event=what,
        role=role,
        key=binary(key, where="--key", size=32),
        start=at,
        until=Instant(at + valid_days * DAY_MS),
        position=position,
        releasing=releasing,
        reason=reason,
    )


def _write(event: KeyEvent, root_file: Path, output: Path, *, old: Path | None, then: str = "") -> None:
    from clearline.channel.keys.key_signing import signed_event
    from clearline.channel.roster import key_name
    from clearline.faces.act_words import key_event_in_words
    from clearline.signing.keys import Signer
    from clearline.store.folder import read_seed, root_signer_at

    signers = [root_signer_at(root_file, event.member)]
    if old is not None:
        signers.append(Signer(key_name(event.channel, event.member, event.role), read_seed(old)))
    made = signed_event(event, signers)
    write_new(output, made.note)
    tell(list(key_event_in_words(made)))
    then = then or f"clearline keys say {output}"
    click.echo(f"{output}: signed by the root{' and by the old key' if old else ''}; next: {then}")


def _public_of(file: Path) -> bytes:
    from clearline.signing.keys import Signer
    from clearline.store.folder import read_seed

    try:
        return Signer("key", read_seed(file)).public.raw
    except OSError as fault:
        raise Refused(f"{file}: {fault.strerror or fault}") from None
