# SPDX-License-Identifier: MulanPSL-2.0
"""What the navigation is made of, given as data by the composition root."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget


@dataclass(frozen=True, slots=True)
class NavEntry:
    """A screen one can go to.

    Attributes:
        id: stable name, used by `navigate`.
        label: word in the navigation.
        factory: makes the screen at the first visit.
        key: own key such as F2, shown at the right; Alt+number comes by position.
        badge: count shown in red, 0 for none.
        hidden: reachable by `navigate` only (a status part, the palette).
    """

    id: str
    label: str
    factory: Callable[[], QWidget]
    key: str = ""
    badge: int = 0
    hidden: bool = False
