# SPDX-License-Identifier: MulanPSL-2.0
"""What the OpenAPI document says of every route: bodies read raw, errors, who may call."""

from __future__ import annotations

from typing import Any, TypeAlias

from pydantic import BaseModel

from sync.protocol.errors import title_of
from sync.protocol.wire import PROBLEM_JSON

Responses: TypeAlias = dict[int | str, dict[str, Any]]
SIGNATURE = "signature"
ADMIN_SIGNATURE = "adminSignature"
METRICS_TOKEN = "metricsToken"  # noqa: S105 - the name of a scheme
SCHEMES = {
    SIGNATURE: {
        "type": "apiKey",
        "in": "header",
        "name": "Signature",
        "description": "RFC 9421, label d, tag yc-sync, Ed25519 key of the device (sync-protocol §2)",
    },
    ADMIN_SIGNATURE: {
        "type": "apiKey",
        "in": "header",
        "name": "Signature",
        "description": "RFC 9421, label d, tag yc-admin, Ed25519 key of a person at the centre",
    },
    METRICS_TOKEN: {"type": "http", "scheme": "bearer"},
}


def problems(*statuses: int) -> Responses:
    """Return the description of these errors, each a problem document (RFC 9457)."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        status: {"description": title_of(status), "content": {PROBLEM_JSON: schema}}
        for status in statuses
    }


# 400 and 413 come of reading a body, 503 of a database or store that does not answer.
OPEN_PROBLEMS = problems(400, 405, 413, 422, 429, 503)
DEVICE_PROBLEMS = OPEN_PROBLEMS | problems(401, 403, 415)
OFFICE_PROBLEMS = OPEN_PROBLEMS | problems(401, 403, 404, 409)
UPLOAD_PROBLEMS = DEVICE_PROBLEMS | problems(404, 409, 410, 412, 423, 460)


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the OpenAPI description of a body that is read raw (it is signed as bytes)."""
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}
            },
        }
    }


def headers_of(**patterns: str) -> dict[str, Any]:
    """Return the OpenAPI description of headers that a handler reads itself, by their pattern."""
    return {
        "parameters": [
            {
                "name": name.replace("_", "-"),
                "in": "header",
                "required": not pattern.endswith("?"),
                "schema": {"type": "string", "pattern": f"^{pattern.removesuffix('?')}$"},
            }
            for name, pattern in patterns.items()
        ]
    }


def secured(path: str) -> list[dict[str, list[str]]]:
    """Return what a route asks of its caller; empty for the few that are open."""
    if path in OPEN:
        return []
    if path == "/metrics":
        return [{METRICS_TOKEN: []}]
    return [{ADMIN_SIGNATURE if path.startswith("/v1/admin/") else SIGNATURE: []}]


# Life and readiness, the proof that it is the centre, and enrolment, which has its own proof.
OPEN = frozenset({"/healthz", "/readyz", "/v1/ping", "/v1/enrol", "/openapi.json"})
