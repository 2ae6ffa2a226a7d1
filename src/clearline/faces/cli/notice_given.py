"""What an officer gives about a notice at the terminal: a member's id, a file, the hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from clearline.errors import Malformed, Said

if TYPE_CHECKING:
    from clearline.records.notice import NoticeDraft
    from clearline.volumes.instant import Instant


def capitals(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """Return a member's id in capitals, however it was typed: no member is written otherwise."""
    return value.strip().upper() if value else value


def one_notice(raw: bytes, name: str) -> NoticeDraft:
    """Return the notice of a file, refused here with the file's name before anything is sent."""
    from clearline.gateways.geojson.notice_file import parse_notices

    drafts = parse_notices(raw, where="standard input" if name == "-" else name)
    if len(drafts) != 1:
        raise Malformed(where=name, found=Said(f"{len(drafts)} notices"), expected="features of exactly one notice")
    return drafts[0]


def clock_now() -> Instant:
    """Return the hour by this machine's clock."""
    from clearline.bootstrap import now

    return now()
