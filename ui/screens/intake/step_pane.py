# SPDX-License-Identifier: MulanPSL-2.0
"""The pane at the left: the steps, and whether the draft is safe."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout

from ui.screens.intake.presenter import IntakePresenter
from ui.screens.intake.step_words import step_rows
from ui.theme import px
from ui.widgets.base import label, set_tone
from ui.widgets.steps import StepList


class StepPane(QFrame):
    """Steps with their state; below, what is true of the draft right now."""

    def __init__(self, presenter: IntakePresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self.setObjectName("card")
        column = QVBoxLayout(self)
        column.setContentsMargins(1, px("s"), 1, px("s"))
        self.steps = StepList()
        self.saved = label(" ", "small", tone="muted", wrap=True)
        self.safe = label(" ", "small", tone="muted", wrap=True)
        column.addWidget(self.steps)
        column.addStretch(1)
        for part in (self.saved, self.safe):
            part.setContentsMargins(px("m"), 0, px("m"), 0)
            column.addWidget(part)
        presenter.autosave.words.connect(self.say)

    def show_steps(self) -> None:
        """Show the steps as they stand."""
        draft = self._presenter.draft
        self.steps.set_steps(step_rows(self._presenter), draft.step if draft else "")

    def say(self, words: str, safe: bool) -> None:
        """Say how the draft is kept."""
        self.tell(words, "断电、锁屏、退出都不会丢" if safe else "正在再试；请先不要关机。")
        set_tone(self.saved, "muted" if safe else "danger")

    def tell(self, first: str, second: str) -> None:
        """Two plain lines."""
        self.saved.setText(first)
        self.safe.setText(second)
        set_tone(self.saved, "muted")
