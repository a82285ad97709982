# SPDX-License-Identifier: MulanPSL-2.0
"""``counter deadline START N``: compute and explain a deadline on the command line."""

from __future__ import annotations

import argparse
import datetime as dt
import functools
import sys
from collections.abc import Sequence
from pathlib import Path

from counter.domain.calendar import WorkCalendar
from counter.domain.deadlines import add_days, explain
from counter.domain.errors import CounterError, KnownError

CALENDARS = Path(__file__).resolve().parents[1] / "resources" / "calendars"


def main(argv: Sequence[str] | None = None) -> int:
    """Print the deadline (first line: ISO date, ``暂定`` behind it if provisional).

    Returns:
        0, or 2 with one sentence on stderr when the input cannot be used.
    """
    try:
        args = _parser().parse_args(argv)
    except SystemExit as stop:
        return int(stop.code or 0)
    try:
        calendar = load_calendar(args.calendar).with_closing(args.closing)
        for file in args.local:
            calendar = calendar.merge(load_calendar(file))
        deadline = add_days(args.start, args.amount, args.unit, calendar)
    except CounterError as error:
        print(error, file=sys.stderr)
        return 2
    at = deadline.at
    first = at.isoformat(timespec="minutes") if at is not None else deadline.date.isoformat()
    print(f"{first} 暂定" if deadline.provisional else first)
    if args.explain:
        print("\n".join(explain(deadline)))
    return 0


def load_calendar(file: Path | None) -> WorkCalendar:
    """Read one calendar file, or join the national lists that come with the program.

    Past years are only for looking back and for tests; halls are sent the newer lists alone.

    Raises:
        KnownError: CAL-FILE if there is no readable file, CAL-BAD if one is not a calendar.
    """
    files = [file] if file is not None else sorted(CALENDARS.rglob("cn-*.json"), key=_name)
    try:
        calendars = [WorkCalendar.from_json(path.read_bytes()) for path in files]
    except OSError as error:
        raise _no_file() from error
    if not calendars:
        raise _no_file()
    return functools.reduce(WorkCalendar.extended, calendars)


def _name(path: Path) -> str:
    return path.name


def _no_file() -> KnownError:
    return KnownError(
        code="CAL-FILE",
        what="找不到或打不开放假安排文件。",
        safe="没有改动任何内容。",
        todo="请核对文件位置，或重新安装程序。",
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="counter deadline", description="计算办理期限")
    parser.add_argument("start", metavar="START", type=_start, help="收件日期或时间，如 2026-09-18")
    parser.add_argument("amount", metavar="N", type=int, help="几天或几小时")
    parser.add_argument("--unit", choices=["workday", "natural", "hour"], default="workday")
    parser.add_argument("--explain", action="store_true", help="逐日说明")
    parser.add_argument("--calendar", type=Path, metavar="FILE", help="放假安排文件")
    parser.add_argument(
        "--local", type=Path, metavar="FILE", action="append", default=[], help="本地假日文件"
    )
    parser.add_argument(
        "--closing", type=_clock, metavar="HH:MM", help="下班时间；此后收件算下一个工作日"
    )
    return parser


def _clock(text: str) -> dt.time:
    try:
        return dt.time.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}”不是时间，请写成 17:30") from None


def _start(text: str) -> dt.date | dt.datetime:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        try:
            return dt.datetime.fromisoformat(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"“{text}”不是日期，请写成 2026-09-18") from None
