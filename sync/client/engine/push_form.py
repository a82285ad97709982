# SPDX-License-Identifier: MulanPSL-2.0
"""The ways to write a push, the smallest first; a centre that cannot read one answers 415."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sync.client.transport import Ask
from sync.protocol.compression import compress
from sync.protocol.dictionaries import DICT_ID_HEADER, Dictionary, newest, of_document
from sync.protocol.expected import ACCEPT_DICT_HEADER, answers_to
from sync.protocol.opened import PUSH_OPENED, RESULTS_OPENED, close_line, pack_push
from sync.protocol.wire import NDJSON, PushLine, PushRequest


@dataclass(frozen=True)
class Form:
    """One way to write a push and to read its answer."""

    opened: bool = False  # tokens opened, see sync.protocol.opened
    packed: bool = False  # zstd
    dictionary: Dictionary | None = None

    @property
    def name(self) -> tuple[bool, bool, str]:
        """What tells it from the others."""
        return self.opened, self.packed, self.dictionary.dict_id if self.dictionary else ""

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
        if self.dictionary is not None:
            headers[DICT_ID_HEADER] = self.dictionary.dict_id
        return headers

    def body(self, request: PushRequest) -> bytes:
        """Return the content."""
        if self.opened:
            plain = pack_push(request.model_dump(mode="json", exclude={"ops"}), request.ops)
        else:
            plain = request.model_dump_json().encode()
        return compress(plain, self.dictionary) if self.packed else plain


class Forms:
    """Which form the centre reads: after a 415 the next one, for the rest of the run."""

    def __init__(self) -> None:
        """Begin with all of them."""
        self._refused: set[tuple[bool, bool, str]] = set()

    def best(self, published: Mapping[str, object] | None) -> Form:
        """Return the smallest form not refused; ``published`` is the dictionary of the feed."""
        trained = (_dictionary(published), newest())
        forms = [Form(opened=True, packed=True, dictionary=one) for one in trained if one]
        forms += [Form(opened=True, packed=True), Form(packed=True)]
        return next((form for form in forms if form.name not in self._refused), Form())

    def refuse(self, form: Form) -> bool:
        """Note that the centre does not read a form; false when there is no other."""
        if form == Form():
            return False
        self._refused.add(form.name)
        return True


def _dictionary(published: Mapping[str, object] | None) -> Dictionary | None:
    try:
        return of_document(published) if published else None
    except ValueError:
        return None  # the ones of the program are good enough


def parsed_line(line: bytes) -> PushLine:
    """Return a line of the answer, in either form.

    Raises:
        ValueError: it is no such line.
    """
    if line.startswith(b"{") and b"\t" not in line:
        return PushLine.model_validate_json(line)
    return PushLine(result=close_line(line))
