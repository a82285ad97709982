# SPDX-License-Identifier: MulanPSL-2.0
"""``counter hub``: run and look after a centre."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from counter.domain.errors import CounterError
from sync.hub import commands
from sync.hub.centre import open_centre


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="counter hub", description="中心（接收办件的一端）")
    parser.add_argument("--data", type=Path, required=True, help="中心的数据文件夹")
    commands.add_parsers(parser)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code (0 done, 1 not possible, 2 wrong usage)."""
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as stop:
        return int(stop.code or 0)
    centre = open_centre(arguments.data)
    try:
        return int(arguments.run(centre, arguments))
    except CounterError as error:
        print(str(error), file=sys.stderr)
        return 1
    finally:
        centre.close()


if __name__ == "__main__":
    sys.exit(main())
