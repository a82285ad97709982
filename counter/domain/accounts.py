# SPDX-License-Identifier: MulanPSL-2.0
"""Money goes to the applicant's own account unless a guardianship is recorded (§10 rule a)."""

from __future__ import annotations

from counter.domain.catalog import Item
from counter.domain.draft import Draft
from counter.domain.form_state import FormState
from counter.domain.names import normalise_name
from counter.domain.problems import Problem


def account_problems(draft: Draft, item: Item, form: FormState) -> list[Problem]:
    """Check the holder of every account in the form against applicant and guardian.

    An item that says itself who may hold the account (a condition at the holder's field, say for
    a child's own card or an organisation) is left to that condition.
    """
    told = {rule.field for rule in item.conditions}
    mine = {normalise_name(draft.applicant.name)}
    if draft.agent is not None and draft.agent.kind == "guardian":
        mine.add(normalise_name(draft.agent.person.name))
    found = []
    for shown in form.visible_fields():
        if shown.field.type != "account":
            continue
        holder = form.get(f"{shown.code.rpartition('.')[0]}.owner")
        if holder is None or holder.code in told or not str(holder.value or "").strip():
            continue
        if normalise_name(str(holder.value)) not in mine:
            words = (
                "收款账户要是申请人本人的：户名和申请人姓名不一样。"
                "本人没有行为能力的，先把代理人登记为监护人，再用监护人的账户。"
            )
            found.append(Problem("ACCOUNT-OWNER", words, "error", holder.code))
    return found
