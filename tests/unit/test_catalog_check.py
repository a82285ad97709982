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
from counter.domain.situation_words import situation_words
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


FIRST = "answers.kind == 'first'"
NEVER = f"{FIRST} && answers.kind == 'reissue'"
LATER = "form.contact.name == 'x'"


def hidden_but_required(data: dict[str, Any]) -> None:
    """The section shows for 补办 and 换证; demanded it is only at the first time."""
    data["form"][1]["fields"][2].update(required=False, required_if=FIRST)


def tolerated(days: int, **more: object) -> Edit:
    def edit(data: dict[str, Any]) -> None:
        data["materials"][1].update(tolerable=True, tolerate_days=days, **more)

    return edit


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
    ("CAT-UNREACHED", put("form", 1, "shown_if", to=NEVER), "form[1].shown_if"),
    ("CAT-UNREACHED", put("form", 0, "fields", 1, "shown_if", to=NEVER), "fields[1].shown_if"),
    ("CAT-UNREACHED", put("promise_rules", 0, "when", to=NEVER), "promise_rules[0].when"),
    ("CAT-UNREACHED", put("auto_approve", "deciding_if", to=NEVER), "auto_approve.deciding_if"),
    ("CAT-UNREACHED", put("auto_approve", "all_of", 0, "only_if", to=NEVER), "all_of[0].only_if"),
    ("CAT-DEAD", put("questions", 4, "show_if", to=NEVER), "questions[4].show_if"),
    ("CAT-HIDDEN", hidden_but_required, "form[1].fields[2].required_if"),
    ("CAT-TOLERATE", put("materials", 1, "tolerable_if", to="person.age > 70"), "tolerable_if"),
    ("CAT-TOLERATE-LONG", tolerated(5), "materials[1].tolerate_days"),
    ("CAT-UNREACHED", tolerated(1, tolerable_if=NEVER), "materials[1].tolerable_if"),
    ("CAT-LIMIT", put("promise_rules", 0, "anticipate_day", to=45), "anticipate_day"),
    ("CAT-FEE", put("is_fee", to=True), "is_fee"),
    ("CAT-FEE", put("fees", to=[{"fee_name": "工本费", "fee_stand": "10元"}]), "fees[0].fee_basis"),
    ("CAT-PROOF", put("materials", 1, "is_proof", to=True), "materials[1].is_proof"),
    ("CAT-CERT", put("materials", 1, "other_cert_types", to=["X"]), "other_cert_types"),
    ("CAT-KEY", put("auto_approve", "all_of", 1, "key", to="age"), "all_of[1].key"),
    ("CEL-ORDER", put("questions", 0, "show_if", to="answers.handler == 'self'"), "questions[0]"),
    ("CEL-ORDER", put("form", 0, "fields", 0, "shown_if", to=LATER), "fields[0].shown_if"),
    # A fault that one side of || or ?: hides from whoever tries it once.
    ("CEL-TYPE", put("conditions", 0, "when", to=f"{FIRST} || person.age > '60'"), "conditions[0]"),
    ("CEL-TYPE", put("conditions", 0, "when", to=f"{FIRST} ? true : 1"), "conditions[0].when"),
    ("CEL-TYPE", put("auto_approve", "all_of", 0, "when", to="person.birth > 1960"), "all_of[0]"),
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


def test_what_the_law_says_of_a_situation_is_its_limit(tmp_path: Path) -> None:
    """低保 特殊情形: the law's longer limit counts where the data name the rule."""
    said = {"anticipate_day": 45, "anticipate_explain": "《最低生活保障审核确认办法》第二十一条"}
    rule = {"when": "answers.kind == 'first'", "promise_day": 40, **said}
    path = folder(tmp_path, put("promise_rules", to=[rule]), "subsistence")
    assert read_folder(path).check() == []
    path = folder(tmp_path, put("promise_rules", to=[{**rule, "promise_day": 46}]), "subsistence")
    assert [f.code for f in read_folder(path).check()] == ["CAT-PROMISE"]


def test_a_gap_beyond_the_promise_needs_its_law(tmp_path: Path) -> None:
    def law(to: str) -> list[str]:
        code = "temp_aid"
        data = json.loads((FOLDER / "items" / f"{code}.json").read_text(encoding="utf-8"))
        at = next(i for i, m in enumerate(data["materials"]) if m.get("tolerate_beyond"))
        path = folder(tmp_path, put("materials", at, "tolerate_beyond", to=to), code)
        return [f.code for f in read_folder(path).check()]

    assert law("国发〔2014〕47号") == []
    assert law("") == ["CAT-TOLERATE-LONG"]


def test_one_word_means_one_thing(tmp_path: Path) -> None:
    """Also against the name of another item."""
    folder(tmp_path, put("aliases", to=["敬老卡", "高龄津贴", "老年证"]))
    folder(tmp_path, lambda d: None, "elder_allowance")
    read = read_folder(tmp_path)
    assert [(f.code, f.place) for f in read.check()] == [("CAT-ALIAS", ("aliases", 1))]


def test_a_code_twice_in_a_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder(tmp_path, lambda d: None)
    data = json.loads((tmp_path / "dicts.json").read_text(encoding="utf-8"))
    data["lists"]["bank"]["codes"].append(data["lists"]["bank"]["codes"][0])
    text = json.dumps(data, ensure_ascii=False, indent=2)
    (tmp_path / "dicts.json").write_text(text, encoding="utf-8")
    assert main(["check", str(tmp_path)]) == 1
    assert "dicts.json:" in capsys.readouterr().out


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


def test_the_guide_names_the_situation_of_a_paper() -> None:
    told = guide_text(item("social_card"))
    assert "「不满16岁的孩子」时需要" in told
    assert "「第一次办卡」或「卡丢了，补卡」或「卡坏了、到期或信息变了，换卡」时需要" in told
    one = item("social_card")
    both = situation_words(one, "answers.kind != 'loss' && answers.who == 'adult'")
    assert both == "不是「挂失」，并且「16岁以上」"
    for more in ("form.x.y == 'a'", "answers.kind == 'zz'", "answers.kind == 'loss' || (a && b)"):
        assert situation_words(one, more) == ""
