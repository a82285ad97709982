# SPDX-License-Identifier: MulanPSL-2.0
"""Received cases: papers handed in later, and withdrawal by the person."""

from __future__ import annotations

from dataclasses import replace

from counter.app.case_commands import Supplied
from counter.app.commands import (
    SupplementCase,
    WithdrawCase,
)
from counter.app.handlers.acting import MAX_WORDS, act_of, body_of, do, now_of
from counter.app.handlers.finding import case_of
from counter.app.handlers.library import keep_papers
from counter.app.knowledge import item_of
from counter.app.operation_log import blob_ref
from counter.app.session import CAPTURE_ROLES
from counter.app.work import Outcome, Work
from counter.domain.bodies import CaseSupplemented, CaseWithdrawn
from counter.domain.case import CaseState
from counter.domain.case_advance import supply_name
from counter.domain.case_guard import move
from counter.domain.catalog import Item
from counter.domain.clocks import ANSWER
from counter.domain.errors import DomainError
from counter.domain.library import as_taken, papers_added
from counter.domain.materials import GivenMaterial, joined
from counter.ports.storage import CaseRecord

_NOT_GIVEN = frozenset({"missing", "tolerated"})


def supplement_case(command: SupplementCase, work: Work) -> Outcome:
    """Take papers after the receipt: for 容缺 gaps, after 补正, or simply more.

    ``Done.value`` is ``Supplied``. Papers that do not make the notice good leave the case waiting:
    its clock stands until the last piece is there (domain §3.2).

    Raises:
        NotAllowedError: ``ROLE``, ``CASE-MOVE`` if the case is closed, ``CASE-ELSEWHERE``.
        DomainError: ``SUPPLEMENT-NONE``, ``MATERIAL-NONE``, ``PAGE-GONE``, ``CASE-NONE``.
    """
    work.session.need(CAPTURE_ROLES, "补交材料")
    case = case_of(work, command.case_id)
    received = body_of(case)
    item = item_of(work.uow.reference, case.item_code, case.item_version)
    settled = _settled(command.settled, case)
    _check_given(command.materials, item, settled)
    given = _with_trust(command.materials, item)
    after = _with_materials(case, given)
    keys = (*(row.key for row in given), *settled)
    name = supply_name(now_of(work, after), keys)
    note = command.note.strip()
    blobs = tuple(
        blob_ref(work, page, f"material.{row.key}") for row in given for page in row.pages
    )
    body = CaseSupplemented(materials=given, settled=settled, supplied_at=work.at, note=note)
    act = replace(act_of(work, name), reason=note, keys=keys)
    done = do(work, after, act, "case.supplemented", body, blobs=blobs, answer=_supplied)
    keep_papers(work, papers_added(case.case_id, received, body, item))
    for blob in blobs:
        work.uow.blobs.refer(case.case_id, blob.blob_id, blob.role, blob.required)
    return done


def withdraw_case(command: WithdrawCase, work: Work) -> Outcome:
    """Withdraw at the person's wish; an operation of its own that follows the first.

    Raises:
        NotAllowedError: ``CASE-MOVE``, ``CASE-ROLE``.
        DomainError: ``REASON``, ``CASE-NONE``.
    """
    work.session.need(CAPTURE_ROLES, "撤回")
    case = case_of(work, command.case_id)
    move(case.state, "withdraw", side="counter", roles=work.session.roles)
    reason = command.reason.strip()
    if not 1 <= len(reason) <= MAX_WORDS:
        raise DomainError(
            code="REASON", what=f"请写明撤回的原因（{MAX_WORDS} 字以内）。", field="reason"
        )
    act = replace(act_of(work, "withdraw"), reason=reason)
    return do(work, case, act, "case.withdrawn", CaseWithdrawn(reason=reason, withdrawn_at=work.at))


def _supplied(case: CaseRecord) -> Supplied:
    gaps = [m for m in body_of(case).materials if m.way == "tolerated"]
    return Supplied(
        state=case.state.value,
        still_missing=case.life.still_missing if case.state is CaseState.SUPPLEMENT else (),
        open_gaps=tuple(row.key for row in gaps),
        answer_due=case.answer_due if case.due_kind == ANSWER else "",
    )


def _settled(keys: tuple[str, ...], case: CaseRecord) -> tuple[str, ...]:
    """Return which defects of the last notice the clerk says are made good without a paper."""
    notices = case.life.notices
    asked = {defect.key for defect in notices[-1].defects} if notices else set()
    return tuple(key for key in dict.fromkeys(keys) if key in asked - {""})


def _check_given(
    materials: tuple[GivenMaterial, ...], item: Item, settled: tuple[str, ...]
) -> None:
    if not materials and not settled:
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
    body = body_of(case)
    after = body.model_copy(update={"materials": joined(body.materials, added)})
    return replace(case, body=after.model_dump(mode="json"))
