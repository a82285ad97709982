# SPDX-License-Identifier: MulanPSL-2.0
"""授权委托: who may act for whom, in which items, with which powers, from when to when (§9.3)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from counter.domain.bodies import CaseReceived
from counter.domain.operations import Frozen
from counter.domain.people import person_key

POWERS = ("提交", "修改", "补正", "签收", "领取", "查询")
"""What can be entrusted; 转委托 never can (民法典 art. 169 asks for the principal's word)."""


class Authorisation(Frozen):
    """One 授权委托 as the hall keeps it; body of the record of kind ``authorisation``.

    ``person`` is the key of the principal (委托人). Names are not kept here: the counter that
    meets both people knows them, and the letter itself is a page of its case.
    """

    person: str
    agent: str  # key of 受托人
    relation: str = ""
    items: tuple[str, ...] = ()  # codes
    powers: tuple[str, ...] = ()
    valid_from: str
    valid_to: str
    signed: str = ""  # pad, finger, paper
    witnesses: tuple[str, ...] = ()
    source_case: str = ""
    source_no: str = ""
    revoked_at: str = ""
    revoked_why: str = ""

    @property
    def authorisation_id(self) -> str:
        """Return its id: one for principal, agent and the case it was made in."""
        text = f"{self.person}:{self.agent}:{self.source_case}"
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def refusal(found: Authorisation, item_code: str, power: str, day: str) -> str:
    """Return why an authorisation does not cover an act on an ISO day; "" when it does."""
    if found.revoked_at:
        return f"这份委托 {found.revoked_at[:10]} 已经撤销。"
    if day < found.valid_from:
        return f"这份委托从 {found.valid_from} 起才有效。"
    if day > found.valid_to:
        return f"这份委托 {found.valid_to} 已到期。"
    if item_code not in found.items:
        return "这份委托没有写上这个事项。"
    return "" if power in found.powers else f"这份委托没有写上「{power}」。"


def usable(
    all_of: Iterable[Authorisation], people: tuple[str, str], item_code: str, day: str
) -> Authorisation | None:
    """Return the authorisation of (principal, agent) that covers handing this item in today."""
    fitting = [
        one
        for one in all_of
        if (one.person, one.agent) == people and not refusal(one, item_code, "提交", day)
    ]
    return max(fitting, key=lambda one: one.valid_to, default=None)


def granted_in(case_id: str, body: CaseReceived) -> Authorisation | None:
    """Return the lasting authorisation a case brings; both ends derive the same from the body.

    Only one with a last day lasts beyond its case; a guardian needs none.
    """
    agent = body.agent
    if agent is None or agent.kind == "guardian" or not agent.valid_to or agent.authorisation_id:
        return None
    principal, acting = person_key(body.applicant), person_key(agent.person)
    if not principal or not acting:
        return None
    return Authorisation(
        person=principal,
        agent=acting,
        relation=agent.relation,
        items=agent.items or (body.item_code,),
        powers=agent.powers,
        valid_from=agent.valid_from or body.received_at[:10],
        valid_to=agent.valid_to,
        signed=body.signature_method,
        witnesses=body.signature_witnesses,
        source_case=case_id,
        source_no=body.receipt_no,
    )
