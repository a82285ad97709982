# SPDX-License-Identifier: MulanPSL-2.0
"""一件事 as data: which items, in which order, who each is for, what is asked and handed in once.

Source: domain brief §8 (国办发〔2022〕32号: 一次告知、一表申请、一套材料). A theme file holds
no rule of an item; it only says how the items of the catalogue meet.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Literal

from pydantic import Field

from counter.domain.catalog import (
    Cel,
    FieldCode,
    FormSection,
    Item,
    Key,
    Question,
    Strict,
    TaskState,
)
from counter.domain.conditions import holds
from counter.domain.draft import Draft
from counter.domain.facts import facts
from counter.domain.theme_place import IfRefused

Role = Literal["applicant", "subject"]
PERSON_FIELDS = ("name", "sex", "nation", "birth", "id_no", "address")
"""What a theme may take of a subject from the shared form."""


class After(Strict):
    """One edge of the precedence: this step comes after ``item``.

    Attributes:
        item: The earlier item.
        if_refused: What the centre does with this step when the earlier one ends without
            success: ``wait`` until a person settles it, or ``continue``.
        gives_fields: Fields that only the earlier item's result can tell (公民身份号码 after
            户口); not asked while the earlier one is taken along.
        gives_materials: Papers that only the earlier item makes.
    """

    item: Key
    if_refused: IfRefused
    gives_fields: tuple[FieldCode, ...] = ()
    gives_materials: tuple[Key, ...] = ()


class ThemeStep(Strict):
    """One item of a theme.

    Attributes:
        item: Code of a catalogue item; its newest version is pinned when it is chosen.
        role: Whose matter it is: the applicant's or the theme's subject's (the newborn's).
        offered_if: CEL over person, agent, today and the theme's own answers; only a plain
            "no" hides the step, what is not known yet is offered.
        preset: Question key → option key that the theme itself settles.
        form_as: Field code of the item → code in the shared form, where the item means
            somebody or something else by it than the other items do.
        materials_as: Material key of the item → key in the shared list.
        leave_out: Optional fields that make no sense here (a newborn's occupation).
        after: Its precedence.
        note: One sentence for the clerk beside the choice.
    """

    item: Key
    role: Role = "applicant"
    offered_if: Cel = ""
    preset: dict[Key, Key] = Field(default_factory=dict)
    form_as: dict[FieldCode, FieldCode] = Field(default_factory=dict)
    materials_as: dict[Key, Key] = Field(default_factory=dict)
    leave_out: tuple[FieldCode, ...] = ()
    after: tuple[After, ...] = ()
    note: str = ""


class Elsewhere(Strict):
    """另行办理: a step that is not this window's; the person is told where to go."""

    name: str
    where: str
    note: str = ""


class Subject(Strict):
    """Whom the theme is about when that is not the applicant; known through the shared form.

    ``fields`` maps a field of a person (``PERSON_FIELDS``) to a code of the theme's form. The
    applicant acts for the subject as ``kind`` with ``relation``.
    """

    title: str
    id_type: str = "111"
    fields: dict[str, FieldCode]
    relation: str = "监护人"
    kind: Literal["guardian", "entrusted"] = "guardian"
    evidence: str = ""  # code list guardian_evidence: what shows the guardianship


class Theme(Strict):
    """One 一件事, one immutable version."""

    theme_code: Key
    task_version: str
    task_name: str
    short_name: str
    aliases: tuple[str, ...] = ()
    task_state: TaskState = "在用"
    intro: str
    by_law: str = ""
    subject: Subject | None = None
    questions: tuple[Question, ...] = ()
    form: tuple[FormSection, ...] = ()
    steps: tuple[ThemeStep, ...] = Field(min_length=2)
    elsewhere: tuple[Elsewhere, ...] = ()
    provenance: str = ""

    def step(self, item_code: str) -> ThemeStep | None:
        """Return the step of an item."""
        return next((s for s in self.steps if s.item == item_code), None)


def lead_item(theme: Theme) -> Item:
    """Return the theme's own questions and fields in the form of an item, for the intake engine."""
    return Item(
        item_code=theme.theme_code,
        task_version=theme.task_version,
        task_name=theme.task_name,
        short_name=theme.short_name,
        task_type="20",
        use_level="5",
        dept_name="",
        by_law=theme.by_law,
        project_type="9",
        accept_condition=theme.intro,
        handle_flow="",
        answer_day=0,
        anticipate_day=0,
        promise_day=0,
        link_way="",
        supervise_way="",
        questions=theme.questions,
        form=theme.form,
        materials=(),
        duplicate_days=0,
    )


def offered(theme: Theme, draft: Draft, today: date) -> tuple[ThemeStep, ...]:
    """Return the steps that may be chosen here, in order (这几项您要一起办吗)."""
    known = facts(draft, lead_item(theme), today)
    return tuple(
        s for s in theme.steps if not s.offered_if or holds(s.offered_if, known) is not False
    )


def predecessors(theme: Theme, item: str, chosen: Collection[str]) -> Mapping[str, IfRefused]:
    """Return the chosen items a step comes after, with the policy of each.

    A step that is not taken passes its own precedence on, so that 社保卡 still follows 户口 when
    医保 is left out; on such a way one ``continue`` is enough to go on.
    """
    found: dict[str, IfRefused] = {}
    _walk(theme, item, frozenset(chosen), "wait", found)
    return found


def _walk(
    theme: Theme,
    item: str,
    chosen: frozenset[str],
    so_far: IfRefused,
    found: dict[str, IfRefused],
) -> None:
    step = theme.step(item)
    for edge in step.after if step else ():
        policy: IfRefused = "wait" if so_far == edge.if_refused == "wait" else "continue"
        if edge.item not in chosen:
            _walk(theme, edge.item, chosen, policy, found)
        elif found.get(edge.item) != "wait":
            found[edge.item] = policy


def in_order(theme: Theme) -> tuple[str, ...] | None:
    """Return all items so that each comes after its predecessors; None if they go in a circle."""
    left = {s.item: {a.item for a in s.after} for s in theme.steps}
    out: list[str] = []
    while left:
        ready = next((item for item, needs in left.items() if not needs & left.keys()), None)
        if ready is None:
            return None
        out.append(ready)
        del left[ready]
    return tuple(out)
