# SPDX-License-Identifier: MulanPSL-2.0
"""The honest line at the bottom: link, unsent, deadlines, devices, clock, keys."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from ui.theme import current, px
from ui.theme.icons import pixmap
from ui.widgets.base import Tone, announce, paint_focus

ORDER = ("link", "unsent", "deadlines", "devices", "keys", "clock")
"""Ids of the parts from left to right; `clock` stands at the right end."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Words of one thing in one tone; `icon` is drawn before the words, or after if `behind`."""

    text: str
    tone: Tone | None = None
    icon: str = ""
    behind: bool = False
    strong: bool = False


@dataclass(frozen=True, slots=True)
class StatusPart:
    """One part of the bar.

    Attributes:
        id: one of `ORDER`, or another id, which comes after the known ones.
        segments: what it says.
        target: id of the screen it opens, empty for none.
    """

    id: str
    segments: tuple[Segment, ...]
    target: str = ""

    @property
    def words(self) -> str:
        """All words, for a screen reader."""
        marks = {"check": "正常", "cross": "异常"}
        return "，".join(f"{s.text}{marks.get(s.icon, '')}" for s in self.segments)


class _PartButton(QAbstractButton):
    """A flat button with several tones in its words."""

    def __init__(self, part: StatusPart, parent: QWidget) -> None:
        super().__init__(parent)
        self.part = part
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.show_part(part)

    def show_part(self, part: StatusPart) -> None:
        """Show other words; a change is announced politely."""
        changed = part.words != self.part.words
        self.part = part
        self.setAccessibleName(part.words)
        self.setToolTip(part.words)
        self.setCursor(
            Qt.CursorShape.PointingHandCursor if part.target else Qt.CursorShape.ArrowCursor
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if part.target else Qt.FocusPolicy.NoFocus)
        if changed and self.isVisible() and part.id != "clock":
            announce(self, part.words)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        theme = current()
        wide = theme.px("m")
        for segment in self.part.segments:
            metrics = QFontMetrics(theme.font("small", bold=segment.strong))
            wide += metrics.horizontalAdvance(segment.text) + theme.px("m")
            wide += theme.px("small") + theme.px("xs") if segment.icon else 0
        return QSize(wide, theme.px("touch") - theme.px("s") - 1)

    def minimumSizeHint(self) -> QSize:
        return QSize(current().px("touch"), self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        painter = QPainter(self)
        if self.underMouse() and self.part.target:
            painter.fillRect(self.rect(), theme.colour("sunken"))
        painter.setPen(theme.colour("line"))
        if self.part.id != "clock":
            edge = self.width() - 1
            painter.drawLine(edge, theme.px("s"), edge, self.height() - theme.px("s"))
        left = theme.px("m")
        mark = theme.px("small")
        for segment in self.part.segments:
            tone = segment.tone or "text"
            font = theme.font("small", bold=segment.strong)
            words = segment.text
            wide = QFontMetrics(font).horizontalAdvance(words)
            room = self.width() - left - 4
            room -= mark + theme.px("xs") if segment.icon else 0
            if wide > room:
                words = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideRight, room)
                wide = QFontMetrics(font).horizontalAdvance(words)
            shift = mark + theme.px("xs") if segment.icon and not segment.behind else 0
            if segment.icon:
                at = left if not segment.behind else left + wide + theme.px("xs")
                picture = pixmap(segment.icon, theme.hex(tone), mark, self.devicePixelRatioF())
                painter.drawPixmap(at, (self.height() - mark) // 2 + 1, picture)
            painter.setFont(font)
            painter.setPen(theme.colour(tone))
            area = self.rect().adjusted(left + shift, 0, 0, 0)
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, words)
            left += wide + theme.px("m") + (mark + theme.px("xs") if segment.icon else 0)
        if self.hasFocus():
            paint_focus(painter, self.rect())


class StatusBar(QWidget):
    """Parts in words and tones; each opens the screen that can do something about it."""

    navigate = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("状态栏")
        self._parts: dict[str, _PartButton] = {}
        self._order: list[str] = []
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(px("xs"), 1, px("xs"), 0)
        self._line.setSpacing(0)
        self._line.addStretch(1)

    def set_part(self, part: StatusPart) -> None:
        """Show a part, new or changed."""
        button = self._parts.get(part.id)
        if button is not None:
            button.show_part(part)
            return
        button = _PartButton(part, self)
        button.clicked.connect(self._clicked)
        self._parts[part.id] = button
        rank = {name: at for at, name in enumerate(ORDER)}
        ordered = sorted(self._parts, key=lambda name: rank.get(name, rank["clock"] - 0.5))
        while self._line.count():
            self._line.takeAt(0)
        for name in ordered:
            if name == "clock":
                self._line.addStretch(1)
            self._line.addWidget(self._parts[name])
        if "clock" not in self._parts:
            self._line.addStretch(1)
        button.show()
        self._order = ordered

    def follow(self, widget: QWidget) -> None:
        """Put the parts after a widget in the order of Tab, as they stand on the screen."""
        for name in self._order:
            QWidget.setTabOrder(widget, self._parts[name])
            widget = self._parts[name]

    def part_button(self, part_id: str) -> QAbstractButton | None:
        """The button of a part, if shown."""
        return self._parts.get(part_id)

    def _clicked(self) -> None:
        button = self.sender()
        if isinstance(button, _PartButton) and button.part.target:
            self.navigate.emit(button.part.target)
