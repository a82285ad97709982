# SPDX-License-Identifier: MulanPSL-2.0
"""The bundle format against cut, damaged, foreign and hostile files, and a medium that fails."""

from __future__ import annotations

import errno
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from counter.domain.canonical import sha256_hex
from counter.domain.errors import KnownError
from counter.domain.signing import SigningKey, sign_json
from sync.protocol import bundle
from sync.protocol.bundle import BundleError, BundleFile, Manifest
from sync.protocol.bundle_file import Disk, write_checked
from sync.protocol.bundle_reader import Taker, read

KEY = SigningKey.from_seed("k1", b"s" * 32)
OTHER = SigningKey.from_seed("k2", b"o" * 32)
PAGE = bytes(range(256)) * 1200
OP = b"aaa.bbb.ccc"
CONTENT = {"data/ops/000001.jws": OP, f"data/blobs/{sha256_hex(PAGE)}": PAGE}


def manifest(content: dict[str, bytes] | None = None) -> Manifest:
    files = tuple(
        BundleFile(path=path, size=len(data), sha256=sha256_hex(data))
        for path, data in (content or CONTENT).items()
    )
    return Manifest(
        kind="out", bundle_id="0" * 36, device_id="d-1", created_at="2026-11-22", files=files
    )


def packed(key: SigningKey = KEY, reader: SigningKey = KEY) -> bytes:
    sink, meant = io.BytesIO(), manifest()
    to = [bundle.device_recipient(reader.public_hex)]
    bundle.write(sink, meant.sign(key), meant, lambda file: CONTENT[file.path], to)
    return sink.getvalue()


def sealed(plain: bytes) -> bytes:
    return pyrage.encrypt(plain, [bundle.device_recipient(KEY.public_hex)])


class Kept:
    def __init__(self, into: dict[str, bytes], file: BundleFile) -> None:
        self._into, self._file, self._data = into, file, b""

    def take(self, piece: bytes) -> None:
        self._data += piece

    def done(self) -> None:
        self._into[self._file.path] = self._data


def opened(data: bytes) -> dict[str, bytes]:
    """Read as the centre does, and return the files."""
    found: dict[str, bytes] = {}

    def taker(file: BundleFile) -> Taker:
        return Kept(found, file)

    read(
        io.BytesIO(data),
        [bundle.device_identity(KEY)],
        lambda token: bundle.verify_manifest(token, KEY.public_hex, "out"),
        taker,
    )
    return found


def code_of(data: bytes) -> str:
    with pytest.raises(BundleError) as caught:
        opened(data)
    return caught.value.code


def test_what_was_packed_comes_out() -> None:
    assert opened(packed()) == CONTENT


def test_an_opened_bundle_is_a_bag_any_tool_can_read() -> None:
    plain = zstd.decompress(pyrage.decrypt(packed(), [bundle.device_identity(KEY)]))
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        names = tar.getnames()
        sums = tar.extractfile("manifest-sha256.txt")
        assert sums is not None
        text = sums.read().decode()
    assert names[:3] == ["bagit.txt", "manifest.jws", "manifest-sha256.txt"]
    assert text == "".join(f"{sha256_hex(data)}  {path}\n" for path, data in CONTENT.items())


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.3, 0.7, 0.99, 0.9999])
def test_a_cut_file_is_refused(share: float) -> None:
    data = packed()
    assert code_of(data[: int(len(data) * share)]) in {"BUNDLE-DAMAGED", "BUNDLE-SEALED"}


@pytest.mark.parametrize("share", [0.01, 0.5, 0.999])
def test_a_changed_byte_is_refused(share: float) -> None:
    data = bytearray(packed())
    data[int(len(data) * share)] ^= 1
    assert code_of(bytes(data)) in {"BUNDLE-DAMAGED", "BUNDLE-SEALED"}


def test_a_bundle_for_somebody_else_is_refused() -> None:
    assert code_of(packed(reader=OTHER)) == "BUNDLE-SEALED"


def test_a_bundle_signed_by_somebody_else_is_refused() -> None:
    assert code_of(packed(key=OTHER)) == "BUNDLE-SIGNATURE"


def tar_of(change: Callable[[tarfile.TarFile], None], *, whole: bool = True) -> bytes:
    """A bundle with a good manifest whose archive ends as a hostile hand likes."""
    meant = manifest()
    heads = {
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "manifest.jws": meant.sign(KEY).encode(),
        "manifest-sha256.txt": bundle.sums_text(meant),
    }
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in {**heads, **(CONTENT if whole else {})}.items():
            add(tar, name, data)
        change(tar)
    return sealed(zstd.compress(memory.getvalue()))


def add(tar: tarfile.TarFile, name: str, data: bytes = b"x", kind: bytes = tarfile.REGTYPE) -> None:
    info = tarfile.TarInfo(name)
    info.type = kind
    if kind == tarfile.REGTYPE:
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    else:
        info.linkname = "/etc/passwd"
        tar.addfile(info)


@pytest.mark.parametrize(
    "name",
    ["../../etc/cron.d/x", "/etc/passwd", "data/ops/000002.jws", "data/blobs/..", "data\\x", "C:x"],
)
def test_a_name_the_manifest_does_not_know_is_refused(name: str) -> None:
    assert code_of(tar_of(lambda tar: add(tar, name))) == "BUNDLE-PATH"


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE]
)
def test_links_and_devices_are_refused(kind: bytes) -> None:
    assert code_of(tar_of(lambda tar: add(tar, "data/ops/000001.jws", kind=kind), whole=False)) == (
        "BUNDLE-PATH"
    )


def test_a_file_that_is_missing_or_longer_is_refused() -> None:
    assert code_of(tar_of(lambda _: None, whole=False)) == "BUNDLE-DAMAGED"
    longer = tar_of(lambda tar: add(tar, "data/ops/000001.jws", OP + b"x"), whole=False)
    assert code_of(longer) == "BUNDLE-DAMAGED"
    other = tar_of(lambda tar: add(tar, "data/ops/000001.jws", b"x" * len(OP)), whole=False)
    assert code_of(other) == "BUNDLE-DAMAGED"


@pytest.mark.parametrize("path", ["data/../x", "/data/ops/000001.jws", "data/ops/1.jws", "x"])
def test_a_signed_manifest_cannot_name_a_path_either(path: str) -> None:
    payload = manifest().model_dump(mode="json")
    payload["files"][0]["path"] = path
    token = sign_json(payload, KEY, bundle.OUT_TYP)
    with pytest.raises(BundleError) as caught:
        bundle.verify_manifest(token, KEY.public_hex, "out")
    assert caught.value.code == "BUNDLE-FORM"


def test_a_bomb_is_refused_before_it_grows() -> None:
    """40 MiB of zeros where the manifest should stand: longer than any manifest may be."""
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        add(tar, "bagit.txt", b"x")
        add(tar, "manifest.jws", bytes(40 * 1024 * 1024))
    assert code_of(sealed(zstd.compress(memory.getvalue()))) == "BUNDLE-LARGE"


def test_noise_behind_the_end_is_refused() -> None:
    plain = pyrage.decrypt(packed(), [bundle.device_identity(KEY)])
    assert code_of(sealed(plain + b"more")) == "BUNDLE-DAMAGED"
    assert code_of(sealed(b"no zstd at all")) == "BUNDLE-DAMAGED"


PLAIN = zstd.decompress(pyrage.decrypt(packed(), [bundle.device_identity(KEY)]))


@settings(max_examples=60)
@given(at=st.integers(0, len(PLAIN) - 1), put=st.binary(max_size=40), cut=st.integers(0, 600))
def test_whatever_is_inside_only_the_meant_content_passes(at: int, put: bytes, cut: int) -> None:
    """Anybody may seal a file to the centre: the reader meets arbitrary archives."""
    changed = PLAIN[:at] + put + PLAIN[at + cut :]
    try:
        found = opened(sealed(zstd.compress(changed)))
    except BundleError:
        return
    assert found == CONTENT


class BrokenDisk(Disk):
    """Fails at the n-th operation; ``lies`` keeps the failure to itself."""

    def __init__(self, left: int, *, lies: bool = False, code: int = errno.ENOSPC) -> None:
        self.left, self.lies, self.code = left, lies, code

    def _broken(self) -> bool:
        self.left -= 1
        if self.left == -1 and not self.lies:
            raise OSError(self.code, "no")
        return self.left == -1

    def write(self, fd: int, data: bytes) -> None:
        if self._broken():
            data = bytes(len(data))
        super().write(fd, data)

    def fsync(self, fd: int) -> None:
        self._broken()
        super().fsync(fd)

    def replace(self, source: Path, target: Path) -> None:
        self._broken()
        super().replace(source, target)


def write_to(path: Path, disk: Disk) -> None:
    meant = manifest()
    to = [bundle.device_recipient(KEY.public_hex)]

    def check(file: io.BufferedIOBase) -> None:
        opened(file.read())

    write_checked(
        path,
        lambda sink: bundle.write(sink, meant.sign(KEY), meant, lambda f: CONTENT[f.path], to),
        check,
        disk,
    )


def steps_of(path: Path) -> int:
    disk = BrokenDisk(10_000)
    write_to(path, disk)
    path.unlink()
    return 10_000 - disk.left


def test_whatever_step_fails_no_good_looking_file_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.ycb"
    steps = steps_of(path)
    assert steps >= 4  # write, fsync, rename, fsync of the folder
    for step in range(steps):
        with pytest.raises(KnownError) as caught:
            write_to(path, BrokenDisk(step))
        assert caught.value.code == "BUNDLE-FULL"
        assert list(tmp_path.iterdir()) == []


def test_a_medium_that_keeps_something_else_is_found_out(tmp_path: Path) -> None:
    path = tmp_path / "a.ycb"
    path.write_bytes(b"the good copy of yesterday")
    with pytest.raises(BundleError):
        write_to(path, BrokenDisk(0, lies=True))
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"the good copy of yesterday"]
