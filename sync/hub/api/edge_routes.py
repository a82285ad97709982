# SPDX-License-Identifier: MulanPSL-2.0
"""What only the edge host of a hall asks: its devices, and what they all share."""

from __future__ import annotations

from fastapi import APIRouter, Response

from sync.hub.api.auth import Signed
from sync.hub.api.described import DEVICE_PROBLEMS, body_of
from sync.hub.api.parsing import parse
from sync.hub.api.sync_routes import SignedRequest, answer
from sync.hub.handlers import snapshot
from sync.hub.handlers.enrol import certificate
from sync.hub.storage import halls
from sync.hub.storage.halls import Device
from sync.protocol import errors
from sync.protocol.edge import EDGE_WINDOW, EdgeAsk, HallDevices
from sync.protocol.errors import ProblemError
from sync.protocol.snapshot import SnapshotReply

router = APIRouter(prefix="/v1/edge", responses=DEVICE_PROBLEMS)


@router.post(
    "/devices",
    openapi_extra=body_of(EdgeAsk),
    responses={200: {"model": HallDevices}},
    response_class=Response,
)
def post_devices(signed: SignedRequest) -> Response:
    """Return the certificates of the hall's devices that are not revoked."""
    mine = _host(signed)
    parse(EdgeAsk, signed.body)
    found: list[str] = []
    with signed.centre.database.read() as tx:
        for device in halls.all_devices(tx):
            if device.hall_code == mine.hall_code and not device.revoked_at:
                keys = halls.keys_of(tx, device.device_id)
                found += [certificate(signed.centre, device, key) for key in keys]
    return answer(signed, HallDevices(certificates=tuple(found)))


@router.post(
    "/snapshot",
    openapi_extra=body_of(EdgeAsk),
    responses={200: {"model": SnapshotReply}},
    response_class=Response,
)
def post_snapshot(signed: SignedRequest) -> Response:
    """Return what the hall's counters share; no manifest when the host has just that."""
    made = snapshot.for_hall(signed.centre, _host(signed), parse(EdgeAsk, signed.body).checksums)
    token = snapshot.signed(signed.centre, made) if made else ""
    return answer(signed, SnapshotReply(manifest=token))


def _host(signed: Signed) -> Device:
    if signed.device.counter_no != EDGE_WINDOW:
        raise ProblemError(403, errors.SCOPE, "这台设备不是本厅主机。")
    return signed.device
