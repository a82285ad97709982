# SPDX-License-Identifier: MulanPSL-2.0
"""A dialog's frame: what will happen, room for the question, confirm and cancel."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from ui.theme import px
from ui.widgets.base import label
from ui.widgets.buttons import ActionButton, Kind, SecondaryButton


class AskDialog(QDialog):
    """Title, consequence, body, buttons; Ctrl+Enter confirms, Esc cancels and nothing happens.

    Attributes:
        body: the vertical layout to fill.
        confirm: the button that does it.
    """

    def __init__(
        self,
        title: str,
        consequence: str,
        confirm: str,
        *,
        danger: bool = False,
        cancel: str = "不做了",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(30 * px("body"))
        column = QVBoxLayout(self)
        column.setContentsMargins(px("xl"), px("l"), px("xl"), px("l"))
        column.setSpacing(px("m"))
        column.addWidget(label(title, "lead"))
        words = label(consequence, wrap=True, tone="warn" if danger else "muted")
        column.addWidget(words)
        self.setAccessibleDescription(consequence)
        self.body = QVBoxLayout()
        self.body.setSpacing(px("s"))
        column.addLayout(self.body, 1)
        line = QHBoxLayout()
        line.setSpacing(px("m"))
        line.addStretch(1)
        leave = SecondaryButton(cancel, "Esc")
        leave.setAutoDefault(False)
        leave.clicked.connect(self.reject)
        kind: Kind = "danger" if danger else "primary"
        self.confirm = ActionButton(confirm, key="Ctrl+Enter", kind=kind)
        self.confirm.clicked.connect(self.accept)
        line.addWidget(leave)
        line.addWidget(self.confirm)
        column.addLayout(line)
        for key in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(key), self, self.confirm.click)

    def showEvent(self, event: QShowEvent) -> None:
        """Give wrapped words their height: a dialog's first size does not ask for it."""
        super().showEvent(event)
        self.fit(least=self.height())

    def fit(self, *, least: int = 0) -> None:
        """Be as tall as the words at this width ask for, at least `least` pixels."""
        layout = self.layout()
        if layout is not None and layout.hasHeightForWidth():
            layout.activate()
            wanted = layout.totalHeightForWidth(self.width())
            room = self.screen().availableGeometry().height()
            self.resize(self.width(), min(max(least, wanted), room))
