# SPDX-License-Identifier: MulanPSL-2.0
"""Leases: whose work a case is, with a fencing number (sync-protocol §7).

The fencing number is the revision of the case at which its holder changed last. An operation
carries the newest revision its counter knew (``base_rev``, or the results of what it depends on);
an older one is late work under an old lease: held for a person, never merged in silence. A case
nobody ever took over has no lease, and every counter of its hall works on it as before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from counter.domain.errors import DomainError
from counter.domain.operations import Operation
from sync.hub import rules
from sync.hub.centre import Centre
from sync.hub.handlers import case_steps, deeds, supersede
from sync.hub.handlers.verdict import held
from sync.hub.storage import cases, feed, halls, oplog
from sync.hub.storage.cases import CaseRow
from sync.hub.storage.engine import Tx
from sync.hub.storage.halls import Device
from sync.protocol import errors
from sync.protocol.policy import AssignmentPolicy, checked
from sync.protocol.wire import CaseEvent, CaseLease, CaseView

_TAKE, _BACK = "case.taken_over", "case.given_back"
# Facts about a case that are nobody's work in particular, and the one that makes it.
_OPEN = frozenset({"case.received", "case.informed", "case.refusal_reported"})
_LATE = "办这一笔时还不知道办件已由别的窗口接手，已留下，由工作人员核对。"
_OTHER = "办件现在由别的窗口办，这一笔已留下；要继续办，请先接手。"


def check(centre: Centre, tx: Tx, op: Operation) -> None:
    """Hold work on a case that is another's, or that did not know whose it is."""
    if op.entity != "case" or op.kind in _OPEN or not op.kind.startswith("case."):
        return
    case = cases.find(tx, op.entity_id)
    lease = lease_of(case) if case else None
    if lease is None:
        return
    if base_of(tx, op) < lease.fence:
        raise held(errors.HELD_LEASE, _LATE, field="base_rev")
    until = rules.moment(lease.until)
    runs = until is None or until > centre.clock() or op.kind == _BACK
    if op.kind != _TAKE and lease.device_id not in {"", op.device_id} and runs:
        raise held(errors.HELD_LEASE, _OTHER, field="device_id")


def base_of(tx: Tx, op: Operation) -> int:
    """Return the newest revision of its case an operation was made with.

    An act made before the first pull builds on the results of what it depends on.
    """
    names = [supersede.standing(tx, dep) for dep in op.depends_on]
    found = oplog.statuses(tx, names).values()
    known = (row.entity_rev for row in found if row.entity_id == op.entity_id)
    return max((op.base_rev, *known))


def lease_of(case: CaseRow) -> CaseLease | None:
    """Return the lease of a case, ``None`` if nobody ever took it over."""
    lease = case.view.get("lease")
    return CaseLease.model_validate(lease) if lease else None


@dataclass(frozen=True)
class Said:
    """Who changes whose work a case is, why, and at which window ("" at the centre)."""

    by: str
    reason: str
    place: str = ""

    def event(self, centre: Centre, what: str) -> CaseEvent:
        """Return it as a step of the case."""
        return CaseEvent(at=centre.now(), what=what, who=self.by, place=self.place, why=self.reason)


def give(centre: Centre, tx: Tx, case: CaseRow, to: Device, said: Said) -> CaseRow:
    """Make a case the work of a counter; whoever had it is fenced off."""
    wish = checked("assignment", feed.body_of(tx, "policy", "assignment"))
    days = (wish if isinstance(wish, AssignmentPolicy) else AssignmentPolicy()).days
    until = (centre.clock() + timedelta(days=days)).isoformat(timespec="milliseconds")
    lease = CaseLease(
        device_id=to.device_id, window=f"{to.counter_no:02} 号窗口", fence=case.rev + 1, until=until
    )
    return _changed(centre, tx, case, lease, said.event(centre, "接手"))


def free(centre: Centre, tx: Tx, case: CaseRow, said: Said) -> CaseRow:
    """Make a case nobody's work in particular; what was done before without knowing is fenced off."""
    lease = CaseLease(fence=case.rev + 1)
    return _changed(centre, tx, case, lease, said.event(centre, "交回"))


def assign(centre: Centre, number: str, device_id: str, *, by: str, reason: str) -> CaseLease:
    """Give a case to a counter of its hall, or with '' to nobody in particular.

    Raises:
        DomainError: ``OFFICE-CASE`` no such case, or several; ``OFFICE-DEVICE`` no such counter.
    """
    with deeds.writing(centre, "case.lease") as (tx, deed):
        found = cases.find_any(tx, number)
        if len(found) != 1:
            raise DomainError(
                code="OFFICE-CASE", what="没有这个办件，或者不止一个。", safe="没有改动。"
            )
        deed.about = found[0].case_id
        if not device_id:
            case = free(centre, tx, found[0], Said(by, reason))
        else:
            to = halls.device(tx, device_id)
            if to is None or to.hall_code != found[0].hall_code or to.revoked_at:
                raise DomainError(
                    code="OFFICE-DEVICE", what="本厅没有这台设备。", safe="没有改动。"
                )
            case = give(centre, tx, found[0], to, Said(by, reason))
            deed.about += f" {device_id}"
    return CaseLease.model_validate(case.view["lease"])


def _changed(centre: Centre, tx: Tx, case: CaseRow, lease: CaseLease, event: CaseEvent) -> CaseRow:
    events = [*CaseView.model_validate(case.view).events, event]
    told = [one.model_dump(mode="json") for one in events]
    changed = case_steps.annotate(case, lease=lease.model_dump(mode="json"), events=told)
    cases.save(tx, changed)
    case_steps.publish(centre, tx, changed)
    return changed
