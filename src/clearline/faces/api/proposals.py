"""Proposals on notices: what has become of each, and what the owner or the proposer says to one."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from clearline.channel.acts import hotline
from clearline.channel.desk import Desk
from clearline.channel.due.dues import answered_proposals
from clearline.channel.node import Node
from clearline.channel.view import SILENCE, lateness
from clearline.errors import Malformed, NotFound
from clearline.faces.api import hotline_shapes as out
from clearline.faces.api import render, shapes, spoken
from clearline.faces.api.asked import Asked, answer, only
from clearline.faces.api.table import NOTICE_BYTES_MAX, Endpoint
from clearline.gateways.geojson.notice_file import parse_notices
from clearline.records.acknowledgement import PositionTaken, ProposalReply, Stance
from clearline.volumes.instant import Instant


async def listed(asked: Asked) -> Response:
    """List the proposals on a notice."""
    party, reference = asked.path["party"], asked.path["notice"]

    def read(node: Node, at: Instant) -> out.ProposalsOut:
        history = node.picture.notices.get((party, reference))
        if history is None:
            raise NotFound(
                f"no notice {reference} of {party} is held here", why="no_notice", party=party, notice=reference
            )
        found = []
        for version in history.versions:
            for entry, record in node.picture.answers.get(version.entry.id, {}).values():
                if isinstance(record, PositionTaken) and record.stance is Stance.PROPOSAL:
                    found.append(
                        out.ProposalOut(
                            said=render.saying(entry),
                            of=record.of,
                            outcome=hotline.outcome(node, history, entry, at=at).value,
                            reason=record.reason,
                            proposal=render.proposed(version.draft, record.proposal),
                            answers=tuple(
                                out.ProposalAnsweredOut(
                                    said=render.saying(by),
                                    answer=given.answer.value,
                                    reason=given.reason,
                                    proposal=render.proposed(version.draft, given.proposal) if given.proposal else None,
                                )
                                for by, given in answered_proposals(node.picture, entry.id)
                            ),
                        )
                    )
        found.sort(key=lambda one: (one.said.claimed, one.said.entry.id))
        return out.ProposalsOut(render.as_of_out(node, at), SILENCE, tuple(found))

    return answer(await asked.read(read))


async def accept(asked: Asked) -> Response:
    """Accept a proposal: the notice is amended to it in this one act."""
    party, reference, entry = asked.path["party"], asked.path["notice"], spoken.entry_in(asked.path)

    def act(desk: Desk) -> shapes.FiledOut:
        filed = hotline.accept(desk, party, reference, entry)
        return shapes.FiledOut(
            party=party,
            notice=reference,
            revision=filed.history.revision,
            entry=render.entry(filed.submitted.entry),
            lateness=render.lateness(lateness(filed.history.current, desk.node.case.terms.deadlines)),
            conflicts=tuple(map(render.conflict, filed.conflicts)),
            touches=tuple(map(render.touch, filed.touches)),
            suggestions=tuple(map(render.suggestion, filed.suggestions)),
            as_of=render.as_of_out(desk.node, desk.at),
        )

    return answer(await asked.act(act), 201)


async def reply(asked: Asked) -> Response:
    """Counter or decline a proposal, or let one's own lapse."""
    party, reference, entry = asked.path["party"], asked.path["notice"], spoken.entry_in(asked.path)
    body = await asked.value(out.ProposalAnswerBody)
    counter = None
    if body.proposal is not None:
        counter = only(parse_notices(msgspec.json.encode(body.proposal), where="body: /proposal"))
        if (counter.party, counter.notice) != (party, reference):
            found = f"{counter.party} {counter.notice}"
            raise Malformed(where="body: /proposal", found=found, expected=f"{party} {reference}, the notice answered")
    done = await asked.act(
        lambda desk: shapes.SaidOut(
            render.entry(
                hotline.answer_proposal(
                    desk, party, reference, entry, ProposalReply(body.answer), body.reason, counter
                ).entry
            ),
            render.as_of_out(desk.node, desk.at),
        )
    )
    return answer(done, 201)


_PATH = "/api/v1/notices/{party}/{notice}/proposals"

ENDPOINTS = (
    Endpoint(
        "GET",
        _PATH,
        "listProposals",
        "List the proposals on a notice with what has become of each",
        listed,
        {200: out.ProposalsOut},
        problems=(404,),
        tag="ladder",
    ),
    Endpoint(
        "POST",
        _PATH + "/{entry}/accept",
        "acceptProposal",
        "Accept a proposal on one's own notice: the notice is amended to it in this one act",
        accept,
        {201: shapes.FiledOut},
        problems=(403, 404, 409),
        tag="ladder",
    ),
    Endpoint(
        "POST",
        _PATH + "/{entry}/answers",
        "answerProposal",
        "Counter or decline a proposal on one's own notice, or let one's own proposal lapse",
        reply,
        {201: shapes.SaidOut},
        takes=out.ProposalAnswerBody,
        body_bytes_max=NOTICE_BYTES_MAX,
        problems=(403, 404, 409),
        tag="ladder",
    ),
)
