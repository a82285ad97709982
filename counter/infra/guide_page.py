# SPDX-License-Identifier: MulanPSL-2.0
"""The office guide of an item as a page, from the template ``resources/documents/guide.html``."""

from __future__ import annotations

from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from counter.domain.catalog import Item
from counter.domain.catalog_guide import guide_facts, material_copies, material_notes

_FOLDER = Path(__file__).resolve().parents[2] / "resources" / "documents"
_NORMAL = {"body": 11, "title": 20, "lead": 14, "small": 9, "label": 96}
_LARGE = {"body": 16, "title": 26, "lead": 19, "small": 12, "label": 140}


def guide_html(item: Item, *, large: bool = False, folder: Path = _FOLDER) -> str:
    """Return the guide for printing; ``large`` is the size for old eyes (16 pt and more)."""
    env = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folder, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    rows = [
        {"name": m.material_name, "copies": material_copies(m), "notes": material_notes(m, item)}
        for m in item.materials
    ]
    return env.get_template("guide.html").render(
        item=item, facts=guide_facts(item), materials=rows, size=_LARGE if large else _NORMAL
    )
