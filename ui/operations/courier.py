# SPDX-License-Identifier: MulanPSL-2.0
"""What the screens may ask of the courier, and how it tells them how it went."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol


@dataclass(frozen=True)
class StickReport:
    """How it ended: ``words`` say what happened, ``more`` what is to be done or was left out."""

    tone: Literal["ok", "warn", "danger"]
    words: str
    more: tuple[str, ...] = ()


class Stick(Protocol):
    """The courier behind the screen; slow, off the GUI thread, never on the database thread."""

    def copy_out(self, folder: Path) -> StickReport:
        """Copy everything unsettled into a folder and read it back."""
        ...

    def take_in(self, folder: Path) -> StickReport:
        """Take in every answer and snapshot in a folder that is for this counter."""
        ...

    def carry(self, folder: Path) -> StickReport:
        """Send the bundles of other counters in a folder, and put their answers beside them."""
        ...
