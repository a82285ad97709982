# SPDX-License-Identifier: MulanPSL-2.0
"""Rules that were set for a hall or a region, in the order in which they were set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select

from sync.hub.storage.admin_tables import area_rules
from sync.hub.storage.engine import Tx
from sync.hub.storage.halls import Hall


@dataclass(frozen=True)
class AreaRule:
    """The newest rule of a name for an area."""

    name: str
    area: str
    body: dict[str, Any]

    def reaches(self, hall: Hall) -> bool:
        """Tell whether it is for this hall: by its code, or by the region it lies in."""
        return hall.hall_code == self.area or (
            self.area.isdigit() and hall.region.startswith(self.area)
        )


def put(tx: Tx, rule: AreaRule) -> None:
    """Keep a rule; it is now the newest of all."""
    last = tx.scalar(select(func.max(area_rules.c.set_no))) or 0
    remove(tx, rule)
    tx.execute(insert(area_rules).values(**vars(rule), set_no=last + 1))


def remove(tx: Tx, rule: AreaRule) -> None:
    """Take a rule away."""
    r = area_rules.c
    tx.execute(delete(area_rules).where(r.name == rule.name, r.area == rule.area))


def every(tx: Tx) -> list[AreaRule]:
    """Return all rules, the oldest first."""
    r = area_rules.c
    rows = tx.execute(select(r.name, r.area, r.body).order_by(r.set_no))
    return [AreaRule(**row._asdict()) for row in rows]
