# SPDX-License-Identifier: MulanPSL-2.0
"""Everything a person can make the counter do; each is one unit of work and one audit row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from counter.app.case_commands import (
    CorrectOperation,
    GiveBackCase,
    InformCitizen,
    RefuseReceipt,
    TakeOverCase,
    TolerateCase,
)
from counter.app.changes import Changes
from counter.app.queue_commands import CallNumber, EndNumber, TakeNumber
from counter.app.session import Session
from counter.domain.appeal_draft import AppealDraft
from counter.domain.appeals import Appeal
from counter.domain.case_life import Defect, Delivery
from counter.domain.draft import Draft
from counter.domain.materials import GivenMaterial, Page
from counter.domain.papers import Print
from counter.domain.people import Person, VerifyMethod
from counter.domain.tickets import TicketKind


@dataclass(frozen=True)
class StartDraft:
    """Begin an intake; result ``draft_id`` in ``Done.value``."""

    queue_no: str = ""


@dataclass(frozen=True)
class SaveDraft:
    """Keep the draft as it is now, with the focused field (autosave)."""

    draft: Draft


@dataclass(frozen=True)
class DiscardDraft:
    """Delete a draft; possible only before 收件."""

    draft_id: str


@dataclass(frozen=True)
class StorePage:
    """Store one page image durably; ``Done.value`` is the ``materials.Page``.

    The image is checked first: empty, too large, unreadable → DomainError.
    """

    data: bytes
    origin: str


@dataclass(frozen=True)
class ReceiveCase:
    """收件: turn the draft into a case by the commit rule; ``Done.value`` is ``Receipt``.

    ``regret_minutes`` holds the operation back so that an elder may undo (ux.md §5).
    """

    draft: Draft
    regret_minutes: int = 0


@dataclass(frozen=True)
class EndRegret:
    """The elder leaves satisfied: what was held back for second thoughts may go now (ux.md §5).

    ``Done.value`` is how many operations were let go.
    """

    case_ids: tuple[str, ...]


@dataclass(frozen=True)
class SupplementCase:
    """补交材料: for 容缺 gaps or after 补正; ``Done.value`` is ``case_commands.Supplied``.

    ``settled`` names defects of the last notice that are made good without a paper: keys of
    fields that are right now.
    """

    case_id: str
    materials: tuple[GivenMaterial, ...]
    note: str = ""
    settled: tuple[str, ...] = ()


@dataclass(frozen=True)
class RequestSupplement:
    """一次性告知补正: everything that is missing or wrong, at once; frozen once given.

    ``due`` is the ISO day to supply by, "" if none is set (written on the paper by hand).
    """

    case_id: str
    defects: tuple[Defect, ...]
    leader_reason: str = ""
    due: str = ""


@dataclass(frozen=True)
class AcceptCase:
    """受理 at the counter; only where the item delegates it (``offline_accept``)."""

    case_id: str


@dataclass(frozen=True)
class ConfirmDeemed:
    """视为受理: the shift leader deals with a case nobody answered in time."""

    case_id: str
    reason: str


@dataclass(frozen=True)
class DraftRefusal:
    """起草不予受理, by the shift leader; the centre confirms it or not."""

    case_id: str
    reason: str
    basis: str
    office: str


@dataclass(frozen=True)
class DeliverResult:
    """送达 of a result, with its 送达回证."""

    case_id: str
    delivery: Delivery


@dataclass(frozen=True)
class WithdrawCase:
    """本人撤回."""

    case_id: str
    reason: str


@dataclass(frozen=True)
class NotePrint:
    """A paper was printed or saved as a file."""

    case_id: str
    made: Print


@dataclass(frozen=True)
class RevealCase:
    """显示完整信息: numbers and names are shown unmasked only after this is on record."""

    case_id: str


@dataclass(frozen=True)
class CloseIssue:
    """A person closes an item of 要处理, with the reason."""

    op_id: str
    reason: str


@dataclass(frozen=True)
class AddMaterial:
    """Keep a paper for a person outside a case (a copy brought along): level C until checked."""

    person: Person
    item_code: str
    material_key: str
    pages: tuple[Page, ...]


@dataclass(frozen=True)
class VerifyMaterial:
    """The clerk saw the original of a paper of the library: C becomes B, with name and time."""

    paper_id: str


@dataclass(frozen=True)
class ImportCalendar:
    """Take in a list of holidays the centre signed; ``Done.value`` is ``CalendarInstalled``."""

    token: str


@dataclass(frozen=True)
class SeeMovedDates:
    """A person has read the list of moved days; ``Done.value`` is how many were new."""


@dataclass(frozen=True)
class ApproveAgent:
    """值班长同意: this agent may act for more people today."""

    agent: Person
    reason: str


@dataclass(frozen=True)
class RevokeAuthorisation:
    """The principal takes a 授权委托 back."""

    authorisation_id: str
    reason: str


@dataclass(frozen=True)
class NoteIdentity:
    """补核验: the identity of somebody in a case was proved later, and how."""

    case_id: str
    role: Literal["applicant", "agent"]
    method: VerifyMethod


@dataclass(frozen=True)
class InviteRating:
    """请群众评价: put the handling to the citizen; ``Done.value`` is ``RatingInvite``."""

    case_id: str


@dataclass(frozen=True)
class RatingInvite:
    """What the citizen's surface needs; the session of that surface can do nothing else."""

    case_id: str
    handling: str
    session: Session


@dataclass(frozen=True)
class GiveRating:
    """The citizen's own rating, from the citizen's own surface."""

    case_id: str
    handling: str
    level: int
    reasons: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True)
class DeclineRating:
    """不评价: the citizen's own choice, from the citizen's own surface."""

    case_id: str
    handling: str


@dataclass(frozen=True)
class ScanRatingSlip:
    """The paper slip a citizen ticked where there was no screen; read at the centre."""

    case_id: str
    page: Page


@dataclass(frozen=True)
class NoteDangerCall:
    """110, 119, 120 was called for a 诉求, noted before anything else goes on."""

    ticket_id: str
    danger: str
    called: str


@dataclass(frozen=True)
class RegisterAppeal:
    """登记诉求; ``Done.value`` is the ``Ticket``. Number, time and call are filled in here."""

    ticket_id: str
    appeal: Appeal


@dataclass(frozen=True)
class KeepAppealDraft:
    """Keep a 诉求 as far as it is typed (autosave); ``None`` throws the operator's one away."""

    draft: AppealDraft | None


@dataclass(frozen=True)
class ReadAppealDraft:
    """The operator's own unfinished 诉求; ``Done.value`` is an ``AppealDraft`` or ``None``."""


@dataclass(frozen=True)
class StepTicket:
    """A step of the loop of a 差评 or a 诉求."""

    kind: TicketKind
    ticket_id: str
    step: str
    note: str = ""
    outcome: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ReadTickets:
    """The tickets of a kind; ``Done.value`` is a tuple of ``Ticket``. 差评 for the leader only."""

    kind: TicketKind


Command = (
    InviteRating
    | GiveRating
    | DeclineRating
    | ScanRatingSlip
    | NoteDangerCall
    | RegisterAppeal
    | KeepAppealDraft
    | ReadAppealDraft
    | StepTicket
    | ReadTickets
    | StartDraft
    | SaveDraft
    | DiscardDraft
    | StorePage
    | ReceiveCase
    | EndRegret
    | SupplementCase
    | RequestSupplement
    | TolerateCase
    | RefuseReceipt
    | InformCitizen
    | CorrectOperation
    | TakeOverCase
    | GiveBackCase
    | AcceptCase
    | ConfirmDeemed
    | DraftRefusal
    | DeliverResult
    | WithdrawCase
    | NotePrint
    | RevealCase
    | CloseIssue
    | AddMaterial
    | VerifyMaterial
    | ImportCalendar
    | SeeMovedDates
    | ApproveAgent
    | RevokeAuthorisation
    | NoteIdentity
    | TakeNumber
    | CallNumber
    | EndNumber
)


@dataclass(frozen=True)
class Receipt:
    """What the receipt step shows; exists only after the commit rule.

    Of a theme: the first case's receipt, with the theme's number and ``together``, the receipts
    of all its cases in order.
    """

    case_id: str
    receipt_no: str
    query_code: str
    op_id: str
    op_hash: str
    received_at: str
    answer_due: str
    answer_provisional: bool
    promise_estimate: str
    qr_token: str  # JWS of sync-protocol §11
    theme_no: str = ""
    together: tuple[Receipt, ...] = ()


@dataclass(frozen=True)
class Done:
    """Result of a command."""

    changes: Changes
    value: object = None
