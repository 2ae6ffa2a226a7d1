"""What the agreement lets members erase: whose notices, about what, and how long after they have ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clearline.errors import Malformed
from clearline.records import words
from clearline.records.activity import Activity, Nature
from clearline.records.header import MEMBERS_MAX
from clearline.records.reading import Members, in_order
from clearline.records.words import MemberId

RULES_MAX = 50
AFTER_MAX_S = 20 * 366 * 86_400


@dataclass(frozen=True, slots=True)
class ErasureRule:
    """Bodies of these members' notices about these activities or natures may be erased `after_s` after their end.

    No `members` means every member, no `subjects` every notice. Both are sorted.
    """

    members: tuple[MemberId, ...]
    subjects: tuple[Activity | Nature, ...]
    after_s: int

    def to_members(self) -> dict[str, Any]:
        """Return the rule as members of the terms."""
        return {"after_s": self.after_s, "members": list(self.members), "subjects": [s.value for s in self.subjects]}

    def speaks_of(self, member: str, activity: Activity | None, nature: Nature | None) -> bool:
        """Report whether the rule fits a notice; where only its area is known, both are `None` and any subject fits."""
        if self.members and member not in self.members:
            return False
        return activity is None or not self.subjects or activity in self.subjects or nature in self.subjects


DEFAULT_ERASURE = (
    ErasureRule((), (Nature.PROTECTED, Activity.PROTECTED_MOVEMENT, Activity.PROTECTED_SITE), 30 * 86_400),
)
"""Humanitarian data alone, thirty days after the notice's end. A placeholder, as the other numbers are."""


def erasure_rules(members: Members) -> tuple[ErasureRule, ...]:
    """Return the member `erasure` of the terms."""
    items = members.items("erasure", most=RULES_MAX)
    return tuple(_rule(Members(v, where=f"{members.place('erasure')}/{i}")) for i, v in enumerate(items))


def _rule(members: Members) -> ErasureRule:
    who = [
        words.member_id(v, where=f"{members.place('members')}/{i}")
        for i, v in enumerate(members.items("members", most=MEMBERS_MAX))
    ]
    in_order(list(who), where=members.place("members"))
    known: dict[str, Activity | Nature] = {word.value: word for kind in (Activity, Nature) for word in kind}
    subjects = members.items("subjects", most=len(known))
    for index, word in enumerate(subjects):
        if not isinstance(word, str) or word not in known:
            raise Malformed(
                where=f"{members.place('subjects')}/{index}", found=word, expected="one of " + ", ".join(known)
            )
    in_order(subjects, where=members.place("subjects"))
    rule = ErasureRule(
        tuple(who), tuple(known[word] for word in subjects), members.integer("after_s", least=0, most=AFTER_MAX_S)
    )
    members.done()
    return rule
