# SPDX-License-Identifier: MulanPSL-2.0
"""Rows that more than one part of a paper needs."""

from __future__ import annotations

from counter.app.papers.content import MaterialPart
from counter.app.papers.words import day_words
from counter.domain.catalog import Item
from counter.domain.materials import WAY_WORDS, GivenMaterial


def material_part(given: GivenMaterial, item: Item) -> MaterialPart:
    """Return one row of the table of what was handed in."""
    row = next((m for m in item.materials if m.key == given.key), None)
    word = WAY_WORDS[given.way]
    if given.way == "scanned" and given.original_checked:
        word = "已核原件、已扫描"
    if given.online_check == "pending":
        word += "，待在线核验"
    if given.due:
        word += f"，{day_words(given.due)}前补"
    return MaterialPart(
        name=row.material_name if row else given.key,
        way=word,
        pages=str(len(given.pages)) if given.pages else "–",
        form="电" if given.way in {"e_cert", "library"} else "纸" if given.pages else "–",
    )
