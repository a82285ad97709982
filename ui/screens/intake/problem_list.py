# SPDX-License-Identifier: MulanPSL-2.0
"""Everything that is wrong, each line a way to the place where it is put right."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from counter.domain.intake_problems import IntakeProblem
from ui.theme import current
from ui.theme.icons import pixmap
from ui.widgets.base import paint_focus
from ui.widgets.card import Card

_WRAP = Qt.TextFlag.TextWrapAnywhere | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class ProblemLine(QAbstractButton):
    """One finding as a line that wraps and can be pressed."""

    def __init__(self, problem: IntakeProblem, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.problem = problem
        self.setText(problem.text)
        self.setAccessibleName(f"{problem.text}，按回车去改")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        theme = current()
        room = width - theme.px("icon") - 3 * theme.px("s")
        box = QRect(0, 0, max(room, 80), 10_000)
        text = QFontMetrics(theme.font()).boundingRect(box, int(_WRAP), self.text())
        return max(text.height() + theme.px("m"), theme.px("touch"))

    def sizeHint(self) -> QSize:
        return QSize(200, self.heightForWidth(max(self.width(), 300)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        stops = self.problem.severity == "error"
        painter = QPainter(self)
        edge, gap = theme.px("icon"), theme.px("s")
        tone = "danger" if stops else "warn"
        mark = pixmap("warn" if stops else "info", theme.hex(tone), edge, self.devicePixelRatioF())
        painter.drawPixmap(gap, (self.height() - edge) // 2, mark)
        font = theme.font()
        font.setUnderline(True)
        painter.setFont(font)
        painter.setPen(theme.colour(tone))
        room = self.rect().adjusted(edge + 2 * gap, 0, -gap, 0)
        painter.drawText(room, int(_WRAP), self.text())
        if self.hasFocus():
            paint_focus(painter, self.rect())


class ProblemList(Card):
    """A card of findings; hidden while there are none."""

    chosen = Signal(str, str)
    """Step and field of the finding."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._lines: list[ProblemLine] = []
        self._shown: tuple[IntakeProblem, ...] = ()
        self.hide()

    def show_problems(self, found: Sequence[IntakeProblem]) -> None:
        """Show these; the same ones keep their lines and the focus."""
        self.setVisible(bool(found))
        if tuple(found) == self._shown:
            return
        self._shown = tuple(found)
        for line in self._lines:
            line.hide()
            line.deleteLater()
        self._lines = []
        for problem in found:
            line = ProblemLine(problem)
            line.clicked.connect(self._clicked)
            self._lines.append(line)
            self.add(line)

    @property
    def lines(self) -> list[ProblemLine]:
        """The lines shown."""
        return list(self._lines)

    def _clicked(self) -> None:
        line = self.sender()
        if isinstance(line, ProblemLine):
            self.chosen.emit(line.problem.step, line.problem.field)
