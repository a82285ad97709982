# SPDX-License-Identifier: MulanPSL-2.0
"""What the centre signed, checked with the keys this device was given (sync-protocol §3, §6, §9)."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from counter.domain.canonical import Json, sha256_hex
from counter.domain.signing import SignatureError, peek_header, verify_json
from counter.ports.sync_store import SettledResult
from sync.client.outcomes import LineError, Portal, WrongKey
from sync.protocol.edge import EDGE_WINDOW, STORED_TYP, Stored
from sync.protocol.wire import (
    BLOB_TYP,
    CATALOG_TYP,
    CERT_TYP,
    PAGE_TYP,
    PING_TYP,
    RESULT_TYP,
    BlobReceipt,
    CatalogManifest,
    Certificate,
    OpResult,
    PullPage,
)

_PORTAL = "网络被认证页面或代理拦住了，请先完成上网认证。"
_WRONG_KEY = "对方不是本机登记的中心（签名钥匙不对），没有采信任何内容。请报告管理员。"


class Centre:
    """The centre's public keys, and what may be believed because of them. Thread-safe."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        """Take ``kid`` → public key hex, as given at enrolment."""
        self._keys = dict(keys)

    def payload(self, token: str, typ: str) -> dict[str, Json]:
        """Return the content of a token signed by one of the centre's keys.

        Raises:
            SignatureError: damaged, of another type, or of a key we do not know.
        """
        kid = peek_header(token).get("kid", "")
        public = self._keys.get(kid)
        if public is None:
            raise SignatureError(
                code="SIG-KEY",
                what="签名的钥匙不是中心的。",
                safe="本机数据没有改动。",
                todo="请报告管理员。",
            )
        return verify_json(token, public, typ)

    def ping(self, token: str, nonce: str) -> str:
        """Return the centre's time from a ping answer to our own nonce.

        Raises:
            LineError: ``WrongKey`` or ``Portal`` (an old or foreign answer).
        """
        payload = self._believed(token, PING_TYP)
        if payload.get("nonce") != nonce:
            raise LineError(Portal(_PORTAL, detail="NONCE"))
        return str(payload.get("server_time", ""))

    def page(self, body: bytes, token: str) -> PullPage:
        """Return a page of the feed whose exact bytes and cursor the centre signed.

        Raises:
            LineError: unsigned, another key, or another content.
        """
        cursor = self.body(body, token)
        try:
            page = PullPage.model_validate_json(body)
        except ValidationError as error:
            raise LineError(Portal(_PORTAL, detail="PAGE-FORM")) from error
        if cursor != page.cursor:
            raise LineError(Portal(_PORTAL, detail="PAGE-CURSOR"))
        return page

    def answer(self, body: bytes, token: str, asked: bytes) -> None:
        """Check that the centre signed these exact bytes as the answer to this exact question.

        Raises:
            LineError: unsigned, another key, another content, or the answer to something else.
        """
        self.body(body, token, asked)

    def body(self, body: bytes, token: str, asked: bytes = b"") -> str:
        """Check that the centre signed these exact bytes; return the cursor signed with them.

        Raises:
            LineError: unsigned, another key, or another content.
        """
        payload = self._believed(token, PAGE_TYP)
        if payload.get("sha256") != sha256_hex(body):
            raise LineError(Portal(_PORTAL, detail="PAGE-HASH"))
        if asked and payload.get("asked") != sha256_hex(asked):
            raise LineError(Portal(_PORTAL, detail="ANSWER-OTHER"))
        return str(payload.get("cursor", ""))

    def result(self, token: str) -> OpResult | None:
        """Return a signed result, or ``None`` when it is not the centre's word."""
        try:
            return OpResult.model_validate(self.payload(token, RESULT_TYP))
        except (SignatureError, ValidationError):
            return None

    def has_blob(self, token: str, blob_id: str) -> bool:
        """Tell whether a token is the centre's word that it holds this page, verified."""
        try:
            receipt = BlobReceipt.model_validate(self.payload(token, BLOB_TYP))
        except (SignatureError, ValidationError):
            return False
        return receipt.blob_id == blob_id

    def manifest(self, token: str) -> CatalogManifest | None:
        """Return a signed catalogue version, or ``None`` when it is not the centre's word."""
        try:
            return CatalogManifest.model_validate(self.payload(token, CATALOG_TYP))
        except (SignatureError, ValidationError):
            return None

    def edge(self, token: str, certificate: str, typ: str) -> dict[str, Json]:
        """Return the content of a token signed by an edge host the centre certified.

        Raises:
            SignatureError: not of such a host.
        """
        try:
            host = Certificate.model_validate(self.payload(certificate, CERT_TYP))
        except ValidationError as error:
            raise _no_edge() from error
        if host.counter_no != EDGE_WINDOW:
            raise _no_edge()
        return verify_json(token, host.public_key, typ)

    def stored(self, token: str, certificate: str) -> tuple[Stored, str] | None:
        """Return what an edge host says it keeps and the host's key id, or ``None``."""
        try:
            said = Stored.model_validate(self.edge(token, certificate, STORED_TYP))
        except (SignatureError, ValidationError):
            return None
        return said, str(self.payload(certificate, CERT_TYP)["kid"])

    def token(self, token: str, typ: str) -> dict[str, Json]:
        """Return the content of a token the centre signed.

        Raises:
            LineError: unsigned, or another key.
        """
        return self._believed(token, typ)

    def _believed(self, token: str, typ: str) -> dict[str, Json]:
        if not token:
            raise LineError(Portal(_PORTAL, detail="UNSIGNED"))
        try:
            return self.payload(token, typ)
        except SignatureError as error:
            if error.code == "SIG-FORM":
                raise LineError(Portal(_PORTAL, detail=error.code)) from error
            raise LineError(WrongKey(_WRONG_KEY, detail=error.code)) from error


def _no_edge() -> SignatureError:
    return SignatureError(
        code="SIG-KEY",
        what="签名的不是中心登记的本厅主机。",
        safe="本机数据没有改动。",
        todo="请报告管理员。",
    )


def settled(result: OpResult, token: str) -> SettledResult:
    """Return the stored form of a verified result."""
    return SettledResult(
        op_id=result.op_id,
        status=result.status,
        code=result.code,
        message=result.message,
        field=result.field,
        rev=result.rev,
        human_no=result.human_no,
        missing_blobs=result.missing_blobs,
        token=token,
    )
