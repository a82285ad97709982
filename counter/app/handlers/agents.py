# SPDX-License-Identifier: MulanPSL-2.0
"""One agent for many people in a day: a leader looks first (domain brief §9.3, fraud)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from counter.app.changes import Changes
from counter.app.commands import ApproveAgent
from counter.app.operation_log import next_position, write_operation
from counter.app.work import AuditNote, Outcome, Work
from counter.domain.bodies import PersonNoted
from counter.domain.draft import Draft
from counter.domain.errors import DomainError, NotAllowedError
from counter.domain.operations import Versions
from counter.domain.people import person_key
from counter.ports.storage import PersonRecord

APPROVAL = "approval"
PEOPLE_A_DAY = 5
"""Default of the policy ``("policy", "agents")`` → ``people_a_day``."""
_LEADER = frozenset({"leader"})


def check_agent_load(work: Work, draft: Draft) -> None:
    """Refuse when the agent acts for more people today than allowed and no leader agreed.

    Raises:
        NotAllowedError: ``AGENT-MANY``.
    """
    agent = person_key(draft.agent.person) if draft.agent else ""
    if not agent or work.session.roles & _LEADER:
        return
    limit = _limit(work)
    today = work.now.date().isoformat()
    others = work.uow.cases.helped_by(agent, today) - {person_key(draft.applicant)}
    if len(others) < limit or work.uow.people.get(APPROVAL, approval_id(agent, today)):
        return
    raise NotAllowedError(
        code="AGENT-MANY",
        what=f"这位代理人今天已替 {len(others)} 个人办过，超过 {limit} 人要值班长同意。",
        safe="这份草稿还在，没有收件。",
        todo="请值班长核对委托后点「同意代办」，再收件。",
    )


def approve_agent(command: ApproveAgent, work: Work) -> Outcome:
    """A leader looked at the authorisations: this agent may go on for the rest of the day.

    Raises:
        NotAllowedError: ``ROLE``.
        DomainError: ``REASON``, ``PERSON-ID``.
    """
    work.session.need(_LEADER, "同意一人代办多人")
    agent, today = person_key(command.agent), work.now.date().isoformat()
    if not agent:
        raise DomainError(code="PERSON-ID", what="请先填代理人的证件号码。", field="agent.id_no")
    reason = command.reason.strip()
    if not reason:
        raise DomainError(code="REASON", what="请写明为什么同意。", field="reason")
    record = {
        "person": agent,
        "day": today,
        "by": work.session.operator_id,
        "at": work.at,
        "reason": reason,
    }
    entity_id = approval_id(agent, today)
    work.uow.people.put(PersonRecord(APPROVAL, entity_id, agent, record))
    return tell_person(work, APPROVAL, entity_id, record, {"day": today})


def tell_person(
    work: Work,
    what: str,
    entity_id: str,
    record: Mapping[str, object],
    detail: Mapping[str, object],
) -> Outcome:
    """Tell the centre a fact about a person (``person.noted``), which tells the hall."""
    body = PersonNoted.model_validate({"what": what, "record_id": entity_id, "record": record})
    written = write_operation(
        work,
        next_position(work),
        kind="person.noted",
        entity="person",
        entity_id=entity_id,
        body=body,
        versions=Versions(catalog=work.uow.reference.version()),
        deadline="",
    )
    return Outcome(
        Changes(frozenset({"person", "outbox"}), frozenset({entity_id})),
        AuditNote(f"person.{what}", written.op_id, detail),
    )


def approval_id(agent: str, day: str) -> str:
    """Return the id of a leader's approval of one agent and day."""
    return hashlib.sha256(f"{agent}:{day}".encode()).hexdigest()[:32]


def _limit(work: Work) -> int:
    return people_a_day(work.uow.reference.get("policy", "agents") or {})


def people_a_day(policy: Mapping[str, Any]) -> int:
    """Return for how many people an agent may act in a day without a leader."""
    return int(policy.get("people_a_day", PEOPLE_A_DAY))
