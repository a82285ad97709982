# SPDX-License-Identifier: MulanPSL-2.0
"""``counter courier``: carry what is unsettled on a stick, and take in what comes back (§10)."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable
from pathlib import Path

from counter.bootstrap import Home
from counter.bootstrap.core import Core
from counter.domain.errors import CounterError, KnownError
from counter.infra.paths import Paths
from counter.infra.single_instance import SingleInstance
from sync.client.bundle import Courier, export
from sync.client.bundle_return import import_return
from sync.client.centre import Centre
from sync.client.engine.shelf import import_file
from sync.client.outcomes import LineError
from sync.client.relay import relay
from sync.client.rescue import rescue
from sync.client.tls import believed
from sync.client.training import TrainingHall
from sync.client.transport import Transport
from sync.protocol.bundle import BundleError
from sync.protocol.quarantine import FOLDER, set_aside
from sync.protocol.snapshot import FILE_SUFFIX

Ask = Callable[[str], str]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="counter courier", description="信使：没有网络时，用U盘把数据送到中心"
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="命令")
    out = verbs.add_parser("export", help="把还没有到中心的数据加密拷到文件夹（U盘）")
    out.add_argument("folder", type=Path, metavar="DIR")
    out.set_defaults(run=_export)
    back = verbs.add_parser("import", help="取回中心的回执（.ycr），或中心给本机的整份数据（.ycs）")
    back.add_argument("file", type=Path, metavar="FILE")
    back.set_defaults(run=_import)
    save = verbs.add_parser("rescue", help="数据库打不开时，把密封的日志拷出来送中心；不用登录")
    save.add_argument("folder", type=Path, metavar="DIR")
    save.add_argument("--home", type=Path, help="数据文件夹")
    carry = verbs.add_parser(
        "relay", help="替没有网络的窗口把U盘里的数据（.ycb）送到中心，取回回执"
    )
    carry.add_argument("file", type=Path, metavar="FILE")
    carry.add_argument("--ca-file", default="", help="中心证书的签发者")
    carry.set_defaults(run=_relay)
    for one in (out, back, carry):
        one.add_argument("--home", type=Path, help="数据文件夹")
        one.add_argument("--job-no", default="", help="工号；本机只有一人时可以不写")
        one.add_argument("--training", action="store_true", help="练习大厅：不问密码")
    return parser


def main(argv: list[str] | None = None, *, ask_password: Ask = getpass.getpass) -> int:
    """Run one command; 0 done, 1 not possible with the reason in words, 2 wrong usage."""
    try:
        wish = _parser().parse_args(argv)
    except SystemExit as stop:
        return int(stop.code or 0)
    home = Home(Paths(wish.home.expanduser().absolute()) if wish.home else None)
    try:
        if wish.verb == "rescue":
            return _rescue(home, wish.folder)
        with SingleInstance(home.paths.lock):
            core = _sign_in(home, wish, ask_password)
            try:
                return int(wish.run(core, wish))
            finally:
                core.close()
    except CounterError as error:
        print(error, file=sys.stderr)
        return 1


def _sign_in(home: Home, wish: argparse.Namespace, ask: Ask) -> Core:
    if wish.training:
        hall = TrainingHall(home, "")
        return hall.sign_in(wish.job_no) if wish.job_no else hall.sign_in()
    known = home.operators()
    fitting = [label for label in known if wish.job_no in {"", label.job_no}]
    if len(fitting) != 1:
        raise KnownError(
            code="COURIER-WHO",
            what="请用 --job-no 写明工号。",
            safe="没有改动任何数据。",
            todo="本机的工号：" + " ".join(label.job_no for label in known),
        )
    return home.sign_in(fitting[0].operator_id, ask(f"{fitting[0].name}的登录密码："))


def _rescue(home: Home, folder: Path) -> int:
    done = rescue(home.paths.journal, folder, home.clock.now())
    for path in done.files:
        print(path.name)
    if not done.files:
        print("日志是空的，没有要送的。")
        return 0
    print(f"已拷好，并读回核对过：{len(done.files)} 份，操作 {done.records} 笔。")
    print("材料图片不在日志里，仍在这台电脑上：请不要清理或重装。请把文件送中心导入。")
    if done.torn:
        print(f"日志里有 {done.torn} 处不完整，其余的都拷了。", file=sys.stderr)
    return 0


def _relay(core: Core, wish: argparse.Namespace) -> int:
    who = core.identity
    ca_file = wish.ca_file or believed(core.paths.centre_ca)
    channel = Transport(who.hub_url, who.key, ca_file=ca_file).open()
    try:
        done = relay(channel, Centre(who.centre_keys), wish.file)
    except LineError as error:
        print(f"没有送成：{error.outcome.words}（{error.outcome.code}）", file=sys.stderr)
        return 1
    finally:
        channel.close()
    print(f"中心已收到操作 {done.ops} 笔；回执 {done.answer.name} 已写好，请带回原来的窗口导入。")
    return 0


def _courier(core: Core) -> Courier:
    return Courier(core.sync_store, core.execution, core.identity, core.clock.now)


def _export(core: Core, wish: argparse.Namespace) -> int:
    done = export(_courier(core), wish.folder)
    if not done.files:
        print("没有要送的数据，没有写文件。")
    for path in done.files:
        print(path.name)
    if done.files:
        print(
            f"已拷好，并从U盘读回核对过：{len(done.files)} 份，"
            f"操作 {done.ops} 笔，材料 {done.pages} 页。"
        )
        print("数据仍留在本机。中心导入以后才算到中心；请带回回执（.ycr）再导入本机。")
    if not done.noted:
        print("本机磁盘写不进去，没能记下“已拷U盘”；拷好的文件是好的，照常送去。", file=sys.stderr)
    if done.unreadable:
        print(
            f"有 {done.unreadable} 页材料在本机读不出来，没有拷进去；"
            "对应的办件已拷，请打开程序查看是哪一页。",
            file=sys.stderr,
        )
    return 1 if done.unreadable else 0


def _import_snapshot(core: Core, wish: argparse.Namespace) -> int:
    records, _ = import_file(core.sync_store, core.execution.run, core.identity, wish.file)
    print(f"已换成中心的整份数据，共 {records} 条；本机未上报的办件都还在。")
    return 0


def _import(core: Core, wish: argparse.Namespace) -> int:
    if wish.file.suffix == FILE_SUFFIX:
        return _import_snapshot(core, wish)
    try:
        done = import_return(_courier(core), wish.file)
    except BundleError as error:
        if set_aside(wish.file, error):
            print(f"这个文件已移到文件夹“{FOLDER}”，不要再用。", file=sys.stderr)
        raise
    print(f"已取回中心的结果 {done.settled} 笔，中心已有材料 {done.pages} 页。")
    if done.records:
        print(f"事项、放假安排、人员、停用名单和号段已换成中心的，共 {done.records} 条。")
    if done.old:
        print("这一份比本机已有的数据旧：只取了结果，停用名单和其他数据没有改动。（BUNDLE-OLD）")
    if done.ignored:
        print(f"有 {done.ignored} 笔不是中心对本机数据的结果，没有采用。请报告管理员。")
    counts = core.execution.run(core.sync_store.counts)
    print(
        f"已到中心 {counts.at_centre} 件，要处理 {counts.needs_person} 件，"
        f"只在本机 {counts.local_only} 件、{counts.pages_pending} 页。"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
