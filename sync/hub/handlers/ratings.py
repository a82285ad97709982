# SPDX-License-Identifier: MulanPSL-2.0
"""好差评 at the centre: opened here alone; a low one becomes a task of the hall's leader.

Source: domain brief §5. Of any other rating no counter hears anything but that there is one: the
case moves to 已评价.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import date, datetime

import pyrage

from counter.domain import ratings
from counter.domain.case import CaseState
from counter.domain.case_advance import Act as CaseAct
from counter.domain.deadlines import add_days
from counter.domain.errors import DomainError
from counter.domain.ratings import LowRating, Rating, RatingGiven, RatingTables, loop_clocks
from counter.domain.tickets import Ticket, TicketStep
from sync.hub.centre import Centre
from sync.hub.handlers import case_steps, deeds, themes, tickets
from sync.hub.handlers.calendars import calendar_for
from sync.hub.handlers.effects import Act, body_of, missing
from sync.hub.handlers.tickets import Doer
from sync.hub.handlers.verdict import Verdict, held
from sync.hub.service_tables import service_tables
from sync.hub.storage import cases, oplog, reference
from sync.hub.storage import ratings as store
from sync.hub.storage.cases import CaseRow
from sync.hub.storage.engine import Tx
from sync.protocol import errors

_CITIZEN = "citizen-"
_SYSTEM = frozenset({"system"})
_PERSON = "群众本人"


def rating_tables(tx: Tx) -> RatingTables:
    """Return levels, reasons and times in force."""
    return RatingTables.model_validate(service_tables(tx, "ratings"))


def rating_given(act: Act) -> Verdict:
    """Keep a rating; a low one becomes a task of the hall's leader."""
    body = body_of(act, RatingGiven)
    case = cases.find(act.tx, body.case_id)
    if case is None:
        raise held(errors.HELD_DEP, "这个办件的收件记录还没有传到中心，到了会自动处理。")
    if body.way == "screen" and not act.op.actor.session.startswith(_CITIZEN):
        raise held(errors.HELD_AUTHZ, "这份评价不是在群众屏上做的，已留下待人工处理。")
    _keep(act, case, body, _unsealed(act.centre, body) if body.sealed else None)
    return Verdict("applied", rev=1, missing_blobs=missing(act.tx, act.op))


def _unsealed(centre: Centre, body: RatingGiven) -> Rating:
    try:
        plain = pyrage.decrypt(base64.b64decode(body.sealed, validate=True), [centre.keys.seal])
        rating = ratings.opened(plain)
    except (pyrage.DecryptError, ValueError) as error:
        raise held(errors.HELD_FORM, "中心打不开这份评价，已留下待人工处理。") from error
    if (rating.case_id, rating.handling) != (body.case_id, body.handling):
        raise held(errors.HELD_FORM, "评价和办件对不上，已留下待人工处理。")
    return rating


def _keep(act: Act, case: CaseRow, body: RatingGiven, rating: Rating | None) -> None:
    centre, tx, op_id, device_id = act.centre, act.tx, act.op.op_id, act.op.device_id
    tables = rating_tables(tx)
    near = store.near(tx, device_id, rating.given_at, tables.batch_seconds) if rating else []
    row = store.RatingRow(
        op_id=op_id,
        case_id=case.case_id,
        handling=body.handling,
        hall_code=case.hall_code,
        device_id=device_id,
        level=rating.level if rating else 0,
        given_at=rating.given_at if rating else "",
        received_at=centre.now(),
        # One rating per handling: a second one is kept and does not count.
        counts=not store.rated(tx, case.case_id, body.handling),
        batch=bool(near),
        body=rating.model_dump(mode="json") if rating else {},
    )
    store.add(tx, row)
    if near:
        store.flag(tx, near)
        oplog.add_alarm(
            tx, at=centre.now(), kind="ratings_batch", device_id=device_id, op_id=op_id, detail=""
        )
        _flag_tasks(centre, tx, case.hall_code, near)
    found = tables.level(row.level)
    if rating is not None and found is not None and found.low and row.counts:
        _open_task(centre, tx, row, rating, case)
    _move(centre, tx, case)


def settled(centre: Centre, tx: Tx, case: CaseRow) -> CaseRow:
    """Return the case, 已评价 if it is delivered and a rating of its result counts.

    A rating of an earlier handling (given before the decision) is none of the result. What was
    said stays out of the view: it says that there is a rating, by the person.
    """
    if case.state != CaseState.DELIVERED:
        return case
    decided = case_steps.life_of(case).decided_at
    if not decided or not any(
        datetime.fromisoformat(moment) >= datetime.fromisoformat(decided)
        for moment in store.moments_of(tx, case.case_id)
    ):
        return case
    act = CaseAct("rate", centre.now(), "centre", _SYSTEM, by=_PERSON)
    return case_steps.take(centre, tx, case, act)


def _move(centre: Centre, tx: Tx, case: CaseRow) -> None:
    after = settled(centre, tx, case)
    if after is not case:
        cases.save(tx, after)
        case_steps.publish(centre, tx, after)
        themes.follow(centre, tx, after)


def _open_task(centre: Centre, tx: Tx, row: store.RatingRow, rating: Rating, case: CaseRow) -> None:
    """差评: tell the hall's leader, with the clocks from this moment on."""
    applicant = case.body.get("applicant", {})
    item = reference.find(tx, "item", case.item_code, case.item_version) or {}
    low = LowRating(
        case_id=case.case_id,
        receipt_no=case.receipt_no,
        item_code=case.item_code,
        item_name=str(item.get("task_name", "")),
        person=str(applicant.get("name", "")),
        phone=str(applicant.get("phone", "")),
        clerk=case.operator_id,
        level=rating.level,
        reasons=rating.reasons,
        words=rating.words,
        given_at=rating.given_at,
        batch=row.batch,
        tables=rating.tables,
    )
    calendar = calendar_for(tx, case.hall_code)
    clocks = loop_clocks(centre.clock(), rating_tables(tx), calendar) if calendar else ()
    tickets.put(
        centre,
        tx,
        case.hall_code,
        Ticket(
            kind="rating_task",
            ticket_id=row.op_id,
            number=case.receipt_no,
            opened_at=centre.now(),
            subject=low.model_dump(mode="json"),
            clocks=clocks,
        ),
    )


def _flag_tasks(centre: Centre, tx: Tx, hall_code: str, op_ids: list[str]) -> None:
    for op_id in op_ids:
        task = tickets.find(tx, hall_code, "rating_task", op_id)
        if task is not None and not task.subject.get("batch"):
            flagged = {**task.subject, "batch": True}
            tickets.put(centre, tx, hall_code, task.model_copy(update={"subject": flagged}))


def read_slip(centre: Centre, op_id: str, level: int, reasons: tuple[str, ...] = ()) -> None:
    """Enter what a scanned paper slip says; by the centre's staff, once.

    Raises:
        DomainError: ``RATING-SLIP`` when there is no such slip or it was read; ``RATING-…``.
    """
    with deeds.writing(centre, "rating.slip") as (tx, deed):
        row = store.find(tx, op_id)
        case = cases.find(tx, row.case_id) if row else None
        if row is None or case is None or row.level:
            raise DomainError(code="RATING-SLIP", what="没有这张评价单，或已经读过。")
        deed.about = op_id
        tables = rating_tables(tx)
        ratings.check_rating(level, reasons, "", tables)
        rating = Rating(
            case_id=row.case_id,
            handling=row.handling,
            level=level,
            reasons=reasons,
            given_at=row.received_at,
            channel="5",
            tables=tables.version,
        )
        store.read(tx, op_id, level, rating.model_dump(mode="json"))
        found = tables.level(level)
        if found is not None and found.low and row.counts:
            _open_task(centre, tx, row, rating, case)
        _move(centre, tx, case)


def rating_step(act: Act) -> Verdict:
    """A step of the 差评 loop, done by a leader."""
    return tickets.told_step(act, "rating_task")


def review(centre: Centre, ticket_id: str, *, uphold: bool, reason: str, by: str) -> Ticket:
    """申诉复核: the supervising office decides whether a disputed rating stands.

    Raises:
        DomainError: ``TICKET-NONE``, ``TICKET-NEEDS``.
        NotAllowedError: ``TICKET-STEP``.
    """
    name = "uphold" if uphold else "dismiss"
    with deeds.writing(centre, "rating.review") as (tx, deed):
        row = store.find(tx, ticket_id)
        ticket = tickets.find(tx, row.hall_code, "rating_task", ticket_id) if row else None
        if row is None or ticket is None:
            raise DomainError(code="TICKET-NONE", what="没有这件差评工单。")
        deed.about = f"{ticket_id} {name}"
        step = TicketStep(step=name, done_at=centre.now(), note=reason)
        doer = Doer(f"{name}-{len(ticket.events)}", by, frozenset(), "centre")
        after = tickets.stepped(ticket, step, doer)
        if uphold:
            store.void(tx, ticket_id)
        tickets.put(centre, tx, row.hall_code, after)
    return after


def satisfaction(tx: Tx, page: Sequence[CaseRow], today: date) -> dict[str, tuple[int, bool]]:
    """Return (level, is default) by case; none for a case nobody rated and no rule gives one."""
    rule = rating_tables(tx).default
    calendars = {hall: calendar_for(tx, hall) for hall in {case.hall_code for case in page}}
    levels = store.levels_of(tx, [case.case_id for case in page])
    found = {case_id: (level, False) for case_id, level in levels.items()}
    for case in page:
        calendar = calendars[case.hall_code]
        if case.case_id in found or not rule.counts or calendar is None:
            continue
        begin = date.fromisoformat(case.received_at[:10])
        last = add_days(begin, rule.after_workdays, "workday", calendar)
        if today > last.date:
            found[case.case_id] = (rule.level, True)
    return found
