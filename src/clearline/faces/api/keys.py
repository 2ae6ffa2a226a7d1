"""Keys: whose they are, what became of them, and key events that a root has signed on their way into the record."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from starlette.responses import Response

from clearline.channel.acts import drafts
from clearline.channel.desk import Desk
from clearline.channel.node import Node, Submitted
from clearline.errors import Malformed, NotAllowed
from clearline.faces.api import render, shapes
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.drafts import DraftOut, answered, said_or_waiting
from clearline.faces.api.table import Endpoint, Query
from clearline.faces.api.taken import InstantText, Taken
from clearline.picture.keys import Ended, Granted
from clearline.records.key_event import KEY_NOTE_MAX, Event, KeyEvent, from_note
from clearline.signing.keys import Signer, encode_base64
from clearline.volumes.instant import Instant, format_instant


class KeyEndedOut(msgspec.Struct, frozen=True):
    """By which entry a key ended; `last_good` maps logs to the sizes past which its entries are disowned."""

    event: Literal["revoke", "rotate"]
    log: str
    index: int
    at: InstantText
    last_good: dict[str, int]
    reason: str


class KeyOut(msgspec.Struct, frozen=True):
    """A key that a member has or had; `granted` is the entry that granted it, null where the genesis did."""

    member: str
    role: str
    key: str
    position: str
    releasing: bool
    since: InstantText
    until: InstantText
    state: Literal["good", "not_yet", "expired", "replaced", "revoked"]
    granted: shapes.EntryOut | None
    ended: tuple[KeyEndedOut, ...]


class KeysOut(msgspec.Struct, frozen=True):
    """Every key of every member, in the order in which each was granted."""

    as_of: shapes.AsOfOut
    keys: tuple[KeyOut, ...]


class KeyEventBody(Taken):
    """A key event as the root signed it: the text of the note."""

    note: Annotated[str, msgspec.Meta(max_length=KEY_NOTE_MAX)]


async def listed(asked: Asked) -> Response:
    """List the keys of all members, or of one."""
    wanted = asked.text("member")

    def read(node: Node, at: Instant) -> KeysOut:
        if wanted and wanted not in node.roster.members:
            raise Malformed(where="query member", found=wanted, expected="one of " + ", ".join(node.roster.members))
        keys = node.picture.keys
        found = [
            _key(granted, keys.ended(member, granted.key), at)
            for member, held in sorted(keys.members.items())
            if wanted in ("", member)
            for granted in held.granted.values()
        ]
        return KeysOut(render.as_of_out(node, at), tuple(found))

    return answer(await asked.read(read))


async def say(asked: Asked) -> Response:
    """Put a key event into the record, or let it wait for its second person."""
    event = from_note((await asked.value(KeyEventBody)).note, where="body: /note")
    return answered(await asked.act(lambda desk: said_or_waiting(desk, _said(desk, event))))


def _said(desk: Desk, event: KeyEvent) -> Submitted | drafts.Draft:
    node = desk.node
    if event.event is Event.SUCCEED:
        raise NotAllowed("a successor begins its own log: stop the node, and run clearline keys succeed in its folder")
    why = node.picture.keys.unfounded(node.me, node.roster.members, event)
    if why:
        raise NotAllowed(f"this would be {why}")
    # What stops a key must be possible with no officer left; what makes one waits for two as long as there are two.
    # A key does not sign its own revocation: that would be disowned with the rest.
    signer = node.keys.officers.get(desk.officer)
    if signer is not None and signer.public.raw != event.key and _good(desk, signer):
        return drafts.draft_or_submit(desk, event, node.roster.members)
    return node.submit(event, audience=node.roster.members, signers=(node.keys.main,), at=desk.at, random=desk.random)


def _good(desk: Desk, signer: Signer) -> bool:
    return desk.node.picture.keys.good(desk.node.me, signer.public.raw, at=desk.at)


def _key(granted: Granted, ended: tuple[Ended, ...], at: Instant) -> KeyOut:
    if ended:
        state = "revoked" if any(e.event.event is Event.REVOKE for e in ended) else "replaced"
    else:
        state = "not_yet" if at < granted.start else "expired" if at > granted.until else "good"
    return KeyOut(
        member=granted.member,
        role=granted.role,
        key=encode_base64(granted.key),
        position=granted.position,
        releasing=granted.releasing,
        since=format_instant(granted.start),
        until=format_instant(granted.until),
        state=state,  # type: ignore[arg-type]
        granted=None if granted.said is None else render.entry(granted.said),
        ended=tuple(
            KeyEndedOut(
                event=one.event.event.value,  # type: ignore[arg-type]
                log=f"{one.said.place.member}/{one.said.place.log}",
                index=one.said.place.index,
                at=format_instant(one.said.header.claimed),
                last_good=dict(one.event.last_good),
                reason=one.event.reason,
            )
            for one in ended
        ),
    )


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/keys",
        "listKeys",
        "List every member's keys: granted, replaced, revoked, and from where on their entries are disowned",
        listed,
        {200: KeysOut},
        query=(Query("member", "Of one member alone."),),
        tag="keys",
    ),
    Endpoint(
        "POST",
        "/api/v1/keys/events",
        "sayKeyEvent",
        "Put a key event that the member's root has signed into the record; what makes a key waits for two officers",
        say,
        {201: shapes.SaidOut, 202: DraftOut},
        takes=KeyEventBody,
        problems=(403, 404, 409),
        tag="keys",
    ),
)
