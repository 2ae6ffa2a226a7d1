"""Who asks: a pull carries a short-lived note signed by the asker's log key, until the line itself knows its ends."""

from __future__ import annotations

import base64

from clearline.channel.roster import Roster
from clearline.errors import Malformed, NotAllowed
from clearline.records.words import MemberId
from clearline.signing.keys import Signer
from clearline.signing.note import Note, Strangers, encode_note, parse_note, sign_text, verify_note
from clearline.volumes.instant import Instant

FIRST_LINE = "clearline/request/v1"
SCHEME = "Clearline "
GOOD_FOR_MS = 60_000
"""How far a request's time may lie from the receiver's clock, either way."""

REQUEST_BYTES_MAX = 2_000


class NotAMember(NotAllowed):
    """The request is not signed by a member of the channel, for this node, now."""

    slug, title, status = "not-a-member", "Request not signed by a member", 401


def authorization(me: MemberId, asked: str, target: str, *, signer: Signer, at: Instant) -> str:
    """Return the value of the Authorization header for a request; `target` is method, space and path."""
    text = f"{FIRST_LINE}\n{me}\n{asked}\n{target}\n{at}\n"
    return SCHEME + base64.b64encode(encode_note(Note(text, (sign_text(text, signer),)))).decode()


def asker(header: str | None, roster: Roster, me: MemberId, target: str, *, at: Instant) -> MemberId:
    """Return the member that signed a request for this node.

    Raises:
        NotAMember: It is missing, malformed, for another node or path, too old, or not signed by a member.
    """
    if header is None or not header.startswith(SCHEME) or len(header) > REQUEST_BYTES_MAX:
        raise NotAMember("a pull carries Authorization: Clearline <signed note>")
    try:
        note = parse_note(base64.b64decode(header[len(SCHEME) :], validate=True), where="request")
    except (ValueError, Malformed):
        raise NotAMember("the signed note of the request cannot be read") from None
    lines = note.text.split("\n")
    if len(lines) != 6 or lines[0] != FIRST_LINE or lines[2] != me or lines[3] != target or not lines[4].isdecimal():
        raise NotAMember("the request was signed for something else")
    who = roster.member(lines[1])
    if who is None or abs(at - int(lines[4][:15])) > GOOD_FOR_MS:
        raise NotAMember("the request is not from a member, or too old; compare the clocks")
    # A member whose main log has a successor signs with the successor's key from then on.
    verify_note(note, roster.node_keys(who.id), strangers=Strangers.REFUSED, where="request")
    return who.id
