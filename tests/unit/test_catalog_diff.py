# SPDX-License-Identifier: MulanPSL-2.0
"""What changed between two versions is said in words; a draft goes over with all that was typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from counter.catalog_cli import main
from counter.domain.catalog import Dicts, Item
from counter.domain.catalog_diff import catalog_changes, dicts_changes, item_changes
from counter.domain.draft_migration import migrate
from counter.domain.materials import GivenMaterial
from tests.unit.catalog_kit import FOLDER, TODAY, catalog, good, item

OLD = item("elder_allowance")


def newer(**changed: Any) -> Item:
    """Return the next version of 高龄津贴 with parts of it replaced."""
    return Item.model_validate(OLD.model_dump() | {"task_version": "2026.2"} | changed)


def said(new: Item) -> list[str]:
    return [str(change) for change in item_changes(OLD, new)]


def rows(name: str, key: str, **values: Any) -> list[dict[str, Any]]:
    return [r | values if r["key"] == key else r for r in OLD.model_dump()[name]]


def field(which: str, **values: Any) -> list[dict[str, Any]]:
    form: list[dict[str, Any]] = OLD.model_dump()["form"]
    for section in form:
        section["fields"] = [f | values if f["code"] == which else f for f in section["fields"]]
    return form


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"promise_day": 15}, "【时限】承诺时限从22个工作日改为15个工作日。"),
        ({"promise_day": 0}, "【时限】承诺时限从22个工作日改为当场。"),
        ({"anticipate_type": "Z"}, "【时限】法定时限从30个工作日改为30天。"),
        ({"answer_day": 3}, "【时限】收件后答复从5个工作日改为3个工作日。"),
        ({"promise_rules": ()}, "【时限】部分情形的承诺时限有变化。"),
        ({"cycle": None}, "【时限】不用再定期办了。"),
        ({"task_state": "暂停"}, "【状态】原来是「在用」，现在是「暂停」。"),
        ({"agent_forbidden": True}, "【条件】现在必须本人来办，不能代办。"),
        ({"conditions": ()}, "【条件】取消条件：户籍不在本县"),
        ({"auto_approve": None}, "【条件】不再自动办结，由工作人员审核。"),
        (
            {"is_fee": True, "fees": [{"fee_name": "工本费", "fee_stand": "10元"}]},
            "【收费】开始收费：工本费 10元。",
        ),
        ({"dept_name": "示例县民政局"}, "【说明】办理部门：原来是「示例镇人民政府」"),
        ({"faqs": ()}, "【说明】常见问题有更新。"),
        ({"aliases": ("长寿钱",)}, "【说明】只改了编码、别名或提示一类的文字，办法没有变。"),
        ({"materials": OLD.model_dump()["materials"][1:]}, "【材料】不再要「居民身份证」。"),
        (
            {"materials": rows("materials", "photo", page_num=2, tolerable=False, is_need="必要")},
            "【材料】「近期1寸免冠照片」：从原件1份改为原件2份；从「容缺后补」改为「必要」；不能再后补。",
        ),
        (
            {"materials": rows("materials", "kinship", promise_allowed=False)},
            "【材料】「亲属关系说明」：不能再用承诺书代替。",
        ),
        (
            {"materials": rows("materials", "photo", accept_stand="白底")},
            "【材料】「近期1寸免冠照片」：受理标准或说明文字有改动。",
        ),
        ({"questions": OLD.model_dump()["questions"][:3]}, "【情形】不再问：津贴发到哪里？"),
        (
            {"questions": rows("questions", "payee", options=OLD.questions[3].options[:2])},
            "【情形】「津贴发到哪里？」去掉答案「监护人代管的账户」。",
        ),
        (
            {"form": field("person.mobile", label="手机号码", hint="x")},
            "【表单】「手机号码」原来叫「联系电话」。",
        ),
        ({"form": OLD.model_dump()["form"][:4]}, "【表单】不再填：「老人姓名」、「老人身份证号」"),
        ({"form": field("account.owner", required=False)}, "【表单】「户名」不再必填。"),
    ],
)
def test_a_change_is_said(changed: dict[str, Any], words: str) -> None:
    assert any(text.startswith(words) for text in said(newer(**changed))), said(newer(**changed))


def test_what_is_added_is_said_the_other_way_round() -> None:
    smaller = newer(
        materials=OLD.model_dump()["materials"][:-1],
        questions=OLD.model_dump()["questions"][:3],
        form=OLD.model_dump()["form"][:4],
        auto_approve=None,
        conditions=OLD.model_dump()["conditions"][:1],
    )
    words = "\n".join(str(change) for change in item_changes(smaller, OLD))
    assert "【材料】新增：授权委托书（窗口打印）" in words
    assert "【情形】会多问一句：津贴发到哪里？" in words
    assert "【表单】多填（必填）：「老人姓名」" in words
    assert "【条件】符合条件的可以由中心自动办结。" in words
    assert "【条件】新增条件：" in words


def test_the_same_is_silent() -> None:
    assert said(newer()) == []
    assert list(catalog_changes(catalog().items, catalog().items)) == []


def test_folders_and_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, promise in (("old", 22), ("new", 15)):
        (tmp_path / name / "items").mkdir(parents=True)
        data = json.loads((FOLDER / "items" / "elder_allowance.json").read_text("utf-8"))
        data["promise_day"] = promise
        text = json.dumps(data, ensure_ascii=False)
        (tmp_path / name / "items" / "elder_allowance.json").write_text(text, "utf-8")
        (tmp_path / name / "dicts.json").write_text((FOLDER / "dicts.json").read_text("utf-8"))
    extra = (FOLDER / "items" / "elder_card.json").read_text("utf-8")
    (tmp_path / "new" / "items" / "elder_card.json").write_text(extra, "utf-8")
    assert main(["diff", str(tmp_path / "old"), str(tmp_path / "new")]) == 0
    out = capsys.readouterr().out
    assert "高龄津贴：\n  【时限】承诺时限从22个工作日改为15个工作日。" in out
    assert "【状态】这是新增的事项。" in out
    assert "共比较 2 个事项，2 个有变化。" in out
    files = [str(tmp_path / n / "items" / "elder_allowance.json") for n in ("old", "new")]
    assert main(["diff", *files]) == 0
    assert capsys.readouterr().out == "  【时限】承诺时限从22个工作日改为15个工作日。\n"
    assert main(["diff", str(tmp_path / "new"), str(tmp_path / "old")]) == 0
    assert "目录里不再有这个事项。" in capsys.readouterr().out
    assert main(["diff", files[0], str(tmp_path)]) == 1
    assert "CAT-BAD" in capsys.readouterr().err


def test_code_lists_are_compared() -> None:
    one = Dicts.model_validate(
        {
            "version": "1",
            "lists": {
                "bank": {
                    "title": "银行",
                    "provenance": "x",
                    "codes": [{"code": "a", "label": "甲"}, {"code": "b", "label": "乙"}],
                }
            },
        }
    )
    data = one.model_dump()
    data["lists"]["bank"]["codes"] = [{"code": "a", "label": "甲行"}, {"code": "c", "label": "丙"}]
    texts = [c.text for c in dicts_changes(one, Dicts.model_validate(data))]
    assert texts == ["「银行」新增：「丙」。", "「银行」去掉：「乙」。", "「银行」改名：甲→甲行。"]


def test_preview_as_pdf(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pages: list[str] = []

    def printer(html: str, title: str) -> bytes:
        pages.append(html)
        return title.encode()

    out = tmp_path / "guide.pdf"
    assert main(["preview", "老年钱", "--pdf", str(out)], printer) == 0
    assert out.read_text("utf-8") == "高龄津贴 办事指南"
    for words in ("谁能办", "居民户口簿", "10个工作日内补交", "老人来不了怎么办？", "版本 2026.1"):
        assert words in pages[0]
    assert main(["preview", "老年钱", "--large", "--pdf", str(out)], printer) == 0
    assert "font-size: 16pt" in pages[1]
    capsys.readouterr()


def test_a_draft_goes_over_with_all_that_was_typed() -> None:
    """The guardian's account is no answer any more, the photo no paper; both stay in the draft."""
    draft = good("elder_allowance", kind="first", handler="agent", payee="guardian")
    draft.form["allowance.note"] = "请打到监护人账户"
    materials = [r for r in OLD.model_dump()["materials"] if r["key"] != "photo"]
    fresh = {"key": "health", "material_name": "健在照片"}
    new = newer(
        questions=rows("questions", "payee", options=OLD.questions[3].options[:2]),
        materials=[*materials, fresh],
        form=field("allowance.note", code="allowance.remark", required=True),
    )
    draft.materials["photo"] = GivenMaterial(key="photo", way="promised")
    before = draft.model_copy(deep=True)
    moved = migrate(draft, OLD, new, TODAY, catalog().code_lists)
    assert draft == before
    assert moved.draft.item_version == "2026.2"
    typed = moved.draft.model_dump(exclude={"item_version"})
    assert typed == before.model_dump(exclude={"item_version"})
    assert "这次办什么？" in moved.kept
    assert "居民户口簿" in moved.kept
    assert set(moved.set_aside) == {"其他要说明的", "近期1寸免冠照片"}
    assert set(moved.again) == {"津贴发到哪里？", "其他要说明的", "健在照片"}
    assert any(change.topic == "材料" for change in moved.changes)


def test_a_question_that_is_new_is_asked_again_only_where_it_is_asked() -> None:
    draft = good("elder_allowance", kind="death", handler="self")
    ask = {"key": "note_death", "text": "要寄通知吗？"}
    options = [{"key": "a", "label": "要"}, {"key": "b", "label": "不要"}]
    both = [*OLD.model_dump()["questions"], {**ask, "options": options}]
    hidden = {**ask, "options": options, "show_if": "answers.kind == 'first'"}
    moved = migrate(draft, OLD, newer(questions=both), TODAY, catalog().code_lists)
    assert "要寄通知吗？" in moved.again
    less = newer(questions=[*OLD.model_dump()["questions"], hidden])
    assert "要寄通知吗？" not in migrate(draft, OLD, less, TODAY, catalog().code_lists).again
    none = newer(questions=OLD.model_dump()["questions"][1:], conditions=(), promise_rules=())
    assert none.task_version in migrate(draft, OLD, none, TODAY, {}).draft.item_version
