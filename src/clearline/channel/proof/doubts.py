"""What is to be doubted in a record that is as it was signed: who signed, whether two did, when, and which witness.

Nothing of it breaks a proof. It is judged as the picture judges it: an entry of a main log by what stands before it
there, everything else by what is known at the end.
"""

from __future__ import annotations

from collections.abc import Sequence

from clearline.channel.roster import Roster
from clearline.channel.statement import Statement
from clearline.picture import placing
from clearline.picture.areas import AreaHistory, with_area, with_withdrawal
from clearline.picture.entry import Entry
from clearline.picture.entry import Place as EntryPlace
from clearline.picture.keys import Keys
from clearline.records import rules
from clearline.records.area import Area, AreaWithdrawal
from clearline.records.body import Record
from clearline.records.header import base_log
from clearline.records.key_event import Event, KeyEvent
from clearline.records.words import MemberId
from clearline.tlog.checkpoint import Cosignature
from clearline.volumes.instant import Instant, format_instant


class Doubts:
    """Judges the entries of all logs, each log in order and the logs by name, and the lines of their witnesses."""

    def __init__(self, roster: Roster, ended: Keys) -> None:
        self._roster = roster
        self._ended = ended
        """Keys as they stand at the end of the record."""
        self._standing = roster.first_keys()
        """Keys as they stand before the entry that is looked at."""
        self._areas: dict[tuple[str, str], AreaHistory] = {}
        self._unread: set[str] = set()
        self._windows: dict[str, placing.Window] = {}

    def of_entry(self, log: str, index: int, statement: Statement, records: Sequence[Record]) -> tuple[str, ...]:
        """Return all that is to be doubted of an entry, in words. `records` are its bodies that can be read."""
        member, _, short = log.partition("/")
        header, record = statement.header, records[0] if records else None
        place = EntryPlace(MemberId(member), short, index)
        entry = Entry(place, statement.id, header, statement.signers, record)
        flags = self._ended.flags_of(entry, self._effect(entry))
        found = [f"disowned: {flag.text}" if flag.slug == "disowned" else flag.text for flag in flags]
        window = self._windows.setdefault(log, placing.Window())
        after = window.follow(index, header.claimed, header.expires)
        return (*found, *([placing.words(after, header.expires)] if after >= 0 else []))

    def of_line(self, said: Cosignature) -> tuple[str, bool]:
        """Return what is to be doubted of a witness's line, nothing for most, and whether it still counts.

        What a key stated before its member revoked it stays, but whoever stole the key may have written that time.
        """
        key = self._roster.cosigners.get((said.name, said.key_id))
        member, role = said.name.split("/")[-2:]
        for ended in self._ended.ended(member, key.raw) if key is not None else ():
            if ended.event.event is Event.REVOKE:
                at = ended.said.header.claimed
                late = said.time_s * 1000 > at
                word = "after that: it counts for nothing" if late else "before that"
                stated = f"{member}/{role} with a key that {member} revoked at {format_instant(at)}, "
                return f"{stated}stated {format_instant(Instant(said.time_s * 1000))}, {word}", not late
        return "", True

    def _effect(self, entry: Entry) -> str:
        """Return why an entry has no effect, as far as who signed it decides, and let it have the effect that it has.

        As `Picture.take` does: its key, its log, and then whether it takes two.
        """
        record, standing = entry.record, self._standing
        if why := standing.judge(entry):
            return why
        if record is None:
            self._unread.add(entry.id)
            return ""
        if base_log(entry.place.log) not in rules.logs_of(record):
            return ""
        author = entry.header.author
        if self._takes_two(author, record) and (why := standing.two_missing(entry)):
            return why
        if isinstance(record, KeyEvent):
            return standing.fold(entry, record)
        if isinstance(record, Area | AreaWithdrawal):
            key = (str(author), record.reference)
            history = self._areas.get(key)
            if isinstance(record, Area):
                outcome = with_area(history, entry, record, unread=record.amends in self._unread)
            else:
                outcome = with_withdrawal(history, entry, record)
            if isinstance(outcome, AreaHistory):
                self._areas[key] = outcome
        return ""

    def _takes_two(self, author: MemberId, record: Record) -> bool:
        """Report whether an act binds only with two officers: what replaces a red line does, whatever it is itself."""
        if isinstance(record, Area | AreaWithdrawal):
            history = self._areas.get((str(author), record.reference))
            if history is not None and history.withdrawn is None and rules.two_persons(history.current.area):
                return True
        return rules.two_persons(record)
