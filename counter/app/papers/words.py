# SPDX-License-Identifier: MulanPSL-2.0
"""Words of papers: days, moments, codes. One place, so that every paper says the same."""

from __future__ import annotations

from datetime import date, datetime

_WEEKDAY = "一二三四五六日"
UNIT = {"G": "个工作日", "Z": "天", "H": "小时"}
PROJECT = {"1": "即办件", "2": "承诺件", "9": "其他"}
ID_WORDS = {
    "111": "居民身份证",
    "112": "临时身份证",
    "113": "户口簿",
    "114": "军官证",
    "115": "警官证（武警）",
    "117": "出生医学证明",
    "123": "警官证",
    "133": "学生证",
    "154": "居住证",
    "335": "驾驶证",
    "411": "外交护照",
    "412": "公务护照",
    "413": "因公普通护照",
    "414": "护照",
    "511": "台胞证",
    "513": "往来港澳通行证",
    "516": "港澳居民来往内地通行证",
    "553": "外国人永久居留证",
    "554": "外国人居留证",
}


def day_words(iso: str) -> str:
    """Return e.g. ``2026年11月27日（周五）`` for an ISO day or moment; '' stays ''."""
    if not iso:
        return ""
    day = date.fromisoformat(iso[:10])
    return f"{day.year}年{day.month}月{day.day}日（周{_WEEKDAY[day.weekday()]}）"


def moment_words(iso: str) -> str:
    """Return e.g. ``2026年11月22日 10:31`` for an ISO moment; '' stays ''."""
    if not iso:
        return ""
    at = datetime.fromisoformat(iso)
    return f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"
