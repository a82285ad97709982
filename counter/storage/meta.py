# SPDX-License-Identifier: MulanPSL-2.0
"""Small facts the database keeps about itself and its device."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects.sqlite import insert as upsert

from counter.storage import tables as t

# Built once, see repositories.
_DEVICE = select(t.meta).where((t.meta.c.name == "device_id") | (t.meta.c.name == "epoch"))
_FACT = select(t.meta.c.value).where(t.meta.c.name == bindparam("name"))
_NEW = upsert(t.meta)
_PUT = _NEW.on_conflict_do_update(index_elements=["name"], set_={"value": _NEW.excluded.value})


@dataclass(frozen=True)
class Device:
    """Whose operations this database numbers."""

    device_id: str
    epoch: int


def get_meta(connection: Connection, name: str, default: str = "") -> str:
    """Return a fact, or ``default``."""
    found = connection.scalar(_FACT, {"name": name})
    return default if found is None else str(found)


def put_meta(connection: Connection, name: str, value: str) -> None:
    """Keep a fact."""
    connection.execute(_PUT, {"name": name, "value": value})


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
