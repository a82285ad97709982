# SPDX-License-Identifier: MulanPSL-2.0
"""Buttons that show their key: the one main action, the others, and quiet links."""

from typing import Literal

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from ui.theme import current
from ui.theme.icons import pixmap
from ui.widgets.base import paint_focus
from ui.widgets.key_hint import key_size, paint_key

Kind = Literal["primary", "secondary", "danger", "link"]


class ActionButton(QPushButton):
    """A button painted from tokens: icon, words, and its key in a box.

    The key is only shown; the shortcut itself belongs to the screen or the shell. Enter, Return
    and Space press the button.
    """

    def __init__(
        self,
        text: str,
        *,
        key: str = "",
        icon: str = "",
        kind: Kind = "secondary",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._kind: Kind = kind
        self._key = key
        self._mark = icon
        self.setAutoDefault(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_key(key)

    def set_key(self, key: str) -> None:
        """Show another key, or none."""
        self._key = key
        self.setAccessibleDescription(f"快捷键 {key}" if key else "")
        self.updateGeometry()
        self.update()

    @property
    def key(self) -> str:
        """The key shown."""
        return self._key

    def _font(self) -> QFont:
        font = current().font("body", bold=self._kind == "primary")
        font.setUnderline(self._kind == "link")
        return font

    def _content(self) -> tuple[int, int, int]:
        """Widths of icon, words and key, each with its gap."""
        theme = current()
        mark = theme.px("icon") + theme.px("s") if self._mark else 0
        words = QFontMetrics(self._font()).horizontalAdvance(self.text())
        key = key_size(self._key).width() + theme.px("s") if self._key else 0
        return mark, words, key

    def sizeHint(self) -> QSize:
        theme = current()
        pad = theme.px("xs") if self._kind == "link" else theme.px("l")
        return QSize(sum(self._content()) + 2 * pad, theme.px("touch"))

    def minimumSizeHint(self) -> QSize:
        mark, words, _ = self._content()
        return QSize(mark + words + 2 * current().px("s"), current().px("touch"))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.StyleChange, QEvent.Type.FontChange}:
            self.updateGeometry()

    def _colours(self) -> tuple[str, str, str]:
        """Names of fill (empty for none), line (empty for none) and text colour."""
        over = self.underMouse() or self.isDown()
        if not self.isEnabled():
            return ("" if self._kind == "link" else "sunken"), "", "muted"
        if self._kind == "primary":
            return ("accent_hover" if over else "accent"), "", "on_accent"
        if self._kind == "danger":
            return ("danger_weak" if over else "raised"), "danger", "danger"
        if self._kind == "link":
            return "", "", "accent"
        fill = "accent_weak" if over or self.isChecked() else "raised"
        return fill, ("accent" if self.isChecked() else "line"), "text"

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        fill, line, text = self._colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setBrush(theme.colour(fill) if fill else Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.colour(line), 1) if line else Qt.PenStyle.NoPen)
        if fill or line:
            painter.drawRoundedRect(box, theme.px("radius"), theme.px("radius"))
        self._paint_content(painter, text)
        if self.hasFocus():
            inner = theme.colour("on_accent") if self._kind == "primary" else None
            paint_focus(painter, self._hit(), inner=inner)

    def _hit(self) -> QRect:
        """The area that presses the button: a link is only as wide as its words."""
        if self._kind != "link":
            return self.rect()
        return self.rect().intersected(QRect(0, 0, self.sizeHint().width(), self.height()))

    def hitButton(self, pos: QPoint) -> bool:
        return self._hit().contains(pos)

    def _paint_content(self, painter: QPainter, text: str) -> None:
        """Icon, words, key; in too little room the key goes first, then the words are cut."""
        theme = current()
        mark, words, key = self._content()
        shown = self.text()
        edge = theme.px("xs")
        if mark + words + key > self.width() - 2 * edge:
            key, left = 0, self.width() - 2 * edge - mark
            if words > left:  # asked for its exact width Qt would cut what fits
                words, metrics = left, QFontMetrics(self._font())
                shown = metrics.elidedText(shown, Qt.TextElideMode.ElideRight, left)
        left = edge if self._kind == "link" else max((self.width() - mark - words - key) // 2, 0)
        if mark:
            size = theme.px("icon")
            picture = pixmap(self._mark, theme.hex(text), size, self.devicePixelRatioF())
            painter.drawPixmap(left, (self.height() - size) // 2, picture)
        painter.setFont(self._font())
        painter.setPen(theme.colour(text))
        area = QRect(left + mark, 0, words + 1, self.height())
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(area, align | Qt.TextFlag.TextSingleLine, shown)
        if key:
            room = key_size(self._key)
            top = (self.height() - room.height()) // 2
            start = left + mark + words + theme.px("s")
            box = QRect(start, top, room.width(), room.height())
            paint_key(painter, box, self._key, theme.colour(text))


class PrimaryButton(ActionButton):
    """The one main action of a place."""

    def __init__(
        self, text: str, key: str = "", *, icon: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(text, key=key, icon=icon, kind="primary", parent=parent)


class SecondaryButton(ActionButton):
    """Any other action; `danger=True` for one that takes something away."""

    def __init__(
        self,
        text: str,
        key: str = "",
        *,
        icon: str = "",
        danger: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        kind: Kind = "danger" if danger else "secondary"
        super().__init__(text, key=key, icon=icon, kind=kind, parent=parent)


class LinkButton(ActionButton):
    """A quiet action in a line of text, underlined."""

    def __init__(
        self, text: str, key: str = "", *, icon: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(text, key=key, icon=icon, kind="link", parent=parent)
