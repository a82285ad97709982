# SPDX-License-Identifier: MulanPSL-2.0
"""Big radio rows: one choice out of a few, by number key, arrow, click or touch."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QRadioButton, QSizePolicy, QWidget

from ui.theme import current
from ui.theme.icons import pixmap
from ui.widgets.base import paint_focus
from ui.widgets.key_hint import key_size, paint_key


class OptionRow(QRadioButton):
    """One option as a framed row with its number key; native radio for screen readers."""

    def __init__(self, key: str, number: int, words: str, parent: QWidget) -> None:
        super().__init__(words, parent)
        self.key, self.number = key, number
        self.off = False
        self.setAccessibleName(words)
        self.setAccessibleDescription(f"按数字键 {number}")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def _left(self) -> int:
        theme = current()
        return theme.px("m") + theme.px("icon") + theme.px("s")

    def _room(self) -> int:
        return key_size(str(self.number)).width() + current().px("m") + current().px("s")

    def sizeHint(self) -> QSize:
        theme = current()
        words = QFontMetrics(theme.font()).horizontalAdvance(self.text())
        return QSize(self._left() + words + self._room() + theme.px("s"), theme.px("touch"))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._left() + self._room() + 4 * current().px("l"), current().px("touch"))

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = self.isChecked()
        painter.setBrush(theme.colour("accent_weak" if on or self.underMouse() else "raised"))
        painter.setPen(QPen(theme.colour("accent" if on else "line"), 2 if on else 1))
        radius = theme.px("radius")
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)
        edge = theme.px("icon")
        tone = "accent" if on else "muted"
        plain = "muted" if self.off else "text"
        mark = pixmap("check" if on else "ring", theme.hex(tone), edge, self.devicePixelRatioF())
        painter.drawPixmap(theme.px("m"), (self.height() - edge) // 2, mark)
        painter.setFont(theme.font(bold=on))
        painter.setPen(theme.colour("accent" if on else plain))
        left = self._left()
        room = QRect(left, 0, self.width() - left - self._room(), self.height())
        cut = painter.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, cut)
        size = key_size(str(self.number))
        box = QRect(self.width() - theme.px("m") - size.width(), 0, size.width(), size.height())
        box.moveTop((self.height() - size.height()) // 2)
        paint_key(painter, box, str(self.number), theme.colour(tone))
        if self.hasFocus():
            paint_focus(painter, self.rect())


class OptionRows(QWidget):
    """Options below (or beside) each other; exactly one may be chosen."""

    edited = Signal(object)
    """The key that was chosen by the person."""
    picked = Signal()
    """The choice was made with a number key: whoever listens may move on."""

    def __init__(
        self,
        options: Sequence[tuple[str, str]] = (),
        *,
        across: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        way = QBoxLayout.Direction.LeftToRight if across else QBoxLayout.Direction.TopToBottom
        self._box = QBoxLayout(way, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(current().px("s"))
        self._group = QButtonGroup(self)
        self._rows: list[OptionRow] = []
        self.set_options(options)

    def set_options(self, options: Sequence[tuple[str, str]], off: Collection[str] = ()) -> None:
        """Show other options (key, words); the same ones keep their place and focus.

        Those in ``off`` are greyed. They can still be pressed: who listens says why not.
        """
        if [(row.key, row.text()) for row in self._rows] == list(options):
            return
        for row in self._rows:
            self._group.removeButton(row)
            row.hide()
            row.deleteLater()
        self._rows = []
        for number, (key, words) in enumerate(options, 1):
            row = OptionRow(key, number, words, self)
            row.off = key in off
            row.clicked.connect(self._clicked)
            self._group.addButton(row)
            self._box.addWidget(row)
            self._rows.append(row)
        if self._rows:
            self.setFocusProxy(self._rows[0])

    @property
    def rows(self) -> list[OptionRow]:
        """The radio buttons, in order."""
        return list(self._rows)

    def value(self) -> str:
        """Key of the chosen option, or ''."""
        return next((row.key for row in self._rows if row.isChecked()), "")

    def set_value(self, key: object) -> None:
        """Show a choice without telling anybody; an unknown key clears it."""
        if self.value() == key:
            return
        self._group.setExclusive(False)
        for row in self._rows:
            row.setChecked(row.key == key)
            if row.key == key:
                self.setFocusProxy(row)
        self._group.setExclusive(True)

    def pick(self, number: int) -> bool:
        """Choose by number key; false if there is no such option."""
        if not 1 <= number <= len(self._rows):
            return False
        row = self._rows[number - 1]
        row.setChecked(True)
        row.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.edited.emit(row.key)
        self.picked.emit()
        return True

    def _clicked(self) -> None:
        row = self.sender()
        if isinstance(row, OptionRow):
            self.setFocusProxy(row)
            self.edited.emit(row.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text().isdigit() and self.pick(int(event.text())):
            return
        super().keyPressEvent(event)
        if event.key() in {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right}:
            return


class YesNoRows(OptionRows):
    """是 or 否; the value is a bool, as form conditions want it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__((("yes", "是"), ("no", "否")), across=True, parent=parent)

    def set_value(self, key: object) -> None:
        super().set_value({True: "yes", False: "no"}.get(key, "") if isinstance(key, bool) else "")
