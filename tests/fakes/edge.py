# SPDX-License-Identifier: MulanPSL-2.0
"""An edge host on loopback in a thread of the test; ``link.enabled = False`` cuts its outside line.

with RunningEdge(tmp_path, hub.url, code_of_window_0) as edge:
    edge.url, edge.host, edge.line(up=False), edge.forward(), edge.restart()
"""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from types import TracebackType

import uvicorn

from sync.edge.__main__ import open_host
from sync.edge.app import create_app
from sync.edge.forwarder import forward_pages
from sync.edge.host import EdgeHost
from sync.edge.refresh import refresh
from sync.hub import serve
from sync.hub.tls import Renewing, TlsFiles


class RunningEdge:
    """An enrolled edge host without its forwarding thread: tests call ``forward``."""

    def __init__(
        self,
        data: Path,
        upstream: str,
        code: str,
        tls: TlsFiles | None = None,
        ca_file: str = "",
    ) -> None:
        self._data, self._upstream, self._port = data, upstream, 0
        self._ca_file = ca_file
        self._tls = Renewing(tls, "sync.edge") if tls else None
        self.host: EdgeHost = open_host(data, upstream, code, ca_file)
        self.host.learn_devices()
        self.start()

    def start(self) -> None:
        """Serve ``host``."""
        listener = serve.bind("127.0.0.1", self._port)
        self._port = listener.getsockname()[1]
        self.url = serve.url_of(listener, tls=self._tls is not None)
        self._server = uvicorn.Server(serve.config_of(create_app(self.host), self._tls))
        self._thread = threading.Thread(
            target=self._run, args=(self._server, listener), name="edge", daemon=True
        )
        self._thread.start()

    @staticmethod
    def _run(server: uvicorn.Server, listener: socket.socket) -> None:
        server.run(sockets=[listener])
        listener.close()

    def line(self, *, up: bool) -> None:
        """Cut or mend the line to the centre."""
        self.host.link.enabled = up

    def forward(self) -> int:
        """Do what the forwarding thread does; return how many operations were answered."""
        self.host.learn_devices()
        answered = self.host.forward()
        refresh(self.host)
        forward_pages(self.host)
        return answered

    def stop(self) -> None:
        """End it as it stands."""
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(20)
        self.host.close()

    def restart(self) -> None:
        """The same folder again on the same port; the line is as it was."""
        up = self.host.link.enabled
        self.stop()
        self.begin(up=up)

    def begin(self, *, up: bool = True) -> None:
        """Open the folder of a stopped one again."""
        self.host = open_host(self._data, self._upstream, ca_file=self._ca_file)
        self.host.link.enabled = up
        self.start()

    def __enter__(self) -> RunningEdge:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
