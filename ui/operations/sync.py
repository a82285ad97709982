# SPDX-License-Identifier: MulanPSL-2.0
"""The queue to the centre: read it, push it, close what a person decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from counter.app.commands import CloseIssue

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from counter.app.commands import Done
    from counter.app.queries import CaseRow, Queries
    from counter.ports.sync_store import OutboxRow, QueueCounts
    from ui.operations.desk import Desk
    from ui.runner import Latest

_QUEUE_LIMIT = 500
_LOOK_BACK = 30
_HISTORY = 6


@dataclass(frozen=True)
class Queue:
    """What the sync screen shows of the store."""

    rows: tuple[OutboxRow, ...]
    counts: QueueCounts
    settled: tuple[CaseRow, ...]


def _queue(q: Queries) -> Queue:
    recent = q.cases(limit=_LOOK_BACK).rows
    settled = [row for row in recent if row.delivery not in {"local", "exported"}]
    return Queue(tuple(q.outbox(_QUEUE_LIMIT)), q.counts(), tuple(settled[:_HISTORY]))


def load(
    desk: Desk,
    on_done: Callable[[Queue], object],
    on_error: Callable[[BaseException], object] | None = None,
    *,
    owner: QObject | None = None,
    latest: Latest | None = None,
) -> None:
    """Read the queue, its numbers, and what was settled last."""
    desk.read(_queue, on_done, on_error, owner=owner, latest=latest)


def send_now(desk: Desk, *, pages: bool = False) -> None:
    """立即发送: try every lane now, returns at once; ``pages``: 图片也现在发."""
    desk.line.kick(pages=pages)


def set_link(desk: Desk, *, enabled: bool) -> None:
    """Unplug or plug the line of the training hall; does nothing anywhere else."""
    if desk.line.training:
        desk.line.set_link(enabled=enabled)


def close_issue(
    desk: Desk,
    op_id: str,
    reason: str,
    on_done: Callable[[Done], object],
    on_error: Callable[[BaseException], object] | None = None,
    *,
    owner: QObject | None = None,
) -> None:
    """Close an item of 要处理 with the reason; the operation itself stays."""
    desk.write(CloseIssue(op_id, reason), on_done, on_error, owner=owner)
