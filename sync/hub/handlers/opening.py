# SPDX-License-Identifier: MulanPSL-2.0
"""Step 1 of §4: the signature of an operation, and what is under it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from counter.domain.canonical import Json, sha256_hex
from counter.domain.errors import DomainError
from counter.domain.operations import OP_TYP, Operation
from counter.domain.signing import open_json, peek_header
from sync.hub.handlers.op_form import MAX_SEQ, OP_ID, parse
from sync.hub.storage import halls
from sync.hub.storage.columns import has_nul
from sync.hub.storage.engine import Tx
from sync.hub.storage.halls import Device, DeviceKey

_WORDS_FORM = "中心读不懂这一笔的格式，已留下待处理。"
WORDS_TEXT = "内容里有不能保存的字符（U+0000），或者有一项太长，原件已留下，由工作人员核对。"
_UNREADABLE = (DomainError, ValueError, RecursionError)
_NUL = b"\\u0000"  # as canonical JSON writes it; seldom a text with these six characters


@dataclass(frozen=True)
class Proof:
    """What a token says once its signature is good, found without the database."""

    public_key: str
    payload: dict[str, Json]
    op_hash: str
    op: Operation | None
    why: str


@dataclass(frozen=True)
class Opened:
    """A token whose signature is good; ``op`` is missing, with ``why``, when we cannot take it."""

    token: str
    op_id: str
    op_hash: str
    key: DeviceKey
    seq: int
    op: Operation | None
    why: str = ""
    forked: bool = False
    device: Device | None = None

    @property
    def home(self) -> str:
        """Hall where the rows of its device are."""
        return self.device.home if self.device else ""


def _prove(token: str, public_key: str) -> Proof:
    """Verify a signature and read what is under it.

    Raises:
        SignatureError: it is not good; other ``_UNREADABLE`` from what nobody should have signed.
    """
    payload, raw = open_json(token, public_key, OP_TYP)
    if _NUL in raw and has_nul(payload):
        # The token itself is plain ASCII and is kept; its content cannot become rows.
        return Proof(public_key, payload, sha256_hex(raw), None, WORDS_TEXT)
    return Proof(public_key, payload, sha256_hex(raw), parse(payload), _WORDS_FORM)


def proved(token: str, keys: Mapping[str, str]) -> Proof | None:
    """Return what a token says, by the public keys of its device; ``None`` leaves it to its turn."""
    try:
        known = keys.get(peek_header(token).get("kid", ""))
        return _prove(token, known) if known else None
    except _UNREADABLE:
        return None  # refused with the reason when its turn comes


def open_op(tx: Tx, token: str, proof: Proof | None = None) -> Opened | str:
    """Step 1: verify the signature; return the words of refusal when it is not good."""
    try:
        key = halls.key(tx, peek_header(token).get("kid", ""))
        if key is None:
            return "中心不认识签名的设备。"
        if proof is None or proof.public_key != key.public_key:
            proof = _prove(token, key.public_key)
    except _UNREADABLE:
        return "签名不对，内容可能被改过或损坏。"
    payload = proof.payload
    op_id, device_id, seq = (payload.get(name) for name in ("op_id", "device_id", "seq"))
    if not isinstance(op_id, str) or not OP_ID.fullmatch(op_id) or device_id != key.device_id:
        return "签名的设备和内容里的设备不是同一台。"
    # ``true`` is an int to Python, and no number to PostgreSQL.
    number = seq if type(seq) is int and 0 < seq < MAX_SEQ else 0
    device = halls.device(tx, key.device_id)
    return Opened(token, op_id, proof.op_hash, key, number, proof.op, why=proof.why, device=device)
