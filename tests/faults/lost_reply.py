# SPDX-License-Identifier: MulanPSL-2.0
"""The centre works and its answers get lost or cut: real counter, real hub, bad line between."""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path
from typing import Any

from tests.fakes.proxy import BadLine
from tests.faults.kill import LAST_WAIT_S, SIMULATE
from tests.faults.processes import Child, HubProcess
from tests.faults.promises import Findings, check_centre

CASES = 6
PLANS_AHEAD = 40


def _spoil(line: BadLine, rng: random.Random) -> None:
    """Plan the next connections: most lose their first answer or are cut somewhere."""
    for _ in range(PLANS_AHEAD):
        choice = rng.random()
        if choice < 0.4:
            line.plan(lose_reply=True, settle_s=0.1)
        elif choice < 0.6:
            line.plan(cut_down=rng.randint(1, 6000))
        elif choice < 0.7:
            line.plan(cut_up=rng.randint(1, 120_000))
        else:
            line.plan_ok()


def run(work: Path, *, replies: int, seconds: float, seed: int) -> dict[str, Any]:
    """Take and send cases over lines that spoil ``replies`` connections, or until time is up."""
    rng = random.Random(f"{seed}-lost-reply")
    end = time.monotonic() + seconds
    receipts: list[dict[str, Any]] = []
    found = Findings()
    runs = spoilt = 0
    work.mkdir(parents=True)
    with HubProcess(work / "hub") as hub:
        words = ["--home", str(work / "home"), "--json", "--cases"]
        first = Child(SIMULATE, *words, "0", "--hub", hub.url, "--code", hub.code(20))
        if first.end() != 0:
            found.stuck.append(first.errors[-300:])
        while spoilt < replies and time.monotonic() < end and found.clean:
            with BadLine("127.0.0.1", hub.port) as line:
                _spoil(line, rng)
                child = Child(
                    SIMULATE,
                    *(*words, str(CASES), "--hub", line.url, "--wait", "15"),
                    *("--pages", "1", "--seed", str(rng.getrandbits(31))),
                )
                code = child.end()  # 1: not everything was sent in time, which is allowed here
                spoilt += line.faults
            runs += 1
            receipts += child.said
            if code not in {0, 1} or len(child.said) != CASES:
                found.stuck.append(child.errors[-300:])
        last = Child(SIMULATE, *words, "0", "--hub", hub.url, "--wait", LAST_WAIT_S)
        if last.end() != 0:
            found.stuck.append(last.errors[-300:])
        checked, at_centre = check_centre(hub, receipts)
        found.add(checked)
    if found.clean:
        shutil.rmtree(work)
    return {
        "runs": runs,
        "spoilt_connections": spoilt,
        "receipts": len(receipts),
        "at_centre": at_centre,
        **found.figures(),
    }
