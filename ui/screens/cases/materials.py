# SPDX-License-Identifier: MulanPSL-2.0
"""The papers of a case with small pictures of their pages."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from ui.operations.cases import MaterialLine
from ui.theme import px
from ui.widgets.badge import Badge
from ui.widgets.base import Tone, label
from ui.widgets.flow_row import FlowRow

_TONES: dict[str, Tone] = {
    "missing": "danger",
    "tolerated": "warn",
    "promised": "warn",
    "exempt": "neutral",
}


class Thumbnail(QToolButton):
    """A page; pressing it shows it large. A page that cannot be read says so."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setText("读取中")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setFixedSize(px("touch") + px("l"), px("touch") + px("xl"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.picture = QPixmap()

    def show_bytes(self, data: bytes) -> None:
        """Show the page."""
        if not self.picture.loadFromData(data):
            self.show_lost("打不开")
            return
        edge = QSize(self.width() - px("s"), self.height() - px("s"))
        ratio = self.devicePixelRatioF()
        small = self.picture.scaled(
            edge * ratio,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        small.setDevicePixelRatio(ratio)
        self.setIcon(QIcon(small))
        self.setIconSize(edge)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)

    def show_lost(self, word: str) -> None:
        """Say that the page is not there."""
        self.setText(word)
        self.setAccessibleDescription(f"{word}：这一页在本机读不出来")


class MaterialList(QWidget):
    """Every paper: its name, how it was given, its pages."""

    wanted = Signal(str, object)
    """Blob id and the `Thumbnail` that waits for it."""
    chosen = Signal(str, object)
    """Title and picture of a page to show large."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: tuple[MaterialLine, ...] | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(px("s"))

    def show_lines(self, lines: Sequence[MaterialLine]) -> None:
        """Show other papers; the same ones are left alone."""
        if tuple(lines) == self._lines:
            return
        self._lines = tuple(lines)
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for line in lines:
            row = FlowRow([label(line.name), Badge(_TONES.get(line.way, "ok"), line.word)])
            self._column.addWidget(row)
            if line.pages:
                self._column.addWidget(self._pages(line))
        if not lines:
            self._column.addWidget(label("没有收材料。", "small", tone="muted"))

    def _pages(self, line: MaterialLine) -> FlowRow:
        row = FlowRow()
        for at, page in enumerate(line.pages, 1):
            thumb = Thumbnail(f"{line.name} 第 {at} 页")
            thumb.clicked.connect(partial(self._open, thumb))
            row.add(thumb)
            self.wanted.emit(page.blob_id, thumb)
        return row

    def _open(self, thumb: Thumbnail) -> None:
        if not thumb.picture.isNull():
            self.chosen.emit(thumb.accessibleName(), thumb.picture)
