# SPDX-License-Identifier: MulanPSL-2.0
"""``counter calendar``: check a list of holidays, see what it would move, take it in."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from counter.app.calendars import CalendarInstalled
from counter.app.commands import ImportCalendar
from counter.bootstrap import Home
from counter.bootstrap.core import Core
from counter.domain.calendar import WorkCalendar
from counter.domain.calendar_check import problems, read_signed
from counter.domain.errors import CounterError, KnownError
from counter.infra.paths import Paths
from counter.infra.single_instance import SingleInstance
from counter.security.receipts import Trust

MAX_BYTES = 1024 * 1024
_SHOWN = 40
OpenCore = Callable[[Home, argparse.Namespace], Core]


def main(argv: Sequence[str] | None = None, *, open_core: OpenCore | None = None) -> int:
    """Run one command; 0 done, 1 not possible with the reason in words, 2 wrong usage."""
    try:
        wish = _parser().parse_args(argv)
    except SystemExit as stop:
        return int(stop.code or 0)
    home = Home(Paths(wish.home.expanduser().absolute()) if wish.home else None)
    try:
        text = _read(wish.file)
        if wish.verb == "check":
            return _check(text, home)
        with SingleInstance(home.paths.lock):
            core = (open_core or _sign_in)(home, wish)
            try:
                return _preview(core, text) if wish.verb == "preview" else _import(core, text)
            finally:
                core.close()
    except CounterError as error:
        print(error, file=sys.stderr)
        return 1


def _check(text: str, home: Home) -> int:
    """Say what is in a file; an unsigned list can be checked but never taken in."""
    if text.lstrip().startswith("{"):
        calendar = WorkCalendar.from_json(text)
        signed = "没有签名，只能检查，不能导入"
    else:
        calendar = read_signed(text, Trust.load(home.paths.trust).centre_keys)
        signed = f"中心签发，第 {calendar.edition} 版，签名正确"
    faults = problems(calendar)
    print(f"{calendar.version}（{calendar.region}）：{signed}。")
    print(f"完整的日期：{calendar.covers.first} 至 {calendar.covers.last}。")
    kinds = Counter(calendar.days.values())
    print(f"放假 {kinds['holiday']} 天，调休上班 {kinds['workday']} 天。")
    for fault in faults:
        print(f"错误：{fault}。", file=sys.stderr)
    return 1 if faults else 0


def _preview(core: Core, text: str) -> int:
    found = core.execution.run(lambda: core.bus.preview(ImportCalendar(text), core.session))
    if isinstance(found, CalendarInstalled):
        _tell(core, found, "导入后")
        print("这是预览，没有改动任何内容。")
    return 0


def _import(core: Core, text: str) -> int:
    done = core.execution.run(lambda: core.bus.handle(ImportCalendar(text), core.session))
    if isinstance(done.value, CalendarInstalled):
        _tell(core, done.value, "已导入；现在")
    return 0


def _tell(core: Core, done: CalendarInstalled, when: str) -> None:
    print(f"{when}用的放假安排：{done.version}，日期确定到 {done.known_until}。")
    print(f"{done.cases} 件日期有变。")
    for change in done.changes[:_SHOWN]:
        print(f"{_number(core, change.case_id)}  {change.why}")
    if len(done.changes) > _SHOWN:
        print(f"……还有 {len(done.changes) - _SHOWN} 条，请在工作台查看。")


def _number(core: Core, case_id: str) -> str:
    detail = core.execution.run(lambda: core.queries.case(case_id))
    return detail.case.receipt_no if detail is not None else case_id


def _read(file: Path) -> str:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise KnownError(code="CAL-FILE", what="文件太大，不是放假安排。", safe="没有改动。")
        return file.read_text("utf-8", "replace")
    except OSError as error:
        raise KnownError(
            code="CAL-FILE",
            what="找不到或打不开放假安排文件。",
            safe="没有改动任何内容。",
            todo="请核对文件位置；U 盘请重新插好。",
        ) from error


def _sign_in(home: Home, wish: argparse.Namespace) -> Core:
    known = [label for label in home.operators() if wish.job_no in {"", label.job_no}]
    if len(known) != 1:
        raise KnownError(
            code="CAL-WHO",
            what="请用 --job-no 写明工号。",
            safe="没有改动任何数据。",
            todo="本机的工号：" + " ".join(label.job_no for label in home.operators()),
        )
    password = getpass.getpass(f"{known[0].name}的登录密码：")
    return home.sign_in(known[0].operator_id, password)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="counter calendar", description="放假安排：检查、预览、导入中心签发的文件"
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="命令")
    for verb, words in (
        ("check", "检查文件的签名和内容，不登录"),
        ("preview", "看导入后哪些办件的日期会变，不改动"),
        ("import", "导入，并重新计算所有未办结办件的日期"),
    ):
        one = verbs.add_parser(verb, help=words, description=words)
        one.add_argument("file", type=Path, metavar="FILE")
        one.add_argument("--home", type=Path, help="数据文件夹")
        one.add_argument("--job-no", default="", help="工号；本机只有一人时可以不写")
    return parser


if __name__ == "__main__":
    sys.exit(main())
