# SPDX-License-Identifier: MulanPSL-2.0
"""What SQLite's errors mean for the clerk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlcipher3 import dbapi2

from counter.domain.errors import KnownError
from counter.storage.files import disk_error

# Primary result codes, https://www.sqlite.org/rescode.html
_BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = 5, 6, 8, 10, 11, 13, 14, 26


def damaged() -> KnownError:
    """Return the words for a database that cannot be read any more."""
    return KnownError(
        code="DB-DAMAGED",
        what="本机数据库损坏，打不开了。",
        safe="损坏的文件会改名留存，不会删除；收件流水另有一份，可以用来恢复。",
        todo="请重新启动本程序，让它自动恢复；恢复不了请联系管理员。",
    )


def wrong_key() -> KnownError:
    """Return the words for a key that does not open this database."""
    return KnownError(
        code="DB-KEY",
        what="钥匙与本机数据库对不上，打不开。",
        safe="数据库没有改动。",
        todo="请确认数据文件是本机自己的；需要时用本厅的恢复钥匙打开。",
    )


def newer() -> KnownError:
    """Return the words for a database written by a later release."""
    return KnownError(
        code="DB-NEWER",
        what="本机数据库是更新版本的程序写的，这个旧版本不能打开。",
        safe="数据库没有改动。",
        todo="请安装最新版本的程序后再打开。",
    )


def _locked() -> KnownError:
    return KnownError(
        code="DB-LOCKED",
        what="本机数据库正被另一个程序占用，刚才这一步没有保存。",
        safe="之前已保存的内容都还在。",
        todo="请关掉另一个窗口里的同一程序，然后再试一次。",
    )


def known(error: BaseException) -> KnownError | None:
    """Translate an error of the driver; ``None`` means a fault of the program."""
    inner = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(inner, dbapi2.Error):
        return None
    code = getattr(inner, "sqlite_errorcode", 0) & 0xFF
    if code in (_BUSY, _LOCKED):
        return _locked()
    if code == _FULL:
        return disk_error(OSError(28, ""))
    if code in (_READONLY, _IOERR, _CANTOPEN):
        return disk_error(OSError(5, ""))
    return damaged() if code in (_CORRUPT, _NOTADB) else None


@contextmanager
def told_in_words() -> Iterator[None]:
    """Turn errors of the driver that have a known cause into ``KnownError``.

    Raises:
        KnownError: DISK-FULL, DISK-WRITE, DB-LOCKED, DB-DAMAGED.
    """
    try:
        yield
    except (DBAPIError, dbapi2.Error) as error:
        found = known(error)
        if found is None:
            raise
        # ``from None``: the driver's text may quote bound values, which are personal data.
        raise found from None
