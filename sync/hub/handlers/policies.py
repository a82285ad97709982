# SPDX-License-Identifier: MulanPSL-2.0
"""What the centre sets for its counters: all of them, those of a hall, those of a region."""

from __future__ import annotations

from typing import Any

from counter.domain.errors import DomainError
from sync.hub.centre import Centre
from sync.hub.handlers import deeds
from sync.hub.storage import feed, halls
from sync.protocol import policy


def set_policy(centre: Centre, name: str, body: dict[str, Any], *, where: str = "") -> int:
    """Set what counters go by, and return for how many halls; they get it before anything else.

    Args:
        centre: The centre.
        name: One of ``policy.POLICIES``.
        body: Its values.
        where: All counters, or those of one hall (its code) or of a region (the beginning of the
            region code); only of the policies in ``policy.OF_HALL``, and only halls there are now.

    Raises:
        DomainError: ``OFFICE-POLICY``: no such policy, a value outside its bounds, or not by hall;
            ``OFFICE-HALL``: no such hall or region.
    """
    found = policy.checked(name, body)
    if found is None or (where and name not in policy.OF_HALL):
        raise _error("OFFICE-POLICY", "没有这项规则，或者值不在允许的范围里。")
    values = found.model_dump(mode="json")
    with deeds.writing(centre, "policy.set") as (tx, deed):
        deed.about = name
        if not where:
            feed.put_singleton(tx, "policy", name, values, centre.now())
            return len(halls.all_halls(tx))
        meant = [h for h in halls.all_halls(tx) if h.hall_code == where or _lies_in(h, where)]
        if not meant:
            raise _error("OFFICE-HALL", "没有这个大厅或地区。")
        deed.about = f"{name}@{where}"
        for hall in meant:
            scope = feed.hall_scope(hall.hall_code)
            at = centre.now()
            feed.put_singleton(tx, "policy", policy.OF_HALL[name], values, at, scope=scope)
    return len(meant)


def list_policies(centre: Centre) -> list[dict[str, Any]]:
    """Return the rules that were set: for whom, by what name, which values."""
    with centre.database.read() as tx:
        return [
            {"scope": row.scope, "name": row.entity_id, "value": row.body}
            for row in feed.every(tx, "policy")
        ]


def _lies_in(hall: halls.Hall, region: str) -> bool:
    return region.isdigit() and hall.region.startswith(region)


def _error(code: str, what: str) -> DomainError:
    return DomainError(code=code, what=what, safe="没有改动。")
