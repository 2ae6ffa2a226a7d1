"""Drafts: acts that wait for their second person, shown byte for byte, signed by one line, or taken back."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from starlette.responses import Response

from clearline.channel.acts import drafts
from clearline.channel.acts.drafts import Draft
from clearline.channel.desk import Desk
from clearline.channel.node import Node, Submitted
from clearline.faces.act_words import act_lines
from clearline.faces.api import render, shapes
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.table import Endpoint
from clearline.faces.api.taken import InstantText, Taken
from clearline.faces.api.worded import SentenceOut, sentence_or_null
from clearline.picture.keys import ALONE, NOT_RELEASED
from clearline.records import body as bodies
from clearline.signing.keys import encode_base64
from clearline.volumes.instant import Instant, format_instant


class DraftSigner(msgspec.Struct, frozen=True):
    """Who has signed a draft: the officer, and the position that it speaks for."""

    officer: str
    position: str


LACKS: Final[dict[str, Literal["", "two", "releasing"]]] = {ALONE: "two", NOT_RELEASED: "releasing"}
"""What the signatures of a draft lack, by a code."""


class DraftBody(msgspec.Struct, frozen=True):
    """One body of a draft as it will be read: its readers, and the salt and canonical JSON that are committed to."""

    audience: tuple[str, ...]
    salt: str
    body: str


class DraftOut(msgspec.Struct, frozen=True):
    """An act that waits: what it says in words, who has signed, what is lacking, until when it waits.

    `text` are the bytes that each officer signs; whoever signs computes the commitments anew from `bodies`.
    `sentences` stand beside `words` line by line, null where a line is a figure or what somebody wrote.
    """

    as_of: shapes.AsOfOut
    id: str
    state: Literal["waiting"]
    kind: str
    log: str
    words: tuple[str, ...]
    sentences: tuple[SentenceOut | None, ...]
    signed: tuple[DraftSigner, ...]
    lacking: str
    lacks: Literal["", "two", "releasing"]
    claimed: InstantText
    expires: InstantText
    text: str
    note: str
    bodies: tuple[DraftBody, ...]


class DraftsOut(msgspec.Struct, frozen=True):
    """The acts that wait at this node, those that expire first at the head."""

    as_of: shapes.AsOfOut
    drafts: tuple[DraftOut, ...]


class SignatureBody(Taken):
    """A second person's signature line; empty for the officer's own key where this node holds it."""

    signature: Annotated[str, msgspec.Meta(max_length=drafts.LINE_CHARACTERS_MAX)] = ""


def said_or_waiting(desk: Desk, done: Submitted | Draft) -> shapes.SaidOut | DraftOut:
    """Return what an act came to: an entry at its place, or a draft that waits for its second person."""
    if isinstance(done, Draft):
        return draft_out(desk.node, done, desk.at)
    return shapes.SaidOut(render.entry(done.entry), render.as_of_out(desk.node, desk.at))


def answered(done: Any) -> Response:
    """Return 202 for a draft: it is no entry, nothing was said; else 201."""
    return answer(done, 202 if isinstance(done, DraftOut) else 201)


def draft_out(node: Node, draft: Draft, at: Instant) -> DraftOut:
    """Return a draft as it is shown."""
    header = draft.header
    records = [bodies.decode(raw, where="draft") for _, raw in draft.opened]
    lines, lacking = act_lines(header, records), drafts.lacking(node, records[0], draft.signers, at=at)
    return DraftOut(
        as_of=render.as_of_out(node, at),
        id=draft.id,
        state="waiting",
        kind=getattr(records[0], "KIND", ""),
        log=draft.log,
        words=tuple(line.text for line in lines),
        sentences=tuple(sentence_or_null(line.sentence) for line in lines),
        signed=tuple(DraftSigner(s.officer, s.position) for s in draft.signers),
        lacking=lacking,
        lacks=LACKS.get(lacking, ""),
        claimed=format_instant(header.claimed),
        expires=format_instant(header.expires),
        text=draft.text,
        note=draft.note.decode(),
        bodies=tuple(
            DraftBody(slot.audience, encode_base64(salt), raw.decode())
            for slot, (salt, raw) in zip(header.slots, draft.opened, strict=True)
        ),
    )


async def listed(asked: Asked) -> Response:
    """List the acts that wait."""

    def read(node: Node, at: Instant) -> DraftsOut:
        found = drafts.waiting(node, at=at)
        return DraftsOut(render.as_of_out(node, at), tuple(draft_out(node, one, at) for one in found))

    return answer(await asked.read(read))


async def shown(asked: Asked) -> Response:
    """Show one act that waits."""
    name = asked.path["id"]
    return answer(await asked.read(lambda node, at: draft_out(node, drafts.find(node, name, at=at), at)))


async def sign(asked: Asked) -> Response:
    """Add a signature line; complete, the act takes its place."""
    name, given = asked.path["id"], (await asked.value(SignatureBody)).signature

    def act(desk: Desk) -> shapes.SaidOut | DraftOut:
        if not given:
            return said_or_waiting(desk, drafts.sign_here(desk.node, name, desk.officer, at=desk.at))
        return said_or_waiting(desk, drafts.sign(desk.node, name, given, at=desk.at))

    return answered(await asked.act(act))


async def withdraw(asked: Asked) -> Response:
    """Take a draft back."""
    name = asked.path["id"]

    def act(desk: Desk) -> DraftsOut:
        drafts.withdraw(desk.node, name, at=desk.at)
        found = drafts.waiting(desk.node, at=desk.at)
        return DraftsOut(
            render.as_of_out(desk.node, desk.at), tuple(draft_out(desk.node, one, desk.at) for one in found)
        )

    return answer(await asked.act(act))


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/drafts",
        "listDrafts",
        "List the acts that wait for their second person",
        listed,
        {200: DraftsOut},
        tag="drafts",
    ),
    Endpoint(
        "GET",
        "/api/v1/drafts/{id}",
        "showDraft",
        "Show an act that waits, with the very bytes that are signed",
        shown,
        {200: DraftOut},
        problems=(404, 409),
        tag="drafts",
    ),
    Endpoint(
        "POST",
        "/api/v1/drafts/{id}/signatures",
        "signDraft",
        "Add an officer's signature line to an act that waits; complete, it takes its place in the log",
        sign,
        {201: shapes.SaidOut, 202: DraftOut},
        takes=SignatureBody,
        problems=(403, 404, 409),
        tag="drafts",
    ),
    Endpoint(
        "DELETE",
        "/api/v1/drafts/{id}",
        "withdrawDraft",
        "Take back an act that waits; nothing of it was said",
        withdraw,
        {200: DraftsOut},
        problems=(404,),
        tag="drafts",
    ),
)
