"""Third parties: "not ours", "we answer for", and an entry passed on to members without a seat in the thread.

An attribution is a claim of its author about an area and a time. What contradicts it is shown beside it; nobody
judges it here.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from clearline.errors import Malformed, Said
from clearline.records import canonical, volume_members
from clearline.records.header import BODIES_MAX
from clearline.records.reading import Members, binary
from clearline.volumes.volume import Volume

SCOPE_MAX = 20
"""Volumes of one attribution: it speaks of one place and time, not of a theatre."""

RELAYED_BYTES_MAX = 2 * 1024 * 1024
"""Bytes of a body that is passed on: written out as a text inside another body it must still fit."""


class AttributionSort(StrEnum):
    """What a member says of what happens there: it is none of its own, or it answers for it."""

    NOT_OURS = "not_ours"
    ANSWER_FOR = "answer_for"


@dataclass(frozen=True, slots=True)
class Attribution:
    """A member's word about an area and a time; `of` is the entry id that it speaks of, `incident` a reference."""

    sort: AttributionSort
    volumes: tuple[Volume, ...]
    text: str = ""
    of: str = ""
    incident: str = ""
    KIND: ClassVar[str] = "attribution"

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        members: dict[str, Any] = {
            "sort": self.sort.value,
            "text": self.text,
            "volumes": [volume_members.to_members(v) for v in self.volumes],
        }
        if self.of:
            members["of"] = self.of
        if self.incident:
            members["incident"] = self.incident
        return members

    @classmethod
    def from_members(cls, members: Members) -> Attribution:
        """Return the attribution that the members of a body hold."""
        members.items("volumes", least=1, most=SCOPE_MAX)
        return cls(
            sort=members.choice("sort", AttributionSort),
            volumes=volume_members.many_from_members(members, "volumes"),
            text=members.text("text"),
            of=members.entry_id("of") if members.has("of") else "",
            incident=members.reference("incident") if members.has("incident") else "",
        )


@dataclass(frozen=True, slots=True)
class Relayed:
    """A reader of the entry `of` passes its body on; whoever gets it checks it against the commitment it holds."""

    of: str
    slot: int
    salt: bytes
    body: bytes
    remarks: str = ""
    KIND: ClassVar[str] = "relayed"

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        return {
            "body": self.body.decode(),
            "of": self.of,
            "remarks": self.remarks,
            "salt": b64encode(self.salt).decode(),
            "slot": self.slot,
        }

    @classmethod
    def from_members(cls, members: Members) -> Relayed:
        """Return what the members of a body hold; that the carried body is canonical is checked, no more."""
        raw = members.raw("body", "a body as text")
        if not isinstance(raw, str):
            raise Malformed(where=members.place("body"), found=raw, expected="a body as text")
        body = raw.encode("utf-8", "surrogatepass")
        if len(body) > RELAYED_BYTES_MAX:
            raise Malformed(
                where=members.place("body"),
                found=Said(f"{len(body)} bytes"),
                expected=f"at most {RELAYED_BYTES_MAX} bytes",
            )
        canonical.decode(body, where=members.place("body"))
        return cls(
            of=members.entry_id("of"),
            slot=members.integer("slot", least=0, most=BODIES_MAX - 1),
            salt=binary(members.raw("salt", "32 bytes in base64"), where=members.place("salt"), size=32),
            body=body,
            remarks=members.text("remarks"),
        )
