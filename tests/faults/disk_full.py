# SPDX-License-Identifier: MulanPSL-2.0
"""The disk is full at any file operation of a case, or under the database: said, nothing half."""

from __future__ import annotations

import errno
import random
import shutil
import time
from pathlib import Path
from typing import Any

from counter.app.commands import Receipt, ReceiveCase
from counter.bootstrap.core import Core
from counter.domain.errors import KnownError
from tests.faults.promises import Findings, twice
from tests.storage.kit import FailingDisk
from tests.storage.site import Site, do, enrolled, ready

DEEPEST = 30  # file operations of one case, about
SAID = {"DISK-FULL", "DISK-WRITE"}


def limit_database(core: Core, more_pages: int | None) -> None:
    """Let the database grow by so many pages only; None: freely."""

    def on_thread() -> None:
        with core._store._database.reading() as connection:
            used = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
            most = 2**30 if more_pages is None else used + more_pages
            connection.exec_driver_sql(f"PRAGMA max_page_count = {most}")

    core.execution.run(on_thread)


def _take(core: Core, site: Site, rng: random.Random, found: Findings) -> Receipt | None:
    """Take one case while the disk fills up; return the receipt that was shown."""
    try:
        draft = ready(core)
        draft.duplicate_reason = "本人要求" * rng.randint(1, 3000)
        return _receipt(do(core, ReceiveCase(draft)))
    except KnownError as error:
        heal(core, site)
        if error.code == "JOURNAL-WRITE":  # in the database; shown as soon as the journal has it
            (done,) = core.retry_journal()
            return _receipt(done.value)
        if error.code not in SAID:
            found.stuck.append(f"unexpected {error.code}")
        return None


def _receipt(value: object) -> Receipt:
    if not isinstance(value, Receipt):
        raise TypeError(type(value).__name__)
    return value


def heal(core: Core, site: Site) -> None:
    """Room again."""
    site.disk.left = -1
    limit_database(core, None)


def run(work: Path, *, steps: int, seconds: float, seed: int) -> dict[str, Any]:
    """Fill the disk ``steps`` times, or until time is up; reopen and compare after each."""
    rng = random.Random(f"{seed}-disk-full")
    end = time.monotonic() + seconds
    found = Findings()
    site = enrolled(work / "home")
    shown: dict[str, str] = {}
    done = refused = 0
    while done < steps and time.monotonic() < end and found.clean:
        done += 1
        site.disk = FailingDisk()
        site.disk.code = rng.choice((errno.ENOSPC, errno.EDQUOT, errno.EIO))
        with site.core() as core:
            if done % 3:
                site.disk.left = rng.randrange(DEEPEST)
            else:
                limit_database(core, rng.randrange(6))
            receipt = _take(core, site, rng, found)
            heal(core, site)
        if receipt is None:
            refused += 1
        else:
            shown[receipt.op_id] = receipt.receipt_no
        with site.core() as core:
            _compare(core, shown, found)
    if found.clean:
        shutil.rmtree(work)
    return {"steps": done, "refused": refused, "receipts": len(shown), **found.figures()}


def _compare(core: Core, shown: dict[str, str], found: Findings) -> None:
    """What was shown is there; what was refused left nothing behind."""
    ops = core.execution.run(core.queries.outbox)
    there = {op.op_id for op in ops}
    found.lost += [number for op_id, number in shown.items() if op_id not in there]
    found.doubled += [f"refused, yet there: {op_id}" for op_id in there - set(shown)]
    found.doubled += [f"seq {seq}" for seq in twice(op.seq for op in ops)]
    found.doubled += [f"number {number}" for number in twice(shown.values())]
    if sorted(op.seq for op in ops) != list(range(1, len(ops) + 1)):
        found.lost.append("the numbering has a gap")
    found.stuck += list(core.reconcile_report)
