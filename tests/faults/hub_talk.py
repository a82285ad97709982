# SPDX-License-Identifier: MulanPSL-2.0
"""What two counters tell a recorded centre, and what it promises them: each promise with a mark.

The mark is bytes of the answer that occur nowhere else, so that the recording shows when they left
the centre. ``steps`` is everything that was sent, to be sent again after a power cut.
"""

from __future__ import annotations

import hashlib
import json
import random
import threading
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from counter.domain.operations import Operation
from sync.protocol.wire import PAGE_SIGNATURE_HEADER, HaveReply, PullPage
from tests.fakes.device import FakeDevice, uuid7
from tests.fakes.hub import received_body

Row = dict[str, Any]
PLAIN = {"Accept-Encoding": "identity", "Content-Type": "application/json"}
TUS = {"Tus-Resumable": "1.0.0"}
CHUNK = {**TUS, "Content-Type": "application/offset+octet-stream"}


@dataclass(frozen=True)
class Sent:
    """One thing a counter sent: a code it enrolled with, operations, or a page."""

    device_id: str
    enrol: Row = field(default_factory=dict)
    ops: tuple[str, ...] = ()
    page: bytes = b""


@dataclass
class Talk:
    """Two counters at work; thread-safe in what it collects."""

    rng: random.Random
    steps: list[Sent] = field(default_factory=list)
    promises: list[tuple[bytes, Row]] = field(default_factory=list)
    devices: list[FakeDevice] = field(default_factory=list)
    sizes: set[int] = field(default_factory=set)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def enrol(self, url: str, code: str) -> FakeDevice:
        """Enrol a counter."""
        device = FakeDevice(url)
        body = device.enrol_body(code)
        self._sent(Sent(device.device_id, enrol=body))
        reply = device.enrol(code)
        facts = {"what": "device", "device_id": device.device_id, "epoch": reply.epoch}
        self._promised(reply.certificate.encode(), facts)
        self.devices.append(device)
        return device

    def work(self, device: FakeDevice, cases: int) -> None:
        """Take cases with pages and send everything, the pages now before, now after."""
        self._pull(device)
        for _ in range(cases):
            pages = [self._page() for _ in range(self.rng.randint(1, 2))]
            ops = [self._received(device, pages)]
            if self.rng.random() < 0.5:
                ops.append(self._received(device, []))
            if self.rng.random() < 0.3:
                ops.append(self._visit(device, ops[0]))
                ops.reverse()  # held until what it depends on is there
            early = self.rng.random() < 0.4
            for page in pages if early else ():
                self._upload(device, page)
            self._push(device, ops)
            for page in () if early else pages:
                self._upload(device, page)
            self._have(device, pages)
        self._pull(device)

    def _received(self, device: FakeDevice, pages: list[bytes]) -> Operation:
        item = "test_auto" if self.rng.random() < 0.3 else "test_card"
        refs = tuple(
            {
                "blob_id": hashlib.sha256(page).hexdigest(),
                "size": len(page),
                "role": "id_copy",
                "media_type": "image/jpeg",
            }
            for page in pages
        )
        return device.operation("case.received", uuid7(), received_body(item), blobs=refs)

    def _visit(self, device: FakeDevice, first: Operation) -> Operation:
        body = {"reason": "本人撤回", "withdrawn_at": received_body()["received_at"]}
        return device.operation("case.withdrawn", first.entity_id, body, depends_on=(first.op_id,))

    def _page(self) -> bytes:
        """Return a page of a length no other has, so that its last offset is a mark."""
        while (size := self.rng.randint(2_000, 90_000)) in self.sizes:
            pass
        self.sizes.add(size)
        return self.rng.randbytes(size)

    def _push(self, device: FakeDevice, ops: list[Operation]) -> None:
        tokens = tuple(op.sign(device.key) for op in ops)
        self._sent(Sent(device.device_id, ops=tokens))
        body = {"device_id": device.device_id, "epoch": device.epoch, "ops": tokens}
        reply = device.request("POST", "/v1/sync/push", json.dumps(body).encode(), PLAIN)
        assert reply.status_code == 200, reply.text
        lines = [json.loads(line) for line in reply.content.splitlines()]
        results = device.read_push(reply.content).results
        for line, result in zip(lines, results, strict=False):
            facts = {"what": "result", **result.model_dump(mode="json")}
            self._promised(str(line["result"]).encode(), facts)

    def _upload(self, device: FakeDevice, page: bytes) -> None:
        blob_id = hashlib.sha256(page).hexdigest()
        self._sent(Sent(device.device_id, page=page))
        meta = {"blob_id": blob_id, "media_type": "image/jpeg"}
        told = ",".join(f"{k} {b64encode(v.encode()).decode()}" for k, v in meta.items())
        whole = self.rng.random() < 0.5
        head = {**(CHUNK if whole else TUS), "Upload-Length": str(len(page))}
        head["Upload-Metadata"] = told
        reply = device.request("POST", "/v1/blobs", page if whole else b"", head)
        assert reply.status_code == 201, reply.text
        place, offset = reply.headers["location"], int(reply.headers["upload-offset"])
        mark = place.rpartition("/")[2]
        while offset < len(page):
            piece = page[offset : offset + self.rng.choice((16_384, 65_536))]
            head = {**CHUNK, "Upload-Offset": str(offset)}
            reply = device.request("PATCH", place.removeprefix(device.url), piece, head)
            assert reply.status_code == 204, reply.text
            offset = int(reply.headers["upload-offset"])
            mark = f"upload-offset: {offset}\r\n"
        self._promised(mark.encode(), {"what": "blob", "blob_id": blob_id})

    def _have(self, device: FakeDevice, pages: list[bytes]) -> None:
        ids = [hashlib.sha256(page).hexdigest() for page in pages]
        body = json.dumps({"blob_ids": ids}).encode()
        reply = device.request("POST", "/v1/blobs/have", body, PLAIN)
        bitmap = HaveReply.model_validate_json(reply.content).bitmap
        mark = reply.headers[PAGE_SIGNATURE_HEADER].encode()
        for blob_id, bit in zip(ids, bitmap, strict=True):
            if bit == "1":
                self._promised(mark, {"what": "blob", "blob_id": blob_id})

    def _pull(self, device: FakeDevice) -> None:
        cursor, more = "", True
        while more:
            path = f"/v1/sync/pull?cursor={cursor}&limit=200"
            reply = device.request("GET", path, None, {"Accept-Encoding": "identity"})
            page = PullPage.model_validate_json(reply.content)
            mark = reply.headers[PAGE_SIGNATURE_HEADER].encode()
            for record in page.records:
                key = [record.scope, record.kind, record.entity_id]
                facts = {"what": "feed", "key": key, "no": record.change_no, "rev": record.rev}
                self._promised(mark, facts)
            cursor, more = page.cursor, page.more

    def _sent(self, sent: Sent) -> None:
        with self.guard:
            self.steps.append(sent)

    def _promised(self, mark: bytes, facts: Row) -> None:
        with self.guard:
            self.promises.append((mark, facts))
