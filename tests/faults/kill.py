# SPDX-License-Identifier: MulanPSL-2.0
"""SIGKILL at random moments while real counters take cases and send them; nothing may be lost.

Each lane has a hub of its own and one home after the other. The first runs of a home are killed
while it enrols, the others while it starts, scans, commits, sends, or while a clerk types a
draft; in every second lane the hub is killed as well. In the end one run takes a last case and sends
everything, and the hub's own command line is asked about every receipt that was printed.
"""

from __future__ import annotations

import random
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from counter.bootstrap import Home
from counter.infra.paths import Paths
from tests.faults.forking import Nursery
from tests.faults.processes import Child, HubProcess, environment
from tests.faults.promises import Findings, check_centre, check_drafts

SIMULATE = "sync.client.simulate"
DRAFTING = "tests.faults.drafting"
KILLS_PER_HOME = 25
ENROLMENT_KILLS = 2
KINDS = ("start", "start", "take", "take", "commit", "commit", "sync", "sync", "draft")
# Kill right behind a write: what is watched, and at most how many writes to let pass.
WRITES = {"journal": ("journal/*", 2), "wal": ("counter.db-wal", 20), "page": ("blobs/*/*", 8)}
LAST_WAIT_S = "60"


@dataclass
class Tally:
    """Counts of one lane, and what went wrong."""

    runs: int = 0
    kills: int = 0
    finished: int = 0
    homes: int = 0
    receipts: int = 0
    at_centre: int = 0
    drafts: int = 0
    hub_kills: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)

    def add(self, other: Tally) -> None:
        """Add another lane."""
        for name in ("runs", "kills", "finished", "homes", "receipts", "at_centre", "drafts"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.hub_kills += other.hub_kills
        for kind, count in other.by_kind.items():
            self.by_kind[kind] = self.by_kind.get(kind, 0) + count
        self.findings.add(other.findings)

    def figures(self) -> dict[str, Any]:
        """Return the counts for the summary."""
        plain = {k: v for k, v in vars(self).items() if k != "findings"}
        return {**plain, **self.findings.figures()}


@dataclass
class Pace:
    """How fast this machine is now, learnt from the runs, so that kills hit what they aim at."""

    first_s: float = 0.6
    case_s: float = 0.2

    def learn(self, times: list[float]) -> None:
        """Take the moments of the printed receipts into account."""
        if times:
            self.first_s += 0.3 * (times[0] - self.first_s)
        for before, after in pairwise(times):
            self.case_s += 0.3 * (after - before - self.case_s)


class Lane:
    """One hub and its homes, one after the other."""

    def __init__(self, work: Path, seed: str, *, hub_kills: float) -> None:
        """Prepare; ``hub_kills`` is the chance that a run sees the hub killed too."""
        self._rng = random.Random(seed)
        self._work = work
        self._hub_kills = hub_kills
        self._hub = HubProcess(work / "hub")
        self._nursery = Nursery((SIMULATE, DRAFTING), environment())
        self._pace = Pace()
        self._taken_here = False
        self._receipts: list[dict[str, Any]] = []
        self.tally = Tally()

    def run(self, kills: int, end: float) -> Tally:
        """Kill so many times, or until ``end`` (``time.monotonic``), and check."""
        self._work.mkdir(parents=True)
        with self._nursery, self._hub:
            while self.tally.kills < kills and time.monotonic() < end:
                self._one_home(min(KILLS_PER_HOME, kills - self.tally.kills), end)
            self.tally.hub_kills = self._hub.kills
            self.tally.receipts = len(self._receipts)
        # A kill between commit and print leaves one case that nobody was shown, never more.
        if self.tally.at_centre - self.tally.receipts > self.tally.kills:
            self.tally.findings.doubled.append("more cases than receipts and kills explain")
        return self.tally

    def _one_home(self, kills: int, end: float) -> None:
        self.tally.homes += 1
        self._taken_here = False
        self._hub.wait_ready()
        window = self.tally.homes + 10
        home = self._work / f"home{window}"
        saved: dict[str, int] = {}
        goal = self.tally.kills + kills
        enrolments = min(ENROLMENT_KILLS, kills // 3)
        while self.tally.kills < goal and time.monotonic() < end:
            if not Home(Paths(home)).enrolled:
                self._enrol(home, window, kill=enrolments > 0)
                enrolments -= 1
            else:
                self._work_and_die(home, saved)
        if self._hub_kills:
            self._hub.kill()
        self._hub.wait_ready()
        # Another person in each home: the centre would mark the same one as 可能重复.
        words = ["--cases", "1", "--wait", LAST_WAIT_S, "--seed", str(self._rng.getrandbits(31))]
        if not Home(Paths(home)).enrolled:
            words += ["--code", self._hub.code(window)]
        last = self._simulate(home, *words)
        if last.end() != 0:
            self._stuck("the last run", last)
        self._receipts += last.said
        self.tally.drafts += len(saved)
        found, self.tally.at_centre = check_centre(self._hub, self._receipts)
        found.add(check_drafts(home, saved))
        self.tally.findings.add(found)

    def _enrol(self, home: Path, window: int, *, kill: bool) -> None:
        """Enrol, killed at any moment of it; the next try needs a new code, as in a hall."""
        self._hub.wait_ready()
        child = self._simulate(home, "--cases", "0", "--code", self._hub.code(window))
        if kill and self._rng.random() < 0.5:
            child.wait_for(self._rng.uniform(0.3, 2.5) * self._pace.first_s)
        elif kill:  # enrolled, but without a catalogue yet
            child.wait_path(Paths(home).vault)
            child.wait_for(self._rng.uniform(0.0, 0.5))
        self._finish(child, "enrol", kill=kill)

    def _work_and_die(self, home: Path, saved: dict[str, int]) -> None:
        kind = self._rng.choice((*KINDS, *WRITES))
        if kind == "draft":
            self._type_and_die(home, saved)
            return
        cases = self._rng.randint(1, 4)
        child = self._simulate(
            home,
            *("--cases", str(cases), "--pages", str(self._rng.choice((1, 3, 6)))),
            *("--seed", str(self._rng.getrandbits(31)), "--wait", "30"),
        )
        lines, seconds = self._moment(kind, cases)
        # Before its first receipt a home may rightly say that it has no catalogue and no line.
        if self._taken_here and self._rng.random() < self._hub_kills:
            child.wait_lines(self._rng.randint(0, lines))
            child.wait_for(self._rng.uniform(0, seconds))
            self._hub.kill()
        child.wait_lines(lines)
        if kind in WRITES:
            pattern, most = WRITES[kind]
            child.wait_writes(home, pattern, self._rng.randint(1, most))
        child.wait_for(seconds)
        self._finish(child, kind, kill=True)
        self._receipts += child.said
        self._taken_here = self._taken_here or bool(child.said)
        self._pace.learn(child.times)

    def _moment(self, kind: str, cases: int) -> tuple[int, float]:
        """Return after how many receipts to kill, and how long after the last of them."""
        if kind == "start":
            return 0, self._rng.uniform(0.2, 1.0) * self._pace.first_s
        if kind == "sync":
            return cases, self._rng.uniform(0.0, 0.8)
        begun = self._rng.randint(0, cases - 1)
        if kind in WRITES:
            return begun, self._rng.uniform(0.0, 0.003)
        share = self._rng.uniform(0.8, 1.1) if kind == "commit" else self._rng.uniform(0.0, 1.0)
        if begun == 0:
            until_ready = self._pace.first_s - self._pace.case_s
            return 0, max(0.1, until_ready) + share * self._pace.case_s
        return begun, share * self._pace.case_s

    def _type_and_die(self, home: Path, saved: dict[str, int]) -> None:
        child = Child(DRAFTING, str(home), nursery=self._nursery)
        child.wait_lines(self._rng.randint(1, 25))
        child.wait_for(self._rng.uniform(0.0, 0.05))
        self._finish(child, "draft", kill=True)
        saved.update({line["draft_id"]: line["step"] for line in child.said})

    def _simulate(self, home: Path, *words: str) -> Child:
        place = ("--home", str(home), "--hub", self._hub.url, "--json")
        return Child(SIMULATE, *place, *words, nursery=self._nursery)

    def _finish(self, child: Child, kind: str, *, kill: bool) -> None:
        if kill:
            child.kill()
        code = child.end()
        self.tally.runs += 1
        self.tally.kills += code < 0
        self.tally.finished += code == 0
        if code < 0:
            self.tally.by_kind[kind] = self.tally.by_kind.get(kind, 0) + 1
        if code > 0:
            self._stuck(kind, child)

    def _stuck(self, kind: str, child: Child) -> None:
        """A program that ends by itself with an error did not recover from the kill before it."""
        said = child.errors.strip().splitlines()[-3:]
        self.tally.findings.stuck.append(f"{kind}: {' / '.join(said)}")


def run(work: Path, *, kills: int, seconds: float, seed: int, lanes: int = 2) -> Tally:
    """Kill ``kills`` times in all, at most for about ``seconds``; the folder stays on a fault.

    Returns the counts; everything in ``findings`` is a fault of the product.
    """
    end = time.monotonic() + seconds
    shares = [kills // lanes + (place < kills % lanes) for place in range(lanes)]
    made = [
        Lane(work / f"lane{place}", f"{seed}-{place}", hub_kills=0.3 * (place % 2))
        for place in range(lanes)
    ]
    with ThreadPoolExecutor(lanes, "faults-lane") as pool:
        tallies = list(pool.map(lambda lane, share: lane.run(share, end), made, shares))
    total = Tally()
    for tally in tallies:
        total.add(tally)
    if total.findings.clean:
        shutil.rmtree(work)
    return total
