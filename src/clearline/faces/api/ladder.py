"""The ladder: seen, read back, passed on, and a position, each on exactly one version of another's notice."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from clearline.channel.desk import Desk
from clearline.channel.node import Submitted
from clearline.channel.view import SILENCE
from clearline.errors import Conflicting, Malformed, Said
from clearline.faces.api import render, shapes, taken
from clearline.faces.api.asked import Asked, answer, listed_word, only
from clearline.faces.api.table import NOTICE_BYTES_MAX, Endpoint
from clearline.gateways.geojson.notice_file import parse_notices
from clearline.picture.read_back import Difference
from clearline.records.acknowledgement import PositionTaken, ReadBack, ReadVolume, Stance
from clearline.records.activity import Activity, Nature
from clearline.volumes import footprint as footprints
from clearline.volumes.altitude import parse_altitude
from clearline.volumes.instant import parse_instant
from clearline.volumes.volume import Volume

Outcome = tuple[Submitted, tuple[Difference, ...] | None]


async def acknowledge(asked: Asked) -> Response:
    """Take one step on the ladder."""
    body: taken.Acknowledgement = await asked.one_of(taken.Acknowledgement)
    party, reference = asked.path["party"], asked.path["notice"]
    match body:
        case taken.SeenBody(of=of):

            def act(desk: Desk) -> Outcome:
                _stands(desk, party, reference, of)
                return desk.seen(party, reference), None

        case taken.PassedOnBody(level=level, of=of):

            def act(desk: Desk) -> Outcome:
                _stands(desk, party, reference, of)
                return desk.passed_on(party, reference, level), None

        case taken.ReadBackBody():
            read = _read_back(body)

            def act(desk: Desk) -> Outcome:
                return desk.read_back(party, reference, read)

        case taken.PositionBody():
            position = _position(body, party, reference)

            def act(desk: Desk) -> Outcome:
                return desk.take_position(party, reference, position), None

    def done(desk: Desk) -> shapes.AcknowledgedOut:
        submitted, found = act(desk)
        return shapes.AcknowledgedOut(
            entry=render.entry(submitted.entry),
            matches=None if found is None else not found,
            differences=None if found is None else tuple(map(render.difference, found)),
            silence=SILENCE,
            as_of=render.as_of_out(desk.node, desk.at),
        )

    return answer(await asked.act(done), 201)


def _stands(desk: Desk, party: str, reference: str, of: str | None) -> None:
    """Refuse an answer to a version that no longer stands: the officer saw something else."""
    history = desk.node.picture.notices.get((party, reference))
    if of is not None and history is not None and history.current.entry.id != of:
        raise Conflicting(f"{party} {reference} was amended; look at revision {history.revision}", notice=reference)


def _read_back(body: taken.ReadBackBody) -> ReadBack:
    return ReadBack(
        body.of,
        listed_word(body.activity, Activity, where="body: /activity"),
        listed_word(body.nature, Nature, where="body: /nature"),
        tuple(_read_volume(volume, f"body: /volumes/{number}") for number, volume in enumerate(body.volumes)),
    )


def _read_volume(body: taken.ReadVolumeBody, where: str) -> ReadVolume:
    place = footprints.point(body.position, radius_m=1.0, where=f"{where}/position")
    return ReadVolume(
        place.parts[0][0][0],
        parse_altitude(body.lower, where=f"{where}/lower"),
        parse_altitude(body.upper, where=f"{where}/upper"),
        parse_instant(body.start, where=f"{where}/start"),
        parse_instant(body.end, where=f"{where}/end"),
    )


def _position(body: taken.PositionBody, party: str, reference: str) -> PositionTaken:
    stance = Stance(body.stance)
    if (body.proposal is not None) != (stance is Stance.PROPOSAL):
        expected = "a FeatureCollection" if stance is Stance.PROPOSAL else f"nothing with the stance {stance.value}"
        raise Malformed(where="body: /proposal", found=body.proposal or "nothing", expected=expected)
    if stance is Stance.OBJECTION and not body.reason:
        raise Malformed(where="body: /reason", found=Said("nothing"), expected="the reason of the objection")
    return PositionTaken(body.of, stance, body.reason, _proposed(body, party, reference))


def _proposed(body: taken.PositionBody, party: str, reference: str) -> tuple[Volume, ...]:
    """Return the volumes that are proposed: a notice file in the owner's words, as it would be amended."""
    if body.proposal is None:
        return ()
    draft = only(parse_notices(msgspec.json.encode(body.proposal), where="body: /proposal"))
    if (draft.party, draft.notice) != (party, reference):
        found = f"{draft.party} {draft.notice}"
        raise Malformed(where="body: /proposal", found=found, expected=f"{party} {reference}, the notice answered")
    return draft.volumes


ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/v1/notices/{party}/{notice}/acknowledgements",
        "acknowledgeNotice",
        "Say that another's notice is seen, read it back, say that it was passed on, or take a position",
        acknowledge,
        {201: shapes.AcknowledgedOut},
        takes=taken.Acknowledgement,
        body_bytes_max=NOTICE_BYTES_MAX,
        problems=(403, 404, 409),
        tag="ladder",
    ),
)
