"""Damm's check digit: it finds every single wrong digit and every swap of two neighbours.

Source: H. M. Damm, "Total anti-symmetrische Quasigruppen", Marburg 2004; the table is that of order 10 given there.
"""

from __future__ import annotations

_TABLE = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


def check_digit(digits: str) -> str:
    """Return the digit that completes `digits`, ASCII digits alone.

    Raises:
        ValueError: There is anything but the digits 0 to 9.
    """
    if not digits.isascii() or not digits.isdecimal():
        raise ValueError("ASCII digits alone have a check digit")
    interim = 0
    for digit in digits:
        interim = int(_TABLE[interim][int(digit)])
    return str(interim)


def checks(digits: str) -> bool:
    """Report whether the last of `digits` is the check digit of those before it."""
    return len(digits) > 1 and digits.isascii() and digits.isdecimal() and check_digit(digits) == "0"
