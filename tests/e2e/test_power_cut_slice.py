# SPDX-License-Identifier: MulanPSL-2.0
"""Power cuts: the model of a forgetful disk, and a short slice of the recorded real program."""

from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

import pytest

from tests.faults import powercut
from tests.faults.disk import Disk, subsets
from tests.faults.hub_disk import moments
from tests.faults.recording import (
    Create,
    Event,
    Remove,
    Rename,
    Say,
    Sync,
    Write,
    read_trace,
    strace_works,
)


def contents(events: list[Event], path: str) -> set[bytes | None]:
    """What ``path`` may hold after a cut behind the last event; ``None`` = no such file."""
    disk = Disk(Path("/nonexistent"))
    for event in events:
        disk.apply(event)
    rng = random.Random(1)
    images = [
        disk.image(keep, tear)
        for keep in islice(subsets(disk.uncertain, rng), 200)
        for tear in (None, disk.torn(keep, rng))
    ]
    return {image.files.get(path) for image in images}


NEW: list[Event] = [Create("f"), Write("f", 0, b"new")]


def test_nothing_is_certain_without_a_sync() -> None:
    assert contents(NEW, "f") == {None, b"", b"new"}


def test_a_synced_file_may_lose_its_name() -> None:
    assert contents([*NEW, Sync("f", 2)], "f") == {None, b"new"}


def test_file_and_folder_synced_is_certain() -> None:
    assert contents([*NEW, Sync("f", 2), Sync("", 3)], "f") == {b"new"}


def test_a_sync_covers_only_what_came_before_it_began() -> None:
    events: list[Event] = [*NEW, Write("f", 3, b"!"), Sync("f", 2), Sync("", 4)]
    assert contents(events, "f") == {b"new", b"new!"}


def test_rename_without_sync_of_the_data_may_show_an_empty_file() -> None:
    old: list[Event] = [Create("f"), Write("f", 0, b"old"), Sync("f", 2), Sync("", 3)]
    moved: list[Event] = [*old, Create("t"), Write("t", 0, b"new"), Rename("t", "f")]
    assert contents(moved, "f") == {b"old", b"", b"new"}
    whole: list[Event] = [*moved[:-1], Sync("t", 6), Rename("t", "f")]
    assert contents(whole, "f") == {b"old", b"new"}
    assert contents([*whole, Sync("", 8)], "f") == {b"new"}


def test_a_removal_may_come_back_until_the_folder_is_synced() -> None:
    kept: list[Event] = [*NEW, Sync("f", 2), Sync("", 3), Remove("f")]
    assert contents(kept, "f") == {None, b"new"}
    assert contents([*kept, Sync("", 5)], "f") == {None}


def test_a_large_write_is_torn_at_sectors() -> None:
    found = contents([Create("f"), Sync("", 1), Write("f", 0, b"x" * 2000)], "f")
    sizes = {len(content) for content in found if content is not None}
    assert sizes >= {0, 512, 1024, 1536, 2000}
    assert any(content and b"\0" in content for content in found)


def test_a_later_write_may_arrive_without_an_earlier_one() -> None:
    events: list[Event] = [Create("f"), Sync("", 1), Write("f", 0, b"ab"), Write("f", 2, b"cd")]
    assert contents(events, "f") == {b"", b"ab", b"abcd", b"\0\0cd"}


def test_calls_of_several_threads_are_put_together(tmp_path: Path) -> None:
    """A sync that began before a write of another thread ended does not cover it."""

    def text(path: str) -> str:
        return "".join(f"\\x{byte:02x}" for byte in path.encode())

    fd = f"3<{text('/counter/f')}>"
    trace = tmp_path / "trace"
    trace.write_text(
        f'7 openat(AT_FDCWD<{text("/")}>, "{text("/counter/f")}", O_RDWR|O_CREAT, 0600) = {fd}\n'
        f"7 fsync({fd} <unfinished ...>\n"
        f'8 pwrite64({fd}, "{text("ab")}", 2, 0) = 2\n'
        "7 <... fsync resumed>) = 0\n"
        f'8 write({fd}, "{text("cd")}", 2) = 2\n'
        "8 +++ exited with 0 +++\n",
        "ascii",
    )
    assert read_trace(trace, Path("/counter")) == [
        Create("f"),
        Write("f", 0, b"ab"),
        Sync("f", 1),
        Write("f", 0, b"cd"),
    ]


def test_the_number_of_a_sync_goes_on_in_a_second_trace(tmp_path: Path) -> None:
    name = "".join(f"\\x{byte:02x}" for byte in b"/counter/f")
    trace = tmp_path / "trace"
    trace.write_text(f"7 fsync(3<{name}>) = 0\n", "ascii")
    assert read_trace(trace, Path("/counter"), before=5) == [Sync("f", 5)]


def test_a_promise_counts_from_the_moment_its_mark_left() -> None:
    events: list[Event] = [Say(b"HTTP/1.1 200 OK\r\n"), Create("f"), Say(b"...token-1...")]
    promised = moments(events, [(b"token-1", {"what": "blob"})])
    assert promised == [(2, {"what": "blob"})]
    with pytest.raises(LookupError):
        moments(events, [(b"token-2", {})])


@pytest.mark.slow
@pytest.mark.skipif(not strace_works(), reason="strace is not installed or not allowed here")
def test_the_power_may_go_at_any_call(tmp_path: Path) -> None:
    figures = powercut.run(
        tmp_path / "cut", points=60, seconds=100, seed=3, workers=1, cases=1, kinds=("cases",)
    )
    assert figures["what"] == []
    assert figures["points"] >= 20
    assert figures["promises"] == 1


@pytest.mark.slow
@pytest.mark.skipif(not strace_works(), reason="strace is not installed or not allowed here")
def test_the_power_may_go_at_the_centre(tmp_path: Path) -> None:
    """What a counter was answered is there: from the empty folder on, over a restart."""
    figures = powercut.run(
        tmp_path / "cut", points=60, seconds=60, seed=3, workers=1, cases=1, kinds=("hub",)
    )
    assert figures["what"] == []
    assert figures["points"] >= 20
    assert figures["promises"] > 20


@pytest.mark.slow
@pytest.mark.skipif(not strace_works(), reason="strace is not installed or not allowed here")
def test_the_power_may_go_while_a_machine_is_enrolled(tmp_path: Path) -> None:
    """Nothing, or a machine that is whole; what was left half is no obstacle to a new code."""
    figures = powercut.run(
        tmp_path / "cut", points=24, seconds=60, seed=3, workers=1, cases=1, kinds=("enrol",)
    )
    assert figures["what"] == []
    assert figures["points"] >= 10
    assert figures["promises"] == 1
