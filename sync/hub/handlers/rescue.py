# SPDX-License-Identifier: MulanPSL-2.0
"""Taking in the journal of a counter whose database is broken (L4): import *is* the push handler."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyrage

from counter.domain.journal_records import Record, records_in
from counter.domain.signing import verify_json
from sync.hub.centre import Centre
from sync.hub.handlers import push
from sync.protocol import bundle
from sync.protocol.wire import RESULT_TYP

SUFFIX = ".ycj"
FILE_MAX = 256 * 1024 * 1024  # a journal file is 8 MiB


@dataclass(frozen=True)
class RescueImported:
    """What a journal file brought: statuses of its operations, and what could not be read."""

    statuses: dict[str, int]
    unreadable: int


def import_journal(centre: Centre, path: Path) -> RescueImported:
    """Push every operation of a journal file that is sealed to this centre.

    A torn place costs what lies in it and nothing else. Twice, or after the line, is as once.

    Raises:
        BundleError: ``BUNDLE-READ``, ``-LARGE``, or ``-DAMAGED``: no operation in it.
    """
    with bundle.opened(path) as file:
        data = file.read(FILE_MAX + 1)
    if len(data) > FILE_MAX:
        raise bundle.too_large()
    statuses: Counter[str] = Counter()
    unreadable = 0
    for found in records_in(data, 0):
        token = _open(centre, found) if isinstance(found, Record) else ""
        if not token:
            unreadable += 1
            continue
        result = verify_json(
            push.receive(centre, token), centre.keys.signing.public_hex, RESULT_TYP
        )
        statuses[str(result["status"])] += 1
    if not statuses:
        raise bundle.damaged()
    return RescueImported(dict(statuses), unreadable)


def _open(centre: Centre, record: Record) -> str:
    try:
        return pyrage.decrypt(record.sealed, [centre.keys.seal]).decode("ascii")
    except (pyrage.DecryptError, UnicodeDecodeError):
        return ""
