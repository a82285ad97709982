# SPDX-License-Identifier: MulanPSL-2.0
"""Check one typed value against its field definition; findings are sentences for the field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from counter.domain.ages import parse_day
from counter.domain.catalog import FormField
from counter.domain.identity import check_id_number, check_mobile, check_uscc
from counter.domain.problems import Problem, Severity

CodeLists = Mapping[str, Mapping[str, str]]  # name of list → code → label

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_REGION = re.compile(r"\d{6}|\d{9}|\d{12}")
_ACCOUNT = re.compile(r"\d{8,30}")
_BANK_CARD = re.compile(r"62\d{14,17}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,6})?")


def luhn_ok(digits: str) -> bool:
    """Tell whether the last digit of a card number fits the others (ISO/IEC 7812-1)."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        digit = int(char)
        if place % 2:
            digit = digit * 2 - 9 * (digit > 4)
        total += digit
    return total % 10 == 0


def check_value(
    field: FormField, value: Any, code_lists: CodeLists, today: date | None = None
) -> Problem | None:
    """Return the first finding about a value that is not blank, or None when it is good.

    Args:
        field: The definition; label, limits and pattern come from it.
        value: As kept in the draft: bool for yes_no, text for everything else (numbers may be
            int or float).
        code_lists: Needed for ``choice``.
        today: Needed to say that an ID number's birth lies in the future.
    """
    text = str(value).strip()
    found = _shape(field, value, text)
    if found is not None or field.type == "yes_no":
        return found
    if field.type == "choice":
        return _choice(field, text, code_lists)
    if field.type == "id_number":
        return _id_number(field, text, today)
    if field.code.endswith(".uscc"):
        return next(iter(check_uscc(text, field.code).problems), None)
    found = _CHECKS[field.type](field, text)
    if found is None and field.pattern and not _pattern(field.pattern).fullmatch(text):
        hint = field.pattern_hint or "请按要求的格式填写"
        return _stop(field, "FIELD-PATTERN", f"「{field.label}」格式不对：{hint}。")
    return found


def _shape(field: FormField, value: Any, text: str) -> Problem | None:
    """Check what holds for every type: the kind of value, readable characters, length."""
    if field.type == "yes_no":
        if isinstance(value, bool):
            return None
        return _stop(field, "FIELD-YESNO", f"「{field.label}」请选「是」或「否」。")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return _stop(field, "FIELD-TYPE", f"「{field.label}」的内容读不懂，请重新填写。")
    if _CONTROL.search(text):
        return _stop(field, "FIELD-CONTROL", f"「{field.label}」里有看不见的乱码，请删掉重填。")
    if len(text) > field.max_len:
        words = f"「{field.label}」最多 {field.max_len} 个字，现在是 {len(text)} 个字。"
        return _stop(field, "FIELD-LENGTH", words)
    return None


@lru_cache(maxsize=256)
def _pattern(source: str) -> re.Pattern[str]:
    return re.compile(source)


def _stop(field: FormField, code: str, text: str, severity: Severity = "error") -> Problem:
    return Problem(code, text, severity, field.code)


def _choice(field: FormField, text: str, code_lists: CodeLists) -> Problem | None:
    if text in code_lists.get(field.code_list, {}):
        return None
    return _stop(field, "FIELD-CHOICE", f"「{field.label}」请从列表里选一项。")


def _id_number(field: FormField, text: str, today: date | None) -> Problem | None:
    found = check_id_number(text, today or date.max, field=field.code).problems
    stops = [p for p in found if p.severity == "error"]
    return next(iter([*stops, *found]), None)


def _free(_field: FormField, _text: str) -> Problem | None:
    return None


def _number(field: FormField, text: str) -> Problem | None:
    if not _NUMBER.fullmatch(text):
        return _stop(field, "FIELD-NUMBER", f"「{field.label}」请填数字。")
    return _limits(field, float(text))


def _limits(field: FormField, number: float) -> Problem | None:
    if field.min is not None and number < field.min:
        return _stop(field, "FIELD-MIN", f"「{field.label}」不能小于 {field.min:g}。")
    if field.max is not None and number > field.max:
        return _stop(field, "FIELD-MAX", f"「{field.label}」不能大于 {field.max:g}。")
    return None


def _money(field: FormField, text: str) -> Problem | None:
    try:
        amount = Decimal(text)
        good = amount.is_finite() and amount >= 0 and amount == round(amount, 2)
    except InvalidOperation:
        good = False
    if not good:
        return _stop(
            field, "FIELD-MONEY", f"「{field.label}」请填金额（元），最多两位小数，不能是负数。"
        )
    return _limits(field, float(text))


def _date(field: FormField, text: str) -> Problem | None:
    if len(text) == 10 and parse_day(text):
        return None
    return _stop(field, "FIELD-DATE", f"「{field.label}」请填真实的日期，例如 2026-11-22。")


def _month(field: FormField, text: str) -> Problem | None:
    if _MONTH.fullmatch(text):
        return None
    return _stop(field, "FIELD-MONTH", f"「{field.label}」请填年和月，例如 2026-11。")


def _region(field: FormField, text: str) -> Problem | None:
    if _REGION.fullmatch(text):
        return None
    return _stop(
        field, "FIELD-REGION", f"「{field.label}」请选到县、乡镇或村（6、9 或 12 位代码）。"
    )


def _account(field: FormField, text: str) -> Problem | None:
    digits = "".join(text.split())
    if not _ACCOUNT.fullmatch(digits):
        return _stop(
            field, "FIELD-ACCOUNT", f"「{field.label}」应是 8 到 30 位数字，请对照卡面核对。"
        )
    # Passbooks and old rural accounts have no check digit: only a hint.
    if _BANK_CARD.fullmatch(digits) and not luhn_ok(digits):
        return _stop(
            field,
            "FIELD-ACCOUNT-CHECK",
            f"「{field.label}」校验不对，可能输错了一位，请对照卡面核对。",
            "warning",
        )
    return None


def _phone(field: FormField, text: str) -> Problem | None:
    return next(iter(check_mobile(text, field.code).problems), None)


_CHECKS: dict[str, Callable[[FormField, str], Problem | None]] = {
    "text": _free,
    "textarea": _free,
    "number": _number,
    "money": _money,
    "date": _date,
    "month": _month,
    "region": _region,
    "account": _account,
    "phone": _phone,
}
