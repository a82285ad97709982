# SPDX-License-Identifier: MulanPSL-2.0
"""Step 核对签字: what the citizen gets, what still blocks, and the signature."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from counter.domain.draft import Draft
from ui.forms.controls import TextControl, as_typed
from ui.forms.enter_walk import EnterWalk
from ui.notify import describe_error
from ui.operations.intake import Earlier
from ui.screens.intake import summary
from ui.screens.intake.dates_card import DatesCard
from ui.screens.intake.presenter import NO_ITEM, IntakePresenter
from ui.screens.intake.problem_list import ProblemList
from ui.screens.intake.signature_pad import SignaturePad
from ui.screens.intake.step import StepPage
from ui.screens.intake.witness_rows import WitnessRows
from ui.theme import px
from ui.widgets.badge import Badge
from ui.widgets.banner import Banner
from ui.widgets.base import label
from ui.widgets.buttons import PrimaryButton, SecondaryButton
from ui.widgets.card import Card
from ui.widgets.field_row import FieldRow
from ui.widgets.flow_row import FlowRow

_METHODS = {"pad": "已在签字板签名", "finger": "已按指印", "paper": "已拍签字纸"}


class ReviewStep(StepPage):
    """Blocking findings first, then duplicates, the signature, the summary."""

    jump = Signal(str, str)
    """Step and field where a finding is put right."""
    open_case = Signal(str)
    """An earlier case is to be looked at; the draft stays."""

    def __init__(self, presenter: IntakePresenter) -> None:
        super().__init__(presenter, "核对签字")
        self.banner = Banner("warn", "", closable=True)
        self.banner.hide()
        self.problems = ProblemList("收件前还要做")
        self.problems.chosen.connect(self.jump)
        self.warnings = ProblemList("请留意（不影响收件）")
        self.warnings.chosen.connect(self.jump)
        self._build_duplicates()
        self._build_signing()
        self.dates = DatesCard(presenter)
        self.keep_visible(self.dates.toggle)
        self.words = Card("念给群众听")
        self._talk = label("", "lead", wrap=True)
        self._talk.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.words.add(self._talk)
        self.table = Card("请群众核对")
        self._grid_home = QWidget()
        self._grid = QGridLayout(self._grid_home)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(px("l"))
        self._grid.setVerticalSpacing(px("xs"))
        self._grid.setColumnStretch(1, 1)
        self.table.add(self._grid_home)
        self._rows: list[tuple[str, str]] = []
        for part in (
            self.banner,
            self.problems,
            self.doubles,
            self.signing,
            self.dates,
            self.words,
            self.table,
            self.warnings,
        ):
            self.column.addWidget(part)
        self.column.addStretch(1)
        presenter.commit.duplicates.connect(self._duplicates)
        presenter.commit.failed.connect(self._failed)
        presenter.pages.trouble.connect(self._trouble)

    def _build_duplicates(self) -> None:
        self.doubles = Card("可能重复", tone="warn")
        self._double_words = label("", wrap=True)
        self.reason = TextControl(as_typed, placeholder="例如：上次撤回了，这次重新申请")
        row = FieldRow("为什么还要再收一件", self.reason, required=True)
        self.reason.edited.connect(self._reason)
        walk = EnterWalk(self)
        walk.watch(self.reason)
        walk.onward.connect(lambda _one: self.presenter.receive())
        self.look = SecondaryButton("打开那份办件", "Shift+F3")
        self.look.clicked.connect(self.open_earlier)
        self.doubles.add(self._double_words)
        self.doubles.add(FlowRow((self.look,)))
        note = "只是去看；这份草稿留着，回到「受理」接着填。"
        self.doubles.add(label(note, "small", tone="muted", wrap=True))
        self.doubles.add(row)
        self.doubles.hide()
        self.keep_visible(self.reason)
        self.keep_visible(self.look)
        self._earlier = ""

    def _build_signing(self) -> None:
        self.signing = Card("签字")
        self._badge = Badge("warn", "还没有签字", icon="warn")
        self.signing.add_action(self._badge)
        self.pad = SignaturePad()
        self.pad.changed.connect(self._pad_changed)
        self.use_pad = PrimaryButton("用这个签名", icon="check")
        self.use_pad.clicked.connect(self._take_pad)
        self.clear = SecondaryButton("擦掉重签")
        self.clear.clicked.connect(self.pad.clear)
        self.paper = SecondaryButton("拍签字纸", "F7", icon="camera")
        self.paper.clicked.connect(self.capture)
        self.finger = SecondaryButton("按指印后拍照")
        self.finger.clicked.connect(lambda: self._capture("finger", "指印"))
        buttons = FlowRow((self.use_pad, self.clear, self.paper, self.finger))
        self.signing.add(self.pad)
        self.signing.add(buttons)
        note = QHBoxLayout()
        words = "不会写字的按指印：先念给本人听，两人在场。也可以先打印出来签，再拍下来。"
        note.addWidget(label(words, "small", tone="muted", wrap=True), 1)
        self.signing.add(note)
        self.witness = WitnessRows(self.presenter)
        self.signing.add(self.witness)
        self.keep_visible(self.witness.name)
        self.keep_visible(self.witness.read)
        for one in (self.use_pad, self.clear, self.paper, self.finger):
            self.keep_visible(one)
        self._pad_changed()

    # -- showing --------------------------------------------------------------

    def open_new(self) -> None:
        self.banner.hide()
        self.doubles.hide()
        self._earlier = ""
        self.reason.set_value("")
        self.pad.clear()

    def show_view(self) -> None:
        presenter = self.presenter
        draft, view, item = presenter.draft, presenter.view, presenter.item
        if draft is None or view is None:
            return
        found = presenter.problems()
        self.problems.show_problems([p for p in found if p.field != "signature"])
        self.warnings.show_problems(view.warnings)
        self.witness.show_draft()
        self.dates.show_view()
        signed = draft.signature
        if signed is None:
            self._badge.set_state("warn", "还没有签字", icon="warn")
        else:
            words = f"{_METHODS[signed.method]} {signed.signed_at[11:16]}"
            self._badge.set_state("ok", words, icon="check")
        rest = len(found)
        self.set_note(f"还有 {rest} 处要做" if rest else "可以收件了，按 F9")
        if item is NO_ITEM:
            self._talk.setText("选好事项后，这里是念给群众听的话。")
            return
        today = presenter.today().date()
        self._talk.setText(summary.before_signing(draft, item, view, today))
        rows = summary.facts_rows(draft, item, view, presenter.reference.code_lists)
        self._fill([*rows, *summary.material_rows(view)])

    def _fill(self, rows: Sequence[tuple[str, str]]) -> None:
        if list(rows) == self._rows:
            return
        self._rows = list(rows)
        while (held := self._grid.takeAt(0)) is not None:
            if (widget := held.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for at, (name, value) in enumerate(rows):
            left = label(name, tone="muted", wrap=True)
            left.setMinimumWidth(2 * px("xxl"))
            right = label(value or "—", strong=True, wrap=True)
            right.setAccessibleName(f"{name}：{value}")
            self._grid.addWidget(left, at, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(right, at, 1, Qt.AlignmentFlag.AlignTop)
        self._grid.setColumnStretch(0, 2)
        self._grid.setColumnStretch(1, 3)

    def focus_at(self, focus: str) -> None:
        if self.witness.focus_at(focus):
            return
        if self.problems.lines:
            self.problems.lines[0].setFocus(Qt.FocusReason.TabFocusReason)
            self.to_top()
        elif self.doubles.isVisibleTo(self):
            self.reason.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.paper.setFocus(Qt.FocusReason.TabFocusReason)
            self.reveal(self.signing)

    # -- signing ----------------------------------------------------------------

    def _pad_changed(self) -> None:
        self.use_pad.setEnabled(self.pad.signed)
        self.clear.setEnabled(self.pad.signed)

    def _take_pad(self) -> None:
        draft = self.presenter.draft
        if draft is not None and self.pad.signed:
            pages = self.presenter.pages
            pages.take_image(draft.draft_id, "signature:pad", self.pad.image(), "camera")

    def capture(self) -> None:
        """F7: the signed paper under the camera."""
        self._capture("paper", "签字纸")

    def _capture(self, method: str, title: str) -> None:
        draft = self.presenter.draft
        if draft is not None:
            self.banner.hide()
            self.presenter.pages.capture(draft.draft_id, f"signature:{method}", title)

    # -- answers ------------------------------------------------------------------

    def _duplicates(self, rows: list[Earlier]) -> None:
        told = "\n".join(_earlier(one) for one in rows[:5])
        self._double_words.setText(f"这个人不久前已经收过同一件：\n{told}")
        self._earlier = rows[0].row.case_id
        self.look.setText("打开那份办件" if len(rows) == 1 else "打开最近那份办件")
        self.doubles.show()
        self.reason.setFocus(Qt.FocusReason.OtherFocusReason)

    def open_earlier(self) -> None:
        """Shift+F3: look at the earlier case first; nothing to do while none is shown."""
        if self._earlier and self.doubles.isVisibleTo(self):
            self.presenter.flush()
            self.open_case.emit(self._earlier)

    def _reason(self, value: object) -> None:
        def change(draft: Draft) -> None:
            draft.duplicate_reason = str(value)

        self.presenter.edit(change)

    def _failed(self, error: object) -> None:
        if isinstance(error, BaseException):
            told = describe_error(error)
            safe = "" if "草稿" in told.words else "草稿还在，没有收件。"
            self.banner.set_message("danger", f"{told.words}{safe}", code=told.code)
            self.banner.show()
            self.banner.speak()
            self.reveal(self.banner)

    def _trouble(self, key: str, error: object) -> None:
        if key.startswith("signature:") and isinstance(error, BaseException):
            told = describe_error(error)
            self.banner.set_message("warn", told.words, code=told.code)
            self.banner.show()


def _earlier(one: Earlier) -> str:
    row = one.row
    clerk = f" · {one.clerk} 收的" if one.clerk else ""
    what = f"{row.received_at[:10]} {row.item_name} · {row.applicant} · 凭证 {row.receipt_no}"
    return f"{what} · {row.state_word}（{row.delivery_word}）{clerk}"
