# SPDX-License-Identifier: MulanPSL-2.0
"""Small facts the database keeps about itself and its device."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from counter.storage import tables as t

_DEVICE = select(t.meta).where(t.meta.c.name.in_(("device_id", "epoch")))


@dataclass(frozen=True)
class Device:
    """Whose operations this database numbers."""

    device_id: str
    epoch: int


def get_meta(connection: Connection, name: str, default: str = "") -> str:
    """Return a fact, or ``default``."""
    found = connection.scalar(select(t.meta.c.value).where(t.meta.c.name == name))
    return default if found is None else str(found)


def put_meta(connection: Connection, name: str, value: str) -> None:
    """Keep a fact."""
    connection.execute(
        upsert(t.meta)
        .values(name=name, value=value)
        .on_conflict_do_update(index_elements=["name"], set_={"value": value})
    )


def get_device(connection: Connection) -> Device | None:
    """Return the enrolled device, ``None`` before enrolment."""
    rows = connection.execute(_DEVICE)
    facts = {row.name: row.value for row in rows}
    return Device(facts["device_id"], int(facts["epoch"])) if facts.get("device_id") else None


def dumps(value: object) -> str:
    """Return compact JSON with Chinese as it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def loads_list(text: str) -> list[str]:
    """Return the list of texts kept as JSON."""
    value: list[str] = json.loads(text)
    return value


def loads(text: str) -> dict[str, Any]:
    """Return the object kept by ``dumps``."""
    value: dict[str, Any] = json.loads(text)
    return value
