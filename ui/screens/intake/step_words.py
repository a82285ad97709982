# SPDX-License-Identifier: MulanPSL-2.0
"""The lines of the step list: state and one line of what is known, names masked."""

from __future__ import annotations

from datetime import date

from counter.domain.ages import full_years, parse_day
from counter.domain.draft import STEPS, Draft
from counter.domain.facts import is_blank
from counter.domain.intake import IntakeView
from counter.domain.masking import mask_name
from ui.screens.intake.presenter import NO_ITEM, STEP_TITLES, IntakePresenter
from ui.widgets.steps import Step, StepState


def _person(draft: Draft, today: date) -> str:
    person = draft.applicant
    if not person.name:
        return ""
    born = parse_day(person.birth)
    age = f" {full_years(born, today)}岁" if born is not None and born <= today else ""
    agent = draft.agent
    who = f"，代办：{agent.relation}{mask_name(agent.person.name)}" if agent else ""
    return f"{mask_name(person.name)}{age}{who}"


def _sub(step: str, presenter: IntakePresenter, draft: Draft, view: IntakeView) -> str:
    if step == "person":
        return _person(draft, presenter.today().date())
    if presenter.item is NO_ITEM:
        return ""
    if step == "item":
        return presenter.item.short_name
    if step == "situation":
        return " · ".join(
            next((o.label for o in s.options if o.key == s.answer), "") for s in view.questions
        ).strip(" ·")
    if step == "form":
        filled = sum(not is_blank(f.value) for f in view.form.visible_fields())
        return f"{filled} 项已填" if filled else ""
    if step == "materials":
        rows = view.needed_materials
        gaps = sum(m.way == "tolerated" for m in rows)
        done = sum(m.done and m.way != "tolerated" for m in rows)  # to follow is not given
        return f"{done} / {len(rows)}" + (f"，容缺 {gaps}" if gaps else "")
    return "已签字" if step == "review" and draft.signature else ""


def step_rows(presenter: IntakePresenter) -> list[Step]:
    """Return the rows: a step behind the present one is 未做 until it was looked at."""
    draft, view = presenter.draft, presenter.view
    if draft is None or view is None:
        return [Step(step, STEP_TITLES[step], enabled=False) for step in STEPS]
    here = STEPS.index(draft.step)
    rows = []
    received = presenter.receipt is not None
    for at, step in enumerate(STEPS):
        errors = [p for p in presenter.problems() if p.step == step]
        state: StepState = "done" if not errors else "problem"
        if at > here:
            state = "todo" if errors or at >= len(STEPS) - 2 else "done"
        if step == draft.step and not received:
            state = "current"
        if received:
            state = "done"
        if presenter.item is NO_ITEM and step in {"situation", "form", "materials"}:
            state = "todo" if step != draft.step else "current"
        open_now = not received and step != "receipt"
        sub = _sub(step, presenter, draft, view)
        rows.append(Step(step, STEP_TITLES[step], state, sub, enabled=open_now))
    return rows
