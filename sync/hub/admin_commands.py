# SPDX-License-Identifier: MulanPSL-2.0
"""Commands for looking after the hub itself: who did what with it."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from sync.hub.centre import Centre
from sync.hub.handlers import deeds
from sync.hub.printing import say, say_json

Add = Callable[[str, str], argparse.ArgumentParser]


def add_parsers(add: Add) -> None:
    """Declare the commands."""
    one = add("deeds", "谁对中心做了什么：停用、发布、经办人、规则、暂存操作……")
    one.add_argument("--since", default="", metavar="日期", help="从这一天（或时刻）起")
    one.add_argument("--json", action="store_true", help="每行一个 JSON")
    one.set_defaults(run=run_deeds)


def run_deeds(centre: Centre, arguments: argparse.Namespace) -> int:
    """Print what was done and by whom, a page at a time: a year of them need not fit in memory."""
    after, page = 0, deeds.listed(centre, arguments.since)
    while page:
        for row in page:
            if arguments.json:
                say_json(vars(row))
            else:
                who = f"{row.name} {row.kid}" if row.name else "本机"
                say(f"{row.at}  {who}  {deeds.words(row.deed)}  {row.about}  {row.outcome}")
        after = page[-1].deed_no
        page = deeds.listed(centre, arguments.since, after)
    return 0
