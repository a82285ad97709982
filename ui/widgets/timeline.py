# SPDX-License-Identifier: MulanPSL-2.0
"""What happened, newest first: time, title, detail."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from ui.theme import px
from ui.widgets.base import Tone, label


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One event: when, what, and who or where or why."""

    time: str
    title: str
    detail: str = ""
    tone: Tone | None = None


class Timeline(QWidget):
    """A list of events as time | bold title over detail, with thin lines between."""

    def __init__(
        self, entries: Sequence[TimelineEntry] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName("经过")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(px("m"))
        self._grid.setVerticalSpacing(px("xs"))
        self._grid.setColumnStretch(1, 1)
        self._count = 0
        self.set_entries(entries)

    @property
    def count(self) -> int:
        """Number of events shown."""
        return self._count

    def set_entries(self, entries: Sequence[TimelineEntry]) -> None:
        """Show other events."""
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        row = 0
        for entry in entries:
            if row:
                line = QFrame()
                line.setObjectName("rule")
                self._grid.addWidget(line, row, 0, 1, 2)
                row += 1
            when = label(entry.time, "small", tone="muted")
            self._grid.addWidget(when, row, 0, Qt.AlignmentFlag.AlignTop)
            title = label(entry.title, strong=True, wrap=True, tone=entry.tone or "")
            title.setAccessibleName(f"{entry.time} {entry.title} {entry.detail}".strip())
            self._grid.addWidget(title, row, 1)
            if entry.detail:
                row += 1
                self._grid.addWidget(label(entry.detail, "small", tone="muted", wrap=True), row, 1)
            row += 1
        self._count = len(entries)
