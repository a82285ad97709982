# SPDX-License-Identifier: MulanPSL-2.0
"""What happened to a case that its clocks and later moves depend on; the same on both sides.

Sources: domain brief §3.2, §3.3; 行政许可法 art. 32 (one notice), 42 (extension), 45 (pauses).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import Field

from counter.domain.materials import GivenMaterial
from counter.domain.operations import Frozen

DELIVERY_WORDS = {
    "direct": "直接送达",
    "post": "邮寄送达",
    "agent": "代领",
    "left": "留置送达",
}
STEP_WORDS = {"": "", "1": "承办", "2": "审核", "3": "批准"}
Method = Literal["direct", "post", "agent", "left"]
_NOTICE_MOVES = frozenset({"request_supplement", "supplement"})


class Defect(Frozen):
    """One thing that is missing or wrong, as a 补正告知书 names it.

    Attributes:
        key: Material key or field code it is about, "" if neither.
        what: What is missing or wrong.
        basis: Legal basis.
        how: How and where to supply it.
    """

    key: str = ""
    what: str = Field(min_length=1, max_length=500)
    basis: str = ""
    how: str = ""


class Notice(Frozen):
    """A 补正告知书: frozen once given; ``no`` counts from 1, ``due`` is the day to supply by."""

    no: int
    at: str
    by: str
    defects: tuple[Defect, ...] = Field(min_length=1)
    leader_reason: str = ""
    due: str = ""  # ISO day; "" = none was set


class Special(Frozen):
    """A 特别程序 or an extension; ``end`` is empty while it runs."""

    kind: str
    start: str
    end: str = ""
    days: int = 0
    reason: str
    basis: str
    approver: str


class Delivery(Frozen):
    """A 送达回证: who took which documents, in which way."""

    receiver: str = Field(min_length=1, max_length=50)
    relation: str = Field(min_length=1, max_length=30)  # 本人, 女儿 …
    id_type: str = ""
    id_no: str = ""
    method: Method = "direct"
    documents: tuple[str, ...] = Field(min_length=1)  # name and number of each
    deliverers: tuple[str, ...] = ()
    witness: str = ""  # 留置送达: who saw it
    post_no: str = ""  # 邮寄: number of the parcel


class Paper(Frozen):
    """A paper that a move gave; it never leaves the list."""

    code: str
    at: str
    move: str


class CaseLife(Frozen):
    """The law's memory of a case. All moments are ISO 8601 with offset, "" = not yet.

    Attributes:
        received_at: Legal moment of receipt.
        notices: 补正告知 so far.
        given: Keys of papers handed in since the last notice.
        supplied_at: When the last missing piece came in.
        accepted_at: When it was accepted (the act).
        accept_day: 受理日, from whose next working day the promise clock runs.
        promise_amount: Promised time, fixed at 受理.
        promise_unit: Its unit (G, Z, H); "" before 受理.
        step: Step of the review done last: 1 承办, 2 审核, 3 批准.
        specials: 特别程序, oldest first.
        extension: The one extension (延长审批).
        refusal_draft: The shift leader's draft of a 不予受理, for the centre to confirm.
        outcome: State in which it was decided.
        decided_at: When.
        office: Where it was transferred to, or which office is competent.
        delivery: 送达回证.
        papers: Papers given so far.
    """

    received_at: str = ""
    notices: tuple[Notice, ...] = ()
    given: tuple[str, ...] = ()
    supplied_at: str = ""
    accepted_at: str = ""
    accept_day: str = ""
    promise_amount: int = 0
    promise_unit: Literal["", "G", "Z", "H"] = ""
    step: Literal["", "1", "2", "3"] = ""
    specials: tuple[Special, ...] = ()
    extension: Special | None = None
    refusal_draft: str = ""
    outcome: str = ""
    decided_at: str = ""
    office: str = ""
    delivery: Delivery | None = None
    papers: tuple[Paper, ...] = ()

    @property
    def clock_from(self) -> str:
        """When the answer clock began: receipt, or the day the last missing piece came in."""
        return self.supplied_at or self.received_at

    @property
    def missing(self) -> tuple[str, ...]:
        """What the last notice asked for, in words."""
        return tuple(d.what for d in self.notices[-1].defects) if self.notices else ()

    @property
    def still_missing(self) -> tuple[str, ...]:
        """What the last notice asked for and nobody brought yet, in words.

        A defect that names no paper counts as made good with the first papers that come in.
        """
        wanted = self.notices[-1].defects if self.notices and not self.supplied_since else ()
        return tuple(
            d.what for d in wanted if d.key not in self.given and (d.key or not self.given)
        )

    @property
    def supplied_since(self) -> bool:
        """Whether the last notice was made good."""
        moves = [paper.move for paper in self.papers if paper.move in _NOTICE_MOVES]
        return bool(moves) and moves[-1] == "supplement"

    def covers(self, keys: Iterable[str]) -> bool:
        """Tell whether these papers with those given before make the last notice good.

        A defect that names no paper is judged by the clerk: taking papers says it is good.
        """
        there = {*self.given, *keys}
        wanted = self.notices[-1].defects if self.notices else ()
        return all(not d.key or d.key in there for d in wanted)


def received_life(at: str) -> CaseLife:
    """Return the memory of a case that was received at this moment: its receipt was given."""
    return CaseLife(received_at=at, papers=(Paper(code="REC", at=at, move="receive"),))


def open_gaps(materials: Iterable[GivenMaterial]) -> int:
    """Count tolerated papers that are still missing (容缺)."""
    return sum(1 for material in materials if material.way == "tolerated")


def earlier_visible(life: CaseLife, defects: Sequence[Defect]) -> bool:
    """Tell whether a further notice names what could be seen at the one before.

    Only a paper handed in since then can have a defect that was not visible.
    """
    if not life.notices:
        return False
    return any(not d.key or d.key not in life.given for d in defects)


def accept_name(materials: Iterable[GivenMaterial]) -> str:
    """Return which of the three ways of 受理 these papers lead to."""
    ways = {material.way for material in materials}
    if "tolerated" in ways:
        return "accept_tolerant"
    return "accept_promised" if "promised" in ways else "accept"
