# SPDX-License-Identifier: MulanPSL-2.0
"""这几项您要一起办吗: the items of a theme to tick, and what has to be done elsewhere."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from ui.forms.enter_walk import EnterWalk
from ui.screens.intake.presenter import IntakePresenter
from ui.theme import px
from ui.widgets.base import label
from ui.widgets.card import Card


class _Tick(QCheckBox):
    """One item; space ticks it, the arrows go up and down, a digit goes to a row and ticks it."""

    moved = Signal(int)
    numbered = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        if event.key() in steps:
            self.moved.emit(steps[Qt.Key(event.key())])
        elif event.text().isdigit() and event.text() != "0":
            self.numbered.emit(int(event.text()))
        else:
            super().keyPressEvent(event)


class ThemeCard(Card):
    """The opt-in per item (domain brief §8); Enter in a row goes on to the next step."""

    def __init__(self, presenter: IntakePresenter) -> None:
        super().__init__("这几项您要一起办吗", note="空格或数字键勾选，回车继续")
        self._presenter = presenter
        self._walk = EnterWalk(self)
        self._walk.onward.connect(lambda _one: presenter.move(1))
        self._walk.back.connect(lambda _one: presenter.move(-1))
        self.rows: dict[str, _Tick] = {}
        self._shown: tuple[str, ...] = ()
        self._list = QVBoxLayout()
        self._list.setSpacing(0)  # a note belongs to the row above it
        holder = QWidget()
        holder.setLayout(self._list)
        self._list.setContentsMargins(0, 0, 0, 0)
        self.add(holder)
        self._elsewhere = label("", "small", tone="muted", wrap=True)
        self.add(self._elsewhere)

    def show_view(self) -> None:
        """Show what may be taken along now and what is ticked."""
        draft, whole = self._presenter.draft, self._presenter.themes.whole
        if draft is None or draft.theme is None or whole is None:
            return
        steps = self._presenter.themes.offers(draft, self._presenter.today().date())
        if tuple(s.item for s in steps) != self._shown:
            self._rebuild({s.item: s.note for s in steps})
        for code, row in self.rows.items():
            row.setChecked(code in draft.theme.items)
        told = [
            f"{e.name}：{e.where}" + (f"（{e.note.rstrip('。')}）" if e.note else "")
            for e in whole.theme.elsewhere
        ]
        self._elsewhere.setText("另行办理　" + "；".join(told) + "。" if told else "")
        self._elsewhere.setVisible(bool(told))

    def focus_first(self) -> None:
        """Put the focus to the first item."""
        first = next(iter(self.rows.values()), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.TabFocusReason)

    def _rebuild(self, notes: dict[str, str]) -> None:
        while (old := self._list.takeAt(0)) is not None:
            if (widget := old.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._shown, self.rows = tuple(notes), {}
        whole = self._presenter.themes.whole
        items = {p.item.item_code: p.item for p in whole.parts} if whole else {}
        for number, (code, note) in enumerate(notes.items(), 1):
            row = _Tick(f"{number}. {items[code].short_name}")
            row.setAccessibleDescription(note)
            row.clicked.connect(partial(self._toggle, code))
            row.moved.connect(partial(self._move, number - 1))
            row.numbered.connect(self._pick)
            self._walk.watch(row)
            self.rows[code] = row
            self._list.addWidget(row)
            if note:
                words = label(note, "small", tone="muted", wrap=True)
                words.setContentsMargins(px("l") + px("icon"), 0, 0, 0)
                self._list.addWidget(words)

    def _toggle(self, code: str, _checked: bool = False) -> None:
        self._presenter.edit(self._presenter.themes.toggle(code))
        self.show_view()  # the last one cannot be left out

    def _move(self, at: int, by: int) -> None:
        rows = list(self.rows.values())
        rows[max(0, min(at + by, len(rows) - 1))].setFocus(Qt.FocusReason.TabFocusReason)

    def _pick(self, number: int) -> None:
        rows = list(self.rows.items())
        if number <= len(rows):
            rows[number - 1][1].setFocus(Qt.FocusReason.ShortcutFocusReason)
            self._toggle(rows[number - 1][0])
