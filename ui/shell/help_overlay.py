# SPDX-License-Identifier: MulanPSL-2.0
"""F1: the keys that work here, taken from what is really registered."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QWidget

from ui.shell.overlay import Overlay
from ui.shell.screen import KeyLine
from ui.theme import px
from ui.widgets.base import label
from ui.widgets.buttons import SecondaryButton
from ui.widgets.key_hint import KeyHint


class HelpOverlay(Overlay):
    """Keys in groups: those of this screen first, then those that work everywhere."""

    def __init__(self, host: QWidget) -> None:
        super().__init__(host, "帮助：这里能用的键", width=48)
        head = QHBoxLayout()
        head.addWidget(label("这里能用的键", "lead"), 1)
        self._close = SecondaryButton("关闭", "Esc")
        self._close.clicked.connect(self.shut)
        head.addWidget(self._close)
        self.column.addLayout(head)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.setAccessibleName("按键一览")
        self.column.addWidget(self._area, 1)
        self._lines: list[KeyLine] = []

    @property
    def lines(self) -> list[KeyLine]:
        """What is listed."""
        return list(self._lines)

    def show_keys(self, lines: Sequence[KeyLine]) -> None:
        """List the keys and open."""
        self._lines = list(lines)
        page = QWidget()
        grid = QGridLayout(page)
        grid.setHorizontalSpacing(px("l"))
        grid.setVerticalSpacing(px("s"))
        row = 0
        for group in dict.fromkeys(line.group for line in lines):
            grid.addWidget(label(group, "small", tone="muted"), row, 0, 1, 4)
            row += 1
            members = [line for line in lines if line.group == group]
            for at, line in enumerate(members):
                column = 2 * (at % 2)
                grid.addWidget(KeyHint(line.key), row, column, Qt.AlignmentFlag.AlignLeft)
                grid.addWidget(label(line.text, wrap=True), row, column + 1)
                if column or at == len(members) - 1:
                    row += 1
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        grid.setRowStretch(row, 1)
        self._area.setWidget(page)
        self.open()
        self._close.setFocus(Qt.FocusReason.OtherFocusReason)
