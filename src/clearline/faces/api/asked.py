"""One request of an officer: who asks, with which parameters, and its body as a checked value."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from clearline.channel.desk import Desk
from clearline.channel.node import Node
from clearline.errors import Malformed, Said
from clearline.faces.api import render, texts
from clearline.faces.api.meant import fields_at, words_at
from clearline.faces.api.problems import SlowBody, WrongMediaType
from clearline.faces.api.table import JSON, Endpoint
from clearline.faces.drill import MARK, FromADrill
from clearline.gateways.geojson.notice_file import Limits, parse_notices
from clearline.gateways.geojson.text import escaped, load
from clearline.gateways.peer.serving import read_body
from clearline.records.notice import NoticeDraft
from clearline.volumes.footprint import ecef_box
from clearline.volumes.instant import Instant

if TYPE_CHECKING:
    from clearline.bootstrap import RunningNode
    from clearline.faces.api.cache import Cache

Result = TypeVar("Result")
Shape = TypeVar("Shape")
Word = TypeVar("Word", bound=StrEnum)

BODY_TIMEOUT_S = 30.0
"""Seconds in which a body must have arrived: over a slow line 8 MiB take longer, but no officer files that much."""

THREAD_BYTES = 64 * 2**10
"""Bodies above this many bytes are parsed in a thread, so that nobody else waits for them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request whose route is known and whose asker is admitted."""

    running: RunningNode
    cache: Cache
    request: Request
    endpoint: Endpoint
    path: dict[str, str]
    officer: str

    async def act(self, act: Callable[[Desk], Result], *, urgent: bool = False) -> Result:
        """Let the officer act, and return once what was written is on the disk; what is urgent comes first.

        Raises:
            ClearlineError: What the act raised; nothing is stored then.
        """
        running, officer = self.running, self.officer

        def step(node: Node, at: Instant) -> Result:
            with render.showing(node.picture):
                return act(Desk(node, officer, at, running.randomness))

        return await running.do(step, urgent=urgent)

    async def read(self, read: Callable[[Node, Instant], Result]) -> Result:
        """Return what `read` finds in the node, nothing of it newer than what is on the disk.

        A fault inside `read` is this request's alone: it must not make the node start anew for everybody.
        """

        def step(node: Node, at: Instant) -> Result:
            with render.showing(node.picture):
                return read(node, at)

        return await self.running.read(step)

    async def body(self) -> bytes:
        """Return the body.

        Raises:
            WrongMediaType: The content type is none that the path takes.
            TooLarge: It is longer than the path takes; it is refused before it is read whole.
            SlowBody: It did not arrive within `BODY_TIMEOUT_S`.
        """
        given = self.request.headers.get("content-type", "")
        if given.partition(";")[0].strip().lower() not in self.endpoint.media:
            raise WrongMediaType(
                f"content-type is {given[:80] or 'missing'}; expected {' or '.join(self.endpoint.media)}"
            )
        try:
            limit = self.endpoint.body_bytes_max
            return await asyncio.wait_for(read_body(self.request, limit=limit), BODY_TIMEOUT_S)
        except TimeoutError:
            raise SlowBody(f"the body did not arrive within {BODY_TIMEOUT_S:.0f} s") from None

    async def value(self, shape: type[Shape]) -> Shape:
        """Return the body as a value of `shape`, every unknown member refused by name.

        Raises:
            As `body`; Malformed: Names the first fault by JSON Pointer.
        """
        raw = await self.body()
        value = load(raw, where="body")
        texts.check(raw, value)
        return converted(value, shape)

    async def one_of(self, union: Any) -> Any:
        """Return the body as a value of one of the shapes of a union, told apart by their tag.

        Raises:
            As `value`.
        """
        return await self.value(union)

    async def drafts(self) -> tuple[NoticeDraft, ...]:
        """Return the notices of a body that is a notice file.

        Raises:
            As `body`; Malformed, TooLarge: As the notice file's parser.
            FromADrill: The file came out of a drill, and this channel is none.
        """
        raw = await self.body()
        if not self.running.roster.genesis.drill and MARK.encode() in raw and _marked(load(raw, where="body")):
            raise FromADrill(f"body: /{MARK}: this file came out of a drill; a real channel takes nothing of one")
        if len(raw) > THREAD_BYTES:
            return await asyncio.to_thread(_made_ready, raw)
        return parse_notices(raw, where="body", limits=Limits())

    async def draft(self) -> NoticeDraft:
        """Return the one notice of a body that is a notice file.

        Raises:
            As `drafts`; Malformed: There is none, or more than one.
        """
        return only(await self.drafts())

    def text(self, name: str) -> str:
        """Return a query parameter, empty where it is missing.

        Raises:
            Malformed: It is given twice.
        """
        given = self.request.query_params.getlist(name)
        if len(given) > 1:
            raise Malformed(where=f"query {name}", found=given, expected="the parameter once")
        return given[0] if given else ""

    def flag(self, name: str) -> bool:
        """Return a query parameter that is true or false (where missing)."""
        given = self.text(name)
        if given not in ("", "true", "false"):
            raise Malformed(where=f"query {name}", found=given, expected="true or false")
        return given == "true"

    def number(self, name: str, *, default: int, least: int, most: int) -> int:
        """Return a query parameter that is a whole number from `least` to `most`."""
        given = self.text(name)
        if not given:
            return default
        if not re.fullmatch(r"[0-9]{1,18}", given) or not least <= int(given) <= most:
            raise Malformed(where=f"query {name}", found=given, expected=f"a whole number from {least} to {most}")
        return int(given)

    def words(self, name: str) -> tuple[str, ...] | None:
        """Return a query parameter that is a list of words between commas; `None` where it is missing."""
        if name not in self.request.query_params:
            return None
        return tuple(word for word in self.text(name).split(",") if word)

    def check_query(self) -> None:
        """Refuse query parameters that the path does not know, so that a misspelt one is not lost in silence."""
        known = [query.name for query in self.endpoint.query]
        for name in self.request.query_params:
            if name not in known:
                expected = f"one of {', '.join(known)}" if known else "no query parameter"
                raise Malformed(where="query", found=name, expected=expected)


def only(drafts: tuple[NoticeDraft, ...]) -> NoticeDraft:
    """Return the one notice of a file.

    Raises:
        Malformed: There is none, or more than one.
    """
    if len(drafts) != 1:
        names = ", ".join(f"{d.party} {d.notice}" for d in drafts[:3]) or "none"
        raise Malformed(where="body: /features", found=names, expected="features of exactly one notice")
    return drafts[0]


def converted(value: Any, shape: type[Shape], *, where: str = "body") -> Shape:
    """Return a JSON value as a value of `shape`.

    Raises:
        Malformed: Names the first fault by JSON Pointer.
    """
    try:
        return msgspec.convert(value, shape, strict=True)
    except msgspec.ValidationError as fault:
        raise _fault(value, str(fault), where, shape) from None


def listed_word(word: str, words: type[Word], *, where: str) -> Word:
    """Return a word of a closed list.

    Raises:
        Malformed: It is none of them.
    """
    for known in words:
        if known.value == word:
            return known
    raise Malformed(where=where, found=word, expected="one of " + ", ".join(known.value for known in words))


def answer(value: Any, status: int = 200) -> Response:
    """Return a JSON answer: `value` encoded, or its bytes as they are."""
    raw = value if isinstance(value, bytes) else msgspec.json.encode(value)
    return Response(raw, status, {"cache-control": "no-store"}, JSON)


def _fault(value: Any, message: str, where: str, shape: Any) -> Malformed:
    said, _, spot = message.partition(" - at `$")
    steps = re.findall(r"\.([^.\[\]`]+)|\[(\d+)\]", spot.rstrip("`"))
    pointer = "".join(f"/{escaped(name) if name else number}" for name, number in steps)
    named = re.fullmatch(r"Object (contains unknown|missing required) field `(.*)`", said, re.DOTALL)
    if named:
        pointer = f"{pointer}/{escaped(named[2])}"
        found = _at(value, pointer) if named[1] == "contains unknown" else Said("nothing")
        known = ", ".join(fields_at(shape, value, [name or number for name, number in steps]))
        expected = f"the member {named[2]}, required" if found == "nothing" else f"no member of this name ({known})"
        return Malformed(where=f"{where}: {pointer}", found=found, expected=expected)
    place = f"{where}: {pointer}" if pointer else where
    choices = words_at(shape, value, [name or number for name, number in steps])
    typed = re.match(r"Expected `([^`]+)`(?:, got `[^`]*`)?$", said)
    if choices:
        expected = "one of " + ", ".join(choices)
    elif typed:
        expected = " or ".join(_TYPES.get(word.strip(), word.strip()) for word in typed[1].split("|"))
    else:
        expected = said.removeprefix("Expected ")
    return Malformed(where=place, found=_at(value, pointer), expected=expected)


_TYPES = {
    "str": "a text",
    "float": "a number",
    "int": "a whole number",
    "bool": "true or false",
    "null": "null",
    "object": "an object",
    "array": "an array",
}


def _marked(value: Any) -> bool:
    """Report whether a notice file says of itself that it came out of a drill."""
    return isinstance(value, dict) and value.get(MARK) not in (None, False)


def _at(value: Any, pointer: str) -> Any:
    """Return the value at a JSON Pointer, or the nearest that there is above it."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            break
    return value


def _made_ready(raw: bytes) -> tuple[NoticeDraft, ...]:
    """Return the notices of a large body, their footprints ready to be measured: both takes seconds at the most."""
    drafts = parse_notices(raw, where="body", limits=Limits())
    for draft in drafts:
        for volume in draft.volumes:
            ecef_box(volume.footprint)
    return drafts
