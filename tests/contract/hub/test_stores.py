# SPDX-License-Identifier: MulanPSL-2.0
"""What both stores of the hub must do alike; test_on_postgres runs the hub tests of it again."""

from __future__ import annotations

import threading
import time

import httpx
import pytest

from sync.hub.handlers import backoffice
from sync.hub.storage.columns import UnstorableError, has_nul
from sync.protocol import errors
from tests.fakes.device import FakeDevice, uuid7
from tests.fakes.hub import RunningHub, received_body

COUNTERS = 4
ROUNDS = 5


def test_the_cursor_skips_nothing_while_four_counters_push(hub: RunningHub) -> None:
    """A number committed late is skipped by a cursor (§13.12): pages are read between commits."""
    counters = [hub.new_device() for _ in range(COUNTERS)]
    reader = hub.new_device()
    cursor = reader.pull(limit=500).cursor
    ops = {
        counter.device_id: [
            counter.operation("case.received", uuid7(), received_body()) for _ in range(ROUNDS)
        ]
        for counter in counters
    }
    statuses: list[str] = []

    def work(counter: FakeDevice) -> None:
        for op in ops[counter.device_id]:
            statuses.extend(result.status for result in counter.push([op]).results)

    threads = [threading.Thread(target=work, args=(counter,)) for counter in counters]
    for thread in threads:
        thread.start()
    pages, last = 0, False
    numbers: list[int] = []
    seen: set[str] = set()
    while not last:
        last = not any(thread.is_alive() for thread in threads)
        page = reader.pull(cursor, limit=3)
        last = last and not page.more
        numbers += [record.change_no for record in page.records]
        seen |= {record.entity_id for record in page.records if record.kind == "case"}
        cursor, pages = page.cursor, pages + 1
        time.sleep(0.02)  # else the reader takes the processor from those it reads behind
    assert statuses == ["applied"] * COUNTERS * ROUNDS
    assert {op.entity_id for some in ops.values() for op in some} <= seen
    assert numbers == sorted(set(numbers))
    assert pages > COUNTERS


def test_texts_no_store_can_hold_are_held_or_refused(hub: RunningHub, device: FakeDevice) -> None:
    odd_text, odd_key, too_long, good = (received_body() for _ in range(4))
    odd_text["form"] = {"home.address": "柳河镇\0一村"}
    odd_key["form"] = {"home\0": "柳河镇一村"}
    too_long["receipt_no"] = "9" * 41
    bodies = (odd_text, odd_key, too_long, good)
    ops = [device.operation("case.received", uuid7(), body) for body in bodies]
    reply = device.push(ops)
    assert [result.status for result in reply.results] == ["held", "held", "held", "applied"]
    for result in reply.results[:3]:
        assert (result.code, "不能保存的字符" in result.message) == (errors.HELD_FORM, True)
    assert reply.tail is not None
    assert reply.tail.ack_through_seq == 4, "they are kept, the counter need not send them again"
    assert device.push(ops[:1]).results[0].status == "held"
    stranger = FakeDevice(hub.url)
    body = {**stranger.enrol_body(hub.code()), "device_name": "一号\0窗口"}
    answer = httpx.post(f"{hub.url}/v1/enrol", json=body, trust_env=False)
    assert (answer.status_code, answer.json()["code"]) == (422, errors.BAD_BODY)
    with pytest.raises(UnstorableError):
        backoffice.act(hub.centre, "7K2QM\0", "accept")
    path = device.request("HEAD", "/v1/blobs/a%00b", None, {"Tus-Resumable": "1.0.0"})
    assert path.status_code == 422


def test_nul_is_found_wherever_it_is() -> None:
    assert has_nul({"a": [1, {"b": ("c\0",)}]})
    assert has_nul({"\0": None})
    assert not has_nul({"a": ["\\u0000", 0, None, True]})
