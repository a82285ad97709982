# SPDX-License-Identifier: MulanPSL-2.0
"""The effects of 收件 and of append-only facts at the centre; ``case_acts`` has the others.

Each runs inside the transaction of its operation and returns the verdict ``applied`` or raises
``NotAppliedError``. The actor of every effect is the signed one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from counter.domain.authorisation import granted_in
from counter.domain.bodies import AuditBatch, CaseReceived, PersonNoted
from counter.domain.case import CaseState
from counter.domain.catalog import Item
from counter.domain.library import LibraryPaper
from counter.domain.operations import Operation
from counter.domain.people import person_key
from sync.hub import rules
from sync.hub.centre import Centre
from sync.hub.handlers import automatic, case_steps, leases, people, themes, thought
from sync.hub.handlers.verdict import Verdict, held, refused
from sync.hub.storage import blobs, cases, oplog
from sync.hub.storage.cases import CaseRow
from sync.hub.storage.engine import Tx
from sync.hub.storage.halls import Device, OperatorState
from sync.protocol import errors
from sync.protocol.wire import CaseEvent, CaseView

Body = TypeVar("Body", bound=BaseModel)
_MARKED = 20  # earlier cases of one person for one item


@dataclass(frozen=True)
class Act:
    """An operation whose signature, rights and dependencies are in order."""

    centre: Centre
    tx: Tx
    op: Operation
    device: Device
    operator: OperatorState | None

    @property
    def at(self) -> str:
        """Legal moment of the act."""
        return rules.legal_moment(self.op.time, self.centre.clock())

    @property
    def who(self) -> str:
        """Name of the signed actor."""
        return self.operator.name if self.operator else ""

    @property
    def roles(self) -> frozenset[str]:
        """Roles of the signed actor."""
        return frozenset(self.operator.roles) if self.operator else frozenset()


def body_of(act: Act, model: type[Body]) -> Body:
    """Parse the body; one we do not understand waits for a person, it is not thrown away."""
    try:
        return model.model_validate(act.op.body)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise held(
            errors.HELD_FORM, "中心读不懂这份内容的格式，已留下待人工处理。", field=where
        ) from error


def case_received(act: Act) -> Verdict:
    """收件: keep the case, give it its number, decide at once where a rule allows it."""
    tx, op, centre = act.tx, act.op, act.centre
    body = thought.body_of(tx, op) or body_of(act, CaseReceived)
    item = case_steps.item_version(tx, body.item_code, body.item_version)
    if item is None:
        words = "中心没有发布过这个事项版本，已留下，发布后自动处理。"
        raise held(errors.HELD_FORM, words, field="item_version")
    if (there := cases.find(tx, op.entity_id)) is not None:
        words = "中心已有同一编号的办件，请人工核对。"
        raise refused("conflict", errors.CASE_EXISTS, words, rev=there.rev)
    if cases.numbered(tx, body.receipt_no):
        # Two counters made one number: both cases stay, a person looks (S9).
        oplog.add_alarm(
            tx,
            at=centre.now(),
            kind="receipt_no_twice",
            device_id=op.device_id,
            op_id=op.op_id,
            detail=body.receipt_no,
        )
    case = _mark_duplicates(act, _new_case(act, body, item), item)
    case_steps.keep_received(tx, case, body)
    if body.project_no:
        cases.add_number(tx, body.project_no, case.case_id)
    refer(act, case.case_id)
    papers = thought.papers_of(tx, case.case_id, body, item)
    people.keep_papers(centre, tx, act.device.hall_code, papers)
    people.keep_authorisation(centre, tx, act.device.hall_code, granted_in(case.case_id, body))
    case = automatic.decide(centre, tx, case_steps.dated(tx, case), item)
    cases.add(tx, case)
    case_steps.publish(centre, tx, case)
    themes.follow(centre, tx, case)
    return applied(act, case)


def _new_case(act: Act, body: CaseReceived, item: Item) -> CaseRow:
    centre, op = act.centre, act.op
    task = item.task_code or item.item_code
    number, events = _number(act, body, task)
    person, now = person_key(body.applicant), centre.now()
    view = CaseView(
        case_id=op.entity_id,
        receipt_no=body.receipt_no,
        project_no=number,
        item_code=body.item_code,
        item_version=body.item_version,
        applicant_name=body.applicant.name,
        state=CaseState.RECEIVED.value,
        received_at=body.received_at,
        events=(
            CaseEvent(
                at=body.received_at,
                what="收件",
                who=act.who,
                place=act.device.window,
                arrived_at=now,
            ),
            *events,
        ),
        life=case_steps.life_of_received(act.at, body),
        person_key=person,
        theme=body.theme,
    )
    return CaseRow(
        case_id=op.entity_id,
        receipt_no=body.receipt_no,
        project_no=view.project_no,
        hall_code=act.device.hall_code,
        device_id=op.device_id,
        operator_id=op.actor.operator,
        item_code=body.item_code,
        item_version=body.item_version,
        person_key=person,
        claimed_at=op.time.wall,
        received_at=now,
        state=CaseState.RECEIVED.value,
        rev=1,
        state_rev=1,
        body=body.model_dump(mode="json"),
        view=view.model_dump(mode="json"),
        facts={},
        theme_no=body.theme.theme_no if body.theme else "",
    )


def _number(act: Act, body: CaseReceived, task: str) -> tuple[str, tuple[CaseEvent, ...]]:
    """Return the official number: that of the counter's lease, else one of the centre.

    A printed number that cannot be bound stays on record beside the new one, is alarmed, and finds
    the case as well.
    """
    centre, op = act.centre, act.op
    why = leases.bind(act.tx, op, body, task) if body.project_no else ""
    if body.project_no and not why:
        return body.project_no, ()
    today = centre.clock().date()
    serial = cases.next_serial(act.tx, f"project:{task}:{today:%Y%m%d}"[:60])
    number = rules.project_no(task, today, serial)
    if not why:
        return number, ()
    detail = f"{body.project_no} {number}"
    oplog.add_alarm(
        act.tx,
        at=centre.now(),
        kind="project_no_fenced",
        device_id=op.device_id,
        op_id=op.op_id,
        detail=detail,
    )
    words = (
        f"凭证上印的 {body.project_no} 没有采用（{why}），正式编号是 {number}；两个编号都能查到。"
    )
    return number, (CaseEvent(at=centre.now(), what="办件编号改变", who="中心", why=words),)


def _mark_duplicates(act: Act, case: CaseRow, item: Item) -> CaseRow:
    """Flag both sides for a person; nothing is dropped (§7).

    The newest ones: where a person has hundreds, the older were flagged when these came.
    """
    if not case.person_key:
        return case
    earlier = cases.same_person(act.tx, case.person_key, case.item_code, case.case_id)
    doubles = [
        one
        for one in earlier
        if rules.is_duplicate(one.state, one.received_at, case.received_at, item.duplicate_days)
    ][:_MARKED]
    for other in filter(None, [cases.find(act.tx, one.case_id) for one in doubles]):
        told = [*other.view.get("possible_duplicate_of", []), case.receipt_no]
        marked = case_steps.annotate(other, possible_duplicate_of=told)
        cases.save(act.tx, marked)
        case_steps.publish(act.centre, act.tx, marked)
    if not doubles:
        return case
    numbers = [one.receipt_no for one in reversed(doubles)]
    return replace(case, view={**case.view, "possible_duplicate_of": numbers})


def refer(act: Act, case_id: str) -> None:
    """Note which blobs of this operation belong to a case."""
    op = act.op
    once = {ref.blob_id: ref for ref in op.blobs}
    cases.add_blobs(
        act.tx,
        [
            {
                "case_id": case_id,
                "blob_id": ref.blob_id,
                "op_id": op.op_id,
                "role": ref.role,
                "size": ref.size,
                "media_type": ref.media_type,
                "required": ref.required,
                "hall_code": act.device.home,
            }
            for ref in once.values()
        ],
    )


def missing(tx: Tx, op: Operation) -> tuple[str, ...]:
    """Return the blobs of an operation that the centre does not hold yet."""
    ids = list(dict.fromkeys(ref.blob_id for ref in op.blobs))
    there = blobs.present(tx, ids)
    return tuple(blob_id for blob_id in ids if blob_id not in there)


def applied(act: Act, case: CaseRow) -> Verdict:
    """Return the verdict of an operation that took effect on a case."""
    return Verdict(
        "applied",
        rev=case.rev,
        human_no=case.project_no,
        missing_blobs=missing(act.tx, act.op),
    )


def material_told(act: Act) -> Verdict:
    """A paper of the library, added or checked outside a case (material.added, .verified)."""
    paper = body_of(act, LibraryPaper)
    if paper.paper_id != act.op.entity_id:
        raise held(errors.HELD_FORM, "材料编号和内容对不上，已留下待人工处理。", field="paper_id")
    people.keep_papers(act.centre, act.tx, act.device.hall_code, (paper,))
    return keep_fact(act)


def person_noted(act: Act) -> Verdict:
    """A fact about a person: an authorisation taken back, a leader's word, an identity proved."""
    body = body_of(act, PersonNoted)
    if body.record_id != act.op.entity_id or not body.record.get("person"):
        raise held(errors.HELD_FORM, "编号和内容对不上，已留下待人工处理。", field="record_id")
    if body.what == "approval" and "leader" not in act.roles:
        raise held(errors.HELD_AUTHZ, "同意代办要由值班长来做，已留下待人工处理。")
    hall = act.device.hall_code
    people.put(act.centre, act.tx, hall, body.what, body.record_id, body.record)
    return keep_fact(act)


def audit_batch(act: Act) -> Verdict:
    """Audit rows of a counter: append-only."""
    body_of(act, AuditBatch)
    return keep_fact(act)


def keep_fact(act: Act) -> Verdict:
    """Keep an append-only fact: note, rating, visit, appeal, delivery …"""
    op = act.op
    values: dict[str, Any] = {
        "op_id": op.op_id,
        "hall_code": act.device.home,
        "kind": op.kind,
        "entity_id": op.entity_id,
        "device_id": op.device_id,
        "operator_id": op.actor.operator,
        "claimed_at": op.time.wall,
        "body": op.body,
    }
    oplog.add_fact(act.tx, values)
    case = cases.find(act.tx, op.entity_id) if op.entity == "case" else None
    if case is not None:
        refer(act, op.entity_id)
    # What is done next builds on the case as it was then.
    rev = case.rev if case else 1
    return Verdict("applied", rev=rev, missing_blobs=missing(act.tx, op))
