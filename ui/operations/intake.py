# SPDX-License-Identifier: MulanPSL-2.0
"""What the intake screen asks of the core, one verb per function; answers come in the GUI thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from counter.app.commands import (
    DiscardDraft,
    EndRegret,
    Receipt,
    ReceiveCase,
    SaveDraft,
    StartDraft,
    StorePage,
)
from counter.domain.calendar import WorkCalendar
from counter.domain.hints import Hint
from counter.domain.materials import Page
from counter.domain.people import is_elder, person_key
from counter.domain.regions import RegionTable
from counter.domain.theme_parts import Bundle, make_bundle
from ui.theme.tokens import RESOURCES

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from counter.app.commands import Done
    from counter.app.queries import CaseDetail, CaseRow, ItemHit, Queries
    from counter.domain.catalog import Item
    from counter.domain.draft import Draft
    from counter.domain.theme import Theme
    from ui.operations.desk import Desk
    from ui.runner import Latest

OnError = Callable[[BaseException], object]


@dataclass(frozen=True)
class Earlier:
    """An earlier case of the same person and item, and who received it ('' if nobody knows)."""

    row: CaseRow
    clerk: str


@dataclass(frozen=True)
class IntakeData:
    """Reference data that every keystroke needs, read once."""

    calendar: WorkCalendar
    code_lists: dict[str, dict[str, str]]
    hints: tuple[Hint, ...] = ()


def read_regions(desk: Desk, on_done: Callable[[RegionTable], object], *, owner: QObject) -> None:
    """Read the names of regions from the data that came with the program."""
    path = RESOURCES / "regions" / "regions.json"
    desk.runner.run_io(lambda: RegionTable.from_json(path.read_bytes()), on_done, owner=owner)


@dataclass(frozen=True)
class OpenedDraft:
    """A draft with the item version it is pinned to (None before one was chosen)."""

    draft: Draft
    item: Item | None
    theme: Bundle | None = None  # with all its items, the chosen ones at their pinned versions


def read_reference(desk: Desk, on_done: Callable[[IntakeData], object], *, owner: QObject) -> None:
    """Read calendar, code lists and hints."""

    def ask(queries: Queries) -> IntakeData:
        calendar = WorkCalendar.model_validate(queries.calendar_json())
        return IntakeData(calendar, queries.code_lists(), queries.hints())

    desk.read(ask, on_done, owner=owner)


def _opened(queries: Queries, draft_id: str) -> OpenedDraft | None:
    draft = queries.draft(draft_id)
    if draft is None:
        return None
    item = queries.item(draft.item_code, draft.item_version) if draft.item_code else None
    chosen = draft.theme
    theme = queries.theme(chosen.theme_code, chosen.theme_version) if chosen else None
    whole = _whole(queries, theme, chosen.items) if chosen and theme else None
    return OpenedDraft(draft.model_copy(deep=True), item, whole)


def _whole(queries: Queries, theme: Theme, pinned: Mapping[str, str]) -> Bundle:
    """Join a theme with every item of it that this counter has."""
    found = {s.item: queries.item(s.item, pinned.get(s.item, "")) for s in theme.steps}
    items = {code: item for code, item in found.items() if item and item.task_state == "在用"}
    return make_bundle(theme, items, tuple(items))


def start_draft(
    desk: Desk,
    queue_no: str,
    on_done: Callable[[OpenedDraft | None], object],
    on_error: OnError | None = None,
    *,
    owner: QObject,
) -> None:
    """Begin an intake and hand over its draft."""

    def started(done: Done) -> None:
        open_draft(desk, str(done.value), on_done, on_error, owner=owner)

    desk.write(StartDraft(queue_no), started, on_error, owner=owner)


def open_draft(
    desk: Desk,
    draft_id: str,
    on_done: Callable[[OpenedDraft | None], object],
    on_error: OnError | None = None,
    *,
    owner: QObject,
) -> None:
    """Read a draft and its item; None if it is gone."""
    desk.read(lambda q: _opened(q, draft_id), on_done, on_error, owner=owner)


def save_draft(
    desk: Desk,
    draft: Draft,
    on_done: Callable[[Done], object],
    on_error: OnError,
    *,
    owner: QObject,
) -> None:
    """Keep the draft as it is now; the copy is made here, so typing may go on."""
    desk.write(SaveDraft(draft.model_copy(deep=True)), on_done, on_error, owner=owner)


def discard_draft(
    desk: Desk, draft_id: str, on_done: Callable[[Done], object], *, owner: QObject
) -> None:
    """Throw a draft away."""
    desk.write(DiscardDraft(draft_id), on_done, owner=owner)


def read_taken(
    desk: Desk, code: str, on_done: Callable[[Item | Bundle | None], object], *, owner: QObject
) -> None:
    """Read the newest version of an item, or of a theme (一件事) with its items."""

    def ask(queries: Queries) -> Item | Bundle | None:
        theme = queries.theme(code)
        return _whole(queries, theme, {}) if theme else queries.item(code)

    desk.read(ask, on_done, owner=owner)


def read_item(
    desk: Desk,
    code: str,
    on_done: Callable[[Item | None], object],
    *,
    owner: QObject,
    latest: Latest | None = None,
) -> None:
    """Read the version of an item that is in force now."""
    desk.read(lambda q: q.item(code), on_done, owner=owner, latest=latest)


def search_items(
    desk: Desk,
    text: str,
    on_done: Callable[[list[ItemHit]], object],
    *,
    owner: QObject,
    latest: Latest,
) -> None:
    """Find items; without words the ones this operator takes most often."""
    who = desk.session.operator_id

    def ask(queries: Queries) -> list[ItemHit]:
        return queries.search_items(text, 20) if text else queries.frequent_items(who, 9)

    desk.read(ask, on_done, owner=owner, latest=latest)


def store_page(
    desk: Desk,
    data: bytes,
    origin: str,
    on_done: Callable[[Page], object],
    on_error: OnError,
    *,
    owner: QObject,
) -> None:
    """Store a page durably."""

    def stored(done: Done) -> None:
        if isinstance(done.value, Page):
            on_done(done.value)

    desk.write(StorePage(data, origin), stored, on_error, owner=owner)


def read_page(
    desk: Desk,
    blob_id: str,
    on_done: Callable[[bytes], object],
    on_error: OnError,
    *,
    owner: QObject,
    latest: Latest | None = None,
) -> None:
    """Read a stored page."""
    desk.read(lambda q: q.blob(blob_id), on_done, on_error, owner=owner, latest=latest)


def find_similar(
    desk: Desk,
    draft: Draft,
    on_done: Callable[[list[Earlier]], object],
    on_error: OnError,
    *,
    owner: QObject,
) -> None:
    """Read earlier cases of the same person and item, and who received them."""
    id_no, person = draft.applicant.id_no, person_key(draft.applicant)
    codes = tuple(draft.theme.items) if draft.theme else (draft.item_code,)

    def ask(queries: Queries) -> list[Earlier]:
        rows = [row for code in codes for row in queries.similar(id_no, code, person)]
        return [Earlier(row, queries.clerk_of(row.case_id)) for row in rows]

    desk.read(ask, on_done, on_error, owner=owner)


def receive_case(
    desk: Desk,
    draft: Draft,
    on_done: Callable[[Receipt], object],
    on_error: OnError,
    *,
    owner: QObject,
) -> None:
    """收件 by the commit rule; ``on_done`` only after everything is on the disk."""

    def received(done: Done) -> None:
        if isinstance(done.value, Receipt):
            on_done(done.value)

    command = ReceiveCase(draft.model_copy(deep=True), regret_of(desk, draft))
    desk.write(command, received, on_error, owner=owner)


def regret_of(desk: Desk, draft: Draft) -> int:
    """Return for how many minutes the case is held back: elders may think again (ux.md §5)."""
    return desk.regret_minutes if is_elder(draft.applicant, desk.clock.now().date()) else 0


def end_regret(
    desk: Desk, case_ids: tuple[str, ...], on_done: Callable[[Done], object], *, owner: QObject
) -> None:
    """The person leaves content: what was held back may go now."""
    desk.write(EndRegret(case_ids), on_done, owner=owner)


def read_case(
    desk: Desk,
    case_id: str,
    on_done: Callable[[CaseDetail | None], object],
    on_error: OnError | None = None,
    *,
    owner: QObject,
) -> None:
    """Read a case as it stands now."""
    desk.read(lambda q: q.case(case_id), on_done, on_error, owner=owner)


def now(desk: Desk) -> datetime:
    """Local time of the hall (cheap, any thread)."""
    return desk.clock.now()
