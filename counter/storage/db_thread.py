# SPDX-License-Identifier: MulanPSL-2.0
"""The one thread that owns the database (ADR 0004)."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")
_NAME = "counter-database"


class ThreadGuard:
    """Remembers the thread it was made on and refuses every other."""

    def __init__(self) -> None:
        self._owner = threading.get_ident()

    def check(self) -> None:
        """Raise if this is another thread.

        Raises:
            RuntimeError: a fault of the program, never of the surroundings.
        """
        if threading.get_ident() != self._owner:
            raise RuntimeError(f"database used on thread {threading.current_thread().name}")


def assert_db_thread() -> None:
    """Raise unless this code runs on a ``DatabaseThread``.

    Raises:
        RuntimeError: a fault of the program.
    """
    if threading.current_thread().name != _NAME:
        raise RuntimeError(f"not the database thread: {threading.current_thread().name}")


class DatabaseThread:
    """``Execution``: one named thread, first in first out."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._loop, name=_NAME)
        self._thread.start()

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Queue ``work``; the future carries its result or exception.

        Raises:
            RuntimeError: the thread was closed.
        """
        future: Future[T] = Future()

        def job() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = work()
            # The future is the runner's way to hand over whatever went wrong.
            except BaseException as error:  # noqa: BLE001 - handed over whole
                future.set_exception(error)
            else:
                future.set_result(result)

        with self._lock:
            if self._closed:
                raise RuntimeError("database thread is closed")
            self._queue.put(job)
        return future

    def run(self, work: Callable[[], T]) -> T:
        """Queue ``work`` and wait; on the database thread itself just do it."""
        if threading.current_thread() is self._thread:
            return work()
        return self.submit(work).result()

    def close(self) -> None:
        """Finish what is queued, then stop the thread. Safe to call twice."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _loop(self) -> None:
        while (job := self._queue.get()) is not None:
            job()
