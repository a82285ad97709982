# SPDX-License-Identifier: MulanPSL-2.0
"""What the shift leader looks at: alarms, clocks, doubles, identities to prove, busy agents."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, func, or_, select

from counter.app.handlers.agents import APPROVAL, approval_id, people_a_day
from counter.app.handlers.identity import IDENTITY
from counter.app.queries import AgentRow, LeaderView, RecheckRow
from counter.domain.bodies import CaseReceived
from counter.domain.case import FINAL
from counter.domain.people import person_key
from counter.domain.verification import recheck_reason
from counter.storage import tables as t
from counter.storage.lists import attention, case_rows
from counter.storage.meta import loads
from counter.storage.oprows import op_rows
from counter.storage.people import SqlPersonRecords
from counter.storage.radar import Today, due_soon
from counter.storage.repositories import SqlReference

RECHECK_DAYS = 90
_MOST = 50
_URGENT = frozenset({"red", "overdue"})
_FINAL = [state.value for state in FINAL]


def leader_view(connection: Connection, today: Today) -> LeaderView:
    """Return the leader's day, every list with its most urgent first."""
    due = due_soon(connection, today, limit=200)
    c = t.cases.c
    double = func.json_array_length(c.centre, "$.possible_duplicate_of") > 0
    return LeaderView(
        deemed=tuple(row for row in due if row.kind == "deemed"),
        late=tuple(r for r in due if r.kind not in {"deemed", "gap"} and r.level in _URGENT),
        gaps=tuple(row for row in due if row.kind == "gap"),
        attention=tuple(op_rows(connection, attention(limit=_MOST))),
        doubles=tuple(case_rows(connection, today, double, c.state.not_in(_FINAL), limit=_MOST)),
        recheck=_recheck(connection, today),
        agents=_agents(connection, today),
    )


def _recheck(connection: Connection, today: Today) -> tuple[RecheckRow, ...]:
    """Applicants of the last months whose identity nobody proved since."""
    c = t.cases.c
    since = (today.day - timedelta(days=RECHECK_DAYS)).isoformat()
    method = func.json_extract(c.body, "$.applicant.verify_method")
    ends = func.json_extract(c.body, "$.applicant.id_valid_to")
    weak = or_(method.in_(("none", "attested")), ends.between("1", today.day.isoformat()))
    query = select(c.case_id, c.body).where(c.received_at >= since, weak)
    records = SqlPersonRecords(connection)
    why: dict[str, str] = {}
    for row in connection.execute(query.order_by(c.received_at.desc()).limit(_MOST)):
        person = CaseReceived.model_validate(loads(row.body)).applicant
        key, reason = person_key(person), recheck_reason(person, today.day)
        if key and reason and records.get(IDENTITY, key) is None:
            why[row.case_id] = reason
    rows = case_rows(connection, today, c.case_id.in_(list(why)), limit=_MOST, few=True)
    return tuple(RecheckRow(row, why[row.case_id]) for row in rows)


def _agents(connection: Connection, today: Today) -> tuple[AgentRow, ...]:
    """Whoever acts today for as many people as the hall allows without the leader."""
    limit = people_a_day(SqlReference(connection).get("policy", "agents") or {})
    agent, helped, c = t.case_people.alias("a"), t.case_people.alias("b"), t.cases.c
    count = func.count(helped.c.person.distinct())
    query = (
        select(agent.c.person, count.label("people"), func.max(c.case_id).label("case_id"))
        .join(helped, helped.c.case_id == agent.c.case_id)
        .join(t.cases, c.case_id == agent.c.case_id)
        .where(
            agent.c.role == "agent",
            helped.c.role == "applicant",
            c.received_at >= today.day.isoformat(),
        )
        .group_by(agent.c.person)
        .having(count >= limit)
        .order_by(count.desc())
    )
    records = SqlPersonRecords(connection)
    found = []
    for row in connection.execute(query).all():
        text = connection.scalar(select(c.body).where(c.case_id == row.case_id))
        body = CaseReceived.model_validate(loads(text or "{}"))
        if body.agent is not None:
            agreed = records.get(APPROVAL, approval_id(row.person, today.day.isoformat()))
            found.append(AgentRow(body.agent.person, row.people, agreed is not None))
    return tuple(found)
