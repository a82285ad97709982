# SPDX-License-Identifier: MulanPSL-2.0
"""Commands for what needs a person's look: held operations, lost devices, counters long away."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from counter.domain.errors import DomainError
from sync.hub.centre import Centre
from sync.hub.handlers import (
    administration,
    backoffice,
    backup,
    decisions,
    deeds,
    policies,
    restored,
    snapshot,
)
from sync.hub.keys import write_private
from sync.hub.printing import print_rows, say
from sync.protocol import errors
from sync.protocol.policy import POLICIES

Add = Callable[[str, str], argparse.ArgumentParser]


def add_parsers(add: Add) -> None:
    """Declare the commands."""
    one = add("held", "暂存、等人核对或等前一笔的操作")
    one.add_argument("--json", action="store_true", help="每行一个 JSON")
    one.set_defaults(run=run_held)
    one = add("snapshot", "给一台设备做一份整份数据的文件（.ycs），用U盘送去")
    one.add_argument("what", choices=("make",))
    one.add_argument("device")
    one.add_argument("file", type=Path, metavar="FILE")
    one.set_defaults(run=run_snapshot)
    one = add("let-go", "办结很久的办件不再留在窗口（中心仍保存）")
    one.add_argument("--days", type=int, default=3 * 365, help="办结多少天以后")
    one.set_defaults(run=run_let_go)
    one = add("policy", f"给窗口定规则：{' '.join(POLICIES)}，值写成 JSON；policies 列出已定的")
    one.add_argument("name", choices=sorted(POLICIES))
    one.add_argument("value", type=json.loads, metavar="JSON")
    one.add_argument("--where", default="", help="只对一个大厅（代码）或一个地区（区划代码开头）")
    one.set_defaults(run=run_policy)
    one = add("policies", "已定的规则")
    one.add_argument("--json", action="store_true", help="每行一个 JSON")
    one.set_defaults(run=run_policies)
    one = add("missing", "一台设备已编号而从未到达的操作（设备丢失时据此通知群众）")
    one.add_argument("device")
    one.add_argument("--json", action="store_true", help="每行一个 JSON")
    one.set_defaults(run=run_missing)
    one = add("backup", "把中心备份到一个文件夹：数据库（自带的）、钥匙、材料；再做只补新材料")
    one.add_argument("folder", type=Path, metavar="DIR")
    one.set_defaults(run=run_backup)
    one = add("restored", "数据库刚从备份恢复：换新的同步期，编号留出空档；恢复后、运行前用一次")
    one.set_defaults(run=run_restored)
    one = add("close", "核对后不再办理一笔暂存的操作；窗口会收到写明理由的答复")
    one.add_argument("op")
    one.add_argument("--reason", required=True)
    one.add_argument("--field", default="", help="不对的那一项在表单里的代码：窗口改正时先指这一项")
    one.add_argument("--by", default=backoffice.OFFICE)
    one.set_defaults(run=run_close)
    one = add("numbers", "发给各设备的号段")
    one.add_argument("--json", action="store_true", help="每行一个 JSON")
    one.set_defaults(run=run_numbers)
    one = add("admin", "管理接口的钥匙：add 姓名 权限… / list / revoke 钥匙")
    one.add_argument("what", choices=("add", "list", "revoke"))
    one.add_argument("words", nargs="*")
    one.add_argument("--key-file", type=Path, help="新钥匙写到这个文件，只有持有人应当读到")
    one.set_defaults(run=run_admin)
    one = add("release", "人工核对后放行一笔暂存的操作（设备、登记期、权限的原因）")
    one.add_argument("op")
    one.add_argument("--reason", required=True)
    one.add_argument("--by", default=backoffice.OFFICE)
    one.set_defaults(run=run_release)


def run_held(centre: Centre, arguments: argparse.Namespace) -> int:
    """Print what is held."""
    columns = ("op_id", "code", "kind", "device_id", "seq", "received_at")
    return print_rows(backoffice.list_held(centre), columns, as_json=arguments.json)


def run_policy(centre: Centre, arguments: argparse.Namespace) -> int:
    """Set what counters go by."""
    where: str = arguments.where
    count = policies.set_policy(centre, arguments.name, arguments.value, where=where)
    say(f"已定（{count} 个大厅），窗口下次联网就会收到。")
    return 0


def run_policies(centre: Centre, arguments: argparse.Namespace) -> int:
    """Print the rules that were set."""
    rows = policies.list_policies(centre)
    return print_rows(rows, ("scope", "name", "value"), as_json=arguments.json)


def run_backup(centre: Centre, arguments: argparse.Namespace) -> int:
    """Copy the centre while it serves."""
    with deeds.doing(centre, "backup") as deed:
        done = backup.copy_centre(centre, arguments.folder)
        deed.outcome = str(done.pages)
    say(f"已备份{'数据库、' if done.database else ''}钥匙，新存材料 {done.pages} 份。")
    if not done.database:
        say("数据库在 PostgreSQL 里，请在这之前先用 pg_dump 备份。")
    if done.elsewhere:
        say("材料在 S3 里，请在数据库之后备份那个桶。")
    return 0


def run_restored(centre: Centre, arguments: argparse.Namespace) -> int:
    """Go on after a restore."""
    del arguments
    restored.go_on(centre)
    say("已换新的同步期，编号已留出空档。各窗口会自动重取全部数据，并补送备份以后的操作。")
    return 0


def run_close(centre: Centre, arguments: argparse.Namespace) -> int:
    """End a held operation with a reason."""
    found = decisions.close(
        centre, arguments.op, by=arguments.by, reason=arguments.reason, field=arguments.field
    )
    if found is None:
        raise DomainError(code="HUB-OP", what="没有这一笔操作。", safe="没有改动。")
    say(f"{found.op_id}  {found.status}  {found.code}".rstrip())
    return 0 if (found.status, found.code) == ("rejected", errors.CLOSED) else 1


def run_numbers(centre: Centre, arguments: argparse.Namespace) -> int:
    """Print the leased number blocks."""
    columns = ("series", "first", "last", "used", "device_id", "epoch", "expires_at")
    return print_rows(administration.list_blocks(centre), columns, as_json=arguments.json)


def run_admin(centre: Centre, arguments: argparse.Namespace) -> int:
    """Add, list or revoke keys of the administrative routes."""
    words: list[str] = arguments.words
    if arguments.what == "list":
        columns = ("kid", "name", "roles", "added_at", "revoked_at")
        return print_rows(administration.list_admin_keys(centre), columns, as_json=False)
    if arguments.what == "revoke" and len(words) == 1:
        administration.revoke_admin_key(centre, words[0])
        say("钥匙已停用。")
        return 0
    if arguments.what == "add" and words and arguments.key_file:
        roles = tuple(words[1:]) or administration.ROLES
        key = administration.new_admin_key(centre, words[0], roles)
        write_private(arguments.key_file, f"{key.kid}\n{key.seed.hex()}\n")
        say(f"已登记 {key.kid}，私钥在 {arguments.key_file.name}，请交给本人保管。")
        return 0
    say(
        f"用法：admin add 姓名 [权限…] --key-file 文件 / list / revoke 钥匙；权限：{' '.join(administration.ROLES)}"
    )
    return 2


def run_missing(centre: Centre, arguments: argparse.Namespace) -> int:
    """Print the numbers of a device that never arrived."""
    rows = backoffice.list_missing(centre, arguments.device)
    if arguments.json:
        return print_rows(rows, (), as_json=True)
    for row in rows:
        gaps = "、".join(f"{a}" if a == b else f"{a}–{b}" for a, b in row["missing"]) or "无"
        say(
            f"第 {row['epoch']} 期：已收齐到第 {row['through']} 号，设备报过编到第 {row['told']} 号，"
            f"缺 {row['count']} 个：{gaps}"
        )
    return 0


def run_snapshot(centre: Centre, arguments: argparse.Namespace) -> int:
    """Write everything a device may have into a file sealed to it."""
    with deeds.doing(centre, "snapshot.make") as deed:
        records = snapshot.write_file(centre, arguments.device, arguments.file)
        deed.about = arguments.device
    say(f"已写好，共 {records} 条，只有这台设备打得开；在窗口用 counter courier import 导入。")
    return 0


def run_let_go(centre: Centre, arguments: argparse.Namespace) -> int:
    """Take long finished cases out of the counters; forget old tombstones."""
    say(f"已从窗口收回 {backoffice.let_go(centre, arguments.days)} 件。")
    backoffice.forget_tombstones(centre)
    return 0


def run_release(centre: Centre, arguments: argparse.Namespace) -> int:
    """Let a held operation take effect after a person has looked at it."""
    found = decisions.release(centre, arguments.op, by=arguments.by, reason=arguments.reason)
    if found is None:
        raise DomainError(code="HUB-OP", what="没有这一笔操作。", safe="没有改动。")
    say(f"{found.op_id}  {found.status}  {found.code}".rstrip())
    return 0 if found.status == "applied" else 1
