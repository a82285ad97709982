# SPDX-License-Identifier: MulanPSL-2.0
"""Failed sign-ins: counted on disk before the attempt, slowed down after five (ux.md §3)."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from counter.domain.errors import KnownError, NotAllowedError
from counter.ports.clock import Clock
from counter.ports.files import DurableWrite

FREE_TRIES = 5
FIRST_DELAY_S = 60
LONGEST_DELAY_S = 3600


class _Tally(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    fails: int = 0
    wall: str = ""
    boot_id: str = ""
    mono_ms: int = 0


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    v: int = 1
    tallies: dict[str, _Tally] = {}


def delay_s(fails: int) -> int:
    """Return the seconds to wait after that many failures: 0 … 60, 120, 240 … 3600."""
    if fails < FREE_TRIES:
        return 0
    return int(min(LONGEST_DELAY_S, FIRST_DELAY_S * 2 ** min(fails - FREE_TRIES, 10)))


class Attempts:
    """The lock-out. Thread-safe.

    On a full disk the count is kept in memory: a person must still be able to sign in and export
    (sync-protocol L4), and the lock-out guards the window, not the key.
    """

    def __init__(self, path: Path, write: DurableWrite, clock: Clock) -> None:
        """Keep the path; the file is read at the first attempt."""
        self._path = path
        self._write = write
        self._clock = clock
        self._lock = threading.Lock()
        self._file: _File | None = None

    def begin(self, operator_id: str) -> None:
        """Count an attempt as failed before it is made, durably.

        Raises:
            NotAllowedError: ``SIGN-WAIT`` while locked out; says for how long.
        """
        with self._lock:
            file = self._loaded()
            tally = file.tallies.get(operator_id, _Tally())
            wait = self._left_s(tally)
            if wait > 0:
                raise NotAllowedError(
                    code="SIGN-WAIT",
                    what=f"连续输错次数太多，请等 {_words(wait)} 再试。",
                    safe="本机数据没有改动，草稿都还在。",
                    todo="忘了密码请找值班长。",
                )
            self._keep(operator_id, tally.fails + 1)

    def succeeded(self, operator_id: str) -> None:
        """Forget the failures of an operator."""
        with self._lock:
            self._keep(operator_id, 0)

    def _left_s(self, tally: _Tally) -> int:
        delay = delay_s(tally.fails)
        if not delay:
            return 0
        if tally.boot_id == self._clock.boot_id():
            gone = (self._clock.mono_ms() - tally.mono_ms) / 1000
        else:
            gone = (self._clock.now() - datetime.fromisoformat(tally.wall)) / timedelta(seconds=1)
        # A clock set back must not lock longer than the delay itself.
        return min(delay, max(0, round(delay - gone)))

    def _keep(self, operator_id: str, fails: int) -> None:
        file = self._loaded()
        if fails:
            file.tallies[operator_id] = _Tally(
                fails=fails,
                wall=self._clock.now().isoformat(),
                boot_id=self._clock.boot_id(),
                mono_ms=self._clock.mono_ms(),
            )
        elif file.tallies.pop(operator_id, None) is None:
            return
        try:
            self._write(self._path, file.model_dump_json().encode())
        except KnownError as error:
            if error.code != "DISK-FULL":
                raise

    def _loaded(self) -> _File:
        if self._file is None:
            try:
                self._file = _File.model_validate_json(self._path.read_bytes())
            except (OSError, ValidationError):
                self._file = _File()
        return self._file


def _words(seconds: int) -> str:
    return f"{seconds} 秒" if seconds <= 90 else f"{-(-seconds // 60)} 分钟"
