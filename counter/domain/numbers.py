# SPDX-License-Identifier: MulanPSL-2.0
"""Numbers on papers: receipt numbers made offline, official case numbers, licence identifiers."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date

from counter.domain.checkchars import mod37_36, mod37_36_ok
from counter.domain.errors import DomainError, KnownError
from counter.domain.identity import check_uscc
from counter.domain.problems import Problem, squeeze

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MAX_SERIAL = 9999
TASK_CODE_LENGTH = 31
PROJECT_NO_LENGTH = 43
PROJECT_NO_MAX = 50

_FIELD = "case.receipt_no"
_LOOKALIKES = str.maketrans("OIL", "011")
_LICENCE_ROOT = "1.2.156.3005.2"


@dataclass(frozen=True, slots=True)
class ReceiptNo:
    """A receipt number by its parts (sync-protocol §1)."""

    hall_code: str
    counter_no: int
    day: date
    serial: int
    tag: str
    check: str

    def __str__(self) -> str:
        return (
            f"{self.hall_code}-{self.counter_no:02d}-{self.day:%y%m%d}"
            f"-{self.serial:04d}-{self.tag}{self.check}"
        )


def tag_source(op_id: str, device_id: str, prev_hash: str, seq: int) -> str:
    """Return the hex digest from which a receipt number takes its tag.

    The number is part of the operation's body, so the hash of the whole operation cannot be used:
    it would have to contain itself. This is SHA-256 over op_id, device_id, prev_hash and seq,
    joined by line feeds. Two clones of one disk still differ, because op_id has random bits.
    See docs/adr/0006-receipt-number-tag.md.
    """
    joined = "\n".join((op_id, device_id, prev_hash, str(seq)))
    return hashlib.sha256(joined.encode()).hexdigest()


def make_receipt_no(
    hall_code: str, counter_no: int, day: date, serial: int, op_hash_hex: str
) -> str:
    """Make ``HHHHH-CC-yyMMdd-SSSS-TTK``; needs no network and stays valid for ever.

    Args:
        hall_code: Five Crockford base32 characters, given by the centre at enrolment.
        counter_no: Number of the counter in the hall, 0-99.
        day: Day of receipt at the counter.
        serial: Serial of the day at this counter, 1-9999.
        op_hash_hex: What ``tag_source`` returned; the first ten bits make the tag.

    Raises:
        KnownError: NUM-SETUP if hall or counter are not set up, NUM-DAY if the clock is impossible,
            NUM-SERIAL if the day's 9999 numbers are used up.
        ValueError: If the serial is below 1 or the digest is not hex (a fault of the program).
    """
    if not re.fullmatch(f"[{CROCKFORD}]{{5}}", hall_code) or not 0 <= counter_no <= 99:
        raise KnownError(
            code="NUM-SETUP",
            what="本机的大厅代码或窗口号没有设置好，暂时不能生成收件编号。",
            todo="请联系值班长核对窗口设置。",
        )
    if not 2000 <= day.year <= 2099:
        raise KnownError(
            code="NUM-DAY",
            what="本机日期明显不对，暂时不能生成收件编号。",
            todo="请先把本机日期调对。",
        )
    if serial > MAX_SERIAL:
        raise KnownError(
            code="NUM-SERIAL",
            what=f"本窗口今天的{MAX_SERIAL}个收件编号已经用完。",
            todo="请换一个窗口收件，或联系值班长。",
        )
    if serial < 1:
        raise ValueError("serial starts at 1")
    bits = int(op_hash_hex[:3], 16) >> 2
    tag = CROCKFORD[bits >> 5] + CROCKFORD[bits & 31]
    check = mod37_36(f"{hall_code}{counter_no:02d}{day:%y%m%d}{serial:04d}{tag}")
    return str(ReceiptNo(hall_code, counter_no, day, serial, tag, check))


def parse_receipt_no(text: str) -> ReceiptNo:
    """Read a receipt number as people type or say it.

    Spaces, any dashes, small and full-width letters are taken; O is read as 0, I and L as 1, except
    in the check character, which may really be one of those letters.

    Raises:
        DomainError: NUM-LENGTH, NUM-HALL, NUM-COUNTER, NUM-DATE, NUM-SERIAL, NUM-TAG or NUM-CHECK;
            the words say which part looks wrong.
    """
    plain = squeeze(text)
    if len(plain) != 20:
        raise _wrong(
            "NUM-LENGTH",
            f"收件编号应为20位字母和数字（横线不算），现在是{len(plain)}位。",
        )
    body, check = plain[:19].translate(_LOOKALIKES), plain[19]
    if not re.fullmatch(f"[{CROCKFORD}]{{5}}", body[:5]):
        raise _wrong("NUM-HALL", "收件编号第1段（大厅代码，前5位）里有不会出现的字。")
    if not _digits(body[5:7]):
        raise _wrong("NUM-COUNTER", "收件编号第2段（窗口号，2位）应全是数字。")
    day = _day(f"20{body[7:13]}")
    if day is None:
        raise _wrong("NUM-DATE", "收件编号第3段（日期，6位）不是真实的年月日。")
    if not _digits(body[13:17]) or body[13:17] == "0000":
        raise _wrong("NUM-SERIAL", "收件编号第4段（当日序号，4位）应是0001到9999的数字。")
    if not re.fullmatch(f"[{CROCKFORD}]{{2}}", body[17:]):
        raise _wrong("NUM-TAG", "收件编号最后一段的前两位里有不会出现的字。")
    if not mod37_36_ok(body + check):
        hint = "；最后一位请分清数字0和字母O、数字1和字母I" if check in "01OI" else ""
        raise _wrong("NUM-CHECK", f"收件编号校验不对，可能有一位输错或念错{hint}。")
    return ReceiptNo(body[:5], int(body[5:7]), day, int(body[13:17]), body[17:], check)


@dataclass(frozen=True, slots=True)
class ProjectNo:
    """An official 办件编号: always kept as given, parts only when it has the usual form."""

    text: str
    task_code: str | None
    day: date | None
    serial: int | None
    problems: tuple[Problem, ...]


def parse_project_no(text: str) -> ProjectNo:
    """Read an official 办件编号 (31 实施编码 + yyyyMMdd + 4 digits in most places, §3.5).

    Longer serials are those past 9999 a day and leased ones.

    Provinces use other forms too, so another form is only a warning; the exchange tables allow at
    most 50 characters.
    """
    number = text.strip()
    field = "case.project_no"
    if not number or len(number) > PROJECT_NO_MAX:
        words = f"办件编号应有1到{PROJECT_NO_MAX}个字，现在是{len(number)}个字，请核对。"
        return ProjectNo(number, None, None, None, (Problem("PNO-LENGTH", words, "error", field),))
    task, tail = number[:TASK_CODE_LENGTH], number[TASK_CODE_LENGTH:]
    day = _day(tail[:8]) if len(tail) >= 12 and _digits(tail) else None
    if day is None:
        words = "这个办件编号不是常见的43位格式，已照原样保存，请对照平台核对。"
        return ProjectNo(number, None, None, None, (Problem("PNO-FORM", words, "warning", field),))
    return ProjectNo(number, task, day, int(tail[8:]), check_task_code(task, field))


def format_project_no(task_code: str, day: date, serial: int) -> str:
    """Put together an official 办件编号 in the usual 43-character form.

    Raises:
        ValueError: If the item code is not 31 characters or the serial is not 1-9999.
    """
    if len(task_code) != TASK_CODE_LENGTH or not 1 <= serial <= MAX_SERIAL:
        raise ValueError("31-character item code and a serial of 1-9999 are needed")
    return f"{task_code}{day:%Y%m%d}{serial:04d}"


def check_task_code(text: str, field: str = "item.task_code") -> tuple[Problem, ...]:
    """Compare an 实施编码 with the 31-character form (§2.2); findings are warnings only."""
    level_and_item = text[18:]
    if len(text) != TASK_CODE_LENGTH or not re.fullmatch(r"[1-7][0-9A-Z]{12}", level_and_item):
        words = "实施编码不是常见的31位格式，已照原样使用。"
        return (Problem("TASK-FORM", words, "warning", field),)
    if not check_uscc(text[:18]).ok:
        words = "实施编码前18位不是有效的统一社会信用代码，已照原样使用。"
        return (Problem("TASK-USCC", words, "warning", field),)
    return ()


@dataclass(frozen=True, slots=True)
class LicenceId:
    """An 电子证照标识 (GB/T 36904) by its parts; ``type_code`` and so on are empty if unreadable."""

    text: str
    type_code: str
    issuer: str
    serial: str
    version: str
    problems: tuple[Problem, ...]


def check_licence_id(text: str) -> LicenceId:
    """Check a typed or scanned 电子证照标识 offline.

    ``1.2.156.3005.2.<type 21>.<issuer 18>.<serial>.<version 3>.<check>``; the check character is
    MOD 37,36 over the four middle parts without dots (§7). A wrong check is a warning, because
    identifiers that do not follow it are in use.
    """
    plain = re.sub(r"[\s。．]", lambda m: "" if m[0].isspace() else ".", text).upper()
    field = "licence.identifier"
    root, rest = plain[: len(_LICENCE_ROOT)], plain[len(_LICENCE_ROOT) + 1 :].split(".")
    if (
        root != _LICENCE_ROOT
        or len(rest) != 5
        or not all(re.fullmatch("[0-9A-Z]+", p) for p in rest)
    ):
        words = f"电子证照标识应以{_LICENCE_ROOT}开头，后面用点隔开5段，请对照证照核对。"
        return LicenceId(plain, "", "", "", "", (Problem("LIC-FORM", words, "error", field),))
    kind, issuer, serial, version, check = rest
    found: list[Problem] = []
    if (len(kind), len(issuer), len(version)) != (21, 18, 3):
        words = "电子证照标识里类型、机构或版本一段的长度不对，请对照证照核对。"
        found.append(Problem("LIC-LENGTH", words, "warning", field))
    if mod37_36(kind + issuer + serial + version) != check:
        words = "电子证照标识的校验位不对，可能有一位输错了，请对照证照核对。"
        found.append(Problem("LIC-CHECK", words, "warning", field))
    return LicenceId(plain, kind, issuer, serial, version, tuple(found))


def _wrong(code: str, what: str) -> DomainError:
    return DomainError(code=code, what=what, todo="请对照凭证再核对一遍。", field=_FIELD)


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _day(digits: str) -> date | None:
    try:
        return (
            date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])) if _digits(digits) else None
        )
    except ValueError:
        return None
