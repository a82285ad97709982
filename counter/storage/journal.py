# SPDX-License-Identifier: MulanPSL-2.0
"""The append-only file of sealed operations that outlives the database (design §4)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyrage

from counter.domain.journal_records import Record, Tear, pack_record, records_in
from counter.storage.files import FileLayer, make_folder, open_append

SEGMENT_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Entry:
    """One operation to be kept; ``local`` is what only this device needs to rebuild."""

    epoch: int
    seq: int
    jws: str
    local: dict[str, Any]


class Journal:
    """Segments ``NNNNNN.ycj``; one write and one sync per append. Database thread only.

    Args:
        folder: Where the segments lie; made when first needed.
        recipients: age public keys that may open the operations (centre, and the device's own).
        local_recipient: age public key of the device, '' before enrolment.
    """

    def __init__(
        self, folder: Path, recipients: Sequence[str], local_recipient: str, files: FileLayer
    ) -> None:
        self._folder = folder
        self._files = files
        own = [local_recipient] if local_recipient else []
        self._local = [pyrage.x25519.Recipient.from_str(text) for text in own]
        self._all = [
            pyrage.x25519.Recipient.from_str(text) for text in dict.fromkeys([*recipients, *own])
        ]
        self._fd = -1
        self._size = 0
        self._suspect = True

    @property
    def ready(self) -> bool:
        """Whether there is a key to seal to (after enrolment)."""
        return bool(self._all)

    def append(self, entries: Sequence[Entry]) -> None:
        """Seal, write and sync; return only when they are on the medium.

        Raises:
            OSError: not kept; what was half written is cut off again or left as a tear.
            RuntimeError: nobody to seal to (a fault of the program).
        """
        if not self._all:
            raise RuntimeError("journal without recipients")
        data = b"".join(self._pack(entry) for entry in entries)
        self._roll(len(data))
        try:
            self._files.write(self._fd, data)
            self._files.fsync(self._fd)
        except OSError:
            self._cut_back()
            raise
        self._size += len(data)

    def close(self) -> None:
        """Close the open segment."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def segments(self) -> list[Path]:
        """Return the segments, oldest first."""
        return sorted(self._folder.glob("[0-9]*.ycj"))

    def last_number(self) -> int:
        """Return the number of the newest segment, 0 without any."""
        paths = self.segments()
        return int(paths[-1].stem) if paths else 0

    def records(self, from_segment: int = 0) -> Iterator[Record | Tear]:
        """Yield what the segments hold, in order; damage is reported and passed over."""
        for path in self.segments():
            if int(path.stem) >= from_segment:
                yield from _read_segment(path)

    def _pack(self, entry: Entry) -> bytes:
        sealed = pyrage.encrypt(entry.jws.encode(), self._all)
        local = json.dumps(entry.local, ensure_ascii=False).encode()
        sealed_local = pyrage.encrypt(local, self._local) if self._local else b""
        return pack_record(entry.epoch, entry.seq, sealed, sealed_local)

    def _roll(self, coming: int) -> None:
        """Open a segment to append to: a new one when full, torn, or after a restart's doubt."""
        if self._fd >= 0 and self._size and self._size + coming > SEGMENT_BYTES:
            self.close()
            self._suspect = False
            self._open(self.last_number() + 1)
        elif self._fd < 0:
            last = self.last_number()
            path = self._path(last)
            full = path.exists() and path.stat().st_size + coming > SEGMENT_BYTES
            torn = self._suspect and path.exists() and _torn(path)
            self._suspect = False
            self._open(last + 1 if full or torn or not last else last)

    def _open(self, number: int) -> None:
        make_folder(self._files, self._folder)
        path = self._path(number)
        fresh = not path.exists()
        self._fd = open_append(path)
        self._size = path.stat().st_size
        if fresh:
            self._files.fsync_dir(self._folder)

    def _cut_back(self) -> None:
        """Take half a record away; where even that fails, the next append begins a new segment."""
        try:
            os.ftruncate(self._fd, self._size)
        except OSError:
            self._suspect = True
        finally:
            # After a failed sync the kernel may have dropped the pages: never trust this handle.
            self.close()

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06d}.ycj"


def _torn(path: Path) -> bool:
    return any(isinstance(found, Tear) for found in _read_segment(path))


def _read_segment(path: Path) -> Iterator[Record | Tear]:
    return records_in(path.read_bytes(), int(path.stem))


def open_record(record: Record, identity: str) -> tuple[str, dict[str, Any]] | None:
    """Return the operation's JWS and the device's own part ({} for the centre).

    ``None`` if the record is sealed to other keys.
    """
    try:
        secret = pyrage.x25519.Identity.from_str(identity)
        jws = pyrage.decrypt(record.sealed, [secret]).decode()
    except (pyrage.DecryptError, pyrage.IdentityError):
        return None
    try:
        local = pyrage.decrypt(record.sealed_local, [secret])
    except pyrage.DecryptError:
        return jws, {}
    part: dict[str, Any] = json.loads(local)
    return jws, part


def new_journal_identity() -> tuple[str, str]:
    """Return a new (secret identity, public recipient) of the device's own journal key."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def recipient_of(journal_identity: str) -> str:
    """Return the public recipient of a secret identity, '' for ''."""
    if not journal_identity:
        return ""
    return str(pyrage.x25519.Identity.from_str(journal_identity).to_public())
