"""What the engine sees: a volume with its reference and what it is about, nothing of records or logs."""

from __future__ import annotations

from dataclasses import dataclass

from clearline.records.activity import Activity, Nature
from clearline.records.notice import NoticeDraft
from clearline.volumes.volume import Volume

Kind = tuple[Activity | None, Nature | None]
"""What a volume is about: the minima of a pair come from the two kinds. `None` for both where it is not told."""


@dataclass(frozen=True, slots=True, order=True)
class VolumeRef:
    """Names one volume: whose, of which notice, and its number there (from 0, in file order)."""

    party: str
    notice: str
    volume: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A volume in the theatre, with its reference and its kind; activity and nature are `None` for area only."""

    ref: VolumeRef
    activity: Activity | None
    nature: Nature | None
    volume: Volume

    @property
    def kind(self) -> Kind:
        """Return the pair of activity and nature by which minima are chosen."""
        return (self.activity, self.nature)


def placed_of(draft: NoticeDraft) -> tuple[Placed, ...]:
    """Return the volumes of a notice as the engine takes them, numbered from 0 in file order."""
    return tuple(
        Placed(VolumeRef(draft.party, draft.notice, number), draft.activity, draft.nature, volume)
        for number, volume in enumerate(draft.volumes)
    )
