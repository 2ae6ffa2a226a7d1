"""Who asks: a pull is answered to members of the channel, for this node, now, and to nobody else."""

from __future__ import annotations

import pytest

from clearline.errors import Refused
from clearline.gateways.peer.request import GOOD_FOR_MS, NotAMember, asker, authorization
from clearline.records.words import MemberId
from clearline.testing.members import START, founded_channel
from clearline.volumes.instant import Instant

FOUNDED = founded_channel()
IL, TR = MemberId("IL"), MemberId("TR")
TARGET = "GET /peer/v1/TR/main/checkpoint"


def _signed(me: str = "IL", asked: str = "TR", target: str = TARGET, at: int = START) -> str:
    return authorization(MemberId(me), asked, target, signer=FOUNDED.keyrings[IL].main, at=Instant(at))


def test_a_member_is_known_by_its_signature() -> None:
    """The asker is the member whose log key signed the request."""
    assert asker(_signed(), FOUNDED.roster, TR, TARGET, at=START) == IL


@pytest.mark.parametrize("late", [GOOD_FOR_MS, -GOOD_FOR_MS])
def test_a_request_is_good_up_to_the_last_moment(late: int) -> None:
    """The window of time is closed."""
    assert asker(_signed(at=START + late), FOUNDED.roster, TR, TARGET, at=START) == IL


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer abc",
        "Clearline !!!",
        "Clearline YWJj",
        "Clearline " + "A" * 5_000,
        _signed(asked="AZ"),
        _signed(target="GET /peer/v1/TR/safety/checkpoint"),
        _signed(me="XX"),
        _signed(at=START + GOOD_FOR_MS + 1),
        _signed(at=START - GOOD_FOR_MS - 1),
    ],
)
def test_anything_else_is_not_a_member(header: str | None) -> None:
    """Missing, malformed, for another node or path, from no member, too old or too new: all are refused."""
    with pytest.raises(NotAMember):
        asker(header, FOUNDED.roster, TR, TARGET, at=START)


def test_a_member_cannot_ask_in_anothers_name() -> None:
    """The name in the text must be the signer's."""
    forged = authorization(TR, "IL", TARGET, signer=FOUNDED.keyrings[IL].main, at=START)
    with pytest.raises(Refused):
        asker(forged, FOUNDED.roster, IL, TARGET, at=START)


def test_a_key_of_another_channel_is_not_taken() -> None:
    """A drill's keys open nothing in the real channel, and the other way round."""
    drill = founded_channel(seed="drill", drill=True)
    header = authorization(IL, "TR", TARGET, signer=drill.keyrings[IL].main, at=START)
    with pytest.raises(Refused):
        asker(header, FOUNDED.roster, TR, TARGET, at=START)
