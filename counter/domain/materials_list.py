# SPDX-License-Identifier: MulanPSL-2.0
"""The material list of one situation: what is needed, how it may be given, what still lacks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from counter.domain.ages import parse_day
from counter.domain.calendar import WorkCalendar
from counter.domain.catalog import Item, Material
from counter.domain.conditions import Facts, holds
from counter.domain.draft import Draft
from counter.domain.materials import WAY_WORDS, GivenMaterial, Way
from counter.domain.problems import Problem, Severity


@dataclass(frozen=True, slots=True)
class MaterialState:
    """One row of the list.

    Attributes:
        material: The catalogue row.
        needed: It belongs to this situation.
        certain: False while an unanswered question may still change ``needed``.
        required: It must be given (in some allowed way) before 收件.
        given: What was given, or None.
        ways_allowed: Ways open for this row; ``tolerated`` only while another required paper is
            really there or still may be.
        done: It was given in an allowed way (or is tolerated, promised); rows that do not belong
            to this situation count as done, an optional row left out does not.
        problem: What is wrong or missing, or None.
        due: ISO day by which the paper must come if it is tolerated; "" where it may not be.
    """

    material: Material
    needed: bool
    certain: bool
    required: bool
    given: GivenMaterial | None
    ways_allowed: tuple[Way, ...]
    done: bool
    problem: Problem | None
    due: str = ""

    @property
    def key(self) -> str:
        """Return the key of the row."""
        return self.material.key

    @property
    def way(self) -> Way:
        """Return how it was given; ``missing`` if it was not."""
        return self.given.way if self.given else "missing"


def material_states(
    item: Item,
    draft: Draft,
    facts: Facts,
    calendar: WorkCalendar | None = None,
    promise_due: date | None = None,
) -> list[MaterialState]:
    """Return every row of the item's list with its state, rows not needed included.

    Args:
        item: The service item.
        draft: What was given so far.
        facts: From ``facts``.
        calendar: Needed for the due day of tolerated papers.
        promise_due: Day the item's promise would end; a tolerated paper may not come later
            (domain brief §3.2: gap deadline within the item's 承诺时限).
    """
    today = date.fromisoformat(facts["today"])
    needs = {m.key: holds(m.needed_if, facts) if m.needed_if else True for m in item.materials}
    out = []
    for material in item.materials:
        state = _state(material, needs, item, draft, today)
        if "tolerated" in state.ways_allowed:
            due = tolerance_due(material, today, calendar, promise_due)
            state = replace(state, due=due)
        out.append(state)
    return out


def tolerance_due(
    material: Material, today: date, calendar: WorkCalendar | None, promise_due: date | None
) -> str:
    """Return the last day for a tolerated paper: its working days, capped at the promise."""
    if not material.tolerable or calendar is None:
        return ""
    due = today
    for _ in range(material.tolerate_days):
        due = calendar.next_workday(due)
    return min(due, promise_due or due).isoformat()


def allowed_ways(material: Material, others_given: bool) -> tuple[Way, ...]:
    """Return the ways open for a row; ``others_given`` lets a tolerable one be tolerated."""
    on_paper = material.material_format in {"1", "3"}
    ways: list[tuple[Way, bool]] = [
        ("original_checked", on_paper and "原件" in material.material_type),
        ("scanned", True),
        ("library", material.reusable),
        ("e_cert", bool(material.cert_type_code)),
        ("exempt", bool(material.exempt_source)),
        ("tolerated", material.tolerable and others_given),
        ("promised", material.promise_allowed),
    ]
    if material.generated:
        return ("scanned",)
    return tuple(way for way, is_open in ways if is_open)


def is_required(material: Material) -> bool:
    """Tell whether a needed row must be given; 容缺后补 must be, only later."""
    return material.is_need != "非必要"


def _state(
    material: Material, needs: dict[str, bool | None], item: Item, draft: Draft, today: date
) -> MaterialState:
    need = needs[material.key]
    required = need is True and is_required(material)
    given = draft.materials.get(material.key)
    if need is not True:
        return MaterialState(material, False, need is not None, False, given, (), True, None)
    ways = allowed_ways(material, _another_counts(material, needs, item, draft))
    if material.generated:
        done = draft.signature is not None or _has_paper(given)
        return MaterialState(material, True, True, required, given, ways, done, None)
    problem: Problem | None = None
    done = False
    if given is not None and given.way != "missing":
        problem = _finding(material, given, ways, today)
        done = problem is None or problem.severity == "warning"
    elif required:
        problem = _missing(material, ways)
    return MaterialState(material, True, True, required, given, ways, done, problem)


def _another_counts(
    material: Material, needs: dict[str, bool | None], item: Item, draft: Draft
) -> bool:
    """Tell whether some other required paper is not tolerated: never 容缺 for all of them."""
    for other in item.materials:
        if other.key == material.key or needs[other.key] is not True or other.generated:
            continue
        given = draft.materials.get(other.key)
        if is_required(other) and (given is None or given.way != "tolerated"):
            return True
    return False


def _has_paper(given: GivenMaterial | None) -> bool:
    return given is not None and given.way == "scanned" and bool(given.pages)


def _missing(material: Material, ways: tuple[Way, ...]) -> Problem:
    rest = "可以容缺，稍后补交。" if "tolerated" in ways else ""
    text = f"还缺「{material.material_name}」。{rest}"
    return Problem("MAT-MISSING", text, "error", f"material.{material.key}")


def _finding(
    material: Material, given: GivenMaterial, ways: tuple[Way, ...], today: date
) -> Problem | None:
    name, code, words = material.material_name, "", ""
    severity: Severity = "error"
    if given.way not in ways:
        code, words = "MAT-WAY", f"「{name}」不能用「{WAY_WORDS[given.way]}」的方式，请换一种。"
        if given.way == "tolerated" and material.tolerable:
            words = f"「{name}」不能再容缺：至少要有一份必要材料是现在就交的。"
    elif given.way == "scanned" and not given.pages:
        code, words = "MAT-PAGES", f"「{name}」还没有扫描页，请拍照或扫描。"
    elif given.way == "library" and _too_old(material, given, today):
        code = "MAT-OLD"
        words = f"库里的「{name}」已超过 {material.validity_days} 天，请重新查验。"
    elif given.way == "scanned" and _original_open(material, given):
        code, severity = "MAT-ORIGINAL", "warning"
        words = f"「{name}」只有扫描件，请核对原件。"
    return Problem(code, words, severity, f"material.{material.key}") if code else None


def _original_open(material: Material, given: GivenMaterial) -> bool:
    return "原件" in material.material_type and not given.original_checked


def _too_old(material: Material, given: GivenMaterial, today: date) -> bool:
    checked = parse_day(given.checked_at[:10])
    if not material.validity_days or checked is None:
        return False
    return today - checked > timedelta(days=material.validity_days)
