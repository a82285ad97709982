# SPDX-License-Identifier: MulanPSL-2.0
"""TLS before a hub as a reverse proxy has it: an authority of its own, and handshakes counted."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.x509.oid import NameOID

_PIECE = 64 * 1024


class Authority:
    """Signs certificates of servers; ``ca_file`` is what a counter is told to trust."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder, self._name = folder, name
        self._key = generate_private_key(SECP256R1())
        self._own = self._certificate(self._key, name, ca=True)
        self.ca_file = folder / f"{name}.pem"
        self.ca_file.write_bytes(_pem(self._own))

    def server_chain(
        self, host: str = "127.0.0.1", days: tuple[float, float] = (-1, 90), file: str = "server"
    ) -> Path:
        """Return a file with a key and its certificate for ``host``, good within ``days`` of now."""
        key = generate_private_key(SECP256R1())
        path = self._folder / f"{self._name}-{file}.pem"
        path.write_bytes(secret(key) + _pem(self._certificate(key, host, ca=False, days=days)))
        return path

    def _certificate(
        self,
        key: EllipticCurvePrivateKey,
        name: str,
        *,
        ca: bool,
        days: tuple[float, float] = (-1, 1),
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        plain = (
            x509.CertificateBuilder()
            .subject_name(_named(name or "nobody"))
            .issuer_name(_named(self._name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + timedelta(days=days[0]))
            .not_valid_after(now + timedelta(days=days[1]))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if name:
            there = x509.SubjectAlternativeName([_general(name)])
            plain = plain.add_extension(there, critical=False)
        return plain.sign(self._key, hashes.SHA256())


def secret(key: EllipticCurvePrivateKey, password: bytes = b"") -> bytes:
    """Return a private key as PEM."""
    how = serialization.BestAvailableEncryption(password) if password else None
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        how or serialization.NoEncryption(),
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


class TlsFront:
    """Ends TLS and passes everything on to the hub at ``port``; use as a context manager."""

    def __init__(self, port: int, chain: Path) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(chain)
        self._hub = ("127.0.0.1", port)
        self._live: set[socket.socket] = set()
        self._guard = threading.Lock()
        self.handshakes = 0
        self.resumed = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> TlsFront:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        self._thread.join(timeout=5)

    @property
    def live(self) -> int:
        """How many connections pass."""
        with self._guard:
            return len(self._live)

    def cut(self) -> None:
        """Break every connection."""
        with self._guard:
            live, self._live = self._live, set()
        for one in live:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        try:
            client = self._context.wrap_socket(plain, server_side=True)
        except OSError:
            plain.close()
            return
        hub = socket.create_connection(self._hub)
        for one in (client, hub):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._guard:
            self.handshakes += 1
            self.resumed += bool(client.session_reused)
            self._live |= {client, hub}
        down = threading.Thread(target=_pass, args=(hub, client), daemon=True)
        down.start()
        _pass(client, hub)
        down.join(timeout=5)
        client.close()
        hub.close()


def _pass(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError, ValueError):
        while data := source.recv(_PIECE):
            target.sendall(data)
    for one in (source, target):
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


class ConnectProxy:
    """An HTTP proxy that tunnels (RFC 9110 §9.3.6), whatever name is asked for, to one port here."""

    def __init__(self, port: int) -> None:
        self._there = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.asked: list[str] = []
        self._live: list[socket.socket] = []
        self._passing: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> ConnectProxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self._listener, *self._live):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in (self._thread, *self._passing):
            thread.join(timeout=5)
        for one in (self._listener, *self._live):
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.asked.append(client.recv(_PIECE).split()[1].decode())
            there = socket.create_connection(self._there)
            self._live += [client, there]
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            for source, target in ((client, there), (there, client)):
                thread = threading.Thread(target=_pass, args=(source, target), daemon=True)
                self._passing.append(thread)
                thread.start()
