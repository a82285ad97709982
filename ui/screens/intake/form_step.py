# SPDX-License-Identifier: MulanPSL-2.0
"""Step 表单: the item's form and one list of what is wrong in it."""

from __future__ import annotations

from PySide6.QtCore import Signal

from counter.domain.draft import Draft
from ui.forms.controls import FormContext
from ui.forms.form_view import FormView
from ui.screens.intake.presenter import IntakePresenter
from ui.screens.intake.problem_list import ProblemList
from ui.screens.intake.step import StepPage


class FormStep(StepPage):
    """The form; Enter goes to the next field that lacks something, Tab to the next one."""

    finished = Signal()

    def __init__(self, presenter: IntakePresenter) -> None:
        super().__init__(presenter, "表单")
        self._checked = False
        self._version = ""
        self.problems = ProblemList("还要改")
        self.problems.chosen.connect(lambda _step, field: self.focus_at(field))
        self.column.addWidget(self.problems)
        self.form: FormView | None = None
        self.column.addStretch(1)

    def _make(self) -> FormView:
        desk = self.presenter.desk
        words = self.presenter.reference.region_words
        form = FormView(FormContext(self.presenter.reference.code_lists, desk.hall.region, words))
        form.edited.connect(self._edited)
        form.entered.connect(self._entered)
        form.finished.connect(lambda: self.presenter.move(1))
        form.left_front.connect(lambda: self.presenter.move(-1))
        self.column.insertWidget(1, form)
        return form

    def open_new(self) -> None:
        self._checked = False
        if self.form is not None:
            self.form.hide()
            self.form.deleteLater()
            self.form = None

    def show_view(self) -> None:
        view, item = self.presenter.view, self.presenter.item
        if view is None:
            return
        version = f"{item.item_code} {item.task_version}"
        if version != self._version or self.form is None:
            self.open_new()
            self._version = version
            self.form = self._make()
        self.form.show_state(view.form)
        found = [p for p in view.problems if p.step == "form"]
        wrong = [p for p in found if self._checked or p.code != "FIELD-REQUIRED"]
        self.problems.show_problems(wrong)
        missing = sum(p.severity == "error" for p in found)
        self.set_note(f"还有 {missing} 处要填" if missing else "填好了，回车进入下一步")

    def check_all(self) -> None:
        """The step was left: from now on say what is missing."""
        self._checked = True
        if self.form is not None:
            self.form.check_all()

    def _edited(self, code: str, value: object) -> None:
        def change(draft: Draft) -> None:
            draft.form[code] = value
            draft.form_sources[code] = "typed"

        self.presenter.edit(change)

    def _entered(self, code: str) -> None:
        self.presenter.at(code)
        focus = self.focusWidget()
        if focus is not None:
            self.reveal(focus)

    def focus_at(self, focus: str) -> None:
        if self.form is not None and not (focus and self.form.resume(focus)):
            self.form.focus_first()
