# SPDX-License-Identifier: MulanPSL-2.0
"""What every step of the intake has in common: a scrolling column and a place for the focus."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from ui.screens.intake.presenter import IntakePresenter
from ui.theme import px
from ui.widgets.base import label
from ui.widgets.elided_label import ElidedLabel


class StepPage(QWidget):
    """A title with a note above a column that scrolls when there is no room.

    Attributes:
        column: the layout of the content.
    """

    def __init__(self, presenter: IntakePresenter, title: str, *, scroll: bool = True) -> None:
        super().__init__()
        self.presenter = presenter
        self.setAccessibleName(title)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(px("s"))
        head = QHBoxLayout()
        head.setSpacing(px("m"))
        self._title = label(title, "title")
        self._note = ElidedLabel("", tone="muted")
        head.addWidget(self._title)
        head.addWidget(self._note, 1)
        outer.addLayout(head)
        self.column = QVBoxLayout()
        self.column.setSpacing(px("m"))
        self._area: QScrollArea | None = None
        if not scroll:
            self.column.setContentsMargins(0, 0, 0, 0)
            outer.addLayout(self.column, 1)
            return
        inner = QWidget()
        inner.setLayout(self.column)
        self.column.setContentsMargins(0, 0, px("xs"), 0)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inner)
        self._area = area
        outer.addWidget(area, 1)

    def set_note(self, note: str) -> None:
        """Say how far the step is, beside its title."""
        self._note.setText(note)

    def show_view(self) -> None:
        """Show the presenter's view; called after every change while in front."""

    def open_new(self) -> None:
        """Another draft is on the screen."""

    def focus_at(self, focus: str) -> None:
        """Put the focus to a field, or where work goes on."""

    def keep_visible(self, widget: QWidget) -> None:
        """Watch a control: when it gets the focus, the column scrolls to it."""
        widget.installEventFilter(self)

    def reveal(self, widget: QWidget) -> None:
        """Scroll to a widget."""
        if self._area is not None:
            self._area.ensureWidgetVisible(widget, 0, px("xxl"))

    def to_top(self) -> None:
        """Show the column from its beginning."""
        if self._area is not None:
            self._area.verticalScrollBar().setValue(0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, QWidget):
            self.reveal(watched)
        return False
