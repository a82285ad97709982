# SPDX-License-Identifier: MulanPSL-2.0
"""Papers: a print is a fact worth a line in the timeline and the audit."""

from __future__ import annotations

from counter.app.changes import Changes
from counter.app.commands import NotePrint
from counter.app.handlers.finding import case_of, note_event
from counter.app.papers.prints import line
from counter.app.session import CAPTURE_ROLES
from counter.app.work import AuditNote, Outcome, Work

PRINT_ROLES = CAPTURE_ROLES | {"approver"}


def note_print(command: NotePrint, work: Work) -> Outcome:
    """Note that a paper left the printer or was saved as a file.

    Raises:
        NotAllowedError: ``ROLE``, ``LEASE``; screens ask ``prints.check`` before they print.
    """
    made = command.made
    work.session.need(PRINT_ROLES, "打印")
    if made.again:
        work.session.need_reading()
    case = case_of(work, command.case_id)
    note_event(work, case.case_id, line(made))
    return Outcome(
        Changes(frozenset({"case"}), frozenset({case.case_id})),
        AuditNote(
            "paper.printed",
            case.case_id,
            {"paper": made.code, "size": made.size, "reprint": made.again},
        ),
    )
