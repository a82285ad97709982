# SPDX-License-Identifier: MulanPSL-2.0
"""M: what must not depend on the road. One end is compared with that of another road to it."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from sqlalchemy import Table, select

from counter.storage import tables as mine
from sync.hub.centre import Centre
from sync.hub.handlers import judging, publish
from sync.hub.handlers import push as pushing
from sync.hub.storage import epochs, halls
from sync.protocol import errors
from sync.protocol.wire import PUSH_MAX_OPS, PushRequest
from tests.faults import properties
from tests.faults.counters import Site
from tests.faults.front import Front
from tests.faults.world import OPERATORS, World, document
from tests.storage.kit import SetClock

FEED_TABLES = (
    *(mine.cases, mine.case_terms, mine.case_people, mine.case_numbers),
    *(mine.reference, mine.item_terms, mine.feed_rows, mine.scope_sums),
    *(mine.person_records, mine.number_blocks, mine.tickets),
)
_EVENT_NO = "event_no"  # an order of arrival
_GONE = "from a feed that is no more"


def road_shows(w: World) -> Iterator[str]:
    """The same operations over a good line, in batches of any size, lead to the same end.

    The forms are published before (upgrade, then sync) or behind them (sync, then upgrade).
    """
    mixed = properties.end_state(properties.look(w.front.centre))
    folder = w.folder / "plain"
    shutil.copytree(w.template.folder / "hub", folder)
    front = Front(folder, lambda: w.now)
    rng = random.Random(len(w.order))
    upgrade_first = rng.random() < 0.5
    _vouch_alike(w.front.centre, front.centre)
    if upgrade_first:
        _publish_all(w, front.centre)
    _push_all(w, front.centre, [op_id for op_id in w.order if op_id in mixed["ops"]], rng)
    if not upgrade_first:
        _publish_all(w, front.centre)
        judging.recheck(front.centre, errors.HELD_FORM, errors.HELD_DEP)
    alone = properties.end_state(properties.look(front.centre))
    front.centre.close()
    shutil.rmtree(folder)
    for name in mixed:
        if mixed[name] != alone[name]:
            yield f"M the road shows in {name}: {_difference(mixed[name], alone[name])}"


def _publish_all(w: World, centre: Centre) -> None:
    publish.publish(centre, [document(version) for version in w.versions])


def _vouch_alike(one: Centre, other: Centre) -> None:
    """A check-in that arrived late closes epochs: a matter of the line, not of the operations."""
    with one.database.read() as tx:
        known = {device.device_id: epochs.of_device(tx, device.device_id) for device in _all(tx)}
        heads = {(e.device_id, e.epoch): _head(tx, e) for of in known.values() for e in of}
    with other.database.write() as tx:
        for device in _all(tx):
            for entry in known[device.device_id]:
                last = heads[entry.device_id, entry.epoch]
                if epochs.find(tx, entry.device_id, entry.epoch) is None:
                    epochs.add(tx, replace(entry, last_seq=last))
                else:
                    epochs.close(tx, entry.device_id, entry.epoch, last)
            halls.set_epoch(tx, device.device_id, known[device.device_id][-1].epoch)


def _head(tx: Any, entry: epochs.Epoch) -> int:
    """Return what is vouched for of an epoch, or arrived before it was closed."""
    if entry.last_seq == epochs.OPEN:
        return epochs.OPEN
    return max(entry.last_seq, epochs.head(tx, entry.device_id, entry.epoch)[0])


def _all(tx: Any) -> list[halls.Device]:
    return halls.all_devices(tx)


def _push_all(w: World, centre: Centre, order: list[str], rng: random.Random) -> None:
    """Push in the order of the commits: one by one, all in one batch, or anything between."""
    most = rng.choice((1, 7, PUSH_MAX_OPS))
    tokens = iter([w.made[op_id].jws for op_id in order])
    sender = w.template.identities[0].device_id
    with centre.database.read() as tx:
        device = halls.device(tx, sender)
    assert device is not None
    while batch := tuple(islice(tokens, rng.randint(1, most))):
        list(pushing.push(centre, device, PushRequest(device_id=sender, epoch=1, ops=batch)))


def _difference(one: Any, other: Any) -> str:
    if not isinstance(one, dict):
        return f"{one!r:.200} {other!r:.200}"
    differ = [key for key in one.keys() | other.keys() if one.get(key) != other.get(key)]
    return "; ".join(f"{key} {one.get(key)} {other.get(key)}" for key in sorted(differ)[:2])


def snapshot_is_full_pull(w: World) -> Iterator[str]:
    """A counter that begins anew with a snapshot has what one has that pulled everything."""
    found = [_content(w, name, cursor) for name, cursor in (("full", ""), ("snapshot", _GONE))]
    for name, rows in found[0].items():
        if rows != found[1][name]:
            yield f"M snapshot and full pull differ in {name}"


def _content(w: World, name: str, cursor: str) -> dict[str, list[tuple[Any, ...]]]:
    folder = w.folder / name
    shutil.copytree(w.template.folder / "home0", folder)
    identity = w.template.identities[0]
    site = Site(folder, identity, w.front, SetClock(), w.rng, OPERATORS)
    site.clock.time = w.now
    site.sync.apply_page([], cursor)
    while site.pull.step().more:
        pass
    if bool(site.pull.snapshots) != bool(cursor):
        w.violations.append("M a cursor that is too old brought no snapshot")
    try:
        return {table.name: _rows(site, table) for table in FEED_TABLES}
    finally:
        site.close()
        shutil.rmtree(folder)


def _rows(site: Site, table: Table) -> list[tuple[Any, ...]]:
    columns = [column for column in table.c if column.name != _EVENT_NO]
    with site.store._database.reading() as connection:
        return sorted(tuple(row) for row in connection.execute(select(*columns)))
