# SPDX-License-Identifier: MulanPSL-2.0
"""What every test gets: no real folders or keyring, no stray log, no stray thread."""

import logging
import os
import re
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import settings

# Before Qt, platformdirs or keyring is imported: nothing may reach the user's own session.
# ignore_cleanup_errors: Windows keeps a file that a crashed test left open.
_home = tempfile.TemporaryDirectory(prefix="counter-tests-", ignore_cleanup_errors=True)
for _name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
    _folder = Path(_home.name) / _name.lower()
    _folder.mkdir(mode=0o700)
    os.environ[_name] = str(_folder)
# The packaged PostgreSQL locks in this folder; without it, in one file of all users of the machine.
(Path(_home.name) / "xdg_runtime_dir" / "python_PostgresServer").mkdir()
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# No deadline per example: the machine is shared, and pytest-timeout catches a real hang.
settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")

WATCHED_LOGGERS = ("counter", "sync", "ui", "asyncio")
OWN_THREADS = re.compile(r"(counter|sync|ui|hub)\b")
THREAD_GRACE_S = 3.0


@dataclass(eq=False)
class LogWatch(logging.Handler):
    """Collects records of WARNING and above; call it with a regex to allow some."""

    allowed: list[re.Pattern[str]] = field(default_factory=list)
    records: list[logging.LogRecord] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(logging.WARNING)

    def __call__(self, pattern: str) -> None:
        """Allow, and demand, at least one record whose "logger: message" contains ``pattern``."""
        self.allowed.append(re.compile(pattern))

    def emit(self, record: logging.LogRecord) -> None:
        if record not in self.records:
            self.records.append(record)

    def complaints(self) -> list[str]:
        """Records nobody allowed, and allowances no record used."""
        texts = [f"{record.name}: {record.getMessage()}" for record in self.records]
        stray = [text for text in texts if not any(p.search(text) for p in self.allowed)]
        unused = [p.pattern for p in self.allowed if not any(p.search(text) for text in texts)]
        return [f"unexpected log: {text}" for text in stray] + [
            f"expected log never came: {pattern}" for pattern in unused
        ]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "expected_log(regex): this test must log WARNING or above matching regex"
    )


@pytest.fixture(autouse=True)
def expected_log(request: pytest.FixtureRequest) -> Iterator[LogWatch]:
    """Fail the test on an unexpected log record; request it to allow one by regex."""
    watch = LogWatch()
    for mark in request.node.iter_markers("expected_log"):
        watch(mark.args[0])
    loggers = [logging.getLogger(name) for name in WATCHED_LOGGERS]
    for logger in loggers:
        logger.addHandler(watch)
    yield watch
    for logger in loggers:
        logger.removeHandler(watch)
    if complaints := watch.complaints():
        pytest.fail("\n".join(complaints), pytrace=False)


def leaked_threads(before: set[threading.Thread], grace_s: float = THREAD_GRACE_S) -> list[str]:
    """Names of threads started since ``before`` that would outlive the test.

    Daemon threads of libraries (thread pools of the web framework) are theirs to end; our own,
    named after the room that starts them, must stop even when they are daemons.
    """
    limit = time.monotonic() + grace_s
    while True:
        left = [
            thread
            for thread in threading.enumerate()
            if thread not in before and (not thread.daemon or OWN_THREADS.match(thread.name))
        ]
        if not left or time.monotonic() > limit:
            return sorted(thread.name for thread in left)
        left[0].join(0.05)


@pytest.fixture(autouse=True)
def no_leaked_threads(expected_log: LogWatch) -> Iterator[None]:
    """Fail a test that leaves a thread running; longer-lived fixtures start theirs before."""
    before = set(threading.enumerate())
    yield
    if left := leaked_threads(before):
        pytest.fail(f"threads still running: {', '.join(left)}", pytrace=False)
