# SPDX-License-Identifier: MulanPSL-2.0
"""Types of the part of http-message-signatures that sync.protocol.http_signing uses."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

class HTTPMessageSignaturesException(Exception): ...
class InvalidSignature(HTTPMessageSignaturesException): ...
class HTTPSignatureAlgorithm: ...

class _Algorithms:
    ED25519: type[HTTPSignatureAlgorithm]

algorithms: _Algorithms

class HTTPSignatureKeyResolver:
    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey: ...
    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey: ...

class VerifyResult:
    covered_components: dict[str, str]
    parameters: dict[str, int | str]
    body: bytes | None
    nonce: str | None

class HTTPMessageSigner:
    def __init__(
        self,
        *,
        signature_algorithm: type[HTTPSignatureAlgorithm],
        key_resolver: HTTPSignatureKeyResolver | None = None,
    ) -> None: ...
    def sign(
        self,
        message: object,
        *,
        key_id: str,
        created: datetime | None = None,
        nonce: str | None = None,
        label: str | None = None,
        tag: str | None = None,
        include_alg: bool = ...,
        covered_component_ids: Sequence[str] = ...,
        body: bytes | None = None,
    ) -> None: ...

class HTTPMessageVerifier:
    def __init__(
        self,
        *,
        signature_algorithm: type[HTTPSignatureAlgorithm],
        key_resolver: HTTPSignatureKeyResolver | None = None,
    ) -> None: ...
    def validate_created_and_expires(
        self, sig_input: object, max_age: timedelta | None = None
    ) -> None: ...
    def verify(
        self,
        message: object,
        *,
        max_age: timedelta | None = ...,
        expect_tag: str | None = None,
        require_components: Sequence[str] = (),
        body: bytes | None = None,
    ) -> list[VerifyResult]: ...
