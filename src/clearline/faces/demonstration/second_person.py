"""The second person of the demonstration: a releasing officer who signs what binds, with a key that no node holds."""

from __future__ import annotations

from typing import Any

from clearline.channel.roster import key_name
from clearline.errors import Refused
from clearline.faces.cli.draft import read_draft
from clearline.faces.demonstration.calling import Officer
from clearline.records import header as headers
from clearline.signing.keys import Signer
from clearline.signing.note import sign_text
from clearline.store.folder import read_seed


def bind(officer: Officer, path: str, value: Any) -> dict[str, Any]:
    """Post an act that takes two persons, let the releasing officer sign it, and return the answer: an entry.

    The releasing officer reads the act from its bytes, as `clearline draft sign` does.

    Raises:
        Refused: The node shows other bytes than would be signed, or the act did not take its place.
    """
    answer: dict[str, Any] = officer.post(path, value)
    if "entry" in answer:
        return answer
    text, _ = read_draft(answer)
    header, station = headers.from_text(text, where="draft"), officer.station
    name = key_name(header.channel, station.member, f"officer/{station.releasing}")
    line = sign_text(text, Signer(name, read_seed(station.releasing_key))).line()
    done: dict[str, Any] = officer.post(f"drafts/{answer['id']}/signatures", {"signature": line})
    if "entry" not in done:
        raise Refused(f"{station.member}'s act still waits: {done['lacking']}")
    return done
