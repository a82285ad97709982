# SPDX-License-Identifier: MulanPSL-2.0
"""What several handlers need about a case: find it, note an event."""

from __future__ import annotations

from counter.app.work import Work
from counter.domain.errors import DomainError
from counter.ports.storage import CaseEventRow, CaseRecord


def case_of(work: Work, case_id: str) -> CaseRecord:
    """Return the case.

    Raises:
        DomainError: ``CASE-NONE`` if this counter does not have it.
    """
    case = work.uow.cases.get(case_id)
    if case is None:
        raise DomainError(code="CASE-NONE", what="本机没有这个办件。", safe="没有改动。")
    return case


def note_event(work: Work, case_id: str, what: str, why: str = "") -> None:
    """Add a line of this counter to the case's timeline."""
    work.uow.cases.add_event(
        CaseEventRow(
            case_id=case_id,
            at=work.at,
            what=what,
            who=f"{work.session.name}（{work.session.job_no}）",
            where=work.around.identity.hall.window_name,
            why=why,
            origin="counter",
        )
    )
