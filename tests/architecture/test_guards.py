# SPDX-License-Identifier: MulanPSL-2.0
"""The guards in tests/conftest.py bite."""

import logging
import threading

import pytest

from tests.conftest import LogWatch, leaked_threads


def record(name: str, message: str) -> logging.LogRecord:
    return logging.LogRecord(name, logging.WARNING, __file__, 1, message, None, None)


def test_a_stray_warning_is_a_complaint() -> None:
    watch = LogWatch()
    watch.emit(record("counter.storage", "disk is odd"))
    assert watch.complaints() == ["unexpected log: counter.storage: disk is odd"]


def test_an_allowed_warning_is_none() -> None:
    watch = LogWatch()
    watch("disk is (odd|full)")
    watch.emit(record("counter.storage", "disk is odd"))
    assert watch.complaints() == []


def test_an_allowance_must_be_used() -> None:
    watch = LogWatch()
    watch("never said")
    assert watch.complaints() == ["expected log never came: never said"]


def test_the_fixture_listens_to_our_loggers(expected_log: LogWatch) -> None:
    expected_log("counter.probe: first")
    expected_log("sync.probe: second")
    logging.getLogger("counter.probe").warning("first")
    logging.getLogger("sync.probe").error("second")
    logging.getLogger("ui.probe").info("not worth a failure")
    assert len(expected_log.records) == 2


@pytest.mark.expected_log("ui.probe: by marker")
def test_the_marker_allows_too() -> None:
    logging.getLogger("ui.probe").warning("by marker")


@pytest.mark.parametrize(
    ("name", "daemon", "caught"),
    [("library", False, True), ("counter-db", True, True), ("library-pool", True, False)],
)
def test_a_running_thread_is_caught(name: str, daemon: bool, caught: bool) -> None:
    before = set(threading.enumerate())
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait, name=name, daemon=daemon)
    thread.start()
    try:
        assert (leaked_threads(before, grace_s=0.05) == [name]) is caught
    finally:
        stop.set()
        thread.join()
    assert leaked_threads(before) == []
