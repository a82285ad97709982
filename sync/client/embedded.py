# SPDX-License-Identifier: MulanPSL-2.0
"""A hub of one's own, as a process beside the counter: for training and trying out.

The hub is never imported (rooms meet in ``sync.protocol`` only); it dies with its parent.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from counter.domain.errors import KnownError

START_S = 60.0
STOP_S = 8.0
_PDEATHSIG = 1  # prctl(2)
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class HubReady:
    """What the hub said once it answered."""

    url: str
    enrol_code: str


class EmbeddedHub:
    """One hub process; use as a context manager or call ``start`` and ``stop``."""

    def __init__(self, data: Path) -> None:
        """Name the hub's data folder; nothing runs yet."""
        self._data = data
        self._ready_file = data / "ready.json"
        self._process: subprocess.Popen[bytes] | None = None
        self._started = threading.Event()
        self._keeper: threading.Thread | None = None
        self._why: OSError | None = None

    def __enter__(self) -> EmbeddedHub:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Process id, 0 when it does not run."""
        return self._process.pid if self._process is not None else 0

    def start(self) -> HubReady:
        """Start it with the training hall and wait until it answers.

        Raises:
            KnownError: ``HUB-START``.
        """
        self._data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._ready_file.unlink(missing_ok=True)
        self._keeper = threading.Thread(target=self._keep, name="hub-keeper", daemon=True)
        self._keeper.start()
        self._started.wait(START_S)
        end = time.monotonic() + START_S
        while self._process is not None and self._process.poll() is None:
            with contextlib.suppress(OSError, ValueError, KeyError):
                said = json.loads(self._ready_file.read_text("utf-8"))
                return HubReady(str(said["url"]), str(said["enrol_code"]))
            if time.monotonic() > end:
                break
            time.sleep(0.03)
        self.stop()
        raise KnownError(
            code="HUB-START",
            what="练习用的中心没有启动成功。",
            safe="本机的数据都还在，可以离线练习。",
            todo="请关闭后重新打开程序。",
        ) from self._why

    def stop(self) -> None:
        """End it: politely, then firmly; only this process, by its id."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._keeper is not None:
            self._keeper.join(STOP_S)
            self._keeper = None
        self._started.clear()

    def _keep(self) -> None:
        """Start the process and wait for its end in the same thread.

        Linux tells the child when its parent *thread* ends, so this thread must live as long.
        """
        try:
            process = subprocess.Popen(  # noqa: S603 - our own program, fixed words
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": _python_path()},
                start_new_session=True,
                preexec_fn=_die_with_parent(),  # noqa: PLW1509 - one prepared system call
            )
        except OSError as error:
            self._why = error
            self._started.set()
            return
        self._process = process
        self._started.set()
        process.wait()

    def _command(self) -> list[str]:
        frozen = bool(getattr(sys, "frozen", False))
        program = [sys.executable, "hub"] if frozen else [sys.executable, "-m", "sync.hub"]
        verb = ["serve", "--training", "--ready-file", str(self._ready_file)]
        return [*program, "--data", str(self._data), *verb]


def _python_path() -> str:
    given = os.environ.get("PYTHONPATH", "")
    return os.pathsep.join([str(_ROOT), *([given] if given else [])])


def _die_with_parent() -> Callable[[], None] | None:
    """Return what the child does before it becomes the hub (Linux only)."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)  # loaded before the fork: no allocation games in the child
    parent = os.getpid()

    def ask_the_kernel() -> None:
        libc.prctl(_PDEATHSIG, int(signal.SIGTERM))
        if os.getppid() != parent:
            os._exit(1)

    return ask_the_kernel
