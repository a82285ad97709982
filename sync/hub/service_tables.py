# SPDX-License-Identifier: MulanPSL-2.0
"""Tables of 好差评 and 接诉即办 in force: as published, else as they come with the program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sync.hub.storage import reference
from sync.hub.storage.engine import Tx

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "service"


def service_tables(tx: Tx, name: str) -> dict[str, Any]:
    """Return the newest tables of a name (``ratings``, ``appeals``)."""
    found = reference.latest(tx, "service").get(name)
    return found or json.loads((FOLDER / f"{name}.json").read_bytes())
