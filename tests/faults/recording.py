# SPDX-License-Identifier: MulanPSL-2.0
"""Runs a real program under strace and reads back every change it made to its home folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.faults.processes import ROOT, environment

CALLS = (
    "open openat creat write pwrite64 writev pwritev pwritev2 ftruncate truncate fallocate fsync"
    " fdatasync rename renameat renameat2 link linkat unlink unlinkat mkdir mkdirat rmdir lseek"
    " copy_file_range sendfile msync dup dup2 dup3"
)
# Calls that change a file in a way this reader does not follow: better no result than a wrong one.
UNREAD = frozenset({"writev", "pwritev", "pwritev2", "truncate", "fallocate", "link", "linkat"})
UNREAD_TOO = frozenset({"copy_file_range", "sendfile", "msync", "rmdir", "dup", "dup2", "dup3"})
_LINE = re.compile(r"^(\d+) +(.*)$", re.DOTALL)
_CALL = re.compile(r"^(\w+)\((.*)\) += (-?\d+)(?:<(.*?)>)?(?: .*)?$", re.DOTALL)
_FD = re.compile(r"^(\d+)<([^>]*)>(\(deleted\))?")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_UNFINISHED = " <unfinished ...>"
_RESUMED = re.compile(r"^<\.\.\. \w+ resumed>(.*)$", re.DOTALL)


class StraceMissingError(Exception):
    """strace is not here, or may not look into other processes."""


class TraceError(Exception):
    """The trace holds something this reader does not understand."""


@dataclass(frozen=True)
class Write:
    """Bytes written at a place; ``offset`` -1 = at the end."""

    path: str
    offset: int
    data: bytes


@dataclass(frozen=True)
class Resize:
    """The length of a file was set."""

    path: str
    size: int


@dataclass(frozen=True)
class Create:
    """A new, empty file or folder."""

    path: str
    folder: bool = False


@dataclass(frozen=True)
class Rename:
    """A name was moved over another."""

    path: str
    target: str


@dataclass(frozen=True)
class Remove:
    """A name is gone."""

    path: str


@dataclass(frozen=True)
class Sync:
    """A file or folder is on the medium, as it was before event ``since``."""

    path: str
    since: int


@dataclass(frozen=True)
class Say:
    """Bytes on standard output or to the line: from here on somebody relies on them."""

    data: bytes


Event = Write | Resize | Create | Rename | Remove | Sync | Say


def strace_works() -> bool:
    """Tell whether strace is here and allowed."""
    if shutil.which("strace") is None:
        return False
    command = ["strace", "-f", "-o", os.devnull, "true"]
    tried = subprocess.run(command, capture_output=True, check=False)
    return tried.returncode == 0


def watched(trace: Path, module: str, *words: str, more: str = "") -> list[str]:
    """Return the command that runs ``python -m module words`` under strace; ``more`` calls too.

    Raises:
        StraceMissingError: it cannot be recorded here.
    """
    if not strace_works():
        raise StraceMissingError
    command = ["strace", "-f", "-y", "-q", "-xx", "-s", str(2**26), "-o", str(trace)]
    command += ["-e", f"trace={','.join((CALLS + more).split())}", "-e", "signal=none"]
    return [*command, sys.executable, "-m", module, *words]


def record(trace: Path, module: str, *words: str) -> str:
    """Run ``python -m module words`` to its end under strace; return what it said to stderr.

    Raises:
        StraceMissingError: it cannot be recorded here.
    """
    done = subprocess.run(
        watched(trace, module, *words),
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,  # a pipe: what is said counts at the moment it is said
        text=True,
        env=environment(),
        cwd=ROOT,
    )
    if done.returncode != 0:
        raise TraceError(f"{module} ended with {done.returncode}: {done.stderr[-300:]}")
    return done.stderr


def read_trace(trace: Path, home: Path, before: int = 0) -> list[Event]:
    """Return what happened below ``home``, in order, behind ``before`` events of an earlier trace.

    Paths are relative to it.

    Raises:
        TraceError: a call that changes files in a way not followed here.
    """
    reader = _Reader(f"{home}/", before)
    for order, line in _joined(trace):
        reader.take(line, order)
    return reader.events


def _joined(trace: Path) -> Iterator[tuple[int, str]]:
    """Yield whole calls at their end, with the number of calls that had ended at their begin."""
    begun: dict[str, tuple[int, str]] = {}
    with trace.open(encoding="ascii") as lines:
        for line in lines:
            match = _LINE.match(line.rstrip("\n"))
            if match is None:
                raise TraceError(line[:80])
            thread, text = match.groups()
            if text.endswith(_UNFINISHED):
                begun[thread] = (-1, text.removesuffix(_UNFINISHED))
                yield -1, thread  # the reader notes where it stood
            elif resumed := _RESUMED.match(text):
                _, head = begun.pop(thread)
                yield int(thread), head + resumed.group(1)
            elif not text.startswith(("+++", "---")):
                yield 0, text


class _Reader:
    """Turns calls into events; keeps the position of each open file."""

    def __init__(self, home: str, before: int) -> None:
        self._home = home
        self._before = before
        self._position: dict[int, int] = {}
        self._begun: dict[int, int] = {}
        self._known: set[str] = set()
        self.events: list[Event] = []

    def take(self, text: str, order: int) -> None:
        if order < 0:
            self._begun[int(text)] = self._before + len(self.events)
            return
        now = self._before + len(self.events)
        since = self._begun.pop(order, now) if order else now
        match = _CALL.match(text)
        if match is None:
            raise TraceError(text[:120])
        name, arguments, result, path = match.groups()
        if int(result) < 0:
            return
        if name in ("open", "openat", "creat"):
            self._open(arguments, int(result), _plain(path or ""))
        elif name in ("mkdir", "mkdirat"):
            self._names(arguments, lambda p: Create(p, folder=True))
        elif name in ("unlink", "unlinkat"):
            self._names(arguments, Remove)
        elif name.startswith("rename"):
            source, target = (self._inside(t) for t in _texts(arguments)[:2])
            if (source is None) != (target is None):
                raise TraceError("a rename across the home's border")
            if source is not None and target is not None:
                self.events.append(Rename(source, target))
        else:
            self._on_file(name, arguments, int(result), since)

    def _names(self, arguments: str, make: Callable[[str], Event]) -> None:
        inside = self._inside(_texts(arguments)[0])
        if inside is not None:
            self.events.append(make(inside))

    def _inside(self, path: str) -> str | None:
        return path.removeprefix(self._home) if path.startswith(self._home) else None

    def _open(self, arguments: str, fd: int, path: str) -> None:
        append = "O_APPEND" in arguments
        self._position[fd] = -1 if append else 0
        inside = self._inside(path)
        if inside is None:
            return
        if "O_CREAT" in arguments:
            self.events.append(Create(inside))  # the disk passes over what is there already
        if "O_TRUNC" in arguments:
            self.events.append(Resize(inside, 0))

    def _on_file(self, name: str, arguments: str, result: int, since: int) -> None:
        match = _FD.match(arguments)
        if match is None:
            if name in ("dup", "dup2", "dup3"):
                return
            raise TraceError(f"{name} without a file")
        fd, path, deleted = int(match.group(1)), _plain(match.group(2)), match.group(3)
        if name == "sendto" or (name == "write" and fd == 1 and self._inside(path) is None):
            self.events.append(Say(_bytes(arguments)[:result]))
            return
        inside = self._inside(path) if not deleted else None
        if name == "lseek":
            if self._position.get(fd) != -1:
                self._position[fd] = result
        elif f"{path}/" == self._home and name in ("fsync", "fdatasync"):
            self.events.append(Sync("", since))
        elif inside is not None:
            self._change(name, arguments, result, fd, inside, since)

    def _change(
        self, name: str, arguments: str, result: int, fd: int, path: str, since: int
    ) -> None:
        if name in ("fsync", "fdatasync"):
            self.events.append(Sync(path, since))
        elif name == "ftruncate":
            self.events.append(Resize(path, int(arguments.rpartition(",")[2])))
        elif name == "pwrite64":
            offset = int(arguments.rpartition(",")[2])
            self.events.append(Write(path, offset, _bytes(arguments)[:result]))
        elif name == "write":
            offset = self._position.get(fd, 0)
            self.events.append(Write(path, offset, _bytes(arguments)[:result]))
            if offset >= 0:
                self._position[fd] = offset + result
        elif name in UNREAD | UNREAD_TOO:
            raise TraceError(f"{name} on {path}")


def _plain(text: str) -> str:
    return bytes.fromhex(text.replace("\\x", "")).decode() if "\\x" in text else text


def _texts(arguments: str) -> list[str]:
    # Folder descriptors are decorated too; only quoted texts are arguments.
    return [_plain(found.group(1)) for found in _TEXT.finditer(arguments)]


def _bytes(arguments: str) -> bytes:
    found = _TEXT.search(arguments)
    if found is None or found.group(2):
        raise TraceError("data was cut by strace")
    return bytes.fromhex(found.group(1).replace("\\x", ""))
