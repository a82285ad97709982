# SPDX-License-Identifier: MulanPSL-2.0
"""RFC 9421 request signatures: the *device* authenticates the transport (sync-protocol §2).

Covered are the method, the path, the query, the content digest (RFC 9530) and the headers of
``COVERED_HEADERS`` that are present. The authority is left out on purpose: the same hub is
reached by several addresses (hall proxy, relay, port forwarding). A nonce is good once, and a
request for the minutes a hub remembers nonces.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)

from counter.domain.signing import SigningKey

TAG = "yc-sync"
ADMIN_TAG = "yc-admin"  # the back office: another kind of key, never taken for a device's
LABEL = "d"
NONCE_BYTES = 12  # good once a key; 96 bits do not meet by chance
BASE_COMPONENTS = ("@method", "@path")
COVERED_HEADERS = (
    "content-encoding",
    "upload-offset",
    "upload-length",
    "upload-metadata",
    "upload-checksum",
)


class RequestSignatureError(Exception):
    """The request is not signed as it must be; the text names no personal data."""


@dataclass
class _Message:
    method: str
    url: str
    headers: MutableMapping[str, str]


@dataclass(frozen=True)
class Signer:
    """What a verified request says of its maker."""

    kid: str
    nonce: str
    created: int


class _OneKey(HTTPSignatureKeyResolver):
    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:
        return self._private


class _Lookup(HTTPSignatureKeyResolver):
    def __init__(self, find: Callable[[str], str | None]) -> None:
        self._find = find

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey:
        public_hex = self._find(key_id)
        if public_hex is None:
            raise UnknownKeyError(key_id)
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_hex))


class UnknownKeyError(RequestSignatureError):
    """No device has this key id."""


class _Verifier(HTTPMessageVerifier):
    def validate_created_and_expires(
        self, sig_input: object, max_age: timedelta | None = None
    ) -> None:
        # The hub judges the time itself: it must say "stale" and not "unsigned".
        return


def _components(headers: Mapping[str, str], query: str) -> tuple[str, ...]:
    """Return what must be signed.

    Without a query there is nothing to cover: one added on the way makes the verifier ask for it,
    and the signature fails.
    """
    present = {name.lower() for name in headers}
    covered = tuple(name for name in COVERED_HEADERS if name in present)
    return BASE_COMPONENTS + (("@query",) if query else ()) + covered


def signed_headers(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    key: SigningKey,
    *,
    created: datetime | None = None,
    tag: str = TAG,
) -> dict[str, str]:
    """Return ``headers`` with Content-Digest, Signature-Input and Signature added.

    Args:
        method: HTTP method.
        url: Absolute, encoded URL that will be requested.
        headers: Headers that will be sent; those of ``COVERED_HEADERS`` are signed.
        body: Exact bytes of the content (after Content-Encoding); ``None`` without content.
        key: The device key; its ``kid`` becomes ``keyid``.
        created: Time of signing by the *centre's* clock as far as it is known: a counter's own may
            be years off (sync-protocol §8), and the centre takes a request for some minutes only.
        tag: Which kind of key signs.
    """
    message = _Message(method.upper(), url, dict(headers))
    HTTPMessageSigner(
        signature_algorithm=algorithms.ED25519, key_resolver=_OneKey(key.private)
    ).sign(
        message,
        key_id=key.kid,
        created=created or datetime.now(UTC),
        nonce=secrets.token_urlsafe(NONCE_BYTES),
        label=LABEL,
        include_alg=False,  # the key says it; these bytes travel with every request
        tag=tag,
        covered_component_ids=_components(headers, urlsplit(url).query),
        body=body,
    )
    return dict(message.headers)


def verify_request(
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes,
    find_key: Callable[[str], str | None],
    *,
    tag: str = TAG,
) -> Signer:
    """Verify the signature of a received request and return its maker.

    Args:
        method: HTTP method.
        target: Path with query as received (encoded).
        headers: All headers.
        body: Content as received, before decoding.
        find_key: Public key (hex) for a key id, or ``None``.
        tag: Which kind of key must have signed.

    Raises:
        UnknownKeyError: the key id belongs to nobody.
        RequestSignatureError: missing, wrong or incomplete signature.
    """
    parts = urlsplit(target)
    query = f"?{parts.query}" if parts.query else ""
    message = _Message(method, f"http://hub{parts.path}{query}", dict(headers))
    unknown: list[str] = []

    def find(kid: str) -> str | None:
        found = find_key(kid)
        if found is None:
            unknown.append(kid)
        return found

    try:
        results = _Verifier(
            signature_algorithm=algorithms.ED25519, key_resolver=_Lookup(find)
        ).verify(
            message,
            max_age=None,
            expect_tag=tag,
            require_components=_components(headers, parts.query),
            body=body,
        )
    except InvalidSignature as error:
        if unknown:
            raise UnknownKeyError from error
        raise RequestSignatureError from error
    except Exception as error:
        raise RequestSignatureError from error
    parameters = results[0].parameters
    nonce, created = results[0].nonce, parameters.get("created", 0)
    if not nonce or len(nonce) > 128:
        raise RequestSignatureError
    return Signer(str(parameters["keyid"]), nonce, created if isinstance(created, int) else 0)
