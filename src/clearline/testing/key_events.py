"""Key events for tests: the roots lie at hand, and so does every key that they could grant."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping

from clearline.channel.keys.key_signing import signed_event
from clearline.channel.node import Submitted
from clearline.channel.roster import key_name
from clearline.records.key_event import Event, KeyEvent
from clearline.records.words import MemberId
from clearline.signing.keys import Algorithm, Signer
from clearline.testing.members import UNTIL
from clearline.testing.pair import Side
from clearline.volumes.instant import Instant


def new_signer(side: Side, member: str, role: str, *, name: str = "new") -> Signer:
    """Return a key of a role that nobody has granted, the same for the same words."""
    seed = hashlib.sha256(f"{member}/{role}/{name}".encode()).digest()
    cosigns = role in ("mirror", "delivery")
    algorithm = Algorithm.COSIGNATURE_V1 if cosigns else Algorithm.ED25519
    return Signer(key_name(side.roster.channel, member, role), seed, algorithm)


def key_event(
    side: Side,
    member: str,
    event: Event,
    role: str,
    key: bytes,
    *,
    by: Iterable[Signer] | None = None,
    replaces: Signer | None = None,
    last_good: Mapping[str, int] | None = None,
    start: int = 0,
    until: int = UNTIL,
    releasing: bool = False,
    position: str = "watch",
    log: str = "",
    root: bytes = b"",
    reason: str = "",
    channel: str = "",
) -> KeyEvent:
    """Return a key event signed by the member's root, and by the key that it replaces; or by whom `by` names."""
    officer = role.startswith("officer/") and event is not Event.REVOKE
    made = KeyEvent(
        note="",
        channel=channel or side.roster.channel,
        member=member,
        event=event,
        role=role,
        key=key,
        start=Instant(start),
        until=Instant(until if event is not Event.REVOKE else 0),
        position=position if officer else "",
        releasing=releasing,
        replaces=replaces.public.raw if replaces is not None else b"",
        log=log,
        root=root,
        last_good=tuple(sorted((last_good or {}).items())),
        reason=reason,
    )
    old = (Signer(replaces.public.name, _seed_of(replaces)),) if replaces is not None else ()
    return signed_event(made, (side.founded.roots[MemberId(member)], *old) if by is None else by)


def say_event(side: Side, member: str, event: KeyEvent, *officers: str) -> Submitted:
    """Let a member's node say a key event with its officers, by itself where none is named."""
    node = side.nodes[member]
    signers = [node.keys.officers[o] for o in officers] or [node.keys.main]
    return node.submit(event, audience=side.roster.members, signers=signers, at=side.at, random=side.random)


def _seed_of(signer: Signer) -> bytes:
    # A test's key lies open: the private text ends with the algorithm's byte and the seed.
    return base64.b64decode(signer.private_text().split("+", 4)[4])[1:]
