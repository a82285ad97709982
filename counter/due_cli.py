# SPDX-License-Identifier: MulanPSL-2.0
"""``counter due``: the list for visits, who has to be certified or reviewed again and by when."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from counter.app.queries import DueAgain
from counter.bootstrap import Home
from counter.domain.errors import CounterError, KnownError
from counter.infra.paths import Paths
from counter.infra.single_instance import SingleInstance

Ask = Callable[[str], str]


def main(
    argv: Sequence[str] | None = None,
    *,
    ask_password: Ask = getpass.getpass,
    home: Home | None = None,
) -> int:
    """Print the list; 0 done, 1 not possible with the reason in words, 2 wrong usage.

    Args:
        argv: Arguments behind ``counter due``.
        ask_password: Asks for the operator's password: the list names people.
        home: The counter's home; by ``--home`` if None.
    """
    try:
        wish = _parser().parse_args(argv)
    except SystemExit as stop:
        return int(stop.code or 0)
    home = home or Home(Paths(wish.home.expanduser().absolute()) if wish.home else None)
    try:
        with SingleInstance(home.paths.lock):
            rows = _read(home, wish, ask_password)
    except CounterError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(lines(rows)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="counter due", description="到期名单：谁要再认证、复核、年审，最晚哪一天"
    )
    parser.add_argument("--days", type=int, help="多少天内到期；不写就按各事项的提醒天数")
    parser.add_argument("--village", default="", help="只看住址里有这几个字的")
    parser.add_argument("--home", type=Path, help="数据文件夹")
    parser.add_argument("--job-no", default="", help="工号；本机只有一人时可以不写")
    return parser


def _read(home: Home, wish: argparse.Namespace, ask: Ask) -> tuple[DueAgain, ...]:
    known = home.operators()
    fitting = [label for label in known if wish.job_no in {"", label.job_no}]
    if len(fitting) != 1:
        raise KnownError(
            code="DUE-WHO",
            what="请用 --job-no 写明工号。",
            safe="没有改动任何数据。",
            todo="本机的工号：" + " ".join(label.job_no for label in known),
        )
    core = home.sign_in(fitting[0].operator_id, ask(f"{fitting[0].name}的登录密码："))
    try:
        return core.execution.run(lambda: core.queries.due_again(wish.days, wish.village))
    finally:
        core.close()


def lines(rows: Sequence[DueAgain]) -> list[str]:
    """Return the list as lines: last day, what, who, where; a count at the end."""
    out = []
    for row in rows:
        late = "（已过期）" if row.overdue else ""
        parts = (f"{row.due}{late}", row.item_name, row.full_name, row.address or "住址不详")
        out.append("  ".join((*parts, f"上次 {row.last}")))
    past = sum(row.overdue for row in rows)
    out.append(f"共 {len(rows)} 人次" + (f"，其中已过期 {past}。" if past else "。"))
    return out
