"""Who takes part: the five members of the demonstration and the ports at which their nodes listen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from clearline.records.genesis import Role

CHANNEL = "Syria 2025"

HOST = "127.0.0.1"
"""Pages are open without a session in the demonstration, so it never leaves this machine."""


@dataclass(frozen=True, slots=True)
class Participant:
    """A member as the demonstration founds it; officers are numbered from 1 by position, the releasing ones last."""

    id: str
    name: str
    role: Role
    positions: tuple[str, ...]
    releasing: tuple[str, ...] = ()


PARTICIPANTS = (
    Participant("TR", "Türkiye", Role.PARTY, ("duty watch",), ("releasing officer",)),
    Participant("IL", "Israel", Role.PARTY, ("duty watch",), ("releasing officer",)),
    Participant("AZ", "Azerbaijan", Role.HOST, ("host duty officer",), ("releasing officer",)),
    Participant("SY", "Syria", Role.OBSERVER, ("liaison desk",), ("head of delegation",)),
    Participant("UN", "United Nations", Role.HUMANITARIAN, ("humanitarian focal point",), ("head of coordination",)),
)
"""In the order in which they are shown; the node of the first listens one port above the demonstration's."""


@dataclass(frozen=True, slots=True)
class Station:
    """A member's node in the demonstration, the token of its first officer, and its releasing officer with the key."""

    member: str
    name: str
    port: int
    token: str
    releasing: str
    releasing_key: Path

    @property
    def url(self) -> str:
        """Return the address of the node and of its page."""
        return f"http://{HOST}:{self.port}"


def port_of(member: str, base: int) -> int:
    """Return the port of a member's node where the demonstration's is `base`."""
    return base + 1 + [one.id for one in PARTICIPANTS].index(member)
