# SPDX-License-Identifier: MulanPSL-2.0
"""Cases for the screen: pages of the list, one case in full, and what may be done with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from counter.app.commands import RevealCase, StorePage, SupplementCase
from counter.domain.bodies import CaseReceived
from counter.domain.calendar import WorkCalendar
from counter.domain.case_life import CaseLife
from counter.domain.clocks import CaseClock, deadline_of
from counter.domain.deadline_words import day_words
from counter.domain.deadlines import add_days, explain
from counter.domain.errors import CounterError
from counter.domain.masking import mask_id, mask_phone
from counter.domain.materials import WAY_WORDS, GivenMaterial, Page
from ui.operations.case_acts import Deed, deeds, stands, tolerable
from ui.operations.holding import holding

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from counter.app.commands import Done
    from counter.app.queries import CaseDetail, CaseFilter, CasePage, CaseRow, Queries
    from counter.domain.catalog import Item
    from counter.ports.storage import CaseRecord
    from counter.ports.sync_store import OutboxRow
    from ui.operations.desk import Desk
    from ui.runner import Latest

FILTERS: tuple[CaseFilter, ...] = ("all", "today", "attention", "due_soon", "results")
_OPEN = frozenset({"HELD", "CONFLICT", "REJECTED"})


@dataclass(frozen=True)
class MaterialLine:
    """One paper of a case: its name, how it was given, its pages."""

    key: str
    name: str
    way: str
    word: str
    pages: tuple[Page, ...]


@dataclass(frozen=True)
class Possible:
    """An action with its consequence, or with the reason why not now."""

    allowed: bool
    words: str


@dataclass(frozen=True)
class Issue:
    """Something of this case that waits for a person."""

    op: OutboxRow
    close: Possible
    tell: bool = False  # the person holds our receipt and was not told yet


@dataclass(frozen=True)
class PersonFacts:
    """Who it is about; shown masked unless the clerk asks for all of it."""

    name: str
    id_no: str
    mobile: str
    address: str
    agent: str

    def lines(self, masked_name: str, *, full: bool) -> list[tuple[str, str]]:
        """Pairs of word and value."""
        if full:
            rows = [("姓名", self.name), ("证件号", self.id_no), ("电话", self.mobile)]
            return [*rows, ("住址", self.address), ("代理人", self.agent)]
        rows = [("姓名", masked_name), ("证件号", mask_id(self.id_no))]
        return [*rows, ("电话", mask_phone(self.mobile) if self.mobile else "")]


@dataclass(frozen=True)
class CasePicture:
    """Everything that the detail of a case shows."""

    detail: CaseDetail
    person: PersonFacts
    materials: tuple[MaterialLine, ...]
    choices: tuple[tuple[str, str], ...]  # papers one may hand in later: key, name
    why: tuple[str, ...]
    issues: tuple[Issue, ...]
    deeds: tuple[Deed, ...] = ()
    tolerable: tuple[tuple[str, str], ...] = ()  # missing papers that may come later
    stands: str = ""  # why nothing more can be done
    window: str = ""  # whose work it is now, "" = no window's in particular
    life: CaseLife = field(default_factory=CaseLife)
    item: Item | None = None

    def deed(self, name: str) -> Deed | None:
        """Return one of the acts, by its key in the table of moves."""
        return next((deed for deed in self.deeds if deed.name == name), None)


def load_page(
    desk: Desk,
    text: str,
    which: CaseFilter,
    on_done: Callable[[CasePage], object],
    on_error: Callable[[BaseException], object] | None = None,
    *,
    after: str = "",
    limit: int = 50,
    owner: QObject | None = None,
    latest: Latest | None = None,
) -> None:
    """Read one page of the list."""
    desk.read(
        lambda q: q.cases(text, which, after, limit), on_done, on_error, owner=owner, latest=latest
    )


def load_rows(
    desk: Desk,
    ids: frozenset[str],
    on_done: Callable[[list[CaseRow]], object],
    *,
    owner: QObject | None = None,
) -> None:
    """Read single rows again, those that a change named."""

    def rows(q: Queries) -> list[CaseRow]:
        found = [q.case(one) for one in ids]
        return [detail.row for detail in found if detail is not None]

    desk.read(rows, on_done, owner=owner)


def load_totals(
    desk: Desk,
    on_done: Callable[[dict[CaseFilter, int]], object],
    *,
    owner: QObject | None = None,
    latest: Latest | None = None,
) -> None:
    """Count the cases of every filter."""
    desk.read(
        lambda q: {which: q.cases("", which, "", 1).total for which in FILTERS},
        on_done,
        owner=owner,
        latest=latest,
    )


def load_case(
    desk: Desk,
    case_id: str,
    on_done: Callable[[CasePicture | None], object],
    on_error: Callable[[BaseException], object] | None = None,
    *,
    owner: QObject | None = None,
    latest: Latest | None = None,
) -> None:
    """Read everything about one case."""
    roles, window, now = desk.session.roles, desk.hall.counter_no, desk.clock.now()
    desk.read(
        lambda q: picture(q, case_id, roles, window, now),
        on_done,
        on_error,
        owner=owner,
        latest=latest,
    )


def load_image(
    desk: Desk,
    blob_id: str,
    on_done: Callable[[bytes], object],
    on_error: Callable[[BaseException], object] | None = None,
    *,
    owner: QObject | None = None,
) -> None:
    """Read the plaintext of a page; it lives in memory only."""
    desk.read(lambda q: q.blob(blob_id), on_done, on_error, owner=owner)


def supplement(
    desk: Desk,
    case_id: str,
    key: str,
    files: Sequence[bytes],
    on_done: Callable[[Done], object],
    on_error: Callable[[BaseException], object] | None = None,
    *,
    note: str = "",
    owner: QObject | None = None,
) -> None:
    """补交材料: store every page durably, then hand them in as one operation.

    The pages are stored one after the other so that a bad one is named before anything is sent.
    There must be at least one.
    """
    pages: list[Page] = []

    def stored(done: Done) -> None:
        if isinstance(done.value, Page):
            pages.append(done.value)
        if len(pages) < len(files):
            store(len(pages))
            return
        given = GivenMaterial(
            key=key,
            way="scanned",
            pages=tuple(pages),
            checked_by=desk.session.operator_id,
            checked_at=desk.clock.now().isoformat(),
        )
        desk.write(SupplementCase(case_id, (given,), note), on_done, on_error, owner=owner)

    def store(at: int) -> None:
        desk.write(StorePage(files[at], "file"), stored, on_error, owner=owner)

    store(0)


def reveal(
    desk: Desk, case_id: str, on_done: Callable[[Done], object], *, owner: QObject | None = None
) -> None:
    """Put on record that the full information is looked at; show it in ``on_done`` only."""
    desk.write(RevealCase(case_id), on_done, owner=owner)


# -- database thread ------------------------------------------------------------------


def picture(
    q: Queries, case_id: str, roles: frozenset[str], window: int, now: datetime
) -> CasePicture | None:
    """Put together what the detail shows at a window. Database thread."""
    detail = q.case(case_id)
    if detail is None:
        return None
    case = detail.case
    body = CaseReceived.model_validate(case.body)
    item = q.item(case.item_code, case.item_version)
    waiting = {row.op_id for row in q.outbox() if row.state in _OPEN}
    issues = [row for row in detail.ops if row.op_id in waiting]
    agent = f"{body.agent.person.name}（{body.agent.relation}）" if body.agent else ""
    person = body.applicant
    held = holding(case, window, now)
    return CasePicture(
        detail=detail,
        person=PersonFacts(person.name, person.id_no, person.mobile, person.address, agent),
        materials=_materials(body, item),
        choices=tuple((m.key, m.material_name) for m in item.materials) if item else (),
        why=_why(q, case, body, item),
        issues=tuple(_issue(row, detail, roles) for row in issues),
        tolerable=tolerable(body, item),
        deeds=deeds(detail, item, roles, held),
        window="本窗口" if held.mine else held.window,
        stands=stands(case.state),
        life=case.life,
        item=item,
    )


def _materials(body: CaseReceived, item: Item | None) -> tuple[MaterialLine, ...]:
    names = {m.key: m.material_name for m in item.materials} if item else {}
    lines = []
    for given in body.materials:
        word = WAY_WORDS[given.way]
        if given.way == "tolerated" and given.due:
            word = f"容缺，还没交，{day_words(date.fromisoformat(given.due))}前补"
        lines.append(
            MaterialLine(given.key, names.get(given.key, given.key), given.way, word, given.pages)
        )
    return tuple(lines)


def _why(q: Queries, case: CaseRecord, body: CaseReceived, item: Item | None) -> tuple[str, ...]:
    """Why the case is due on that day, sentence by sentence."""
    if case.due_kind == "gap":
        return ("容缺收件时约定了补齐的日期；补齐后，这个时限就不再计算。",)
    try:
        calendar = WorkCalendar.model_validate(q.calendar_json())
        clock = _clock(case, body)
        if clock is not None and not clock.stands:
            return tuple(explain(deadline_of(clock, calendar)))
        if case.due_kind == "promise":
            return ("中心受理时起算承诺办结时限，日期由中心给出。",)
        if case.due_kind != "answer" or item is None:
            return ()
        start = datetime.fromisoformat(body.received_at)
        deadline = add_days(start, item.answer_day, "workday", calendar)
    except (CounterError, ValueError):
        return ("放假安排读不出来，暂时不能说明；日期以凭证上印的为准。",)
    lines = tuple(explain(deadline))
    if deadline.date.isoformat() != case.due[:10]:
        renewed = day_words(date.fromisoformat(case.due[:10]))
        return (*lines, f"后来补正过材料，从补齐那天重新起算，现在是{renewed}。")
    return lines


def _clock(case: CaseRecord, body: CaseReceived) -> CaseClock | None:
    """Return the clock behind the day that matters now."""
    told = [CaseClock.model_validate(clock) for clock in case.centre.get("clocks", ())]
    return next((c for c in (*body.clocks, *told) if c.kind == case.due_kind), None)


def _issue(row: OutboxRow, detail: CaseDetail, roles: frozenset[str]) -> Issue:
    told = any(op.kind == "case.informed" and op.seq > row.seq for op in detail.ops)
    tell = row.state == "REJECTED" and not told
    if tell:
        words = "先登记怎样告知了本人，再由值班长关闭。"
        return Issue(row, Possible(allowed=False, words=words), tell=True)
    return Issue(row, _may_close(row, roles))


def _may_close(row: OutboxRow, roles: frozenset[str]) -> Possible:
    if row.state == "REJECTED" and "leader" not in roles:
        return Possible(allowed=False, words="已给过凭证的办件被退回，只能由值班长关闭。")
    return Possible(
        allowed=True, words="关闭只表示有人处理过，办件和传送状态都不变；原因会记入经过。"
    )
