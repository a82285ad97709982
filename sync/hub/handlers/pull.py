# SPDX-License-Identifier: MulanPSL-2.0
"""Pages of the change feed (§6)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence

from counter.domain.canonical import sha256_hex
from counter.domain.signing import sign_json
from sync.hub.centre import Centre
from sync.hub.storage import feed
from sync.hub.storage.halls import Device
from sync.protocol import errors
from sync.protocol.errors import ProblemError
from sync.protocol.wire import PAGE_TYP, FeedRecord, PullPage

_FRAME = 2048  # room for cursor, checksums and the frame of a page


def scopes_of(device: Device) -> tuple[str, ...]:
    """Return the scopes a device may pull."""
    return (
        feed.device_scope(device.device_id),
        feed.hall_scope(device.hall_code),
        feed.REFERENCE,
    )


def pull(
    centre: Centre, device: Device, *, cursor: str, scopes: Sequence[str], limit: int
) -> PullPage:
    """Return the page behind ``cursor`` ("" = from the beginning) for these scopes.

    A cursor belongs to the scopes it was made for.

    Raises:
        ProblemError: 403 for a scope of others, 410 for a cursor this feed cannot continue.
    """
    allowed = scopes_of(device)
    wanted = tuple(sorted(set(scopes))) or tuple(sorted(allowed))
    if not set(wanted) <= set(allowed):
        raise ProblemError(403, errors.SCOPE, "这台设备不能取这个范围的数据。")
    mark = _mark(centre, wanted)
    start = _read_cursor(cursor, mark)
    with centre.database.read() as tx:
        newest = feed.head(tx)
        if start > newest:
            raise ProblemError(410, errors.CURSOR_GONE, "同步位置比中心还新，请重新取全部数据。")
        rows = feed.after(tx, start, wanted, limit + 1)
        records: list[FeedRecord] = []
        size = _FRAME
        for row in rows[:limit]:
            record = FeedRecord(
                change_no=row.change_no,
                action=row.action,
                scope=row.scope,
                kind=row.kind,
                entity_id=row.entity_id,
                rev=row.rev,
                body=row.body,
            )
            size += len(record.model_dump_json().encode()) + 1
            if records and size > centre.limits.page_bytes:
                break
            records.append(record)
        more = len(records) < len(rows)
        end = records[-1].change_no if more else newest
        sums = {} if more else {scope: feed.checksum(tx, scope) for scope in wanted}
    return PullPage(
        records=tuple(records),
        cursor=_write_cursor(end, mark),
        more=more,
        checksums=sums,
        server_time=centre.now(),
    )


def page_signature(centre: Centre, body: bytes, cursor: str, *, asked: bytes = b"") -> str:
    """Return the value of the header Centre-Signature for a body.

    ``asked`` is the content of the question as it travelled: an answer signed with its hash cannot
    be shown as the answer to another one.
    """
    payload = {"sha256": sha256_hex(body), "cursor": cursor}
    if asked:
        payload["asked"] = sha256_hex(asked)
    return sign_json(dict(payload), centre.keys.signing, PAGE_TYP)


def _mark(centre: Centre, scopes: Sequence[str]) -> str:
    digest = hashlib.sha256("\n".join(scopes).encode()).hexdigest()[:12]
    return f"{centre.feed_epoch}.{digest}"


def _write_cursor(change_no: int, mark: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([mark, change_no]).encode()).decode().rstrip("=")


def _read_cursor(cursor: str, mark: str) -> int:
    if not cursor:
        return 0
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        found, change_no = json.loads(raw)
        start = int(change_no)
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise ProblemError(410, errors.CURSOR_GONE, "同步位置读不懂，请重新取全部数据。") from error
    if found != mark or not 0 <= start < 2**62:
        raise ProblemError(410, errors.CURSOR_GONE, "同步位置已失效，请重新取全部数据。")
    return start
