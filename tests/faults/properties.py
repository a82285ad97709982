# SPDX-License-Identifier: MulanPSL-2.0
"""The promises of sync-protocol §14 as questions to a whole world of counters and a centre.

Each check is named by its promise; ``History.violations`` begins with that name.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from counter.domain.case import CaseState
from counter.storage import tables as mine
from sync.hub.centre import Centre
from sync.hub.storage import feed, oplog
from sync.hub.storage import tables as theirs
from sync.hub.storage.cases import CaseRow, all_cases
from sync.hub.storage.oplog import StoredOp
from tests.faults.counters import Made, Site

ASSIGNING = ("case.taken_over", "case.given_back")
UNSENT = ("QUEUED", "WAIT_DEP")
FOR_PERSON = ("HELD", "CONFLICT", "REJECTED")
OURS_OF = {
    "applied": "APPLIED",
    "already": "APPLIED",
    "held": "HELD",
    "conflict": "CONFLICT",
    "rejected": "REJECTED",
}


@dataclass(frozen=True)
class CentreNow:
    """Everything the centre has."""

    ops: dict[str, StoredOp]
    cases: dict[str, CaseRow]
    facts: dict[str, Any]
    blobs: frozenset[str]
    alarms: list[dict[str, Any]]


# Built once: they are asked at every pull.
_o, _c = mine.outbox.c, mine.cases.c
_OUTBOX = select(
    _o.op_id, _o.op_hash, _o.epoch, _o.seq, _o.state, _o.jws, _o.entity_id, _o.settled_at
).order_by(_o.epoch, _o.seq)
_TURNS = select(_o.op_id, _o.state, _o.closed_at)
_UNSENT = select(_o.op_id, _o.state, _o.jws).where(_o.state.in_(("QUEUED", "WAIT_DEP")))
_CASES = select(_c.case_id, _c.body, _c.local_state)


def look(centre: Centre) -> CentreNow:
    """Read the centre in one transaction."""
    with centre.database.read() as tx:
        return CentreNow(
            {op.op_id: op for op in oplog.all_ops(tx)},
            {case.case_id: case for case in all_cases(tx)},
            {row.op_id: row for row in tx.execute(select(theirs.facts))},
            frozenset(tx.execute(select(theirs.blobs.c.blob_id)).scalars()),
            oplog.alarms(tx),
        )


def outbox(site: Site) -> dict[str, Any]:
    """Return the counter's operations by id."""
    with site.store._database.reading() as connection:
        return {row.op_id: row for row in connection.execute(_OUTBOX)}


def waits_for_nobody(site: Site) -> list[str]:
    """Return what is still to be sent and waits neither for a person nor behind what does (L1)."""
    with site.store._database.reading() as connection:
        needs = connection.execute(select(mine.op_needs)).all()
        rows = {row.op_id: row for row in connection.execute(_TURNS)}
    behind: dict[str, set[str]] = {}
    for need in needs:
        behind.setdefault(need.needs, set()).add(need.op_id)
    reached = [op_id for op_id, r in rows.items() if r.state in FOR_PERSON and not r.closed_at]
    lawful: set[str] = set()
    while reached:
        new = behind.get(reached.pop(), set()) - lawful
        lawful |= new
        reached += new
    unsent = {op_id: row.state for op_id, row in rows.items() if row.state in UNSENT}
    return [op for op, state in unsent.items() if state == "QUEUED" or op not in lawful]


def at_the_centre(
    now: CentreNow, made: dict[str, Made], released: Collection[str] = ()
) -> Iterator[str]:
    """S1, S5, S9, S10, S11: what the centre may never show, whatever happened on the way."""
    rows = _standing(now.ops, made)
    yield from _cases_of(now)
    yield from _corrections(now, rows)
    instead = {first: row[0] for first, row in rows.items() if row}
    yield from _leases(now, made, released, instead)
    for op_id, stored in now.ops.items():
        ours = made.get(op_id)
        if ours is None:
            yield f"S11 the centre has an operation {op_id} nobody committed"
        else:
            yield from _one_operation(now, stored, ours, instead)


def _cases_of(now: CentreNow) -> Iterator[str]:
    applied = Counter(
        op.entity_id for op in now.ops.values() if op.status == "applied" and op.kind[:5] == "case."
    )
    moved = Counter(
        op.entity_id for op in now.ops.values() if op.status == "applied" and op.kind in ASSIGNING
    )
    marks = doubles = 0  # of two cases that may be one, the first to take effect is marked later
    for case_id, case in now.cases.items():
        told = applied[case_id] + len(_assigned(case)) - moved[case_id]
        twins = len(case.view.get("possible_duplicate_of", ()))
        marks, doubles = marks + case.rev - told, doubles + twins
        if not 0 <= case.rev - told <= twins:
            yield f"S1 case {case_id}: revision {case.rev}, {applied[case_id]} operations applied"
        keys = [m["key"] for m in case.body["materials"]]
        if len(keys) != len(set(keys)):
            yield f"S1 case {case_id}: a paper twice"
    if 2 * marks != doubles:
        yield f"S1 {doubles} marks of possible doubles, {marks} revisions for them"
    # Two copies of one disk may print one number, once in 1,024 times (ADR 10): then it is said.
    said = {alarm["detail"] for alarm in now.alarms if alarm["kind"] == "receipt_no_twice"}
    numbers = Counter(c.receipt_no for c in now.cases.values() if c.receipt_no not in said)
    official = Counter(case.project_no for case in now.cases.values())
    yield from (f"S9 receipt number {n} twice" for n, count in numbers.items() if count > 1)
    yield from (f"S9 official number {n} twice" for n, count in official.items() if count > 1)


def _assigned(case: CaseRow) -> list[Any]:
    """Return every change of whose work a case is, by a counter or by the centre itself."""
    return [event for event in case.view.get("events", ()) if event["what"] in ("接手", "交回")]


def one_stands(ops: Mapping[str, StoredOp], made: dict[str, Made], first: str) -> bool:
    """Tell whether an operation or a correction of it took effect."""
    return bool(_standing(ops, made).get(first))


def _standing(ops: Mapping[str, StoredOp], made: dict[str, Made]) -> dict[str, list[str]]:
    """Return of every corrected operation who of it and its corrections took effect."""
    rows: dict[str, list[str]] = {}
    for op_id, one in made.items():
        if one.op.supersedes:
            rows.setdefault(one.op.supersedes, [one.op.supersedes]).append(op_id)
    return {
        first: [op_id for op_id in row if op_id in ops and ops[op_id].status == "applied"]
        for first, row in rows.items()
    }


def _corrections(now: CentreNow, rows: Mapping[str, list[str]]) -> Iterator[str]:
    """S1 of a correction: of it and what it replaces one takes effect, and the other is closed."""
    for first, standing in rows.items():
        if len(standing) > 1:
            yield f"S1 {first} and its correction both took effect"
        old = now.ops.get(first)
        if standing and standing != [first] and old and old.code != "superseded":
            yield f"S1 {first} was replaced and is {old.status} {old.code}"


def _leases(
    now: CentreNow,
    made: dict[str, Made],
    released: Collection[str],
    instead: Mapping[str, str],
) -> Iterator[str]:
    """Late work under an old lease never takes effect by itself (fencing number)."""
    acts: dict[str, list[StoredOp]] = {}
    for stored in now.ops.values():
        if stored.status == "applied" and stored.kind[:5] == "case." and stored.op_id in made:
            acts.setdefault(stored.entity_id, []).append(stored)
    for case_id, done in acts.items():
        changes = sum(stored.kind in ASSIGNING for stored in done)
        case = now.cases.get(case_id)
        if not changes or case is None or len(_assigned(case)) != changes:
            continue  # nobody's, or the centre itself gave it to somebody
        holder, fence = "", 0
        for stored in sorted(done, key=lambda one: one.entity_rev):
            op = made[stored.op_id].op
            needs = (now.ops.get(instead.get(need, need)) for need in op.depends_on)
            known = (n.entity_rev for n in needs if n and n.entity_id == case_id)
            free = stored.kind == "case.received" or op.op_id in released
            if not free and max((op.base_rev, *known)) < fence:
                yield f"S5 {op.op_id} did not know of fence {fence} and took effect"
            other = holder not in {"", op.device_id} and stored.kind != "case.taken_over"
            if not free and other:
                yield f"S5 {op.op_id} took effect on another counter's case"
            if stored.kind in ASSIGNING:
                holder = op.device_id if stored.kind == "case.taken_over" else ""
                fence = stored.entity_rev


def _one_operation(
    now: CentreNow, stored: StoredOp, ours: Made, instead: Mapping[str, str]
) -> Iterator[str]:
    op = ours.op
    if stored.op_hash != ours.op_hash:
        yield f"S11 {op.op_id} took effect with another content"
    if stored.operator_id != op.actor.operator:
        yield f"S10 {op.op_id}: {stored.operator_id} instead of {op.actor.operator}"
    if stored.status != "applied":
        return
    for need in op.depends_on:
        done = now.ops.get(instead.get(need, need))
        if done is None or done.status != "applied":
            yield f"S5 {op.op_id} took effect before {need}"
    if op.kind == "case.received" and op.entity_id not in now.cases:
        yield f"S1 {op.op_id} is applied and has no case"
    if op.kind == "visit.recorded" and op.op_id not in now.facts:
        yield f"S1 {op.op_id} is applied and has no fact"


def at_a_counter(site: Site, now: CentreNow, made: dict[str, Made]) -> Iterator[str]:
    """S4, S12 and the chain: what one counter's own operations look like."""
    before: dict[int, int] = {}
    for op_id, row in outbox(site).items():
        if row.seq <= before.get(row.epoch, 0):
            yield f"S12 {op_id} is out of order"
        before[row.epoch] = row.seq
        ours = made.get(op_id)
        if ours is not None and row.jws != ours.jws:
            yield f"S7 {op_id} was changed after its commit"
        if row.state in UNSENT:
            continue
        stored = now.ops.get(op_id)
        if stored is None:
            yield f"S4 {op_id} is {row.state} and the centre does not know it"
        elif row.state == "APPLIED" and stored.status != "applied":
            yield f"S4 {op_id} is APPLIED here and {stored.status} at the centre"
    b = mine.blobs.c
    with site.store._database.reading() as connection:
        done = set(connection.scalars(select(b.blob_id).where(b.done == 1)))
    yield from (f"S4 page {one[:8]} is not at the centre" for one in done - now.blobs)


def unproved(site: Site) -> Iterator[str]:
    """S4: whatever left the queue did so by a result that the centre signed about this very one."""
    o = mine.outbox.c
    query = select(o.op_id, o.op_hash, o.state, o.result_token).where(o.state.not_in(UNSENT))
    with site.store._database.reading() as connection:
        rows = connection.execute(query).all()
    for row in rows:
        seen = (row.op_id, row.state, row.result_token)
        if seen in site.proved:
            continue
        site.proved.add(seen)
        result = site.centre.result(row.result_token)
        status = "" if result is None else OURS_OF.get(result.status, "")
        about = result is not None and (result.op_id, result.op_hash) == (row.op_id, row.op_hash)
        if not about or status != row.state:
            yield f"S4 {row.op_id} is {row.state} without the centre's word for it"


def verdicts_agree(site: Site, now: CentreNow) -> Iterator[str]:
    """S4, L3: after the end of the feed a counter says of its operations what the centre says."""
    for op_id, row in outbox(site).items():
        stored = now.ops.get(op_id)
        if stored is not None and row.state != OURS_OF[stored.status]:
            yield f"L3 {op_id} is {row.state} here and {stored.status} at the centre"


def own_writes_are_seen(site: Site) -> Iterator[str]:
    """S7: who withdrew a case at this counter sees it withdrawn, before and after each pull."""
    o, c = mine.outbox.c, mine.cases.c
    query = (
        select(c.case_id, c.state)
        .join(mine.outbox, o.entity_id == c.case_id)
        .where(o.kind == "case.withdrawn", o.state.not_in(("CONFLICT", "REJECTED")))
        .where(o.closed_at == "")  # then a person settled for what the centre shows
    )
    with site.store._database.reading() as connection:
        for row in connection.execute(query):
            if row.state != CaseState.WITHDRAWN:
                yield f"S7 {row.case_id} was withdrawn here and is shown as {row.state}"


def pages_are_whole(centre: Centre, now: CentreNow) -> Iterator[str]:
    """S1 of pages: what the centre calls its own has the content its name promises."""
    for blob_id in now.blobs:
        path = centre.files.path(blob_id)
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != blob_id:
            yield f"S3 page {blob_id[:8]} counts at the centre and is not what it says"


def nowhere(
    sites: list[Site], now: CentreNow, bundled: set[str], made: dict[str, Made], gone: set[str]
) -> Iterator[str]:
    """S3: every committed operation is on a counter, in a bundle or at the centre, and listed."""
    on_counters: dict[str, str] = {}
    for site in sites:
        on_counters.update({op_id: row.state for op_id, row in outbox(site).items()})
    for op_id in made:
        if op_id not in on_counters and op_id not in now.ops and op_id not in bundled | gone:
            yield f"S3 {op_id} is nowhere"


def purged(centre: Centre, missing: set[str]) -> set[str]:
    """Return what may stay away: it was purged rightly, for the centre has it."""
    there = look(centre).ops
    return {op_id for op_id in missing if op_id in there and there[op_id].status == "applied"}


def case_ids(site: Site) -> set[str]:
    """Return the cases a counter knows, its own and those of its hall."""
    with site.store._database.reading() as connection:
        return set(connection.scalars(select(mine.cases.c.case_id)))


def cases_told(site: Site) -> set[str]:
    """Return the cases of which the centre's row is at a counter."""
    c = mine.cases.c
    with site.store._database.reading() as connection:
        return set(connection.scalars(select(c.case_id).where(c.rev > 0)))


def overlay(site: Site) -> dict[str, Any]:
    """Return what pull must not touch: unsettled operations and what was received here."""
    with site.store._database.reading() as connection:
        waiting = connection.execute(_UNSENT).all()
        cases = connection.execute(_CASES).all()
    return {
        "ops": {row.op_id: row.jws for row in waiting},
        "cases": {row.case_id: (row.body, row.local_state) for row in cases if row.body != "{}"},
    }


def sums_agree(site: Site, centre: Centre) -> Iterator[str]:
    """L3, S8: after the feed's end both sides have the same rows in every scope of the counter."""
    scopes = (
        feed.device_scope(site.identity.device_id),
        feed.hall_scope(site.identity.hall.hall_code),
        feed.REFERENCE,
    )
    here = site.sync.checksums()
    with centre.database.read() as tx:
        for scope in scopes:
            if scope.startswith("device:"):
                continue  # results only pass: their truth is the state of the operation
            if here.get(scope, "0" * 64) != feed.checksum(tx, scope):
                yield f"L3 scope {scope.partition(':')[0]} differs after the end of the feed"


def end_state(now: CentreNow) -> dict[str, Any]:
    """Return what must not depend on the road: verdicts, and what the cases consist of."""
    return {
        "ops": {op_id: (op.status, op.code) for op_id, op in now.ops.items()},
        "cases": {
            case_id: (
                case.receipt_no,
                case.state,
                case.rev,
                sorted(m["key"] for m in case.body["materials"]),
                case.operator_id,
            )
            for case_id, case in now.cases.items()
        },
        "facts": sorted(now.facts),
    }


def still_open(state: str) -> bool:
    """Tell whether an operation waits for the line (not for a person)."""
    return state in ("QUEUED", "WAIT_DEP")
