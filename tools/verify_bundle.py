#!/usr/bin/env python3
"""Verify a Clearline bundle with nothing but Python 3.8 or later: a second, independent reading of the formats.

    python3 verify_bundle.py BUNDLE [--trust GENESIS]

This one file holds everything: no package of Clearline, no cryptographic library, no network. It was written from
docs/adr/0002-the-bytes.md ("the ADR" below) and is meant to be read from top to bottom before it is believed:
Ed25519, canonical JSON, signed notes, the genesis, the tree, statements, the proof of one log, of all logs, the file.

Exit status: 0 proven; 1 broken, the first bad entry is named and why; 2 bad input, which is no bundle at all.

Not judged here: whether the content of a body keeps the rules of its kind (docs/records.md). That it is the very
content to which the officers committed, and in its one spelling, is.

Memory: some 500 bytes an entry, and one line of at most 24 MiB at a time; the file is read line by line, once for the
keys that the members' roots granted in it, and once to prove it.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import re
import sys
import time
import unicodedata
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

if TYPE_CHECKING:  # Python 3.8 knows these forms in annotations alone.
    from collections.abc import Iterator
    from typing import BinaryIO

    Point = tuple[int, int, int, int]
    Multiples = list[list[tuple[int, int, int]]]
    Keys = dict[tuple[str, bytes], "Key"]
    Records = Iterator[tuple[str, str, int, int, bytes, bytes]]


class Broken(Exception):
    """Something is not as it was signed: exit status 1."""


class BadInput(Exception):
    """The file is no bundle, or the trusted genesis is none: exit status 2."""


def need(condition: bool, why: str) -> None:
    """Raise `Broken` with the reason unless the condition holds."""
    if not condition:
        raise Broken(why)


# Ed25519. Source: RFC 8032 §5.1; the curve is -x² + y² = 1 + d·x²·y² over the integers modulo P, its base point B has
# the prime order L. Nothing here is secret, so nothing needs to take constant time.

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)
BASE_BITS, KEY_BITS = 8, 5
"""Window widths: the base point's table is made once (8,160 points), a key's once a key (1,581 points, about 20 ms)."""
TABLES_MAX = 64
"""Tables of keys kept at a time, 0.4 MB each: more keys than sign in most channels; others are made again."""


def add(p: Point, q: Point) -> Point:
    """Return p + q in extended coordinates: x = X/Z, y = Y/Z, T = X·Y/Z. Source: RFC 8032 §5.1.4."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def decode_point(raw: bytes) -> Point | None:
    """Return the point that 32 bytes stand for in their canonical encoding, or None. Source: RFC 8032 §5.1.3."""
    sign, y = raw[31] >> 7, int.from_bytes(raw, "little") & (2**255 - 1)
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P == -u % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if v * x * x % P != u or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def is_weak_key(raw: bytes) -> bool:
    """Report whether a key is not canonical or of small order: one signature would fit many messages under it.

    The sign bit is left aside, so that no second spelling of a point of small order passes. Bytes that stand for
    no point at all are no weak key: no signature verifies under them.
    """
    point = decode_point(raw[:31] + bytes((raw[31] & 0x7F,)))
    if point is None:
        return int.from_bytes(raw, "little") & (2**255 - 1) >= P
    for _ in range(3):
        point = add(point, point)
    return point[0] == 0


def multiples(point: Point, bits: int) -> Multiples:
    """Return j·2^(bits·i)·point for every i and 0 ≤ j < 2^bits, each as (y - x, y + x, 2·d·x·y) with Z = 1.

    In this form an addition takes seven multiplications. All Z are inverted at once (Montgomery's trick).
    """
    points = []
    for _ in range(-(-253 // bits)):
        step, point = point, NEUTRAL
        for _ in range(2**bits):
            points.append(point)
            point = add(point, step)
    products = [1]
    for p in points:
        products.append(products[-1] * p[2] % P)
    inverse, flat = pow(products.pop(), -1, P), []
    for p in reversed(points):
        z = inverse * products.pop() % P
        inverse = inverse * p[2] % P
        x, y = p[0] * z % P, p[1] * z % P
        flat.append((y - x, y + x, 2 * D * x * y % P))
    flat.reverse()
    return [flat[i : i + 2**bits] for i in range(0, len(flat), 2**bits)]


@lru_cache(maxsize=1)
def multiples_of_base() -> Multiples:
    """Return the multiples of the base point, whose y is 4/5 and whose x is even (RFC 8032 §5.1)."""
    point = decode_point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    return multiples(point or NEUTRAL, BASE_BITS)


@lru_cache(maxsize=TABLES_MAX)
def multiples_of_minus(key: bytes) -> Multiples:
    """Return the multiples of the negative of a key's point; none where the bytes are no key."""
    point = decode_point(key)
    if point is None or is_weak_key(key):
        return []
    return multiples((P - point[0], point[1], 1, P - point[3]), KEY_BITS)


def verifies(key: bytes, signature: bytes, message: bytes) -> bool:
    """Report whether 64 bytes are the Ed25519 signature over a message under a key. Source: RFC 8032 §5.1.7.

    Strict: S is below L, and [S]B - [k]A must have exactly the 32 bytes that the signature gives for R. That is the
    equation without the factor 8, and no other spelling of R passes.
    """
    s = int.from_bytes(signature[32:], "little")
    minus_a = multiples_of_minus(key)
    if len(signature) != 64 or s >= L or not minus_a:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    x, y, z, t = NEUTRAL
    for scalar, bits, table in ((s, BASE_BITS, multiples_of_base()), (k, KEY_BITS, minus_a)):
        for i, row in enumerate(table):
            digit = scalar >> bits * i & (1 << bits) - 1
            if digit:
                less, more, product = row[digit]
                a, b, c, d = (y - x) * less % P, (y + x) * more % P, t * product % P, z + z
                e, f, g, h = b - a, d - c, d + c, b + a
                x, y, z, t = e * f % P, g * h % P, f * g % P, e * h % P
    inverse = pow(z, -1, P)
    return (y * inverse % P | (x * inverse % P & 1) << 255).to_bytes(32, "little") == signature[:32]


# Texts: canonical JSON and base64. Source: ADR, "Conventions".


def number(text: str) -> int:
    """Return an integer below 2^53 in size; fractions, NaN and digits without end are refused before they are read."""
    if len(text) > 17 or re.fullmatch("-?[0-9]+", text) is None or abs(int(text)) >= 2**53:
        raise ValueError(f"{text[:20]} is no integer below 2^53 in size")
    return int(text)


def canonical(text: str) -> Any:
    """Return the value of canonical JSON, which comes out the same when decoded and encoded again."""
    try:
        value = json.loads(text, parse_int=number, parse_float=number, parse_constant=number)
        again = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        again.encode()  # A lone surrogate has no UTF-8.
    except (ValueError, RecursionError) as fault:
        raise Broken(f"no canonical JSON: {fault}") from None
    need(again == text, "no canonical JSON: another spelling of its value")
    level, depth = [value], 0
    while level := [v for v in level if isinstance(v, (dict, list))]:
        depth += 1
        need(depth <= 32, "no canonical JSON: more than 32 levels")
        need(all(k.isascii() for v in level if isinstance(v, dict) for k in v), "a member name outside ASCII")
        level = [item for v in level for item in (v.values() if isinstance(v, dict) else v)]
    return value


def members(value: object, names: str) -> dict[str, Any]:
    """Return an object that has these members and no others."""
    if not isinstance(value, dict) or set(value) != set(names.split()):
        raise Broken(f"expected an object with the members {names}")
    return value


def decoded(text: object, size: int = 0) -> bytes:
    """Return the bytes of canonical base64; `size` is how many there must be, 0 for any number above none."""
    try:
        raw = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except ValueError:
        raw = b""
    need(raw != b"" and base64.b64encode(raw).decode() == text and size in (0, len(raw)), "no canonical base64")
    return raw


def is_time(value: object) -> bool:
    """Report whether a value is a count of milliseconds since 1970 (canonical JSON has bounded it already)."""
    return type(value) is int and value >= 0


def is_reference(value: object) -> bool:
    """Report whether a value is a reference. Source: docs/records.md, "Common forms"."""
    if not isinstance(value, str) or not 1 <= len(value) <= 64:
        return False
    return value.isprintable() and value == value.strip() and unicodedata.normalize("NFC", value) == value


def is_sorted(values: object, least: int, most: int) -> bool:
    """Report whether a value is an array of texts, ascending, each once."""
    if not isinstance(values, list) or not least <= len(values) <= most:
        return False
    return all(isinstance(v, str) for v in values) and sorted(set(values)) == values


MEMBER = re.compile(r"[A-Z][A-Z0-9]{1,7}")
LOGS = ("main", "safety")
COSIGNERS = ("delivery", "mirror")


# Signed notes. Source: C2SP signed-note and tlog-cosignature; ADR, "Conventions" and "Names of keys".

ED25519, COSIGNATURE = 1, 4
NOTE_MAX, GENESIS_MAX, HEADER_MAX, BODY_MAX = 65_535, 256 * 1024, 16 * 1024, 4 * 1024 * 1024
KEY_NOTE_MAX = 8 * 1024
LINE = re.compile("— ([A-Za-z0-9./_-]{1,128}) ([A-Za-z0-9+/]+={0,2})")
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff]")


class Key(NamedTuple):
    """A public key, what it signs, whose it is and what it is called for people."""

    algorithm: int
    raw: bytes
    member: str
    role: str


class Granted(NamedTuple):
    """A key of a member, for what it was granted (such as `officer/1` or `mirror`), and when it is good."""

    role: str
    raw: bytes
    releasing: bool
    start: int
    until: int


def ref(name: str, key: Key) -> tuple[str, bytes]:
    """Return what names a key in a signature line: its name and SHA-256(name ‖ newline ‖ algorithm ‖ key)[:4]."""
    return name, hashlib.sha256(f"{name}\n".encode() + bytes((key.algorithm,)) + key.raw).digest()[:4]


def opened(note: str, keys: Keys, most: int, *, ordered: bool) -> tuple[str, list[tuple[Key, int]]]:
    """Return the text of a note, and who signed it with the time that a cosignature states, in seconds, else 0.

    A line by any other key refuses the note: one changed byte could make a stranger of a signer. `ordered` asks for
    ascending lines and one a key, as statements and the genesis have them.
    """
    need(len(note.encode()) <= most, f"longer than {most} bytes")
    text, blank, block = note.rpartition("\n\n")
    need(blank != "" and block.endswith("\n") and CONTROL.search(note) is None, "no signed note")
    text += "\n"
    lines, signers, seen = block[:-1].split("\n"), [], set()
    need(len(lines) <= 100, "more than 100 signature lines")
    need(not ordered or sorted(lines) == lines, "its signature lines are out of order")
    for line in lines:
        match = LINE.fullmatch(line)
        value = decoded(match.group(2)) if match else b""
        if match is None or len(value) <= 4:
            raise Broken("a signature line breaks the form")
        name, key = match.group(1), keys.get((match.group(1), value[:4]))
        if key is None:
            raise Broken(f"{name} (key {value[:4].hex()}) is not among the keys that may sign this")
        need(not ordered or key not in seen, f"{name} signed twice")
        seen.add(key)
        message, when, signature = text.encode(), 0, value[4:]
        if key.algorithm == COSIGNATURE:
            when, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            message = f"cosignature/v1\ntime {when}\n{text}".encode()
        need(when < 2**63 and verifies(key.raw, signature, message), f"the signature of {name} does not verify")
        signers.append((key, when))
    return text, signers


def line_after(first: str, text: str) -> str:
    """Return the one line that follows the first line of a note's text."""
    lines = text.split("\n")
    need(len(lines) == 3 and lines[0] == first and lines[2] == "", f"expected the line {first} and one line of JSON")
    return lines[1]


# The genesis: who the members are and which key may say what. Source: ADR, "Genesis".


class Channel:
    """A channel's keys and names, from a genesis that the root of every member has signed, and nobody else."""

    def __init__(self, note: str) -> None:
        text = note.rpartition("\n\n")[0] + "\n"
        head = canonical(line_after("clearline/genesis/v1", text))
        need(len(note.encode()) <= GENESIS_MAX, f"longer than {GENESIS_MAX} bytes")
        genesis = members(head, "channel created drill members nonce")
        need(is_reference(genesis["channel"]), "channel: expected a reference")
        need(is_time(genesis["created"]) and type(genesis["drill"]) is bool, "created or drill breaks the form")
        decoded(genesis["nonce"], 32)
        self.name, self.drill = genesis["channel"], genesis["drill"]
        self.id = hashlib.sha256(b"clearline/channel/v1\n" + text.encode()).hexdigest()
        self.roots: Keys = {}
        self.cosigners: Keys = {}
        self.officers: dict[str, Keys] = {}
        self.logs: dict[str, Keys] = {}
        self._raw: set[bytes] = set()
        self.first: dict[str, list[Granted]] = {}
        """The keys of each member with which the channel began."""
        self.signatories: dict[tuple[tuple[str, bytes], ...], tuple[tuple[str, bytes], ...]] = {}
        """Those who signed together, each group once."""
        self.events = 0
        """Key events of the members' roots that were found."""
        each = genesis["members"]
        need(isinstance(each, list) and 2 <= len(each) <= 32, "members: expected 2 to 32")
        for member in each:
            self._take(members(member, "id keys name role root until"), genesis["created"])
        need(is_sorted([m["id"] for m in each], 2, 32), "members: not sorted by id, each once")
        signers = opened(note, self.roots, GENESIS_MAX, ordered=True)[1]
        missing = {m["id"] for m in each} - {key.member for key, _ in signers}
        need(not missing, f"not signed by the roots of {', '.join(sorted(missing))}")

    def _take(self, member: dict[str, Any], created: int) -> None:
        me, keys = member["id"], members(member["keys"], "delivery main mirror officers safety sealing")
        need(isinstance(me, str) and MEMBER.fullmatch(me) is not None, "id: expected 2 to 8 letters A-Z or digits")
        need(is_reference(member["name"]), f"{me}: name: expected a reference")
        need(member["role"] in ("party", "host", "observer", "humanitarian"), f"{me}: role: unknown")
        need(is_time(member["until"]) and member["until"] > created, f"{me}: until: expected after the founding")
        sealing = decoded(keys["sealing"], 32)
        need(sealing not in self._raw, f"{me}: the key for sealing stands in two places")
        self._raw.add(sealing)
        self.first[me] = [Granted("sealing", sealing, False, 0, member["until"])]
        self.first[me] += [Granted(r, decoded(keys[r], 32), False, 0, member["until"]) for r in (*LOGS, *COSIGNERS)]
        prefix = f"clearline/{self.id}/{me}"
        self.roots.update(self._key(f"clearline/{me}/root", ED25519, member["root"], me, "root"))
        for log in LOGS:
            self.logs[f"{me}/{log}"] = self._key(f"{prefix}/{log}", ED25519, keys[log], me, f"{log} log")
        for role in COSIGNERS:
            self.cosigners.update(self._key(f"{prefix}/{role}", COSIGNATURE, keys[role], me, role))
        officers = keys["officers"]
        need(isinstance(officers, list), f"{me}: officers: expected an array")
        self.officers[me] = {}
        for officer in officers:
            name, position = members(officer, "key officer position releasing")["officer"], officer["position"]
            need(is_reference(name) and name.isascii() and name.isalnum(), f"{me}: officer: letters and digits alone")
            need(is_reference(position) and position != "node", f"{me}: position: expected a watch position")
            need(type(officer["releasing"]) is bool, f"{me}: releasing: expected true or false")
            key = self._key(f"{prefix}/officer/{name}", ED25519, officer["key"], me, f"officer {name} ({position})")
            self.officers[me].update(key)
            raw, releasing = decoded(officer["key"], 32), officer["releasing"]
            self.first[me].append(Granted(f"officer/{name}", raw, releasing, 0, member["until"]))
        need(is_sorted([o["officer"] for o in officers], 1, 64), f"{me}: officers: expected 1 to 64, sorted, each once")

    def learn(self, author: str, note: str) -> None:
        """Know the key of a key event in the log of `author`, where the root of that member has signed it.

        Whether the event has its effect (two officers, the right log) is not judged here. Source: docs/records.md.
        """
        head = self.said_by_root(author, note)
        event, role, prefix = head.get("event"), str(head.get("role")), f"clearline/{self.id}/{author}"
        raw = decoded(head.get("key"), 32)
        self.events += 1
        if event == "succeed":
            log = str(head.get("log"))
            need(re.fullmatch(r"(main|safety)\.[2-9]", log) is not None, "names no successor log")
            key = Key(ED25519, raw, author, f"{log} log")
            self.logs.setdefault(f"{author}/{log}", {ref(f"{prefix}/{log}", key): key})
        elif event in ("grant", "rotate") and role in ("mirror", "delivery"):
            key = Key(COSIGNATURE, raw, author, role)
            self.cosigners[ref(f"{prefix}/{role}", key)] = key
        elif event in ("grant", "rotate") and re.fullmatch("officer/[0-9A-Za-z]{1,64}", role) is not None:
            key = Key(ED25519, raw, author, f"officer {role[8:]} ({head.get('position')})")
            self.officers[author].setdefault(ref(f"{prefix}/{role}", key), key)

    def said_by_root(self, author: str, note: str) -> dict[str, Any]:
        """Return what a key event in the log of `author` says, every signature that it needs verified."""
        head = canonical(line_after("clearline/key/v1", note.rpartition("\n\n")[0] + "\n"))
        if not isinstance(head, dict) or head.get("member") != author:
            raise Broken("names another member than the log's owner")
        need(head.get("channel") == self.id, "is of another channel")
        role = str(head.get("role"))
        keys = {ref: key for ref, key in self.roots.items() if key.member == author}
        if head.get("event") == "rotate" and role not in ("sealing", "tls"):
            old = Key(ED25519, decoded(head.get("replaces"), 32), author, "the old key")
            keys[ref(f"clearline/{self.id}/{author}/{role}", old)] = old
        signers = opened(note, keys, KEY_NOTE_MAX, ordered=True)[1]
        roles = {key.role for key, _ in signers}
        need(roles == {key.role for key in keys.values()}, "the root or the old key is missing")
        return head

    def _key(self, name: str, algorithm: int, text: object, member: str, role: str) -> Keys:
        key = Key(algorithm, decoded(text, 32), member, role)
        need(len(name) <= 128, f"{member}: the name of the key of its {role} is longer than 128 characters")
        need(key.raw not in self._raw, f"{member}: the key of its {role} stands in two places")
        need(not is_weak_key(key.raw), f"{member}: the key of its {role} is not canonical or of small order")
        self._raw.add(key.raw)
        return {ref(name, key): key}


# The tree over a log's entries. Source: RFC 9162 §2.1.1.


class Tree:
    """The hashes of all complete subtrees: `rows[k]` holds those of 2^k leaves, one after the other."""

    def __init__(self) -> None:
        self.size = 0
        self.rows: list[bytearray] = []

    def append(self, leaf: bytes) -> None:
        """Append a leaf; whenever a subtree finds its pair, their parent follows."""
        node, level, self.size = hashlib.sha256(b"\x00" + leaf).digest(), 0, self.size + 1
        while True:
            if level == len(self.rows):
                self.rows.append(bytearray())
            self.rows[level] += node
            if len(self.rows[level]) % 64:
                return
            node, level = hashlib.sha256(b"\x01" + self.rows[level][-64:]).digest(), level + 1

    def root(self, size: int) -> bytes:
        """Return the root of the first `size` leaves: their complete subtrees, joined from the right."""
        root = b""
        for level, row in enumerate(self.rows):
            count = size >> level
            if count & 1:
                left = bytes(row[32 * count - 32 : 32 * count])
                root = hashlib.sha256(b"\x01" + left + root).digest() if root else left
        return root or hashlib.sha256(b"").digest()


# Statements: the entries of a log. Source: ADR, "Statement".


class Statement:
    """A statement by officers of `author` in this channel, every signature verified; or by its node alone."""

    def __init__(self, note: str, channel: Channel, author: str) -> None:
        head = line_after("clearline/statement/v1", note.rpartition("\n\n")[0] + "\n")
        need(len(head.encode()) <= HEADER_MAX, f"its header has more than {HEADER_MAX} bytes")
        header = members(canonical(head), "audience author bodies channel claimed expires nonce seen")
        need(header["channel"] == channel.id, f"belongs to another channel, {str(header['channel'])[:16]}")
        need(header["author"] == author, f"was written by {str(header['author'])[:16]}, not by the owner of this log")
        need(is_time(header["claimed"]) and is_time(header["expires"]), "claimed or expires breaks the form")
        need(header["claimed"] < 2**53 - 1, "claimed: a statement is made at an instant, not for ever")
        need(header["claimed"] <= header["expires"], "expires before it was written")
        self.nonce, self.claimed, self.seen = decoded(header["nonce"], 16), header["claimed"], header["seen"]
        self.expires, self.audience = header["expires"], header["audience"]
        bodies = header["bodies"]
        need(isinstance(bodies, list) and 1 <= len(bodies) <= 4, "bodies: expected 1 to 4")
        self.bodies: list[tuple[list[str], bytes]] = []
        for body in bodies:
            slot = members(body, "audience commitment")
            self.bodies.append((slot["audience"], decoded(slot["commitment"], 32)))
        need(all(is_sorted(a, 1, 32) for a, _ in self.bodies), "audience: expected members, sorted, each once")
        union = sorted({member for audience, _ in self.bodies for member in audience})
        need(header["audience"] == union and author in union, "its audience is not that of its bodies with the author")
        need(all(m in channel.officers for m in union), "its audience names somebody outside the channel")
        need(isinstance(self.seen, dict) and set(self.seen) <= set(channel.logs), "seen: names no log of the channel")
        for known in self.seen.values():
            size = members(known, "root size")["size"]
            need(type(size) is int and size >= 1, "seen: expected a size of 1 or more")
            decoded(known["root"], 32)
        lines = note.rpartition("\n\n")[2]
        own = [log for log in channel.logs if log.partition(".")[0] == f"{author}/main"]
        self.by_node = any(lines.startswith(f"— clearline/{channel.id}/{log} ") for log in own)
        nodes = {name: key for log in own for name, key in channel.logs[log].items()}
        allowed = nodes if self.by_node else channel.officers[author]
        signed = [key for key, _ in opened(note, allowed, NOTE_MAX, ordered=True)[1]]
        self.signers = [key.role for key in signed]
        by = () if self.by_node else tuple((key.role.split(" ", 2)[1], key.raw) for key in signed)
        self.by = channel.signatories.setdefault(by, by)
        """Which officers signed, each with the key."""
        self.id = hashlib.sha256(b"clearline/entry/v1\n" + note.encode()).hexdigest()


# Logs. Source: ADR, "Body", "Logs, checkpoints, cosignatures"; C2SP tlog-checkpoint; docs/verify.md, "What is proven".

KINDS = re.compile(
    "agreement_assent|agreement_conclusion|agreement_lapse|agreement_proposal|alert|alert_answer|area|"
    "area_withdrawal|attribution|body_refused|dictated|disclosure|enquiry|enquiry_reply|erasure|escalation|"
    "evidence|key_event|line_check|line_check_answer|meeting|message|message_read_back|minutes|"
    "minutes_assent|notice|notice_step|outline|pair_accept|pair_offer|pair_settlement|passed_on|position|"
    "proposal_answer|read_back|relayed|resumption|seen|shift|state_restored|suspension|translation"
)
NODE_KINDS = ("body_refused", "key_event", "evidence", "escalation")
"""What a node may say by itself, signed by its main log's key."""
TWO_PERSONS = (
    *("agreement_assent", "agreement_conclusion", "agreement_proposal"),
    *("resumption", "state_restored", "suspension"),
)
"""What binds only with the signatures of two officers; a red line and a handover do too."""
WHERE = {
    **dict.fromkeys(("seen", "message", "key_event", "translation", "message_read_back"), LOGS),
    **dict.fromkeys(("alert", "alert_answer", "escalation", "line_check", "line_check_answer"), ("safety",)),
    **dict.fromkeys(("suspension", "resumption"), ("safety",)),
}
"""In which logs a kind has its effect; in `main` where nothing else is said here."""
LOOKED_BACK = 32
"""Entries before one that are asked whether they claim a time past the one until which it could be signed."""
ENTRY, BODY, CHECKPOINT = "entry", "body", "checkpoint"


class MemberKeys:
    """The keys of one member as far as its logs were read. Source: docs/records.md, "Key events"."""

    def __init__(self, first: list[Granted]) -> None:
        self.granted = {key.raw: key for key in first}
        self.ended: dict[bytes, list[tuple[str, str, str, int]]] = {}
        """Key to log and index of the event, what it did, and when by its claim; sorted when asked."""
        self.last_good: dict[tuple[bytes, str], int] = {}
        self.successors: dict[str, tuple[int, bytes]] = {}
        """A log that ended, to its size then and the key of the log that follows."""

    def releasing(self) -> bool:
        """Report whether any officer is or was a releasing one."""
        return any(key.releasing for key in self.granted.values())

    def lacking(self, by: tuple[tuple[str, bytes], ...], *, releasing: bool) -> str:
        """Return what officers (and the keys with which they signed) lack of two persons, or nothing."""
        if len({officer for officer, _ in by}) < 2:
            return "needs the signatures of two different officers"
        found = [self.granted.get(key) for _, key in by]
        if releasing and self.releasing() and not any(key is not None and key.releasing for key in found):
            return "needs the signature of a releasing officer beside another officer's"
        return ""

    def can_be_two(self, at: int) -> bool:
        """Report whether two officers, a releasing one among them where there is any, can sign at an instant."""
        able = [k for k in self.granted.values() if k.role.startswith("officer/") and k.raw not in self.ended]
        able = [k for k in able if k.start <= at <= k.until]
        return (not self.releasing() or any(k.releasing for k in able)) and len({k.role for k in able}) >= 2

    def judged(self, member: str, by: tuple[tuple[str, bytes], ...], claimed: int, *, prefix: bool) -> list[str]:
        """Return what is wrong with the keys that signed; `prefix` judges by what stands before, else by all."""
        found = []
        for officer, raw in by:
            who, key, ended = f"officer {officer} of {member}", self.granted.get(raw), sorted(self.ended.get(raw, []))
            if key is None:
                found.append(f"signed by a key that was not granted to {who}")
            elif ended and (prefix or claimed > ended[0][3]):
                found.append(f"signed by a key of {who}, which was {self.ended[raw][0][2]} before")
            elif not key.start <= claimed <= key.until:
                found.append(f"signed outside the time for which it was granted by a key of {who}")
        return found

    def disowned(self, member: str, log: str, index: int, by: tuple[tuple[str, bytes], ...]) -> str:
        """Return why the member disowns an entry that stands in its log, or nothing."""
        if log in self.successors and index >= self.successors[log][0]:
            return f"disowned: {member} ended {log} at {self.successors[log][0]} entries"
        for officer, raw in by:
            size = self.last_good.get((raw, log))
            if size is not None and index >= size:
                return f"disowned: {member} revoked the key of officer {officer} from entry {size} of {log} on"
        return ""


class Doubts:
    """What is to be doubted in a record that is as it was signed; nothing of it breaks the proof.

    Source: docs/records.md, "Key events" and "Areas"; docs/verify.md, "What is to be doubted".
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.members = {member: MemberKeys(first) for member, first in channel.first.items()}
        self.first = {key.raw for first in channel.first.values() for key in first}
        self.first |= {key.raw for key in channel.roots.values()}
        self.areas: dict[tuple[str, str], tuple[str, bool, bool]] = {}
        """Author and reference to the entry of the version that stands, whether a red line, whether withdrawn."""
        self.unread: set[str] = set()

    def effect(self, log: str, index: int, statement: Statement, said: dict[str, Any] | None) -> str:
        """Return why an entry has no effect, as far as who signed it decides; else let it have its effect."""
        member, _, short = log.partition("/")
        keys, main = self.members[member], short.partition(".")[0] == "main"
        wrong = keys.judged(member, statement.by, statement.claimed, prefix=True) if main else []
        if wrong:
            return wrong[0]
        if said is None:
            self.unread.add(statement.id)
            return ""
        kind = str(said["kind"])
        if short.partition(".")[0] not in WHERE.get(kind, ("main",)):
            return ""
        two = kind in TWO_PERSONS or (kind == "shift" and said.get("turn") == "hand_over")
        two = two or (kind == "area" and said.get("sort") == "red_line")
        area = (member, str(said.get("reference")))
        if kind in ("area", "area_withdrawal") and area in self.areas:
            _, red, withdrawn = self.areas[area]
            two = two or (red and not withdrawn)
        lacks = keys.lacking(statement.by, releasing=kind != "shift") if two else ""
        if lacks:
            return lacks
        if kind == "key_event":
            return self.key_event(short, index, statement, keys, member, str(said.get("note")))
        if kind == "area":
            self.area(area, statement.id, str(said.get("amends", "")), red=said.get("sort") == "red_line")
        elif kind == "area_withdrawal" and area in self.areas:
            stands, red, withdrawn = self.areas[area]
            self.areas[area] = stands, red, withdrawn or said.get("of") == stands
        return ""

    def area(self, key: tuple[str, str], entry: str, amends: str, *, red: bool) -> None:
        """Take a version of an area that has its effect: the first one, or what amends the one that stands."""
        stands = self.areas.get(key)
        unread = amends in self.unread
        if stands is None:
            takes = not amends or unread
        else:
            takes = bool(amends) and not stands[2] and (amends == stands[0] or unread)
        if takes:
            self.areas[key] = entry, red, False

    def key_event(self, log: str, index: int, statement: Statement, keys: MemberKeys, member: str, note: str) -> str:
        """Take a key event in; return why it has no effect, or nothing."""
        try:
            said = self.channel.said_by_root(member, note)
            event, role, raw = str(said["event"]), str(said["role"]), decoded(said["key"], 32)
            good, start = said.get("last_good", {}), int(said["from"])
            replaces = decoded(said["replaces"], 32) if event == "rotate" else b""
            granted = Granted(role, raw, said.get("releasing") is True, start, int(said.get("until", 0)))
            sizes = {str(name): int(size) for name, size in good.items()}
        except (Broken, KeyError, ValueError, TypeError, AttributeError) as fault:
            return f"a key event whose signatures do not hold: {fault}"
        if set(self.channel.officers) - set(statement.audience):
            return "a key event that is not addressed to every member"
        if event == "succeed":
            return self.successor(log, index, keys, sizes, str(said.get("log")), raw)
        known = keys.granted.get(raw)
        if event == "revoke":
            if role != "tls" and (known is None or known.role != role):
                return "revokes a key that was never granted"
        elif known is not None or raw in self.first or raw in keys.ended:
            return "grants a key that was in use before"
        elif len(keys.granted) >= 1024:
            return "grants more than 1024 keys"
        elif event == "rotate":
            old = keys.granted.get(replaces)
            if old is None or old.role != role or replaces in keys.ended:
                return "replaces a key that does not stand"
        if log.partition(".")[0] != "main":
            return "a key event belongs in the main log"
        if event != "revoke" and keys.can_be_two(statement.claimed):
            lacks = keys.lacking(statement.by, releasing=True)
            if lacks:
                return lacks
        if event == "revoke":
            keys.ended.setdefault(raw, []).append((log, f"{index:016d}", "revoked", statement.claimed))
            for name, size in sizes.items():
                keys.last_good[raw, name] = min(keys.last_good.get((raw, name), size), size)
            return ""
        if event == "rotate":
            keys.ended.setdefault(replaces, []).append((log, f"{index:016d}", "replaced", statement.claimed))
        keys.granted[raw] = granted
        return ""

    def successor(self, log: str, index: int, keys: MemberKeys, good: dict[str, int], begins: str, raw: bytes) -> str:
        """Take the event in by which a log begins that takes the place of another."""
        ended, size = next(iter(good.items()), ("", 0))
        base, _, number = ended.partition(".")
        if log != begins or index != 0:
            return "names a successor that it does not begin"
        if ended in keys.successors or f"{base}.{int(number or 1) + 1}" != begins:
            return "succeeds a log that has a successor, or skips one"
        if raw in self.first or any(raw == key for _, key in keys.successors.values()):
            return "gives a log a key that was in use before"
        keys.successors[ended] = size, raw
        return ""

    def of_line(self, key: Key, when: int) -> tuple[str, bool]:
        """Return what is to be doubted of a witness's line, nothing for most, and whether it counts all the same."""
        for _, _, word, claimed in self.members[key.member].ended.get(key.raw, []):
            if word == "revoked":
                late = when * 1000 > claimed
                text = f"{key.member}/{key.role} with a key that {key.member} revoked at {utc(claimed)}, stated "
                return text + f"{utc(when * 1000)}, " + (
                    "after that: it counts for nothing" if late else "before that"
                ), not late
        return "", True


class Record:
    """What the proofs of single logs share: whose record it is, and what one log says about another."""

    def __init__(self, channel: Channel, member: str) -> None:
        self.channel, self.member, self.signatures = channel, member, 0
        self.doubts = Doubts(channel)
        self.logs: dict[str, Log] = {}
        self.seen: dict[tuple[str, int, bytes, bool], tuple[str, int]] = {}
        """Log, size, root, and whether this member itself says so; to the first entry that says it."""
        self.refusals: dict[tuple[str, int], set[str]] = {}
        self.orders: dict[tuple[str, str, int], tuple[str, int]] = {}
        """Author, entry id and slot of bodies that were ordered destroyed, to log and index of the first order."""
        self.unreadable: list[tuple[str, int, int, str, list[str], str]] = []
        """Log, index, slot, entry id, audience and why, of bodies that open and cannot be read."""

    def between_logs(self) -> list[tuple[str, int, str]]:
        """Return log, index and why of what one log says against another, and of bad bodies that nobody refused."""
        found, short = [], set()
        for (other, size, root, own), (log, index) in self.seen.items():
            held = self.logs.get(other)
            if held is None or other == log:
                continue
            if size <= held.tree.size:
                if held.tree.root(size) != root:
                    found.append((log, index, f"its author saw another history of {other} at size {size}"))
            elif own or other.startswith(f"{self.member}/"):
                short.add(other)
                why = f"is missing: {log} entry {index} names {size} entries of this log, {held.tree.size} are held"
                found.append((other, held.tree.size, why))
            else:
                held.unmet += 1
        for log, index, slot, entry, audience, why in self.unreadable:
            # This member must have refused it; what it said itself, another one. Logs that are left out may hold that.
            me, author = self.member, log.partition("/")[0]
            may = {me} if author != me else {*audience, me}
            refused = may & self.refusals.get((entry, slot), set())
            if not refused and all(f"{m}/main" in self.logs and f"{m}/main" not in short for m in may):
                found.append((log, index, f"body {slot}: {why}, and no entry refuses it"))
        return sorted(found)


class Log:
    """The proof of one log by itself, in the order of the bundle: newest checkpoint, entries, further checkpoints.

    Of each sort of fault the first is kept. `held` is how many bodies open, `others` how many absent ones are for
    others alone, `unmet` how often somebody names more entries of this log than are held.
    """

    def __init__(self, name: str, record: Record) -> None:
        self.name, self.record, self.tree = name, record, Tree()
        self.member, self.origin = name.partition("/")[0], f"clearline/{record.channel.id}/{name}"
        self.keys = {**record.channel.cosigners, **record.channel.logs[name]}
        self.faults: dict[str, tuple[int, str]] = {}
        self.nonces: set[bytes] = set()
        self.newest = self.matching = self.proven = self.claimed = self.held = self.others = self.unmet = 0
        self.gap = False
        self.by: dict[str, int] = {}
        self.witnesses: dict[tuple[str, str], tuple[int, int]] = {}
        self.places: dict[str, list[str]] = {
            sort: [] for sort in ("absent", "erased", "unknown", "unreadable", "flagged", "doubted")
        }
        self.lacking: dict[tuple[str, int], int] = {}
        self.waiting: tuple[int, bytes, list[tuple[Key, int]]] | None = None
        self.open: tuple[int, Statement, set[int]] | None = None
        self.said: dict[str, Any] | None = None
        """What the first body of the open entry says that can be read."""
        self.signed: list[tuple[int, tuple[tuple[str, bytes], ...]] | None] = []
        """When each entry claims to be made, and by whom; `None` for one that is broken."""
        self.doubted: dict[int, list[str]] = {}
        self.late: dict[int, str] = {}
        self.window: list[tuple[int, int]] = []
        self.lines: list[tuple[int, Key, int]] = []
        """Size, key and time of each cosignature that stands on a root which is held."""

    def fault(self, sort: str, index: int, why: str) -> None:
        """Keep the fault unless one of its sort stands at the same or a smaller index."""
        if sort not in self.faults or index < self.faults[sort][0]:
            self.faults[sort] = index, why

    def entry(self, index: int, note: bytes) -> None:
        """Take the next entry: its form, its signatures, its nonce and its place."""
        self.close_entry()
        if self.gap or index != self.tree.size:
            self.gap = True
            self.fault(ENTRY, self.tree.size, f"is missing: index {index} follows where {self.tree.size} belongs")
            return
        self.tree.append(note)
        self.signed.append(None)
        try:
            statement = Statement(note.decode(), self.record.channel, self.member)
            self.record.signatures += len(statement.signers)
            need(statement.nonce not in self.nonces, "its nonce stands in an earlier entry of this log")
        except Broken as fault:
            self.fault(ENTRY, index, str(fault))
            return
        self.nonces.add(statement.nonce)
        self.open, self.said = (index, statement, set()), None
        if ENTRY not in self.faults:
            self.claimed = max(self.claimed, statement.claimed)
        for role in statement.signers:
            self.by[role] = self.by.get(role, 0) + 1
        own = self.record.member == self.member
        for log, known in statement.seen.items():
            self.record.seen.setdefault((log, known["size"], decoded(known["root"]), own), (self.name, index))

    def body(self, index: int, slot: int, salt: bytes, body: bytes) -> None:
        """Take a body of the last entry: its commitment and its one spelling."""
        if self.open is None:
            return
        statement = self.open[1]
        if slot >= len(statement.bodies):
            self.fault(BODY, index, f"body {slot}: the entry has bodies 0 to {len(statement.bodies) - 1}")
            return
        self.open[2].add(slot)
        if hashlib.sha256(salt + body).digest() != statement.bodies[slot][1]:
            self.fault(BODY, index, f"body {slot}: does not open its commitment; the body or its salt was changed")
            return
        self.held += 1
        try:
            containers = body.count(b"[") + body.count(b"{")
            need(containers <= BODY_MAX // 16, f"{containers} objects and arrays in one body")
            need(containers + body.count(b",") <= BODY_MAX // 4, "more values than one body may hold")
            value = canonical(body.decode())
            self._read(value, statement, index, slot)
            known = isinstance(value, dict) and KINDS.fullmatch(str(value.get("kind"))) and value.get("v") == 1
            self.said = value if known and self.said is None else self.said
        except Broken as fault:
            self.places["unreadable"].append(f"entry {index} body {slot}")
            self.record.unreadable.append((self.name, index, slot, statement.id, statement.bodies[slot][0], str(fault)))

    def _read(self, value: object, statement: Statement, index: int, slot_here: int) -> None:
        kind, version = (value.get("kind"), value.get("v")) if isinstance(value, dict) else (None, None)
        need(isinstance(kind, str) and 1 <= len(kind) <= 64, "kind: expected a text")
        need(type(version) is int and version >= 1, "v: expected a version")
        refuses = (kind, version) == ("body_refused", 1)
        alone = version == 1 and kind in NODE_KINDS
        need(alone or not statement.by_node, "no officer signed it, and a node may not say this alone")
        if refuses:
            said = members(value, "entry kind reason slot v")
            reason, entry, slot = said["reason"], said["entry"], said["slot"]
            need(isinstance(reason, str) and len(reason) <= 500, "reason: expected a text")
            need(isinstance(entry, str) and re.fullmatch("[0-9a-f]{64}", entry) is not None, "entry: expected its id")
            need(type(slot) is int and 0 <= slot <= 3, "slot: expected 0 to 3")
            self.record.refusals.setdefault((entry, slot), set()).add(self.member)
        elif KINDS.fullmatch(str(kind)) is None or version != 1:
            self.places["unknown"].append(f"entry {index} body {slot_here}: kind {kind}, version {version}")
        elif kind == "erasure":
            named = value.get("bodies") if isinstance(value, dict) else None
            need(isinstance(named, list) and 1 <= len(named) <= 256, "bodies: expected 1 to 256 bodies")
            for one in named if isinstance(named, list) else []:
                body = members(one, "entry slot")
                known = isinstance(body["entry"], str) and re.fullmatch("[0-9a-f]{64}", body["entry"])
                need(
                    bool(known) and type(body["slot"]) is int and 0 <= body["slot"] <= 3, "bodies: expected id and slot"
                )
                self.record.orders.setdefault((self.member, body["entry"], body["slot"]), (self.name, index))

    def close_entry(self) -> None:
        """Count what was not there of the last entry's bodies."""
        if self.open is not None:
            index, statement, there = self.open
            self.signed[index] = statement.claimed, statement.by
            why = self.record.doubts.effect(self.name, index, statement, self.said)
            if why:
                self.doubted[index] = [why]
            after = next((n for n, at in self.window if at > statement.expires), -1)
            if after >= 0:
                self.late[index] = (
                    f"stands behind entry {after} of its log, which claims a later time than {utc(statement.expires)}, "
                    "until which it could be signed: it was placed after its time, or a clock stood wrong"
                )
            self.window = [*self.window[1 - LOOKED_BACK :], (index, statement.claimed)]
            for slot, (audience, _) in enumerate(statement.bodies):
                if slot not in there and self.record.member in (*audience, self.member):
                    self.lacking[statement.id, slot] = index
                elif slot not in there:
                    self.others += 1
        self.open = None

    def checkpoint(self, size: int, note: bytes, *, further: bool) -> None:
        """Take a checkpoint: the log's own signature and every cosignature; the newest waits for the entries."""
        self.close_entry()
        try:
            text, signers = opened(note.decode(), self.keys, NOTE_MAX, ordered=False)
            lines = text.split("\n")
            need(len(lines) == 4 and lines[:2] == [self.origin, str(size)], f"expected {self.origin}, size and root")
            root = decoded(lines[2], 32)
            need(size > 0 or root == self.tree.root(0), "an empty log has another root")
            need(any(key.algorithm == ED25519 for key, _ in signers), "the log has not signed it")
        except Broken as fault:
            self.fault(CHECKPOINT, size, str(fault))
            return
        self.record.signatures += len(signers)
        self.newest = max(self.newest, size)
        if further:
            self.compare(size, root, signers)
        else:
            self.waiting = size, root, signers

    def compare(self, size: int, root: bytes, signers: list[tuple[Key, int]]) -> None:
        """Compare a checkpoint with the entries that are held."""
        sound = self.faults.get(ENTRY, (size, ""))[0] >= size
        if size <= self.tree.size and self.tree.root(size) == root:
            self.matching = size
            self.proven = size if sound else self.proven
            self.lines += [(size, key, when) for key, when in signers if key.algorithm == COSIGNATURE]
        elif size <= self.tree.size and sound and "place" not in self.faults:
            why = f"entries {self.matching} to {size - 1} do not give the root that the log has signed at size {size}"
            self.fault("place", self.matching, f"{why}, though each is signed: one was left out, put in or moved")

    def finish(self) -> None:
        """Close the log: the newest checkpoint must cover every entry, and no more than is there."""
        self.close_entry()
        if self.waiting is not None:
            self.compare(*self.waiting)
        size = self.tree.size
        if CHECKPOINT not in self.faults and self.newest > size:
            self.fault("cover", size, f"is missing: the log has signed {self.newest} entries, {size} are held")
        elif CHECKPOINT not in self.faults and self.newest < size:
            self.fault("cover", self.newest, f"no checkpoint covers it: the newest has size {self.newest}")

    def judge(self) -> None:
        """Note what is to be doubted by all that is known at the end: of entries, and of the witnesses' lines."""
        for (entry, slot), index in self.lacking.items():
            # `main` and its successors sort in the order in which they were written.
            by = self.record.orders.get((self.member, entry, slot), ("", -1))
            erased = by[0].partition(".")[0] == self.name.partition(".")[0] and by > (self.name, index)
            said = f" (by entry {by[1]}{f' of {by[0]}' if by[0] != self.name else ''})" if erased else ""
            self.places["erased" if erased else "absent"].append(f"entry {index} body {slot}{said}")
        log = self.name.partition("/")[2]
        keys, safety = self.record.doubts.members[self.member], log.partition(".")[0] != "main"
        for index, signed in enumerate(self.signed):
            if signed is None:
                continue
            found = self.doubted.get(index, [])
            if safety and not found:
                found = keys.judged(self.member, signed[1], signed[0], prefix=False)
            found = [*found, *filter(None, [keys.disowned(self.member, log, index, signed[1]), self.late.get(index)])]
            self.places["flagged"] += [f"entry {index} {why}" for why in found]
        for size, key, when in self.lines:
            why, counts = self.record.doubts.of_line(key, when)
            if why and f"at size {size} {why}" not in self.places["doubted"]:
                self.places["doubted"].append(f"at size {size} {why}")
            if counts:
                largest, latest = self.witnesses.get((key.role, key.member), (0, 0))
                self.witnesses[key.role, key.member] = max(largest, size), max(latest, when)

    def first_fault(self) -> str:
        """Return the first fault in words, empty for none; a bad entry explains a root that does not come out."""
        sorts = [s for s in (ENTRY, "place", "cover", BODY) if s in self.faults] or [CHECKPOINT]
        sort = min(sorts, key=lambda s: self.faults.get(s, (0, ""))[0])
        if sort not in self.faults:
            return ""
        index, why = self.faults[sort]
        return f"{self.name} {'checkpoint of size' if sort == CHECKPOINT else 'entry'} {index}: {why}"


# The file. Source: ADR, "Bundle". A line's members and their order are fixed, so each sort of line is one pattern;
# the long text in it is a JSON string in its one spelling.

LINE_MAX = 24 * 1024 * 1024 + 1024
INT, NAME, TEXT = rb"(0|[1-9][0-9]{0,15})", rb'"([ !#-\[\]-~]{1,64})"', rb'(".*")'
FIRST = re.compile(rb'\{"clearline":"bundle/v1","made":%s,"member":"([A-Z][A-Z0-9]{1,7})"\}\n' % INT)
SECOND = re.compile(rb'\{"genesis":%s\}\n' % TEXT)
POINT_LINE = re.compile(rb'\{"checkpoint":%s,"log":%s\}\n' % (TEXT, NAME))
ENTRY_LINE = re.compile(rb'\{"entry":%s,"index":%s,"log":%s\}\n' % (TEXT, INT, NAME))
SALT = rb'"([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)"'
BODY_LINE = re.compile(
    rb'\{"body":%s,"index":%s,"log":%s,"salt":%s,"slot":([0-3])\}\n' % (TEXT, INT, NAME, SALT),
)
LAST = re.compile(rb'\{"end":"([0-9a-f]{64})","lines":%s\}\n' % INT)


KEY_EVENT = b'{"body":"{\\"kind\\":\\"key_event\\",'
"""How the line of every key event begins: canonical JSON leaves no other way."""


def learn_keys(file: BinaryIO, channel: Channel) -> None:
    """Read a file for key events and let the channel know their keys; what is no key event of a root is passed over."""
    while raw := file.readline(LINE_MAX + 1):
        parts = BODY_LINE.fullmatch(raw) if raw.startswith(KEY_EVENT) else None
        if parts is None:
            continue
        try:
            value = json.loads(json.loads(parts.group(1)))
            channel.learn(parts.group(3).decode().partition("/")[0], str(value.get("note")))
        except (Broken, ValueError, RecursionError, KeyError):
            continue


class Bundle:
    """A bundle, read once from end to end; whatever is out of form or order raises `BadInput` with its line."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.number, self.digest, self.intact = file, 0, hashlib.sha256(), False
        made, member = self.matched(FIRST, self.line(), "the first line of a bundle of version 1").groups()
        self.made, self.member = int(made), member.decode()
        self.genesis = self.text(self.matched(SECOND, self.line(), "the genesis").group(1), GENESIS_MAX).decode()

    def refuse(self, expected: str) -> NoReturn:
        """Refuse the line that was read last."""
        raise BadInput(f"line {self.number}: expected {expected}")

    def line(self) -> bytes:
        """Return the next line, which counts into the hash that the last line states."""
        raw, self.number = self.file.readline(LINE_MAX + 1), self.number + 1
        if len(raw) > LINE_MAX or not raw.endswith(b"\n"):
            self.refuse(f"a whole line of at most {LINE_MAX} bytes; the file is no bundle, or was cut off")
        if not raw.startswith(b'{"end"'):
            self.digest.update(raw)
        return raw

    def matched(self, pattern: re.Pattern[bytes], raw: bytes, expected: str) -> re.Match[bytes]:
        """Return the parts of a line of this sort."""
        return pattern.fullmatch(raw) or self.refuse(expected)

    def text(self, literal: bytes, most: int) -> bytes:
        """Return the UTF-8 bytes of a JSON string that stands in its one spelling and has at most so many bytes."""
        try:
            value = json.loads(literal) if len(literal) <= 6 * most + 2 else ""
            if len(value) <= most and json.dumps(value, ensure_ascii=False).encode() == literal:
                raw: bytes = value.encode()
                if len(raw) <= most:
                    return raw
        except (ValueError, RecursionError):
            pass
        return self.refuse(f"a text in its canonical spelling, of at most {most} bytes")

    def count(self, digits: bytes) -> int:
        """Return an integer below 2^53."""
        return int(digits) if int(digits) < 2**53 else self.refuse("an integer below 2^53")

    def size_of(self, note: bytes) -> int:
        """Return the size that the second line of a checkpoint states."""
        parts = note.split(b"\n", 2)
        if len(parts) < 3 or re.fullmatch(INT, parts[1]) is None:
            self.refuse("a checkpoint with a size in its second line")
        return self.count(parts[1])

    def records(self) -> Records:
        """Yield sort, log, index or size, slot, text and salt of each line, in the one order that there is."""
        log, logs, newest, index, slot, size = "", 0, 0, -1, -1, -1
        while True:
            raw = self.line()
            if raw.startswith(b'{"entry"'):
                text, at, name = self.matched(ENTRY_LINE, raw, "an entry").groups()
                if name.decode() != log or size >= 0 or self.count(at) <= index:
                    self.refuse("entries after the newest checkpoint of their log, by index")
                index, slot = int(at), -1
                yield ENTRY, log, index, -1, self.text(text, NOTE_MAX), b""
            elif raw.startswith(b'{"body"'):
                text, at, name, salt, place = self.matched(BODY_LINE, raw, "a body").groups()
                if name.decode() != log or size >= 0 or int(at) != index or int(place) <= slot:
                    self.refuse("bodies after their entry, by slot")
                slot = int(place)
                yield BODY, log, index, slot, self.text(text, BODY_MAX), base64.b64decode(salt)
            elif raw.startswith(b'{"checkpoint"'):
                text, name = self.matched(POINT_LINE, raw, "a checkpoint").groups()
                note = self.text(text, NOTE_MAX)
                if name.decode() != log:
                    if name.decode() < log or logs == 576:
                        self.refuse("at most 576 logs, sorted")
                    log, logs, newest, index, slot, size = name.decode(), logs + 1, self.size_of(note), -1, -1, -1
                    yield CHECKPOINT, log, newest, 0, note, b""
                else:
                    if not size < self.size_of(note) < newest:
                        self.refuse("further checkpoints by size, below the newest")
                    size = self.size_of(note)
                    yield CHECKPOINT, log, size, 1, note, b""
            else:
                end, lines = self.matched(LAST, raw, "an entry, a body, a checkpoint, or the last line").groups()
                if self.file.read(1):
                    self.refuse("nothing after the last line")
                self.intact = end.decode() == self.digest.hexdigest() and int(lines) == self.number - 1
                return


def prove(bundle: Bundle, channel: Channel) -> tuple[Record, str]:
    """Prove everything in a bundle; return what was found and the first fault in words, empty for none.

    Faults of single logs come first, sorted; a log that is broken by itself is no measure for the others.
    """
    record, log, since, shown = Record(channel, bundle.member), None, time.monotonic(), 0.0
    strange: dict[str, str] = {}
    watched = sys.stderr.isatty()
    for sort, name, index, slot, text, salt in bundle.records():
        if name not in channel.logs:
            strange[name] = f"{name}: is no log of this channel"
            continue
        if log is None or name != log.name:
            if log is not None:
                log.finish()
            log = record.logs[name] = Log(name, record)
        if sort == ENTRY:
            log.entry(index, text)
        elif sort == BODY:
            log.body(index, slot, salt, text)
        else:
            log.checkpoint(index, text, further=slot == 1)
        took = time.monotonic() - since
        if watched and took - shown > 0.5:
            shown = took
            rate = record.signatures / took
            print(f"\r{record.signatures:,} signatures verified, {rate:,.0f} a second ", end="", file=sys.stderr)
    if log is not None:
        log.finish()
    if shown:
        print(file=sys.stderr)
    for each in record.logs.values():
        each.judge()
    own = {**strange, **{each.name: each.first_fault() for each in record.logs.values()}}
    found = [fault for _, fault in sorted(own.items()) if fault]
    found += [f"{name} entry {index}: {why}" for name, index, why in record.between_logs()]
    if not bundle.intact:
        found.append("the file: its last line does not fit the lines before it: it was changed, or torn in copying")
    return record, found[0] if found else ""


# What is printed.


def utc(ms: int) -> str:
    """Return milliseconds since 1970 as UTC; what is claimed past the year 2199 is shown as its last millisecond."""
    ms = min(ms, 7_258_118_399_999)
    text = (datetime(1970, 1, 1) + timedelta(seconds=ms // 1000)).isoformat()  # noqa: DTZ001
    return f"{text}.{ms % 1000:03d}Z" if ms % 1000 else f"{text}Z"


def log_lines(log: Log) -> list[str]:
    """Return what is proven of one log, by whom and until when, and what is not."""
    lines = [f"{log.proven:,} of {log.tree.size:,} entries proven, root {log.tree.root(log.proven).hex()[:16]}…"]
    lines[0] += f", written until {utc(log.claimed)}" if log.claimed else ""
    lines += [f"BROKEN at {fault}" for fault in [log.first_fault()] if fault]
    lines += [f"signed by {log.member}, {role}: {count:,}" for role, count in sorted(log.by.items())]
    for (role, member), (size, when) in sorted(log.witnesses.items()):
        word = "held by" if role == "mirror" else "delivered to"
        lines.append(f"{word} {member} up to {size:,} (stated until {utc(when * 1000)})")
    silent = sorted(set(log.record.channel.officers) - {member for _, member in log.witnesses} - {log.member})
    lines += ["cosigned by nobody of " + ", ".join(silent)] if silent and log.tree.size else []
    lines.append(f"bodies: {log.held:,} open their commitments, {log.others:,} are for others alone")
    for sort, said in (
        ("absent", f"bodies for {log.record.member} are not held (they never arrived, or were lost)"),
        ("erased", f"bodies for {log.record.member} were erased by order of their author"),
        ("unknown", "bodies of an unknown kind or version are not understood"),
        ("unreadable", "bodies open and cannot be read"),
        ("flagged", "doubts about entries"),
        ("doubted", "lines of witnesses by a revoked key"),
    ):
        places, between = log.places[sort], "; " if sort in ("flagged", "doubted") else ", "
        lines += (
            [f"{len(places):,} {said}: {between.join(places[:20])}{(between + '…') * (len(places) > 20)}"]
            if places
            else []
        )
    lines += [f"others name entries of it that are not held here ({log.unmet:,} sizes)"] if log.unmet else []
    return [f"{log.name if n == 0 else '':<15}{line}" for n, line in enumerate(lines)]


def report(path: str, bundle: Bundle, channel: Channel | None, found: Record | None, fault: str, trust: str) -> str:
    """Return everything that is to be said, escaped so that no terminal takes a character for a command."""
    lines = [f"BROKEN  {fault}", ""] if fault else []
    lines.append(f"Record of {bundle.member} from the bundle {path}, made {utc(bundle.made)} as it says itself.")
    if channel is not None:
        kind = "drill" if channel.drill else "channel"
        who = ", ".join(channel.officers)
        lines += [f"Genesis of the {kind} “{channel.name}”, id {channel.id}, signed by the roots of {who}."]
    if channel is not None and found is not None:
        lines += ["", *(line for log in found.logs.values() for line in log_lines(log)), ""]
        left_out = [name for name in sorted(channel.logs) if name not in found.logs]
        lines += [f"Not in this bundle: {', '.join(left_out)}."] if left_out else []
        if channel.events:
            lines.append(
                f"{channel.events:,} key events by the roots: keys were granted, replaced, revoked, or a log ended."
            )
        total = sum(log.tree.size for log in found.logs.values())
        proven = sum(log.proven for log in found.logs.values())
        word, count = "Still proven" if fault else "PROVEN", len(found.logs)
        lines.append(f"{word}: {proven:,} of {total:,} entries in {count} logs, by {found.signatures:,} signatures.")
    if trust and channel is not None:
        lines.append(f"The genesis was compared with the one that you trust, {trust}.")
    elif channel is not None:
        lines.append(
            "The only trust anchor, the genesis, came with the data: this proves that the record is whole and signed\n"
            "by the members named in it, not that they are who they say. Compare the id with your own, or use --trust."
        )
    lines.append(
        "Not proven: that nothing was said later; that a stated time is the true time; what bodies say, and whether\n"
        "it keeps the rules of its kind."
    )
    return "\n".join("".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in line) for line in lines)


def verify(path: str, trust: str) -> tuple[str, bool]:
    """Return what to print about a bundle, and whether it is proven."""
    trusted, channel, found, fault = "", None, None, ""
    if trust:
        with Path(trust).open("rb") as file:
            raw = file.read(GENESIS_MAX + 1)
        try:
            trusted = Channel(raw.decode()).id
        except (Broken, UnicodeDecodeError) as broken:
            raise BadInput(f"--trust {trust} names no genesis: {broken}") from None
    with Path(path).open("rb") as file:
        bundle = Bundle(file)
        try:
            channel = Channel(bundle.genesis)
            need(trusted in ("", channel.id), f"it is of channel {channel.id}, you trust that of channel {trusted}")
        except Broken as broken:
            fault = f"the genesis: {broken}"
            for _ in bundle.records():
                """Read on: a file that is no bundle is bad input, whatever its genesis."""
        if channel is not None and not fault:
            if bundle.member not in channel.officers:
                raise BadInput(f"it says that it is the record of {bundle.member}, who is no member of the channel")
            with Path(path).open("rb") as again:
                learn_keys(again, channel)
            found, fault = prove(bundle, channel)
    return report(path, bundle, channel, found, fault, trust), not fault


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(description="Verify a Clearline bundle. Exit 0: proven, 1: broken, 2: bad input.")
    parser.add_argument("bundle", metavar="BUNDLE", help="the file that `clearline bundle` wrote")
    parser.add_argument("--trust", metavar="GENESIS", default="", help="a genesis that you hold by other means")
    asked = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        text, proven = verify(asked.bundle, asked.trust)
    except (BadInput, OSError, ValueError) as fault:  # ValueError: a path that holds a NUL
        said = ascii(f"{asked.bundle}: {fault}")[1:-1]
        print(f"verify_bundle: {said}", file=sys.stderr)
        return 2
    print(text)
    return 0 if proven else 1


if __name__ == "__main__":
    sys.exit(main())
