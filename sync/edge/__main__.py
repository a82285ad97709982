# SPDX-License-Identifier: MulanPSL-2.0
"""``counter edge``: run the edge host of a hall (本厅主机), which stores and forwards for its counters."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import uvicorn

from counter.domain.errors import CounterError, KnownError
from sync.client.enrol import enrol
from sync.edge.app import create_app
from sync.edge.host import EdgeHost, EdgeIdentity, Forwarder
from sync.edge.store import EdgeStore
from sync.hub import serve
from sync.hub.centre import beijing_now
from sync.hub.printing import say


def _parser() -> argparse.ArgumentParser:
    words = "本厅主机：外线断了替本厅的窗口存着，通了原样送中心；存在这里不等于到中心"
    parser = argparse.ArgumentParser(prog="counter edge", description=words)
    parser.add_argument("--data", type=Path, required=True, help="本厅主机的数据文件夹")
    parser.add_argument("--upstream", required=True, help="中心的地址")
    parser.add_argument("--code", default="", help="第一次运行：中心给 0 号窗口的登记码")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 = 由系统选")
    parser.add_argument("--ca-file", default="", help="中心证书的签发者")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Serve until stopped; 0 done, 1 not possible with the reason in words, 2 wrong usage."""
    try:
        wish = _parser().parse_args(argv)
    except SystemExit as stop:
        return int(stop.code or 0)
    try:
        return _serve(open_host(wish.data, wish.upstream, wish.code, wish.ca_file), wish)
    except CounterError as error:
        print(error, file=sys.stderr)
        return 1


def open_host(data: Path, upstream: str, code: str = "", ca_file: str = "") -> EdgeHost:
    """Open the folder of an edge host; the first time it enrols with ``code``.

    Raises:
        KnownError: ``EDGE-NEW`` not enrolled and no code; ``EDGE-WINDOW``; ``ENROL-…``.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = data / "edge.json"
    if not path.exists():
        if not code:
            raise KnownError(
                code="EDGE-NEW",
                what="这台本厅主机还没有登记。",
                safe="没有改动。",
                todo="请中心用 counter hub code --window 0 发登记码，再加 --code 运行一次。",
            )
        facts = enrol(upstream, code, "本厅主机", ca_file=ca_file)
        who = EdgeIdentity(
            facts.device_id, facts.key, facts.certificate, facts.epoch, dict(facts.centre_keys)
        )
        who.save(path)
    who = EdgeIdentity.load(path)
    return EdgeHost(who, EdgeStore(data / "edge.db"), upstream, beijing_now, ca_file)


def _serve(host: EdgeHost, wish: argparse.Namespace) -> int:
    listener = serve.bind(wish.host, wish.port)
    forwarder = Forwarder(host)
    forwarder.start()
    say(f"ready {serve.url_of(listener)}")
    config = uvicorn.Config(
        create_app(host),
        log_config=None,
        access_log=False,
        lifespan="off",
        http="h11",
        server_header=False,
    )
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        forwarder.stop()
        host.store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
