# SPDX-License-Identifier: MulanPSL-2.0
"""授权委托 that last beyond their case: kept at 收件, used again, revoked by the principal."""

from __future__ import annotations

from counter.app.commands import RevokeAuthorisation
from counter.app.handlers.agents import tell_person
from counter.app.session import CAPTURE_ROLES
from counter.app.work import Outcome, Work
from counter.domain.authorisation import Authorisation, granted_in, refusal
from counter.domain.bodies import CaseReceived
from counter.domain.draft import Draft
from counter.domain.errors import DomainError, NotAllowedError
from counter.domain.people import person_key
from counter.ports.storage import PersonRecord

AUTHORISATION = "authorisation"


def check_authorisation(work: Work, draft: Draft, item_code: str) -> None:
    """Refuse an earlier authorisation that does not cover this case; say why.

    Raises:
        DomainError: ``AGENT-AUTHORISATION``.
    """
    agent = draft.agent
    if agent is None or not agent.authorisation_id:
        return
    record = work.uow.people.get(AUTHORISATION, agent.authorisation_id)
    found = Authorisation.model_validate(record.body) if record else None
    if found is None:
        why = "本机没有这份委托。"
    elif (found.person, found.agent) != (person_key(draft.applicant), person_key(agent.person)):
        why = "这份委托不是这两个人的。"
    else:
        why = refusal(found, item_code, "提交", work.now.date().isoformat())
    if why:
        raise DomainError(
            code="AGENT-AUTHORISATION", what=why, todo="请重新办理委托。", field="agent"
        )


def keep_authorisation(work: Work, case_id: str, body: CaseReceived) -> None:
    """Keep a lasting authorisation of a received case; the centre derives the same row."""
    found = granted_in(case_id, body)
    if found is not None:
        record = found.model_dump(mode="json")
        work.uow.people.put(
            PersonRecord(AUTHORISATION, found.authorisation_id, found.person, record)
        )


def revoke_authorisation(command: RevokeAuthorisation, work: Work) -> Outcome:
    """The principal takes it back; it counts from now on, everywhere the feed reaches.

    Raises:
        NotAllowedError: ``ROLE``, ``AUTHORISATION-NONE``.
        DomainError: ``REASON``.
    """
    work.session.need(CAPTURE_ROLES, "撤销委托")
    record = work.uow.people.get(AUTHORISATION, command.authorisation_id)
    if record is None or record.body.get("revoked_at"):
        raise NotAllowedError(
            code="AUTHORISATION-NONE", what="没有这份委托，或已经撤销。", safe="没有改动。"
        )
    reason = command.reason.strip()
    if not reason:
        raise DomainError(code="REASON", what="请写明撤销的原因。", field="reason")
    found = Authorisation.model_validate(record.body)
    gone = found.model_copy(update={"revoked_at": work.at, "revoked_why": reason})
    body = gone.model_dump(mode="json")
    work.uow.people.put(PersonRecord(AUTHORISATION, record.entity_id, record.person, body))
    return tell_person(work, AUTHORISATION, record.entity_id, body, {"revoked": True})
