# SPDX-License-Identifier: MulanPSL-2.0
"""Settings: one declared table, from which the settings page and the docs are made."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from counter.domain.errors import DomainError, NotAllowedError
from counter.ports.files import DurableWrite

Value = str | int | bool
Who = Literal["anyone", "leader"]


@dataclass(frozen=True)
class Setting:
    """One row of the table; ``least``/``most`` bound numbers, ``choices`` bound texts."""

    key: str
    default: Value
    who: Who
    label: str
    text: str
    choices: Mapping[str, str] | None = None
    least: int = 0
    most: int = 0

    @property
    def kind(self) -> type[Value]:
        """The type of the value."""
        return type(self.default)


TABLE: tuple[Setting, ...] = (
    Setting(
        "look.theme",
        "light",
        "anyone",
        "界面颜色",
        "界面用哪一套颜色。",
        {"light": "浅色", "dark": "深色", "contrast": "高对比"},
    ),
    Setting(
        "look.mode",
        "standard",
        "anyone",
        "界面大小",
        "关怀模式的字和按钮更大。",
        {"standard": "标准", "care": "关怀"},
    ),
    Setting("look.scale", 100, "anyone", "缩放（%）", "整个界面的缩放。", None, 100, 200),
    Setting("look.motion", True, "anyone", "动画", "关闭后界面切换没有动画。"),
    Setting(
        "lock.idle_minutes",
        10,
        "leader",
        "空闲锁屏（分钟）",
        "没有操作多久后盖住屏幕；草稿会保存。",
        None,
        1,
        60,
    ),
    Setting(
        "intake.regret_minutes",
        10,
        "leader",
        "老年人反悔时间（分钟）",
        "收件后等多久再上传，老年人可在此期间撤回；0 为不等。",
        None,
        0,
        60,
    ),
    Setting(
        "sync.metered",
        False,
        "leader",
        "按流量计费的线路",
        "打开后扫描件只在手动发送时上传。",
    ),
    Setting(
        "sync.monthly_mb",
        500,
        "leader",
        "每月流量上限（MB）",
        "按流量计费时的上限，0 为不限。",
        None,
        0,
        1_000_000,
    ),
    Setting(
        "sync.proxy",
        "system",
        "leader",
        "代理服务器",
        "连中心要不要经过代理服务器；不清楚就选跟随系统。",
        {"system": "跟随系统", "none": "不用代理", "given": "用下面填的地址"},
    ),
    Setting(
        "sync.proxy_url",
        "",
        "leader",
        "代理服务器地址",
        "如 http://10.1.2.3:8080；只在选「用下面填的地址」时有用。",
    ),
    Setting(
        "devices.simulate",
        False,
        "leader",
        "模拟设备",
        "练习时用模拟的读卡器和高拍仪；正式大厅请关闭。",
    ),
    Setting(
        "logs.level",
        "info",
        "leader",
        "日志详细程度",
        "日志里没有个人信息。",
        {"warning": "只记警告", "info": "一般", "debug": "详细"},
    ),
)
BY_KEY: dict[str, Setting] = {row.key: row for row in TABLE}


class Settings:
    """Values of this machine in ``settings.json``; thread-safe. No personal data in here."""

    def __init__(self, path: Path, write: DurableWrite) -> None:
        """Read the file; what is damaged or unknown falls back to the default."""
        self._path = path
        self._write = write
        self._lock = threading.Lock()
        self._values = _read(path)

    def text(self, key: str) -> str:
        """Return a text setting."""
        return str(self._value(key, str))

    def number(self, key: str) -> int:
        """Return a number."""
        return int(self._value(key, int))

    def flag(self, key: str) -> bool:
        """Return a yes or no."""
        return bool(self._value(key, bool))

    def change(self, key: str, value: Value, roles: frozenset[str]) -> None:
        """Set a value durably.

        Raises:
            NotAllowedError: ``ROLE``, only the shift leader may change it.
            DomainError: ``SETTING``, the value is out of its bounds.
            KnownError: ``DISK-FULL``, ``DISK-WRITE``; the old value stays.
        """
        row = BY_KEY[key]
        if row.who == "leader" and "leader" not in roles:
            raise NotAllowedError(
                code="ROLE",
                what=f"「{row.label}」只有值班长能改。",
                safe="设置没有改动。",
            )
        if not _valid(row, value):
            raise DomainError(
                code="SETTING",
                what=f"「{row.label}」不能设成这个值。",
                safe="设置没有改动。",
                field=key,
            )
        with self._lock:
            values = {**self._values, key: value}
            data = json.dumps(values, ensure_ascii=False, indent=1, sort_keys=True).encode()
            self._write(self._path, data)
            self._values = values

    def _value(self, key: str, kind: type[Value]) -> Value:
        row = BY_KEY[key]
        if row.kind is not kind:
            raise TypeError(f"{key} is {row.kind.__name__}")
        return self._values.get(key, row.default)


def _valid(row: Setting, value: object) -> bool:
    if type(value) is not row.kind:
        return False
    if row.choices is not None:
        return value in row.choices
    if isinstance(value, int) and not isinstance(value, bool):
        return row.least <= value <= row.most
    return True


def _read(path: Path) -> dict[str, Value]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        key: value for key, value in found.items() if key in BY_KEY and _valid(BY_KEY[key], value)
    }
