# SPDX-License-Identifier: MulanPSL-2.0
"""What may break at a counter: the power goes, a database is damaged, its daily copy is made."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from counter.domain.errors import KnownError
from tests.faults import properties, roads
from tests.faults.counters import Site
from tests.faults.world import World

_PIECE = 512  # a sector


def power_cut(w: World, site: Site) -> bool:
    """No goodbye: what was not synced is gone, and the database log may be cut anywhere (S2).

    What journal and scans were told to sync is known here; of the database's own files the log is
    cut more than a disk would, for the journal alone must bring every operation back.
    """
    before = set(properties.outbox(site))
    cut = w.rng.random() if w.rng.random() < 0.5 else None
    site.die(lambda root: _cut_log(root / "counter.db-wal", cut) if cut is not None else None)
    _nothing_is_missing(w, site, before, "S2 a power cut took an operation away")
    return True


def damage(w: World, site: Site) -> bool:
    """The database is hurt somewhere. Its journal still goes to the centre, and brings all back."""
    before = set(properties.outbox(site))

    def hurt(root: Path) -> None:
        path = root / "counter.db"
        way = w.rng.randrange(3)
        if way == 0:
            path.write_bytes(path.read_bytes()[: w.rng.randrange(path.stat().st_size)])
        elif way == 1:
            with path.open("r+b") as file:
                file.seek(w.rng.randrange(path.stat().st_size - _PIECE))
                file.write(w.rng.randbytes(_PIECE))
        else:
            for left in root.glob("counter.db*"):
                if "copy" not in left.name:
                    left.unlink()
        roads.carry_journal(w, site)  # before anybody can sign in again (L4)

    site.die(hurt)
    _nothing_is_missing(w, site, before, "S3 a damaged database was not rebuilt whole")
    there = properties.look(w.front.centre).ops.keys()
    if not before <= there:
        w.violations.append("L4 the journal of a damaged counter did not bring all to the centre")
    return True


def daily_copy(_w: World, site: Site) -> bool:
    with suppress(KnownError):
        return site.store.copy_if_due()
    return False


def _cut_log(path: Path, share: float) -> None:
    if path.exists():
        with path.open("r+b") as file:
            file.truncate(int(path.stat().st_size * share))


def _nothing_is_missing(w: World, site: Site, before: set[str], words: str) -> None:
    missing = before - set(properties.outbox(site))
    if missing - properties.purged(w.front.centre, missing):
        w.violations.append(words)


HAPPENINGS: dict[str, Callable[[World, Site], bool]] = {
    "power_cut": power_cut,
    "damage": damage,
    "daily_copy": daily_copy,
}
WEIGHTS = {"power_cut": 0.5, "damage": 0.3, "daily_copy": 0.3}
