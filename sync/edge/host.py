# SPDX-License-Identifier: MulanPSL-2.0
"""The edge host itself: who it is, what it keeps, its way to the centre."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from counter.domain.canonical import canonical_hash
from counter.domain.errors import DomainError, KnownError
from counter.domain.operations import OP_TYP
from counter.domain.signing import SigningKey, peek_header, sign_json, verify_json
from counter.infra.atomic import write_atomic
from sync.client.centre import Centre
from sync.client.engine.push_form import parsed_line
from sync.client.outcomes import LineError
from sync.client.transport import Ask, Link, Reply, Transport
from sync.edge.store import EdgeStore, KeptOp
from sync.protocol.compression import CompressionError, Unpacker
from sync.protocol.dictionaries import DICT_ID_HEADER
from sync.protocol.edge import EDGE_WINDOW, HallDevices, Stored
from sync.protocol.expected import answers_to
from sync.protocol.opened import RESULTS_OPENED
from sync.protocol.wire import (
    CERT_TYP,
    NDJSON,
    PAGE_SIGNATURE_HEADER,
    Certificate,
    OpResult,
    PushRequest,
)

_log = logging.getLogger("sync.edge")
_ANY = frozenset(range(100, 600))
_PUSH, _DEVICES = "/v1/sync/push", "/v1/edge/devices"
BATCH = 20
_MAX = 8 * 1024 * 1024
# Hop by hop, or made anew by whoever sends.
_OWN = frozenset({"host", "connection", "content-length", "transfer-encoding", "user-agent"})


@dataclass(frozen=True)
class EdgeIdentity:
    """Window 0 of its hall, as enrolled at the centre."""

    device_id: str
    key: SigningKey
    certificate: str
    epoch: int
    centre_keys: dict[str, str]

    def save(self, path: Path) -> None:
        """Write it where only this account reads it."""
        text = json.dumps(
            {
                "device_id": self.device_id,
                "kid": self.key.kid,
                "seed": self.key.seed.hex(),
                "certificate": self.certificate,
                "epoch": self.epoch,
                "centre_keys": self.centre_keys,
            }
        )
        write_atomic(path, text.encode("ascii"))

    @classmethod
    def load(cls, path: Path) -> EdgeIdentity:
        """Read it back."""
        raw = json.loads(path.read_text("ascii"))
        key = SigningKey.from_seed(raw.pop("kid"), bytes.fromhex(raw.pop("seed")))
        return cls(key=key, **raw)


@dataclass
class EdgeHost:
    """Everything a route or the forwarder needs; safe to share between threads."""

    who: EdgeIdentity
    store: EdgeStore
    upstream: str
    now: Callable[[], datetime]
    ca_file: str = ""
    link: Link = field(default_factory=Link)
    centre: Centre = field(init=False)
    _transport: Transport = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Prepare the line; a host that is not window 0 is no edge host."""
        self.centre = Centre(self.who.centre_keys)
        mine = Certificate.model_validate(self.centre.payload(self.who.certificate, CERT_TYP))
        if mine.counter_no != EDGE_WINDOW:
            raise KnownError(
                code="EDGE-WINDOW",
                what="这台电脑登记成了办事窗口，不能当本厅主机。",
                safe="没有改动。",
                todo="请中心用 counter hub code --window 0 发登记码。",
            )
        self._transport = Transport(
            self.upstream, self.who.key, link=self.link, ca_file=self.ca_file
        )

    # -- towards the centre ---------------------------------------------------------

    def pass_on(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send a counter's own request on as it is: its signature holds at the centre.

        Raises:
            LineError: the outside line.
        """
        kept = {name: value for name, value in headers.items() if name.lower() not in _OWN}
        content = body if body or method in {"POST", "PATCH"} else None
        return self._call(Ask(method, target, content, kept, ok=_ANY, signed=False))

    def _call(self, ask: Ask) -> Reply:
        channel = self._transport.open()  # one a request: they come from many threads
        try:
            return channel.call(ask)
        finally:
            channel.close()

    def learn_devices(self) -> None:
        """Ask the centre which devices the hall has.

        Raises:
            LineError: no answer, or not the centre's.
        """
        asked = sign_json({"at": self.now().isoformat()}, self.who.key, "yc-edge-ask+jws").encode()
        reply = self._call(Ask("POST", _DEVICES, asked))
        token = reply.headers.get(PAGE_SIGNATURE_HEADER.lower(), "")
        self.centre.answer(reply.body, token, asked)
        told = HallDevices.model_validate_json(reply.body)
        found = [
            (Certificate.model_validate(self.centre.token(one, CERT_TYP)), one)
            for one in told.certificates
        ]
        self.store.put_devices(found)

    def forward(self) -> int:
        """Send the centre everything it has not finally answered, once; return what was answered.

        The very same signed operations, in the order they came. The centre judges each by its own
        device's signature; asking again about a held one brings its present result.

        Raises:
            LineError: the outside line.
        """
        behind = answered = 0
        while batch := self.store.unsettled(BATCH, behind):
            behind = batch[-1].no
            request = PushRequest(
                device_id=self.who.device_id,
                epoch=self.who.epoch,
                ops=tuple(op.token for op in batch),
            )
            body = request.model_dump_json().encode()
            reply = self._call(Ask("POST", _PUSH, body, {"Content-Type": "application/json"}))
            answered += self.note_results(reply.body)
        return answered

    # -- what passes through ---------------------------------------------------------

    def note_results(self, lines: bytes) -> int:
        """Keep the centre's signed results out of a push reply; whatever else is in it counts not."""
        found: list[tuple[str, str, str, bool]] = []
        for line in lines.split(b"\n"):
            try:
                token = parsed_line(line).result
            except ValueError:
                continue
            result = self.centre.result(token) if token else None
            if result is not None and result.status != "later":
                found.append((result.op_id, result.op_hash, token, _final(result)))
        self.store.settle(found)
        return len(found)

    def note_reply(self, reply: Reply, tokens: tuple[str, ...] = ()) -> None:
        """Keep the results of a push of ``tokens`` that was passed on."""
        kind = reply.headers.get("content-type", "").split(";")[0].strip()
        if reply.status != 200 or kind not in {NDJSON, RESULTS_OPENED}:
            return
        body = reply.body
        try:
            if reply.headers.get("content-encoding", "") == "zstd":
                by_question = DICT_ID_HEADER.lower() in reply.headers
                answers = answers_to(tokens) if by_question else None
                body = b"".join(Unpacker(_MAX, answers).feed(body))
            self.note_results(body)
        except CompressionError:
            _log.warning("a push reply could not be read")

    def keep(self, tokens: tuple[str, ...]) -> list[KeptOp]:
        """Keep the operations whose device of this hall signed them; the others are not ours."""
        kept = [op for op in map(self._opened, tokens) if op is not None]
        self.store.keep(kept)
        return [self.store.find(op.op_id, op.op_hash) or op for op in kept]

    def _opened(self, token: str) -> KeptOp | None:
        try:
            public = self.store.public_key(peek_header(token).get("kid", ""))
            if public is None:
                return None
            payload = verify_json(token, public, OP_TYP)
        except (DomainError, ValueError, RecursionError):
            return None
        op_id, device_id, kind = (str(payload.get(n, "")) for n in ("op_id", "device_id", "kind"))
        at = self.now().isoformat(timespec="milliseconds")
        return KeptOp(0, op_id, canonical_hash(payload), device_id, kind, token, at, "")

    def stored(self, op: KeptOp) -> Stored:
        """Return what the host may say of an operation: that it lies here."""
        return Stored(op_id=op.op_id, op_hash=op.op_hash, at=op.at)


def _final(result: OpResult) -> bool:
    """Held and conflicting ones may still be decided otherwise: they are asked about again."""
    return result.status in {"applied", "already", "rejected"}


class Forwarder:
    """The thread that forwards; a failure of the line is waited out, never given up."""

    def __init__(self, host: EdgeHost, every_s: float = 20.0) -> None:
        """Prepare; ``every_s`` between two tries."""
        self._host = host
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="edge-forward", daemon=True)

    def start(self) -> None:
        """Start."""
        self._thread.start()

    def stop(self) -> None:
        """End; what was not forwarded stays."""
        self._stop.set()
        self._thread.join(30)

    def _loop(self) -> None:
        while not self._stop.is_set():
            try:
                self._host.learn_devices()
                self._host.forward()
            except LineError as error:
                _log.info("not forwarded: %s", error.outcome.code)
            except (DomainError, ValidationError) as error:
                _log.warning("not forwarded: %s", type(error).__name__)
            self._stop.wait(self._every_s)
