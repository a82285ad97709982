# SPDX-License-Identifier: MulanPSL-2.0
"""What write transactions keep back and remember, on both stores; two stores are two workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import bindparam, select

from counter.domain.checksum import entity_hash
from sync.hub.storage import cases, feed, halls, people
from sync.hub.storage import tables as t
from sync.hub.storage.columns import UnstorableError
from sync.hub.storage.engine import Database, Tx, parse_url
from sync.hub.storage.halls import Device, DeviceKey
from sync.hub.storage.pending import savepoint
from sync.hub.storage.prepared import Prepared, either, either_of, padded
from tests.fakes.postgres import PostgresServer

HALL = "7K2QM"
SCOPE = feed.hall_scope(HALL)
AT = "2026-11-22T09:00:00.000+08:00"
DEVICE = Device("device-1", HALL, 3, "", 1, "", AT, HALL)


@pytest.fixture(params=["sqlite", "postgres"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    place: Path | str = tmp_path / "hub.db"
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        place = server.new_database()
    opened = [Database(parse_url(place) if isinstance(place, str) else place) for _ in range(2)]
    yield opened[0], opened[1]
    for one in opened:
        one.close()


def _change(entity_id: str, body: dict[str, object], *, rev: int = 1) -> feed.Change:
    return feed.Change(SCOPE, "case", entity_id, rev, body, AT, new=rev == 1)


def test_what_one_worker_remembers_another_makes_it_forget(
    stores: tuple[Database, Database],
) -> None:
    one, other = stores
    with one.write() as tx:
        assert halls.device(tx, DEVICE.device_id) is None  # "not there" is not remembered
    with other.write() as tx:
        halls.put_device(tx, DEVICE, DeviceKey("kid-1", DEVICE.device_id, "0" * 64, 1))
    with one.write() as tx:
        assert halls.device(tx, DEVICE.device_id) == DEVICE
        assert halls.key(tx, "kid-1") is not None
    with other.write() as tx:
        halls.revoke_device(tx, DEVICE.device_id, AT)
    with one.write() as tx:
        found = halls.device(tx, DEVICE.device_id)
    assert found is not None
    assert found.revoked_at == AT


def test_what_platforms_say_of_anybody_is_remembered_until_it_changes(
    stores: tuple[Database, Database],
) -> None:
    one, other = stores
    for told in (None, True, False):
        if told is not None:
            with other.write() as tx:
                cases.put_platform_fact(tx, cases.ANYBODY, "alive", told)
                cases.put_platform_fact(tx, "person-1", "real_name", told, AT)
        anybody = {} if told is None else {"alive": (told, "")}
        mine = {} if told is None else {"real_name": (told, AT)}
        for _ in range(2):
            with one.write() as tx:
                assert cases.platform_facts(tx, "person-2") == anybody
                assert cases.platform_facts(tx, "person-1") == anybody | mine
    with other.write() as tx:
        cases.put_platform_fact(tx, "person-1", "alive", value=True)
    with one.write() as tx:
        assert cases.platform_facts(tx, "person-1")["alive"] == (True, "")
        assert cases.platform_facts(tx, "person-2")["alive"] == (False, "")


def test_a_change_that_was_rolled_back_is_not_remembered(
    stores: tuple[Database, Database],
) -> None:
    store = stores[0]
    with store.write() as tx:
        halls.put_device(tx, DEVICE, DeviceKey("kid-1", DEVICE.device_id, "0" * 64, 1))

    def fail() -> None:
        with store.write() as tx:
            halls.set_epoch(tx, DEVICE.device_id, 7)
            found = halls.device(tx, DEVICE.device_id)
            assert found is not None
            assert found.epoch == 7
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with store.write() as tx:
        assert halls.device(tx, DEVICE.device_id) == DEVICE


def test_rows_kept_back_are_there_when_they_are_read(stores: tuple[Database, Database]) -> None:
    store = stores[0]
    with store.write() as tx:
        feed.put(tx, _change("a", {"text": "一"}))
        people.put(tx, HALL, "material", "p", {"n": 1}, rev=1)
        assert feed.is_live(tx, SCOPE, "a")
        assert people.find(tx, HALL, "material", "p") == (1, {"n": 1})
        feed.put(tx, _change("a", {"text": "二"}, rev=2))
        feed.put(tx, _change("b", {"text": "\\u0000"}))  # six plain characters
    with store.read() as tx:
        rows = list(feed.live(tx, SCOPE))
    assert [(row.entity_id, row.rev, row.body["text"]) for row in rows] == [
        ("a", 2, "二"),
        ("b", 1, "\\u0000"),
    ]
    assert [row.change_no for row in rows] == [2, 3]


def test_a_savepoint_undoes_only_what_was_kept_back_inside(
    stores: tuple[Database, Database],
) -> None:
    store = stores[0]

    def inside(tx: Tx) -> None:
        with savepoint(tx):
            feed.put(tx, _change("inside", {}))
            people.put(tx, HALL, "material", "p", {"text": "\0"}, rev=1)  # refused here, not later

    with store.write() as tx:
        feed.put(tx, _change("before", {}))
        with pytest.raises(UnstorableError):
            inside(tx)
        feed.put(tx, _change("after", {}))
    with store.write() as tx:
        live = {row.entity_id for row in feed.live(tx, SCOPE)}
        total = feed.checksum(tx, SCOPE)
        assert live == {"before", "after"}
        assert people.find(tx, HALL, "material", "p") is None
        assert total == feed_sum("before", "after")


def feed_sum(*entity_ids: str) -> str:
    """Return the checksum of first revisions of cases."""
    total = 0
    for entity_id in entity_ids:
        total ^= entity_hash("case", entity_id, 1)
    return f"{total:064x}"


def test_a_series_goes_on_behind_what_was_undone_and_behind_a_gap(
    stores: tuple[Database, Database],
) -> None:
    one, other = stores
    with one.write() as tx:
        assert [cases.next_serial(tx, "a"), cases.next_serial(tx, "a")] == [1, 2]
        with suppress(LookupError), savepoint(tx):
            assert cases.next_serial(tx, "a") == 3
            raise LookupError
        assert cases.next_serial(tx, "a") == 3
    with other.write() as tx:
        assert cases.next_serial(tx, "a") == 4
        cases.skip_serials(tx, "20261123", daily=100, leased=1000)
        assert cases.next_serial(tx, "a") == 105
    with suppress(LookupError), one.write() as tx:
        assert cases.next_serial(tx, "a") == 106
        raise LookupError
    with one.write() as tx:
        assert cases.next_serial(tx, "a") == 106


@pytest.mark.parametrize("count", [1, 2, 3, 8, 9])
def test_one_form_of_a_query_serves_several_sizes(
    stores: tuple[Database, Database], count: int
) -> None:
    asked = Prepared(
        select(t.feed.c.entity_id)
        .where(t.feed.c.scope == bindparam("of"), t.feed.c.entity_id.in_(either(padded(count))))
        .order_by(t.feed.c.change_no)
    )
    names = [f"entity-{number}" for number in range(count)]
    with stores[0].write() as tx:
        for name in names:
            feed.put(tx, _change(name, {}))
        feed.put(tx, _change("another", {}))
        assert [row[0] for row in asked.rows(tx, of=SCOPE, **either_of(names))] == names
