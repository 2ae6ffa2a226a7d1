"""The agreement: what is in force, and the acts by which the parties change it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from clearline.channel.acts.drafts import Draft
from clearline.channel.desk import Desk
from clearline.channel.node import Node, Submitted
from clearline.faces.api import render, shapes, taken
from clearline.faces.api.asked import Asked, answer
from clearline.faces.api.drafts import DraftOut, answered, said_or_waiting
from clearline.faces.api.table import NOTICE_BYTES_MAX, Endpoint
from clearline.picture.entry import Entry
from clearline.records.agreement import AgreementLapse, AgreementProposal, Terms
from clearline.records.reading import Members
from clearline.store.phrase_book import shipped
from clearline.volumes.instant import Instant

PROPOSALS_SHOWN = 50
"""Proposals shown at most, the newest: an agreement that changes more often is none."""

DEFAULT = Terms("Default agreement", None, phrase_book=shipped().name)
MARGINS = "The margins are placeholders that air and ground operations people must set."


async def show(asked: Asked) -> Response:
    """Show what is in force and every proposal."""

    def read(node: Node, at: Instant) -> shapes.AgreementOut:
        standing, proposals = node.picture.terms_in_force, node.picture.agreements.proposals
        newest = sorted(proposals.values(), key=lambda held: held[0].header.claimed, reverse=True)[:PROPOSALS_SHOWN]
        return shapes.AgreementOut(
            as_of=render.as_of_out(node, at),
            in_force=None
            if standing is None
            else shapes.InForceOut(standing[2], render.saying(standing[0]), standing[1].to_members()),
            default=DEFAULT.to_members(),
            proposals=tuple(_proposal(node, entry, proposal) for entry, proposal in newest),
            margins=MARGINS,
        )

    return answer(await asked.read(read))


async def propose(asked: Asked) -> Response:
    """Propose terms: changes to those in force."""
    given = (await asked.value(taken.ProposalBody)).terms

    def act(desk: Desk) -> Submitted | Draft:
        standing = desk.node.picture.terms_in_force
        terms = (standing[1] if standing else DEFAULT).to_members()
        merged = {**terms, **{name: _merged(terms.get(name), value) for name, value in given.items()}}
        return desk.propose(Terms.from_members(Members(merged, where="body: /terms")))

    return await _said(asked, act)


async def assent(asked: Asked) -> Response:
    """Assent to a proposal."""
    named = await asked.value(taken.ProposalName)
    return await _said(asked, lambda desk: desk.assent(named.proposal))


async def conclude(asked: Asked) -> Response:
    """Conclude a proposal of one's own."""
    named = await asked.value(taken.ProposalName)
    return await _said(asked, lambda desk: desk.conclude(named.proposal))


async def lapse(asked: Asked) -> Response:
    """Let a proposal of one's own lapse."""
    named = await asked.value(taken.ProposalName)
    return await _said(asked, lambda desk: desk.lapse(named.proposal))


async def _said(asked: Asked, act: Callable[[Desk], Submitted | Draft]) -> Response:
    return answered(await asked.act(lambda desk: said_or_waiting(desk, act(desk))))


def _merged(held: Any, given: Any) -> Any:
    """Return deadlines or ranges with the given members changed; anything else is replaced whole."""
    if isinstance(held, dict) and isinstance(given, dict) and "core" not in held and "hash" not in held:
        return {**held, **given}
    return given


def _proposal(node: Node, entry: Entry, proposal: AgreementProposal) -> shapes.ProposalOut:
    agreements, standing = node.picture.agreements, node.picture.terms_in_force
    settled = agreements.settled.get(f"{entry.header.author}/{entry.id}")
    base = standing[0].id if standing else ""
    if base == entry.id:
        state = "in_force"
    elif settled is not None:
        state = "lapsed" if isinstance(settled[1], AgreementLapse) else "concluded"
    else:
        state = "open" if proposal.base == base else "superseded"
    return shapes.ProposalOut(
        said=render.saying(entry),
        base=proposal.base,
        assented=agreements.assented(entry.id),
        state=state,  # type: ignore[arg-type]
        terms=proposal.terms.to_members(),
    )


def _act(path: str, name: str, summary: str, handler: Callable[[Asked], Any]) -> Endpoint:
    return Endpoint(
        "POST",
        f"/api/v1/agreement/{path}",
        name,
        summary,
        handler,
        {201: shapes.SaidOut, 202: DraftOut},
        takes=taken.ProposalName,
        problems=(403, 404, 409),
        tag="agreement",
    )


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/agreement",
        "showAgreement",
        "Show the agreement in force, the default, and every proposal",
        show,
        {200: shapes.AgreementOut},
        tag="agreement",
    ),
    Endpoint(
        "POST",
        "/api/v1/agreement/proposals",
        "proposeTerms",
        "Propose changes to the terms in force",
        propose,
        {201: shapes.SaidOut, 202: DraftOut},
        takes=taken.ProposalBody,
        body_bytes_max=NOTICE_BYTES_MAX,
        problems=(403, 409),
        tag="agreement",
    ),
    _act("assents", "assentToTerms", "Assent to a proposal", assent),
    _act("conclusions", "concludeTerms", "Conclude a proposal of one's own, once every party has assented", conclude),
    _act("lapses", "lapseTerms", "Let a proposal of one's own lapse", lapse),
)
