# SPDX-License-Identifier: MulanPSL-2.0
"""A finding about one entered value, in words a clerk can act on."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]

_DASHES = dict.fromkeys(map(ord, "-‐‑‒–—―−－﹣ー_"))


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding.

    Attributes:
        code: Stable code, e.g. ``ID-CHECK``.
        text: A whole Chinese sentence; holds no more than single characters of the value.
        severity: ``error`` stops the step, ``warning`` is shown and may be passed over.
        field: Semantic code of the field it belongs to.
    """

    code: str
    text: str
    severity: Severity
    field: str


@dataclass(frozen=True, slots=True)
class TextCheck:
    """A checked plain value: the normal form and what was found."""

    normalised: str
    problems: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        """True when nothing stops the step (warnings do not)."""
        return not has_errors(self.problems)


def has_errors(problems: Iterable[Problem]) -> bool:
    """Tell whether any of the findings stops the step."""
    return any(p.severity == "error" for p in problems)


def squeeze(text: str) -> str:
    """Bring a typed code to its plain form: half-width capitals without spaces or dashes."""
    plain = unicodedata.normalize("NFKC", text.translate(_DASHES)).translate(_DASHES)
    return "".join(plain.split()).upper()
