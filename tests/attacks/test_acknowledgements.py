"""Acknowledgements that nobody gave: forged ones, and old ones on a notice that has been amended since."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest

from clearline.channel.keys.key_watch import UnknownOfficerKey
from clearline.channel.statement import WrongAuthor
from clearline.channel.view import Rung, notice_view
from clearline.errors import Refused
from clearline.records.acknowledgement import PositionTaken, ReadBack, Seen, Stance
from clearline.records.words import MemberId
from clearline.testing.attack import alarms_of, forger
from clearline.testing.pair import FIVE, Forger, Side
from clearline.testing.theatre import circle, draft
from clearline.tlog.checkpoint import cosign, parse_checkpoint_text

AGREED = PositionTaken("0" * 64, Stance.NO_OBJECTION, "")


def filed(side: Side) -> str:
    """Let TR file a notice that everybody holds; return the id of its version."""
    side.desk("TR").file(draft("TR", "TR-1"), audience=side.roster.members)
    side.talk()
    return side.nodes["TR"].picture.notices["TR", "TR-1"].current.entry.id


def rung(side: Side, name: str, member: str, version: int = -1) -> Rung:
    """Return how far `member` has come with TR's notice, as `name` shows it."""
    history = side.nodes[name].picture.notices["TR", "TR-1"]
    ladder = notice_view(side.nodes[name], history, at=side.at).versions[version].ladder
    return next(one for one in ladder if one.member == member)


def test_a_host_says_that_another_has_agreed() -> None:
    """The host writes IL's consent into its own log, as IL, with a key of its own: refused by name each time."""
    side = Side(FIVE)
    of = filed(side)
    own, theirs = side.founded.keyrings[MemberId("AZ")], side.founded.keyrings[MemberId("IL")]
    consent = replace(AGREED, of=of)
    for changes, signers, expected in (
        ({"author": MemberId("IL")}, [theirs.officers["1"]], WrongAuthor),
        ({"author": MemberId("IL")}, [own.officers["1"]], WrongAuthor),
        ({}, [theirs.officers["1"]], UnknownOfficerKey),
        ({}, [own.officers["1"], theirs.officers["1"]], UnknownOfficerKey),
    ):
        liar = Forger(side, "AZ")
        liar.say(consent, audience=side.roster.members, signers=signers, changes=changes)
        with pytest.raises(expected):
            side.give("TR", liar.push())
    assert (rung(side, "TR", "IL").reached, rung(side, "TR", "IL").position) == ("delivered", None)


def test_a_host_speaks_for_itself_alone() -> None:
    """What the host says of a notice is shown as the host's, never as another's."""
    side = Side(FIVE)
    of = filed(side)
    liar = Forger(side, "AZ")
    liar.say(replace(AGREED, of=of), audience=side.roster.members)
    side.give("TR", liar.push())
    assert rung(side, "TR", "AZ").position is not None
    assert rung(side, "TR", "IL").position is None


def test_a_host_invents_a_delivery() -> None:
    """A delivery is IL's own cosignature: a line by another key, or one of another size, delivers nothing."""
    side = Side(FIVE)
    side.desk("TR").file(draft("TR", "TR-1"), audience=side.roster.members)
    side.keep("TR")
    node, il = side.nodes["TR"], MemberId("IL")
    hint = node.next_push(il, "main")
    node.take_answer(il, "main", hint, side.give("IL", hint), at=side.at)
    push = node.next_push(il, "main")
    answer = side.give("IL", push)
    made = cosign(
        parse_checkpoint_text(push.checkpoint.partition(b"\n\n")[0].decode() + "\n", where="push"),
        side.founded.keyrings[MemberId("AZ")].delivery,
        time_s=side.at // 1000,
    )
    name = f"clearline/{side.roster.channel}/IL/delivery"
    renamed = made.line.replace("/AZ/delivery", "/IL/delivery")
    for lines in ((made.line,), (renamed,), (answer.cosignatures[0].replace("mirror", "delivery"),)):
        with contextlib.suppress(Refused):
            node.take_answer(il, "main", push, replace(answer, cosignatures=lines), at=side.at)
        assert node.own("main").cosigned(name) == 0, lines
        assert rung(side, "TR", "IL").reached == "sent"
    node.take_answer(il, "main", push, answer, at=side.at)
    assert rung(side, "TR", "IL").reached == "delivered"
    assert not alarms_of(side, "TR")


def test_an_old_acknowledgement_on_an_amended_notice() -> None:
    """A read-back names its version: after an amendment it stays with the old one, and the new ladder starts empty."""
    side = Side(FIVE)
    old = filed(side)
    side.desk("TR").amend(draft("TR", "TR-1", circle(38.9)), audience=side.roster.members)
    side.talk()
    liar = forger(side, "IL", 0)
    liar.say(Seen(old), audience=side.roster.members)
    liar.say(replace(AGREED, of=old), audience=side.roster.members)
    side.give("TR", liar.push())
    assert (rung(side, "TR", "IL", 0).reached, rung(side, "TR", "IL", 0).position is None) == ("seen", False)
    assert (rung(side, "TR", "IL").reached, rung(side, "TR", "IL").position) == ("delivered", None)
    back = replace(ReadBack(old, *(None, None), ()), of=old)  # type: ignore[arg-type]
    notice = side.nodes["SY"].picture.notices["TR", "TR-1"].current.draft
    with pytest.raises(Refused) as refusal:
        side.desk("SY").read_back("TR", "TR-1", replace(back, activity=notice.activity, nature=notice.nature))
    assert refusal.value.slug in ("conflicting", "not-found", "malformed")
    assert rung(side, "SY", "SY").reached in ("sent", "delivered")
