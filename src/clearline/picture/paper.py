"""Paper day: what was taken down from dictation, beside the signed originals where these have come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from clearline.picture.entry import Entry, Place
from clearline.picture.notices import NoticeHistory
from clearline.picture.outlines import OutlineHistory
from clearline.picture.read_back import Difference
from clearline.records.card import NoticeCard, heard, spoken, spoken_draft
from clearline.records.dictated import Dictated
from clearline.records.notice import Details, NoticeDraft
from clearline.volumes.altitude import format_altitude
from clearline.volumes.footprint import Footprint, Shape
from clearline.volumes.instant import format_instant
from clearline.volumes.volume import Volume

Key = tuple[str, str]


@dataclass(slots=True)
class Paper:
    """What was taken down, by place; of one author's reference the newest word of each taker counts."""

    taken: dict[Place, tuple[Entry, Dictated]] = field(default_factory=dict)

    def fold(self, entry: Entry, record: Dictated) -> tuple[Key, ...]:
        """Take one in and return its key in the watch."""
        self.taken[entry.place] = (entry, record)
        return (key_of(entry, record),) if isinstance(record.card, NoticeCard) else ()

    def notices(self) -> dict[Key, tuple[Entry, NoticeCard]]:
        """Return the newest card of each taker about each notice, by its key in the watch."""
        found: dict[Key, tuple[Entry, NoticeCard]] = {}
        for place in sorted(self.taken):
            entry, record = self.taken[place]
            if isinstance(record.card, NoticeCard):
                found[key_of(entry, record)] = (entry, record.card)
        return found

    def about(self, party: str, reference: str) -> tuple[Key, ...]:
        """Return the keys of the cards about a notice, sorted."""
        if not self.taken:
            return ()
        asked = heard(spoken(reference))
        return tuple(
            sorted(key for key, (_, card) in self.notices().items() if (card.author, card.reference) == (party, asked))
        )

    def value(self) -> dict[Place, tuple[Entry, Dictated]]:
        """Return everything as one comparable value."""
        return dict(sorted(self.taken.items()))


def key_of(entry: Entry, record: Dictated) -> Key:
    """Return the key of a dictated notice in the watch; the blank at its end is in no notice's own reference."""
    return str(record.card.author), f"{record.card.reference} (dictated by {entry.place.member}) "


def original_of(
    card: NoticeCard, notices: Mapping[Key, NoticeHistory], outlines: Mapping[Key, OutlineHistory]
) -> NoticeHistory | OutlineHistory | None:
    """Return the signed notice that a card was dictated from, once the version that it names is held."""
    key = (str(card.author), card.reference)
    held: list[NoticeHistory | OutlineHistory | None] = [notices.get(key) or outlines.get(key)]
    if held == [None]:
        # A reference with small letters or foreign ones is dictated otherwise than it is written.
        alike = sorted(k for k in {*notices, *outlines} if k[0] == key[0] and heard(spoken(k[1])) == key[1])
        held = [notices.get(k) or outlines.get(k) for k in alike]
    return next((history for history in held if history is not None and history.revision >= card.revision), None)


def slips(filed: NoticeDraft, card: NoticeCard) -> tuple[Difference, ...]:
    """Return every difference between a signed notice and what was taken down of it, in the notice's order."""
    said, taken = spoken_draft(filed), card.draft
    found = [
        Difference(-1, what, getattr(said, what).value, getattr(taken, what).value)
        for what in ("activity", "nature")
        if getattr(said, what) is not getattr(taken, what)
    ]
    if len(said.volumes) != len(taken.volumes):
        found.append(Difference(-1, "volumes", str(len(said.volumes)), str(len(taken.volumes))))
    for number, (one, other) in enumerate(zip(said.volumes, taken.volumes, strict=False)):
        found += [Difference(number, *slip) for slip in _volume_slips(one, other)]
    for number, (mine, theirs) in enumerate(zip(said.details, taken.details, strict=False)):
        for f in fields(Details):
            a, b = getattr(mine, f.name), getattr(theirs, f.name)
            if a != b:
                found.append(Difference(number, f.name, a or "nothing", b or "nothing"))
    return tuple(found)


def _volume_slips(one: Volume, other: Volume) -> list[tuple[str, str, str]]:
    pairs = [
        ("place", _place(one.footprint), _place(other.footprint), one.footprint == other.footprint),
        ("lower", format_altitude(one.band.lower), format_altitude(other.band.lower), None),
        ("upper", format_altitude(one.band.upper), format_altitude(other.band.upper), None),
        ("start", format_instant(one.window.start), format_instant(other.window.start), None),
        ("end", format_instant(one.window.end), format_instant(other.window.end), None),
    ]
    return [(what, a, b) for what, a, b, same in pairs if (a != b if same is None else not same)]


def _place(footprint: Footprint) -> str:
    corners = [position for part in footprint.parts for ring in part for position in ring]
    lon, lat = corners[0]
    around = "" if footprint.shape is Shape.POLYGON else f", {footprint.radius_cm / 100:g} m"
    more = f" and {len(corners) - 1} more" if len(corners) > 1 else ""
    return f"{footprint.shape.value} {lat / 1e7:.7f}, {lon / 1e7:.7f}{more}{around}"
