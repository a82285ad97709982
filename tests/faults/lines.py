# SPDX-License-Identifier: MulanPSL-2.0
"""Cases with pages over bad lines of every kind, real worker and real hub; what was wasted."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sync.client.embedded import EmbeddedHub
from tests.bench.wire import PAGE_BYTES, PAGES, case_run
from tests.fakes.proxy import BadLine
from tests.faults import long_lines

CASES = 50  # × 3 pages
CHUNK = 64 * 1024  # at most one page travels at once here
HEADS = 16_000  # a cut costs new connections, proofs of the line and questions on three lanes
LIMIT_S = 1200.0


@dataclass(frozen=True)
class Profile:
    """One kind of line."""

    name: str
    every: int = 0
    rate: float = 0.0
    round_trip_s: float = 0.0
    truncate: bool = False
    share: float = 1.0  # of the cases, so that a slow line does not take an hour


PROFILES = (
    Profile("clean"),
    Profile("cut_3mb", every=3_000_000),
    Profile("cut_500kb", every=500_000),
    Profile("cut_60kb", every=60_000),
    Profile("truncated", truncate=True),
    Profile("slow", rate=64_000, round_trip_s=0.05, share=0.1),
)


def run(work: Path, *, cases: int, seconds: float, seed: int) -> dict[str, Any]:
    """Send ``cases`` over each profile; stop between two profiles when time is up."""
    end = time.monotonic() + seconds
    work.mkdir(parents=True)
    profiles: dict[str, Any] = {}
    lost: list[str] = []
    with EmbeddedHub(work / "hub") as hub:
        url = hub.start().url
        for number, profile in enumerate(PROFILES, 1):
            if time.monotonic() > end and profiles:
                break
            count = max(2, round(cases * profile.share))
            said = case_run(
                work / "hub",
                url,
                work / profile.name,
                count,
                every=profile.every,
                spoil=_spoiler(profile, seed),
                limit_s=LIMIT_S,
                seed=1000 + number,
            )
            profiles[profile.name] = _figures(said, count)
            lost += _lost(profile, said, count)
            lost += _wasteful(profile, profiles)
        for name, told in _long(work, url, whole=cases >= CASES, end=end):
            profiles[name] = told
            lost += long_lines.faults_of(name, told)
    if not lost:
        shutil.rmtree(work)
    return {"profiles": profiles, "lost": len(lost), "what": lost}


def _long(work: Path, url: str, *, whole: bool, end: float) -> Iterator[tuple[str, dict[str, Any]]]:
    """The two lines that take minutes, a tenth of them when time is short."""
    share = 1.0 if whole else 0.1
    hub = work / "hub"
    if time.monotonic() < end:
        size = round(long_lines.FILE_BYTES * share)
        yield "file200mb", long_lines.large_file(hub, url, work / "file", size=size)
    if time.monotonic() < end:
        ops, limit_s = round(long_lines.NARROW_OPS * share), long_lines.NARROW_S * share
        yield "narrow3min", long_lines.narrow(hub, url, work / "thin", ops=ops, limit_s=limit_s)


def _spoiler(profile: Profile, seed: int) -> Callable[[BadLine], None]:
    rng = random.Random(f"{seed}-{profile.name}")

    def spoil(line: BadLine) -> None:
        line.rate, line.round_trip_s = profile.rate, profile.round_trip_s
        if profile.truncate:
            for _ in range(60):
                line.plan(cut_down=rng.randint(1, 3000))
                line.plan_ok(rng.randrange(2))

    return spoil


def _figures(said: dict[str, Any], cases: int) -> dict[str, Any]:
    payload = cases * PAGES * PAGE_BYTES
    whole = said["up"] + said["down"]
    return {
        "cases": cases,
        "delivered": said["delivered"],
        "pages_left": said["pages_left"],
        "cuts": said["cuts"],
        "bytes": whole,
        "payload": payload,
        "per_case_over": round((whole - payload) / cases),
        "seconds": said["seconds"],
    }


def _lost(profile: Profile, said: dict[str, Any], cases: int) -> list[str]:
    if said["delivered"] == cases and not said["pages_left"]:
        return []
    return [f"{profile.name}: {said['delivered']} of {cases}, {said['pages_left']} pages left"]


def _wasteful(profile: Profile, profiles: dict[str, Any]) -> list[str]:
    """L2: beside what a clean line needs, a cut wastes at most a chunk (and new connections)."""
    here = profiles[profile.name]
    if not here["cuts"]:
        return []
    clean = profiles["clean"]
    needed = clean["bytes"] * here["cases"] / clean["cases"]
    here["waste_a_cut"] = round((here["bytes"] - needed) / here["cuts"])
    if here["waste_a_cut"] <= CHUNK + HEADS:
        return []
    return [f"{profile.name}: {here['waste_a_cut']} bytes wasted a cut"]
