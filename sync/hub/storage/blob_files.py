# SPDX-License-Identifier: MulanPSL-2.0
"""Files of the hub's blobs: parts that grow, and whole files that are named by their SHA-256."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from counter.domain.errors import DomainError

_READ = 1024 * 1024
_PLACE = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([A-Za-z0-9._/-]{0,200}))?")


class BlobStoreError(OSError):
    """The place of the whole files does not answer or refuses; what was received stays here."""


class WrongContentError(Exception):
    """The finished file has another SHA-256 than the blob it claims to be."""


def check_place(place: str) -> tuple[str, str]:
    """Return bucket and prefix of ``s3://bucket/prefix``.

    Raises:
        DomainError: ``HUB-BLOBS-URL``.
    """
    found = _PLACE.fullmatch(place)
    if found is None:
        raise DomainError(
            code="HUB-BLOBS-URL",
            what="材料的存放地址不对。",
            safe="没有改动。",
            todo="写法：s3://桶/前缀。",
        )
    return found.group(1), (found.group(2) or "").strip("/")


def fsync_dir(path: Path) -> None:
    """Make a rename or a new file in ``path`` durable; Windows has no such call for folders."""
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Create a folder and its parents so that their names survive a power cut.

    One that is there is synced all the same: who made it may have been cut off before that. A
    parent that may not even be read was made by somebody else, long before.
    """
    if not folder.parent.is_dir():
        make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    with suppress(PermissionError):
        fsync_dir(folder.parent)


class BlobFiles:
    """Two folders: ``incoming`` (parts, by upload id) and ``blobs`` (whole, by blob id).

    Parts are always here; another place for whole files is a subclass (``blob_s3``).
    """

    elsewhere = False  # whether whole files lie outside the data folder

    def __init__(self, root: Path) -> None:
        """Create the folders when they are missing."""
        self._incoming = root / "incoming"
        self._blobs = root / "blobs"
        for folder in (self._incoming, self._blobs):
            make_folder(folder)

    def _part(self, upload_id: str) -> Path:
        return self._incoming / f"{upload_id}.part"

    def path(self, blob_id: str) -> Path:
        """Where a whole blob lies."""
        return self._blobs / blob_id[:2] / blob_id

    def begin(self, upload_id: str, data: bytes = b"") -> None:
        """Create a part that holds ``data`` so far."""
        with self._part(upload_id).open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fsync_dir(self._incoming)

    def offset(self, upload_id: str) -> int:
        """Durable bytes of a part; 0 when it is gone."""
        try:
            return self._part(upload_id).stat().st_size
        except FileNotFoundError:
            return 0

    def append(self, upload_id: str, data: bytes) -> int:
        """Append to a part, make it durable and return the new offset."""
        with self._part(upload_id).open("ab") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            return file.tell()

    def finish(self, upload_id: str, blob_id: str) -> None:
        """Check the whole file and give it its name; a wrong one is emptied to start again.

        Raises:
            WrongContentError: the SHA-256 is not ``blob_id``; the part is empty now.
        """
        part = self._part(upload_id)
        digest = hashlib.sha256()
        with part.open("rb") as file:
            while piece := file.read(_READ):
                digest.update(piece)
        if digest.hexdigest() != blob_id:
            self.begin(upload_id)
            raise WrongContentError
        self._keep(part, blob_id)

    def _keep(self, part: Path, blob_id: str) -> None:
        """Move a verified part to its place, durably."""
        target = self.path(blob_id)
        make_folder(target.parent)  # another thread may have made it and not synced it yet
        part.replace(target)
        fsync_dir(target.parent)

    def read(self, blob_id: str) -> Iterator[bytes]:
        """Yield a whole blob piece by piece.

        Raises:
            FileNotFoundError: it is not there, before the first piece.
        """
        with self.path(blob_id).open("rb") as file:
            while piece := file.read(_READ):
                yield piece

    @contextmanager
    def local(self, blob_id: str) -> Iterator[Path]:
        """Give a whole blob as a file for the block, to be read only."""
        yield self.path(blob_id)

    def discard(self, upload_id: str) -> None:
        """Remove a part."""
        self._part(upload_id).unlink(missing_ok=True)
