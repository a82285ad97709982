# SPDX-License-Identifier: MulanPSL-2.0
"""What the screen 出件 reads and does; every answer comes back in the GUI thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject

from counter.ports.devices import CardData
from ui.notify import notify, present_error
from ui.operations import case_acts, devices
from ui.operations import delivery as op
from ui.runner import Latest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from counter.app.commands import Done
    from counter.app.queries import CasePage, CaseRow
    from counter.domain.case_life import Delivery
    from ui.operations.delivery import Handing
    from ui.operations.desk import Desk
    from ui.operations.devices import CardAnswer

_CONCERNS = frozenset({"case", "outbox"})


class DeliveryView(Protocol):
    """What the presenter needs of the view."""

    def show_rows(self, rows: Sequence[CaseRow], total: int) -> None: ...
    def show_handing(self, handing: Handing | None) -> None: ...
    def take_card(self, card: CardData) -> None: ...
    def delivered(self, case_id: str) -> None: ...


class DeliveryPresenter(QObject):
    """The search and the case in front. GUI thread only."""

    def __init__(self, view: DeliveryView, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._view, self._desk = view, desk
        self._list, self._one = Latest(), Latest()
        self._busy = False
        self.text = ""
        self.case_id = ""

    def today(self) -> date:
        """The day at the counter."""
        return self._desk.clock.now().date()

    def refresh(self, changes: object | None) -> None:
        """Read again if the change concerns cases."""
        kinds = getattr(changes, "kinds", None)
        if kinds is None or kinds & _CONCERNS:
            self.ask(self.text)

    def ask(self, text: str) -> None:
        """Look for cases."""
        self.text = text
        op.load_waiting(self._desk, text, self._page_came, owner=self, latest=self._list)

    def _page_came(self, page: CasePage) -> None:
        self._view.show_rows(page.rows, page.total)

    def choose(self, case_id: str) -> None:
        """Bring a case to the front."""
        self.case_id = case_id
        op.load(self._desk, case_id, self._one_came, owner=self, latest=self._one)

    def _one_came(self, handing: Handing | None) -> None:
        if handing is None:
            self.case_id = ""
            notify("这份办件不在本机。", "warn")
        self._view.show_handing(handing)

    # -- card -----------------------------------------------------------------------------

    def read_card(self, *, receiver: bool) -> None:
        """F4: the receiver of the case in front, else whose cases these are."""
        if self._busy:
            return
        self._busy = True

        def failed(error: BaseException) -> None:
            self._busy = False
            present_error(error)

        def answered(answer: CardAnswer) -> None:
            self._busy = False
            if not isinstance(answer, CardData):
                notify(answer.words, "warn")
            elif receiver:
                self._view.take_card(answer)
            else:
                number = answer.person.id_no
                op.load_of_person(self._desk, number, self._own_came, owner=self)

        devices.read_card(self._desk, answered, failed, owner=self)

    def _own_came(self, rows: list[CaseRow]) -> None:
        ready = [row for row in rows if op.deliverable(row)]
        self._view.show_rows(ready or rows, len(ready or rows))
        if len(ready) == 1:
            self.choose(ready[0].case_id)
        elif not rows:
            notify("这张证件在本机没有办件。可以用凭证号或姓名再找。", "warn")

    # -- the act ----------------------------------------------------------------------------

    def deliver(self, delivery: Delivery) -> None:
        """送达."""
        case_id = self.case_id

        def done(_done: Done) -> None:
            notify("送达已保存在本机，排队传到中心。", "ok")
            self._view.delivered(case_id)

        case_acts.deliver(self._desk, case_id, delivery, done, owner=self)

    @property
    def deliverer(self) -> str:
        """Who hands out."""
        return self._desk.session.name
