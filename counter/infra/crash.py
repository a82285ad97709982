# SPDX-License-Identifier: MulanPSL-2.0
"""Crash reports: what broke and where, without a single value of a variable or message."""

from __future__ import annotations

import json
import logging
import platform
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from counter.domain.errors import KnownError
from counter.domain.ids import uuid7
from counter.infra.atomic import write_atomic
from counter.infra.logs import places

KEEP = 50
log = logging.getLogger("counter.start")
Told = Callable[[str], object]


@dataclass(frozen=True)
class CrashReports:
    """Writes reports into a folder of the home."""

    folder: Path
    version: Callable[[], str]  # asked only when a report is written

    def write(self, error: BaseException, where: str) -> str:
        """Write a report and return its short id, to be read to support over the phone.

        Never raises for a full disk: the id is then still told, and the log has the places.
        """
        report_id = uuid7().rpartition("-")[2][-8:].upper()
        report = {
            "id": report_id,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "version": self.version(),
            "where": where,
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.release()} {platform.machine()}",
            "places": places(error),
        }
        data = json.dumps(report, ensure_ascii=False, indent=1).encode()
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomic(self.folder / f"crash-{report_id}.json", data)
            self._thin_out()
        except (KnownError, OSError):
            log.exception("crash report %s not written", report_id)
        return report_id

    def _thin_out(self) -> None:
        reports = sorted(self.folder.glob("crash-*.json"), key=lambda path: path.stat().st_mtime)
        for old in reports[:-KEEP]:
            old.unlink(missing_ok=True)


def install_hooks(reports: CrashReports, tell: Told) -> None:
    """Catch what nobody caught, in the main thread and in others.

    ``tell`` gets the report id, possibly on another thread, and shows plain words.
    """

    def on_main(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        tell(reports.write(error, "main"))

    def on_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is None:
            return
        tell(reports.write(args.exc_value, args.thread.name if args.thread else "thread"))

    sys.excepthook = on_main
    threading.excepthook = on_thread


def remove_hooks() -> None:
    """Put Python's own hooks back."""
    sys.excepthook = sys.__excepthook__
    threading.excepthook = threading.__excepthook__
