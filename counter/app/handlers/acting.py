# SPDX-License-Identifier: MulanPSL-2.0
"""One act on a received case: checked by the table, then case, operation and timeline together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from counter.app.changes import Changes
from counter.app.dates import dated
from counter.app.handlers.finding import note_event
from counter.app.knowledge import calendar_of, item_of
from counter.app.operation_log import next_position, write_operation
from counter.app.work import AuditNote, Outcome, Work
from counter.domain.bodies import CaseReceived
from counter.domain.case import CaseState
from counter.domain.case_advance import Act, CaseNow, advance
from counter.domain.case_moves import TRANSITIONS
from counter.domain.errors import DomainError, NotAllowedError
from counter.domain.operations import BlobRef, Frozen, OpKind, Versions
from counter.ports.storage import CaseRecord

MAX_WORDS = 500


def act_of(work: Work, name: str) -> Act:
    """Return an act of the signed-in person, now, at this counter."""
    return Act(name, work.at, "counter", work.session.roles, by=work.session.name)


def body_of(case: CaseRecord) -> CaseReceived:
    """Return what was received.

    Raises:
        NotAllowedError: CASE-ELSEWHERE: another window received it, its papers are not here.
    """
    if not case.body:
        raise NotAllowedError(
            code="CASE-ELSEWHERE",
            what="这份办件是别的窗口收的，材料不在本机。",
            safe="办件没有改动。",
            todo="请到收件的窗口办理，或请中心办理。",
        )
    return CaseReceived.model_validate(case.body)


def now_of(work: Work, case: CaseRecord) -> CaseNow:
    """Return the case as the table sees it: the centre's memory, or ours while it is ahead."""
    return CaseNow(
        state=CaseState(case.state),
        life=case.life,
        materials=body_of(case).materials if case.body else (),
        item=item_of(work.uow.reference, case.item_code, case.item_version),
        calendar=calendar_of(work.uow.reference, work.around.identity.hall.region),
    )


def do(
    work: Work,
    case: CaseRecord,
    act: Act,
    kind: OpKind,
    body: Frozen,
    *,
    blobs: Sequence[BlobRef] = (),
    answer: Callable[[CaseRecord], object] = lambda _case: None,
) -> Outcome:
    """Check the act, then write case, operation and timeline in this transaction.

    Args:
        work: The unit of work.
        case: The case, with the papers the act brings.
        act: The act.
        kind: Kind of its operation.
        body: What the operation tells.
        blobs: Pages it brings.
        answer: Makes the answer's value of the case as it is then.

    Raises:
        NotAllowedError: see ``case_advance.advance``.
        DomainError: REASON.
    """
    if max(len(act.reason), len(act.leader_reason), len(act.basis)) > MAX_WORDS:
        raise DomainError(
            code="REASON", what=f"理由和依据各不超过 {MAX_WORDS} 字。", field="reason"
        )
    now = now_of(work, case)
    state, life = advance(now, act)
    after = dated(replace(case, state=state, life=life), replace(now, state=state, life=life))
    last = work.uow.outbox.to_follow(case.case_id)
    written = write_operation(
        work,
        next_position(work),
        kind=kind,
        entity_id=case.case_id,
        body=body,
        versions=Versions(
            catalog=work.uow.reference.version(), item=case.item_version, form=case.item_version
        ),
        base_rev=case.rev,
        depends_on=(last,) if last else (),
        blobs=tuple(blobs),
        deadline=after.due or case.due or case.answer_due,
    )
    work.uow.cases.update(after)
    note_event(work, case.case_id, TRANSITIONS[act.name].word, _why(act, after))
    return Outcome(
        Changes(frozenset({"case", "outbox"}), frozenset({case.case_id})),
        AuditNote(kind, case.case_id, _detail(written.op_id, state, act)),
        lambda: answer(after),
    )


def _why(act: Act, after: CaseRecord) -> str:
    """Return what the timeline says of an act; of papers that do not suffice, what is missing."""
    missing = after.life.still_missing if act.keys and after.state is CaseState.SUPPLEMENT else ()
    words = [act.reason, *(defect.what for defect in act.defects)]
    words += [f"还缺：{'、'.join(missing)}"] if missing else []
    return "；".join(filter(None, words))


def _detail(op_id: str, state: CaseState, act: Act) -> dict[str, object]:
    detail: dict[str, object] = {"op_id": op_id, "state": state.value}
    return detail | ({"materials": list(act.keys)} if act.keys else {})
