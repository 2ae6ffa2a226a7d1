"""Notices in the picture: every version that stood, and what the owner said became of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from clearline.picture.entry import Entry
from clearline.records.notice import Notice, NoticeDraft, NoticeStep, Step
from clearline.records.outline import Outline
from clearline.volumes.instant import Instant, Window
from clearline.volumes.volume import Volume

ENDED = (Step.WITHDRAW, Step.COMPLETE)


@dataclass(frozen=True, slots=True)
class NoticeVersion:
    """One version of a notice and the entry that said it."""

    entry: Entry
    draft: NoticeDraft
    accepts: str
    dictated_at: Instant | None = None
    """When it was dictated over another line, where it was entered after the fact."""


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A step of the owner and the entry that said it."""

    entry: Entry
    step: Step
    reason: str
    until: Instant | None


@dataclass(frozen=True, slots=True)
class NoticeHistory:
    """A notice with all its versions (oldest first) and steps (in the owner's order).

    `sealed` is the cancellation by a sealed pair, to which the owner gave its word (picture/pairs.py). `outlined` are
    versions of which this member was told the area only, each with its entry.
    """

    versions: tuple[NoticeVersion, ...]
    steps: tuple[StepTaken, ...] = ()
    sealed: StepTaken | None = None
    outlined: tuple[tuple[Entry, Outline], ...] = ()

    @property
    def current(self) -> NoticeVersion:
        """Return the version that stands."""
        return self.versions[-1]

    @property
    def key(self) -> tuple[str, str]:
        """Return party and reference."""
        return self.current.draft.party, self.current.draft.notice

    @property
    def revision(self) -> int:
        """Return the number of the version that stands, from 1."""
        return len(self.versions) + len(self.outlined)

    def number(self, version: NoticeVersion) -> int:
        """Return the number of one of the versions, from 1; those known as area only count too."""
        place = version.entry.place
        return 1 + sum(v.entry.place < place for v in self.versions) + sum(e.place < place for e, _ in self.outlined)

    @property
    def ended(self) -> StepTaken | None:
        """Return the step that ended the notice: withdrawn or completed, or cancelled with another by a sealed pair."""
        return self.ended_by_owner or self.sealed

    @property
    def ended_by_owner(self) -> StepTaken | None:
        """Return the step by which the owner's own log ended the notice; its order settles what may follow."""
        return next((s for s in self.steps if s.step in ENDED), None)

    @property
    def overrun_until(self) -> Instant | None:
        """Return until when the owner said that the version that stands overruns."""
        current = self.current.entry.place
        later = [s.until for s in self.steps if s.until is not None and s.entry.place > current]
        return max(later, default=None)

    @property
    def volumes(self) -> tuple[Volume, ...]:
        """Return the volumes that stand, their windows extended where the owner said that it overruns."""
        until = self.overrun_until
        if until is None:
            return self.current.draft.volumes
        last = max(v.window.end for v in self.current.draft.volumes)
        return tuple(
            replace(v, window=Window(v.window.start, max(v.window.end, until))) if v.window.end == last else v
            for v in self.current.draft.volumes
        )

    @property
    def start(self) -> Instant:
        """Return the earliest start of its volumes."""
        return min(v.window.start for v in self.volumes)

    @property
    def end(self) -> Instant:
        """Return the latest end of its volumes."""
        return max(v.window.end for v in self.volumes)


def with_notice(
    history: NoticeHistory | None, entry: Entry, record: Notice, *, unread: bool = False
) -> NoticeHistory | str:
    """Return the history after a notice or an amendment, or the reason why it has no effect.

    `unread` says that the version amended stands in the log and that this member was not shown it.
    """
    version = NoticeVersion(entry, record.draft, record.accepts, record.dictated_at)
    if record.draft.party != entry.header.author:
        return "a notice in another member's name"
    if not record.amends:
        return NoticeHistory((version,)) if history is None else "the reference is in use"
    if history is None:
        return NoticeHistory((version,)) if unread else "amends a notice that was never filed"
    if history.ended_by_owner is not None:
        return "amends a notice that has ended"
    if record.amends != history.current.entry.id and not unread:
        return "amends a version that no longer stands"
    return NoticeHistory((*history.versions, version), history.steps, outlined=history.outlined)


def with_step(history: NoticeHistory | None, entry: Entry, record: NoticeStep) -> NoticeHistory | str:
    """Return the history after a step of the owner, or the reason why it has no effect."""
    if history is None:
        return "speaks of a notice that was never filed"
    if history.ended_by_owner is not None:
        return "speaks of a notice that has ended"
    if record.of != history.current.entry.id:
        return "speaks of a version that no longer stands"
    taken = StepTaken(entry, record.step, record.reason, record.until)
    return NoticeHistory(history.versions, (*history.steps, taken), outlined=history.outlined)
