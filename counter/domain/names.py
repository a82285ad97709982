# SPDX-License-Identifier: MulanPSL-2.0
"""Names of people: one middle dot, rare characters kept, no fixed length (domain brief §4.2)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from counter.domain.problems import Problem, has_errors

MIDDLE_DOT = "\u00b7"
MAX_LENGTH = 50

_DOTS = dict.fromkeys(map(ord, "・•．‧∙⋅･●﹒"), MIDDLE_DOT)
_FULL_WIDTH = {c: c - 0xFEE0 for c in (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_NO_BREAK = dict.fromkeys((0x3000, 0x00A0), " ")
_PUA = ((0xE000, 0xF8FF), (0xF0000, 0xFFFFD), (0x100000, 0x10FFFD))
_ATTACHED = ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF))


@dataclass(frozen=True, slots=True)
class NameCheck:
    """A checked name.

    Attributes:
        as_on_card: Exactly what the card or the person gave; stored beside the normal form.
        normalised: The form for display, search and comparison.
        problems: What was found.
    """

    as_on_card: str
    normalised: str
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """True when nothing stops the step."""
        return not has_errors(self.problems)


def characters(text: str) -> list[str]:
    """Split into what a reader counts as characters: variation selectors stay with their base."""
    out: list[str] = []
    for c in text:
        attached = unicodedata.combining(c) or _within(c, _ATTACHED)
        if out and attached:
            out[-1] += c
        else:
            out.append(c)
    return out


def normalise_name(text: str) -> str:
    """Return the display form: U+00B7 as middle dot, no padding, half-width Latin letters.

    Ideographs are never changed: 﨑 and 崎 are different names in the register.
    """
    plain = text.translate(_DOTS).translate(_FULL_WIDTH).translate(_NO_BREAK)
    words = plain.split()
    out = ""
    for word in words:
        # Cards pad two-character names with a space; Latin words really are separate.
        spaced = out and out[-1].isascii() and word[0].isascii()
        out += f" {word}" if spaced else word
    return out.replace(f"{MIDDLE_DOT} ", MIDDLE_DOT).replace(f" {MIDDLE_DOT}", MIDDLE_DOT)


def check_name(text: str, field: str = "person.name") -> NameCheck:
    """Check a name without guessing what a name looks like.

    Args:
        text: What the card or the person gave.
        field: Semantic field code for the findings.
    """
    name = normalise_name(text)
    found: list[tuple[str, str, bool]] = []
    if not name:
        found.append(("NAME-EMPTY", "请填写姓名。", True))
    length = len(characters(name))
    if length > MAX_LENGTH:
        found.append(
            ("NAME-LENGTH", f"姓名最多{MAX_LENGTH}个字，现在是{length}个字，请核对。", True)
        )
    if any(unicodedata.category(c) in {"Cc", "Cs", "Cn"} for c in name):
        found.append(("NAME-CONTROL", "姓名里有看不见的乱码，请删掉后对照证件重新填写。", True))
    if any(_within(c, _PUA) for c in name):
        found.append(
            (
                "NAME-PUA",
                "姓名里有证件自造的生僻字，换一台电脑可能显示不出来，请对照证件核对。",
                False,
            )
        )
    if any(c.isdigit() for c in name):
        found.append(("NAME-DIGIT", "姓名里有数字，请核对是否填错了格。", False))
    if name.startswith(MIDDLE_DOT) or name.endswith(MIDDLE_DOT):
        found.append(("NAME-DOT", "姓名以间隔点开头或结尾，请核对是否少填了字。", False))
    problems = tuple(
        Problem(code, words, "error" if stop else "warning", field) for code, words, stop in found
    )
    return NameCheck(text, name, problems)


def _within(c: str, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= ord(c) <= high for low, high in ranges)
