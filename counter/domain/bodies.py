# SPDX-License-Identifier: MulanPSL-2.0
"""Bodies of the operations of this stage: what the counter tells the centre, by kind."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from counter.domain.ages import parse_day
from counter.domain.case_life import Defect, Delivery
from counter.domain.clocks import CaseClock
from counter.domain.materials import GivenMaterial
from counter.domain.operations import Frozen
from counter.domain.people import Agent, Person
from counter.domain.theme_place import ThemePlace


def _day(text: str) -> str:
    if parse_day(text) is None:
        raise ValueError("not an ISO day")
    return text


def _dues(rows: tuple[GivenMaterial, ...]) -> tuple[GivenMaterial, ...]:
    for row in rows:
        if row.due:
            _day(row.due)
    return rows


_Day = Annotated[str, AfterValidator(_day)]
_Materials = Annotated[tuple[GivenMaterial, ...], AfterValidator(_dues)]


class CaseReceived(Frozen):
    """Body of ``case.received`` (收件): papers were taken, the answer clock runs."""

    receipt_no: str
    query_code: str
    item_code: str
    item_version: str
    applicant: Person
    agent: Agent | None = None
    answers: dict[str, str] = Field(default_factory=dict)
    form: dict[str, Any] = Field(default_factory=dict)
    materials: _Materials = ()
    received_at: str  # ISO 8601 with offset, local time of the counter
    answer_due: str  # ISO day
    answer_provisional: bool = False
    clocks: tuple[CaseClock, ...] = ()  # the answer clock as it ran at 收件
    project_no: str = ""  # official number of a leased serial; "" = the centre gives one
    lease: str = ""
    lease_serial: int = 0
    signature_method: str = ""
    signature_signer: str = ""
    signature_witnesses: tuple[str, ...] = ()
    signature_read_aloud: bool = False  # 已宣读，本人无异议
    duplicate_reason: str = ""
    queue_no: str = ""
    theme: ThemePlace | None = None  # one case of a 一件事


class CaseSupplemented(Frozen):
    """Body of ``case.supplemented`` (补正, 容缺补交): the added papers."""

    materials: _Materials = ()
    settled: tuple[str, ...] = ()  # defects of the notice made good without a paper (a field)
    supplied_at: str
    note: str = ""


class CaseWithdrawn(Frozen):
    """Body of ``case.withdrawn`` (本人撤回)."""

    reason: str = Field(min_length=1, max_length=500)
    withdrawn_at: str


class PersonNoted(Frozen):
    """Body of ``person.noted``: a fact about a person that the whole hall should know."""

    what: Literal["authorisation", "approval", "identity"]
    record_id: str = Field(min_length=8, max_length=64)
    record: dict[str, Any]  # holds ``person``, the key of whom it is about


class CaseSupplementRequested(Frozen):
    """Body of ``case.supplement_requested`` (一次性告知补正): the frozen list of defects."""

    defects: tuple[Defect, ...] = Field(min_length=1)
    requested_at: str
    leader_reason: str = ""
    due: str = ""  # ISO day to supply by


class CaseTolerated(Frozen):
    """Body of ``case.tolerated`` (容缺): papers that may come later, each with its day."""

    gaps: dict[str, _Day] = Field(min_length=1)  # material key → ISO day
    tolerated_at: str


class CaseAcceptRequested(Frozen):
    """Body of ``case.accept_requested``: accepted at the counter by delegation (§3.7)."""

    accepted_at: str


class CaseDeemed(Frozen):
    """Body of ``case.deemed`` (视为受理): the shift leader has dealt with it."""

    reason: str = Field(min_length=1, max_length=500)
    confirmed_at: str


class RefusalDrafted(Frozen):
    """Body of ``case.refusal_drafted`` (起草不予受理): the centre confirms or not."""

    reason: str = Field(min_length=1, max_length=500)
    basis: str = Field(min_length=1, max_length=500)
    office: str = Field(min_length=1, max_length=200)
    drafted_at: str


class CaseDelivered(Frozen):
    """Body of ``case.delivered`` (送达回证)."""

    delivery: Delivery
    delivered_at: str


class RefusalReported(Frozen):
    """Body of ``case.refusal_reported`` (否定事项报备): somebody was told no.

    Without a case: papers were not taken at all (不予收件); ``who`` only if the person wants.
    """

    act: str  # not_received or a move of ``case_moves.REFUSALS``
    item_code: str = ""
    item_name: str = ""
    receipt_no: str = ""
    who: str = Field(default="", max_length=50)
    reason: str = Field(min_length=1, max_length=1000)
    basis: str = ""
    office: str = ""  # where the person was sent
    reported_by: str = ""
    reported_at: str


class CitizenInformed(Frozen):
    """Body of ``case.informed``: the person was told that a receipted case came back."""

    about_op: str
    how: str = Field(min_length=1, max_length=500)
    informed_at: str


class CaseAssigned(Frozen):
    """Body of ``case.taken_over`` and ``case.given_back``: whose work a case is from now on."""

    reason: str = Field(min_length=1, max_length=500)
    done_at: str


class AuditBatch(Frozen):
    """Body of ``audit.batch``: hash-chained audit rows, oldest first."""

    first_no: int
    rows: tuple[dict[str, Any], ...]
    last_hash: str
