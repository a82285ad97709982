# SPDX-License-Identifier: MulanPSL-2.0
"""What people at the centre do with cases; the same acts by command line and by admin API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from counter.domain.bodies import RefusalReported
from counter.domain.case import FINAL, CaseState
from counter.domain.case_advance import Act
from counter.domain.case_life import Defect, Delivery
from counter.domain.case_moves import DECISIONS, REFUSALS, TRANSITIONS
from counter.domain.errors import DomainError, NotAllowedError
from counter.domain.ids import uuid7
from counter.domain.intake import promised
from sync.hub.centre import Centre
from sync.hub.handlers import automatic, case_steps, deeds, ratings, refusals, themes
from sync.hub.handlers.theme_order import check_order
from sync.hub.storage import blobs, cases, epochs, feed, halls, oplog
from sync.hub.storage.cases import CaseRow
from sync.hub.storage.engine import Tx

APPROVER = frozenset({"approver"})
OFFICE = "后台审批"
TOMBSTONE_DAYS = 400
ACTS = (
    "accept",
    "request_supplement",
    "not_accept",
    "handle",
    "review",
    "suspend",
    "resume",
    "extend",
    "approve",
    "refuse",
    "transfer",
    "return",
    "withdraw",
    "deliver",
    "archive",
)
NEEDS_REASON = frozenset({"refuse", "return", "not_accept"})
OPEN_STATES = tuple(state.value for state in CaseState if state not in {*FINAL, CaseState.DRAFT})


@dataclass(frozen=True)
class Details:
    """What an act may need beside its reason; see ``case_moves.NEED_WORDS``."""

    basis: str = ""
    approver: str = ""
    kind: str = ""
    days: int = 0
    office: str = ""
    leader_reason: str = ""
    delivery: Delivery | None = None


def act(
    centre: Centre,
    number: str,
    name: str,
    *,
    reason: str = "",
    missing: tuple[str, ...] = (),
    by: str = OFFICE,
    details: Details | None = None,
) -> CaseRow:
    """Do one act on a case found by its id, receipt number or project number.

    ``accept`` finds out by the papers whether it is 受理, 容缺受理 or 告知承诺受理. A missing paper
    may be named by its key: ``photo=照片太暗``.

    Raises:
        DomainError: unknown or ambiguous number, no reason, papers not complete.
        NotAllowedError: the state machine refuses it.
    """
    if name not in ACTS:
        raise _error("OFFICE-ACT", "没有这种办理动作。")
    if name in NEEDS_REASON and not reason.strip():
        raise _error("OFFICE-REASON", f"「{TRANSITIONS[name].word}」要写明理由。")
    if name == "request_supplement" and not missing:
        raise _error("OFFICE-MISSING", "补正告知要一次写全缺什么。")
    with centre.database.write() as tx:
        case = _find(tx, number)
        if name == "approve":
            _check_blobs(tx, case)
            check_order(tx, case)
        wish = _Wish(name, reason, missing, by, details or Details())
        case = case_steps.take(
            centre, tx, case, _act(centre, tx, case, wish), **_changes(centre, tx, case, wish)
        )
        case = ratings.settled(centre, tx, case)
        cases.save(tx, case)
        if name in REFUSALS:
            _report_refusal(centre, tx, case, wish)
        case_steps.publish(centre, tx, case)
        themes.follow(centre, tx, case)
        return case


@dataclass(frozen=True)
class _Wish:
    """What somebody at the centre wants done."""

    name: str
    reason: str
    missing: tuple[str, ...]
    by: str
    details: Details


def _act(centre: Centre, tx: Tx, case: CaseRow, wish: _Wish) -> Act:
    item, details = case_steps.item_of(tx, case), wish.details
    name, promise = wish.name, None
    if name == "accept":
        name = automatic.accept_name_of(tx, case)
        promise = promised(item, automatic.known_of(centre, tx, case, item).facts)
    keys = {material.key for material in item.materials}
    # A refusal always has a basis: that of the item, where nothing more exact was given.
    basis = details.basis or (item.by_law if name in REFUSALS else "")
    return Act(
        name,
        centre.now(),
        "centre",
        APPROVER,
        by=wish.by,
        reason=wish.reason,
        basis=basis,
        approver=details.approver,
        kind=details.kind,
        days=details.days,
        office=details.office,
        leader_reason=details.leader_reason,
        delivery=details.delivery,
        defects=tuple(_defect(words, keys) for words in wish.missing),
        promise=promise,
    )


def _defect(words: str, keys: set[str]) -> Defect:
    key, sign, what = words.partition("=")
    return Defect(key=key, what=what) if sign and key in keys and what else Defect(what=words)


def _changes(centre: Centre, tx: Tx, case: CaseRow, wish: _Wish) -> dict[str, Any]:
    """Return the fields of the view that papers print."""
    if wish.name == "accept":
        return case_steps.acceptance(centre, tx, case)
    if wish.name == "request_supplement":
        return {"missing": wish.missing, "reason": wish.reason}
    if wish.name in REFUSALS | DECISIONS | {"withdraw"}:
        return {"decided_at": centre.now(), "decided_by": wish.by, "reason": wish.reason}
    return {}


def _report_refusal(centre: Centre, tx: Tx, case: CaseRow, wish: _Wish) -> None:
    """否定事项报备: every refusal is on one list, with its reason (domain §1.2)."""
    body = RefusalReported(
        act=wish.name,
        item_code=case.item_code,
        item_name=case_steps.item_of(tx, case).short_name,
        receipt_no=case.receipt_no,
        who=str(case.view.get("applicant_name", "")),
        reason=wish.reason,
        basis=wish.details.basis,
        office=wish.details.office,
        reported_by=wish.by,
        reported_at=centre.now(),
    )
    fact = {"op_id": uuid7(), "entity_id": case.case_id, "operator_id": wish.by}
    refusals.keep(centre, tx, case.hall_code, fact, body)


def _find(tx: Tx, number: str) -> CaseRow:
    found = cases.find_any(tx, number)
    if not found:
        raise _error("OFFICE-CASE", "没有这个办件。")
    if len(found) > 1:
        raise _error("OFFICE-MANY", "这个编号对应几个办件，请用办件标识再试。")
    return found[0]


def _check_blobs(tx: Tx, case: CaseRow) -> None:
    absent = cases.missing_blobs(tx, case.case_id, required_only=True)
    if absent:
        raise NotAllowedError(
            code="OFFICE-BLOBS",
            what=f"还有 {len(absent)} 份必要材料的影像没有传到中心，不能办结。",
            safe="办件没有改动。",
            todo="影像传到后再办。",
        )


def _error(code: str, what: str) -> DomainError:
    return DomainError(code=code, what=what, safe="办件没有改动。")


def list_cases(centre: Centre) -> list[dict[str, Any]]:
    """Return one plain row per case the centre has."""
    with centre.database.read() as tx:
        lacking = cases.incomplete(tx)
        return [
            {
                "case_id": case.case_id,
                "receipt_no": case.receipt_no,
                "project_no": case.project_no,
                "item_code": case.item_code,
                "item_version": case.item_version,
                "state": case.state,
                "rev": case.rev,
                "device_id": case.device_id,
                "operator_id": case.operator_id,
                "claimed_at": case.claimed_at,
                "received_at": case.received_at,
                "automatic": bool(case.view.get("automatic")),
                "possible_duplicate_of": list(case.view.get("possible_duplicate_of", [])),
                "op_ids": oplog.of_entity(tx, case.case_id),
                "blobs_complete": case.case_id not in lacking,
            }
            for case in cases.all_cases(tx)
        ]


def queue(centre: Centre) -> list[dict[str, Any]]:
    """Return the cases that wait for a person at the centre, oldest first."""
    open_ids = set(OPEN_STATES) - {CaseState.SUPPLEMENT.value}
    return [row for row in list_cases(centre) if row["state"] in open_ids]


def list_ops(centre: Centre) -> list[dict[str, Any]]:
    """Return one plain row per operation, without its content."""
    with centre.database.read() as tx:
        rows = [dict(vars(op)) for op in oplog.all_ops(tx)]
    for row in rows:
        del row["token"], row["result"]
    return rows


def list_held(centre: Centre) -> list[dict[str, Any]]:
    """Return what is held and why, oldest first; a person may release what is not a dependency."""
    with centre.database.read() as tx:
        found = [op for op in oplog.all_ops(tx) if op.status == "held"]
        waits = {op.op_id: oplog.waits_of(tx, op.op_id) for op in found}
        revoked = {d.device_id for d in halls.all_devices(tx) if d.revoked_at}
    return [
        {
            "op_id": op.op_id,
            "code": op.code,
            "kind": op.kind,
            "entity_id": op.entity_id,
            "device_id": op.device_id,
            "device_revoked": op.device_id in revoked,
            "epoch": op.epoch,
            "seq": op.seq,
            "operator_id": op.operator_id,
            "claimed_at": op.claimed_at,
            "received_at": op.received_at,
            "waits_for": waits[op.op_id],
        }
        for op in found
    ]


def list_missing(centre: Centre, device_id: str) -> list[dict[str, Any]]:
    """Return per epoch the numbers of a device that exist and never arrived (§12).

    Raises:
        DomainError: no such device.
    """
    with centre.database.read() as tx:
        if halls.device(tx, device_id) is None:
            raise _error("OFFICE-DEVICE", "没有这台设备。")
        found = epochs.gaps(tx, device_id)
    return [
        {
            "epoch": one.epoch,
            "through": one.through,
            "highest": one.highest,
            "told": one.told,
            "count": sum(last - first + 1 for first, last in one.missing),
            "missing": [list(ends) for ends in one.missing],
        }
        for one in found
    ]


def list_alarms(centre: Centre) -> list[dict[str, Any]]:
    """Return all alarms."""
    with centre.database.read() as tx:
        return oplog.alarms(tx)


def stats(centre: Centre) -> dict[str, Any]:
    """Return counts only."""
    with centre.database.read() as tx:
        return {
            "cases": cases.counts(tx),
            "ops": oplog.counts(tx),
            "blobs": blobs.count(tx),
            "cases_without_all_blobs": len(cases.incomplete(tx)),
            "alarms": len(oplog.alarms(tx)),
            "devices": len(halls.all_devices(tx)),
        }


def revoke_device(centre: Centre, device_id: str) -> None:
    """Revoke a device: it may no longer pull; what it still sends is held (§12).

    Raises:
        DomainError: no such device.
    """
    with deeds.writing(centre, "device.revoke") as (tx, deed):
        if not halls.revoke_device(tx, device_id, centre.now()):
            raise _error("OFFICE-DEVICE", "没有这台设备。")
        deed.about = device_id
        revoked = {d.device_id: d.revoked_at for d in halls.all_devices(tx) if d.revoked_at}
        # Every counter checks papers of others against this list, so every counter gets it.
        feed.put_singleton(tx, "revocation", "all", {"devices": revoked}, centre.now())


def forget_tombstones(centre: Centre) -> int:
    """Remove tombstones older than ``TOMBSTONE_DAYS``; older cursors then need a snapshot (§6)."""
    before = (centre.clock() - timedelta(days=TOMBSTONE_DAYS)).isoformat(timespec="milliseconds")
    with centre.database.write() as tx:
        return feed.forget_tombstones(tx, before)


def let_go(centre: Centre, days: int) -> int:
    """Take cases that ended ``days`` ago out of the counters (``leave``); here they stay."""
    before = (centre.clock() - timedelta(days=days)).isoformat(timespec="milliseconds")
    done = 0
    with deeds.writing(centre, "cases.let_go") as (tx, deed):
        for case in cases.all_cases(tx, [state.value for state in FINAL]):
            last = max((e["at"] for e in case.view.get("events", ())), default=case.received_at)
            if last < before and feed.is_live(tx, feed.hall_scope(case.hall_code), case.case_id):
                change = feed.Change(
                    feed.hall_scope(case.hall_code),
                    "case",
                    case.case_id,
                    case.rev,
                    {},
                    centre.now(),
                    "leave",
                )
                feed.put(tx, change)
                done += 1
        deed.outcome = str(done)
    return done


def find_operator(centre: Centre, job_no: str) -> halls.OperatorState:
    """Return the present state of the operator with this job number or id.

    Raises:
        DomainError: no such operator.
    """
    with centre.database.read() as tx:
        for state in halls.operators(tx):
            if job_no in {state.job_no, state.operator_id}:
                return state
    raise _error("OFFICE-OPERATOR", "没有这个工号。")
