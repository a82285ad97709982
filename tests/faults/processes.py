# SPDX-License-Identifier: MulanPSL-2.0
"""The real programs as processes: a hub that may be killed and comes back, and a counter."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.faults.forking import END_S, ForkedRun, Nursery

ROOT = Path(__file__).resolve().parents[2]
HUB_START_S = 60.0


def environment() -> dict[str, str]:
    """What every child gets: this source tree, and no keyring of the user."""
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }


class HubProcess:
    """A training hub that keeps its port when it is killed and started again."""

    def __init__(self, data: Path, resources: Path | None = None) -> None:
        """Name the data folder and what it publishes (all, unless told); nothing runs yet."""
        self._data = data
        self._resources = ["--resources", str(resources)] if resources else []
        self._ready = data.with_name(f"{data.name}.ready.json")
        self._log = data.with_name(f"{data.name}.log")
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""
        self.kills = 0

    def __enter__(self) -> HubProcess:
        self.start()
        self.wait_ready()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def start(self) -> None:
        """Start it; returns before it answers."""
        self._ready.unlink(missing_ok=True)
        verb = ["serve", "--training", "--ready-file", str(self._ready), "--port", str(self.port)]
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:  # goes on over kills, beside the data
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "sync.hub",
                    "--data",
                    str(self._data),
                    *verb,
                    *self._resources,
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=environment(),
                cwd=ROOT,
            )

    def wait_ready(self) -> None:
        """Return once it answers."""
        end = time.monotonic() + HUB_START_S
        while time.monotonic() < end:
            if self._ready.exists():
                said = json.loads(self._ready.read_text("utf-8"))
                self.url, self.port = str(said["url"]), int(said["port"])
                return
            if self._process is None or self._process.poll() is not None:
                break
            time.sleep(0.02)
        raise RuntimeError(f"the hub did not start; see {self._log}")

    def kill(self) -> None:
        """SIGKILL, then start it again on the same data and port, without waiting."""
        self._end()
        self.kills += 1
        self.start()

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def code(self, window: int) -> str:
        """Return a fresh enrolment code (``counter hub code``)."""
        return self._command("code", "--window", str(window)).strip()

    def rows(self, verb: str) -> list[dict[str, Any]]:
        """Return what ``counter hub VERB --json`` prints."""
        return [json.loads(line) for line in self._command(verb, "--json").splitlines()]

    def _command(self, *words: str) -> str:
        command = [sys.executable, "-m", "sync.hub", "--data", str(self._data), *words]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=True,
            timeout=END_S,
            env=environment(),
            cwd=ROOT,
        ).stdout

    def wrong_blobs(self, digest: Callable[[bytes], str]) -> list[str]:
        """Return the names of stored pages whose content is not what their name promises."""
        files = (path for path in (self._data / "blobs").rglob("*") if path.is_file())
        return [path.name for path in files if digest(path.read_bytes()) != path.name]


class Child:
    """One run of a program that prints a line for every promise it makes."""

    def __init__(self, module: str, *words: str, nursery: Nursery | None = None) -> None:
        """Start it, forked from a nursery where there is one."""
        self._lines: list[tuple[float, str]] = []
        self._news = threading.Condition()
        self._errors = ""
        self.began = time.monotonic()
        self._process: subprocess.Popen[str] | ForkedRun = (
            _started(module, words) if nursery is None else nursery.run(module, words)
        )
        self._readers = [
            threading.Thread(target=self._read_lines, name="faults-lines"),
            threading.Thread(target=self._read_errors, name="faults-errors"),
        ]
        for reader in self._readers:
            reader.start()

    def _read_lines(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            for line in stream:
                if line.endswith("\n"):  # what was cut in the middle was promised to nobody
                    with self._news:
                        self._lines.append((time.monotonic(), line))
                        self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    _ended = False

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as stream:
            self._errors = stream.read()

    def wait_lines(self, count: int) -> None:
        """Return when so many lines came, or the program ended."""
        with self._news:
            self._news.wait_for(lambda: self._ended or len(self._lines) >= count, END_S)

    def wait_for(self, seconds: float) -> None:
        """Return after ``seconds``, earlier when the program ends."""
        with self._news:
            self._news.wait_for(lambda: self._ended, seconds)

    def wait_path(self, path: Path) -> None:
        """Return when a file appeared, or the program ended."""
        while not path.exists() and self._process.poll() is None:
            time.sleep(0.005)

    def wait_writes(self, folder: Path, pattern: str, count: int) -> None:
        """Return when the files of ``pattern`` were written so many times, or at the end.

        Looks without a pause: the moment between two writes is shorter than any sleep.
        """
        end = time.monotonic() + END_S
        seen = _stamps(folder, pattern)
        while count > 0 and self._process.poll() is None and time.monotonic() < end:
            now = _stamps(folder, pattern)
            count -= now != seen
            seen = now

    def kill(self) -> None:
        """SIGKILL; nothing happens when it has ended by itself."""
        self._process.kill()

    def end(self) -> int:
        """Wait for the end; return the exit code (negative: the signal)."""
        try:
            return self._process.wait(END_S)
        finally:
            self._process.kill()
            self._process.wait()
            for reader in self._readers:
                reader.join()

    @property
    def said(self) -> list[dict[str, Any]]:
        """Every whole line so far."""
        with self._news:
            return [json.loads(line) for _, line in self._lines]

    @property
    def times(self) -> list[float]:
        """Seconds from the start to each line."""
        with self._news:
            return [at - self.began for at, _ in self._lines]

    @property
    def errors(self) -> str:
        """What it wrote to stderr; whole after ``end``."""
        return self._errors


def _started(module: str, words: tuple[str, ...]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        cwd=ROOT,
    )


def _stamps(folder: Path, pattern: str) -> list[tuple[str, int, int]]:
    """Return name, size and time of change of every file that fits."""
    found = []
    for path in sorted(folder.glob(pattern)):
        with contextlib.suppress(FileNotFoundError):
            stat = path.stat()
            found.append((path.name, stat.st_size, stat.st_mtime_ns))
    return found
