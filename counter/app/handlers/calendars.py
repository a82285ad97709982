# SPDX-License-Identifier: MulanPSL-2.0
"""A list of holidays from a file, and the list of days it moved (domain brief §3.4)."""

from __future__ import annotations

from counter.app.calendars import install_calendar
from counter.app.changes import Changes
from counter.app.commands import ImportCalendar, SeeMovedDates
from counter.app.session import CAPTURE_ROLES
from counter.app.work import AuditNote, Outcome, Work
from counter.domain.calendar_check import read_signed


def import_calendar(command: ImportCalendar, work: Work) -> Outcome:
    """Verify the centre's signature, install the list, compute open cases' days again.

    Raises:
        NotAllowedError: ``ROLE``.
        DomainError: ``CAL-SIGN``, ``SIG-…``, ``CAL-NONSENSE``, ``CAL-SAME``, ``CAL-OLD``, ``CAL-GAP``.
        KnownError: ``CAL-BAD``.
    """
    work.session.need(CAPTURE_ROLES, "导入放假安排")
    identity = work.around.identity
    calendar = read_signed(command.token, identity.centre_keys)
    done = install_calendar(
        work.uow.reference, work.uow.cases, calendar, region=identity.hall.region, at=work.at
    )
    return Outcome(
        Changes(
            frozenset({"case", "reference"}), frozenset(change.case_id for change in done.changes)
        ),
        AuditNote("calendar.imported", done.version, {"cases": done.cases}),
        lambda: done,
    )


def see_moved_dates(command: SeeMovedDates, work: Work) -> Outcome:
    """Take the notice of moved days off the workbench; the list stays readable."""
    del command
    seen = work.uow.cases.see_date_changes(work.at)
    return Outcome(
        Changes(frozenset({"case"}), frozenset()),
        AuditNote("calendar.changes_seen", "", {"changes": seen}),
        lambda: seen,
    )
