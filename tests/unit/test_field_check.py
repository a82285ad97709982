# SPDX-License-Identifier: MulanPSL-2.0
"""Each field type takes what is right, and says one plain sentence about what is not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from counter.domain.ages import full_months, full_years
from counter.domain.catalog import FormField
from counter.domain.cel import compile_expr, evaluate_bool
from counter.domain.conditions import holds, narrow, value_of
from counter.domain.facts import as_fact, is_blank
from counter.domain.field_check import check_value, luhn_ok
from tests.unit.catalog_kit import TODAY

LISTS = {"bank": {"rcb": "农商行"}}


def field(kind: str, **more: Any) -> FormField:
    return FormField.model_validate({"code": "a.b", "label": "某项", "type": kind, **more})


@pytest.mark.parametrize(
    ("kind", "more", "value", "code"),
    [
        ("text", {}, "王·兰", ""),
        ("text", {}, "a\x00b", "FIELD-CONTROL"),
        ("text", {"max_len": 3}, "一二三四", "FIELD-LENGTH"),
        ("text", {"pattern": "[A-Z]+", "pattern_hint": "大写"}, "ab", "FIELD-PATTERN"),
        ("text", {"pattern": "[A-Z]+"}, "AB", ""),
        ("text", {}, True, "FIELD-TYPE"),
        ("text", {}, ["x"], "FIELD-TYPE"),
        ("textarea", {}, "第一行\n第二行", ""),
        ("number", {}, "12.5", ""),
        ("number", {}, 12, ""),
        ("number", {}, "1e5", "FIELD-NUMBER"),
        ("number", {"min": 1}, "0", "FIELD-MIN"),
        ("number", {"max": 10}, 11, "FIELD-MAX"),
        ("money", {}, "12.30", ""),
        ("money", {}, "12.345", "FIELD-MONEY"),
        ("money", {}, "-1", "FIELD-MONEY"),
        ("money", {}, "NaN", "FIELD-MONEY"),
        ("money", {}, "十元", "FIELD-MONEY"),
        ("money", {"max": 5}, "6", "FIELD-MAX"),
        ("date", {}, "2026-02-28", ""),
        ("date", {}, "2026-02-30", "FIELD-DATE"),
        ("date", {}, "20260228", "FIELD-DATE"),
        ("month", {}, "2026-12", ""),
        ("month", {}, "2026-13", "FIELD-MONTH"),
        ("choice", {"code_list": "bank"}, "rcb", ""),
        ("choice", {"code_list": "bank"}, "zz", "FIELD-CHOICE"),
        ("choice", {"code_list": "none"}, "rcb", "FIELD-CHOICE"),
        ("yes_no", {}, False, ""),
        ("yes_no", {}, "yes", "FIELD-YESNO"),
        ("region", {}, "990123001001", ""),
        ("region", {}, "99012", "FIELD-REGION"),
        ("account", {}, "0123 4567 89", ""),
        ("account", {}, "12", "FIELD-ACCOUNT"),
        ("account", {}, "6222021234567890", "FIELD-ACCOUNT-CHECK"),
        ("phone", {}, "19912345678", ""),
        ("phone", {}, "0990-1230001", "PHONE-FIXED"),
        ("phone", {}, "abc", "PHONE-FORM"),
        ("id_number", {}, "990123194603080124", ""),
        ("id_number", {}, "990123194603080125", "ID-CHECK"),
    ],
)
def test_one_value(kind: str, more: dict[str, Any], value: Any, code: str) -> None:
    found = check_value(field(kind, **more), value, LISTS, TODAY)
    assert (found.code if found else "") == code
    if found:
        assert found.field == "a.b"
        assert found.text.endswith("。")


def test_credit_code_is_known_by_its_name() -> None:
    one = FormField.model_validate({"code": "shop.uscc", "label": "代码"})
    assert check_value(one, "11990123MB9000001W", LISTS) is None
    found = check_value(one, "11990123MB9000001X", LISTS)
    assert found is not None
    assert found.code == "USCC-CHECK"


def test_luhn() -> None:
    assert luhn_ok("4111111111111111")
    assert not luhn_ok("4111111111111112")


@pytest.mark.parametrize(
    ("born", "today", "months"),
    [
        ("1946-12-22", "2026-11-22", 959),
        ("1946-12-22", "2026-11-21", 958),
        ("1946-12-31", "2026-11-30", 959),  # November has no 31st: its last day counts
        ("2024-02-29", "2025-02-28", 12),
        ("2024-02-29", "2025-02-27", 11),
        ("2026-11-23", "2026-11-22", 0),
    ],
)
def test_months_of_life(born: str, today: str, months: int) -> None:
    first, last = date.fromisoformat(born), date.fromisoformat(today)
    assert full_months(first, last) == months
    assert full_years(first, last) == months // 12


def test_numbers_become_numbers_for_conditions() -> None:
    one = field("number")
    assert as_fact(one, "12") == 12
    assert as_fact(one, "12.5") == 12.5
    assert as_fact(one, "zz") == "zz"
    assert as_fact(one, 3) == 3
    assert as_fact(field("text"), "12") == "12"
    assert is_blank(None)
    assert not is_blank(False)


def test_a_condition_sees_only_what_it_names() -> None:
    known = {"person": {"age": 80, "name": "甲"}, "form": {"a": {"b": 1}}, "agent": {}}
    seen = narrow(compile_expr("person.age > 1 && has(agent.name)"), known)
    assert seen == {"person": {"age": 80}, "agent": {}}
    both = narrow(compile_expr("size(form) > 0 && form.a.b == 1"), known)
    assert both == {"form": {"a": {"b": 1}}}
    assert value_of("person.nothing", known) is None
    assert value_of("person.name + 'x'", known) == "甲x"


@pytest.mark.parametrize("source", ["answers.a == 'x'", "has(answers.a)", "answers.a == answers.b"])
@pytest.mark.parametrize("answers", [{}, {"a": "x"}, {"a": "x", "b": "y"}, {"a": None}, {"a": 1}])
def test_a_condition_over_answers_is_decided_as_the_engine_does(
    source: str, answers: dict[str, Any]
) -> None:
    known = {"answers": answers, "person": {}}
    for _ in range(2):  # the second time it is remembered
        assert holds(source, known) is evaluate_bool(compile_expr(source), known).value
    assert holds(source, {}) is None


@pytest.mark.parametrize("one", ["甲", "", 7, True, None, date(2026, 11, 22), {"b": "c"}, ["d"]])
def test_the_value_of_a_path_alone_is_the_fact(one: object) -> None:
    known = {"person": {"name": one}}
    for path in ("person.name", "person.name.deeper", "person.age", "agent", "agent.name"):
        assert value_of(path, known) == value_of(f"({path})", known)
        assert holds(path, known) is holds(f"({path})", known)
        if "." in path:
            assert holds(f"has({path})", known) is holds(f"(has({path}))", known)
