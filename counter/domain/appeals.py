# SPDX-License-Identifier: MulanPSL-2.0
"""接诉即办: a 诉求 in the person's own words, its dangers, its times, its loop and the 三率.

Source: domain brief §6 (GB/T 39046; 国办发〔2020〕53号; local rules), times as a table in
``resources/service/appeals.json``: class × urgency × unit. It is no 办件; it becomes a 工单.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from counter.domain.calendar import WorkCalendar
from counter.domain.clocks import CaseClock, start_clock
from counter.domain.errors import DomainError
from counter.domain.materials import Page
from counter.domain.operations import Frozen
from counter.domain.tickets import Amount, Loop, LoopStep, Ticket, in_time

MAX_CONTENT = 4000
WITNESSES = 2
Code = Annotated[str, Field(pattern=r"^[0-9a-z_]{1,20}$")]


class Named(Frozen):
    """A code and its words."""

    code: Code
    name: str = Field(min_length=1)


class AppealClass(Named):
    """A class of the tree; ``danger`` names the danger it is."""

    danger: str = ""
    children: tuple[AppealClass, ...] = ()


class Danger(Named):
    """A danger to life or property: whom to call, and the words that hint at it."""

    call: tuple[str, ...] = Field(min_length=1)
    words: tuple[str, ...] = ()


class SlaRow(Frozen):
    """One row of times; an empty condition fits everything, the first row that fits counts."""

    types: tuple[Code, ...] = ()
    classes: tuple[Code, ...] = ()
    urgencies: tuple[Code, ...] = ()
    units: tuple[str, ...] = ()
    dispatch: Amount
    contact: Amount
    rectify: Amount
    answer: Amount

    def fits(self, kind: str, path: tuple[str, ...], urgency: str, unit: str) -> bool:
        """Tell whether the row is for such a 诉求; ``path`` is its class with those above."""
        return (
            (not self.types or kind in self.types)
            and (not self.classes or bool(set(path) & set(self.classes)))
            and (not self.urgencies or urgency in self.urgencies)
            and (not self.units or unit in self.units)
        )


class AppealTables(Frozen):
    """One version of types, class tree, urgencies, dangers and times."""

    version: str = Field(min_length=1)
    types: tuple[Named, ...] = Field(min_length=1)
    classes: tuple[AppealClass, ...] = Field(min_length=1)
    urgencies: tuple[Named, ...] = Field(min_length=1)
    dangers: tuple[Danger, ...] = Field(min_length=1)
    hotline: str = "12345"
    sla: tuple[SlaRow, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        paths = self.paths()
        if len(paths) != sum(1 for _ in _every(self.classes)):
            raise ValueError("a class code twice")
        dangers = {one.code for one in self.dangers}
        named = {one.danger for one in _every(self.classes) if one.danger}
        if named - dangers:
            raise ValueError(f"unknown danger {sorted(named - dangers)}")
        types, urgencies = {t.code for t in self.types}, {u.code for u in self.urgencies}
        for row in self.sla:
            unknown = (set(row.types) - types) | (set(row.urgencies) - urgencies)
            unknown |= set(row.classes) - set(paths)
            if unknown:
                raise ValueError(f"times for something unknown: {sorted(unknown)}")
        last = self.sla[-1]
        if last.types or last.classes or last.urgencies or last.units:
            raise ValueError("the last row of times must fit everything")
        return self

    def paths(self) -> dict[str, tuple[str, ...]]:
        """Return every class code with the codes from the root to it."""
        return dict(_paths(self.classes, ()))

    def class_of(self, code: str) -> AppealClass | None:
        """Return a class of the tree."""
        return next((one for one in _every(self.classes) if one.code == code), None)

    def danger(self, code: str) -> Danger | None:
        """Return a danger."""
        return next((one for one in self.dangers if one.code == code), None)

    def times(self, kind: str, category: str, urgency: str, unit: str = "") -> SlaRow:
        """Return the row of times for a 诉求."""
        path = self.paths().get(category, ())
        return next(row for row in self.sla if row.fits(kind, path, urgency, unit))


class DangerCall(Frozen):
    """The call that was made before anything else: what, whom, when, by whom."""

    danger: Code
    called: str = Field(min_length=3, max_length=20)
    called_at: str
    by: str


class Confirmation(Frozen):
    """Read back aloud and confirmed; ``oral`` only where danger leaves no time."""

    method: Literal["signature", "fingerprint", "oral"]
    page: Page | None = None
    witnesses: tuple[str, ...] = ()
    read_back: bool = False


class Appeal(Frozen):
    """Body of ``appeal.registered``: a 诉求 as it was taken, in the person's words.

    Attributes:
        channel: ``window`` at the counter, ``visit`` at the person's home.
        content: The original words.
        region: 12-digit code of the place.
        danger_denied: Why words that hint at a danger are none.
    """

    number: str
    taken_at: str
    channel: Literal["window", "visit"] = "window"
    type: Code
    category: Code
    urgency: Code
    title: str = Field(default="", max_length=100)
    content: str = Field(min_length=1, max_length=MAX_CONTENT)
    name: str = Field(default="", max_length=50)
    sex: str = Field(default="", max_length=2)
    phone: str = Field(default="", max_length=30)
    other_contact: str = Field(default="", max_length=200)
    anonymous: bool = False
    confidential: bool = False
    happened_at: str = Field(default="", max_length=40)
    region: str = Field(default="", pattern=r"^(\d{12})?$")
    place: str = Field(default="", max_length=200)
    about_unit: str = Field(default="", max_length=100)
    about_person: str = Field(default="", max_length=50)
    repeat_of: str = Field(default="", max_length=40)
    pages: tuple[Page, ...] = ()
    confirmed: Confirmation
    danger: DangerCall | None = None
    danger_denied: str = Field(default="", max_length=200)
    tables: str


def spot_danger(text: str, tables: AppealTables) -> Danger | None:
    """Return the danger the words hint at; a hint for a person, never a decision."""
    return next((one for one in tables.dangers if any(word in text for word in one.words)), None)


def declared_danger(category: str, tables: AppealTables) -> Danger | None:
    """Return the danger a class is, its own or that of a class above it."""
    for code in reversed(tables.paths().get(category, ())):
        found = tables.class_of(code)
        if found is not None and found.danger:
            return tables.danger(found.danger)
    return None


def check_appeal(appeal: Appeal, tables: AppealTables) -> None:
    """Check a 诉求 before it is registered.

    Raises:
        DomainError: ``APPEAL-CALL`` before all else: a danger and no call; then ``APPEAL-TYPE``,
            ``APPEAL-CLASS``, ``APPEAL-URGENCY``, ``APPEAL-WHO``, ``APPEAL-CONFIRM``.
    """
    check_danger(appeal, tables)
    known = (
        ("APPEAL-TYPE", "type", appeal.type, {one.code for one in tables.types}, "类型"),
        ("APPEAL-CLASS", "category", appeal.category, set(tables.paths()), "分类"),
        ("APPEAL-URGENCY", "urgency", appeal.urgency, {o.code for o in tables.urgencies}, "紧急程度"),
    )  # fmt: skip
    for code, field, value, allowed, word in known:
        if value not in allowed:
            raise DomainError(code=code, what=f"请选诉求的{word}。", field=field)
    reachable = appeal.phone.strip() or appeal.other_contact.strip()
    if not appeal.anonymous and not (appeal.name.strip() and reachable):
        raise DomainError(
            code="APPEAL-WHO",
            what="实名诉求要有姓名，还要有电话或别的联系办法。",
            todo="本人不愿留姓名的，请勾选「匿名」。",
            field="name",
        )
    _check_confirmed(appeal)


def check_danger(appeal: Appeal, tables: AppealTables) -> None:
    """Refuse to go on with a danger nobody has called for.

    Raises:
        DomainError: ``APPEAL-CALL``.
    """
    if appeal.danger is not None:
        return
    found = declared_danger(appeal.category, tables)
    if found is None and not appeal.danger_denied.strip():
        found = spot_danger(f"{appeal.title}\n{appeal.content}", tables)
    if found is not None:
        raise DomainError(
            code="APPEAL-CALL",
            what=f"这可能是危险情况：{found.name}。",
            todo=f"请立即拨打 {'、'.join(found.call)}，打过再接着登记。",
            field="danger",
        )


def _check_confirmed(appeal: Appeal) -> None:
    done = appeal.confirmed
    if done.method == "oral" and appeal.danger is None:
        what = "只有危险紧急的诉求可以先口头确认。"
    elif not done.read_back:
        what = "还没有把记录念给本人听。"
    elif done.method != "oral" and done.page is None:
        what = "还没有本人的签字或指印。"
    elif done.method == "fingerprint" and len({w for w in done.witnesses if w}) < WITNESSES:
        what = "按指印要有两名工作人员在场。"
    else:
        return
    raise DomainError(code="APPEAL-CONFIRM", what=what, field="confirmed")


def appeal_clocks(
    appeal: Appeal, start: datetime, tables: AppealTables, calendar: WorkCalendar, unit: str = ""
) -> tuple[CaseClock, ...]:
    """Return the clocks of a 诉求 taken at ``start``; ``unit`` is known once it is dispatched."""
    row = tables.times(appeal.type, appeal.category, appeal.urgency, unit)
    times = (
        ("dispatch", row.dispatch),
        ("contact", row.contact),
        ("rectify", row.rectify),
        ("answer", row.answer),
    )
    return tuple(start_clock(kind, start, t.amount, t.unit, calendar) for kind, t in times)


class Rates(Frozen):
    """三率, each as (so many, of so many)."""

    response: tuple[int, int] = (0, 0)  # 响应率: contacted in time
    solved: tuple[int, int] = (0, 0)  # 解决率: at 回访
    satisfied: tuple[int, int] = (0, 0)  # 满意率: at 回访


def three_rates(tickets: Iterable[Ticket], now: str) -> Rates:
    """Compute the 三率; tickets whose time still runs do not count against anybody."""
    response, solved, satisfied = [0, 0], [0, 0], [0, 0]
    for ticket in tickets:
        answered = in_time(ticket, LOOP, "contact", now)
        if answered is not None:
            response[0] += answered
            response[1] += 1
        last = next((e for e in reversed(ticket.events) if e.step in REVISITS), None)
        if last is not None:
            for pair, key in ((solved, "solved"), (satisfied, "satisfied")):
                pair[0] += last.outcome.get(key) == "1"
                pair[1] += 1
    return Rates(
        response=(response[0], response[1]),
        solved=(solved[0], solved[1]),
        satisfied=(satisfied[0], satisfied[1]),
    )


def _every(classes: Iterable[AppealClass]) -> Iterable[AppealClass]:
    for one in classes:
        yield one
        yield from _every(one.children)


def _paths(
    classes: Iterable[AppealClass], above: tuple[str, ...]
) -> Iterable[tuple[str, tuple[str, ...]]]:
    for one in classes:
        here = (*above, one.code)
        yield one.code, here
        yield from _paths(one.children, here)


def _in(*states: str) -> frozenset[str]:
    return frozenset(states)


_ANYBODY = frozenset({"clerk", "helper", "leader"})
_OPEN = _in("registered", "dispatched", "contacted")
REVISITS = _in("revisit", "redo")
LOOP = Loop(
    states={
        "registered": "已登记，待转办",
        "dispatched": "已转办，待联系",
        "contacted": "已联系，办理中",
        "shelved": "挂账",
        "answered": "已答复，待回访",
        "closed": "已回访，办结",
        "archived": "已归档",
    },
    first="registered",
    final=_in("closed", "archived"),
    steps={
        "dispatch": LoopStep(
            "转办", _in("registered", "dispatched"), "dispatched", ("unit",), ("dispatch",)
        ),
        "sign": LoopStep("承办单位签收", _in("dispatched"), needs=()),
        "contact": LoopStep(
            "联系诉求人",
            _in("registered", "dispatched"),
            "contacted",
            meets=("dispatch", "contact"),
            roles=_ANYBODY,
        ),
        "rectify": LoopStep("处理情况", _in("contacted"), meets=("rectify",), roles=_ANYBODY),
        "answer": LoopStep(
            "答复办结", _in("contacted"), "answered", meets=("rectify", "answer"), roles=_ANYBODY
        ),
        "extend": LoopStep("延期", _OPEN, needs=("note", "days")),
        "shelve": LoopStep("挂账", _in("dispatched", "contacted"), "shelved"),
        "resume": LoopStep("恢复办理", _in("shelved"), "contacted"),
        "revisit": LoopStep("回访", _in("answered"), "closed", ("note", "solved", "satisfied")),
        "redo": LoopStep(
            "回访未解决，重办", _in("answered"), "contacted", ("note", "solved", "satisfied")
        ),
        "archive": LoopStep("归档", _in("closed"), "archived", ()),
    },
)
"""The loop of a 诉求: to whom, contacted, answered, asked again by phone (回访)."""
