# SPDX-License-Identifier: MulanPSL-2.0
"""A desk with made-up cases for the screens: everything in memory, everybody invented."""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from counter.app.changes import Changes
from counter.app.commands import (
    CloseIssue,
    Command,
    Done,
    NotePrint,
    SeeMovedDates,
    StorePage,
    WithdrawCase,
)
from counter.app.papers.prints import line
from counter.app.queries import (
    CaseDetail,
    CaseFilter,
    CasePage,
    CaseRow,
    DueAgain,
    DueRow,
    ItemHit,
    LeaderView,
    MovedDate,
    RefusalRow,
    Workbench,
)
from counter.app.session import Session
from counter.domain.case import STATE_WORDS, CaseState
from counter.domain.catalog import Item
from counter.domain.draft import Draft
from counter.domain.errors import KnownError
from counter.domain.hints import Hint
from counter.domain.materials import Page
from counter.domain.queueing import QueueRow
from counter.domain.theme import Theme
from counter.infra.paper_templates import PaperTemplates
from counter.ports.devices import Devices
from counter.ports.storage import CaseEventRow, CaseRecord, OperatorRow, PersonRecord
from counter.ports.sync_store import OutboxRow, QueueCounts
from tests.fakes.screen_data import (
    HALL,
    NOW,
    PNG,
    ROOT,
    case_record,
    case_row,
    draft,
    item,
    line_status,
    outbox_row,
    session,
)
from ui.operations.desk import Desk
from ui.operations.line import LineStatus
from ui.runner import Runner

T = TypeVar("T")


class FakeClock:
    """Time that stands still."""

    def __init__(self, now: datetime = NOW) -> None:
        self.at = now

    def now(self) -> datetime:
        return self.at

    def mono_ms(self) -> int:
        return 1

    def boot_id(self) -> str:
        return "boot"


class FakeLine:
    """Remembers what was asked of it."""

    def __init__(self, *, training: bool = True) -> None:
        self.training = training
        self.kicks = 0
        self.pages_asked = 0
        self.asked: list[bool] = []
        self.picture = line_status("narrow", "线路很窄：约 28 kbit/s，往返 0.9 秒")

    def status(self) -> LineStatus:
        return self.picture

    def kick(self, *, pages: bool = False) -> None:
        self.kicks += 1
        self.pages_asked += pages

    def set_link(self, *, enabled: bool) -> None:
        self.asked.append(enabled)


class NothingKnown:
    """Answers that no screen test looks at."""

    def operators(self) -> list[OperatorRow]:
        return []

    def supplied_here(self, since: str) -> tuple[str, ...]:
        return ()

    def frequent_items(self, operator_id: str, limit: int = 9) -> list[ItemHit]:
        return []


class NothingPublished:
    """What a centre may publish besides the catalogue, where it published none of it."""

    def service_tables(self, name: str) -> dict[str, Any]:
        del name
        return {}

    def hints(self) -> tuple[Hint, ...]:
        return ()


@dataclass
class FakeQueries(NothingKnown, NothingPublished):
    """The read side over `size` cases; `calls` counts the questions."""

    size: int = 120
    empty: bool = False
    issues: list[OutboxRow] = field(default_factory=list)
    rows: dict[int, CaseRow] = field(default_factory=dict)
    printed: list[str] = field(default_factory=list)
    records: dict[str, CaseRecord] = field(default_factory=dict)  # cases told otherwise
    offers: Item | None = None
    leader: LeaderView = field(default_factory=LeaderView)
    refused: list[RefusalRow] = field(default_factory=list)
    queued: list[QueueRow] = field(default_factory=list)
    moved: list[MovedDate] = field(default_factory=list)
    again: list[DueAgain] = field(default_factory=list)
    hits: list[ItemHit] = field(default_factory=list)
    calls: int = 0

    def row(self, at: int) -> CaseRow:
        return self.rows.get(at) or case_row(at)

    def item(self, item_code: str, version: str = "") -> Item | None:
        return self.offers or item()

    def put(self, case: CaseRecord, state: str = "", **row: Any) -> None:
        """Tell of a case something else than usual; `state` is what the row shows."""
        at = int(case.case_id.rpartition("-")[2])
        shown = CaseState(state or case.state)
        self.records[case.case_id] = case
        self.rows[at] = replace(
            case_row(at), state=shown.value, state_word=STATE_WORDS[shown], due=case.due, **row
        )

    def theme(self, theme_code: str, version: str = "") -> Theme | None:
        return None

    def search_items(self, text: str, limit: int = 20) -> list[ItemHit]:
        return self.hits

    def code_lists(self) -> dict[str, dict[str, str]]:
        return {}

    def due_again(
        self, days: int | None = None, place: str = "", limit: int = 500
    ) -> tuple[DueAgain, ...]:
        return tuple(one for one in self.again if place in one.address)

    def moved_dates(self, *, seen: bool = False) -> list[MovedDate]:
        return list(self.moved)

    def calendar_json(self) -> dict[str, Any]:
        return {
            "version": "t",
            "region": "CN",
            "covers": {"from": "2026-01-01", "to": "2026-12-31"},
            "days": {},
        }

    def drafts(self, operator_id: str) -> list[Draft]:
        return []

    def draft(self, draft_id: str) -> Draft | None:
        return None

    def workbench(self, operator_id: str) -> Workbench:
        self.calls += 1
        counts = self.counts()
        if self.empty:
            return Workbench((), (), (), (), 0, 0, 0, counts)
        words = ["未受理，逾期视为受理", "缺一寸照片", "中心审核中", "已收件，未传", "待联系"]
        dues = [
            ("2026-11-22T17:30:00+08:00", "answer", "red"),
            ("2026-11-21", "gap", "overdue"),
            ("2026-11-23", "promise", "yellow"),
            ("2026-11-25", "answer", "yellow"),
            ("2026-11-27", "answer", "none"),
        ]
        why = (
            "11月20日（周五），收件当天，不算在内。",
            "11月21日（周六）至11月22日（周日）是周末，不算。",
            "所以最后期限是2026年11月27日（周五）。",
        )
        radar = tuple(
            DueRow(
                f"case-{at}",
                f"{self.row(at).item_name} · {self.row(at).applicant}",
                self.row(at).receipt_no,
                *dues[at % 5],
                words[at % 5],
                why,
            )
            for at in (3, 1, 7, 0, 6)
        )
        drafts = (
            (draft("d1", "陈秀英", "materials"), "高龄津贴"),
            (draft("d2", "", "person"), ""),
        )
        results = tuple(self.row(at) for at in (3, 11))
        moved = len({row.case_id for row in self.moved})
        return Workbench(radar, tuple(self.issues), drafts, results, 17, 3, 2, counts, moved)

    def cases(
        self, text: str = "", which: CaseFilter = "all", after: str = "", limit: int = 50
    ) -> CasePage:
        self.calls += 1
        if self.empty:
            return CasePage((), "", 0)
        hits = range(self.size)
        if text or which != "all":
            hits = range(0, self.size, {"today": 7, "attention": 33, "due_soon": 11}.get(which, 21))
        if text:
            found = [at for at in range(min(self.size, 200)) if text in self.row(at).receipt_no]
            rows = tuple(self.row(at) for at in found[:limit])
            return CasePage(rows, "", len(found))
        start = int(after) if after else 0
        part = hits[start : start + limit]
        key = str(start + limit) if start + limit < len(hits) else ""
        return CasePage(tuple(self.row(at) for at in part), key, len(hits))

    def case(self, case_id: str) -> CaseDetail | None:
        at = int(case_id.rpartition("-")[2])
        case = self.records.get(case_id) or case_record(at)
        events = [
            CaseEventRow(
                case_id, (NOW - timedelta(minutes=m)).isoformat(), what, who, where, why, o
            )
            for m, what, who, where, why, o in (
                (25, "读卡核验代办人", "张敏", "3 号窗", "人证一致", "counter"),
                (13, "容缺：一寸照片", "张敏", "3 号窗", "12月4日前补", "counter"),
                (6, "本人核对签字（代办：女儿）", "张敏", "3 号窗", "", "counter"),
                (5, "收件", "张敏", "3 号窗", "离线", "counter"),
            )
        ]
        events.extend(
            CaseEventRow(case_id, NOW.isoformat(), what, "张敏", "", "", "counter")
            for what in self.printed
        )
        ops = tuple(row for row in self.issues if row.entity_id == case_id)
        first = outbox_row(at, op_id=f"first-{at}")
        return CaseDetail(case, self.row(at), tuple(events), (first, *ops))

    def cases_of_person(self, id_no: str) -> list[CaseRow]:
        return []

    def similar(self, id_no: str, item_code: str, person: str = "") -> list[CaseRow]:
        return []

    def leader_view(self) -> LeaderView:
        return self.leader

    def queue(self, day: str) -> tuple[QueueRow, ...]:
        return tuple(self.queued)

    def refusals(self, limit: int = 200) -> list[RefusalRow]:
        return self.refused

    def person_records(self, kind: str, people: Collection[str]) -> list[PersonRecord]:
        return []

    def taken_by(self, person: str) -> dict[str, str]:
        return {}

    def clerk_of(self, case_id: str) -> str:
        return ""

    def outbox(self, limit: int = 200) -> list[OutboxRow]:
        self.calls += 1
        if self.empty:
            return []
        plain = [
            outbox_row(2),
            outbox_row(3, deadline="2026-11-22"),
            outbox_row(
                4, "WAIT_DEP", kind="case.supplemented", depends_on=("op-3",), blobs_pending=1
            ),
            outbox_row(
                8, attempts=3, next_try_at="2026-11-22T10:41:00+08:00", last_code="NET-TIMEOUT"
            ),
        ]
        return [*plain, *self.issues]

    def counts(self) -> QueueCounts:
        if self.empty:
            return QueueCounts(0, 0, 0, 0, 0, 0, "")
        oldest = "2026-11-22T08:12:00+08:00"
        return QueueCounts(14, 31, 5_033_164, 1284, 1197, len(self.issues), oldest)

    def blob(self, blob_id: str) -> bytes:
        if blob_id == "lost":
            raise KnownError(code="BLOB-LOST", what="这一页的文件不见了。")
        return PNG


class ScreenDesk:
    """Makes a desk and remembers the commands it got."""

    def __init__(self, *roles: str, queries: FakeQueries | None = None) -> None:
        self.queries = queries or FakeQueries()
        self.commands: list[Command] = []
        self.fail: BaseException | None = None
        self.line = FakeLine()
        self.runner = Runner(self._submit)
        self.desk = Desk(
            runner=self.runner,
            handle=self.handle,
            queries=self.queries,
            session=session(*roles),
            hall=HALL,
            clock=FakeClock(),
            devices=Devices(),
            papers=PaperTemplates(ROOT / "resources" / "documents"),
            line=self.line,
            key_mode="keyring",
        )

    def of(self, kind: type[T]) -> Sequence[T]:
        """The commands of one kind, in order."""
        return [one for one in self.commands if isinstance(one, kind)]

    def handle(self, command: Command, session: Session) -> Done:
        self.commands.append(command)
        if self.fail is not None:
            raise self.fail
        if isinstance(command, StorePage):
            page = Page(blob_id="b" * 64, size=len(command.data), media_type="image/png")
            return Done(Changes(frozenset()), page)
        if isinstance(command, CloseIssue):
            rows = self.queries.issues
            rows[:] = [row for row in rows if row.op_id != command.op_id]
        if isinstance(command, SeeMovedDates):
            self.queries.moved.clear()
        if isinstance(command, NotePrint):
            self.queries.printed.append(line(command.made))
        ids = frozenset({command.case_id}) if isinstance(command, WithdrawCase) else frozenset()
        return Done(Changes(frozenset({"case", "outbox"}), ids))

    def _submit(self, job: Callable[[], T], /) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(job())
        except Exception as error:  # noqa: BLE001 - as the database thread hands it on
            future.set_exception(error)
        return future

    def close(self) -> None:
        self.runner.close()
