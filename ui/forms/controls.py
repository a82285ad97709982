# SPDX-License-Identifier: MulanPSL-2.0
"""The input controls of a form: each brings what is typed to the form the draft keeps."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QTextOption, QWheelEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QSizePolicy, QWidget

from counter.domain.catalog import FormField
from counter.domain.problems import squeeze
from ui.forms.option_rows import OptionRows, YesNoRows
from ui.theme import current

_FEW = 4
"""Up to so many options stand open as rows; more go into a list."""

_DAY = re.compile(r"(\d{4})[-./年 ]?(\d{1,2})[-./月 ]?(\d{1,2})日?")
_SHORT_DAY = re.compile(r"\d{8}")
_MONTH = re.compile(r"(\d{4})[-./年 ]?(\d{1,2})月?")


@dataclass(frozen=True)
class FormContext:
    """What controls need besides their definition.

    Attributes:
        code_lists: Name of list → code → words.
        home_region: Region code offered with one key.
        region_words: Name of a region code, '' if unknown.
    """

    code_lists: Mapping[str, Mapping[str, str]]
    home_region: str = ""
    region_words: Callable[[str], str] = str


def as_typed(text: str) -> str:
    """Keep the text as it is, without outer blanks."""
    return text.strip()


def as_day(text: str) -> str:
    """Return 2026-11-22 for what people type for a day; anything else stays as it is."""
    plain = text.strip()
    found = _DAY.fullmatch(plain)
    if not found or (plain.isdigit() and not _SHORT_DAY.fullmatch(plain)):
        return plain
    year, month, day = found.groups()
    return f"{year}-{int(month):02d}-{int(day):02d}"


def as_month(text: str) -> str:
    """Return 2026-11 for what people type for a month."""
    plain = text.strip()
    found = _MONTH.fullmatch(plain)
    if not found or (plain.isdigit() and len(plain) != 6):
        return plain
    return f"{found.group(1)}-{int(found.group(2)):02d}"


def as_code(text: str) -> str:
    """Return a number without blanks, half width, capitals (ID numbers, accounts, phones)."""
    return squeeze(text)


class TextControl(QLineEdit):
    """One line; what is kept is the cleaned text, shown cleaned once the field is left."""

    edited = Signal(object)
    """The cleaned text after every change by the person."""
    picked = Signal()
    entered = Signal()
    """The focus came here."""
    left = Signal()
    """The focus went away."""

    def __init__(
        self,
        clean: Callable[[str], str] = as_typed,
        *,
        placeholder: str = "",
        offer: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """Make a field.

        Args:
            clean: brings typed text to the kept form.
            placeholder: example shown while empty.
            offer: a value that the Down key fills in while the field is empty.
            parent: owner.
        """
        super().__init__(parent)
        self._clean, self._offer = clean, offer
        self.setPlaceholderText(placeholder)
        self.textEdited.connect(lambda text: self.edited.emit(self._clean(text)))

    def value(self) -> str:
        """The cleaned text."""
        return self._clean(self.text())

    def set_value(self, value: object) -> None:
        """Show a value; what the person is typing is not disturbed when it means the same."""
        text = "" if value is None else str(value)
        if self.value() != text:
            self.setText(text)
            self.setCursorPosition(0 if not self.hasFocus() else len(text))

    def resume(self) -> None:
        """Take the focus as one left it: behind the last character, nothing selected."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.deselect()
        self.end(False)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.entered.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            if self.text() != self.value():
                self.setText(self.value())
            self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down and self._offer and not self.text():
            self.setText(self._offer)
            self.edited.emit(self._offer)
            return
        super().keyPressEvent(event)


class ChoiceControl(QComboBox):
    """One of many; opens with Alt+Down, letters and numbers choose, the wheel does nothing."""

    edited = Signal(object)
    picked = Signal()
    entered = Signal()
    left = Signal()

    def __init__(self, options: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setPlaceholderText("请选择（数字键 1–9）")
        for number, (code, words) in enumerate(options.items(), 1):
            self.addItem(f"{number}  {words}" if number <= 9 else words, code)
        self.setCurrentIndex(-1)
        self.activated.connect(lambda _index: self.edited.emit(self.value()))

    def set_options(self, options: Mapping[str, str]) -> None:
        """Offer other options (a code list that came later); a choice still there stays."""
        if [self.itemData(at) for at in range(self.count())] == list(options):
            return
        value = self.value()
        self.clear()
        for number, (code, words) in enumerate(options.items(), 1):
            self.addItem(f"{number}  {words}" if number <= 9 else words, code)
        self.setCurrentIndex(self.findData(value) if value else -1)

    def value(self) -> str:
        """Code of the choice, or ''."""
        code = self.currentData()
        return code if isinstance(code, str) else ""

    def set_value(self, value: object) -> None:
        """Show a choice."""
        if self.value() != value:
            self.setCurrentIndex(self.findData(value) if value else -1)

    def pick(self, number: int) -> bool:
        """Choose by number key."""
        if not 1 <= number <= min(self.count(), 9):
            return False
        self.setCurrentIndex(number - 1)
        self.edited.emit(self.value())
        self.picked.emit()
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text().isdigit() and self.pick(int(event.text())):
            return
        super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # scrolling a form must not change an answer

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.entered.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.left.emit()


class AreaControl(QPlainTextEdit):
    """Several lines; Enter moves on like everywhere, Ctrl+Enter makes a new line."""

    edited = Signal(object)
    picked = Signal()
    entered = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self.setPlaceholderText("换行按 Ctrl+Enter")
        self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self._fit()
        self._quiet = False
        self.textChanged.connect(self._changed)

    def _fit(self) -> None:
        self.setFixedHeight(3 * self.fontMetrics().lineSpacing() + 2 * current().px("m"))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.FontChange, QEvent.Type.StyleChange}:
            self._fit()

    def _changed(self) -> None:
        if not self._quiet:
            self.edited.emit(self.value())

    def value(self) -> str:
        """The text without outer blanks."""
        return self.toPlainText().strip()

    def set_value(self, value: object) -> None:
        """Show a text."""
        text = "" if value is None else str(value)
        if self.value() != text:
            self._quiet = True
            self.setPlainText(text)
            self._quiet = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        held = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if held and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.insertPlainText("\n")
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.entered.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()


def go_on(control: Control) -> None:
    """Give a control the focus so that typing goes on where it stopped."""
    if isinstance(control, TextControl):
        control.resume()
    else:
        control.setFocus(Qt.FocusReason.OtherFocusReason)


Control = TextControl | ChoiceControl | AreaControl | OptionRows


def _money(text: str) -> str:
    return squeeze(text).replace(",", "").removesuffix("元")


_LINES: dict[str, tuple[Callable[[str], str], str]] = {
    "number": (as_code, ""),
    "money": (_money, "元，例如 120.50"),
    "date": (as_day, "例如 20261122"),
    "month": (as_month, "例如 202611"),
    "account": (as_code, ""),
    "phone": (as_code, ""),
    "id_number": (as_code, "18 位"),
}


def make_control(field: FormField, context: FormContext) -> Control:
    """Return the control for a field definition."""
    if field.type == "yes_no":
        return YesNoRows()
    if field.type == "choice":
        options = dict(context.code_lists.get(field.code_list, {}))
        if len(options) <= _FEW:
            return OptionRows(list(options.items()))
        return ChoiceControl(options)
    if field.type == "textarea":
        return AreaControl()
    if field.type == "region":
        home = context.home_region
        words = "6、9 或 12 位代码"
        if home:
            words += f"，按 ↓ 填本地 {home} {context.region_words(home)}"
        return TextControl(as_code, placeholder=words, offer=home)
    clean, example = _LINES.get(field.type, (as_typed, ""))
    made = TextControl(clean, placeholder=example)
    if field.type in {"number", "money", "account", "phone", "date", "month"}:
        made.setInputMethodHints(Qt.InputMethodHint.ImhPreferNumbers)
    return made
