# SPDX-License-Identifier: MulanPSL-2.0
"""登录: choose your name, type the password. Light: nothing but Qt, theme and widgets."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ui.screens.sign_in.presenter import Operator, SignIn, SignInPresenter
from ui.theme import px
from ui.widgets.banner import Banner
from ui.widgets.base import announce, label
from ui.widgets.buttons import LinkButton, PrimaryButton
from ui.widgets.card import Card
from ui.widgets.field_row import FieldRow
from ui.widgets.progress_line import ProgressLine

_ID = int(Qt.ItemDataRole.UserRole)
_CARD_EM = 30


class SignInScreen(QWidget):
    """The sign-in; also the face of the lock."""

    signed_in = Signal(object)
    """What the core answered to a good sign-in."""
    switch_requested = Signal()
    """On the lock: somebody else wants to sign in."""

    def __init__(
        self,
        operators: Sequence[Operator],
        hall_label: str,
        key_mode: str,
        device_words: str,
        lease_words: str,
        sign_in: SignIn,
        *,
        locked: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Make the screen.

        Args:
            operators: id, name and job number of each, in the order to show.
            hall_label: hall and window.
            key_mode: `keyring` or `passphrase-only`.
            device_words: state of this device in words.
            lease_words: until when one may sign in without the centre.
            sign_in: starts the sign-in elsewhere and returns at once; answers in this thread.
            locked: the screen is a cover over work that goes on afterwards.
            parent: owner.
        """
        super().__init__(parent)
        self.setObjectName("surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._locked = locked
        self._presenter = SignInPresenter(self, sign_in)
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._presenter.tick)
        self._build(hall_label, key_mode, device_words, lease_words)
        self._fill(operators)
        self.setTabOrder(self._password, self._button)
        self.setTabOrder(self._button, self._people)

    # -- building -----------------------------------------------------------------------

    def _build(self, hall: str, key_mode: str, device: str, lease: str) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(px("xl"), px("m"), px("xl"), px("m"))
        column.setSpacing(px("m"))
        column.addStretch(1)
        centre = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(label("一窗柜台", "display", tone="accent"), 0, centre)
        column.addWidget(label(hall, "lead"), 0, centre)
        column.addSpacing(px("s"))
        row = QHBoxLayout()  # not an alignment: that would not let the card grow with its words
        row.addStretch(1)
        row.addWidget(self._card(key_mode))
        row.addStretch(1)
        column.addLayout(row)
        for words in (device, lease):
            line = label(words, "small", tone="muted", wrap=True)
            line.setAlignment(centre)
            column.addWidget(line)
            line.setVisible(bool(words))  # after it has a parent: else it opens as a window
        column.addStretch(2)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inner)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)

    def _card(self, key_mode: str) -> Card:
        title = "已锁屏，草稿都在" if self._locked else "选择姓名，输入密码"
        card = Card(title, note="" if self._locked else "↑↓ 换人，回车登录")
        card.setFixedWidth(_CARD_EM * px("body"))
        self._people = QListWidget()
        self._people.setAccessibleName("本厅人员")
        self._people.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._people.currentItemChanged.connect(self._person_changed)
        self._people.itemClicked.connect(self.activate)
        self._people.itemActivated.connect(self.activate)
        card.add(self._people)
        self._password = QLineEdit()
        self._password.setEchoMode(QLineEdit.EchoMode.Password)
        self._password.setInputMethodHints(Qt.InputMethodHint.ImhHiddenText)
        self._password.installEventFilter(self)
        self._password.textEdited.connect(self._edited)
        name = "密码" if key_mode == "keyring" else "密码（口令）"
        self._row = FieldRow(name, self._password)
        card.add(self._row)
        self._error = Banner("danger", "")
        self._error.hide()
        card.add(self._error)
        card.add(self._foot())
        if key_mode != "keyring":
            words = "这台电脑没有系统钥匙串：数据只靠口令保护。请用长口令，离开时关机。"
            card.add(Banner("warn", words))
        return card

    def _foot(self) -> QHBoxLayout:
        self._busy = ProgressLine(cancelable=False)
        self._busy.hide()
        self._button = PrimaryButton("解锁" if self._locked else "登录", "Enter")
        self._button.clicked.connect(self._go)
        line = QHBoxLayout()
        line.setSpacing(px("m"))
        if self._locked:
            switch = LinkButton("换人登录")
            switch.clicked.connect(self.switch_requested)
            line.addWidget(switch)
        line.addWidget(self._busy, 1)
        line.addWidget(self._button)
        return line

    def _fill(self, operators: Sequence[Operator]) -> None:
        for operator_id, name, job_no in operators:
            item = QListWidgetItem(f"{name}　工号 {job_no}" if job_no else name)
            item.setData(_ID, operator_id)
            self._people.addItem(item)
        self._people.setCurrentRow(0 if operators else -1)
        touch = px("touch")
        for at in range(self._people.count()):
            self._people.item(at).setSizeHint(QSize(px("body"), touch))
        shown = min(max(self._people.count(), 1), 5)
        self._people.setFixedHeight(shown * touch + px("s"))
        if not operators:
            self.show_error("本机还没有可以登录的人员。请值班长先登记这台电脑。", "SIGN-NONE")
        self._ready()

    # -- what the presenter says ----------------------------------------------------------

    def set_busy(self, *, busy: bool) -> None:
        """Show that the password is being checked; typing waits, the window does not."""
        self._password.setReadOnly(busy)
        self._people.setEnabled(not busy)
        if busy:
            self._error.hide()
            self._busy.start("正在核对")
        else:
            self._busy.finish()
            self._password.setFocus(Qt.FocusReason.OtherFocusReason)
        self._ready()

    def show_error(self, words: str, code: str) -> None:
        """Say that it did not work, never which part was wrong."""
        self._error.set_message("danger", words, code=code)
        self._error.show()
        announce(self._password, words, urgent=True)
        self._password.clear()
        self._ready()

    def show_wait(self, seconds: int) -> None:
        """Count down a lock-out; 0 ends it."""
        if seconds > 0:
            minutes, rest = divmod(seconds, 60)
            words = f"{minutes} 分 {rest:02d} 秒" if minutes else f"{rest} 秒"
            self._button.setText(f"{words}后可再试")
            if not self._tick.isActive():
                self._tick.start()
        else:
            if self._tick.isActive():
                self._tick.stop()
                self._error.hide()
            self._button.setText("解锁" if self._locked else "登录")
        self._ready()

    def succeed(self, answer: object) -> None:
        """Let the person in."""
        self._password.clear()
        self.signed_in.emit(answer)

    # -- events ---------------------------------------------------------------------------

    def activate(self) -> None:
        """Put the focus into the password."""
        self._password.setFocus(Qt.FocusReason.OtherFocusReason)

    def keep_out(self) -> None:
        """Forget what was typed and told (the cover goes up again)."""
        self._password.clear()
        self._row.set_hint("")
        self._error.hide()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.activate()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        pressed = watched is self._password and event.type() == QEvent.Type.KeyPress
        if pressed and isinstance(event, QKeyEvent):
            return self._password_key(event)
        return super().eventFilter(watched, event)

    def _password_key(self, event: QKeyEvent) -> bool:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        if step and self._people.isEnabled():
            at = self._people.currentRow() + step
            self._people.setCurrentRow(min(max(at, 0), self._people.count() - 1))
            return True
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._go()
            return True
        text = event.text()
        if text.isalpha() and text.isascii():
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            # Qt does not tell the lock's state: a capital without Shift (or the reverse) does.
            self._row.set_hint("大写锁定开着，请按 Caps Lock" if text.isupper() != shift else "")
        return False

    def _edited(self) -> None:
        self._ready()
        if not self._presenter.waiting:
            self._error.hide()

    def _person_changed(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            announce(self._password, item.text())
        self._error.hide()
        self._presenter.choose(self._operator_id())
        self._ready()

    def _operator_id(self) -> str:
        item = self._people.currentItem()
        return str(item.data(_ID)) if item is not None else ""

    def _ready(self) -> None:
        able = bool(self._password.text() and self._operator_id())
        self._button.setEnabled(able and not self._presenter.busy and not self._presenter.waiting)

    def _go(self) -> None:
        self._presenter.go(self._operator_id(), self._password.text())
