# SPDX-License-Identifier: MulanPSL-2.0
"""The edge host itself: who it is, what it keeps, its way to the centre."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from pydantic import ValidationError

from counter.domain.canonical import canonical_hash
from counter.domain.errors import DomainError, KnownError
from counter.domain.operations import OP_TYP, Operation, goes_first
from counter.domain.signing import peek_header, verify_json
from sync.client.centre import Centre
from sync.client.engine.chunks import ChunkSize
from sync.client.engine.push import BatchSize
from sync.client.engine.push_form import Forms, parsed_line
from sync.client.link import CAP_S
from sync.client.outcomes import (
    BadDictionary,
    Cut,
    Dns,
    Down,
    LineError,
    Offline,
    Refused,
    ServerBusy,
    TimedOut,
    TooLarge,
)
from sync.client.transport import SWITCHED_OFF, Ask, Link, Reply
from sync.edge.files import StoreFullError
from sync.edge.hall import HallStore
from sync.edge.identity import EdgeIdentity
from sync.edge.lines import Channel, Lines
from sync.edge.pages import PageStore
from sync.edge.queue import QueueStore
from sync.edge.store import EdgeStore, KeptOp
from sync.protocol import errors
from sync.protocol.compression import CompressionError, Unpacker
from sync.protocol.dictionaries import DICT_ID_HEADER, Dictionary, known
from sync.protocol.edge import EDGE_WINDOW, EdgeAsk, HallDevices, Stored
from sync.protocol.expected import answers_to
from sync.protocol.opened import RESULTS_OPENED
from sync.protocol.wire import (
    CERT_TYP,
    NDJSON,
    PAGE_SIGNATURE_HEADER,
    PROBLEM_JSON,
    Certificate,
    OpResult,
    PushRequest,
)

_log = logging.getLogger("sync.edge")
_ANY = frozenset(range(100, 600))
_PUSH, _DEVICES = "/v1/sync/push", "/v1/edge/devices"
BATCH = 20
REST_S = 5.0
_MAX = 8 * 1024 * 1024
# Hop by hop, or made anew by whoever sends.
_OWN = frozenset({"host", "connection", "content-length", "transfer-encoding", "user-agent"})
# A gateway that answers for a centre which is not there.
_GATEWAY = frozenset({502, 503, 504})
_DOWN = "外线通，但中心的服务没有应答。"


class Way(Protocol):
    """The outside line; ``transport.Transport`` is the real one, a test may bring one in memory."""

    @property
    def link(self) -> Link:
        """Its switch."""
        ...

    def open(self) -> Channel:
        """Return a new channel; one thread uses it and closes it."""
        ...


@dataclass
class EdgeHost:
    """Everything a route or the forwarder needs; safe to share between threads."""

    who: EdgeIdentity
    store: EdgeStore
    pages: PageStore
    hall: HallStore
    queue: QueueStore
    way: Way
    now: Callable[[], datetime]
    mono: Callable[[], float] = time.monotonic
    lines: Lines = field(init=False)
    centre: Centre = field(init=False)
    hall_code: str = field(init=False)
    chunk: ChunkSize = field(default_factory=ChunkSize, init=False)  # what the line carried last
    work: threading.Event = field(default_factory=threading.Event, init=False)  # wakes who forwards
    refresh_at: float = field(default=0.0, init=False)  # when the hall's snapshot is asked for
    _unknown: set[str] = field(default_factory=set, init=False)
    _aside: dict[int, float] = field(default_factory=dict, init=False)  # operation → not before
    _size: BatchSize = field(default_factory=lambda: BatchSize(BATCH), init=False)
    _forms: Forms = field(default_factory=Forms, init=False)
    _rest_until: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        """Check that it is window 0 of a hall; another is no edge host."""
        self.lines = Lines(self._open, time.monotonic)
        self.centre = Centre(self.who.centre_keys)
        mine = Certificate.model_validate(self.centre.payload(self.who.certificate, CERT_TYP))
        self.hall_code = mine.hall_code
        if mine.counter_no != EDGE_WINDOW:
            raise KnownError(
                code="EDGE-WINDOW",
                what="这台电脑登记成了办事窗口，不能当本厅主机。",
                safe="没有改动。",
                todo="请中心用 counter hub code --window 0 发登记码。",
            )

    @property
    def link(self) -> Link:
        """The switch of the outside line."""
        return self.way.link

    def close(self) -> None:
        """Close the line and the files; what these hold stays."""
        self.lines.close()
        self.queue.close()
        self.hall.close()
        self.pages.close()
        self.store.close()

    def dictionary(self, dict_id: str) -> Dictionary | None:
        """Return a dictionary a counter may have packed with: of the program, or published."""
        return known().get(dict_id) or self.hall.dictionary(dict_id)

    def learn_soon(self, dict_id: str) -> None:
        """The centre reads a dictionary that is unknown here: its snapshot may bring it."""
        if dict_id not in self._unknown:
            self._unknown.add(dict_id)
            self.refresh_at = 0.0
            self.work.set()

    # -- towards the centre ---------------------------------------------------------

    def pass_on(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send a counter's own request on as it is: its signature holds at the centre.

        After a time-out the line rests for some seconds: a hall of counters does not wait for it
        one by one.

        Raises:
            LineError: the outside line, or a gateway that answers for the centre.
        """
        if self.mono() < self._rest_until:
            raise LineError(Offline(_DOWN, detail="REST"))
        kept = {name: value for name, value in headers.items() if name.lower() not in _OWN}
        content = body if body or method in {"POST", "PATCH"} else None
        reply = self.ask(Ask(method, target, content, kept, ok=_ANY, signed=False))
        is_problem = reply.headers.get("content-type", "").startswith(PROBLEM_JSON)
        if reply.status in _GATEWAY and not is_problem and method != "HEAD":
            raise LineError(Down(_DOWN))
        return reply

    def ask(self, ask: Ask) -> Reply:
        """Ask the centre.

        Raises:
            LineError: the outside line.
        """
        try:
            reply = self.lines.call(ask)
        except LineError as error:
            slow = isinstance(error.outcome, Offline | Dns | TimedOut)
            if slow and error.outcome.words != SWITCHED_OFF:
                self._rest_until = self.mono() + REST_S
            raise
        self._rest_until = 0.0
        return reply

    def asked(self, path: str, checksums: Mapping[str, str] | None = None) -> bytes:
        """Ask the centre something for this host alone; return the answer it signed.

        Raises:
            LineError: no answer, or not the centre's.
        """
        asked = EdgeAsk(at=self.now().isoformat(), checksums=dict(checksums or {}))
        body = asked.model_dump_json().encode()
        reply = self.ask(Ask("POST", path, body))
        token = reply.headers.get(PAGE_SIGNATURE_HEADER.lower(), "")
        self.centre.answer(reply.body, token, body)
        self.store.met(self.now().isoformat(timespec="seconds"))
        return reply.body

    def learn_devices(self) -> None:
        """Ask the centre which devices the hall has.

        Raises:
            LineError: no answer, or not the centre's.
        """
        told = HallDevices.model_validate_json(self.asked(_DEVICES))
        found = [
            (Certificate.model_validate(self.centre.token(one, CERT_TYP)), one)
            for one in told.certificates
        ]
        self.store.put_devices(found)

    def forward(self, *, held: bool = True) -> int:
        """Send the centre what it has not finally answered, once; return what was answered.

        The very same signed operations, in the order they came but for danger to life, which goes
        first; written as small as a counter writes them. The centre judges each by its own device's
        signature; asking again about a held one (``held``) brings its present result.

        Raises:
            LineError: the outside line.
        """
        return sum(self._send(batch) for batch in self._batches(fresh=not held))

    def _batches(self, *, fresh: bool) -> Iterator[list[KeptOp]]:
        for first in (True, False):
            behind = 0
            while batch := self.store.unsettled(self._size.limit, behind, fresh=fresh, first=first):
                behind = batch[-1].no
                now = self.mono()
                if batch := [op for op in batch if self._aside.get(op.no, 0.0) <= now]:
                    yield batch

    def _send(self, batch: list[KeptOp]) -> int:
        tokens = tuple(op.token for op in batch)
        request = PushRequest(device_id=self.who.device_id, epoch=self.who.epoch, ops=tokens)
        form = self._forms.best(self.hall.published())
        try:
            reply = self.ask(form.ask(_PUSH, form.body(request), request))
        except LineError as error:
            match error.outcome:
                case BadDictionary() if self._forms.refuse(form):
                    return self._send(batch)  # the same again, in words the centre reads
                case TooLarge() | Refused() | ServerBusy(detail=errors.INTERNAL):
                    return self._parted(batch, error.outcome.code)
                case TimedOut() | Cut():
                    self._size.shrink()
            raise
        self._size.grow()
        try:
            return self.note_results(_lines(reply, tokens))
        except CompressionError as error:
            raise LineError(Cut("收到的内容已损坏，将重新接收。", detail="ZSTD")) from error

    def _parted(self, batch: list[KeptOp], code: str) -> int:
        """Send halves, down to the one the centre cannot take: it steps aside, others pass (S6)."""
        if len(batch) == 1:
            self._aside[batch[0].no] = self.mono() + CAP_S
            _log.warning("the centre does not take an operation: %s", code)
            return 0
        half = len(batch) // 2
        return self._send(batch[:half]) + self._send(batch[half:])

    def _open(self) -> Channel:
        return self.way.open()

    # -- what passes through ---------------------------------------------------------

    def note_results(self, lines: bytes) -> int:
        """Keep the centre's signed results out of a push reply; whatever else is in it counts not."""
        found: list[tuple[OpResult, str, bool]] = []
        for line in lines.split(b"\n"):
            try:
                token = parsed_line(line).result
            except ValueError:
                continue
            result = self.centre.result(token) if token else None
            if result is not None and result.status != "later":
                found.append((result, token, _final(result)))
        self.store.settle(found)
        refused = [one.op_id for one, _, _ in found if one.status == "rejected"]
        with suppress(StoreFullError):
            self.pages.urgency.refused(refused)
        return len(found)

    def note_reply(self, reply: Reply, tokens: tuple[str, ...] = ()) -> bool:
        """Keep the results of a push of ``tokens`` that was passed on; false: no centre answered."""
        kind = reply.headers.get("content-type", "").split(";")[0].strip()
        if reply.status != 200:
            return kind == PROBLEM_JSON
        if kind not in {NDJSON, RESULTS_OPENED}:
            return False
        try:
            self.note_results(_lines(reply, tokens))
        except CompressionError:
            _log.warning("a push reply could not be read")
        except StoreFullError:
            _log.warning("no room for results")  # the centre says them again
        return True

    def keep(self, tokens: tuple[str, ...]) -> list[KeptOp]:
        """Keep the operations whose device of this hall signed them; the others are not ours.

        Raises:
            StoreFullError: nothing was kept.
        """
        found = [one for one in map(self._opened, tokens) if one is not None]
        self.store.keep([kept for kept, _ in found])
        at = self.now().isoformat(timespec="milliseconds")
        with suppress(StoreFullError):
            self.pages.urgency.heard((op for _, op in found if op is not None), at)
        return [self.store.find(kept.op_id, kept.op_hash) or kept for kept, _ in found]

    def _opened(self, token: str) -> tuple[KeptOp, Operation | None] | None:
        """Return an operation of the hall, and what it says where this program can read it."""
        try:
            public = self.store.public_key(peek_header(token).get("kid", ""))
            if public is None:
                return None
            payload = verify_json(token, public, OP_TYP)
        except (DomainError, ValueError, RecursionError):
            return None
        op_id, device_id, kind = (str(payload.get(n, "")) for n in ("op_id", "device_id", "kind"))
        try:
            op = Operation.model_validate(payload)
        except ValidationError:
            op = None  # of a newer program: the centre will know
        first = op is not None and goes_first(op)
        at = self.now().isoformat(timespec="milliseconds")
        kept = KeptOp(0, op_id, canonical_hash(payload), device_id, kind, token, at, "", first)
        return kept, op

    def stored(self, op: KeptOp) -> Stored:
        """Return what the host may say of an operation: that it lies here."""
        return Stored(op_id=op.op_id, op_hash=op.op_hash, at=op.at)


def _lines(reply: Reply, tokens: tuple[str, ...]) -> bytes:
    """Return the lines of the answer to a push of ``tokens``.

    Raises:
        CompressionError: damaged.
    """
    if reply.headers.get("content-encoding", "") != "zstd":
        return reply.body
    by_question = DICT_ID_HEADER.lower() in reply.headers
    answers = answers_to(tokens) if by_question else None
    return b"".join(Unpacker(_MAX, answers).feed(reply.body))


def _final(result: OpResult) -> bool:
    """Held and conflicting ones may still be decided otherwise: they are asked about again."""
    return result.status in {"applied", "already", "rejected"}
