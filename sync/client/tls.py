# SPDX-License-Identifier: MulanPSL-2.0
"""TLS whose sessions outlive a connection: after a cut no certificates travel again.

A session ticket (RFC 8446 §2.2) saves some kilobytes a reconnect, a second on a narrow line. The
lanes share it: what one has agreed on with the centre, the next need not agree on again.
"""

from __future__ import annotations

import socket
import ssl
import threading
import weakref


class _Socket(ssl.SSLSocket):
    """Hands its session over before it closes; the ticket came after the handshake."""

    def close(self) -> None:
        if isinstance(self.context, ResumingContext):
            self.context.keep(self.session)
        super().close()


class ResumingContext(ssl.SSLContext):
    """A client's context that offers the newest session when it connects again. Thread-safe.

    Certificates and host names are checked as ever; what to trust is loaded by the HTTP library.
    """

    sslsocket_class = _Socket

    def __init__(self) -> None:
        """Begin without a session."""
        self.minimum_version = ssl.TLSVersion.TLSv1_2
        self._guard = threading.Lock()
        self._open: weakref.ref[ssl.SSLSocket] | None = None
        self._session: ssl.SSLSession | None = None

    def __new__(cls) -> ResumingContext:
        """Make a client's context, which checks certificates and names."""
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def keep(self, session: ssl.SSLSession | None) -> None:
        """Remember a session if it can be taken up again."""
        if session is not None and session.has_ticket:
            with self._guard:
                self._session = session

    def wrap_socket(
        self,
        sock: socket.socket,
        server_side: bool = False,
        do_handshake_on_connect: bool = True,
        suppress_ragged_eofs: bool = True,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLSocket:
        """Connect, with the last session where there is one.

        Raises:
            OSError: as the context does; the session is forgotten, the next try is a whole one.
        """
        made: ssl.SSLSocket | None = None
        try:
            made = super().wrap_socket(
                sock,
                server_side,
                do_handshake_on_connect,
                suppress_ragged_eofs,
                server_hostname,
                session or self._newest(),
            )
            return made
        finally:
            with self._guard:
                self._open = weakref.ref(made) if made else None
                self._session = self._session if made else None

    def _newest(self) -> ssl.SSLSession | None:
        with self._guard:
            other = self._open() if self._open else None
        self.keep(other.session if other else None)
        with self._guard:
            return self._session
