# SPDX-License-Identifier: MulanPSL-2.0
"""Rating a case from its own page: on the citizen's screen, or on paper that is scanned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from counter.ports.devices import DeviceError
from ui.citizen.ask_rating import RatingButton
from ui.notify import notify, present_error
from ui.operations import devices, intake, voice
from ui.widgets.buttons import SecondaryButton
from ui.widgets.flow_row import FlowRow

if TYPE_CHECKING:
    from counter.domain.materials import Page
    from ui.operations.desk import Desk
    from ui.operations.devices import Shot

SLIP = "RAT"
_SENT = "评价单已存好，排队传到中心，由中心录入；窗口不录入、不修改。"


class RateRow(QWidget):
    """请群众评价, and for those without a screen: print a slip, scan the filled one."""

    paper_wanted = Signal(str)
    """Code of the slip to print."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._case_id = ""
        self._busy = False
        self.ask = RatingButton(desk)
        self.slip = SecondaryButton("纸质评价单…")
        menu = QMenu(self.slip)
        self.printing = menu.addAction("打印空白评价单", lambda: self.paper_wanted.emit(SLIP))
        self.scanning = menu.addAction("扫描填好的评价单", self.scan)
        self.slip.setMenu(menu)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(FlowRow((self.ask, self.slip)))
        self.hide()

    def set_case(self, case_id: str) -> None:
        """Another case is on the screen, "" for none."""
        if case_id != self._case_id:
            self._case_id = case_id
            self.ask.set_case(case_id)
        self.setVisible(bool(case_id))

    def scan(self) -> None:
        """Scan the filled slip; nobody at the counter types what is ticked."""
        if not self._case_id or self._busy:
            return
        self._busy = True
        case_id = self._case_id

        def shot(taken: Shot | DeviceError) -> None:
            if isinstance(taken, DeviceError):
                self._busy = False
                notify(taken.words, "warn")
                return
            intake.store_page(
                self._desk, taken.data, taken.origin, stored, self._failed, owner=self
            )

        def stored(page: Page) -> None:
            voice.scan_slip(self._desk, case_id, page, self._done, self._failed, owner=self)

        devices.capture(self._desk, "评价单", shot, self._failed, owner=self)

    def _done(self, _done: object) -> None:
        self._busy = False
        notify(_SENT, "ok")

    def _failed(self, error: BaseException) -> None:
        self._busy = False
        present_error(error)
