# SPDX-License-Identifier: MulanPSL-2.0
"""Work under way: what, how much, how long, and a way to stop it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from ui.theme import px
from ui.widgets.base import announce, label
from ui.widgets.buttons import SecondaryButton
from ui.widgets.elided_label import ElidedLabel


class ProgressLine(QWidget):
    """A text over a thin bar, with 取消; it blocks nothing and keeps its room when idle."""

    cancelled = Signal()
    """The person wants the work to stop."""

    def __init__(self, *, cancelable: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(px("m"))
        column = QVBoxLayout()
        column.setSpacing(px("xs"))
        words = QHBoxLayout()
        self._what = ElidedLabel("")
        self._left = label("", "small", tone="muted")
        words.addWidget(self._what, 1)
        words.addWidget(self._left)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        column.addLayout(words)
        column.addWidget(self._bar)
        line.addLayout(column, 1)
        self._cancel = SecondaryButton("取消")
        self._cancel.clicked.connect(self._ask_cancel)
        line.addWidget(self._cancel)
        self._cancel.setVisible(cancelable)
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)

    def start(self, what: str) -> None:
        """Show that work has begun, amount unknown yet."""
        self._what.setText(what)
        self._left.setText("")
        self._bar.setRange(0, 0)
        self._bar.setAccessibleName(what)
        self._cancel.setEnabled(True)
        self._cancel.setText("取消")
        self.show()
        announce(self, what)

    def advance(self, done: int, total: int, left: str = "") -> None:
        """Show how much is done.

        Args:
            done: units done.
            total: units in all, 0 if unknown.
            left: how long it will take, in words, such as 约 24 分钟.
        """
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._left.setText(left)

    def finish(self) -> None:
        """Hide; the room stays."""
        self.hide()

    def _ask_cancel(self) -> None:
        self._cancel.setEnabled(False)
        self._cancel.setText("正在停")
        self.cancelled.emit()
