"""Check characters of a dictated line: ISO/IEC 7064, MOD 1271-36, two characters out of 0-9 A-Z.

A line is read as a number to the base 36 whose digits are the characters' values; two characters make it 1 modulo
1271 = 31 · 41. Both 36 and 35 have no factor in common with 1271, so every single wrong character and every
exchange of two neighbours changes the remainder, whatever the line's length: for values v, w below 1271, neither
(v - w) · 36ⁿ nor (v - w) · 35 · 36ⁿ is a multiple of 1271 unless v = w. The standard's alphabet ends at 36; a blank and
the marks that a reference needs are valued 36 and up here, which leaves that proof as it is.

Source: ISO/IEC 7064:2003, pure system with two check characters MOD 1271-36.
"""

from __future__ import annotations

from clearline.errors import Malformed

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ -./,:;()'\"?!+=%&@#*<>[]"
"""What may stand on a dictated line, by value; the first 36 are those of ISO/IEC 7064."""

CHECKS = ALPHABET[:36]
RADIX, MODULUS = 36, 1271
CHECK_LENGTH = 2

_VALUES = {character: value for value, character in enumerate(ALPHABET)}


def check_of(text: str, *, where: str) -> str:
    """Return the two check characters of `text`.

    Raises:
        Malformed: `text` holds a character that cannot be dictated.
    """
    remainder = 0
    for index, character in enumerate(text):
        value = _VALUES.get(character)
        if value is None:
            raise Malformed(
                where=f"{where}, character {index + 1}", found=character, expected="capital letters, digits and marks"
            )
        remainder = (remainder * RADIX + value) % MODULUS
    first, second = divmod((1 - remainder * RADIX * RADIX) % MODULUS, RADIX)
    return CHECKS[first] + CHECKS[second]


def fits(text: str, check: str) -> bool:
    """Report whether `check` is that of `text`."""
    return all(character in _VALUES for character in text) and check == check_of(text, where="line")
