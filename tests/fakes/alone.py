# SPDX-License-Identifier: MulanPSL-2.0
"""A line without a second connection."""

from __future__ import annotations

from typing import Self


class Alone:
    """Nothing is slow on a line in memory, so nothing goes beside anything."""

    def beside(self) -> Self:
        """Return the other connection: the same."""
        return self
