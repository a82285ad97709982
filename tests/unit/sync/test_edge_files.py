# SPDX-License-Identifier: MulanPSL-2.0
"""An edge host's disk: full is said and nothing is half kept; without the key nothing is readable."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from counter.domain.canonical import sha256_hex
from counter.domain.errors import KnownError
from sync.edge.box import Box
from sync.edge.files import StoreFullError, opened, writing
from sync.edge.pages import PageStore, WrongContentError

BOX = Box(b"s" * 32)
AT = "2026-11-23T09:00:00+08:00"


def pages(path: Path, **more: int) -> PageStore:
    return PageStore(path / "pages.db", BOX, lambda: AT, reserve=0, **more)


def test_a_full_disk_is_told_from_other_trouble(tmp_path: Path) -> None:
    db = opened(tmp_path / "x.db", "CREATE TABLE t (a BLOB)")
    db.execute("PRAGMA max_page_count=20")
    with pytest.raises(StoreFullError), writing(db):
        db.execute("INSERT INTO t VALUES (?)", (b"x" * 200_000,))
    with writing(db):
        db.execute("INSERT INTO t VALUES ('small')")
    assert db.execute("SELECT count(*) FROM t").fetchone() == (1,)
    with pytest.raises(sqlite3.OperationalError), writing(db):
        db.execute("INSERT INTO nowhere VALUES (1)")


def test_a_page_of_another_content_is_not_kept(tmp_path: Path) -> None:
    store = pages(tmp_path)
    good = sha256_hex(b"abcdef")
    with pytest.raises(WrongContentError):
        store.create("d", good, 6, "image/png", b"abcdeX")
    held = store.create("d", good, 6, "image/png", b"abc")
    with pytest.raises(WrongContentError):
        store.append(held.upload_id, 3, b"deX")
    again = store.find("d", held.upload_id)
    assert again is not None
    assert (again.offset, store.figures().waiting) == (0, 0)
    store.append(held.upload_id, 0, b"abc")
    assert store.append(held.upload_id, 9, b"zzz").offset == 3, "at another place nothing happens"
    assert store.append(held.upload_id, 3, b"def").offset == 6
    reader = store.blob_reader(good)
    reader.check()
    assert [reader.read(0, 6), reader.read(2, 2), reader.read(5, 9)] == [b"abcdef", b"cd", b"f"]
    assert store.find("another", held.upload_id) is None
    store.terminate(held.upload_id)
    assert store.figures().waiting == 1, "a whole page is nobody's to give up"
    store.close()


def test_the_budget_counts_what_is_promised(tmp_path: Path) -> None:
    store = pages(tmp_path, budget=100)
    store.create("d", sha256_hex(b"a" * 80), 80, "image/png")
    with pytest.raises(StoreFullError):
        store.create("d", sha256_hex(b"b" * 30), 30, "image/png")
    assert store.create("d", sha256_hex(b"c" * 20), 20, "image/png", b"c" * 20).offset == 20
    store.close()


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    sealed = BOX.seal(b"name", "place")
    assert BOX.open(sealed, "place") == b"name"
    for box, data, place in (
        (Box(b"t" * 32), sealed, "place"),
        (BOX, sealed, "elsewhere"),
        (BOX, sealed[:-1], "place"),
        (BOX, b"", "place"),
    ):
        with pytest.raises(KnownError, match="EDGE-DAMAGED"):
            box.open(data, place)
