# SPDX-License-Identifier: MulanPSL-2.0
"""Papers: a print is a fact worth a line in the timeline and the audit."""

from __future__ import annotations

from counter.app.changes import Changes
from counter.app.commands import NotePrint
from counter.app.handlers.finding import case_of, note_event
from counter.app.session import CAPTURE_ROLES
from counter.app.work import AuditNote, Outcome, Work

PAPER_WORDS = {
    "REC": "收件凭证",
    "ACP": "受理通知书",
    "next_step": "下一步卡",
    "supplement": "补正告知书",
    "withdrawal": "撤回申请书",
}


def note_print(command: NotePrint, work: Work) -> Outcome:
    """Note that a paper left the printer or was saved as a file."""
    work.session.need(CAPTURE_ROLES, "打印")
    if command.reprint:
        work.session.need_reading()
    case = case_of(work, command.case_id)
    word = PAPER_WORDS.get(command.paper, command.paper)
    act = "补打" if command.reprint else "打印"
    note_event(work, case.case_id, f"{act}{word}{'（大字版）' if command.large else ''}")
    return Outcome(
        Changes(frozenset({"case"}), frozenset({case.case_id})),
        AuditNote(
            "paper.printed",
            case.case_id,
            {"paper": command.paper, "large": command.large, "reprint": command.reprint},
        ),
    )
