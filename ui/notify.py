# SPDX-License-Identifier: MulanPSL-2.0
"""Tells the person what happened: notices, and errors turned into words with a code."""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import shiboken6
from PySide6.QtCore import QCoreApplication, QObject, Signal

_LOG = logging.getLogger("ui")

NoticeTone = Literal["info", "ok", "warn", "danger"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell.

    Attributes:
        text: what happened, one sentence.
        tone: how serious it is.
        safe: what is not lost.
        todo: what to do next.
        code: stable code for support, shown small.
        action_text: words on the button, empty for none.
        action: what the button does.
        seconds: goes away by itself after this time; 0 stays until closed.
    """

    text: str
    tone: NoticeTone = "info"
    safe: str = ""
    todo: str = ""
    code: str = ""
    action_text: str = ""
    action: Callable[[], None] | None = None
    seconds: int = 0

    @property
    def words(self) -> str:
        """What happened, what is safe, what to do, as one paragraph."""
        return "".join(part for part in (self.text, self.safe, self.todo) if part)


@runtime_checkable
class SpokenError(Protocol):
    """An error that brings its own words (the core's DomainError and KnownError)."""

    code: str
    what: str
    safe: str
    todo: str


class NoticeCenter(QObject):
    """Where notices are handed in; the shell shows them."""

    posted = Signal(object)
    """A `Notice`."""


class _State:
    """The one centre and the one reporter of the process."""

    center: NoticeCenter | None = None
    reporter: Callable[[BaseException], str] | None = None


def notice_center() -> NoticeCenter:
    """The one centre, made at first use and owned by the application."""
    if _State.center is None or not shiboken6.isValid(_State.center):
        _State.center = NoticeCenter(QCoreApplication.instance())
    return _State.center


def set_crash_reporter(reporter: Callable[[BaseException], str] | None) -> None:
    """Say who writes the redacted crash report; it returns the report's id."""
    _State.reporter = reporter


def notify(
    text: str,
    tone: NoticeTone = "info",
    *,
    seconds: int = 6,
    action_text: str = "",
    action: Callable[[], None] | None = None,
) -> None:
    """Show a short notice. `seconds=0` keeps it until it is closed. GUI thread only."""
    notice_center().posted.emit(
        Notice(text, tone, action_text=action_text, action=action, seconds=seconds)
    )


def describe_error(error: BaseException) -> Notice:
    """Words for an error: its own when it has them, else a report id to ask support with."""
    if isinstance(error, SpokenError):
        return Notice(error.what, "warn", safe=error.safe, todo=error.todo, code=error.code)
    report = _State.reporter(error) if _State.reporter else secrets.token_hex(4).upper()
    # The text of an unexpected error may hold personal data: only its type is logged.
    _LOG.error("unexpected %s, report %s", type(error).__name__, report)
    return Notice(
        "程序出了点问题，刚才这一步没有完成。",
        "danger",
        safe="已经保存的办件不受影响。",
        todo="请再试一次；还不行，请把报告编号告诉技术支持。",
        code=f"报告编号 {report}",
    )


def present_error(error: BaseException) -> Notice:
    """Turn an error into words and show them until closed. GUI thread only."""
    told = describe_error(error)
    notice_center().posted.emit(told)
    return told
