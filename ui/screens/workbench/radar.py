# SPDX-License-Identifier: MulanPSL-2.0
"""时限雷达: what is due, most urgent first, and why it is due on that day."""

from collections.abc import Sequence
from datetime import date
from functools import partial

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QGridLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from counter.app.queries import DueRow
from ui.models.words import DUE_WORDS, LEVEL_TONES, due_words, short_no
from ui.theme import current, px
from ui.theme.icons import MARKS, pixmap
from ui.widgets.base import Tone, announce, label, paint_focus
from ui.widgets.buttons import SecondaryButton
from ui.widgets.card import Card
from ui.widgets.elided_label import ElidedLabel
from ui.widgets.empty_state import EmptyState
from ui.widgets.skeleton import Skeleton

_MOST = 40
_HEADS = ("到期", "时钟", "办件", "现状", "")


class DueButton(QAbstractButton):
    """A due date; pressing it unfolds why it is that day."""

    def __init__(self, text: str, tone: Tone, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone: Tone = tone
        self.setText(text)
        self.setCheckable(True)
        self.setAccessibleName(f"到期 {text}")
        self.setAccessibleDescription("按下看为什么是这天")
        self.setToolTip("为什么是这天")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def _font(self) -> QFont:
        font = current().font(bold=True)
        font.setUnderline(self.isChecked())
        return font

    def sizeHint(self) -> QSize:
        theme = current()
        words = QFontMetrics(theme.font(bold=True)).horizontalAdvance(self.text())
        return QSize(words + theme.px("icon") + theme.px("m"), theme.px("touch"))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        painter = QPainter(self)
        edge, gap = theme.px("icon"), theme.px("xs")
        picture = pixmap(MARKS[self._tone], theme.hex(self._tone), edge, self.devicePixelRatioF())
        painter.drawPixmap(gap, (self.height() - edge) // 2, picture)
        painter.setFont(self._font())
        painter.setPen(theme.colour(self._tone))
        room = QRect(edge + 2 * gap, 0, self.width() - edge - 2 * gap, self.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, self.text())
        if self.hasFocus():
            paint_focus(painter, self.rect())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
            return
        super().keyPressEvent(event)


class RadarCard(Card):
    """The radar; rows are rebuilt only when they differ, open explanations stay open."""

    open_case = Signal(str)
    start_intake = Signal()

    def __init__(self) -> None:
        super().__init__("时限雷达", note="按最急排列 · 点日期看“为什么是这天”")
        self._rows: tuple[DueRow, ...] | None = None
        self._today: date | None = None
        self._open: set[tuple[str, str]] = set()
        self._whole = False
        self._empty = EmptyState(
            "现在没有快到期的办件。",
            "可以继续受理下一位；有时限临近，这里会先红后黄地列出来。",
            icon="check",
            action_text="受理",
            key="F2",
        )
        self._empty.action.connect(self.start_intake)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.add(self._area, 1)
        self.add(self._empty, 1)
        self._empty.hide()
        self._inner: QWidget = Skeleton(6)
        self._area.setWidget(self._inner)

    @property
    def rows(self) -> tuple[DueRow, ...]:
        """The rows shown."""
        return self._rows or ()

    def show_whole(self, *, on: bool) -> None:
        """Take the height of all rows (the screen scrolls) instead of scrolling inside."""
        self._whole = on
        self._fit()

    def _fit(self) -> None:
        tall = self._inner.sizeHint().height() if self._whole else 0
        self._area.setMinimumHeight(tall)

    def show_rows(self, rows: Sequence[DueRow], today: date) -> None:
        """Show the radar."""
        if tuple(rows) == self._rows and today == self._today:
            return
        self._rows, self._today = tuple(rows), today
        held = self._held()
        scroll = self._area.verticalScrollBar().value()
        self._inner = QWidget()
        column = QVBoxLayout(self._inner)
        column.setContentsMargins(0, 0, 0, 0)
        grid = QGridLayout()
        grid.setHorizontalSpacing(px("m"))
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(2, 3)
        grid.setColumnStretch(3, 2)
        for at, head in enumerate(_HEADS):
            grid.addWidget(label(head, "small", tone="muted", strong=True), 0, at)
        for at, row in enumerate(rows[:_MOST]):
            self._add_row(grid, 1 + 3 * at, row, today)
        column.addLayout(grid)
        if len(rows) > _MOST:
            more = f"另有 {len(rows) - _MOST} 件，在「办件 · 快到期」里看"
            column.addWidget(label(more, "small", tone="muted"))
        column.addStretch(1)
        self._area.setWidget(self._inner)
        self._area.setVisible(bool(rows))
        self._empty.setVisible(not rows)
        self._fit()
        self._area.verticalScrollBar().setValue(scroll)
        self._give_back(held)

    def _add_row(self, grid: QGridLayout, at: int, row: DueRow, today: date) -> None:
        tone = LEVEL_TONES[row.level]
        due = DueButton(due_words(row.due, today), tone)
        due.setObjectName(f"due/{row.case_id}/{row.kind}")
        words = QVBoxLayout()
        words.setSpacing(0)
        words.setContentsMargins(0, px("s"), 0, px("s"))
        words.addWidget(ElidedLabel(row.title))
        words.addWidget(ElidedLabel(short_no(row.receipt_no), "small", tone="muted"))
        now = ElidedLabel(row.now_word, tone=tone)
        urgent = row.level in {"red", "overdue"}
        button = SecondaryButton("处理" if urgent else "查看")
        button.setObjectName(f"open/{row.case_id}/{row.kind}")
        button.setAccessibleName(f"{button.text()} {row.title}")
        button.clicked.connect(partial(self.open_case.emit, row.case_id))
        grid.addWidget(due, at, 0, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(label(DUE_WORDS.get(row.kind, row.kind)), at, 1)
        grid.addLayout(words, at, 2)
        grid.addWidget(now, at, 3)
        grid.addWidget(button, at, 4)
        why = label("\n".join(row.explain) or "没有更多说明。", "small", tone="muted", wrap=True)
        why.setContentsMargins(px("xl"), 0, 0, px("s"))
        grid.addWidget(why, at + 1, 0, 1, 5)
        rule = QFrame()
        rule.setObjectName("rule")
        grid.addWidget(rule, at + 2, 0, 1, 5)
        key = (row.case_id, row.kind)
        due.setChecked(key in self._open)
        why.setVisible(key in self._open)
        due.toggled.connect(partial(self._toggle, key, why))

    def _toggle(self, key: tuple[str, str], why: QWidget, on: bool) -> None:
        why.setVisible(on)
        self._fit()
        if on:
            self._open.add(key)
            announce(why, why.property("text") or "")
        else:
            self._open.discard(key)

    def _held(self) -> str:
        names = (w.objectName() for w in self._inner.findChildren(QAbstractButton) if w.hasFocus())
        return next(names, "")

    def _give_back(self, name: str) -> None:
        if not name:
            return
        found = self._inner.findChild(QAbstractButton, name)
        if isinstance(found, QAbstractButton):
            found.setFocus(Qt.FocusReason.OtherFocusReason)
