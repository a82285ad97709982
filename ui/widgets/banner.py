# SPDX-License-Identifier: MulanPSL-2.0
"""A line across a screen that says something important, with an optional action."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.notify import NoticeTone
from ui.theme import current, px
from ui.widgets.base import Tone, announce, label, set_tone
from ui.widgets.buttons import LinkButton, SecondaryButton
from ui.widgets.mark import Mark

READ_KEY = "Alt+D"
"""Puts a standing notice aside once it was read."""

_LOOK: dict[NoticeTone, tuple[Tone, str, str]] = {
    "info": ("accent", "info", "提示"),
    "ok": ("ok", "check", "完成"),
    "warn": ("warn", "warn", "注意"),
    "danger": ("danger", "stop", "出错"),
}


class Banner(QWidget):
    """Icon, words, a small code, an action and a way to close; announced when it appears."""

    action = Signal()
    """The action button was pressed."""
    closed = Signal()
    """The person closed the banner."""

    def __init__(
        self,
        tone: NoticeTone,
        text: str,
        *,
        action_text: str = "",
        key: str = "",
        code: str = "",
        closable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._tone: NoticeTone = tone
        line = QHBoxLayout(self)
        line.setContentsMargins(px("m"), px("s"), px("m"), px("s"))
        line.setSpacing(px("m"))
        self._mark = Mark("info", "accent")
        self._text = label(text, wrap=True)
        self._code = label(code, "small", tone="muted")
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._text)
        words.addWidget(self._code)
        line.addWidget(self._mark)
        line.addLayout(words, 1)
        self._action = SecondaryButton(action_text, key)
        self._action.clicked.connect(self.action)
        line.addWidget(self._action)
        self._close = LinkButton("知道了")
        self._close.clicked.connect(self.close_banner)
        line.addWidget(self._close)
        # Only now: shown before it has a parent it would be a window and take the focus.
        self._close.setVisible(closable)
        self.set_message(tone, text, action_text=action_text, code=code)

    def set_message(
        self, tone: NoticeTone, text: str, *, action_text: str = "", code: str = ""
    ) -> None:
        """Show another message; it is announced if the banner is on the screen."""
        self._tone = tone
        name, icon, word = _LOOK[tone]
        self._mark.set_mark(icon, name)
        self._text.setText(text)
        self._code.setText(code)
        self._code.setVisible(bool(code))
        self._action.setText(action_text)
        self._action.setVisible(bool(action_text))
        set_tone(self._text, name if tone in {"warn", "danger"} else "")
        self.setAccessibleName(f"{word}：{text}")
        self.update()
        if self.isVisible():
            self.speak()

    def set_close_key(self, key: str) -> None:
        """Show which key closes the banner; the shortcut itself belongs to the screen."""
        self._close.set_key(key)

    def add_button(self, text: str, key: str = "") -> SecondaryButton:
        """Add a further button beside the action; who adds it listens to it."""
        made = SecondaryButton(text, key)
        line = self.layout()
        if isinstance(line, QHBoxLayout):
            line.insertWidget(line.indexOf(self._close), made)
        return made

    @property
    def text(self) -> str:
        """The words shown."""
        return self._text.text()

    def speak(self) -> None:
        """Have a screen reader say the banner."""
        announce(self, self.accessibleName(), urgent=self._tone in {"warn", "danger"})

    def close_banner(self) -> None:
        """Hide the banner and tell."""
        self.hide()
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and not self._close.isHidden():
            self.close_banner()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        name = _LOOK[self._tone][0]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(theme.colour(theme.weak(name)))
        painter.setPen(QPen(theme.colour(name), 1))
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, theme.px("radius"), theme.px("radius"))
