# SPDX-License-Identifier: MulanPSL-2.0
"""``counter catalog``: check a catalogue folder, preview an item's guide, write the JSON Schema."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from counter.domain.catalog import Dicts, Item
from counter.domain.catalog_guide import guide_text
from counter.domain.errors import CounterError
from counter.domain.theme import Theme
from counter.infra.catalog_files import load_catalog, read_folder

DEFAULT = Path(__file__).resolve().parent.parent / "resources" / "catalog"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of item files, theme files and of ``dicts.json``."""
    item = Item.model_json_schema(ref_template="#/$defs/{model}")
    dicts = Dicts.model_json_schema(ref_template="#/$defs/{model}")
    theme = Theme.model_json_schema(ref_template="#/$defs/{model}")
    defs = {"Item": item, "Dicts": dicts, "Theme": theme}
    for one in (item, dicts, theme):
        defs |= one.pop("$defs", {})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "一窗柜台 事项目录",
        "$ref": "#/$defs/Item",
        "$defs": dict(sorted(defs.items())),
    }


def main(argv: list[str]) -> int:
    """Run the command; 0 = good, 1 = faults found, 2 = wrong call (from argparse)."""
    args = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = args.run
    try:
        return run(args)
    except CounterError as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="counter catalog", description="事项目录：检查、预览。")
    verbs = parser.add_subparsers(required=True, metavar="命令")
    check = verbs.add_parser("check", help="检查目录，列出每处错误的文件、行、字段和改法")
    check.add_argument("path", type=Path, nargs="?", default=DEFAULT)
    check.set_defaults(run=_check)
    preview = verbs.add_parser("preview", help="显示一个事项的办事指南")
    preview.add_argument("item", help="事项代码、简称或别名")
    preview.add_argument("--path", type=Path, default=DEFAULT)
    preview.set_defaults(run=_preview)
    scheme = verbs.add_parser("schema", help="写出事项文件的 JSON Schema")
    scheme.add_argument("--out", type=Path, default=DEFAULT / "catalog.schema.json")
    scheme.set_defaults(run=_schema)
    return parser


def _check(args: argparse.Namespace) -> int:
    folder: Path = args.path
    read = read_folder(folder)
    found = read.check()
    for one in found:
        word = "错误" if one.severity == "error" else "提醒"
        print(f"{word} {one}")
    errors = sum(one.severity == "error" for one in found)
    counts = f"共 {len(read.items)} 个事项，{errors} 处错误，{len(found) - errors} 处提醒"
    print(f"{counts}；另有 {len(read.themes)} 个一件事。")
    return 1 if errors else 0


def _preview(args: argparse.Namespace) -> int:
    catalog = load_catalog(args.path)
    for item in catalog.items.values():
        if args.item in {item.item_code, item.task_name, item.short_name, *item.aliases}:
            print(guide_text(item))
            return 0
    names = "、".join(f"{i.item_code}（{i.short_name}）" for i in catalog.items.values())
    print(f"目录里没有「{args.item}」。现有：{names}。", file=sys.stderr)
    return 1


def _schema(args: argparse.Namespace) -> int:
    out: Path = args.out
    text = json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"
    out.write_text(text, encoding="utf-8", newline="\n")
    print(f"已写出 {out.name}。")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
