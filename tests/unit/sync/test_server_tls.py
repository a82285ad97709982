# SPDX-License-Identifier: MulanPSL-2.0
"""The serving side's own TLS: each trouble of the two files has a code; a renewed one is taken up."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from counter.domain.errors import KnownError
from sync.edge.__main__ import main
from sync.hub.tls import LOOK_S, Renewing, TlsFiles, loaded
from tests.fakes.tls import Authority, secret


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def good(authority: Authority) -> TlsFiles:
    path = authority.server_chain()
    return TlsFiles(path, path)


def refused(files: TlsFiles) -> str:
    with pytest.raises(KnownError) as told:
        loaded(files)
    error = told.value
    assert error.what
    assert error.todo
    assert "没有启动" in error.safe
    return error.code


def test_what_is_wrong_with_the_files_is_told_apart(
    authority: Authority, good: TlsFiles, tmp_path: Path
) -> None:
    def file(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    other = generate_private_key(SECP256R1())
    text = file("words.txt", b"no certificate")
    locked = file("locked.pem", secret(other, b"1234"))
    expired = authority.server_chain(days=(-9, -1), file="expired")
    early = authority.server_chain(days=(1, 9), file="early")
    nameless = authority.server_chain("", file="nameless")
    cert, key = good.cert, good.key
    cases = {
        TlsFiles(tmp_path / "none.pem", key): "HUB-TLS-FILE",
        TlsFiles(cert, tmp_path / "none.pem"): "HUB-TLS-FILE",
        TlsFiles(tmp_path, key): "HUB-TLS-FILE",
        TlsFiles(text, key): "HUB-TLS-CERT",
        TlsFiles(cert, text): "HUB-TLS-KEY",
        TlsFiles(cert, locked): "HUB-TLS-KEY",
        TlsFiles(cert, file("other.pem", secret(other))): "HUB-TLS-PAIR",
        TlsFiles(expired, expired): "HUB-TLS-EXPIRED",
        TlsFiles(early, early): "HUB-TLS-EARLY",
        TlsFiles(nameless, nameless): "HUB-TLS-NAME",
    }
    assert {files: refused(files) for files in cases} == cases


def test_the_commands_say_it_and_do_not_start(
    good: TlsFiles, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, cert = str(tmp_path / "data"), str(good.cert)
    for place in ([], ["--upstream", "https://hub.example"]):
        words = ["serve", "--data", data, *place]
        assert main([*words, "--tls-cert", cert]) == 1
        assert "HUB-TLS-BOTH" in capsys.readouterr().err
        assert main([*words, "--tls-cert", cert, "--tls-key", str(tmp_path / "no.pem")]) == 1
        told = capsys.readouterr().err
        assert "HUB-TLS-FILE" in told
        assert str(tmp_path) not in told
    assert not Path(data).exists(), "nothing was made"


@contextmanager
def listening(tls: Renewing) -> Iterator[tuple[str, int]]:
    """Shake hands with whoever comes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    plain, _ = listener.accept()
                except OSError:
                    return
                try:
                    tls.context.wrap_socket(plain, server_side=True).close()
                except OSError:
                    plain.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        host, port = listener.getsockname()
        yield str(host), int(port)
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def serial(address: tuple[str, int], authority: Authority, *, named: bool = False) -> int:
    """Return which certificate is shown, with or without a name asked for."""
    context = ssl.create_default_context(cafile=str(authority.ca_file))
    context.check_hostname = False
    with (
        socket.create_connection(address) as plain,
        context.wrap_socket(plain, server_hostname="hall.example" if named else None) as safe,
    ):
        shown = safe.getpeercert(binary_form=True)
    assert shown is not None
    return x509.load_der_x509_certificate(shown).serial_number


def number_of(path: Path) -> int:
    return x509.load_pem_x509_certificates(path.read_bytes())[0].serial_number


@pytest.mark.expected_log("certificate not taken")
def test_a_renewed_certificate_is_taken_up_without_a_restart(
    authority: Authority, good: TlsFiles, tmp_path: Path
) -> None:
    now = [0.0]
    path = tmp_path / "server.pem"
    path.write_bytes(good.cert.read_bytes())
    first = number_of(path)
    with listening(Renewing(TlsFiles(path, path), mono=lambda: now[0])) as address:
        assert serial(address, authority) == first
        renewed = authority.server_chain(file="renewed").read_bytes()
        _beside(path, renewed).replace(path)
        second = number_of(path)
        assert serial(address, authority) == first, "looked for at most once a minute"
        now[0] += LOOK_S
        assert serial(address, authority) == second
        assert serial(address, authority, named=True) == second
        path.write_bytes(b"half writ")
        now[0] += LOOK_S
        assert serial(address, authority) == second, "the old one stays meanwhile"
        path.unlink()
        now[0] += LOOK_S
        assert serial(address, authority) == second
        path.write_bytes(good.cert.read_bytes())
        now[0] += LOOK_S
        assert serial(address, authority) == first


def _beside(path: Path, content: bytes) -> Path:
    new = path.with_suffix(".new")
    new.write_bytes(content)
    return new


@pytest.mark.expected_log("certificate ends soon")
def test_the_last_days_of_a_certificate_are_told_once_a_day(
    authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    path = authority.server_chain(days=(-80, 10), file="old")
    now = [0.0]
    with listening(Renewing(TlsFiles(path, path), mono=lambda: now[0])) as address:
        for _ in range(3):
            now[0] += LOOK_S
            serial(address, authority)
    assert [record.getMessage() for record in caplog.records] == ["certificate ends soon"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_nothing_older_than_tls_1_2(good: TlsFiles) -> None:
    with listening(Renewing(good)) as address:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            assert refusal(address, version) == ""
        for old in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            assert refusal(address, old) == "TLSV1_ALERT_PROTOCOL_VERSION"


def refusal(address: tuple[str, int], version: ssl.TLSVersion) -> str:
    """Return what the server says to a client that speaks this version and no other."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    with socket.create_connection(address) as plain:
        try:
            context.wrap_socket(plain).close()
        except ssl.SSLError as error:
            return str(error.reason)
    return ""
