# SPDX-License-Identifier: MulanPSL-2.0
"""TLS whose sessions outlive a connection: after a cut no certificates travel again.

A session ticket (RFC 8446 §2.2) saves some kilobytes a reconnect, a second on a narrow line. The
lanes share it: what one has agreed on with the centre, the next need not agree on again.

Trusted is whom this machine trusts (an authority that an administrator installs counts at the next
try), the public authorities that come with the program, and one more file where it is named.
"""

from __future__ import annotations

import os
import socket
import ssl
import threading
import weakref
from pathlib import Path

from counter.domain.errors import KnownError

# Where Linux systems keep whom they trust; a packaged interpreter may have been built for another.
_SYSTEMS = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, UOS, Kylin desktop
    "/etc/pki/tls/certs/ca-bundle.crt",  # openEuler, Kylin server, Anolis
    "/etc/ssl/ca-bundle.pem",
)


class _Socket(ssl.SSLSocket):
    """Hands its session over before it closes; the ticket came after the handshake."""

    def close(self) -> None:
        if isinstance(self.context, ResumingContext):
            self.context.keep(self.session)
        super().close()


class ResumingContext(ssl.SSLContext):
    """A client's context that offers the newest session when it connects again. Thread-safe.

    Certificates and host names are checked as ever. Whom the machine trusts is looked up by the
    thread that connects first, and again after a certificate was refused.
    """

    sslsocket_class = _Socket

    def __init__(self, bundle: str) -> None:
        """Begin without a session; ``bundle`` are public authorities."""
        self._bundle = bundle
        self._looked = False
        self.minimum_version = ssl.TLSVersion.TLSv1_2
        self._guard = threading.Lock()
        self._open: weakref.ref[ssl.SSLSocket] | None = None
        self._session: ssl.SSLSession | None = None

    def __new__(cls, _bundle: str) -> ResumingContext:
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
        self._look()
        try:
            made = super().wrap_socket(
                sock,
                server_side,
                do_handshake_on_connect,
                suppress_ragged_eofs,
                server_hostname,
                session or self._newest(),
            )
        except ssl.SSLCertVerificationError:
            self._looked = False
            raise
        else:
            return made
        finally:
            with self._guard:
                self._open = weakref.ref(made) if made else None
                self._session = self._session if made else None

    def _look(self) -> None:
        """Load whom this machine trusts now; what is loaded already stays."""
        with self._guard:
            if self._looked:
                return
            self._looked = True
            before = self.cert_store_stats()["x509_ca"]
            self.load_default_certs()  # on Windows the system's stores
            if self.cert_store_stats()["x509_ca"] == before:
                for path in filter(os.path.isfile, _SYSTEMS):
                    self.load_verify_locations(path)
            self.load_verify_locations(self._bundle)

    def _newest(self) -> ssl.SSLSession | None:
        with self._guard:
            other = self._open() if self._open else None
        self.keep(other.session if other else None)
        with self._guard:
            return self._session


def trusting(bundle: str, ca_file: str) -> ResumingContext:
    """Return a context that believes this machine's authorities, those of ``bundle``, of ``ca_file``.

    Raises:
        KnownError: ``TLS-CA``: ``ca_file`` cannot be read or holds no certificate.
    """
    context = ResumingContext(bundle)
    try:
        if ca_file:
            context.load_verify_locations(ca_file)
    except (ssl.SSLError, OSError) as error:
        raise KnownError(
            code="TLS-CA",
            what="签发机构的证书文件读不出来，或者不是 PEM 证书。",
            safe="没有连接，没有发送任何内容。",
            todo="请核对文件，或者请管理员把签发机构装进本机系统。",
        ) from error
    return context


def believed(path: Path) -> str:
    """Return ``path`` when it is a file of authorities that can be used, else ''.

    One that was spoilt never stops the counter: the line then says that the authority is unknown.
    """
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except (ssl.SSLError, OSError):
        return ""
    return str(path)
