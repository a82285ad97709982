# SPDX-License-Identifier: MulanPSL-2.0
"""Step 材料: one row per paper, the ways it may come, its pages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFileDialog

from counter.domain.materials_list import MaterialState
from ui.notify import describe_error
from ui.operations import devices
from ui.runner import Latest
from ui.screens.intake import edits
from ui.screens.intake.cert_row import CertRow
from ui.screens.intake.material_row import MaterialRow
from ui.screens.intake.page_preview import PagePreview
from ui.screens.intake.presenter import IntakePresenter
from ui.screens.intake.step import StepPage
from ui.screens.intake.way_bar import WayBar
from ui.theme import px
from ui.widgets.banner import Banner
from ui.widgets.base import label
from ui.widgets.card import Card

if TYPE_CHECKING:
    from counter.ports.devices import DeviceStatus

_PICTURES = "图片 (*.jpg *.jpeg *.png *.bmp *.tif *.tiff *.webp)"
_EMPTY = "按 F7 拍照，或把图片拖到这里，或按 Ctrl+V 粘贴"


class MaterialsStep(StepPage):
    """The list above, what can be done with the chosen row and its pages below."""

    def __init__(self, presenter: IntakePresenter) -> None:
        super().__init__(presenter, "材料")
        self.rows: dict[str, MaterialRow] = {}
        self._here = ""
        self._camera = "absent"
        self._latest = Latest()
        self.banner = Banner("warn", "", closable=True)
        self.banner.hide()
        self.column.addWidget(self.banner)
        self.list = Card("")
        self.list.body.setSpacing(0)
        self.column.addWidget(self.list)
        self.work = Card(" ")
        self._progress = label("", "small", tone="accent")
        self.work.add_action(self._progress)
        self.ways = WayBar()
        self.ways.chosen.connect(self._act)
        self.work.add(self.ways)
        self._advice = label("", "small", tone="muted", wrap=True)
        self.work.add(self._advice)
        self.cert = CertRow(presenter)
        self.work.add(self.cert)
        self.preview = PagePreview(presenter.desk)
        self.preview.setMinimumHeight(3 * px("touch"))
        self.preview.rotate.connect(self._rotate)
        self.preview.remove.connect(self._remove)
        self.preview.moved.connect(self._move)
        self.preview.picture.dropped.connect(lambda p: self._files(self._here, p, "drop"))
        self.work.add(self.preview, 1)
        self.column.addWidget(self.work, 1)
        presenter.pages.trouble.connect(self._trouble)
        presenter.pages.progress.connect(self._pages_progress)

    # -- showing ----------------------------------------------------------------

    def open_new(self) -> None:
        self._here = ""
        self.banner.hide()
        for row in self.rows.values():
            row.hide()
            row.deleteLater()
        self.rows = {}

    def ask_camera(self) -> None:
        """Ask how the camera is; the words under the buttons follow."""
        devices.camera_status(
            self.presenter.desk, self._have_camera, owner=self, latest=self._latest
        )

    def _have_camera(self, status: DeviceStatus) -> None:
        self._camera = status.state
        self.show_view()

    def _states(self) -> dict[str, MaterialState]:
        view = self.presenter.view
        return {m.key: m for m in view.needed_materials} if view else {}

    def show_view(self) -> None:
        states = self._states()
        if list(self.rows) != list(states):
            self._build(list(states))
        if self._here not in states:
            self._here = self._open_after("") or next(iter(states), "")
        for key, row in self.rows.items():
            row.show_state(states[key], here=key == self._here)
        left = sum(not s.done and s.required for s in states.values())
        gaps = sum(s.way == "tolerated" for s in states.values())
        also = f"，容缺 {gaps} 项" if gaps else ""
        self.set_note(f"还差 {left} 项{also}" if left else f"{'其余' if gaps else ''}齐了{also}")
        self._show_work(states.get(self._here))

    def _build(self, keys: list[str]) -> None:
        for row in self.rows.values():
            row.hide()
            row.deleteLater()
        self.rows = {}
        for key in keys:
            row = MaterialRow(key, self._key)
            row.entered.connect(self._entered)
            row.dropped.connect(lambda k, paths: self._files(k, paths, "drop"))
            self.rows[key] = row
            self.list.add(row)
            self.keep_visible(row)

    def _entered(self, key: str) -> None:
        if self._here != key:
            self._here = key
            self.preview.at = 0
            self.presenter.at(f"material.{key}")
            self.show_view()

    def _show_work(self, state: MaterialState | None) -> None:
        if state is None:
            self.work.set_title("不用交材料" if not self.rows else " ")
            return
        material = state.material
        self.work.set_title(material.material_name)
        self.ways.show_state(state)
        parts = [state.problem.text if state.problem else "", material.accept_stand]
        if material.fill_explain and not state.done:
            parts.append(material.fill_explain)
        if state.held is not None:
            parts.insert(0, state.held.words)
        if state.way == "promised" and material.promise_text:
            parts.insert(0, f"承诺内容：{material.promise_text}")
        if state.way == "exempt":
            parts.insert(0, f"由 {material.exempt_source} 核对，不用交。")
        self._advice.setText("".join(parts) or " ")
        self.cert.show_state(state)
        empty = _EMPTY
        if self._camera in {"absent", "failed"}:
            empty = "高拍仪未连接，插好后可用。\n现在可以选文件，把图片拖到这里，或按 Ctrl+V 粘贴"
        if material.generated:
            empty = "不用现在交：核对签字时打印出来签，签好的页在那一步拍。"
        self.preview.show_pages(state.given, empty)

    # -- acting -------------------------------------------------------------------

    def _act(self, name: str) -> None:
        if name == "capture":
            self.capture()
        elif name == "file":
            self.choose_files()
        else:
            self._set_way(name)
        if self._here in self.rows:
            self.rows[self._here].setFocus(Qt.FocusReason.OtherFocusReason)

    def _set_way(self, name: str) -> None:
        state = self._states().get(self._here)
        way = next((w for w in state.ways_allowed if w == name), None) if state else None
        if state is None or way is None:
            return
        by, at = self.presenter.desk.session.name, self.presenter.today().isoformat()
        if way == "library" and (held := state.held) is not None:
            self.presenter.edit(lambda d: edits.use_library(d, state.key, held, by=by, at=at))
            return
        key, due = self._here, state.due if way == "tolerated" else ""
        note = state.material.exempt_source if way == "exempt" else ""
        self.presenter.edit(lambda d: edits.set_way(d, key, way, by=by, at=at, due=due, note=note))

    def capture(self) -> None:
        """F7."""
        state = self._states().get(self._here)
        if state is None or "scanned" not in state.ways_allowed:
            return
        self.banner.hide()
        title = state.material.material_name
        self.presenter.pages.capture(self.presenter.draft_id, self._here, title)

    def choose_files(self) -> None:
        """Ctrl+O."""
        if self._here:
            names, _ = QFileDialog.getOpenFileNames(self, "选图片", "", _PICTURES)
            self._files(self._here, [Path(name) for name in names], "file")

    def paste(self) -> None:
        """Ctrl+V: pictures or picture files from the clipboard."""
        data = QGuiApplication.clipboard().mimeData()
        image = QGuiApplication.clipboard().image()
        if data.hasUrls():
            paths = [Path(u.toLocalFile()) for u in data.urls() if u.isLocalFile()]
            self._files(self._here, paths, "paste")
        elif isinstance(image, QImage) and not image.isNull() and self._here:
            self.presenter.pages.take_image(self.presenter.draft_id, self._here, image, "paste")
        else:
            self.banner.set_message("info", "剪贴板里没有图片。先复制一张图，再按 Ctrl+V。")
            self.banner.show()

    def _files(self, key: str, paths: list[Path], origin: str) -> None:
        if paths and key:
            self.banner.hide()
            self.presenter.pages.take_files(self.presenter.draft_id, key, paths, origin)

    def _rotate(self, at: int) -> None:
        given = self._states()[self._here].given if self._here in self.rows else None
        if given is not None and at < len(given.pages):
            page = given.pages[at]
            self.presenter.pages.rotate(
                self.presenter.draft_id, self._here, page.blob_id, page.origin
            )

    def _remove(self, at: int) -> None:
        key = self._here
        self.presenter.edit(lambda d: edits.delete_page(d, key, at))

    def _move(self, at: int, step: int) -> None:
        key, to = self._here, [at]
        self.presenter.edit(lambda d: to.append(edits.move_page(d, key, at, step)))
        self.preview.at = to[-1]
        self.show_view()

    def _trouble(self, key: str, error: object) -> None:
        if key.startswith("signature:") or not isinstance(error, BaseException):
            return
        told = describe_error(error)
        self.banner.set_message("warn", told.words, code=told.code)
        self.banner.show()
        self.banner.speak()

    def _pages_progress(self, words: str, under_way: int) -> None:
        more = f"（{under_way} 页）" if under_way > 1 else ""
        self._progress.setText(f"{words or '正在保存…'}{more}" if under_way else "")

    # -- keys -----------------------------------------------------------------------

    def _key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._enter(back=shift)
        elif key in {Qt.Key.Key_Up, Qt.Key.Key_Down}:
            self._go(-1 if key == Qt.Key.Key_Up else 1)
        elif event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        elif event.matches(QKeySequence.StandardKey.Open):
            self.choose_files()
        elif key == Qt.Key.Key_Delete:
            self._remove(self.preview.at)
        elif key == Qt.Key.Key_R:
            self._rotate(self.preview.at)
        elif key in {Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}:
            self.preview.turn(-1 if key == Qt.Key.Key_PageUp else 1)
        elif event.text().isdigit():
            self._set_way(self.ways.way(int(event.text())))
        else:
            return False
        return True

    def _go(self, step: int) -> None:
        keys = list(self.rows)
        at = keys.index(self._here) + step if self._here in keys else 0
        if 0 <= at < len(keys):
            self.rows[keys[at]].setFocus(Qt.FocusReason.TabFocusReason)

    def _open_after(self, key: str) -> str:
        states = list(self._states().values())
        at = next((i + 1 for i, s in enumerate(states) if s.key == key), 0)
        order = [*states[at:], *states[:at]]
        return next((s.key for s in order if s.required and not s.done), "")

    def _enter(self, *, back: bool) -> None:
        keys = list(self.rows)
        at = keys.index(self._here) if self._here in keys else 0
        if back and at == 0:
            self.presenter.move(-1)
        elif back:
            self._go(-1)
        elif onward := self._open_after(self._here):
            self.rows[onward].setFocus(Qt.FocusReason.TabFocusReason)
        elif not self.presenter.pages.under_way:
            self.presenter.move(1)

    def focus_at(self, focus: str) -> None:
        self.ask_camera()
        key = focus.partition(".")[2]
        if key not in self.rows:
            key = self._open_after("") or next(iter(self.rows), "")
        if key:
            self.rows[key].setFocus(Qt.FocusReason.TabFocusReason)
