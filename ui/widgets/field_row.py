# SPDX-License-Identifier: MulanPSL-2.0
"""One field of a form: its name, the control, where the value came from, hint and error."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QWidget

from ui.theme import px
from ui.widgets.base import announce, label, restyle, set_tone
from ui.widgets.elided_label import ElidedLabel
from ui.widgets.mark import Mark


class FieldRow(QWidget):
    """A field with a line below it that is always there, so that an error moves nothing."""

    def __init__(
        self,
        name: str,
        control: QWidget,
        *,
        hint: str = "",
        required: bool = False,
        source: str = "",
        name_em: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        """Make a row.

        Args:
            name: what the field is called.
            control: the input widget; becomes the row's focus proxy.
            hint: how to fill it in, shown while there is no error.
            required: adds 必填 to the name (words, not only a star).
            source: where the value came from, such as 来自身份证.
            name_em: width of the name column in characters, 0 for above the control.
            parent: owner.
        """
        super().__init__(parent)
        self.control = control
        self._hint, self._error = hint, ""
        self._name_em = name_em
        self._name = label(name, wrap=bool(name_em))
        self._name.setBuddy(control)
        self._must = label("必填" if required else "", "small", tone="warn")
        self._source = label("", "small", tone="muted")
        self._mark = Mark("warn", "danger", size="small")
        self._line = ElidedLabel(hint or " ", "small", tone="muted")
        self._lay_out(name_em)
        self.setFocusProxy(control)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        control.setAccessibleName(f"{name}（必填）" if required else name)
        self.set_source(source)
        self.set_error("")

    def _lay_out(self, name_em: int) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(px("s"))
        grid.setVerticalSpacing(2)
        below = QHBoxLayout()
        below.setSpacing(px("xs"))
        below.addWidget(self._mark)
        below.addWidget(self._line, 1)
        below.addWidget(self._source)
        if name_em:
            self._name.setFixedWidth(name_em * px("body"))
            grid.addWidget(self._name, 0, 0)
            grid.addWidget(self.control, 0, 1)
            grid.addWidget(self._must, 1, 0)
            grid.addLayout(below, 1, 1)
        else:
            above = QHBoxLayout()
            above.setSpacing(px("s"))
            above.addWidget(self._name)
            above.addWidget(self._must, 1)
            grid.addLayout(above, 0, 1)
            grid.addWidget(self.control, 1, 1)
            grid.addLayout(below, 2, 1)
        grid.setColumnStretch(1, 1)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and self._name_em:
            self._name.setFixedWidth(self._name_em * px("body"))

    def set_source(self, source: str) -> None:
        """Say where the value came from; empty for typed here."""
        self._source.setText(source)
        self._describe()

    def set_hint(self, hint: str) -> None:
        """Change the hint."""
        self._hint = hint
        self._show_line()

    def set_error(self, error: str) -> None:
        """Show an error under the control, or take it away with an empty text."""
        new = bool(error) and error != self._error
        self._error = error
        self._show_line()
        if new and self.isVisible():
            announce(self.control, f"{self._name.text()}：{error}", urgent=True)

    @property
    def error(self) -> str:
        """The error shown, empty for none."""
        return self._error

    def _show_line(self) -> None:
        bad = bool(self._error)
        self._mark.setVisible(bad)
        self._line.setText(self._error or self._hint or " ")
        set_tone(self._line, "danger" if bad else "muted")
        restyle(self.control, "invalid", "true" if bad else "false")
        self._describe()

    def _describe(self) -> None:
        parts = [self._error or self._hint, self._source.text()]
        self.control.setAccessibleDescription("；".join(part for part in parts if part))
