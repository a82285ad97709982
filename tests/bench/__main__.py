# SPDX-License-Identifier: MulanPSL-2.0
"""Run the benchmarks: ``python -m tests.bench [NAME …]`` → ``build/bench/<name>.json``."""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from pathlib import Path

NAMES = (
    "startup",
    "keystroke",
    "load",
    "commit",
    "wire",
    "narrow",
    "scan",
    "hub",
)
OUT = Path("build/bench")


def main(argv: list[str]) -> int:
    """Run the named benchmarks, or all; a failing one does not stop the others."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    unknown = [name for name in argv if name not in NAMES]
    if unknown:
        print(f"没有这个基准：{'、'.join(unknown)}。有：{'、'.join(NAMES)}", file=sys.stderr)
        return 2
    OUT.mkdir(parents=True, exist_ok=True)
    failed = 0
    for name in argv or NAMES:
        began = time.perf_counter()
        module = importlib.import_module(f"tests.bench.{name}")
        try:
            figures = module.run()
        except Exception as error:  # noqa: BLE001 - the next benchmark still runs
            print(f"{name}: 没有跑成：{type(error).__name__}: {error}", file=sys.stderr)
            failed += 1
            continue
        figures["bench_seconds"] = round(time.perf_counter() - began, 1)
        text = json.dumps(figures, ensure_ascii=False, indent=1)
        (OUT / f"{name}.json").write_text(text + "\n", "utf-8")
        print(f"{name} {json.dumps(figures, ensure_ascii=False)}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
