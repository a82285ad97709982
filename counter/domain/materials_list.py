# SPDX-License-Identifier: MulanPSL-2.0
"""The material list of one situation: what is needed, how it may be given, what still lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from counter.domain.calendar import WorkCalendar
from counter.domain.catalog import Item, Material
from counter.domain.conditions import Facts, holds, on, value_of
from counter.domain.draft import Draft
from counter.domain.library import Held, LibraryPaper, held_for, owner_keys
from counter.domain.materials import WAY_WORDS, GivenMaterial, Way
from counter.domain.numbers import check_licence_id
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
        tolerable: The catalogue lets it come later in this situation.
        signers: How many people must sign it, each for themselves; 0 = nobody in particular, or
            their number is not known yet.
        held: What the material library holds for this row, or None.
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
    tolerable: bool = False
    signers: int = 0
    held: Held | None = None

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
    library: Sequence[LibraryPaper] = (),
) -> list[MaterialState]:
    """Return every row of the item's list with its state, rows not needed included.

    Args:
        item: The service item.
        draft: What was given so far.
        facts: From ``facts``.
        calendar: Needed for the due day of tolerated papers.
        promise_due: Day the item's promise would end; a tolerated paper may not come later
            (domain brief §3.2: gap deadline within the item's 承诺时限).
        library: Papers of these people that the hall has checked before.
    """
    today = date.fromisoformat(facts["today"])
    owners = owner_keys(draft.applicant, draft.agent) if library else {}
    needs = {m.key: holds(m.needed_if, facts) if m.needed_if else True for m in item.materials}
    out = []
    for material in item.materials:
        held = held_for(material, library, owners, today) if library else None
        state = _state(material, _Around(needs, item, draft, facts, held))
        if "tolerated" in state.ways_allowed:
            due = tolerance_due(material, today, calendar, promise_due)
            state = replace(state, due=due)
        out.append(state)
    return out


def tolerance_due(
    material: Material, today: date, calendar: WorkCalendar | None, promise_due: date | None
) -> str:
    """Return the last day for a tolerated paper: its working days, capped at the promise.

    Not capped where the law lets the paper come later still (``tolerate_beyond``).
    """
    if not material.tolerable or calendar is None:
        return ""
    due = today
    for _ in range(material.tolerate_days):
        due = calendar.next_workday(due)
    if not material.tolerate_beyond:
        due = min(due, promise_due or due)
    return due.isoformat()


def allowed_ways(
    material: Material, may_tolerate: bool, *, in_library: bool = False
) -> tuple[Way, ...]:
    """Return the ways open for a row.

    Args:
        material: The row.
        may_tolerate: A tolerable one may be tolerated now.
        in_library: The library really holds this paper; nothing else makes 已在库 a way.
    """
    on_paper = material.material_format in {"1", "3"}
    ways: list[tuple[Way, bool]] = [
        ("original_checked", on_paper and "原件" in material.material_type),
        ("scanned", True),
        ("library", in_library),
        ("e_cert", bool(material.cert_type_code)),
        ("exempt", bool(material.exempt_source)),
        ("tolerated", material.tolerable and may_tolerate),
        ("promised", material.promise_allowed),
    ]
    if material.generated:
        return ("scanned",)
    return tuple(way for way, is_open in ways if is_open)


def is_required(material: Material) -> bool:
    """Tell whether a needed row must be given; 容缺后补 must be, only later."""
    return material.is_need != "非必要"


@dataclass(frozen=True, slots=True)
class _Around:
    needs: dict[str, bool | None]
    item: Item
    draft: Draft
    facts: Facts
    held: Held | None


def _state(material: Material, around: _Around) -> MaterialState:
    need = around.needs[material.key]
    required = need is True and is_required(material)
    given = around.draft.materials.get(material.key)
    if need is not True:
        return MaterialState(material, False, need is not None, False, given, (), True, None)
    tolerable = material.tolerable and on(material.tolerable_if, around.facts)
    may_tolerate = tolerable and _another_counts(material, around)
    ways = allowed_ways(material, may_tolerate, in_library=around.held is not None)
    signers = _signers(material, around.facts)
    problem: Problem | None = None
    done = False
    if material.generated:
        # One signature on the pad is one person's: a paper of several must be there itself.
        done = _has_paper(given) or (around.draft.signature is not None and signers < 2)
        if not done and signers > 1:
            problem = _unsigned(material, signers)
    elif given is not None and given.way != "missing":
        problem = _finding(material, given, ways, around.held)
        done = problem is None or problem.severity == "warning"
    elif required:
        problem = _missing(material, ways, signers)
    return MaterialState(
        *(material, True, True, required, given, ways, done, problem),
        tolerable=tolerable,
        signers=signers,
        held=around.held,
    )


def _signers(material: Material, facts: Facts) -> int:
    if material.signers is None or not material.signers.count:
        return 0
    count = value_of(material.signers.count, facts)
    return int(count) if isinstance(count, int | float) and count > 0 else 0


def _unsigned(material: Material, signers: int) -> Problem:
    who = material.signers.who if material.signers else ""
    text = f"「{material.material_name}」要 {signers} 个人（{who}）各自签字：请打印，签齐后扫描。"
    return Problem("MAT-SIGNERS", text, "error", f"material.{material.key}")


def _another_counts(material: Material, around: _Around) -> bool:
    """Tell whether some other required paper is not tolerated: never 容缺 for all of them."""
    for other in around.item.materials:
        if other.key == material.key or around.needs[other.key] is not True or other.generated:
            continue
        given = around.draft.materials.get(other.key)
        if is_required(other) and (given is None or given.way != "tolerated"):
            return True
    return False


def _has_paper(given: GivenMaterial | None) -> bool:
    return given is not None and given.way == "scanned" and bool(given.pages)


def _missing(material: Material, ways: tuple[Way, ...], signers: int) -> Problem:
    rest = "可以容缺，稍后补交。" if "tolerated" in ways else ""
    if material.signers is not None:
        number = f" {signers} 个人" if signers else "每个人"
        rest = f"{material.signers.who}{number}都要签字。{rest}"
    text = f"还缺「{material.material_name}」。{rest}"
    return Problem("MAT-MISSING", text, "error", f"material.{material.key}")


def _finding(
    material: Material, given: GivenMaterial, ways: tuple[Way, ...], held: Held | None
) -> Problem | None:
    name, code, words = material.material_name, "", ""
    severity: Severity = "error"
    if given.way == "library" and held is None:
        code = "MAT-LIBRARY"
        words = f"库里没有这个人可用的「{name}」（没留过或已过期），请换一种方式。"
    elif given.way not in ways:
        code, words = "MAT-WAY", f"「{name}」不能用「{WAY_WORDS[given.way]}」的方式，请换一种。"
        if given.way == "tolerated" and material.tolerable:
            words = f"「{name}」不能再容缺：至少要有一份必要材料是现在就交的。"
    elif given.way == "scanned" and not given.pages:
        code, words = "MAT-PAGES", f"「{name}」还没有扫描页，请拍照或扫描。"
    elif given.way == "library" and held is not None and held.recheck and given.trust != "B":
        code = "MAT-RECHECK"
        words = f"库里的「{name}」没核过原件，请先看原件，再点「用库里的」。"
    elif given.way == "e_cert" and given.cert_no and check_licence_id(given.cert_no).problems:
        first = check_licence_id(given.cert_no).problems[0]
        code, words, severity = "MAT-CERT", first.text, first.severity
    elif given.way == "scanned" and _original_open(material, given):
        code, severity = "MAT-ORIGINAL", "warning"
        words = f"「{name}」只有扫描件，请核对原件。"
    return Problem(code, words, severity, f"material.{material.key}") if code else None


def _original_open(material: Material, given: GivenMaterial) -> bool:
    return "原件" in material.material_type and not given.original_checked
