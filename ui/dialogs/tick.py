# SPDX-License-Identifier: MulanPSL-2.0
"""Asks which of a few things, with a tick for each."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from ui.dialogs.ask import AskDialog


class TickDialog(AskDialog):
    """Confirms when at least one is ticked."""

    given = Signal(tuple)
    """Keys of those ticked, in order."""

    def __init__(
        self,
        title: str,
        consequence: str,
        confirm: str,
        choices: Sequence[tuple[str, str]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, consequence, confirm, parent=parent)
        self.ticks: dict[str, QCheckBox] = {}
        for key, name in choices:
            tick = QCheckBox(name)
            tick.toggled.connect(self._judge)
            self.ticks[key] = tick
            self.body.addWidget(tick)
        self.body.addStretch(1)
        self.accepted.connect(lambda: self.given.emit(self._keys()))
        self._judge()
        first = next(iter(self.ticks.values()), None)
        if first is not None:
            first.setFocus()

    def _keys(self) -> tuple[str, ...]:
        return tuple(key for key, tick in self.ticks.items() if tick.isChecked())

    def _judge(self) -> None:
        self.confirm.setEnabled(bool(self._keys()))
