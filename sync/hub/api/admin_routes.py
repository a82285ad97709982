# SPDX-License-Identifier: MulanPSL-2.0
"""The back office over HTTP: the acts of the command line, each signed by a person's key."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from counter.domain.case_life import Delivery
from counter.domain.errors import CounterError, DomainError
from sync.hub.api.auth import Officer, officer
from sync.hub.api.described import OFFICE_PROBLEMS, body_of
from sync.hub.api.parsing import parse
from sync.hub.api.problems import refusal
from sync.hub.handlers import (
    administration,
    backoffice,
    decisions,
    deeds,
    judging,
    publish,
    refusals,
)
from sync.hub.handlers.enrol import new_code
from sync.hub.storage import halls
from sync.hub.storage.deeds import DeedRow
from sync.hub.storage.oplog import StoredOp
from sync.protocol import errors
from sync.protocol.errors import ProblemError

router = APIRouter(prefix="/v1/admin", responses=OFFICE_PROBLEMS)
Office = Annotated[Officer, Depends(officer("office"))]
Admin = Annotated[Officer, Depends(officer("admin"))]
Id = Annotated[str, Path(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
Rows = list[dict[str, Any]]


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


class ReasonRequest(BaseModel):
    """Why a person decides so about a held operation."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=1000)


class CloseRequest(ReasonRequest):
    """Why it is ended, and which entry of the form is wrong."""

    field: str = Field(default="", max_length=64)


class CodeRequest(BaseModel):
    """Which window a new enrolment code is for; also to enrol a device again."""

    model_config = ConfigDict(extra="forbid")

    hall_code: str = Field(max_length=5)
    counter_no: int = Field(ge=0, le=99)


class PublishRequest(BaseModel):
    """One document to publish: item, theme, service table or calendar."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(max_length=20)
    name: str = Field(default="", max_length=80)
    body: dict[str, Any]


@router.get("/cases")
def get_cases(who: Office) -> Rows:
    """List all cases."""
    return backoffice.list_cases(who.centre)


@router.get("/queue")
def get_queue(who: Office) -> Rows:
    """List the cases that wait for a person."""
    return backoffice.queue(who.centre)


@router.get("/ops")
def get_ops(who: Office) -> Rows:
    """List all operations, without content."""
    return backoffice.list_ops(who.centre)


@router.get("/held")
def get_held(who: Office) -> Rows:
    """List what is held and why."""
    return backoffice.list_held(who.centre)


@router.post("/ops/{op_id}/release", openapi_extra=body_of(ReasonRequest))
def post_release(op_id: Id, who: Office) -> dict[str, str]:
    """Let a held operation take effect after a person has looked at it."""
    asked = parse(ReasonRequest, who.body)
    return _told(decisions.release(who.centre, op_id, by=who.name, reason=asked.reason))


@router.post("/ops/{op_id}/close", openapi_extra=body_of(CloseRequest))
def post_close(op_id: Id, who: Office) -> dict[str, str]:
    """End a held operation; its counter gets a signed result with the reason."""
    asked = parse(CloseRequest, who.body)
    return _told(
        decisions.close(who.centre, op_id, by=who.name, reason=asked.reason, field=asked.field)
    )


def _told(found: StoredOp | None) -> dict[str, str]:
    if found is None:
        raise ProblemError(404, errors.NOT_FOUND)
    return {"op_id": found.op_id, "status": found.status, "code": found.code}


@router.get("/refusals")
def get_refusals(who: Office) -> Rows:
    """List the reported refusals (否定事项报备)."""
    return refusals.refusals(who.centre)


@router.get("/alarms")
def get_alarms(who: Office) -> Rows:
    """List all alarms."""
    return backoffice.list_alarms(who.centre)


@router.get("/stats")
def get_stats(who: Office) -> dict[str, Any]:
    """Return counts."""
    return backoffice.stats(who.centre)


@router.post("/cases/{number}/acts", openapi_extra=body_of(ActRequest))
def post_act(number: Annotated[str, Path(max_length=64)], who: Office) -> dict[str, Any]:
    """Do one act on a case; who did it is the signer."""
    act = parse(ActRequest, who.body)
    details = {name: getattr(act, name) for name in _DETAILS}
    try:
        case = backoffice.act(
            who.centre,
            number,
            act.act,
            reason=act.reason,
            missing=act.missing,
            by=who.name,
            details=backoffice.Details(**details),
        )
    except CounterError as error:
        raise refusal(error) from error
    return {"case_id": case.case_id, "state": case.state, "rev": case.rev}


_DETAILS = ("basis", "approver", "kind", "days", "office", "delivery")


@router.get("/deeds")
def get_deeds(
    who: Admin,
    since: Annotated[str, Query(max_length=40)] = "",
    after: Annotated[int, Query(ge=0, le=2**62)] = 0,
) -> list[DeedRow]:
    """List what was done with the hub and by whom, oldest first; a thousand at a time."""
    try:
        return deeds.listed(who.centre, since, after)
    except DomainError as error:
        raise refusal(error) from error


@router.get("/devices")
def get_devices(who: Admin) -> Rows:
    """List the enrolled devices."""
    return administration.list_devices(who.centre)


@router.post("/devices/{device_id}/revoke", status_code=204, response_class=Response)
def post_revoke(device_id: Id, who: Admin) -> Response:
    """Revoke a device: it may no longer pull; what it still sends is held."""
    try:
        backoffice.revoke_device(who.centre, device_id)
    except DomainError as error:
        raise refusal(error) from error
    return Response(status_code=204)


@router.get("/devices/{device_id}/missing")
def get_missing(device_id: Id, who: Admin) -> Rows:
    """List the numbers of a device that exist and never arrived."""
    try:
        return backoffice.list_missing(who.centre, device_id)
    except DomainError as error:
        raise refusal(error) from error


@router.get("/numbers")
def get_numbers(who: Admin) -> Rows:
    """List the leased number blocks."""
    return administration.list_blocks(who.centre)


@router.post("/codes", status_code=201, openapi_extra=body_of(CodeRequest))
def post_code(who: Admin) -> dict[str, str]:
    """Make a one-time enrolment code."""
    asked = parse(CodeRequest, who.body)
    with who.centre.database.read() as tx:
        if halls.hall(tx, asked.hall_code) is None:
            raise ProblemError(404, errors.NOT_FOUND, "没有这个大厅。")
    return {"code": new_code(who.centre, asked.hall_code, asked.counter_no)}


@router.post("/documents", openapi_extra=body_of(PublishRequest))
def post_document(who: Admin) -> dict[str, int]:
    """Publish one version of a document; what waited for it is judged again."""
    asked = parse(PublishRequest, who.body)
    content = json.dumps(asked.body).encode()
    try:
        done = publish.publish(who.centre, [publish.checked(asked.kind, asked.name, content)])
    except DomainError as error:
        raise refusal(error) from error
    released = judging.recheck(who.centre, errors.HELD_FORM)
    return {"new": done.new, "same": done.same, "redated": done.redated, "released": released}
