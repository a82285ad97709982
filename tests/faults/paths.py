# SPDX-License-Identifier: MulanPSL-2.0
"""Random paths through the life of a case, held against rules written down a second time here."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Literal

from counter.domain.calendar import WorkCalendar
from counter.domain.case import STATES, CaseState, Clock
from counter.domain.case_advance import Act, CaseNow, advance, supply_name
from counter.domain.case_clock import case_dates
from counter.domain.case_life import CaseLife, Defect, Delivery, accept_name
from counter.domain.case_moves import TRANSITIONS
from counter.domain.errors import NotAllowedError
from counter.domain.materials import GivenMaterial, Page, Way
from tests.fakes.clock import CHINA
from tests.fakes.hall import item as small_item

STEPS = 14
CALENDARS = Path(__file__).resolve().parents[2] / "resources" / "calendars"
_WORDS = ("reason", "basis", "approver", "kind", "office")
_ROLES = ("clerk", "helper", "leader", "approver", "system")
_WAYS: tuple[Way, ...] = ("scanned", "original_checked", "tolerated", "promised")
_KEYS = ("id_card", "photo", "plan")
_ALIVE = {
    "received", "supplement", "supplied", "deemed", "accepted", "tolerated", "promised",
    "reviewing", "suspended",
}  # fmt: skip
_BY_CENTRE = {"not_accepted", "reviewing", "suspended", "approved", "refused", "transferred"}
_LATE = {"request_supplement", "not_accept", "draft_refusal", "return", "tolerate"}


def calendar() -> WorkCalendar:
    """The list that comes with the program."""
    return WorkCalendar.from_json((CALENDARS / "cn-2024-2026.json").read_bytes())


@dataclass
class Walk:
    """One case on its way; ``problems`` says what must never be."""

    random: Random
    days: WorkCalendar
    now: datetime = datetime(2026, 9, 18, 10, 0, tzinfo=CHINA)
    problems: list[str] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    seen: set[CaseState] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)

    def run(self, steps: int = STEPS) -> Walk:
        """Begin with a draft, receive it, and try random acts."""
        licence, unit = self.random.random() < 0.5, self.random.choice("GZ")
        item = small_item(
            licence_law=licence, offline_accept=self.random.random() < 0.5, promise_type=unit
        )
        life = CaseLife(received_at=self.now.isoformat())
        case = CaseNow(CaseState.DRAFT, life, (), item, self.days)
        case = self._try(case, self._act("delete", case))
        received = Act("receive", self.now.isoformat(), "counter", frozenset({"clerk"}))
        case = self._try(replace(case, materials=self._materials()), received)
        for _ in range(steps):
            self.now += timedelta(days=self.random.choice((0, 0, 0, 1, 1, 2, 5)), hours=1)
            case = self._step(case)
        return self

    def _step(self, case: CaseNow) -> CaseNow:
        names = [*TRANSITIONS, "delete", "accept"]
        likely = [n for n, rule in TRANSITIONS.items() if case.state in rule.sources]
        name = self.random.choice(likely if likely and self.random.random() < 0.8 else names)
        after = case
        act = self._act(name, case)
        if name in {"supplement", "add_papers", "close_gaps"}:
            after = replace(case, materials=self._with_papers(case, act.keys))
            act = replace(act, name=supply_name(after, act.keys))
        elif name in {"accept", "accept_tolerant"} and self.random.random() < 0.8:
            act = replace(act, name=accept_name(case.materials))
        elif name == "tolerate":
            after = replace(case, materials=self._tolerated(case, act.keys))
        return self._try(after, act, before=case)

    def _act(self, name: str, case: CaseNow) -> Act:
        rule, chance = TRANSITIONS.get(name), self.random.random
        roles = sorted(rule.roles) if rule and chance() < 0.9 else _ROLES
        side = self.random.choice(("counter", "centre"))
        if rule and rule.side != "both" and chance() < 0.9:
            side = rule.side
        keys = tuple(k for k in _KEYS if chance() < 0.5)
        defects = tuple(Defect(key=k, what="看不清") for k in _KEYS if chance() < 0.4)
        words: dict[str, Any] = dict.fromkeys(_WORDS, "示例")
        if chance() < 0.1:
            words.pop(self.random.choice(sorted(words)))
        return Act(
            name,
            self.now.isoformat(),
            side,
            frozenset({self.random.choice(roles)}),
            defects=defects or ((Defect(what="说明不清"),) if chance() < 0.8 else ()),
            leader_reason="确有必要" if chance() < 0.3 else "",
            keys=keys,
            days=self.random.choice((0, 5, 10, 40)),
            delivery=Delivery(receiver="甲", relation="本人", documents=("决定书 1 号",))
            if chance() < 0.9
            else None,
            promise=(case.item.promise_day, case.item.promise_type),
            **words,
        )

    def _try(self, case: CaseNow, act: Act, before: CaseNow | None = None) -> CaseNow:
        before = before or case
        frozen = before.life.model_dump_json()
        try:
            state, life = advance(case, act)
        except NotAllowedError as error:
            self.refused.add(error.code)
            if not error.what or before.life.model_dump_json() != frozen:
                self._bad("refused without words, or half done")
            return before
        self.path.append(f"{act.name}>{state}")
        self.seen.add(state)
        after = replace(case, state=state, life=life)
        self._check(before, after, act)
        return after

    # -- what must hold, said a second time -------------------------------------------------

    def _check(self, before: CaseNow, after: CaseNow, act: Act) -> None:
        state, life, old = after.state, after.life, before.life
        if act.name not in TRANSITIONS:
            self._bad("a move nobody declared")
        gaps = sum(m.way == "tolerated" for m in after.materials)
        ended = state.value not in _ALIVE | {"returned", "withdrawn", "not_accepted"}
        if ended and before.state.value in _ALIVE and gaps:
            self._bad("closed with an open gap")
        if before.state.value not in _ALIVE | {"draft"} and state.value in _ALIVE:
            self._bad("alive again after the end")
        if act.side == "counter" and state.value in _BY_CENTRE and state != before.state:
            self._bad("the counter decided")
        if (
            act.side == "counter"
            and act.name.startswith("accept")
            and not after.item.offline_accept
        ):
            self._bad("accepted without delegation")
        if act.name in _LATE and self._late(before):
            self._bad("answered too late as if in time")
        self._check_papers(before, after, act)
        self._check_clock(after)
        if len(life.notices) > 1 and len(life.notices) > len(old.notices):
            shown = any(not d.key or d.key not in old.given for d in act.defects)
            if shown and not life.notices[-1].leader_reason:
                self._bad("second notice without reason")
        if life.received_at != old.received_at or life.notices[: len(old.notices)] != old.notices:
            self._bad("the past was changed")
        if life.accept_day and not life.received_at <= life.accept_day <= life.accepted_at:
            self._bad("back-dated acceptance")

    def _late(self, case: CaseNow) -> bool:
        """Five working days after receipt or supplement are over (counted by hand)."""
        if not case.item.licence_law or case.state.value not in {"received", "supplied"}:
            return False
        start = datetime.fromisoformat(case.life.supplied_at or case.life.received_at).date()
        span = range(1, (self.now.date() - start).days)
        return sum(self.days.is_workday(start + timedelta(days=n)) for n in span) >= 5

    def _check_papers(self, before: CaseNow, after: CaseNow, act: Act) -> None:
        old, new = before.life.papers, after.life.papers
        wanted = TRANSITIONS[act.name].paper if act.name in TRANSITIONS else ""
        if new[: len(old)] != old or [p.code for p in new[len(old) :]] != [wanted] * bool(wanted):
            self._bad("a paper is lost")
        if not any(paper.code == "REC" for paper in new):
            self._bad("no receipt")
        if not _pages(before.materials) <= _pages(after.materials):
            self._bad("a scanned page is lost")

    def _check_clock(self, case: CaseNow) -> None:
        spec = STATES[case.state]
        dates = case_dates(case.state, case.life, case.item, case.materials, self.days)
        if not spec.text or not spec.word:
            self._bad("a state without text")
        kinds: dict[Clock, Literal["answer", "promise"]] = {
            Clock.ANSWER: "answer",
            Clock.PROMISE: "promise",
        }
        if spec.clock in kinds and not dates.due_of(kinds[spec.clock]):
            self._bad("no date")
        if spec.clock is Clock.PAUSED and dates.due_of("promise"):
            self._bad("the clock runs in a pause")
        promised = dates.due_of("promise")
        if promised and date.fromisoformat(promised[:10]).isoformat() < case.life.accept_day[:10]:
            self._bad("promised before acceptance")

    def _bad(self, what: str) -> None:
        self.problems.append(f"{what}: {' '.join(self.path)}")

    # -- papers -----------------------------------------------------------------------------

    def _materials(self) -> tuple[GivenMaterial, ...]:
        return tuple(self._row(key, self.random.choice(_WAYS)) for key in _KEYS)

    def _row(self, key: str, way: Way) -> GivenMaterial:
        page = Page(blob_id=f"{self.random.getrandbits(64):x}", size=1, media_type="image/jpeg")
        due = (self.now.date() + timedelta(days=3)).isoformat() if way == "tolerated" else ""
        return GivenMaterial(key=key, way=way, pages=(page,) if way == "scanned" else (), due=due)

    def _with_papers(self, case: CaseNow, keys: tuple[str, ...]) -> tuple[GivenMaterial, ...]:
        rows = []
        for row in case.materials:
            fresh = self._row(row.key, "scanned")
            pages = (*row.pages, *fresh.pages)
            rows.append(fresh.model_copy(update={"pages": pages}) if row.key in keys else row)
        return tuple(rows)

    def _tolerated(self, case: CaseNow, keys: tuple[str, ...]) -> tuple[GivenMaterial, ...]:
        due = (self.now.date() + timedelta(days=3)).isoformat()
        return tuple(
            row.model_copy(update={"way": "tolerated", "due": due}) if row.key in keys else row
            for row in case.materials
        )


def _pages(materials: Any) -> set[str]:
    return {page.blob_id for row in materials for page in row.pages}


def run(work: Path, *, paths: int, seed: int) -> dict[str, Any]:
    """Walk many random paths; keep those on which something was wrong."""
    random, days = Random(seed), calendar()
    walks = [Walk(random, days).run() for _ in range(paths)]
    problems = [problem for walk in walks for problem in walk.problems]
    states = {state for walk in walks for state in walk.seen}
    work.mkdir(parents=True, exist_ok=True)
    text = json.dumps(problems[:100], ensure_ascii=False, indent=1)
    (work / "problems.json").write_text(text, "utf-8")
    return {
        "paths": paths,
        "states": len(states),
        "refusals": len({code for walk in walks for code in walk.refused}),
        "illegal": len(problems),
    }
