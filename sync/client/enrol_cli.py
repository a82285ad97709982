# SPDX-License-Identifier: MulanPSL-2.0
"""``counter enrol``: make this machine a counter of a real hall with the centre's one-time code."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable
from pathlib import Path

from counter.bootstrap import Home
from counter.domain.errors import CounterError, DomainError, KnownError
from counter.infra.atomic import write_atomic
from counter.infra.paths import Paths
from counter.security.vault import NewOperator
from counter.security.vault_file import Mode
from sync.client.enrol import enrol
from sync.client.training import pull_all
from sync.client.transport import Transport

_ROLES = ("clerk", "helper", "leader")


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="counter enrol", description="用登记码登记这台电脑")
    parser.add_argument("--hub", required=True, help="中心地址，https:// 开头")
    parser.add_argument("--code", required=True, help="中心管理员给的一次性登记码")
    parser.add_argument("--device-name", default="综合窗口", help="中心凭它认出这台电脑")
    parser.add_argument("--job-no", required=True, help="第一位窗口人员的工号")
    parser.add_argument("--name", required=True, help="姓名")
    parser.add_argument("--role", action="append", choices=_ROLES, help="岗位，可写多次")
    parser.add_argument(
        "--ca-file", default="", help="中心证书的签发机构（PEM），本机系统不认它时才要；会记住"
    )
    parser.add_argument("--home", type=Path, help="数据文件夹")
    parser.add_argument(
        "--passphrase-only",
        action="store_true",
        help="这台电脑没有系统密钥环：只用口令保护数据（口令至少 12 位）",
    )
    return parser.parse_args(argv)


def main(
    argv: list[str] | None = None, *, ask_password: Callable[[str], str] = getpass.getpass
) -> int:
    """Enrol; returns 0, or 1 with the reason in words."""
    wish = _arguments(sys.argv[1:] if argv is None else argv)
    home = Home(Paths(wish.home.absolute()) if wish.home else None)
    try:
        mode = _mode(home, passphrase_only=wish.passphrase_only)
        password = _password(ask_password)
        _enrol(home, wish, mode, password)
    except CounterError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"已登记：{home.hall_label()}。现在可以打开程序登录了。")
    return 0


def _mode(home: Home, *, passphrase_only: bool) -> Mode:
    if home.enrolled:
        raise KnownError(
            code="VAULT-EXISTS",
            what="这台电脑已经登记过了。",
            safe="没有改动任何数据。",
            todo="要换厅，请先联系中心管理员。",
        )
    if passphrase_only:
        return "passphrase-only"
    if not home.keyring.available():
        raise KnownError(
            code="KEYRING-NONE",
            what="这台电脑没有可用的系统密钥环。",
            safe="没有改动任何数据。",
            todo="请启用密钥环；确实没有时，加上 --passphrase-only 再登记。",
        )
    return "keyring"


def _password(ask: Callable[[str], str]) -> str:
    first = ask("设一个登录密码：")
    if first != ask("再输一遍："):
        raise DomainError(
            code="PASSWORD-DIFFERS",
            what="两次输入的密码不一样。",
            safe="没有改动任何数据。",
            todo="请再来一次。",
        )
    return first


def _enrol(home: Home, wish: argparse.Namespace, mode: Mode, password: str) -> None:
    facts = enrol(wish.hub, wish.code, wish.device_name, ca_file=wish.ca_file)
    operator_id = f"{facts.hall.hall_code}-{wish.job_no}"
    roles = frozenset(wish.role or ("clerk",))
    home.enrol(facts, (NewOperator(operator_id, wish.name, wish.job_no, password, roles),), mode)
    if wish.ca_file:
        write_atomic(home.paths.centre_ca, Path(wish.ca_file).read_bytes())
    core = home.sign_in(operator_id, password)
    try:
        pull_all(core, Transport(facts.hub_url, core.identity.key, ca_file=wish.ca_file))
        core.daily_copy()
    finally:
        core.close()
