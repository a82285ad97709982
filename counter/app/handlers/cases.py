# SPDX-License-Identifier: MulanPSL-2.0
"""Received cases: papers handed in later, and withdrawal by the person."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from counter.app.changes import Changes
from counter.app.commands import SupplementCase, WithdrawCase
from counter.app.dates import due_again, with_clock
from counter.app.handlers.finding import case_of, note_event
from counter.app.handlers.library import keep_papers
from counter.app.knowledge import calendar_of, item_of
from counter.app.operation_log import blob_ref, next_position, write_operation
from counter.app.session import CAPTURE_ROLES
from counter.app.work import AuditNote, Outcome, Work
from counter.domain.bodies import CaseReceived, CaseSupplemented, CaseWithdrawn
from counter.domain.case import FINAL, STATE_WORDS, CaseState
from counter.domain.case_guard import move
from counter.domain.catalog import Item
from counter.domain.clocks import ANSWER, start_clock
from counter.domain.errors import DomainError, NotAllowedError
from counter.domain.library import as_taken, papers_added
from counter.domain.materials import GivenMaterial
from counter.domain.operations import Versions
from counter.ports.storage import CaseRecord

_MAX_REASON = 500
_NOT_GIVEN = frozenset({"missing", "tolerated"})


def supplement_case(command: SupplementCase, work: Work) -> Outcome:
    """Take papers after the receipt: for 容缺 gaps, after 补正, or simply more.

    Raises:
        NotAllowedError: ``ROLE``, ``CASE-MOVE`` if the case is closed.
        DomainError: ``SUPPLEMENT-NONE``, ``MATERIAL-NONE``, ``PAGE-GONE``, ``CASE-NONE``.
    """
    work.session.need(CAPTURE_ROLES, "补交材料")
    case = case_of(work, command.case_id)
    item = item_of(work.uow.reference, case.item_code, case.item_version)
    _check_given(command.materials, item)
    given = _with_trust(command.materials, item)
    after = _with_materials(case, given)
    if case.state is CaseState.SUPPLEMENT:
        state = move(case.state, "supplement", side="counter", roles=work.session.roles)
        after = _answer_again(replace(after, state=state), item, work)
    elif case.state in FINAL:
        raise NotAllowedError(
            code="CASE-MOVE",
            what=f"「{STATE_WORDS[case.state]}」的办件不能补交材料。",
            safe="办件没有改动。",
        )
    blobs = tuple(
        blob_ref(work, page, f"material.{row.key}") for row in given for page in row.pages
    )
    body = CaseSupplemented(materials=given, supplied_at=work.at, note=command.note.strip())
    written = write_operation(
        work,
        next_position(work),
        kind="case.supplemented",
        entity_id=case.case_id,
        body=body,
        versions=_versions(case, work),
        base_rev=case.rev,
        depends_on=_last_op(case, work),
        blobs=blobs,
        deadline=after.due or case.answer_due,
    )
    work.uow.cases.update(after)
    received = CaseReceived.model_validate(case.body)
    keep_papers(work, papers_added(case.case_id, received, body, item))
    note_event(work, case.case_id, "补交材料", command.note.strip())
    for blob in blobs:
        work.uow.blobs.refer(case.case_id, blob.blob_id, blob.role, blob.required)
    return _outcome(
        "case.supplemented",
        case,
        {"op_id": written.op_id, "materials": [row.key for row in command.materials]},
    )


def withdraw_case(command: WithdrawCase, work: Work) -> Outcome:
    """Withdraw at the person's wish; an operation of its own that follows the first.

    Raises:
        NotAllowedError: ``CASE-MOVE``, ``CASE-ROLE``.
        DomainError: ``REASON``, ``CASE-NONE``.
    """
    work.session.need(CAPTURE_ROLES, "撤回")
    case = case_of(work, command.case_id)
    state = move(case.state, "withdraw", side="counter", roles=work.session.roles)
    reason = command.reason.strip()
    if not 1 <= len(reason) <= _MAX_REASON:
        raise DomainError(
            code="REASON", what=f"请写明撤回的原因（{_MAX_REASON} 字以内）。", field="reason"
        )
    written = write_operation(
        work,
        next_position(work),
        kind="case.withdrawn",
        entity_id=case.case_id,
        body=CaseWithdrawn(reason=reason, withdrawn_at=work.at),
        versions=_versions(case, work),
        base_rev=case.rev,
        depends_on=_last_op(case, work),
        deadline=case.due or case.answer_due,
    )
    work.uow.cases.update(replace(case, state=state, due="", due_kind=""))
    note_event(work, case.case_id, "本人撤回", reason)
    return _outcome("case.withdrawn", case, {"op_id": written.op_id})


def _check_given(materials: tuple[GivenMaterial, ...], item: Item) -> None:
    if not materials:
        raise DomainError(code="SUPPLEMENT-NONE", what="还没有选定补交的材料。", field="materials")
    known = {row.key: row.material_name for row in item.materials}
    for row in materials:
        if row.key not in known:
            raise DomainError(
                code="MATERIAL-NONE", what="补交的材料不在这个事项的清单里。", field="materials"
            )
        if row.way in _NOT_GIVEN or (row.way == "scanned" and not row.pages):
            raise DomainError(
                code="SUPPLEMENT-NONE",
                what=f"「{known[row.key]}」还没有交来。",
                field=f"material.{row.key}",
            )


def _with_trust(given: tuple[GivenMaterial, ...], item: Item) -> tuple[GivenMaterial, ...]:
    rows = {row.key: row for row in item.materials}
    return tuple(as_taken(rows[row.key], row) for row in given)


def _with_materials(case: CaseRecord, added: tuple[GivenMaterial, ...]) -> CaseRecord:
    """Join the papers: pages are a set that only grows (sync-protocol §7)."""
    body = CaseReceived.model_validate(case.body)
    rows = {row.key: row for row in body.materials}
    for row in added:
        old = rows.get(row.key)
        pages = {page.blob_id: page for page in (*(old.pages if old else ()), *row.pages)}
        rows[row.key] = row.model_copy(update={"pages": tuple(pages.values())})
    joined = body.model_copy(update={"materials": tuple(rows.values())})
    after = replace(case, body=joined.model_dump(mode="json"))
    return due_again(after, joined)


def _answer_again(case: CaseRecord, item: Item, work: Work) -> CaseRecord:
    """After 补正 the office has its days anew, from the day the last piece came in (§3.2)."""
    calendar = calendar_of(work.uow.reference, work.around.identity.hall.region)
    answer = start_clock(ANSWER, work.now, item.answer_day, "workday", calendar)
    return with_clock(case, answer)


def _versions(case: CaseRecord, work: Work) -> Versions:
    return Versions(
        catalog=work.uow.reference.version(), item=case.item_version, form=case.item_version
    )


def _last_op(case: CaseRecord, work: Work) -> tuple[str, ...]:
    last = work.uow.outbox.last_op_of(case.case_id)
    return (last,) if last else ()


def _outcome(action: str, case: CaseRecord, detail: dict[str, Any]) -> Outcome:
    return Outcome(
        Changes(frozenset({"case", "outbox"}), frozenset({case.case_id})),
        AuditNote(action, case.case_id, detail),
    )
