# SPDX-License-Identifier: MulanPSL-2.0
"""What screens may ask; answers are frozen rows, keyset-paged, never ORM objects."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from counter.domain.catalog import Item, TaskState
from counter.domain.draft import Draft
from counter.domain.hints import Hint
from counter.domain.people import Person
from counter.domain.queueing import QueueRow
from counter.domain.theme import Theme
from counter.domain.theme_place import Member
from counter.ports.storage import CaseEventRow, CaseRecord, OperatorRow, PersonRecord
from counter.ports.sync_store import OutboxRow, QueueCounts

CaseFilter = Literal["all", "today", "attention", "due_soon", "results"]


@dataclass(frozen=True)
class CaseRow:
    """One line of the case table; names are masked here, in one place."""

    case_id: str
    received_at: str
    receipt_no: str
    project_no: str
    applicant: str
    item_name: str
    state: str
    state_word: str
    delivery: str  # local | exported | sent | centre | attention
    delivery_word: str  # 只在本机 | 已拷U盘 | 已到中心 | 中心已受理 | 中心退回 …
    due: str
    due_kind: str
    due_level: str  # none | yellow | red | overdue


@dataclass(frozen=True)
class CasePage:
    """Rows and the key to continue behind the last one ('' at the end)."""

    rows: tuple[CaseRow, ...]
    next_key: str
    total: int


@dataclass(frozen=True)
class CaseDetail:
    """Everything about one case."""

    case: CaseRecord
    row: CaseRow
    events: tuple[CaseEventRow, ...]
    ops: tuple[OutboxRow, ...]
    theme: tuple[Member, ...] = ()  # the cases taken together with it, itself included


@dataclass(frozen=True)
class DueRow:
    """One line of the deadline radar."""

    case_id: str
    title: str
    receipt_no: str
    due: str
    kind: str  # answer | promise | gap | delivery | deemed (视为受理: the leader must act)
    level: str
    now_word: str
    explain: tuple[str, ...]


@dataclass(frozen=True)
class MovedDate:
    """A case whose day a new list of holidays moved; days as ISO, ``provisional`` of the new."""

    case_id: str
    receipt_no: str
    item_name: str
    applicant: str  # masked
    kind: str
    old_due: str
    new_due: str
    why: str
    at: str
    version: str


@dataclass(frozen=True)
class RefusalRow:
    """One line of the list of refusals (否定事项): 不予收件, 不予受理, 不予许可, 退回.

    ``who`` is masked; ``sent`` tells whether the centre has it already.
    """

    op_id: str
    act: str
    act_word: str
    item_name: str
    receipt_no: str
    who: str
    reason: str
    basis: str
    office: str
    by: str
    at: str
    sent: bool


@dataclass(frozen=True)
class DueAgain:
    """One line of a due-list: somebody has to come again by ``due`` (资格认证, 复核, 年审).

    ``case_id`` is the last time. Days are ISO; ``full_name`` and ``address`` are for the list one
    takes along on visits, screens show ``applicant``.
    """

    case_id: str
    item_code: str
    item_name: str
    applicant: str  # masked
    full_name: str
    address: str
    last: str
    opens: str
    due: str
    overdue: bool
    text: str


@dataclass(frozen=True)
class Workbench:
    """What needs the clerk now."""

    radar: tuple[DueRow, ...]
    attention: tuple[OutboxRow, ...]
    drafts: tuple[tuple[Draft, str], ...]  # draft and item name
    results: tuple[CaseRow, ...]
    today_received: int
    today_sent: int
    today_accepted: int
    counts: QueueCounts
    moved_cases: int = 0  # cases whose days a new calendar moved and nobody has looked at


@dataclass(frozen=True)
class ItemHit:
    """One hit of the item search."""

    item_code: str
    version: str
    name: str
    matched: str  # the name, alias or initials that matched
    project_type: str
    kind: Literal["item", "theme"] = "item"  # a theme is a 一件事
    task_state: TaskState = "在用"  # only 在用 can be taken


@dataclass(frozen=True)
class RecheckRow:
    """Somebody whose identity was not proved at 收件 (补核验): which case, and why."""

    case: CaseRow
    why: str


@dataclass(frozen=True)
class AgentRow:
    """Somebody who acts for many today; ``approved`` when a leader agreed already."""

    agent: Person
    people: int
    approved: bool


@dataclass(frozen=True)
class LeaderView:
    """The leader's day.

    Attributes:
        deemed: Cases the law holds accepted, because nobody answered in time.
        late: What is overdue or comes due now, the gaps apart.
        gaps: Papers that may come later (容缺), by day.
        attention: Operations that wait for a person.
        doubles: Cases of which the centre saw another of the same person and item.
        recheck: Identities to be proved.
        agents: Who acts for as many people today as the hall allows, or more.
    """

    deemed: tuple[DueRow, ...] = ()
    late: tuple[DueRow, ...] = ()
    gaps: tuple[DueRow, ...] = ()
    attention: tuple[OutboxRow, ...] = ()
    doubles: tuple[CaseRow, ...] = ()
    recheck: tuple[RecheckRow, ...] = ()
    agents: tuple[AgentRow, ...] = ()


class HallQueries(Protocol):
    """Lists of the hall as a whole: for the shift leader, for visits. Database thread only."""

    def leader_view(self) -> LeaderView:
        """Return what the shift leader looks at."""
        ...

    def queue(self, day: str) -> tuple[QueueRow, ...]:
        """Return the numbers of a day as they stand, oldest first."""
        ...

    def refusals(self, limit: int = 200) -> list[RefusalRow]:
        """Return the refusals of the hall (否定事项报备), newest first: the leader's list."""
        ...

    def supplied_here(self, since: str) -> tuple[str, ...]:
        """Return the cases for which this counter took later papers (补交) since a day, ISO."""
        ...

    def due_again(
        self, days: int | None = None, place: str = "", limit: int = 500
    ) -> tuple[DueAgain, ...]:
        """Return who has to come again, by last day; ``days`` None: as each item reminds."""
        ...


class Queries(HallQueries, Protocol):
    """The read side. Database thread only."""

    def operators(self) -> list[OperatorRow]:
        """Return all operators of this hall."""
        ...

    def item(self, item_code: str, version: str = "") -> Item | None:
        """Return an item version (the newest in use without ``version``)."""
        ...

    def theme(self, theme_code: str, version: str = "") -> Theme | None:
        """Return a theme (一件事), the newest in use without ``version``."""
        ...

    def search_items(self, text: str, limit: int = 20) -> list[ItemHit]:
        """Return items and themes by name, alias, pinyin or initials, best first."""
        ...

    def frequent_items(self, operator_id: str, limit: int = 9) -> list[ItemHit]:
        """Return what this operator takes most often."""
        ...

    def code_lists(self) -> dict[str, dict[str, str]]:
        """Return every code list: name → code → words."""
        ...

    def hints(self) -> tuple[Hint, ...]:
        """Return the rules 您可能还能办 of the catalogue in force, () before one was installed."""
        ...

    def calendar_json(self) -> dict[str, Any]:
        """Return the calendar in force: national, local lists over it, the hall's hours."""
        ...

    def moved_dates(self, *, seen: bool = False) -> list[MovedDate]:
        """Return days that a new calendar moved, by new day; ``seen`` adds those looked at."""
        ...

    def drafts(self, operator_id: str) -> list[Draft]:
        """Return an operator's drafts, newest first."""
        ...

    def draft(self, draft_id: str) -> Draft | None:
        """Return one draft."""
        ...

    def workbench(self, operator_id: str) -> Workbench:
        """Return what needs this operator now."""
        ...

    def cases(
        self, text: str = "", which: CaseFilter = "all", after: str = "", limit: int = 50
    ) -> CasePage:
        """Return a page of cases, newest first, that match ``text`` and ``which``."""
        ...

    def case(self, case_id: str) -> CaseDetail | None:
        """Return everything about one case."""
        ...

    def cases_of_person(self, id_no: str) -> list[CaseRow]:
        """Return the cases of a person by the number of the identity paper."""
        ...

    def similar(self, id_no: str, item_code: str, person: str = "") -> list[CaseRow]:
        """Return recent cases of the same person and item (可能重复).

        ``person`` is the person key: with it cases of other counters of the hall count too.
        """
        ...

    def person_records(self, kind: str, people: Collection[str]) -> list[PersonRecord]:
        """Return what the hall keeps about these people (person keys): papers, authorisations."""
        ...

    def taken_by(self, person: str) -> dict[str, str]:
        """Return item code → moment of the last receipt, of a person (person key)."""
        ...

    def clerk_of(self, case_id: str) -> str:
        """Return who received a case, '' if nobody knows."""
        ...

    def outbox(self, limit: int = 200) -> list[OutboxRow]:
        """Return unfinished operations and those that wait for a person."""
        ...

    def service_tables(self, name: str) -> dict[str, Any]:
        """Return the tables ``ratings`` or ``appeals`` as the centre published them, else {}."""
        ...

    def counts(self) -> QueueCounts:
        """Return the numbers of the status bar."""
        ...

    def blob(self, blob_id: str) -> bytes:
        """Return the plaintext of a stored page."""
        ...
