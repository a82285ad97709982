# SPDX-License-Identifier: MulanPSL-2.0
"""Starts the real programs from a process that has imported everything they need.

Most of a short run is Python reading its modules. A forked child runs the same module as
``python -m`` would, is killed the same way, and shares nothing with the next one.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import select
import socket
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]
_MESSAGE = 65536
END_S = 90.0  # more than any child is given by its own limits


class ForkedRun:
    """One run; the process stays a zombie until ``wait``, so its number is never another's."""

    def __init__(self, nursery: Nursery, pid: int, output: int, errors: int) -> None:
        """Take over a run just started; ``output`` and ``errors`` are the ends to read."""
        self._nursery, self._pid = nursery, pid
        self.stdout = os.fdopen(output, "r", encoding="utf-8")
        self.stderr = os.fdopen(errors, "r", encoding="utf-8")
        self._code: int | None = None

    def poll(self) -> int | None:
        """Return the exit code (negative: the signal), ``None`` while it runs."""
        if self._code is None:
            self._code = self._nursery.ask("poll", self._pid)
        return self._code

    def wait(self, seconds: float = END_S) -> int:
        """Wait for the end.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        if self._code is None:
            self._code = self._nursery.ask("wait", self._pid, seconds)
        if self._code is None:
            raise subprocess.TimeoutExpired("forked run", seconds)
        return self._code

    def kill(self) -> None:
        """SIGKILL; nothing happens when its end was seen."""
        if self._code is None:
            self._nursery.ask("kill", self._pid)


class Nursery:
    """The process that forks; one at a time is asked."""

    def __init__(self, modules: tuple[str, ...], environment: dict[str, str]) -> None:
        """Start it; ``modules`` are imported once."""
        self._guard = threading.Lock()
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.forking", str(theirs.fileno()), *modules],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=environment,
                cwd=ROOT,
            )

    def __enter__(self) -> Nursery:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ours.close()  # it ends by itself
        self._process.wait()

    def run(self, module: str, words: tuple[str, ...]) -> ForkedRun:
        """Start ``python -m module words…``."""
        output, errors = os.pipe(), os.pipe()
        with self._guard:
            told = json.dumps(["run", module, *words]).encode()
            socket.send_fds(self._ours, [told], [output[1], errors[1]])
            pid = int(self._ours.recv(_MESSAGE))
        os.close(output[1])
        os.close(errors[1])
        return ForkedRun(self, pid, output[0], errors[0])

    def ask(self, verb: str, pid: int, seconds: float = 0.0) -> int | None:
        """Poll, wait for or kill a run."""
        with self._guard:
            self._ours.send(json.dumps([verb, pid, seconds]).encode())
            code: int | None = json.loads(self._ours.recv(_MESSAGE))
        return code


def _serve(line: socket.socket) -> None:
    while True:
        asked, fds, _, _ = socket.recv_fds(line, _MESSAGE, 2)
        if not asked:
            return
        verb, *words = json.loads(asked)
        if verb == "run":
            pid = os.fork()
            if pid == 0:
                line.close()
                _become(words[0], words[1:], fds)
            for fd in fds:
                os.close(fd)
            line.send(str(pid).encode())
            continue
        line.send(json.dumps(_ended(verb, int(words[0]), float(words[1]))).encode())


def _ended(verb: str, pid: int, seconds: float) -> int | None:
    if verb == "kill":
        os.kill(pid, 9)
        return None
    if verb == "wait":
        with_end = os.pidfd_open(pid)
        try:
            if not select.select([with_end], [], [], seconds)[0]:
                return None
        finally:
            os.close(with_end)
    done, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if done else None


def _become(module: str, words: list[str], fds: list[int]) -> None:
    """Be the program; never returns."""
    code: object = 1
    try:
        os.dup2(fds[0], 1)
        os.dup2(fds[1], 2)
        for fd in fds:
            os.close(fd)
        sys.argv = [module, *words]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as stop:
        code = stop.code
    finally:
        if sys.exc_info()[0] is not None:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    for name in sys.argv[2:]:
        importlib.import_module(name)
    _serve(socket.socket(fileno=int(sys.argv[1])))
