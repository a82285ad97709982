# SPDX-License-Identifier: MulanPSL-2.0
"""请您评价: the citizen's own window; what is chosen here goes sealed to the centre.

The clerk's window shows nothing but whether there is an answer. Only touch and pointer operate it:
a keyboard may be the clerk's, so every key is ignored but Esc, the way back, which leaves it
unrated. On one screen a card asks first to turn the screen round.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QScreen
from PySide6.QtWidgets import (
    QAbstractButton,
    QGridLayout,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from counter.domain.ratings import MAX_WORDS
from ui.citizen.face import FaceButton
from ui.citizen.touch_keys import TouchKeys
from ui.notify import describe_error
from ui.operations import voice
from ui.theme import px
from ui.widgets.banner import Banner
from ui.widgets.base import announce, label
from ui.widgets.buttons import PrimaryButton, SecondaryButton

if TYPE_CHECKING:
    from counter.app.commands import RatingInvite
    from counter.domain.ratings import RatingTables
    from ui.operations.desk import Desk

_CLOSE_MS = 4000
_COLUMNS = 2
_WORDS = "我想说几句（可以不说）"
_SENT = "谢谢您。您的评价已经封好，窗口看不到。"
_DECLINED = "好的，不评价。谢谢您。"


class RatingWindow(QWidget):
    """Five faces, for a low one its reasons, own words if any, thanks; closes by itself."""

    finished = Signal(str)
    """已评价 or 未评价; nothing more is ever told."""

    def __init__(self, desk: Desk, invite: RatingInvite, tables: RatingTables) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("请您评价")
        self._desk, self._invite, self._tables = desk, invite, tables
        self._level, self._told = 0, ""
        self._busy = False
        self.faces = [FaceButton(one.level, one.name) for one in tables.levels]
        self.reasons = {one.code: SecondaryButton(one.name) for one in tables.reasons}
        self.decline = SecondaryButton("不评价")
        self.send = PrimaryButton("提交评价")
        self.back = SecondaryButton("重新选")
        self.banner = Banner("warn", "")
        self.banner.hide()
        self._pages = QStackedWidget()
        self._thanks = label("", "display", wrap=True)
        self.turned = PrimaryButton("我来评价")
        self.keys = TouchKeys(MAX_WORDS)
        self.say = [SecondaryButton(_WORDS) for _ in range(2)]
        self.said = PrimaryButton("说好了")
        self._before = self._levels = self._level_page()
        self._reasons, self._end_of_it = self._reason_page(), self._end_page()
        self._own_words = self._words_page()
        self._hand_over = self._hand_over_page()
        pages = (self._levels, self._reasons, self._own_words, self._end_of_it, self._hand_over)
        for page in pages:
            self._pages.addWidget(page)
        for button in self._pages.findChildren(QAbstractButton):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(px("xxl"),) * 4)
        column.addWidget(self.banner)
        column.addWidget(self._pages, 1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_CLOSE_MS)
        self._timer.timeout.connect(self.close)

    # -- keys -------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Nothing but Esc: back to the clerk, unrated; nothing is sent."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        event.accept()

    def focusNextPrevChild(self, _next: bool) -> bool:
        """No key moves a focus here."""
        return False

    # -- pages ------------------------------------------------------------------------

    def _hand_over_page(self) -> QWidget:
        page, column = _page("请把屏幕转向群众", "转好以后，由群众本人点下面的按钮。")
        self.turned.clicked.connect(self._begin)
        self.turned.setMinimumSize(8 * px("touch"), 2 * px("touch"))
        column.addStretch(1)
        column.addWidget(self.turned, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        back = label(
            "窗口按 Esc 返回，不算评价，以后还可以再请。", "small", tone="muted", wrap=True
        )
        back.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(back)
        return page

    def _words_page(self) -> QWidget:
        page, column = _page("您想说的话", "只封给上级看，窗口看不到。")
        self.said.clicked.connect(self._words_done)
        column.addWidget(self.keys, 1)
        column.addWidget(self.said, 0, Qt.AlignmentFlag.AlignHCenter)
        return page

    def _level_page(self) -> QWidget:
        page, column = _page(
            "请您评价这次办事", "评不评由您自己决定。评价直接封给上级，窗口看不到。"
        )
        row = QHBoxLayout()
        row.setSpacing(px("l"))
        for face in self.faces:
            face.clicked.connect(partial(self.choose, face.level))
            row.addWidget(face, 1)
        column.addLayout(row, 1)
        self.decline.clicked.connect(self._decline)
        line = QHBoxLayout()
        line.setSpacing(px("l"))
        line.addStretch(1)
        for button in (self.say[0], self.decline):
            line.addWidget(button)
        line.addStretch(1)
        self.say[0].clicked.connect(self._speak)
        column.addLayout(line)
        return page

    def _reason_page(self) -> QWidget:
        page, column = _page("哪里让您不满意？", "可以选几个，至少选一个。")
        grid = QGridLayout()
        grid.setSpacing(px("m"))
        for at, button in enumerate(self.reasons.values()):
            button.setCheckable(True)
            button.toggled.connect(partial(self._mark, button, button.text()))
            button.setMinimumHeight(px("touch") * 3 // 2)
            grid.addWidget(button, at // _COLUMNS, at % _COLUMNS)
        column.addLayout(grid, 1)
        line = QHBoxLayout()
        line.setSpacing(px("l"))
        self.back.clicked.connect(self._again)
        self.send.clicked.connect(self._send)
        self.say[1].clicked.connect(self._speak)
        line.addWidget(self.back)
        line.addStretch(1)
        line.addWidget(self.say[1])
        line.addWidget(self.send)
        column.addLayout(line)
        return page

    def _end_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        self._thanks.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self._thanks, 1)
        return page

    # -- what the citizen does ------------------------------------------------------------

    def _begin(self) -> None:
        self._pages.setCurrentWidget(self._levels)

    def _speak(self) -> None:
        self._before = self._pages.currentWidget() or self._levels
        self._pages.setCurrentWidget(self._own_words)

    def _words_done(self) -> None:
        for button in self.say:
            button.setText("改一改我说的话" if self.keys.text else _WORDS)
        self._pages.setCurrentWidget(self._before)

    def choose(self, level: int) -> None:
        """A face was pressed: a low one asks for its reasons, any other is the answer."""
        self._level = level
        found = self._tables.level(level)
        if found is not None and found.low:
            self._pages.setCurrentWidget(self._reasons)
            self._ready()
            announce(self, "哪里让您不满意？可以选几个。")
            return
        self._send()

    def _again(self) -> None:
        for button in self.reasons.values():
            button.setChecked(False)
        self._pages.setCurrentWidget(self._levels)

    def _chosen(self) -> tuple[str, ...]:
        return tuple(code for code, button in self.reasons.items() if button.isChecked())

    def _mark(self, button: SecondaryButton, name: str, on: bool) -> None:
        button.setText(f"已选 · {name}" if on else name)
        self._ready()

    def _ready(self) -> None:
        self.send.setEnabled(bool(self._chosen()))

    def _send(self) -> None:
        if self._busy:
            return
        self._busy = True
        answer = (self._level, self._chosen(), self.keys.text)
        voice.give_rating(
            self._desk,
            self._invite,
            answer,
            partial(self._end, "已评价", _SENT),
            self._failed,
            owner=self,
        )

    def _decline(self) -> None:
        if self._busy:
            return
        self._busy = True
        voice.decline_rating(
            self._desk,
            self._invite,
            partial(self._end, "未评价", _DECLINED),
            self._failed,
            owner=self,
        )

    def _end(self, told: str, words: str) -> None:
        self._told = told
        self._thanks.setText(words)
        self._pages.setCurrentWidget(self._end_of_it)
        announce(self, words, urgent=True)
        self.finished.emit(told)
        self._timer.start()

    def _failed(self, error: BaseException) -> None:
        self._busy = False
        told = describe_error(error)
        self.banner.set_message("warn", told.words, code=told.code)
        self.banner.show()

    def show_to_citizen(self, clerk: QWidget) -> None:
        """Fill the citizen's screen: the second one if there is one, else this one."""
        here = clerk.screen()
        other = next((s for s in QGuiApplication.screens() if s is not here), None)
        self._place(other or here)
        self._pages.setCurrentWidget(self._levels if other is not None else self._hand_over)
        self.showFullScreen()
        if other is None:
            self.activateWindow()

    def _place(self, screen: QScreen) -> None:
        self.setGeometry(screen.geometry())


def _page(title: str, words: str) -> tuple[QWidget, QVBoxLayout]:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setSpacing(px("xl"))
    for line in (label(title, "display", wrap=True), label(words, "lead", wrap=True)):
        line.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(line)
    return page, column
