# SPDX-License-Identifier: MulanPSL-2.0
"""The centre's side of the demo, through the commands its staff would use."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from sync.client.training import HUB_FOLDER
from ui.demo.hands import GaveUpError


class Centre:
    """``counter hub …`` on the training hub of a home."""

    def __init__(self, home: Path) -> None:
        """Name the hub's data folder."""
        self._data = home / HUB_FOLDER

    def cases(self, receipt_no: str) -> list[dict[str, Any]]:
        """Return the centre's cases with this receipt number (more than one is a fault)."""
        return [row for row in self._rows("list") if row["receipt_no"] == receipt_no]

    def ops(self) -> int:
        """Return how many operations the centre has."""
        return len(self._rows("ops"))

    def pages(self) -> int:
        """Return how many pages and signatures the centre holds, each verified."""
        return int(json.loads(self._hub("stats", "--json"))["blobs"])

    def accept(self, receipt_no: str) -> None:
        """受理, as a person of the back office would."""
        self._hub("accept", receipt_no)

    def _rows(self, what: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._hub(what, "--json").splitlines() if line]

    def _hub(self, *words: str) -> str:
        done = subprocess.run(  # noqa: S603 - our own program, fixed words
            [sys.executable, "-m", "sync.hub", "--data", str(self._data), *words],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=60,
        )
        if done.returncode:
            raise GaveUpError(f"练习中心没有照办（{words[0]}）：{done.stderr.strip()[:200]}")
        return done.stdout
