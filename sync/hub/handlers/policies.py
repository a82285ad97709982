# SPDX-License-Identifier: MulanPSL-2.0
"""What the centre sets for its counters: all of them, those of a hall, those of a region."""

from __future__ import annotations

from collections.abc import Sequence
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
        body: Its values; {} with ``where`` takes back what was set for exactly there.
        where: All counters, or those of one hall (its code) or of a region (the beginning of the
            region code), those registered later too; only of the policies in ``policy.OF_HALL``.

    Raises:
        DomainError: ``OFFICE-POLICY``: no such policy, a value outside its bounds, or not by hall;
            ``OFFICE-HALL``: no such hall or region, or nothing was set for it.
    """
    found = policy.checked(name, body)
    if found is None or (where and name not in policy.OF_HALL):
        raise _error("OFFICE-POLICY", "没有这项规则，或者值不在允许的范围里。")
    if where and not body:
        return _withdraw(centre, name, where)
    values = found.model_dump(mode="json")
    with deeds.writing(centre, "policy.set") as (tx, deed):
        deed.about = name
        if not where:
            feed.put_singleton(tx, "policy", name, values, centre.now())
            return len(halls.all_halls(tx))
        rule = AreaRule(name, where, values)
        if not any(rule.reaches(hall) for hall in halls.all_halls(tx)):
            raise _error("OFFICE-HALL", "没有这个大厅或地区。")
        deed.about = f"{name}@{where}"
        area_rules.put(tx, rule)
        return _tell(centre, tx, rule)


def _withdraw(centre: Centre, name: str, where: str) -> int:
    """Take back what was set for exactly this hall or region; what was set beside it counts again."""
    with deeds.writing(centre, "policy.withdraw") as (tx, deed):
        deed.about = name
        rule = next((r for r in area_rules.every(tx) if (r.name, r.area) == (name, where)), None)
        if rule is None:
            raise _error("OFFICE-HALL", "没有给这个大厅或地区定过这项规则。")
        deed.about = f"{name}@{where}"
        area_rules.remove(tx, rule)
        return _tell(centre, tx, rule)


def _tell(centre: Centre, tx: Tx, changed: AreaRule) -> int:
    """Tell the halls that a rule reaches what they go by now; return how many they are."""
    meant = [hall for hall in halls.all_halls(tx) if changed.reaches(hall)]
    rules = area_rules.every(tx)
    for hall in meant:
        _settle(centre, tx, hall, changed.name, rules)
    return len(meant)


def reach(centre: Centre, tx: Tx, hall: halls.Hall) -> None:
    """Give a hall that is new, or has moved, what was set for where it is."""
    rules = area_rules.every(tx)
    for name in policy.OF_HALL:
        _settle(centre, tx, hall, name, rules)


def _settle(centre: Centre, tx: Tx, hall: halls.Hall, name: str, rules: Sequence[AreaRule]) -> None:
    """Put the newest rule that reaches a hall; without any the general one counts there."""
    scope, entity_id, now = feed.hall_scope(hall.hall_code), policy.OF_HALL[name], centre.now()
    mine = [rule for rule in rules if rule.name == name and rule.reaches(hall)]
    if mine:
        feed.put_singleton(tx, "policy", entity_id, mine[-1].body, now, scope=scope)
        return
    asked, names = feed.ask_put(scope, "policy", entity_id)
    before = asked.first(tx, **names)
    if before and before[1] == "put":
        gone = feed.Change(scope, "policy", entity_id, int(before[0]) + 1, {}, now, "leave")
        feed.put(tx, gone)


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
