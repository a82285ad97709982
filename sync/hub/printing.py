# SPDX-License-Identifier: MulanPSL-2.0
"""What the commands of the hub print: lines for people, or one JSON object a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

from counter.domain.case import STATE_WORDS, CaseState


def say(text: str) -> None:
    """Print one line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def say_json(value: Any) -> None:
    """Print one JSON line."""
    say(json.dumps(value, ensure_ascii=False, sort_keys=True))


def print_rows(rows: Iterable[dict[str, Any]], columns: tuple[str, ...], *, as_json: bool) -> int:
    """Print rows, those columns only unless as JSON; returns 0."""
    for row in rows:
        if as_json:
            say_json(row)
        else:
            say("  ".join(_cell(name, row[name]) for name in columns))
    return 0


def _cell(name: str, value: object) -> str:
    return STATE_WORDS[CaseState(str(value))] if name == "state" else str(value)
