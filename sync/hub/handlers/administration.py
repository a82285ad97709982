# SPDX-License-Identifier: MulanPSL-2.0
"""Looking after the hub itself: keys of its people, devices, number blocks, what is published."""

from __future__ import annotations

from typing import Any, Literal

from counter.domain.errors import DomainError
from counter.domain.ids import uuid7
from counter.domain.signing import SigningKey
from sync.hub.centre import Centre
from sync.hub.handlers import deeds
from sync.hub.storage import admins, blocks, halls
from sync.hub.storage.admins import AdminKey

ROLES = ("office", "admin")
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
