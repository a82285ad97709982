# SPDX-License-Identifier: MulanPSL-2.0
"""What the sync screen reads and does."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject

from ui.notify import notify
from ui.operations import sync as op
from ui.runner import Latest
from ui.screens.sync.stick import StickDialog

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from counter.app.commands import Done
    from ui.operations.desk import Desk
    from ui.operations.line import LineStatus

_CONCERNS = frozenset({"case", "outbox"})


class SyncView(Protocol):
    """What the presenter needs of the view."""

    def show_queue(self, queue: op.Queue) -> None: ...


class SyncPresenter(QObject):
    """Reads queue and line. GUI thread only."""

    def __init__(self, view: SyncView, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._view, self._desk = view, desk
        self._latest = Latest()

    def now(self) -> datetime:
        """Local time at the counter."""
        return self._desk.clock.now()

    @property
    def leader(self) -> bool:
        """Whether the shift leader is signed in."""
        return "leader" in self._desk.session.roles

    @property
    def training(self) -> bool:
        """Whether the line may be unplugged by hand: only in a training hall."""
        return self._desk.line.training

    @property
    def courier(self) -> bool:
        """Whether data can be carried on a stick here."""
        return self._desk.stick is not None

    def stick_dialog(self, waiting: int, parent: QWidget) -> StickDialog:
        """用U盘送: the dialog with the number of operations that are only here."""
        return StickDialog(self._desk, waiting, parent)

    def status(self) -> LineStatus:
        """Newest picture of the line."""
        return self._desk.line.status()

    def refresh(self, changes: object | None) -> None:
        """Read again what a change concerns."""
        kinds = getattr(changes, "kinds", None)
        if kinds is None or kinds & _CONCERNS:
            op.load(self._desk, self._view.show_queue, owner=self, latest=self._latest)

    def send(self) -> None:
        """立即发送."""
        op.send_now(self._desk)

    def send_pages(self) -> None:
        """图片也现在发: on a line where they would wait."""
        op.send_now(self._desk, pages=True)

    def plug(self, *, enabled: bool) -> None:
        """Training: unplug or plug the line."""
        op.set_link(self._desk, enabled=enabled)

    def close_issue(self, op_id: str, reason: str) -> None:
        """Close an item of 要处理."""
        op.close_issue(self._desk, op_id, reason, self._closed, owner=self)

    def _closed(self, _done: Done) -> None:
        notify("已关闭，原因记入了经过。", "ok")
