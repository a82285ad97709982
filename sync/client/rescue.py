# SPDX-License-Identifier: MulanPSL-2.0
"""Carrying the sealed journal away when the database cannot be opened any more (L4).

Nobody signs in and nothing is unlocked: the records were sealed to the centre when they were made,
and every operation in them is signed. Scans are not in a journal; they stay on the machine.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from counter.domain.canonical import sha256_hex
from counter.domain.ids import uuid7
from counter.domain.journal_records import Record, records_in
from sync.protocol.bundle_file import Disk, write_checked, write_error

SUFFIX = ".ycj"


@dataclass(frozen=True)
class Rescued:
    """Copies that were read back from the medium and are good.

    Attributes:
        files: In order; empty when the journal is empty.
        records: Operations in them.
        torn: Places in the journal that are no record.
    """

    files: tuple[Path, ...]
    records: int
    torn: int


def rescue(journal: Path, folder: Path, now: datetime, disk: Disk | None = None) -> Rescued:
    """Copy every journal file into ``folder``; only what was read back counts.

    Raises:
        KnownError: ``BUNDLE-FULL``, ``BUNDLE-WRITE``; copies finished before are good.
    """
    stamp = f"{now:%y%m%d-%H%M%S}-{uuid7()[-6:]}"
    files: list[Path] = []
    records = torn = 0
    for segment in sorted(journal.glob("[0-9]*.ycj")):
        data = segment.read_bytes()
        if not data:
            continue
        found = [isinstance(one, Record) for one in records_in(data, int(segment.stem))]
        records, torn = records + sum(found), torn + found.count(False)
        path = folder / f"rescue-{stamp}-{segment.stem}{SUFFIX}"
        _copy(path, data, disk or Disk())
        files.append(path)
    return Rescued(tuple(files), records, torn)


def _copy(path: Path, data: bytes, disk: Disk) -> None:
    def fill(sink: io.BufferedIOBase) -> None:
        sink.write(data)

    def check(file: io.BufferedIOBase) -> None:
        if sha256_hex(file.read()) != sha256_hex(data):
            raise write_error(OSError())

    write_checked(path, fill, check, disk)
