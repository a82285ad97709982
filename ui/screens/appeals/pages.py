# SPDX-License-Identifier: MulanPSL-2.0
"""The pages of a 诉求: the signed one and its attachments, each on the disk before it is shown."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from counter.ports.devices import DeviceError
from ui.notify import notify
from ui.operations import devices, intake
from ui.widgets.buttons import SecondaryButton

if TYPE_CHECKING:
    from collections.abc import Callable

    from counter.domain.materials import Page
    from ui.operations.desk import Desk
    from ui.operations.devices import Shot


class AppealPages(QObject):
    """Two buttons and what they took."""

    changed = Signal()
    failed = Signal(object)

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self.signed: Page | None = None
        self.attached: tuple[Page, ...] = ()
        self.photo = SecondaryButton("", "F7", icon="camera")
        self.attach = SecondaryButton("", icon="camera")
        self.photo.clicked.connect(partial(self._take, "诉求签字页", self._sign))
        self.attach.clicked.connect(partial(self._take, "诉求附件", self._attach))
        self.show((None, ()))

    def show(self, pages: tuple[Page | None, tuple[Page, ...]]) -> None:
        """Begin with these: the signed page and the attachments."""
        self.signed, self.attached = pages
        many = len(self.attached)
        self.photo.setText("重拍签字页（已存好）" if self.signed else "拍签字页")
        self.attach.setText(f"再拍附件（已存 {many} 页）" if many else "拍附件")

    def _take(self, title: str, keep: Callable[[Page], None]) -> None:
        def shot(taken: Shot | DeviceError) -> None:
            if isinstance(taken, DeviceError):
                notify(taken.words, "warn")
                return
            intake.store_page(
                self._desk, taken.data, taken.origin, keep, self.failed.emit, owner=self
            )

        devices.capture(self._desk, title, shot, self.failed.emit, owner=self)

    def _sign(self, page: Page) -> None:
        self.show((page, self.attached))
        self.changed.emit()

    def _attach(self, page: Page) -> None:
        if page not in self.attached:
            self.show((self.signed, (*self.attached, page)))
        self.changed.emit()
