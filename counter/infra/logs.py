# SPDX-License-Identifier: MulanPSL-2.0
"""Logs: ten named categories, one JSON object a line, rotating, redacted. No personal data."""

from __future__ import annotations

import json
import logging
import logging.handlers
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from counter.domain.errors import CounterError
from counter.infra.redaction import redact

# Name of the logger → what it is for. Others are children of these (``counter.sync.push``).
CATEGORIES: dict[str, str] = {
    "counter.start": "启动与退出",
    "counter.keys": "登录、密钥与租约",
    "counter.storage": "数据库、日志文件与扫描件",
    "counter.commands": "命令的执行",
    "counter.catalog": "事项目录与日历",
    "counter.devices": "读卡器、高拍仪、打印机",
    "counter.papers": "打印与凭证",
    "sync": "与中心的同步",
    "ui": "界面",
    "hub": "内置中心",
}
MAX_BYTES = 2 * 1024 * 1024
BACKUPS = 5
_MARK = "counter-log"


class RedactingFilter(logging.Filter):
    """Puts the finished, redacted message into the record; arguments are dropped."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact; every record passes."""
        record.msg = redact(record.getMessage())
        record.args = None
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line. Of an exception only the types and places are kept."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "category": record.name,
            "text": record.getMessage(),
            "thread": record.threadName or "",
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = places(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


class PlainLines(logging.Formatter):
    """Readable lines for development."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = datetime.fromtimestamp(record.created, UTC).astimezone()
        text = f"{at:%H:%M:%S} {record.levelname:<7} {record.name}: {record.getMessage()}"
        if record.exc_info and record.exc_info[1] is not None:
            text += "\n  " + "\n  ".join(places(record.exc_info[1]))
        return text


def places(error: BaseException) -> list[str]:
    """Return types and code places of an error chain, without messages and values."""
    out: list[str] = []
    seen: set[int] = set()
    here: BaseException | None = error
    while here is not None and id(here) not in seen:
        seen.add(id(here))
        code = f" {here.code}" if isinstance(here, CounterError) else ""
        out.append(f"{type(here).__qualname__}{code}")
        trace = here.__traceback__
        while trace is not None:
            frame = trace.tb_frame.f_code
            out.append(f"  {Path(frame.co_filename).name}:{trace.tb_lineno} {frame.co_qualname}")
            trace = trace.tb_next
        here = here.__cause__ or here.__context__
    return out


def start_logs(
    folder: Path, *, level: int = logging.INFO, form: Literal["json", "plain"] = "json"
) -> None:
    """Log every category to ``folder``; calling again replaces the handlers.

    A disk that cannot be written stops no work: the lines are dropped.
    """
    stop_logs()
    handler = _QuietFile(
        folder / "counter.log",
        maxBytes=MAX_BYTES,
        backupCount=BACKUPS,
        encoding="utf-8",
        delay=True,
    )
    handler.set_name(_MARK)
    handler.addFilter(RedactingFilter())
    handler.setFormatter(JsonLines() if form == "json" else PlainLines())
    for name in CATEGORIES:
        logger = logging.getLogger(name)
        logger.setLevel(level)
        logger.addHandler(handler)


def stop_logs() -> None:
    """Close the log file and take the handlers away."""
    for name in CATEGORIES:
        logger = logging.getLogger(name)
        for handler in [h for h in logger.handlers if h.get_name() == _MARK]:
            logger.removeHandler(handler)
            handler.close()


class _QuietFile(logging.handlers.RotatingFileHandler):
    """Swallows its own failures: a log must never stop the counter, nor print to a console."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - name of the stdlib
        """Drop the line."""
