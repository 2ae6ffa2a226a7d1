"""`clearline keys tls`, `tls-sign`: the certificate under which other members know a node's end of a line.

Where the root key is at hand, one command makes it. Where the root stays offline, as it should, the node writes a
request, the root signs it at its own place, and the node takes the certificate in.
"""

from __future__ import annotations

from pathlib import Path

import click

from clearline.errors import Conflicting, Malformed, Refused
from clearline.faces.cli.keys_genesis import CARD, read_card
from clearline.faces.cli.telling import read_text, refusals, write_new
from clearline.gateways.peer.tls import BACK_MS, CERTIFICATE_BYTES_MAX, DAYS, DAYS_MAX
from clearline.records.genesis import GENESIS_BYTES_MAX
from clearline.records.words import MemberId
from clearline.volumes.instant import Instant, format_instant

REQUEST_BYTES_MAX = 1_000
DAY_MS = 86_400_000


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--root", metavar="FILE", type=click.Path(path_type=Path), help="The root key, where it is at hand.")
@click.option("--request", metavar="FILE", type=click.Path(path_type=Path), help="Write what the root is to sign.")
@click.option("--certificate", metavar="FILE", type=click.Path(path_type=Path), help="Take in what the root signed.")
@click.option("--days", type=click.IntRange(1, DAYS_MAX), default=DAYS, show_default=True, help="How long it is good.")
def tls(folder: Path, root: Path | None, request: Path | None, certificate: Path | None, days: int) -> None:
    """Make the certificate of DIR's node: by --root at once, or by --request, tls-sign and --certificate.

    Run it again before the certificate ends; the node takes the new one up when it is started again.
    """
    from clearline.bootstrap import CERTIFICATE, TLS_KEY, make_certificate, now, randomness
    from clearline.channel.roster import key_name
    from clearline.gateways.peer import tls as lines
    from clearline.signing.keys import Algorithm, PublicKey
    from clearline.store import folder as folders

    with refusals("clearline keys tls"):
        if [root, request, certificate].count(None) != 2:
            raise Refused("name one of --root, --request and --certificate")
        card = read_card(folder / CARD)
        roster = folders.read_roster(folder)
        key = folder / TLS_KEY
        if root is not None:
            at = now()
            end = Instant(at + days * DAY_MS)
            make_certificate(folder, roster, card.id, folders.read_seed(root), start=Instant(at - BACK_MS), end=end)
        elif request is not None:
            if not key.exists():
                folders.write_private(key, lines.pem_of(randomness(32)))
            raw = lines.public_of(folders.read_private(key), where=str(key))
            name = key_name(roster.channel, card.id, "tls")
            write_new(request, PublicKey(name, Algorithm.ED25519, raw).vkey() + "\n")
            click.echo(f"{request}: take it to the root key of {card.id}, then: clearline keys tls-sign")
            return
        elif certificate is not None:
            text = read_text(certificate, limit=CERTIFICATE_BYTES_MAX)
            lines.check_own(certificate, key, roster, card.id, at=now())
            folders.write_private(folder / CERTIFICATE, text, replace=True)
        leaf = lines.check_own(folder / CERTIFICATE, key, roster, card.id, at=now())
    click.echo(f"{folder / CERTIFICATE}: {leaf.member}, good until {format_instant(leaf.end)}")
    click.echo("Other members need nothing of it: they know the root from the genesis.")


@click.command("tls-sign")
@click.argument("request", metavar="REQUEST", type=click.Path(path_type=Path))
@click.option("--genesis", "genesis_file", required=True, metavar="FILE", type=click.Path(path_type=Path))
@click.option("--root", required=True, metavar="FILE", type=click.Path(path_type=Path), help="The root key.")
@click.option("--days", type=click.IntRange(1, DAYS_MAX), default=DAYS, show_default=True, help="How long it is good.")
@click.option("-o", "--output", required=True, metavar="FILE", type=click.Path(path_type=Path))
def tls_sign(request: Path, genesis_file: Path, root: Path, days: int, output: Path) -> None:
    """Sign a node's request with its member's root key, wherever that is kept."""
    from clearline.bootstrap import now, randomness
    from clearline.channel.roster import key_name, roster_from_genesis
    from clearline.gateways.peer import tls as lines
    from clearline.signing.keys import parse_vkey
    from clearline.store import folder as folders

    with refusals("clearline keys tls-sign"):
        text = read_text(request, limit=REQUEST_BYTES_MAX).strip()
        asked = parse_vkey(text, where=str(request))
        genesis = read_text(genesis_file, limit=GENESIS_BYTES_MAX)
        roster = roster_from_genesis(genesis.encode(), where=str(genesis_file))
        parts = asked.name.split("/")
        member = next((m for m in roster.members if key_name(roster.channel, m, "tls") == asked.name), None)
        if member is None:
            found = parts[2] if len(parts) == 4 else asked.name
            raise Malformed(where=str(request), found=found, expected=f"a TLS key of a member of {genesis_file}")
        at = now()
        end = Instant(at + days * DAY_MS)
        made = lines.issue(
            folders.read_seed(root),
            roster,
            MemberId(member),
            asked.raw,
            start=Instant(at - BACK_MS),
            end=end,
            serial=int.from_bytes(randomness(19), "big"),
        )
        if output.exists():
            raise Conflicting(f"{output} exists already; nothing was changed. Name another file with -o")
        write_new(output, made.decode())
    click.echo(f"{output}: certificate of {member} in {roster.genesis.channel}, good until {format_instant(end)}")
    click.echo("Take it to the node, then: clearline keys tls DIR --certificate FILE")
