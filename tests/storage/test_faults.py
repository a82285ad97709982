# SPDX-License-Identifier: MulanPSL-2.0
"""A full disk at every single file operation: said in words, and nothing shown as saved is lost."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from counter.domain.errors import KnownError
from counter.domain.journal_records import Record
from counter.storage.blobs import EncryptedBlobs
from counter.storage.files import FileLayer
from counter.storage.journal import Journal
from counter.storage.store import Store
from tests.storage.kit import IDENTITY, KEY, FailingDisk, Home, receive

PAGES = [(bytes([n]) * 3000, "image/jpeg") for n in range(3)]
STEPS = 40


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_every_file_operation_may_fail(home: Home, code: int) -> None:
    """Walk the failure through the whole of opening, storing pages, receiving."""
    with home.open() as store:
        receive(store)
    saved = 1
    for step in range(STEPS):
        home.disk = FailingDisk()
        home.disk.code = code
        home.disk.left = step
        codes: list[str] = []
        with home.open() as store:
            try:
                blobs = tuple(store.blob_files.put_many(PAGES))
                receive(store, blobs=blobs)
                saved += 1
            except KnownError as error:
                codes.append(error.code)
                # In the database already; only the journal lacks it.
                saved += error.code == "JOURNAL-WRITE"
        failed = "DISK-FULL" if code == errno.ENOSPC else "DISK-WRITE"
        assert set(codes) <= {failed, "JOURNAL-WRITE"}
        home.disk = FailingDisk()
        with home.open() as store:
            ops = store.sync_store().exportable()
            assert [op.seq for op in ops] == list(range(1, saved + 1))
            assert store.journal_waiting() == 0
        if not codes and home.disk.left < 0 and step > 25:
            break
    assert saved > 3


def test_a_failed_copy_keeps_the_last_one(home: Home) -> None:
    with home.open() as store:
        receive(store)
        assert store.copy_if_due()
        before = (home.root / "counter.copy.db").read_bytes()
        assert not store.copy_if_due()
        home.clock.later(days=1)
        home.disk.left = 0
        with pytest.raises(KnownError) as caught:
            store.copy_if_due()
        assert caught.value.code == "DISK-FULL"
        assert (home.root / "counter.copy.db").read_bytes() == before
        assert not (home.root / "counter.copy.db.tmp").exists()


def receive_many(store: Store, count: int) -> None:
    for n in range(count):
        receive(store, name="甲" * 50 + str(n))


def test_a_full_database_disk_is_said(home: Home) -> None:
    with home.open() as store:
        receive(store)
        with store._database.reading() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(KnownError) as caught:
            receive_many(store, 200)
        assert caught.value.code == "DISK-FULL"
        assert "没有保存" in caught.value.what
        with store._database.reading() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages * 10}")
        receive(store)
        ops = store.sync_store().exportable()
        assert [op.seq for op in ops] == list(range(1, len(ops) + 1))


def test_a_read_only_database_is_said(home: Home) -> None:
    with home.open() as store:
        receive(store)
        with store._database.reading() as connection:
            connection.exec_driver_sql("PRAGMA query_only = ON")
        with pytest.raises(KnownError) as caught:
            receive(store)
        assert caught.value.code == "DISK-WRITE"


def test_what_was_shown_survives_a_kill(home: Home) -> None:
    """A child shows each receipt once ``commit`` returned, and is killed in the middle of work."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.storage.receiving", str(home.root), IDENTITY],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    shown = [child.stdout.readline().strip() for _ in range(12)]
    child.kill()
    shown += [line.strip() for line in child.stdout if line.endswith("\n")]
    child.stdout.close()
    child.wait()
    with home.open() as store:
        ops = store.sync_store().exportable()
        assert [op.seq for op in ops] == list(range(1, len(ops) + 1))
        with store.unit_of_work() as work:
            assert all(work.cases.by_number(receipt_no) for receipt_no in shown)
    kept = [
        r.seq for r in Journal(home.journal, [], "", home.disk).records() if isinstance(r, Record)
    ]
    assert kept == list(range(1, len(ops) + 1))


def test_pages_find_their_folders_after_a_cut_in_the_making(tmp_path: Path) -> None:
    """Of 256 new names any may have arrived, the last one too (found by ``powercut``)."""
    (tmp_path / "blobs" / "ff").mkdir(parents=True)
    pages = EncryptedBlobs(tmp_path / "blobs", KEY, FileLayer())
    stored = pages.put_many([(bytes([number]), "image/jpeg") for number in range(100)])
    assert [pages.read(blob) for blob in stored] == [bytes([number]) for number in range(100)]
