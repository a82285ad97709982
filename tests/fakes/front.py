# SPDX-License-Identifier: MulanPSL-2.0
"""A centre with cases of its own and a province's front database beside it, for exchange tests."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from counter.domain.bodies import CaseReceived
from counter.domain.catalog import Item
from sync.hub.centre import open_centre
from sync.hub.exchange.command import RESOURCES
from sync.hub.exchange.mapping import load
from sync.hub.exchange.rows import Published
from sync.hub.exchange.run import Run, Summary, open_target
from sync.hub.handlers import backoffice, publish
from sync.hub.storage import cases, exchange
from sync.protocol.wire import CaseView
from tests.fakes.device import now, uuid7
from tests.fakes.hub import received_body, small_item

TABLES = (
    "up_pro_accept",
    "up_pro_process",
    "up_pro_special_procedure",
    "up_pro_material",
    "up_pro_result",
)
CODES = {"catalog_code": "000511001000", "dept_code": "11990123MB9000001W"}


class Province:
    """A centre with cases, and the front database beside it."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "centre"
        self.file = folder / "front.db"
        self.url = f"sqlite:///{self.file}"
        self.mapping = load(RESOURCES)
        self.centre = open_centre(self.data)
        item = small_item(result_name="练习证", **CODES)
        publish.publish(self.centre, [_document(item)])
        self.item = Published(item.model_dump(mode="json"), 1)

    def case(self, *acts: str, item_code: str = "test_card", **applicant: str) -> str:
        case_id = uuid7()
        raw = received_body(item_code)
        raw["applicant"] |= applicant
        body = CaseReceived.model_validate(raw).model_dump(mode="json")
        view = CaseView(
            case_id=case_id,
            receipt_no=body["receipt_no"],
            project_no=f"11990123MB9000001W500051100100020261122{case_id[-4:]}",
            item_code=item_code,
            item_version="1",
            applicant_name=body["applicant"]["name"],
            state="received",
            received_at=body["received_at"],
        ).model_dump(mode="json")
        view["events"] = [{"at": body["received_at"], "what": "收件", "who": "张敏", "why": ""}]
        row = cases.CaseRow(
            case_id=case_id,
            receipt_no=body["receipt_no"],
            project_no=f"{view['project_no']}-{case_id[-6:]}"[-50:],
            hall_code="7K2QM",
            device_id="d1",
            operator_id="7K2QM-0312",
            item_code=item_code,
            item_version="1",
            person_key="",
            claimed_at=now(),
            received_at=now(),
            state="received",
            rev=1,
            state_rev=1,
            body=body,
            view=view,
            facts={},
        )
        with self.centre.database.write() as tx:
            cases.add(tx, row)
        for act in acts:
            self.act(case_id, act)
        return case_id

    def act(self, case_id: str, act: str) -> None:
        reason = "不符合条件" if act in backoffice.NEEDS_REASON else ""
        backoffice.act(self.centre, case_id, act, reason=reason)

    def change(self, case_id: str, change: Callable[[cases.CaseRow], cases.CaseRow]) -> None:
        with self.centre.database.write() as tx:
            found = cases.find(tx, case_id)
            assert found is not None
            cases.save(tx, change(found))

    def run(self, url: str = "", *, batch_rows: int = 500, page_cases: int = 2) -> Summary:
        target = open_target(url or self.url, self.mapping)
        try:
            target.create()
            return Run(
                self.centre, target, self.mapping, batch_rows=batch_rows, page_cases=page_cases
            ).all()
        finally:
            target.close()

    def rows(self, table: str) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(self.file)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        return {t: sorted(self.rows(t), key=lambda row: row["row_guid"]) for t in TABLES}

    def sql(self, text: str) -> None:
        with closing(sqlite3.connect(self.file)) as connection:
            connection.execute(text)
            connection.commit()

    def problems(self) -> list[tuple[str, str, str]]:
        with self.centre.database.read() as tx:
            return [
                (row["case_id"], row["column_name"], row["code"]) for row in exchange.problems(tx)
            ]


def _document(item: Item) -> publish.Document:
    body = item.model_dump(mode="json")
    return publish.Document("item", item.item_code, item.task_version, body)
