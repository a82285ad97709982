# SPDX-License-Identifier: MulanPSL-2.0
"""One case: who and what, its two states, the clock and why, papers, what happened, what to do."""

from collections.abc import Sequence
from datetime import date
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from counter.app.queries import CaseDetail
from counter.domain.case import CaseState
from counter.domain.theme_place import theme_status
from ui.models.words import (
    DELIVERY_TONES,
    DUE_WORDS,
    LEVEL_TONES,
    STATE_TONES,
    day_of,
    due_words,
    long_day,
    moment_words,
)
from ui.operations.case_acts import Deed
from ui.operations.cases import CasePicture, Issue
from ui.operations.papers import PaperChoice
from ui.screens.cases.issue_card import IssueCard, doubles_card
from ui.screens.cases.life import deemed_note, life_notes, note_card
from ui.screens.cases.materials import MaterialList
from ui.theme import px
from ui.widgets.badge import Badge
from ui.widgets.base import label, set_tone
from ui.widgets.buttons import ActionButton, LinkButton, PrimaryButton, SecondaryButton
from ui.widgets.card import Card
from ui.widgets.empty_state import EmptyState
from ui.widgets.flow_row import FlowRow
from ui.widgets.timeline import Timeline, TimelineEntry

REVEAL_SECONDS = 30


class CaseDetailPane(Card):
    """Shows a `CasePicture`; says what the person wants, does nothing itself."""

    act_wanted = Signal(str)
    """Key of a move the person wants to make (补正, 送达 …)."""
    shown = Signal(str)
    """Case whose result may be rated, "" for none."""
    paper_wanted = Signal(str)
    close_wanted = Signal(str)
    inform_wanted = Signal(str)
    correct_wanted = Signal(str)
    """Operation that the centre sent back: the person is told."""
    reveal_wanted = Signal()
    """显示完整信息: `show_full` may be called once it is on record."""

    def __init__(self) -> None:
        super().__init__()
        self._picture: CasePicture | None = None
        self._today = date.min
        self._shut = QTimer(self)
        self._shut.setSingleShot(True)
        self._shut.setInterval(REVEAL_SECONDS * 1000)
        self._shut.timeout.connect(self.hide_full)
        self._revealed = False
        self.setAccessibleName("办件详情")
        self._nothing = EmptyState("选一件办件看详情。", "↑↓ 选择，回车打开。", icon="search")
        self.add(self._nothing, 1)
        self._inner = QWidget()
        column = QVBoxLayout(self._inner)
        column.setContentsMargins(0, 0, px("s"), 0)
        column.setSpacing(px("s"))
        self._build_head(column)
        self._build_due(column)
        self._build_lists(column)
        column.addStretch(1)
        self._area = QScrollArea()
        self._area.setAccessibleName("办件详情")
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(self._inner)
        self.add(self._area, 1)
        self._actions = QWidget()
        self._build_actions()
        self.add(self._actions)
        self._area.hide()
        self._actions.hide()

    # -- building ---------------------------------------------------------------------

    def _build_head(self, column: QVBoxLayout) -> None:
        self._title = label("", "lead", wrap=True)
        self._badges = FlowRow()
        named = QHBoxLayout()
        named.addWidget(self._title, 1)
        column.addLayout(named)
        column.addWidget(self._badges)
        self._theme = label("", "small", wrap=True)
        self._theme.hide()
        column.addWidget(self._theme)
        self._facts = QGridLayout()
        self._facts.setHorizontalSpacing(px("m"))
        self._facts.setVerticalSpacing(2)
        self._facts.setColumnStretch(1, 1)
        column.addLayout(self._facts)
        self._reveal = LinkButton("显示完整信息")
        self._reveal.setToolTip(f"{REVEAL_SECONDS} 秒后自动遮住；请留意旁边有没有别人")
        self._reveal.clicked.connect(self._turn)
        named.addWidget(self._reveal, 0, Qt.AlignmentFlag.AlignTop)

    def _build_due(self, column: QVBoxLayout) -> None:
        self._due_name = label("", "small", tone="muted")
        self._due = label("", "lead", wrap=True)
        self._why = LinkButton("为什么是这天")
        self._why.setCheckable(True)
        self._why_words = label("", "small", tone="muted", wrap=True)
        self._why.toggled.connect(self._why_words.setVisible)
        line = QHBoxLayout()
        line.addWidget(self._due_name, 1)
        line.addWidget(self._why)
        column.addLayout(line)
        column.addWidget(self._due)
        column.addWidget(self._why_words)
        self._why_words.hide()
        self._issues = QVBoxLayout()
        self._issues.setSpacing(px("s"))
        column.addLayout(self._issues)

    def _build_lists(self, column: QVBoxLayout) -> None:
        self.materials = MaterialList()
        self._timeline = Timeline()
        self._papers = QVBoxLayout()
        self._papers.setSpacing(px("xs"))
        for title, part in (("经过", self._timeline), ("材料", self.materials)):
            column.addWidget(label(title, strong=True))
            column.addWidget(part)
        column.addWidget(label("文书", strong=True))
        column.addLayout(self._papers)

    def _build_actions(self) -> None:
        box = QVBoxLayout(self._actions)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(px("s"))
        self._words = label("", "small", tone="muted", wrap=True)
        self._buttons = FlowRow()
        self._deeds: tuple[Deed, ...] | None = None
        box.addWidget(self._words)
        box.addWidget(self._buttons)

    # -- showing ----------------------------------------------------------------------

    @property
    def picture(self) -> CasePicture | None:
        """What is shown."""
        return self._picture

    @property
    def revealed(self) -> bool:
        """Whether the full information is shown now."""
        return self._revealed

    def show_nothing(self) -> None:
        """No case is chosen."""
        self._picture = None
        self.shown.emit("")
        self.hide_full()
        self._nothing.show()
        self._area.hide()
        self._actions.hide()

    def show_picture(
        self, picture: CasePicture, papers: Sequence[PaperChoice], today: date
    ) -> None:
        """Show a case; another one begins masked and at its top."""
        other = (
            self._picture is None
            or self._picture.detail.case.case_id != picture.detail.case.case_id
        )
        self._picture, self._today = picture, today
        if other:
            self._hide_again()
            self._why.setChecked(False)
            self._area.verticalScrollBar().setValue(0)
        self._nothing.hide()
        self._area.show()
        self._actions.show()
        self._show_head()
        self._show_due()
        _clear(self._issues)
        for issue in picture.issues:
            self._issues.addWidget(self._issue(issue))
        self._show_life()
        self.materials.show_lines(picture.materials)
        entries = [
            TimelineEntry(
                moment_words(event.at, today),
                event.what,
                "　".join(word for word in (event.who, event.where, event.why) if word)
                or ("中心" if event.origin == "centre" else ""),
            )
            for event in reversed(picture.detail.events)
        ]
        self._timeline.set_entries(entries)
        self._show_papers(papers)
        self._show_actions()
        over = picture.detail.case.state in {CaseState.RATED, CaseState.ARCHIVED}
        self.shown.emit("" if over else picture.detail.case.case_id)

    def _show_head(self) -> None:
        picture = self._picture
        if picture is None:
            return
        row, case = picture.detail.row, picture.detail.case
        name = picture.person.name if self._revealed else row.applicant
        self._title.setText(f"{name} · {row.item_name}")
        self._theme.setText(theme_words(picture.detail))
        self._theme.setVisible(bool(picture.detail.theme))
        self._badges.clear()
        self._badges.add(Badge(STATE_TONES.get(row.state, "neutral"), row.state_word))
        self._badges.add(Badge(DELIVERY_TONES.get(row.delivery, "neutral"), row.delivery_word))
        numbers = [("凭证号", case.receipt_no), ("办件编号", case.project_no or "中心受理后才有")]
        people = picture.person.lines(row.applicant, full=self._revealed)
        _clear(self._facts)
        facts = [*numbers, ("承办窗口", picture.window), *people[1:]]
        for at, (word, value) in enumerate((w, v) for w, v in facts if v):
            self._facts.addWidget(
                label(word, "small", tone="muted"), at, 0, Qt.AlignmentFlag.AlignTop
            )
            shown = label(_breakable(value), "small", wrap=True)
            shown.setAccessibleName(f"{word} {value}")
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._facts.addWidget(shown, at, 1)
        self._reveal.setText("遮住" if self._revealed else "显示完整信息")

    def _show_due(self) -> None:
        if self._picture is None:
            return
        row = self._picture.detail.row
        named = bool(row.due)
        self._due_name.setText(DUE_WORDS.get(row.due_kind, "时限") if named else "时限")
        late = named and day_of(row.due) < self._today
        text = f"{long_day(row.due)}前" if named else "现在没有在走的时限"
        self._due.setText(f"{text}，{due_words(row.due, self._today)}" if late else text)
        set_tone(self._due, LEVEL_TONES[row.due_level] if row.due_level != "none" else "")
        why = self._picture.why
        self._why.setVisible(bool(why))
        self._why_words.setText("\n".join(why))
        self._why_words.setVisible(self._why.isChecked() and bool(why))

    def _issue(self, issue: Issue) -> IssueCard:
        card = IssueCard(issue)
        card.close_wanted.connect(self.close_wanted)
        card.inform_wanted.connect(self.inform_wanted)
        card.correct_wanted.connect(self.correct_wanted)
        return card

    def _show_life(self) -> None:
        """Alarms and what the law remembers, above the timeline."""
        picture = self._picture
        if picture is None:
            return
        case = picture.detail.case
        if picture.detail.row.state == "deemed" and case.state.value != "deemed":
            can = picture.deed("deem")
            note = deemed_note(leader=can is not None and can.allowed)
            self._issues.addWidget(note_card(note))
        if doubles := case.centre.get("possible_duplicate_of"):
            self._issues.addWidget(doubles_card([str(number) for number in doubles]))
        reason = str(case.centre.get("reason") or "")
        for note in life_notes(
            picture.life, case.state, reason, self._today, dict(picture.choices)
        ):
            self._issues.addWidget(note_card(note))

    def _show_papers(self, papers: Sequence[PaperChoice]) -> None:
        _clear(self._papers)
        rest = [paper for paper in papers if not paper.main and not paper.why_not]
        for paper in papers:
            if not paper.main:
                continue
            button = SecondaryButton(f"{paper.title}…", icon="print")
            button.setEnabled(not paper.why_not)
            button.clicked.connect(partial(self.paper_wanted.emit, paper.code))
            self._papers.addWidget(button)
            if paper.why_not:
                button.setAccessibleDescription(paper.why_not)
                self._papers.addWidget(label(paper.why_not, "small", tone="muted", wrap=True))
        if rest:
            others = SecondaryButton(f"其他文书（{len(rest)}）…", icon="print")
            others.setToolTip("、".join(paper.title for paper in rest))
            others.clicked.connect(partial(self.paper_wanted.emit, rest[0].code))
            self._papers.addWidget(others)

    def _show_actions(self) -> None:
        picture = self._picture
        if picture is None:
            return
        if picture.deeds != self._deeds:
            self._deeds = picture.deeds
            self._show_buttons()
        told = [deed.words for deed in picture.deeds if not deed.allowed]
        self._words.setText("\n".join((*([picture.stands] if picture.stands else []), *told)))
        self._words.setVisible(bool(self._words.text()))

    def _show_buttons(self) -> None:
        """Make the buttons of the acts allowed; a focus on one of them stays."""
        old = self._buttons.findChildren(ActionButton)
        held = next((button.objectName() for button in old if button.hasFocus()), "")
        self._buttons.clear()
        can = [deed for deed in self._deeds or () if deed.allowed]
        printing = SecondaryButton("打印…", "F8")
        printing.setObjectName("print")
        printing.clicked.connect(partial(self.paper_wanted.emit, "REC"))
        made = [self._act_button(deed, main=at == 0) for at, deed in enumerate(can)]
        made.insert(1, printing)
        for button in made:
            self._buttons.add(button)
            if button.objectName() == held:
                button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _act_button(self, deed: Deed, *, main: bool) -> ActionButton:
        button = PrimaryButton(deed.word) if main else SecondaryButton(deed.word)
        button.setObjectName(deed.name)
        button.setToolTip(deed.words)
        button.setAccessibleDescription(deed.words)
        button.clicked.connect(partial(self.act_wanted.emit, deed.name))
        return button

    # -- 显示完整信息 -------------------------------------------------------------------

    def hide_full(self) -> None:
        """Hide the full information again."""
        self._hide_again()
        self._show_head()

    def _hide_again(self) -> None:
        self._shut.stop()
        self._revealed = False

    def _turn(self) -> None:
        if self._revealed:
            self.hide_full()
            return
        self.reveal_wanted.emit()

    def show_full(self) -> None:
        """Show names and numbers unmasked for a while."""
        self._revealed = True
        self._shut.start()
        self._show_head()


def theme_words(detail: CaseDetail) -> str:
    """Return the whole 一件事 of a case: how it stands, and a line per case taken with it."""
    if not detail.theme:
        return ""
    place, status = detail.theme[0].place, theme_status(detail.theme)
    lines = []
    for member, line in zip(detail.theme, status.lines, strict=True):
        here = "（这一件）" if member.case_id == detail.case.case_id else ""
        lines.append(f"{member.place.position}. {line}{here}")
    missing = place.count - len(lines)
    if missing > 0:
        lines.append(f"另有 {missing} 件还没有传到这里。")
    return "\n".join([f"{place.theme_name} · {status.word}", f"总编号 {place.theme_no}", *lines])


def _breakable(text: str) -> str:
    """Let a long number break after its hyphens or in groups instead of widening the pane."""
    if len(text) > 24 and text.isascii():
        return " ".join(text[at : at + 12] for at in range(0, len(text), 12))
    return text


def _clear(layout: QVBoxLayout | QGridLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
