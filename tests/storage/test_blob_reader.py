# SPDX-License-Identifier: MulanPSL-2.0
"""Encrypted files read in pieces: the same bytes, proved before, in bounded memory."""

from __future__ import annotations

import random
import tracemalloc
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from counter.domain.errors import KnownError
from counter.ports.blobs import StoredBlob
from counter.storage.blob_reader import NONCE
from counter.storage.blobs import _PIECE, EncryptedBlobs
from counter.storage.files import FileLayer

DATA = random.Random(1).randbytes(70_000)


def stored(folder: Path, data: bytes = DATA) -> tuple[EncryptedBlobs, StoredBlob, Path]:
    files = EncryptedBlobs(folder, b"n" * 32, FileLayer())
    blob = files.put(data, "image/jpeg")
    [path] = files.all_files()
    return files, blob, path


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> tuple[EncryptedBlobs, StoredBlob]:
    files, blob, _ = stored(tmp_path_factory.mktemp("blobs"))
    return files, blob


@settings(max_examples=60)
@given(offset=st.integers(0, 71_000), size=st.integers(0, 71_000))
def test_any_piece_is_what_was_stored(
    shelf: tuple[EncryptedBlobs, StoredBlob], offset: int, size: int
) -> None:
    files, blob = shelf
    reader = files.reader(blob)
    expected = DATA[offset : offset + size] if offset < len(DATA) else b""
    assert reader.read(offset, size) == expected


@pytest.mark.parametrize("spoil", ["flip", "cut", "longer", "empty", "gone", "key"])
def test_what_is_not_as_stored_is_never_read_as_good(tmp_path: Path, spoil: str) -> None:
    files, blob, path = stored(tmp_path)
    raw = path.read_bytes()
    match spoil:
        case "flip":
            path.write_bytes(raw[:40_000] + bytes([raw[40_000] ^ 1]) + raw[40_001:])
        case "cut":
            path.write_bytes(raw[:-1])
        case "longer":
            path.write_bytes(raw + b"x")
        case "empty":
            path.write_bytes(b"")
        case "gone":
            path.unlink()
        case _:
            other = files.put(b"another page", "image/jpeg")
            path.write_bytes(files._path(other.blob_id, other.key).read_bytes())
    with pytest.raises(KnownError) as error:
        files.reader(blob).check()
    assert error.value.code == ("BLOB-LOST" if spoil == "gone" else "BLOB-BAD")


def test_a_file_that_goes_away_while_it_is_read_is_said_to_be_lost(tmp_path: Path) -> None:
    files, blob, path = stored(tmp_path)
    reader = files.reader(blob)
    reader.check()
    path.unlink()
    with pytest.raises(KnownError) as error:
        reader.read(0, 10)
    assert error.value.code == "BLOB-LOST"


def test_a_large_file_is_read_in_little_memory(tmp_path: Path) -> None:
    files, blob, _ = stored(tmp_path, random.Random(2).randbytes(20_000_000))
    reader = files.reader(blob)
    tracemalloc.start()
    try:
        reader.check()
        for offset in range(0, blob.size, 1_000_000):
            assert len(reader.read(offset, 1_000_000)) == 1_000_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000, peak


@pytest.mark.parametrize("size", [0, 1, _PIECE - 1, _PIECE, _PIECE + 1, 2 * _PIECE, 3_000_001])
def test_written_in_pieces_it_is_the_same_file(tmp_path: Path, size: int) -> None:
    """As the library seals it whole; a page of the usual size is one write still."""
    data = random.Random(size).randbytes(size)
    writes: list[int] = []

    class Counting(FileLayer):
        def write(self, fd: int, data: bytes) -> None:
            writes.append(len(data))
            super().write(fd, data)

    files = EncryptedBlobs(tmp_path, b"n" * 32, Counting())
    blob = files.put(data, "image/jpeg")
    [path] = files.all_files()
    raw = path.read_bytes()
    whole = AESGCM(blob.key).encrypt(raw[:NONCE], data, blob.blob_id.encode())
    assert raw == raw[:NONCE] + whole
    assert files.read(blob) == data
    assert len(writes) == max(1, -(-size // _PIECE))


def test_storing_a_large_page_makes_no_copy_of_it(tmp_path: Path) -> None:
    files, data = EncryptedBlobs(tmp_path, b"n" * 32, FileLayer()), bytes(24_000_000)
    tracemalloc.start()
    try:
        files.put(data, "image/jpeg")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000
