"""Drafts: acts that wait for their second person. A draft is signed bytes without a place; it ends by itself.

The first officer signs at the desk. The second signs the same bytes on a machine of his own, with a key that this
node does not hold, and hands over one signature line. Whatever the node thinks of it, every receiver judges anew
whether two different officers signed (`picture.keys`).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clearline.channel.ports import DropKept, PutKept
from clearline.channel.roster import Roster
from clearline.channel.statement import Statement, make_statement, open_statement
from clearline.channel.witnessing import lost
from clearline.errors import ClearlineError, Malformed, NotAllowed, NotFound, Refused, Said, Unavailable
from clearline.picture.entry import Signatory
from clearline.records import body as bodies
from clearline.records import rules
from clearline.records.acknowledgement import Seen
from clearline.records.alert import Alert, AlertAnswer
from clearline.records.body import Record
from clearline.records.evidence import StateRestored
from clearline.records.header import Header
from clearline.records.message import Message
from clearline.records.words import MemberId
from clearline.signing.keys import Signer
from clearline.signing.note import Note, encode_note, parse_note, parse_signature_lines, sign_text
from clearline.volumes.instant import Instant, format_instant

if TYPE_CHECKING:
    from clearline.channel.desk import Desk
    from clearline.channel.node import Node, Submitted

DOMAIN = b"clearline/draft/v1\n"

DRAFTS_MAX = 64
"""Drafts that may wait at one node: acts that bind are few, and each keeps its bodies in memory."""

LINE_CHARACTERS_MAX = 512
"""Characters of a signature line: a key name of 128 and 68 bytes in base64 need half of it."""

KIND = "draft"

NEVER_HELD_BACK = (Alert, AlertAnswer, Seen)
"""What an officer says in `safety` whatever has become of the own key: under fire nobody is sent away for a new one."""


INSTEAD = "; what cannot wait goes as an alert, which no key holds back: clearline stop-fire, clearline alert sound"
"""What an officer reads whose message is refused for the own key."""


class DraftExpired(Refused):
    """The draft is past its time; a signature now would bind somebody to an hour that is gone."""

    slug, title, status = "draft-expired", "The draft has expired", 409


class SamePerson(Refused):
    """The second signature of a draft is by an officer who has signed it already, with whatever key."""

    slug, title, status = "same-person", "Signed by this officer already", 409


class SecondPerson(Refused):
    """The act binds only with two officers' signatures, and was brought with fewer."""

    slug, title, status = "second-person", "Needs a second person", 409


class KeyNotGood(NotAllowed):
    """The officer's key was revoked, has expired, or was never granted: others would give what it signs no effect."""

    slug, title, status = "key-not-good", "The key may not sign now", 403


@dataclass(frozen=True, slots=True)
class Draft:
    """A statement that waits for signatures: its bytes so far, salt and bytes of each body, and the log it is for."""

    statement: Statement
    opened: tuple[tuple[bytes, bytes], ...]
    log: str

    @property
    def id(self) -> str:
        """Return what names the draft: a hash of what is signed, the same whoever has signed so far."""
        return hashlib.sha256(DOMAIN + self.text.encode()).hexdigest()

    @property
    def note(self) -> bytes:
        """Return the note with the signatures so far."""
        return self.statement.note

    @property
    def text(self) -> str:
        """Return the text that each officer signs."""
        return parse_note(self.note, where="draft").text

    @property
    def header(self) -> Header:
        """Return the header."""
        return self.statement.header

    @property
    def signers(self) -> tuple[Signatory, ...]:
        """Return who has signed."""
        return self.statement.signers

    @property
    def record(self) -> Record:
        """Return what the first body says."""
        return bodies.decode(self.opened[0][1], where="draft")


def draft_or_submit(
    desk: Desk,
    record: Record,
    audience: Iterable[str],
    log: str = "main",
    *,
    also: Iterable[tuple[Record, Iterable[MemberId]]] = (),
) -> Submitted | Draft:
    """Sign an act at a desk: give it its place where that suffices, else let it wait for its second person.

    `also` holds further bodies as in `Node.submit`.

    Raises:
        NotAllowed: This node holds no key of the officer.
        KeyNotGood: The officer's key may not sign now.
        ReadOnly: Nothing can be said from this node.
        Malformed: The act cannot be written.
        Unavailable: `DRAFTS_MAX` drafts wait already.
    """
    node = desk.node
    signers: tuple[Signer, ...] = (desk.signer(),)
    readers, further = desk.readers(audience), tuple(also)
    if lacking(node, record, _signatories(node, signers), at=desk.at):
        signers = (*signers, *desk.beside)
    if not lacking(node, record, _signatories(node, signers), at=desk.at):
        return node.submit(
            record, audience=readers, signers=signers, at=desk.at, random=desk.random, log=log, also=further
        )
    drop_expired(node, at=desk.at)
    if len(node.drafts) >= DRAFTS_MAX:
        raise Unavailable(f"{DRAFTS_MAX} drafts wait for their second person already", retry_after_s=60)
    header, opened = node.draw_up(((record, readers), *further), at=desk.at, random=desk.random)
    for number, (_, raw) in enumerate(opened):
        # What cannot be read must not wait for anybody's signature.
        bodies.decode(raw, where=f"body {number}")
    draft = Draft(make_statement(header, signers, node.roster), opened, log)
    # What lifts the loss of state is asked for its second person as everything is; the rest waits until it is lifted.
    if not isinstance(record, StateRestored):
        lost.check_may_say(node, record)
    check_keys(node, draft.signers, at=desk.at)
    _put(node, draft, at=desk.at)
    return draft


def placed(done: Submitted | Draft) -> Submitted:
    """Return what took its place at once.

    Raises:
        SecondPerson: It waits as a draft.
    """
    if isinstance(done, Draft):
        raise SecondPerson(f"the draft {done.id[:16]}… waits for its second person")
    return done


def lacking(node: Node, record: Record, signers: Iterable[Signatory], *, at: Instant) -> str:
    """Return what the signatures still lack for an act of this node's member, or nothing."""
    picture, by = node.picture, [(s.officer, s.key) for s in signers if s.officer]
    if picture.takes_two(node.me, record) or picture.keys.event_takes_two(node.me, record, at=at):
        return picture.keys.two_lacking(node.me, by, releasing=rules.releasing(record))
    return ""


def check_keys(node: Node, signers: Iterable[Signatory], *, at: Instant, instead: str = "") -> None:
    """Check that the keys of officers may sign now, as this member's own main log says.

    `instead` says what can be done all the same.

    Raises:
        KeyNotGood: One may not.
    """
    for signer in signers:
        if signer.officer and not node.picture.keys.good(node.me, signer.key, at=at):
            raise KeyNotGood(
                f"the key of officer {signer.officer} was revoked or replaced, or is outside the time for which it was "
                f"granted; nothing was said. Sign with a key that stands (clearline keys list){instead}",
                officer=signer.officer,
            )


def check_signed(node: Node, record: Record, statement: Statement, *, log: str, at: Instant) -> None:
    """Check before an act takes its place that every receiver will give it its effect: an honest node says no other.

    An alert, an answer to one and its `seen` are said by an ended key too: receivers hear them, and flag the key.

    Raises:
        KeyNotGood: An officer's key may not sign now.
        SecondPerson: It takes two persons, and fewer have signed.
    """
    if log != "safety" or not isinstance(record, NEVER_HELD_BACK):
        check_keys(node, statement.signers, at=at, instead=INSTEAD if isinstance(record, Message) else "")
    still = lacking(node, record, statement.signers, at=at)
    if still:
        raise SecondPerson(f"this {getattr(record, 'KIND', 'act')} {still}")


def waiting(node: Node, *, at: Instant) -> tuple[Draft, ...]:
    """Return the drafts that can still be signed, those that expire first at the head."""
    drafts = [d for d in node.drafts.values() if d.header.expires >= at]
    return tuple(sorted(drafts, key=lambda d: (d.header.expires, d.id)))


def find(node: Node, draft_id: str, *, at: Instant) -> Draft:
    """Return a draft.

    Raises:
        NotFound: There is none of that id, or it was signed or withdrawn.
        DraftExpired: Its time is over.
    """
    draft = node.drafts.get(draft_id)
    if draft is None:
        raise NotFound(f"no draft {draft_id[:16]}… waits here; it was signed, withdrawn, or has expired")
    if draft.header.expires < at:
        raise DraftExpired(
            f"the draft expired at {format_instant(draft.header.expires)}; let the first officer state it anew"
        )
    return draft


def sign(node: Node, draft_id: str, line: str, *, at: Instant) -> Draft | Submitted:
    """Add one officer's signature line to a draft; complete, it takes its place in the log.

    Raises:
        NotFound, DraftExpired: It does not wait any more.
        Malformed: The line is no signature line, or there is more than one.
        UnknownSigner: The key is no officer's of this member.
        BadSignature: It does not verify over the draft's bytes.
        SamePerson: This officer has signed already.
        KeyNotGood: The key may not sign now.
        NotAllowed: A releasing officer's signature is still needed, and this is none's.
    """
    draft = find(node, draft_id, at=at)
    if len(line) > LINE_CHARACTERS_MAX:
        raise Malformed(where="signature", found=Said(f"{len(line)} characters"), expected="one signature line")
    lines = parse_signature_lines(line if line.endswith("\n") else f"{line}\n", where="signature")
    if len(lines) != 1:
        raise Malformed(where="signature", found=Said(f"{len(lines)} lines"), expected="one signature line")
    note = parse_note(draft.note, where="draft")
    by = node.roster.signatory_of(node.me, lines[0].signer)
    if by.officer and by.officer in {s.officer for s in draft.signers}:
        raise SamePerson(f"officer {by.officer} has signed this already; the second person is another officer")
    signatures = tuple(sorted((*note.signatures, lines[0]), key=lambda s: s.line()))
    raw = encode_note(Note(note.text, signatures))
    signed = open_statement(raw, node.roster, author=node.me, where="draft")
    check_keys(node, signed.signers, at=at)
    whole = Draft(signed, draft.opened, draft.log)
    still = lacking(node, whole.record, whole.signers, at=at)
    if not still:
        submitted = node.append(signed, draft.opened, log=draft.log, at=at)
        drop(node, draft_id)
        return submitted
    _put(node, whole, at=at)
    return whole


def sign_here(node: Node, draft_id: str, officer: str, *, at: Instant) -> Draft | Submitted:
    """Sign a draft as an officer whose key this node holds.

    Raises:
        NotAllowed: The node holds no key of that officer.
        As `sign`.
    """
    signer = node.keys.officers.get(officer)
    if signer is None:
        raise NotAllowed(
            f"this node holds no key of officer {officer}: sign where the key is, with clearline draft sign"
        )
    return sign(node, draft_id, sign_text(find(node, draft_id, at=at).text, signer).line(), at=at)


def withdraw(node: Node, draft_id: str, *, at: Instant) -> None:
    """Take a draft back; nothing of it was ever said.

    Raises:
        NotFound: There is none of that id.
    """
    if draft_id not in node.drafts:
        raise NotFound(f"no draft {draft_id[:16]}… waits here; it was signed, withdrawn, or has expired")
    drop(node, draft_id)
    node.event("draft", {"id": draft_id, "state": "withdrawn", "at": at})


def drop_expired(node: Node, *, at: Instant) -> None:
    """Forget drafts whose time is over."""
    for draft_id in [i for i, d in node.drafts.items() if d.header.expires < at]:
        drop(node, draft_id)
        node.event("draft", {"id": draft_id, "state": "expired", "at": at})


def drop(node: Node, draft_id: str) -> None:
    """Forget a draft, its salts and bodies too."""
    node.drafts.pop(draft_id)
    node.queued.append(DropKept(KIND, draft_id))


def load(kept: dict[str, bytes], roster: Roster, me: MemberId) -> dict[str, Draft]:
    """Return the drafts that a store keeps; one that can no longer be read waits for nobody."""
    drafts = {}
    for draft_id, raw in kept.items():
        try:
            value = json.loads(raw)
            opened = tuple((base64.b64decode(s), base64.b64decode(b)) for s, b in value["bodies"])
            statement = open_statement(base64.b64decode(value["note"]), roster, author=me, where="draft")
            drafts[draft_id] = Draft(statement, opened, value["log"])
        except (ClearlineError, ValueError, KeyError, TypeError):
            continue
    return drafts


def _signatories(node: Node, signers: Iterable[Signer]) -> list[Signatory]:
    return [node.roster.signatory_of(node.me, signer.public.ref()) for signer in signers]


def _put(node: Node, draft: Draft, *, at: Instant) -> None:
    node.drafts[draft.id] = draft
    value = {
        "bodies": [[_b64(salt), _b64(raw)] for salt, raw in draft.opened],
        "log": draft.log,
        "note": _b64(draft.note),
    }
    node.queued.append(PutKept(KIND, draft.id, json.dumps(value).encode()))
    kind = getattr(draft.record, "KIND", "")
    node.event("draft", {"id": draft.id, "state": "waiting", "kind": kind, "expires": draft.header.expires, "at": at})


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
