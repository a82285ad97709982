# SPDX-License-Identifier: MulanPSL-2.0
"""``counter verify-receipt``: is this receipt genuine? Works offline, from text or a picture."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import zxingcpp
from PIL import Image

from counter.domain.errors import CounterError, DomainError
from counter.infra.paths import Paths
from counter.security.receipts import Trust, verify_receipt

VALID, INVALID, UNREADABLE = 0, 1, 2
_MAX_PICTURE = 40 * 1024 * 1024
Say = Callable[[str], object]


def main(argv: Sequence[str] | None = None, say: Say | None = None) -> int:
    """Check a receipt; 0 genuine, 1 not genuine or not decidable here, 2 unreadable."""
    speak = say or _print
    options = _parser().parse_args(argv)
    try:
        trust = Trust.load(Path(options.trust) if options.trust else Paths.default().trust)
        tokens = read_tokens(options.receipt)
    except CounterError as error:
        speak(str(error))
        return UNREADABLE
    checks = [verify_receipt(token, trust) for token in tokens]
    best = next((check for check in checks if check.verdict == "valid"), checks[0])
    for line in best.words:
        speak(line)
    speak(f"（{best.code}）")
    return VALID if best.verdict == "valid" else INVALID


def read_tokens(source: str) -> list[str]:
    """Return the tokens in a text, a text file or a picture; ``-`` reads standard input.

    Raises:
        DomainError: ``RCP-FILE``, ``RCP-NOQR``.
    """
    if source == "-":
        return [sys.stdin.read()]
    if source.count(".") == 2 and source.startswith("eyJ"):
        return [source]
    path = Path(source)
    try:
        if path.stat().st_size > _MAX_PICTURE:
            raise _unreadable("RCP-FILE", "文件太大。")
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable("RCP-FILE", "打不开这个文件，它也不像凭证上的文字。") from error
    if data.lstrip()[:3] == b"eyJ":
        return [data.decode("ascii", "replace")]
    return _codes_in(data)


def _codes_in(data: bytes) -> list[str]:
    try:
        picture = Image.open(io.BytesIO(data))
        picture.load()
        found = zxingcpp.read_barcodes(picture.convert("L"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _unreadable(
            "RCP-FILE", "这个文件不是图片；PDF 请先转成图片（PNG），或直接拍照。"
        ) from error
    texts = [code.text for code in found if code.text.count(".") == 2]
    if not texts:
        raise _unreadable("RCP-NOQR", "图片里没有找到收件凭证的二维码。")
    return texts


def _unreadable(code: str, what: str) -> DomainError:
    return DomainError(
        code=code, what=what, safe="没有改动。", todo="请换一张清楚的照片，或粘贴二维码的文字。"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="counter verify-receipt",
        description="离线核对收件凭证的二维码。它只证明收件，不证明受理。",
        epilog="退出码：0 真；1 不真或无法判断；2 读不出来。",
    )
    parser.add_argument(
        "receipt", metavar="文件或文字", help="图片文件、文本文件、二维码的文字，或 -"
    )
    parser.add_argument(
        "--trust", metavar="文件", help="中心公钥与停用名单（默认用本机登记时保存的 trust.json）"
    )
    return parser


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
