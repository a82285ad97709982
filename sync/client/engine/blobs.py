# SPDX-License-Identifier: MulanPSL-2.0
"""Pages and photos go up in pieces that survive any cut (tus 1.0.0, sync-protocol §5).

A page is done by the centre's signed word alone (S4): its receipt in the last answer, or its answer
to the question what it has. Complete without it, the page lies elsewhere, at the hall's edge host
say, and is asked about again.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError

from counter.domain.errors import CounterError, KnownError
from counter.ports.blobs import BlobReader
from counter.ports.sync_store import BlobJob
from sync.client.engine.chunks import ChunkSize
from sync.client.engine.step import PageKit, Step
from sync.client.outcomes import (
    ChecksumWrong,
    Gone,
    LineError,
    OffsetWrong,
    Outcome,
    Portal,
    Refused,
    ServerBusy,
    TooLarge,
)
from sync.client.transport import Ask, Reply
from sync.protocol import edge
from sync.protocol.compression import compress
from sync.protocol.wire import HAVE_MAX_IDS, PAGE_SIGNATURE_HEADER, HaveReply, HaveRequest

HAVE_PATH = "/v1/blobs/have"
CREATE_PATH = "/v1/blobs"
TUS = {"Tus-Resumable": "1.0.0"}
CHUNK_TYPE = "application/offset+octet-stream"
_READ_AGAIN_S = 5.0  # a more urgent page waits no longer than this, and one chunk
_LOST = "BLOB-LOST"
_SHELF_S = 15 * 60.0
_LOOK_S, _LOOK_MOST_S = 5.0, 5 * 60.0  # a complete page is asked about again, ever less often
_FOREIGN = "网络被认证页面或代理拦住了，请先完成上网认证。"


@dataclass
class _Upload:
    """The blob under way: where its plaintext is read and what the centre confirmed."""

    job: BlobJob
    source: BlobReader
    url: str
    offset: int
    fresh: bool  # nothing of it was ever sent: it may travel with its creation
    known: bool = False  # the offset was confirmed since the last error
    suspect: bool = False  # the centre said that the content is wrong
    strikes: int = 0  # oddities without progress
    receipt: str = ""  # what the last answer said in the centre's name


@dataclass
class BlobCounters:
    """What travelled since start."""

    done: int = 0
    already_there: int = 0
    chunks: int = 0
    wasted: int = 0  # bytes handed to the line in chunks that were not confirmed
    failed: int = 0
    elsewhere: int = 0  # complete, and not the centre's word


def _nothing(_blob_id: str, _token: str) -> None:
    return


class BlobEngine:
    """Sends one chunk a step, the most urgent blob first. One thread uses it."""

    def __init__(self, kit: PageKit, keep_receipt: Callable[[str, str], None] = _nothing) -> None:
        """Take the tools; ``keep_receipt(blob_id, token)`` is told the centre's own words."""
        self._kit = kit
        self._keep_receipt = keep_receipt
        self._asked: set[str] = set()
        self._tried: set[str] = set()  # content travelled at least once
        self._upload: _Upload | None = None
        self._waiting: list[BlobJob] = []  # read from the store, most urgent first
        self._read_at = 0.0
        self._mismatches: dict[str, int] = {}
        self._shelf: dict[str, float] = {}
        self._looks: dict[str, float] = {}  # seconds until a complete page is asked about again
        self.chunk = ChunkSize()
        self.counters = BlobCounters()

    def step(self) -> Step:
        """Ask what is there, then send one chunk.

        Raises:
            LineError: nothing got through.
        """
        upload = self._upload
        if upload is not None and self._overtaken(upload.job):
            upload = self._upload = None  # what arrived of it stays; its turn comes again
        if upload is None:
            found = self._next()
            if isinstance(found, Step):
                return found
            upload = found
        try:
            return self._advance(upload)
        except KnownError as error:
            if error.code != _LOST:
                raise
            self._fail(upload.job.blob_id, error.code)  # the file went away meanwhile
            return Step(more=True)
        except LineError as error:
            upload.known = False
            trouble = self._handle(upload, error.outcome)
            if trouble is None:
                return Step(more=True)
            raise

    def _next(self) -> _Upload | Step:
        """Choose the most urgent blob, or do what comes before one can be chosen."""
        now = self._kit.mono()
        if not self._waiting or now - self._read_at > _READ_AGAIN_S:
            self._waiting = self._jobs(now)
            self._read_at = now
            if not self._waiting:
                return Step()
        fresh = [job for job in self._waiting if job.blob_id not in self._asked]
        if fresh:
            moved = self._ask(fresh[:HAVE_MAX_IDS])
            self._waiting = []
            return Step(more=True, moved=moved)
        return self._load(self._waiting.pop(0)) or Step(more=True)

    def _jobs(self, now: float) -> list[BlobJob]:
        """Return what is left: required ones first, nearest deadline first (§5)."""
        jobs = self._kit.run(lambda: self._kit.store.blob_jobs(HAVE_MAX_IDS))
        jobs = [job for job in jobs if self._shelf.get(job.blob_id, 0.0) <= now]
        return sorted(jobs, key=_urgency)  # stable: of the same urgency, in the queue's order

    def _overtaken(self, job: BlobJob) -> bool:
        """Whether something more urgent came while a large file is under way."""
        now = self._kit.mono()
        if now - self._read_at <= _READ_AGAIN_S:
            return False
        self._waiting, self._read_at = self._jobs(now), now
        return bool(self._waiting) and _urgency(self._waiting[0]) < _urgency(job)

    def _ask(self, jobs: list[BlobJob]) -> bool:
        """Mark what the centre holds already; a blob that is there is never sent again."""
        ids = tuple(job.blob_id for job in jobs)
        body = compress(HaveRequest(blob_ids=ids).model_dump_json().encode())
        headers = {"Content-Type": "application/json", "Content-Encoding": "zstd"}
        try:
            reply = self._kit.channel.call(Ask("POST", HAVE_PATH, body, headers))
        except LineError as error:
            if error.outcome.detail != edge.LINE_DOWN:
                raise
            self._asked.update(ids)  # nobody can say; the hall's host keeps them meanwhile
            return False
        token = reply.headers.get(PAGE_SIGNATURE_HEADER.lower(), "")
        self._kit.centre.answer(reply.body, token, body)
        try:
            bitmap = HaveReply.model_validate_json(reply.body).bitmap
        except ValidationError as error:
            raise LineError(Portal(_FOREIGN, detail="HAVE-FORM")) from error
        if len(bitmap) != len(ids) or set(bitmap) - {"0", "1"}:
            raise LineError(Portal(_FOREIGN, detail="HAVE-FORM"))
        self._asked.update(ids)
        there = [blob_id for blob_id, bit in zip(ids, bitmap, strict=True) if bit == "1"]
        for blob_id in there:
            self._done(blob_id)
        self.counters.already_there += len(there)
        return bool(there)

    def _load(self, job: BlobJob) -> _Upload | None:
        """Return the upload of this job, its file proved; a lost one is told and passed over."""
        if job.upload_url and job.offset >= job.size and self._lies(job):
            return None
        source = self._kit.run(lambda: self._kit.store.blob_reader(job.blob_id))
        fresh = job.blob_id not in self._tried and not job.upload_url
        try:
            source.check()  # on this thread: a large file takes its time
        except CounterError as error:
            self._fail(job.blob_id, error.code)
            return None
        self._upload = _Upload(job, source, job.upload_url, job.offset, fresh)
        return self._upload

    def _advance(self, upload: _Upload) -> Step:
        if not upload.url:
            self._create(upload)
        elif not upload.known:
            self._locate(upload)
        if self._upload is not upload:
            return Step(more=True)
        if upload.offset < upload.source.size:
            self._patch(upload)
        if upload.offset >= upload.source.size:
            self._complete(upload)
        return Step(more=True, moved=True)

    def _complete(self, upload: _Upload) -> None:
        """All bytes are there; whether *there* is the centre, only its own word says."""
        blob_id = upload.job.blob_id
        self._upload = None
        if self._confirmed_by(upload.receipt, blob_id):
            self.counters.done += 1
            return
        self.counters.elsewhere += 1
        self._keep(upload)
        self._look_later(blob_id)

    def _confirmed_by(self, token: str, blob_id: str) -> bool:
        if not token or not self._kit.centre.has_blob(token, blob_id):
            return False
        self._kit.run(lambda: self._keep_receipt(blob_id, token))
        self._done(blob_id)
        return True

    def _look_later(self, blob_id: str) -> None:
        wait = self._looks.get(blob_id, 0.0)
        self._looks[blob_id] = min(_LOOK_MOST_S, max(_LOOK_S, 2 * wait))
        self._shelf[blob_id] = self._kit.mono() + wait  # at once the first time
        self._asked.discard(blob_id)

    def _lies(self, job: BlobJob) -> bool:
        """Ask after a page that is complete and not confirmed; false when it is to be sent again."""
        try:
            ask = Ask("HEAD", job.upload_url, None, TUS, ok=frozenset({200, 204}))
            reply = self._kit.channel.call(ask)
        except LineError as error:
            if isinstance(error.outcome, Gone):
                return False  # the upload finds it out again and begins anew
            self._look_later(job.blob_id)
            raise
        if _offset(reply) < job.size:
            return False
        if self._confirmed_by(_receipt(reply), job.blob_id):
            self.counters.done += 1
        else:
            self._look_later(job.blob_id)
        return True

    def _create(self, upload: _Upload) -> None:
        """Open the upload; a small page travels in the same request (tus creation-with-upload).

        After any trouble the content stays at home: the answer first says what is there already.
        A server without that extension answers offset 0, and the page follows as a chunk.
        """
        job, size = upload.job, upload.source.size
        pairs = {"blob_id": job.blob_id, "media_type": job.media_type}
        meta = ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in pairs.items())
        headers = {**TUS, "Upload-Length": str(size), "Upload-Metadata": meta}
        whole = upload.fresh and size <= self._room()
        upload.fresh = False
        if whole:
            self._tried.add(job.blob_id)
            headers["Content-Type"] = CHUNK_TYPE
        data = upload.source.read(0, size) if whole else b""
        ask = Ask("POST", CREATE_PATH, data, headers, ok=frozenset({200, 201}))
        reply = self._sent(ask) if whole else self._kit.channel.call(ask)
        location = reply.headers.get("location", "")
        if not location or "tus-resumable" not in reply.headers:
            raise LineError(Portal(_FOREIGN, detail="TUS-CREATE"))
        # Kept without the host: the same centre may be reached by another address tomorrow.
        upload.url = location.removeprefix(self._kit.channel.base)
        upload.offset = int(reply.headers.get("upload-offset", "0") or 0)
        upload.known = True
        upload.receipt = _receipt(reply)
        if upload.offset != size:  # a finished one is noted as done, in one write
            self._confirmed(upload, upload.offset)

    def _room(self) -> int:
        return self.chunk.size(self._kit.channel.meter.traffic().up_speed)

    def _sent(self, ask: Ask) -> Reply:
        """Send content and learn from it how much the line carries."""
        size = len(ask.body or b"")
        self.counters.chunks += 1
        try:
            reply = self._kit.channel.call(ask)
        except LineError:
            self.counters.wasted += size
            self.chunk.broke(size)
            raise
        self.chunk.arrived()
        return reply

    def _locate(self, upload: _Upload) -> None:
        reply = self._kit.channel.call(Ask("HEAD", upload.url, None, TUS, ok=frozenset({200, 204})))
        upload.receipt = _receipt(reply)
        self._confirmed(upload, _offset(reply))
        if upload.suspect and upload.offset == 0:
            self._emptied(upload)
        upload.suspect = False

    def _patch(self, upload: _Upload) -> None:
        piece = upload.source.read(upload.offset, self._room())
        digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
        headers = {
            **TUS,
            "Content-Type": CHUNK_TYPE,
            "Upload-Offset": str(upload.offset),
            "Upload-Checksum": f"sha256 {digest}",
        }
        self._tried.add(upload.job.blob_id)
        upload.fresh = False
        reply = self._sent(Ask("PATCH", upload.url, piece, headers, ok=frozenset({200, 204})))
        upload.receipt = _receipt(reply)
        self._confirmed(upload, _offset(reply))
        upload.strikes = 0

    def _confirmed(self, upload: _Upload, offset: int) -> None:
        """Keep what the centre holds; the address survives a restart."""
        if not 0 <= offset <= upload.source.size:
            raise LineError(Portal(_FOREIGN, detail="TUS-OFFSET"))
        upload.offset = offset
        upload.known = True
        self._keep(upload)

    def _keep(self, upload: _Upload) -> None:
        blob_id, url, offset = upload.job.blob_id, upload.url, upload.offset
        self._kit.run(lambda: self._kit.store.blob_progress(blob_id, url, offset))

    def _handle(self, upload: _Upload, outcome: Outcome) -> Outcome | None:
        """Return the outcome if the line is to blame, ``None`` when work can go on at once."""
        blob_id = upload.job.blob_id
        match outcome:
            case ChecksumWrong():
                upload.suspect = True
                return outcome
            case OffsetWrong():
                return self._again(upload, outcome)
            case Gone() | ServerBusy(detail=edge.LINE_DOWN):
                # Begun at the centre, and only the hall's host answers: it takes the page itself.
                upload.url = ""
                upload.offset = 0
                self._keep(upload)
                return self._again(upload, outcome)
            case TooLarge() | Refused():
                self._fail(blob_id, outcome.code)
                return None
            case _:
                return outcome

    def _again(self, upload: _Upload, outcome: Outcome) -> Outcome | None:
        """Go on at once the first time; without progress the lane backs off."""
        upload.strikes += 1
        return None if upload.strikes == 1 else outcome

    def _emptied(self, upload: _Upload) -> None:
        """The centre threw the whole file away: once more, then a person is shown it (§5)."""
        blob_id = upload.job.blob_id
        self._mismatches[blob_id] = self._mismatches.get(blob_id, 0) + 1
        if self._mismatches[blob_id] > 1:
            self._mismatches.pop(blob_id)
            self._fail(blob_id, "HASH")

    def _done(self, blob_id: str) -> None:
        self._mismatches.pop(blob_id, None)
        self._looks.pop(blob_id, None)
        # A result judged before the page came may call it missing: then one question for many
        # pages settles it, instead of the pages themselves.
        self._asked.discard(blob_id)
        self._kit.run(lambda: self._kit.store.blob_done(blob_id))

    def _fail(self, blob_id: str, code: str) -> None:
        self._upload = None
        self._shelf[blob_id] = self._kit.mono() + _SHELF_S
        self._asked.discard(blob_id)
        self.counters.failed += 1
        self._kit.run(lambda: self._kit.store.blob_failed(blob_id, code))


def _urgency(job: BlobJob) -> tuple[bool, str]:
    return (not job.required, job.deadline or "9999")


def _offset(reply: Reply) -> int:
    text = reply.headers.get("upload-offset", "")
    if not text.isdigit():
        raise LineError(Portal(_FOREIGN, detail="TUS-OFFSET"))
    return int(text)


def _receipt(reply: Reply) -> str:
    return reply.headers.get(PAGE_SIGNATURE_HEADER.lower(), "")
