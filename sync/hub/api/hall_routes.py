# SPDX-License-Identifier: MulanPSL-2.0
"""Looking after halls over HTTP: their people, their hours, the rules their counters go by."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from counter.domain.errors import DomainError
from sync.hub.api.admin_routes import Admin, Rows
from sync.hub.api.described import OFFICE_PROBLEMS, body_of
from sync.hub.api.parsing import parse
from sync.hub.api.problems import refusal
from sync.hub.centre import Centre
from sync.hub.handlers import administration, backoffice, calendars, judging, policies, publish
from sync.hub.storage import halls
from sync.protocol import errors
from sync.protocol.errors import ProblemError

router = APIRouter(prefix="/v1/admin", responses=OFFICE_PROBLEMS)
HallCode = Annotated[str, Path(max_length=5)]
JobNo = Annotated[str, Path(pattern=r"^[0-9A-Za-z]{1,20}$")]


class HallRequest(BaseModel):
    """A hall as its papers name it."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=80)
    region: str = Field(pattern=r"^([0-9]{6}|[0-9]{12})$")
    phone: str = Field(min_length=1, max_length=40)
    supervise_phone: str = Field(min_length=1, max_length=40)
    address: str = Field(default="", max_length=200)


class OperatorRequest(BaseModel):
    """A person of a hall as they are from now on; not active = may not act any more."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=40)
    roles: tuple[administration.HallRole, ...] = Field(min_length=1, max_length=3)
    active: bool = True


class HoursRequest(BaseModel):
    """From when on a receipt counts as made on the next working day: ``17:30`` or ``off``."""

    model_config = ConfigDict(extra="forbid")

    closing: str = Field(max_length=8)


class LetGoRequest(BaseModel):
    """How many days after their end cases leave the counters."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(ge=1, le=36_500)


@router.get("/halls")
def get_halls(who: Admin) -> list[halls.Hall]:
    """List the registered halls."""
    return administration.list_halls(who.centre)


@router.put("/halls/{hall_code}", status_code=204, openapi_extra=body_of(HallRequest))
def put_hall(
    hall_code: Annotated[str, Path(pattern=r"^[0-9A-HJKMNP-TV-Z]{5}$")], who: Admin
) -> None:
    """Register a hall or change it; what was set for its region reaches it."""
    asked = parse(HallRequest, who.body)
    hall = halls.Hall(hall_code=hall_code, training=False, **asked.model_dump())
    try:
        administration.put_hall(who.centre, hall)
    except DomainError as error:
        raise refusal(error) from error


@router.get("/operators")
def get_operators(who: Admin) -> Rows:
    """List the people of all halls as they are now."""
    return administration.list_operators(who.centre)


@router.put("/operators/{hall_code}/{job_no}", openapi_extra=body_of(OperatorRequest))
def put_operator(hall_code: HallCode, job_no: JobNo, who: Admin) -> dict[str, Any]:
    """Add a person or change one; operations that waited for them are judged again."""
    asked = parse(OperatorRequest, who.body)
    _known(who.centre, hall_code)
    state = publish.put_operator(
        who.centre,
        hall_code=hall_code,
        job_no=job_no,
        name=asked.name,
        roles=asked.roles,
        active=asked.active,
    )
    released = judging.recheck(who.centre, errors.HELD_AUTHZ)
    return {"operator_id": state.operator_id, "rev": state.rev, "released": released}


@router.put("/halls/{hall_code}/hours", status_code=204, openapi_extra=body_of(HoursRequest))
def put_hours(hall_code: HallCode, who: Admin) -> None:
    """Set the office hours of a hall."""
    asked = parse(HoursRequest, who.body)
    _known(who.centre, hall_code)
    try:
        calendars.set_closing(who.centre, hall_code, calendars.closing_time(asked.closing))
    except DomainError as error:
        raise refusal(error) from error


@router.get("/policies")
def get_policies(who: Admin) -> Rows:
    """List the rules that were set; without one each counter goes by its own."""
    return policies.list_policies(who.centre)


@router.put(
    "/policies/{name}",
    status_code=204,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    },
)
def put_policy(
    name: Annotated[str, Path(pattern=r"^[a-z]{1,20}$")],
    who: Admin,
    where: Annotated[str, Query(pattern=r"^[0-9A-Z]{0,12}$")] = "",
) -> None:
    """Set what counters go by: all, or (``pages``) those of one hall or region."""
    values = parse(PolicyRequest, who.body).model_extra or {}
    try:
        policies.set_policy(who.centre, name, values, where=where)
    except DomainError as error:
        raise refusal(error) from error


class PolicyRequest(BaseModel):
    """A rule; its fields are those of its name (``sync.protocol.policy``)."""

    model_config = ConfigDict(extra="allow")


@router.post("/let-go", openapi_extra=body_of(LetGoRequest))
def post_let_go(who: Admin) -> dict[str, int]:
    """Take long finished cases out of the counters; the centre keeps them."""
    asked = parse(LetGoRequest, who.body)
    done = backoffice.let_go(who.centre, asked.days)
    backoffice.forget_tombstones(who.centre)
    return {"cases": done}


def _known(centre: Centre, hall_code: str) -> None:
    with centre.database.read() as tx:
        if halls.hall(tx, hall_code) is None:
            raise ProblemError(404, errors.NOT_FOUND, "没有这个大厅。")
