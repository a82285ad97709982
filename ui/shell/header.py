# SPDX-License-Identifier: MulanPSL-2.0
"""The bar at the top: name, place, search, operator."""

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSizePolicy, QWidget

from ui.theme import current, px
from ui.theme.icons import pixmap
from ui.widgets.base import label, paint_focus
from ui.widgets.elided_label import ElidedLabel
from ui.widgets.key_hint import key_size, paint_key


class _HeaderButton(QPushButton):
    """A button on the coloured bar: framed like a search box, or plain with an arrow."""

    def __init__(self, text: str, *, key: str = "", framed: bool = False) -> None:
        super().__init__(text)
        self._key, self._framed = key, framed
        wide = QSizePolicy.Policy.Preferred if framed else QSizePolicy.Policy.Minimum
        self.setSizePolicy(wide, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        theme = current()
        words = QFontMetrics(theme.font()).horizontalAdvance(self.text())
        if self._framed:
            wide = words + key_size(self._key).width() + theme.px("xxl") * 2
            return QSize(round(wide * 1.2), theme.px("touch") - theme.px("s"))
        return QSize(words + theme.px("icon") + theme.px("l"), theme.px("touch"))

    def minimumSizeHint(self) -> QSize:
        if not self._framed:
            return self.sizeHint()
        least = key_size(self._key).width() + current().px("xxl") * 2
        return QSize(least, self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = theme.colour("on_header")
        pad = theme.px("m") if self._framed else theme.px("xs")
        if self._framed:
            painter.setPen(QPen(colour, 1))
            fill = theme.colour("on_header")
            fill.setAlphaF(0.12)
            painter.setBrush(fill)
            box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            painter.drawRoundedRect(box, theme.px("radius"), theme.px("radius"))
        painter.setFont(theme.font())
        painter.setPen(colour)
        tail = key_size(self._key).width() if self._key else theme.px("small")
        room = self.width() - 2 * pad - tail - theme.px("s")
        metrics = QFontMetrics(theme.font())
        words = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
        painter.drawText(self.rect().adjusted(pad, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)
        if self._key:
            size = key_size(self._key)
            left = self.width() - pad - size.width()
            top = (self.height() - size.height()) // 2
            paint_key(painter, QRect(left, top, size.width(), size.height()), self._key, colour)
        else:
            size_px = theme.px("small") - 2
            arrow = pixmap("down", theme.hex("on_header"), size_px, self.devicePixelRatioF())
            left = pad + metrics.horizontalAdvance(words) + theme.px("xs")
            painter.drawPixmap(left, (self.height() - size_px) // 2 + 1, arrow)
        if self.hasFocus():
            paint_focus(painter, self.rect(), inner=colour)


class HeaderBar(QWidget):
    """一窗柜台 · hall · window, the search button and the operator's menu.

    Attributes:
        search: the button that opens the palette.
        operator: the button that opens the operator's menu.
    """

    search_requested = Signal()

    def __init__(self, menu: QMenu, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("header")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        line = QHBoxLayout(self)
        line.setContentsMargins(px("l"), 0, px("m"), 0)
        line.setSpacing(px("l"))
        line.addWidget(label("一窗柜台", strong=True))
        self._place = ElidedLabel("")
        line.addWidget(self._place, 3)
        self.search = _HeaderButton("搜索人、办件、事项、命令", key="Ctrl K", framed=True)
        self.search.setAccessibleName("搜索人、办件、事项、命令")
        self.search.setAccessibleDescription("快捷键 Ctrl+K")
        self.search.clicked.connect(self.search_requested)
        line.addWidget(self.search, 1)
        self.operator = _HeaderButton("")
        self.operator.setAccessibleDescription("快捷键 F10")
        self._menu = menu
        self.operator.clicked.connect(self.open_menu)
        line.addWidget(self.operator)
        self.set_operator("")

    def set_place(self, hall: str, window: str) -> None:
        """Show where this counter stands, such as 柳河镇便民服务中心 and 3 号窗."""
        self._place.setText(" · ".join(part for part in (hall, window) if part))

    def set_operator(self, name: str) -> None:
        """Show who is signed in; empty for nobody."""
        self.operator.setText(name or "未登录")
        self.operator.setAccessibleName(f"当前人员 {name or '未登录'}，菜单")
        self.operator.updateGeometry()

    def open_menu(self) -> None:
        """Open the operator's menu below its button (F10)."""
        corner = self.operator.mapToGlobal(self.operator.rect().bottomRight())
        corner.setX(corner.x() - self._menu.sizeHint().width())
        self._menu.popup(corner)
        first = self._menu.actions()
        if first:
            self._menu.setActiveAction(first[0])
