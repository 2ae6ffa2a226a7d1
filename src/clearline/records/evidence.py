"""What a node says by itself of another's cheating, and what two persons say after a node had lost state.

Evidence proves itself: whoever receives it judges it from the signed bytes inside (`channel.witness.judge`), never
from the word of the node that passes it on.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, ClassVar

from clearline.errors import Malformed, Said
from clearline.records.reading import Members, binary, in_order

SLUGS = ("back-dated", "broken-history", "split-view")
"""The alarms that can be proven to others, by their slugs."""

NOTE_BYTES_MAX = 65_535
"""Bytes of a signed note inside of evidence: the largest that a log takes."""

FIRST_PRINTABLE = 0x20

PROOF_HASHES_MAX = 64
"""Hashes of a proof: one root and the longest proof of RFC 9162 for a log below 2^53."""

RESTORED_LOGS_MAX = 1_024
"""Logs that one statement names: all logs of the largest channel, successors included."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Two signed notes that contradict each other, and the hashes that show it.

    `split-view`: two checkpoints of one log and one size. `broken-history`: `first` is a checkpoint, or a statement
    that names a root of the log in `seen`; `proof` holds another root of that size and then the consistency proof
    from it to the checkpoint `second`. `back-dated`: `first` is a statement, `second` the entry that it says it had
    seen; `proof` is the inclusion proof of `second` under the root named by `first`.
    """

    slug: str
    first: str
    second: str
    proof: tuple[bytes, ...] = ()
    KIND: ClassVar[str] = "evidence"
    BY_NODE: ClassVar[bool] = True

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        return {
            "first": self.first,
            "proof": [base64.b64encode(step).decode() for step in self.proof],
            "second": self.second,
            "slug": self.slug,
        }

    @classmethod
    def from_members(cls, members: Members) -> Evidence:
        """Return the evidence that the members of a body hold; whether it proves anything is judged elsewhere."""
        slug = members.text("slug", least=1, most=64)
        if slug not in SLUGS:
            raise Malformed(where=members.place("slug"), found=slug, expected="one of " + ", ".join(SLUGS))
        steps = members.items("proof", most=PROOF_HASHES_MAX)
        place = members.place("proof")
        return cls(
            slug,
            _note(members, "first"),
            _note(members, "second"),
            tuple(binary(step, where=f"{place}/{number}", size=32) for number, step in enumerate(steps)),
        )


@dataclass(frozen=True, slots=True)
class StateRestored:
    """Two persons say that a node which had lost state holds again what it had signed: it signs from here on.

    `sizes` maps each log to the size to which it was refilled, sorted by log.
    """

    sizes: tuple[tuple[str, int], ...]
    reason: str
    KIND: ClassVar[str] = "state_restored"
    two_persons: ClassVar[bool] = True

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        return {"reason": self.reason, "sizes": [{"log": log, "size": size} for log, size in self.sizes]}

    @classmethod
    def from_members(cls, members: Members) -> StateRestored:
        """Return the statement that the members of a body hold."""
        place, sizes = members.place("sizes"), []
        for number, value in enumerate(members.items("sizes", least=1, most=RESTORED_LOGS_MAX)):
            one = Members(value, where=f"{place}/{number}")
            sizes.append((one.text("log", least=1, most=32), one.integer("size", least=0)))
            one.done()
        in_order([log for log, _ in sizes], where=place)
        return cls(tuple(sizes), members.text("reason", most=500))


def _note(members: Members, name: str) -> str:
    value = members.raw(name, "a signed note")
    if not isinstance(value, str):
        raise Malformed(where=members.place(name), found=value, expected="a signed note")
    if any(ord(character) < FIRST_PRINTABLE and character != "\n" for character in value):
        raise Malformed(where=members.place(name), found=value, expected="a signed note, without control characters")
    size = len(value.encode("utf-8", "replace"))
    if not 0 < size <= NOTE_BYTES_MAX:
        raise Malformed(
            where=members.place(name), found=Said(f"{size} bytes"), expected=f"1 to {NOTE_BYTES_MAX} bytes of a note"
        )
    return value
