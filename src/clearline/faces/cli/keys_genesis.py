"""Founding a channel by members at several places: one text, a signature of each root, one genesis for all.

Every root signs the same text by itself; the signatures are joined afterwards. So no root key travels, nobody
waits for a place in a row, and a signed text that differs by one byte shows at once.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from clearline.errors import Conflicting, Malformed, NotAllowed, NotFound, Refused, Said
from clearline.faces.cli import address
from clearline.faces.cli.fingerprint import grouped, root_fingerprint, spoken
from clearline.faces.cli.telling import read_text, refusals, write_new
from clearline.records import genesis as records
from clearline.records.genesis import GENESIS_BYTES_MAX, Genesis, GenesisMember
from clearline.records.reading import Members

CARD = "member.json"
CARD_BYTES_MAX = 64 * 1024
"""Bytes of a card: 64 officers need about 9 KiB."""


def card_text(card: GenesisMember) -> str:
    """Return a member's public card as it is handed over."""
    return json.dumps(records.member_to_members(card), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def check_card(card: GenesisMember, *, where: str) -> None:
    """Refuse a card that a genesis could not take in.

    Raises:
        Malformed: Names the first fault.
    """
    records.member_from_members(Members(records.member_to_members(card), where=where))


def read_card(path: Path) -> GenesisMember:
    """Return the card that a file holds.

    Raises:
        NotFound: There is no such file.
        Malformed: Names the first fault by JSON Pointer.
    """
    try:
        text = read_text(path, limit=CARD_BYTES_MAX)
    except FileNotFoundError:
        raise NotFound(f"{path} is missing; a member's folder is made with: clearline keys make") from None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise Malformed(where=str(path), found=Said(fault), expected="a member's card (member.json)") from None
    return records.member_from_members(Members(value, where=str(path)))


@click.command()
@click.argument("cards", metavar="CARD...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--channel", required=True, metavar="NAME", help='Name of the channel, such as "Syria 2025".')
@click.option("--drill", is_flag=True, help="A drill: its record can never be taken for a real one.")
@click.option("-o", "--output", required=True, metavar="FILE", type=click.Path(path_type=Path))
def genesis(cards: tuple[Path, ...], channel: str, drill: bool, output: Path) -> None:
    """Write the unsigned genesis of a channel of these members: the text that every root signs."""
    from clearline.bootstrap import now, randomness
    from clearline.channel.founding import genesis_text

    with refusals("clearline keys genesis"):
        read = [read_card(path) for path in cards]
        text = genesis_text(channel=channel, drill=drill, cards=read, created=now(), nonce=randomness(32))
        made = records.from_text(text, where="genesis")
        if not made.parties:
            raise Malformed(where="cards", found=Said("no party"), expected="at least one member with the role party")
        write_new(output, text)
    click.echo(f"{output}: the genesis, not signed yet")
    _say(text, made)
    click.echo("Hand the file to every member; each compares the fingerprints by voice, then: clearline keys sign")


@click.command()
@click.argument("text_file", metavar="GENESIS.text", type=click.Path(path_type=Path))
@click.option("--root", required=True, metavar="FILE", type=click.Path(path_type=Path), help="The root key.")
@click.option("--member", required=True, metavar="ID")
@click.option(
    "--card",
    "card_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The member's own card.  [member.json in the folder above the root key's]",
)
@click.option("-o", "--output", required=True, metavar="FILE", type=click.Path(path_type=Path))
def sign(text_file: Path, root: Path, member: str, card_file: Path | None, output: Path) -> None:
    """Sign a genesis with a member's root key, if it names exactly the keys of the member's own card."""
    from clearline.channel.founding import sign_genesis
    from clearline.faces.cli.member import check_anchors
    from clearline.signing.note import encode_note
    from clearline.store.folder import root_signer_at

    with refusals("clearline keys sign"):
        text = read_text(text_file, limit=GENESIS_BYTES_MAX)
        if "\n\n" in text:
            raise Refused(f"{text_file} carries signatures already; sign the text as `keys genesis` wrote it")
        read = records.from_text(text, where=str(text_file))
        named = read.member(member)
        if named is None:
            members = ", ".join(one.id for one in read.members)
            raise Malformed(where="--member", found=member, expected=f"a member of this genesis: {members}")
        own = card_file.parent if card_file is not None else root.parent.parent
        card = read_card(card_file or own / CARD)
        if named != card:
            raise Refused(
                f"{text_file} does not name the keys, name and role of {member}'s own card; do not sign it, and ask "
                "whoever wrote it"
            )
        signer = root_signer_at(root, member)
        if signer.public.raw != named.root:
            raise Refused(f"{root} is not the root key that {text_file} names for {member}")
        compared = check_anchors(own, read, own=member)
        write_new(output, encode_note(sign_genesis(text, [signer])).decode())
    click.echo(f"{output}: the genesis with the signature of {member}")
    _say(text, read)
    if compared:
        click.echo(
            f"The roots of {', '.join(compared)} were never compared here: do so before you rely on them, with "
            "clearline member add",
            err=True,
        )
    click.echo("Hand the file to whoever joins the signatures: clearline keys join")


@click.command()
@click.argument("notes", metavar="SIGNED...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, metavar="FILE", type=click.Path(path_type=Path))
def join(notes: tuple[Path, ...], output: Path) -> None:
    """Join the members' signatures to the genesis of the channel; every member's must be there and verify."""
    from clearline.channel.roster import roster_from_genesis
    from clearline.signing.note import Note, NoteSignature, encode_note, parse_note

    with refusals("clearline keys join"):
        text, lines = "", dict[str, NoteSignature]()
        for path in notes:
            raw = read_text(path, limit=GENESIS_BYTES_MAX).encode()
            note = parse_note(raw, where=str(path), max_bytes=GENESIS_BYTES_MAX)
            if text and note.text != text:
                raise Conflicting(f"{path} signs another text than {notes[0]}; all must sign the same bytes")
            text = note.text
            for signature in note.signatures:
                lines.setdefault(signature.line(), signature)
        joined = encode_note(Note(text, tuple(lines[line] for line in sorted(lines))))
        roster = roster_from_genesis(joined, where="the joined genesis")
        write_new(output, joined.decode())
    click.echo(f"{output}: the genesis, signed by {', '.join(roster.members)}")
    _say(text, roster.genesis)
    click.echo("Hand the file to every member, then at each node: clearline keys install")


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("genesis_file", metavar="GENESIS.note", type=click.Path(path_type=Path))
@click.option("--listen", required=True, metavar="HOST:PORT", help="Where the node listens, such as 127.0.0.1:8801.")
@click.option("--peer", "peers", multiple=True, metavar="ID=URL", help="Where another member's node is; once each.")
@click.option("--peers-listen", metavar="HOST:PORT", help="Where other nodes call over TLS, such as 0.0.0.0:8901.")
@click.option("--certificate", metavar="FILE", help="PEM certificate of the officers' side, where it leaves loopback.")
@click.option("--certificate-key", metavar="FILE", help="The key of that certificate, PEM.")
def install(
    folder: Path,
    genesis_file: Path,
    listen: str,
    peers: tuple[str, ...],
    peers_listen: str | None,
    certificate: str | None,
    certificate_key: str | None,
) -> None:
    """Take the node of DIR into a channel: genesis.note and node.json; run it again to change addresses.

    The genesis must carry every root's signature and name exactly the keys that DIR holds. Other nodes call at
    --peers-listen, over TLS (clearline keys tls); only a demonstration or a drill may do without, on loopback.
    """
    from clearline.bootstrap import check_lines
    from clearline.channel.roster import roster_from_genesis
    from clearline.store import folder as folders

    with refusals("clearline keys install"):
        card = read_card(folder / CARD)
        if (certificate is None) != (certificate_key is None):
            raise Refused("--certificate and --certificate-key go together")
        host, port = address.listening(listen, where="--listen", tls=certificate is not None)
        beside = address.listening(peers_listen, where="--peers-listen", tls=True) if peers_listen else ("", 0)
        text = read_text(genesis_file, limit=GENESIS_BYTES_MAX)
        roster = roster_from_genesis(text.encode(), where=str(genesis_file))
        named = roster.member(card.id)
        if named is None:
            raise Refused(f"{genesis_file} does not name {card.id}; its members are {', '.join(roster.members)}")
        if named != card:
            raise Refused(f"{genesis_file} names other keys, name or role for {card.id} than {folder / CARD}")
        keyring = folders.read_keyring(folder, roster, card.id)
        lines = _peers(peers, [str(one) for one in roster.members if one != card.id])
        installed = folder / "genesis.note"
        if installed.exists() and installed.read_text(encoding="utf-8") != text:
            raise Conflicting(f"{folder} belongs to another channel already; a node has one channel: make new keys")
        demonstration = (folder / "node.json").exists() and folders.read_config(folder).demonstration
        config = folders.NodeConfig(
            card.id, host, port, lines, demonstration, *beside, certificate or "", certificate_key or ""
        )
        try:
            check_lines(config, roster, where=folder / "node.json")
            doubt = ""
        except NotAllowed as fault:
            doubt = fault.message
        if not installed.exists():
            folders.write_private(installed, text, replace=True)
        if not (folder / "tokens.json").exists():
            folders.write_private(folder / "tokens.json", "{}\n")
        folders.write_config(folder, config)
    click.echo(f"{folder}: node of {card.id} in {roster.genesis.channel}, listens on {host}:{port}")
    _say(text.partition("\n\n")[0] + "\n", roster.genesis)
    for officer in card.officers:
        here = "signs here" if officer.officer in keyring.officers else "has no key here and cannot sign at this node"
        click.echo(f"  officer {officer.officer} ({officer.position}) {here}")
    absent = [one for one in roster.members if one != card.id and one not in lines]
    if absent:
        click.echo(f"No line to {', '.join(absent)}: name it with --peer, or nothing goes there.", err=True)
    if (folder / "keys" / "root.key").exists():
        click.echo(f"Move {folder / 'keys' / 'root.key'} offline: the genesis is signed.", err=True)
    if doubt:
        click.echo(f"The node will not start as it is: {doubt}", err=True)
    if beside[1]:
        click.echo(
            f"  other nodes call over TLS at {beside[0]}:{beside[1]}: clearline keys tls {folder} makes the certificate"
        )
    click.echo(f"Next: clearline keys token {folder} --officer {card.officers[0].officer}; clearline node {folder}")


def _peers(given: tuple[str, ...], others: list[str]) -> dict[str, str]:
    lines: dict[str, str] = {}
    for text in given:
        peer, equals, url = text.partition("=")
        if not equals or peer not in others or peer in lines:
            expected = f"ID=URL, each other member once: {', '.join(others)}"
            raise Malformed(where="--peer", found=text, expected=expected)
        address.check_peer(url, where=f"--peer {peer}")
        lines[peer] = url.rstrip("/")
    return lines


def _say(text: str, made: Genesis) -> None:
    """Print what a genesis says in a form that members compare by voice."""
    channel = records.channel_id(text)
    click.echo(f"  channel      {made.channel}{' (drill)' if made.drill else ''}")
    click.echo(f"  id           {channel}")
    click.echo(f"  fingerprint  {grouped(channel)}")
    click.echo(f"  in words     {spoken(channel)}")
    for one in made.members:
        click.echo(f"  {one.id:<8} {one.role:<12} {one.name}: root {grouped(root_fingerprint(one.id, one.root))}")
