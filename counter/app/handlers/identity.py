# SPDX-License-Identifier: MulanPSL-2.0
"""补核验: an identity that could not be proved at 收件 is proved later (domain brief §4.5)."""

from __future__ import annotations

from counter.app.commands import NoteIdentity
from counter.app.handlers.agents import tell_person
from counter.app.handlers.finding import case_of, note_event
from counter.app.session import CAPTURE_ROLES
from counter.app.work import Outcome, Work
from counter.domain.errors import DomainError
from counter.domain.people import people_in
from counter.domain.verification import LADDER
from counter.ports.storage import PersonRecord

IDENTITY = "identity"
_PROVES = frozenset({"high", "medium"})


def note_identity(command: NoteIdentity, work: Work) -> Outcome:
    """Put on record who proved an identity, when and how; what the case says stays as it was.

    Raises:
        NotAllowedError: ``ROLE``.
        DomainError: ``CASE-NONE``, ``IDENTITY-WHO``, ``IDENTITY-METHOD``.
    """
    work.session.need(CAPTURE_ROLES, "补核验")
    case = case_of(work, command.case_id)
    person = people_in(case.body).get(command.role, "")
    if not person:
        raise DomainError(code="IDENTITY-WHO", what="这个办件里没有这个人的证件号码。")
    rung = LADDER[command.method]
    if rung.confidence not in _PROVES:
        raise DomainError(code="IDENTITY-METHOD", what="补核验要看过证件和本人。")
    record = {
        "person": person,
        "method": command.method,
        "confidence": rung.confidence,
        "at": work.at,
        "by": work.session.operator_id,
        "case_id": case.case_id,
    }
    work.uow.people.put(PersonRecord(IDENTITY, person, person, record))
    note_event(work, case.case_id, "补核验身份", rung.words)
    return tell_person(work, IDENTITY, person, record, {"method": command.method})
