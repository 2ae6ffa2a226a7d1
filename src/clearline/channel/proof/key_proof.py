"""Keys over time, as a proof needs them: every key that a record makes known, and what became of each.

A key event proves itself by its root's signature, so it is looked for before anything is proven: what it makes known
signs what stands after it. Whether the event itself stands unchanged in its log is proven with all other bodies.
"""

from __future__ import annotations

from clearline.channel.proof.proof_source import Source
from clearline.channel.roster import Roster
from clearline.channel.statement import open_statement
from clearline.errors import Refused
from clearline.picture.entry import Entry, Place
from clearline.picture.keys import Keys
from clearline.records import body as bodies
from clearline.records import header as headers
from clearline.records.header import is_log
from clearline.records.key_event import KeyEvent
from clearline.records.words import MemberId

_BEGINS = b'{"kind":"key_event",'
"""How the canonical bytes of every key event begin."""


def keys_of(roster: Roster, source: Source) -> tuple[Roster, Keys]:
    """Return the roster that knows every key which a record's key events make known, and what became of each key.

    Cost: one reading of the bodies, and one of the entries of logs with key events.
    """
    keys = roster.first_keys()
    for log in sorted(source.logs()):
        member, _, short = log.partition("/")
        if roster.member(member) is None or not is_log(short):
            continue
        found = {
            body.index: (body.salt, body.body)
            for body in source.bodies(log)
            if body.slot == 0 and body.body.startswith(_BEGINS)
        }
        for item in source.entries(log) if found else ():
            if item.index not in found:
                continue
            salt, raw = found[item.index]
            try:
                record = bodies.decode(raw, where=log)
                if not isinstance(record, KeyEvent):
                    continue
                roster = roster.knowing(record, member)
                statement = open_statement(item.note, roster, author=member, where=log)
            except Refused:
                continue
            if headers.opens(statement.header.slots[0], salt, raw):
                place = Place(MemberId(member), short, item.index)
                entry = Entry(place, statement.id, statement.header, statement.signers, record)
                if not keys.judge(entry):
                    keys.fold(entry, record)
    return roster, keys
