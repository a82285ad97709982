# SPDX-License-Identifier: MulanPSL-2.0
"""Enrolment (§12): a one-time code and a key made on the device become a certificate."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta

from counter.domain.errors import DomainError
from counter.domain.signing import peek_header, sign_json, verify_json
from sync.hub.centre import Centre
from sync.hub.handlers import deeds
from sync.hub.storage import epochs, halls
from sync.hub.storage.engine import Tx
from sync.protocol import errors
from sync.protocol.errors import ProblemError
from sync.protocol.wire import (
    CERT_TYP,
    ENROL_TYP,
    CentreKey,
    Certificate,
    EnrolReply,
    EnrolRequest,
    HallInfo,
)

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: read over the phone
_ALIASES = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})
CODE_HOURS = 24
_ID = re.compile(r"[0-9A-Za-z_-]{8,64}")


def code_hash(code: str) -> str:
    """Return what is kept of a code; spelling variants of one code give one hash."""
    return hashlib.sha256(code.upper().translate(_ALIASES).encode()).hexdigest()


def new_code(centre: Centre, hall_code: str, counter_no: int, *, hours: int = CODE_HOURS) -> str:
    """Make a one-time enrolment code of 60 random bits for one window of a hall."""
    raw = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    code = "-".join(raw[i : i + 4] for i in (0, 4, 8))
    expires = (centre.clock() + timedelta(hours=hours)).isoformat(timespec="seconds")
    with deeds.writing(centre, "device.code") as (tx, deed):
        halls.add_code(tx, halls.Code(code_hash(code), hall_code, counter_no, expires, "", "", ""))
        deed.about = f"{hall_code} {counter_no}"
    return code


def enrol(centre: Centre, request: EnrolRequest) -> EnrolReply:
    """Enrol a device; the same request again gives the same answer (the reply may be lost).

    Raises:
        ProblemError: wrong proof, unknown, expired or used code, or a taken key id.
    """
    if not (_ID.fullmatch(request.device_id) and _ID.fullmatch(request.kid)):
        raise ProblemError(422, errors.BAD_BODY, "设备或钥匙的标识不对。")
    _check_proof(request)
    hashed = code_hash(request.code)
    with centre.database.write() as tx:
        code = halls.code(tx, hashed)
        if code is None:
            raise ProblemError(403, errors.CODE_BAD, "登记码不对，请核对后再输。")
        if code.used_at:
            if code.used_by != f"{request.device_id} {request.kid} {request.public_key}":
                raise ProblemError(409, errors.CODE_USED, "这个登记码已经用过，请换一个。")
            return EnrolReply.model_validate_json(code.reply)
        if code.expires_at < centre.clock().isoformat(timespec="seconds"):
            raise ProblemError(403, errors.CODE_BAD, "登记码已过期，请换一个。")
        if halls.key(tx, request.kid) is not None:
            raise ProblemError(409, errors.CODE_BAD, "这把钥匙已经登记过。")
        reply = _admit(centre, tx, request, code)
        halls.use_code(
            tx,
            hashed,
            at=centre.now(),
            by=f"{request.device_id} {request.kid} {request.public_key}",
            reply=reply.model_dump_json(),
        )
        return reply


def _check_proof(request: EnrolRequest) -> None:
    try:
        proof = verify_json(request.proof, request.public_key, ENROL_TYP)
        kid = peek_header(request.proof).get("kid")
    except (DomainError, ValueError) as error:
        raise ProblemError(403, errors.CODE_BAD, "登记请求的签名不对。") from error
    if proof != {"code": request.code, "device_id": request.device_id} or kid != request.kid:
        raise ProblemError(403, errors.CODE_BAD, "登记请求的签名不对。")


def _admit(centre: Centre, tx: Tx, request: EnrolRequest, code: halls.Code) -> EnrolReply:
    hall = halls.hall(tx, code.hall_code)
    if hall is None:
        raise ProblemError(403, errors.CODE_BAD, "登记码所属的大厅已不存在。")
    old = halls.device(tx, request.device_id)
    if old is not None and old.revoked_at:
        raise ProblemError(403, errors.REVOKED, "这台设备已停用，请以新设备登记。")
    now = centre.now()
    epoch = old.epoch + 1 if old else 1
    device = halls.Device(
        request.device_id, hall.hall_code, code.counter_no, request.device_name, epoch, "", now
    )
    key = halls.DeviceKey(request.kid, request.device_id, request.public_key, epoch)
    halls.put_device(tx, device, key)
    if old is not None:
        for left in epochs.of_device(tx, old.device_id):
            if left.last_seq == epochs.OPEN:
                epochs.close(tx, old.device_id, left.epoch, 0)
    epochs.add(tx, epochs.Epoch(request.device_id, epoch, now, "enrolment"))
    signing = centre.keys.signing
    return EnrolReply(
        certificate=certificate(centre, device, key),
        epoch=epoch,
        hall=hall_info(hall, code.counter_no),
        centre_keys=(CentreKey(kid=signing.kid, public_key=signing.public_hex),),
        seal_recipient=str(centre.keys.seal.to_public()),
        recovery_recipient=str(centre.keys.recovery.to_public()),
        server_time=now,
    )


def certificate(centre: Centre, device: halls.Device, key: halls.DeviceKey) -> str:
    """Return the signed certificate of a device in its present epoch."""
    content = Certificate(
        device_id=device.device_id,
        kid=key.kid,
        public_key=key.public_key,
        hall_code=device.hall_code,
        counter_no=device.counter_no,
        issued_at=centre.now(),
        epoch=device.epoch,
    )
    return sign_json(content.model_dump(mode="json"), centre.keys.signing, CERT_TYP)


def hall_info(hall: halls.Hall, counter_no: int) -> HallInfo:
    """Return what a counter is told of its hall."""
    return HallInfo(
        hall_code=hall.hall_code,
        name=hall.name,
        region=hall.region,
        counter_no=counter_no,
        window_name=halls.window_name(counter_no),
        phone=hall.phone,
        supervise_phone=hall.supervise_phone,
        address=hall.address,
        training=hall.training,
    )
