# SPDX-License-Identifier: MulanPSL-2.0
"""The bridge between the GUI thread and work elsewhere: submit a job, get its answer back here.

One long-lived QObject for the whole program (design: no thread object per task). Finished jobs
wait in a deque; one queued signal wakes the GUI thread, however many jobs finished.
"""

import inspect
import threading
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from time import perf_counter
from typing import Protocol, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal, Slot

from ui import notify

T = TypeVar("T")

_SLICE_S = 0.008
"""How long answers are handed out before the event loop may paint again."""


class DbSubmit(Protocol):
    """Queues a job on the one database thread of the counter."""

    def __call__(self, job: Callable[[], T], /) -> Future[T]: ...


class Latest:
    """Lets only the newest request of its kind answer (search as you type, a list's reload)."""

    def __init__(self) -> None:
        self._number = 0

    def take(self) -> Callable[[], bool]:
        """Start a new request; returns the question "am I still the newest?"."""
        self._number += 1
        mine = self._number
        return lambda: mine == self._number

    def cancel(self) -> None:
        """Make every request under way late."""
        self._number += 1


def _always() -> bool:
    return True


class _Weak:
    """A callback that does not keep its owner alive and is dropped with it."""

    def __init__(self, call: Callable[..., object], owner: QObject | None) -> None:
        bound = getattr(call, "__self__", None) if inspect.ismethod(call) else None
        if owner is None and isinstance(bound, QObject):
            owner = bound
        self._call: Callable[[], Callable[..., object] | None]
        self._call = weakref.WeakMethod(call) if inspect.ismethod(call) else lambda: call
        self._owner = weakref.ref(owner) if owner is not None else None

    def __call__(self, value: object) -> None:
        if self._owner is not None:
            owner = self._owner()
            if owner is None or not shiboken6.isValid(owner):
                return
        call = self._call()
        if call is not None:
            call(value)


class _Done:
    """A finished job on its way back to the GUI thread."""

    __slots__ = ("future", "on_done", "on_error", "wanted")

    def __init__(
        self,
        future: Future[object],
        on_done: _Weak,
        on_error: Callable[[BaseException], object],
        wanted: Callable[[], bool],
    ) -> None:
        self.future = future
        self.on_done = on_done
        self.on_error = on_error
        self.wanted = wanted

    def deliver(self) -> None:
        """Call back, unless the answer is late or the job was cancelled."""
        if not self.wanted():
            return
        try:
            error = self.future.exception()
        except CancelledError:
            return
        if error is not None:
            self.on_error(error)
        else:
            self.on_done(self.future.result())


class Runner(QObject):
    """Runs jobs off the GUI thread and hands their answers to callbacks in the GUI thread.

    A callback that is a bound method is held weakly. Give `owner` when it is a lambda: after the
    owner is gone the answer is dropped. A lambda that names `self` keeps `self` alive until then.
    All methods are for the GUI thread.
    """

    _wake = Signal()

    def __init__(
        self,
        db_submit: DbSubmit,
        io_workers: int = 2,
        parent: QObject | None = None,
        *,
        fallback: Callable[[BaseException], object] = notify.present_error,
    ) -> None:
        """Make the bridge.

        Args:
            db_submit: queues a job on the database thread, in order.
            io_workers: threads for devices, files and pictures.
            parent: owner in Qt's sense.
            fallback: told of errors that no `on_error` takes.
        """
        super().__init__(parent)
        self._db_submit = db_submit
        self._io = ThreadPoolExecutor(io_workers, thread_name_prefix="counter-io")
        self._fallback = fallback
        self._done: deque[_Done] = deque()
        self._open: set[Future[object]] = set()
        self._lock = threading.Lock()
        self._woken = False
        self._closed = False
        self._wake.connect(self._drain, Qt.ConnectionType.QueuedConnection)

    @property
    def pending(self) -> int:
        """Number of jobs whose answer has not been handed out yet."""
        with self._lock:
            return len(self._open) + len(self._done)

    def run_db(
        self,
        job: Callable[[], T],
        on_done: Callable[[T], object],
        on_error: Callable[[BaseException], object] | None = None,
        *,
        owner: QObject | None = None,
        latest: Latest | None = None,
    ) -> None:
        """Run a job on the database thread; jobs run in the order given."""
        self.submit(lambda: self._db_submit(job), on_done, on_error, owner=owner, latest=latest)

    def run_io(
        self,
        job: Callable[[], T],
        on_done: Callable[[T], object],
        on_error: Callable[[BaseException], object] | None = None,
        *,
        owner: QObject | None = None,
        latest: Latest | None = None,
    ) -> None:
        """Run a job on a thread for devices, files and pictures; no order is kept."""
        self.submit(lambda: self._io.submit(job), on_done, on_error, owner=owner, latest=latest)

    def submit(
        self,
        start: Callable[[], Future[T]],
        on_done: Callable[[T], object],
        on_error: Callable[[BaseException], object] | None = None,
        *,
        owner: QObject | None = None,
        latest: Latest | None = None,
    ) -> None:
        """Start a job elsewhere.

        Args:
            start: called now; queues the job and returns its future.
            on_done: gets the result, in the GUI thread.
            on_error: gets the error, in the GUI thread; without it the person is told.
            owner: drop the answer when this object is gone.
            latest: drop the answer when a newer request was made with the same `Latest`.
        """
        if self._closed:
            return
        wanted = latest.take() if latest is not None else _always
        try:
            future = start()
        except Exception as error:  # noqa: BLE001 - the runner is where unknown errors end
            future = Future()
            future.set_exception(error)
        failed = self._fallback if on_error is None else _Weak(on_error, owner)
        job: Future[object] = future  # type: ignore[assignment] # Future is invariant, only read here
        done = _Done(job, _Weak(on_done, owner), failed, wanted)
        with self._lock:
            self._open.add(job)
        future.add_done_callback(lambda _: self._finished(done))

    def _finished(self, done: _Done) -> None:
        """Any thread: put a finished job in the queue and wake the GUI thread once."""
        with self._lock:
            self._open.discard(done.future)
            if self._closed:
                return
            self._done.append(done)
            if self._woken:
                return
            self._woken = True
            # Inside the lock: close() cannot take the object away between question and emit.
            self._wake.emit()

    @Slot()
    def _drain(self) -> None:
        until = perf_counter() + _SLICE_S
        with self._lock:
            self._woken = False
        while self._done and not self._closed:
            done = self._done.popleft()
            try:
                done.deliver()
            except Exception as error:  # noqa: BLE001 - a callback's bug must not stop the queue
                self._fallback(error)
            if perf_counter() > until:
                with self._lock:
                    again = bool(self._done) and not self._woken
                    self._woken = self._woken or again
                if again:
                    self._wake.emit()
                return

    def close(self, timeout: float | None = 10.0) -> bool:
        """Take no more jobs, wait for those begun, drop their answers.

        Database jobs are never cancelled: a command given is a command done.

        Args:
            timeout: longest wait in seconds, `None` for no limit.

        Returns:
            Whether everything had ended.
        """
        with self._lock:
            self._closed = True
            left = set(self._open)
            self._done.clear()
        self._io.shutdown(wait=False, cancel_futures=True)
        ended = not wait(left, timeout).not_done
        if ended:
            self._io.shutdown(wait=True)
        return ended
