# SPDX-License-Identifier: MulanPSL-2.0
"""Who did what with the hub: one row a deed, written in the transaction of the deed itself.

A deed is what a person decides about the hub, its devices, people and rules, about an operation that
is held, or about somebody else's case or ticket from above. The acts on a case are in its own history.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from counter.domain.errors import CounterError, DomainError
from sync.hub.centre import BEIJING, Centre
from sync.hub.storage import deeds as rows
from sync.hub.storage.deeds import DeedRow
from sync.hub.storage.engine import Tx

Kind = Literal[
    "admin.add",
    "admin.revoke",
    "backup",
    "bundle.import",
    "case.lease",
    "cases.deem",
    "cases.let_go",
    "device.code",
    "device.revoke",
    "document.publish",
    "exchange",
    "hall.hours",
    "hall.put",
    "op.close",
    "op.release",
    "operator.put",
    "policy.set",
    "policy.withdraw",
    "rating.review",
    "rating.slip",
    "restored",
    "snapshot.make",
    "theme.release",
]
WORDS: dict[Kind, str] = {
    "admin.add": "登记管理钥匙",
    "admin.revoke": "停用管理钥匙",
    "backup": "备份",
    "bundle.import": "导入U盘数据",
    "case.lease": "指定办件的窗口",
    "cases.deem": "逾期视为受理",
    "cases.let_go": "从窗口收回办件",
    "device.code": "发登记码",
    "device.revoke": "停用设备",
    "document.publish": "发布",
    "exchange": "写国家交换表",
    "hall.hours": "定下班时间",
    "hall.put": "登记大厅",
    "op.close": "不办暂存操作",
    "op.release": "放行暂存操作",
    "operator.put": "登记经办人",
    "policy.set": "定规则",
    "policy.withdraw": "收回规则",
    "rating.review": "复核差评",
    "rating.slip": "读纸质评价",
    "restored": "恢复备份后",
    "snapshot.make": "做整份数据文件",
    "theme.release": "放行一件事的一件",
}
DONE = "done"
PAGE = 1000


@dataclass
class Deed:
    """What is written of a deed.

    Attributes:
        kind: What it is.
        about: Ids of what it was done to, never personal data or words that somebody typed.
        outcome: ``done``, how many it concerned, or the code of why not; "" leaves no row, for what
            changed nothing.
    """

    kind: Kind
    about: str = ""
    outcome: str = DONE


@contextmanager
def writing(centre: Centre, kind: Kind) -> Iterator[tuple[Tx, Deed]]:
    """One write transaction that holds a deed and its row; a refused one leaves a row of its own."""
    deed = Deed(kind)
    with _told(centre, deed), centre.database.write() as tx:
        yield tx, deed
        _add(centre, tx, deed)


@contextmanager
def doing(centre: Centre, kind: Kind) -> Iterator[Deed]:
    """A deed outside of any one transaction: its row is written once it is done, or refused."""
    deed = Deed(kind)
    with _told(centre, deed):
        yield deed
    with centre.database.write() as tx:
        _add(centre, tx, deed)


@contextmanager
def _told(centre: Centre, deed: Deed) -> Iterator[None]:
    try:
        yield
    except CounterError as error:
        deed.outcome = error.code
        with centre.database.write() as tx:
            _add(centre, tx, deed)
        raise


def _add(centre: Centre, tx: Tx, deed: Deed) -> None:
    if deed.outcome:
        who = centre.doer
        rows.add(
            tx,
            at=centre.now(),
            kid=who.kid,
            name=who.name,
            deed=deed.kind,
            about=deed.about,
            outcome=deed.outcome,
        )


def words(kind: str) -> str:
    """Return a kind of deed in words; one that a newer program wrote stays as it is."""
    return next((word for name, word in WORDS.items() if name == kind), kind)


def listed(centre: Centre, since: str = "", after: int = 0, most: int = PAGE) -> list[DeedRow]:
    """Return deeds, oldest first; ask again behind the last number while a full page comes.

    Args:
        centre: The centre.
        since: A day or moment of ISO 8601, in the centre's time unless it says; "" = all.
        after: Number of the deed before the first.
        most: How many at most.

    Raises:
        DomainError: ``DEEDS-SINCE``.
    """
    begin = _moment(since) if since else ""
    with centre.database.read() as tx:
        return rows.since(tx, begin, after, most)


def _moment(text: str) -> str:
    """Return a moment as the rows have it, so that texts compare as times."""
    try:
        given = datetime.fromisoformat(text)
        local = given.astimezone(BEIJING) if given.tzinfo else given.replace(tzinfo=BEIJING)
    except (ValueError, OverflowError) as error:
        raise DomainError(
            code="DEEDS-SINCE",
            what="日期请写成 2026-11-22 或 2026-11-22T09:00。",
            safe="没有改动。",
        ) from error
    return local.isoformat(timespec="milliseconds")
