# SPDX-License-Identifier: MulanPSL-2.0
"""A form in one column: sections, fields, where a value came from, what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from counter.domain.facts import is_blank
from counter.domain.form_state import FieldState, FormState, SectionState
from ui.forms.controls import Control, FormContext, go_on, make_control
from ui.forms.enter_walk import EnterWalk
from ui.forms.option_rows import OptionRows
from ui.theme import px
from ui.widgets.card import Card
from ui.widgets.field_row import FieldRow

SOURCE_WORDS = {
    "id_card": "来自身份证",
    "hukou": "来自户口簿",
    "previous": "来自登记信息",
    "platform": "来自平台",
    "card": "来自身份证",
}


class FormView(QWidget):
    """Renders a `FormState`; rows are made once and then only shown, hidden and filled."""

    edited = Signal(str, object)
    """Field code and new value."""
    entered = Signal(str)
    """The focus came to this field."""
    finished = Signal()
    """Enter, and nothing is left to fill in."""
    left_front = Signal()
    """Shift+Enter in the first field."""

    def __init__(self, context: FormContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._rows: dict[str, FieldRow] = {}
        self._controls: dict[str, Control] = {}
        self._sections: dict[str, Card] = {}
        self._state = FormState(())
        self._seen: set[str] = set()
        self._walk = EnterWalk(self)
        self._walk.onward.connect(lambda one: self._enter(one, 1))
        self._walk.back.connect(lambda one: self._enter(one, -1))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(px("m"))
        self._column.addStretch(1)

    # -- showing ----------------------------------------------------------

    def show_state(self, state: FormState) -> None:
        """Show a state of the form; another definition is built anew."""
        codes = [f.code for s in state.sections for f in s.fields]
        if codes != list(self._rows):
            self._build(state.sections)
        self._state = state
        for section in state.sections:
            self._sections[section.section.key].setVisible(section.visible)
            for field in section.fields:
                self._show_field(field)

    def check_all(self) -> None:
        """Say from now on what is missing in fields nobody has been at."""
        self._seen.update(self._rows)
        self.show_state(self._state)

    def _build(self, sections: Iterable[SectionState]) -> None:
        for card in self._sections.values():
            card.hide()
            card.deleteLater()
        self._rows, self._controls, self._sections, self._seen = {}, {}, {}, set()
        for section in sections:
            card = Card(section.section.title)
            self._sections[section.section.key] = card
            self._column.insertWidget(self._column.count() - 1, card)
            for state in section.fields:
                card.add(self._make_row(state))

    def _make_row(self, state: FieldState) -> FieldRow:
        field = state.field
        control = make_control(field, self._context)
        hint = field.hint or (f"用途：{field.purpose}" if field.purpose else "")
        row = FieldRow(field.label, control, hint=hint, required=field.required)
        code = field.code
        control.edited.connect(lambda value: self._edited(code, value))
        control.picked.connect(lambda: self._step(code, 1))
        self._rows[code], self._controls[code] = row, control
        if isinstance(control, OptionRows):
            for radio in control.rows:
                self._walk.watch(radio)
                radio.installEventFilter(self)
        else:
            self._walk.watch(control)
            control.installEventFilter(self)
        return row

    def _edited(self, code: str, value: object) -> None:
        if isinstance(self._state.get(code), FieldState):
            control = self._controls[code]
            if isinstance(value, str) and value in {"yes", "no"} and self._type(code) == "yes_no":
                value = value == "yes"
            self.edited.emit(code, value)
            self._seen.add(code) if isinstance(control, OptionRows) else None

    def _type(self, code: str) -> str:
        state = self._state.get(code)
        return state.field.type if state else ""

    def _show_field(self, state: FieldState) -> None:
        row, control = self._rows[state.code], self._controls[state.code]
        row.setVisible(state.visible)
        if not state.visible:
            return
        control.set_value(state.value)
        typed = state.source in {"", "typed"} or is_blank(state.value)
        source = "" if typed else SOURCE_WORDS.get(state.source, "")
        if state.field.type == "region" and not is_blank(state.value):
            source = self._context.region_words(str(state.value)) or source
        row.set_source(source)
        row.set_error(self._error(state, row))

    def _error(self, state: FieldState, row: FieldRow) -> str:
        """A finding is said once the field was left, and then follows every keystroke."""
        problem = state.problem
        if problem is None:
            return ""
        here = self._controls[state.code].hasFocus()
        blank = is_blank(state.value)
        whole = state.field.type == "id_number" and len(str(state.value)) >= 18
        if row.error or whole or (state.code in self._seen and not (here and blank)):
            return problem.text
        return "" if blank or here else problem.text

    # -- walking ----------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn:
            self.entered.emit(self._code_of(watched))
        elif event.type() == QEvent.Type.FocusOut:
            code = self._code_of(watched)
            state = self._state.get(code)
            if state is not None:
                self._seen.add(code)
                if state.visible:
                    self._rows[code].set_error(state.problem.text if state.problem else "")
        return False

    def resume(self, code: str) -> bool:
        """Go on in a field where one stopped; false if it is not asked here."""
        state = self._state.get(code)
        if state is None or not state.visible:
            return False
        go_on(self._controls[code])
        return True

    def focus_field(self, code: str) -> bool:
        """Put the focus into a field; false if it is not asked here."""
        state = self._state.get(code)
        if state is None or not state.visible:
            return False
        self._controls[code].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def focus_first(self) -> bool:
        """Put the focus where something is to do, else into the first field."""
        code = self._open_after("") or next(iter(self._visible()), "")
        return bool(code) and self.focus_field(code)

    def _visible(self) -> list[str]:
        return [f.code for f in self._state.visible_fields()]

    def _open_after(self, code: str) -> str:
        """The next field behind `code` that lacks something, then those before it."""
        fields = self._state.visible_fields()
        at = next((i + 1 for i, f in enumerate(fields) if f.code == code), 0)
        order = [*fields[at:], *fields[:at]]
        return next((f.code for f in order if f.problem and f.problem.severity == "error"), "")

    def _code_of(self, widget: object) -> str:
        for code, control in self._controls.items():
            if control is widget:
                return code
            if isinstance(widget, QWidget) and control.isAncestorOf(widget):
                return code
        return ""

    def _enter(self, widget: object, step: int) -> None:
        self._step(self._code_of(widget), step)

    def _step(self, code: str, step: int) -> None:
        if step < 0:
            shown = self._visible()
            at = shown.index(code) if code in shown else 0
            if at == 0:
                self.left_front.emit()
            else:
                self.focus_field(shown[at - 1])
            return
        state = self._state.get(code)
        self._seen.add(code)
        if state is not None and state.problem and state.problem.severity == "error":
            self._show_field(state)
            self._rows[code].set_error(state.problem.text)
            if not is_blank(state.value):
                return  # a wrong value keeps the focus; what is empty may be filled in later
        onward = self._open_after(code)
        if onward and onward != code:
            self.focus_field(onward)
        elif not onward:
            self.finished.emit()
