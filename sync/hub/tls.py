# SPDX-License-Identifier: MulanPSL-2.0
"""TLS of the serving side itself (RFC 8446, TLS 1.2 at least): for halls without a reverse proxy.

The files are proved when it starts, each trouble told apart. A renewed certificate is taken into use
without a restart: it is looked for at most once a minute, when somebody connects.
"""

from __future__ import annotations

import argparse
import logging
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from counter.domain.errors import DomainError, KnownError

LOOK_S = 60.0
SOON = timedelta(days=21)
_SAFE = "没有启动，没有改动。"


@dataclass(frozen=True)
class TlsFiles:
    """A certificate with those of its issuers below it, and its private key; both PEM (RFC 7468)."""

    cert: Path
    key: Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``--tls-cert`` and ``--tls-key``."""
    words = (
        "自己说 TLS：证书文件（PEM，本机的排最前，中间机构的跟在后面）；换了文件一分钟内自动用上"
    )
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help=words)
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="证书的私钥（PEM，不带口令）")


def files_of(wish: argparse.Namespace) -> TlsFiles | None:
    """Return the files of the command line, proved; ``None``: plain HTTP.

    Raises:
        DomainError: ``HUB-TLS-BOTH`` one of the two is not given.
        KnownError: as ``loaded``.
    """
    if not wish.tls_cert and not wish.tls_key:
        return None
    if not (wish.tls_cert and wish.tls_key):
        words = "--tls-cert 和 --tls-key 要一起写。"
        raise DomainError(code="HUB-TLS-BOTH", what=words, safe=_SAFE)
    files = TlsFiles(wish.tls_cert, wish.tls_key)
    loaded(files)
    return files


def loaded(files: TlsFiles) -> tuple[ssl.SSLContext, datetime]:
    """Return a server's context with this certificate, and when the certificate ends.

    Raises:
        KnownError: ``HUB-TLS-FILE`` missing or unreadable, ``HUB-TLS-CERT`` or ``HUB-TLS-KEY`` not
            what it should be, ``HUB-TLS-PAIR`` of another key, ``HUB-TLS-EXPIRED``,
            ``HUB-TLS-EARLY``, ``HUB-TLS-NAME`` no name in it.
    """
    end = _proved(_read(files.cert), _read(files.key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(files.cert, files.key, password="")
    except (ssl.SSLError, OSError) as error:
        raise _known("CERT", "证书用不了：太弱，或者文件正在被改写。", "请换一份证书。") from error
    return context, end


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise _known("FILE", f"找不到文件“{path.name}”。", "请核对路径。") from error
    except OSError as error:
        todo = "请让运行本程序的账号能读它。"
        raise _known("FILE", f"文件“{path.name}”读不了。", todo) from error


def _proved(cert: bytes, key: bytes) -> datetime:
    """Prove that a certificate can be used now with a key; return when it ends."""
    try:
        own = x509.load_pem_x509_certificates(cert)[0]
    except (ValueError, UnsupportedAlgorithm) as error:
        words = "--tls-cert 的文件不是 PEM 证书。"
        raise _known("CERT", words, "请用 PEM 格式（-----BEGIN CERTIFICATE-----）。") from error
    try:
        secret = load_pem_private_key(key, None)
    except TypeError as error:
        todo = "请去掉口令，并只让运行本程序的账号能读它。"
        raise _known("KEY", "私钥带口令，开机时没有人能输入。", todo) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        words = "--tls-key 的文件不是 PEM 私钥。"
        raise _known("KEY", words, "请用 PEM 格式（-----BEGIN PRIVATE KEY-----）。") from error
    public = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if own.public_key().public_bytes(*public) != secret.public_key().public_bytes(*public):
        todo = "请核对两个文件；证书文件里本机的那一张要排在最前面。"
        raise _known("PAIR", "证书和私钥不是一对。", todo)
    _timely(own)
    try:
        own.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError) as error:
        words = "证书里没有写地址（subjectAltName），窗口不会认。"
        raise _known("NAME", words, "请签发机构重新签，写上窗口用的地址。") from error
    return own.not_valid_after_utc


def _timely(own: x509.Certificate) -> None:
    now, todo = datetime.now(UTC), "请先看本机的日期；日期对，就请签发机构换一张。"
    if now > own.not_valid_after_utc:
        day = f"{own.not_valid_after_utc.astimezone():%Y-%m-%d}"
        raise _known("EXPIRED", f"证书已过期（到 {day} 为止）。", todo)
    if now < own.not_valid_before_utc:
        day = f"{own.not_valid_before_utc.astimezone():%Y-%m-%d}"
        raise _known("EARLY", f"证书还没有生效（从 {day} 起）。", todo)


def _known(code: str, what: str, todo: str) -> KnownError:
    return KnownError(code=f"HUB-TLS-{code}", what=what, safe=_SAFE, todo=todo)


class Renewing:
    """The context a server listens with; each connection gets the newest certificate.

    One thread uses it: that of the server's loop, which makes every handshake.
    """

    def __init__(
        self,
        files: TlsFiles,
        room: str = "sync.hub",
        mono: Callable[[], float] = time.monotonic,
    ) -> None:
        """Load the files; ``room`` is whose log tells of renewals.

        Raises:
            KnownError: as ``loaded``.
        """
        self._files = files
        self._log = logging.getLogger(f"{room}.tls")
        self._mono = mono
        self._stamp = self._written()
        self.context, self._end = loaded(files)
        self._newest = self.context
        self._looked = mono()
        self._said = 0
        self.context.sni_callback = self._choose
        self._warn()

    def _choose(
        self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext
    ) -> None:
        """Called within each handshake, with or without a name asked for (RFC 6066 §3)."""
        if self._mono() - self._looked >= LOOK_S:
            self._looked = self._mono()
            self._look()
        if self._newest is not self.context:
            connection.context = self._newest

    def _look(self) -> None:
        """Take changed files into use; the old certificate stays while they are not right."""
        self._warn()
        stamp = self._written()
        if stamp == self._stamp:
            return
        try:
            self._newest, self._end = loaded(self._files)
        except KnownError as error:
            self._log.warning("certificate not taken", extra={"facts": {"code": error.code}})
            return  # and looked at again: they may be in the middle of being written
        self._stamp = stamp
        self._log.info("certificate renewed", extra={"facts": self._days()})

    def _warn(self) -> None:
        """Say once a day that it ends soon."""
        today = datetime.now(UTC).toordinal()
        if self._end - datetime.now(UTC) < SOON and self._said != today:
            self._said = today
            self._log.warning("certificate ends soon", extra={"facts": self._days()})

    def _days(self) -> dict[str, object]:
        return {"days_left": (self._end - datetime.now(UTC)).days}

    def _written(self) -> tuple[int, ...]:
        try:
            found = [path.stat() for path in (self._files.cert, self._files.key)]
        except OSError:
            return ()
        return tuple(part for one in found for part in (one.st_mtime_ns, one.st_size, one.st_ino))
