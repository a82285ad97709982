# SPDX-License-Identifier: MulanPSL-2.0
"""Turns among processes: one at a time, nobody passed over, free again when the holder dies."""

from __future__ import annotations

import itertools
import multiprocessing
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from sync.hub.storage.turns import SHARED, Turns

pytestmark = pytest.mark.skipif(not SHARED, reason="this system has no such locks of files")
_SPAWN = multiprocessing.get_context("spawn")


def _write(path: Path, log: Path, mark: str, begin: Connection) -> None:
    """Take turns; in each, note its beginning and end."""
    turns = Turns(path)
    begin.send(True)
    begin.recv()
    for _ in range(40):
        with turns.turn(), log.open("a") as file:
            file.write(f"{mark}(")
            file.flush()
            time.sleep(0.001)
            file.write(")")
    turns.close()


def _write_in_threads(path: Path, pipe: Connection) -> None:
    """Take turns in several threads; say what went wrong."""
    turns, wrong = Turns(path), list[str]()

    def work() -> None:
        try:
            for _ in range(50):
                with turns.turn():
                    time.sleep(0.0001)
        except OSError as error:
            wrong.append(str(error))

    pipe.send(True)
    pipe.recv()
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pipe.send(wrong)
    turns.close()


def _ask(path: Path, pipe: Connection) -> None:
    """Say whether the name is free."""
    turns = Turns(path)
    with turns.name("upload a") as held:
        pipe.send(held)
    turns.close()


def _hold(path: Path, pipe: Connection) -> None:
    """Hold the turn and a name until killed."""
    turns = Turns(path)
    with turns.turn(), turns.name("upload a"):
        pipe.send(True)
        time.sleep(60)


def test_two_processes_write_one_after_the_other_and_none_waits_for_ever(tmp_path: Path) -> None:
    log = tmp_path / "log"
    started = []
    for mark in "ab":
        here, there = _SPAWN.Pipe()
        process = _SPAWN.Process(target=_write, args=(tmp_path / "turn", log, mark, there))
        process.start()
        started.append((process, here))
    for _, here in started:
        assert here.recv()
    for _, here in started:
        here.send(True)
    for process, _ in started:
        process.join(30)
    found = log.read_text().replace("()", "")
    assert sorted(found) == ["a"] * 40 + ["b"] * 40, "a turn was begun inside another"
    begin = max(found.index("a"), found.index("b"))
    both = found[begin : min(found.rindex("a"), found.rindex("b"))]
    runs = [len(list(same)) for _, same in itertools.groupby(both)]
    assert len(both) > 20, "they hardly ran at the same time"
    assert max(runs) <= 4, "while both wanted to write, one went again and again"


def test_threads_of_two_processes_are_not_taken_for_a_deadlock(tmp_path: Path) -> None:
    """Once: one thread holds the turn, another waits to be next, and in the other process likewise."""
    started = []
    for _ in range(2):
        here, there = _SPAWN.Pipe()
        process = _SPAWN.Process(target=_write_in_threads, args=(tmp_path / "turn", there))
        process.start()
        started.append((process, here))
    assert all(here.recv() for _, here in started)
    for _, here in started:
        here.send(True)
    assert [here.recv() for _, here in started] == [[], []]
    for process, _ in started:
        process.join(30)


def test_another_file_closed_in_the_same_process_frees_nothing(tmp_path: Path) -> None:
    here, there = _SPAWN.Pipe()
    mine = Turns(tmp_path / "turn")
    with mine.name("upload a"):
        Turns(tmp_path / "turn").close()
        process = _SPAWN.Process(target=_ask, args=(tmp_path / "turn", there))
        process.start()
        assert here.recv() is False
        process.join(30)
    mine.close()


def test_what_a_killed_process_held_is_free(tmp_path: Path) -> None:
    here, there = _SPAWN.Pipe()
    process = _SPAWN.Process(target=_hold, args=(tmp_path / "turn", there))
    process.start()
    assert here.recv()
    mine = Turns(tmp_path / "turn")
    with mine.name("upload a") as held, mine.name("upload b") as other:
        assert (held, other) == (False, True)
    process.kill()
    process.join()
    with mine.turn(), mine.name("upload a") as held:
        assert held
    mine.close()
