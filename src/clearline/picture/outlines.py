"""Area only: notices of which this member was told roughly where, how high and when, and nothing else.

They stand apart from `picture.notices`, so that nothing takes them for exact. A notice stands in one of the two: in
which, the version that stands decides. A disclosure of that version brings it to the notices.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from clearline.picture.entry import Entry
from clearline.picture.notices import ENDED, NoticeHistory, NoticeVersion, StepTaken
from clearline.records.notice import Notice, NoticeStep
from clearline.records.outline import Outline
from clearline.volumes.instant import Instant, Window
from clearline.volumes.volume import Volume


@dataclass(frozen=True, slots=True)
class OutlineVersion:
    """One version that is known as area only, and the entry that said it."""

    entry: Entry
    outline: Outline


@dataclass(frozen=True, slots=True)
class OutlineHistory:
    """A notice whose version that stands is known as area only. All oldest first.

    `exact` are earlier versions that were shown whole; `steps` are the owner's, in its order.
    """

    versions: tuple[OutlineVersion, ...]
    exact: tuple[NoticeVersion, ...] = ()
    steps: tuple[StepTaken, ...] = ()

    @property
    def current(self) -> OutlineVersion:
        """Return the version that stands."""
        return self.versions[-1]

    @property
    def key(self) -> tuple[str, str]:
        """Return party and reference."""
        return str(self.current.outline.party), self.current.outline.notice

    @property
    def revision(self) -> int:
        """Return the number of the version that stands, as its author counts."""
        return self.current.outline.revision

    @property
    def ended(self) -> StepTaken | None:
        """Return the step that ended the notice: withdrawn or completed."""
        return next((s for s in self.steps if s.step in ENDED), None)

    @property
    def volumes(self) -> tuple[Volume, ...]:
        """Return the coarse volumes, their windows extended where the owner said that it overruns."""
        place = self.current.entry.place
        until = max((s.until for s in self.steps if s.until is not None and s.entry.place > place), default=None)
        volumes = self.current.outline.volumes
        if until is None:
            return volumes
        last = max(v.window.end for v in volumes)
        return tuple(
            replace(v, window=Window(v.window.start, max(v.window.end, until))) if v.window.end == last else v
            for v in volumes
        )

    @property
    def start(self) -> Instant:
        """Return the earliest start of its coarse volumes."""
        return min(v.window.start for v in self.volumes)

    @property
    def end(self) -> Instant:
        """Return the latest end of its coarse volumes."""
        return max(v.window.end for v in self.volumes)


Told = NoticeHistory | OutlineHistory


def with_outline(held: Told | None, entry: Entry, record: Outline, *, unread: bool) -> OutlineHistory | str:
    """Return the history after an outline, or the reason why it has no effect.

    `unread` says that the version amended stands in the log and that this member was not shown it.
    """
    version = OutlineVersion(entry, record)
    if record.party != entry.header.author:
        return "an outline in another member's name"
    if not record.amends:
        return OutlineHistory((version,)) if held is None else "the reference is in use"
    if held is None:
        return OutlineHistory((version,)) if unread else "amends a notice that was never filed"
    reason = _no_successor(held, record.amends, unread=unread)
    if reason:
        return reason
    if isinstance(held, OutlineHistory):
        return OutlineHistory((*held.versions, version), held.exact, held.steps)
    earlier = tuple(OutlineVersion(*pair) for pair in held.outlined)
    return OutlineHistory((*earlier, version), held.versions, held.steps)


def with_exact(held: OutlineHistory, entry: Entry, record: Notice, *, unread: bool) -> NoticeHistory | str:
    """Return the history after a whole notice that follows one known as area only, or why it has no effect."""
    if record.draft.party != entry.header.author:
        return "a notice in another member's name"
    if not record.amends:
        return "the reference is in use"
    reason = _no_successor(held, record.amends, unread=unread)
    if reason:
        return reason
    version = NoticeVersion(entry, record.draft, record.accepts, record.dictated_at)
    outlined = tuple((v.entry, v.outline) for v in held.versions)
    return NoticeHistory((*held.exact, version), held.steps, outlined=outlined)


def with_step_told(held: OutlineHistory, entry: Entry, record: NoticeStep) -> OutlineHistory | str:
    """Return the history after a step of the owner, or the reason why it has no effect."""
    if held.ended is not None:
        return "speaks of a notice that has ended"
    if record.of != held.current.entry.id:
        return "speaks of a version that no longer stands"
    taken = StepTaken(entry, record.step, record.reason, record.until)
    return OutlineHistory(held.versions, held.exact, (*held.steps, taken))


def _no_successor(held: Told, amends: str, *, unread: bool) -> str:
    ended = held.ended if isinstance(held, OutlineHistory) else held.ended_by_owner
    if ended is not None:
        return "amends a notice that has ended"
    if amends != held.current.entry.id and not unread:
        return "amends a version that no longer stands"
    return ""
