# SPDX-License-Identifier: MulanPSL-2.0
"""Danger first: nothing goes on until somebody said whom they called."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from counter.domain.appeals import Danger
from ui.theme import px
from ui.widgets.base import label
from ui.widgets.buttons import ActionButton, SecondaryButton
from ui.widgets.mark import Mark


class DangerDialog(QDialog):
    """请立即拨打 110/119/120/12345; Esc does not close it."""

    called = Signal(str)
    """The number that was called."""
    denied = Signal()
    """No danger after all; only where words alone hinted at one."""

    def __init__(
        self, danger: Danger, hotline: str, *, hint_only: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("危险情况")
        self.setModal(True)
        self.setMinimumWidth(34 * px("body"))
        numbers = list(dict.fromkeys((*danger.call, hotline)))
        column = QVBoxLayout(self)
        column.setContentsMargins(*(px("xl"),) * 4)
        column.setSpacing(px("l"))
        column.addWidget(Mark("warn", "danger", size="display"))
        column.addWidget(
            label(f"请立即拨打 {'、'.join(danger.call)}", "display", tone="danger", wrap=True)
        )
        words = f"可能是：{danger.name}。先让本人离开危险的地方，打过电话再接着登记。"
        column.addWidget(label(words, "lead", wrap=True))
        self.setAccessibleDescription(f"请立即拨打 {'、'.join(danger.call)}。{words}")
        self.buttons = self._numbers(numbers, column)
        self.deny = SecondaryButton("不是危险情况")
        column.addWidget(self.deny)
        self.deny.setVisible(hint_only)
        self.deny.clicked.connect(self._denied)
        self.buttons[0].setFocus()

    def _numbers(self, numbers: Sequence[str], column: QVBoxLayout) -> list[ActionButton]:
        made: list[ActionButton] = []
        for number in numbers:
            button = ActionButton(f"已拨打 {number}", kind="primary" if not made else "secondary")
            button.clicked.connect(partial(self._called, number))
            column.addWidget(button)
            made.append(button)
        return made

    def _called(self, number: str) -> None:
        self.accept()
        self.called.emit(number)

    def _denied(self) -> None:
        self.accept()
        self.denied.emit()

    def reject(self) -> None:
        """Esc and the window's cross do not get round the question."""
