# SPDX-License-Identifier: MulanPSL-2.0
"""Start-up reconciliation of database, journal and scans; finds, repairs, and says it in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select

from counter.domain.errors import KnownError
from counter.domain.journal_records import Tear
from counter.ports.blobs import StoredBlob
from counter.storage import tables as t
from counter.storage.blobs import EncryptedBlobs
from counter.storage.engine import Database
from counter.storage.journal import Journal
from counter.storage.meta import get_meta, put_meta
from counter.storage.outbox import LoggedOp
from counter.storage.replay import replay
from counter.storage.unit_of_work import JournalDesk, entry_of

ORPHAN_DAYS = 7
_BLOBS_EVERY = timedelta(hours=20)


def reconcile(
    database: Database,
    desk: JournalDesk,
    blobs: EncryptedBlobs,
    journal_identity: str,
    now: datetime,
) -> list[str]:
    """Bring database, journal and scans together again; an empty list when all agreed.

    A full or read-only disk does not stop the counter from opening: the words say it instead.
    """
    words: list[str] = []
    steps: tuple[Callable[[], list[str]], ...] = (
        lambda: _journal(database, desk, journal_identity),
        lambda: _scans(database, blobs, now),
    )
    for step in steps:
        try:
            words.extend(step())
        except KnownError as error:
            if error.code == "DB-DAMAGED":
                raise
            words.append(str(error))
    return words


def _journal(database: Database, desk: JournalDesk, journal_identity: str) -> list[str]:
    words: list[str] = []
    with database.reading() as connection:
        segment, epoch, seq = _mark(connection, desk.journal)
        heads: dict[int, int] = {}
        for row in connection.execute(select(t.heads.c.epoch, t.heads.c.seq)):
            heads[row.epoch] = max(heads.get(row.epoch, 0), row.seq)
    kept = set[tuple[int, int]]()
    for found in desk.journal.records(segment):
        if isinstance(found, Tear):
            words.append(
                f"收件流水第 {found.segment} 段有一处写了一半（位置 {found.offset}），已跳过，没有删除。"
            )
        else:
            kept.add((found.epoch, found.seq))
    ahead = sorted(p for p in kept if p[1] > heads.get(p[0], 0))
    if ahead:
        words.extend(_take_in(database, desk.journal, journal_identity, len(ahead)))
    with database.reading() as connection:
        missing = [
            op for op in _ops_after(connection, epoch, seq) if (op.epoch, op.seq) not in kept
        ]
        entries = [entry_of(connection, op) for op in missing]
    if entries and desk.journal.ready:
        desk.write(entries)
        words.append(f"有 {len(entries)} 个操作在数据库里而不在收件流水里，已补写。")
    if entries and not desk.journal.ready:
        return words
    top = max(heads.items(), default=(0, 0))
    mark = json.dumps([desk.journal.last_number(), *top])
    with database.reading() as connection:
        unchanged = get_meta(connection, "journal_mark") == mark
    if not unchanged:
        with database.transaction() as connection:
            put_meta(connection, "journal_mark", mark)
    return words


def _mark(connection: Connection, journal: Journal) -> tuple[int, int, int]:
    """Return (segment, epoch, seq) up to which journal and database agreed; zeros when unknown."""
    text = get_meta(connection, "journal_mark")
    numbers = {int(path.stem) for path in journal.segments()}
    segment, epoch, seq = json.loads(text) if text else (0, 0, 0)
    # A journal folder that was emptied or exchanged is filled again from the database.
    return (segment, epoch, seq) if segment in numbers else (0, 0, 0)


def _take_in(database: Database, journal: Journal, journal_identity: str, count: int) -> list[str]:
    """The journal has operations the database lacks (an older database was put back)."""
    with database.transaction() as connection:
        done = replay(connection, journal, journal_identity)
        put_meta(connection, "journal_ahead", str(done.unreadable))
    words = [f"收件流水比数据库多 {count} 个操作，可能放回过旧的数据库。"]
    if done.applied:
        words.append(f"已补回 {done.applied} 个，会重新上报，中心不会重复办理。")
    if done.unreadable:
        words.append(f"有 {done.unreadable} 个只有中心打得开，中心可凭收件流水恢复；流水没有删除。")
    return words


def _ops_after(connection: Connection, epoch: int, seq: int) -> list[LoggedOp]:
    o = t.outbox.c
    rows = connection.execute(
        select(o.op_id, o.epoch, o.seq, o.jws, o.deadline, o.not_before)
        .where(or_(o.epoch > epoch, (o.epoch == epoch) & (o.seq > seq)))
        .order_by(o.epoch, o.seq)
    ).all()
    return [
        LoggedOp(
            row.epoch,
            row.seq,
            row.jws,
            row.deadline,
            row.not_before,
            tuple(
                connection.scalars(
                    select(t.op_blobs.c.blob_id).where(t.op_blobs.c.op_id == row.op_id)
                )
            ),
        )
        for row in rows
    ]


def _scans(database: Database, blobs: EncryptedBlobs, now: datetime) -> list[str]:
    """Once a day: remove old orphans, and name the cases whose pages are missing."""
    with database.reading() as connection:
        last = get_meta(connection, "scans_checked_at")
        if last and abs(now - datetime.fromisoformat(last)) < _BLOBS_EVERY:
            return []
        rows = connection.execute(
            select(t.blobs.c.blob_id, t.blobs.c.key, t.blobs.c.size, t.blobs.c.media_type)
        )
        named = {blobs.name_of(StoredBlob(*row)): row.blob_id for row in rows}
        there = {path.name: path for path in blobs.all_files()}
        lost = [blob_id for name, blob_id in named.items() if name not in there]
        words = _lost_pages(connection, lost)
    limit = (now - timedelta(days=ORPHAN_DAYS)).timestamp()
    for name, path in there.items():
        if name not in named and path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)
    with database.transaction() as connection:
        put_meta(connection, "scans_checked_at", now.isoformat())
    return words


def _lost_pages(connection: Connection, lost: list[str]) -> list[str]:
    words: list[str] = []
    for blob_id in lost:
        owners = connection.execute(
            select(t.cases.c.receipt_no)
            .join(t.blob_refs, t.blob_refs.c.owner_id == t.cases.c.case_id)
            .where(t.blob_refs.c.blob_id == blob_id)
        ).all()
        whose = "、".join(sorted({row.receipt_no for row in owners})) or "一份草稿"
        words.append(f"{whose} 有一页扫描件的文件不见了，请重新扫描这一页。")
    return words
