# SPDX-License-Identifier: MulanPSL-2.0
"""Power cuts: record the real program's I/O, rebuild the disk after every call, reopen, compare.

``points`` counts distinct pairs of (call after which the power went, content of the whole disk);
``states`` the distinct disks that were opened with the real store. A disk met at two moments is
opened once and compared with what had been said at each of them.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import shutil
import tempfile
import time
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
from tests.faults.processes import Child, HubProcess
from tests.faults.recording import Event, Say, read_trace, record
from tests.faults.reopening import Bench, Found, Keys

SIMULATE = "sync.client.simulate"
DRAFTING = "tests.faults.drafting"
SAMPLES = 24  # choices tried behind each call in one pass
PASSES = 40
RECORDINGS = 6  # about: other cases, other pages, and every third a typing clerk
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
class Recording:
    """A home before, everything that happened to it, and the keys to look into it."""

    before: Path
    events: list[Event]
    keys: Keys


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
    recordings: int = RECORDINGS,
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
    with HubProcess(work / "hub") as hub:
        while total.points < points and time.time() < end and not (total.lost or total.half):
            round_no += 1
            folder = work / f"round{round_no}"
            folder.mkdir()
            drafting = round_no % 3 == 0
            made = _record(folder, hub, rng, drafting=drafting, cases=cases)
            share = min(points - total.points, -(-points // recordings))
            until = min(end, time.time() + seconds / recordings)
            total.add(_cut(made, share, until, f"{seed}-{round_no}", workers))
            if not (total.lost or total.half):
                shutil.rmtree(folder)
    if not (total.lost or total.half):
        shutil.rmtree(work)
    return {"recordings": round_no, **total.figures()}


def _record(
    folder: Path, hub: HubProcess, rng: random.Random, *, drafting: bool, cases: int
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
    return Recording(before, read_trace(trace, home), keys)


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
        bench = Bench(Path(folder), task.recording.keys)
        for number in range(PASSES):
            before = len(points)
            _one_pass(task, 2.0**number, rng, bench, points, seen, tally)
            done = len(points) >= task.points or time.time() > task.end
            if done or tally.lost or tally.half or len(points) == before:
                break
    tally.points, tally.states = len(points), len(seen)
    tally.calls = len(task.recording.events) if task.place == 0 else 0
    tally.promises *= task.place == 0
    return tally


def _one_pass(  # noqa: PLR0917 - all of it is the state of ``explore``
    task: Task,
    most: float,
    rng: random.Random,
    bench: Bench,
    points: set[tuple[int, bytes]],
    seen: dict[bytes, Found],
    tally: Tally,
) -> None:
    disk = Disk(task.recording.before)
    mine = len(task.recording.events) / task.of
    share = min(most, (task.points - len(points)) / mine)  # so that every pass reaches the end
    promises: list[dict[str, Any]] = []
    said = b""
    for number, event in enumerate(task.recording.events):
        disk.apply(event)
        if isinstance(event, Say):
            *lines, said = (said + event.data).split(b"\n")
            promises += [json.loads(line) for line in lines if line.strip()]
            tally.promises = max(tally.promises, len(promises))
        if number % task.of != task.place:
            continue
        if time.time() > task.end:
            return
        if rng.random() > share:
            continue
        for image in _images(disk, rng, min(SAMPLES, 1 + round(share))):
            if (number, image.digest) in points:
                continue
            points.add((number, image.digest))
            if image.digest not in seen:
                seen[image.digest] = bench.look(image)
                tally.half += [f"call {number}: {w}" for w in seen[image.digest].half]
            lost = seen[image.digest].broken(_latest(promises))
            tally.lost += [f"call {number}: {words}" for words in lost]
        if tally.lost or tally.half:
            return


def _latest(promises: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of a draft only the last save counts; every receipt counts for ever."""
    last = {p.get("draft_id") or p["op_id"]: p for p in promises}
    return list(last.values())


def _images(disk: Disk, rng: random.Random, count: int) -> Iterator[Image]:
    """Yield up to so many disks; every second one with its last write torn."""
    uncertain = disk.uncertain
    for number, keep in enumerate(islice(subsets(uncertain, rng), count + 1)):
        tear = disk.torn(keep, rng) if number % 2 or (number > 1 and rng.random() < 0.3) else None
        yield disk.image(keep, tear)
