"""`clearline keys card`: a member's root on a page, to be handed over face to face: QR code, words to read aloud.

The words are the root's fingerprint, 32 hexadecimal digits (128 bits of SHA-256), each said by the spelling alphabet
that officers use already. Source: ICAO Annex 10, volume II, 5.2.1; QR codes: ISO/IEC 18004.
"""

from __future__ import annotations

import io
from html import escape
from pathlib import Path

import click

from clearline.faces.cli import keys_genesis
from clearline.faces.cli.fingerprint import grouped, root_fingerprint, root_vkey, spoken
from clearline.faces.cli.officer import safe
from clearline.faces.cli.telling import refusals, write_new
from clearline.records.genesis import GenesisMember
from clearline.volumes.instant import format_instant

MODULE = 6
"""Width of a QR module in CSS pixels: the code is then some 7 cm wide on paper, read from half a metre away."""

CORRECTION = "q"
"""A quarter of the code may be lost to a fold or a stain. Source: ISO/IEC 18004, error correction level Q."""

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Clearline: root of {id}</title>
<style>body{{font:16px/1.5 sans-serif;max-width:42em;margin:2em auto;color:#000;background:#fff}}
h1{{font-size:1.6em}}code,.words{{font-family:monospace;font-size:1.05em;overflow-wrap:anywhere}}
.words{{columns:2;list-style-position:inside;padding:0}}@media print{{body{{margin:0}}}}</style></head>
<body><h1>{id}: {name}</h1>
<p>{role}. This is the root of the member in a Clearline channel. It is handed over face to face, by somebody whom the
receiver knows, and compared aloud. Whoever holds another root under this name holds a false one.</p>
{qr}
<p>Fingerprint: <code>{digits}</code></p>
<p>To be read aloud, group by group, and repeated by the other side:</p><ol class="words">{words}</ol>
<p>Root key: <code>{vkey}</code></p>
<p>Officers: {officers}. First keys good until {until}.</p>
<p>Receive it with: <code>clearline member add member.json</code>, and type the words or the digits as they are read to
you, never from a screen that came with the file.</p></body></html>
"""


@click.command()
@click.argument("source", metavar="DIR|CARD", type=click.Path(path_type=Path))
@click.option(
    "--html", "html_file", metavar="FILE", type=click.Path(path_type=Path), help="Write a page to print, in place."
)
def card(source: Path, html_file: Path | None) -> None:
    """Show a member's root as a card to hand over: a QR code and words to read aloud; public keys alone."""
    with refusals("clearline keys card"):
        member = keys_genesis.read_card(source / keys_genesis.CARD if source.is_dir() else source)
        if html_file is not None:
            write_new(html_file, page(member))
            click.echo(f"{html_file}: the card of {member.id}; print it, and hand it over face to face")
            return
        for line in terminal(member):
            click.echo(safe(line))


def page(member: GenesisMember) -> str:
    """Return the card as one page of HTML, which loads nothing."""
    import segno

    digits = root_fingerprint(member.id, member.root)
    vkey = root_vkey(member.id, member.root)
    code = segno.make(vkey, error=CORRECTION, micro=False)
    officers = [f"{o.officer} ({o.position}{', releasing' if o.releasing else ''})" for o in member.officers]
    return _PAGE.format(
        id=escape(member.id),
        name=escape(member.name),
        role=escape(member.role.value.capitalize()),
        qr=code.svg_inline(scale=MODULE, border=4),
        digits=escape(grouped(digits)),
        words="".join(f"<li>{escape(group)}</li>" for group in spoken(digits).split(", ")),
        vkey=escape(vkey),
        officers=escape("; ".join(officers)),
        until=escape(format_instant(member.until)),
    )


def terminal(member: GenesisMember) -> list[str]:
    """Return the card as lines for a terminal of 80 columns and more."""
    import segno

    digits, vkey = root_fingerprint(member.id, member.root), root_vkey(member.id, member.root)
    out = io.StringIO()
    segno.make(vkey, error="m", micro=False).terminal(out, compact=True)
    return [
        f"{member.id}: {member.name}, {member.role.value}",
        *out.getvalue().splitlines(),
        f"root key     {vkey}",
        f"fingerprint  {grouped(digits)}",
        *(f"{'in words' if n == 0 else '':<12} {group}" for n, group in enumerate(spoken(digits).split(", "))),
    ]
