# SPDX-License-Identifier: MulanPSL-2.0
"""Remove whatever may be personal from text that is going to a log or a crash report.

The rule for programmers stays: do not log personal data. This is the net below it, and it would
rather remove too much.
"""

from __future__ import annotations

import re

HIDDEN = "[已隐去]"
# Field names whose value is a person's; matched in key=value, "key": "value" and key：value.
_FIELDS = (
    "name",
    "applicant",
    "applicant_name",
    "name_on_card",
    "address",
    "mobile",
    "phone",
    "id_no",
    "birth",
    "account",
    "password",
    "passphrase",
    "seed",
    "secret",
    "姓名",
    "住址",
    "地址",
    "电话",
    "手机",
    "身份证",
    "证件号",
    "口令",
    "密码",
)
_FIELD = re.compile(
    r"(?P<key>(?<![\w.])['\"]?(?:\w+\.)*(?:"
    + "|".join(_FIELDS)
    + r")(?:号码|号)?['\"]?\s*[=:：]\s*)"
    r"(?P<value>'[^'\n]*'|\"[^\"\n]*\"|[^\s,;，；)\]}]+)",
    re.IGNORECASE,
)
# What support needs and nobody is recognised by: UUIDs, receipt numbers, hashes, times.
_KEEP = (
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
    r"|\b[0-9A-Z]{5}-\d\d-\d{6}-\d{4}-[0-9A-Z]{3}\b"
    r"|\b(?=\d*[a-f])[0-9a-f]{32,64}\b"
    r"|\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d"
)
# Long runs of digits: ID numbers (15, 17 and X, 18), phones (11), accounts.
_DIGITS = re.compile(rf"(?P<keep>{_KEEP})|(?<!\d)(?:\d[ -]?){{10,30}}[\dXx]")
_TOKEN = re.compile(r"\beyJ[\w-]{10,}\.[\w-]+\.[\w-]+")
_AGE_KEY = re.compile(r"AGE-SECRET-KEY-[0-9A-Z]+", re.IGNORECASE)
_HOME = re.compile(r"(?i)((?:[/\\](?:home|users)[/\\]))[^/\\\s'\"]+")


def redact(text: str) -> str:
    """Return the text without ID numbers, phones, values of personal fields, tokens and keys."""
    text = _TOKEN.sub(HIDDEN, text)
    text = _AGE_KEY.sub(HIDDEN, text)
    text = _FIELD.sub(lambda found: f"{found['key']}{HIDDEN}", text)
    text = _DIGITS.sub(lambda found: found["keep"] or HIDDEN, text)
    return _HOME.sub(lambda found: f"{found[1]}{HIDDEN}", text)
