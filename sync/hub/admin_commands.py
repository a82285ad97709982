# SPDX-License-Identifier: MulanPSL-2.0
"""Commands for looking after the hub itself: its halls, and who did what with it."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from sync.hub.centre import Centre
from sync.hub.handlers import administration, deeds
from sync.hub.printing import print_rows, say, say_json
from sync.hub.storage import halls
from sync.hub.storage.deeds import DeedRow

Add = Callable[[str, str], argparse.ArgumentParser]


def add_parsers(add: Add) -> None:
    """Declare the commands."""
    one = add("hall", "登记一个大厅，或改它的名称、地址、电话（窗口重新登记后才用新的）")
    one.add_argument("code", metavar="代码", help="5 位，收件号的开头")
    one.add_argument("--name", required=True)
    one.add_argument("--region", required=True, help="区划代码，6 位或 12 位")
    one.add_argument("--phone", required=True, help="咨询电话")
    one.add_argument("--supervise-phone", required=True, help="监督电话")
    one.add_argument("--address", default="")
    one.set_defaults(run=run_hall)
    one = add("halls", "已登记的大厅")
    one.add_argument("--json", action="store_true", help="每行一个 JSON")
    one.set_defaults(run=run_halls)
    one = add("deeds", "谁对中心做了什么：停用、发布、经办人、规则、暂存操作……")
    one.add_argument("--since", default="", metavar="日期", help="从这一天（或时刻）起")
    one.add_argument("--json", action="store_true", help="每行一个 JSON")
    one.set_defaults(run=run_deeds)


def run_hall(centre: Centre, arguments: argparse.Namespace) -> int:
    """Register a hall or change it."""
    hall = halls.Hall(
        hall_code=arguments.code,
        name=arguments.name,
        region=arguments.region,
        phone=arguments.phone,
        supervise_phone=arguments.supervise_phone,
        address=arguments.address,
        training=False,
    )
    administration.put_hall(centre, hall)
    say(f"已登记 {hall.hall_code}。")
    return 0


def run_halls(centre: Centre, arguments: argparse.Namespace) -> int:
    """Print the registered halls."""
    columns = ("hall_code", "region", "name", "phone", "training")
    rows = (dict(vars(hall)) for hall in administration.list_halls(centre))
    return print_rows(rows, columns, as_json=arguments.json)


def run_deeds(centre: Centre, arguments: argparse.Namespace) -> int:
    """Print what was done and by whom, a page at a time: a year of them need not fit in memory."""
    after, page = 0, deeds.listed(centre, arguments.since)
    while page:
        for row in page:
            if arguments.json:
                say_json(vars(row))
            else:
                who = f"{row.name} {row.kid}" if row.name else "本机"
                say(f"{row.at}  {who}  {deeds.words(row.deed)}  {row.about}  {_told(row)}")
        after = page[-1].deed_no
        page = deeds.listed(centre, arguments.since, after)
    return 0


def _told(row: DeedRow) -> str:
    if row.outcome == deeds.DONE:
        return "已办"
    return f"{row.outcome} 项" if row.outcome.isdigit() else f"没有办成（{row.outcome}）"
