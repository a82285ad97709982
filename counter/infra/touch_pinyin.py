# SPDX-License-Identifier: MulanPSL-2.0
"""Characters by their reading, for the keys on the citizen's screen."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

_FILE = Path(__file__).resolve().parents[2] / "resources" / "keyboard" / "pinyin.json"


@cache
def syllables() -> dict[str, str]:
    """Return the characters of each syllable (without tone, ü as v), the more frequent first."""
    found: dict[str, str] = json.loads(_FILE.read_bytes())["syllables"]
    return found


def candidates(letters: str) -> str:
    """Return the characters that these letters may mean: the whole syllable first, then longer."""
    if not letters:
        return ""
    table = syllables()
    begun = (chars for one, chars in table.items() if one.startswith(letters) and one != letters)
    return "".join(dict.fromkeys(table.get(letters, "") + "".join(begun)))
