# SPDX-License-Identifier: MulanPSL-2.0
"""schemathesis drives every route of the contract: no 5xx, no undocumented status or content."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from http_message_signatures import HTTPMessageSignaturesException
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import APIOperation, Case, SerializationContext
from schemathesis.core.result import Ok

from sync.hub.centre import Limits
from sync.protocol.http_signing import ADMIN_TAG, TAG, signed_headers
from sync.protocol.tus import CHUNK_TYPE
from sync.protocol.wire import PROBLEM_JSON, Problem
from tests.fakes.device import FakeDevice
from tests.fakes.hub import RunningHub
from tests.fakes.officer import FakeOfficer

EXAMPLES = int(os.environ.get("OPENAPI_EXAMPLES", "4"))  # of each operation; more for a release
_NOT_SENT = frozenset({"signature", "signature-input", "content-length", "content-digest"})


@schemathesis.serializer(CHUNK_TYPE)
def as_chunk(_context: SerializationContext, value: object) -> bytes:
    """Send generated content of an upload as it is."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@dataclass(frozen=True)
class Callers:
    """A hub and those who may call it."""

    hub: RunningHub
    device: FakeDevice
    officer: FakeOfficer

    def call(self, case: Case[Any]) -> httpx.Response:
        """Send a generated request, signed by who may call its route."""
        parts = case.as_transport_kwargs(base_url=self.hub.url)
        parts.pop("timeout", None)
        made = requests.Request(**parts).prepare()
        body = made.body.encode() if isinstance(made.body, str) else made.body
        assert body is None or isinstance(body, bytes)
        head = {str(k): str(v) for k, v in made.headers.items() if k.lower() not in _NOT_SENT}
        path, admin = case.operation.path, case.operation.path.startswith("/v1/admin")
        key, tag = (self.officer.key, ADMIN_TAG) if admin else (self.device.key, TAG)
        method, url = str(made.method), str(made.url)
        try:
            head = signed_headers(method, url, head, body, key, tag=tag)
        except HTTPMessageSignaturesException:
            head.clear()  # a header that cannot be signed: sent bare, it must be refused well
        if path == "/metrics":
            head["Authorization"] = f"Bearer {self.hub.centre.keys.metrics_token}"
        return httpx.request(method, url, content=body, headers=head, trust_env=False, timeout=20)


def fault(case: Case[Any], reply: httpx.Response) -> str:
    """Say what of an answer the contract does not allow, '' when all is well."""
    documented = case.operation.definition.raw["responses"]
    if reply.status_code >= 500 or str(reply.status_code) not in documented:
        return f"{reply.status_code} {reply.text[:200]}"
    if reply.status_code >= 400 and reply.request.method != "HEAD":
        if reply.headers.get("content-type") != PROBLEM_JSON:
            return f"{reply.status_code} is no problem document"
        Problem.model_validate_json(reply.content)
    return ""


def drive(callers: Callers, operation: APIOperation[Any, Any, Any, Any]) -> set[int]:
    """Call one operation with generated requests; return the statuses it gave."""
    seen: set[int] = set()

    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def once(case: Case[Any]) -> None:
        reply = callers.call(case)
        assert fault(case, reply) == "", f"{operation.method} {operation.path}"
        seen.add(reply.status_code)

    once()
    return seen


@pytest.mark.slow
def test_no_5xx_and_no_undocumented_answer(tmp_path: Path) -> None:
    generous = Limits(enrol_per_minute=60_000, requests_per_s=1e6, request_burst=1_000_000)
    with RunningHub(tmp_path, limits=generous) as hub:
        callers = Callers(hub, hub.new_device(), FakeOfficer.of(hub.centre, hub.url))
        document = httpx.get(f"{hub.url}/openapi.json", trust_env=False).json()
        found = schemathesis.openapi.from_dict(document).get_all_operations()
        statuses = {}
        for one in found:
            assert isinstance(one, Ok), one
            operation = one.ok()
            statuses[operation.label] = drive(callers, operation)
    assert len(statuses) > 30
    answered = [label for label, codes in statuses.items() if min(codes) < 300]
    assert len(answered) > 12, "the requests are good enough to get somewhere"
    print(statuses)
