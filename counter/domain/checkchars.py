# SPDX-License-Identifier: MulanPSL-2.0
"""Check characters of ISO/IEC 7064 (MOD 37,36 and MOD 11-2) and of GB 32100."""

from __future__ import annotations

from collections.abc import Callable

ALPHABET_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ALPHABET_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100 leaves out I O S V Z, because people mistake them."""

_VALUE_36 = {c: i for i, c in enumerate(ALPHABET_36)}
_VALUE_USCC = {c: i for i, c in enumerate(ALPHABET_USCC)}


def mod37_36(text: str) -> str:
    """Compute the ISO 7064 MOD 37,36 check character over digits and capital letters.

    The hybrid system finds every single wrong character and nearly every swap of neighbours.

    Raises:
        ValueError: If a character is not one of 0-9 A-Z (also for an empty text).
    """
    product = 36
    for value in _values(text, _VALUE_36):
        total = (product + value) % 36 or 36
        product = total * 2 % 37
    return ALPHABET_36[(37 - product) % 36]


def mod37_36_ok(text: str) -> bool:
    """Verify a text whose last character is its MOD 37,36 check character."""
    return _verify(text, mod37_36)


def mod11_2(digits: str) -> str:
    """Compute the ISO 7064 MOD 11-2 check character (0-9 or X) of GB 11643 identity numbers.

    The weights 7 9 10 5 8 4 2 … of the standard are the powers of two modulo 11.

    Raises:
        ValueError: If a character is not a digit (also for an empty text).
    """
    remainder = 0
    for value in _values(digits, {c: i for i, c in enumerate("0123456789")}):
        remainder = (remainder + value) * 2 % 11
    return "0123456789X"[(12 - remainder) % 11]


def mod11_2_ok(text: str) -> bool:
    """Verify a text whose last character is its MOD 11-2 check character."""
    return _verify(text, mod11_2)


def uscc_check(first17: str) -> str:
    """Compute the 18th character of a 统一社会信用代码 (GB 32100, weights 3^i mod 31).

    Raises:
        ValueError: If a character is outside the alphabet of the standard.
    """
    values = _values(first17, _VALUE_USCC)
    total = sum(value * pow(3, i, 31) for i, value in enumerate(values))
    return ALPHABET_USCC[-total % 31]


def _values(text: str, table: dict[str, int]) -> list[int]:
    values = [table.get(c, -1) for c in text]
    if not values or min(values) < 0:
        raise ValueError("no characters, or characters outside the alphabet")
    return values


def _verify(text: str, compute: Callable[[str], str]) -> bool:
    try:
        return compute(text[:-1]) == text[-1:]
    except ValueError:
        return False
