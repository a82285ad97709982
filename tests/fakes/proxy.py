# SPDX-License-Identifier: MulanPSL-2.0
"""A bad line: a TCP proxy on loopback that refuses, cuts, loses replies, delays, or lies.

    with BadLine("127.0.0.1", hub_port) as line:
        line.url                      # what the counter talks to
        line.plan(cut_down=200)       # next connection: the reply is cut after 200 bytes
        line.plan(lose_reply=True, times=3)
        line.always(refuse=True)      # every connection without a plan of its own
        line.heal()                   # forget plans, let everything through
        line.connections, line.bytes_up, line.bytes_down, line.faults

One ``Fault`` rules one TCP connection from its beginning to its end. Plans are used up in order,
then the rule of ``always`` holds. Counters are of bytes that really passed. Thread-safe.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections import deque
from dataclasses import dataclass
from types import TracebackType

_PORTAL = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 31\r\nConnection: close\r\n\r\n"
    b"<html>Please sign in...</html>\n"
)


@dataclass(frozen=True)
class Fault:
    """What happens to one connection; the default lets it through.

    Attributes:
        refuse: Reset at once, nothing reaches the hub.
        cut_up: After so many bytes from the counter both sides are reset.
        cut_down: After so many bytes of the reply both sides are reset.
        lose_reply: The request arrives whole and is worked off; the counter gets nothing and a
            reset, after the hub has begun to answer and closed, or ``settle_s`` passed.
        delay_s: Waits before anything is passed on, in both directions once.
        portal: Answers 200 with a sign-in page, as a captive portal does.
        settle_s: How long ``lose_reply`` lets the hub finish its answer.
    """

    refuse: bool = False
    cut_up: int | None = None
    cut_down: int | None = None
    lose_reply: bool = False
    delay_s: float = 0.0
    portal: bool = False
    settle_s: float = 0.3


def _reset(sock: socket.socket) -> None:
    """Close with RST, as a broken line looks."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # Wakes a thread that still reads this socket; close alone would not.
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RD)
    sock.close()


class BadLine:
    """The proxy; use as a context manager."""

    def __init__(self, host: str, port: int) -> None:
        """Listen on a free loopback port for the hub at ``host:port``."""
        self._target = (host, port)
        self._plans: deque[Fault] = deque()
        self._rule = Fault()
        self._lock = threading.Lock()
        self._live: set[socket.socket] = set()
        self._closing = False
        self.connections = 0
        self.bytes_up = 0
        self.bytes_down = 0
        self.faults = 0
        # Bytes/s that the line carries in each direction, all connections together; 0 = all it can.
        self.rate = 0.0
        self.round_trip_s = 0.0  # seconds between what went up and the first piece of its answer
        self._free_at = {"up": 0.0, "down": 0.0}
        self._asked: dict[socket.socket, bool] = {}  # something went up since the last answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def __enter__(self) -> BadLine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def plan(
        self,
        *,
        times: int = 1,
        refuse: bool = False,
        cut_up: int | None = None,
        cut_down: int | None = None,
        lose_reply: bool = False,
        delay_s: float = 0.0,
        portal: bool = False,
        settle_s: float = 0.3,
    ) -> None:
        """Give the next ``times`` connections this fault (see ``Fault``)."""
        fault = Fault(refuse, cut_up, cut_down, lose_reply, delay_s, portal, settle_s)
        with self._lock:
            self._plans.extend([fault] * times)

    def plan_ok(self, times: int = 1) -> None:
        """Let the next ``times`` connections through before later plans."""
        with self._lock:
            self._plans.extend([Fault()] * times)

    def always(self, *, refuse: bool = False, delay_s: float = 0.0, portal: bool = False) -> None:
        """Rule of every connection without a plan; open connections are reset when it refuses."""
        with self._lock:
            self._rule = Fault(refuse=refuse, delay_s=delay_s, portal=portal)
        if refuse:
            self.cut_now()

    def heal(self) -> None:
        """Forget plans and rule: everything passes."""
        with self._lock:
            self._plans.clear()
            self._rule = Fault()

    def cut_now(self) -> None:
        """Reset all open connections."""
        with self._lock:
            live, self._live = self._live, set()
        for sock in live:
            _reset(sock)

    def close(self) -> None:
        """Stop listening and reset what is open."""
        self._closing = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut_now()
        self._accepting.join(timeout=5)

    def _accept(self) -> None:
        while not self._closing:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                fault = self._plans.popleft() if self._plans else self._rule
                if fault != Fault():
                    self.faults += 1
            threading.Thread(target=self._serve, args=(client, fault), daemon=True).start()

    def _serve(self, client: socket.socket, fault: Fault) -> None:
        if fault.refuse:
            _reset(client)
            return
        if fault.delay_s:
            time.sleep(fault.delay_s)
        if fault.portal:
            with contextlib.suppress(OSError):
                client.settimeout(2)
                client.recv(65536)
                client.sendall(_PORTAL)
                client.shutdown(socket.SHUT_WR)
                while client.recv(65536):
                    pass
            client.close()
            return
        try:
            hub = socket.create_connection(self._target, timeout=10)
        except OSError:
            _reset(client)
            return
        hub.settimeout(None)
        for one in (client, hub):  # as both ends do: small pieces wait for nobody
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._live |= {client, hub}
        up = threading.Thread(target=self._up, args=(client, hub, fault), daemon=True)
        up.start()
        self._down(client, hub, fault)
        up.join(timeout=10)
        with self._lock:
            self._live -= {client, hub}
        client.close()
        hub.close()

    def _up(self, client: socket.socket, hub: socket.socket, fault: Fault) -> None:
        left = fault.cut_up
        try:
            while data := client.recv(self._piece):
                piece = data if left is None else data[:left]
                self._slow("up", len(piece))
                self._asked[hub] = True
                hub.sendall(piece)
                with self._lock:
                    self.bytes_up += len(piece)
                if left is not None:
                    left -= len(piece)
                    if left <= 0:
                        _reset(client)
                        _reset(hub)
                        return
            hub.shutdown(socket.SHUT_WR)
        except OSError:
            _reset(hub)

    def _down(self, client: socket.socket, hub: socket.socket, fault: Fault) -> None:
        left = fault.cut_down
        try:
            if fault.lose_reply:
                self._swallow(hub, fault.settle_s)
                _reset(client)
                _reset(hub)
                return
            while data := hub.recv(self._piece):
                piece = data if left is None else data[:left]
                if self._asked.pop(hub, False):
                    time.sleep(self.round_trip_s)
                self._slow("down", len(piece))
                client.sendall(piece)
                with self._lock:
                    self.bytes_down += len(piece)
                if left is not None:
                    left -= len(piece)
                    if left <= 0:
                        time.sleep(0.02)  # let the last bytes out before the reset
                        _reset(client)
                        _reset(hub)
                        return
            client.shutdown(socket.SHUT_WR)
        except OSError:
            _reset(client)

    @property
    def _piece(self) -> int:
        """Bytes passed on at once: packets on a slow line, so that connections share it fairly."""
        return 1460 if self.rate else 16384

    def _slow(self, way: str, size: int) -> None:
        """Wait until the line has carried ``size`` bytes behind all that was before them."""
        if not self.rate:
            return
        with self._lock:
            now = time.monotonic()
            self._free_at[way] = max(now, self._free_at[way]) + size / self.rate
            wait = self._free_at[way] - now
        time.sleep(wait)

    @staticmethod
    def _swallow(hub: socket.socket, settle_s: float) -> None:
        """Read the answer until it is silent for ``settle_s`` after its first byte."""
        hub.settimeout(15)
        if hub.recv(16384):
            hub.settimeout(settle_s)
            with contextlib.suppress(TimeoutError):
                while hub.recv(16384):
                    pass
