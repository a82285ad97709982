# SPDX-License-Identifier: MulanPSL-2.0
"""Several serving processes on one listening socket; they share the database and the data folder.

A worker keeps nothing that matters: operations, results, the feed and nonces are rows, the
lock of an upload is the database's. So any worker may answer any request, on any machine, and one
that dies is replaced. Rate limits are counted in each worker, which gets its share of them.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import FrameType

from counter.domain.errors import KnownError
from sync.hub import logs, serve
from sync.hub.api.metrics import SHARED
from sync.hub.centre import Limits, open_centre
from sync.hub.tls import TlsFiles

MOST = 64
_START_S = 60
_CONNECTIONS = 80  # of all workers together; PostgreSQL takes 100 unless told otherwise
_log = logging.getLogger("sync.hub.workers")


@dataclass(frozen=True)
class Job:
    """What each worker serves; travels through a pipe, never over a command line."""

    listener: socket.socket
    data: Path
    database: str
    blobs: str
    connections: int
    limits: Limits
    tls: TlsFiles | None = None


@dataclass
class _Worker:
    process: SpawnProcess
    ready: Connection


def run(job: Job, count: int, started: Callable[[], None]) -> None:
    """Serve with ``count`` processes until SIGTERM or SIGINT; running requests are finished.

    Raises:
        KnownError: ``HUB-WORKER``: one could not start; all are stopped again.
    """
    stop = threading.Event()
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGTERM, signal.SIGINT)}

    def asked(_sign: int, _frame: FrameType | None) -> None:
        stop.set()

    for sign in before:
        signal.signal(sign, asked)
    workers: list[_Worker] = []
    shared = tempfile.TemporaryDirectory(prefix="hub-metrics-")
    os.environ[SHARED] = shared.name  # read by each worker when it starts
    try:
        # The first alone: it makes the files that the others only open.
        for more in (1, count - 1):
            fresh = [_start(job, len(workers) + number) for number in range(more)]
            workers += fresh
            _await(fresh, stop)
        if not stop.is_set():
            started()
        _keep(job, workers, stop)
    finally:
        for worker in workers:
            worker.process.terminate()  # SIGTERM: the worker finishes what runs
        for worker in workers:
            worker.process.join(serve.GRACE_S + 5)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
        del os.environ[SHARED]
        shared.cleanup()
        for sign, handler in before.items():
            signal.signal(sign, handler)


def _start(job: Job, place: int) -> _Worker:
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_work, args=(job, place, there))
    process.start()
    there.close()
    return _Worker(process, here)


def _await(fresh: list[_Worker], stop: threading.Event) -> None:
    for worker in fresh:
        if not stop.is_set() and not (worker.ready.poll(_START_S) and _said(worker)):
            raise KnownError(code="HUB-WORKER", what="中心没有启动成功。", safe="数据没有改动。")


def _said(worker: _Worker) -> bool:
    try:
        return bool(worker.ready.recv())
    except EOFError:
        return False  # it ended before it answered


def _keep(job: Job, workers: list[_Worker], stop: threading.Event) -> None:
    """Replace workers that end by themselves until told to stop."""
    while not stop.is_set():
        wait([worker.process.sentinel for worker in workers], timeout=0.5)
        for place, worker in enumerate(workers):
            if stop.is_set() or worker.process.is_alive():
                continue
            _log.error("a worker ended with %s; starting another", worker.process.exitcode)
            time.sleep(1)  # one that cannot live must not spin
            workers[place] = _start(job, place)


def keep_to_core(place: int) -> None:
    """Let this process run on one core, another for each place, as far as there are any.

    For workers on the embedded database: when one ends its turn it wakes the next, which the system
    then puts on the same core, where the two wait for each other beside an idle one.
    """
    if sys.platform == "linux":
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[place % len(cores)]})


def _work(job: Job, place: int, ready: Connection) -> None:
    """Be one worker."""
    logs.start()
    if not job.database:
        keep_to_core(place)
    centre = open_centre(
        job.data,
        limits=job.limits,
        database=job.database,
        connections=job.connections,
        blobs=job.blobs,
    )
    try:
        server, sockets = serve.server(centre, job.listener, lambda: ready.send(True), job.tls)
        parent = multiprocessing.parent_process()

        def follow() -> None:
            if parent is not None:
                parent.join()  # nobody would stop an orphan
            server.should_exit = True

        threading.Thread(target=follow, name="hub-parent", daemon=True).start()
        serve.run(server, sockets)
    finally:
        centre.close()


def connections(count: int) -> int:
    """Return how many connections each of ``count`` workers may have."""
    return max(8, _CONNECTIONS // count)
