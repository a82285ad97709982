# SPDX-License-Identifier: MulanPSL-2.0
"""The courier as the screens see it: library in, plain words out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from counter.domain.errors import KnownError
from sync.client.bundle import Courier, export
from sync.client.bundle_return import import_return
from sync.client.centre import Centre
from sync.client.engine.shelf import import_file
from sync.client.outcomes import LineError
from sync.client.relay import relay
from sync.protocol.bundle import OUT_SUFFIX, RETURN_SUFFIX
from sync.protocol.quarantine import FOLDER, set_aside
from sync.protocol.snapshot import FILE_SUFFIX
from ui.operations.courier import StickReport

if TYPE_CHECKING:
    from counter.bootstrap.core import Core
    from sync.client.transport import Transport

_OTHERS = frozenset({"BUNDLE-SEALED", "BUNDLE-FOREIGN", "SNAPSHOT-FILE"})


class CourierStick:
    """``Stick`` of an opened core. Worker threads."""

    def __init__(self, core: Core, transport: Callable[[], Transport]) -> None:
        """Take the core and how to reach the centre."""
        self._core = core
        self._transport = transport
        self._courier = Courier(core.sync_store, core.execution, core.identity, core.clock.now)

    def copy_out(self, folder: Path) -> StickReport:
        """See ``Stick``."""
        done = export(self._courier, folder)
        if not done.files:
            return StickReport("ok", "没有要送的：已收的都到中心了。", ("没有写文件。",))
        more = ["数据仍留在本机。中心导入、带回回执以后，才算到中心。"]
        if not done.noted:
            more.append("本机磁盘写不进去，没记下“已拷U盘”；拷好的是好的，照常送去。")
        if done.unreadable:
            more.append(f"有 {done.unreadable} 页图片本机读不出来，没有拷；办件都拷了。")
        words = f"拷好了，已从U盘读回核对：{done.ops} 笔，图片 {done.pages} 页。"
        names = "、".join(path.name for path in done.files[:3])
        count = f" 等 {len(done.files)} 份" if len(done.files) > 3 else ""
        tone = "warn" if done.unreadable or not done.noted else "ok"
        return StickReport(
            "warn" if tone == "warn" else "ok", words, (*more, f"文件：{names}{count}")
        )

    def take_in(self, folder: Path) -> StickReport:
        """See ``Stick``."""
        settled = records = files = 0
        more: list[str] = []
        for path in _files(folder, RETURN_SUFFIX, FILE_SUFFIX):
            try:
                if path.suffix == FILE_SUFFIX:
                    records += self._snapshot(path)
                else:
                    told = import_return(self._courier, path)
                    settled, records = settled + told.settled, records + told.records
                    if told.old:
                        more.append(f"{path.name} 比本机的数据旧：只取了结果。（BUNDLE-OLD）")
                files += 1
            except KnownError as error:
                more.append(_left_out(path, error))
        if not files:
            words = "文件夹里没有给本机的回执（.ycr）。"
            return StickReport("warn", words, tuple(more) or ("本机的数据没有改动。",))
        words = f"已取回中心的结果 {settled} 笔"
        words += f"，更新事项、人员等 {records} 条。" if records else "。"
        return StickReport("warn" if more else "ok", words, tuple(more))

    def _snapshot(self, path: Path) -> int:
        core = self._core
        return import_file(core.sync_store, core.execution.run, core.identity, path)[0]

    def carry(self, folder: Path) -> StickReport:
        """See ``Stick``."""
        who = self._core.identity
        mine = f"{who.hall.hall_code}-{who.hall.counter_no:02d}-"
        waiting = [
            path
            for path in _files(folder, OUT_SUFFIX)
            if not path.name.startswith(mine) and not path.with_suffix(RETURN_SUFFIX).exists()
        ]
        if not waiting:
            return StickReport("warn", "文件夹里没有别的窗口要送的（.ycb）。", ("没有发送。",))
        sent = ops = 0
        more: list[str] = []
        channel = self._transport().open()
        try:
            for path in waiting:
                try:
                    ops += relay(channel, Centre(who.centre_keys), path).ops
                    sent += 1
                except KnownError as error:
                    more.append(_left_out(path, error))
        except LineError as error:
            more.append(f"没有送完：{error.outcome.words}（{error.outcome.code}）连上后再按一次。")
        finally:
            channel.close()
        if not sent:
            return StickReport("danger", "没有送成。U盘上的都还在。", tuple(more))
        more.insert(0, "回执已写在U盘上，请带回原来的窗口导入。内容本机看不到。")
        words = f"已替别的窗口送到中心 {sent} 份，{ops} 笔。"
        return StickReport("warn" if len(more) > 1 else "ok", words, tuple(more))


def _files(folder: Path, *suffixes: str) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix in suffixes)
    except OSError as error:
        raise KnownError(
            code="BUNDLE-READ",
            what="这个文件夹读不出来。",
            safe="本机的数据没有改动。",
            todo="请检查U盘是否插好。",
        ) from error


def _left_out(path: Path, error: KnownError) -> str:
    if error.code in _OTHERS:
        return f"{path.name} 不是给本机的，没有动它。"
    moved = f"已移到“{FOLDER}”。" if set_aside(path, error) else ""
    return f"{path.name}：{error.what}{moved}{error.todo}（{error.code}）"
