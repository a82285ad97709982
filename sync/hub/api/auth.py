# SPDX-License-Identifier: MulanPSL-2.0
"""Who is calling: the device signature of RFC 9421, or the back office's bearer token."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from sync.hub.api.limits import RateLimiter
from sync.hub.centre import Centre
from sync.hub.storage import halls
from sync.hub.storage.halls import Device
from sync.hub.storage.nonces import NonceStore
from sync.protocol import errors
from sync.protocol.compression import CompressionError, TooLargeError, decompress
from sync.protocol.dictionaries import DICT_ID_HEADER, known
from sync.protocol.errors import ProblemError
from sync.protocol.http_signing import RequestSignatureError, UnknownKeyError, verify_request


@dataclass
class Gate:
    """What the routes share; hangs at ``app.state.gate``."""

    centre: Centre
    nonces: NonceStore
    devices: RateLimiter
    strangers: RateLimiter


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


async def read_body(request: Request, limit: int) -> bytes:
    """Read the content, never holding more than ``limit`` bytes.

    Raises:
        ProblemError: 413 too long, 400 cut off.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise ProblemError(413, errors.TOO_LARGE)
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise ProblemError(413, errors.TOO_LARGE)
            parts.append(part)
    except ClientDisconnect as error:
        raise ProblemError(400, errors.BAD_BODY, "请求没有传完。") from error
    return b"".join(parts)


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
    return Signed(gate.centre, device, kid, raw, _decoded(request, raw, limits.unpacked))


def _authenticate(gate: Gate, request: Request, raw: bytes) -> tuple[Device, str]:
    target = request.scope["raw_path"].decode("latin-1")
    if query := request.scope["query_string"].decode("latin-1"):
        target = f"{target}?{query}"
    with gate.centre.database.read() as tx:

        def find(kid: str) -> str | None:
            key = halls.key(tx, kid)
            return key.public_key if key else None

        try:
            signer = verify_request(request.method, target, request.headers, raw, find)
        except UnknownKeyError as error:
            raise ProblemError(401, errors.UNKNOWN_DEVICE, "这台设备没有在中心登记。") from error
        except RequestSignatureError as error:
            raise ProblemError(401, errors.UNSIGNED, "请求没有正确的设备签名。") from error
        key = halls.key(tx, signer.kid)
        device = halls.device(tx, key.device_id) if key else None
    if device is None:
        raise ProblemError(401, errors.UNKNOWN_DEVICE, "这台设备没有在中心登记。")
    if wait := gate.devices.wait_for(device.device_id):
        raise ProblemError(429, errors.TOO_MANY, retry_after_s=wait)
    if not gate.nonces.timely(signer.created):
        raise ProblemError(401, errors.STALE, "请求的签名时间和中心相差太大。")
    if not gate.nonces.fresh(signer.kid, signer.nonce):
        raise ProblemError(401, errors.REPLAYED, "同一个请求不能用两次。")
    return device, signer.kid


def _decoded(request: Request, raw: bytes, limit: int) -> bytes:
    encoding = request.headers.get("content-encoding", "identity").lower()
    dict_id = request.headers.get(DICT_ID_HEADER, "")
    dictionary = known().get(dict_id)
    if dict_id and dictionary is None:
        raise ProblemError(415, errors.DICTIONARY, "中心没有这个压缩字典。")
    if encoding == "identity":
        return raw
    if encoding != "zstd":
        raise ProblemError(415, errors.ENCODING, headers={"Accept-Encoding": "zstd"})
    try:
        return decompress(raw, limit=limit, dictionary=dictionary)
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


def back_office(request: Request) -> Centre:
    """Dependency of the administrative routes: the bearer token made at init.

    Raises:
        ProblemError: 401.
    """
    centre = centre_of(request)
    given = request.headers.get("authorization", "").encode("latin-1", "replace")
    if not hmac.compare_digest(given, f"Bearer {centre.keys.admin_token}".encode()):
        raise ProblemError(401, "admin_token", headers={"WWW-Authenticate": "Bearer"})
    return centre
