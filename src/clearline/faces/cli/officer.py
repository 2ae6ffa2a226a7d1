"""An officer at a terminal: the line to a running node, and how commands end when it refuses or is away.

Exit 0: done. 1: done, and something needs an eye (conflicts found, a read-back that differs). 2: refused or bad
input; nothing was said. 3: the node cannot be reached, or failed.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import click

from clearline.errors import ClearlineError, Malformed, Refused, Said
from clearline.faces.drill import HEADER, announce

if TYPE_CHECKING:
    import http.client

NEEDS_AN_EYE, BAD_INPUT, OUT_OF_REACH = 1, 2, 3

DEFAULT_URL = "http://127.0.0.1:8800"
TIMEOUT_S = 30.0
"""Seconds without a word from the node before it counts as out of reach."""

ANSWER_BYTES_MAX = 256 * 2**20
"""Bytes of one answer: a page of 1,000 notices with large areas stays below."""

INPUT_BYTES_MAX = 64 * 2**20
"""Bytes read from a file or standard input; the node has its own, lower limit."""

PAGE = 500
"""Items asked for at one time."""

Command = TypeVar("Command", bound=Callable[..., Any])


class OutOfReach(ClearlineError):
    """The node cannot be reached, or failed while it answered."""

    slug, title, status = "out-of-reach", "Node out of reach", 503


@dataclass(frozen=True, slots=True)
class Line:
    """The line to a node: its URL without a slash at the end, and the token of the watch position."""

    url: str
    token: str
    as_json: bool

    def get(self, *path: str, **query: str) -> Any:
        """Return what the node answers to a GET of the path's parts."""
        return json.loads(self.raw("GET", *path, query=query))

    def post(self, *path: str, body: Any, query: dict[str, str] | None = None) -> Any:
        """Return what the node answers to a POST of a JSON body."""
        return json.loads(self.raw("POST", *path, body=body, query=query))

    def raw(
        self, method: str, *path: str, body: Any = None, query: dict[str, str] | None = None, media: str = ""
    ) -> bytes:
        """Return the answer to one request. `body` is JSON, or bytes that are sent as they are.

        Raises:
            Refused: The node refuses; the message is the node's own.
            OutOfReach: There is no answer, or the node is at fault.
        """
        target = "/api/v1/" + "/".join(quote(part, safe="") for part in path)
        if query:
            target += "?" + urlencode(query)
        headers = {"authorization": f"Bearer {self.token}", "accept": "application/json"}
        sent: bytes | None = None
        if body is not None:
            sent = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
            headers["content-type"] = media or "application/json"
        status, answer = self._exchange(method, target, sent, headers)
        if status < 300:
            return answer
        raise _refusal(status, answer)

    def all(self, *path: str, items: str, query: dict[str, str] | None = None) -> tuple[dict[str, Any], list[Any]]:
        """Return the last page's frame and every item of a list that comes in pages."""
        found: list[Any] = []
        first: int | None = 0
        page: dict[str, Any] = {}
        while first is not None:
            page = self.get(*path, **{**(query or {}), "from": str(first), "count": str(PAGE)})
            found += page[items]
            first = page["next"]
        return page, found

    def doubts(self) -> list[str]:
        """Return a sentence for each line to a member that is not up; none where the answer is for a machine."""
        from clearline.faces.cli import officer_words

        return [] if self.as_json else officer_words.doubts(self.get("health"))

    def _exchange(self, method: str, target: str, sent: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
        import http.client

        connection = self._connection()
        reached = False
        try:
            connection.connect()
            reached = True
            connection.request(method, target, sent, headers)
            answer = connection.getresponse()
            if answer.getheader(HEADER) is not None:
                announce()
            raw = answer.read(ANSWER_BYTES_MAX + 1)
        except (OSError, http.client.HTTPException) as fault:
            said = getattr(fault, "strerror", None) or str(fault) or type(fault).__name__
            if reached and method != "GET":
                raise OutOfReach(
                    f"{self.url} gave no answer ({said}); what was sent MAY have been recorded: look before you send "
                    "it again"
                ) from None
            raise OutOfReach(
                f"{self.url} cannot be reached: {said}; nothing was said. Is this the node's address "
                "(--url, CLEARLINE_URL), and does the node run?"
            ) from None
        finally:
            connection.close()
        if len(raw) > ANSWER_BYTES_MAX:
            raise OutOfReach(f"{self.url} answered more than {ANSWER_BYTES_MAX} bytes")
        return answer.status, raw

    def _connection(self) -> http.client.HTTPConnection:
        import http.client

        parts = urlsplit(self.url)
        host = parts.hostname or ""
        if parts.scheme == "https":
            return http.client.HTTPSConnection(host, parts.port, timeout=TIMEOUT_S)
        return http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT_S)


def _refusal(status: int, answer: bytes) -> ClearlineError:
    try:
        problem = json.loads(answer)
        detail = str(problem.get("detail") or problem.get("title") or "")
    except (ValueError, AttributeError):
        detail = ""
    detail = detail or f"HTTP status {status}"
    if status == 401:
        return Refused(f"{detail} (--token-file or CLEARLINE_TOKEN)")
    if status >= 500:
        return OutOfReach(f"the node could not do it: {detail}")
    return Refused(detail)


def at_a_node(command: Command) -> Command:
    """Add the options by which a command finds its node."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print the node's answer as it is."),
        click.option(
            "--token-file",
            envvar="CLEARLINE_TOKEN_FILE",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="File with the watch position's token, readable by its owner alone. Or set CLEARLINE_TOKEN.",
        ),
        click.option(
            "--url",
            envvar="CLEARLINE_URL",
            default=DEFAULT_URL,
            show_default=True,
            metavar="URL",
            help="Address of the node. Or set CLEARLINE_URL.",
        ),
    ):
        command = option(command)
    return command


def line_to(url: str, token_file: Path | None, as_json: bool) -> Line:
    """Return the line to the node of these options.

    Raises:
        Malformed: The address is none, or the token would travel in clear.
        Refused: No token is given, or others can read its file.
    """
    from clearline.faces.cli.address import check_peer

    check_peer(url.rstrip("/"), where="--url")
    if token_file is not None:
        from clearline.store.folder import read_private

        token = read_private(token_file).strip()
    else:
        token = os.environ.get("CLEARLINE_TOKEN", "").strip()
    if not token:
        raise Refused("no token: give --token-file FILE, or set CLEARLINE_TOKEN in the environment")
    if not token.isascii() or not token.isprintable() or " " in token or len(token) > 512:
        raise Malformed(
            where="token", found=Said(f"{len(token)} characters"), expected="the token as it was handed out"
        )
    return Line(url.rstrip("/"), token, as_json)


class ending:  # noqa: N801 - reads as a word: with ending("clearline notice file"):
    """Ends a command with its status and one line on standard error where it is refused or the node is away."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, _trace: object) -> None:
        if isinstance(fault, OutOfReach):
            self._end(fault.message, OUT_OF_REACH)
        if isinstance(fault, ClearlineError):
            self._end(fault.message, BAD_INPUT)
        if isinstance(fault, OSError):
            self._end(f"{fault.filename}: {fault.strerror}" if fault.filename else str(fault), BAD_INPUT)
        if isinstance(fault, click.Abort):
            self._end("broken off; nothing was sent", BAD_INPUT)

    def _end(self, message: str, status: int) -> NoReturn:
        click.echo(f"{self.command}: {safe(message)}", err=True)
        sys.exit(status)


def read_input(name: str) -> bytes:
    """Return the bytes of a file, or of standard input for `-`.

    Raises:
        Refused: There are more than `INPUT_BYTES_MAX`.
        OSError: It cannot be read.
    """
    with click.open_file(name, "rb") as file:
        raw: bytes = file.read(INPUT_BYTES_MAX + 1)
    if len(raw) > INPUT_BYTES_MAX:
        raise Refused(f"{name} is larger than {INPUT_BYTES_MAX} bytes")
    return raw


_HARMFUL = {
    **{c: "\ufffd" for c in (*range(0x20), *range(0x7F, 0xA0)) if c != 0x0A},
    **{ord(c): "\ufffd" for c in "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"},
}


_ISLAND = re.compile("(\u2066[^\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]*\u2069)")
"""A left-to-right island without anything harmful inside, as slots of phrases stand in right-to-left text."""


def safe(text: str) -> str:
    """Return text of others for a terminal: no control characters, no marks that turn the direction of writing.

    Islands that begin and end stay: what is inside of one cannot turn what is outside.
    """
    parts = _ISLAND.split(text)
    return "".join(part if number % 2 else part.translate(_HARMFUL) for number, part in enumerate(parts))


def tell(lines: Iterator[str] | list[str]) -> None:
    """Print lines, each made safe for the terminal."""
    for line in lines:
        click.echo(safe(line))
