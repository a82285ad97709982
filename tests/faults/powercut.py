# SPDX-License-Identifier: MulanPSL-2.0
"""Power cuts: record the real program's I/O, rebuild the disk after every call, reopen, compare.

``points`` counts distinct pairs of (call after which the power went, content of the whole disk);
``states`` the distinct disks that were opened with the real store. A disk met at two moments is
opened once and compared with what had been said at each of them.
"""

from __future__ import annotations

import multiprocessing
import random
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from counter.bootstrap import Home
from counter.infra.paths import Paths
from sync.client.training import TrainingHall
from tests.faults.disk import Disk, Image, subsets
from tests.faults.enrolling import HOME, EnrolLook, catalogue_of
from tests.faults.hub_disk import record_hub
from tests.faults.looking import Bench, Found, Recording, lines_said
from tests.faults.processes import ROOT, Child, HubProcess
from tests.faults.recording import read_trace, record
from tests.faults.reopening import Keys

SIMULATE = "sync.client.simulate"
DRAFTING = "tests.faults.drafting"
FEWEST = 2  # choices tried behind a call: nothing arrived, and all
SAMPLES = 24  # choices tried behind each call in one pass
PASSES = 40
SLOW_S = 0.1  # a disk, before any was measured
# Recordings one after the other: other cases, other pages, and every third a typing clerk.
COUNTER = ("cases", "cases", "draft") * 2
HUB = ("hub",) * 2
ENROL = ("enrol",) * 2
ITEMS = 5  # of the catalogue, other ones for each seed
RESOURCES = ROOT / "resources"
TMPFS = Path("/dev/shm")


@dataclass
class Tally:
    """Counts of one recording or of all."""

    points: int = 0
    states: int = 0
    calls: int = 0
    promises: int = 0
    lost: list[str] = field(default_factory=list)
    half: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Add another."""
        for name in ("points", "states", "calls", "promises", "lost", "half"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def figures(self) -> dict[str, Any]:
        """Return the counts for the summary."""
        what = [*dict.fromkeys(self.lost), *dict.fromkeys(self.half)][:30]
        numbers = {"points": self.points, "states": self.states, "calls": self.calls}
        return {
            **numbers,
            "promises": self.promises,
            "lost": len(self.lost),
            "half": len(self.half),
            "what": what,
        }


@dataclass(frozen=True)
class Task:
    """The share of one worker: every ``of``-th moment from ``place`` on."""

    recording: Recording
    place: int
    of: int
    points: int
    end: float  # time.time()
    seed: str


def run(
    work: Path,
    *,
    points: int,
    seconds: float,
    seed: int,
    workers: int = 2,
    cases: int = 3,
    kinds: tuple[str, ...] = COUNTER,
) -> dict[str, Any]:
    """Cut the power at ``points`` points, at most for about ``seconds``.

    Raises:
        StraceMissingError: nothing can be recorded here.
    """
    end = time.time() + seconds
    rng = random.Random(f"{seed}-powercut")
    total = Tally()
    work.mkdir(parents=True)
    round_no = 0
    with HubProcess(work / "hub", _few_items(work / "resources", rng)) as hub:
        while total.points < points and time.time() < end and not (total.lost or total.half):
            round_no += 1
            folder = work / f"round{round_no}"
            folder.mkdir()
            kind = kinds[(round_no - 1) % len(kinds)]
            made = _record(kind, folder, hub, rng, cases)
            share = min(points - total.points, -(-points // len(kinds)))
            until = min(end, time.time() + seconds / len(kinds))
            total.add(_cut(made, share, until, f"{seed}-{round_no}", workers))
            if not (total.lost or total.half):
                shutil.rmtree(folder)
    if not (total.lost or total.half):
        shutil.rmtree(work)
    return {"recordings": round_no, **total.figures()}


def _few_items(folder: Path, rng: random.Random) -> Path:
    """Return resources with some items: what is written for a case is the same, reopening is not.

    Each disk is opened with every page proved, so that a catalogue costs more than all the cases.
    """
    for name in ("service", "calendars"):
        shutil.copytree(RESOURCES / name, folder / name)
    items = folder / "catalog" / "items"
    items.mkdir(parents=True)
    shutil.copy(RESOURCES / "catalog" / "dicts.json", items.parent)
    for path in rng.sample(sorted((RESOURCES / "catalog" / "items").glob("*.json")), ITEMS):
        shutil.copy(path, items)
    return folder


def _record(kind: str, folder: Path, hub: HubProcess, rng: random.Random, cases: int) -> Recording:
    if kind == "hub":
        return record_hub(folder, rng, cases=cases)
    if kind == "enrol":
        return _enrolment(folder, hub, rng)
    return _work(folder, hub, rng, cases, drafting=kind == "draft")


def _enrolment(folder: Path, hub: HubProcess, rng: random.Random) -> Recording:
    """Record a machine from nothing to its first receipt."""
    place, before, trace = folder / "place", folder / "before", folder / "trace"
    place.mkdir()
    before.mkdir()
    home = place / HOME
    words = ["--cases", "1", "--pages", "1", "--seed", str(rng.getrandbits(31))]
    words += ["--code", hub.code(rng.randrange(11, 99))]
    record(trace, SIMULATE, "--home", str(home), "--hub", hub.url, "--json", *words)
    events = read_trace(trace, place)
    look = _enrol_look(home)
    return Recording(before, events, lines_said(events), look)


def _enrol_look(home: Path) -> EnrolLook:
    keys = _keys(home)
    core = TrainingHall(Home(Paths(home)), "").sign_in()
    try:
        who = core.identity
        catalogue = core.execution.run(lambda: catalogue_of(core._store))
    finally:
        core.close()
    vault = Paths(home).vault.read_bytes()
    told = {k: v for k, v in vars(who).items() if k not in {"device_id", "key"}}
    key = who.key
    return EnrolLook(keys, vault, who.device_id, key.kid, key.seed, told, catalogue)


def _work(
    folder: Path, hub: HubProcess, rng: random.Random, cases: int, *, drafting: bool
) -> Recording:
    """Enrol a home, take a case without being watched, then record what the program does."""
    home, before = folder / "home", folder / "before"
    enrol = ["--cases", "1", "--pages", "1", "--code", hub.code(rng.randrange(11, 99))]
    first = Child(SIMULATE, "--home", str(home), "--hub", hub.url, "--json", *enrol)
    if first.end() != 0:
        raise RuntimeError(first.errors[-300:])
    keys = _keys(home)
    shutil.copytree(home, before)
    trace = folder / "trace"
    if drafting:
        record(trace, DRAFTING, str(home), "25")
    else:
        words = ["--cases", str(cases), "--pages", str(rng.choice((1, 3)))]
        words += ["--seed", str(rng.getrandbits(31))]
        record(trace, SIMULATE, "--home", str(home), "--hub", hub.url, "--json", *words)
    events = read_trace(trace, home)
    return Recording(before, events, lines_said(events), keys)


def _keys(home: Path) -> Keys:
    core = TrainingHall(Home(Paths(home)), "").sign_in()
    try:
        key = bytes(core._db_key)
        facts = core._vault.facts(key)
        public = core.identity.key.public_hex
    finally:
        core.close()
    now = datetime.now(UTC)
    return Keys(key, facts["seal_recipient"], facts["journal_identity"], public, now)


def _cut(made: Recording, points: int, end: float, seed: str, workers: int) -> Tally:
    tasks = [
        Task(made, place, workers, -(-points // workers), end, f"{seed}-{place}")
        for place in range(workers)
    ]
    if workers == 1:
        return explore(tasks[0])
    total = Tally()
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        for tally in pool.map(explore, tasks):
            total.add(tally)
    return total


def explore(task: Task) -> Tally:
    """Go through the recording again and again, other choices each time, until enough."""
    tally = Tally()
    rng = random.Random(task.seed)
    points: set[tuple[int, bytes]] = set()
    seen: dict[bytes, Found] = {}
    fast = TMPFS if TMPFS.is_dir() else None
    with tempfile.TemporaryDirectory(dir=fast, prefix="counter-powercut-") as folder:
        bench = task.recording.look.bench(Path(folder))
        began = time.time()
        for number in range(PASSES):
            before = len(points)
            _one_pass(task, Pace(began, 2.0**number), rng, bench, points, seen, tally)
            done = len(points) >= task.points or time.time() > task.end
            if done or tally.lost or tally.half or len(points) == before:
                break
    tally.points, tally.states = len(points), len(seen)
    tally.calls = len(task.recording.events) if task.place == 0 else 0
    tally.promises *= task.place == 0
    return tally


@dataclass(frozen=True)
class Pace:
    """How many disks behind a call to try: ``most``, or fewer so that a pass reaches its end."""

    began: float
    most: float

    def share(self, task: Task, number: int, done: int) -> float:
        """Return it behind call ``number`` when ``done`` points were looked at."""
        now = time.time()
        left = (task.end - now) * (done + 1) / (now - self.began + SLOW_S)
        mine = (len(task.recording.events) - number) / task.of
        return min(self.most, min(task.points - done, left) / mine)


def _one_pass(  # noqa: PLR0917 - all of it is the state of ``explore``
    task: Task,
    pace: Pace,
    rng: random.Random,
    bench: Bench,
    points: set[tuple[int, bytes]],
    seen: dict[bytes, Found],
    tally: Tally,
) -> None:
    disk = Disk(task.recording.before)
    promises: list[dict[str, Any]] = []
    coming = deque(task.recording.promised)
    for number, event in enumerate(task.recording.events):
        disk.apply(event)
        while coming and coming[0][0] <= number:
            promises.append(coming.popleft()[1])
        tally.promises = max(tally.promises, len(promises))
        if number % task.of != task.place:
            continue
        if time.time() > task.end:
            return
        share = pace.share(task, number, len(points))
        if rng.random() > share / FEWEST:
            continue
        for image in _images(disk, rng, max(FEWEST, min(SAMPLES, round(share)))):
            if (number, image.digest) in points:
                continue
            points.add((number, image.digest))
            if image.digest not in seen:
                seen[image.digest] = bench.look(image)
                tally.half += [f"call {number}: {w}" for w in seen[image.digest].half]
            lost = seen[image.digest].broken(promises)
            tally.lost += [f"call {number}: {words}" for words in lost]
        if tally.lost or tally.half:
            return


def _images(disk: Disk, rng: random.Random, count: int) -> Iterator[Image]:
    """Yield up to so many disks; every second one with its last write torn."""
    uncertain = disk.uncertain
    for number, keep in enumerate(islice(subsets(uncertain, rng), count)):
        tear = disk.torn(keep, rng) if number % 2 or (number > 1 and rng.random() < 0.3) else None
        yield disk.image(keep, tear)
