# SPDX-License-Identifier: MulanPSL-2.0
"""What only the edge host of a hall asks: which devices its hall has."""

from __future__ import annotations

from fastapi import APIRouter, Response

from sync.hub.api.described import DEVICE_PROBLEMS
from sync.hub.api.sync_routes import SignedRequest, answer
from sync.hub.handlers.enrol import certificate
from sync.hub.storage import halls
from sync.protocol import errors
from sync.protocol.edge import EDGE_WINDOW, HallDevices
from sync.protocol.errors import ProblemError

router = APIRouter(prefix="/v1/edge", responses=DEVICE_PROBLEMS)


@router.post("/devices", responses={200: {"model": HallDevices}}, response_class=Response)
def post_devices(signed: SignedRequest) -> Response:
    """Return the certificates of the hall's devices that are not revoked."""
    mine = signed.device
    if mine.counter_no != EDGE_WINDOW:
        raise ProblemError(403, errors.SCOPE, "这台设备不是本厅主机。")
    found: list[str] = []
    with signed.centre.database.read() as tx:
        for device in halls.all_devices(tx):
            if device.hall_code == mine.hall_code and not device.revoked_at:
                keys = halls.keys_of(tx, device.device_id)
                found += [certificate(signed.centre, device, key) for key in keys]
    return answer(signed, HallDevices(certificates=tuple(found)))
