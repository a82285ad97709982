# SPDX-License-Identifier: MulanPSL-2.0
"""Running the hub: bind, say where, serve until told to stop."""

from __future__ import annotations

import argparse
import gc
import json
import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from counter.domain.errors import DomainError, KnownError
from sync.hub.api.app import create_app
from sync.hub.api.crowd import Crowd
from sync.hub.api.metrics import Measured
from sync.hub.api.problems import Quiet
from sync.hub.centre import Centre
from sync.hub.tls import Renewing, TlsFiles, files_of

GRACE_S = 30  # a batch may take 20 s (§4)


def proved(wish: argparse.Namespace) -> TlsFiles | None:
    """Prove what serving needs of the machine, before anything is made; return the TLS files.

    Raises:
        DomainError: ``HUB-READY-FILE`` there is no such folder, ``HUB-TLS-BOTH``.
        KnownError: ``HUB-ADDRESS``, ``HUB-TLS-…``.
    """
    folder = wish.ready_file.parent.resolve() if wish.ready_file else None
    if folder and folder != wish.data.resolve() and not folder.is_dir():
        words = "--ready-file 的文件夹不存在。"
        raise DomainError(code="HUB-READY-FILE", what=words, safe="没有启动，没有改动。")
    _bound(wish.host, wish.port).close()
    return files_of(wish)


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 lets the system choose.

    Raises:
        KnownError: ``HUB-ADDRESS``.
    """
    listener = _bound(host, port)
    listener.listen(128)
    return listener


def _bound(host: str, port: int) -> socket.socket:
    # The protocol is named: asyncio turns Nagle's algorithm off for no other socket, and each answer
    # in two pieces would wait 40 ms for an acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError, UnicodeError) as error:
        listener.close()
        raise KnownError(
            code="HUB-ADDRESS",
            what=f"不能在 {host} 端口 {port} 上接收连接。",
            safe="没有启动，没有改动。",
            todo="请核对 --host 是不是本机的地址，--port 是不是正被别的程序使用。",
        ) from error
    return listener


def url_of(listener: socket.socket, *, tls: bool = False) -> str:
    """Return the address the hub is reached at."""
    host, port = listener.getsockname()[:2]
    return f"{'https' if tls else 'http'}://{host}:{port}"


class Announcing(uvicorn.Server):
    """A server that tells when it answers."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        """Call ``started`` once."""
        super().__init__(config)
        self._say_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and say so."""
        await super().startup(sockets)
        if self.started:
            self._say_started()


def config_of(app: ASGIApp, tls: Renewing | None = None) -> uvicorn.Config:
    """Return how an application is served, the hub's or an edge host's."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # addresses and nonces are nobody's business
        lifespan="off",
        http="h11",
        timeout_keep_alive=30,
        timeout_graceful_shutdown=GRACE_S,
        server_header=False,
        ssl_context_factory=(lambda *_: tls.context) if tls else None,
    )


def server(
    centre: Centre,
    listener: socket.socket,
    started: Callable[[], None],
    tls: TlsFiles | None = None,
) -> tuple[uvicorn.Server, list[socket.socket]]:
    """Return a server and its sockets; ``started`` is called once it answers.

    Raises:
        KnownError: ``HUB-TLS-…``.
    """
    app = Quiet(Measured(Crowd(create_app(centre), centre)))
    return Announcing(config_of(app, Renewing(tls) if tls else None), started), [listener]


def settle() -> None:
    """Leave what was loaded so far out of the searches for garbage.

    It stays until the end; to walk over all of it again and again costs a hub 7 % of its time.
    """
    gc.collect()
    gc.freeze()


def run(one: uvicorn.Server, sockets: list[socket.socket]) -> None:
    """Serve until SIGTERM or SIGINT, finish the requests that run, and return; main thread only."""

    def asked(_sign: int, _frame: FrameType | None) -> None:
        one.should_exit = True

    settle()
    for sign in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises the signal again when it is done: it must not end us before we closed.
        signal.signal(sign, asked)
    one.run(sockets=sockets)


def ready_text(url: str, extra: dict[str, Any]) -> str:
    """Return the content of the ready file."""
    return json.dumps({"url": url, **extra}, ensure_ascii=False, sort_keys=True) + "\n"
