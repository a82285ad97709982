# SPDX-License-Identifier: MulanPSL-2.0
"""What people at counters and at the centre do about an operation or a case that needs one."""

from __future__ import annotations

from collections.abc import Callable

from counter.domain.operations import OpKind
from sync.hub.handlers import assignment, decisions
from sync.hub.storage import halls
from tests.faults import properties
from tests.faults.counters import Site
from tests.faults.world import World


def correct(w: World, site: Site) -> bool:
    """Report an operation of 要处理 again; at most one of the two may take effect."""
    issues = [
        op_id
        for op_id, row in properties.outbox(site).items()
        if row.state in properties.FOR_PERSON
        and op_id in w.made
        and w.made[op_id].op.kind == "case.received"
        # Which of two good ones takes effect is a matter of the road; of a bad one and a good one not.
        and (not w.plain or "unreadable" in w.made[op_id].op.body)
    ]
    if not issues:
        return False
    made = site.correct(w.made[w.rng.choice(issues)])
    if made is None:
        return False
    # What is replaced ends as replaced; what waited for it follows the correction.
    w.excused.add(made.op.supersedes)
    return w.keep(made)


def _known_case(w: World, site: Site) -> str:
    """Return a case this counter knows, its own or a neighbour's."""
    received = {m.op.entity_id for m in w.made.values() if m.receipt_no}
    known = sorted(properties.case_ids(site) & received)
    return w.rng.choice(known) if known else ""


def _act(w: World, site: Site, kind: OpKind) -> bool:
    case_id = _known_case(w, site)
    if not case_id:
        return False
    made = site.act(kind, case_id)
    w.leased.add(case_id)
    return w.keep(made)


def take_over(w: World, site: Site) -> bool:
    return _act(w, site, "case.taken_over")


def give_back(w: World, site: Site) -> bool:
    return _act(w, site, "case.given_back")


def help_out(w: World, site: Site) -> bool:
    """A paper for a case that any counter of the hall took."""
    case_id = _known_case(w, site)
    return bool(case_id) and w.keep(site.act("case.supplemented", case_id))


def assign(w: World, site: Site) -> bool:
    """The centre gives a case to a counter, or back to nobody."""
    cases = sorted(properties.look(w.front.centre).cases)
    if not cases:
        return False
    with w.front.centre.database.read() as tx:
        device = halls.device(tx, site.identity.device_id)
    device_id = "" if device is None or device.revoked_at else device.device_id
    case_id = w.rng.choice(cases)
    assignment.assign(w.front.centre, case_id, device_id, by="王芳", reason="调剂")
    w.leased.add(case_id)
    return True


def decline(w: World, _site: Site) -> bool:
    """The centre ends what it held: its counter hears that it is refused."""
    held = [op for op in properties.look(w.front.centre).ops.values() if op.status == "held"]
    if not held:
        return False
    op_id = w.rng.choice(held).op_id
    decisions.close(w.front.centre, op_id, by="王芳", reason="材料不对")
    w.excused.add(op_id)
    return True


def close(w: World, site: Site) -> bool:
    """A person at the counter closes an entry of 要处理: nothing more is to come of it."""
    with site.store.unit_of_work() as work:
        rows = properties.outbox(site).items()
        issues = [op_id for op_id, row in rows if work.outbox.open_issue(op_id)]
        if issues:
            at = site.clock.now().isoformat()
            work.outbox.close_issue(w.rng.choice(issues), at, "li", "照中心的办")
            work.commit()
    return bool(issues)


HAPPENINGS: dict[str, Callable[[World, Site], bool]] = {
    "correct": correct,
    "take_over": take_over,
    "give_back": give_back,
    "help_out": help_out,
    "assign": assign,
    "decline": decline,
    "close": close,
}
WEIGHTS = {
    "correct": 1.5,
    "take_over": 1,
    "give_back": 0.7,
    "help_out": 2,
    "assign": 0.3,
    "decline": 0.3,
    "close": 0.5,
}
# Whose work a case is depends on what arrived first; a correction and what it replaces does not.
PLAIN = frozenset({"correct"})
