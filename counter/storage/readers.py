# SPDX-License-Identifier: MulanPSL-2.0
"""The read side for the screens: frozen rows, keyset pages, masked names."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, timedelta
from typing import Any

from counter.app.queries import (
    CaseDetail,
    CaseFilter,
    CasePage,
    CaseRow,
    ItemHit,
    MovedDate,
    Workbench,
)
from counter.domain.catalog import Dicts, Item
from counter.domain.draft import Draft
from counter.domain.duplicates import NOT_A_DOUBLE
from counter.domain.hints import Hint, Hints
from counter.domain.theme import Theme
from counter.ports.storage import OperatorRow, PersonRecord
from counter.ports.sync_store import OutboxRow, QueueCounts
from counter.storage import lists
from counter.storage import tables as t
from counter.storage.blobs import EncryptedBlobs
from counter.storage.cases import SqlCases, theme_members, theme_no_of
from counter.storage.engine import Database
from counter.storage.hall_queries import HallQueries
from counter.storage.in_force import calendar_in_force
from counter.storage.oprows import op_query, op_rows, queue_counts
from counter.storage.people import SqlPersonRecords, same_person, taken_by
from counter.storage.radar import due_soon
from counter.storage.repositories import SqlDrafts, SqlReference
from counter.storage.sync_store import read_blob


class SqlQueries(HallQueries):
    """``Queries``. Database thread only; nothing here writes.

    Args:
        database: The open database.
        files: The folder of scans.
        today: The counter's day; asked at each query.
    """

    def __init__(
        self, database: Database, files: EncryptedBlobs, today: Callable[[], date]
    ) -> None:
        super().__init__(database, today)
        self._files = files
        self._items: dict[tuple[str, str], tuple[str, Item]] = {}

    def operators(self) -> list[OperatorRow]:
        """Return the operators of this hall."""
        with self._database.reading() as connection:
            return SqlReference(connection).operators()

    def item(self, item_code: str, version: str = "") -> Item | None:
        """Return an item, the current version without ``version``; parsed once per text."""
        with self._database.reading() as connection:
            text = SqlReference(connection).item_json(item_code, version)
        if text is None:
            return None
        kept = self._items.get((item_code, version))
        if kept is None or kept[0] != text:
            kept = (text, Item.model_validate_json(text))
            self._items[item_code, version] = kept
        return kept[1]

    def theme(self, theme_code: str, version: str = "") -> Theme | None:
        """Return a theme, the current version without ``version``."""
        with self._database.reading() as connection:
            text = SqlReference(connection).theme_json(theme_code, version)
        return Theme.model_validate_json(text) if text else None

    def search_items(self, text: str, limit: int = 20) -> list[ItemHit]:
        """Find items by any part of name or alias, by pinyin or initials."""
        with self._database.reading() as connection:
            return lists.search_items(connection, text, limit)

    def frequent_items(self, operator_id: str, limit: int = 9) -> list[ItemHit]:
        """Return what this operator received most in the last 90 days, then the rest."""
        since = (self._day() - timedelta(days=90)).isoformat()
        with self._database.reading() as connection:
            return lists.frequent_items(connection, operator_id, since, limit)

    def code_lists(self) -> dict[str, dict[str, str]]:
        """Return name of list → code → label, {} before a catalogue was installed."""
        with self._database.reading() as connection:
            body = SqlReference(connection).get("dicts", "dicts")
        return Dicts.model_validate(body).plain() if body else {}

    def hints(self) -> tuple[Hint, ...]:
        """Return the rules 您可能还能办 of the catalogue in force, () before one was installed."""
        with self._database.reading() as connection:
            body = SqlReference(connection).get("hints", "hints")
        return Hints.model_validate(body).hints if body else ()

    def calendar_json(self) -> dict[str, Any]:
        """Return the calendar in force here, {} when none was installed."""
        with self._database.reading() as connection:
            found = calendar_in_force(connection)
        return found.model_dump(mode="json", by_alias=True) if found else {}

    def moved_dates(self, *, seen: bool = False) -> list[MovedDate]:
        """Return days that a new calendar moved, by new day."""
        with self._database.reading() as connection:
            return lists.moved_dates(connection, seen=seen)

    def drafts(self, operator_id: str) -> list[Draft]:
        """Return an operator's drafts, newest first."""
        with self._database.reading() as connection:
            return SqlDrafts(connection).of_operator(operator_id)

    def draft(self, draft_id: str) -> Draft | None:
        """Return a draft."""
        with self._database.reading() as connection:
            return SqlDrafts(connection).get(draft_id)

    def workbench(self, operator_id: str) -> Workbench:
        """Return what needs the clerk now."""
        day = self._day()
        with self._database.reading() as connection:
            today = self._now(connection)
            names = lists.item_names(connection)
            drafts = SqlDrafts(connection).of_operator(operator_id)
            received, sent, accepted = lists.day_numbers(connection, day.isoformat())
            return Workbench(
                radar=due_soon(connection, today),
                attention=tuple(op_rows(connection, lists.attention(limit=50))),
                drafts=tuple((draft, names.get(draft.taken, "")) for draft in drafts),
                results=lists.results(connection, today, limit=20),
                today_received=received,
                today_sent=sent,
                today_accepted=accepted,
                counts=queue_counts(connection),
                moved_cases=lists.moved_cases(connection),
            )

    def cases(
        self, text: str = "", which: CaseFilter = "all", after: str = "", limit: int = 50
    ) -> CasePage:
        """Return a page of cases, newest first, behind the key ``after``."""
        with self._database.reading() as connection:
            return lists.case_page(connection, self._now(connection), text, which, after, limit)

    def case(self, case_id: str) -> CaseDetail | None:
        """Return everything about one case."""
        with self._database.reading() as connection:
            cases = SqlCases(connection)
            found = cases.get(case_id)
            if found is None:
                return None
            ops = op_query().where(t.outbox.c.entity_id == case_id)
            rows = lists.case_rows(connection, self._now(connection), t.cases.c.case_id == case_id)
            theme_no = theme_no_of(found.centre) or theme_no_of(found.body)
            return CaseDetail(
                case=found,
                row=rows[0],
                events=tuple(cases.events(case_id)),
                ops=tuple(op_rows(connection, ops.order_by(t.outbox.c.epoch, t.outbox.c.seq))),
                theme=theme_members(cases.of_theme(theme_no)),
            )

    def cases_of_person(self, id_no: str) -> list[CaseRow]:
        """Return a person's cases, newest first."""
        if not id_no:
            return []
        with self._database.reading() as connection:
            where = t.cases.c.applicant_id_no == id_no
            return lists.case_rows(connection, self._now(connection), where)

    def similar(self, id_no: str, item_code: str, person: str = "") -> list[CaseRow]:
        """Return the same person's cases of the same item within the item's days that count."""
        item = self.item(item_code)
        if item is None or not item.duplicate_days or not (id_no or person):
            return []
        since = (self._day() - timedelta(days=item.duplicate_days)).isoformat()
        c = t.cases.c
        with self._database.reading() as connection:
            return lists.case_rows(
                connection,
                self._now(connection),
                same_person(id_no, person),
                c.item_code == item_code,
                c.received_at >= since,
                c.state.not_in([state.value for state in NOT_A_DOUBLE]),
            )

    def person_records(self, kind: str, people: Collection[str]) -> list[PersonRecord]:
        """Return what the hall keeps about these people (person keys)."""
        with self._database.reading() as connection:
            return SqlPersonRecords(connection).of_people(kind, people)

    def taken_by(self, person: str) -> dict[str, str]:
        """Return item code → moment of the last receipt, of a person (person key)."""
        with self._database.reading() as connection:
            return taken_by(connection, person)

    def clerk_of(self, case_id: str) -> str:
        """Return who received a case, '' if nobody knows."""
        with self._database.reading() as connection:
            return lists.clerk_of(connection, case_id)

    def outbox(self, limit: int = 200) -> list[OutboxRow]:
        """Return what waits for a person, then what waits to be sent, then what went last."""
        with self._database.reading() as connection:
            return op_rows(connection, lists.outbox(limit))

    def service_tables(self, name: str) -> dict[str, Any]:
        """Return the tables ``ratings`` or ``appeals`` as the centre published them, else {}."""
        with self._database.reading() as connection:
            return SqlReference(connection).get("service", name) or {}

    def counts(self) -> QueueCounts:
        """Return the numbers of the status bar."""
        with self._database.reading() as connection:
            return queue_counts(connection)

    def blob(self, blob_id: str) -> bytes:
        """Return the plaintext of a page.

        Raises:
            KnownError: BLOB-LOST, BLOB-BAD.
            KeyError: no such blob.
        """
        return read_blob(self._database, self._files, blob_id)
