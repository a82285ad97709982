# SPDX-License-Identifier: MulanPSL-2.0
"""The few signals that the whole program shares, on one object in the GUI thread."""

from typing import Protocol

import shiboken6
from PySide6.QtCore import QCoreApplication, QObject, Signal


class Changes(Protocol):
    """What one command changed; the core's own `Changes` fits without knowing this name."""

    def __bool__(self) -> bool: ...


class AppSignals(QObject):
    """Signals of the program; emitted and received in the GUI thread only."""

    changes = Signal(object)
    """A command changed something (`Changes`); visible screens refresh, hidden ones go stale."""
    status = Signal(object)
    """A new picture of the line and the lanes, for the status bar and the sync screen."""
    locked = Signal()
    """The screen must be covered now; drafts stay."""
    signed_in = Signal(object)
    """An operator signed in (the session), or out (`None`)."""


class _Holder:
    """Keeps the one object; a new application (as in tests) gets a new one."""

    made: AppSignals | None = None


def app_signals() -> AppSignals:
    """The one object, made at first use and owned by the application.

    Raises:
        RuntimeError: there is no application yet.
    """
    if _Holder.made is None or not shiboken6.isValid(_Holder.made):
        app = QCoreApplication.instance()
        if app is None:
            msg = "signals need an application"
            raise RuntimeError(msg)
        _Holder.made = AppSignals(app)
    return _Holder.made
