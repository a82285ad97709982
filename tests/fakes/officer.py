# SPDX-License-Identifier: MulanPSL-2.0
"""Somebody of the back office with a key of their own, calling the administrative routes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx

from counter.domain.signing import SigningKey
from sync.hub.centre import Centre
from sync.hub.handlers.administration import ROLES, new_admin_key
from sync.protocol.http_signing import ADMIN_TAG, signed_headers


@dataclass(frozen=True)
class FakeOfficer:
    """Signs requests with a person's key."""

    url: str
    key: SigningKey

    @classmethod
    def of(
        cls, centre: Centre, url: str, name: str = "赵主任", roles: tuple[str, ...] = ROLES
    ) -> FakeOfficer:
        """Return one whose key the centre knows."""
        return cls(url, new_admin_key(centre, name, roles))

    def request(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Send one signed request; ``body`` travels as JSON."""
        url = f"{self.url}/v1/admin{path}"
        content = None if body is None else json.dumps(body).encode()
        head = signed_headers(method, url, {}, content, self.key, tag=ADMIN_TAG)
        return httpx.request(
            method, url, content=content, headers=head, trust_env=False, timeout=20
        )
