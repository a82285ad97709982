# SPDX-License-Identifier: MulanPSL-2.0
"""A desk with made-up cases for the screens: everything in memory, everybody invented."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from counter.app.changes import Changes
from counter.app.commands import CloseIssue, Command, Done, NotePrint, StorePage, WithdrawCase
from counter.app.queries import (
    CaseDetail,
    CaseFilter,
    CasePage,
    CaseRow,
    DueRow,
    ItemHit,
    Workbench,
)
from counter.app.session import Session
from counter.domain.catalog import Item
from counter.domain.draft import Draft
from counter.domain.errors import KnownError
from counter.domain.materials import Page
from counter.infra.paper_templates import PaperTemplates
from counter.ports.devices import Devices
from counter.ports.storage import CaseEventRow, OperatorRow
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
        self.asked: list[bool] = []
        self.picture = line_status("narrow", "线路很窄：约 28 kbit/s，往返 0.9 秒")

    def status(self) -> LineStatus:
        return self.picture

    def kick(self) -> None:
        self.kicks += 1

    def set_link(self, *, enabled: bool) -> None:
<<<<<<< HEAD
        self.asked.append(enabled)
=======
        self.enabled = enabled


def line_status(link: Any, words: str) -> LineStatus:
    """A picture of the line over the last hours."""
    history = tuple(
        (
            (NOW - timedelta(minutes=7 * (48 - at))).isoformat(),
            -1.0 if 12 < at < 25 else float(8 + at % 9 * 11),
        )
        for at in range(48)
    )
    lanes = (
        LaneStatus("ops", "正在发送第 1 件"),
        LaneStatus("blobs", "等文字发完", "2026-11-22T18:00:00+08:00"),
        LaneStatus(
            "pull", "等下一次", "2026-11-22T10:36:00+08:00", "10:30 没有回应（NET-TIMEOUT）"
        ),
    )
    cost = "文字约 1 分钟（15 KB），图片约 24 分钟（4.8 MB）"
    return LineStatus(
        link, words, "2026-11-22T08:22:00+08:00", lanes, cost, 28.0, 900.0, history, "差 0.3 秒"
    )


def person(at: int) -> Person:
    """Somebody invented; the region 990123 does not exist."""
    return Person(
        name=NAMES[at % len(NAMES)],
        id_no=f"99012319461208{at % 1000:03d}X",
        mobile="13800001234",
        address="某省某市柳河镇长寿路 8 号 2 单元 301 室",
    )


def case_record(at: int) -> CaseRecord:
    """Case number `at`, the newest first."""
    state, _, _, due, kind, _ = STATES[at % len(STATES)]
    received = NOW - timedelta(minutes=9 * at)
    number = f"7K2QM-03-{received:%y%m%d}-{9999 - at % 9999:04d}-DQQ"
    who = person(at)
    pages = tuple(
        Page(blob_id=f"{at:032d}{page:032d}", size=180_000, media_type="image/png")
        for page in range(2)
    )
    body = CaseReceived(
        receipt_no=number,
        query_code="384 216",
        item_code="elder_allowance",
        item_version="2026.1",
        applicant=who,
        agent=Agent(person=person(at + 1), relation="女儿") if at % 2 == 0 else None,
        materials=(
            GivenMaterial(key="id_card", way="scanned", pages=pages, original_checked=True),
            GivenMaterial(key="bank_card", way="original_checked"),
            GivenMaterial(key="photo", way="tolerated", due="2026-12-04"),
        ),
        received_at=received.isoformat(),
        answer_due="2026-11-27",
    )
    centre = {"accepted_at": "2026-11-22", "accept_no": "SL-1"} if state == "accepted" else {}
    return CaseRecord(
        case_id=f"case-{at}",
        receipt_no=number,
        project_no="990123202611220000001" if at % 3 == 2 else "",
        item_code="elder_allowance",
        item_version="2026.1",
        item_name=ITEMS[at % len(ITEMS)],
        applicant_name=who.name,
        applicant_id_no=who.id_no,
        operator_id="op-1",
        state=state,
        rev=0,
        received_at=received.isoformat(),
        answer_due="2026-11-27",
        answer_provisional=False,
        promise_due="",
        due=due,
        due_kind=kind,
        body=body.model_dump(mode="json"),
        centre=centre,
    )


def case_row(at: int) -> CaseRow:
    """The line of case number `at`."""
    case = case_record(at)
    _, delivery, word, due, kind, level = STATES[at % len(STATES)]
    return CaseRow(
        case.case_id,
        case.received_at,
        case.receipt_no,
        case.project_no,
        mask_name(case.applicant_name),
        case.item_name,
        case.state.value,
        STATE_WORDS[case.state],
        delivery,
        word,
        due,
        kind,
        level,
    )


def outbox_row(seq: int, state: OpState = "QUEUED", **other: Any) -> OutboxRow:
    """An operation about case `seq`."""
    row = case_row(seq)
    base = OutboxRow(
        seq=seq,
        epoch=0,
        op_id=f"op-{seq}",
        op_hash="a" * 64,
        kind="case.received",
        entity_id=f"case-{seq}",
        jws="x.y.z",
        size=900 + 130 * seq,
        deadline="2026-11-27",
        not_before="",
        state=state,
        attempts=0,
        next_try_at="",
        last_code="",
        last_message="",
        blobs_pending=seq % 4,
        depends_on=(),
        title=f"{row.item_name} · {row.applicant}",
    )
    return replace(base, **other)


def item() -> Item:
    """A small service item."""
    return Item(
        item_code="elder_allowance",
        task_version="2026.1",
        task_name="高龄津贴",
        short_name="高龄津贴",
        task_type="05",
        use_level="4",
        dept_name="民政",
        by_law="—",
        project_type="2",
        accept_condition="—",
        handle_flow="—",
        anticipate_day=20,
        promise_day=10,
        link_way="0990-000000",
        supervise_way="12345",
        form=(
            FormSection(
                key="a", title="申请人", fields=(FormField(code="person.name", label="姓名"),)
            ),
        ),
        materials=(
            Material(key="id_card", material_name="居民身份证"),
            Material(key="bank_card", material_name="本人银行卡或社保卡（金融账户已激活）"),
            Material(key="photo", material_name="一寸照片", tolerable=True, tolerate_days=10),
        ),
    )
>>>>>>> 49e29ba (tests: a slice of the kills in every run, and faults planted in the check)


@dataclass
class FakeQueries:
    """The read side over `size` cases; `calls` counts the questions."""

    size: int = 120
    empty: bool = False
    issues: list[OutboxRow] = field(default_factory=list)
    rows: dict[int, CaseRow] = field(default_factory=dict)
    printed: bool = False
    calls: int = 0

    def row(self, at: int) -> CaseRow:
        return self.rows.get(at) or case_row(at)

    def operators(self) -> list[OperatorRow]:
        return []

    def item(self, item_code: str, version: str = "") -> Item | None:
        return item()

    def search_items(self, text: str, limit: int = 20) -> list[ItemHit]:
        return []

    def frequent_items(self, operator_id: str, limit: int = 9) -> list[ItemHit]:
        return []

    def code_lists(self) -> dict[str, dict[str, str]]:
        return {}

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
        return Workbench(radar, tuple(self.issues), drafts, results, 17, 3, 2, counts)

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
        case = case_record(at)
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
        if self.printed:
            events.append(
                CaseEventRow(case_id, NOW.isoformat(), "打印收件凭证", "张敏", "", "", "counter")
            )
        ops = tuple(row for row in self.issues if row.entity_id == case_id)
        first = outbox_row(at, op_id=f"first-{at}")
        return CaseDetail(case, self.row(at), tuple(events), (first, *ops))

    def cases_of_person(self, id_no: str) -> list[CaseRow]:
        return []

    def similar(self, id_no: str, item_code: str) -> list[CaseRow]:
        return []

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
        if isinstance(command, NotePrint):
            self.queries.printed = True
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
