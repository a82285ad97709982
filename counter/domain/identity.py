# SPDX-License-Identifier: MulanPSL-2.0
"""Offline checks of identity numbers, papers, organisation codes and phones (domain brief §4.1).

A check never raises for what was typed. It returns the normal form and findings; only findings of
severity ``error`` stop a step, because a counter must be able to receive odd but real papers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from counter.domain.checkchars import ALPHABET_USCC, mod11_2, uscc_check
from counter.domain.masking import mask_account, mask_id, mask_name, mask_phone
from counter.domain.problems import Problem, Severity, TextCheck, has_errors, squeeze

__all__ = [
    "DocumentCheck",
    "IdCheck",
    "Problem",
    "TextCheck",
    "age_on",
    "check_document",
    "check_id_number",
    "check_mobile",
    "check_uscc",
    "mask_account",
    "mask_id",
    "mask_name",
    "mask_phone",
]

MAX_AGE = 130
_PROVINCE_BLOCKS = ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
PROVINCES = frozenset(
    str(code) for first, last in _PROVINCE_BLOCKS for code in range(first, last + 1)
)
"""First two digits of GB/T 2260; 81 82 83 also open the residence permits of 港澳台."""

Kind = Literal["resident", "hmt_residence", "foreign_permanent"]
Sex = Literal["1", "2"]
KnownRegions = Callable[[str], bool]

_FIELD_ID = "person.id_number"
_FIELD_DOC = "person.doc_number"
_FIELD_ORG = "org.uscc"
_FIELD_PHONE = "person.mobile"


@dataclass(frozen=True, slots=True)
class IdCheck:
    """A checked 18-digit number of GB 11643 or of a card that follows it.

    Attributes:
        normalised: 18 characters, capital X (a 15-digit number is converted).
        birth: Date of birth, None when it is not a real date.
        sex: GB/T 2261.1 code from the 17th digit, None when there is none.
        region: First six digits, GB/T 2260 at the time of issue.
        kind: Which card carries the number.
        problems: What was found.
    """

    normalised: str
    birth: date | None
    sex: Sex | None
    region: str
    kind: Kind
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """True when nothing stops the step."""
        return not has_errors(self.problems)


@dataclass(frozen=True, slots=True)
class DocumentCheck:
    """A checked paper: the normal form, findings, and the parts when it is an identity number."""

    normalised: str
    problems: tuple[Problem, ...]
    id_check: IdCheck | None = None

    @property
    def ok(self) -> bool:
        """True when nothing stops the step."""
        return not has_errors(self.problems)


def age_on(birth: date, today: date) -> int:
    """Return completed years of age; a person born on 29 February ages on 1 March."""
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def check_id_number(
    text: str, today: date, known_regions: KnownRegions | None = None, field: str = _FIELD_ID
) -> IdCheck:
    """Check an identity number by GB 11643.

    Args:
        text: As typed or read; spaces, dashes, full-width and small x are put right.
        today: Today at the counter.
        known_regions: Tells whether a six-digit code was ever assigned; None skips the question.
        field: Semantic field code for the findings.
    """
    number = squeeze(text)
    found = _Findings(field)
    if re.fullmatch(r"[0-9]{15}", number):
        number = number[:6] + "19" + number[6:]
        number += mod11_2(number)
        found.warn(
            "ID-15",
            "这是15位的老号码，已换算成18位；15位身份证早已停用，不能当有效证件，请查看新证件。",
        )
    elif not _shape_ok(number, found):
        return IdCheck(number, None, None, number[:6], "resident", found.all())
    birth = _birth(number, today, found)
    if mod11_2(number[:17]) != number[17]:
        found.stop("ID-CHECK", "身份证号校验不对，可能有一位输错了，请对照证件逐位核对。")
    region = number[:6]
    kind = _kind(number, known_regions)
    if kind == "foreign_permanent":
        if number[1:3] not in PROVINCES:
            found.warn("ID-REGION", "号码第2、3位不是省级代码，请对照永久居留证核对。")
    elif known_regions is not None and not known_regions(region):
        found.warn(
            "ID-REGION", "前6位行政区划代码不在本机名录里，可能是撤并前的老代码，请对照证件核对。"
        )
    sex: Sex = "1" if int(number[16]) % 2 else "2"
    return IdCheck(number, birth, sex, region, kind, found.all())


def check_uscc(text: str, field: str = _FIELD_ORG) -> TextCheck:
    """Check a 统一社会信用代码 by GB 32100: length, alphabet, registrar, check character."""
    code = squeeze(text)
    found = _Findings(field)
    strange = sorted(set(code) - set(ALPHABET_USCC))
    if not code:
        found.stop("USCC-EMPTY", "请填写统一社会信用代码。")
    elif len(code) != 18:
        found.stop("USCC-LENGTH", f"统一社会信用代码应为18位，现在是{len(code)}位，请核对。")
    elif strange:
        listed = "、".join(f"“{c}”" for c in strange[:3])
        found.stop(
            "USCC-CHARS", f"统一社会信用代码里不会出现{listed}（没有字母I、O、S、V、Z），请核对。"
        )
    elif uscc_check(code[:17]) != code[17]:
        found.stop("USCC-CHECK", "统一社会信用代码校验不对，可能有一位输错了，请逐位核对。")
    elif code[0] not in "159Y":
        found.warn("USCC-REGISTRAR", "首位登记管理部门代码不常见，请对照证照核对。")
    return TextCheck(code, found.all())


def check_mobile(text: str, field: str = _FIELD_PHONE) -> TextCheck:
    """Check a phone number. Empty is fine: a mobile is never required of a citizen."""
    number = squeeze(text).replace("(", "").replace(")", "")
    number = re.sub(r"^(\+|00)86(?=1)", "", number)
    found = _Findings(field)
    if not number or re.fullmatch(r"1[3-9][0-9]{9}", number):
        return TextCheck(number)
    if re.fullmatch(r"0[0-9]{9,11}|[2-8][0-9]{6,7}", number):
        found.warn("PHONE-FIXED", "这是座机号码，收不到短信，请确认能用它联系到本人。")
    elif number.isdigit() and number.startswith("1"):
        found.stop("PHONE-LENGTH", f"手机号应为11位、第二位是3到9，现在是{len(number)}位，请核对。")
    else:
        found.stop("PHONE-FORM", "这不像电话号码，请核对；没有手机可以不填，选“无手机”即可。")
    return TextCheck(number, found.all())


@dataclass(frozen=True, slots=True)
class _Shape:
    pattern: str
    words: str
    severity: Severity = "warning"


_ID_TYPES = frozenset({"111", "112"})
_LIKE_ID = frozenset({"154", "335", "553"})
"""Cards whose newer form carries an 18-digit number of the same build."""

_SHAPES = {
    "117": _Shape(r"[A-Z][0-9]{9}", "出生医学证明编号一般是1个字母加9位数字，请对照证件核对。"),
    "154": _Shape(r"[0-9A-Z]{8,20}", "居住证号码一般是18位，请对照证件核对。"),
    "335": _Shape(r"[0-9]{12}", "驾驶证号一般与身份证号相同，请对照证件核对。"),
    "411": _Shape(r"D[A-Z]?[0-9]{7,8}", "外交护照号一般以D开头，请对照护照核对。"),
    "412": _Shape(r"SE?[0-9]{7,8}", "公务护照号一般以S开头，请对照护照核对。"),
    "413": _Shape(r"P[A-Z]?[0-9]{7,8}", "因公普通护照号一般以P开头，请对照护照核对。"),
    "414": _Shape(
        r"[A-Z][0-9]{8}|E[A-Z][0-9]{7}",
        "我国护照号是1个字母加8位数字，或E加1个字母加7位数字；如是外国护照，请对照护照核对。",
    ),
    "511": _Shape(
        r"[0-9]{8}([0-9]{2})?", "台胞证号码应为8位数字（老证10位），请对照证件核对。", "error"
    ),
    "513": _Shape(
        r"[CW][0-9]{8}|C[A-Z][0-9]{7}",
        "往来港澳通行证号一般是C或W开头加8位，请对照证件核对。",
    ),
    "516": _Shape(
        r"[HM][0-9]{8}([0-9]{2})?",
        "回乡证号码应为H或M加8位数字（老证10位），请对照证件核对。",
        "error",
    ),
    "553": _Shape(
        r"[A-Z]{3}[0-9]{12}",
        "永久居留证号码应为3个字母加12位数字，新版是9开头的18位，请对照证件核对。",
        "error",
    ),
}
_GENERIC = frozenset({"113", "114", "115", "123", "133", "554", "990"})


def check_document(
    doc_type_code: str, text: str, today: date, known_regions: KnownRegions | None = None
) -> DocumentCheck:
    """Check a paper's number by its type (GA/T 2000.156 three-digit code, domain brief §4.2).

    Where the form is only custom, a mismatch is a warning; unknown types are taken with a warning.
    """
    if doc_type_code in _ID_TYPES:
        return _as_id(text, today, known_regions)
    number = squeeze(text)
    found = _Findings(_FIELD_DOC)
    shape = _SHAPES.get(doc_type_code)
    if not number:
        found.stop("DOC-EMPTY", "请填写证件号码。")
    elif len(number) > 30:
        found.stop("DOC-LENGTH", "证件号码最多30个字，请核对。")
    elif doc_type_code in _LIKE_ID and re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return _as_id(number, today, known_regions)
    elif shape is not None:
        if not re.fullmatch(shape.pattern, number):
            found.add("DOC-FORM", shape.words, shape.severity)
    elif doc_type_code not in _GENERIC:
        found.warn("DOC-TYPE", "本机不认识这种证件类型，号码没有核对，请对照证件再看一遍。")
    return DocumentCheck(number, found.all())


class _Findings:
    """Collects findings of one field in the order they were made."""

    def __init__(self, field: str) -> None:
        self._field = field
        self._list: list[Problem] = []

    def add(self, code: str, text: str, severity: Severity) -> None:
        self._list.append(Problem(code, text, severity, self._field))

    def stop(self, code: str, text: str) -> None:
        self.add(code, text, "error")

    def warn(self, code: str, text: str) -> None:
        self.add(code, text, "warning")

    def all(self) -> tuple[Problem, ...]:
        return tuple(self._list)


def _as_id(text: str, today: date, known_regions: KnownRegions | None) -> DocumentCheck:
    checked = check_id_number(text, today, known_regions, _FIELD_DOC)
    return DocumentCheck(checked.normalised, checked.problems, checked)


def _shape_ok(number: str, found: _Findings) -> bool:
    if not number:
        found.stop("ID-EMPTY", "请填写身份证号。")
        return False
    if len(number) != 18:
        hint = "少输了" if len(number) < 18 else "多输了"
        found.stop("ID-LENGTH", f"身份证号应为18位，现在是{len(number)}位，请核对是不是{hint}。")
        return False
    for place, c in enumerate(number, start=1):
        if c in "0123456789" or (place == 18 and c == "X"):
            continue
        allowed = "数字或字母X" if place == 18 else "数字"
        found.stop("ID-CHARS", f"身份证号第{place}位应是{allowed}，现在是“{c}”，请核对。")
        return False
    return True


def _birth(number: str, today: date, found: _Findings) -> date | None:
    try:
        birth = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        found.stop("ID-DATE", "身份证号第7到14位不是真实的日期，请对照证件核对。")
        return None
    if birth > today:
        found.stop("ID-FUTURE", "身份证号里的出生日期在今天之后，请核对号码和本机日期。")
    elif age_on(birth, today) > MAX_AGE:
        found.stop("ID-AGE", f"按身份证号算，年龄超过{MAX_AGE}岁，请对照证件核对。")
    return birth


def _kind(number: str, known_regions: KnownRegions | None) -> Kind:
    if number[:2] in {"81", "82", "83"}:
        return "hmt_residence"
    # 99…… is the invented region of training halls; every other 9 opens a permanent residence card.
    training = number.startswith("99") or (known_regions is not None and known_regions(number[:6]))
    return "foreign_permanent" if number[0] == "9" and not training else "resident"
