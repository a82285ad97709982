# SPDX-License-Identifier: MulanPSL-2.0
"""Receipt numbers, official case numbers, licence identifiers."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter.domain.checkchars import ALPHABET_36
from counter.domain.errors import DomainError, KnownError
from counter.domain.numbers import (
    CROCKFORD,
    check_licence_id,
    check_task_code,
    format_project_no,
    make_receipt_no,
    parse_project_no,
    parse_receipt_no,
    tag_source,
)

DAY = date(2026, 11, 22)
HASH = tag_source("op", "device", "0" * 64, 7)
GOOD = make_receipt_no("7K2QM", 3, DAY, 17, HASH)
TASK = "11990123MB9000001W5000511001000"

halls = st.text(CROCKFORD, min_size=5, max_size=5)
hashes = st.binary(min_size=32, max_size=32).map(bytes.hex)
numbers = st.builds(
    make_receipt_no,
    halls,
    st.integers(0, 99),
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.integers(1, 9999),
    hashes,
)


@given(numbers, st.booleans())
def test_round_trip_however_it_is_typed(number: str, spaced: bool) -> None:
    typed = number.lower().replace("-", " " if spaced else "—")
    body, check = typed[:-1], typed[-1]
    typed = body.replace("0", "o").replace("1", "l") + check
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isascii() and c.isalnum() else c for c in typed)
    assert str(parse_receipt_no(typed)) == number
    assert str(parse_receipt_no(wide)) == number


@given(numbers, st.integers(0, 19), st.sampled_from(ALPHABET_36))
def test_every_single_wrong_character_is_found(number: str, at: int, other: str) -> None:
    plain = number.replace("-", "")
    changed = plain[:at] + other + plain[at + 1 :]
    same = other == plain[at] or (
        at < 19 and {"O": "0", "I": "1", "L": "1"}.get(other) == plain[at]
    )
    if same:
        assert str(parse_receipt_no(changed)) == number
    else:
        with pytest.raises(DomainError, match="NUM-"):
            parse_receipt_no(changed)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (GOOD[:-1], "NUM-LENGTH"),
        (GOOD.replace("7K2QM", "7KUQM"), "NUM-HALL"),
        (GOOD.replace("-03-", "-A3-"), "NUM-COUNTER"),
        (GOOD.replace("261122", "261332"), "NUM-DATE"),
        (GOOD.replace("261122", "26A122"), "NUM-DATE"),
        (GOOD.replace("0017", "0000"), "NUM-SERIAL"),
        (GOOD.replace("0017", "00A7"), "NUM-SERIAL"),
        (f"{GOOD[:-3]}UU{GOOD[-1]}", "NUM-TAG"),
        (GOOD.replace("0017", "0018"), "NUM-CHECK"),
    ],
)
def test_the_error_names_the_part(text: str, code: str) -> None:
    with pytest.raises(DomainError) as caught:
        parse_receipt_no(text)
    assert caught.value.code == code
    assert caught.value.field == "case.receipt_no"


def test_zero_and_letter_o_are_told_apart_in_the_check_character() -> None:
    ends = (make_receipt_no("7K2QM", 3, DAY, n, HASH) for n in range(1, 999))
    number = next(n for n in ends if n[-1] == "O")
    with pytest.raises(DomainError, match="数字0和字母O"):
        parse_receipt_no(number[:-1] + "0")


@pytest.mark.parametrize(
    ("hall", "counter_no", "day", "serial", "code"),
    [
        ("7K2QM", 3, DAY, 10000, "NUM-SERIAL"),
        ("7K2Q", 3, DAY, 1, "NUM-SETUP"),
        ("7K2QM", 100, DAY, 1, "NUM-SETUP"),
        ("7K2QM", 3, date(1999, 1, 1), 1, "NUM-DAY"),
    ],
)
def test_numbers_that_cannot_be_made(
    hall: str, counter_no: int, day: date, serial: int, code: str
) -> None:
    with pytest.raises(KnownError, match=code):
        make_receipt_no(hall, counter_no, day, serial, HASH)


def test_serial_zero_is_a_fault_of_the_program() -> None:
    with pytest.raises(ValueError, match="serial"):
        make_receipt_no("7K2QM", 3, DAY, 0, HASH)


def test_tag_differs_between_clones_and_depends_on_every_part() -> None:
    base = ("op", "device", "0" * 64, 7)
    others = [
        ("op2", "device", "0" * 64, 7),
        ("op", "device2", "0" * 64, 7),
        ("op", "device", "1" * 64, 7),
        ("op", "device", "0" * 64, 8),
    ]
    assert len({tag_source(*parts) for parts in [base, *others]}) == 5
    assert (
        parse_receipt_no(GOOD).tag
        == CROCKFORD[int(HASH[:3], 16) >> 7] + (CROCKFORD[(int(HASH[:3], 16) >> 2) & 31])
    )


def test_official_case_number_of_the_brief() -> None:
    text = format_project_no(TASK, DAY, 1)
    assert text == f"{TASK}202611220001"
    assert len(text) == 43
    parsed = parse_project_no(f" {text} ")
    assert (parsed.task_code, parsed.day, parsed.serial) == (TASK, DAY, 1)
    assert parsed.problems == ()


@pytest.mark.parametrize(
    ("text", "code", "severity"),
    [
        ("", "PNO-LENGTH", "error"),
        ("1" * 51, "PNO-LENGTH", "error"),
        ("511A0138-000-1", "PNO-FORM", "warning"),
        (f"{TASK}202613220001", "PNO-FORM", "warning"),
        ("X" + TASK[1:] + "202611220001", "TASK-USCC", "warning"),
    ],
)
def test_other_forms_are_kept(text: str, code: str, severity: str) -> None:
    parsed = parse_project_no(text)
    assert parsed.text == text
    assert [(p.code, p.severity) for p in parsed.problems] == [(code, severity)]


def test_item_codes() -> None:
    assert check_task_code(TASK) == ()
    assert [p.code for p in check_task_code("511A0138000000")] == ["TASK-FORM"]
    for task, serial in (("short", 1), (TASK, 0)):
        with pytest.raises(ValueError, match="31-character"):
            format_project_no(task, DAY, serial)


SAMPLE = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U"


def test_licence_identifier_of_the_brief() -> None:
    checked = check_licence_id(SAMPLE.lower().replace(".", "。", 1))
    assert checked.text == SAMPLE
    assert (checked.issuer, checked.version, checked.problems) == ("11430000006122244L", "001", ())


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", ["LIC-FORM"]),
        ("1.2.156.3005.2.A.B", ["LIC-FORM"]),
        ("1.2.156.3005.2.A..C.D.E", ["LIC-FORM"]),
        (SAMPLE[:-1] + "V", ["LIC-CHECK"]),
        ("1.2.156.3005.2.A.B.C.D.0", ["LIC-LENGTH", "LIC-CHECK"]),
    ],
)
def test_licence_identifiers_with_faults(text: str, codes: list[str]) -> None:
    assert [p.code for p in check_licence_id(text).problems] == codes
