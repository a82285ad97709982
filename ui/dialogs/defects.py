# SPDX-License-Identifier: MulanPSL-2.0
"""一次性告知补正: every paper that is missing or wrong, and anything else, in one notice."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from counter.domain.case_life import Defect
from ui.dialogs.ask import AskDialog
from ui.theme import px
from ui.widgets.banner import Banner
from ui.widgets.base import label
from ui.widgets.buttons import SecondaryButton
from ui.widgets.field_row import FieldRow

_FREQUENT = ("没有提交", "看不清", "已过期", "和申请表不一致", "缺页", "没有签字或盖章")
_MAX = 500


class _Asked(QWidget):
    """One defect: about which paper, what is wrong, how to supply it."""

    changed = Signal()
    opened = Signal()
    """Ticked by the person: its fields came up."""

    def __init__(self, key: str, name: str, *, missing: bool = False) -> None:
        super().__init__()
        self._key, self._name = key, name
        self.tick = QCheckBox(name or "其他问题")
        self.what = QComboBox()
        self.what.setEditable(True)
        self.what.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        if key:
            self.what.addItems(_FREQUENT)
        self.what.setCurrentText(_FREQUENT[0] if missing else "")
        self.what.setAccessibleName(f"{name or '其他问题'}：哪里不对（必填）")
        self.how = QLineEdit()
        self.how.setMaxLength(_MAX)
        self.how.setPlaceholderText("怎样补（不写就印办事指南的要求）")
        self.how.setAccessibleName(f"{name or '其他问题'}：怎样补")
        if (edit := self.what.lineEdit()) is not None:
            edit.setMaxLength(_MAX)
            edit.setPlaceholderText("哪里不对，写给申请人看")
        self._parts = QWidget()
        inner = QVBoxLayout(self._parts)
        inner.setContentsMargins(px("xl"), 0, 0, px("s"))
        inner.setSpacing(px("xs"))
        inner.addWidget(self.what)
        inner.addWidget(self.how)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px("xs"))
        column.addWidget(self.tick)
        column.addWidget(self._parts)
        self._parts.hide()
        self.tick.toggled.connect(self._ticked)
        self.tick.clicked.connect(self._asks)
        self.what.editTextChanged.connect(self.changed)
        self.tick.setChecked(missing)

    def _ticked(self, on: bool) -> None:
        self._parts.setVisible(on)
        self.changed.emit()

    def _asks(self, on: bool) -> None:
        if on:
            self.what.setFocus()
            self.opened.emit()

    @property
    def asked(self) -> bool:
        """Whether it goes into the notice."""
        return self.tick.isChecked()

    @property
    def defect(self) -> Defect | None:
        """The defect, `None` until it says what is wrong."""
        what = self.what.currentText().strip()
        if not what:
            return None
        # The paper prints the name of a listed material itself.
        return Defect(key=self._key, what=what, how=self.how.text().strip())


class DefectsDialog(AskDialog):
    """Ticks what is missing or wrong; confirms only when every tick says what."""

    given = Signal(tuple, str)
    """The defects and the leader's reason ("" unless a further notice needs one)."""

    def __init__(
        self,
        materials: Sequence[tuple[str, str]],
        consequence: str,
        parent: QWidget | None = None,
        *,
        missing: Sequence[str] = (),
        second: Callable[[Sequence[Defect]], bool] = lambda _: False,
        leader: bool = False,
    ) -> None:
        """Make the dialog.

        Args:
            materials: key and name of each paper of the item.
            consequence: what will happen, in words.
            parent: the window.
            missing: keys ticked at the start.
            second: tells whether these could have been seen at the notice before.
            leader: the person signed in is a shift leader and may give the reason for that.
        """
        super().__init__("一次性告知补正", consequence, "告知", parent=parent)
        self._second, self._leader = second, leader
        self._rows: list[_Asked] = []
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(0, 0, px("s"), 0)
        self._column.setSpacing(px("s"))
        self._column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inner)
        area.setMinimumHeight(14 * px("body"))
        self._area = area
        self.body.addWidget(area, 1)
        self._count = label("", strong=True, wrap=True)
        self._warning = Banner("warn", "")
        self.reason = QLineEdit()
        self.reason.setMaxLength(_MAX)
        self._why = FieldRow("值班长写明再次告知的理由", self.reason, required=True)
        self.body.addWidget(self._count)
        self.body.addWidget(self._warning)
        self.body.addWidget(self._why)
        self._warning.hide()
        self._why.hide()
        for key, name in materials:
            self._add(_Asked(key, name, missing=key in missing))
        more = SecondaryButton("再加一条其他问题")
        more.setAutoDefault(False)
        more.clicked.connect(self.add_other)
        self._column.insertWidget(self._column.count() - 1, more)
        self.reason.textChanged.connect(self._judge)
        self.accepted.connect(self._tell)
        self._judge()
        if self._rows:
            self._rows[0].tick.setFocus()
        self._fit()

    @property
    def rows(self) -> list[_Asked]:
        """One for each paper, then the others."""
        return self._rows

    def add_other(self) -> None:
        """Add a problem that is about no paper of the list."""
        row = _Asked("", "")
        self._add(row, last=1)
        row.tick.setChecked(True)
        row.what.setFocus()
        row.opened.emit()

    def _add(self, row: _Asked, last: int = 0) -> None:
        row.changed.connect(self._judge)
        row.opened.connect(partial(QTimer.singleShot, 0, partial(self._bring, row)))
        self._rows.append(row)
        self._column.insertWidget(self._column.count() - 1 - last, row)

    def _bring(self, row: _Asked) -> None:
        self._area.ensureWidgetVisible(row.how)

    def _fit(self) -> None:
        room = self.screen().availableGeometry()
        wide = min(46 * px("body"), room.width() - px("xxl"))
        self.resize(wide, min(44 * px("body"), room.height() - 2 * px("xxl")))

    def _defects(self) -> list[Defect | None]:
        return [row.defect for row in self._rows if row.asked]

    def _judge(self) -> None:
        asked = self._defects()
        told = [one for one in asked if one is not None]
        blank = len(asked) - len(told)
        words = f"一共告知 {len(asked)} 条，请和申请人逐条说清。" if asked else "还没有选。"
        self._count.setText(words + (f"还有 {blank} 条没写哪里不对。" if blank else ""))
        late = bool(told) and self._second(told)
        self._warning.setVisible(late)
        self._why.setVisible(late and self._leader)
        if late:
            who = "确实要再提，请写明理由。" if self._leader else "确实要再提，请值班长来办。"
            self._warning.set_message("warn", f"已经告知过一次，这些当时就看得出来。{who}")
        ready = bool(asked) and not blank
        if late:
            ready = ready and self._leader and bool(self.reason.text().strip())
        self.confirm.setEnabled(ready)

    def _tell(self) -> None:
        told = tuple(one for one in self._defects() if one is not None)
        self.given.emit(told, self.reason.text().strip())
