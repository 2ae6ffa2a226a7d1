"""The one tree of errors: `Refused`, `Unavailable`, `Alarm`.

Every class has a stable slug. It is the `type` of the RFC 9457 problem that the API answers and a heading
in `docs/errors.md`. A message says what, where, the limit, and what to do next.
"""

from __future__ import annotations

from typing import Any, ClassVar


class ClearlineError(Exception):
    """The root of every error that Clearline raises on purpose."""

    slug: ClassVar[str] = "error"
    title: ClassVar[str] = "Error"
    status: ClassVar[int] = 500

    def __init__(self, message: str, **members: Any) -> None:
        super().__init__(message)
        self.message = message
        self.members: dict[str, Any] = members


class Refused(ClearlineError):
    """The input breaks the format or the agreement; sending it again as it is will not help."""

    slug, title, status = "refused", "Refused", 422


class Unavailable(ClearlineError):
    """It cannot be done now; the same request may go through after `retry_after_s` seconds."""

    slug, title, status = "unavailable", "Unavailable for now", 503

    def __init__(self, message: str, *, retry_after_s: float = 1.0, **members: Any) -> None:
        super().__init__(message, retry_after_s=retry_after_s, **members)
        self.retry_after_s = retry_after_s


class Alarm(ClearlineError):
    """Evidence of tampering: kept, shown, signed, never retried away."""

    slug, title, status = "alarm", "Alarm", 409


class Malformed(Refused):
    """A value does not have the form that its place requires.

    `where` names the place (a JSON Pointer, after the file or line where there is one), `found` the value as
    it stood (shortened) and `expected` what the place takes.
    """

    slug, title, status = "malformed", "Malformed input", 422

    def __init__(self, *, where: str, found: object, expected: str) -> None:
        self.where, self.found, self.expected = where, shown(found), expected
        super().__init__(
            f"{where}: found {self.found}; expected {expected}",
            where=where,
            found=self.found,
            expected=expected,
        )


class TooLarge(Refused):
    """The input is larger than a named limit allows."""

    slug, title, status = "too-large", "Too large", 413

    def __init__(self, *, where: str, size: int, limit: int, unit: str) -> None:
        super().__init__(
            f"{where}: {size} {unit}; the limit is {limit} {unit}",
            where=where,
            size=size,
            limit=limit,
            unit=unit,
        )


class Conflicting(Refused):
    """The input contradicts what stands already, such as a reference in use."""

    slug, title, status = "conflicting", "Contradicts what stands", 409


class NotFound(Refused):
    """There is no such thing here, or none that the asker may know of."""

    slug, title, status = "not-found", "Not found", 404


class NotAllowed(Refused):
    """The asker may not do this, such as touching another party's entries."""

    slug, title, status = "not-allowed", "Not allowed", 403


SHOWN_MAX = 80
"""Characters of a refused value that a message repeats: enough to find it, too few to flood a terminal."""


class Said(str):
    """What was found in our own words (`nothing`, `3 bytes`): a message shows it without quotes."""

    __slots__ = ()


def shown(value: object) -> str:
    """Return `value` as a message shows it: in JSON's words, on one line, at most `SHOWN_MAX` characters long."""
    match value:
        case Said():
            text = str(value)
        case None:
            text = "null"
        case bool():
            text = "true" if value else "false"
        case list() | tuple():
            text = f"an array of {len(value)}"
        case dict():
            text = f"an object of {len(value)}"
        case str() | bytes() if len(value) > SHOWN_MAX:
            return f"{value[:SHOWN_MAX]!r}…"
        case _:
            text = repr(value)
    return text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "…"
