# SPDX-License-Identifier: MulanPSL-2.0
"""What may happen in a hall: one function a thing, to one counter; false = there was no chance to."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress

from counter.domain.errors import CounterError, KnownError
from counter.domain.ids import uuid7
from sync.client.bundle import export
from sync.client.bundle_return import import_return
from sync.client.engine.step import Engine
from sync.client.outcomes import LineError
from sync.hub.handlers import backoffice, decisions, judging, publish, training
from sync.hub.handlers import bundle as bundles
from sync.hub.handlers import push as pushing
from tests.faults import acts, breakages, edges, properties, roads
from tests.faults.counters import ONE_PERSON, Made, Site
from tests.faults.world import DEVICES, OPERATORS, World, document
from tests.storage.kit import SetClock

# Facts at the counter.


def take(w: World, site: Site) -> bool:
    # Who is told of a possible double is a matter of the road.
    again = not w.plain and w.rng.random() < 0.1
    pages = w.rng.choice((0, 0, 1, 2))
    return w.keep(site.receive(pages, id_no=ONE_PERSON if again else ""))


def _case_of(w: World, site: Site, known: Collection[str] = ()) -> Made | None:
    ids = [
        op_id
        for op_id, row in properties.outbox(site).items()
        if op_id in w.made
        and w.made[op_id].receipt_no
        and (not known or w.made[op_id].op.entity_id in known)
    ]
    return w.made[w.rng.choice(ids)] if ids else None


def supplement(w: World, site: Site) -> bool:
    case = _case_of(w, site)
    if case is None:
        return False
    paper = {"key": f"m{len(w.made)}", "way": "scanned"}
    body = {"materials": [paper], "supplied_at": site.clock.now().isoformat()}
    needs = (case.op.op_id,)
    made = site.follow("case.supplemented", case.op.entity_id, body, needs)
    return w.keep(made)


def withdraw(w: World, site: Site) -> bool:
    # Over the centre's row, where there is one: that must not show through (S7).
    case = _case_of(w, site, properties.cases_told(site))
    if case is None:
        return False
    body = {"reason": "本人不办了", "withdrawn_at": site.clock.now().isoformat()}
    made = site.follow("case.withdrawn", case.op.entity_id, body, (case.op.op_id,))
    # Who comes behind a withdrawal meets a closed case: a conflict for a person.
    others = [m for m in w.made.values() if m.op.entity_id == case.op.entity_id]
    w.excused |= {m.op.op_id for m in others if m.op.kind != "case.received"}
    w.excused.add(made.op.op_id)
    w.withdrawn.add(case.op.entity_id)
    return w.keep(made)


def visit(w: World, site: Site) -> bool:
    return w.keep(site.follow("visit.recorded", uuid7(), {"note": "上门"}, ()))


def poison(w: World, site: Site) -> bool:
    made = site.receive(w.rng.choice((0, 1)), body={"unreadable": True})
    w.excused.add(made.op.op_id)
    return w.keep(made)


def future_form(w: World, site: Site) -> bool:
    return w.keep(site.receive(0, version=str(len(w.versions) + 1)))


def new_form(w: World, _site: Site) -> bool:
    version = str(len(w.versions) + 1)
    publish.publish(w.front.centre, [document(version)])
    judging.recheck(w.front.centre, "form")
    w.versions.append(version)
    return True


def disk(w: World, site: Site) -> bool:
    """The disk is full at some operation of a commit; nothing half, nothing forgotten."""
    site.disk.left = w.rng.randrange(8)
    try:
        made = site.receive(w.rng.choice((0, 1)))
    except KnownError as error:
        site.disk.left = -1
        if error.code == "JOURNAL-WRITE" and site.doubtful is not None:
            site.store.retry_journal()
            return w.keep(site.doubtful)
        there = properties.outbox(site)
        if site.doubtful is not None and site.doubtful.op.op_id in there:
            known = site.doubtful.op.op_id in w.made
            w.violations += [] if known else ["S3 refused, and yet it is there"]
        return True
    site.disk.left = -1
    return w.keep(made)


# The line.


def _lane(engine: Engine) -> bool:
    with suppress(LineError):
        engine.step()
    return True


def push(w: World, site: Site) -> bool:
    _lane(site.push)
    w.violations += properties.unproved(site)
    if w.withdrawn:
        w.violations += properties.own_writes_are_seen(site)
    return True


def blobs(w: World, site: Site) -> bool:
    return _lane(site.blobs)


def pull(w: World, site: Site) -> bool:
    before = properties.overlay(site)
    _lane(site.pull)
    after = properties.overlay(site)
    if any(after["cases"].get(case) != kept for case, kept in before["cases"].items()):
        w.violations.append("S7 pull changed what was received here")
    now = {row.op_id: row for row in properties.outbox(site).values()}
    if any(op_id not in now or now[op_id].jws != jws for op_id, jws in before["ops"].items()):
        w.violations.append("S7 pull removed an operation")
    return True


def arrive_late(w: World, site: Site) -> bool:
    if not site.wire.late:
        return False
    late = site.wire.late.pop(w.rng.randrange(len(site.wire.late)))
    with suppress(LineError):
        w.front.answer(late.device_id, late.ask)
    return True


def other_body(w: World, site: Site) -> bool:
    """A second content under an id that was used: never takes effect (S11)."""
    known = [m for m in w.made.values() if m.op.device_id == site.identity.device_id]
    if not known:
        return False
    there = properties.look(w.front.centre).ops
    known = [m for m in known if m.op.op_id in there]
    if not known:
        return False
    op = w.rng.choice(known).op
    other = op.model_copy(update={"body": {**op.body, "note": "另一份"}})
    pushing.receive(w.front.centre, other.sign(site.identity.key))
    return True


# The machines.


def restart(w: World, site: Site) -> bool:
    site.restart()
    return True


def restart_centre(w: World, _site: Site) -> bool:
    w.front.restart()
    return True


def clock(w: World, site: Site) -> bool:
    site.clock.later(days=w.rng.choice((-3650, -400, -1, 1, 200, 3650)))
    if not 2000 < site.clock.time.year < 2100:
        site.clock.time = w.now
    return True


def purge(w: World, site: Site) -> bool:
    before = properties.outbox(site)
    site.sync.purge()
    removed = set(before) - set(properties.outbox(site))
    if removed:
        now = properties.look(w.front.centre)
        for op_id in removed:
            blobs = {ref.blob_id for ref in w.made[op_id].op.blobs}
            good = op_id in now.ops and now.ops[op_id].status == "applied"
            if not good or not blobs <= now.blobs:
                w.violations.append(f"S13 {op_id} was purged too early")
    return True


def backup(w: World, site: Site) -> bool:
    place = w.sites.index(site)
    w.backups[place] = w.folder / f"backup{place}"
    site.copy_to(w.backups[place])
    return True


def put_back(w: World, site: Site) -> bool:
    """An old database; sometimes the whole old disk, journal and all."""
    folder = w.backups.get(w.sites.index(site))
    if folder is None:
        return False
    whole = w.rng.random() < 0.3
    before = set(properties.outbox(site))
    site.put_back(folder, journal=whole)
    missing = before - set(properties.outbox(site))
    if whole:
        w.gone |= missing
        w.excused |= missing
        w.forked.add(site.identity.device_id)
    elif missing - properties.purged(w.front.centre, missing):
        w.violations.append("S3 the journal did not bring an operation back")
    return True


def clone(w: World, site: Site) -> bool:
    if len(w.sites) > DEVICES:
        return False
    folder = w.folder / f"home{len(w.sites)}"
    site.copy_to(folder)
    twin = Site(folder, site.identity, w.front, SetClock(), w.rng, OPERATORS)
    twin.clock.time = site.clock.time
    w.sites.append(twin)
    w.forked.add(site.identity.device_id)
    return True


# People.


def operator(w: World, _site: Site) -> bool:
    job_no, name, roles = w.rng.choice(training.OPERATORS)
    publish.put_operator(
        w.front.centre,
        hall_code=training.HALL.hall_code,
        job_no=job_no,
        name=name,
        roles=roles,
        active=w.rng.random() < 0.5,
    )
    w.rights_changed = True
    return True


def revoke(w: World, site: Site) -> bool:
    backoffice.revoke_device(w.front.centre, site.identity.device_id)
    w.revoked.add(site.identity.device_id)
    return True


def release(w: World, _site: Site) -> bool:
    waiting = [
        op.op_id
        for op in properties.look(w.front.centre).ops.values()
        if op.status == "held" and op.code in ("authz", "device", "epoch", "lease")
    ]
    if not waiting:
        return False
    op_id = w.rng.choice(waiting)
    decisions.release(w.front.centre, op_id, by="王芳", reason="核对过")
    w.released.add(op_id)
    return True


# Bundles.


def bundle(w: World, site: Site) -> bool:
    folder = w.folder / f"stick{len(w.bundles)}"
    folder.mkdir(exist_ok=True)
    before = {op_id: row.state for op_id, row in properties.outbox(site).items()}
    done = export(site.courier, folder)
    after = {op_id: row.state for op_id, row in properties.outbox(site).items()}
    if before != after:
        w.violations.append("M an export moved an operation")
    carried = frozenset(op for op, state in before.items() if properties.still_open(state))
    w.bundles += [(site, path, carried) for path in done.files]
    del w.bundles[:-6]
    return bool(done.files)


def carry(w: World, site: Site) -> bool:
    del site
    if not w.bundles:
        return False
    owner, path, _ = w.rng.choice(w.bundles)
    try:
        done = bundles.import_bundle(w.front.centre, path)
    except CounterError as error:
        w.violations.append(f"M a good bundle was refused: {error.code}")
        return True
    back = path.with_suffix(".ycr")
    bundles.write_return(w.front.centre, done, back)
    w.returns.append((owner, back))
    del w.returns[:-6]
    return True


def bring_back(w: World, site: Site) -> bool:
    del site
    if not w.returns:
        return False
    owner, path = w.rng.choice(w.returns)
    import_return(owner.courier, path)
    return True


HAPPENINGS: dict[str, Callable[[World, Site], bool]] = {
    "take": take,
    "supplement": supplement,
    "visit": visit,
    "withdraw": withdraw,
    "push": push,
    "pull": pull,
    "blobs": blobs,
    "arrive_late": arrive_late,
    "restart": restart,
    "restart_centre": restart_centre,
    "bundle": bundle,
    "carry": carry,
    "bring_back": bring_back,
    "clock": clock,
    "disk": disk,
    "other_body": other_body,
    "poison": poison,
    "new_form": new_form,
    "future_form": future_form,
    "operator": operator,
    "release": release,
    "purge": purge,
    "backup": backup,
    "put_back": put_back,
    "clone": clone,
    "revoke": revoke,
    **acts.HAPPENINGS,
    **breakages.HAPPENINGS,
    **edges.HAPPENINGS,
    **roads.HAPPENINGS,
}
# How often each thing happens, roughly.
WEIGHTS = {
    "take": 20,
    "supplement": 8,
    "visit": 5,
    "withdraw": 2,
    "push": 24,
    "pull": 10,
    "blobs": 14,
    "arrive_late": 5,
    "restart": 2,
    "restart_centre": 1,
    "bundle": 2,
    "carry": 3,
    "bring_back": 2,
    "clock": 2,
    "disk": 3,
    "other_body": 2,
    "poison": 1,
    "new_form": 1,
    "future_form": 1,
    "operator": 1,
    "release": 1,
    "purge": 1,
    "backup": 1,
    "put_back": 1,
    "clone": 0.3,
    "revoke": 0.2,
    **acts.WEIGHTS,
    **breakages.WEIGHTS,
    **edges.WEIGHTS,
    **roads.WEIGHTS,
}
# What makes one operation wait for a person, or end otherwise than applied, for a good reason.
PLAIN = frozenset(WEIGHTS) - {
    *("withdraw", "operator", "revoke", "clone", "put_back", "release"),
    *(acts.HAPPENINGS.keys() - acts.PLAIN),
}
