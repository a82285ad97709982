# SPDX-License-Identifier: MulanPSL-2.0
"""A receipt nobody here can read any more: its acts wait for its row, and count when it comes.

Found by the histories (9001-1-24): a case withdrawn here was shown as 已收件 after a rebuild.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from counter.storage import tables as t
from tests.faults import properties
from tests.faults.counters import Made, Site
from tests.faults.world import Template, World


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return Template.make(tmp_path_factory.mktemp("late") / "template")


@pytest.fixture
def world(template: Template, tmp_path: Path) -> Iterator[World]:
    made = World(template, tmp_path / "world", "rows-come-late", plain=True)
    yield made
    made.close()


def withdrawn(site: Site) -> Made:
    """Take a case whose body no program of today reads, and withdraw it."""
    case = site.receive(0, body={"unreadable": True})
    body = {"reason": "本人不办了", "withdrawn_at": site.clock.now().isoformat()}
    site.follow("case.withdrawn", case.op.entity_id, body, (case.op.op_id,))
    return case


def rebuilt(site: Site) -> None:
    """Lose the database with the power; the journal brings back what it can."""

    def hurt(root: Path) -> None:
        for path in root.glob("counter.db*"):
            if "copy" not in path.name:
                path.unlink()

    site.die(hurt)


def shown(site: Site, case_id: str) -> str | None:
    with site.store._database.reading() as connection:
        return connection.scalar(select(t.cases.c.state).where(t.cases.c.case_id == case_id))


def told(case: Made, action: str) -> dict[str, Any]:
    body = {
        "receipt_no": case.receipt_no,
        "item_code": "test_card",
        "item_version": "1",
        "applicant_name": "王秀兰",
        "received_at": "2026-11-22T09:00:00+08:00",
        "person_key": "",
        "state": "received",
        "project_no": "",
    }
    return {
        "action": action,
        "scope": "hall:7K2QM" if action == "put" else "",
        "kind": "case",
        "entity_id": case.op.entity_id,
        "rev": 1 if action == "put" else 0,
        "change_no": 9,
        "body": body,
    }


@pytest.mark.parametrize("road", ["put", "near"])
def test_the_row_the_feed_brings_shows_what_was_done_here(world: World, road: str) -> None:
    site = world.sites[0]
    case = withdrawn(site)
    rebuilt(site)
    assert shown(site, case.op.entity_id) is None
    site.sync.apply_page([told(case, road)], "c")
    assert shown(site, case.op.entity_id) == "withdrawn"
    assert [*properties.own_writes_are_seen(site)] == []


def test_a_corrected_receipt_begins_the_case_again(world: World) -> None:
    site = world.sites[0]
    case = withdrawn(site)
    site.keeper.settle()
    site.push.step()
    assert properties.outbox(site)[case.op.op_id].state in properties.FOR_PERSON
    assert site.correct(case) is not None
    rebuilt(site)
    assert shown(site, case.op.entity_id) == "withdrawn"
