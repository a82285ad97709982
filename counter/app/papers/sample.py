# SPDX-License-Identifier: MulanPSL-2.0
"""A paper's content from values of a JSON file, for previews by authors and for tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pydantic import TypeAdapter

from counter.app.papers.content import MaterialPart, PaperContent
from counter.app.papers.from_case import item_part
from counter.app.papers.sizes import SIZES
from counter.domain.catalog import Item
from counter.domain.materials import WAY_WORDS
from counter.domain.papers import PaperKind, SheetSize

_CONTENT: TypeAdapter[PaperContent] = TypeAdapter(PaperContent)


def sample_content(
    values: Mapping[str, object], kind: PaperKind, size: SheetSize, qr: str = ""
) -> PaperContent:
    """Return the content of one paper made of ``values``.

    Raises:
        pydantic.ValidationError: the values do not fit the parts of a paper.
    """
    fixed = {
        "title": kind.title,
        "code": kind.code,
        "copies": kind.copies,
        "signs": kind.signs,
        "seal": kind.seal,
        "draft": kind.draft,
        "size": SIZES[size],
        "qr": qr if kind.qr else "",
    }
    plain = {} if kind.seal else {"doc_no": ""}
    listed = {"case": None, "catalog": None, "doc_no": ""} if kind.about == "list" else {}
    return _CONTENT.validate_python({**values, **fixed, **plain, **listed})


def with_item(content: PaperContent, item: Item) -> PaperContent:
    """Return the content with another item's words and its list of materials."""
    rows = tuple(
        MaterialPart(row.material_name, WAY_WORDS["original_checked"], "1", "纸")
        for row in item.materials
    )
    return replace(content, item=item_part(item), materials=rows)
