# SPDX-License-Identifier: MulanPSL-2.0
"""The workplace after sign-in: window, screens, status bar, search, lock, put together."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from ui.finder import Finder
from ui.screens.appeals.view import AppealsScreen
from ui.screens.cases.view import CasesScreen
from ui.screens.delivery.view import DeliveryScreen
from ui.screens.intake.view import IntakeScreen
from ui.screens.leader.view import LeaderScreen
from ui.screens.sign_in.lock import IdleWatch, LockCover
from ui.screens.sync.view import SyncScreen
from ui.screens.workbench.view import WorkbenchScreen
from ui.shell.entries import NavEntry
from ui.shell.main_window import MainWindow
from ui.shell.screen import can_leave
from ui.signals import app_signals
from ui.status_parts import StatusFeed

if TYPE_CHECKING:
    from ui.bootstrap import Opened
    from ui.screens.sign_in.view import SignInScreen


class Workplace:
    """Everything between sign-in and sign-out on the screen. GUI thread only."""

    def __init__(self, opened: Opened, lock_screen: Callable[[], SignInScreen]) -> None:
        """Build the window; screens are made at their first visit."""
        self.desk = opened.desk
        self._receipt_token = opened.receipt_token
        hall = self.desk.hall
        self.main = MainWindow(
            (
                NavEntry("workbench", "工作台", self._workbench),
                NavEntry("intake", "受理", self._intake, key="F2"),
                NavEntry("cases", "办件", self._cases, key="F3"),
                NavEntry("delivery", "出件", self._delivery),
                NavEntry("appeals", "诉求", lambda: AppealsScreen(self.desk)),
                NavEntry("sync", "同步", self._sync),
                *self._for_leader(),
            ),
            runner=self.desk.runner,
            hall=f"{hall.name}（练习）" if hall.training else hall.name,
            window=hall.window_name,
            operator=self.desk.session.name,
        )
        self.lock = LockCover(self.main, lock_screen)
        app = QApplication.instance()
        self._idle = IdleWatch(app) if isinstance(app, QApplication) else None
        self._feed = StatusFeed(self.main, self.desk)
        self._finder = Finder(self.main, self.desk, self.open_case, self.open_item)
        app_signals().locked.connect(self.flush)

    def _for_leader(self) -> tuple[NavEntry, ...]:
        if "leader" not in self.desk.session.roles:
            return ()
        return (NavEntry("leader", "值班长", self._leader),)

    def _leader(self) -> LeaderScreen:
        screen = LeaderScreen(self.desk)
        screen.open_case.connect(self.open_case)
        return screen

    def open_first(self) -> None:
        """Show the workbench and fill the status bar."""
        self.main.navigate("workbench")
        self._feed.start()

    # -- screens ----------------------------------------------------------------

    def _workbench(self) -> WorkbenchScreen:
        screen = WorkbenchScreen(self.desk)
        screen.open_draft.connect(self.open_draft)
        screen.open_case.connect(self.open_case)
        screen.deliver.connect(self.open_delivery)
        screen.start_intake.connect(self.start_intake)
        screen.serve.connect(self.start_intake)
        return screen

    def _intake(self) -> IntakeScreen:
        screen = IntakeScreen(self.desk)
        screen.left.connect(lambda: self.main.navigate("workbench"))
        screen.open_case.connect(self.open_case)
        return screen

    def _cases(self) -> CasesScreen:
        screen = CasesScreen(self.desk, receipt_token=self._receipt_token)
        screen.deliver_wanted.connect(self.open_delivery)
        return screen

    def _delivery(self) -> DeliveryScreen:
        return DeliveryScreen(self.desk, receipt_token=self._receipt_token)

    def _sync(self) -> SyncScreen:
        screen = SyncScreen(self.desk)
        screen.open_case.connect(self.open_case)
        return screen

    @property
    def intake(self) -> IntakeScreen | None:
        """The intake screen if it was visited."""
        screen = self.main.stack.made("intake")
        return screen if isinstance(screen, IntakeScreen) else None

    # -- going places -------------------------------------------------------------

    def start_intake(self, queue_no: str = "") -> None:
        """A new intake, of the person with this number."""
        if self.main.navigate("intake") and self.intake is not None:
            self.intake.start(queue_no)

    def open_draft(self, draft_id: str) -> None:
        """Back to a draft, at the field where it was left."""
        if self.main.navigate("intake") and self.intake is not None:
            self.intake.open_draft(draft_id)

    def open_case(self, case_id: str) -> None:
        """Show a case."""
        if self.main.navigate("cases"):
            screen = self.main.stack.made("cases")
            if isinstance(screen, CasesScreen):
                screen.show_case(case_id)

    def open_delivery(self, case_id: str) -> None:
        """Hand out the result of a case."""
        if self.main.navigate("delivery"):
            screen = self.main.stack.made("delivery")
            if isinstance(screen, DeliveryScreen):
                screen.choose(case_id)

    def open_item(self, item_code: str) -> None:
        """Begin an intake of an item found by the search."""
        self.main.navigate("intake")
        if self.intake is None:
            return
        presenter = self.intake.presenter
        presenter.opened.connect(
            lambda: presenter.choose_item(item_code), Qt.ConnectionType.SingleShotConnection
        )
        self.intake.start()

    # -- ending ---------------------------------------------------------------------

    def flush(self) -> None:
        """Keep what is typed now: lock, sign-out, close."""
        if self.intake is not None:
            can_leave(self.intake)

    def dispose(self) -> None:
        """Take it off the screen; nothing of it may hear of the next session."""
        app_signals().locked.disconnect(self.flush)
        self._feed.stop()
        if self._idle is not None:
            self._idle.deleteLater()
        self.main.deleteLater()
