# SPDX-License-Identifier: MulanPSL-2.0
"""A minimal signed device for contract tests: keys, enrolment, operations, requests."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

import httpx

from counter.domain.bodies import CaseReceived
from counter.domain.catalog import Item
from counter.domain.numbers import make_receipt_no, tag_source
from counter.domain.operations import Operation
from counter.domain.sample import generate_valid
from counter.domain.signing import SigningKey, sign_json, verify_json
from sync.protocol.http_signing import signed_headers
from sync.protocol.wire import (
    ENROL_TYP,
    RESULT_TYP,
    EnrolReply,
    FeedRecord,
    OpResult,
    PullPage,
    PushTail,
)

CLERK = "7K2QM-0312"
BEIJING = timezone(timedelta(hours=8))


def uuid7() -> str:
    """Return a UUIDv7."""
    value = (int(time.time() * 1000) << 80) | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF000 << 64) | (0x7000 << 64)
    value = value & ~(0xC000 << 48) | (0x8000 << 48)
    return str(uuid.UUID(int=value))


def now() -> str:
    """Return the present moment in Chinese standard time."""
    return datetime.now(BEIJING).isoformat(timespec="milliseconds")


@dataclass
class Reply:
    """What came back of a push; ``tail`` is missing when the reply was cut."""

    results: list[OpResult]
    tail: PushTail | None


@dataclass
class FakeDevice:
    """One counter with its own keys, chain and numbers.

    Use ``enrol`` first, then ``operation`` / ``received`` to make signed operations and ``push``.
    """

    url: str
    device_id: str = field(default_factory=uuid7)
    key: SigningKey = field(default_factory=lambda: SigningKey.generate(uuid7()))
    epoch: int = 0
    seq: int = 0
    prev_hash: str = "0" * 64
    enrolment: EnrolReply | None = None

    @property
    def centre_key(self) -> str:
        """The centre's public key, hex."""
        assert self.enrolment is not None
        return self.enrolment.centre_keys[0].public_key

    def enrol_body(self, code: str) -> dict[str, Any]:
        """Return the enrolment request."""
        proof = sign_json({"code": code, "device_id": self.device_id}, self.key, ENROL_TYP)
        return {
            "code": code,
            "device_id": self.device_id,
            "kid": self.key.kid,
            "public_key": self.key.public_hex,
            "device_name": "练习窗口",
            "proof": proof,
        }

    def enrol(self, code: str) -> EnrolReply:
        """Enrol and remember the answer."""
        reply = httpx.post(f"{self.url}/v1/enrol", json=self.enrol_body(code), trust_env=False)
        assert reply.status_code == 200, reply.text
        self.enrolment = EnrolReply.model_validate_json(reply.content)
        self.epoch = self.enrolment.epoch
        return self.enrolment

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send one signed request."""
        url = f"{self.url}{path}"
        head = signed_headers(method, url, dict(headers or {}), body, self.key)
        return httpx.request(method, url, content=body, headers=head, trust_env=False, timeout=20)

    def operation(
        self,
        kind: str,
        entity_id: str,
        body: dict[str, Any],
        *,
        entity: str = "case",
        operator: str = CLERK,
        **more: Any,
    ) -> Operation:
        """Make the next operation of the chain."""
        self.seq += 1
        operation = Operation.model_validate(
            {
                "op_id": uuid7(),
                "device_id": self.device_id,
                "epoch": self.epoch,
                "seq": self.seq,
                "prev_hash": self.prev_hash,
                "actor": {
                    "operator": operator,
                    "session": "s1",
                    "authn": "offline",
                    "authn_age_s": 60,
                },
                "kind": kind,
                "entity": entity,
                "entity_id": entity_id,
                "versions": {"catalog": "1"},
                "time": {"wall": now(), "boot_id": "b1", "mono_ms": 1},
                "body": body,
                **more,
            }
        )
        self.prev_hash = operation.op_hash()
        return operation

    def received(
        self, item: Item, code_lists: Mapping[str, Mapping[str, str]], rng: Random, **more: Any
    ) -> Operation:
        """Make a valid case.received of a real item, by chance from ``rng``."""
        moment = datetime.now(BEIJING)
        draft = generate_valid(item, rng, moment.date(), code_lists=code_lists)
        assert self.enrolment is not None
        hall = self.enrolment.hall
        op_id = uuid7()
        source = tag_source(op_id, self.device_id, self.prev_hash, self.seq + 1)
        body = CaseReceived(
            receipt_no=make_receipt_no(
                hall.hall_code, hall.counter_no, moment.date(), self.seq + 1, source
            ),
            query_code="123456",
            item_code=item.item_code,
            item_version=item.task_version,
            applicant=draft.applicant,
            agent=draft.agent,
            answers=draft.answers,
            form=draft.form,
            materials=tuple(draft.materials.values()),
            received_at=moment.isoformat(timespec="seconds"),
            answer_due=(moment.date() + timedelta(days=7)).isoformat(),
        )
        refs = {
            page.blob_id: {
                "blob_id": page.blob_id,
                "size": page.size,
                "role": material.key,
                "media_type": page.media_type,
            }
            for material in draft.materials.values()
            for page in material.pages
        }
        return self.operation(
            "case.received",
            uuid7(),
            body.model_dump(mode="json"),
            op_id=op_id,
            blobs=tuple(refs.values()),
            **more,
        )

    def push(self, operations: Iterable[Operation | str]) -> Reply:
        """Push operations (or ready tokens) and verify every result's signature."""
        tokens = [op if isinstance(op, str) else op.sign(self.key) for op in operations]
        body = json.dumps({"device_id": self.device_id, "epoch": self.epoch, "ops": tokens})
        reply = self.request(
            "POST", "/v1/sync/push", body.encode(), {"Content-Type": "application/json"}
        )
        assert reply.status_code == 200, reply.text
        return self.read_push(reply.content)

    def read_push(self, content: bytes) -> Reply:
        """Read the whole lines of a push reply."""
        results: list[OpResult] = []
        tail = None
        for line in content.splitlines():
            value = json.loads(line)
            if "tail" in value:
                tail = PushTail.model_validate(value["tail"])
            else:
                payload = verify_json(value["result"], self.centre_key, RESULT_TYP)
                results.append(OpResult.model_validate(payload))
        return Reply(results, tail)

    def pull(self, cursor: str = "", scopes: str = "", limit: int = 200) -> PullPage:
        """Pull one page."""
        query = f"?cursor={cursor}&limit={limit}" + (f"&scopes={scopes}" if scopes else "")
        reply = self.request("GET", f"/v1/sync/pull{query}")
        assert reply.status_code == 200, reply.text
        return PullPage.model_validate_json(reply.content)

    def pull_to_the_end(self) -> list[FeedRecord]:
        """Pull every page; a page is also cut by its size, not by ``limit`` alone."""
        records: list[FeedRecord] = []
        page = self.pull()
        records += page.records
        while page.more:
            page = self.pull(page.cursor)
            records += page.records
        return records
