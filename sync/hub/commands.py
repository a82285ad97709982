# SPDX-License-Identifier: MulanPSL-2.0
"""The commands of ``counter hub``: each takes the open centre and the parsed arguments."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sync.hub import serve
from sync.hub.centre import Centre
from sync.hub.handlers import push, training
from sync.hub.handlers.enrol import new_code
from sync.hub.keys import write_private
from sync.protocol import errors

if TYPE_CHECKING:
    Verbs = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - it has no public name

RESOURCES = Path(__file__).resolve().parents[2] / "resources"


def say(text: str) -> None:
    """Print one line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def add_parsers(verbs: Verbs) -> None:
    """Declare all commands."""
    one = verbs.add_parser("serve", help="运行中心")
    one.add_argument("--host", default="127.0.0.1")
    one.add_argument("--port", type=int, default=0, help="0 = 由系统选")
    one.add_argument("--training", action="store_true", help="建好练习大厅并给一个登记码")
    one.add_argument("--ready-file", type=Path, help="启动好以后写入地址的文件")
    one.add_argument("--resources", type=Path, default=RESOURCES)
    one.set_defaults(run=run_serve)


def run_serve(centre: Centre, arguments: argparse.Namespace) -> int:
    """Serve until stopped; prints ``ready URL`` once it answers."""
    extra: dict[str, str | int] = {}
    if arguments.training:
        training.seed(centre, arguments.resources)
        hall = training.HALL
        extra = {
            "enrol_code": new_code(centre, hall.hall_code, training.WINDOW),
            "hall_code": hall.hall_code,
            "counter_no": training.WINDOW,
        }
    push.recheck(centre, errors.HELD_DEP, errors.HELD_FORM, errors.HELD_AUTHZ)
    listener = serve.bind(arguments.host, arguments.port)
    url = serve.url_of(listener)

    def started() -> None:
        if arguments.ready_file:
            text = serve.ready_text(url, {"port": listener.getsockname()[1], **extra})
            write_private(arguments.ready_file, text)
        say(f"ready {url}")

    server, sockets = serve.server(centre, listener, started)
    server.run(sockets=sockets)
    return 0
