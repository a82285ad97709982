# SPDX-License-Identifier: MulanPSL-2.0
"""``counter hub exchange``: write the exchange rows, or list what could not go."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sync.hub.centre import Centre
from sync.hub.exchange.mapping import CODES, load
from sync.hub.exchange.run import BATCH_ROWS, Run, Summary, open_target
from sync.hub.handlers import deeds
from sync.hub.storage import exchange

RESOURCES = Path(__file__).resolve().parents[3] / "resources" / "exchange"
_COLUMNS = ("project_no", "table_name", "column_name", "code", "detail")


def add_parser(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Declare the command."""
    one = add("exchange", "把办件写进上级的交换前置库（up_pro_ 各表）；--problems 列出写不出的")
    one.add_argument("--to", metavar="URL", help="对方数据库的地址（SQLAlchemy 写法）")
    one.add_argument("--batch", type=_positive, default=BATCH_ROWS, help="每批最多几行")
    one.add_argument("--create", action="store_true", help="对方没有的表先建好")
    one.add_argument("--again", action="store_true", help="不信自己的记录，逐行与对方核对")
    one.add_argument("--source", default="", help="data_source，不写则用对照表里的")
    one.add_argument("--mapping", type=Path, default=RESOURCES, help="对照表文件夹")
    one.add_argument("--codes", type=Path, default=CODES, help="代码对应表 mappings.json")
    one.add_argument("--problems", action="store_true", help="只列出写不出的值，不写任何数据")
    one.add_argument("--json", action="store_true", help="每行一个 JSON")
    one.set_defaults(run=run)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("要大于 0")
    return number


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _say_json(value: Any) -> None:
    _say(json.dumps(value, ensure_ascii=False, sort_keys=True))


def run(centre: Centre, arguments: argparse.Namespace) -> int:
    """Write, or list; returns 2 when the address is missing."""
    if not arguments.to:
        if arguments.problems:
            return _list(centre, "", as_json=arguments.json)
        _say("请用 --to 写明对方数据库的地址，或用 --problems 列出写不出的。")
        return 2
    mapping = load(arguments.mapping, arguments.codes)
    target = open_target(arguments.to, mapping)
    try:
        if arguments.problems:
            return _list(centre, target.key, as_json=arguments.json)
        if arguments.create:
            target.create()
        if arguments.again:
            with centre.database.write() as tx:
                exchange.forget(tx, target.key)
        with deeds.doing(centre, "exchange") as deed:
            deed.about = target.key
            done = Run(
                centre, target, mapping, data_source=arguments.source, batch_rows=arguments.batch
            ).all()
            deed.outcome = str(done.inserted + done.updated)
    finally:
        target.close()
    if arguments.json:
        _say_json(vars(done))
    else:
        _say(_words(done))
    return 0


def _words(done: Summary) -> str:
    first = (
        f"办件 {done.cases} 件：新增 {done.inserted} 行，变更 {done.updated} 行，"
        f"没有变化 {done.unchanged} 行，对方已有 {done.already_there} 行。"
    )
    lines = [first]
    if done.batches:
        lines.append(f"批次号 {done.batches[0]} 到 {done.batches[-1]}。")
    if done.problems or done.waiting:
        lines.append(
            f"有 {done.problems} 处内容写不出，{done.waiting} 行在等所属的受理记录；"
            "其余不受影响。用 exchange --problems 查看是哪些办件、哪一栏。"
        )
    return "\n".join(lines)


def _list(centre: Centre, target: str, *, as_json: bool) -> int:
    with centre.database.read() as tx:
        rows = exchange.problems(tx, target)
    for row in rows:
        if as_json:
            _say_json(row)
        else:
            _say("  ".join(str(row[name]) for name in _COLUMNS))
    return 0
