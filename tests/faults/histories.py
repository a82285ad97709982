# SPDX-License-Identifier: MulanPSL-2.0
"""A hall and its centre through years of bad luck, step by step, by chance from a seed.

The real push handler, feed, uploads and bundles on one side, the real store and engines on the
other; only sockets, threads and clocks are ours. Each history begins as a copy of one enrolled
world, goes through its steps, is healed, and must then agree with everything it promised.
"""

from __future__ import annotations

import gc
import multiprocessing
import random
import tempfile
import time
import traceback
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from counter.storage import engine as database
from sync.client.bundle import export
from sync.client.engine.step import Engine
from sync.client.outcomes import LineError
from sync.hub.handlers import bundle
from tests.faults import comparing, endings, properties
from tests.faults.counters import ADDRESS, BORN, NAME, Made, Site
from tests.faults.front import FAULTS
from tests.faults.happenings import HAPPENINGS, PLAIN, WEIGHTS, arrive_late
from tests.faults.world import Template, World

STEPS = 300  # a history
LOOK_EVERY = 40
ROUNDS = 40  # of healed network, at the end
MEMORY = Path("/dev/shm")


class History(World):
    """One world that goes on step by step."""

    def names(self) -> list[str]:
        """Return the things that may happen here."""
        return [name for name in WEIGHTS if not self.plain or name in PLAIN]

    def step(self, name: str) -> bool:
        """Do one thing to somebody by chance; false when there was nothing to do it to."""
        site = self.rng.choice(self.sites)
        self.now += timedelta(seconds=self.rng.randrange(1, 120))
        site.clock.later(seconds=self.rng.randrange(1, 120))
        site.mono += 60.0
        if self.rng.random() < 0.5:
            site.wire.faults.append(self.rng.choice(FAULTS))
        done = HAPPENINGS[name](self, site)
        site.wire.faults.clear()
        self.steps += done
        if done and self.steps % LOOK_EVERY == 0:
            self.look()
        return done

    # The end.

    def heal(self) -> None:
        """All is well from now on: everything must arrive and agree (L1, L3, S6, S8)."""
        self.host.outside.link.enabled = True
        for _ in range(ROUNDS):
            self.now += timedelta(minutes=20)
            for site in self.sites:
                site.clock.time = max(site.clock.time, self.now) + timedelta(minutes=20)
                site.mono += 1200.0
                site.wire.faults.clear()
                while arrive_late(self, site):
                    pass
                for engine in (site.push, site.blobs, site.pull):
                    self._drain(engine)
            if any(site.wire.way is self.host for site in self.sites):
                self.host.forward()
            for site in self.sites:  # what the host brought may make pages wait again
                self._drain(site.pull)
            if not any(self._waiting(site) for site in self.sites):
                break
        self._last_road()
        for site in self.sites:
            self._drain(site.pull)
        self.look()
        self._settled()

    def _drain(self, engine: Engine) -> None:
        try:
            for _ in range(200):
                step = engine.step()
                if not (step.more or step.moved):
                    return
        except LineError:
            pass

    def _waiting(self, site: Site) -> bool:
        if site.identity.device_id in self.revoked:
            return False
        return site.sync.counts().pages_pending > 0 or bool(properties.waits_for_nobody(site))

    def _last_road(self) -> None:
        """A revoked device still exports, and what it brings is kept for a person (L4, §12)."""
        for site in self.sites:
            if site.identity.device_id not in self.revoked:
                continue
            folder = self.folder / "last"
            folder.mkdir(exist_ok=True)
            for path in export(site.courier, folder).files:
                bundle.import_bundle(self.front.centre, path)

    def _settled(self) -> None:
        now = properties.look(self.front.centre)
        order = {op_id: place for place, op_id in enumerate(self.order)}
        for op_id, made in self.made.items():
            stored = now.ops.get(op_id)
            if stored is not None and stored.status == "applied":
                continue
            if not self._may_wait(made, now.ops):
                word = f"{stored.status} {stored.code}" if stored else "not at the centre"
                self.violations.append(f"L1 {made.op.kind} {op_id}: {word}")
        for site in self.sites:
            if site.identity.device_id in self.revoked:
                continue
            if self._waiting(site):
                self.violations.append("L1 the queue does not become empty")
            self.violations += properties.sums_agree(site, self.front.centre)
            self.violations += properties.verdicts_agree(site, now)
            self.violations += endings.content_agrees(site, self.front.centre)
            self.violations += endings.commits_in_order(site, order)
            if site.repairs or site.pull.repairs:
                self.violations.append("S8 the feed passed over something: a scope was repaired")
        self.violations += properties.pages_are_whole(self.front.centre, now)
        self.violations += endings.numbers_find(self.front.centre, self.made.values(), now)
        if len(self.made) % 4 == 0:  # reads every byte that was written
            self.violations += endings.readable(self.folder, (NAME, BORN, ADDRESS))

    def _may_wait(self, made: Made, ops: dict[str, Any]) -> bool:
        op = made.op
        stored = ops.get(op.op_id)
        # Numbers given twice by two copies of one disk wait for a person; nothing else of them does.
        given_twice = op.device_id in self.forked and stored is not None and stored.code == "epoch"
        late_form = op.kind == "case.received" and op.body.get("item_version") not in self.versions
        reasons = (
            op.op_id in self.excused | self.gone,
            op.device_id in self.revoked,
            given_twice,
            op.entity_id in self.leased and stored is not None and stored.code == "lease",
            bool(op.supersedes) and properties.one_stands(ops, self.made, op.supersedes),
            op.entity_id in self.withdrawn,
            self.rights_changed,
            late_form,
        )
        if any(reasons):
            return True
        needs = [self.made[need] for need in op.depends_on if need in self.made]
        if not needs and op.kind != "case.received":
            # Behind a receipt that somebody closed nothing is named: the centre misses the case itself.
            needs = self._receipts(op.entity_id, ops)
        open_needs = [n for n in needs if not _applied(ops, n.op.op_id)]
        return bool(open_needs) and all(self._may_wait(need, ops) for need in open_needs)

    def _receipts(self, case_id: str, ops: dict[str, Any]) -> list[Made]:
        """Return the 收件 of a case, corrections too, if none of them took effect."""
        found = [
            made
            for made in self.made.values()
            if made.op.kind == "case.received" and made.op.entity_id == case_id
        ]
        return [] if any(_applied(ops, made.op.op_id) for made in found) else found


def _applied(ops: dict[str, Any], op_id: str) -> bool:
    return op_id in ops and ops[op_id].status == "applied"


@dataclass
class Tally:
    """Counts of one worker, or of all."""

    steps: int = 0
    histories: int = 0
    operations: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Add another."""
        self.steps += other.steps
        self.histories += other.histories
        self.operations += other.operations
        for kind, count in other.by_kind.items():
            self.by_kind[kind] = self.by_kind.get(kind, 0) + count
        self.violations += other.violations

    def figures(self) -> dict[str, Any]:
        """Return the counts for the summary."""
        return {
            "steps": self.steps,
            "histories": self.histories,
            "operations": self.operations,
            "by_kind": dict(sorted(self.by_kind.items())),
            "violations": len(self.violations),
            "what": self.violations[:30],
        }


def play(template: Template, folder: Path, seed: str, steps: int) -> Tally:
    """Play one history to its end; every fourth also asks whether the road shows (M)."""
    chooser = random.Random(f"{seed}-choice")
    history = History(template, folder, seed, plain=chooser.random() < 0.25)
    tally = Tally(histories=1)
    try:
        names = history.names()
        weights = [WEIGHTS[name] for name in names]
        while history.steps < steps and not history.violations:
            name = chooser.choices(names, weights)[0]
            if history.step(name):
                tally.by_kind[name] = tally.by_kind.get(name, 0) + 1
        if not history.violations:
            history.heal()
        if history.plain and not history.violations:
            history.violations += comparing.road_shows(history)
            history.violations += comparing.snapshot_is_full_pull(history)
    except Exception:  # noqa: BLE001 - a crash of product or checker names its history too
        history.violations.append(f"crash {traceback.format_exc(limit=-6)}")
    finally:
        tally.violations = [f"{seed}: {words}" for words in history.violations]
        history.close()
    tally.steps, tally.operations = history.steps, len(history.made)
    return tally


def _settle_in() -> None:
    """Leave out, in a process of our own, what costs a third of the time and is not what is asked here.

    SQLCipher locks and wipes every piece of memory (once on, on for the whole process), and the
    collector walks over all that was imported, again and again.
    """
    database.AFTER_KEY = tuple(p for p in database.AFTER_KEY if "memory_security" not in p)
    gc.collect()
    gc.freeze()


def _worker(seed: str, steps: int, end: float) -> Tally:
    fast = MEMORY if MEMORY.is_dir() else None
    total = Tally()
    with tempfile.TemporaryDirectory(dir=fast, prefix="counter-histories-") as folder:
        template = Template.make(Path(folder) / "template")
        while total.steps < steps and time.time() < end and not total.violations:
            most = min(STEPS, steps - total.steps)
            place = Path(folder) / "history"
            total.add(play(template, place, f"{seed}-{total.histories}", most))
    return total


def run(*, steps: int, seconds: float, seed: int, workers: int = 2) -> dict[str, Any]:
    """Play ``steps`` steps in all, at most for about ``seconds``.

    A violation names its history: ``replay`` plays that one alone.
    """
    end = time.time() + seconds
    total = Tally()
    shares = [-(-steps // workers)] * workers
    seeds = [f"{seed}-{place}" for place in range(workers)]
    began = time.monotonic()
    if workers == 1:
        total.add(_worker(seeds[0], shares[0], end))
    else:
        with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _settle_in) as pool:
            for tally in pool.map(_worker, seeds, shares, [end] * workers):
                total.add(tally)
    speed = total.steps / max(time.monotonic() - began, 0.001)
    return {**total.figures(), "steps_per_s": round(speed, 1)}


def replay(seed: str, steps: int = STEPS) -> Tally:
    """Play the history a violation named (``1234-0-17``) alone."""
    with tempfile.TemporaryDirectory(prefix="counter-histories-") as folder:
        template = Template.make(Path(folder) / "template")
        return play(template, Path(folder) / "history", seed, steps)
