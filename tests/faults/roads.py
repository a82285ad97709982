# SPDX-License-Identifier: MulanPSL-2.0
"""Other roads between counter and centre: snapshots, files, a neighbour's line, a bare journal."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from counter.domain.errors import CounterError, KnownError
from sync.client.centre import Centre
from sync.client.engine.shelf import import_file
from sync.client.outcomes import LineError
from sync.client.relay import relay
from sync.client.rescue import rescue
from sync.hub.handlers import backoffice, restored, snapshot
from sync.hub.handlers.rescue import import_journal
from sync.hub.storage import feed
from tests.faults.counters import Site
from tests.faults.world import World

_ANY_DAY = "9999"


def feed_again(w: World, _site: Site) -> bool:
    """The centre begins its feed anew, as after a restore: every cursor is answered 410."""
    restored.go_on(w.front.centre)
    return True


def let_go(w: World, _site: Site) -> bool:
    """Ended cases leave the counters; the centre may forget that it said so."""
    done = backoffice.let_go(w.front.centre, days=-1)
    if done and w.rng.random() < 0.5:
        with w.front.centre.database.write() as tx:
            feed.forget_tombstones(tx, _ANY_DAY)
    return bool(done)


def snapshot_file(w: World, site: Site) -> bool:
    """The centre writes a snapshot for a counter; somebody carries it, now or much later."""
    device_id = site.identity.device_id
    if device_id in w.revoked:
        return False
    path = w.folder / f"snapshot{w.steps}.ycs"
    snapshot.write_file(w.front.centre, device_id, path)
    w.snapshots.append((site, path))
    del w.snapshots[:-3]
    return True


def bring_snapshot(w: World, _site: Site) -> bool:
    if not w.snapshots:
        return False
    owner, path = w.rng.choice(w.snapshots)
    before = owner.sync.feed_no()
    courier = owner.courier
    try:
        import_file(courier.store, courier.execution.run, courier.identity, path)
    except KnownError as error:
        if error.code != "SNAPSHOT-OLD":
            w.violations.append(f"M a good snapshot was refused: {error.code}")
    if owner.sync.feed_no() < before:
        w.violations.append("S8 an old snapshot rolled a counter back")
    return True


def neighbour(w: World, site: Site) -> bool:
    """This counter sends the stick of another and brings the answer back on it."""
    others = [one for one in w.bundles if one[0] is not site]
    if not others:
        return False
    owner, path, _ = w.rng.choice(others)
    with suppress(LineError):
        try:
            done = relay(site.wire, Centre(site.identity.centre_keys), path)
        except CounterError as error:
            w.violations.append(f"M a good bundle was refused on a neighbour's line: {error.code}")
            return True
        w.returns.append((owner, done.answer))
        del w.returns[:-6]
    return True


def bare_journal(w: World, site: Site) -> bool:
    """Nobody can sign in: the sealed journal alone is carried to the centre (L4)."""
    return carry_journal(w, site)


def carry_journal(w: World, site: Site) -> bool:
    """Copy a counter's journal to a stick and let the centre take it in."""
    folder = w.folder / f"journal{w.steps}"
    folder.mkdir(exist_ok=True)
    done = rescue(site.root / "journal", folder, site.clock.now())
    for path in done.files:
        brought = import_journal(w.front.centre, path)
        if brought.unreadable:
            w.violations.append(f"L4 {brought.unreadable} records of a journal are unreadable")
    return bool(done.files)


HAPPENINGS: dict[str, Callable[[World, Site], bool]] = {
    "feed_again": feed_again,
    "let_go": let_go,
    "snapshot_file": snapshot_file,
    "bring_snapshot": bring_snapshot,
    "neighbour": neighbour,
    "bare_journal": bare_journal,
}
WEIGHTS = {
    "feed_again": 0.3,
    "let_go": 0.5,
    "snapshot_file": 0.3,
    "bring_snapshot": 0.5,
    "neighbour": 1,
    "bare_journal": 0.5,
}
