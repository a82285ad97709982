# SPDX-License-Identifier: MulanPSL-2.0
"""A desk in memory: the real use cases over fake storage, real item data, simulated devices."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject

from counter.app.commands import Command, Done
from counter.app.queries import (
    CaseDetail,
    CaseFilter,
    CasePage,
    CaseRow,
    DueAgain,
    ItemHit,
    LeaderView,
    MovedDate,
    RefusalRow,
    Workbench,
)
from counter.app.session import Session
from counter.devices.simulator import TRAINING_PEOPLE, SimulatedCamera, SimulatedReader
from counter.domain.catalog import Item
from counter.domain.draft import Draft
from counter.domain.hints import FILE as HINTS
from counter.domain.hints import Hint, Hints
from counter.domain.people import people_in
from counter.domain.queueing import QueueRow
from counter.domain.theme import Theme
from counter.infra.paper_templates import PaperTemplates
from counter.ports.devices import Devices
from counter.ports.storage import CaseRecord, OperatorRow, PersonRecord
from counter.ports.sync_store import OutboxRow, QueueCounts
from tests.fakes.clock import CHINA, FakeClock
from tests.fakes.hall import HALL, FakeHall
from ui.operations.desk import Desk
from ui.operations.line import LineStatus
from ui.runner import Runner

T = TypeVar("T")
RESOURCES = Path(__file__).resolve().parents[2] / "resources"
SHIPPED_HINTS = Hints.model_validate_json((RESOURCES / "catalog" / HINTS).read_bytes()).hints
FREQUENT = ("elder_allowance", "elder_card", "medical_enrol", "pension_enrol", "food_permit")
START = datetime(2026, 11, 23, 10, 24, tzinfo=CHINA)


class QuietLine:
    """A line that is down."""

    training = True

    def status(self) -> LineStatus:
        return LineStatus("offline", "离线", START.isoformat(), ())

    def kick(self, *, pages: bool = False) -> None: ...

    def set_link(self, *, enabled: bool) -> None: ...


def case_row(case: CaseRecord) -> CaseRow:
    """A table row of a case that only this machine knows."""
    return CaseRow(
        case_id=case.case_id,
        received_at=case.received_at,
        receipt_no=case.receipt_no,
        project_no="",
        applicant=case.applicant_name[:1] + "*",
        item_name=case.item_name,
        state=case.state,
        state_word="已收件",
        delivery="local",
        delivery_word="只在本机",
        due=case.due,
        due_kind=case.due_kind,
        due_level="none",
    )


class NothingRefused:
    """The leader's lists in a hall that refused nobody and where nobody has to come again."""

    def leader_view(self) -> LeaderView:
        return LeaderView()

    def queue(self, day: str) -> tuple[QueueRow, ...]:
        return ()

    def refusals(self, limit: int = 200) -> list[RefusalRow]:
        return []

    def hints(self) -> tuple[Hint, ...]:
        return SHIPPED_HINTS

    def due_again(
        self, days: int | None = None, place: str = "", limit: int = 500
    ) -> tuple[DueAgain, ...]:
        return ()


class NothingSupplied:
    """No paper came later."""

    def supplied_here(self, since: str) -> tuple[str, ...]:
        return ()


class FakeQueries(NothingRefused, NothingSupplied):
    """`Queries` over the fake store; search knows names, aliases and initials of the aliases."""

    def service_tables(self, name: str) -> dict[str, Any]:
        del name
        return {}

    def __init__(self, hall: FakeHall) -> None:
        self._hall = hall
        lists = json.loads((RESOURCES / "catalog" / "dicts.json").read_text("utf-8"))["lists"]
        self._lists = {
            name: {row["code"]: row["label"] for row in one["codes"]} for name, one in lists.items()
        }
        path = RESOURCES / "calendars" / "cn-2024-2026.json"
        self._calendar: dict[str, Any] = json.loads(path.read_text("utf-8"))
        self.initials = {"elder_allowance": "gljt", "elder_card": "lnryzz"}

    def _items(self) -> list[Item]:
        return [Item.model_validate_json(t) for t in self._hall.store.tables.items.values()]

    def _hit(self, item: Item, matched: str = "") -> ItemHit:
        return ItemHit(
            item.item_code,
            item.task_version,
            item.task_name,
            matched,
            item.project_type,
            task_state=item.task_state,
        )

    def operators(self) -> list[OperatorRow]:
        return []

    def item(self, item_code: str, version: str = "") -> Item | None:
        found = [i for i in self._items() if i.item_code == item_code]
        return next((i for i in found[::-1] if not version or i.task_version == version), None)

    def theme(self, theme_code: str, version: str = "") -> Theme | None:
        body = self._hall.store.tables.reference.get(("theme", theme_code))
        return Theme.model_validate(body) if body else None

    def search_items(self, text: str, limit: int = 20) -> list[ItemHit]:
        hits = []
        for (kind, code), body in self._hall.store.tables.reference.items():
            if kind == "theme" and any(text in n for n in (body["task_name"], *body["aliases"])):
                version, name = body["task_version"], body["task_name"]
                hits.append(ItemHit(code, version, name, text, "", "theme"))
        for item in {i.item_code: i for i in self._items()}.values():
            names = [item.task_name, item.short_name, *item.aliases]
            names.append(self.initials.get(item.item_code, item.item_code))
            matched = next((n for n in names if text in n), None)
            if matched is not None:
                hits.append(self._hit(item, matched))
        return hits[:limit]

    def frequent_items(self, operator_id: str, limit: int = 9) -> list[ItemHit]:
        known = {i.item_code: i for i in self._items()}
        often = [known[code] for code in FREQUENT if code in known]
        return [self._hit(i) for i in often if i.task_state == "在用"][:limit]

    def code_lists(self) -> dict[str, dict[str, str]]:
        return self._lists

    def calendar_json(self) -> dict[str, Any]:
        return self._calendar

    def moved_dates(self, *, seen: bool = False) -> list[MovedDate]:
        return []

    def drafts(self, operator_id: str) -> list[Draft]:
        return list(self._hall.store.tables.drafts.values())

    def draft(self, draft_id: str) -> Draft | None:
        return self._hall.store.tables.drafts.get(draft_id)

    def workbench(self, operator_id: str) -> Workbench:
        return Workbench((), (), (), (), 0, 0, 0, self.counts())

    def cases(
        self, text: str = "", which: CaseFilter = "all", after: str = "", limit: int = 50
    ) -> CasePage:
        rows = tuple(case_row(c) for c in self._hall.store.tables.cases.values())
        return CasePage(rows, "", len(rows))

    def case(self, case_id: str) -> CaseDetail | None:
        case = self._hall.store.tables.cases.get(case_id)
        return CaseDetail(case, case_row(case), (), ()) if case else None

    def cases_of_person(self, id_no: str) -> list[CaseRow]:
        cases = self._hall.store.tables.cases.values()
        return [case_row(c) for c in cases if c.applicant_id_no == id_no]

    def person_records(self, kind: str, people: Collection[str]) -> list[PersonRecord]:
        kept = self._hall.store.tables.people.values()
        return [r for r in kept if r.kind == kind and r.person in people]

    def taken_by(self, person: str) -> dict[str, str]:
        cases = self._hall.store.tables.cases.values()
        mine = [c for c in cases if people_in(c.body).get("applicant") == person]
        return {c.item_code: c.received_at for c in mine}

    def clerk_of(self, case_id: str) -> str:
        events = self._hall.store.tables.events
        return next((e.who for e in events if e.case_id == case_id), "")

    def similar(self, id_no: str, item_code: str, person: str = "") -> list[CaseRow]:
        cases = self._hall.store.tables.cases.values()
        return [
            case_row(c) for c in cases if c.applicant_id_no == id_no and c.item_code == item_code
        ]

    def outbox(self, limit: int = 200) -> list[OutboxRow]:
        return []

    def counts(self) -> QueueCounts:
        return QueueCounts(0, 0, 0, 0, 0, 0, "")

    def blob(self, blob_id: str) -> bytes:
        return self._hall.blob_files.kept[blob_id]


@dataclass
class FakeDesk:
    """Holds the desk, the hall behind it and what went through it.

    Attributes:
        commands: every command handled, in order.
        failures: errors that the next commands of this type raise instead.
        slow: called on the database thread before each command, to hold it up.
    """

    hall: FakeHall = field(default_factory=FakeHall)
    reader: SimulatedReader = field(default_factory=lambda: SimulatedReader(TRAINING_PEOPLE))
    camera: SimulatedCamera = field(default_factory=SimulatedCamera)
    commands: list[Command] = field(default_factory=list)
    failures: dict[type[object], list[Exception]] = field(default_factory=dict)
    slow: Callable[[Command], None] = lambda _command: None
    regret_minutes: int = 0
    runner: Runner = field(init=False)
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        self.hall.clock = FakeClock(START)
        for path in sorted((RESOURCES / "catalog" / "items").glob("*.json")):
            self.hall.give_item(Item.model_validate_json(path.read_text("utf-8")))
        self.queries = FakeQueries(self.hall)
        self.hall.store.tables.reference["calendar", "CN"] = self.queries.calendar_json()
        self.hall.store.tables.reference["dicts", "dicts"] = json.loads(
            (RESOURCES / "catalog" / "dicts.json").read_text("utf-8")
        )
        for path in sorted((RESOURCES / "catalog" / "themes").glob("*.json")):
            body = json.loads(path.read_text("utf-8"))
            self.hall.store.tables.reference["theme", body["theme_code"]] = body
        self._db = ThreadPoolExecutor(1, thread_name_prefix="fake-db")
        self._bus = self.hall.bus
        self.runner = Runner(self._submit)
        self.desk = Desk(
            runner=self.runner,
            handle=self._handle,
            queries=self.queries,
            session=self.hall.session,
            hall=HALL,
            clock=self.hall.clock,
            devices=Devices(self.reader, self.camera, None),
            papers=PaperTemplates(RESOURCES / "documents"),
            line=QuietLine(),
            key_mode="keyring",
            regret_minutes=self.regret_minutes,
        )

    def _submit(self, job: Callable[[], T], /) -> Future[T]:
        return self._db.submit(job)

    def _handle(self, command: Command, session: Session) -> Done:
        self.slow(command)
        self.commands.append(command)
        if waiting := self.failures.get(type(command)):
            raise waiting.pop(0)
        return self._bus.handle(command, session)

    def said(self, kind: type[T]) -> list[T]:
        """Commands of one type."""
        return [c for c in self.commands if isinstance(c, kind)]

    def close(self, *screens: QObject) -> None:
        """End the threads."""
        for screen in screens:
            screen.deleteLater()
        self.runner.close()
        self._db.shutdown(wait=True)
