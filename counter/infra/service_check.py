# SPDX-License-Identifier: MulanPSL-2.0
"""Checks the tables of 好差评 and 接诉即办 for their authors; their JSON Schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from counter.domain.appeals import AppealTables
from counter.domain.ratings import RatingTables

_MODELS: dict[str, type[RatingTables] | type[AppealTables]] = {
    "ratings": RatingTables,
    "appeals": AppealTables,
}


def check(folder: Path) -> list[str]:
    """Return every fault as 「file: field: what」; none of a folder without tables."""
    found = []
    for path in sorted(folder.glob("*.json")):
        model = _MODELS.get(path.stem)
        if model is None:
            found.append(f"{path.name}: 没有这种表，只有 {'、'.join(sorted(_MODELS))}")
            continue
        try:
            model.model_validate_json(path.read_bytes())
        except ValidationError as error:
            for fault in error.errors():
                where = ".".join(str(part) for part in fault["loc"]) or "整个文件"
                found.append(f"{path.name}: {where}: {fault['msg']}")
    return found


def schema() -> dict[str, Any]:
    """Return one JSON Schema with a definition for each file."""
    defs: dict[str, Any] = {}
    for name, model in _MODELS.items():
        one = model.model_json_schema(ref_template="#/$defs/{model}")
        defs |= one.pop("$defs", {})
        defs[name] = one
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "一窗柜台 好差评和诉求的表",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in _MODELS],
        "$defs": defs,
    }
