# SPDX-License-Identifier: MulanPSL-2.0
"""The device's identity: made on the device at enrolment, kept in the encrypted database."""

from __future__ import annotations

from typing import Any

from counter.domain.errors import KnownError
from counter.domain.signing import SigningKey
from counter.ports.keys import DeviceIdentity, EnrolmentFacts, Hall
from counter.ports.storage import Reference

KIND = "device"
ENTITY = "self"


def store_identity(reference: Reference, facts: EnrolmentFacts) -> None:
    """Keep the identity in the encrypted database."""
    body: dict[str, Any] = {
        "device_id": facts.device_id,
        "kid": facts.key.kid,
        "seed": facts.key.seed.hex(),
        "enrolled_at": facts.server_time,
        "certificate": facts.certificate,
        "epoch": facts.epoch,
        "hall": dict(vars(facts.hall)),
        "centre_keys": dict(facts.centre_keys),
        "seal_recipient": facts.seal_recipient,
        "recovery_recipient": facts.recovery_recipient,
        "hub_url": facts.hub_url,
    }
    reference.put(KIND, ENTITY, str(facts.epoch), body)


def load_identity(reference: Reference) -> DeviceIdentity:
    """Return the identity kept at enrolment.

    Raises:
        KnownError: ``DEVICE-NONE`` if the database has none.
    """
    body = reference.get(KIND, ENTITY)
    if body is None:
        raise KnownError(
            code="DEVICE-NONE",
            what="数据库里没有本机的登记信息，暂时不能收件。",
            safe="已保存的办件都还在。",
            todo="请联系值班长重新登记本机。",
        )
    return DeviceIdentity(
        device_id=body["device_id"],
        epoch=int(body["epoch"]),
        key=SigningKey.from_seed(body["kid"], bytes.fromhex(body["seed"])),
        certificate=body["certificate"],
        hall=Hall(**body["hall"]),
        centre_keys=dict(body["centre_keys"]),
        seal_recipient=body["seal_recipient"],
        recovery_recipient=body["recovery_recipient"],
        hub_url=body["hub_url"],
    )
