# SPDX-License-Identifier: MulanPSL-2.0
"""``counter hub serve``: one process or several, with or without TLS of its own."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from counter.domain.errors import DomainError
from sync.hub import logs, serve, tls, workers
from sync.hub.centre import Centre, Limits, push_places
from sync.hub.handlers import backoffice, deemed, judging, training
from sync.hub.handlers.enrol import new_code
from sync.hub.keys import write_private
from sync.hub.printing import say
from sync.hub.storage import turns
from sync.protocol import errors

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
Add = Callable[[str, str], argparse.ArgumentParser]
_UNTOUCHED = "没有启动，没有改动。"


def add_parsers(add: Add) -> None:
    """Declare ``serve`` and what an edge host of a hall has beside it."""
    one = add(
        "serve", "运行中心；加 --upstream 就是本厅主机：外线断了替本厅的窗口存着，通了原样送中心"
    )
    _with_data(one)
    one.add_argument("--host", default="127.0.0.1")
    one.add_argument("--port", type=int, default=0, help="0 = 由系统选")
    one.add_argument("--workers", type=int, default=1, help="进程数")
    words = "同时接收几批，全部进程一共；多出来的请它们稍后再来（默认按处理器数）"
    one.add_argument("--pushes", type=int, default=push_places(), help=words)
    one.add_argument("--training", action="store_true", help="建好练习大厅并给一个登记码")
    one.add_argument("--ready-file", type=Path, help="启动好以后写入地址的文件")
    one.add_argument("--resources", type=Path, default=RESOURCES)
    tls.add_arguments(one)
    one.set_defaults(run=run_serve, check=check_serve)
    one.add_argument("--upstream", default="", metavar="URL", help="本厅主机：中心的地址")
    one.add_argument("--code", default="", help="本厅主机第一次运行：中心给 0 号窗口的登记码")
    one.add_argument("--ca-file", default="", help="本厅主机：中心证书的签发者")
    one.add_argument("--key-file", type=Path, help="本厅主机的身份文件，可以放在数据文件夹以外")
    one.add_argument("--pages-gb", type=float, default=20.0, help="本厅主机：材料最多占多少 GB")
    one = add("edge", "本厅主机：外线怎样，存着什么，等着什么")
    _with_data(one)
    one.add_argument("--key-file", type=Path, help="本厅主机的身份文件，不在数据文件夹里时")
    one.add_argument("--json", action="store_true", help="一个 JSON")
    one.set_defaults(edge="status")


def _with_data(one: argparse.ArgumentParser) -> None:
    """Take ``--data`` behind the verb too."""
    one.add_argument("--data", type=Path, default=argparse.SUPPRESS, help="数据文件夹")


def run_serve(centre: Centre, arguments: argparse.Namespace) -> int:
    """Serve until stopped; prints ``ready URL`` once it answers."""
    files = tls.files_of(arguments)
    extra: dict[str, str | int] = {}
    if arguments.training:
        training.seed(centre, arguments.resources)
        hall = training.HALL
        extra = {
            "enrol_code": new_code(centre, hall.hall_code, training.WINDOW),
            "hall_code": hall.hall_code,
            "counter_no": training.WINDOW,
        }
    backoffice.forget_tombstones(centre)
    judging.recheck(centre, errors.HELD_DEP, errors.HELD_FORM, errors.HELD_AUTHZ)
    deemed.deem_overdue(centre)
    listener = serve.bind(arguments.host, arguments.port)
    url = serve.url_of(listener, tls=files is not None)

    def started() -> None:
        if arguments.ready_file:
            text = serve.ready_text(url, {"port": listener.getsockname()[1], **extra})
            write_private(arguments.ready_file, text)
        say(f"ready {url}")

    logs.start()
    limits = Limits(pushes=arguments.pushes).share(arguments.workers)
    centre = replace(centre, limits=limits)
    if arguments.workers == 1:
        server, sockets = serve.server(centre, listener, started, files)
        serve.run(server, sockets)
        return 0
    share = workers.connections(arguments.workers)
    where = (arguments.data, arguments.database, arguments.blobs)
    job = workers.Job(listener, *where, share, limits, files)
    workers.run(job, arguments.workers, started)
    return 0


def check_serve(arguments: argparse.Namespace) -> None:
    """Prove the options before the centre is opened, for that makes an empty one.

    Raises:
        DomainError: ``HUB-WORKERS``, ``HUB-PUSHES``, ``HUB-RESOURCES``, and as ``serve.proved``.
        KnownError: as ``serve.proved``.
    """
    if not 1 <= arguments.workers <= workers.MOST:
        words = f"进程数要在 1 到 {workers.MOST} 之间。"
        raise DomainError(code="HUB-WORKERS", what=words, safe=_UNTOUCHED)
    if arguments.workers > 1 and not arguments.database and not turns.SHARED:
        words = "在这种系统上，自带的数据库只能由一个进程使用。"
        todo = "请去掉 --workers，或者用 --database 改用 PostgreSQL。"
        raise DomainError(code="HUB-WORKERS", what=words, safe=_UNTOUCHED, todo=todo)
    if arguments.pushes < 1:
        words = "同时接收的批数至少是 1。"
        raise DomainError(code="HUB-PUSHES", what=words, safe=_UNTOUCHED)
    check_resources(arguments)
    serve.proved(arguments)


def check_resources(arguments: argparse.Namespace) -> None:
    """Prove that a training hall would get something to do.

    Raises:
        DomainError: ``HUB-RESOURCES``.
    """
    if arguments.training and not (arguments.resources / "catalog" / "items").is_dir():
        words = "--resources 的文件夹里没有事项目录（catalog/items）。"
        raise DomainError(code="HUB-RESOURCES", what=words, safe="没有改动。")
