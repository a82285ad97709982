# SPDX-License-Identifier: MulanPSL-2.0
"""Pages on their way in: camera, file, paste, rotation; all slow parts off the GUI thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, Signal
from PySide6.QtGui import QImage, QImageReader, QImageWriter, QTransform

from counter.domain.errors import DomainError
from counter.ports.devices import DeviceError
from ui.operations import devices, intake

if TYPE_CHECKING:
    from ui.operations.desk import Desk
    from ui.operations.devices import Shot

LARGEST_BYTES = 40 * 1024 * 1024
LARGEST_PIXELS = 120_000_000
_SAFE = "已收的页都还在。"


def _refuse(code: str, what: str, todo: str) -> DomainError:
    return DomainError(code=code, what=what, safe=_SAFE, todo=todo, field="material")


def check_image(data: bytes) -> bytes:
    """Return the bytes if they are a picture that can be shown (any thread).

    Raises:
        DomainError: ``IMG-EMPTY``, ``IMG-LARGE``, ``IMG-PDF``, ``IMG-BAD``.
    """
    if not data:
        raise _refuse("IMG-EMPTY", "这个文件是空的（0 字节）。", "请重新拍照或换一个文件。")
    if len(data) > LARGEST_BYTES:
        size = len(data) // (1024 * 1024)
        raise _refuse("IMG-LARGE", f"这个文件有 {size} MB，太大了。", "请用较低的清晰度重拍。")
    if data.startswith(b"%PDF"):
        raise _refuse("IMG-PDF", "这是 PDF 文件，这里要图片。", "请转成图片，或打印后拍照。")
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    size_px = reader.size()
    if size_px.width() * size_px.height() > LARGEST_PIXELS:
        raise _refuse("IMG-LARGE", "这张图的像素太多，打不开。", "请用较低的清晰度重拍。")
    if not size_px.isValid() or reader.read().isNull():
        raise _refuse("IMG-BAD", "这个文件读不出图像，可能损坏了。", "请重新拍照或换一个文件。")
    return data


def read_file(path: Path) -> bytes:
    """Read a picture from a file (any thread).

    Raises:
        DomainError: ``IMG-…`` in words; the file name is not repeated, it may hold a name.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise _refuse("IMG-LARGE", "这个文件太大了。", "请用较低的清晰度重拍。")
        return check_image(path.read_bytes())
    except OSError as error:
        raise _refuse(
            "IMG-READ", "这个文件打不开。", "请看看优盘还在不在，或换一个文件。"
        ) from error


def _encoded(image: QImage, kind: bytes, quality: int) -> bytes:
    out = QByteArray()
    buffer = QBuffer(out)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(kind))
    writer.setQuality(quality)
    writer.write(image)
    return bytes(out.data())


def png(image: QImage) -> bytes:
    """Return a picture as PNG (any thread)."""
    return _encoded(image, b"PNG", -1)


def turned(data: bytes, degrees: int) -> bytes:
    """Return a picture turned clockwise, as JPEG if it was one (any thread)."""
    image = QImage.fromData(check_image(data)).transformed(QTransform().rotate(degrees))
    if data.startswith(b"\xff\xd8"):
        return _encoded(image, b"JPEG", 90)
    return _encoded(image, b"PNG", -1)


class PageWork(QObject):
    """Brings pages into the store; the draft they belong to is named from the start."""

    stored = Signal(str, str, object, str)
    """Draft id, material key, `Page`, blob id it replaces or ''."""
    trouble = Signal(str, object)
    """Material key and the error; nothing was lost."""
    progress = Signal(str, int)
    """Words of what is going on, and how many pages are still under way."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._open = 0

    @property
    def under_way(self) -> int:
        """Pages not stored yet."""
        return self._open

    def capture(self, draft_id: str, key: str, title: str) -> None:
        """Take a page with the camera."""
        self._count(1, f"正在拍「{title}」…")

        def taken(answer: Shot | DeviceError) -> None:
            if isinstance(answer, DeviceError):
                what, code = answer.words, answer.code
                error = DomainError(code=code, what=what, safe=_SAFE)
                self._failed(key, error)
                return
            self._check(draft_id, key, lambda: answer.data, answer.origin)

        devices.capture(self._desk, title, taken, partial(self._failed, key), owner=self)

    def take_files(self, draft_id: str, key: str, paths: Iterable[Path], origin: str) -> None:
        """Take pages from files, in the order given."""
        for path in paths:
            self._count(1, "正在读取图片…")
            self._check(draft_id, key, partial(read_file, path), origin)

    def take_image(self, draft_id: str, key: str, image: QImage, origin: str) -> None:
        """Take a picture from the clipboard or the signature pad."""
        self._count(1, "正在保存图片…")
        copy = image.copy()
        self._check(draft_id, key, lambda: png(copy), origin)

    def rotate(self, draft_id: str, key: str, blob_id: str, origin: str) -> None:
        """Turn a stored page a quarter clockwise; the old one stays until the new one is safe."""
        self._count(1, "正在旋转…")

        def have(data: bytes) -> None:
            self._check(draft_id, key, lambda: turned(data, 90), origin, blob_id)

        intake.read_page(self._desk, blob_id, have, partial(self._failed, key), owner=self)

    def _check(
        self,
        draft_id: str,
        key: str,
        make: Callable[[], bytes],
        origin: str,
        replaces: str = "",
    ) -> None:
        failed = partial(self._failed, key)

        def store(data: bytes) -> None:
            done = partial(self._stored, draft_id, key, replaces)
            intake.store_page(self._desk, data, origin, done, failed, owner=self)

        self._desk.runner.run_io(lambda: check_image(make()), store, failed, owner=self)

    def _stored(self, draft_id: str, key: str, replaces: str, page: object) -> None:
        self._count(-1, "")
        self.stored.emit(draft_id, key, page, replaces)

    def _failed(self, key: str, error: BaseException) -> None:
        self._count(-1, "")
        self.trouble.emit(key, error)

    def _count(self, by: int, words: str) -> None:
        self._open += by
        self.progress.emit(words, self._open)
