# SPDX-License-Identifier: MulanPSL-2.0
"""What a recording is, and what somebody must be able to do who judges the disks it may leave."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tests.faults.disk import Image
from tests.faults.recording import Event, Say

Row = dict[str, Any]
GARBAGE = b"\xa5" * 32768  # what may lie in a -shm file; nobody may believe it


class Found(Protocol):
    """What one disk holds; ``half`` names what is shown as whole and is not."""

    half: list[str]

    def broken(self, promises: list[Row]) -> list[str]:
        """Return the promises that this disk does not keep."""


class Bench(Protocol):
    """Where one disk after the other is laid out and opened."""

    def look(self, image: Image) -> Found:
        """Lay the image out, open it with the real program's parts, look at everything."""


class Look(Protocol):
    """How the disks of a recording are judged; travels to the workers."""

    def bench(self, folder: Path) -> Bench:
        """Return a bench in an empty folder."""


@dataclass(frozen=True)
class Recording:
    """A folder before, everything that happened to it, what was promised when, and how to judge.

    A promise counts from the event of its number on.
    """

    before: Path
    events: list[Event]
    promised: list[tuple[int, Row]]
    look: Look


def lines_said(events: list[Event]) -> list[tuple[int, Row]]:
    """Return each JSON line of the standard output with the event that ended it."""
    promised: list[tuple[int, Row]] = []
    said = b""
    for number, event in enumerate(events):
        if isinstance(event, Say):
            *lines, said = (said + event.data).split(b"\n")
            promised += [(number, json.loads(line)) for line in lines if line.strip()]
    return promised


def lay(folder: Path, files: dict[str, bytes | None]) -> None:
    """Make a folder hold exactly these files, and rubbish where only a memory map would be."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for path, content in files.items():
        if content is None:
            (folder / path).mkdir(parents=True)
        else:
            (folder / path).write_bytes(content)
        if path.endswith("-wal"):
            (folder / f"{path.removesuffix('-wal')}-shm").write_bytes(GARBAGE)


def below(name: str, image: Image) -> dict[str, bytes | None] | None:
    """Return what lies in a folder of the image, ``None`` when the folder itself is not there."""
    if name not in image.files:
        return None
    head = f"{name}/"
    return {
        path.removeprefix(head): content
        for path, content in image.files.items()
        if path.startswith(head)
    }
