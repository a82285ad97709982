# SPDX-License-Identifier: MulanPSL-2.0
"""``counter catalog``: check a catalogue folder, preview a guide, compare versions, write the schema."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from counter.domain.catalog import Dicts, Item
from counter.domain.catalog_diff import Change, catalog_changes, dicts_changes, item_changes
from counter.domain.catalog_guide import guide_text
from counter.domain.errors import CounterError, KnownError
from counter.domain.theme import Theme
from counter.infra import service_check
from counter.infra.catalog_files import CatalogFolder, load_catalog, read_file, read_folder
from counter.infra.guide_page import guide_html

DEFAULT = Path(__file__).resolve().parent.parent / "resources" / "catalog"
SERVICE_SCHEMA = DEFAULT.parent / "service" / "schema" / "service.schema.json"
PRINTING = "counter.printing"
"""Entry points that print: ``pdf`` is (html, title) -> bytes. Qt lives only in ``ui``."""

Printer = Callable[[str, str], bytes]


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


def main(argv: list[str], printer: Printer | None = None) -> int:
    """Run the command; 0 = good, 1 = faults found, 2 = wrong call (from argparse).

    Args:
        argv: Arguments behind ``counter catalog``.
        printer: Makes the PDF; the installed one if None.
    """
    args = _parser().parse_args(argv)
    args.printer = printer
    run: Callable[[argparse.Namespace], int] = args.run
    try:
        return run(args)
    except CounterError as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="counter catalog", description="事项目录：检查、预览、比较。"
    )
    verbs = parser.add_subparsers(required=True, metavar="命令")
    check = verbs.add_parser("check", help="检查目录，列出每处错误的文件、行、字段和改法")
    check.add_argument("path", type=Path, nargs="?", default=DEFAULT)
    check.set_defaults(run=_check)
    preview = verbs.add_parser("preview", help="显示一个事项的办事指南，和群众拿到的一样")
    preview.add_argument("item", help="事项代码、简称或别名")
    preview.add_argument("--path", type=Path, default=DEFAULT)
    preview.add_argument("--pdf", type=Path, metavar="文件", help="另存为 PDF（A4）")
    preview.add_argument("--large", action="store_true", help="大字")
    preview.set_defaults(run=_preview)
    diff = verbs.add_parser("diff", help="用话说出两版有什么不同：两个事项文件，或两个目录")
    diff.add_argument("old", type=Path, metavar="旧")
    diff.add_argument("new", type=Path, metavar="新")
    diff.set_defaults(run=_diff)
    scheme = verbs.add_parser("schema", help="写出事项文件的 JSON Schema")
    scheme.add_argument("--out", type=Path, default=DEFAULT / "catalog.schema.json")
    scheme.set_defaults(run=_schema)
    tables = verbs.add_parser("service-schema", help="写出好差评和诉求的表的 JSON Schema")
    tables.add_argument("--out", type=Path, default=SERVICE_SCHEMA)
    tables.set_defaults(run=_service_schema)
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
    faults = service_check.check(folder.parent / "service")
    for fault in faults:
        print(f"错误 好差评和诉求的表 {fault}")
    return 1 if errors or faults else 0


def _preview(args: argparse.Namespace) -> int:
    catalog = load_catalog(args.path)
    for item in catalog.items.values():
        if args.item in {item.item_code, item.task_name, item.short_name, *item.aliases}:
            if args.pdf is None:
                print(guide_text(item))
            else:
                print_pdf = args.printer or _installed_printer()
                title = f"{item.short_name} 办事指南"
                args.pdf.write_bytes(print_pdf(guide_html(item, large=args.large), title))
                print(f"已存为 {args.pdf.name}。")
            return 0
    names = "、".join(f"{i.item_code}（{i.short_name}）" for i in catalog.items.values())
    print(f"目录里没有「{args.item}」。现有：{names}。", file=sys.stderr)
    return 1


def _installed_printer() -> Printer:
    for point in entry_points(group=PRINTING, name="pdf"):
        found: Printer = point.load()
        return found
    raise KnownError(
        code="PDF-NONE",
        what="这台机器上没有装打印部件，存不了 PDF。",
        todo="不加 --pdf 可以看文字；要 PDF 请装完整的程序。",
    )


def _diff(args: argparse.Namespace) -> int:
    both = [_readable(path) for path in (args.old, args.new)]
    old, new = ({i.item_code: i for i in one.items.values()} for one in both)
    if args.old.is_file() and args.new.is_file() and len(old) == len(new) == 1:
        _say("", item_changes(next(iter(old.values())), next(iter(new.values()))))
        return 0
    names = 0
    for name, changes in catalog_changes(old, new):
        names += 1
        _say(name, changes)
    lists = _lists_changed(*both)
    if lists:
        _say("代码表", lists)
    print(f"共比较 {len(old.keys() | new.keys())} 个事项，{names} 个有变化。")
    return 0


def _lists_changed(old: CatalogFolder, new: CatalogFolder) -> list[Change]:
    return dicts_changes(old.dicts, new.dicts) if old.dicts and new.dicts else []


def _readable(path: Path) -> CatalogFolder:
    read = read_file(path) if path.is_file() else read_folder(path)
    if read.findings:
        raise KnownError(
            code="CAT-BAD",
            what=f"读不懂：{read.findings[0]}",
            todo="请先用 counter catalog check 改好，再比较。",
        )
    return read


def _say(name: str, changes: list[Change]) -> None:
    if name:
        print(f"{name}：")
    for change in changes or [Change("说明", "没有变化。")]:
        print(f"  {change}")


def _service_schema(args: argparse.Namespace) -> int:
    out: Path = args.out
    out.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(service_check.schema(), ensure_ascii=False, indent=2) + "\n"
    out.write_text(text, encoding="utf-8")
    print(f"已写出 {out.name}。")
    return 0


def _schema(args: argparse.Namespace) -> int:
    out: Path = args.out
    text = json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"
    out.write_text(text, encoding="utf-8", newline="\n")
    print(f"已写出 {out.name}。")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
