# SPDX-License-Identifier: MulanPSL-2.0
"""好差评 at the counter: put to the citizen, given on their own surface, sealed, never seen here.

Source: 国办发〔2019〕51号: voluntary, one rating per handling, no pressing, no local changes.
"""

from __future__ import annotations

import base64

from counter.app.changes import Changes
from counter.app.commands import (
    DeclineRating,
    GiveRating,
    InviteRating,
    RatingInvite,
    ScanRatingSlip,
)
from counter.app.handlers.finding import case_of
from counter.app.knowledge import rating_tables_of
from counter.app.operation_log import blob_ref, next_position, write_operation
from counter.app.session import CAPTURE_ROLES, CITIZEN
from counter.app.work import AuditNote, Outcome, Work
from counter.domain.errors import NotAllowedError
from counter.domain.ids import uuid7
from counter.domain.operations import BlobRef, Versions
from counter.domain.ratings import Rating, RatingGiven, check_rating, padded
from counter.ports.storage import CaseEventRow, RatingMark

SCREEN = "4"  # 大厅平板, domain brief §5
_DONE = frozenset({"given", "declined", "paper"})


def handling_of(work: Work, case_id: str) -> str:
    """Return the handling that can be rated now: what was done about the case last."""
    return work.uow.outbox.last_op_of(case_id) or case_id


def invite_rating(command: InviteRating, work: Work) -> Outcome:
    """请群众评价: open this handling, once, to the citizen's own surface.

    Raises:
        NotAllowedError: ``ROLE``, ``RATING-DONE``.
        DomainError: ``CASE-NONE``.
    """
    work.session.need(CAPTURE_ROLES, "请群众评价")
    case_of(work, command.case_id)
    handling = handling_of(work, command.case_id)
    _refuse_second(work, command.case_id, handling)
    mark = RatingMark(command.case_id, handling, uuid7(), "asked", work.at)
    work.uow.tickets.put_rating(mark)
    invite = RatingInvite(command.case_id, handling, work.session.for_citizen(mark.invite))
    return _outcome("rating.invited", command.case_id, invite)


def give_rating(command: GiveRating, work: Work) -> Outcome:
    """Seal what the citizen said and put it into the queue behind its case.

    Raises:
        NotAllowedError: ``RATING-SURFACE``: not from the citizen's surface, or its time is over.
        DomainError: ``RATING-LEVEL``, ``RATING-REASON``, ``RATING-WORDS``.
    """
    mark = _invited(work, command.case_id, command.handling)
    tables = rating_tables_of(work)
    words = command.words.strip()
    check_rating(command.level, command.reasons, words, tables)
    rating = Rating(
        case_id=command.case_id,
        handling=command.handling,
        level=command.level,
        reasons=command.reasons,
        words=words,
        given_at=work.at,
        channel=SCREEN,
        tables=tables.version,
    )
    sealed = base64.b64encode(work.around.seal(padded(rating))).decode()
    body = RatingGiven(case_id=command.case_id, handling=command.handling, sealed=sealed)
    return _send(work, body, mark, "given")


def decline_rating(command: DeclineRating, work: Work) -> Outcome:
    """不评价: nobody asks again for this handling; nothing is sent.

    Raises:
        NotAllowedError: ``RATING-SURFACE``.
    """
    mark = _invited(work, command.case_id, command.handling)
    work.uow.tickets.put_rating(_as(mark, "declined", work))
    return _outcome("rating.declined", command.case_id, "declined")


def scan_rating_slip(command: ScanRatingSlip, work: Work) -> Outcome:
    """Take in a paper slip; its ticks are read at the centre, not here.

    Raises:
        NotAllowedError: ``ROLE``, ``RATING-DONE``.
        DomainError: ``CASE-NONE``, ``PAGE-GONE``.
    """
    work.session.need(CAPTURE_ROLES, "扫描评价单")
    case_of(work, command.case_id)
    handling = handling_of(work, command.case_id)
    _refuse_second(work, command.case_id, handling)
    body = RatingGiven(case_id=command.case_id, handling=handling, way="paper", page=command.page)
    mark = RatingMark(command.case_id, handling, "", "paper", work.at)
    return _send(work, body, mark, "paper", (blob_ref(work, command.page, "rating.slip"),))


def _send(
    work: Work, body: RatingGiven, mark: RatingMark, state: str, blobs: tuple[BlobRef, ...] = ()
) -> Outcome:
    first = work.uow.outbox.first_op_of(body.case_id)
    written = write_operation(
        work,
        next_position(work),
        kind="rating.given",
        entity="rating",
        entity_id=uuid7(),
        body=body,
        versions=Versions(catalog=work.uow.reference.version()),
        depends_on=(first,) if first else (),
        blobs=blobs,
        deadline="",
    )
    for blob in blobs:
        work.uow.blobs.refer(written.op_id, blob.blob_id, blob.role, blob.required)
    work.uow.tickets.put_rating(_as(mark, state, work))
    # The timeline says that there is a rating, not by whom at the counter and not which.
    event = CaseEventRow(body.case_id, work.at, "已评价", "群众本人", "", "", "counter")
    work.uow.cases.add_event(event)
    return _outcome(f"rating.{state}", body.case_id, state)


def _invited(work: Work, case_id: str, handling: str) -> RatingMark:
    mark = work.uow.tickets.rating(case_id, handling)
    session = work.session
    open_to_them = mark is not None and mark.state == "asked" and mark.invite == session.invite
    if CITIZEN not in session.roles or not session.invite or mark is None or not open_to_them:
        raise NotAllowedError(
            code="RATING-SURFACE",
            what="评价只能由群众本人在群众屏上做。",
            safe="没有改动。",
            todo="请点「请群众评价」，由本人操作。",
        )
    return mark


def _refuse_second(work: Work, case_id: str, handling: str) -> None:
    mark = work.uow.tickets.rating(case_id, handling)
    if mark is not None and mark.state in _DONE:
        word = "本人选了不评价" if mark.state == "declined" else "已经评价过"
        raise NotAllowedError(
            code="RATING-DONE", what=f"这一次办理{word}，一次办理评价一次。", safe="没有改动。"
        )


def _as(mark: RatingMark, state: str, work: Work) -> RatingMark:
    return RatingMark(mark.case_id, mark.handling, mark.invite, state, work.at)


def _outcome(action: str, case_id: str, value: object) -> Outcome:
    return Outcome(
        Changes(frozenset({"case", "outbox", "ticket"}), frozenset({case_id})),
        AuditNote(action, case_id),
        lambda: value,
    )
