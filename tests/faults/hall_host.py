# SPDX-License-Identifier: MulanPSL-2.0
"""The edge host of a hall without sockets: its real routes in front, the real centre behind."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections import deque
from collections.abc import Iterator, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit

from counter.domain.signing import SigningKey
from sync.client.meter import Meter
from sync.client.outcomes import Cut, LineError, Offline
from sync.client.reading import outcome_of_status
from sync.client.transport import SWITCHED_OFF, Ask, Link, Reply
from sync.edge.app import create_app
from sync.edge.box import Box
from sync.edge.forwarder import forward_pages
from sync.edge.hall import HallStore
from sync.edge.host import EdgeHost
from sync.edge.identity import EdgeIdentity
from sync.edge.pages import PageStore
from sync.edge.queue import QueueStore
from sync.edge.refresh import refresh
from sync.edge.store import EdgeStore
from sync.protocol.http_signing import signed_headers
from tests.fakes.alone import Alone
from tests.faults.front import Front

BASE = "http://host.example"
_KID = re.compile(r'keyid="([^"]+)"')


@dataclass
class Outside(Alone):
    """The outside line: a counter's request is its own device's, as it signed it."""

    front: Front
    mine: str  # device of the host
    devices: dict[str, str]  # key id → device
    link: Link = field(default_factory=Link)
    faults: deque[str] = field(default_factory=deque)
    meter: Meter = field(default_factory=Meter)
    base: str = "https://centre.example"

    def open(self) -> Outside:
        """Return a channel: itself."""
        return self

    def close(self) -> None:
        """Nothing is held open."""

    def call(self, ask: Ask) -> Reply:
        """Return the centre's answer; ``lose`` takes it away after the centre has worked."""
        fault = self.faults.popleft() if self.faults else ""
        if not self.link.enabled:
            raise LineError(Offline(SWITCHED_OFF, detail="SWITCH"))
        names = {"-".join(p.capitalize() for p in n.split("-")): v for n, v in ask.headers.items()}
        reply = self.front.reply(self._asker(ask), replace(ask, headers=names))
        if fault == "lose":
            raise LineError(Cut("网络中断了。"))
        if reply.status >= 400 and reply.status not in ask.ok:
            raise LineError(outcome_of_status(reply.status, reply.headers, reply.body))
        return reply

    def lines(self, ask: Ask, media_type: str) -> Iterator[bytes]:
        """The host reads its answers whole."""
        del media_type
        yield from self.call(ask).body.splitlines()

    def _asker(self, ask: Ask) -> str:
        if ask.signed:
            return self.mine
        told = {name.lower(): value for name, value in ask.headers.items()}
        found = _KID.search(told.get("signature-input", ""))
        return self.devices.get(found[1], "") if found else ""


class HallHost:
    """What a counter's line reaches instead of the centre; opened when first needed."""

    def __init__(
        self, folder: Path, who: EdgeIdentity, front: Front, keys: dict[str, SigningKey]
    ) -> None:
        """``keys`` are those of the hall's devices, for the signatures of their requests."""
        self._folder = folder
        self._who = who
        self._keys = keys
        devices = {key.kid: device_id for device_id, key in keys.items()}
        self.outside = Outside(front, who.device_id, devices)
        self._front = front
        self._loop: asyncio.AbstractEventLoop | None = None

    def _open(self) -> None:
        if self._loop is not None:
            return
        self._folder.mkdir(exist_ok=True)
        self._loop = asyncio.new_event_loop()
        box = Box(self._who.key.seed)
        self.host = EdgeHost(
            self._who,
            EdgeStore(self._folder / "edge.db", box),
            PageStore(self._folder / "pages.db", box, lambda: self._now().isoformat(), reserve=0),
            HallStore(self._folder / "hall.db", box),
            QueueStore(self._folder / "queue.db"),
            self.outside,
            self._now,
            mono=lambda: 0.0,
        )
        self._app = create_app(self.host)

    def _now(self) -> datetime:
        return self._front.centre.clock()

    def close(self) -> None:
        """Close its files; the folder stays."""
        if self._loop is not None:
            self.host.close()
            self._loop.close()
            self._loop = None

    def put_back(self, backup: Path) -> None:
        """Exchange its disk for an older copy of it; without one, for an empty disk."""
        self.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        if backup.exists():
            shutil.copytree(backup, self._folder)

    def copy_to(self, backup: Path) -> None:
        """Copy its disk."""
        self.close()
        shutil.rmtree(backup, ignore_errors=True)
        if self._folder.exists():
            shutil.copytree(self._folder, backup)

    def forward(self) -> None:
        """Do what its thread does: devices, operations, the hall's snapshot, pages."""
        self._open()
        with suppress(LineError):
            self.host.learn_devices()
            self.host.forward()
            refresh(self.host)
            forward_pages(self.host)

    # -- towards the counters, as ``Front`` is.

    def answer(self, device_id: str, ask: Ask, *, most: int | None = None) -> Reply:
        """Ask the host as this device.

        Raises:
            LineError: what the counter makes of a whole-request error.
        """
        del most  # what breaks here breaks behind the whole answer
        self._open()
        url = BASE + ask.path
        headers = signed_headers(ask.method, url, ask.headers, ask.body, self._keys[device_id])
        reply = self._drive(ask, headers)
        if reply.status >= 400:
            raise LineError(outcome_of_status(reply.status, reply.headers, reply.body))
        return reply

    def damaged(self, device_id: str, ask: Ask) -> None:
        """A piece that was read wrongly at the counter goes the direct way."""
        self._front.damaged(device_id, ask)

    def _drive(self, ask: Ask, headers: dict[str, str]) -> Reply:
        """Call the ASGI application as a server would."""
        parts = urlsplit(ask.path)
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": ask.method,
            "scheme": "http",
            "path": unquote(parts.path),
            "raw_path": parts.path.encode("ascii"),
            "query_string": parts.query.encode("ascii"),
            "root_path": "",
            "headers": [(n.lower().encode(), v.encode()) for n, v in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("host.example", 80),
        }
        said: dict[str, Any] = {"body": b""}
        waiting = [{"type": "http.request", "body": ask.body or b"", "more_body": False}]

        async def receive() -> dict[str, Any]:
            if waiting:
                return waiting.pop()
            return await _never()

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                said["start"] = message
            else:
                said["body"] += message.get("body", b"")

        assert self._loop is not None
        self._loop.run_until_complete(self._app(scope, receive, send))
        told = said["start"]
        names = {n.decode().lower(): v.decode() for n, v in told["headers"]}
        return Reply(told["status"], names, said["body"])


async def _never() -> NoReturn:
    await asyncio.Event().wait()
    raise AssertionError
