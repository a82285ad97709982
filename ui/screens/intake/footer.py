# SPDX-License-Identifier: MulanPSL-2.0
"""The line of buttons below every step: back, on, 收件, and after it the next person."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from counter.domain.draft import STEPS
from ui.screens.intake.presenter import STEP_TITLES
from ui.theme import px
from ui.widgets.base import label
from ui.widgets.buttons import PrimaryButton, SecondaryButton

_SHOW_PROGRESS_MS = 400


class Footer(QWidget):
    """Only what may be pressed now is there."""

    back = Signal()
    onward = Signal()
    receive = Signal()
    next_person = Signal()
    same_person = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._step = ""
        self._busy = False
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(px("m"))
        self.back_button = SecondaryButton("上一步", "⇧F6")
        self.same_button = SecondaryButton("同一人再办一件")
        self.words = label("", "small", tone="muted")
        self.onward_button = PrimaryButton("下一步", "F6")
        self.receive_button = PrimaryButton("收件", "F9")
        self.next_button = PrimaryButton("下一位", "F2")
        line.addWidget(self.back_button)
        line.addWidget(self.same_button)
        line.addStretch(1)
        line.addWidget(self.words)
        for button in (self.onward_button, self.receive_button, self.next_button):
            line.addWidget(button)
        self.back_button.clicked.connect(self.back)
        self.onward_button.clicked.connect(self.onward)
        self.receive_button.clicked.connect(self.receive)
        self.next_button.clicked.connect(self.next_person)
        self.same_button.clicked.connect(self.same_person)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(_SHOW_PROGRESS_MS)
        self._late.timeout.connect(lambda: self.words.setText("正在保存到本机，请稍等…"))

    def show_step(self, step: str) -> None:
        """Show the buttons of a step."""
        self._step = step
        at = STEPS.index(step) if step in STEPS else 0
        self.back_button.setVisible(0 < at < len(STEPS) - 1)
        self.onward_button.setVisible(at < len(STEPS) - 2)
        if at < len(STEPS) - 2:
            self.onward_button.setText(f"下一步：{STEP_TITLES[STEPS[at + 1]]}")
        self.receive_button.setVisible(step == "review")
        self.next_button.setVisible(step == "receipt")
        self.same_button.setVisible(step == "receipt")

    def set_ready(self, *, ready: bool) -> None:
        """Whether 收件 may be pressed."""
        self.receive_button.setEnabled(ready and not self._busy)

    def set_busy(self, busy: bool) -> None:
        """收件 is under way."""
        self._busy = busy
        self.receive_button.setText("正在收件" if busy else "收件")
        for button in (self.receive_button, self.back_button, self.onward_button):
            button.setEnabled(not busy)
        if busy:
            self._late.start()
        else:
            self._late.stop()
            self.words.setText("")
