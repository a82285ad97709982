# SPDX-License-Identifier: MulanPSL-2.0
"""Receipts anyone can check offline (sync-protocol §11): no name, no ID number; 收件, never 受理."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from counter.domain.errors import DomainError, KnownError
from counter.domain.numbers import parse_receipt_no
from counter.domain.operations import Frozen, Hex64
from counter.domain.signing import (
    SigningKey,
    peek_header,
    sign_json,
    verify_json,
)
from counter.ports.receipts import ReceiptClaim

RECEIPT_TYP = "yc-receipt+jws"
CERT_TYP = "yc-cert+jws"  # as in sync.protocol.wire, which this room may not import
Verdict = Literal["valid", "invalid", "unknown"]


class ReceiptToken(Frozen):
    """Payload of the QR."""

    v: Literal[1] = 1
    receipt_no: str
    item: str
    claimed_at: str
    op_hash: Hex64
    kid: str
    certificate: str


class _Certificate(BaseModel):
    """The part of a device certificate that a check needs (``sync.protocol.wire.Certificate``)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    device_id: str
    kid: str
    public_key: Hex64
    hall_code: str
    counter_no: int
    issued_at: str


class Trust(BaseModel):
    """Public data for checking: keys of the centre and revoked devices or keys (``trust.json``)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: Literal[1] = 1
    centre_keys: dict[str, Hex64]  # kid → public key
    revoked: dict[str, str] = Field(default_factory=dict)  # device_id or kid → since, ISO
    updated_at: str = ""

    @classmethod
    def load(cls, path: Path) -> Trust:
        """Read ``trust.json``.

        Raises:
            KnownError: ``TRUST-NONE``, ``TRUST-BAD``.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise KnownError(
                code="TRUST-NONE",
                what="找不到中心公钥文件（trust.json），不能核对。",
                safe="没有改动。",
                todo="请在登记过的窗口电脑上核对，或用 --trust 指定文件。",
            ) from error
        except ValidationError as error:
            raise KnownError(
                code="TRUST-BAD", what="中心公钥文件读不懂，不能核对。", safe="没有改动。"
            ) from error


@dataclass(frozen=True)
class ReceiptCheck:
    """What a check says, in words that may be read to a citizen."""

    verdict: Verdict
    code: str
    words: tuple[str, ...]
    token: ReceiptToken | None = None


@dataclass(frozen=True)
class DeviceReceiptSigner:
    """``ReceiptSigner`` with the device's key and certificate."""

    key: SigningKey
    certificate: str

    def __call__(self, claim: ReceiptClaim) -> str:
        """Return the token for the QR."""
        token = ReceiptToken(
            receipt_no=claim.receipt_no,
            item=claim.item,
            claimed_at=claim.claimed_at,
            op_hash=claim.op_hash,
            kid=self.key.kid,
            certificate=self.certificate,
        )
        return sign_json(token.model_dump(mode="json"), self.key, RECEIPT_TYP)


def verify_receipt(text: str, trust: Trust) -> ReceiptCheck:
    """Check a receipt token without any network.

    ``unknown`` means: it may be genuine, but this machine lacks the key of the centre it names.
    """
    token = "".join(text.split())
    try:
        claimed = _payload_unverified(token)
        issuer = peek_header(claimed.certificate).get("kid", "")
        centre_key = trust.centre_keys.get(issuer)
        if centre_key is None:
            return _say(
                "unknown", "RCP-ISSUER", "本机没有签发机关的公钥，不能判断真假。", "请联网核对。"
            )
        payload = verify_json(claimed.certificate, centre_key, CERT_TYP)
        certificate = _Certificate.model_validate(payload)
        found = ReceiptToken.model_validate(verify_json(token, certificate.public_key, RECEIPT_TYP))
        number = parse_receipt_no(found.receipt_no)
        claimed_at = datetime.fromisoformat(found.claimed_at)
    except (DomainError, ValueError):  # pydantic's ValidationError is a ValueError
        return _forged("RCP-SIG")
    place = (number.hall_code, number.counter_no)
    if found.kid != certificate.kid or place != (certificate.hall_code, certificate.counter_no):
        return _forged("RCP-PLACE")
    return _with_revocation(found, certificate, trust.revoked, claimed_at)


def _with_revocation(
    found: ReceiptToken,
    certificate: _Certificate,
    revoked: Mapping[str, str],
    claimed_at: datetime,
) -> ReceiptCheck:
    since = revoked.get(certificate.device_id) or revoked.get(certificate.kid)
    facts = (
        f"收件编号：{found.receipt_no}",
        f"事项：{found.item}",
        f"收件时间：{claimed_at:%Y年%m月%d日 %H:%M}",
    )
    if since is None:
        return ReceiptCheck(
            "valid",
            "RCP-OK",
            (
                "这张收件凭证是真的。",
                *facts,
                "它只证明材料已经收下，不代表已经受理。",
            ),
            found,
        )
    # The time on the receipt is the device's own claim, so a revoked device proves nothing by it.
    return ReceiptCheck(
        "invalid",
        "RCP-REVOKED",
        (
            f"出这张凭证的窗口设备已被停用（{since[:10]} 起），不能凭它采信。",
            *facts,
            "请按收件编号在中心查询。",
        ),
        found,
    )


def _payload_unverified(token: str) -> ReceiptToken:
    """Parse the payload to find the certificate in it; trusted only after both signatures."""
    part = token.split(".")[1] if token.count(".") == 2 else ""
    raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    return ReceiptToken.model_validate_json(raw)


def _forged(code: str) -> ReceiptCheck:
    return _say(
        "invalid",
        code,
        "这张凭证核对不上：内容被改过、不完整，或不是本系统的凭证。",
        "请不要凭它采信，可按收件编号在中心查询。",
    )


def _say(verdict: Verdict, code: str, *words: str) -> ReceiptCheck:
    return ReceiptCheck(verdict, code, words)


def export_trust(
    centre_keys: Mapping[str, str], revoked: Mapping[str, Any], updated_at: str
) -> bytes:
    """Return the content of ``trust.json``; public data only."""
    trust = Trust(
        centre_keys=dict(centre_keys),
        revoked={key: str(since) for key, since in revoked.items()},
        updated_at=updated_at,
    )
    return trust.model_dump_json(indent=1).encode()
