# SPDX-License-Identifier: MulanPSL-2.0
"""收件: turn a draft into its case, or a theme's draft into its cases, in one transaction."""

from __future__ import annotations

from dataclasses import replace

from counter.app.changes import Changes
from counter.app.commands import Receipt, ReceiveCase
from counter.app.handlers.agents import check_agent_load
from counter.app.handlers.authorisations import check_authorisation
from counter.app.handlers.drafts import own_draft
from counter.app.handlers.library import library_of
from counter.app.handlers.receiving import (
    SHOWN,
    Intake,
    Received,
    new_query_code,
    receipt_no_at,
    receipt_of,
    warn_of_duplicates,
    write_case,
)
from counter.app.knowledge import bundle_of, calendar_of, code_lists_of, item_of
from counter.app.operation_log import next_position
from counter.app.work import AuditNote, Outcome, Work
from counter.domain.calendar import WorkCalendar
from counter.domain.case import CaseState
from counter.domain.case_guard import move
from counter.domain.catalog import STATE_WORDS, Item, TaskState
from counter.domain.draft import Draft
from counter.domain.errors import DomainError, NotAllowedError
from counter.domain.ids import uuid7
from counter.domain.intake import IntakeView, intake_view
from counter.domain.library import spared_by
from counter.domain.theme import Theme, predecessors
from counter.domain.theme_place import ThemePlace, WaitsFor, make_theme_no
from counter.domain.theme_view import theme_view
from counter.ports.storage import Reference

MAX_REGRET_MINUTES = 60


def receive_case(command: ReceiveCase, work: Work) -> Outcome:
    """Receive a case; the receipt exists only when the commit rule was kept.

    A theme's draft becomes one case per chosen item, each with its own id, receipt number, clock
    and operation; all of them or none (one unit of work). No operation depends on another: every
    收件 reaches the centre at once, and precedence is the centre's (``theme_place``).

    Raises:
        NotAllowedError: ``ROLE``, ``CASE-ROLE``, ``DRAFT-GONE``, ``DRAFT-OTHER``, ``ITEM-STATE``.
        DomainError: ``INTAKE`` listing what is missing, ``DUPLICATE``, ``PAGE-GONE``,
            ``ITEM-NONE``, ``THEME-NONE``, ``THEME-EMPTY``, ``REGRET``.
        KnownError: ``NUM-…``, ``CAL-NONE``.
    """
    if not 0 <= command.regret_minutes <= MAX_REGRET_MINUTES:
        raise DomainError(code="REGRET", what=f"反悔时间最多 {MAX_REGRET_MINUTES} 分钟。")
    kept = own_draft(work, command.draft.draft_id)
    if kept.case_id != command.draft.case_id:
        raise ValueError("a draft's case never changes")
    draft = command.draft
    theme, intakes = _of_theme(draft, work) if draft.theme else (None, [_single(draft, work)])
    move(CaseState.DRAFT, "receive", side="counter", roles=work.session.roles)
    for intake in intakes:
        check_authorisation(work, intake.draft, intake.item.item_code)
        warn_of_duplicates(intake, work)
    check_agent_load(work, draft)
    received = _write(intakes, theme, command.regret_minutes, work)
    work.uow.drafts.delete(kept.draft_id)
    return _outcome(kept.draft_id, received, command.regret_minutes, work)


def _outcome(draft_id: str, received: list[Received], regret: int, work: Work) -> Outcome:
    first = received[0]
    note = {
        "receipt_no": first.body.receipt_no,
        "item_code": first.body.item_code,
        "op_id": first.written.op_id,
        "regret_minutes": regret,
        "asked_again": sorted({key for one in received for key in _asked_again(one.intake.view)}),
    }
    if first.body.theme is not None:
        note["theme_no"] = first.body.theme.theme_no
        note["receipt_nos"] = [one.body.receipt_no for one in received]
    ids = {draft_id, *(one.intake.case_id for one in received)}
    return Outcome(
        Changes(frozenset({"draft", "case", "outbox"}), frozenset(ids)),
        AuditNote("case.received", first.intake.case_id, note),
        lambda: _shown(received, work),
    )


def _shown(received: list[Received], work: Work) -> Receipt:
    """The first case's receipt; of a theme, with those of all its cases in order."""
    receipts = tuple(receipt_of(one, work) for one in received)
    theme = received[0].body.theme
    if theme is None:
        return receipts[0]
    return replace(receipts[0], theme_no=theme.theme_no, together=receipts)


def _write(
    intakes: list[Intake], theme: Theme | None, regret_minutes: int, work: Work
) -> list[Received]:
    ids = {intake.item.item_code: intake.case_id for intake in intakes}
    code, theme_no = new_query_code(), ""
    received = []
    for at, intake in enumerate(intakes, 1):
        position = next_position(work)
        receipt_no = receipt_no_at(position, work)
        theme_no = theme_no or make_theme_no(receipt_no)
        place = _place(theme, intake, ids, theme_no, at) if theme else None
        received.append(
            write_case(
                intake,
                position,
                (receipt_no, code),
                work,
                regret_minutes=regret_minutes,
                theme=place,
            )
        )
    return received


def _place(
    theme: Theme, intake: Intake, ids: dict[str, str], theme_no: str, position: int
) -> ThemePlace:
    before = predecessors(theme, intake.item.item_code, ids)
    return ThemePlace(
        theme_no=theme_no,
        theme_code=theme.theme_code,
        theme_version=theme.task_version,
        theme_name=theme.task_name,
        position=position,
        count=len(ids),
        waits_for=tuple(WaitsFor(case_id=ids[i], if_refused=p) for i, p in before.items()),
    )


def _single(draft: Draft, work: Work) -> Intake:
    reference = work.uow.reference
    item = item_of(reference, draft.item_code, draft.item_version)
    _check_in_use(item, reference)
    calendar = _calendar(work)
    lists, library = code_lists_of(reference), library_of(work, draft)
    view = intake_view(draft, item, calendar, work.now, lists, library=library)
    _ready(view)
    return Intake(draft.case_id, draft, item, view, calendar)


def _of_theme(draft: Draft, work: Work) -> tuple[Theme, list[Intake]]:
    reference = work.uow.reference
    bundle = bundle_of(reference, draft)
    _in_use(bundle.theme.short_name, bundle.theme.task_state)
    for part in bundle.parts:
        _check_in_use(part.item, reference)
    calendar = _calendar(work)
    lists, library = code_lists_of(reference), library_of(work, draft)
    seen = theme_view(draft, bundle, calendar, work.now, lists, library=library)
    _ready(seen.joined)
    intakes = [
        # The draft's id is the first case's: it was durable before anything was typed.
        Intake(uuid7() if at else draft.case_id, one.draft, one.part.item, one.view, calendar)
        for at, one in enumerate(seen.parts)
    ]
    return bundle.theme, intakes


def _calendar(work: Work) -> WorkCalendar:
    return calendar_of(work.uow.reference, work.around.identity.hall.region)


def _check_in_use(item: Item, reference: Reference) -> None:
    """An older version may still be received, but not of an item that was stopped since."""
    for one in (item, item_of(reference, item.item_code)):
        _in_use(one.short_name, one.task_state, one.link_way)


def _in_use(name: str, state: TaskState, where: str = "") -> None:
    if state != "在用":
        raise NotAllowedError(
            code="ITEM-STATE",
            what=f"「{name}」{STATE_WORDS[state]}，不能收件。",
            safe="填好的内容都在草稿里。",
            todo=f"请向主管部门确认：{where}。" if where else "请向主管部门确认。",
        )


def _ready(view: IntakeView) -> None:
    if view.errors:
        listed = "".join(p.text for p in view.errors[:SHOWN])
        rest = len(view.errors) - SHOWN
        raise DomainError(
            code="INTAKE",
            what=f"还有 {len(view.errors)} 处要改，暂时不能收件：{listed}",
            todo=f"另有 {rest} 处，请看左边的步骤。" if rest > 0 else "",
            field=view.errors[0].field or None,
        )


def _asked_again(view: IntakeView) -> list[str]:
    """Keys of papers taken from the person although a better source was open (免证办 statistics)."""
    on_paper = {"original_checked", "scanned"}
    return [
        row.key
        for row in view.needed_materials
        if row.way in on_paper and set(spared_by(row.ways_allowed)) - {"promised"}
    ]
