# SPDX-License-Identifier: MulanPSL-2.0
"""The back office over HTTP, beyond the acts on a case: whose work it is, 一件事, 好差评, 诉求."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from counter.domain.errors import CounterError
from counter.domain.tickets import TicketKind
from sync.hub.api.admin_routes import Id, Office, ReasonRequest, Rows
from sync.hub.api.described import OFFICE_PROBLEMS, body_of
from sync.hub.api.parsing import parse
from sync.hub.api.problems import refusal
from sync.hub.handlers import assignment, deemed, ratings, themes, tickets
from sync.protocol.wire import CaseLease

router = APIRouter(prefix="/v1/admin", responses=OFFICE_PROBLEMS)
Number = Annotated[str, Path(max_length=64)]


class LeaseRequest(BaseModel):
    """Whose work a case is from now on; no device = nobody's in particular."""

    model_config = ConfigDict(extra="forbid")

    device_id: str = Field(default="", max_length=64)
    reason: str = Field(min_length=1, max_length=1000)


class ReviewRequest(BaseModel):
    """How a disputed rating was decided, and why."""

    model_config = ConfigDict(extra="forbid")

    verdict: Literal["uphold", "dismiss"]
    reason: str = Field(min_length=1, max_length=1000)


class SlipRequest(BaseModel):
    """What a scanned paper slip says."""

    model_config = ConfigDict(extra="forbid")

    level: int = Field(ge=1, le=5)
    reasons: tuple[str, ...] = Field(default=(), max_length=20)


@router.post("/cases/{number}/lease", openapi_extra=body_of(LeaseRequest))
def post_lease(number: Number, who: Office) -> CaseLease:
    """Give the work on a case to a counter, or take it back."""
    asked = parse(LeaseRequest, who.body)
    try:
        return assignment.assign(
            who.centre, number, asked.device_id, by=who.name, reason=asked.reason
        )
    except CounterError as error:
        raise refusal(error) from error


@router.post("/cases/{number}/release", openapi_extra=body_of(ReasonRequest))
def post_theme_release(number: Number, who: Office) -> dict[str, Any]:
    """Let a case of a 一件事 go on without waiting for those before it."""
    asked = parse(ReasonRequest, who.body)
    try:
        case = themes.release(who.centre, number, reason=asked.reason, by=who.name)
    except CounterError as error:
        raise refusal(error) from error
    return {"case_id": case.case_id, "state": case.state, "rev": case.rev}


@router.post("/deem")
def post_deem(who: Office) -> Rows:
    """Mark the licence cases nobody answered in time as accepted by law; return them."""
    return [
        {"case_id": case.case_id, "state": case.state, "rev": case.rev}
        for case in deemed.deem_overdue(who.centre)
    ]


@router.get("/themes")
def get_themes(who: Office) -> Rows:
    """List every 一件事: its number and how far it is; no personal data."""
    return themes.list_themes(who.centre)


@router.get("/tickets/{kind}")
def get_tickets(kind: TicketKind, who: Office) -> Rows:
    """List the 工单 of a kind with their overdue clocks; no personal data."""
    return tickets.listed(who.centre, kind)


@router.get("/rates")
def get_rates(who: Office) -> dict[str, tuple[int, int]]:
    """Return the 三率 of all 诉求, each as part and whole."""
    found = tickets.rates(who.centre)
    return {"response": found.response, "solved": found.solved, "satisfied": found.satisfied}


@router.post("/ratings/{op_id}/slip", status_code=204, openapi_extra=body_of(SlipRequest))
def post_slip(op_id: Id, who: Office) -> None:
    """Enter what a scanned paper slip says, once."""
    asked = parse(SlipRequest, who.body)
    try:
        ratings.read_slip(who.centre, op_id, asked.level, asked.reasons)
    except CounterError as error:
        raise refusal(error) from error


@router.post("/ratings/{op_id}/review", status_code=204, openapi_extra=body_of(ReviewRequest))
def post_review(op_id: Id, who: Office) -> None:
    """Decide whether a disputed rating stands (申诉复核)."""
    asked = parse(ReviewRequest, who.body)
    uphold = asked.verdict == "uphold"
    try:
        ratings.review(who.centre, op_id, uphold=uphold, reason=asked.reason, by=who.name)
    except CounterError as error:
        raise refusal(error) from error
