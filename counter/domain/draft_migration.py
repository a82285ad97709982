# SPDX-License-Identifier: MulanPSL-2.0
"""Taking an open draft to a newer version of its item: a look ahead, then the step itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from counter.domain.catalog import Item
from counter.domain.catalog_diff import Change, item_changes
from counter.domain.draft import Draft
from counter.domain.facts import facts, is_blank, visible_questions
from counter.domain.field_check import CodeLists, check_value


@dataclass(frozen=True, slots=True)
class Migration:
    """What the newer version would mean for one draft.

    Attributes:
        draft: The draft under the new version; everything typed is still in it.
        changes: What changed in the item, in words.
        kept: Labels of answers, fields and papers that count as before.
        set_aside: Those the new version does not ask for; they stay in the draft, unused.
        again: Those that have to be answered, corrected or handed in anew.
    """

    draft: Draft
    changes: tuple[Change, ...]
    kept: tuple[str, ...]
    set_aside: tuple[str, ...]
    again: tuple[str, ...]


def migrate(draft: Draft, old: Item, new: Item, today: date, code_lists: CodeLists) -> Migration:
    """Return the draft pinned to ``new`` and what that means; ``draft`` itself stays as it is.

    Nothing typed is thrown away: what the new version does not know stays in the draft, and is
    there again if the clerk goes back to the old version.
    """
    moved = draft.model_copy(deep=True)
    moved.item_version = new.task_version
    sorted_out = _Sorter()
    _answers(moved, old, new, today, sorted_out)
    _fields(moved, old, new, code_lists, sorted_out)
    _papers(moved, old, new, sorted_out)
    return Migration(
        moved,
        tuple(item_changes(old, new)),
        tuple(sorted_out.kept),
        tuple(sorted_out.set_aside),
        tuple(sorted_out.again),
    )


class _Sorter:
    def __init__(self) -> None:
        self.kept: list[str] = []
        self.set_aside: list[str] = []
        self.again: list[str] = []


def _answers(draft: Draft, old: Item, new: Item, today: date, out: _Sorter) -> None:
    asked = {q.key: q for q in new.questions}
    texts = {q.key: q.text for q in old.questions}
    for key, answer in draft.answers.items():
        if key not in asked:
            out.set_aside.append(texts.get(key, key))
        elif answer in {o.key for o in asked[key].options}:
            out.kept.append(asked[key].text)
        else:
            out.again.append(asked[key].text)
    known = facts(draft, new, today)
    for state in visible_questions(new, known, draft.answers):
        fresh = state.question.key not in draft.answers
        if fresh and not state.answer and state.question.key not in texts:
            out.again.append(state.question.text)


def _fields(draft: Draft, old: Item, new: Item, code_lists: CodeLists, out: _Sorter) -> None:
    before = {f.code: f for s in old.form for f in s.fields}
    after = {f.code: f for s in new.form for f in s.fields}
    for code, value in draft.form.items():
        if is_blank(value):
            continue
        field = after.get(code)
        if field is None:
            out.set_aside.append(before[code].label if code in before else code)
        elif check_value(field, value, code_lists) is None:
            out.kept.append(field.label)
        else:
            out.again.append(field.label)
    out.again += [f.label for code, f in after.items() if code not in before and f.required]


def _papers(draft: Draft, old: Item, new: Item, out: _Sorter) -> None:
    before = {m.key: m for m in old.materials}
    after = {m.key: m for m in new.materials}
    for key, given in draft.materials.items():
        if given.way == "missing":
            continue
        if key in after:
            out.kept.append(after[key].material_name)
        else:
            out.set_aside.append(before[key].material_name if key in before else key)
    fresh = [m for key, m in after.items() if key not in before and not m.generated]
    out.again += [m.material_name for m in fresh if m.is_need != "非必要"]
