# SPDX-License-Identifier: MulanPSL-2.0
"""Pages of the change feed (§6)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from counter.domain.canonical import sha256_hex
from counter.domain.signing import sign_json
from sync.hub.centre import Centre
from sync.hub.handlers import leases
from sync.hub.storage import feed
from sync.hub.storage.engine import Tx
from sync.hub.storage.halls import Device
from sync.protocol import errors
from sync.protocol.errors import ProblemError
from sync.protocol.wire import PAGE_TYP, FeedRecord, PullPage

_FRAME = 2048  # room for cursor, checksums and the frame of a page
# What goes first on a bad line (§6): revocations, keys, policy; results; reference; cases, which
# take the names of their items. The empty lane is for every kind not named.
LANES: tuple[tuple[str, ...], ...] = (("revocation", "key", "policy"), ("result",), (), ("case",))
_SPECIAL = tuple(kind for lane in LANES for kind in lane)


@dataclass(frozen=True)
class Place:
    """A place in the feed: how far each lane is, and the newest change when it began.

    One that began behind a forgotten tombstone has not missed it, however far it is.
    """

    base: int
    reached: tuple[int, ...]


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
    leases.top_up(centre, device)
    mark = _mark(centre, wanted)
    with centre.database.read() as tx:
        newest = feed.head(tx)
        place = _read_cursor(cursor, mark, newest)
        if max(place.reached) > newest:
            raise ProblemError(410, errors.CURSOR_GONE, "同步位置比中心还新，请重新取全部数据。")
        if min(max(reached, place.base) for reached in place.reached) < feed.floor(tx):
            raise ProblemError(410, errors.CURSOR_GONE, "同步位置太旧，请重新取全部数据。")
        records, reached, more = _collect(centre, tx, place, wanted, limit)
        end = Place(place.base, reached if more else (newest,) * len(reached))
        sums = {} if more else {scope: feed.checksum(tx, scope) for scope in wanted}
    return PullPage(
        records=tuple(records),
        cursor=_write_cursor(end, mark),
        more=more,
        checksums=sums,
        server_time=centre.now(),
    )


def _collect(
    centre: Centre, tx: Tx, place: Place, scopes: Sequence[str], limit: int
) -> tuple[list[FeedRecord], tuple[int, ...], bool]:
    """Return the records of a page, how far each lane is after it, and whether more is there."""
    records: list[FeedRecord] = []
    reached = list(place.reached)
    size = _FRAME
    for number, kinds in enumerate(LANES):
        left = limit - len(records) + 1
        for row in feed.after(tx, place.reached[number], scopes, left, kinds, _SPECIAL):
            record = FeedRecord.model_validate(row._asdict())
            size += len(record.model_dump_json().encode()) + 1
            full = len(records) == limit or (records and size > centre.limits.page_bytes)
            if full:
                return records, tuple(reached), True
            records.append(record)
            reached[number] = row.change_no
    return records, tuple(reached), False


def page_signature(centre: Centre, body: bytes, cursor: str, *, asked: bytes = b"") -> str:
    """Return the value of the header Centre-Signature for a body.

    ``asked`` is the content of the question as it travelled: an answer signed with its hash cannot
    be shown as the answer to another one.
    """
    payload = {"sha256": sha256_hex(body), "cursor": cursor}
    if asked:
        payload["asked"] = sha256_hex(asked)
    return sign_json(dict(payload), centre.keys.signing, PAGE_TYP)


def cursor_at(centre: Centre, change_no: int, scopes: Sequence[str]) -> str:
    """Return the cursor behind a change for these scopes."""
    place = Place(change_no, (change_no,) * len(LANES))
    return _write_cursor(place, _mark(centre, sorted(scopes)))


def _mark(centre: Centre, scopes: Sequence[str]) -> str:
    digest = hashlib.sha256("\n".join(scopes).encode()).hexdigest()[:12]
    return f"{centre.feed_epoch}.{digest}"


def _write_cursor(place: Place, mark: str) -> str:
    value = [mark, place.base, *place.reached]
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _read_cursor(cursor: str, mark: str, newest: int) -> Place:
    if not cursor:
        return Place(newest, (0,) * len(LANES))
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        found, base, *reached = json.loads(raw)
        place = Place(int(base), tuple(int(number) for number in reached))
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise ProblemError(410, errors.CURSOR_GONE, "同步位置读不懂，请重新取全部数据。") from error
    sane = all(0 <= number < 2**62 for number in (place.base, *place.reached))
    if found != mark or len(place.reached) != len(LANES) or not sane:
        raise ProblemError(410, errors.CURSOR_GONE, "同步位置已失效，请重新取全部数据。")
    return place
