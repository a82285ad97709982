# SPDX-License-Identifier: MulanPSL-2.0
"""What the centre sets for its counters: all of them, those of a hall, those of a region."""

from __future__ import annotations

from typing import Any

from counter.domain.errors import DomainError
from sync.hub.centre import Centre
from sync.hub.handlers import deeds
from sync.hub.storage import area_rules, feed, halls
from sync.hub.storage.area_rules import AreaRule
from sync.hub.storage.engine import Tx
from sync.protocol import policy


def set_policy(centre: Centre, name: str, body: dict[str, Any], *, where: str = "") -> int:
    """Set what counters go by, and return for how many halls; they get it before anything else.

    Args:
        centre: The centre.
        name: One of ``policy.POLICIES``.
        body: Its values.
        where: All counters, or those of one hall (its code) or of a region (the beginning of the
            region code), those registered later too; only of the policies in ``policy.OF_HALL``.

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
        rule = AreaRule(name, where, values)
        meant = [hall for hall in halls.all_halls(tx) if rule.reaches(hall)]
        if not meant:
            raise _error("OFFICE-HALL", "没有这个大厅或地区。")
        deed.about = f"{name}@{where}"
        area_rules.put(tx, rule)
        for hall in meant:
            _tell(centre, tx, hall, rule)
    return len(meant)


def reach(centre: Centre, tx: Tx, hall: halls.Hall) -> None:
    """Give a hall that is new, or has moved, what was set for where it is: the newest of each name."""
    newest = {rule.name: rule for rule in area_rules.every(tx) if rule.reaches(hall)}
    for rule in newest.values():
        _tell(centre, tx, hall, rule)


def _tell(centre: Centre, tx: Tx, hall: halls.Hall, rule: AreaRule) -> None:
    scope, name = feed.hall_scope(hall.hall_code), policy.OF_HALL[rule.name]
    feed.put_singleton(tx, "policy", name, rule.body, centre.now(), scope=scope)


def list_policies(centre: Centre) -> list[dict[str, Any]]:
    """Return the rules that were set: for whom, by what name, which values.

    Scope ``area:…`` is what a hall or region was given and a new hall there will get; the others
    are what the counters go by now.
    """
    with centre.database.read() as tx:
        areas = [
            {"scope": f"area:{rule.area}", "name": rule.name, "value": rule.body}
            for rule in area_rules.every(tx)
        ]
        return areas + [
            {"scope": row.scope, "name": row.entity_id, "value": row.body}
            for row in feed.every(tx, "policy")
        ]


def _error(code: str, what: str) -> DomainError:
    return DomainError(code=code, what=what, safe="没有改动。")
