# SPDX-License-Identifier: MulanPSL-2.0
"""What goes on by itself at an edge host: operations and pages on to the centre, news from it."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from pydantic import ValidationError

from counter.domain.errors import CounterError
from sync.client.centre import Centre
from sync.client.engine.blobs import BlobEngine
from sync.client.engine.step import Line
from sync.client.outcomes import LineError
from sync.edge.files import StoreFullError
from sync.edge.host import EdgeHost
from sync.edge.pages import PageStore
from sync.edge.refresh import refresh

_log = logging.getLogger("sync.edge.forward")
T = TypeVar("T")
EVERY_S = 20.0
FIRST_S = 2.0
REFRESH_S = 5 * 60.0  # the hall's snapshot is so old when the line breaks, at most
KEEP_PAGES = timedelta(days=3)  # after the centre has them
KEEP_QUEUE = timedelta(days=2)
KEEP_OPS = timedelta(days=30)  # after its final word
UPLOAD_DAYS = timedelta(days=30)  # §5: an upload that began may be finished for so long


@dataclass(frozen=True)
class _Kit:
    store: PageStore
    channel: Line
    centre: Centre
    mono: Callable[[], float]

    @staticmethod
    def run(work: Callable[[], T]) -> T:
        """Work at once: the store has a lock of its own."""
        return work()


def forward_pages(host: EdgeHost, between: Callable[[], bool] = lambda: True) -> int:
    """Send pages on while ``between`` says so, asked after each piece; return how many arrived.

    The same engine as a counter's: questions first, pieces that survive cuts, resumed anywhere.

    Raises:
        LineError: the outside line; what arrived of a page stays.
    """
    channel = host.way.open()
    engine = BlobEngine(_Kit(host.pages, channel, host.centre, host.mono), host.pages.keep_receipt)
    engine.chunk = host.chunk
    try:
        while engine.step().more and between():
            pass
    finally:
        channel.close()
    return engine.counters.done + engine.counters.already_there


def sweep(host: EdgeHost) -> None:
    """Remove what the centre has had for long enough."""
    now = host.now()
    host.queue.sweep((now - KEEP_QUEUE).date().isoformat())
    host.store.sweep((now - KEEP_OPS).isoformat())
    host.pages.sweep((now - KEEP_PAGES).isoformat(), (now - UPLOAD_DAYS).isoformat())


class Forwarder:
    """The thread that forwards; a failure of the line is waited out, never given up."""

    def __init__(self, host: EdgeHost, every_s: float = EVERY_S) -> None:
        """Prepare; ``every_s`` between two tries."""
        self._host = host
        self._every_s = every_s
        self._told = 0  # the newest operation the centre was told of
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="edge-forward", daemon=True)

    def start(self) -> None:
        """Start."""
        self._thread.start()

    def stop(self) -> None:
        """End; what was not forwarded stays."""
        self._stop.set()
        self._host.work.set()
        self._thread.join(30)

    def turn(self) -> None:
        """Do everything once: operations before pages, and again between two pieces of a page.

        Raises:
            LineError: the outside line.
        """
        host = self._host
        host.learn_devices()
        news = host.mono() >= host.refresh_at
        self._told = host.store.fresh()
        host.forward(held=news)  # held ones change at the centre, seldom: not with every turn
        if news:
            refresh(host)
            host.refresh_at = host.mono() + REFRESH_S
        forward_pages(host, self._between)
        sweep(host)

    def _between(self) -> bool:
        """Text goes first (§5): what came meanwhile does not wait for the rest of the pages."""
        newest = self._host.store.fresh()
        if newest > self._told:  # one that stays without an answer is not told between all pieces
            self._told = newest
            self._host.forward(held=False)
        return not self._stop.is_set()

    def _loop(self) -> None:
        pause = FIRST_S
        while not self._stop.is_set():
            try:
                self.turn()
                pause = self._every_s
            except LineError as error:
                # Soon again at first: a cut in the middle of a page leaves little to do.
                pause = min(self._every_s, FIRST_S if pause == self._every_s else 2 * pause)
                _log.info("not forwarded: %s", error.outcome.code)
            except (CounterError, ValidationError, StoreFullError, sqlite3.Error) as error:
                pause = self._every_s
                _log.warning("not forwarded: %s", type(error).__name__)
            self._host.work.wait(pause)
            self._host.work.clear()
