# SPDX-License-Identifier: MulanPSL-2.0
"""Step 材料: every way in, bad pictures said at once, nothing lost, the right person's page."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication, QImage

from counter.app.commands import StorePage
from counter.domain.errors import KnownError
from counter.domain.materials import GivenMaterial
from tests.ui.intake.conftest import Window
from ui.screens.intake.step_words import step_rows


def _given(window: Window, key: str) -> GivenMaterial:
    return window.draft.materials.get(key) or GivenMaterial(key=key)


def _picture(folder: Path, name: str = "page.png") -> Path:
    image = QImage(800, 600, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    for x in range(100, 700):
        image.setPixel(x, x % 500, 0)
    path = folder / name
    image.save(str(path))
    return path


def test_card_read_by_chip_counts_as_the_original(window: Window) -> None:
    window.to_materials()
    given = _given(window, "id_card")
    assert (given.way, given.original_checked, given.checked_by) == (
        "original_checked",
        True,
        "张某",
    )


def test_focus_is_at_the_first_paper_that_lacks(window: Window) -> None:
    window.to_materials()
    assert window.screen.materials.rows["hukou_book"].hasFocus()


def test_bad_files_are_said_and_lose_nothing(window: Window, tmp_path: Path) -> None:
    window.to_materials()
    window.key(Qt.Key.Key_F7)
    pages = _given(window, "hukou_book").pages
    cases = {"empty.jpg": b"", "broken.jpg": b"this is no picture", "a.pdf": b"%PDF-1.7"}
    for name, data in cases.items():
        path = tmp_path / name
        path.write_bytes(data)
        window.presenter.pages.take_files(window.draft.draft_id, "hukou_book", [path], "file")
        window.settle()
        assert window.screen.materials.banner.isVisible()
        assert "已收的页都还在" in window.screen.materials.banner.text
    gone = tmp_path / "not-there.jpg"
    window.presenter.pages.take_files(window.draft.draft_id, "hukou_book", [gone], "file")
    window.settle()
    assert "打不开" in window.screen.materials.banner.text
    assert _given(window, "hukou_book").pages == pages


def test_drop_and_paste(window: Window, tmp_path: Path) -> None:
    window.to_materials()
    path = _picture(tmp_path)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    row = window.screen.materials.rows["bank_card"]
    none = Qt.KeyboardModifier.NoModifier
    left = Qt.MouseButton.LeftButton
    event = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, left, none)
    row.dropEvent(event)
    window.settle()
    assert window.screen.materials.banner.isHidden(), window.screen.materials.banner.text
    assert [p.origin for p in _given(window, "bank_card").pages] == ["drop"]
    image = QImage(str(path)).flipped()
    QGuiApplication.clipboard().setImage(image)
    window.key(Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert [p.origin for p in _given(window, "hukou_book").pages] == ["paste"]
    QGuiApplication.clipboard().clear()


def test_rotate_order_delete(window: Window) -> None:
    window.to_materials()
    window.key(Qt.Key.Key_F7)
    window.key(Qt.Key.Key_F7)
    first, second = _given(window, "hukou_book").pages
    window.key(Qt.Key.Key_R)
    assert _given(window, "hukou_book").pages[0] == first
    turned = _given(window, "hukou_book").pages[1]
    assert turned.blob_id != second.blob_id
    data = window.fake.hall.blob_files.kept[turned.blob_id]
    size = QImage.fromData(data).size()
    assert size.width() > size.height()
    window.screen.materials._move(1, -1)
    assert _given(window, "hukou_book").pages == (turned, first)
    window.key(Qt.Key.Key_Delete)
    window.key(Qt.Key.Key_Delete)
    assert _given(window, "hukou_book").way == "missing"


def test_original_tolerated_and_taken_back_by_number(window: Window) -> None:
    window.to_materials()
    window.key(Qt.Key.Key_F7)
    window.key(Qt.Key.Key_1)
    assert (_given(window, "hukou_book").way, _given(window, "hukou_book").original_checked) == (
        "scanned",
        True,
    )
    window.screen.materials.rows["photo"].setFocus()
    window.key(Qt.Key.Key_2)
    photo = _given(window, "photo")
    assert (photo.way, photo.due) == ("tolerated", "2026-12-07")
    window.key(Qt.Key.Key_2)
    assert _given(window, "photo").way == "missing"


def test_a_paper_to_follow_is_not_counted_as_given(window: Window) -> None:
    window.to_materials()

    def told() -> str:
        return next(row.sub for row in step_rows(window.presenter) if row.id == "materials")

    given, _, needed = told().split("，")[0].partition(" / ")
    window.screen.materials.rows["photo"].setFocus()
    window.key(Qt.Key.Key_2)
    assert told() == f"{given} / {needed}，容缺 1"


def test_a_full_disk_is_said_and_the_row_stays(window: Window) -> None:
    window.to_materials()
    full = KnownError(code="DISK-FULL", what="磁盘满了。", safe="已存的都在。", todo="请先清理。")
    window.fake.failures[StorePage] = [full]
    window.key(Qt.Key.Key_F7)
    assert "磁盘满了" in window.screen.materials.banner.text
    assert _given(window, "hukou_book").way == "missing"
    window.key(Qt.Key.Key_F7)
    assert len(_given(window, "hukou_book").pages) == 1


def test_a_late_page_never_reaches_the_next_person(window: Window) -> None:
    window.to_materials()
    old = window.draft.draft_id
    window.presenter.start()
    window.settle(lambda: window.draft.draft_id != old)
    window.presenter.pages.capture(old, "hukou_book", "居民户口簿")
    window.settle()
    assert window.draft.materials == {}
