# SPDX-License-Identifier: MulanPSL-2.0
"""The hub as an ASGI application."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from sync.hub.api import (
    admin_routes,
    blob_routes,
    bundle_routes,
    described,
    edge_routes,
    hall_routes,
    office_routes,
    problems,
    sync_routes,
)
from sync.hub.api.auth import Gate
from sync.hub.api.limits import RateLimiter
from sync.hub.centre import Centre
from sync.hub.storage.nonces import open_nonces
from sync.protocol.edge import EdgeAsk
from sync.protocol.wire import (
    CheckIn,
    EnrolRequest,
    HaveRequest,
    OpResult,
    Problem,
    PushLine,
    PushRequest,
)

_EXTRA_MODELS = (
    admin_routes.ActRequest,
    admin_routes.CodeRequest,
    admin_routes.PublishRequest,
    admin_routes.ReasonRequest,
    hall_routes.HallRequest,
    hall_routes.HoursRequest,
    hall_routes.LetGoRequest,
    hall_routes.OperatorRequest,
    office_routes.LeaseRequest,
    office_routes.ReviewRequest,
    office_routes.SlipRequest,
    CheckIn,
    EdgeAsk,
    EnrolRequest,
    HaveRequest,
    PushRequest,
    PushLine,
    OpResult,
    Problem,
)


def create_app(centre: Centre) -> FastAPI:
    """Return the application of a centre; the caller closes the centre."""
    app = FastAPI(title="YC-Sync 1", version="1", docs_url=None, redoc_url=None)
    limits = centre.limits
    app.state.gate = Gate(
        centre,
        open_nonces(centre.database, centre.data),
        RateLimiter(limits.requests_per_s, limits.request_burst),
        RateLimiter(limits.enrol_per_minute / 60, limits.enrol_per_minute),
        RateLimiter(limits.pings_per_s, limits.ping_burst),
    )
    problems.install(app)
    app.include_router(sync_routes.router)
    app.include_router(blob_routes.router)
    app.include_router(bundle_routes.router)
    app.include_router(edge_routes.router)
    app.include_router(admin_routes.router)
    app.include_router(office_routes.router)
    app.include_router(hall_routes.router)

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document with the models of bodies that are read raw."""
    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    _, schemas = models_json_schema(
        [(model, "validation") for model in _EXTRA_MODELS],
        ref_template="#/components/schemas/{model}",
    )
    components = document.setdefault("components", {}).setdefault("schemas", {})
    for name, schema in schemas.get("$defs", {}).items():
        components.setdefault(name, schema)
    document["components"]["securitySchemes"] = described.SCHEMES
    for path, verbs in document["paths"].items():
        for verb in verbs.values():
            verb["security"] = described.secured(path)
    return document
