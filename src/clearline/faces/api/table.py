"""The route table: each path with its methods, what it takes and what it answers. The router and OpenAPI read it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from starlette.responses import Response

from clearline.errors import Malformed
from clearline.faces.api.problems import UnknownPath, WrongMethod

if TYPE_CHECKING:
    from clearline.faces.api.asked import Asked

Handler = Callable[["Asked"], Awaitable[Response]]

NOTICE_BYTES_MAX = 8 * 2**20
"""Bytes of a body that carries volumes: 100,000 positions written out need about 4 MiB."""

BODY_BYTES_MAX = 64 * 2**10
"""Bytes of any other body: 8,000 characters of text in any script, escaped, and room to spare."""

JSON = "application/json"
GEOJSON = "application/geo+json"
EVENT_STREAM = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Query:
    """A query parameter: its name, JSON Schema type, and a sentence."""

    name: str
    about: str
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "string"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one path.

    `takes` is the type of the JSON body, `answers` maps each status of success to the type that is answered, and
    `problems` names the statuses that are refused beside those that every endpoint may refuse with.
    """

    method: str
    path: str
    name: str
    summary: str
    handler: Handler
    answers: dict[int, Any]
    takes: Any = None
    media: tuple[str, ...] = (JSON,)
    body_bytes_max: int = BODY_BYTES_MAX
    query: tuple[Query, ...] = ()
    problems: tuple[int, ...] = ()
    tag: str = "record"
    open: bool = False
    answer_media: str = JSON

    @property
    def segments(self) -> tuple[str, ...]:
        """Return the parts of the path between its slashes."""
        return tuple(self.path.strip("/").split("/"))


class Table:
    """Finds the endpoint of a request. References in a path are percent-encoded, slashes among them."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self.endpoints = tuple(endpoints)
        self._paths: dict[tuple[str, ...], dict[str, Endpoint]] = {}
        for endpoint in self.endpoints:
            self._paths.setdefault(endpoint.segments, {})[endpoint.method] = endpoint

    def find(self, method: str, raw_path: bytes) -> tuple[Endpoint, dict[str, str]]:
        """Return the endpoint of a method and path and the values of the path's parameters.

        Raises:
            UnknownPath: No such path.
            WrongMethod: The path takes other methods; `allow` names them.
            Malformed: A part of the path is no UTF-8.
        """
        given = raw_path.strip(b"/").split(b"/")
        wanted = "GET" if method == "HEAD" else method
        allowed: set[str] = set()
        for segments, methods in self._paths.items():
            if _fits(segments, given):
                if wanted in methods:
                    names = [(name, part) for name, part in zip(segments, given, strict=True) if name.startswith("{")]
                    return methods[wanted], {name[1:-1]: _text(part) for name, part in names}
                allowed.update(methods)
        shown = raw_path[:200].decode("ascii", "replace")
        if allowed:
            allow = ", ".join(sorted(allowed))
            raise WrongMethod(f"{shown} takes {allow}, not {method[:20]}", allow=allow)
        raise UnknownPath(f"{shown} names nothing here; /api/openapi.json lists every path")


def _fits(segments: tuple[str, ...], given: list[bytes]) -> bool:
    if len(segments) != len(given):
        return False
    return all(
        bool(part) if name.startswith("{") else name.encode() == part
        for name, part in zip(segments, given, strict=True)
    )


def _text(part: bytes) -> str:
    try:
        return unquote_to_bytes(part).decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed(where="path", found=part, expected="percent-encoded UTF-8") from None
