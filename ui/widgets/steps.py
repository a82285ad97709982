# SPDX-License-Identifier: MulanPSL-2.0
"""The list of steps of a task with the state of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from ui.theme import current
from ui.theme.icons import pixmap
from ui.widgets.base import paint_focus

StepState = Literal["todo", "current", "done", "problem"]

_LOOK: dict[StepState, tuple[str, str, str]] = {
    "todo": ("ring", "muted", "未做"),
    "current": ("play", "accent", "正在做"),
    "done": ("check", "ok", "已完成"),
    "problem": ("warn", "danger", "有问题"),
}


_LIST_KEYS = {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter}


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        id: what `chosen` tells.
        title: its name, without the number.
        state: 未做, 正在做, 已完成, 有问题.
        sub: one line of what is known, may be empty.
        enabled: whether one may go there now.
    """

    id: str
    title: str
    state: StepState = "todo"
    sub: str = ""
    enabled: bool = True


class _StepRow(QAbstractButton):
    """One row; the arrow keys go between rows."""

    def __init__(self, number: int, step: Step, parent: QWidget) -> None:
        super().__init__(parent)
        self.number = number
        self.step = step
        self.here = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.show_step(step, here=False)

    def show_step(self, step: Step, *, here: bool) -> None:
        """Show another state of the step."""
        self.step, self.here = step, here
        self.setEnabled(step.enabled)
        words = [f"第{self.number}步 {step.title}", _LOOK[step.state][2]]
        self.setAccessibleName("，".join([*words, step.sub] if step.sub else words))
        self.setText(step.title)
        self.setToolTip(step.sub)
        self.updateGeometry()
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Qt would move the focus by geometry and swallow the key; the list knows better.
        if event.key() in _LIST_KEYS:
            event.ignore()
            return
        super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        theme = current()
        line = QFontMetrics(theme.font("body", bold=True))
        tall = line.height() + theme.px("m") * 2
        if self.step.sub:
            tall += QFontMetrics(theme.font("small")).height()
        wide = line.horizontalAdvance(f"0 {self.step.title}") + theme.px("icon") + theme.px("xxl")
        return QSize(wide, max(tall, theme.px("touch")))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        painter = QPainter(self)
        icon, tone, _ = _LOOK[self.step.state]
        if self.here:
            painter.fillRect(self.rect(), theme.colour("accent_weak"))
            painter.fillRect(QRect(0, 0, 4, self.height()), theme.colour("accent"))
        edge, pad = theme.px("icon"), theme.px("l")
        strong = self.here or self.step.state != "todo"
        font = theme.font("body", bold=strong)
        line = QFontMetrics(font).height()
        sub = QFontMetrics(theme.font("small"))
        block = line + (sub.height() if self.step.sub else 0)
        top = (self.height() - block) // 2
        picture = pixmap(icon, theme.hex(tone), edge, self.devicePixelRatioF())
        painter.drawPixmap(pad, top + (line - edge) // 2, picture)
        left = pad + edge + theme.px("xs") + 2
        painter.setFont(font)
        painter.setPen(theme.colour("accent" if self.here else "text"))
        room = QRect(left, top, self.width() - left - 2, line)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, f"{self.number} {self.step.title}")
        if self.step.sub:
            painter.setFont(theme.font("small"))
            painter.setPen(theme.colour("muted"))
            room = QRect(left, top + line, self.width() - left - theme.px("s"), sub.height())
            cut = sub.elidedText(self.step.sub, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, cut)
        if self.hasFocus():
            paint_focus(painter, self.rect())


class StepList(QWidget):
    """The steps of a task, top to bottom; one Tab stop, arrows inside, Enter or Space chooses."""

    chosen = Signal(str)
    """Id of the step the person wants to go to."""

    def __init__(self, steps: Sequence[Step] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("步骤")
        self._rows: list[_StepRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        if steps:
            self.set_steps(steps)

    def set_steps(self, steps: Sequence[Step], here: str = "") -> None:
        """Show the steps.

        Args:
            steps: all steps in order; a list of the same length keeps focus and place.
            here: id of the step on the screen; default is the one in state `current`.
        """
        while len(self._rows) > len(steps):
            self._rows.pop().deleteLater()
        here = here or next((step.id for step in steps if step.state == "current"), "")
        for number, step in enumerate(steps, 1):
            if number > len(self._rows):
                row = _StepRow(number, step, self)
                row.clicked.connect(self._clicked)
                self._column.insertWidget(number - 1, row)
                self._rows.append(row)
            row = self._rows[number - 1]
            row.show_step(step, here=step.id == here)
            stop = step.id == here or (not here and number == 1)
            policy = Qt.FocusPolicy.StrongFocus if stop else Qt.FocusPolicy.ClickFocus
            row.setFocusPolicy(policy)

    @property
    def steps(self) -> list[Step]:
        """The steps shown."""
        return [row.step for row in self._rows]

    def _clicked(self) -> None:
        row = self.sender()
        if isinstance(row, _StepRow):
            self.chosen.emit(row.step.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        move = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        at = next((i for i, row in enumerate(self._rows) if row.hasFocus()), -1)
        if at >= 0 and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._rows[at].click()
            return
        while move and 0 <= at + move < len(self._rows):
            at += move
            if self._rows[at].isEnabled():
                self._rows[at].setFocus(Qt.FocusReason.TabFocusReason)
                return
        super().keyPressEvent(event)
