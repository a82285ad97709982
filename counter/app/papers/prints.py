# SPDX-License-Identifier: MulanPSL-2.0
"""First print or 补打 第N次: counted in the timeline, refused before anything leaves the printer."""

from __future__ import annotations

from collections.abc import Iterable

from counter.app.session import Session
from counter.domain.errors import NotAllowedError
from counter.domain.papers import SIZE_WORDS, PaperKind, Print, SheetSize


def line(made: Print) -> str:
    """Return the line of the timeline, e.g. 补打收件凭证（大字）第2次."""
    size = "" if made.size == "a4" else f"（{SIZE_WORDS[made.size]}）"
    return f"补打{made.title}{size}第{made.again}次" if made.again else f"打印{made.title}{size}"


def again(events: Iterable[str], title: str, size: SheetSize) -> int:
    """Return how often this paper left the printer in this size, by the timeline's lines."""
    first = line(Print("", title, size))
    more = line(Print("", title, size, 1)).removesuffix("1次")
    return sum(what == first or what.startswith(more) for what in events)


def check(kind: PaperKind, session: Session, reprints: int) -> None:
    """Refuse a print that the handler would refuse to note: ask before printing.

    Raises:
        NotAllowedError: ``ROLE``, or ``LEASE`` for a 补打 when the offline sign-in ran out.
    """
    session.need(frozenset(kind.roles), f"打印{kind.title}")
    if reprints:
        session.need_reading()


def refusal(kind: PaperKind, session: Session, reprints: int) -> str:
    """Return why this print would be refused, '' if it is allowed."""
    try:
        check(kind, session, reprints)
    except NotAllowedError as error:
        return f"{error.what}{error.todo}"
    return ""
