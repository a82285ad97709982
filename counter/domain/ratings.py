# SPDX-License-Identifier: MulanPSL-2.0
"""好差评: what the citizen says on their own screen, sealed to the centre, and the 差评 loop.

Source: 国办发〔2019〕51号 (on the spot one rating per handling; voluntary; the clerk must not press;
the two lowest of five levels are 差评 and are followed up: contact, rectify, 申诉, 回访), GB/T
39734-2020. Levels, reasons and times are data (``resources/service/ratings.json``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Self

from pydantic import Field, model_validator

from counter.domain.calendar import WorkCalendar
from counter.domain.canonical import canonical_bytes
from counter.domain.clocks import CaseClock, start_clock
from counter.domain.errors import DomainError
from counter.domain.materials import Page
from counter.domain.operations import Frozen
from counter.domain.tickets import Amount, Loop, LoopStep

BEST, WORST = 1, 5
MAX_WORDS = 200
SEALED_SIZE = 2048
"""Every rating is padded to this before sealing: its length must not betray the level."""


class Level(Frozen):
    """One of the five levels; 1 is best."""

    level: int = Field(ge=BEST, le=WORST)
    name: str = Field(min_length=1)
    low: bool = False  # 差评


class Reason(Frozen):
    """One reason offered for a low level; texts are fixed, no local additions (GB/T 39734)."""

    code: str = Field(min_length=1, max_length=20)
    name: str = Field(min_length=2)
    about: str = ""  # indicator it counts for


class DefaultRule(Frozen):
    """What counts for a case nobody rated: places differ, so it is a setting."""

    counts: bool = True
    after_workdays: int = Field(default=5, ge=1)
    level: int = Field(default=2, ge=BEST, le=WORST)


class RatingTables(Frozen):
    """One version of the levels, reasons, channels and times."""

    version: str = Field(min_length=1)
    levels: tuple[Level, ...]
    indicators: dict[str, str] = Field(default_factory=dict)
    reasons: tuple[Reason, ...] = Field(min_length=1)
    channels: dict[str, str]
    default: DefaultRule = DefaultRule()
    contact: Amount = Amount(amount=1)
    rectify: Amount = Amount(amount=15)
    batch_seconds: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if [one.level for one in self.levels] != [1, 2, 3, 4, 5]:
            raise ValueError("levels must be 1 to 5 in order")
        if [one.level for one in self.levels if one.low] != [4, 5]:
            raise ValueError("levels 4 and 5 and no other are low")
        codes = [one.code for one in self.reasons]
        if len(codes) != len(set(codes)):
            raise ValueError("a reason code twice")
        unknown = {one.about for one in self.reasons if one.about} - set(self.indicators)
        if unknown:
            raise ValueError(f"unknown indicator {sorted(unknown)}")
        return self

    def level(self, number: int) -> Level | None:
        """Return a level or ``None``."""
        return next((one for one in self.levels if one.level == number), None)


class Rating(Frozen):
    """What the citizen said; only the centre ever opens it again.

    Attributes:
        handling: The handling (一次服务) that is rated: one rating each.
        level: 1 非常满意 … 5 非常不满意.
        reasons: Codes, for a low level at least one.
        words: The citizen's own words.
    """

    case_id: str
    handling: str
    level: int = Field(ge=BEST, le=WORST)
    reasons: tuple[str, ...] = ()
    words: str = Field(default="", max_length=MAX_WORDS)
    given_at: str
    channel: str
    tables: str


class RatingGiven(Frozen):
    """Body of ``rating.given``: the sealed rating, or the scanned paper slip (``rating.slip``)."""

    case_id: str
    handling: str
    way: Literal["screen", "paper"] = "screen"
    sealed: str = Field(default="", max_length=16_000)  # base64 of an age file
    page: Page | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.sealed) == bool(self.page):
            raise ValueError("either sealed or a slip")
        return self


def check_rating(level: int, reasons: Sequence[str], words: str, tables: RatingTables) -> None:
    """Check what the citizen chose.

    Raises:
        DomainError: ``RATING-LEVEL``, ``RATING-REASON``, ``RATING-WORDS``.
    """
    found = tables.level(level)
    if found is None:
        raise DomainError(code="RATING-LEVEL", what="请先选一个评价。", field="level")
    known = {one.code for one in tables.reasons}
    if set(reasons) - known or len(set(reasons)) != len(reasons) or (reasons and not found.low):
        raise DomainError(code="RATING-REASON", what="选的原因和评价对不上。", field="reasons")
    if found.low and not reasons:
        raise DomainError(code="RATING-REASON", what="请至少选一个不满意的原因。", field="reasons")
    if len(words) > MAX_WORDS:
        raise DomainError(code="RATING-WORDS", what=f"补充的话最多{MAX_WORDS}个字。", field="words")


def padded(rating: Rating) -> bytes:
    """Return the rating as bytes of one fixed size, whatever was said."""
    raw = canonical_bytes(rating.model_dump(mode="json"))
    if len(raw) > SEALED_SIZE:
        raise ValueError("a rating is larger than its envelope")
    return raw.ljust(SEALED_SIZE)


def opened(data: bytes) -> Rating:
    """Return the rating of an envelope.

    Raises:
        ValueError: it is none.
    """
    return Rating.model_validate(json.loads(data))


class LowRating(Frozen):
    """Subject of a 差评 ticket: what the leader must know to call back; no clerk sees it.

    ``clerk`` did the handling (谁办理谁负责); ``batch``: rated in the same second as another.
    """

    case_id: str
    receipt_no: str
    item_code: str
    item_name: str = ""
    person: str = ""
    phone: str = ""
    clerk: str = ""
    level: int
    reasons: tuple[str, ...] = ()
    words: str = ""
    given_at: str
    batch: bool = False
    tables: str = ""


def loop_clocks(
    received: datetime, tables: RatingTables, calendar: WorkCalendar
) -> tuple[CaseClock, ...]:
    """Return contact and rectify clocks from the moment the centre learned of the rating."""
    times = (("contact", tables.contact), ("rectify", tables.rectify))
    return tuple(start_clock(kind, received, t.amount, t.unit, calendar) for kind, t in times)


def _in(*states: str) -> frozenset[str]:
    return frozenset(states)


LOOP = Loop(
    states={
        "open": "待联系",
        "contacted": "已联系，待整改",
        "disputed": "申诉复核中",
        "rectified": "已整改，待回访",
        "void": "申诉成立，待回访",
        "closed": "已回访，办结",
    },
    first="open",
    final=_in("closed"),
    steps={
        "contact": LoopStep("联系核实", _in("open"), "contacted", meets=("contact",)),
        "fix": LoopStep("当场整改", _in("contacted"), "rectified", meets=("rectify",)),
        "plan": LoopStep("建台账限期整改", _in("contacted")),
        "rectify": LoopStep("整改完成", _in("contacted"), "rectified", meets=("rectify",)),
        "explain": LoopStep("解释说明", _in("contacted"), "rectified", meets=("rectify",)),
        "dispute": LoopStep("申诉（误评、恶意）", _in("contacted"), "disputed", ("note", "ground")),
        "uphold": LoopStep("申诉成立", _in("disputed"), "void", meets=("rectify",), side="centre"),
        "dismiss": LoopStep("申诉不成立", _in("disputed"), "contacted", side="centre"),
        "revisit": LoopStep("回访", _in("rectified", "void"), "closed", ("note", "satisfied")),
        "reopen": LoopStep("回访不满意，再整改", _in("rectified"), "contacted"),
    },
)
"""The 差评 loop: contact first, then put it right, explain or dispute; every one is revisited."""
