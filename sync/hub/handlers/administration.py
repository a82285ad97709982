# SPDX-License-Identifier: MulanPSL-2.0
"""Looking after the hub itself: keys of its people, devices, number blocks, what is published."""

from __future__ import annotations

import re
from typing import Any, Literal

from counter.domain.errors import DomainError
from counter.domain.ids import uuid7
from counter.domain.signing import SigningKey
from sync.hub.centre import Centre
from sync.hub.handlers import deeds, policies, redate
from sync.hub.storage import admins, blocks, halls
from sync.hub.storage.admins import AdminKey

ROLES = ("office", "admin")
_HALL_CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{5}")
_REGION = re.compile(r"[0-9]{6}([0-9]{6})?")
HallRole = Literal["clerk", "helper", "leader"]


def new_admin_key(centre: Centre, name: str, roles: tuple[str, ...]) -> SigningKey:
    """Make and register a key for a person; the private part is returned and kept nowhere here.

    Raises:
        DomainError: ``ADMIN-KEY``: no name, or an unknown role.
    """
    if not name.strip() or not roles or not set(roles) <= set(ROLES):
        words = f"要写明姓名和权限（{'、'.join(ROLES)}）。"
        raise DomainError(code="ADMIN-KEY", what=words, safe="没有改动。")
    key = SigningKey.generate(f"admin-{uuid7()}")
    with deeds.writing(centre, "admin.add") as (tx, deed):
        admins.add(tx, AdminKey(key.kid, name, key.public_hex, roles, centre.now()))
        deed.about = key.kid
    return key


def revoke_admin_key(centre: Centre, kid: str) -> None:
    """Revoke a key of the back office.

    Raises:
        DomainError: ``ADMIN-KEY``: no such key.
    """
    with deeds.writing(centre, "admin.revoke") as (tx, deed):
        if not admins.revoke(tx, kid, centre.now()):
            raise DomainError(code="ADMIN-KEY", what="没有这把钥匙。", safe="没有改动。")
        deed.about = kid


def list_admin_keys(centre: Centre) -> list[dict[str, Any]]:
    """Return the keys of the back office, without anything secret."""
    with centre.database.read() as tx:
        return [{**vars(key), "roles": list(key.roles)} for key in admins.every(tx)]


def put_hall(centre: Centre, hall: halls.Hall) -> None:
    """Register a hall, or change it: what was set for its region reaches it now.

    Its counters get changed texts when they are enrolled again. In another region the days of open
    cases are computed again, by the holidays there.

    Raises:
        DomainError: ``HALL-FORM``: no hall code, or no region code; ``HALL-TRAINING``: a hall for
            training never becomes a real one, nor the other way.
    """
    if not (_HALL_CODE.fullmatch(hall.hall_code) and _REGION.fullmatch(hall.region)):
        raise DomainError(
            code="HALL-FORM",
            what="大厅代码是 5 位数字和大写字母（没有 I、L、O、U），区划代码是 6 位或 12 位数字。",
            safe="没有改动。",
        )
    with deeds.writing(centre, "hall.put") as (tx, deed):
        deed.about = hall.hall_code
        before = halls.hall(tx, hall.hall_code)
        if before == hall:
            deed.outcome = ""
            return
        if before is not None and before.training != hall.training:
            words = "练习大厅和正式大厅不能互换。"
            raise DomainError(code="HALL-TRAINING", what=words, safe="没有改动。")
        halls.put_hall(tx, hall)
        if before is None or before.region != hall.region:
            policies.reach(centre, tx, hall)
        if before is not None and before.region != hall.region:
            redate.redate_cases(centre, tx)


def list_halls(centre: Centre) -> list[halls.Hall]:
    """Return the registered halls."""
    with centre.database.read() as tx:
        return halls.all_halls(tx)


def list_operators(centre: Centre) -> list[dict[str, Any]]:
    """Return the people of all halls as they are now."""
    with centre.database.read() as tx:
        return [{**vars(state), "roles": list(state.roles)} for state in halls.operators(tx)]


def list_devices(centre: Centre) -> list[dict[str, Any]]:
    """Return the enrolled devices."""
    with centre.database.read() as tx:
        return [dict(vars(device)) for device in halls.all_devices(tx)]


def list_blocks(centre: Centre) -> list[dict[str, Any]]:
    """Return the leased number blocks: whose, which numbers, how many are bound."""
    with centre.database.read() as tx:
        return [
            {**row.block.model_dump(), "device_id": row.device_id, "used": row.used}
            for row in blocks.every(tx)
        ]
