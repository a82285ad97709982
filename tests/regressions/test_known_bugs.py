# SPDX-License-Identifier: MulanPSL-2.0
"""The fifteen known bugs of sync-protocol §13, each shown not to be here, by name.

Real store and engines against the real handlers, over a line that misbehaves on command.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from counter.domain.errors import KnownError
from sync.client.bundle import export
from sync.client.engine.chunks import LARGEST
from sync.client.link import CAP_S, Backoff, LanePolicy
from sync.client.lock import SyncLock
from sync.client.outcomes import LineError
from sync.hub.handlers import publish, training
from sync.hub.handlers.pull import pull
from sync.hub.storage import cases, feed, halls
from tests.faults import properties
from tests.faults.counters import Made, Site
from tests.faults.world import Template, World, document
from tests.storage import site as whole

MINUTES = 16.0  # longer than any pause of a lane


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return Template.make(tmp_path_factory.mktemp("known") / "template")


@pytest.fixture
def world(template: Template, tmp_path: Path) -> Iterator[World]:
    made = World(template, tmp_path / "world", "known-bugs")
    for site in made.sites:
        site.keeper.settle()  # so that the first request of the push lane is a push
    yield made
    made.close()


def tries(site: Site, *faults: str) -> None:
    """Let the push lane try once for each fault."""
    for fault in faults:
        site.wire.faults.append(fault)
        with suppress(LineError):
            site.push.step()
        assert not site.wire.faults
        site.clock.later(minutes=MINUTES)
        site.mono += MINUTES * 60


def drain(site: Site) -> None:
    """Let all lanes work until nothing is left to do."""
    for _ in range(400):
        site.clock.later(minutes=MINUTES)
        site.mono += MINUTES * 60
        idle = True
        for engine in (site.push, site.blobs, site.pull):
            with suppress(LineError):
                step = engine.step()
                idle = idle and not step.more and not step.moved
                continue
            idle = False
        if idle:
            return
    raise AssertionError("never came to an end")


def state(site: Site, made: Made) -> str:
    return str(properties.outbox(site)[made.op.op_id].state)


def test_bug_01_a_lost_reply_is_not_answered_by_rights(world: World) -> None:
    """OpenCRVS: rights were asked before the idempotency key, the retry was a conflict."""
    site = world.sites[0]
    made = site.receive(0)
    tries(site, "lose")
    assert state(site, made) == "QUEUED"
    for job_no, name, roles in training.OPERATORS:
        publish.put_operator(
            world.front.centre,
            hall_code=training.HALL.hall_code,
            job_no=job_no,
            name=name,
            roles=roles,
            active=False,
        )
    drain(site)
    assert state(site, made) == "APPLIED"
    assert properties.look(world.front.centre).cases[made.op.entity_id].rev == 1


@pytest.mark.parametrize("status", ["400", "403", "404", "409", "410", "413", "415", "422", "429"])
def test_bug_02_a_4xx_does_not_vanish_on_reload(world: World, status: str) -> None:
    """OpenCRVS: what got a 4xx was gone after the page was loaded again."""
    site = world.sites[0]
    made = site.receive(1)
    tries(site, status)
    site.restart()
    assert state(site, made) == "QUEUED"
    assert [row.jws for row in site.sync.exportable()] == [made.jws]
    drain(site)
    assert state(site, made) == "APPLIED"


def test_bug_03_backoff_is_capped() -> None:
    """OpenCRVS: waits of days."""
    delays = [Backoff().delay(failures, 0.999) for failures in (1, 5, 20, 1000, 10**9)]
    assert max(delays) <= CAP_S
    policy = LanePolicy(lambda: 0.999)
    for _ in range(500):
        policy.failed(0.0, 10**9)
    assert policy.wait(0.0) <= CAP_S
    policy.wake(0.0, person=True)
    assert policy.wait(0.0) == 0


def test_bug_04_no_new_cache_discards_the_outbox(world: World) -> None:
    """OpenCRVS 1.5: an upgrade or a new cache threw the outbox away."""
    site = world.sites[0]
    made = [site.receive(1) for _ in range(3)]
    publish.publish(world.front.centre, [document("2")])
    scopes = list(site.sync.checksums())
    resets = [
        {"action": "reset", "scope": scope, "kind": "policy", "entity_id": "", "rev": 0}
        for scope in scopes
    ]
    site.sync.apply_page(resets, "")
    site.restart()
    while site.pull.step().more:
        pass
    assert [row.jws for row in site.sync.exportable()] == [one.jws for one in made]
    drain(site)
    assert {state(site, one) for one in made} == {"APPLIED"}


def test_bug_05_retries_never_stop_and_uploads_resume(world: World) -> None:
    """ODK #7356: after 13 tries nothing was sent any more; every upload began at byte 0."""
    site = world.sites[0]
    made = site.receive(0)
    tries(site, *["413"] * 40)
    assert site.sync.exportable()[0].attempts >= 40
    drain(site)
    assert state(site, made) == "APPLIED"
    size = 3_000_000
    site.receive(1, size=size)
    site.wire.cut_every = 700_000
    drain(site)
    site.restart()
    assert site.sync.counts().pages_pending == 0
    assert site.wire.cuts > 2
    assert site.wire.carried <= size + site.wire.cuts * LARGEST


def test_bug_06_another_login_deletes_nothing(tmp_path: Path) -> None:
    """DHIS2: a login by another user deleted the unsynced data of the one before."""
    hall = whole.enrolled(tmp_path)
    with hall.core(whole.ZHANG) as core:
        receipt = whole.receive(core)
    with hall.core(whole.LEADER) as core:
        waiting = core.execution.run(core.queries.outbox)
        assert receipt.op_id in {op.op_id for op in waiting}


def test_bug_07_a_large_file_is_not_left_out(world: World) -> None:
    """CommCare: a file over 15 MB stayed behind and the form counted as sent."""
    site = world.sites[0]
    size = 16_000_000
    made = site.receive(1, size=size)
    tries(site, "")
    assert state(site, made) == "APPLIED"
    assert site.sync.counts().pages_pending == 1
    with world.front.centre.database.read() as tx:
        assert cases.missing_blobs(tx, made.op.entity_id, required_only=True)
    drain(site)
    assert site.sync.counts().pages_pending == 0
    page = world.front.centre.files.path(made.op.blobs[0].blob_id)
    assert page.stat().st_size == size


def test_bug_08_no_words_no_offsets_no_status_of_export(world: World, tmp_path: Path) -> None:
    """MOSIP: duplicates by an English word, paging by offset, export overwrote the status."""
    site = world.sites[0]
    first = site.receive(1)
    tries(site, "down")  # started without a line
    assert state(site, first) == "QUEUED"
    made = [site.receive(0) for _ in range(79)]
    assert export(site.courier, tmp_path).ops == 80
    assert len(site.sync.exportable()) == 80
    tries(site, "lose")  # a duplicate is known by its id
    drain(site)
    assert {row.state for row in properties.outbox(site).values()} == {"APPLIED"}
    assert len(properties.look(world.front.centre).cases) == len(made) + 1


def test_bug_09_a_kill_or_a_partition_wedges_nothing(world: World) -> None:
    """PowerSync #307, #308: the download hung after a kill, the queue after a partition."""
    site, other = world.sites[:2]
    for _ in range(45):
        other.receive(0)
    drain(other)
    assert site.pull.step().more
    site.restart()  # killed between two pages
    made = site.receive(1)
    tries(site, "late", "timeout", "lose", "down")
    site.restart()
    drain(site)
    assert state(site, made) == "APPLIED"
    assert list(properties.sums_agree(site, world.front.centre)) == []


def test_bug_10_two_loops_have_one_effect(world: World, tmp_path: Path) -> None:
    """ERPNext POS: two loops posted twice."""
    lock, second = SyncLock(tmp_path / "lock"), SyncLock(tmp_path / "lock")
    lock.take()
    with pytest.raises(KnownError, match="另一个程序"):
        second.take()
    lock.release()
    site = world.sites[0]
    made = site.receive(0)
    tries(site, "late", "late", "double")
    for late in site.wire.late:
        world.front.answer(late.device_id, late.ask)
    drain(site)
    now = properties.look(world.front.centre)
    assert now.cases[made.op.entity_id].rev == 1
    assert len(now.ops) == 1


def test_bug_11_own_push_does_not_move_the_cursor(world: World) -> None:
    """A counter's own push moved its pull cursor past rows it had never seen."""
    site, other = world.sites[:2]
    theirs = other.receive(0)
    drain(other)
    before = site.sync.cursor()
    ours = site.receive(0)
    tries(site, "")
    assert state(site, ours) == "APPLIED"
    assert site.sync.cursor() == before
    drain(site)
    assert theirs.op.entity_id in properties.case_ids(site)


def test_bug_12_a_change_committed_late_is_not_passed_over(world: World) -> None:
    """A sequence number taken early and committed late lay behind the cursor for ever."""
    centre, site = world.front.centre, world.sites[0]
    with centre.database.read() as tx:
        device = halls.device(tx, site.identity.device_id)
    assert device is not None

    def page(cursor: str) -> tuple[list[str], str]:
        got = pull(centre, device, cursor=cursor, scopes=(), limit=500)
        return [record.entity_id for record in got.records], got.cursor

    cursor = page("")[1]
    change = feed.Change(feed.REFERENCE, "policy", "late", 1, {}, centre.now())
    with centre.database.write() as tx:
        feed.put(tx, change)
        seen, cursor = page(cursor)  # somebody reads while the number is taken, not committed
        assert seen == []
    assert page(cursor)[0] == ["late"]


def test_bug_13_a_failed_page_blocks_neither_push_nor_pull(world: World) -> None:
    """Avni: a video of 200 MB that failed kept text from going up and down for a week."""
    site, other = world.sites[:2]
    site.receive(1, size=2_000_000)
    site.wire.cut_every = 1  # no piece of a page ever gets through
    tries(site, "")
    made = site.receive(0)
    theirs = other.receive(0)
    drain(other)
    for _ in range(5):
        with suppress(LineError):
            site.blobs.step()
        site.push.step()
        site.pull.step()
    assert site.wire.cuts > 0
    assert state(site, made) == "APPLIED"
    assert theirs.op.entity_id in properties.case_ids(site)


def test_bug_14_a_line_that_is_cut_often_delivers(world: World) -> None:
    """PouchDB 9: cut every 3 MB, 50 cases of 180 KB delivered nothing after 900 MB sent."""
    site = world.sites[0]
    made = [site.receive(3, size=60_000) for _ in range(8)]
    site.wire.cut_every = 150_000
    drain(site)
    now = properties.look(world.front.centre)
    assert {one.op.entity_id for one in made} <= set(now.cases)
    assert {ref.blob_id for one in made for ref in one.op.blobs} <= now.blobs
    payload = 8 * 3 * 60_000
    assert site.wire.cuts >= payload // 150_000
    assert site.wire.carried <= payload + site.wire.cuts * 60_000


def test_bug_15_every_commit_is_synced(world: World) -> None:
    """synchronous=NORMAL with a log lost 852 of 1,368 commits; the power-cut part looks closer."""
    for site in world.sites:
        with site.store._database.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
