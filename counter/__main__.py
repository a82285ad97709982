# SPDX-License-Identifier: MulanPSL-2.0
"""The command ``counter NAME …``: sub-commands are entry points, loaded only when asked for."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points

GROUP = "counter.commands"
WORDS: dict[str, str] = {
    "hub": "启动内置中心（练习和小型部署用）；serve --upstream 地址 是本厅主机",
    "simulate": "模拟许多窗口同时与中心同步",
    "courier": "用U盘把数据送到中心，并取回回执",
    "catalog": "检查、预览、比较事项目录",
    "verify-receipt": "离线核对一张收件凭证的二维码",
    "deadline": "计算并解释一个期限",
    "calendar": "检查、预览或导入放假安排",
    "papers": "列出、预览、检查文书",
    "life-cycle": "办件的状态、步骤、时限和文书一览",
    "due": "到期名单：谁要再认证、复核、年审",
}
USAGE = 64  # EX_USAGE of sysexits.h


def main(argv: Sequence[str] | None = None) -> int:
    """Run a sub-command and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    commands = {point.name: point for point in entry_points(group=GROUP)}
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(_help(commands))
        return 0
    name, *rest = arguments
    point = commands.get(name)
    if point is None:
        print(f"没有「{name}」这个命令。\n\n{_help(commands)}", file=sys.stderr)
        return USAGE
    return int(point.load()(rest) or 0)


def _help(commands: dict[str, EntryPoint]) -> str:
    lines = ["一窗柜台命令行。用法：counter 命令 [参数]", "", "命令："]
    if not commands:
        lines.append("  （程序没有装好，找不到任何命令；请重新安装。）")
    lines += [f"  {name:<16}{WORDS.get(name, '')}".rstrip() for name in sorted(commands)]
    lines += ["", "每个命令都可以加 --help 看说明。图形界面请用：python -m ui"]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
