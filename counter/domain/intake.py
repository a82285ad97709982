# SPDX-License-Identifier: MulanPSL-2.0
"""The intake engine: one pure function turns draft, item and today into all a screen shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from counter.domain.accounts import account_problems
from counter.domain.calendar import WorkCalendar
from counter.domain.catalog import DayUnit, Item
from counter.domain.conditions import Facts, holds
from counter.domain.deadlines import Deadline, Unit, add_days
from counter.domain.draft import STEPS, Draft, Step
from counter.domain.facts import QuestionState, facts, visible_questions
from counter.domain.field_check import CodeLists
from counter.domain.form_state import FormState, form_state
from counter.domain.intake_problems import IntakeProblem, people_problems, signature_problems
from counter.domain.library import LibraryPaper
from counter.domain.materials_list import MaterialState, material_states
from counter.domain.prejudge import PreJudge, prejudge
from counter.domain.problems import Problem

UNITS: dict[DayUnit, Unit] = {"G": "workday", "Z": "natural", "H": "hour"}


@dataclass(frozen=True, slots=True)
class Clocks:
    """The two clocks of a case.

    Attributes:
        answer: Day by which the office must answer what was received (收件 clock).
        promise: Day the promised time would end if the office accepts on that last day. An
            estimate: the promise clock starts only with 受理.
        promise_amount: Promised time in this situation.
        promise_unit: Its unit as in the catalogue (G, Z, H).
    """

    answer: Deadline
    promise: Deadline
    promise_amount: int
    promise_unit: DayUnit


@dataclass(frozen=True, slots=True)
class StepState:
    """How far one step of the intake is."""

    step: Step
    errors: int
    warnings: int

    @property
    def done(self) -> bool:
        """Tell whether nothing of this step blocks 收件."""
        return self.errors == 0


@dataclass(frozen=True, slots=True)
class IntakeView:
    """Everything the intake screen shows for one state of the draft."""

    facts: dict[str, Any]
    questions: tuple[QuestionState, ...]
    form: FormState
    materials: tuple[MaterialState, ...]
    problems: tuple[IntakeProblem, ...]
    prejudge: PreJudge
    clocks: Clocks
    steps: tuple[StepState, ...]

    @property
    def errors(self) -> tuple[IntakeProblem, ...]:
        """Return what blocks 收件."""
        return tuple(p for p in self.problems if p.severity == "error")

    @property
    def warnings(self) -> tuple[IntakeProblem, ...]:
        """Return what should be looked at but does not block."""
        return tuple(p for p in self.problems if p.severity == "warning")

    @property
    def ready(self) -> bool:
        """Tell whether the case may be received now (收件)."""
        return not self.errors

    @property
    def answers(self) -> dict[str, str]:
        """Return the valid answers of the visible questions, derived ones included."""
        return dict(self.facts["answers"])

    @property
    def needed_materials(self) -> tuple[MaterialState, ...]:
        """Return the rows of this situation."""
        return tuple(m for m in self.materials if m.needed)

    def at(self, code: str) -> IntakeProblem | None:
        """Return the first problem at a field code, question or material key."""
        return next((p for p in self.problems if p.field == code), None)


def promised(item: Item, known: Facts) -> tuple[int, DayUnit]:
    """Return the promised time of this situation: the first rule that holds, else the item's."""
    for rule in item.promise_rules:
        if holds(rule.when, known) is True:
            return rule.promise_day, rule.promise_type
    return item.promise_day, item.promise_type


def clocks(item: Item, known: Facts, received_at: datetime, calendar: WorkCalendar) -> Clocks:
    """Return the two clocks for a receipt at ``received_at`` (local time of the hall).

    Source: 行政许可法 art. 32 (answer within five working days); domain brief §3.2.
    """
    answer = add_days(received_at, item.answer_day, "workday", calendar)
    amount, unit = promised(item, known)
    begin: date = answer.date
    if unit == "H":
        begin = datetime.combine(answer.date, received_at.time(), tzinfo=received_at.tzinfo)
    promise = add_days(begin, amount, UNITS[unit], calendar)
    # A promise counted from a provisional day is no firmer than that day.
    promise = replace(promise, provisional=promise.provisional or answer.provisional)
    return Clocks(answer, promise, amount, unit)


def legal_limit(item: Item, known: Facts, begin: date, calendar: WorkCalendar) -> Deadline | None:
    """Return the last day the law allows if the case is accepted on ``begin``; None without one.

    A situation with a limit of its own (``PromiseRule.anticipate_day``) has that one. Limits in
    hours are not told: they count from the minute of acceptance.
    """
    rules = (rule for rule in item.promise_rules if holds(rule.when, known) is True)
    rule = next(rules, None)
    amount, unit = item.anticipate_day, item.anticipate_type
    if rule is not None and rule.anticipate_day is not None:
        amount, unit = rule.anticipate_day, rule.anticipate_type
    return None if not amount or unit == "H" else add_days(begin, amount, UNITS[unit], calendar)


def problems(
    draft: Draft, item: Item, known: Facts, calendar: WorkCalendar, code_lists: CodeLists
) -> list[IntakeProblem]:
    """Return everything that blocks 收件 (severity error) and what to look at (warning).

    Ordered by step and by place on the screen. The duplicate warning is added by the use case,
    which knows the other cases.
    """
    now = datetime.fromisoformat(known["today"])
    promise = clocks(item, known, now, calendar).promise.date
    parts = _Parts(
        visible_questions(item, known, draft.answers),
        form_state(item, draft, known, code_lists),
        material_states(item, draft, known, calendar, promise),
    )
    return _problems(draft, item, known, parts)


def intake_view(
    draft: Draft,
    item: Item,
    calendar: WorkCalendar,
    now: datetime,
    code_lists: CodeLists,
    *,
    library: Sequence[LibraryPaper] = (),
) -> IntakeView:
    """Return all that the screen shows after one keystroke.

    Args:
        draft: The draft as it is.
        item: The item version the draft is pinned to.
        calendar: Working-day calendar.
        now: Local time of the hall.
        code_lists: From ``resources/catalog/dicts.json``.
        library: Papers of these people that the hall has checked before.
    """
    known = facts(draft, item, now.date())
    questions = visible_questions(item, known, draft.answers)
    form = form_state(item, draft, known, code_lists)
    time = clocks(item, known, now, calendar)
    materials = material_states(item, draft, known, calendar, time.promise.date, library)
    found = _problems(draft, item, known, _Parts(questions, form, materials))
    return IntakeView(
        facts=known,
        questions=tuple(questions),
        form=form,
        materials=tuple(materials),
        problems=tuple(found),
        prejudge=prejudge(item, known),
        clocks=time,
        steps=tuple(_step(step, found) for step in STEPS),
    )


def _step(step: Step, found: list[IntakeProblem]) -> StepState:
    here = [p.severity for p in found if p.step == step]
    return StepState(step, here.count("error"), here.count("warning"))


@dataclass(frozen=True, slots=True)
class _Parts:
    questions: list[QuestionState]
    form: FormState
    materials: list[MaterialState]


def _problems(draft: Draft, item: Item, known: Facts, parts: _Parts) -> list[IntakeProblem]:
    found = people_problems(draft, item, known)
    for state in parts.questions:
        if not state.answer:
            text, where = f"请回答：{state.question.text}", f"question.{state.question.key}"
            found.append(IntakeProblem("SIT-UNANSWERED", text, "situation", where))
    # A person's field may stand in the form too: one fault is told once, where it was typed.
    told = {(p.code, p.field) for p in found}
    for shown in parts.form.visible_fields():
        if shown.problem and (shown.problem.code, shown.problem.field) not in told:
            found.append(_at("form", shown.problem))
    found += [_at("materials", m.problem) for m in parts.materials if m.problem]
    found += [_at("form", p) for p in account_problems(draft, item, parts.form)]
    blocked = any(p.severity == "error" for p in found)
    found += _conditions(item, known, parts.form, blocked=blocked)
    found += signature_problems(draft, known)
    order = {step: place for place, step in enumerate(STEPS)}
    return sorted(found, key=lambda p: order[p.step])


def _at(step: Step, found: Problem) -> IntakeProblem:
    return IntakeProblem(found.code, found.text, step, found.field, found.severity)


def _conditions(item: Item, known: Facts, form: FormState, *, blocked: bool) -> list[IntakeProblem]:
    found = []
    for rule in item.conditions:
        value = holds(rule.when, known)
        if value is True or (value is None and blocked):
            continue  # what is not known yet is already asked for elsewhere
        text, severity = rule.text, rule.severity
        if value is None:
            text, severity = f"现有内容还判断不了这一条，请核对：{rule.text}", "warning"
        step = _step_of(rule.field, form)
        code = f"COND-{rule.key.upper().replace('_', '-')}"
        found.append(IntakeProblem(code, text, step, rule.field, severity))
    return found


def _step_of(field: str, form: FormState) -> Step:
    if field and form.get(field):
        return "form"
    root = field.partition(".")[0]
    steps: dict[str, Step] = {"person": "person", "agent": "person", "material": "materials"}
    return steps.get(root, "situation")
