# SPDX-License-Identifier: MulanPSL-2.0
"""After an outage everybody comes at once: nobody gets an error, nobody starves (§9)."""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path

from starlette.types import Message, Receive, Scope, Send

from sync.client.link import CAP_S, LanePolicy
from sync.client.outcomes import ServerBusy
from sync.client.reading import outcome_of_status
from sync.hub.api.crowd import Crowd, wait_of
from sync.hub.centre import Limits, open_centre
from sync.hub.handlers import backoffice, policies
from sync.protocol import errors
from sync.protocol.policy import POLICIES
from tests.fakes.device import uuid7
from tests.fakes.hub import RunningHub, received_body

HERD, PLACES, WINDOW = 200, 8, 60
WORK_S = 1.0  # what one push takes at the centre
SPEED = 60.0  # the test's clock runs so much faster


class SlowCentre:
    """Takes a second for each push and counts how many run at once."""

    def __init__(self) -> None:
        self.running = self.most = self.done = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(WORK_S / SPEED)
        self.running -= 1
        self.done += 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def until_taken(app: Crowd, kid: str, policy: LanePolicy) -> list[int]:
    """Push as a counter's lane does until it is taken; return the seconds it was told to come."""
    key = f'd=("@method");keyid="{kid}"'.encode()
    path = "/v1/sync/push"
    scope = {"type": "http", "method": "POST", "path": path, "headers": [(b"signature-input", key)]}
    clock = asyncio.get_running_loop().time
    turns: list[int] = []
    while True:
        answer: list[Message] = []

        async def take(message: Message, said: list[Message] = answer) -> None:
            said.append(message)

        async def nothing() -> Message:
            return {"type": "http.disconnect"}

        await app(dict(scope), nothing, take)
        if answer[0]["status"] == 200:
            return turns
        head = {name.decode(): value.decode() for name, value in answer[0]["headers"]}
        outcome = outcome_of_status(answer[0]["status"], head, answer[1]["body"])
        assert isinstance(outcome, ServerBusy)
        assert outcome.detail == errors.CROWDED
        turns.append(int(clock() * SPEED + outcome.retry_after_s) % WINDOW)
        policy.failed(clock() * SPEED, outcome.retry_after_s)
        policy.wake(clock() * SPEED)  # a new operation does not make it come earlier
        await asyncio.sleep(policy.wait(clock() * SPEED) / SPEED)


def test_a_herd_becomes_a_stream(tmp_path: Path) -> None:
    centre = open_centre(tmp_path, limits=Limits(pushes=PLACES, waiting=PLACES))
    policies.set_policy(centre, "spread", {"window_s": WINDOW})
    inner = SlowCentre()
    chance = random.Random(7)

    async def all_at_once() -> list[list[int]]:
        clock = asyncio.get_running_loop().time
        app = Crowd(inner, centre, clock=lambda: clock() * SPEED)
        each = [(str(uuid7()), LanePolicy(chance.random)) for _ in range(HERD)]
        return await asyncio.gather(*(until_taken(app, kid, policy) for kid, policy in each))

    turns = asyncio.run(all_at_once())
    centre.close()
    assert inner.done == HERD
    assert inner.most <= PLACES
    # Whoever came first was served at once or waited in the order of coming.
    assert sum(1 for one in turns if not one) >= 2 * PLACES
    assert max(len(one) for one in turns) <= 4  # nobody starves
    told = [one for one in turns if one]
    assert all(_near(one) for one in told)  # a device keeps its second of the window
    first = [one[0] for one in told]
    assert len(set(first)) > WINDOW * 0.75
    assert max(first.count(second) for second in first) <= 4 * HERD / WINDOW


def _near(turns: list[int]) -> bool:
    """Tell whether these are one second of the window, but for the rounding of two clocks."""
    return all((turn - turns[0] + 1) % WINDOW <= 2 for turn in turns)


def test_who_is_told_when_to_come_is_not_put_off_further() -> None:
    """10,000 counters after an outage: one that found no room eight times still waited at the end."""
    policy = LanePolicy(lambda: 0.999)
    for _ in range(40):
        policy.failed(0.0, 30.0)
    assert policy.wait(0.0) == 30.0


def test_the_counter_keeps_the_longest_window() -> None:
    assert {wait_of(uuid7(), 5, 100.0) for _ in range(200)} == {1, 2, 3, 4, 5}
    kid = uuid7()
    assert {(now + wait_of(kid, 60, now)) % 60 for now in range(300)} == {
        wait_of(kid, 60, 0.0) % 60
    }
    bound = POLICIES["spread"].model_json_schema()["properties"]["window_s"]["maximum"]
    assert bound <= CAP_S


def test_pulls_pass_a_crowd_of_pushes_and_nothing_changed(tmp_path: Path) -> None:
    with RunningHub(tmp_path, limits=Limits(pushes=0)) as hub:
        device = hub.new_device()
        op = device.operation("case.received", uuid7(), received_body())
        body = b"{}"
        reply = device.request("POST", "/v1/sync/push", body)
        assert (reply.status_code, reply.json()["code"]) == (503, errors.CROWDED)
        told = int(reply.headers["retry-after"])
        assert (told - wait_of(device.key.kid, 60, time.time())) % 60 <= 2
        assert device.request("GET", "/v1/sync/pull").status_code == 200
        assert op.op_id not in {row["op_id"] for row in backoffice.list_ops(hub.centre)}
