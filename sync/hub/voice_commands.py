# SPDX-License-Identifier: MulanPSL-2.0
"""Commands of the centre for 好差评 and 诉求: lists, paper slips, 申诉复核, 三率."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from counter.domain.tickets import CLOCK_WORDS
from sync.hub.centre import Centre
from sync.hub.handlers import backoffice, ratings, tickets
from sync.hub.printing import print_rows, say

Add = Callable[[str, str], argparse.ArgumentParser]
_COLUMNS = ("ticket_id", "number", "hall_code", "opened_at", "state_word", "late")


def add_parsers(add: Add) -> None:
    """Declare the commands."""
    one = add("tickets", "差评和诉求的工单，超期的写明哪一个时限")
    one.add_argument("kind", choices=sorted(tickets.LOOPS))
    one.add_argument("--json", action="store_true", help="每行一个 JSON")
    one.set_defaults(run=run_tickets)
    one = add("rates", "诉求的响应率、解决率、满意率")
    one.set_defaults(run=run_rates)
    one = add("rating-slip", "把扫描来的纸质评价单读成一份评价")
    one.add_argument("op")
    one.add_argument("level", type=int, choices=range(1, 6))
    one.add_argument("--reason", action="append", default=[], metavar="CODE")
    one.set_defaults(run=run_slip)
    one = add("rating-review", "复核一件差评的申诉")
    one.add_argument("ticket")
    one.add_argument("verdict", choices=("uphold", "dismiss"))
    one.add_argument("--reason", required=True)
    one.add_argument("--by", default=backoffice.OFFICE)
    one.set_defaults(run=run_review)


def run_tickets(centre: Centre, arguments: argparse.Namespace) -> int:
    """Print tickets, without personal data."""
    rows = tickets.listed(centre, arguments.kind)
    if not arguments.json:
        states = tickets.LOOPS[arguments.kind].states
        rows = [
            {
                **row,
                "state_word": states[row["state"]],
                "late": "、".join(f"{CLOCK_WORDS[one]}已超期" for one in row["overdue"]),
            }
            for row in rows
        ]
    return print_rows(rows, _COLUMNS, as_json=arguments.json)


def run_rates(centre: Centre, arguments: argparse.Namespace) -> int:
    """Print the 三率."""
    del arguments
    found = tickets.rates(centre)
    for word, (part, whole) in (
        ("响应率", found.response),
        ("解决率", found.solved),
        ("满意率", found.satisfied),
    ):
        say(f"{word} {part}/{whole}" + (f" {part / whole:.1%}" if whole else ""))
    return 0


def run_slip(centre: Centre, arguments: argparse.Namespace) -> int:
    """Enter what a paper slip says."""
    ratings.read_slip(centre, arguments.op, arguments.level, tuple(arguments.reason))
    say("已读成一份评价。")
    return 0


def run_review(centre: Centre, arguments: argparse.Namespace) -> int:
    """Decide a dispute."""
    uphold = arguments.verdict == "uphold"
    ratings.review(
        centre, arguments.ticket, uphold=uphold, reason=arguments.reason, by=arguments.by
    )
    say("申诉成立，这份评价不再计入。" if uphold else "申诉不成立，请值班长继续整改。")
    return 0
