# SPDX-License-Identifier: MulanPSL-2.0
"""``counter catalog check`` over themes: each planted error is found with its line and a hint."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from counter.catalog_cli import main
from counter.domain.catalog_finding import Finding
from counter.domain.theme_check import check_themes
from counter.infra.catalog_files import read_folder
from tests.unit.catalog_kit import FOLDER

Plant = Callable[[dict[str, Any]], object]
USED = ("birth_register", "newborn_hukou", "medical_enrol", "social_card", "childcare_subsidy")


def _planted(tmp_path: Path, plant: Plant, *, deep: bool = False) -> list[Finding]:
    (tmp_path / "items").mkdir()
    (tmp_path / "themes").mkdir()
    shutil.copy(FOLDER / "dicts.json", tmp_path)
    theme = json.loads((FOLDER / "themes" / "newborn.json").read_text("utf-8"))
    plant(theme)
    text = json.dumps(theme, ensure_ascii=False, indent=2)
    (tmp_path / "themes" / "newborn.json").write_text(text, "utf-8")
    for code in USED:
        body = json.loads((FOLDER / "items" / f"{code}.json").read_text("utf-8"))
        (tmp_path / "items" / f"{code}.json").write_text(json.dumps(body), "utf-8")
    read = read_folder(tmp_path)
    if deep:
        return read.check()
    lists = read.dicts.plain() if read.dicts else {}
    found = check_themes(read.themes, read.items.values(), lists)
    return read.findings + [one.at_line(read.line(one.file, one.place)) for one in found]


def _step(theme: dict[str, Any], item: str) -> dict[str, Any]:
    return next(s for s in theme["steps"] if s["item"] == item)


PLANTS: list[tuple[str, str, Plant]] = [
    ("THEME-ITEM", "没有「no_such」", lambda t: _step(t, "social_card").update(item="no_such")),
    ("THEME-TWICE", "两次", lambda t: t["steps"].append(dict(t["steps"][0]))),
    (
        "THEME-CYCLE",
        "圈",
        lambda t: _step(t, "newborn_hukou").update(
            after=[{"item": "social_card", "if_refused": "wait"}]
        ),
    ),
    (
        "THEME-AFTER",
        "不在这个主题里",
        lambda t: _step(t, "social_card")["after"][0].update(item="pension_claim"),
    ),
    (
        "THEME-FIELD",
        "不能只问一次",
        lambda t: t["form"][0]["fields"][2].update(type="text"),
    ),
    (
        "THEME-FIELD",
        "child_relation",
        lambda t: t["form"][0]["fields"].append(
            {
                "code": "child.relation",
                "label": "关系",
                "type": "choice",
                "code_list": "relation",
                "purpose": "核对",
            }
        ),
    ),
    (
        "THEME-PRESET",
        "没有「unborn」这个答案",
        lambda t: _step(t, "medical_enrol")["preset"].update(kind="unborn"),
    ),
    (
        "THEME-NAME",
        "没有字段「child.none」",
        lambda t: _step(t, "social_card")["form_as"].update({"child.none": "a.b"}),
    ),
    (
        "THEME-NEEDED",
        "必填",
        lambda t: _step(t, "social_card").update(leave_out=["address.residence"]),
    ),
    ("THEME-SUBJECT", "没有写当事人是谁", lambda t: t.pop("subject")),
    ("THEME-CODE", "已经用了", lambda t: t.update(theme_code="social_card")),
    ("CAT-ALIAS", "已经指「社保卡办理」", lambda t: t["aliases"].append("社保卡丢了")),
    (
        "CEL-UNKNOWN",
        "answers.nobody",
        lambda t: _step(t, "newborn_hukou").update(offered_if="answers.nobody == 'x'"),
    ),
    ("CAT-FIELD", "steps[3].offer", lambda t: _step(t, "social_card").update(offer="x")),
]


@pytest.mark.parametrize(("code", "words", "plant"), PLANTS, ids=[f"{p[0]}-{p[1]}" for p in PLANTS])
def test_each_planted_error_is_found(tmp_path: Path, code: str, words: str, plant: Plant) -> None:
    found = [one for one in _planted(tmp_path, plant) if one.code == code]
    assert found, "not found"
    assert any(words in f"{one.text}{one.hint}" for one in found), found
    assert all(one.hint and one.place for one in found)
    assert any(one.line > 1 for one in found)


def test_the_shipped_theme_is_clean_beside_its_items(tmp_path: Path) -> None:
    assert _planted(tmp_path, lambda _theme: None, deep=True) == []


def test_the_schema_covers_themes(tmp_path: Path) -> None:
    out = tmp_path / "schema.json"
    assert main(["schema", "--out", str(out)]) == 0
    theme = json.loads(out.read_text("utf-8"))["$defs"]["Theme"]
    assert {"theme_code", "steps", "subject", "elsewhere"} <= theme["properties"].keys()
