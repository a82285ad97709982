# SPDX-License-Identifier: MulanPSL-2.0
"""``counter hub``: the centre's commands, and ``serve --upstream``: the edge host of a hall."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from counter.domain.errors import DomainError, KnownError
from sync.client.address import is_address
from sync.client.enrol import enrol
from sync.client.tls import trusting
from sync.client.transport import Transport
from sync.edge import figures
from sync.edge.app import create_app
from sync.edge.bounded import Bounded
from sync.edge.box import Box
from sync.edge.forwarder import Forwarder
from sync.edge.hall import HallStore
from sync.edge.host import EdgeHost
from sync.edge.identity import EdgeIdentity
from sync.edge.pages import PageStore
from sync.edge.queue import QueueStore
from sync.edge.store import EdgeStore
from sync.hub import logs, serve, tls
from sync.hub.__main__ import main as hub_main
from sync.hub.api.problems import Quiet
from sync.hub.centre import beijing_now
from sync.hub.keys import kept, write_private
from sync.hub.printing import say, say_json

PAGES_GB = 20.0
_MOST_GB = 1e6


def open_host(
    data: Path,
    upstream: str,
    code: str = "",
    ca_file: str = "",
    *,
    key_file: Path | None = None,
    pages_gb: float = PAGES_GB,
) -> EdgeHost:
    """Open the folder of an edge host; the first time it enrols with ``code``.

    Raises:
        DomainError: ``EDGE-URL`` the address of the centre; looked at before all else.
        KnownError: ``EDGE-NEW`` not enrolled and no code; ``EDGE-WINDOW``; ``ENROL-…``.
    """
    _check_upstream(upstream)
    path = key_file or data / "edge.json"
    if not path.exists():
        if not code:
            raise KnownError(
                code="EDGE-NEW",
                what="这台本厅主机还没有登记。",
                safe="没有改动。",
                todo="请中心用 counter hub code --window 0 发登记码，再加 --code 运行一次。",
            )
        # Before the centre is asked: a code is good once.
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = enrol(upstream, code, "本厅主机", ca_file=ca_file)
        EdgeIdentity(
            facts.device_id, facts.key, facts.certificate, facts.epoch, dict(facts.centre_keys)
        ).save(path)
    who = EdgeIdentity.load(path)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    box = Box(who.key.seed)

    def now() -> str:
        return beijing_now().isoformat(timespec="milliseconds")

    return EdgeHost(
        who,
        EdgeStore(data / "edge.db", box),
        PageStore(data / "pages.db", box, now, budget=round(pages_gb * 10**9)),
        HallStore(data / "hall.db", box),
        QueueStore(data / "queue.db"),
        Transport(upstream, who.key, ca_file=ca_file),
        beijing_now,
    )


def _check_upstream(url: str) -> None:
    """Refuse an address that cannot be the centre's.

    Raises:
        DomainError: ``EDGE-URL``.
    """
    if not is_address(url):
        raise DomainError(
            code="EDGE-URL",
            what="--upstream 不是中心的地址：应是 https://名称，可带端口，后面没有别的。",
            safe="没有启动，没有改动。",
            todo="请核对地址，例如 https://hub.example:8443。",
        )


def _serve(wish: argparse.Namespace) -> int:
    """Serve until stopped; prints ``ready URL`` once it answers."""
    if wish.training or wish.workers != 1:
        words = "本厅主机不办练习大厅，也只用一个进程。"
        raise DomainError(code="EDGE-USAGE", what=words, safe="没有启动。", todo="请去掉这些参数。")
    if not 0 < wish.pages_gb < _MOST_GB:
        words = "--pages-gb 要大于 0，是材料最多占多少 GB。"
        raise DomainError(code="EDGE-PAGES", what=words, safe="没有启动，没有改动。")
    _check_upstream(wish.upstream)
    trusting("", wish.ca_file)
    files = serve.proved(wish)
    host = open_host(
        wish.data,
        wish.upstream,
        wish.code,
        wish.ca_file,
        key_file=wish.key_file,
        pages_gb=wish.pages_gb,
    )
    listener = serve.bind(wish.host, wish.port)
    url = serve.url_of(listener, tls=files is not None)

    def started() -> None:
        if wish.ready_file:
            write_private(wish.ready_file, serve.ready_text(url, {}))
        say(f"ready {url}")

    logs.start("sync.edge")
    app = Quiet(Bounded(create_app(host, kept(wish.data / "metrics.token"))))
    config = serve.config_of(app, tls.Renewing(files, "sync.edge") if files else None)
    forwarder = Forwarder(host)
    forwarder.start()
    try:
        serve.run(serve.Announcing(config, started), [listener])
    finally:
        forwarder.stop()
        host.close()
    return 0


def _status(wish: argparse.Namespace) -> int:
    """Say what waits; also while the host serves."""
    host = open_host(wish.data, "https://localhost", key_file=wish.key_file)
    try:
        now = figures.figures(host)
    finally:
        host.close()
    if wish.json:
        say_json(vars(now))
    else:
        say("\n".join(figures.words(now)))
    return 0


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code (0 done, 1 not possible, 2 wrong usage)."""
    return hub_main(argv, {"serve": _serve, "status": _status})


if __name__ == "__main__":
    sys.exit(main())
