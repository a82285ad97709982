# SPDX-License-Identifier: MulanPSL-2.0
"""``counter catalog``: the shipped catalogue is good, and each planted mistake is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from counter.catalog_cli import main, schema
from counter.domain.catalog_guide import guide_text
from counter.domain.errors import KnownError
from counter.infra.catalog_files import load_catalog, read_folder
from counter.infra.json_lines import JsonError, LinedJson
from tests.unit.catalog_kit import FOLDER, ITEMS, catalog, item

Edit = Callable[[dict[str, Any]], object]


def folder(tmp_path: Path, edit: Edit, code: str = "elder_card") -> Path:
    """Return a folder with one shipped item changed by ``edit``."""
    data = json.loads((FOLDER / "items" / f"{code}.json").read_text(encoding="utf-8"))
    edit(data)
    write(tmp_path, f"{code}.json", json.dumps(data, ensure_ascii=False, indent=2))
    return tmp_path


def write(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "items").mkdir(exist_ok=True)
    (tmp_path / "items" / name).write_text(text, encoding="utf-8")
    lists = (FOLDER / "dicts.json").read_text(encoding="utf-8")
    (tmp_path / "dicts.json").write_text(lists, encoding="utf-8")


def put(*path: str | int, to: object) -> Edit:
    def edit(data: dict[str, Any]) -> None:
        here: Any = data
        for part in path[:-1]:
            here = here[part]
        here[path[-1]] = to

    return edit


def test_shipped_catalogue_is_good(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(FOLDER)]) == 0
    assert f"共 {len(ITEMS)} 个事项，0 处错误，0 处提醒" in capsys.readouterr().out


FAULTS: list[tuple[str, Edit, str]] = [
    ("CAT-FIELD", put("task_nam", to="x"), "task_nam"),
    ("CAT-FIELD", put("task_type", to="99"), "task_type"),
    ("CAT-FIELD", put("item_code", to="Elder Card"), "item_code"),
    ("CAT-FIELD", lambda d: d.pop("by_law"), "by_law"),
    ("CAT-FIELD", put("promise_day", to=-1), "promise_day"),
    ("CEL-SYNTAX", put("conditions", 0, "when", to="person.age >= "), "conditions[0].when"),
    ("CEL-UNKNOWN", put("conditions", 0, "when", to="person.agee > 1"), "conditions[0].when"),
    ("CEL-UNKNOWN", put("conditions", 0, "when", to="agent.zz == ''"), "conditions[0].when"),
    ("CEL-UNKNOWN", put("conditions", 0, "when", to="answers.zz == 'a'"), "conditions[0].when"),
    ("CEL-UNKNOWN", put("conditions", 0, "when", to="form.zz.y == 'a'"), "conditions[0].when"),
    ("CEL-UNKNOWN", put("conditions", 0, "when", to="yesterday == 'a'"), "conditions[0].when"),
    ("CEL-ANSWER", put("materials", 2, "needed_if", to="answers.kind == 'zz'"), "materials[2]"),
    ("CEL-ANSWER", put("materials", 2, "needed_if", to="answers.kind in ['zz']"), "materials[2]"),
    ("CEL-ANSWER", put("questions", 3, "derive", to="person.age > 65 ? 'zz' : ''"), "questions[3]"),
    ("CEL-TYPE", put("conditions", 0, "when", to="person.age > '60'"), "conditions[0].when"),
    ("CEL-TYPE", put("conditions", 0, "when", to="person.name"), "conditions[0].when"),
    ("CEL-TYPE", put("questions", 3, "derive", to="person.age + 'x'"), "questions[3].derive"),
    ("CAT-KEY", put("materials", 2, "key", to="photo"), "materials[2].key"),
    ("CAT-KEY", put("form", 1, "fields", 0, "code", to="person.mobile"), "code"),
    ("CAT-PREFIX", put("form", 1, "fields", 0, "code", to="address.hukou.x"), "code"),
    ("CAT-ALIAS", put("aliases", to=["敬老卡", "敬老卡", "老年证"]), "aliases[1]"),
    ("CAT-PROMISE", put("promise_day", to=9), "promise_day"),
    ("CAT-PROMISE", put("promise_rules", 0, "promise_day", to=9), "promise_rules[0]"),
    ("CAT-LIST", put("form", 0, "fields", 7, "code_list", to="zz"), "code_list"),
    ("CAT-LABEL", put("form", 0, "fields", 0, "label", to=" "), "label"),
    ("CAT-PHONE", put("form", 0, "fields", 4, "required", to=True), "required"),
    ("CAT-PATTERN", put("form", 0, "fields", 0, "pattern", to="("), "pattern"),
    ("CAT-TOLERATE", put("materials", 1, "tolerable", to=True), "tolerable"),
    ("CAT-TOLERATE", put("materials", 1, "is_need", to="容缺后补"), "is_need"),
    ("CAT-PLEDGE", put("materials", 1, "promise_allowed", to=True), "promise_allowed"),
    ("CAT-DEAD", put("questions", 0, "options", 2, "show_if", to="person.age < 1"), "questions[0]"),
    ("CAT-UNREACHED", put("materials", 2, "needed_if", to="person.age < 1"), "materials[2]"),
]


@pytest.mark.parametrize(("code", "edit", "place"), FAULTS)
def test_planted_fault_is_found(
    code: str, edit: Edit, place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(folder(tmp_path, edit))]) == 1
    hits = [x for x in capsys.readouterr().out.splitlines() if f"（{code}）" in x and place in x]
    assert hits
    assert all(x.startswith("错误 elder_card.json:") for x in hits)


def test_the_line_is_right(tmp_path: Path) -> None:
    path = folder(tmp_path, put("conditions", 0, "when", to="person.age >= "))
    found = read_folder(path).check()
    assert len(found) == 1
    lines = (path / "items" / "elder_card.json").read_text(encoding="utf-8").splitlines()
    assert '"when": "person.age >= "' in lines[found[0].line - 1]


def test_warnings_do_not_fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def edit(data: dict[str, Any]) -> None:
        data["task_code"] = "X"
        del data["form"][0]["fields"][0]["purpose"]

    assert main(["check", str(folder(tmp_path, edit))]) == 0
    out = capsys.readouterr().out
    assert "CAT-TASK-CODE" in out
    assert "CAT-PURPOSE" in out


def test_licence_answer_within_five_days(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(folder(tmp_path, put("answer_day", to=6), "food_permit"))]) == 1
    assert "CAT-ANSWER" in capsys.readouterr().out


def test_faults_between_items(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder(tmp_path, lambda d: None)
    data = json.loads((FOLDER / "items" / "elder_card.json").read_text(encoding="utf-8"))
    data["form"][0]["fields"][0]["type"] = "textarea"
    write(tmp_path, "twin.json", json.dumps(data, ensure_ascii=False))
    assert main(["check", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    for code in ("CAT-KEY", "CAT-ALIAS", "CAT-TYPE"):
        assert "twin.json:1:" in out
        assert code in out


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('{\n "a": 1,\n "a": 2}', 3, "写了两遍"),
        ('{\n "a" 1}', 2, "冒号"),
        ('{"a": 1\n "b": 2}', 2, "逗号"),
        ('{"a": [1\n 2]}', 2, "逗号"),
        ('{"a": x}', 1, "读不懂"),
        ('{"a": 1,}', 1, "名称"),
        ('{"a', 1, "引号"),
        ("{}\n{}", 2, "多余"),
        ("[" * 70, 1, "太深"),
        ("", 1, "读不懂"),
        ('{"a": "b', 1, "读不懂"),
    ],
)
def test_json_faults_have_their_line(text: str, line: int, words: str) -> None:
    with pytest.raises(JsonError) as caught:
        LinedJson(text)
    assert caught.value.line == line
    assert words in caught.value.text


def test_lines_of_values() -> None:
    read = LinedJson('\ufeff{\n "a": [\n  1,\n  {"b": null}\n ],\n "c": "\\u4e00"\n}\n')
    assert read.value == {"a": [1, {"b": None}], "c": "一"}
    assert read.line(("a", 1, "b")) == 4
    assert read.line(("a", 1, "missing", "x")) == 4
    assert read.line(("c",)) == 6
    assert read.line(()) == 1


def test_unreadable_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "CAT-FILE" in out
    assert "CAT-EMPTY" in out
    write(tmp_path, "bad.json", "{")
    assert main(["check", str(tmp_path)]) == 1
    assert "bad.json:1" in capsys.readouterr().out
    with pytest.raises(KnownError, match=r"bad\.json"):
        load_catalog(tmp_path)
    assert main(["preview", "x", "--path", str(tmp_path)]) == 1
    assert "CAT-BAD" in capsys.readouterr().err


def test_preview_by_everyday_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", "老年钱"]) == 0
    out = capsys.readouterr().out
    for words in ("高龄津贴", "承诺22个工作日", "可容缺，10个工作日内补交", "不收费"):
        assert words in out
    assert main(["preview", "没有的"]) == 1
    assert "elder_card" in capsys.readouterr().err


def test_guide_shows_fees() -> None:
    fee = {"fee_name": "工本费", "fee_stand": "10元"}
    one = item("elder_card")
    data = one.model_dump() | {"is_fee": True, "fees": (fee,)}
    assert "工本费 10元" in guide_text(type(one).model_validate(data))


def test_schema_file_is_fresh(tmp_path: Path) -> None:
    out = tmp_path / "s.json"
    assert main(["schema", "--out", str(out)]) == 0
    shipped = FOLDER / "catalog.schema.json"
    assert out.read_text(encoding="utf-8") == shipped.read_text(encoding="utf-8")
    assert "Item" in schema()["$defs"]


def test_version_changes_with_content(tmp_path: Path) -> None:
    first = load_catalog(folder(tmp_path, lambda d: None)).version
    second = load_catalog(folder(tmp_path, put("task_name", to="别的名字"))).version
    assert first != second
    lists = json.loads((FOLDER / "dicts.json").read_text(encoding="utf-8"))["version"]
    assert first.startswith(f"{lists}-")
    assert catalog().version.startswith(f"{lists}-")
