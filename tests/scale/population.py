# SPDX-License-Identifier: MulanPSL-2.0
"""Enrolled counters by the thousand, each with its own keys, hall and waiting operations.

They are written as enrolment writes them, in one transaction: what is measured comes later.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from counter.domain.numbers import make_receipt_no, tag_source
from counter.domain.sample import person
from sync.hub.centre import Centre
from sync.hub.handlers import publish, pull
from sync.hub.storage import epochs, feed, halls
from sync.hub.storage.engine import Tx
from tests.fakes.device import BEIJING, FakeDevice, uuid7
from tests.fakes.hub import received_body

WINDOWS = 10  # of a hall


@dataclass
class VirtualCounter:
    """A counter after an outage, and what became of it."""

    device: FakeDevice
    hall_code: str
    counter_no: int
    address: str  # it comes from, its hall's own as in the field: pings are limited by address
    cursor: str = ""
    tokens: tuple[str, ...] = ()
    op_ids: frozenset[str] = frozenset()
    statuses: dict[str, str] = field(default_factory=dict)
    delivered: set[str] = field(default_factory=set)  # results that the feed brought as well

    @property
    def done(self) -> bool:
        """Whether every operation was applied and its result came down the feed too."""
        applied = {one for one, status in self.statuses.items() if status in ("applied", "already")}
        return applied == self.op_ids == self.delivered


def populate(centre: Centre, count: int, most_ops: int, seed: int = 7) -> list[VirtualCounter]:
    """Enrol ``count`` counters in halls of ten and give each 1 to ``most_ops`` operations."""
    counters = [_counter(number) for number in range(count)]
    codes = sorted({one.hall_code for one in counters})
    with centre.database.write() as tx:
        for code in codes:
            place = ("练习大厅", "990123", "0999-0001234", "0999-0012345", "练习路1号")
            halls.put_hall(tx, halls.Hall(code, *place, training=True))
        for one in counters:
            _enrol(centre, tx, one)
    for code in codes:
        publish.put_operator(centre, hall_code=code, job_no="0312", name="张敏", roles=("clerk",))
    with centre.database.read() as tx:
        head = feed.head(tx)
    rng = Random(seed)
    for one in counters:
        device_id = one.device.device_id
        scopes = (feed.device_scope(device_id), feed.hall_scope(one.hall_code), feed.REFERENCE)
        one.cursor = pull.cursor_at(centre, head, scopes)
        _wait(one, 1 + rng.randrange(most_ops), rng)
    return counters


def _counter(number: int) -> VirtualCounter:
    hall = number // WINDOWS
    address = f"127.{1 + hall // 250}.{hall % 250}.2"
    return VirtualCounter(FakeDevice("", epoch=1), f"T{hall:04d}", 1 + number % WINDOWS, address)


def _enrol(centre: Centre, tx: Tx, one: VirtualCounter) -> None:
    device, at = one.device, centre.now()
    entry = halls.Device(
        device.device_id, one.hall_code, one.counter_no, "练习窗口", device.epoch, "", at
    )
    key = halls.DeviceKey(device.key.kid, device.device_id, device.key.public_hex, device.epoch)
    halls.put_device(tx, entry, key)
    epochs.add(tx, epochs.Epoch(device.device_id, device.epoch, at, "enrolment"))


def _wait(one: VirtualCounter, count: int, rng: Random) -> None:
    """Give it cases of people of their own: the same person twice would be a suspected double."""
    device, today = one.device, datetime.now(BEIJING).date()
    ops = []
    for serial in range(1, 1 + count):
        op_id = uuid7()
        source = tag_source(op_id, device.device_id, device.prev_hash, device.seq + 1)
        body = received_body() | {
            "receipt_no": make_receipt_no(one.hall_code, one.counter_no, today, serial, source),
            "applicant": person(rng, today, rng.randrange(20, 90)).model_dump(mode="json"),
        }
        ops.append(
            device.operation(
                "case.received", uuid7(), body, operator=f"{one.hall_code}-0312", op_id=op_id
            )
        )
    one.tokens = tuple(op.sign(device.key) for op in ops)
    one.op_ids = frozenset(op.op_id for op in ops)
