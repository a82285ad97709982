# SPDX-License-Identifier: MulanPSL-2.0
"""Offline sign-in: the vault proves the password, the lease says whether kept data may be read."""

from __future__ import annotations

from datetime import datetime, timedelta

from counter.app.session import Session
from counter.app.timekeeping import ANCHOR, CENTRE
from counter.app.timekeeping import KIND as CLOCK
from counter.domain.errors import NotAllowedError
from counter.domain.ids import uuid7
from counter.ports.clock import Clock
from counter.ports.storage import Reference
from counter.security import device
from counter.security.vault import NewOperator

LEASE_DAYS = 14
POLICY = ("policy", "lease")  # {"days": n}, pushed by the centre


def store_operator(reference: Reference, person: NewOperator) -> None:
    """Keep a first operator until the centre's list arrives; no password."""
    reference.put(
        "operator",
        person.operator_id,
        "",
        {
            "operator_id": person.operator_id,
            "name": person.name,
            "job_no": person.job_no,
            "roles": sorted(person.roles),
            "active": True,
        },
    )


def begin_session(reference: Reference, operator_id: str, clock: Clock) -> Session:
    """Return the session of an operator whose password has just opened the vault.

    Raises:
        NotAllowedError: ``OPERATOR-OFF`` if the hall has stopped this account.
    """
    row = next((o for o in reference.operators() if o.operator_id == operator_id), None)
    if row is None or not row.active:
        raise NotAllowedError(
            code="OPERATOR-OFF",
            what="这个账号已经停用。",
            safe="您以前收的办件都还在，会照常上传。",
            todo="请找值班长。",
        )
    now, until = clock.now(), lease_until(reference)
    return Session(
        session_id=uuid7(),
        operator_id=row.operator_id,
        name=row.name,
        job_no=row.job_no,
        roles=row.roles,
        authn="offline",
        signed_in_at=now.isoformat(),
        lease_until=until.isoformat() if until is not None else "",
        reading=lease_holds(reference, now, until),
    )


def lease_until(reference: Reference) -> datetime | None:
    """Return until when reading is open: the last word from the centre plus the lease."""
    last = str((reference.get(CLOCK, CENTRE) or {}).get("centre_time", ""))
    if not last:
        last = str((reference.get(device.KIND, device.ENTITY) or {}).get("enrolled_at", ""))
    if not last:
        return None
    days = int((reference.get(*POLICY) or {}).get("days", LEASE_DAYS))
    return datetime.fromisoformat(last) + timedelta(days=days)


def lease_holds(reference: Reference, now: datetime, until: datetime | None) -> bool:
    """Tell whether the lease holds; setting the clock back does not lengthen it."""
    if until is None:
        return False
    latest = now
    anchor = reference.get(CLOCK, ANCHOR)
    if anchor:
        latest = max(latest, datetime.fromisoformat(anchor["wall"]))
    return latest <= until
