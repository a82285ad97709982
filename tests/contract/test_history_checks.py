# SPDX-License-Identifier: MulanPSL-2.0
"""The checks of the fault machine find what they look for when it is there."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from counter.storage import tables as mine
from counter.storage.files import open_append, write_durably
from sync.hub.storage import tables as theirs
from tests.faults import comparing, endings, properties
from tests.faults.counters import ADDRESS, NAME, QuickDisk, Site
from tests.faults.world import Template, World

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return Template.make(tmp_path_factory.mktemp("checks") / "template")


@pytest.fixture
def world(template: Template, tmp_path: Path) -> Iterator[World]:
    made = World(template, tmp_path / "world", "checks", plain=True)
    yield made
    made.close()


def sent(world: World, site: Site) -> None:
    while site.push.step().more:
        pass
    while site.pull.step().more:
        pass


def two_cases(world: World) -> Site:
    site = world.sites[0]
    for _ in range(2):
        world.keep(site.receive(0))
    sent(world, site)
    return site


def test_a_correction_beside_what_it_replaces_is_found(world: World) -> None:
    two_cases(world)
    first, second = (world.made[op_id] for op_id in world.order)
    forged = second.op.model_copy(update={"supersedes": first.op.op_id})
    now = properties.look(world.front.centre)
    assert not [*properties.at_the_centre(now, world.made)]
    made = {**world.made, second.op.op_id: replace(second, op=forged)}
    found = [*properties.at_the_centre(now, made)]
    assert any("both took effect" in words for words in found)


def test_late_work_under_an_old_lease_is_found(world: World) -> None:
    mine_, theirs_ = world.sites[:2]
    case = mine_.receive(0)
    world.keep(case)
    sent(world, mine_)
    sent(world, theirs_)
    world.keep(theirs_.act("case.taken_over", case.op.entity_id))
    sent(world, theirs_)
    sent(world, mine_)
    world.keep(theirs_.act("case.supplemented", case.op.entity_id))
    sent(world, theirs_)
    now = properties.look(world.front.centre)
    assert not [*properties.at_the_centre(now, world.made)]
    late = world.made[world.order[-1]]
    for forged in ({"device_id": mine_.identity.device_id}, {"base_rev": 0, "depends_on": ()}):
        op = late.op.model_copy(update=forged)
        made = {**world.made, op.op_id: replace(late, op=op)}
        found = [*properties.at_the_centre(now, made)]
        assert any(words.startswith("S5") for words in found)


def test_content_that_differs_under_one_sum_is_found(world: World) -> None:
    site = two_cases(world)
    centre = world.front.centre
    assert not [*endings.content_agrees(site, centre)]
    with site.store._database.transaction() as connection:
        connection.execute(update(mine.cases).values(centre='{"state": "rejected"}'))
    assert not [*properties.sums_agree(site, centre)]
    assert len([*endings.content_agrees(site, centre)]) == 2


def test_a_road_that_shows_is_found(world: World) -> None:
    two_cases(world)
    assert not [*comparing.road_shows(world)]
    with world.front.centre.database.write() as tx:
        tx.execute(update(theirs.cases).values(operator_id="somebody else"))
    (words,) = comparing.road_shows(world)
    assert words.startswith("M the road shows in cases")


def test_a_snapshot_is_compared_with_a_full_pull(world: World) -> None:
    two_cases(world)
    assert not [*comparing.snapshot_is_full_pull(world)]
    assert not world.violations
    found = comparing._content(world, "full", "")
    assert {"cases", "reference", "feed_rows"} <= {name for name, rows in found.items() if rows}


def test_numbering_in_another_order_is_found(world: World) -> None:
    site = two_cases(world)
    order = {op_id: place for place, op_id in enumerate(world.order)}
    assert not [*endings.commits_in_order(site, order)]
    assert [*endings.commits_in_order(site, {op_id: -place for op_id, place in order.items()})]


def test_a_printed_number_that_finds_nothing_is_found(world: World) -> None:
    two_cases(world)
    now = properties.look(world.front.centre)
    made = [*world.made.values()]
    assert not [*endings.numbers_find(world.front.centre, made, now)]
    forged = [replace(made[0], project_no="11990123MB9000001W50005110010002026112210000999")]
    assert [*endings.numbers_find(world.front.centre, forged, now)]


@pytest.mark.parametrize("form", ["plain", "json", "base64"])
def test_a_citizens_name_on_a_disk_is_found(form: str, world: World) -> None:
    site = two_cases(world)
    words = (NAME, ADDRESS)
    assert not [*endings.readable(world.folder, words)]
    text = NAME.encode()
    if form == "json":
        text = NAME.encode("ascii", "backslashreplace")
    if form == "base64":
        text = base64.urlsafe_b64encode(f'{{"name":"{NAME}"}}'.encode())
    (site.root / "note").write_bytes(b"x" * 40 + text)
    assert len([*endings.readable(world.folder, words)]) == 1


def test_what_was_not_synced_is_lost_in_a_power_cut(tmp_path: Path) -> None:
    disk, root, copy = QuickDisk(), tmp_path / "root", tmp_path / "copy"
    for folder in (root, copy):
        folder.mkdir()
    fd = open_append(root / "log")
    disk.write(fd, b"certain")
    disk.fsync(fd)
    disk.write(fd, b" and not")
    os.close(fd)
    write_durably(disk, root / "whole", b"named")
    (root / "new.tmp").write_bytes(b"unnamed")
    disk.replace(root / "new.tmp", root / "new")
    for path in root.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    disk.lose(root, copy)
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == {
        "log": b"certain",
        "whole": b"named",
    }


def test_an_operation_that_is_nowhere_is_found(world: World) -> None:
    site = two_cases(world)
    row = {"op_id": "never", "device_id": "d", "epoch": 9, "seq": 1, "op_hash": "", "kind": "x"}
    with site.store._database.transaction() as connection:
        connection.execute(insert(mine.outbox).values(**row, entity_id="", jws=""))
    assert "never" in properties.outbox(site)
    made = {**world.made, "gone": next(iter(world.made.values()))}
    now = properties.look(world.front.centre)
    assert [*properties.nowhere(world.sites, now, set(), made, set())] == ["S3 gone is nowhere"]


def test_an_operation_that_waits_for_nobody_is_found(world: World) -> None:
    site = two_cases(world)
    case_id = world.made[world.order[0]].op.entity_id
    first, second = site.act("case.taken_over", case_id), site.act("case.given_back", case_id)
    o = mine.outbox
    with site.store._database.transaction() as connection:
        of_first = update(o).where(o.c.op_id == first.op.op_id)
        connection.execute(of_first.values(state="CONFLICT"))
        assert properties.waits_for_nobody(site) == []
        connection.execute(of_first.values(closed_at="2026-11-22T09:00:00+00:00"))
    assert properties.waits_for_nobody(site) == [second.op.op_id]
