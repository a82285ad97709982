# SPDX-License-Identifier: MulanPSL-2.0
"""The program from start to end: prepare, sign in, work, lock, sign out, close."""

from __future__ import annotations

import gc
import importlib
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

from counter.domain.errors import KnownError
from ui.notify import notify, present_error
from ui.preparing import PreparingView
from ui.runner import Runner
from ui.screens.sign_in.view import SignInScreen
from ui.signals import app_signals

if TYPE_CHECKING:
    from counter.bootstrap import Home
    from counter.bootstrap.core import Core
    from sync.client.training import TrainingHall
    from ui.bootstrap import Opened
    from ui.workplace import Workplace

T = TypeVar("T")
_WARM_AFTER_MS = 150
"""The window is painted and takes typing first; loading libraries would hold it up."""


class App(QObject):
    """One program on one home folder. GUI thread only.

    The window shows one of three things: the preparation of the training hall, the sign-in,
    the workplace. Heavy libraries load behind the sign-in (design §2).
    """

    opened = Signal()
    """Signed in, the workplace is shown."""

    def __init__(self, home: Home, *, training: bool) -> None:
        """Make the program; ``start`` shows it.

        Args:
            home: The home folder, not opened.
            training: Whether a missing enrolment and hub are made here (training hall).
        """
        super().__init__()
        self._home = home
        self._training = training
        self._hall: TrainingHall | None = None
        self.session: Opened | None = None
        self.workplace: Workplace | None = None
        self.runner = Runner(self._db_submit)
        self.window = _Window()
        self.window.closing.connect(self._leave)
        self._busy_opening = False

    # -- beginning ----------------------------------------------------------

    def start(self) -> None:
        """Show the first thing there is to show."""
        if self._home.enrolled:
            self.show_sign_in()
            QTimer.singleShot(_WARM_AFTER_MS, self, self._warm_up)
        elif self._training:
            self._prepare()
        else:
            error = KnownError(
                code="NOT-ENROLLED",
                what="这台电脑还没有登记，不能登录。",
                safe="没有改动任何数据。",
                todo="请用「counter enrol」和中心给的登记码先登记；想先练习，请用「make run」。",
            )
            view = PreparingView()
            self.window.put(view)
            view.fail(error)
            view.retry.connect(self.start)
        self.window.show()
        self.window.activateWindow()

    def _warm_up(self) -> None:
        if self._training:
            self.runner.run_io(self._training_hall, self._hall_ready, self._hall_failed)
        self.runner.run_io(self._load_rooms, lambda _: None, owner=self)

    def _load_rooms(self) -> None:
        """Worker thread, while a person types: what the moment after the password needs."""
        self._home.warm()
        for room in ("ui.bootstrap", "ui.workplace"):
            importlib.import_module(room)

    def _prepare(self) -> None:
        view = PreparingView()
        view.retry.connect(self._prepare)
        self.window.put(view)
        view.begin()
        self.runner.run_io(self._training_hall, self._prepared, view.fail, owner=view)

    def _training_hall(self) -> TrainingHall:
        """Worker thread: start the training hub, enrol at the first time."""
        from sync.client.training import open_training  # noqa: PLC0415 - behind the sign-in

        return open_training(self._home)

    def _prepared(self, hall: TrainingHall) -> None:
        self._hall = hall
        self.show_sign_in()

    def _hall_ready(self, hall: TrainingHall) -> None:
        self._hall = hall
        if self.session is not None:
            self._start_sync(self.session)

    def _hall_failed(self, error: BaseException) -> None:
        present_error(error)

    # -- sign-in --------------------------------------------------------------

    def show_sign_in(self) -> None:
        """Show the sign-in; a damaged vault is said in its place."""
        try:
            screen = self._sign_in_screen(self._sign_in)
        except KnownError as error:
            view = PreparingView()
            view.retry.connect(self.show_sign_in)
            self.window.put(view)
            view.fail(error)
            return
        screen.signed_in.connect(self._signed_in)
        self.window.put(screen)
        screen.activate()

    def _sign_in_screen(self, check: SignInCall, *, locked: bool = False) -> SignInScreen:
        people = [(o.operator_id, o.name, o.job_no) for o in self._home.operators()]
        if locked and self.session is not None:
            own = self.session.core.session.operator_id
            people = [one for one in people if one[0] == own]
        device = "练习大厅：密码 Yichuang-990123，人和办件都是虚构的" if self._training else ""
        return SignInScreen(
            people,
            self._home.hall_label(),
            self._home.key_mode,
            device,
            "没有网络也能登录；超过期限后仍可收件",
            check,
            locked=locked,
        )

    def _sign_in(
        self,
        operator_id: str,
        password: str,
        on_ok: Callable[[object], None],
        on_error: Callable[[BaseException], None],
    ) -> None:
        self.runner.run_io(
            lambda: self._home.sign_in(operator_id, password), on_ok, on_error, owner=self.window
        )

    def _signed_in(self, core: Core) -> None:
        # Heavy rooms of the screens load only now: the sign-in had to come first.
        from ui.bootstrap import open_desk  # noqa: PLC0415 - behind the sign-in
        from ui.workplace import Workplace  # noqa: PLC0415 - behind the sign-in

        self.session = open_desk(core, self.runner)
        self.workplace = Workplace(self.session, self._lock_screen)
        self.workplace.main.sign_out_requested.connect(self.sign_out)
        self.workplace.lock.switch_requested.connect(self.sign_out)
        self.window.put(self.workplace.main)
        self.workplace.open_first()
        if self._hall is not None or not self._training:
            self._start_sync(self.session)
        for words in core.reconcile_report:
            notify(words, "warn", seconds=0)
        app_signals().signed_in.emit(core.session)
        self.opened.emit()
        QTimer.singleShot(_WARM_AFTER_MS, self, _settle)

    def _lock_screen(self) -> SignInScreen:
        def check(
            _operator: str,
            password: str,
            on_ok: Callable[[object], None],
            on_error: Callable[[BaseException], None],
        ) -> None:
            session = self.session
            if session is not None:
                self.runner.run_io(
                    lambda: session.core.check_password(password),
                    on_ok,
                    on_error,
                    owner=self.window,
                )

        return self._sign_in_screen(check, locked=True)

    def _start_sync(self, session: Opened) -> None:
        if session.worker is not None:
            return
        try:
            session.start_sync(self._hall.url if self._hall is not None else "")
        except KnownError as error:
            present_error(error)

    # -- ending ---------------------------------------------------------------

    def sign_out(self) -> None:
        """Keep everything, close the core, show the sign-in."""
        self._close_session()
        self.show_sign_in()

    def _close_session(self) -> None:
        if self.workplace is not None:
            # While the session stands: what is typed is queued before the core closes.
            self.workplace.flush()
        session, self.session = self.session, None
        workplace, self.workplace = self.workplace, None
        if session is not None:
            session.close()
        if workplace is not None:
            workplace.dispose()

    def _leave(self) -> None:
        """The window was closed: nothing typed is lost, then everything ends."""
        self.close()
        QApplication.quit()

    def close(self) -> None:
        """Stop threads and the training hub. Safe to call twice."""
        self._close_session()
        self.runner.close()
        hall, self._hall = self._hall, None
        if hall is not None:
            hall.close()

    def dispose(self) -> None:
        """Take the windows down while the application still stands; after ``close``.

        Left to the interpreter's end, they would be destroyed after the application, which Qt
        answers with a crash.
        """
        self.window.hide()
        self.window.deleteLater()
        for _ in range(2):  # what a deleted screen deletes in turn
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
            QCoreApplication.processEvents()

    def _db_submit(self, job: Callable[[], T], /) -> Future[T]:
        if self.session is None:
            failed: Future[T] = Future()
            failed.cancel()
            return failed
        return self.session.core.execution.submit(job)


SignInCall = Callable[[str, str, Callable[[object], None], Callable[[BaseException], None]], None]


def _settle() -> None:
    """Leave what is loaded now out of the searches for garbage.

    One of them walks over everything and holds up a key press by a tenth of a second: it is done
    once, while the person looks at the first screen. What an earlier sign-in left is searched too.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


class _Window(QStackedWidget):
    """The top-level window: one thing at a time."""

    closing = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("一窗柜台")
        self.setMinimumSize(960, 600)
        self.resize(1280, 800)

    def put(self, widget: QWidget) -> None:
        """Show this instead of what was there."""
        while self.count():
            old = self.widget(0)
            if old is not None:
                self.removeWidget(old)
                old.deleteLater()
        self.addWidget(widget)
        self.setCurrentWidget(widget)
        widget.windowTitleChanged.connect(self.setWindowTitle)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closing.emit()
        event.accept()
