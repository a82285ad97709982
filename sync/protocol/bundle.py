# SPDX-License-Identifier: MulanPSL-2.0
"""Bundles (信使, §10): tar in BagIt layout, its manifest as JWS, zstd, age; shared by both ends.

Order inside: ``bagit.txt``, ``manifest.jws``, ``manifest-sha256.txt``, then the files the manifest
names, in its order. So nothing is taken in before the manifest was verified, nothing may be longer
than it says, and a reader needs the memory of one piece only.

A bundle is sealed to the centre and to the device it is of: the device must be able to read back
what it wrote before it calls the copy good, and to open what comes back. The device's key is the
Ed25519 key it was enrolled with, in age's ``ssh-ed25519`` form: the centre knows and has certified
it, so no other recipient can be slipped in, and a lost database does not lose another key.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import pyrage
from backports import zstd
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from pydantic import Field, ValidationError

from counter.domain.errors import DomainError, KnownError
from counter.domain.operations import Frozen, Hex64
from counter.domain.signing import SigningKey, sign_json, verify_json
from sync.protocol import tar_stream
from sync.protocol.compression import LEVEL

OUT_TYP = "yc-bundle+jws"
RETURN_TYP = "yc-return+jws"
OUT_SUFFIX, RETURN_SUFFIX = ".ycb", ".ycr"
PART_MAX = 2 * 1024**3  # bytes, §10
TOKEN_MAX = 8 * 1024**2  # one signed operation or result
TOKENS_MAX = 64 * 1024**2  # all of a part: they are held in memory
FILES_MAX = 20_000
HEAD_MAX = 16 * 1024**2
_BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
RESULTS, FEED = "data/results/", "data/feed/"
FEED_MANIFEST = FEED + "manifest.jws"
FEED_MAX = 32 * 1024**2  # bytes of a snapshot that still rides along with an answer
HEADS = ("bagit.txt", "manifest.jws", "manifest-sha256.txt")
_PATH = (
    r"^data/(ops/[0-9]{6}\.jws|results/[0-9]{6}\.jws|blobs/[0-9a-f]{64}"
    r"|feed/manifest\.jws|feed/[0-9a-f]{64})$"
)
_BLOB = re.compile(r"data/blobs/([0-9a-f]{64})")

Recipients: TypeAlias = "Sequence[pyrage.x25519.Recipient | pyrage.ssh.Recipient]"
Identities: TypeAlias = "Sequence[pyrage.x25519.Identity | pyrage.ssh.Identity]"


class BundleError(KnownError):
    """A bundle that is not taken in; nothing of it was used."""


def refuse(code: str, what: str, todo: str = "请用原来的电脑重新拷一份。") -> BundleError:
    """Return the error with a stable code ``BUNDLE-…``."""
    return BundleError(
        code=f"BUNDLE-{code}",
        what=what,
        safe="没有采用其中任何内容，已有的数据没有改动。",
        todo=todo,
    )


def damaged() -> BundleError:
    """Return the error for a cut or changed file."""
    return refuse("DAMAGED", "这个文件不完整或已损坏。")


def foreign(what: str) -> BundleError:
    """Return the error for a file that is of or for somebody else."""
    return refuse("FOREIGN", what, "请核对拿来的是不是这一份。")


class BundleFile(Frozen):
    """One file under ``data/``; a blob's name is its SHA-256."""

    path: Annotated[str, Field(pattern=_PATH)]
    size: int = Field(ge=1, le=PART_MAX)
    sha256: Hex64
    media_type: str = Field(default="", max_length=121)

    @property
    def blob_id(self) -> str:
        """The blob it is, '' for an operation or a result."""
        found = _BLOB.fullmatch(self.path)
        return found[1] if found else ""


class Manifest(Frozen):
    """What a part holds; travels as JWS of the device (``out``) or of the centre (``return``).

    Attributes:
        bundle_id: Of this part; noted in ``exported_in[]``.
        answers: The part a return bundle answers.
        held_blobs: Blobs of that part which the centre holds, verified.
    """

    v: Literal[1] = 1
    kind: Literal["out", "return"]
    bundle_id: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
    answers: str = Field(default="", max_length=36)
    device_id: str = Field(max_length=64)
    created_at: str = Field(max_length=40)
    part: int = Field(default=1, ge=1, le=FILES_MAX)
    parts: int = Field(default=1, ge=1, le=FILES_MAX)
    files: tuple[BundleFile, ...] = Field(max_length=FILES_MAX)
    held_blobs: tuple[Hex64, ...] = Field(default=(), max_length=FILES_MAX)

    def sign(self, key: SigningKey) -> str:
        """Return the manifest as JWS; the kind is in its type, so that none stands for another."""
        typ = OUT_TYP if self.kind == "out" else RETURN_TYP
        return sign_json(self.model_dump(mode="json"), key, typ)


def verify_manifest(token: str, public_hex: str, kind: Literal["out", "return"]) -> Manifest:
    """Return the manifest signed by this key.

    Raises:
        BundleError: ``BUNDLE-SIGNATURE``, or ``BUNDLE-FORM`` when we do not understand it.
    """
    try:
        payload = verify_json(token, public_hex, OUT_TYP if kind == "out" else RETURN_TYP)
    except (DomainError, ValueError, RecursionError) as error:
        raise refuse("SIGNATURE", "清单的签名不对，内容可能被改过。") from error
    try:
        manifest = Manifest.model_validate(payload)
    except ValidationError as error:
        raise refuse("FORM", "清单里有不认识或不允许的内容。", "请报告管理员。") from error
    paths = [file.path for file in manifest.files]
    odd = any(file.blob_id and file.blob_id != file.sha256 for file in manifest.files)
    if manifest.kind != kind or odd or len(set(paths)) != len(paths):
        raise refuse("FORM", "清单里有不认识或不允许的内容。", "请报告管理员。")
    tokens = [file.size for file in manifest.files if not file.blob_id]
    total = sum(file.size for file in manifest.files)
    if total > PART_MAX or sum(tokens) > TOKENS_MAX or max(tokens, default=0) > TOKEN_MAX:
        raise too_large()
    return manifest


def too_large() -> BundleError:
    """Return the error for a file beyond the limits."""
    return refuse("LARGE", "这个文件超过了允许的大小。", "请报告管理员。")


def bad_path() -> BundleError:
    """Return the error for a name, link or kind of file that has no place in a bundle."""
    return refuse("PATH", "里面有不允许的文件名或文件种类。", "请不要使用这个文件，并报告管理员。")


@contextmanager
def opened(path: Path) -> Iterator[io.BufferedIOBase]:
    """Open a bundle to read it; its size on disk is limited first.

    Raises:
        BundleError: ``BUNDLE-READ``, ``BUNDLE-LARGE``.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise refuse("READ", "这个文件读不出来。", "请检查U盘和文件名。") from error
    with file:
        if os.fstat(file.fileno()).st_size > PART_MAX + PART_MAX // 8:
            raise too_large()
        yield file


def device_recipient(public_hex: str) -> pyrage.ssh.Recipient:
    """Return the age recipient of a device's enrolled Ed25519 public key."""
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_hex))
    text = public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    return pyrage.ssh.Recipient.from_str(text)


def device_identity(key: SigningKey) -> pyrage.ssh.Identity:
    """Return the age identity of a device's own key."""
    pem = key.private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    return pyrage.ssh.Identity.from_buffer(pem)


def write(
    sink: io.BufferedIOBase,
    token: str,
    manifest: Manifest,
    content: Callable[[BundleFile], bytes],
    recipients: Recipients,
) -> None:
    """Write one part; ``content`` returns a file's bytes, asked for one after the other.

    Raises:
        OSError: the sink failed; and whatever ``content`` raises.
    """
    reader = _Pieces(_compressed(_tar(token, manifest, content)))
    try:
        pyrage.encrypt_io(reader, sink, recipients)
    finally:
        if reader.error is not None:
            raise reader.error  # the sealing library keeps only its text


def _tar(token: str, manifest: Manifest, content: Callable[[BundleFile], bytes]) -> Iterator[bytes]:
    heads = (_BAGIT, token.encode(), sums_text(manifest))
    for name, data in zip(HEADS, heads, strict=True):
        yield from tar_stream.entry(name, data)
    for file in manifest.files:
        yield from tar_stream.entry(file.path, content(file))
    yield tar_stream.end()


def sums_text(manifest: Manifest) -> bytes:
    """Return BagIt's own list of hashes, so that any BagIt tool can check an opened bundle."""
    return "".join(f"{file.sha256}  {file.path}\n" for file in manifest.files).encode()


def _compressed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    packer = zstd.ZstdCompressor(LEVEL)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()


class _Pieces(io.BufferedIOBase):
    """A readable stream over pieces."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""
        self.error: Exception | None = None

    def read(self, size: int | None = -1, /) -> bytes:
        try:
            while not self._rest:
                self._rest = next(self._pieces)
        except StopIteration:
            return b""
        except Exception as error:
            self.error = error
            raise
        end = len(self._rest) if size is None or size < 0 else size
        found, self._rest = self._rest[:end], self._rest[end:]
        return found
