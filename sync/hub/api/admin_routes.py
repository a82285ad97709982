# SPDX-License-Identifier: MulanPSL-2.0
"""The back office over HTTP: the acts of the command line, by bearer token."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from counter.domain.case_life import Delivery
from counter.domain.errors import CounterError
from sync.hub.api.auth import back_office
from sync.hub.centre import Centre
from sync.hub.handlers import backoffice, push, refusals
from sync.hub.handlers.enrol import new_code
from sync.protocol import errors
from sync.protocol.errors import ProblemError

router = APIRouter(prefix="/v1/admin")
Office = Annotated[Centre, Depends(back_office)]


class ActRequest(BaseModel):
    """One act on a case."""

    model_config = ConfigDict(extra="forbid")

    act: str = Field(max_length=40)
    basis: str = Field(default="", max_length=500)
    approver: str = Field(default="", max_length=40)
    kind: str = Field(default="", max_length=40)
    days: int = Field(default=0, ge=0, le=366)
    office: str = Field(default="", max_length=200)
    delivery: Delivery | None = None
    reason: str = Field(default="", max_length=1000)
    missing: tuple[str, ...] = Field(default=(), max_length=50)
    by: str = Field(default=backoffice.OFFICE, max_length=40)


class ReleaseRequest(BaseModel):
    """Why a person lets a held operation take effect."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=1000)
    by: str = Field(default=backoffice.OFFICE, max_length=40)


class CodeRequest(BaseModel):
    """Which window a new enrolment code is for."""

    model_config = ConfigDict(extra="forbid")

    hall_code: str
    counter_no: int = Field(ge=0, le=99)


@router.get("/cases")
def get_cases(centre: Office) -> list[dict[str, Any]]:
    """List all cases."""
    return backoffice.list_cases(centre)


@router.get("/queue")
def get_queue(centre: Office) -> list[dict[str, Any]]:
    """List the cases that wait for a person."""
    return backoffice.queue(centre)


@router.get("/ops")
def get_ops(centre: Office) -> list[dict[str, Any]]:
    """List all operations, without content."""
    return backoffice.list_ops(centre)


@router.get("/held")
def get_held(centre: Office) -> list[dict[str, Any]]:
    """List what is held and why."""
    return backoffice.list_held(centre)


@router.post("/ops/{op_id}/release")
def post_release(op_id: str, asked: ReleaseRequest, centre: Office) -> dict[str, str]:
    """Let a held operation take effect after a person has looked at it."""
    found = push.release(centre, op_id, by=asked.by, reason=asked.reason)
    if found is None:
        raise ProblemError(404, errors.NOT_FOUND)
    return {"op_id": found.op_id, "status": found.status, "code": found.code}


@router.get("/devices/{device_id}/missing")
def get_missing(device_id: str, centre: Office) -> list[dict[str, Any]]:
    """List the numbers of a device that exist and never arrived."""
    try:
        return backoffice.list_missing(centre, device_id)
    except CounterError as error:
        raise ProblemError(404, error.code, error.what) from error


@router.get("/refusals")
def get_refusals(centre: Office) -> list[dict[str, Any]]:
    """List the reported refusals (否定事项报备)."""
    return refusals.refusals(centre)


@router.get("/alarms")
def get_alarms(centre: Office) -> list[dict[str, Any]]:
    """List all alarms."""
    return backoffice.list_alarms(centre)


@router.get("/stats")
def get_stats(centre: Office) -> dict[str, Any]:
    """Return counts."""
    return backoffice.stats(centre)


@router.post("/cases/{number}/acts")
def post_act(number: str, act: ActRequest, centre: Office) -> dict[str, Any]:
    """Do one act on a case."""
    try:
        case = backoffice.act(
            centre,
            number,
            act.act,
            reason=act.reason,
            missing=act.missing,
            by=act.by,
            details=backoffice.Details(
                basis=act.basis,
                approver=act.approver,
                kind=act.kind,
                days=act.days,
                office=act.office,
                delivery=act.delivery,
            ),
        )
    except CounterError as error:
        status = 404 if error.code == "OFFICE-CASE" else 409
        raise ProblemError(status, error.code, error.what) from error
    return {"case_id": case.case_id, "state": case.state, "rev": case.rev}


@router.post("/codes", status_code=201)
def post_code(request: CodeRequest, centre: Office) -> dict[str, str]:
    """Make a one-time enrolment code."""
    return {"code": new_code(centre, request.hall_code, request.counter_no)}
