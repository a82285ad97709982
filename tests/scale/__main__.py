# SPDX-License-Identifier: MulanPSL-2.0
"""Measure and simulate: ``python -m tests.scale`` → ``build/scale/summary.json``.

``--record`` keeps the figures in ``measured.json`` and writes the tables of docs/scale.md anew;
``--render`` writes the tables from the figures kept.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from tests.scale import sizing
from tests.scale.measure import measure
from tests.scale.outage import Outage, run

OUT = Path("build/scale/summary.json")


def main() -> int:
    """Run; 1 when an operation was lost, a counter starved or a request failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.scale", description="中心的规模")
    parser.add_argument("--devices", type=int, default=10_000, help="多少台窗口")
    parser.add_argument("--ops", type=int, default=1, help="每台最多等着几笔")
    parser.add_argument("--workers", type=int, default=2, help="中心几个进程")
    parser.add_argument("--sqlite", action="store_true", help="用自带的数据库，一个进程")
    parser.add_argument("--within", type=float, default=150.0, help="多少秒之内全部回来")
    parser.add_argument("--window", type=int, default=60, help="中心的 spread，秒")
    parser.add_argument("--give-up", type=float, default=1800.0, help="最多跑多少秒")
    parser.add_argument("--record", action="store_true", help="记下来，重写 docs/scale.md 的表")
    parser.add_argument("--render", action="store_true", help="只按记下的数重写表")
    asked = parser.parse_args()
    if asked.render:
        _write(sizing.measured())
        return 0
    herd = run(
        Outage(
            devices=asked.devices,
            most_ops=asked.ops,
            workers=1 if asked.sqlite else asked.workers,
            postgres=not asked.sqlite,
            within_s=asked.within,
            window_s=asked.window,
            give_up_s=asked.give_up,
        )
    )
    figures = {**sizing.measured(), "herd": herd, "case": measure()}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(_text(figures), "utf-8")
    print(_text(figures))
    if asked.record:
        sizing.MEASURED.write_text(_text(figures), "utf-8")
        _write(figures)
    return 1 if herd["lost"] or herd["starved"] or herd["errors"] else 0


def _write(figures: dict[str, Any]) -> None:
    sizing.DOCUMENT.write_text(sizing.render(sizing.DOCUMENT.read_text("utf-8"), figures), "utf-8")


def _text(figures: dict[str, Any]) -> str:
    return json.dumps(figures, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
