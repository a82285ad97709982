# SPDX-License-Identifier: MulanPSL-2.0
"""The network that walks (sync-protocol §10), real store to real hub: online ≡ bundle ≡ mixture."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from counter.bootstrap import Home
from counter.domain.errors import KnownError
from counter.infra.paths import Paths
from counter.storage import tables as counter_tables
from counter.storage.sync_store import SqlSyncStore
from sync.client import simulate
from sync.client.bundle import export
from sync.client.bundle_return import import_return
from sync.client.courier_cli import main as courier_main
from sync.client.training import CLERK, PASSWORD, open_training
from sync.hub.__main__ import main as hub_main
from sync.hub.handlers import backoffice, snapshot
from sync.hub.handlers.bundle import import_bundle, write_return
from sync.hub.handlers.verdict import Verdict, signed
from sync.hub.storage import feed, tables
from sync.protocol import errors
from sync.protocol.bundle import BundleError
from sync.protocol.bundle_file import TEMPORARY, Disk
from tests.contract.client.courier_pair import Pair, World, give_calendar
from tests.fakes.hub import RunningHub
from tests.fakes.keyring import FakeKeyring

pytestmark = pytest.mark.slow
CASES = 4


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("world")
    keyring = FakeKeyring()
    home = Home(Paths(folder / "home"), keyring)
    with RunningHub(folder / "hub") as hub:
        give_calendar(hub)
        hall = open_training(home, hub_url=hub.url, code=hub.code())
        core = hall.sign_in()
        try:
            taker = simulate.Taker(core, simulate.Plan(CASES, 2, 5, False, 1))
            for number in range(CASES):
                taker.take(number)
        finally:
            core.close()
    return World(folder / "hub", folder / "home", keyring)


@pytest.fixture
def pair(world: World, tmp_path: Path) -> Iterator[Pair]:
    with world.copy(tmp_path) as made:
        yield made


def by_line(pair: Pair) -> None:
    pair.online()


def by_bundle(pair: Pair) -> None:
    for path in pair.export().files:
        pair.deliver(path)


def by_parts_backwards_and_twice(pair: Pair) -> None:
    """Parts so small that operations and their pages are torn apart."""
    files = pair.export(part_bytes=20_000).files
    assert len(files) > CASES
    for path in (*reversed(files), *files):
        pair.deliver(path)


def by_both(pair: Pair) -> None:
    """Carried, half of it taken in, the rest over the line, and then the whole stick again."""
    files = pair.export(part_bytes=20_000).files
    for path in files[::2]:
        import_bundle(pair.hub.centre, path)
    pair.online()
    for path in files:
        assert set(pair.deliver(path).statuses) <= {"already"}


ROADS: list[Callable[[Pair], None]] = [by_bundle, by_parts_backwards_and_twice, by_both]


def test_every_road_leads_to_the_same_end(world: World, tmp_path: Path) -> None:
    ends = []
    for number, road in enumerate([by_line, *ROADS]):
        with world.copy(tmp_path / str(number)) as pair:
            assert len(pair.waiting()) >= CASES
            road(pair)
            assert pair.sent()
            mine = pair.pull()
            ends.append(pair.at_the_centre())
            hall = feed.hall_scope(pair.core.identity.hall.hall_code)
            assert mine[hall] == ends[-1]["sums"][hall]
    assert len(ends[0]["cases"]) == CASES
    assert len(ends[0]["pages"]) >= 2 * CASES
    for end in ends[1:]:
        assert end == ends[0]


def test_export_changes_nothing_but_the_note(pair: Pair) -> None:
    before = pair.waiting()
    first = pair.export()
    assert pair.waiting() == before
    again = pair.export()
    assert (again.ops, again.pages, again.unreadable) == (first.ops, first.pages, 0)
    assert len(list(pair.stick.iterdir())) == 2


def test_the_stick_tells_nothing(pair: Pair) -> None:
    """S14: no name, no number, in content or file name."""
    (path,) = pair.export().files
    done = import_bundle(pair.hub.centre, path)
    write_return(pair.hub.centre, done, path.with_suffix(".ycr"))
    for file in pair.stick.iterdir():
        data = file.read_bytes()
        assert data.startswith(b"age-encryption.org/v1")
        for row in pair.waiting():
            assert row.op_id.encode() not in data
            assert row.jws[:200].encode() not in data
        assert re.fullmatch(r"7K2QM-\d\d-\d{6}-\d{6}-[0-9a-f]{6}-1of1\.yc[br]", file.name)


@pytest.mark.parametrize("share", [0.2, 0.9, 0.999])
def test_a_cut_bundle_changes_nothing_at_the_centre(pair: Pair, share: float) -> None:
    (path,) = pair.export().files
    before = pair.at_the_centre()
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(BundleError) as caught:
        import_bundle(pair.hub.centre, path)
    assert caught.value.code in {"BUNDLE-DAMAGED", "BUNDLE-SEALED"}
    assert pair.at_the_centre() == before
    path.write_bytes(whole)
    pair.deliver(path)
    assert pair.sent()


def test_a_bundle_of_an_unknown_device_is_refused(pair: Pair, tmp_path: Path) -> None:
    (path,) = pair.export().files
    with RunningHub(tmp_path / "elsewhere") as other:
        with pytest.raises(BundleError) as caught:
            import_bundle(other.centre, path)
        assert caught.value.code == "BUNDLE-SEALED"
        here = str(pair.hub.centre.keys.seal.to_public())
        foreign = replace(pair.core.identity, seal_recipient=here)
        stranger = other.new_device()
        foreign = replace(foreign, key=stranger.key, device_id=stranger.device_id)
        done = export(replace(pair.courier, identity=foreign), tmp_path)
    with pytest.raises(BundleError) as caught:
        import_bundle(pair.hub.centre, done.files[0])
    assert caught.value.code == "BUNDLE-FOREIGN"
    assert pair.at_the_centre()["ops"] == []


def test_the_answer_is_for_this_counter_and_of_this_centre_only(pair: Pair) -> None:
    (path,) = pair.export().files
    back = path.with_suffix(".ycr")
    write_return(pair.hub.centre, import_bundle(pair.hub.centre, path), back)
    stranger = pair.hub.new_device()
    other = replace(pair.core.identity, key=stranger.key)
    with pytest.raises(BundleError) as caught:
        import_return(replace(pair.courier, identity=other), back)
    assert caught.value.code == "BUNDLE-SEALED"
    unknown = replace(pair.core.identity, centre_keys={})
    with pytest.raises(BundleError) as caught:
        import_return(replace(pair.courier, identity=unknown), back)
    assert caught.value.code == "BUNDLE-FOREIGN"
    with pytest.raises(BundleError):
        import_return(pair.courier, path)  # the way out is no answer
    back.write_bytes(back.read_bytes()[:-100])
    with pytest.raises(BundleError):
        import_return(pair.courier, back)
    assert len(pair.waiting()) >= CASES


def test_a_revoked_device_is_held_and_told(pair: Pair) -> None:
    """§12: what a revoked device brings is kept for a person, never lost, never applied."""
    with pair.hub.centre.database.write() as tx:
        tx.execute(tables.devices.update().values(revoked_at="2026-11-22T08:00:00+08:00"))
    (path,) = pair.export().files
    known = pair.core.execution.run(pair.core.sync_store.feed_no)
    done = pair.deliver(path)
    assert set(done.statuses) == {"held"}
    # It hears the answers to what it brought and gets nothing else.
    assert pair.core.execution.run(pair.core.sync_store.feed_no) == known
    assert pair.core.execution.run(pair.core.sync_store.counts).needs_person == len(done.results)


def test_a_word_about_another_content_does_not_move_ours(pair: Pair) -> None:
    """S11: a clone used our number for something else; the centre's refusal is not about ours."""
    (path,) = pair.export().files
    done = import_bundle(pair.hub.centre, path)
    theirs = tuple(
        signed(pair.hub.centre, row.op_id, "0" * 64, Verdict("rejected", errors.KEY_REUSE, "x"))
        for row in pair.waiting()
    )
    back = path.with_suffix(".ycr")
    write_return(pair.hub.centre, replace(done, results=(*theirs, "no.token.at-all")), back)
    told = import_return(pair.courier, back)
    assert (told.settled, told.ignored) == (0, len(theirs) + 1)
    # What was refused is not ours; the centre's true words about ours came with its feed.
    assert pair.waiting() == []
    assert pair.core.execution.run(pair.core.sync_store.counts).needs_person == 0


def test_a_page_that_cannot_be_read_stops_nothing_else(pair: Pair) -> None:
    """L4, S6: one lost scan; every operation and all other pages are carried."""
    pages = [path for path in (pair.core.paths.home / "blobs").rglob("*") if path.is_file()]
    job = pair.core.execution.run(lambda: pair.core.sync_store.blob_jobs(1))[0]
    size = len(pages)
    for path in pages:  # find the file of this page: its name does not say
        kept = path.read_bytes()
        path.write_bytes(b"damaged")
        try:
            pair.core.execution.run(lambda: pair.core.sync_store.blob_reader(job.blob_id)).check()
        except KnownError:
            break
        path.write_bytes(kept)
    done = pair.export()
    assert (done.ops, done.pages, done.unreadable) == (len(pair.waiting()), size - 1, 1)
    pair.deliver(done.files[0])
    assert pair.waiting() == []
    assert not pair.sent()  # the page is still owed, and the screen says so


def revoke_another(pair: Pair) -> str:
    device_id = pair.hub.new_device().device_id
    backoffice.revoke_device(pair.hub.centre, device_id)
    return device_id


def revoked(pair: Pair) -> dict[str, Any]:
    def read() -> dict[str, Any]:
        with pair.core._store.unit_of_work() as uow:
            devices: dict[str, Any] = (uow.reference.get("revocation", "all") or {}).get(
                "devices", {}
            )
        return dict(devices)

    return pair.core.execution.run(read)


def test_the_answer_brings_what_the_centre_has(pair: Pair) -> None:
    """§10: a counter that never has a line gets revocations, numbers, cases and the rest."""
    bad = revoke_another(pair)
    (path,) = pair.export().files
    back = path.with_suffix(".ycr")
    write_return(pair.hub.centre, import_bundle(pair.hub.centre, path), back)
    told = import_return(pair.courier, back)
    assert (told.settled, told.old) == (len(pair.at_the_centre()["ops"]), False)
    assert told.records > CASES
    assert bad in revoked(pair)
    with pair.hub.centre.database.read() as tx:
        for scope, checksum in pair.core.execution.run(pair.core.sync_store.checksums).items():
            assert checksum == feed.checksum(tx, scope)
    assert pair.core.execution.run(lambda: _leased(pair)) > 0


def _leased(pair: Pair) -> int:
    with pair.core._store._database.reading() as connection:
        query = select(func.count()).select_from(counter_tables.number_blocks)
        return connection.scalar(query) or 0


def test_an_old_stick_brings_its_results_and_nothing_else(pair: Pair) -> None:
    """A stick from before a revocation must not take it back (BUNDLE-OLD)."""
    first, second = (pair.export().files[0] for _ in range(2))
    imported = import_bundle(pair.hub.centre, first)
    old = first.with_suffix(".ycr")
    write_return(pair.hub.centre, imported, old)
    bad = revoke_another(pair)
    pair.deliver(second)
    told = import_return(pair.courier, old)
    assert (told.old, told.records) == (True, 0)
    assert told.settled == len(imported.results)
    assert bad in revoked(pair)
    assert pair.sent()


def test_too_much_for_a_stick_leaves_the_cases_behind(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "FEED_MAX", 1)
    bad = revoke_another(pair)
    (path,) = pair.export().files
    hall = feed.hall_scope(pair.core.identity.hall.hall_code)
    run, store = pair.core.execution.run, pair.core.sync_store
    before, cursor = run(store.checksums)[hall], run(store.cursor)
    pair.deliver(path)
    assert bad in revoked(pair)
    assert (run(store.checksums)[hall], run(store.cursor)) == (before, cursor)
    mine = pair.pull()  # the line brings the rest
    assert mine[hall] == pair.at_the_centre()["sums"][hall]


class NoNotes(SqlSyncStore):
    """A counter whose own disk is full: nothing can be noted any more."""

    def mark_exported(self, op_ids: Sequence[str], bundle_id: str) -> None:
        raise KnownError(code="DISK-FULL", what="")


@pytest.mark.expected_log("sync.bundle: export not noted: DISK-FULL")
def test_a_full_machine_can_still_export(pair: Pair) -> None:
    """L4."""
    core = pair.core
    store = NoNotes(core._store._database, core._store.blob_files, core.clock)
    done = export(replace(pair.courier, store=store), pair.stick)
    assert (done.ops, done.noted) == (len(pair.waiting()), False)
    assert set(pair.deliver(done.files[0]).statuses) == {"applied"}
    assert pair.sent()


def test_what_a_killed_export_left_is_cleared_and_good_copies_stay(pair: Pair) -> None:
    (good,) = pair.export().files
    left = good.with_name(good.name.replace("1of1", "2of2") + TEMPORARY)
    left.write_bytes(b"half")
    strange = pair.stick / "holiday.jpg"
    strange.write_bytes(b"mine")
    (again,) = pair.export().files
    assert {good, again, strange} == set(pair.stick.iterdir())


class FullStick(Disk):
    def fsync(self, fd: int) -> None:
        raise OSError(errno.ENOSPC, "full")


def test_a_full_stick_leaves_nothing_that_looks_good(pair: Pair) -> None:
    with pytest.raises(KnownError) as caught:
        export(replace(pair.courier, disk=FullStick()), pair.stick)
    assert caught.value.code == "BUNDLE-FULL"
    assert list(pair.stick.iterdir()) == []
    assert pair.export().ops >= CASES


def test_both_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The way a courier goes, on the command line; a home without a keyring asks for nothing else."""
    home, stick, data = tmp_path / "home", tmp_path / "stick", tmp_path / "hub"
    stick.mkdir()
    with RunningHub(data) as hub:
        give_calendar(hub)
        made = Home(Paths(home))
        with open_training(made, hub_url=hub.url, code=hub.code()) as hall:
            core = hall.sign_in()
            try:
                simulate.Taker(core, simulate.Plan(1, 1, 5, False, 1)).take(0)
            finally:
                core.close()
    here = ["--home", str(home), "--job-no", CLERK]

    def ask(_words: str) -> str:
        return PASSWORD

    assert courier_main(["export", str(stick), *here], ask_password=ask) == 0
    (out,) = stick.glob("*.ycb")
    assert hub_main(["--data", str(data), "import-bundle", str(out), "--return", str(stick)]) == 0
    (back,) = stick.glob("*.ycr")
    assert courier_main(["import", str(back), "--training", "--home", str(home)]) == 0
    assert courier_main(["import", str(out), *here], ask_password=ask) == 1
    assert courier_main(["export", str(stick), "--home", str(home)], ask_password=ask) == 1
    told = capsys.readouterr()
    assert "只在本机 0 件、0 页" in told.out
    assert "BUNDLE-" in told.err
    assert "COURIER-WHO" in told.err
    assert courier_main(["export", str(stick), *here], ask_password=ask) == 0
    assert "没有要送的数据" in capsys.readouterr().out
