# SPDX-License-Identifier: MulanPSL-2.0
"""取号 and 叫号 through the hall's host: ours up, the others' down, in the host's order."""

from __future__ import annotations

from pydantic import ValidationError

from counter.domain.canonical import sha256_hex
from counter.domain.signing import SignatureError
from counter.ports.hall_queue import QueuePlace
from sync.client.engine.step import Kit, Step
from sync.client.outcomes import Gone, LineError, Portal
from sync.client.transport import Ask
from sync.protocol.edge import QUEUE_MOST, QUEUE_TYP, QueueAsk, QueueReply, QueueTold

PATH = "/v1/edge/queue"
WAIT_S = 1.0  # the host answers at once when there is news, else after so long
EVERY_S = 0.1
ALONE_S = 10 * 60.0  # without a host there is nobody to ask
_FOREIGN = "对方给的不是本厅主机的叫号单，没有采用。"


class QueueEngine:
    """One thread uses it. Without a host each window goes on with its own numbers."""

    def __init__(self, kit: Kit, window: int, wait_s: float = WAIT_S) -> None:
        """Take the tools and which window this is: it speaks for itself only."""
        self._wait_s = wait_s
        self._window = window
        self._kit = kit
        self._alone_until = 0.0

    def step(self) -> Step:
        """Tell what is new here, hear what is new there.

        Raises:
            LineError: the host does not answer, or it is not the host that does.
        """
        wait = self._alone_until - self._kit.mono()
        if wait > 0:
            return Step(wait_s=wait)
        queue = self._kit.store.queue
        place = self._kit.run(queue.place)
        ours = self._kit.run(lambda: queue.unsent(self._window, QUEUE_MOST))
        ask = QueueAsk(
            line_id=place.line_id, after=place.upto, events=tuple(ours), wait_s=self._wait_s
        )
        body = ask.model_dump_json().encode()
        headers = {"Content-Type": "application/json"}
        try:
            reply = self._kit.channel.call(Ask("POST", PATH, body, headers))
        except LineError as error:
            if not isinstance(error.outcome, Gone):
                raise
            self._alone_until = self._kit.mono() + ALONE_S  # the centre itself, no host between
            return Step(wait_s=ALONE_S)
        told = self._told(reply.body, body)
        if told.line_id == place.line_id and not told.events:
            return Step(wait_s=EVERY_S)
        fresh = self._kit.run(lambda: queue.take(QueuePlace(told.line_id, told.upto), told.events))
        return Step(more=told.more, moved=fresh, wait_s=0.0 if told.more else EVERY_S)

    def _told(self, body: bytes, asked: bytes) -> QueueTold:
        try:
            reply = QueueReply.model_validate_json(body)
            payload = self._kit.centre.edge(reply.told, reply.certificate, QUEUE_TYP)
            told = QueueTold.model_validate(payload)
        except (ValidationError, SignatureError) as error:
            raise LineError(Portal(_FOREIGN, detail="QUEUE-FORM")) from error
        if told.asked != sha256_hex(asked):
            raise LineError(Portal(_FOREIGN, detail="QUEUE-OTHER"))
        return told
