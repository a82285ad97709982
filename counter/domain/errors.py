# SPDX-License-Identifier: MulanPSL-2.0
"""The two kinds of error a person is told about; everything else is a bug."""

from __future__ import annotations

_KEPT = "已填的内容都还在。"


class CounterError(Exception):
    """An error with plain words for the clerk and a stable code for support.

    Attributes:
        code: Stable code, e.g. ``ID-CHECK``; never reused with another meaning.
        what: What happened, one Chinese sentence.
        safe: What is safe.
        todo: What to do next; may be empty.
        field: Semantic field code the error belongs to, or ``None``.
    """

    def __init__(
        self,
        *,
        code: str,
        what: str,
        safe: str = _KEPT,
        todo: str = "",
        field: str | None = None,
    ) -> None:
        """Keep the parts; ``str()`` joins them for the screen."""
        super().__init__(code)
        self.code = code
        self.what = what
        self.safe = safe
        self.todo = todo
        self.field = field

    def __str__(self) -> str:
        """Return the whole message with its code, as it may be shown."""
        return f"{self.what}{self.safe}{self.todo}（{self.code}）"


class DomainError(CounterError):
    """Something in the input is against a rule: say it at the field."""


class NotAllowedError(DomainError):
    """The act is not open in this state or to this person."""


class KnownError(CounterError):
    """The surroundings fail in a known way (disk, database, reader): offer the next step."""
