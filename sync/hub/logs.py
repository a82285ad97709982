# SPDX-License-Identifier: MulanPSL-2.0
"""The log of a serving hub: one JSON object a line on standard error, without personal data."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """Formats a record as JSON: time, level, logger, process, message and its ``facts``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line; of an exception its type only, for its text may hold what was sent."""
        facts = getattr(record, "facts", {})
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "pid": os.getpid(),
            "message": record.getMessage(),
            **(facts if isinstance(facts, dict) else {}),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, ensure_ascii=False)


def start(room: str = "sync.hub") -> None:
    """Write the log of a room, the hub's own or an edge host's; requests are logged at INFO."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger(room)
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    root.propagate = False
