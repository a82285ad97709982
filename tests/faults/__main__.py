# SPDX-License-Identifier: MulanPSL-2.0
"""Run the long fault tests: ``python -m tests.faults [PART …] [--seconds N] [--seed S]``.

Without ``--seconds`` each part does what a release must pass (100,000 power cuts, 1,000 kills,
1,000,000 steps …); with it each part goes on for about that long. Writes ``build/faults/summary.json``
and appends each finished part to ``build/faults/runs.jsonl``; ``python -m tests.faults total [FILE …]``
sums those up, so that a release may be run in several sittings. Exit code 1 on any fault found.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.faults import (
    disk_full,
    fuzz,
    histories,
    items,
    kill,
    lines,
    lost_reply,
    paths,
    powercut,
    runs,
)
from tests.faults.recording import StraceMissingError

OUT = Path("build/faults")
RELEASE_POINTS = 100_000
RELEASE_HUB_POINTS = 20_000
RELEASE_ENROL_POINTS = 10_000
RELEASE_KILLS = 1_000
RELEASE_STEPS = 1_000_000
RELEASE_INPUTS = 50_000
SHORT_CASES = 8
RELEASE_LOST_REPLIES = 100
RELEASE_DISK_STEPS = 200
RELEASE_PATHS = 10_000
NO_END = 10**9
MAX_S = 12 * 3600.0
Part = Callable[[Path, int, float | None], dict[str, Any]]


def _powercut(work: Path, seed: int, seconds: float | None) -> dict[str, Any]:
    return _cut(work, seed, seconds, RELEASE_POINTS, powercut.COUNTER)


def _powercut_hub(work: Path, seed: int, seconds: float | None) -> dict[str, Any]:
    return _cut(work, seed, seconds, RELEASE_HUB_POINTS, powercut.HUB)


def _powercut_enrol(work: Path, seed: int, seconds: float | None) -> dict[str, Any]:
    return _cut(work, seed, seconds, RELEASE_ENROL_POINTS, powercut.ENROL)


def _cut(
    work: Path, seed: int, seconds: float | None, release: int, kinds: tuple[str, ...]
) -> dict[str, Any]:
    points = release if seconds is None else NO_END
    try:
        return powercut.run(work, points=points, seconds=seconds or MAX_S, seed=seed, kinds=kinds)
    except StraceMissingError:
        print("powercut 没有做：本机没有 strace，或不允许使用。", file=sys.stderr)
        return {"points": 0, "skipped": "strace", "missing": int(seconds is None)}


def _histories(_work: Path, seed: int, seconds: float | None) -> dict[str, Any]:
    steps = RELEASE_STEPS if seconds is None else NO_END
    return histories.run(steps=steps, seconds=seconds or MAX_S, seed=seed)


def _line(work: Path, seed: int, seconds: float | None) -> dict[str, Any]:
    cases = lines.CASES if seconds is None else SHORT_CASES
    return lines.run(work, cases=cases, seconds=seconds or MAX_S, seed=seed)


def _fuzz(work: Path, seed: int, seconds: float | None) -> dict[str, Any]:
    inputs = RELEASE_INPUTS if seconds is None else NO_END
    return fuzz.run(work, inputs=inputs, seconds=seconds or MAX_S, seed=seed)


def _kill(work: Path, seed: int, seconds: float | None) -> dict[str, Any]:
    kills = RELEASE_KILLS if seconds is None else NO_END
    return kill.run(work, kills=kills, seconds=seconds or MAX_S, seed=seed).figures()


def _lost_reply(work: Path, seed: int, seconds: float | None) -> dict[str, Any]:
    replies = RELEASE_LOST_REPLIES if seconds is None else NO_END
    return lost_reply.run(work, replies=replies, seconds=seconds or MAX_S, seed=seed)


def _disk_full(work: Path, seed: int, seconds: float | None) -> dict[str, Any]:
    steps = RELEASE_DISK_STEPS if seconds is None else NO_END
    return disk_full.run(work, steps=steps, seconds=seconds or MAX_S, seed=seed)


def _paths(work: Path, seed: int, seconds: float | None) -> dict[str, Any]:
    # About 300 a second: a bound in seconds is a bound in paths.
    count = RELEASE_PATHS if seconds is None else int(seconds * 300)
    return paths.run(work, paths=count, seed=seed)


def _items(work: Path, seed: int, seconds: float | None) -> dict[str, Any]:
    figures = items.run(work, seconds=seconds or MAX_S, seed=seed)
    return {**figures, "undone": len(figures["undone"]), "first": figures["undone"][:5]}


PARTS: dict[str, Part] = {
    "powercut": _powercut,
    "powercut_hub": _powercut_hub,
    "powercut_enrol": _powercut_enrol,
    "histories": _histories,
    "kill": _kill,
    "lost_reply": _lost_reply,
    "disk_full": _disk_full,
    "paths": _paths,
    "items": _items,
    "line": _line,
    "fuzz": _fuzz,
}


def main(argv: list[str]) -> int:
    """Run the named parts, or all; print and keep the counts."""
    if argv[:1] == ["total"]:
        return runs.print_total([Path(name) for name in argv[1:]])
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("parts", nargs="*", metavar="PART", help=" ".join(PARTS))
    parser.add_argument("--seconds", type=float, help="each part, about; default: release size")
    parser.add_argument("--seed", type=int, default=secrets.randbits(31))
    arguments = parser.parse_args(argv)
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"no such part: {' '.join(sorted(unknown))}")
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    print(f"种子 {arguments.seed}", flush=True)
    OUT.mkdir(parents=True, exist_ok=True)
    summary: dict[str, Any] = {"seed": arguments.seed}
    seen_at = runs.commit()  # of what is imported now, whatever is committed meanwhile
    for name in arguments.parts or PARTS:
        work = OUT / f"work-{name}"
        shutil.rmtree(work, ignore_errors=True)
        began = time.monotonic()
        figures = PARTS[name](work.absolute(), arguments.seed, arguments.seconds)
        figures["seconds"] = round(time.monotonic() - began, 1)
        summary[name] = figures
        runs.note(name, arguments.seed, seen_at, figures)
        print(f"{name} {json.dumps(figures, ensure_ascii=False)}", flush=True)
        text = json.dumps(summary, ensure_ascii=False, indent=1)
        (OUT / "summary.json").write_text(text + "\n", "utf-8")
    faults = sum(runs.faults_of(summary[name]) for name in arguments.parts or PARTS)
    if faults:
        print(f"发现 {faults} 处问题；现场留在 {OUT}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
