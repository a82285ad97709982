# SPDX-License-Identifier: MulanPSL-2.0
"""A line without a network: answers come from a function, and a centre with a key."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from counter.domain.canonical import sha256_hex
from counter.domain.signing import SigningKey, sign_json
from sync.client.centre import Centre
from sync.client.meter import Meter
from sync.client.outcomes import LineError, Outcome
from sync.client.transport import Ask, Reply
from sync.protocol.wire import (
    PAGE_SIGNATURE_HEADER,
    PAGE_TYP,
    RESULT_TYP,
    OpResult,
    PullPage,
    PushLine,
    PushTail,
    Status,
)
from tests.fakes.alone import Alone

TIME = "2026-11-22T08:00:00+08:00"


class FakeLine(Alone):
    """Asks ``answer(ask)``; lines end with the outcome given as last element, if one is."""

    def __init__(self, answer: Callable[[Ask], Reply | list[bytes | Outcome] | Outcome]) -> None:
        self._answer = answer
        self.asked: list[Ask] = []
        self._meter = Meter()

    @property
    def meter(self) -> Meter:
        return self._meter

    @property
    def base(self) -> str:
        return "https://centre.example"

    def call(self, ask: Ask) -> Reply:
        self.asked.append(ask)
        answer = self._answer(ask)
        if isinstance(answer, Outcome):
            raise LineError(answer)
        if isinstance(answer, list):
            raise TypeError
        return answer

    def lines(self, ask: Ask, media_type: str) -> Iterator[bytes]:
        self.asked.append(ask)
        answer = self._answer(ask)
        if isinstance(answer, Outcome):
            raise LineError(answer)
        if isinstance(answer, Reply):
            raise TypeError
        for line in answer:
            if isinstance(line, Outcome):
                raise LineError(line)
            yield line


class FakeCentre:
    """Signs what a centre signs."""

    def __init__(self, kid: str = "centre-1") -> None:
        self.key = SigningKey.generate(kid)

    @property
    def keys(self) -> dict[str, str]:
        return {self.key.kid: self.key.public_hex}

    @property
    def verifier(self) -> Centre:
        return Centre(self.keys)

    def result(self, op_id: str, op_hash: str, status: Status = "applied", code: str = "") -> bytes:
        result = OpResult(op_id=op_id, op_hash=op_hash, status=status, code=code)
        token = sign_json(result.model_dump(mode="json"), self.key, RESULT_TYP)
        return PushLine(result=token).model_dump_json().encode()

    @staticmethod
    def tail(through: int = 0, missing: tuple[int, ...] = ()) -> bytes:
        tail = PushTail(ack_through_seq=through, missing_seq=missing, server_time=TIME)
        return PushLine(tail=tail).model_dump_json().encode()

    def page(self, page: PullPage) -> Reply:
        body = page.model_dump_json().encode()
        payload = {"sha256": sha256_hex(body), "cursor": page.cursor}
        token = sign_json(dict(payload), self.key, PAGE_TYP)
        return Reply(200, {PAGE_SIGNATURE_HEADER.lower(): token}, body)
