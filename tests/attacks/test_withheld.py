"""A body that is kept back, or that is another for another: never delivered, and its author can tell from whom."""

from __future__ import annotations

from clearline.channel.answers import RESEND_MS
from clearline.channel.view import notice_view
from clearline.records.notice import Notice
from clearline.records.words import MemberId
from clearline.testing.attack import alarms_of, forger, hello
from clearline.testing.pair import FIVE, Forger, Side
from clearline.testing.theatre import draft


def delivery(side: Side, name: str) -> str:
    return f"clearline/{side.roster.channel}/{name}/delivery"


def test_a_body_withheld_is_never_delivered() -> None:
    """The entry is mirrored, its body is lacking: the answer names it, no delivery is signed, and nothing is shown."""
    side = Side(FIVE)
    made = forger(side, "TR", 2)
    made.say(Notice(draft("TR", "TR-1")), audience=side.roster.members)
    made.say(hello(9), audience=side.roster.members)
    answer = side.give("IL", made.push(without=[2]))
    assert (answer.size, answer.delivered, answer.missing) == (4, 2, ((2, 0),))
    assert {line.split(" ")[1].rsplit("/", 1)[1] for line in answer.cosignatures} == {"mirror"}
    node = side.nodes["IL"]
    assert ("TR", "TR-1") not in node.picture.notices
    assert node.logs["TR/main"].cosigned(delivery(side, "IL")) == 0
    again = side.give("IL", made.push(4))
    assert "delivery" not in "".join(again.cosignatures), "nor by any later message, while it is lacking"
    side.restart("IL")
    assert side.nodes["IL"].logs["TR/main"].delivered == 2
    whole = side.give("IL", made.push(2))
    assert whole.delivered == 4 and "delivery" in "".join(whole.cosignatures)
    assert ("TR", "TR-1") in side.nodes["IL"].picture.notices


def test_a_receiver_that_claims_to_lack_a_body_delays_only_itself() -> None:
    """The author shows the notice as sent, not delivered, to that member alone, and goes on with the others."""
    side = Side(FIVE)
    side.desk("TR").file(draft("TR", "TR-1"), audience=side.roster.members)
    side.keep("TR")
    node = side.nodes["TR"]
    push = node.next_push(MemberId("IL"), "main")
    answer = side.give("IL", push)
    mirror = tuple(line for line in answer.cosignatures if "/mirror " in line)
    lie = type(answer)(1, answer.checkpoint, mirror, 0, (), ((0, 0),))
    node.take_answer(MemberId("IL"), "main", push, lie, at=side.at)
    side.push("TR", "SY")
    history = node.picture.notices["TR", "TR-1"]
    reached = {str(r.member): r.reached for r in notice_view(node, history, at=side.at).current.ladder}
    assert (reached["IL"], reached["SY"]) == ("sent", "delivered")
    assert ("IL", "main") not in [(p, log) for p, log in node.due(at=side.at)], "it does not keep the node busy"
    side.later(RESEND_MS + 1)
    assert ("IL", "main") in node.due(at=side.at)


def test_different_bodies_for_different_members() -> None:
    """A liar sends TR another body than IL under one commitment: whoever it does not open for refuses it by name."""
    side = Side(FIVE)
    made = Forger(side, "AZ")
    made.say(hello(1), audience=side.roster.members)
    true = made.push()
    assert side.give("IL", true).delivered == 1
    salt, _ = made.bodies[0]
    made.bodies[0] = (salt, hello_bytes(2))
    answer = side.give("TR", made.push())
    assert [r.reason for r in answer.refused] == ["does not match its commitment"]
    assert "delivery" not in "".join(answer.cosignatures)
    assert not side.nodes["TR"].picture.messages
    side.push("TR", "AZ")
    assert said_refusals(side, "AZ") == ["does not match its commitment"]
    assert not alarms_of(side, "IL"), "IL was told the truth"


def hello_bytes(number: int) -> bytes:
    from clearline.records import body

    return body.encode(hello(number))


def said_refusals(side: Side, name: str) -> list[str]:
    refused = side.nodes[name].picture.refused
    return [record.reason for given in refused.values() for _, (_, record) in sorted(given.items())]
