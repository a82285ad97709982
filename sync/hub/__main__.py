# SPDX-License-Identifier: MulanPSL-2.0
"""``counter hub``: run and look after a centre."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from counter.domain.errors import CounterError
from sync.hub import commands
from sync.hub.centre import open_centre

DATABASE_ENV = "YC_HUB_DATABASE"
BLOBS_ENV = "YC_HUB_BLOBS"
Edge = Mapping[str, Callable[[argparse.Namespace], int]]
"""What an edge host does of these commands, by ``serve`` and ``status`` (``sync.edge`` brings it)."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="counter hub", description="中心（接收办件的一端）")
    parser.add_argument("--data", type=Path, help="中心（或本厅主机）的数据文件夹")
    parser.add_argument(
        "--database",
        help="PostgreSQL 的地址 postgresql+psycopg://…；不写就用环境变量 "
        f"{DATABASE_ENV}，再没有就用文件夹里自带的数据库。带口令的地址请放在环境变量里",
    )
    parser.add_argument(
        "--blobs",
        help="材料放在 S3 服务：s3://桶/前缀（地址和钥匙用 AWS_ENDPOINT_URL_S3、AWS_ACCESS_KEY_ID "
        f"等通用的环境变量）；不写就用环境变量 {BLOBS_ENV}，再没有就放在数据文件夹里",
    )
    commands.add_parsers(parser)
    return parser


def _given(arguments: argparse.Namespace, value: str | None, variable: str) -> str:
    """Return an address; a training hall never strays into a real one by environment."""
    if value is not None:
        return value
    if getattr(arguments, "training", False):
        return ""
    return os.environ.get(variable, "")


def _parsed(argv: list[str] | None, edge: Edge | None) -> argparse.Namespace:
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.data is None:
        parser.error("请写 --data 文件夹")
    if getattr(arguments, "upstream", ""):
        arguments.edge = "serve"
    if arguments.edge and edge is None:
        parser.error("本厅主机请用 counter hub 运行")
    return arguments


def main(argv: list[str] | None = None, edge: Edge | None = None) -> int:
    """Run one command and return its exit code (0 done, 1 not possible, 2 wrong usage)."""
    try:
        arguments = _parsed(argv, edge)
    except SystemExit as stop:
        return int(stop.code or 0)
    try:
        if edge is not None and arguments.edge:
            return edge[arguments.edge](arguments)
        arguments.database = _given(arguments, arguments.database, DATABASE_ENV)
        arguments.blobs = _given(arguments, arguments.blobs, BLOBS_ENV)
        if arguments.check:
            arguments.check(arguments)  # an open centre is a made one
        partitions = getattr(arguments, "partitions", None)
        centre = open_centre(
            arguments.data,
            database=arguments.database,
            partitions=partitions or 0,
            blobs=arguments.blobs,
        )
        try:
            return int(arguments.run(centre, arguments))
        finally:
            centre.close()
    except CounterError as error:
        print(str(error), file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
