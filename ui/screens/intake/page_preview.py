# SPDX-License-Identifier: MulanPSL-2.0
"""The pages of one material: look, turn, take out, put in order; drop pictures onto it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QImage,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from counter.domain.materials import GivenMaterial, Page
from ui.notify import describe_error
from ui.operations import intake
from ui.runner import Latest
from ui.theme import current, px
from ui.widgets.base import label
from ui.widgets.buttons import SecondaryButton

if TYPE_CHECKING:
    from ui.operations.desk import Desk

_KEPT = 12
"""Decoded pages kept in memory."""
_EDGE = 1600
"""Longest edge of a decoded page."""


def decode(data: bytes) -> QImage:
    """Return a picture for the screen (any thread)."""
    image = QImage.fromData(data)
    if max(image.width(), image.height()) > _EDGE:
        return image.scaled(
            _EDGE,
            _EDGE,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    return image


class Picture(QWidget):
    """Draws one page as large as there is room; says in words why there is none."""

    dropped = Signal(object)
    """`list[Path]`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._words = ""
        self._scaled = QImage()
        self.setAcceptDrops(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(300, 5 * px("touch"))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 2 * px("touch"))

    def show_image(self, image: QImage, words: str) -> None:
        """Show a page, or words where none is."""
        self._image, self._words, self._scaled = image, words, QImage()
        self.setAccessibleName(words)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._scaled = QImage()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("sunken"))
        painter.drawRoundedRect(self.rect(), theme.px("radius"), theme.px("radius"))
        room = self.rect().adjusted(8, 8, -8, -8)
        if self._image.isNull():
            painter.setPen(theme.colour("muted"))
            wrap = Qt.TextFlag.TextWrapAnywhere | Qt.AlignmentFlag.AlignCenter
            painter.drawText(room, int(wrap), self._words)
            return
        if self._scaled.isNull():
            ratio = self.devicePixelRatioF()
            size = QSize(round(room.width() * ratio), round(room.height() * ratio))
            self._scaled = self._image.scaled(
                size,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            self._scaled.setDevicePixelRatio(ratio)
        drawn = self._scaled.deviceIndependentSize().toSize()
        place = QRect(0, 0, drawn.width(), drawn.height())
        place.moveCenter(room.center())
        painter.drawImage(place, self._scaled)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(u.toLocalFile()) for u in event.mimeData().urls() if u.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)


class PagePreview(QWidget):
    """One page of the chosen material, with what can be done to it."""

    rotate = Signal(int)
    remove = Signal(int)
    moved = Signal(int, int)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._images: dict[str, QImage] = {}
        self._latest = Latest()
        self._pages: tuple[Page, ...] = ()
        self.at = 0
        self.picture = Picture()
        self._facts = label(" ", "small", tone="muted", wrap=True)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(px("m"))
        line.addWidget(self.picture, 1)
        self.tools = QWidget()
        column = QVBoxLayout(self.tools)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px("xs"))
        column.addWidget(self._facts)
        made = (
            ("上一页", "PgUp", lambda: self.turn(-1)),
            ("下一页", "PgDn", lambda: self.turn(1)),
            ("旋转", "R", lambda: self.rotate.emit(self.at)),
            ("前移", "", lambda: self.moved.emit(self.at, -1)),
            ("删除这页", "Del", lambda: self.remove.emit(self.at)),
        )
        self._tools: list[SecondaryButton] = []
        for words, key, act in made:
            button = SecondaryButton(words, key, danger=key == "Del")
            button.clicked.connect(act)
            self._tools.append(button)
            column.addWidget(button)
        column.addStretch(1)
        line.addWidget(self.tools)
        self.tools.hide()

    def show_pages(self, given: GivenMaterial | None, empty: str) -> None:
        """Show the pages of a material; without any, `empty` says what to do."""
        pages = given.pages if given else ()
        if len(pages) > len(self._pages):
            self.at = len(pages) - 1  # what just came is what one wants to see
        self._pages = pages
        self.at = min(self.at, max(len(pages) - 1, 0))
        self.tools.setVisible(bool(pages))
        many = len(pages) > 1
        for place, button in enumerate(self._tools):
            button.setVisible(many or place in {2, 4})
        if not pages:
            self._latest.cancel()
            self._facts.setText(" ")
            self.picture.show_image(QImage(), empty)
            return
        page = pages[self.at]
        lines = [f"第 {self.at + 1} 页，共 {len(pages)} 页", f"{max(page.size // 1024, 1)} KB"]
        lines += ["已存在本机", *(["模拟拍摄"] if page.origin == "simulated" else [])]
        self._facts.setText("\n".join(lines))
        self._show(page)

    def turn(self, step: int) -> None:
        """Show another page."""
        if 0 <= self.at + step < len(self._pages):
            self.at += step
            self.show_pages(GivenMaterial(key="x", pages=self._pages), "")

    def _show(self, page: Page) -> None:
        image = self._images.get(page.blob_id)
        if image is not None:
            self._latest.cancel()
            self.picture.show_image(image, f"第 {self.at + 1} 页")
            return
        self.picture.show_image(QImage(), "正在打开这一页…")
        blob_id = page.blob_id

        def have(data: bytes) -> None:
            self._desk.runner.run_io(
                lambda: decode(data),
                partial(self._decoded, blob_id),
                self._failed,
                owner=self,
                latest=self._latest,
            )

        intake.read_page(self._desk, blob_id, have, self._failed, owner=self, latest=self._latest)

    def _decoded(self, blob_id: str, image: QImage) -> None:
        while len(self._images) >= _KEPT:
            self._images.pop(next(iter(self._images)))
        self._images[blob_id] = image
        self.picture.show_image(image, f"第 {self.at + 1} 页")

    def _failed(self, error: BaseException) -> None:
        self.picture.show_image(QImage(), describe_error(error).words)
