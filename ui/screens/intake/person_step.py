# SPDX-License-Identifier: MulanPSL-2.0
"""Step 人: who applies, who came, and that person and paper belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox

from counter.domain.draft import Draft
from counter.domain.people import Agent, Person
from counter.ports.devices import CardData
from ui.forms.controls import ChoiceControl, TextControl, as_day, as_typed
from ui.forms.enter_walk import EnterWalk
from ui.notify import describe_error
from ui.operations import devices
from ui.screens.intake import edits
from ui.screens.intake.person_card import NAME_EM, PersonCard
from ui.screens.intake.presenter import IntakePresenter
from ui.screens.intake.step import StepPage
from ui.widgets.banner import Banner
from ui.widgets.field_row import FieldRow

if TYPE_CHECKING:
    from ui.operations.devices import CardAnswer

KINDS = {"entrusted": "受委托人", "guardian": "监护人", "helper": "代办员、村干部"}


class PersonStep(StepPage):
    """Applicant, and the agent when somebody else came."""

    def __init__(self, presenter: IntakePresenter) -> None:
        super().__init__(presenter, "人")
        self._reading = False
        self.banner = Banner("info", "把身份证平放在读卡器上，按 F4；也可以直接输入。")
        self.column.addWidget(self.banner)
        self.applicant = PersonCard(presenter, "person", "申请人")
        self.has_agent = QCheckBox("别人代办（登记代理人）")
        self.has_agent.clicked.connect(self._toggle_agent)
        self.agent = PersonCard(presenter, "agent", "代理人")
        self._agent_rows()
        for card in (self.applicant, self.agent):
            card.read_card.connect(self.read_card)
            for control in card.all_controls():
                self.keep_visible(control)
        self.applicant.finished.connect(self._applicant_done)
        self.agent.finished.connect(self._agent_done)
        self.agent.left_front.connect(lambda: self.applicant.focus_field("mobile"))
        self.column.addWidget(self.applicant)
        self.column.addWidget(self.has_agent)
        self.column.addWidget(self.agent)
        self.column.addStretch(1)
        self.keep_visible(self.has_agent)

    def _agent_rows(self) -> None:
        self.relation = TextControl(as_typed, placeholder="例如 女儿")
        self.kind = ChoiceControl(KINDS)
        self.evidence = ChoiceControl({})
        self.valid_to = TextControl(as_day, placeholder="不写就是只办这一次")
        made = (
            ("relation", "是申请人的", self.relation, True),
            ("kind", "代理身份", self.kind, False),
            ("evidence", "凭什么认定", self.evidence, True),
            ("valid_to", "委托到哪天", self.valid_to, False),
        )
        self.agent_rows: dict[str, FieldRow] = {}
        for name, words, control, must in made:
            row = FieldRow(words, control, required=must, name_em=NAME_EM)
            control.edited.connect(lambda value, n=name: self._agent_edited(n, str(value)))
            control.entered.connect(lambda n=name: self.presenter.at(f"agent.{n}"))
            control.installEventFilter(self)
            self.agent_rows[name] = row
            self.agent.add(row)
        self._walk = EnterWalk(self)
        for control in self._agent_order():
            self._walk.watch(control)
        self.kind.picked.connect(self._kind_picked)
        self.evidence.picked.connect(self.valid_to.setFocus)
        self._walk.onward.connect(self._agent_enter)
        self._walk.back.connect(self._agent_back)

    # -- showing --------------------------------------------------------------

    def open_new(self) -> None:
        self.applicant.clear_seen()
        self.agent.clear_seen()
        self.banner.set_message("info", "把身份证平放在读卡器上，按 F4；也可以直接输入。")

    def show_view(self) -> None:
        draft, view = self.presenter.draft, self.presenter.view
        if draft is None or view is None:
            return
        self.applicant.show_person(draft.applicant)
        self.has_agent.setChecked(draft.agent is not None)
        self.agent.setVisible(draft.agent is not None)
        if draft.agent is not None:
            self.agent.show_person(draft.agent.person)
            self.relation.set_value(draft.agent.relation)
            self.kind.set_value(draft.agent.kind)
            guardian = draft.agent.kind == "guardian"
            lists = self.presenter.reference.code_lists
            self.evidence.set_options(lists.get("guardian_evidence", {}))
            self.evidence.set_value(draft.agent.evidence)
            self.agent_rows["evidence"].setVisible(guardian)
            self.valid_to.set_value(draft.agent.valid_to)
            for name, row in self.agent_rows.items():
                found = view.at(f"agent.{name}")
                blank_here = not getattr(draft.agent, name)
                row.set_error(found.text if found and not blank_here else "")
            forbidden = view.at("agent")
            if forbidden is not None:
                self.banner.set_message("danger", forbidden.text)
        left = [p for p in view.errors if p.step == "person"]
        self.set_note(f"还有 {len(left)} 处要填" if left else "可以进入下一步")

    def focus_at(self, focus: str) -> None:
        root, _, name = focus.partition(".")
        if root == "agent" and name in self.agent_rows:
            self.agent_rows[name].control.setFocus(Qt.FocusReason.TabFocusReason)
            return
        card = {"agent": self.agent, "person": self.applicant}.get(root)
        if card is not None and (card.resume(name) or (name and card.focus_field(name))):
            return
        if not self.applicant.focus_first():
            self.applicant.focus_field("name")

    # -- the card ---------------------------------------------------------------

    def who_now(self) -> str:
        """Whose card F4 reads: where the focus is, else whoever has no number yet."""
        draft = self.presenter.draft
        if draft is None or draft.agent is None:
            return "person"
        focus = self.focusWidget()
        if focus is not None and self.agent.isAncestorOf(focus):
            return "agent"
        return "agent" if draft.applicant.id_no and not draft.agent.person.id_no else "person"

    def read_card(self) -> None:
        """F4."""
        draft = self.presenter.draft
        if self._reading or draft is None:
            return
        self._reading = True
        who, draft_id = self.who_now(), draft.draft_id
        self.banner.set_message("info", "正在读卡，请不要移开…")

        def answered(answer: CardAnswer) -> None:
            self._reading = False
            here = self.presenter.draft
            if here is not None and here.draft_id == draft_id:
                self._answered(who, answer)

        def failed(error: BaseException) -> None:
            self._reading = False
            told = describe_error(error)
            self.banner.set_message("warn", told.words, code=told.code)

        devices.read_card(self.presenter.desk, answered, failed, owner=self)

    def _answered(self, who: str, answer: CardAnswer) -> None:
        if not isinstance(answer, CardData):
            code = getattr(answer, "code", "")
            self.banner.set_message("warn", f"{answer.words}可以照着证件输入。", code=code)
            return
        self.presenter.chip_read.add(who)
        self.presenter.edit(lambda d: edits.take_card(d, who, answer.person))
        card = self.agent if who == "agent" else self.applicant
        card.set_photo(answer.photo)
        note = "（模拟读卡）" if answer.simulated else ""
        self.banner.set_message("ok", f"已读卡{note}。请看一眼本人和照片，一致就按回车。")
        if not card.focus_first():
            card.focus_field("mobile")

    # -- agent and walking ---------------------------------------------------------

    def _toggle_agent(self) -> None:
        on = self.has_agent.isChecked()

        def change(draft: Draft) -> None:
            draft.agent = Agent(person=Person()) if on else None

        self.presenter.edit(change)
        if on:
            self.agent.focus_field("name")

    def _agent_edited(self, name: str, value: str) -> None:
        def change(draft: Draft) -> None:
            if draft.agent is not None:
                draft.agent = Agent.model_validate({**draft.agent.model_dump(), name: value})

        self.presenter.edit(change)

    def _applicant_done(self) -> None:
        draft = self.presenter.draft
        if draft is not None and draft.agent is not None:
            if not self.agent.focus_first():
                self.relation.setFocus(Qt.FocusReason.TabFocusReason)
            return
        self.presenter.move(1)

    def _agent_order(self) -> list[TextControl | ChoiceControl]:
        return [self.relation, self.kind, self.evidence, self.valid_to]

    def _kind_picked(self) -> None:
        guardian = self.agent_rows["evidence"].isVisibleTo(self.agent)
        (self.evidence if guardian else self.valid_to).setFocus()

    def _agent_enter(self, widget: object) -> None:
        """From the relation straight on: the rest is optional and reached with Tab."""
        draft = self.presenter.draft
        if draft is not None and draft.agent is not None and not draft.agent.relation:
            self.relation.setFocus(Qt.FocusReason.TabFocusReason)
        elif draft is not None and not self.agent.focus_first():
            self.presenter.move(1)

    def _agent_back(self, widget: object) -> None:
        order = self._agent_order()
        at = next((i for i, one in enumerate(order) if one is widget), 0)
        if at:
            order[at - 1].setFocus(Qt.FocusReason.BacktabFocusReason)
        else:
            self.agent.focus_field("mobile")

    def _agent_done(self) -> None:
        self.relation.setFocus(Qt.FocusReason.TabFocusReason)
