# SPDX-License-Identifier: MulanPSL-2.0
"""The list of screens at the left."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from ui.shell.entries import NavEntry
from ui.theme import current, px
from ui.widgets.base import paint_focus

_LIST_KEYS = {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter}


class _NavButton(QAbstractButton):
    """One entry: bar and fill when it is the screen shown, count or key at the right."""

    def __init__(self, entry: NavEntry, parent: QWidget) -> None:
        super().__init__(parent)
        self.entry = entry
        self.badge = entry.badge
        self.setText(entry.label)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.set_badge(entry.badge)

    def set_badge(self, count: int) -> None:
        """Show another count."""
        self.badge = count
        self.setAccessibleName(
            f"{self.entry.label}，{count} 件要处理" if count else self.entry.label
        )
        key = self.entry.key
        self.setAccessibleDescription(f"快捷键 {key}" if key else "")
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Qt would move the focus by geometry and swallow the key; the list knows better.
        if event.key() in _LIST_KEYS:
            event.ignore()
            return
        super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        theme = current()
        words = QFontMetrics(theme.font("body", bold=True)).horizontalAdvance(self.text())
        side = QFontMetrics(theme.font("small")).horizontalAdvance("F12 99+")
        return QSize(words + side + theme.px("l") * 2 + theme.px("m"), theme.px("touch"))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        here = self.isChecked()
        if here or self.underMouse():
            painter.fillRect(self.rect(), theme.colour("accent_weak" if here else "sunken"))
        if here:
            painter.fillRect(QRect(0, 0, 4, self.height()), theme.colour("accent"))
        painter.setFont(theme.font("body", bold=here))
        painter.setPen(theme.colour("accent" if here else "text"))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect().adjusted(theme.px("l") + 4, 0, 0, 0), middle, self.text())
        painter.setFont(theme.font("small", bold=here or bool(self.badge)))
        right = self.rect().adjusted(0, 0, -theme.px("m"), 0)
        if self.badge:
            self._paint_badge(painter, right)
        elif self.entry.key:
            painter.setPen(theme.colour("accent" if here else "muted"))
            painter.drawText(right, middle | Qt.AlignmentFlag.AlignRight, self.entry.key)
        if self.hasFocus():
            paint_focus(painter, self.rect())

    def _paint_badge(self, painter: QPainter, right: QRect) -> None:
        theme = current()
        words = str(self.badge) if self.badge < 100 else "99+"
        metrics = QFontMetrics(painter.font())
        tall = metrics.height()
        wide = max(metrics.horizontalAdvance(words) + theme.px("m"), tall)
        box = QRectF(right.right() - wide + 1, (self.height() - tall) / 2, wide, tall)
        painter.setBrush(theme.colour("danger_weak"))
        framed = theme.mode == "high_contrast"
        painter.setPen(theme.colour("danger") if framed else Qt.PenStyle.NoPen)
        painter.drawRoundedRect(box, tall / 2, tall / 2)
        painter.setPen(theme.colour("danger"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)


class NavBar(QWidget):
    """The screens, top to bottom; one Tab stop, arrows inside."""

    navigate = Signal(str)

    def __init__(self, entries: Sequence[NavEntry], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("nav")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("导航")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px("s"), 1, px("s"))
        column.setSpacing(0)
        self._buttons: dict[str, _NavButton] = {}
        for entry in entries:
            if entry.hidden:
                continue
            button = _NavButton(entry, self)
            button.clicked.connect(self._clicked)
            column.addWidget(button)
            self._buttons[entry.id] = button
        column.addStretch(1)

    @property
    def ids(self) -> list[str]:
        """Ids of the entries shown, top to bottom."""
        return list(self._buttons)

    def set_badge(self, screen_id: str, count: int) -> None:
        """Show a count at an entry; unknown ids are ignored."""
        if screen_id in self._buttons:
            self._buttons[screen_id].set_badge(count)

    def set_here(self, screen_id: str) -> None:
        """Mark the screen shown."""
        for key, button in self._buttons.items():
            here = key == screen_id
            button.setAutoExclusive(False)
            button.setChecked(here)
            button.setAutoExclusive(screen_id in self._buttons)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if here else Qt.FocusPolicy.ClickFocus)

    def _clicked(self) -> None:
        button = self.sender()
        if isinstance(button, _NavButton):
            self.navigate.emit(button.entry.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        move = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        buttons = list(self._buttons.values())
        at = next((i for i, button in enumerate(buttons) if button.hasFocus()), -1)
        if at >= 0 and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            buttons[at].click()
        elif move and at >= 0 and 0 <= at + move < len(buttons):
            buttons[at + move].setFocus(Qt.FocusReason.TabFocusReason)
        else:
            super().keyPressEvent(event)
