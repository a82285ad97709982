# SPDX-License-Identifier: MulanPSL-2.0
"""Halls, enrolment codes, devices and their keys, operators and their history."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Row, and_, bindparam, func, insert, select, update

from sync.hub.storage import tables as t
from sync.hub.storage.engine import Tx
from sync.hub.storage.pending import forget, remember
from sync.hub.storage.prepared import Prepared


@dataclass(frozen=True)
class Hall:
    """A service hall."""

    hall_code: str
    name: str
    region: str
    phone: str
    supervise_phone: str
    address: str
    training: bool


@dataclass(frozen=True)
class Code:
    """An enrolment code; only its hash is kept."""

    code_hash: str
    hall_code: str
    counter_no: int
    expires_at: str
    used_at: str
    used_by: str
    reply: str


def window_name(counter_no: int) -> str:
    """Return the name of a window of a hall."""
    return f"{counter_no}号窗口"


@dataclass(frozen=True)
class Device:
    """An enrolled counter; ``home`` is the hall it was first enrolled for, where its rows are."""

    device_id: str
    hall_code: str
    counter_no: int
    name: str
    epoch: int
    revoked_at: str
    enrolled_at: str
    home: str = ""

    @property
    def window(self) -> str:
        """Name of its window, as the counter itself shows it."""
        return window_name(self.counter_no)


@dataclass(frozen=True)
class DeviceKey:
    """A key a device signs with."""

    kid: str
    device_id: str
    public_key: str
    epoch: int


@dataclass(frozen=True)
class OperatorState:
    """An operator as of ``since``."""

    operator_id: str
    rev: int
    since: str
    hall_code: str
    name: str
    job_no: str
    roles: tuple[str, ...]
    active: bool


_DEVICE = Prepared(
    select(*(t.devices.c[one.name] for one in fields(Device))).where(
        t.devices.c.device_id == bindparam("asked")
    )
)
_KEY = Prepared(
    select(*(t.device_keys.c[one.name] for one in fields(DeviceKey))).where(
        t.device_keys.c.kid == bindparam("asked")
    )
)


def put_hall(tx: Tx, hall: Hall) -> None:
    """Add a hall, or change its texts."""
    forget(tx)
    values = dict(vars(hall))
    found = tx.execute(
        update(t.halls).where(t.halls.c.hall_code == hall.hall_code).values(**values)
    )
    if not found.rowcount:
        tx.execute(insert(t.halls).values(**values))


def hall(tx: Tx, hall_code: str) -> Hall | None:
    """Return one hall."""
    row = tx.execute(select(t.halls).where(t.halls.c.hall_code == hall_code)).first()
    return Hall(**row._asdict()) if row else None


def all_halls(tx: Tx) -> list[Hall]:
    """Return every hall."""
    return [Hall(**row._asdict()) for row in tx.execute(select(t.halls))]


def add_code(tx: Tx, code: Code) -> None:
    """Keep a new enrolment code."""
    tx.execute(insert(t.enrol_codes).values(**vars(code)))


def code(tx: Tx, code_hash: str) -> Code | None:
    """Find an enrolment code by its hash."""
    where = t.enrol_codes.c.code_hash == code_hash
    row = tx.execute(select(t.enrol_codes).where(where)).first()
    return Code(**row._asdict()) if row else None


def use_code(tx: Tx, code_hash: str, *, at: str, by: str, reply: str) -> None:
    """Mark a code as used, with the answer that was given for it."""
    tx.execute(
        update(t.enrol_codes)
        .where(t.enrol_codes.c.code_hash == code_hash)
        .values(used_at=at, used_by=by, reply=reply)
    )


def device(tx: Tx, device_id: str) -> Device | None:
    """Return a device."""

    def ask() -> Device | None:
        row = _DEVICE.first(tx, asked=device_id)
        return Device(*row) if row else None

    return remember(tx, ("device", device_id), ask, share=True)


def all_devices(tx: Tx) -> list[Device]:
    """Return every device."""
    return [Device(**row._asdict()) for row in tx.execute(select(t.devices))]


def put_device(tx: Tx, entry: Device, key: DeviceKey) -> None:
    """Write a device after enrolment, with its (new) key."""
    forget(tx)
    values = dict(vars(entry))
    del values["home"]
    where = t.devices.c.device_id == entry.device_id
    if not tx.execute(update(t.devices).where(where).values(**values)).rowcount:
        tx.execute(insert(t.devices).values(**values, home=entry.home or entry.hall_code))
    tx.execute(insert(t.device_keys).values(**vars(key)))


def set_epoch(tx: Tx, device_id: str, epoch: int) -> None:
    """Note the newest epoch of a device."""
    forget(tx)
    where = t.devices.c.device_id == device_id
    tx.execute(update(t.devices).where(where).values(epoch=epoch))


def revoke_device(tx: Tx, device_id: str, at: str) -> bool:
    """Revoke; return whether there was such a device."""
    forget(tx)
    where = t.devices.c.device_id == device_id
    return bool(tx.execute(update(t.devices).where(where).values(revoked_at=at)).rowcount)


def key(tx: Tx, kid: str) -> DeviceKey | None:
    """Find a device key by its id."""

    def ask() -> DeviceKey | None:
        row = _KEY.first(tx, asked=kid)
        return DeviceKey(*row) if row else None

    return remember(tx, ("key", kid), ask, share=True)


def keys_of(tx: Tx, device_id: str) -> list[DeviceKey]:
    """Return the keys of a device, oldest first."""
    k = t.device_keys
    rows = tx.execute(select(k).where(k.c.device_id == device_id).order_by(k.c.epoch))
    return [DeviceKey(**row._asdict()) for row in rows]


def _operator(row: Row[Any]) -> OperatorState:
    values = dict(row._asdict())
    values["roles"] = tuple(values["roles"])
    return OperatorState(**values)


def put_operator(tx: Tx, state: OperatorState) -> None:
    """Append a state of an operator."""
    forget(tx)
    tx.execute(insert(t.operator_states).values(**{**vars(state), "roles": list(state.roles)}))


def operator_history(tx: Tx, operator_id: str) -> list[OperatorState]:
    """Return all states of an operator, oldest first."""

    def ask() -> list[OperatorState]:
        s = t.operator_states
        rows = tx.execute(select(s).where(s.c.operator_id == operator_id).order_by(s.c.rev))
        return [_operator(row) for row in rows]

    return remember(tx, ("operator", operator_id), ask, share=True)


def operators(tx: Tx) -> list[OperatorState]:
    """Return the present state of every operator."""
    s = t.operator_states
    last = select(s.c.operator_id, func.max(s.c.rev).label("rev")).group_by(s.c.operator_id)
    newest = last.subquery()
    rows = tx.execute(
        select(s)
        .join(newest, and_(s.c.operator_id == newest.c.operator_id, s.c.rev == newest.c.rev))
        .order_by(s.c.job_no)
    )
    return [_operator(row) for row in rows]
