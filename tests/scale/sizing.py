# SPDX-License-Identifier: MulanPSL-2.0
"""The arithmetic of docs/scale.md: what a hall, a county, a province and a nation ask of a centre.

Everything follows from the assumptions below (sizing of the domain: 20 to 60 cases a window and
day, 0 to 10 in a village, 4 to 8 pages of 150 to 400 KB) and from ``measured.json``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MEASURED = Path(__file__).with_name("measured.json")
DOCUMENT = Path(__file__).parents[2] / "docs" / "scale.md"

TOWN_CASES, VILLAGE_CASES = 40, 5  # a window and day
PAGES, PAGE_BYTES = 6, 275_000
OPS_A_CASE = 2.5  # received, and of every two some of: supplemented, delivered, rated
DAYS, HOURS = 250, 8
PEAK = 3.0  # the busiest minutes against the mean of the day
LOOK_S = 60.0  # a counter looks for changes so often
BUSY = 0.5  # plan a core for half its time
HERD_OPS = 10  # waiting at each counter after two hours without a line
LONGEST_WINDOW_S = 900


@dataclass(frozen=True)
class Level:
    """Whom one centre would serve."""

    name: str
    town_windows: int
    villages: int

    @property
    def counters(self) -> int:
        """Counters, one a window and one a village."""
        return self.town_windows + self.villages

    @property
    def cases(self) -> int:
        """Cases a day."""
        return self.town_windows * TOWN_CASES + self.villages * VILLAGE_CASES


LEVELS = (
    Level("一个大厅", 6, 0),
    Level("县", 20 * 6, 200),
    Level("市", 12 * 20 * 6, 12 * 200),
    Level("省", 100 * 20 * 6, 100 * 200),
    Level("全国", 2_800 * 20 * 6, 2_800 * 200),
)


def measured() -> dict[str, Any]:
    """Return the figures of the last measurement."""
    figures: dict[str, Any] = json.loads(MEASURED.read_text("utf-8"))
    return figures


def tables(figures: dict[str, Any]) -> dict[str, str]:
    """Return every table of the document by its name."""
    return {
        "measured": _measured(figures),
        "load": _load(figures),
        "stored": _stored(figures),
        "line": _line(figures),
        "herd": _herd(figures),
        "simulated": _simulated(figures["herd"]),
    }


def render(document: str, figures: dict[str, Any]) -> str:
    """Return the document with its tables as the figures make them."""
    for name, table in tables(figures).items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        head, found, rest = document.partition(begin)
        _, closed, tail = rest.partition(end)
        if not (found and closed):
            raise ValueError(name)
        document = f"{head}{begin}{table}\n{end}{tail}"
    return document


def _table(head: str, rows: list[list[str]]) -> str:
    names = head.split("|")
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _number(value: float) -> str:
    """Return two leading figures: more would promise what an estimate cannot hold."""
    if value >= 100:
        step = 10 ** (len(str(int(value))) - 2)
        return f"{round(value / step) * step:,}"
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def _size(value: float) -> str:
    for unit in ("B", "KB", "MB", "GB", "TB", "PB"):
        if value < 1000:
            return f"{_number(value)} {unit}"
        value /= 1000
    return f"{_number(value)} EB"


def _time(seconds: float) -> str:
    for most, unit, of in ((120, "秒", 1), (7200, "分钟", 60), (172_800, "小时", 3600)):
        if seconds < most:
            return f"{_number(max(seconds / of, 0.1))} {unit}"
    return f"{_number(seconds / 86_400)} 天"


def _op_ms(figures: dict[str, Any]) -> float:
    return float(figures["case"]["cpu_ms"])


def _written(figures: dict[str, Any]) -> float:
    """Return operations a second one centre writes: they pass one sequencer, one by one."""
    return 1000 / float(figures["case"]["elapsed_ms"])


def ops_s(level: Level) -> float:
    """Return operations a second in the busiest minutes."""
    return level.cases * OPS_A_CASE * PEAK / (HOURS * 3600)


def centres(level: Level, figures: dict[str, Any]) -> int:
    """Return how many centres the writing needs at least, each planned for half its time."""
    return max(1, -int(-ops_s(level) // (_written(figures) * BUSY)))


def _measured(figures: dict[str, Any]) -> str:
    case, herd = figures["case"], figures["herd"]
    rows = [
        ["一笔收件占中心一个核（验签、判断、写入、签答复）", f"{case['cpu_ms']} 毫秒"],
        ["一笔收件从头到尾（含数据库落盘，一笔接一笔）", f"{case['elapsed_ms']} 毫秒"],
        ["一笔收件的操作（签名后）", _size(case["op_bytes"])],
        ["一件在数据库里（含索引）", _size(sum(case["db_bytes"].values()))],
        ["其中变更流", _size(case["db_bytes"]["feed"])],
        ["一件在线路上，材料除外（来回合计）", _size(figures["wire_bytes_a_case"])],
        ["一台窗口恢复（探测、送、取；人多时连同请别人晚来）占中心", f"{_herd_ms(herd):.0f} 毫秒"],
    ]
    return _table("量到的|数", rows)


def _herd_ms(herd: dict[str, Any]) -> float:
    """Return processor milliseconds a counter that was served, the refusals of others with it."""
    return float(herd["hub_cpu_s"]) / (int(herd["devices"]) - int(herd["starved"])) * 1000


def _load(figures: dict[str, Any]) -> str:
    rows = []
    for level in LEVELS:
        looks = level.counters / LOOK_S
        cores = ops_s(level) * _op_ms(figures) / 1000 / BUSY
        rows.append([
            level.name, _number(level.counters), _number(level.cases), _number(ops_s(level)),
            _number(looks), _number(max(cores, 1)), _number(centres(level, figures)),
        ])  # fmt: skip
    return _table("范围|窗口|件/天|高峰 操作/秒|查看变化 次/秒|写入用核|约几个中心", rows)


def _stored(figures: dict[str, Any]) -> str:
    case = figures["case"]["db_bytes"]
    rows = []
    for level in LEVELS:
        year = level.cases * DAYS
        pages = year * PAGES * PAGE_BYTES
        per = centres(level, figures)
        rows.append([
            level.name, _number(year), _size(year * sum(case.values())), _size(year * case["feed"]),
            _number(year * PAGES), _size(pages), _size(year * sum(case.values()) / per),
        ])  # fmt: skip
    return _table("范围|件/年|数据库/年|其中变更流|材料 页/年|材料/年|每个中心的库/年", rows)


def _line(figures: dict[str, Any]) -> str:
    rows = []
    for level in LEVELS:
        words = level.cases * figures["wire_bytes_a_case"]
        pages = level.cases * PAGES * PAGE_BYTES
        peak = (words + pages) * PEAK / (HOURS * 3600) * 8 / 1e6
        rows.append([level.name, _size(words), _size(pages), f"{_number(peak)} Mbit/s"])
    return _table("范围|文字/天|材料/天|高峰进中心", rows)


def _herd(figures: dict[str, Any]) -> str:
    rows = []
    for level in LEVELS:
        ops = level.counters * HERD_OPS
        per = centres(level, figures)
        seconds = ops / (_written(figures) * per)
        window = min(max(seconds, 1), LONGEST_WINDOW_S)
        rounds = max(1.0, seconds / LONGEST_WINDOW_S)
        rows.append([
            level.name, _number(ops), _number(per), _time(seconds), _time(window), _number(rounds),
        ])  # fmt: skip
    return _table("范围|等着的操作|中心|全部办完|spread 设为|每台最多约来几次", rows)


def _simulated(herd: dict[str, Any]) -> str:
    wait, often = herd["wait_s"], herd["too_many_429"]
    later = herd["told_later"] - often
    rows = [
        ["窗口（每台自己的 Ed25519 钥匙）", f"{herd['devices']:,}"],
        ["多久之内全部回来", f"{herd['within_s']:.0f} 秒"],
        ["`spread` 窗口", f"{herd['window_s']} 秒"],
        ["中心", f"{herd['workers']} 个进程，PostgreSQL（每次提交落盘）"],
        ["操作 / 生效 / 丢失", f"{herd['ops']:,} / {herd['applied']:,} / {herd['lost']}"],
        ["跑了多久", f"最多 {herd['give_up_s']:.0f} 秒"],
        ["到停的时候还在窗口等着的操作", f"{herd['unsent']:,}"],
        ["没有等到整个答复的请求（再送）", f"{sum(herd['errors'].values())}"],
        ["被请晚些来（503 / 429）", f"{later:,} / {often:,}"],
        ["到停的时候没有办完的窗口", f"{herd['starved']}"],
        ["办完的：等待 中位 / 99% / 最久", f"{wait['median']} / {wait['p99']} / {wait['worst']} 秒"],
        ["一台最多被请晚几次", f"{herd['most_tries']}"],
        ["每秒生效", f"{herd['ops_s']}"],
    ]  # fmt: skip
    return _table("模拟|结果", rows)
