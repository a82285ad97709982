# SPDX-License-Identifier: MulanPSL-2.0
"""Figures for the monitoring (Prometheus) and one line in the log per request.

Neither holds a device, a person, a path or an address: routes by their pattern, statuses, times.
With several workers the library keeps each one's figures in files (``PROMETHEUS_MULTIPROC_DIR``).
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.hub.centre import Centre
from sync.hub.storage import feed, figures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SHARED = "PROMETHEUS_MULTIPROC_DIR"
_LANES = ("push", "pull", "snapshot", "checkin", "blobs", "enrol", "ping", "admin", "bundles")
_log = logging.getLogger("sync.hub.access")
_registry = CollectorRegistry()
_seconds = Histogram(
    "hub_request_seconds",
    "Time of a request, by lane, until its answer was sent",
    ["lane", "method"],
    buckets=(0.005, 0.02, 0.05, 0.1, 0.3, 1, 3, 10, 30),
    registry=_registry,
)
_requests = Counter(
    "hub_requests", "Requests by lane and status", ["lane", "status"], registry=_registry
)
_received = Counter("hub_received_bytes", "Bytes of bodies by lane", ["lane"], registry=_registry)


class _Kept:
    """What the database holds, asked when the monitoring asks."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre

    def collect(self) -> Iterator[Metric]:
        with self._centre.database.read() as tx:
            ops, held = figures.ops(tx), figures.held(tx)
            plain = {**figures.sizes(tx), "hub_feed_change_no": feed.head(tx)}
        yield _family("hub_ops", "Operations by status", "status", ops)
        yield _family("hub_held", "Operations that are held, by reason", "code", held)
        for name, value in plain.items():
            yield GaugeMetricFamily(name, name.removeprefix("hub_").replace("_", " "), value)


def _family(name: str, words: str, label: str, values: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def text(centre: Centre) -> bytes:
    """Return all figures in the text format of Prometheus."""
    kept = CollectorRegistry()
    kept.register(_Kept(centre))
    requests = _registry
    if os.environ.get(SHARED):
        requests = CollectorRegistry()
        shared: Any = MultiProcessCollector  # the library has no types here
        shared(requests)
    return generate_latest(requests) + generate_latest(kept)


class Measured:
    """Counts and times every request of an application."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note how it went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, size = time.perf_counter(), 499, 0

        async def noting_receive() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            return message

        async def noting_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        try:
            await self._app(scope, noting_receive, noting_send)
        finally:
            route = getattr(scope.get("route"), "path", "")
            officer = scope.get("state", {}).get("officer", "")
            facts = {"bytes": size, **({"officer": officer} if officer else {})}
            self._note(scope["method"], route, status, facts, time.perf_counter() - began)

    def _note(
        self, method: str, route: str, status: int, facts: dict[str, Any], seconds: float
    ) -> None:
        lane = lane_of(route)
        method = method if method in {"GET", "POST", "HEAD", "PATCH", "DELETE"} else "other"
        _seconds.labels(lane, method).observe(seconds)
        _requests.labels(lane, str(status)).inc()
        _received.labels(lane).inc(facts["bytes"])
        _log.info(
            "request",
            extra={
                "facts": {
                    "method": method,
                    "route": route or "?",
                    "status": status,
                    **facts,
                    "ms": round(seconds * 1000, 1),
                }
            },
        )


def lane_of(route: str) -> str:
    """Return the lane a route belongs to; ``other`` for what is nobody's."""
    parts = route.strip("/").split("/")
    return next((lane for lane in _LANES if lane in parts[1:3]), "other")
