# SPDX-License-Identifier: MulanPSL-2.0
"""Keys on the screen for a citizen's own words: pinyin by touch, no keyboard reaches them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from counter.infra.touch_pinyin import candidates
from ui.theme import px
from ui.widgets.base import label
from ui.widgets.buttons import SecondaryButton

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_SHOWN = 9
_NOTHING = "请点下面的字母拼音，再点要的字。"
_LONGEST = 6  # letters of the longest syllable (zhuang)


class TouchKeys(QWidget):
    """Letters, the characters they may mean, and the words so far; pointer and touch only."""

    changed = Signal(str)
    """The words as they stand."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self._text = self._letters = ""
        self._from = 0
        self._words = label(_NOTHING, "lead", wrap=True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._words.setMinimumHeight(3 * px("lead"))
        self._spelt = label("", "lead")
        self.choices = [_key("", partial(self._choose, at)) for at in range(_SHOWN)]
        self.more = _key("更多", self._more)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px("s"))
        column.addWidget(self._words, 1)
        column.addWidget(self._spelt)
        column.addLayout(_line((*self.choices, self.more)))
        self.letters = {one: _key(one, partial(self.press, one)) for row in _ROWS for one in row}
        for row in _ROWS[:-1]:
            column.addLayout(_line(tuple(self.letters[one] for one in row)))
        self.marks = {one: _key(one, partial(self._add, one)) for one in "，。"}
        self.erase = _key("删除", self._erase)
        last = (*(self.letters[one] for one in _ROWS[-1]), *self.marks.values(), self.erase)
        column.addLayout(_line(last))
        self._show()

    @property
    def text(self) -> str:
        """The words so far."""
        return self._text

    def press(self, letter: str) -> None:
        """A letter of the pinyin."""
        if len(self._letters) < _LONGEST and candidates(self._letters + letter):
            self._letters += letter
            self._from = 0
            self._show()

    def _offered(self) -> str:
        return candidates(self._letters)[self._from : self._from + _SHOWN]

    def _choose(self, at: int) -> None:
        offered = self._offered()
        if at < len(offered):
            self._add(offered[at])

    def _add(self, words: str) -> None:
        if len(self._text) < self._most:
            self._text += words
            self.changed.emit(self._text)
        self._letters, self._from = "", 0
        self._show()

    def _more(self) -> None:
        after = self._from + _SHOWN
        self._from = after if after < len(candidates(self._letters)) else 0
        self._show()

    def _erase(self) -> None:
        if self._letters:
            self._letters, self._from = self._letters[:-1], 0
        else:
            self._text = self._text[:-1]
            self.changed.emit(self._text)
        self._show()

    def _show(self) -> None:
        self._words.setText(self._text or _NOTHING)
        self._spelt.setText(self._letters or " ")
        offered = self._offered()
        for at, button in enumerate(self.choices):
            button.setText(offered[at] if at < len(offered) else " ")
            button.setEnabled(at < len(offered))
        self.more.setEnabled(len(candidates(self._letters)) > _SHOWN)
        self.erase.setEnabled(bool(self._letters or self._text))


def _key(word: str, act: object) -> SecondaryButton:
    button = SecondaryButton(word)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    button.setMinimumSize(px("touch"), px("touch"))
    button.clicked.connect(act)
    return button


def _line(keys: tuple[SecondaryButton, ...]) -> QHBoxLayout:
    line = QHBoxLayout()
    line.setSpacing(px("s"))
    for key in keys:
        line.addWidget(key, 1)
    return line
