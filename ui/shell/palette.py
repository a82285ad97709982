# SPDX-License-Identifier: MulanPSL-2.0
"""Ctrl+K: find people, cases, items, screens and commands from one box."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, QTimer
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ui.runner import Latest, Runner
from ui.shell.overlay import Overlay
from ui.theme import current
from ui.widgets.base import announce, label
from ui.widgets.key_hint import key_size, paint_key

Where = Literal["here", "db", "io"]
_ENTRY = Qt.ItemDataRole.UserRole
_LIMIT = 12


@dataclass(frozen=True, slots=True)
class PaletteEntry:
    """One result: a title, a line below, a key shown at the right, and what Enter does."""

    title: str
    subtitle: str = ""
    key: str = ""
    action: Callable[[], object] = lambda: None


Provider = Callable[[str], Sequence[PaletteEntry]]
"""Answers a query; empty for the first look. Must not touch widgets unless it runs `here`."""


@dataclass(slots=True)
class _Source:
    ask: Provider
    where: Where
    latest: Latest
    found: Sequence[PaletteEntry] = ()


class _Rows(QStyledItemDelegate):
    """Paints a result: title over subtitle, key at the right."""

    def sizeHint(
        self,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> QSize:
        theme = current()
        lines = QFontMetrics(theme.font()).height() + QFontMetrics(theme.font("small")).height()
        return QSize(0, max(lines + theme.px("m"), theme.px("touch")))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        theme = current()
        entry = index.data(_ENTRY)
        rect = option.rect
        view = self.parent()
        chosen = isinstance(view, QListWidget) and view.currentRow() == index.row()
        painter.save()
        if chosen:
            painter.fillRect(rect, theme.colour("accent_weak"))
            painter.fillRect(rect.x(), rect.y(), 4, rect.height(), theme.colour("accent"))
        left = rect.adjusted(theme.px("l"), theme.px("xs"), -theme.px("m"), -theme.px("xs"))
        painter.setFont(theme.font(bold=chosen))
        painter.setPen(theme.colour("accent" if chosen else "text"))
        top = Qt.AlignmentFlag.AlignTop if entry.subtitle else Qt.AlignmentFlag.AlignVCenter
        painter.drawText(left, int(top), entry.title)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.colour("muted"))
        cut = QFontMetrics(theme.font("small")).elidedText(
            entry.subtitle, Qt.TextElideMode.ElideRight, left.width()
        )
        painter.drawText(left, int(Qt.AlignmentFlag.AlignBottom), cut)
        if entry.key:
            size = key_size(entry.key)
            box = left.adjusted(left.width() - size.width(), 0, 0, 0)
            box.setHeight(size.height())
            box.moveTop(rect.center().y() - size.height() // 2)
            paint_key(painter, box, entry.key, theme.colour("muted"))
        painter.restore()


class CommandPalette(Overlay):
    """A box and its results; results come as one types, late ones are dropped."""

    def __init__(self, host: QWidget, runner: Runner | None = None) -> None:
        super().__init__(host, "搜索一切", width=44)
        self._runner = runner
        self._sources: list[_Source] = []
        self._box = QLineEdit()
        self._box.setPlaceholderText("姓名、拼音、证件后四位、凭证号、事项、命令……")
        self._box.setAccessibleName("搜索人、办件、事项、命令")
        self._box.textChanged.connect(self._typed)
        self._box.installEventFilter(self)
        self._list = QListWidget()
        self._list.setItemDelegate(_Rows(self._list))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setAccessibleName("结果")
        self._list.itemClicked.connect(self._choose)
        self._foot = label("", "small", tone="muted")
        self.column.addWidget(self._box)
        self.column.addWidget(self._list, 1)
        self.column.addWidget(self._foot)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(60)
        self._timer.timeout.connect(self._ask_all)

    def add_provider(self, ask: Provider, where: Where = "here") -> None:
        """Add a source of results.

        Args:
            ask: the question; blocking is fine unless it runs `here`.
            where: `here` in the GUI thread (fast, in memory), else the runner's `db` or `io`.

        Raises:
            ValueError: a source elsewhere needs a runner.
        """
        if where != "here" and self._runner is None:
            msg = "a provider off the GUI thread needs a runner"
            raise ValueError(msg)
        self._sources.append(_Source(ask, where, Latest()))

    @property
    def box(self) -> QLineEdit:
        """The input box."""
        return self._box

    @property
    def titles(self) -> list[str]:
        """Titles of the results shown."""
        return [self._list.item(at).text() for at in range(self._list.count())]

    def pop_up(self) -> None:
        """Open with an empty box."""
        self._box.clear()
        self._ask_all()
        self.open()
        self._box.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _typed(self) -> None:
        self._timer.start()

    def _ask_all(self) -> None:
        self._timer.stop()
        query = self._box.text().strip()
        for source in self._sources:
            if source.where == "here" or self._runner is None:
                source.found = source.ask(query)
                continue
            run = self._runner.run_db if source.where == "db" else self._runner.run_io
            run(
                partial(source.ask, query),
                partial(self._answered, source),
                owner=self,
                latest=source.latest,
            )
        self._fill()

    def _answered(self, source: _Source, found: Sequence[PaletteEntry]) -> None:
        source.found = found
        self._fill()

    def _fill(self) -> None:
        at = max(self._list.currentRow(), 0)
        self._list.clear()
        for source in self._sources:
            for entry in source.found[:_LIMIT]:
                item = QListWidgetItem(entry.title)
                item.setData(_ENTRY, entry)
                item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{entry.title} {entry.subtitle}")
                self._list.addItem(item)
        count = self._list.count()
        self._list.setCurrentRow(min(at, count - 1) if count else -1)
        told = (
            f"{count} 条结果 · ↑↓ 选择，Enter 打开，Esc 关闭" if count else "没有找到，换个说法试试"
        )
        if told != self._foot.text():
            self._foot.setText(told)
            announce(self._box, told)

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        entry = item.data(_ENTRY)
        self.shut()
        entry.action()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._box and isinstance(event, QKeyEvent):
            return event.type() == QEvent.Type.KeyPress and self._key(event)
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        moves = {
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_PageUp: -5,
            Qt.Key.Key_PageDown: 5,
        }
        if event.key() in moves and self._list.count():
            at = self._list.currentRow() + moves[Qt.Key(event.key())]
            self._list.setCurrentRow(min(max(at, 0), self._list.count() - 1))
            item = self._list.currentItem()
            announce(self._box, item.data(Qt.ItemDataRole.AccessibleTextRole))
            self._list.viewport().update()
            return True
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            if self._timer.isActive():
                self._ask_all()
            self._choose(self._list.currentItem())
            return True
        return False
