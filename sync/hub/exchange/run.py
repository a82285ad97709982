# SPDX-License-Identifier: MulanPSL-2.0
"""One run of the exchange: page by page, in upload order, safe to break off anywhere.

The target commits a batch first, then the hub remembers it. A kill in between leaves rows that
the target has and the hub does not know of: the next run finds them there unchanged and only
remembers them. So a repeat never writes a row twice and never leaves one out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sync.hub.centre import Centre
from sync.hub.exchange.mapping import Mapping
from sync.hub.exchange.rows import BEIJING, Published, build
from sync.hub.handlers.ratings import satisfaction
from sync.hub.storage import cases, exchange
from sync.hub.storage.cases import CaseRow
from sync.hub.storage.exchange import Problem
from sync.hub.storage.exchange_target import INSERTED, SAME, UPDATED, Target, TargetRow

PAGE_CASES = 200
BATCH_ROWS = 500


@dataclass
class Summary:
    """What a run did, in rows; ``problems`` counts values, ``waiting`` rows without a parent."""

    cases: int = 0
    inserted: int = 0
    updated: int = 0
    already_there: int = 0
    unchanged: int = 0
    waiting: int = 0
    problems: int = 0
    batches: list[str] = field(default_factory=list)


def open_target(url: str, mapping: Mapping) -> Target:
    """Return the front database with the tables of a mapping.

    Raises:
        DomainError: no database address, or no driver for it.
    """
    return Target(url, {table.table: table.target_columns() for table in mapping.tables})


class Run:
    """Brings the rows of all cases to one target."""

    def __init__(
        self,
        centre: Centre,
        target: Target,
        mapping: Mapping,
        *,
        data_source: str = "",
        batch_rows: int = BATCH_ROWS,
        page_cases: int = PAGE_CASES,
    ) -> None:
        """Prepare; ``data_source`` replaces the one of the mapping."""
        self._centre = centre
        self._target = target
        self._mapping = mapping
        self._source = data_source or mapping.settings.data_source
        self._batch_rows = batch_rows
        self._page_cases = page_cases
        self._items: dict[tuple[str, str], Published] = {}
        self._summary = Summary()

    def all(self) -> Summary:
        """Go through all cases.

        Raises:
            KnownError: the target cannot be reached; what was committed stays.
        """
        after = ("", "")
        while page := self._page(after):
            self._bring(page)
            self._summary.cases += len(page)
            after = (page[-1].received_at, page[-1].case_id)
        return self._summary

    def _page(self, after: tuple[str, str]) -> list[CaseRow]:
        with self._centre.database.read() as tx:
            page = exchange.case_page(tx, after, self._page_cases)
            for case in page:
                version = (case.item_code, case.item_version)
                if version not in self._items:
                    self._items[version] = Published(*exchange.published(tx, *version))
        return page

    def _levels(self, page: Sequence[CaseRow]) -> dict[str, str]:
        """Return the rating of each case that has one, or that the default rule gives one."""
        today = self._centre.clock().date()
        with self._centre.database.read() as tx:
            found = satisfaction(tx, page, today)
        return {case_id: str(level) for case_id, (level, _) in found.items()}

    def _bring(self, page: Sequence[CaseRow]) -> None:
        rows: list[TargetRow] = []
        problems: list[Problem] = []
        levels = self._levels(page)
        for case in page:
            item = self._items[case.item_code, case.item_version]
            level = levels.get(case.case_id, "")
            good, bad = build(case, item, self._mapping, self._source, level)
            rows += good
            problems += bad
        # A parent row that has gone bad after it was sent is still there for its children.
        named = [(r.table, r.case_id, r.row_guid) for r in rows]
        named += [(p.table_name, p.case_id, p.row_guid) for p in problems]
        with self._centre.database.read() as tx:
            guids = list({guid for _, _, guid in named})
            known = exchange.digests(tx, self._target.key, guids)
        parent = self._mapping.tables[0].table
        ready = {case for table, case, guid in named if table == parent and guid in known}
        # What was never accepted has no parent row, and so nothing of it goes.
        meant = {case for table, case, _ in named if table == parent}
        rows = [row for row in rows if row.case_id in meant]
        problems = [problem for problem in problems if problem.case_id in meant]
        numbers = {case.case_id: case.project_no for case in page}
        for batch in self._batches(rows, known, ready):
            refused = self._send(batch, set(known), ready)
            problems += [_refused(row, numbers, why) for row, why in refused]
        self._note(page, problems)

    def _batches(
        self, rows: Sequence[TargetRow], known: dict[str, str], ready: set[str]
    ) -> Iterator[list[TargetRow]]:
        """Give batches of one table each; ``ready`` grows while the first table is sent."""
        for number, table in enumerate(self._mapping.tables):
            mine = [row for row in rows if row.table == table.table]
            changed = [row for row in mine if known.get(row.row_guid) != row.digest]
            self._summary.unchanged += len(mine) - len(changed)
            if number:
                there = [row for row in changed if row.case_id in ready]
                self._summary.waiting += len(changed) - len(there)
                changed = there
            for start in range(0, len(changed), self._batch_rows):
                yield changed[start : start + self._batch_rows]

    def _send(
        self, rows: list[TargetRow], sent: set[str], ready: set[str]
    ) -> list[tuple[TargetRow, str]]:
        now = self._centre.clock().astimezone(BEIJING)
        batch = self._batch_no(now)
        written = self._target.write(rows, sent=sent, batch=batch, at=now)
        done = [row for row in rows if row.row_guid in written.done]
        with self._centre.database.write() as tx:
            exchange.record(tx, self._target.key, done, batch=batch, at=self._centre.now())
        if rows[0].table == self._mapping.tables[0].table:
            ready |= {row.case_id for row in done}
        ways = list(written.done.values())
        self._summary.inserted += ways.count(INSERTED)
        self._summary.updated += ways.count(UPDATED)
        self._summary.already_there += ways.count(SAME)
        if len(ways) > ways.count(SAME):
            self._summary.batches.append(batch)
        refused = written.refused
        return [(row, refused[row.row_guid]) for row in rows if row.row_guid in refused]

    def _batch_no(self, now: datetime) -> str:
        """Take the next batch number: the day and a serial; one that a kill wasted is no harm."""
        series = f"exchange:{self._target.key}:{now:%Y%m%d}"
        with self._centre.database.write() as tx:
            return f"{now:%Y%m%d}{cases.next_serial(tx, series):06d}"

    def _note(self, page: Sequence[CaseRow], problems: list[Problem]) -> None:
        ids = [case.case_id for case in page]
        self._summary.problems += len(problems)
        with self._centre.database.read() as tx:
            stale = exchange.has_problems(tx, self._target.key, ids)
        if problems or stale:
            with self._centre.database.write() as tx:
                key, now = self._target.key, self._centre.now()
                exchange.replace_problems(tx, key, ids, problems, now)


def _refused(row: TargetRow, numbers: dict[str, str], why: str) -> Problem:
    return Problem(
        row_guid=row.row_guid,
        column_name="",
        table_name=row.table,
        case_id=row.case_id,
        project_no=numbers[row.case_id],
        code="refused_by_target",
        detail=f"对方数据库不收这一行（{why}）",
    )
