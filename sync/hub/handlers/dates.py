# SPDX-License-Identifier: MulanPSL-2.0
"""What a case tells of its dates; for a 收件 worked out before it holds the sequencer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from counter.domain.calendar import WorkCalendar
from counter.domain.case import CaseState
from counter.domain.case_clock import case_dates
from counter.domain.case_life import CaseLife
from counter.domain.catalog import Item
from counter.domain.materials import GivenMaterial
from sync.hub.storage.engine import Tx
from sync.hub.storage.pending import foresee, foreseen


@dataclass(frozen=True)
class Basis:
    """All that the dates of a case follow from."""

    state: CaseState
    life: CaseLife
    item: Item
    materials: tuple[GivenMaterial, ...]
    calendar: WorkCalendar

    def same(self, other: Basis) -> bool:
        """Tell whether they are the very same; big ones by identity."""
        here = (self.item, self.materials, self.calendar)
        there = (other.item, other.materials, other.calendar)
        same = all(one is two for one, two in zip(here, there, strict=True))
        return same and self.state is other.state and self.life == other.life


@dataclass(frozen=True)
class Dates:
    """Fields of a view, and what they follow from."""

    basis: Basis
    fields: dict[str, Any]


def work_out(basis: Basis) -> Dates:
    """Return what a case tells of its dates."""
    dates = case_dates(basis.state, basis.life, basis.item, basis.materials, basis.calendar)
    fields: dict[str, Any] = {
        "clocks": [clock.model_dump(mode="json") for clock in dates.running],
        "deemed_on": dates.deemed_on,
    }
    if any(clock.kind == "promise" for clock in dates.running):
        fields["promise_date"] = dates.due_of("promise")
    return Dates(basis, fields)


def keep(tx: Tx, case_id: str, dates: Dates) -> None:
    """Keep what was worked out for the judging of this case."""
    foresee(tx, ("dates", case_id), dates)


def fields_of(tx: Tx, case_id: str, basis: Basis) -> dict[str, Any]:
    """Return what a case tells of its dates now."""
    found = foreseen(tx, ("dates", case_id))
    if isinstance(found, Dates) and found.basis.same(basis):
        return found.fields
    return work_out(basis).fields
