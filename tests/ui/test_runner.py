# SPDX-License-Identifier: MulanPSL-2.0
"""The bridge keeps order, drops what nobody waits for, and never works in the GUI thread."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from ui.runner import Latest, Runner

T = TypeVar("T")


class OneThread:
    """Stands for the database thread of the counter."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(1)

    def submit(self, job: Callable[[], T], /) -> Future[T]:
        return self.pool.submit(job)


class Bench:
    """A runner with what it told."""

    def __init__(self) -> None:
        self.database = OneThread()
        self.told: list[BaseException] = []
        self.runner = Runner(self.database.submit, fallback=self.told.append)


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    made = Bench()
    yield made
    assert made.runner.close()
    made.database.pool.shutdown(wait=True)
    made.runner.deleteLater()


class Owner(QObject):
    def __init__(self, seen: list[object]) -> None:
        super().__init__()
        self.seen = seen

    def take(self, value: object) -> None:
        self.seen.append(value)


def test_two_hundred_jobs_answer_in_order_in_the_gui_thread(bench: Bench, qtbot: QtBot) -> None:
    seen: list[int] = []
    ran: set[int] = set()
    back: set[int] = set()

    def job(number: int) -> int:
        ran.add(threading.get_ident())
        return number

    def done(number: int) -> None:
        back.add(threading.get_ident())
        seen.append(number)

    for number in range(200):
        bench.runner.run_db(lambda number=number: job(number), done)  # type: ignore[misc] # binds the loop
    qtbot.waitUntil(lambda: len(seen) == 200)
    assert seen == list(range(200))
    assert threading.get_ident() not in ran
    assert back == {threading.get_ident()}
    assert bench.runner.pending == 0


def test_an_answer_that_is_ready_at_once_still_comes_later(bench: Bench, qtbot: QtBot) -> None:
    ready: Future[int] = Future()
    ready.set_result(7)
    seen: list[int] = []
    bench.runner.submit(lambda: ready, seen.append)
    assert seen == []
    qtbot.waitUntil(lambda: seen == [7])


def test_errors_go_to_their_callback_else_to_the_person(bench: Bench, qtbot: QtBot) -> None:
    def fail() -> int:
        raise KeyError("no")

    got: list[BaseException] = []
    bench.runner.run_io(fail, print, got.append)
    bench.runner.run_db(fail, print)
    qtbot.waitUntil(lambda: bool(got) and bool(bench.told))
    assert [type(one) for one in (*got, *bench.told)] == [KeyError, KeyError]


def test_a_callback_that_fails_is_told_and_stops_nothing(bench: Bench, qtbot: QtBot) -> None:
    seen: list[int] = []

    def bad(_: int) -> None:
        raise ZeroDivisionError

    bench.runner.run_db(lambda: 1, bad)
    bench.runner.run_db(lambda: 2, seen.append)
    qtbot.waitUntil(lambda: seen == [2])
    assert isinstance(bench.told[0], ZeroDivisionError)


def test_starting_that_fails_is_an_error_like_any_other(bench: Bench, qtbot: QtBot) -> None:
    def start() -> Future[int]:
        raise RuntimeError("closed")

    bench.runner.submit(start, print)
    qtbot.waitUntil(lambda: len(bench.told) == 1)


def test_the_answer_for_a_destroyed_owner_is_dropped(bench: Bench, qtbot: QtBot) -> None:
    gate = threading.Event()
    seen: list[object] = []
    other: list[object] = []
    owner, plain = Owner(seen), Owner(seen)
    bench.runner.run_db(lambda: gate.wait(5), owner.take)
    bench.runner.run_db(lambda: gate.wait(5), lambda _: seen.append("late"), owner=plain)
    bench.runner.run_db(lambda: "end", other.append)
    del owner  # the runner must not have kept it
    plain.deleteLater()
    qtbot.wait(20)
    gate.set()
    qtbot.waitUntil(lambda: other == ["end"])
    assert seen == []


def test_a_live_owner_gets_its_answer(bench: Bench, qtbot: QtBot) -> None:
    seen: list[object] = []
    owner = Owner(seen)
    bench.runner.run_db(lambda: 5, owner.take)
    qtbot.waitUntil(lambda: seen == [5])


def test_only_the_newest_request_answers(bench: Bench, qtbot: QtBot) -> None:
    seen: list[str] = []
    latest = Latest()
    for text in ("高", "高龄", "高龄津"):
        bench.runner.run_db(lambda text=text: text, seen.append, latest=latest)  # type: ignore[misc] # binds the loop
    end: list[int] = []
    bench.runner.run_db(lambda: 1, end.append)
    qtbot.waitUntil(lambda: end == [1])
    assert seen == ["高龄津"]


def test_cancel_makes_all_late(bench: Bench, qtbot: QtBot) -> None:
    seen: list[int] = []
    end: list[int] = []
    latest = Latest()
    bench.runner.run_db(lambda: 1, seen.append, latest=latest)
    latest.cancel()
    bench.runner.run_db(lambda: 2, end.append)
    qtbot.waitUntil(lambda: end == [2])
    assert seen == []


def test_close_waits_and_then_says_nothing_more(qtbot: QtBot) -> None:
    bench = Bench()
    ended: list[str] = []
    seen: list[object] = []

    def slow() -> None:
        time.sleep(0.05)
        ended.append("done")

    bench.runner.run_db(slow, seen.append)
    bench.runner.run_io(slow, seen.append)
    assert bench.runner.close()
    assert "done" in ended
    bench.runner.run_db(slow, seen.append)
    qtbot.wait(20)
    assert seen == []
    assert not [t for t in threading.enumerate() if t.name.startswith("counter-io")]
    bench.database.pool.shutdown(wait=True)
    bench.runner.deleteLater()


def test_close_says_when_something_did_not_end(qtbot: QtBot) -> None:
    bench = Bench()
    gate = threading.Event()
    bench.runner.run_db(lambda: gate.wait(5), print)
    assert not bench.runner.close(timeout=0.02)
    gate.set()
    bench.database.pool.shutdown(wait=True)
    bench.runner.deleteLater()


def test_a_flood_of_answers_lets_the_screen_breathe(bench: Bench, qtbot: QtBot) -> None:
    seen: list[int] = []

    def heavy(number: int) -> None:
        time.sleep(0.003)
        seen.append(number)

    for number in range(12):
        bench.runner.run_io(lambda number=number: number, heavy)  # type: ignore[misc] # binds the loop
    time.sleep(0.05)
    bench.runner._drain()
    assert 0 < len(seen) < 12
    qtbot.waitUntil(lambda: len(seen) == 12)
