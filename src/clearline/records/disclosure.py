"""Disclosures: the author opens an earlier body of its own log to more members."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, ClassVar

from clearline.errors import Malformed
from clearline.records import canonical
from clearline.records.header import BODIES_MAX
from clearline.records.reading import Members

SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Salt and body of slot `slot` of the earlier entry `of`, for members that held its commitment alone.

    `body` is the text of the canonical JSON that was committed to. Whoever reads it checks it against the
    commitment in the header that it holds already.
    """

    of: str
    slot: int
    salt: bytes
    body: str
    KIND: ClassVar[str] = "disclosure"

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        return {"body": self.body, "of": self.of, "salt": base64.b64encode(self.salt).decode(), "slot": self.slot}

    @classmethod
    def from_members(cls, members: Members) -> Disclosure:
        """Return the disclosure that the members of a body hold."""
        body = members.raw("body", "the text of a body")
        if not isinstance(body, str) or not body:
            raise Malformed(where=members.place("body"), found=body, expected="the text of a body")
        if not isinstance(canonical.decode(body.encode(), where=members.place("body")), dict):
            raise Malformed(where=members.place("body"), found=body[:80], expected="an object in canonical JSON")
        return cls(
            of=members.entry_id("of"),
            slot=members.integer("slot", least=0, most=BODIES_MAX - 1),
            salt=members.binary("salt", size=SALT_BYTES),
            body=body,
        )
