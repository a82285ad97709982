# SPDX-License-Identifier: MulanPSL-2.0
"""Tables of 好差评, 接诉即办 and 取号 that come with the program, until the centre sends its own."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

_RESOURCES = Path(__file__).resolve().parents[2] / "resources"
FOLDER = _RESOURCES / "service"
QUEUE = _RESOURCES / "queue" / "categories.json"


@cache
def shipped_tables() -> dict[str, dict[str, Any]]:
    """Return the tables by name (``ratings``, ``appeals``, ``queue``)."""
    tables = {path.stem: json.loads(path.read_bytes()) for path in sorted(FOLDER.glob("*.json"))}
    return {**tables, "queue": json.loads(QUEUE.read_bytes())}
