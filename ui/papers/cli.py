# SPDX-License-Identifier: MulanPSL-2.0
"""``counter papers``: list, preview with sample data, check, and the names a template may use."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from counter.app.papers.sample import sample_content, with_item
from counter.domain.catalog import Item
from counter.domain.errors import CounterError, KnownError
from counter.domain.papers import SIZE_WORDS, PaperKind, PaperList, SheetSize
from counter.infra.paper_check import check, names
from counter.infra.paper_templates import PaperTemplates, sample

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
_FAILED = 1
_SAMPLE_TOKEN = "yc-receipt-sample." + "0123456789abcdefghijklmnopqrstuvwxyz" * 31


def main(argv: Sequence[str] | None = None) -> int:
    """Run one of the sub-commands and return its exit code."""
    asked = _parser().parse_args(argv)
    try:
        return int(asked.run(asked))
    except CounterError as error:
        print(error, file=sys.stderr)
        return _FAILED


def _parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="counter papers", description="文书：列出、预览、检查。")
    folder = argparse.ArgumentParser(add_help=False)
    folder.add_argument(
        "--folder", type=Path, default=RESOURCES / "documents", help="文书文件夹，默认用程序自带的"
    )
    verbs = top.add_subparsers(required=True, metavar="动作")
    for name, run, words in (
        ("list", _list, "列出所有文书"),
        ("check", _check, "检查 papers.json 和模板"),
        ("names", _names, "列出模板里可以用的名字"),
        ("schema", _schema, "打印 papers.json 的 JSON Schema"),
    ):
        verbs.add_parser(name, help=words, parents=[folder]).set_defaults(run=run)
    one = verbs.add_parser("preview", help="用示例数据生成 PDF", parents=[folder])
    one.add_argument("code", help="文书代码，例如 SUP")
    size = one.add_mutually_exclusive_group()
    size.add_argument("--large", action="store_const", const="large", dest="size", help="大字")
    size.add_argument("--roll", action="store_const", const="roll", dest="size", help="80 毫米热敏")
    one.add_argument("--item", default="", help="用哪个事项的名称和材料，例如 elder_allowance")
    one.add_argument("--out", type=Path, required=True, help="PDF 存到哪里")
    one.set_defaults(run=_preview, size="a4")
    return top


def _list(asked: argparse.Namespace) -> int:
    for kind in PaperTemplates(asked.folder).kinds():
        sizes = "、".join(SIZE_WORDS[size] for size in kind.sizes)
        print(f"{kind.code:<6}{kind.title}  [{sizes}]  {kind.proves}")
    return 0


def _check(asked: argparse.Namespace) -> int:
    faults = check(asked.folder)
    for fault in faults:
        print(fault)
    if not faults:
        print("文书都通过了检查。")
    return _FAILED if faults else 0


def _names(_asked: argparse.Namespace) -> int:
    for path, kind in names():
        print(f"{path:<34}{kind}")
    return 0


def _schema(_asked: argparse.Namespace) -> int:
    print(json.dumps(PaperList.model_json_schema(), ensure_ascii=False, indent=2))
    return 0


def _preview(asked: argparse.Namespace) -> int:
    templates = PaperTemplates(asked.folder)
    kind = templates.kind(asked.code)
    size: SheetSize = asked.size
    if size not in kind.sizes:
        raise KnownError(
            code="PAPER-SIZE",
            what=f"「{kind.title}」没有{SIZE_WORDS[size]}这种大小。",
            safe="没有生成文件。",
        )
    pdf = _pdf(asked.folder, templates, kind, size, asked.item)
    asked.out.write_bytes(pdf)
    print(f"已生成：{asked.out}")
    return 0


def _pdf(
    folder: Path, templates: PaperTemplates, kind: PaperKind, size: SheetSize, item: str
) -> bytes:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # Deferred: the other sub-commands need no Qt.
    from PySide6.QtGui import QGuiApplication  # noqa: PLC0415 - only for a preview

    from ui.papers.pages import Paper, pdf_bytes, qr_data_url  # noqa: PLC0415 - needs Qt
    from ui.theme.fonts import text_family  # noqa: PLC0415 - needs Qt

    running = QGuiApplication.instance() or QGuiApplication([])
    try:
        content = sample_content(sample(folder), kind, size, qr_data_url(_SAMPLE_TOKEN))
    except ValidationError as error:
        first = error.errors()[0]
        raise KnownError(
            code="PAPER-SAMPLE",
            what=f"sample.json 不对：{'.'.join(map(str, first['loc']))}：{first['msg']}",
            safe="没有生成文件。",
        ) from error
    if item:
        content = with_item(content, _item(item))
    foot = content.case.receipt_no if content.case else ""
    pdf = pdf_bytes(Paper(templates.render(content), kind.title, size, foot), text_family())
    del running
    return pdf


def _item(code: str) -> Item:
    path = RESOURCES / "catalog" / "items" / f"{code}.json"
    try:
        return Item.model_validate_json(path.read_text("utf-8"))
    except OSError as error:
        raise KnownError(
            code="PAPER-ITEM", what=f"没有「{code}」这个事项。", safe="没有生成文件。"
        ) from error


if __name__ == "__main__":
    sys.exit(main())
