# SPDX-License-Identifier: MulanPSL-2.0
"""A disk that forgets: what may be on the medium after a power cut behind any recorded call.

Data of a file are certain only up to its last fsync, a name only up to the last fsync of its
folder. Of everything since, any subset may have arrived, the last write torn at a sector.
POSIX promises no more, whatever one file system does beyond it.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.recording import Create, Event, Remove, Rename, Resize, Say, Sync, Write

SECTORS = (512, 4096)
KEPT = 4096  # images of files kept for the next look


@dataclass
class Node:
    """A file or folder: what is certain of it, and what is not."""

    number: int
    folder: bool = False
    certain: bytes = b""
    version: int = 0
    unsynced: dict[int, Write | Resize] = field(default_factory=dict)
    length: int = 0  # as the program sees it


@dataclass(frozen=True)
class Named:
    """A change of names that its folder has not been synced for."""

    folders: frozenset[str]
    put: tuple[tuple[str, int], ...]
    drop: tuple[str, ...]


@dataclass(frozen=True)
class Tear:
    """How much of the last write arrived: these sectors, and whether the rest is zeros."""

    sector: int
    kept: tuple[int, ...]
    zeros: bool


@dataclass(frozen=True)
class Image:
    """One disk as it may be found: path → content (``None`` = folder), and a name for the whole."""

    files: dict[str, bytes | None]
    digest: bytes


def parent(path: str) -> str:
    """Return the folder of a path, '' for the home itself."""
    return path.rpartition("/")[0]


class Disk:
    """Takes events; gives images. Paths are relative to the home."""

    def __init__(self, home: Path) -> None:
        """Begin with everything in ``home`` certain."""
        self._nodes: dict[int, Node] = {}
        self._certain: dict[str, int] = {}
        self._seen: dict[str, int] = {}
        self._named: dict[int, Named] = {}
        self._at = 0
        self._built: dict[tuple[object, ...], tuple[bytes, bytes]] = {}
        for path in sorted(home.rglob("*")):
            node = self._new(folder=path.is_dir())
            node.certain = b"" if node.folder else path.read_bytes()
            node.length = len(node.certain)
            self._certain[path.relative_to(home).as_posix()] = node.number
        self._seen = dict(self._certain)

    def _new(self, *, folder: bool = False) -> Node:
        node = Node(len(self._nodes), folder)
        self._nodes[node.number] = node
        return node

    def apply(self, event: Event) -> None:
        """Let one event happen."""
        self._at += 1
        match event:
            case Write() | Resize():
                self._change(event)
            case Create(path, folder):
                if path not in self._seen:
                    node = self._new(folder=folder)
                    self._name(Named(frozenset({parent(path)}), ((path, node.number),), ()))
            case Rename(path, target):
                folders = frozenset({parent(path), parent(target)})
                self._name(Named(folders, ((target, self._seen[path]),), (path,)))
            case Remove(path):
                self._name(Named(frozenset({parent(path)}), (), (path,)))
            case Sync(path, since):
                self._sync(path, since)
            case Say():
                pass

    def _change(self, event: Write | Resize) -> None:
        node = self._nodes[self._seen[event.path]]
        if isinstance(event, Resize):
            node.length = event.size
        else:
            offset = node.length if event.offset < 0 else event.offset
            event = Write(event.path, offset, event.data)
            node.length = max(node.length, offset + len(event.data))
        node.unsynced[self._at] = event

    def _name(self, change: Named) -> None:
        _rename(self._seen, change)
        self._named[self._at] = change

    def _sync(self, path: str, since: int) -> None:
        """``since`` counts events from 0; ours count from 1, so ``at <= since`` came before."""
        if path == "" or (path in self._seen and self._nodes[self._seen[path]].folder):
            for at in [a for a, n in self._named.items() if a <= since and path in n.folders]:
                _rename(self._certain, self._named.pop(at))
        elif path in self._seen:
            node = self._nodes[self._seen[path]]
            done = [at for at in node.unsynced if at <= since]
            if done:
                node.certain = _written(node.certain, [node.unsynced.pop(at) for at in done], None)
                node.version += 1

    @property
    def uncertain(self) -> list[int]:
        """What a cut now may keep or lose, in the order it happened."""
        return [at for at, _ in self._pending()]

    def _pending(self) -> list[tuple[int, Node | None]]:
        writes = [(at, node) for node in self._nodes.values() for at in node.unsynced]
        return sorted([*writes, *((at, None) for at in self._named)], key=lambda pair: pair[0])

    def image(self, keep: frozenset[int], tear: Tear | None) -> Image:
        """Return the disk when of the uncertain only ``keep`` arrived, its last write torn."""
        names = dict(self._certain)
        for at, change in self._named.items():
            if at in keep:
                _rename(names, change)
        last = max((at for at, node in self._pending() if node and at in keep), default=0)
        files: dict[str, bytes | None] = {}
        whole = hashlib.blake2b(digest_size=16)
        for path in sorted(names):
            node = self._nodes[names[path]]
            above = parent(path)
            if above and files.get(above, b"") is not None:
                continue  # its folder did not arrive
            content, mark = (None, b"") if node.folder else self._content(node, keep, last, tear)
            files[path] = content
            whole.update(path.encode() + b"\0" + mark)
        return Image(files, whole.digest())

    def _content(
        self, node: Node, keep: frozenset[int], last: int, tear: Tear | None
    ) -> tuple[bytes, bytes]:
        arrived = tuple(at for at in node.unsynced if at in keep)
        mine = tear if last in arrived else None
        key = (node.number, node.version, arrived, mine)
        if key not in self._built:
            if len(self._built) > KEPT:
                self._built.clear()
            content = _written(node.certain, [node.unsynced[at] for at in arrived], mine)
            self._built[key] = (content, hashlib.blake2b(content, digest_size=16).digest())
        return self._built[key]

    def torn(self, keep: frozenset[int], rng: random.Random) -> Tear | None:
        """Choose how the last write of ``keep`` was torn, if it is larger than a sector."""
        writes = [node.unsynced[at] for at, node in self._pending() if node and at in keep]
        last = writes[-1] if writes else None
        size = len(last.data) if isinstance(last, Write) else 0
        sector = rng.choice([s for s in SECTORS if s < size] or [0])
        if not sector:
            return None
        count = -(-size // sector)
        kept: tuple[int, ...] = tuple(range(rng.randrange(count)))
        if rng.random() < 0.3:
            kept = tuple(n for n in range(count) if rng.random() < 0.5)
        return Tear(sector, kept, zeros=rng.random() < 0.3)


def subsets(uncertain: list[int], rng: random.Random) -> Iterator[frozenset[int]]:
    """Yield choices of what arrived, without end: nothing, all, beginnings, all but one, any."""
    first = [frozenset[int](), frozenset(uncertain)]
    rng.shuffle(first)
    yield from first
    choices: tuple[Callable[[], frozenset[int]], ...] = (
        lambda: frozenset(uncertain[: rng.randint(0, len(uncertain))]),
        lambda: frozenset(uncertain) - {rng.choice(uncertain)},
        lambda: frozenset({rng.choice(uncertain)}),
        lambda: frozenset(at for at in uncertain if rng.random() < 0.5),
        lambda: frozenset(at for at in uncertain if rng.random() < 0.9),
        lambda: frozenset(at for at in uncertain if rng.random() < 0.1),
    )
    while uncertain:
        yield rng.choice(choices)()


def _rename(names: dict[str, int], change: Named) -> None:
    for path in change.drop:
        names.pop(path, None)
    names.update(change.put)


def _written(before: bytes, changes: list[Write | Resize], tear: Tear | None) -> bytes:
    if not changes:
        return before
    content = bytearray(before)
    writes = [change for change in changes if isinstance(change, Write)]
    for change in changes:
        if isinstance(change, Resize):
            content = content[: change.size].ljust(change.size, b"\0")
            continue
        end = change.offset + len(change.data)
        data = change.data
        if len(content) < change.offset:
            content.extend(bytes(change.offset - len(content)))
        if tear is not None and change is writes[-1]:
            data = _torn(change.data, bytes(content[change.offset : end]), tear)
        content[change.offset : end] = data
    return bytes(content)


def _torn(data: bytes, before: bytes, tear: Tear) -> bytes:
    """Return what lies there when only some sectors arrived over ``before``."""
    out = bytearray(before)
    if tear.zeros:
        out = bytearray(before.ljust(len(data), b"\0"))
    for number in tear.kept:
        start, end = number * tear.sector, min((number + 1) * tear.sector, len(data))
        if len(out) < start:
            out.extend(bytes(start - len(out)))
        out[start:end] = data[start:end]
    return bytes(out)
