# SPDX-License-Identifier: MulanPSL-2.0
"""Nothing readable in a stolen database, log, journal or folder of scans (S14); the right key only."""

import shutil
import threading
from functools import partial
from pathlib import Path

import pytest

from counter.domain.errors import KnownError
from counter.storage.db_thread import DatabaseThread, assert_db_thread
from counter.storage.engine import raw_connection
from tests.storage.kit import ID_NO, KEY, NAME, Home, receive

PAGE = b"PAGE-MARKER-" * 400


def every_file(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_no_marker_is_readable_in_any_file(home: Home) -> None:
    with home.open() as store:
        blob = store.blob_files.put(PAGE, "image/jpeg")
        case, op = receive(store, blobs=(blob,))
        store.copy_if_due()
        receive(store)
        # While open the write-ahead log is there as well.
        files = every_file(home.root)
        assert {"counter.db", "counter.db-wal", "counter.copy.db"} <= {f.name for f in files}
        content = {path: path.read_bytes() for path in files}
    markers = [NAME, ID_NO, case.receipt_no, op.op_id, blob.blob_id, "PAGE-MARKER", "CREATE TABLE"]
    for path, data in content.items():
        for marker in markers:
            assert marker.encode() not in data, path.name
            assert marker not in str(path)


def test_another_key_does_not_open_and_changes_nothing(home: Home) -> None:
    with home.open() as store:
        receive(store)
    before = home.db.read_bytes()
    home.key = bytes(32)
    with pytest.raises(KnownError) as caught, home.open():
        pass
    assert caught.value.code == "DB-KEY"
    assert home.db.read_bytes() == before


def test_a_copied_database_needs_the_key_too(home: Home, tmp_path: Path) -> None:
    with home.open() as store:
        receive(store)
    thief = Home(tmp_path / "thief", key=b"\x01" * 32)
    thief.root.mkdir()
    shutil.copy(home.db, thief.db)
    with pytest.raises(KnownError) as caught, thief.open():
        pass
    assert caught.value.code == "DB-KEY"


def test_a_newer_schema_is_left_alone(home: Home) -> None:
    with home.open() as store:
        receive(store)
    raw = raw_connection(home.db, KEY)
    raw.execute("PRAGMA user_version = 99")
    raw.close()
    with pytest.raises(KnownError) as caught, home.open():
        pass
    assert caught.value.code == "DB-NEWER"


def test_a_second_program_is_told_that_the_database_is_locked(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("counter.storage.engine.AFTER_KEY", ("PRAGMA busy_timeout = 20",))
    with home.open() as store:
        receive(store)
        other = raw_connection(home.db, KEY)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(KnownError) as caught:
            receive(store)
        assert caught.value.code == "DB-LOCKED"
        other.execute("ROLLBACK")
        other.close()
        receive(store)


def test_the_store_refuses_another_thread(home: Home) -> None:
    thread = DatabaseThread()
    try:
        with home.open() as store, pytest.raises(RuntimeError, match="counter-database"):
            thread.run(store.unit_of_work().__enter__)
    finally:
        thread.close()


def test_the_database_thread_runs_in_order_and_hands_over_errors() -> None:
    thread = DatabaseThread()
    seen: list[int] = []
    futures = [thread.submit(partial(seen.append, n)) for n in range(50)]
    thread.run(assert_db_thread)
    with pytest.raises(RuntimeError, match="not the database thread"):
        assert_db_thread()
    with pytest.raises(ValueError, match="invalid literal"):
        thread.run(lambda: int("x"))
    assert thread.run(lambda: thread.run(threading.get_ident)) != threading.get_ident()
    last = thread.submit(lambda: seen.append(50))
    thread.close()
    thread.close()
    assert last.done()
    assert seen == list(range(51))
    assert all(future.done() for future in futures)
    with pytest.raises(RuntimeError, match="closed"):
        thread.submit(lambda: None)
