"""Outlines: area only. What a member is told of a notice that it may not read: roughly where, how high and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from clearline.records import volume_members
from clearline.records.notice import NoticeDraft
from clearline.records.reading import Members
from clearline.records.words import MemberId
from clearline.volumes.coarse import coarse_volume
from clearline.volumes.volume import Volume

REVISION_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Outline:
    """Area only: the notice's reference and revision, and volumes that hold the true ones. Nothing of the activity.

    It stands beside the notice's own body in one statement, for other readers. `amends` is the entry id of the
    version that this revision replaces, empty for the first.
    """

    party: MemberId
    notice: str
    revision: int
    volumes: tuple[Volume, ...]
    amends: str = ""
    KIND: ClassVar[str] = "outline"

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        members: dict[str, Any] = {
            "notice": self.notice,
            "party": self.party,
            "revision": self.revision,
            "volumes": [volume_members.to_members(v) for v in self.volumes],
        }
        return {**members, "amends": self.amends} if self.amends else members

    @classmethod
    def from_members(cls, members: Members) -> Outline:
        """Return the outline that the members of a body hold."""
        return cls(
            party=members.member_id("party"),
            notice=members.reference("notice"),
            revision=members.integer("revision", least=1, most=REVISION_MAX),
            volumes=volume_members.many_from_members(members, "volumes"),
            amends=members.entry_id("amends") if members.has("amends") else "",
        )


def outline_of(draft: NoticeDraft, *, revision: int, amends: str = "") -> Outline:
    """Return the outline of a notice: one coarse volume for each true one, in the same order.

    Raises:
        Malformed: A volume is too large to be told as area only.
    """
    volumes = tuple(
        coarse_volume(volume, where=f"/features/{number}/geometry") for number, volume in enumerate(draft.volumes)
    )
    return Outline(MemberId(draft.party), draft.notice, revision, volumes, amends)
