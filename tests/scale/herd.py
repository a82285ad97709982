# SPDX-License-Identifier: MulanPSL-2.0
"""Thousands of counters that come back at once after an outage, against a hub in processes.

Each does what a counter's worker does: a ping, a push of what waits, a pull to the end; every
request signed by its own key on a connection of its own, every result verified; after a failure it
waits as the real ``LanePolicy`` says. Time is real time.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import secrets
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from counter.domain.signing import verify_json
from sync.client.link import LanePolicy
from sync.protocol.http_signing import signed_headers
from sync.protocol.wire import RESULT_TYP, OpResult, PullPage
from tests.scale.population import VirtualCounter

TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Answer:
    """What came back; ``status`` 0 = no whole answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Tally:
    """What happened to all of them together."""

    answers: Counter[str] = field(default_factory=Counter)  # "push 200" → how often
    tries: list[int] = field(default_factory=list)  # refused before its turn, by counter
    waits: list[float] = field(default_factory=list)  # seconds from arrival to all done
    up: int = 0
    down: int = 0
    began: float = 0.0
    last_push: float = 0.0


class Herd:
    """The counters of one outage."""

    def __init__(self, url: str, centre_key: str, counters: list[VirtualCounter]) -> None:
        """Take the hub's address and the key its results are verified with."""
        parts = urlsplit(url)
        self._url, self._host, self._port = url, str(parts.hostname), int(parts.port or 80)
        self._centre_key = centre_key
        self._counters = counters
        self.tally = Tally()

    async def come_back(self, within_s: float, give_up_s: float, seed: int = 7) -> Tally:
        """Let all arrive evenly ``within_s``; return when all are done, or after ``give_up_s``."""
        rng = random.Random(seed)
        self.tally.began = time.monotonic()
        tasks = [
            asyncio.create_task(self._one(counter, rng.uniform(0, within_s), rng))
            for counter in self._counters
        ]
        _, late = await asyncio.wait(tasks, timeout=give_up_s)
        for task in late:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result
        return self.tally

    async def _one(self, one: VirtualCounter, arrives_s: float, rng: random.Random) -> None:
        await asyncio.sleep(arrives_s)
        arrived, policy, refused = time.monotonic(), LanePolicy(rng.random), 0
        for step in (self._ping, self._push, self._pull):
            while (answer := await step(one)).status != 200:
                refused += 1
                now = time.monotonic()
                policy.failed(now, float(answer.headers.get("retry-after", 0)))
                await asyncio.sleep(policy.wait(now))
            policy.succeeded(time.monotonic(), 0)
        self.tally.tries.append(refused)
        self.tally.waits.append(time.monotonic() - arrived)

    async def _ping(self, one: VirtualCounter) -> Answer:
        return await self._ask(one, "ping", "GET", f"/v1/ping?nonce={secrets.token_hex(8)}", None)

    async def _push(self, one: VirtualCounter) -> Answer:
        device = one.device
        ask = {"device_id": device.device_id, "epoch": device.epoch, "ops": one.tokens}
        answer = await self._ask(one, "push", "POST", "/v1/sync/push", json.dumps(ask).encode())
        if answer.status != 200:
            return answer
        lines = [json.loads(line) for line in answer.body.splitlines()]
        for line in lines:
            if token := line.get("result"):
                payload = verify_json(token, self._centre_key, RESULT_TYP)
                result = OpResult.model_validate(payload)
                one.statuses[result.op_id] = result.status
        self.tally.last_push = time.monotonic()
        whole = bool(lines) and "tail" in lines[-1]
        return answer if whole else Answer(0, {}, b"")

    async def _pull(self, one: VirtualCounter) -> Answer:
        while True:
            path = f"/v1/sync/pull?cursor={one.cursor}&limit=200"
            answer = await self._ask(one, "pull", "GET", path, None)
            if answer.status != 200:
                return answer
            page = PullPage.model_validate_json(answer.body)
            results = {record.entity_id for record in page.records if record.kind == "result"}
            one.delivered |= results & one.op_ids
            one.cursor = page.cursor
            if not page.more:
                return answer

    async def _ask(
        self, one: VirtualCounter, lane: str, method: str, path: str, body: bytes | None
    ) -> Answer:
        """Send one request on a connection of its own; HTTP/1.0 ends the answer by closing it."""
        head = {"Content-Type": "application/json"} if body else {}
        if lane != "ping":
            head = signed_headers(method, f"{self._url}{path}", head, body, one.device.key)
        head["Content-Length"] = str(len(body or b""))
        lines = [f"{method} {path} HTTP/1.0", *(f"{name}: {text}" for name, text in head.items())]
        sent = "\r\n".join([*lines, "", ""]).encode() + (body or b"")
        try:
            async with asyncio.timeout(TIMEOUT_S):
                came = await self._exchange(one.address, sent)
            answer = _parsed(came)
        except (OSError, TimeoutError, ValueError) as error:
            self.tally.answers[f"{lane} {type(error).__name__}"] += 1
            return Answer(0, {}, b"")
        self.tally.up += len(sent)
        self.tally.down += len(came)
        self.tally.answers[f"{lane} {answer.status}"] += 1
        return answer

    async def _exchange(self, address: str, sent: bytes) -> bytes:
        # Linux answers for all of 127/8; elsewhere all come from the one loopback address.
        own = (address, 0) if os.uname().sysname == "Linux" else None
        reader, writer = await asyncio.open_connection(self._host, self._port, local_addr=own)
        try:
            writer.write(sent)
            await writer.drain()
            return await reader.read()
        finally:
            writer.close()


def _parsed(came: bytes) -> Answer:
    """Split an answer.

    Raises:
        ValueError: it is not a whole one.
    """
    head, mark, body = came.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    if not mark:
        raise ValueError
    pairs = (line.split(": ", 1) for line in rest)
    headers = {name.lower(): text for name, text in pairs}
    if "content-length" in headers and int(headers["content-length"]) != len(body):
        raise ValueError
    return Answer(int(first.split(" ")[1]), headers, body)
