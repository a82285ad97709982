# SPDX-License-Identifier: MulanPSL-2.0
"""The ways to write a push, the smallest first; a centre that cannot read one answers 415."""

from __future__ import annotations

from dataclasses import dataclass

from sync.client.transport import Ask
from sync.protocol.compression import compress
from sync.protocol.dictionaries import DICT_ID_HEADER, newest
from sync.protocol.expected import ACCEPT_DICT_HEADER, answers_to
from sync.protocol.opened import PUSH_OPENED, RESULTS_OPENED, close_line, pack_push
from sync.protocol.wire import NDJSON, PushLine, PushRequest


@dataclass(frozen=True)
class Form:
    """One way to write a push and to read its answer."""

    opened: bool = False  # tokens opened, see sync.protocol.opened
    packed: bool = False  # zstd
    trained: bool = False  # … with the dictionary

    @property
    def answer(self) -> str:
        """The media type of the answer."""
        return RESULTS_OPENED if self.opened else NDJSON

    def ask(self, path: str, body: bytes, request: PushRequest) -> Ask:
        """Return the request that carries ``body``, which was written from ``request``."""
        headers = self._headers()
        answers = answers_to(request.ops) if self.opened else None
        if answers is not None:
            headers[ACCEPT_DICT_HEADER] = answers.dict_id
        return Ask("POST", path, body, headers, answers=answers)

    def _headers(self) -> dict[str, str]:
        kind = PUSH_OPENED if self.opened else "application/json"
        headers = {"Content-Type": kind, "Accept-Encoding": "zstd"}
        if self.packed:
            headers["Content-Encoding"] = "zstd"
        dictionary = newest() if self.trained else None
        if dictionary is not None:
            headers[DICT_ID_HEADER] = dictionary.dict_id
        return headers

    def body(self, request: PushRequest) -> bytes:
        """Return the content."""
        if self.opened:
            plain = pack_push(request.model_dump(mode="json", exclude={"ops"}), request.ops)
        else:
            plain = request.model_dump_json().encode()
        if not self.packed:
            return plain
        return compress(plain, newest() if self.trained else None)


# After a 415 the next one, for the rest of the run.
FORMS = (
    Form(opened=True, packed=True, trained=True),
    Form(opened=True, packed=True),
    Form(packed=True),
    Form(),
)


def parsed_line(line: bytes) -> PushLine:
    """Return a line of the answer, in either form.

    Raises:
        ValueError: it is no such line.
    """
    if line.startswith(b"{") and b"\t" not in line:
        return PushLine.model_validate_json(line)
    return PushLine(result=close_line(line))
