# SPDX-License-Identifier: MulanPSL-2.0
"""用U盘送: one folder, three things to do with it, and how it went in words."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from counter.domain.errors import CounterError
from ui.notify import present_error
from ui.operations import stick as op
from ui.operations.courier import StickReport
from ui.theme import px
from ui.widgets.base import announce, label, set_tone
from ui.widgets.buttons import ActionButton, SecondaryButton
from ui.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from ui.operations.desk import Desk

_WHAT = (
    "没有网络时，把数据加密拷到U盘送到中心，只有中心能打开。"
    "拷好不等于送到：带回回执、导入以后，才算到中心。"
)
_BUSY: dict[op.Act, str] = {
    "copy_out": "正在拷，并从U盘读回核对……请不要拔U盘。",
    "take_in": "正在核对签名、导入回执……请不要拔U盘。",
    "carry": "正在替别的窗口送……请不要拔U盘。",
}


class StickDialog(QDialog):
    """Ctrl+1 copies out, Ctrl+2 takes answers in, Ctrl+3 carries; Esc closes when nothing runs."""

    def __init__(self, desk: Desk, waiting: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._folder: Path | None = None
        self._busy, self._pressed = False, ActionButton("")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("用U盘送")
        self.setMinimumWidth(38 * px("body"))
        column = QVBoxLayout(self)
        column.setContentsMargins(px("xl"), px("l"), px("xl"), px("l"))
        column.setSpacing(px("m"))
        column.addWidget(label("用U盘送", "lead"))
        column.addWidget(label(_WHAT, tone="muted", wrap=True))
        column.addLayout(self._folder_line())
        self.buttons: dict[op.Act, ActionButton] = {}
        copy = f"拷到U盘（{waiting} 笔）" if waiting else "拷到U盘（没有要送的）"
        for key, act, words, note in self._acts(copy):
            column.addLayout(self._act(key, act, words, note))
        self.said = label("", strong=True, wrap=True)
        self.more = label("", "small", wrap=True)
        for part in (self.said, self.more):
            part.setMinimumHeight(px("body"))
            part.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(part)
        column.addStretch(1)
        column.addLayout(self._foot())
        self._show()
        self.choose.setFocus()

    @staticmethod
    def _acts(copy: str) -> tuple[tuple[int, op.Act, str, str], ...]:
        return (
            (1, "copy_out", copy, "写完读回核对；本机的数据不动"),
            (2, "take_in", "导入回执", "从中心带回来的（.ycr、.ycs）"),
            (3, "carry", "替别的窗口送", "要有网络；内容本机看不到"),
        )

    def _folder_line(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(px("m"))
        self.place = ElidedLabel("插好U盘，再选它", mode=Qt.TextElideMode.ElideMiddle)
        self.choose = SecondaryButton("选U盘或文件夹…", "Ctrl+O")
        self.choose.clicked.connect(self._choose)
        QShortcut(QKeySequence("Ctrl+O"), self, self.choose.click)
        line.addWidget(label("U盘", tone="muted"))
        line.addWidget(self.place, 1)
        line.addWidget(self.choose)
        return line

    def _act(self, key: int, act: op.Act, words: str, note: str) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(px("m"))
        kind = ActionButton(words, key=f"Ctrl+{key}", kind="primary" if key == 1 else "secondary")
        kind.setMinimumWidth(15 * px("body"))
        kind.clicked.connect(partial(self._do, act))
        QShortcut(QKeySequence(f"Ctrl+{key}"), self, kind.click)
        self.buttons[act] = kind
        line.addWidget(kind)
        line.addWidget(label(note, "small", tone="muted", wrap=True), 1)
        return line

    def _foot(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.addStretch(1)
        self.close_button = SecondaryButton("关闭", "Esc")
        self.close_button.setAutoDefault(False)
        self.close_button.clicked.connect(self.reject)
        line.addWidget(self.close_button)
        return line

    def use(self, folder: Path) -> None:
        """Work with this folder."""
        self._folder = folder
        self.place.setText(str(folder))
        self._show()
        self.buttons["copy_out"].setFocus()

    def reject(self) -> None:
        """Close, but not while a stick is being written."""
        if not self._busy:
            super().reject()

    def _choose(self) -> None:
        start = str(self._folder or "")
        found = QFileDialog.getExistingDirectory(self, "选U盘或文件夹", start)
        if found:
            self.use(Path(found))

    def _do(self, act: op.Act) -> None:
        if self._folder is None or self._busy:
            return
        self._busy, self._pressed = True, self.buttons[act]
        self._tell(_BUSY[act], "", self.said)
        self._show()
        op.work(self._desk, act, self._folder, self._done, self._failed, owner=self)

    def _done(self, report: StickReport) -> None:
        self._ended()
        set_tone(self.said, report.tone)
        self._tell(report.words, "\n".join(report.more), self.said)

    def _ended(self) -> None:
        self._busy = False
        self._show()
        self._pressed.setFocus()  # it was shut meanwhile and lost the keys

    def _failed(self, error: BaseException) -> None:
        self._ended()
        if not isinstance(error, CounterError):
            self._tell("", "", self.said)
            present_error(error)
            return
        set_tone(self.said, "danger")
        self._tell(
            f"{error.what}（{error.code}）", f"{error.safe}\n{error.todo}".strip(), self.said
        )

    def _tell(self, words: str, more: str, where: QLabel) -> None:
        self.said.setText(words)
        self.more.setText(more)
        announce(where, words)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Grow until every line of the words is seen; a dialog does not do it for wrapped ones."""
        layout = self.layout()
        if layout is not None and layout.hasHeightForWidth():
            layout.activate()
            self.resize(self.width(), max(self.height(), layout.totalHeightForWidth(self.width())))

    def _show(self) -> None:
        for button in self.buttons.values():
            button.setEnabled(self._folder is not None and not self._busy)
        self.choose.setEnabled(not self._busy)
        self.close_button.setEnabled(not self._busy)
