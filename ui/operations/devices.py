# SPDX-License-Identifier: MulanPSL-2.0
"""Card reader and camera, used off the GUI thread; a missing device is an answer, not an error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from counter.ports.devices import CardData, DeviceError, DeviceStatus, NoCard

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from ui.operations.desk import Desk
    from ui.runner import Latest

CardAnswer = CardData | NoCard | DeviceError
_NO_READER = DeviceError("READER-NONE", "这台机器没有接读卡器，请照着证件输入。")
_NO_CAMERA = DeviceError("CAMERA-NONE", "这台机器没有接高拍仪，请选文件、拖入或粘贴图片。")


@dataclass(frozen=True)
class Shot:
    """A captured page and where it came from (camera or simulated)."""

    data: bytes
    origin: str


def read_card(
    desk: Desk,
    on_done: Callable[[CardAnswer], object],
    on_error: Callable[[BaseException], object],
    *,
    owner: QObject,
) -> None:
    """Read the card on the reader."""
    reader = desk.devices.reader

    def job() -> CardAnswer:
        return reader.read() if reader is not None else _NO_READER

    desk.runner.run_io(job, on_done, on_error, owner=owner)


def capture(
    desk: Desk,
    title: str,
    on_done: Callable[[Shot | DeviceError], object],
    on_error: Callable[[BaseException], object],
    *,
    owner: QObject,
) -> None:
    """Take one page with the camera."""
    camera = desk.devices.camera

    def job() -> Shot | DeviceError:
        if camera is None:
            return _NO_CAMERA
        simulated = camera.status().state == "simulated"
        taken = camera.capture(title)
        if isinstance(taken, DeviceError):
            return taken
        return Shot(taken, "simulated" if simulated else "camera")

    desk.runner.run_io(job, on_done, on_error, owner=owner)


def camera_status(
    desk: Desk, on_done: Callable[[DeviceStatus], object], *, owner: QObject, latest: Latest
) -> None:
    """Ask how the camera is."""
    camera = desk.devices.camera

    def job() -> DeviceStatus:
        if camera is None:
            return DeviceStatus("absent", "高拍仪未连接")
        return camera.status()

    desk.runner.run_io(job, on_done, owner=owner, latest=latest)


def printer_ready(desk: Desk, on_done: Callable[[bool], object], *, owner: QObject) -> None:
    """Ask whether there is a printer to print on."""
    printer = desk.devices.printer

    def job() -> bool:
        return printer is not None and printer.status().state == "ready"

    desk.runner.run_io(job, on_done, owner=owner)
