# SPDX-License-Identifier: MulanPSL-2.0
"""One batch of operations under way, and what its answer says as far as it comes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from counter.ports.sync_store import OutboxRow
from sync.client.centre import Centre
from sync.client.engine.push_form import Form, parsed_line
from sync.client.engine.step import Line
from sync.client.outcomes import Cut, LineError, Outcome
from sync.client.transport import Ask
from sync.protocol.wire import OpResult, PushLine, PushTail


@dataclass
class Answer:
    """What came: results the centre signed about what was sent, the tail, and what went wrong."""

    good: dict[str, OpResult] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    stored: dict[str, str] = field(default_factory=dict)  # op_id → key id of the edge host
    ignored: int = 0
    tail: PushTail | None = None
    trouble: Outcome | None = None


class Flight:
    """A batch from its sending to the end of its answer. No database; it moves no operation.

    ``fly`` does it here and now. ``start`` does it on a thread of its own, so that the next batch
    goes up while this answer comes down; ``land`` waits for the end.
    """

    def __init__(self, batch: Sequence[OutboxRow], ask: Ask, form: Form, centre: Centre) -> None:
        """Take what is to be sent, as it was packed, and whose signature counts."""
        self.batch = batch
        self.ask = ask
        self.form = form
        self.answer = Answer()
        self._centre = centre
        self._hashes = {row.op_id: row.op_hash for row in batch}
        self._answered = threading.Event()
        self._thread: threading.Thread | None = None
        self._broken: BaseException | None = None

    def fly(self, line: Line) -> None:
        """Send, and read the answer as far as it comes; a cut leaves what arrived."""
        try:
            for one in line.lines(self.ask, self.form.answer):
                self._answered.set()
                self._read(one)
            if self.answer.tail is None:
                self.answer.trouble = Cut("中心的回执没有收完，其余的将重传。")
        except LineError as error:
            self.answer.trouble = error.outcome

    def start(self, line: Line) -> None:
        """Fly on another thread; ``line`` belongs to it until ``land``."""
        self._thread = threading.Thread(target=self._carry, args=(line,), name="sync-push-flight")
        self._thread.daemon = True
        self._thread.start()

    def wait_for_answer(self) -> None:
        """Wait until the centre begins to answer (then all went up), or it ended otherwise."""
        self._answered.wait()

    def land(self) -> Answer:
        """Wait for the end and return what came."""
        if self._thread is not None:
            self._thread.join()
        if self._broken is not None:
            raise self._broken
        return self.answer

    def _carry(self, line: Line) -> None:
        try:
            self.fly(line)
        except BaseException as error:  # noqa: BLE001 - raised again by ``land``
            self._broken = error
        finally:
            self._answered.set()

    def _read(self, line: bytes) -> None:
        answer = self.answer
        try:
            parsed = parsed_line(line)
        except ValueError:
            answer.ignored += 1
            return
        if parsed.tail is not None:
            answer.tail = parsed.tail
        self._note_stored(parsed)
        if not parsed.result:
            return
        result = self._centre.result(parsed.result)
        if result is None or self._hashes.get(result.op_id) != result.op_hash:
            answer.ignored += 1
            return
        answer.good[result.op_id] = result
        answer.tokens[result.op_id] = parsed.result

    def _note_stored(self, line: PushLine) -> None:
        """An edge host's word that it keeps an operation: shown, and it moves nothing (S4)."""
        found = self._centre.stored(line.stored, line.certificate) if line.stored else None
        if found is not None and self._hashes.get(found[0].op_id) == found[0].op_hash:
            self.answer.stored[found[0].op_id] = found[1]
