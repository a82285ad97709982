# SPDX-License-Identifier: MulanPSL-2.0
"""``python -m ui``: the program; without a display it drives itself through the main job."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

TRAINING_FOLDER = "training-990123"


def _has_display() -> bool:
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ui", description="一窗柜台")
    parser.add_argument("--home", type=Path, help="数据文件夹（默认：本用户的应用数据文件夹）")
    parser.add_argument("--training", action="store_true", help="练习大厅 990123，自带练习中心")
    parser.add_argument("--demo", type=Path, help="不显示窗口，自己走一遍主流程，结果放进这里")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Start the program and return its exit code."""
    wish = _arguments(sys.argv[1:] if argv is None else argv)
    if wish.demo is None and wish.training and not _has_display():
        print("没有显示器：程序将自己走一遍主流程，截图和文书放在 build/demo。", flush=True)
        wish.demo = Path("build/demo")
    if wish.demo is not None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        from ui.demo.drive import run_demo  # noqa: PLC0415 - not on the start path

        return run_demo(wish.demo.absolute())
    return _run(wish)


def _run(wish: argparse.Namespace) -> int:
    from ui.start import run  # noqa: PLC0415 - Qt's platform is chosen above

    return run(wish.home, training=wish.training)


if __name__ == "__main__":
    raise SystemExit(main())
