"""What a bell says: that it rang, for the how many-th time, and a proof that it was this node. Nothing of the record.

One form for every reason: who carries the bell (a pager service, a chat room, whoever sits on that line) learns when
it rang and nothing of what, from whom, how urgent or in which channel.
"""

from __future__ import annotations

import hashlib
import hmac

FORM = "clearline/bell/v1"
SIGNATURE = "clearline-signature"
"""The header that holds `hmac-sha256=` and the HMAC of the body, in hexadecimal digits. Source: RFC 2104."""


def body(count: int, *, drill: bool) -> bytes:
    """Return the whole body of the bell's POST; `count` rises by one with each bell, so a lost one shows.

    A bell of a drill says so: nobody may run for it as for the real one, nor take the real one for it.
    """
    say = "DRILL. Look at your Clearline console." if drill else "Look at your Clearline console."
    return b'{"bell":"%s","count":%d,"drill":%s,"say":"%s"}' % (
        FORM.encode(),
        count,
        b"true" if drill else b"false",
        say.encode(),
    )


def signature(secret: bytes, raw: bytes) -> str:
    """Return the value of the header `SIGNATURE` for a body."""
    return "hmac-sha256=" + hmac.new(secret, raw, hashlib.sha256).hexdigest()
