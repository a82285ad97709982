# SPDX-License-Identifier: MulanPSL-2.0
"""The centre's folders survive a power cut, each found missing by ``powercut`` of the hub's disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hub.centre import open_centre
from sync.hub.storage.blob_files import BlobFiles
from tests.fakes.syncs import synced_folders


def test_the_names_of_a_new_centre_are_certain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys, pages and the folder itself: a synced file in a folder without a name is gone."""
    synced = synced_folders(monkeypatch)
    open_centre(tmp_path / "srv" / "hub").close()
    assert {tmp_path, tmp_path / "srv", tmp_path / "srv" / "hub"} <= set(synced)
    names = [p.name for p in (tmp_path / "srv" / "hub").iterdir() if p.is_dir()]
    assert set(names) >= {"keys", "incoming", "blobs"}
    assert synced.count(tmp_path / "srv" / "hub") >= len({"keys", "incoming", "blobs"})


def test_a_page_in_a_folder_made_by_another_thread_is_certain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever made it may not have synced it yet."""
    files = BlobFiles(tmp_path)
    blob_id = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"  # of b"x"
    (tmp_path / "blobs" / "2d").mkdir()
    files.begin("u1", b"x")
    synced = synced_folders(monkeypatch)
    files.finish("u1", blob_id)
    assert {tmp_path / "blobs", tmp_path / "blobs" / "2d"} <= set(synced)
