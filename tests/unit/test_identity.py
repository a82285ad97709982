# SPDX-License-Identifier: MulanPSL-2.0
"""Identity numbers, papers, phones, names, masks, regions, check characters."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc
from stdnum.iso7064 import mod_11_2, mod_37_36

from counter.domain import checkchars
from counter.domain.errors import KnownError
from counter.domain.identity import (
    age_on,
    check_document,
    check_id_number,
    check_mobile,
    check_uscc,
    mask_account,
    mask_id,
    mask_name,
    mask_phone,
)
from counter.domain.names import characters, check_name, normalise_name
from counter.domain.problems import Problem
from counter.domain.regions import RegionTable

TODAY = date(2026, 11, 22)
REGIONS = RegionTable.from_json(
    (Path(__file__).parents[2] / "resources/regions/regions.json").read_bytes()
)


class _Checked(Protocol):
    @property
    def problems(self) -> tuple[Problem, ...]: ...


def codes(checked: _Checked) -> list[str]:
    assert all(p.text.endswith("。") and p.field for p in checked.problems)
    return [p.code for p in checked.problems]


def with_check(first17: str) -> str:
    return first17 + checkchars.mod11_2(first17)


@pytest.mark.parametrize(
    ("number", "birth", "sex"),
    [
        ("990123194603080124", date(1946, 3, 8), "2"),
        ("990123195111200032", date(1951, 11, 20), "1"),
        ("990123198506150010", date(1985, 6, 15), "1"),
        ("990123201809010044", date(2018, 9, 1), "2"),
    ],
)
def test_fictional_numbers_of_the_brief(number: str, birth: date, sex: str) -> None:
    checked = check_id_number(f" {number[:6]} {number[6:14]}-{number[14:]}", TODAY, REGIONS.known)
    assert (checked.normalised, checked.birth, checked.sex) == (number, birth, sex)
    assert (checked.kind, checked.region, checked.problems) == ("resident", "990123", ())
    assert checked.ok
    assert check_id_number(number, TODAY).kind == "resident"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["ID-EMPTY"]),
        ("99012319460308012", ["ID-LENGTH"]),
        ("9901231946030801244", ["ID-LENGTH"]),
        ("9901231946030801A4", ["ID-CHARS"]),
        ("99012319460308012Y", ["ID-CHARS"]),
        ("990123194603080125", ["ID-CHECK"]),
        (with_check("99012319460231012"), ["ID-DATE"]),
        (with_check("99012320261123012"), ["ID-FUTURE"]),
        (with_check("99012318951121012"), ["ID-AGE"]),
        (with_check("99012318951123012"), []),
        (with_check("98012319460308012"), ["ID-REGION"]),
        (with_check("12999919460308012"), ["ID-REGION"]),
    ],
)
def test_bad_numbers_are_named(text: str, expected: list[str]) -> None:
    assert codes(check_id_number(text, TODAY, REGIONS.known)) == expected


def test_region_is_only_a_warning_and_small_x_is_put_right() -> None:
    number = next(n for i in range(999) if (n := with_check(f"11010519491231{i:03d}"))[-1] == "X")
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number.lower())
    checked = check_id_number(wide, TODAY, lambda _: False)
    assert checked.normalised == number
    assert checked.ok
    assert codes(checked) == ["ID-REGION"]


def test_fifteen_digits_are_converted_with_a_warning() -> None:
    checked = check_id_number("990123460308012", TODAY, REGIONS.known)
    assert checked.normalised == "990123194603080124"
    assert codes(checked) == ["ID-15"]


def test_kinds_of_cards() -> None:
    kinds = {
        p: check_id_number(with_check(f"{p}19800101001"), TODAY, REGIONS.known).kind
        for p in ("810000", "820000", "830000", "911840", "110105")
    }
    assert list(kinds.values()) == [*["hmt_residence"] * 3, "foreign_permanent", "resident"]


@given(st.from_regex(r"[1-6][0-9]{5}(19|20)[0-9]{9}[0-9X]", fullmatch=True))
def test_agrees_with_stdnum_about_the_check_digit(number: str) -> None:
    mine = "ID-CHECK" not in codes(check_id_number(number, TODAY))
    birth_ok = "ID-DATE" not in codes(check_id_number(number, TODAY))
    assert mine == (ric.calc_check_digit(number) == number[-1])
    assert birth_ok == (check_id_number(number, TODAY).birth is not None)


def test_age_counts_completed_years() -> None:
    assert age_on(date(1946, 11, 22), TODAY) == 80
    assert age_on(date(1946, 11, 23), TODAY) == 79


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("11990123mb9000001w", []),
        ("12441500196720244T", []),
        ("", ["USCC-EMPTY"]),
        ("11990123MB900000", ["USCC-LENGTH"]),
        ("11990123MB90000OIW", ["USCC-CHARS"]),
        ("11990123MB9000001X", ["USCC-CHECK"]),
        ("21990123MB9000001" + checkchars.uscc_check("21990123MB9000001"), ["USCC-REGISTRAR"]),
    ],
)
def test_organisation_codes(text: str, expected: list[str]) -> None:
    assert codes(check_uscc(text)) == expected


@given(st.text(checkchars.ALPHABET_USCC, min_size=17, max_size=17))
def test_uscc_check_agrees_with_stdnum(first17: str) -> None:
    assert checkchars.uscc_check(first17) == uscc.calc_check_digit(first17 + "0")


@given(
    st.text(checkchars.ALPHABET_36, min_size=1),
    st.integers(0, 99),
    st.sampled_from(checkchars.ALPHABET_36),
)
def test_mod37_36_agrees_with_stdnum_and_finds_single_errors(
    text: str, at: int, other: str
) -> None:
    full = text + checkchars.mod37_36(text)
    assert checkchars.mod37_36(text) == mod_37_36.calc_check_digit(text)
    assert checkchars.mod37_36_ok(full)
    at %= len(full)
    assert checkchars.mod37_36_ok(full[:at] + other + full[at + 1 :]) == (full[at] == other)


@given(st.text("0123456789", min_size=1))
def test_mod11_2_agrees_with_stdnum(digits: str) -> None:
    assert checkchars.mod11_2(digits) == mod_11_2.calc_check_digit(digits)
    assert checkchars.mod11_2_ok(digits + checkchars.mod11_2(digits))


def test_check_characters_refuse_strange_text() -> None:
    assert not checkchars.mod37_36_ok("")
    assert not checkchars.mod11_2_ok("12A4")
    with pytest.raises(ValueError, match="alphabet"):
        checkchars.mod37_36("a")


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("111", "990123194603080124", []),
        ("112", "990123194603080125", ["ID-CHECK"]),
        ("154", "990123194603080124", []),
        ("154", "AB12345678", []),
        ("335", "990123194603080124", []),
        ("335", "12", ["DOC-FORM"]),
        ("414", "e12345678", []),
        ("414", "EA1234567", []),
        ("414", "AB123", ["DOC-FORM"]),
        ("511", "12345678", []),
        ("511", "1234567", ["DOC-FORM"]),
        ("516", "H1234567801", []),
        ("516", "X12345678", ["DOC-FORM"]),
        ("553", "USA110119800101", []),
        ("553", with_check("91184019800101001"), []),
        ("114", "军字第0123号", []),
        ("999", "1", ["DOC-TYPE"]),
        ("990", " ", ["DOC-EMPTY"]),
        ("990", "1" * 31, ["DOC-LENGTH"]),
    ],
)
def test_papers(kind: str, text: str, expected: list[str]) -> None:
    checked = check_document(kind, text, TODAY)
    assert codes(checked) == expected
    assert checked.ok == all(p.severity == "warning" for p in checked.problems)


@pytest.mark.parametrize(
    ("text", "number", "expected"),
    [
        ("", "", []),
        ("+86 138-0000-1234", "13800001234", []),
        ("(0571) 8765 4321", "057187654321", ["PHONE-FIXED"]),
        ("1380000123", "1380000123", ["PHONE-LENGTH"]),
        ("没有", "没有", ["PHONE-FORM"]),
    ],
)
def test_phones_are_optional(text: str, number: str, expected: list[str]) -> None:
    checked = check_mobile(text)
    assert (checked.normalised, codes(checked)) == (number, expected)
    assert checked.ok == (expected in ([], ["PHONE-FIXED"]))


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("王小兰", "王*兰"),
        ("王兰", "王*"),
        ("王", "*"),
        ("欧阳娜娜", "欧**娜"),
        ("马·阿不提", "马·阿*提"),
        ("买买提•艾合买提", "买*提·艾**提"),
        ("JOHN SMITH", "J**N S***H"),
        ("", "*"),
    ],
)
def test_masked_names(name: str, masked: str) -> None:
    assert mask_name(name) == masked


def test_other_masks() -> None:
    assert mask_id("990123194603080124") == "990***********0124"
    assert mask_id("E12345678") == "E1*****78"
    assert mask_id("12345") == "1***5"
    assert mask_id("12") == "**"
    assert mask_phone("13800001234") == "138****1234"
    assert mask_phone("87654321") == "******21"
    assert mask_account("6217000012345678") == "************5678"
    assert mask_account("12345") == "*****"


@pytest.mark.parametrize("dot", list("·・•．‧∙⋅･"))
def test_one_middle_dot(dot: str) -> None:
    text = f"阿不力孜{dot}买买提"
    checked = check_name(text)
    assert (checked.as_on_card, checked.normalised) == (text, "阿不力孜·买买提")
    assert checked.ok


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("王　兰", []),
        ("", ["NAME-EMPTY"]),
        ("龘", []),
        ("字" * 50, []),
        ("字" * 51, ["NAME-LENGTH"]),
        ("王\x07兰", ["NAME-CONTROL"]),
        ("王\ue863", ["NAME-PUA"]),
        ("王2", ["NAME-DIGIT"]),
        ("·王", ["NAME-DOT"]),
    ],
)
def test_names(text: str, expected: list[str]) -> None:
    assert codes(check_name(text)) == expected


def test_display_form_of_names() -> None:
    assert normalise_name(" 王　兰 ") == "王兰"
    assert normalise_name("ＪＯＨＮ  SMITH") == "JOHN SMITH"
    assert normalise_name("马 · 阿不提") == "马·阿不提"
    assert normalise_name("﨑") == "﨑"
    assert characters("\U000e0100葛\U000e0100城") == ["\U000e0100", "葛\U000e0100", "城"]


@given(st.text(max_size=60))
def test_nothing_typed_ever_raises(text: str) -> None:
    check_id_number(text, TODAY)
    check_mobile(text)
    check_uscc(text)
    check_document("414", text, TODAY)
    once = check_name(text).normalised
    assert normalise_name(once) == once
    assert text == "" or mask_name(text) != ""


def test_regions_with_history() -> None:
    assert REGIONS.full_name("990123") == "训练省训练市训练县"
    assert REGIONS.name("120110", date(1980, 1, 1)) == "东郊区"
    assert REGIONS.name("120110") == "东丽区"
    assert REGIONS.full_name("110105") == "北京市朝阳区"
    assert REGIONS.name("000000") == ""
    assert REGIONS.known("110103")
    with pytest.raises(KnownError, match="REG-BAD"):
        RegionTable.from_json("{}")
