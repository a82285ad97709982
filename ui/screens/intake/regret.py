# SPDX-License-Identifier: MulanPSL-2.0
"""An elder may think again for some minutes after 收件; until then nothing goes to the centre."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from ui.dialogs.reason import ReasonDialog
from ui.operations import case_acts, intake
from ui.widgets.base import announce, label
from ui.widgets.buttons import SecondaryButton
from ui.widgets.card import Card
from ui.widgets.flow_row import FlowRow

if TYPE_CHECKING:
    from counter.app.commands import Done, Receipt
    from ui.operations.desk import Desk

_TICK_MS = 5_000
_WHY = ("老人改主意了，不办了", "填错了，要重新办", "家人要再商量")
_CONSEQUENCE = (
    "这份办件撤回，不再办理；撤回也会告诉中心，凭证号留作记录。要改内容的，撤回后按 F2 重新收一件。"
)


class RegretBar(Card):
    """How long the person may still think again, and the two ways it ends earlier."""

    withdrawn = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__("老年人可以改主意", tone="accent")
        self._desk = desk
        self._cases: tuple[str, ...] = ()
        self._until: datetime | None = None
        self._words = label("", wrap=True)
        self.undo = SecondaryButton("本人改主意，撤回…")
        self.undo.clicked.connect(self._ask)
        self.go = SecondaryButton("本人满意离开，现在就传", "Shift+F9")
        self.go.clicked.connect(self.let_go)
        self._buttons: QWidget = FlowRow((self.go, self.undo))
        self.add(self._words)
        self.add(self._buttons)
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self.show_left)
        self.hide()

    @property
    def running(self) -> bool:
        """Whether the time has not ended yet."""
        return self._until is not None

    def begin(self, receipt: Receipt, minutes: int) -> None:
        """A case was received; ``minutes`` 0 means that nothing is held back."""
        self.clear()
        if not minutes:
            return
        together = tuple(one.case_id for one in receipt.together)
        self._cases = together or (receipt.case_id,)
        self._until = datetime.fromisoformat(receipt.received_at) + timedelta(minutes=minutes)
        self._buttons.show()
        self._tick.start()
        self.show()
        self.show_left()

    def clear(self) -> None:
        """Another person, or nobody."""
        self._until, self._cases = None, ()
        self._tick.stop()
        self.hide()

    def show_left(self) -> None:
        """Say how long is left; when the time is over, say that it goes now."""
        if self._until is None:
            return
        left = (self._until - self._desk.clock.now()).total_seconds()
        if left <= 0:
            self._over("改主意的时间已过，这份办件正常传到中心。")
            return
        minutes = max(1, round(left / 60))
        self._words.setText(
            f"还有约 {minutes} 分钟：{self._until:%H:%M} 以前不传到中心，本人可以撤回。"
            "凭证已经有效。"
        )

    def let_go(self) -> None:
        """The clerk says that the person is content."""
        if self.running:
            intake.end_regret(self._desk, self._cases, self._gone, owner=self)

    def _gone(self, _done: Done) -> None:
        self._over("本人已满意离开：排队传到中心。")

    def _over(self, words: str) -> None:
        self._until = None
        self._tick.stop()
        self._buttons.hide()
        self._words.setText(words)
        announce(self, words)

    def _ask(self) -> None:
        asked = ReasonDialog(
            "本人改主意", _CONSEQUENCE, "撤回", frequent=_WHY, danger=True, parent=self
        )
        asked.given.connect(self._withdraw)
        asked.open()

    def _withdraw(self, reason: str) -> None:
        """Withdraw every case taken together; the last answer ends it."""
        waiting = list(self._cases)

        def done(_done: Done) -> None:
            waiting.pop()
            if not waiting:
                self._over("已按本人意思撤回，撤回已保存在本机。")
                self.withdrawn.emit()

        for case_id in self._cases:
            case_acts.withdraw(self._desk, case_id, reason, done, owner=self)
