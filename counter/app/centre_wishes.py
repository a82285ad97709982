# SPDX-License-Identifier: MulanPSL-2.0
"""What the centre's policies make a counter say: an old catalogue, an old program (§4).

Neither stops anything: the counter says it and goes on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from counter.app.timekeeping import CENTRE, KIND

CATALOGUE_DAYS = 30


@dataclass(frozen=True)
class Wish:
    """One line for the banner; ``code`` is stable: ``CATALOG-OLD``, ``PROGRAM-OLD``."""

    code: str
    words: str


def centre_wishes(
    get: Callable[[str, str], dict[str, Any] | None], catalog: str, now: datetime, program: str
) -> tuple[Wish, ...]:
    """Return what to say now.

    Args:
        get: Reads a reference record by kind and id.
        catalog: Version of the catalogue in force.
        now: The present moment.
        program: Version of this program.
    """
    wishes: list[Wish] = []
    days = _positive(get("policy", "catalogue"), "age_days", CATALOGUE_DAYS)
    age = _days_since(str((get(KIND, CENTRE) or {}).get("centre_time", "")), now)
    if age > days:
        words = (
            f"事项目录（{catalog or '未编号'}）已 {age} 天没有和中心核对，可以照常收件；"
            "凭证上印有所用版本，联网后自动更新。"
        )
        wishes.append(Wish("CATALOG-OLD", words))
    policy = get("policy", "version") or {}
    minimum = str(policy.get("minimum", ""))
    if _numbers(program) < _numbers(minimum):
        said = str(policy.get("words", ""))
        words = f"中心要求程序不低于 {minimum}，本机是 {program}。{said}"
        wishes.append(Wish("PROGRAM-OLD", f"{words}可以照常收件，请联系管理员升级。"))
    return tuple(wishes)


def _positive(policy: dict[str, Any] | None, name: str, default: int) -> int:
    """Return a number of a policy; what makes no sense is passed over."""
    value = (policy or {}).get(name)
    return value if isinstance(value, int) and 1 <= value <= 365 else default


def _days_since(moment: str, now: datetime) -> int:
    """Return whole days since the centre was last heard; 0 when it never was or time is odd."""
    try:
        return max(0, (now - datetime.fromisoformat(moment)).days)
    except (ValueError, TypeError):
        return 0


def _numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version, without trailing zeros: 1.2 equals 1.2.0."""
    found = [int(part) for part in re.findall(r"\d+", version.split("+", maxsplit=1)[0])[:4]]
    while found and not found[-1]:
        found.pop()
    return tuple(found)
