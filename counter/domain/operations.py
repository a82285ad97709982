# SPDX-License-Identifier: MulanPSL-2.0
"""The operation: one committed fact of a counter, signed, numbered and chained.

Source: sync-protocol §1–2. The operation row is the outbox row; it never changes.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from counter.domain.canonical import Json, canonical_hash
from counter.domain.signing import SigningKey, sign_json, verify_json

OP_TYP = "yc-op+jws"
OpKind = Literal[
    "case.received",
    "case.supplement_requested",
    "case.supplemented",
    "case.accept_requested",
    "case.tolerated",
    "case.withdrawn",
    "case.corrected",
    "case.delivered",
    "case.deemed",
    "case.refusal_drafted",
    "case.refusal_reported",
    "case.informed",
    "case.taken_over",
    "case.given_back",
    "material.added",
    "material.verified",
    "rating.given",
    "rating.step",
    "appeal.registered",
    "appeal.step",
    "visit.recorded",
    "person.noted",
    "audit.batch",
]
Hex64 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
ZERO_HASH = "0" * 64


class Frozen(BaseModel):
    """Base of wire models: immutable, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Actor(Frozen):
    """Who did it; inside the signed operation, so that any session may carry it."""

    operator: str
    session: str
    authn: Literal["online", "offline"]
    authn_age_s: int = Field(ge=0)


class Versions(Frozen):
    """Versions of the knowledge the act was done with; old ones stay valid for ever."""

    catalog: str
    item: str = ""
    form: str = ""
    calendar: str = ""


class BlobRef(Frozen):
    """A scanned page, photo or signature belonging to the operation."""

    blob_id: Hex64
    size: int = Field(ge=1)
    role: str
    media_type: str
    required: bool = True


class TimeEvidence(Frozen):
    """What the device knew of the time; order is ``seq``, never a clock (§8)."""

    wall: str  # ISO 8601 with offset
    boot_id: str
    mono_ms: int = Field(ge=0)
    last_centre_time: str = ""
    skew_ms: int = 0
    clock: Literal["ok", "doubtful"] = "ok"


class Operation(Frozen):
    """One operation, see sync-protocol §2 for every field."""

    v: Literal[1] = 1
    op_id: str
    device_id: str
    epoch: int = Field(ge=0)
    seq: int = Field(ge=1)
    prev_hash: Hex64
    actor: Actor
    kind: OpKind
    entity: Literal["case", "person", "material", "rating", "appeal", "visit", "audit"]
    entity_id: str
    base_rev: int = Field(default=0, ge=0)
    depends_on: tuple[str, ...] = ()
    supersedes: str = ""
    versions: Versions
    blobs: tuple[BlobRef, ...] = ()
    time: TimeEvidence
    body: dict[str, Any]

    def wire(self) -> dict[str, Json]:
        """Return the plain JSON object that is hashed and signed."""
        return self.model_dump(mode="json")

    def op_hash(self) -> str:
        """Return SHA-256 over the canonical JSON, hex."""
        return canonical_hash(self.wire())

    def sign(self, key: SigningKey) -> str:
        """Return the compact JWS of this operation."""
        return sign_json(self.wire(), key, OP_TYP)


def goes_first(op: Operation) -> bool:
    """Tell whether an operation passes every other on the way: a 诉求 with danger to life.

    It changes neither its number nor the chain (sync-protocol §4: an op waits only for its
    ``depends_on``; everything else may pass).
    """
    return op.kind == "appeal.registered" and bool(op.body.get("danger"))


def read_operation(token: str) -> Operation:
    """Parse an operation out of our own store, where its signature was made; nothing is verified.

    Raises:
        ValueError: not an operation we understand.
    """
    payload = token.split(".")[1] if token.count(".") == 2 else ""
    raw = urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    return Operation.model_validate(json.loads(raw))


def verify_operation(token: str, public_hex: str) -> Operation:
    """Verify a signed operation and parse it.

    Raises:
        SignatureError: not signed by that key.
        pydantic.ValidationError: signed, but not an operation we understand.
    """
    return Operation.model_validate(verify_json(token, public_hex, OP_TYP))
