# SPDX-License-Identifier: MulanPSL-2.0
"""The commands of ``counter hub``: each takes the open centre and the parsed arguments."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import get_args

from counter.domain.errors import DomainError, KnownError
from sync.hub import (
    admin_commands,
    office_commands,
    review,
    serving,
    theme_commands,
    voice_commands,
)
from sync.hub.centre import Centre
from sync.hub.exchange import command as exchange
from sync.hub.handlers import (
    administration,
    backoffice,
    bundle,
    calendars,
    deeds,
    judging,
    publish,
    refusals,
    rescue,
    training,
)
from sync.hub.handlers.enrol import new_code
from sync.hub.printing import print_rows, say, say_json
from sync.hub.storage import halls
from sync.protocol import dictionaries, errors
from sync.protocol.bundle import RETURN_SUFFIX
from sync.protocol.quarantine import FOLDER, set_aside

RESOURCES = serving.RESOURCES
ROLES = get_args(administration.HallRole)
Add = Callable[[str, str], argparse.ArgumentParser]


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Declare all commands."""
    parser.set_defaults(edge="", upstream="", check=None)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="命令")

    def add(name: str, words: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, help=words, description=words)

    _add_running(add)
    _add_lists(add)
    _add_acts(add)
    review.add_parsers(add)
    admin_commands.add_parsers(add)
    voice_commands.add_parsers(add)
    theme_commands.add_parsers(add)
    exchange.add_parser(add)


def _add_running(add: Add) -> None:
    one = add("init", "建立中心：钥匙、数据库；--training 同时建好练习大厅")
    one.add_argument("--training", action="store_true")
    one.add_argument("--resources", type=Path, default=RESOURCES)
    one.set_defaults(run=run_init, check=serving.check_resources)
    one = add("schema", "建表；--partitions N 把大表分成 N 份（只能在空的 PostgreSQL 数据库上）")
    one.add_argument("--partitions", type=int, default=0)
    one.set_defaults(run=run_schema)
    serving.add_parsers(add)
    one = add("code", "给一个窗口发一次性登记码")
    one.add_argument("--window", type=int, required=True, help="窗口号；0 = 本厅主机")
    one.add_argument("--hall", help="大厅代码；只有一个大厅时可以不写")
    one.add_argument("--hours", type=int, default=24, help="有效小时数")
    one.set_defaults(run=run_code)
    one = add("import-bundle", "导入窗口用U盘送来的数据（.ycb），或坏了的窗口抢救出的日志（.ycj）")
    one.add_argument("file", type=Path, metavar="FILE")
    one.add_argument("--return", dest="out", type=Path, help="回执写到这个文件或文件夹（.ycr）")
    one.set_defaults(run=run_import)
    one = add("publish-catalog", "发布事项、字典和放假安排")
    one.add_argument("folder", type=Path, metavar="DIR")
    one.set_defaults(run=run_publish)
    one = add("publish-calendar", "发布一份放假安排，重新计算未办结办件的日期")
    one.add_argument("file", type=Path, metavar="FILE")
    one.add_argument("--out", type=Path, help="另写一份签名文件，送给没有网络的大厅")
    one.set_defaults(run=run_publish_calendar)
    one = add("publish-dictionary", "发布一本压缩字典；窗口收到后传办件用它，旧的照样认")
    one.add_argument("file", type=Path, metavar="FILE")
    one.set_defaults(run=run_publish_dictionary)
    one = add("hours", "下班时间：此后收件算下一个工作日；off 为收件当天算")
    one.add_argument("closing", metavar="HH:MM|off")
    one.add_argument("--hall", help="大厅代码；只有一个大厅时可以不写")
    one.set_defaults(run=run_hours)
    one = add("operators", "经办人：add 工号 姓名 岗位… / list / disable 工号")
    one.add_argument("what", choices=("add", "list", "disable"))
    one.add_argument("words", nargs="*")
    one.add_argument("--hall")
    one.set_defaults(run=run_operators)
    one = add("revoke", "停用一台设备")
    one.add_argument("device")
    one.set_defaults(run=run_revoke)


def _add_lists(add: Add) -> None:
    for name, words, run in (
        ("list", "中心已有的办件", run_list),
        ("queue", "等待后台办理的办件", run_queue),
        ("ops", "中心收到的每一笔操作", run_ops),
        ("alarms", "需要人看的警报", run_alarms),
        ("stats", "数量", run_stats),
        ("devices", "已登记的设备", run_devices),
        ("refusals", "报备的否定事项", run_refusals),
    ):
        one = add(name, words)
        one.add_argument("--json", action="store_true", help="每行一个 JSON")
        one.set_defaults(run=run)


def _add_acts(add: Add) -> None:
    office_commands.add_acts(add)


def run_init(centre: Centre, arguments: argparse.Namespace) -> int:
    """Make the data folder complete."""
    if arguments.training:
        training.seed(centre, arguments.resources)
    say(f"中心已建立：{arguments.data}")
    return 0


def run_schema(centre: Centre, arguments: argparse.Namespace) -> int:
    """Say how the tables are made; they were made when the centre was opened."""
    del arguments
    found = centre.database.partitions()
    for name, count in found.items():
        say(f"{name}  {count} 份" if count else f"{name}  一张表")
    return 0


def run_import(centre: Centre, arguments: argparse.Namespace) -> int:
    """Take a bundle in and, when asked, write what goes back; spoilt files are set aside."""
    try:
        return _import(centre, arguments)
    except KnownError as error:
        if set_aside(arguments.file, error):
            say(f"这个文件已移到文件夹“{FOLDER}”，不要再用；请让原来的窗口重新拷一份。")
        raise


def _import(centre: Centre, arguments: argparse.Namespace) -> int:
    if arguments.file.suffix == rescue.SUFFIX:
        with deeds.doing(centre, "bundle.import") as deed:
            saved = rescue.import_journal(centre, arguments.file)
            deed.outcome = str(sum(saved.statuses.values()))
        told = "，".join(f"{status} {count}" for status, count in sorted(saved.statuses.items()))
        say(f"已从抢救出的日志导入操作 {sum(saved.statuses.values())} 笔（{told}）。")
        if saved.unreadable:
            say(f"有 {saved.unreadable} 处读不出来，请核对 counter hub missing 设备。")
        return 0
    with deeds.doing(centre, "bundle.import") as deed:
        done = bundle.import_bundle(centre, arguments.file)
        deed.about = f"{done.manifest.bundle_id} {done.manifest.device_id}"
        deed.outcome = str(len(done.results))
    told = "，".join(f"{status} {count}" for status, count in sorted(done.statuses.items()))
    part = f"第 {done.manifest.part} 份，共 {done.manifest.parts} 份"
    say(f"已导入（{part}）：操作 {len(done.results)} 笔（{told}），新存材料 {done.new_pages} 页。")
    if arguments.out:
        out: Path = arguments.out
        name = arguments.file.with_suffix(RETURN_SUFFIX).name
        bundle.write_return(centre, done, out / name if out.is_dir() else out)
        say("回执已写好并核对过，请带回原来的窗口导入。")
    return 0


def _hall(centre: Centre, given: str | None) -> str:
    with centre.database.read() as tx:
        known = [hall.hall_code for hall in halls.all_halls(tx)]
    if given in known:
        return str(given)
    if given is None and len(known) == 1:
        return known[0]
    raise DomainError(
        code="HUB-HALL", what="请用 --hall 写明大厅代码。", safe="没有改动。", todo=" ".join(known)
    )


def run_code(centre: Centre, arguments: argparse.Namespace) -> int:
    """Print a one-time enrolment code."""
    hall = _hall(centre, arguments.hall)
    say(new_code(centre, hall, arguments.window, hours=arguments.hours))
    return 0


def run_publish(centre: Centre, arguments: argparse.Namespace) -> int:
    """Publish a resources folder, then judge again what waited for a version."""
    done = publish.publish(centre, list(publish.read_folder(arguments.folder)))
    released = judging.recheck(centre, errors.HELD_FORM)
    say(f"新发布 {done.new} 份，原样 {done.same} 份；自动处理了 {released} 笔等待的操作。")
    return 0


def run_publish_calendar(centre: Centre, arguments: argparse.Namespace) -> int:
    """Publish one list of holidays and write the signed file for halls without a line."""
    calendar = calendars.read_file(arguments.file)
    body = calendar.model_dump(mode="json", by_alias=True)
    document = publish.Document(calendars.KIND, calendar.region, calendar.version, body)
    done = publish.publish(centre, [document])
    say(
        f"已发布 {calendar.version}；{done.redated} 件日期有变。"
        if done.new
        else "已发布过，没有变化。"
    )
    if arguments.out:
        text = calendars.signed_file(centre, calendar.region)
        arguments.out.write_text(text + "\n", "ascii")
        say("签名文件已写好。")
    return 0


def run_publish_dictionary(centre: Centre, arguments: argparse.Namespace) -> int:
    """Publish a dictionary to pack operations with."""
    body = json.dumps(dictionaries.document(arguments.file.read_bytes())).encode()
    document = publish.checked(dictionaries.KIND, "", body)
    done = publish.publish(centre, [document])
    say(f"已发布字典 {document.version}。" if done.new else "已发布过，没有变化。")
    return 0


def run_hours(centre: Centre, arguments: argparse.Namespace) -> int:
    """Set the office hours of a hall."""
    hall = _hall(centre, arguments.hall)
    closing = calendars.closing_time(arguments.closing)
    calendars.set_closing(centre, hall, closing)
    say(f"{hall}：" + (f"{closing:%H:%M} 以后收件算下一个工作日。" if closing else "收件当天算。"))
    return 0


def run_operators(centre: Centre, arguments: argparse.Namespace) -> int:
    """Add, list or disable operators."""
    words: list[str] = arguments.words
    if arguments.what == "list":
        for row in administration.list_operators(centre):
            say_json(row)
        return 0
    if arguments.what == "disable" and len(words) == 1:
        state = backoffice.find_operator(centre, words[0])
        publish.put_operator(
            centre,
            hall_code=state.hall_code,
            job_no=state.job_no,
            name=state.name,
            roles=state.roles,
            active=False,
        )
        say(f"已停用 {state.job_no}。")
        return 0
    if arguments.what == "add" and len(words) >= 3 and set(words[2:]) <= set(ROLES):
        hall = _hall(centre, arguments.hall)
        publish.put_operator(
            centre, hall_code=hall, job_no=words[0], name=words[1], roles=tuple(words[2:])
        )
        released = judging.recheck(centre, errors.HELD_AUTHZ)
        say(f"已登记 {words[0]}；自动处理了 {released} 笔等待的操作。")
        return 0
    say(f"用法：operators add 工号 姓名 岗位… / list / disable 工号；岗位：{' '.join(ROLES)}")
    return 2


def run_revoke(centre: Centre, arguments: argparse.Namespace) -> int:
    """Revoke a device."""
    backoffice.revoke_device(centre, arguments.device)
    say("设备已停用。")
    return 0


_CASE_COLUMNS = ("receipt_no", "project_no", "item_code", "state", "received_at")


def run_list(centre: Centre, arguments: argparse.Namespace) -> int:
    """Print the cases."""
    return print_rows(backoffice.list_cases(centre), _CASE_COLUMNS, as_json=arguments.json)


def run_queue(centre: Centre, arguments: argparse.Namespace) -> int:
    """Print the cases that wait for a person."""
    return print_rows(backoffice.queue(centre), _CASE_COLUMNS, as_json=arguments.json)


def run_ops(centre: Centre, arguments: argparse.Namespace) -> int:
    """Print the operations."""
    columns = ("op_id", "kind", "status", "code", "received_at")
    return print_rows(backoffice.list_ops(centre), columns, as_json=arguments.json)


def run_alarms(centre: Centre, arguments: argparse.Namespace) -> int:
    """Print the alarms."""
    columns = ("at", "kind", "device_id", "op_id", "detail")
    return print_rows(backoffice.list_alarms(centre), columns, as_json=arguments.json)


def run_stats(centre: Centre, arguments: argparse.Namespace) -> int:
    """Print counts."""
    found = backoffice.stats(centre)
    if arguments.json:
        say_json(found)
    else:
        for name, value in found.items():
            say(f"{name}  {value}")
    return 0


def run_devices(centre: Centre, arguments: argparse.Namespace) -> int:
    """Print the enrolled devices."""
    rows = administration.list_devices(centre)
    columns = ("device_id", "hall_code", "counter_no", "epoch", "enrolled_at", "revoked_at")
    return print_rows(rows, columns, as_json=arguments.json)


def run_refusals(centre: Centre, arguments: argparse.Namespace) -> int:
    """Print the reported refusals (否定事项)."""
    columns = ("reported_at", "act", "item_code", "receipt_no", "by", "reason")
    return print_rows(refusals.refusals(centre), columns, as_json=arguments.json)
