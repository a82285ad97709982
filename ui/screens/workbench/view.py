# SPDX-License-Identifier: MulanPSL-2.0
"""工作台: the deadline radar, what waits for a person, drafts, numbers of today, results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QVBoxLayout, QWidget

from ui.models.words import long_day
from ui.screens.workbench.moved import MovedDialog
from ui.screens.workbench.numbers import NumbersCard
from ui.screens.workbench.presenter import WorkbenchPresenter
from ui.screens.workbench.queueing import CALL_KEY, QueueCard
from ui.screens.workbench.radar import RadarCard
from ui.screens.workbench.ticket import PRINT_KEY
from ui.shell.screen import KeyLine
from ui.signals import app_signals
from ui.theme import px
from ui.widgets.banner import READ_KEY, Banner
from ui.widgets.base import Tone, label, set_tone
from ui.widgets.buttons import PrimaryButton
from ui.widgets.card import Card
from ui.widgets.elided_label import ElidedLabel
from ui.widgets.lines import LineCard

if TYPE_CHECKING:
    from counter.app.queries import MovedDate
    from ui.operations.desk import Desk
    from ui.operations.line import LineStatus

_SIDE_EM, _FOLD_EM = 20, 64
_LINK: dict[str, tuple[Tone, str]] = {
    "online": ("ok", "和中心连着，收件后自动传。"),
    "narrow": ("warn", "收件照常，凭证有效；文字先传，图片随后。"),
    "offline": ("warn", "照常收件，凭证有效；连上后自动传，每件只报一次。"),
    "checking": ("neutral", "正在看线路，收件照常。"),
    "blocked": ("danger", "照常收件，凭证有效；没有向对方发任何内容，通了自动传。"),
    "clock": ("danger", "照常收件；请先把电脑的日期和时间调准，期限才算得准。"),
    "refused": ("danger", "中心不认这台电脑，收件照常；请值班长处理。"),
}


class WorkbenchScreen(QWidget):
    """What needs this operator now."""

    open_draft = Signal(str)
    open_case = Signal(str)
    deliver = Signal(str)
    """A result to hand out."""
    start_intake = Signal()
    serve = Signal(str)
    """The person with this number sits down."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._presenter = WorkbenchPresenter(self, desk, self)
        self.radar = RadarCard()
        self.attention = LineCard("要处理", "没有被退回、也没有等人决定的办件。")
        self.drafts = LineCard("我的草稿", "没有没办完的。按 F2 开始受理，填的内容随时自动保存。")
        self.results = LineCard("待出件", "没有等着领的结果。", most=4)
        self.again = LineCard("到期要再办", "", most=4, rest="用 counter due 打出名单")
        self.again.hide()  # only for who plans visits, and only when somebody is due
        self.today = NumbersCard("今天")
        self.queue = QueueCard(desk)
        self._build()
        self.radar.open_case.connect(self.open_case)
        self.radar.start_intake.connect(self.start_intake)
        self.attention.chosen.connect(self.open_case)
        self.results.chosen.connect(self.deliver)
        self.again.chosen.connect(self.open_case)
        self.drafts.chosen.connect(self.open_draft)
        self.queue.serve.connect(self.serve)
        self.queue.told.connect(self._show_number)
        self._keys()
        app_signals().status.connect(self._line_changed)
        self._line_changed(None)

    def _keys(self) -> None:
        deeds = {CALL_KEY: self.queue.next.click, PRINT_KEY: self.queue.ticket.print_slip}
        deeds[READ_KEY] = self.repaired.close_banner
        deeds |= {key: button.click for key, button in self.queue.takers.items()}
        for key, deed in deeds.items():
            made = QShortcut(QKeySequence(key), self, deed)
            made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def _build(self) -> None:
        self._left = QWidget()
        left = QVBoxLayout(self._left)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(px("l"))
        left.addWidget(self._header())
        self.moved = Banner("info", "", action_text="看看是哪些")
        self.moved.hide()
        self.moved.action.connect(self._presenter.look_at_moved)
        left.addWidget(self.moved)
        self.repaired = Banner("warn", "", closable=True)
        self.repaired.set_close_key(READ_KEY)
        self.repaired.hide()
        left.addWidget(self.repaired)
        self.wishes = Banner("warn", "")
        self.wishes.hide()
        left.addWidget(self.wishes)
        left.addWidget(self.radar, 1)
        self._side = QWidget()
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(px("l"))
        for card in (self.attention, self.queue, self.drafts, self.today, self.results, self.again):
            side.addWidget(card)
        side.addStretch(1)
        self._side_area = _area(self._side)
        self._narrow = False
        self._side.installEventFilter(self)
        inner = QWidget()
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, inner)
        self._row.setContentsMargins(px("l"), px("l"), px("l"), px("l"))
        self._row.setSpacing(px("l"))
        self._row.addWidget(self._left, 1)
        self._row.addWidget(self._side_area)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        self._area = _area(inner)
        whole.addWidget(self._area)

    def _header(self) -> Card:
        card = Card()
        line = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        line.setSpacing(px("l"))
        words = QVBoxLayout()
        words.setSpacing(0)
        self._state = label("", "small", strong=True)
        self._day = label("", "title")
        self._words = ElidedLabel("", tone="muted")
        words.addWidget(self._state)
        words.addWidget(self._day)
        words.addWidget(self._words)
        line.addLayout(words, 1)
        self._begin = PrimaryButton("受理", "F2")
        self._begin.clicked.connect(self.start_intake)
        line.addWidget(self._begin, 0, Qt.AlignmentFlag.AlignVCenter)
        card.add(line)
        return card

    def show_moved(self, cases: int) -> None:
        """Show of how many cases a day moved; 0 takes the line away."""
        words = f"有 {cases} 件日期有变：放假安排更新，期限重新算过。"
        if cases and self.moved.text != words:
            self.moved.set_message("info", words, action_text="看看是哪些")
        self.moved.setVisible(bool(cases))

    def show_moved_list(self, rows: list[MovedDate]) -> None:
        """Show which days moved and why."""
        if rows:
            dialog = MovedDialog(rows, self)
            dialog.accepted.connect(self._presenter.moved_seen)
            dialog.open_case.connect(self.open_case)
            dialog.open()

    def show_wishes(self, words: str) -> None:
        """Say that the catalogue or the program is old, or that the line mended something."""
        repaired = "\n".join(self._desk.line.status().notes)
        if repaired and repaired != self.repaired.text:  # once read it stays away; 同步 keeps it
            self.repaired.set_message("warn", repaired)
            self.repaired.show()
        if words and self.wishes.text != words:
            self.wishes.set_message("warn", words)
        self.wishes.setVisible(bool(words))

    # -- the shell --------------------------------------------------------------------

    def refresh(self, changes: object | None) -> None:
        """Read again if the change concerns this screen."""
        self._line_changed(None)
        if self._presenter.concerns(changes):
            self._presenter.load()
        if changes is None or "queue" in getattr(changes, "kinds", ()):
            self.queue.load()

    def keys(self) -> list[KeyLine]:
        """Keys of this screen."""
        return [*self.queue.keys(), KeyLine(READ_KEY, "自动处理的提示：看过了，收起")]

    def zones(self) -> list[QWidget]:
        """Header with the radar, then the lists at the side."""
        return [self._left, self._side]

    def activate(self) -> None:
        """The next thing to do is usually the next citizen."""
        self._begin.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_number(self) -> None:
        """The keys work from anywhere on the page; the number called or given is to be seen."""
        for area in (self._side_area, self._area):
            if (inner := area.widget()) is not None:
                inner.adjustSize()
            area.ensureWidgetVisible(self.queue)

    # -- inside -----------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < _FOLD_EM * px("body")
        down = QBoxLayout.Direction.TopToBottom
        self._row.setDirection(down if narrow else QBoxLayout.Direction.LeftToRight)
        wide = 16777215 if narrow else _SIDE_EM * px("body")
        self._side_area.setMinimumWidth(0 if narrow else wide)
        self._side_area.setMaximumWidth(wide)
        self._narrow = narrow
        self._fit_side()
        self.radar.show_whole(on=narrow)

    def _fit_side(self) -> None:
        """Where all stands in one column, the page scrolls and nothing inside it does."""
        bar = Qt.ScrollBarPolicy
        self._side_area.setMinimumHeight(self._side.sizeHint().height() if self._narrow else 0)
        self._side_area.setVerticalScrollBarPolicy(
            bar.ScrollBarAlwaysOff if self._narrow else bar.ScrollBarAsNeeded
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._side and event.type() == QEvent.Type.LayoutRequest:
            self._fit_side()
        return super().eventFilter(watched, event)

    def _line_changed(self, status: object) -> None:
        line: LineStatus = self._desk.line.status()
        tone, promise = _LINK[line.link]
        self._state.setText(line.words)
        set_tone(self._state, tone)
        self._day.setText(long_day(self._presenter.today().isoformat()))
        self._words.setText(promise)


def _area(inner: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inner)
    return area
