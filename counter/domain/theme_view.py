# SPDX-License-Identifier: MulanPSL-2.0
"""A theme's intake as one view: each item judged by itself, every fact asked once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from counter.domain.calendar import WorkCalendar
from counter.domain.catalog import FormSection, Item, Material
from counter.domain.draft import STEPS, Draft
from counter.domain.facts import QuestionState, is_blank
from counter.domain.field_check import CodeLists
from counter.domain.form_state import FieldState, FormState, SectionState
from counter.domain.intake import Clocks, IntakeView, StepState, intake_view
from counter.domain.intake_problems import IntakeProblem
from counter.domain.library import LibraryPaper
from counter.domain.materials_list import MaterialState
from counter.domain.prejudge import PreJudge, Status
from counter.domain.theme_parts import JOIN, Bundle, Part, share

DAYS = {"G": 1.4, "Z": 1.0, "H": 1 / 24}
"""About how many natural days a unit is, to find the item that takes longest."""


@dataclass(frozen=True, slots=True)
class PartView:
    """One item of the theme: its part, its share of the draft, and what follows from it."""

    part: Part
    draft: Draft
    view: IntakeView


@dataclass(frozen=True, slots=True)
class ThemeView:
    """What follows from a theme's draft: per item, and joined for the screen."""

    parts: tuple[PartView, ...]
    joined: IntakeView


def theme_view(
    draft: Draft,
    bundle: Bundle,
    calendar: WorkCalendar,
    now: datetime,
    code_lists: CodeLists,
    *,
    library: Sequence[LibraryPaper] = (),
) -> ThemeView:
    """Return all that the screen shows, and the share of each item for 收件.

    A default that an earlier part knows counts as given for the later ones: it is shown once, so
    it must mean the same to all. The theme is ready exactly when each item is.
    """
    form = dict(draft.form)
    seen: list[PartView] = []
    for part in bundle.all_parts:
        mine = share(draft, bundle, part, form)
        view = intake_view(mine, part.asked, calendar, now, code_lists, library=library)
        for state in view.form.visible_fields():
            if part.code(state.code) not in draft.form and not is_blank(state.value):
                form.setdefault(part.code(state.code), state.value)
        seen.append(PartView(part, mine, view))
    return ThemeView(tuple(seen[1:]), _join(draft, bundle, seen))


def union_item(bundle: Bundle) -> Item:
    """Return the theme as an item: names of the theme, union of fields and papers of its items."""
    parts, lead = bundle.parts, bundle.lead.item
    promises = sorted((p.item for p in parts), key=lambda i: i.promise_day * DAYS[i.promise_type])
    items = [p.item for p in parts]
    fees = tuple({f.fee_name: f for i in items for f in i.fees}.values())
    forbidden = [i for i in items if i.agent_forbidden]
    rows: dict[str, list[Material]] = {}
    for part in parts:
        for row in part.asked.materials:
            rows.setdefault(part.material(row.key), []).append(row)
    return lead.model_copy(
        update={
            "dept_name": "、".join(dict.fromkeys(i.dept_name for i in items)),
            "answer_day": min((i.answer_day for i in items), default=0),
            "promise_day": promises[-1].promise_day if promises else 0,  # the last one done
            "promise_type": promises[-1].promise_type if promises else "G",
            "is_fee": any(i.is_fee for i in items),
            "fees": fees,
            "result_name": "、".join(i.result_name for i in items if i.result_name),
            "agent_forbidden": bool(forbidden),
            "agent_forbidden_reason": forbidden[0].agent_forbidden_reason if forbidden else "",
            "link_way": items[0].link_way if items else "",
            "supervise_way": items[0].supervise_way if items else "",
            "form": _sections(bundle),
            "materials": tuple(union_material(k, r) for k, r in rows.items()),
        }
    )


def union_material(key: str, rows: Sequence[Material]) -> Material:
    """Join rows of one paper: most copies, strictest validity, original before copy (§8)."""
    ages = [r.validity_days for r in rows if r.validity_days]
    types = {r.material_type for r in rows}
    need = {r.is_need for r in rows}
    both = "原件和复印件" in types or len(types) > 1
    return rows[0].model_copy(
        update={
            "key": key,
            "material_type": "原件和复印件" if both else rows[0].material_type,
            "page_num": max(r.page_num for r in rows),
            "validity_days": min(ages, default=0),
            "is_need": next(n for n in ("必要", "容缺后补", "非必要") if n in need),
            "reusable": all(r.reusable for r in rows),
            "signers": next((r.signers for r in rows if r.signers), None),
            "tolerable": all(r.tolerable for r in rows),
            "tolerate_days": min(r.tolerate_days for r in rows),
            "promise_allowed": all(r.promise_allowed for r in rows),
            "exempt_source": rows[0].exempt_source if all(r.exempt_source for r in rows) else "",
            "accept_stand": " ".join(dict.fromkeys(r.accept_stand for r in rows if r.accept_stand)),
        }
    )


def _sections(bundle: Bundle) -> tuple[FormSection, ...]:
    """Every code once, in the first section that asks for it."""
    told: set[str] = set()
    out = []
    for part in bundle.all_parts:
        for section in part.asked.form:
            fields = []
            for field in section.fields:
                if (code := part.code(field.code)) not in told:
                    told.add(code)
                    fields.append(field.model_copy(update={"code": code}))
            if fields:
                key = f"{part.item.item_code}{JOIN}{section.key}"
                title = section.title
                if part is not bundle.lead:
                    title = f"{section.title}（{part.item.short_name}）"
                out.append(
                    section.model_copy(update={"key": key, "title": title, "fields": tuple(fields)})
                )
    return tuple(out)


def _join(draft: Draft, bundle: Bundle, seen: Sequence[PartView]) -> IntakeView:
    form = _form(bundle, seen)
    materials = _materials(draft, seen)
    questions = _questions(bundle, seen)
    problems = _problems(bundle, seen)
    answers = {s.question.key: s.answer for s in questions if s.answer}
    return IntakeView(
        facts={**seen[0].view.facts, "answers": answers},
        questions=questions,
        form=form,
        materials=materials,
        problems=tuple(problems),
        prejudge=_prejudge(seen[1:]),
        clocks=_clocks(seen),
        steps=tuple(
            StepState(
                step,
                sum(p.step == step and p.severity == "error" for p in problems),
                sum(p.step == step and p.severity == "warning" for p in problems),
            )
            for step in STEPS
        ),
    )


def _questions(bundle: Bundle, seen: Sequence[PartView]) -> tuple[QuestionState, ...]:
    out: dict[str, QuestionState] = {}
    users: dict[str, int] = {}
    for part in bundle.parts:
        for name in part.questions.values():
            users[name] = users.get(name, 0) + 1
    for one in seen:
        for state in one.view.questions:
            name = one.part.questions.get(state.question.key, "")
            if not name or name in out:
                continue
            text = state.question.text
            if users.get(name) == 1:
                text = f"{one.part.item.short_name}：{text}"
            question = state.question.model_copy(update={"key": name, "text": text})
            out[name] = replace(state, question=question)
    return tuple(out.values())


def _form(bundle: Bundle, seen: Sequence[PartView]) -> FormState:
    states: dict[str, FieldState] = {}
    for one in seen:
        for state in (field for shown in one.view.form.sections for field in shown.fields):
            name = one.part.code(state.code)
            states[name] = _field(name, states.get(name), state)
    sections = []
    for section in _sections(bundle):
        fields = tuple(states[f.code] for f in section.fields)
        sections.append(SectionState(section, any(f.visible for f in fields), fields))
    return FormState(tuple(sections))


def _field(name: str, before: FieldState | None, now: FieldState) -> FieldState:
    """Join what two items say of one field: asked if either asks, right only if right for both."""
    problem = replace(now.problem, field=name) if now.problem else None
    if before is None or (now.visible and not before.visible):
        field = now.field.model_copy(update={"code": name})
        required = now.required or bool(before and before.required)
        return replace(now, field=field, required=required, problem=problem)
    if not now.visible:
        return before
    blank = is_blank(before.value)
    return replace(
        before,
        required=before.required or now.required,
        value=now.value if blank else before.value,
        source=now.source if blank else before.source,
        problem=before.problem or problem,
    )


def _materials(draft: Draft, seen: Sequence[PartView]) -> tuple[MaterialState, ...]:
    rows: dict[str, list[MaterialState]] = {}
    for one in seen:
        for state in one.view.materials:
            rows.setdefault(one.part.material(state.key), []).append(state)
    return tuple(_material(draft, key, states) for key, states in rows.items())


def _material(draft: Draft, key: str, states: Sequence[MaterialState]) -> MaterialState:
    wanted = [s for s in states if s.needed]
    here = wanted or list(states)
    found = [s.problem for s in wanted if s.problem]
    found.sort(key=lambda p: p.severity != "error")
    open_to_all = [w for w in here[0].ways_allowed if all(w in s.ways_allowed for s in here)]
    return MaterialState(
        material=union_material(key, [s.material for s in here]),
        needed=bool(wanted),
        certain=all(s.certain for s in states),
        required=any(s.required for s in wanted),
        given=draft.materials.get(key),
        ways_allowed=tuple(open_to_all),
        done=all(s.done for s in wanted),
        problem=replace(found[0], field=f"material.{key}") if found else None,
        due=min((s.due for s in wanted if s.due), default=""),
        held=next((s.held for s in wanted if s.held), None),
    )


def _problems(bundle: Bundle, seen: Sequence[PartView]) -> list[IntakeProblem]:
    """Every fault once, at its shared place; an item's own condition says whose it is."""
    out: list[IntakeProblem] = []
    told: set[tuple[str, ...]] = set()
    places: set[str] = set()
    for one in seen:
        for problem in one.view.problems:
            moved = _moved(bundle, one.part, problem)
            rule = moved.code.startswith("COND-")
            sign = (moved.code, moved.field, moved.text if rule else "")
            # A subject's name missing in the form is said by the form itself.
            if sign in told or (moved.step != problem.step and moved.field in places):
                continue
            told.add(sign)
            places.add(moved.field)
            if rule and one.part is not bundle.lead:
                moved = replace(moved, text=f"{one.part.item.short_name}：{moved.text}")
            out.append(moved)
    order = {step: place for place, step in enumerate(STEPS)}
    return sorted(out, key=lambda p: order[p.step])


def _moved(bundle: Bundle, part: Part, problem: IntakeProblem) -> IntakeProblem:
    root, _, rest = problem.field.partition(".")
    subject = bundle.theme.subject
    if part.for_subject and subject is not None:
        if root == "person" and problem.step != "form":
            code = subject.fields.get(rest, "")
            text = problem.text.replace("申请人", subject.title)
            step = "form" if code else problem.step
            return replace(problem, text=text, field=code or problem.field, step=step)
        if root == "agent":
            text = problem.text.replace("代理人", "申请人")
            return replace(problem, text=text, field=f"person.{rest}" if rest else "person.name")
    if root == "question":
        return replace(problem, field=f"question.{part.questions.get(rest, rest)}")
    if root == "material":
        return replace(problem, field=f"material.{part.material(rest)}")
    return replace(problem, field=part.code(problem.field))


def _clocks(seen: Sequence[PartView]) -> Clocks:
    """The first answer that is due and the last promise; each case keeps its own clocks."""
    items = seen[1:] or seen
    answer = min((s.view.clocks.answer for s in items), key=lambda d: d.date)
    last = max((s.view.clocks for s in items), key=lambda c: c.promise.date)
    return replace(last, answer=answer)


def _prejudge(seen: Iterable[PartView]) -> PreJudge:
    judged = [(s.part.item.short_name, s.view.prejudge) for s in seen]
    real = [(name, one) for name, one in judged if one.status != "none"]
    ranks: tuple[Status, ...] = ("fails", "unknown", "holds")
    status: Status = next((r for r in ranks if any(o.status == r for _, o in real)), "none")
    known = tuple(
        replace(f, key=f"{name}{JOIN}{f.key}", label=f"{name}：{f.label}")
        for name, one in real
        for f in one.facts
    )
    text = "".join(f"{name}：{one.text}" for name, one in real)
    return PreJudge(status, known, text or "这几项都由工作人员审核。")
