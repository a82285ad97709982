# SPDX-License-Identifier: MulanPSL-2.0
"""The real hub without sockets: bytes of a request in, bytes of the answer out, and a bad line.

``Front`` does what the routes do around the same handlers; ``Wire`` is one counter's line to it,
which may lose, double, delay, cut, refuse or forge. Nothing here waits.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

from counter.domain.canonical import Json
from counter.domain.signing import SigningKey, sign_json
from sync.client.meter import Meter
from sync.client.outcomes import Cut, LineError, Offline, Portal, ServerBusy, TimedOut
from sync.client.reading import outcome_of_status
from sync.client.transport import Ask, Reply
from sync.hub.centre import Centre, Limits, open_centre
from sync.hub.handlers import judging, packing, relay, snapshot, uploads
from sync.hub.handlers import push as pushing
from sync.hub.handlers.checkin import check_in
from sync.hub.handlers.enrol import certificate
from sync.hub.handlers.pull import page_signature, pull
from sync.hub.storage import halls
from sync.protocol import errors, tus
from sync.protocol.compression import decompress
from sync.protocol.dictionaries import DICT_ID_HEADER
from sync.protocol.edge import EDGE_WINDOW, EdgeAsk, HallDevices
from sync.protocol.errors import ProblemError
from sync.protocol.opened import PUSH_OPENED, unpack_push
from sync.protocol.snapshot import SnapshotReply
from sync.protocol.wire import (
    NDJSON,
    PAGE_SIGNATURE_HEADER,
    PROBLEM_JSON,
    RESULT_TYP,
    CheckIn,
    HaveReply,
    HaveRequest,
    PushLine,
    PushRequest,
)
from tests.fakes.alone import Alone

LIMIT = 8 * 1024 * 1024
FAULTS = (
    "down",
    "portal",
    "busy",
    "late",
    "double",
    "lose",
    "broken",
    "cut",
    "cut",
    "stop",
    "forge",
    "timeout",
    "epoch",
    "flip",
)
FORGER = SigningKey.from_seed("centre-forged", b"\x66" * 32)


class Front:
    """A centre on its data folder, with a clock set by hand."""

    def __init__(self, data: Path, now: Callable[[], datetime]) -> None:
        """Open the centre."""
        self._data = data
        self._now = now
        self.centre = self._open()

    def _open(self) -> Centre:
        centre = open_centre(self._data, limits=Limits(page_records=20))
        centre.clock = self._now
        judging.recheck(centre, errors.HELD_DEP)  # as ``serve`` does at its start
        return centre

    def restart(self) -> None:
        """Stop and open the same data again."""
        self.centre.close()
        self.centre = self._open()

    def answer(self, device_id: str, ask: Ask, *, most: int | None = None) -> Reply:
        """Work a request off; with ``most`` the connection is gone after so many results.

        Raises:
            LineError: what the counter makes of a whole-request error.
        """
        reply = self.reply(device_id, ask, most)
        if reply.status >= 400:
            raise LineError(outcome_of_status(reply.status, reply.headers, reply.body))
        return reply

    def reply(self, device_id: str, ask: Ask, most: int | None = None) -> Reply:
        """Return the answer as it goes over the line, a problem as a problem."""
        try:
            with self.centre.database.read() as tx:
                device = halls.device(tx, device_id)
            if device is None:
                raise ProblemError(401, errors.UNKNOWN_DEVICE)
            if device.revoked_at and not _sends(ask):  # what it sends is taken and held (§12)
                raise ProblemError(403, errors.REVOKED)
            return self._route(device, ask, most)
        except ProblemError as error:
            body = error.problem.model_dump_json().encode()
            headers = {name.lower(): value for name, value in error.headers.items()}
            return Reply(error.problem.status, {**headers, "content-type": PROBLEM_JSON}, body)

    def damaged(self, device_id: str, ask: Ask) -> None:
        """A piece of a page arrives whole, but was read wrongly at the counter (bad memory)."""
        if (
            ask.method not in {"POST", "PATCH"}
            or not ask.body
            or "Tus-Resumable" not in ask.headers
        ):
            return
        wrong = bytes([ask.body[0] ^ 1]) + ask.body[1:]
        digest = base64.b64encode(hashlib.sha256(wrong).digest()).decode()
        headers = {**ask.headers, "Upload-Checksum": f"sha256 {digest}"}
        with suppress(LineError):
            self.answer(device_id, replace(ask, body=wrong, headers=headers))

    def _route(self, device: halls.Device, ask: Ask, most: int | None) -> Reply:
        parts = urlsplit(ask.path)
        body = ask.body or b""
        if ask.headers.get("Content-Encoding") == "zstd":
            dictionary = packing.find(self.centre, ask.headers.get(DICT_ID_HEADER, ""))
            body = decompress(body, limit=LIMIT, dictionary=dictionary)
        if parts.path == "/v1/sync/push":
            opened = ask.headers.get("Content-Type", "") == PUSH_OPENED
            asked = unpack_push(body) if opened else json.loads(body)
            return self._push(device, PushRequest.model_validate(asked), most)
        if parts.path == "/v1/sync/pull":
            return self._pull(device, parts.query)
        if parts.path == "/v1/sync/checkin":
            return self._check_in(device, body)
        if parts.path.startswith("/v1/sync/snapshot"):
            return self._snapshot(device, ask, parts.path)
        if parts.path.startswith("/v1/bundles/"):
            return self._carried(ask, parts.path.rpartition("/")[2])
        if parts.path.startswith("/v1/edge/"):
            return self._hall(device, body, parts.path)
        if parts.path == "/v1/blobs/have":
            asked = HaveRequest.model_validate_json(body)
            reply = HaveReply(bitmap=uploads.have(self.centre, asked.blob_ids))
            return self._page(reply.model_dump_json().encode(), "", asked=ask.body or b"")
        return self._tus(device, ask, parts.path, body)

    def _push(self, device: halls.Device, request: PushRequest, most: int | None) -> Reply:
        out = b""
        for count, line in enumerate(pushing.push(self.centre, device, request)):
            if most is not None and count >= most:
                break  # the hub notices the broken connection between two operations
            out += line.model_dump_json(exclude_defaults=True).encode() + b"\n"
        return Reply(200, {"content-type": NDJSON}, out)

    def _pull(self, device: halls.Device, query: str) -> Reply:
        given = {name: values[0] for name, values in parse_qs(query).items()}
        scopes = [scope for scope in given.get("scopes", "").split(",") if scope]
        limit = min(int(given["limit"]), self.centre.limits.page_records)
        cursor = given.get("cursor", "")
        page = pull(self.centre, device, cursor=cursor, scopes=scopes, limit=limit)
        return self._page(page.model_dump_json().encode(), page.cursor)

    def _check_in(self, device: halls.Device, body: bytes) -> Reply:
        with self.centre.database.read() as tx:
            kid = halls.keys_of(tx, device.device_id)[-1].kid
        reply = check_in(self.centre, device, kid, CheckIn.model_validate_json(body))
        return self._page(reply.model_dump_json().encode(), "", asked=body)

    def _snapshot(self, device: halls.Device, ask: Ask, path: str) -> Reply:
        if path == "/v1/sync/snapshot":
            manifest = snapshot.signed(self.centre, snapshot.make(self.centre, device))
            return Reply(200, {}, SnapshotReply(manifest=manifest).model_dump_json().encode())
        place, sha256 = path.split("/")[-2:]
        found = snapshot.chunk_file(self.centre, device, place, sha256)
        if found is None:
            raise ProblemError(404, errors.NOT_FOUND)
        return _part_of(found.read_bytes(), ask)

    def _hall(self, device: halls.Device, body: bytes, path: str) -> Reply:
        """What only the edge host of a hall asks."""
        ask = EdgeAsk.model_validate_json(body)
        if device.counter_no != EDGE_WINDOW:
            raise ProblemError(403, errors.SCOPE)
        if path.endswith("/snapshot"):
            made = snapshot.for_hall(self.centre, device, ask.checksums)
            told = SnapshotReply(manifest=snapshot.signed(self.centre, made) if made else "")
            return self._page(told.model_dump_json().encode(), "", asked=body)
        with self.centre.database.read() as tx:
            found = tuple(
                certificate(self.centre, one, key)
                for one in halls.all_devices(tx)
                if one.hall_code == device.hall_code and not one.revoked_at
                for key in halls.keys_of(tx, one.device_id)
            )
        reply = HallDevices(certificates=found)
        return self._page(reply.model_dump_json().encode(), "", asked=body)

    def _carried(self, ask: Ask, sha256: str) -> Reply:
        if ask.method == "GET":
            return _part_of(relay.answer_file(self.centre, sha256).read_bytes(), ask)
        reply = relay.take_in(self.centre, sha256)
        return self._page(reply.model_dump_json().encode(), "", asked=ask.body or b"")

    def _page(self, body: bytes, cursor: str, *, asked: bytes = b"") -> Reply:
        token = page_signature(self.centre, body, cursor, asked=asked)
        return Reply(200, {PAGE_SIGNATURE_HEADER.lower(): token}, body)

    def _tus(self, device: halls.Device, ask: Ask, path: str, body: bytes) -> Reply:
        head = {name.lower(): value for name, value in ask.headers.items()}
        checksum = tus.checksum(head.get("upload-checksum", ""))
        upload_id = path.rpartition("/")[2]
        if ask.method == "POST":
            about = tus.metadata(head["upload-metadata"])
            progress = uploads.create(
                self.centre,
                device,
                blob_id=about["blob_id"],
                media_type=about["media_type"],
                length=int(head["upload-length"]),
                chunk=body,
                checksum=checksum,
            )
        elif ask.method == "HEAD":
            progress = uploads.find(self.centre, device, upload_id)
        else:
            offset = int(head["upload-offset"])
            progress = uploads.append(
                self.centre, device, upload_id, offset=offset, chunk=body, checksum=checksum
            )
        headers = {"tus-resumable": "1.0.0", "upload-offset": str(progress.offset)}
        headers["location"] = f"/v1/blobs/{progress.upload.upload_id}"
        if word := uploads.receipt(self.centre, progress):
            headers[PAGE_SIGNATURE_HEADER.lower()] = word
        return Reply(204, headers, b"")


def _sends(ask: Ask) -> bool:
    """Tell whether this only brings something: a revoked device may do that (rescue lane)."""
    taken = ("/v1/sync/push", "/v1/blobs", "/v1/bundles/")
    return ask.path.startswith(taken) and (ask.method != "GET" or ask.path.startswith("/v1/blobs"))


def _part_of(data: bytes, ask: Ask) -> Reply:
    """Answer a question for a file, or a part of it (RFC 9110, Range)."""
    if "Range" not in ask.headers:
        return Reply(200, {}, data)
    first, last = ask.headers["Range"].removeprefix("bytes=").split("-")
    return Reply(206, {}, data[int(first) : int(last) + 1])


@dataclass(frozen=True)
class Late:
    """A request that is still somewhere on the way."""

    device_id: str
    ask: Ask


class Way(Protocol):
    """What a line leads to: the centre, or the edge host of the hall."""

    def answer(self, device_id: str, ask: Ask, *, most: int | None = None) -> Reply:
        """Return the answer.

        Raises:
            LineError: what the counter makes of a whole-request error.
        """
        ...

    def damaged(self, device_id: str, ask: Ask) -> None:
        """Take a piece that was read wrongly at the counter."""
        ...


class Wire(Alone):
    """``Line`` of one counter. ``faults`` are used up one a request; without any all is well."""

    def __init__(self, front: Front, device_id: str, rng: random.Random) -> None:
        """Connect to ``front`` as this device."""
        self.way: Way = front
        self._device_id = device_id
        self._rng = rng
        self._meter = Meter()
        self.faults: deque[str] = deque()
        self.late: list[Late] = []
        self.carried = 0  # bytes of pages handed to the line
        self.cut_every = 0  # the line breaks whenever so many of them passed; 0 = never
        self.cuts = 0
        self.garble: Callable[[bytes], bytes] | None = None  # what happens to an answer's bytes

    @property
    def meter(self) -> Meter:
        """No speed is ever measured here."""
        return self._meter

    @property
    def base(self) -> str:
        """The centre's address."""
        return "https://centre.example"

    def call(self, ask: Ask) -> Reply:
        """Return a whole answer, or raise what the line makes of it."""
        fault = self._before(ask)
        reply = self.way.answer(self._device_id, ask)
        if fault in ("lose", "cut", "stop", "forge"):
            raise LineError(Cut("网络中断了。"))
        return self._after(fault, reply)

    def lines(self, ask: Ask, media_type: str) -> Iterator[bytes]:
        """Yield whole lines as far as the answer comes."""
        del media_type
        fault = self._before(ask)
        most = self._rng.randrange(3) if fault == "stop" else None
        reply = self._after(fault, self.way.answer(self._device_id, ask, most=most))
        body = reply.body
        if fault == "forge":
            body = b"".join(_forged(line) for line in body.splitlines())
        if fault == "lose":
            body = b""
        if fault in ("cut", "stop"):
            body = body[: self._rng.randrange(len(body) + 1)]
        *whole, rest = body.split(b"\n")
        yield from whole
        if rest or fault in ("lose", "cut", "stop"):
            raise LineError(Cut("网络中断了。"))

    def _before(self, ask: Ask) -> str:
        """What happens before the centre has worked."""
        self._carry(ask)
        fault = self.faults.popleft() if self.faults else ""
        match fault:
            case "down":
                raise LineError(Offline("连不上中心。"))
            case "portal":
                raise LineError(Portal("网络被认证页面拦住了。"))
            case "busy":
                raise LineError(ServerBusy("中心正忙。", 5.0))
            case "epoch":
                body = ProblemError(409, errors.EPOCH_AHEAD).problem.model_dump_json().encode()
                raise LineError(outcome_of_status(409, {}, body))
            case status if status.isdigit():
                body = ProblemError(int(status), errors.BAD_BODY).problem.model_dump_json().encode()
                raise LineError(outcome_of_status(int(status), {}, body))
            case "flip":
                self.way.damaged(self._device_id, ask)
            case "late":
                self.late.append(Late(self._device_id, ask))
                raise LineError(TimedOut("中心没有及时回应。"))
            case "double":
                self.way.answer(self._device_id, ask)
        return fault

    def _carry(self, ask: Ask) -> None:
        if "Tus-Resumable" not in ask.headers or not ask.body:
            return
        before, self.carried = self.carried, self.carried + len(ask.body)
        if self.cut_every and before // self.cut_every < self.carried // self.cut_every:
            self.cuts += 1
            raise LineError(Cut("网络中断了。"))

    def _after(self, fault: str, reply: Reply) -> Reply:
        """What happens when the centre has worked already."""
        if self.garble is not None:
            reply = replace(reply, body=self.garble(reply.body))
        if fault == "broken":
            raise LineError(ServerBusy("中心暂时不能服务。", 0.0, errors.INTERNAL))
        if fault == "timeout":
            raise LineError(TimedOut("中心没有及时回应。"))
        return reply


def _forged(line: bytes) -> bytes:
    """Put another verdict under a key that is not the centre's."""
    parsed = PushLine.model_validate_json(line)
    if not parsed.result:
        return line + b"\n"
    payload = _unproved(parsed.result) | {"status": "rejected", "code": "forged"}
    token = sign_json(payload, FORGER, RESULT_TYP)
    return PushLine(result=token).model_dump_json(exclude_defaults=True).encode() + b"\n"


def _unproved(token: str) -> dict[str, Json]:
    part = token.split(".")[1]
    found: dict[str, Json] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found
