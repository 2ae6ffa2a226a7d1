"""A flood of entries by one member, and how long another's hotline message takes beside it; over real HTTP.

The flooding member is no node: it has its keys, writes its log as fast as it can, and pushes it to everybody. So the
honest nodes do all the work of a flood, and nothing slows the flooder down.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clearline.bootstrap import now, randomness
from clearline.channel.ports import Keyring
from clearline.channel.push import ENTRIES_MAX, CarriedBody, Push
from clearline.channel.roster import Roster
from clearline.gateways.peer import wire
from clearline.records import body as bodies
from clearline.records import header as headers
from clearline.records.header import Header, Slot, commitment
from clearline.records.message import Message, Precedence
from clearline.records.words import MemberId
from clearline.signing.note import encode_note
from clearline.signing.statement import sign_statement
from clearline.store.folder import read_keyring, read_roster
from clearline.tlog.checkpoint import Checkpoint, sign_checkpoint
from clearline.tlog.tree import Tree, leaf_hash
from clearline.volumes.instant import Instant

TIMEOUT_S = 30.0
LOOK_S = 0.004
"""Seconds between two looks at whether a message has arrived: well below what is measured."""


@dataclass(slots=True)
class Flooder:
    """A member's log of many messages, ready to be pushed."""

    member: MemberId
    roster: Roster
    keys: Keyring
    notes: list[bytes] = field(default_factory=list)
    said: list[tuple[bytes, bytes]] = field(default_factory=list)
    tree: Tree = field(default_factory=Tree)
    made: dict[int, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, member: str, count: int) -> Flooder:
        """Return the flooder with the keys in a member's folder and `count` signed messages to all members."""
        roster = read_roster(folder)
        made = cls(MemberId(member), roster, read_keyring(folder, roster, MemberId(member)))
        at = now()
        for number in range(count):
            made._say(number, at)
        for first in range(0, count, ENTRIES_MAX):
            made.made[first] = made.push(first, min(first + ENTRIES_MAX, count))
        return made

    def push(self, first: int, size: int) -> bytes:
        """Return the wire bytes of the push of entries `first` up to `size`."""
        origin = self.roster.origin(self.member, "main")
        signed = sign_checkpoint(Checkpoint(origin, size, self.tree.root_at(size)), self.keys.main)
        carried = tuple(CarriedBody(n - first, 0, *self.said[n]) for n in range(first, size))
        return wire.encode_push(Push(signed.raw(), first, tuple(self.notes[first:size]), carried))

    def flood(self, url: str) -> float:
        """Push everything to a node as fast as it takes it; return the seconds that it took."""
        begun, size = time.monotonic(), 0
        while size < len(self.notes):
            raw = self._ready(size)
            status, answer = asked(f"{url}/peer/v1/push", raw)
            if status in (200, 409):
                size = int(answer["size"])
            elif status in (429, 503):
                time.sleep(0.05)
            else:
                raise RuntimeError(f"{url} refused the flood with {status}: {answer}")
        return time.monotonic() - begun

    def _ready(self, first: int) -> bytes:
        """Return the push from `first`, made before the flood begins wherever it is one of the usual ones."""
        known = self.made.get(first)
        return known or self.push(first, min(first + ENTRIES_MAX, len(self.notes)))

    def ids(self) -> list[str]:
        """Return the ids of all entries, in order."""
        return [headers.entry_id(note) for note in self.notes]

    def _say(self, number: int, at: Instant) -> None:
        raw, salt = bodies.encode(Message(Precedence.ROUTINE, "en", f"flood {number}")), randomness(32)
        slot = Slot(tuple(self.roster.members), commitment(salt, raw))
        header = Header(self.roster.channel, self.member, randomness(16), at, at, (slot,), ())
        note = encode_note(sign_statement(headers.to_text(header), [self.keys.officers["1"]]))
        self.notes.append(note)
        self.said.append((salt, raw))
        self.tree.append(leaf_hash(note))


@dataclass(frozen=True, slots=True)
class Flooded:
    """What was measured: entries a second taken by the slowest node, and each hotline message's seconds, sorted."""

    entries: int
    seconds: float
    hotline_s: tuple[float, ...]

    @property
    def p99_s(self) -> float:
        """Return the 99th of 100 hotline times, in seconds."""
        return self.hotline_s[min(len(self.hotline_s) - 1, int(len(self.hotline_s) * 0.99))]


def flooded(
    flooder: Flooder, urls: Sequence[str], *, sender: str, token: str, to: str, receiver: str, receiver_token: str
) -> Flooded:
    """Flood every node of `urls` at once, and let `sender` send hotline messages until the flood is over.

    A message counts from the officer's request to the moment at which the receiver's node tells its officer of it.

    Raises:
        RuntimeError: A node refused the flood.
    """
    took: list[float] = []
    faults: list[BaseException] = []

    def run(url: str) -> None:
        try:
            took.append(flooder.flood(url))
        except (RuntimeError, OSError) as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(url,)) for url in urls]
    for thread in threads:
        thread.start()
    times = []
    heard = Heard(receiver, receiver_token)
    heard.start()
    while any(thread.is_alive() for thread in threads):
        times.append(hotline(sender, token, to=to, heard=heard))
    for thread in threads:
        thread.join()
    if faults:
        raise RuntimeError(f"the flood failed: {faults[0]}")
    return Flooded(len(flooder.notes), max(took), tuple(sorted(times)))


def wait_until_it_signs(url: str, token: str) -> None:
    """Wait until a node that has just started has asked its peers.

    Raises:
        RuntimeError: It waits for longer than `TIMEOUT_S`.
    """
    begun = time.monotonic()
    while time.monotonic() - begun < TIMEOUT_S:
        with contextlib.suppress(OSError):
            if asked(f"{url}/api/v1/state", None, token=token)[1].get("may_sign"):
                return
        time.sleep(LOOK_S * 5)
    raise RuntimeError(f"{url} may not sign")


def hotline(sender: str, token: str, *, to: str, heard: Heard) -> float:
    """Send a FLASH message and return the seconds until the receiver's node tells of its entry.

    Raises:
        RuntimeError: It was refused, or did not arrive within `TIMEOUT_S`.
    """
    begun = time.monotonic()
    message = json.dumps({"to": [to], "text": "Stop fire", "precedence": "FLASH"}).encode()
    status, said = asked(f"{sender}/api/v1/messages", message, token=token)
    if status != 201:
        raise RuntimeError(f"the hotline message was answered with {status}: {said}")
    entry = said["entry"]["id"]
    while time.monotonic() - begun < TIMEOUT_S:
        at = heard.at.get(entry)
        if at is not None:
            return at - begun
        time.sleep(LOOK_S)
    raise RuntimeError(f"the hotline message did not arrive within {TIMEOUT_S} s")


class Heard(threading.Thread):
    """Listens to a node's events, as a console does, and notes when each entry was told of."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(daemon=True)
        self.at: dict[str, float] = {}
        request = urllib.request.Request(f"{url}/api/v1/events", headers={"authorization": f"Bearer {token}"})  # noqa: S310
        self._stream = urllib.request.urlopen(request, timeout=TIMEOUT_S)  # noqa: S310

    def run(self) -> None:
        """Read until the stream ends."""
        try:
            for line in self._stream:
                if line.startswith(b"data:"):
                    told = json.loads(line[5:])
                    # An urgent entry may be told of before its log has brought it; that is when the officer hears it.
                    name = told.get("id") or told.get("entry")
                    if isinstance(name, str):
                        self.at.setdefault(name, time.monotonic())
        except (OSError, ValueError):
            return


@contextlib.contextmanager
def node_process(folder: Path) -> Iterator[int]:
    """Run a member's node as a process of its own for as long as the context is open; yield its process id."""
    code = "from clearline.faces.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "node", str(folder), "--until-stdin-ends"],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as process:
        try:
            yield process.pid
        finally:
            process.terminate()


def peak_memory_mb(pid: int) -> float:
    """Return the largest resident memory that a process ever had, in MiB; 0 where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def asked(url: str, raw: bytes | None, *, token: str = "") -> tuple[int, Any]:
    """Return status and JSON of a request on loopback: POST where there is a body, else GET."""
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(url, raw, headers)  # noqa: S310 -- loopback, by the caller's own hand
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.loads(refusal.read() or b"{}")
