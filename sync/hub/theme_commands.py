# SPDX-License-Identifier: MulanPSL-2.0
"""Commands of the centre for 一件事: how each stands, and letting a waiting case go on."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from sync.hub.centre import Centre
from sync.hub.handlers import backoffice, themes
from sync.hub.printing import say, say_json

Add = Callable[[str, str], argparse.ArgumentParser]


def add_parsers(add: Add) -> None:
    """Declare the commands."""
    verbs = add("theme", "一件事：各件办到哪里；写明理由放行在等别的事项的一件").add_subparsers(
        required=True, metavar="命令"
    )
    one = verbs.add_parser("list", help="每个一件事的总编号、办到哪里、逐项说明")
    one.add_argument("--json", action="store_true", help="每行一个 JSON")
    one.set_defaults(run=run_list)
    one = verbs.add_parser("release", help="不再等前面的事项，由审批人员决定")
    one.add_argument("case", help="办件标识、收件号或办件编号")
    one.add_argument("--reason", required=True)
    one.add_argument("--by", default=backoffice.OFFICE, help="经办人")
    one.set_defaults(run=run_release)


def run_list(centre: Centre, arguments: argparse.Namespace) -> int:
    """Print every theme; item names and states only, no personal data."""
    rows = themes.list_themes(centre)
    for row in rows:
        if arguments.json:
            say_json(row)
            continue
        say(f"{row['theme_no']}  {row['theme_name']}  {row['word']}")
        for number, line in zip(row["cases"], row["lines"], strict=True):
            say(f"  {number}  {line}")
    return 0


def run_release(centre: Centre, arguments: argparse.Namespace) -> int:
    """Set the waiting of one case aside."""
    case = themes.release(centre, arguments.case, reason=arguments.reason, by=arguments.by)
    say(f"{case.receipt_no}  已放行，可以决定。")
    return 0
