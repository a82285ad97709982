# SPDX-License-Identifier: MulanPSL-2.0
"""Who is calling: a device or somebody of the back office, each by a signature of RFC 9421."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from sync.hub.api.bodies import read_body
from sync.hub.api.limits import RateLimiter
from sync.hub.centre import Centre, Doer
from sync.hub.handlers import packing
from sync.hub.storage import admins, halls
from sync.hub.storage.admins import AdminKey
from sync.hub.storage.halls import Device
from sync.hub.storage.nonces import Nonces
from sync.protocol import errors
from sync.protocol.compression import CompressionError, TooLargeError, decompress
from sync.protocol.dictionaries import DICT_ID_HEADER
from sync.protocol.errors import ProblemError
from sync.protocol.http_signing import (
    ADMIN_TAG,
    TAG,
    RequestSignatureError,
    Signer,
    UnknownKeyError,
    verify_request,
)


@dataclass
class Gate:
    """What the routes share; hangs at ``app.state.gate``."""

    centre: Centre
    nonces: Nonces
    devices: RateLimiter
    strangers: RateLimiter
    pings: RateLimiter


@dataclass(frozen=True)
class Signed:
    """A request whose device is known; ``body`` is decoded content, ``raw`` as it travelled."""

    centre: Centre
    device: Device
    kid: str
    raw: bytes
    body: bytes


def gate_of(request: Request) -> Gate:
    """Return the gate of the application."""
    gate = request.app.state.gate
    if not isinstance(gate, Gate):
        raise TypeError
    return gate


def centre_of(request: Request) -> Centre:
    """Return the centre of the application."""
    return gate_of(request).centre


async def signed_request(request: Request) -> Signed:
    """Dependency: the verified device and content of a request.

    Raises:
        ProblemError: 401 unsigned or unknown, 403 revoked, 413, 415, 429.
    """
    signed = await sending_request(request)
    if signed.device.revoked_at:
        raise ProblemError(403, errors.REVOKED, "这台设备已停用，请联系管理员。")
    return signed


async def sending_request(request: Request) -> Signed:
    """Dependency of the rescue lane (§12): what a revoked device still *sends* is taken.

    Its operations are verified and held; it gets no data of others.

    Raises:
        ProblemError: 401 unsigned or unknown, 413, 415, 429.
    """
    gate = gate_of(request)
    limits = gate.centre.limits
    raw = await read_body(request, max(limits.body, limits.chunk))
    device, kid = await run_in_threadpool(_authenticate, gate, request, raw)
    body = await run_in_threadpool(_decoded, gate.centre, request, raw)
    return Signed(gate.centre, device, kid, raw, body)


def _authenticate(gate: Gate, request: Request, raw: bytes) -> tuple[Device, str]:
    with gate.centre.database.read() as tx:

        def find(kid: str) -> str | None:
            key = halls.key(tx, kid)
            return key.public_key if key else None

        signer = _verified(request, raw, find, TAG)
        key = halls.key(tx, signer.kid)
        device = halls.device(tx, key.device_id) if key else None
    if device is None:
        raise ProblemError(401, errors.UNKNOWN_DEVICE, "这台设备没有在中心登记。")
    _admit(gate, signer, device.device_id)
    return device, signer.kid


def _verified(request: Request, raw: bytes, find: Callable[[str], str | None], tag: str) -> Signer:
    target = request.scope["raw_path"].decode("latin-1")
    if query := request.scope["query_string"].decode("latin-1"):
        target = f"{target}?{query}"
    try:
        return verify_request(request.method, target, request.headers, raw, find, tag=tag)
    except UnknownKeyError as error:
        raise ProblemError(401, errors.UNKNOWN_DEVICE, "这把钥匙没有在中心登记。") from error
    except RequestSignatureError as error:
        raise ProblemError(401, errors.UNSIGNED, "请求没有正确的签名。") from error


def _admit(gate: Gate, signer: Signer, caller: str) -> None:
    """Refuse what comes too often, too late or twice."""
    if wait := gate.devices.wait_for(caller):
        raise ProblemError(429, errors.TOO_MANY, retry_after_s=wait)
    if not gate.nonces.timely(signer.created):
        raise ProblemError(401, errors.STALE, "请求的签名时间和中心相差太大。")
    if not gate.nonces.fresh(signer.kid, signer.nonce):
        raise ProblemError(401, errors.REPLAYED, "同一个请求不能用两次。")


def _decoded(centre: Centre, request: Request, raw: bytes) -> bytes:
    encoding = request.headers.get("content-encoding", "identity").lower()
    dict_id = request.headers.get(DICT_ID_HEADER, "")
    dictionary = packing.find(centre, dict_id)
    if dict_id and dictionary is None:
        raise ProblemError(415, errors.DICTIONARY, "中心没有这个压缩字典。")
    if encoding == "identity":
        return raw
    if encoding != "zstd":
        raise ProblemError(415, errors.ENCODING, headers={"Accept-Encoding": "zstd"})
    try:
        return decompress(raw, limit=centre.limits.unpacked, dictionary=dictionary)
    except TooLargeError as error:
        raise ProblemError(413, errors.TOO_LARGE) from error
    except CompressionError as error:
        raise ProblemError(400, errors.BAD_BODY, "压缩内容已损坏。") from error


def limit_strangers(request: Request) -> None:
    """Dependency of routes without signature: slow down guessing.

    Raises:
        ProblemError: 429.
    """
    caller = request.client.host if request.client else ""
    if wait := gate_of(request).strangers.wait_for(caller):
        raise ProblemError(429, errors.TOO_MANY, retry_after_s=wait)


def limit_pings(request: Request) -> None:
    """Dependency of the ping: cheap to ask, but each answer is signed.

    Raises:
        ProblemError: 429.
    """
    caller = request.client.host if request.client else ""
    if wait := gate_of(request).pings.wait_for(caller):
        raise ProblemError(429, errors.TOO_MANY, retry_after_s=wait)


@dataclass(frozen=True)
class Officer:
    """A verified request of the back office; ``body`` is its content, ``centre`` knows who acts."""

    centre: Centre
    name: str
    body: bytes


def officer(role: str) -> Callable[[Request], Awaitable[Officer]]:
    """Return the dependency of routes for one role: ``office`` (cases) or ``admin`` (the hub)."""

    async def signed_by_officer(request: Request) -> Officer:
        """Find who signed.

        Raises:
            ProblemError: 401 unsigned, unknown or revoked key; 403 another role; 413, 429.
        """
        gate = gate_of(request)
        raw = await read_body(request, gate.centre.limits.unpacked)
        key = await run_in_threadpool(_officer_key, gate, request, raw)
        if role not in key.roles:
            raise ProblemError(403, "role", "这把钥匙没有这项权限。")
        request.state.officer = key.kid  # the log says with which key it was done
        return Officer(replace(gate.centre, doer=Doer(key.kid, key.name)), key.name, raw)

    return signed_by_officer


def _officer_key(gate: Gate, request: Request, raw: bytes) -> AdminKey:
    with gate.centre.database.read() as tx:

        def find(kid: str) -> str | None:
            key = admins.key(tx, kid)
            return key.public_key if key and not key.revoked_at else None

        signer = _verified(request, raw, find, ADMIN_TAG)
        key = admins.key(tx, signer.kid)
    if key is None:
        raise ProblemError(401, errors.UNKNOWN_DEVICE)
    _admit(gate, signer, f"admin {key.kid}")
    return key


def monitoring(request: Request) -> Centre:
    """Dependency of /metrics: the bearer token of the monitoring, which reads nothing else.

    Raises:
        ProblemError: 401.
    """
    centre = centre_of(request)
    given = request.headers.get("authorization", "").encode("latin-1", "replace")
    if not hmac.compare_digest(given, f"Bearer {centre.keys.metrics_token}".encode()):
        raise ProblemError(401, "metrics_token", headers={"WWW-Authenticate": "Bearer"})
    return centre
