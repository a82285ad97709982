# SPDX-License-Identifier: MulanPSL-2.0
"""Sending the bundle of another counter that has no line, and fetching its answer (§10).

Neither can be read here. The file goes up in pieces (tus, as any page), so a cut costs one piece.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from counter.domain.canonical import sha256_hex
from counter.domain.errors import KnownError
from sync.client.centre import Centre
from sync.client.engine.blobs import CHUNK_TYPE, CREATE_PATH, TUS
from sync.client.engine.chunks import ChunkSize
from sync.client.engine.step import Line
from sync.client.outcomes import Cut, Gone, LineError, OffsetWrong, Portal, Refused, TimedOut
from sync.client.transport import Ask
from sync.protocol import bundle
from sync.protocol.bundle import RETURN_SUFFIX
from sync.protocol.bundle_file import Disk, write_checked, write_error
from sync.protocol.wire import BUNDLE_TYPE, PAGE_SIGNATURE_HEADER, RelayReply

PATH = "/v1/bundles"
TRIES = 5  # cuts in a row without progress before a person is told
_PIECE = 256 * 1024
_NOT_CENTRE = "对方不是中心，没有采用。"


@dataclass(frozen=True)
class Relayed:
    """What the centre did with a carried bundle; ``answer`` is to be brought back to its counter."""

    answer: Path
    ops: int


def relay(
    line: Line,
    centre: Centre,
    path: Path,
    *,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    disk: Disk | None = None,
) -> Relayed:
    """Send one bundle and put its answer beside it.

    Args:
        line: An open channel of this counter; not on the GUI thread.
        centre: Whose signatures count.
        path: The ``.ycb`` of another counter.
        progress: Told bytes done and bytes in all.
        disk: File operations.

    Raises:
        LineError: the line; press again to go on from the beginning of this file.
        KnownError: ``BUNDLE-READ``; ``BUNDLE-REFUSED`` the centre cannot use it; ``BUNDLE-FULL``,
            ``BUNDLE-WRITE`` the answer could not be written.
    """
    with bundle.opened(path) as file:
        size = file.seek(0, io.SEEK_END)
        sha256 = _digest(file)
        _Upload(line, file, size, sha256, progress).run()
    told = _take_in(line, centre, sha256)
    answer = _fetch(line, sha256, told)
    back = path.with_suffix(RETURN_SUFFIX)
    write_checked(
        back, lambda sink: _fill(sink, answer), lambda f: _same(f, answer), disk or Disk()
    )
    return Relayed(back, sum(told.ops.values()))


def _digest(file: io.BufferedIOBase) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()


class _Upload:
    """One tus upload from a file; asks for the offset after every trouble."""

    def __init__(
        self,
        line: Line,
        file: io.BufferedIOBase,
        size: int,
        sha256: str,
        progress: Callable[[int, int], None],
    ) -> None:
        self._line, self._file, self._size, self._sha256 = line, file, size, sha256
        self._progress = progress
        self._chunk = ChunkSize()

    def run(self) -> None:
        pairs = {"blob_id": self._sha256, "media_type": BUNDLE_TYPE}
        meta = ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in pairs.items())
        headers = {**TUS, "Upload-Length": str(self._size), "Upload-Metadata": meta}
        reply = self._line.call(Ask("POST", CREATE_PATH, b"", headers, ok=frozenset({200, 201})))
        url = reply.headers.get("location", "").removeprefix(self._line.base)
        if not url:
            raise LineError(Portal(_NOT_CENTRE, detail="TUS-CREATE"))
        offset, failures = _offset(reply.headers), 0
        while offset < self._size:
            self._progress(offset, self._size)
            piece = self._piece(offset)
            try:
                offset, failures = self._patch(url, offset, piece), 0
                self._chunk.arrived()
            except LineError as error:
                failures += 1
                self._chunk.broke(len(piece))
                known = isinstance(error.outcome, Cut | TimedOut | OffsetWrong)
                if not known or failures > TRIES:
                    raise
                offset = self._where(url, offset)
        self._progress(self._size, self._size)

    def _piece(self, offset: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(self._chunk.size(self._line.meter.traffic().up_speed))

    def _patch(self, url: str, offset: int, piece: bytes) -> int:
        digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
        headers = {
            **TUS,
            "Content-Type": CHUNK_TYPE,
            "Upload-Offset": str(offset),
            "Upload-Checksum": f"sha256 {digest}",
        }
        reply = self._line.call(Ask("PATCH", url, piece, headers, ok=frozenset({200, 204})))
        return _offset(reply.headers)

    def _where(self, url: str, offset: int) -> int:
        """Ask how much arrived; while the line is gone it is taken as before."""
        try:
            reply = self._line.call(Ask("HEAD", url, None, TUS, ok=frozenset({200, 204})))
        except LineError as error:
            if isinstance(error.outcome, Gone):
                raise
            return offset
        return _offset(reply.headers)


def _offset(headers: Mapping[str, str]) -> int:
    text = headers.get("upload-offset", "0") or "0"
    if not text.isdigit():
        raise LineError(Portal(_NOT_CENTRE, detail="TUS-OFFSET"))
    return int(text)


def _take_in(line: Line, centre: Centre, sha256: str) -> RelayReply:
    asked = sha256.encode()
    try:
        reply = line.call(Ask("POST", f"{PATH}/{sha256}", asked))
    except LineError as error:
        if isinstance(error.outcome, Refused) and error.outcome.detail.startswith("BUNDLE-"):
            raise KnownError(
                code="BUNDLE-REFUSED",
                what=f"中心不能用这一份（{error.outcome.detail}）。",
                safe="没有采用其中任何内容；原来那台电脑上的数据都还在。",
                todo="请用原来的电脑重新拷一份。",
            ) from error
        raise
    centre.answer(reply.body, reply.headers.get(PAGE_SIGNATURE_HEADER.lower(), ""), asked)
    try:
        return RelayReply.model_validate_json(reply.body)
    except ValidationError as error:
        raise LineError(Portal(_NOT_CENTRE, detail="RELAY-FORM")) from error


def _fetch(line: Line, sha256: str, told: RelayReply) -> bytes:
    """Fetch the sealed answer in pieces; its hash was signed."""
    data, failures = b"", 0
    while len(data) < told.size:
        last = min(len(data) + _PIECE, told.size) - 1
        headers = {"Range": f"bytes={len(data)}-{last}"}
        ask = Ask("GET", f"{PATH}/{sha256}", headers=headers, ok=frozenset({200, 206}))
        try:
            reply = line.call(ask)
        except LineError as error:
            failures += 1
            if not isinstance(error.outcome, Cut | TimedOut) or failures > TRIES:
                raise
            continue
        failures = 0
        data = reply.body if reply.status == 200 else data + reply.body
    if sha256_hex(data) != told.sha256:
        raise LineError(Cut("取回的回执不完整，请再试一次。", detail="RELAY-HASH"))
    return data


def _fill(sink: io.BufferedIOBase, data: bytes) -> None:
    sink.write(data)


def _same(file: io.BufferedIOBase, data: bytes) -> None:
    if file.read() != data:
        raise write_error(OSError())
