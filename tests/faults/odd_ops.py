# SPDX-License-Identifier: MulanPSL-2.0
"""Operations with odd content and a good signature: a counter whose program is at fault.

Each is the next of its chain, so that nothing stops it before it is judged. It must get a signed
answer that a rule of the centre gives, and the operation behind it must go on.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from counter.domain.canonical import canonical_hash
from counter.domain.catalog import Item
from counter.domain.library import paper_id
from counter.domain.operations import OP_TYP, Operation
from counter.domain.sample import SampleError
from counter.domain.signing import sign_json, verify_json
from sync.hub.centre import Centre
from sync.hub.commands import RESOURCES
from sync.hub.handlers import push, training
from sync.hub.handlers.enrol import enrol, new_code
from sync.hub.storage import oplog, reference
from sync.protocol.wire import RESULT_TYP, EnrolRequest
from tests.fakes.device import FakeDevice, now, uuid7

Spoil = Callable[[Any, random.Random], Any]
DUE = "2026-12-31"
_MOST = 9000  # a receipt number holds no more in a day


def bodies(case_id: str, name: str) -> dict[str, dict[str, Any]]:
    """Return a good body of every kind that builds on a case."""
    reason = {"reason": "本人要求", "done_at": now()}
    record = {"person": "0" * 64, "authorisation_id": name}
    paper = {"person": "0" * 64, "material_key": "id", "material_name": "身份证", "trust": "B"}
    delivery = {"receiver": "王秀兰", "relation": "本人", "documents": ["证 1"]}
    return {
        "case.supplemented": {
            "materials": [{"key": "photo", "way": "tolerated", "due": DUE}],
            "supplied_at": now(),
        },
        "case.supplement_requested": {
            "defects": [{"key": "photo", "what": "照片太暗"}],
            "requested_at": now(),
            "due": DUE,
        },
        "case.tolerated": {"gaps": {"photo": DUE}, "tolerated_at": now()},
        "case.accept_requested": {"accepted_at": now()},
        "case.deemed": {"reason": "没有答复", "confirmed_at": now()},
        "case.refusal_drafted": {
            "reason": "不符合",
            "basis": "第三条",
            "office": "某某县民政局",
            "drafted_at": now(),
        },
        "case.refusal_reported": {
            "act": "not_received",
            "reason": "户籍不在本镇",
            "reported_at": now(),
        },
        "case.withdrawn": {"reason": "不办了", "withdrawn_at": now()},
        "case.delivered": {"delivery": delivery, "delivered_at": now()},
        "case.taken_over": reason,
        "case.given_back": reason,
        "case.informed": {"about_op": name, "how": "电话", "informed_at": now()},
        "rating.given": {"case_id": case_id, "handling": name, "sealed": "AAAA"},
        "person.noted": {"what": "authorisation", "record_id": name, "record": record},
        "material.added": paper,
        "audit.batch": {"first_no": 1, "rows": [{"what": "page.seen"}], "last_hash": "0" * 64},
    }


class OddOps:
    """A centre with the real catalogue, and a counter that signs what it likes."""

    def __init__(self, centre: Centre) -> None:
        """Fill the centre and enrol the counter."""
        self._centre = centre
        training.seed(centre, RESOURCES)
        with centre.database.read() as tx:
            found = reference.latest(tx, "item").values()
            lists = reference.latest(tx, "dicts")["dicts"]
        self._items = [Item.model_validate(one) for one in found]
        self._lists = {k: v for k, v in lists.get("lists", lists).items() if isinstance(v, dict)}
        self._operators = [f"{training.HALL.hall_code}-{one[0]}" for one in training.OPERATORS]
        self._device = self._enrolled()

    def play(self, rng: random.Random, spoil: Spoil) -> None:
        """Receive a case, then something odd: another 收件, or what builds on the first.

        Raises:
            AssertionError: it stopped what came behind it, or no rule foresaw it.
        """
        if self._device.seq > _MOST:
            self._device = self._enrolled()
        good = self._received(rng)
        assert self._answer(good.sign(self._device.key)) == "applied"
        name = uuid7()
        kinds = bodies(good.entity_id, name)
        kind = rng.choice(["case.received"] * 5 + sorted(kinds))
        if kind == "case.received":
            made = self._received(rng)
        else:
            entity = good.entity_id if kind.startswith("case.") else name
            made = self._device.operation(
                kind,
                paper_id("0" * 64, "id") if kind == "material.added" else entity,
                kinds[kind],
                operator=rng.choice(self._operators),
                depends_on=(good.op_id,),
                base_rev=1,
            )
        payload = made.wire()
        part = rng.choice(("body", "body", "body", "time", "actor", ""))
        odd = {**payload, part: spoil(payload[part], rng)} if part else spoil(payload, rng)
        self._send_odd(made, odd)

    def _enrolled(self) -> FakeDevice:
        device = FakeDevice("")
        code = new_code(self._centre, training.HALL.hall_code, training.WINDOW)
        asked = EnrolRequest.model_validate(device.enrol_body(code))
        device.enrolment = enrol(self._centre, asked)
        device.epoch = device.enrolment.epoch
        return device

    def _received(self, rng: random.Random) -> Operation:
        while True:
            with suppress(SampleError):  # not every choice can be filled in by chance
                return self._device.received(rng.choice(self._items), self._lists, rng)

    def _send_odd(self, made: Operation, odd: Any) -> None:
        try:
            token = sign_json(odd, self._device.key, OP_TYP)
        except (ValueError, TypeError, AttributeError):
            token = made.sign(self._device.key)  # no counter can sign that
        else:
            self._device.prev_hash = canonical_hash(odd)
        before = self._unforeseen()
        self._answer(token)
        assert self._unforeseen() == before, self._unforeseen()[-1]

    def _answer(self, token: str) -> str:
        result = push.receive(self._centre, token)
        told = verify_json(result, self._centre.keys.signing.public_hex, RESULT_TYP)
        return str(told["status"])

    def _unforeseen(self) -> list[str]:
        with self._centre.database.read() as tx:
            return [str(row["detail"]) for row in oplog.alarms(tx) if row["kind"] == "unforeseen"]
