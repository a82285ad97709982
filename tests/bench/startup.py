# SPDX-License-Identifier: MulanPSL-2.0
"""Process start → sign-in takes typing, beside a bare window; password → workbench; memory."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from counter.bootstrap import Home
from counter.infra.paths import Paths
from sync.client.training import PASSWORD, open_training

SPACE = Path("build/bench")  # on the real disk, and where git does not look
ROUNDS = 5
LIMIT_S = 90


def _child(probe: str, *words: str) -> dict[str, float]:
    """Run one process and return what it said, moments as seconds since its start."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", f"tests.bench.startup_{probe}", *words],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise RuntimeError(f"the probe {probe} said nothing: {done.stderr[-400:]}")
    said: dict[str, float] = json.loads(lines[-1])
    return {name: value - began if name.endswith("_at") else value for name, value in said.items()}


def run() -> dict[str, Any]:
    """Alternate bare and real; return medians, the ratio from pairs of the same moment."""
    bare: list[dict[str, float]] = []
    real: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory(dir=SPACE) as folder:
        home = Home(Paths(Path(folder) / "home"))
        open_training(home).close()
        _child("bare")  # both once unmeasured: file cache and byte code
        _child("probe", str(home.paths.home), PASSWORD)
        for _ in range(ROUNDS):
            bare.append(_child("bare"))
            real.append(_child("probe", str(home.paths.home), PASSWORD))
    ready = [one["ready_at"] for one in real]
    window = [one["ready_at"] for one in bare]
    entered = [one["shown_at"] - one["entered_at"] for one in real]
    ratios = [a / b for a, b in zip(ready, window, strict=True)]
    return {
        "bare_window_s": round(statistics.median(window), 3),
        "sign_in_ready_s": round(statistics.median(ready), 3),
        "ratio": round(statistics.median(ratios), 2),
        "password_to_workbench_s": round(statistics.median(entered), 3),
        "rss_bare_mb": round(statistics.median(one["rss_mb"] for one in bare), 1),
        "rss_sign_in_mb": round(statistics.median(one["rss_sign_in_mb"] for one in real), 1),
        "rss_workbench_mb": round(statistics.median(one["rss_workbench_mb"] for one in real), 1),
        "rounds": ROUNDS,
    }
