# SPDX-License-Identifier: MulanPSL-2.0
"""Everything a paper may say, as plain values; templates are checked against these names.

What each paper must carry: domain brief §3.6. All numbers are masked and all dates are words
before they come in here; a part that is ``None`` or empty is not known (yet), and the template
leaves a line to write on.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PaperSize:
    """Type sizes in points, widths in millimetres, the QR's width in pixels at 96 dpi."""

    name: str
    title: float
    lead: float
    body: float
    small: float
    pad: int
    qr: int
    narrow: bool = False  # a thermal roll: one column, no wide tables


@dataclass(frozen=True)
class HallPart:
    """The hall and the window."""

    name: str
    window_name: str
    phone: str
    supervise_phone: str
    address: str = ""


@dataclass(frozen=True)
class ClerkPart:
    """Who prints."""

    name: str
    job_no: str


@dataclass(frozen=True)
class CatalogPart:
    """Which catalogue version rules; ``newer`` is the version in force if it is another one."""

    version: str
    newer: str = ""


@dataclass(frozen=True)
class ItemPart:
    """The service item (事项)."""

    name: str
    task_code: str = ""
    dept_name: str = ""
    by_law: str = ""
    licence_law: bool = False
    project_type_word: str = ""
    promise_words: str = ""
    fee_words: str = ""
    result_name: str = ""
    delivery_words: str = ""
    handle_flow: str = ""


@dataclass(frozen=True)
class CasePart:
    """The case (办件). Days are words: 2026年11月27日（周五）."""

    receipt_no: str
    received_at: str
    query_code: str
    project_no: str = ""
    state_word: str = ""
    answer_due_words: str = ""
    answer_provisional: bool = False
    accept_no: str = ""
    accepted_words: str = ""
    deemed: bool = False  # 视为受理
    promise_words: str = ""
    promise_provisional: bool = False
    withdrawn_words: str = ""
    withdraw_reason: str = ""
    queue_no: str = ""


@dataclass(frozen=True)
class PersonPart:
    """A person with masked numbers."""

    name: str
    id_type: str = ""
    id_masked: str = ""
    phone: str = ""
    address: str = ""


@dataclass(frozen=True)
class AgentPart(PersonPart):
    """Who acts for the applicant, with the mandate (授权委托, domain brief §9.3)."""

    relation: str = ""
    powers: tuple[str, ...] = ()
    valid_to_words: str = ""


@dataclass(frozen=True)
class MaterialPart:
    """One row of the material table."""

    name: str
    way: str
    pages: str = "–"
    form: str = "–"


@dataclass(frozen=True)
class GapPart:
    """A tolerated paper (容缺): what it must look like and until when."""

    name: str
    due_words: str
    stand: str = ""


@dataclass(frozen=True)
class PledgePart:
    """A proof replaced by a promise (告知承诺)."""

    name: str
    by_law: str = ""
    content: str = ""


@dataclass(frozen=True)
class DefectPart:
    """One thing to be supplied: what is missing or wrong, by which law, how."""

    name: str
    problem: str
    by_law: str = ""
    how: str = ""


@dataclass(frozen=True)
class SupplementPart:
    """The one notice of all defects (一次性告知)."""

    defects: tuple[DefectPart, ...]
    due_words: str = ""
    told_words: str = ""
    where: str = ""


@dataclass(frozen=True)
class SuppliedPart:
    """What was handed in after a notice."""

    materials: tuple[MaterialPart, ...]
    supplied_at: str
    complete: bool = False


@dataclass(frozen=True)
class RefusalPart:
    """Why a case is not taken, or refused."""

    reason: str
    by_law: str = ""
    facts: str = ""
    competent_office: str = ""
    review_office: str = ""
    court: str = ""


@dataclass(frozen=True)
class SpecialPart:
    """特别程序 or 延期: kind, why, how long, who allowed it, the new date."""

    kind: str
    reason: str
    by_law: str = ""
    days_words: str = ""
    approver: str = ""
    begin_words: str = ""
    end_words: str = ""
    new_due_words: str = ""
    provisional: bool = False


@dataclass(frozen=True)
class DecisionPart:
    """The decision: its number, the result and where to fetch it."""

    decided_words: str
    doc_no: str = ""
    result: str = ""
    reason: str = ""
    by_law: str = ""
    cert_name: str = ""
    cert_no: str = ""
    fetch_where: str = ""
    fetch_from_words: str = ""
    fetch_bring: str = ""
    review_office: str = ""
    court: str = ""


@dataclass(frozen=True)
class FeePart:
    """One line of the payment notice; ``amount`` in words of money, e.g. 20.00 元."""

    name: str
    stand: str = ""
    amount: str = ""
    basis: str = ""


@dataclass(frozen=True)
class DeliveredPart:
    """One document handed over (送达)."""

    name: str
    doc_no: str = ""
    copies: str = "1"


@dataclass(frozen=True)
class DeliveryPart:
    """送达回证: what, to whom, how, when, by whom."""

    documents: tuple[DeliveredPart, ...]
    receiver: str = ""
    relation: str = ""
    method: str = ""
    place: str = ""
    at: str = ""
    deliverers: str = ""


@dataclass(frozen=True)
class RowPart:
    """One line of a list of cases (交接单)."""

    receipt_no: str
    item_name: str
    applicant: str  # masked
    received: str = ""
    documents: str = ""
    pages: str = ""
    project_no: str = ""


@dataclass(frozen=True)
class HandoverPart:
    """交接单: which list, from whom to whom."""

    number: str
    giver: str
    taker: str = ""
    day_words: str = ""
    rows: tuple[RowPart, ...] = ()


@dataclass(frozen=True)
class StepPart:
    """One block of the 「下一步」 card."""

    what: str
    when: str = ""
    where: str = ""
    bring: str = ""


@dataclass(frozen=True)
class TicketPart:
    """A queue ticket (排队号)."""

    number: str
    kind: str = ""
    ahead: str = ""
    taken_at: str = ""


@dataclass(frozen=True)
class RatingPart:
    """The tick boxes of a 纸质评价单: the levels, the best first, and the reasons of a low one."""

    levels: tuple[str, ...]
    reasons: tuple[str, ...]
    low: tuple[str, ...]  # the levels that ask for a reason


@dataclass(frozen=True)
class TogetherPart:
    """One case of a 一件事 on the receipt of them all."""

    name: str
    receipt_no: str
    due_words: str


@dataclass(frozen=True)
class ThemePart:
    """The 一件事 a receipt is for: its number and every case taken with it, in order."""

    theme_no: str
    cases: tuple[TogetherPart, ...]


@dataclass(frozen=True)
class PaperContent:
    """All of a paper. ``reprint_no`` is 0 for the first print, else 补打 第N次."""

    title: str
    code: str
    copies: tuple[str, ...]
    signs: tuple[str, ...]
    seal: str
    draft: bool
    size: PaperSize
    hall: HallPart
    clerk: ClerkPart
    printed_at: str
    today_words: str
    training: bool = False
    reprint_no: int = 0
    qr: str = ""
    doc_no: str = ""
    catalog: CatalogPart | None = None
    item: ItemPart | None = None
    case: CasePart | None = None
    applicant: PersonPart | None = None
    agent: AgentPart | None = None
    materials: tuple[MaterialPart, ...] = ()
    gaps: tuple[GapPart, ...] = ()
    pledges: tuple[PledgePart, ...] = ()
    supplement: SupplementPart | None = None
    supplied: SuppliedPart | None = None
    refusal: RefusalPart | None = None
    special: SpecialPart | None = None
    decision: DecisionPart | None = None
    fees: tuple[FeePart, ...] = ()
    fee_total: str = ""
    delivery: DeliveryPart | None = None
    handover: HandoverPart | None = None
    ticket: TicketPart | None = None
    steps: tuple[StepPart, ...] = ()
    also: tuple[str, ...] = ()  # 您可能还能办, a sentence each
    theme: ThemePart | None = None
    rating: RatingPart | None = None
