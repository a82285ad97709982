# SPDX-License-Identifier: MulanPSL-2.0
"""What the sign-in does: one try at a time, honest words, a countdown after too many."""

import re
import time
from collections.abc import Callable
from typing import Protocol

from ui.notify import SpokenError, describe_error

Operator = tuple[str, str, str]
"""Operator id, name, job number."""

SignIn = Callable[[str, str, Callable[[object], None], Callable[[BaseException], None]], None]
"""Operator id, password, told of success, told of failure; returns at once."""

_SECONDS = re.compile(r"(\d+) *秒")
_MINUTES = re.compile(r"(\d+) *分钟")


class SignInView(Protocol):
    """What the presenter needs of the view."""

    def set_busy(self, *, busy: bool) -> None: ...
    def show_error(self, words: str, code: str) -> None: ...
    def show_wait(self, seconds: int) -> None: ...
    def succeed(self, answer: object) -> None: ...


def wait_seconds(error: SpokenError) -> int:
    """How long a lock-out lasts, from its attribute or else from its words."""
    if error.code != "SIGN-WAIT":
        return 0
    told = getattr(error, "wait_s", None)
    if isinstance(told, int):
        return told
    if found := _MINUTES.search(error.what):
        return 60 * int(found[1])
    found = _SECONDS.search(error.what)
    return int(found[1]) if found else 0


class SignInPresenter:
    """Keeps the state of one sign-in screen. GUI thread only."""

    def __init__(
        self, view: SignInView, sign_in: SignIn, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._view = view
        self._sign_in = sign_in
        self._now = now
        self._until: dict[str, float] = {}
        self._operator = ""
        self.busy = False

    def _left(self) -> int:
        """Seconds the person chosen still has to wait."""
        return max(0, round(self._until.get(self._operator, 0.0) - self._now()))

    @property
    def waiting(self) -> bool:
        """Whether the person chosen is locked out now."""
        return self._left() > 0

    def choose(self, operator_id: str) -> None:
        """Another name was chosen; everybody has a lock-out of their own."""
        if operator_id != self._operator:
            self._operator = operator_id
            self._view.show_wait(self._left())

    def go(self, operator_id: str, password: str) -> None:
        """Try to sign in, unless a try is under way or the person must wait."""
        if self.busy or not operator_id or not password:
            return
        self.choose(operator_id)
        if self.waiting:
            self._view.show_wait(self._left())
            return
        self.busy = True
        self._view.set_busy(busy=True)
        self._sign_in(operator_id, password, self._good, self._bad)

    def tick(self) -> None:
        """One second went by."""
        self._view.show_wait(self._left())

    def _good(self, answer: object) -> None:
        self.busy = False
        self._view.set_busy(busy=False)
        self._view.succeed(answer)

    def _bad(self, error: BaseException) -> None:
        """The core's words name no part that was wrong, so they are said as they are."""
        self.busy = False
        self._view.set_busy(busy=False)
        told = describe_error(error)
        self._view.show_error(told.words, told.code)
        wait = wait_seconds(error) if isinstance(error, SpokenError) else 0
        if wait:
            self._until[self._operator] = self._now() + wait
            self._view.show_wait(wait)
