# SPDX-License-Identifier: MulanPSL-2.0
"""The open sockets of a channel, so that whoever waits on one can be ended from outside."""

from __future__ import annotations

import contextlib
import socket
import threading
import weakref


class Sockets:
    """The open sockets of one channel, so that a blocked read can be ended at closing time."""

    def __init__(self) -> None:
        """Begin without any."""
        self._guard = threading.Lock()
        self._open: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._shut = False

    def add(self, sock: socket.socket) -> None:
        """Remember a connected socket.

        Raises:
            ConnectionAbortedError: the channel was ended meanwhile.
        """
        with self._guard:
            if self._shut:
                sock.close()
                raise ConnectionAbortedError
            self._open.add(sock)

    def shut(self) -> None:
        """Shut all sockets; whoever reads or writes gets an error at once."""
        with self._guard:
            self._shut = True
            for sock in self._open:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)


def connected(sock: object, timeout: object, sockets: Sockets) -> None:
    """Remember a socket that was just connected and give it the time-out for sending."""
    if isinstance(sock, socket.socket):
        sockets.add(sock)
        sock.settimeout(timeout if isinstance(timeout, int | float) else None)
