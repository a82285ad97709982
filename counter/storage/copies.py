# SPDX-License-Identifier: MulanPSL-2.0
"""Opening the database, and what is done when it cannot be opened: set aside and rebuild."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from counter.domain.errors import KnownError
from counter.storage.engine import Database
from counter.storage.failures import damaged
from counter.storage.files import FileLayer, disk_error, make_folder
from counter.storage.journal import Journal
from counter.storage.meta import put_meta
from counter.storage.migrate import bring_to_head
from counter.storage.replay import replay

COPY_EVERY = timedelta(hours=20)
_PARTS = ("", "-wal", "-shm")


def copy_path(db_path: Path) -> Path:
    """Return where the daily copy lies."""
    return db_path.with_name(f"{db_path.stem}.copy.db")


def copy_due(db_path: Path, last: str, now: datetime) -> bool:
    """Tell whether the last copy is a day old (a clock set back makes it due as well)."""
    if not last or not copy_path(db_path).exists():
        return True
    return abs(now - datetime.fromisoformat(last)) >= COPY_EVERY


def open_or_rebuild(
    path: Path,
    key: bytes,
    journal: Journal,
    journal_identity: str,
    now: datetime,
    files: FileLayer,
) -> tuple[Database, list[str]]:
    """Open the database; when it is damaged or gone, rebuild it from copy and journal.

    Raises:
        KnownError: DB-KEY, DB-NEWER, DB-LOCKED, DISK-FULL, DISK-WRITE.
    """
    try:
        make_folder(files, path.parent)
    except OSError as error:
        raise disk_error(error) from None
    lost = not path.exists() and (copy_path(path).exists() or bool(journal.segments()))
    if not lost:
        try:
            return _open_sound(path, key, files), []
        except KnownError as error:
            if error.code != "DB-DAMAGED":
                raise
    aside = set_aside(path, now, files)
    words = ["本机数据库文件不见了。" if lost else f"本机数据库损坏，已改名为 {aside} 留存。"]
    database = _from_copy(path, key, files, words)
    with database.transaction() as connection:
        rebuilt = replay(connection, journal, journal_identity)
        put_meta(connection, "journal_mark", "")
        if rebuilt.applied:
            words.append(
                f"已用收件流水补回 {rebuilt.applied} 个操作，会重新上报，中心不会重复办理。"
            )
        if rebuilt.unreadable:
            words.append(
                f"另有 {rebuilt.unreadable} 个操作只有中心打得开，中心可凭收件流水恢复；流水没有删除。"
            )
    words.append("损坏之前没有提交的草稿可能不在了，请核对今天的叫号单。")
    return database, words


def set_aside(path: Path, now: datetime, files: FileLayer) -> str:
    """Rename the database and its log with the time; never deletes. Returns the new name."""
    name = f"{path.name}.damaged-{now:%Y%m%dT%H%M%S}"
    try:
        for part in _PARTS:
            source = path.with_name(path.name + part)
            if source.exists():
                files.replace(source, path.with_name(name + part))
        files.fsync_dir(path.parent)
    except OSError as error:
        raise disk_error(error) from None
    return name


def _open_sound(path: Path, key: bytes, files: FileLayer) -> Database:
    database = Database(path, key, files)
    try:
        bring_to_head(database, key, files)
        # A clean end leaves no log behind. After a crash every page is proved; otherwise a bad
        # page shows itself when read (each carries an HMAC), at the latest in the daily copy.
        if database.unclean and not database.sound():
            raise damaged()
    except BaseException:
        database.close()
        raise
    return database


def _from_copy(path: Path, key: bytes, files: FileLayer, words: list[str]) -> Database:
    copy = copy_path(path)
    if copy.exists():
        temp = path.with_name(path.name + ".tmp")
        try:
            shutil.copyfile(copy, temp)
            files.replace(temp, path)
            files.fsync_dir(path.parent)
        except OSError as error:
            temp.unlink(missing_ok=True)
            raise disk_error(error) from None
        try:
            database = Database(path, key, files)
            bring_to_head(database, key, files)
            if database.sound():
                words.append("已从最近一次本机备份恢复。")
                return database
            database.close()
        except KnownError as error:
            if error.code not in ("DB-DAMAGED", "DB-KEY"):
                raise
        path.unlink()
        words.append("最近一次本机备份也不能用。")
    else:
        words.append("没有本机备份。")
    database = Database(path, key, files)
    bring_to_head(database, key, files)
    return database
