"""Zones and red lines: statements about an area. They are shown when an activity touches them, never enforced."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from clearline.errors import Malformed
from clearline.records import volume_members
from clearline.records.activity import Activity
from clearline.records.reading import Members, in_order
from clearline.volumes.volume import Volume

TITLE_MAX = 200


class AreaSort(StrEnum):
    """What is said of the area: rules hold there, or its issuer will not accept something there."""

    ZONE = "zone"
    RED_LINE = "red_line"


@dataclass(frozen=True, slots=True)
class Area:
    """A zone or a red line as its issuer states it, or the version that replaces an earlier one (`amends`).

    `activities` are those it speaks of (sorted); none given means every activity. Windows may end with `PERM`.
    """

    sort: AreaSort
    reference: str
    title: str
    text: str
    volumes: tuple[Volume, ...]
    activities: tuple[Activity, ...] = ()
    amends: str = ""
    KIND: ClassVar[str] = "area"

    @property
    def two_persons(self) -> bool:
        """Report whether it binds only with the signatures of two officers: a red line does."""
        return self.sort is AreaSort.RED_LINE

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        members: dict[str, Any] = {
            "activities": [a.value for a in self.activities],
            "reference": self.reference,
            "sort": self.sort.value,
            "text": self.text,
            "title": self.title,
            "volumes": [volume_members.to_members(v) for v in self.volumes],
        }
        return {"amends": self.amends, **members} if self.amends else members

    @classmethod
    def from_members(cls, members: Members) -> Area:
        """Return the area that the members of a body hold."""
        named = members.items("activities", most=len(Activity))
        for index, word in enumerate(named):
            if not isinstance(word, str) or word not in Activity._value2member_map_:
                raise Malformed(
                    where=f"{members.place('activities')}/{index}",
                    found=word,
                    expected="one of " + ", ".join(Activity),
                )
        in_order(named, where=members.place("activities"))
        return cls(
            sort=members.choice("sort", AreaSort),
            reference=members.reference("reference"),
            title=members.text("title", least=1, most=TITLE_MAX),
            text=members.text("text", least=1),
            volumes=volume_members.many_from_members(members, "volumes", standing=True),
            activities=tuple(Activity(word) for word in named),
            amends=members.entry_id("amends") if members.has("amends") else "",
        )


@dataclass(frozen=True, slots=True)
class AreaWithdrawal:
    """The issuer withdraws the version `of` of its zone or red line."""

    reference: str
    of: str
    reason: str
    KIND: ClassVar[str] = "area_withdrawal"

    def to_members(self) -> dict[str, Any]:
        """Return the members of the body."""
        return {"of": self.of, "reason": self.reason, "reference": self.reference}

    @classmethod
    def from_members(cls, members: Members) -> AreaWithdrawal:
        """Return the withdrawal that the members of a body hold."""
        return cls(members.reference("reference"), members.entry_id("of"), members.text("reason"))
