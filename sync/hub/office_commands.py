# SPDX-License-Identifier: MulanPSL-2.0
"""The acts of the back office on one case, as commands of ``counter hub``."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from counter.domain.case import STATE_WORDS, CaseState
from counter.domain.case_life import DELIVERY_WORDS, Delivery
from counter.domain.case_moves import REFUSALS, TRANSITIONS
from sync.hub.centre import Centre
from sync.hub.handlers import assignment, backoffice, deemed
from sync.hub.printing import say

Add = Callable[[str, str], argparse.ArgumentParser]
_VERBS = {"request_supplement": "supplement"}


def add_acts(add: Add) -> None:
    """Declare one command for each act; what the declared table needs is required."""
    for act in backoffice.ACTS:
        verb = _VERBS.get(act, act.replace("_", "-"))
        needs = TRANSITIONS[act].needs
        one = add(verb, TRANSITIONS[act].word)
        one.add_argument("case", help="办件标识、收件号或办件编号")
        one.add_argument("--by", default=backoffice.OFFICE, help="经办人")
        one.add_argument("--reason", default="", required="reason" in needs)
        one.add_argument("--missing", nargs="+", default=[], required=act == "request_supplement")
        # A refusal falls back on the item's own basis.
        strict = "basis" in needs and act not in REFUSALS
        one.add_argument("--basis", default="", required=strict, help="法律依据")
        one.add_argument("--approver", default="", required="approver" in needs, help="批准人")
        one.add_argument("--kind", default="", required="kind" in needs, help="特别程序的种类")
        one.add_argument("--days", type=int, default=0, required="days" in needs, help="工作日")
        one.add_argument("--office", default="", required="office" in needs, help="接办的部门")
        if "delivery" in needs:
            one.add_argument("--receiver", required=True, help="领取人")
            one.add_argument("--relation", default="本人")
            one.add_argument("--method", choices=DELIVERY_WORDS, default="direct")
            one.add_argument("--document", nargs="+", required=True, help="文书名称和编号")
        one.set_defaults(run=run_act, act=act)
    one = add("lease", "把办件交给一个窗口办，或收回（不写 --device）")
    one.add_argument("case", help="办件标识、收件号或办件编号")
    one.add_argument("--device", default="", help="窗口的设备标识，见 counter hub devices")
    one.add_argument("--by", default=backoffice.OFFICE, help="经办人")
    one.add_argument("--reason", required=True)
    one.set_defaults(run=run_lease)
    one = add("deem", "把逾期没有答复的许可办件记为视为受理")
    one.set_defaults(run=run_deem)


def run_act(centre: Centre, arguments: argparse.Namespace) -> int:
    """Do one act on a case."""
    delivery = None
    if "receiver" in arguments:
        delivery = Delivery(
            receiver=arguments.receiver,
            relation=arguments.relation,
            method=arguments.method,
            documents=tuple(arguments.document),
            deliverers=(arguments.by,),
        )
    case = backoffice.act(
        centre,
        arguments.case,
        arguments.act,
        reason=arguments.reason,
        missing=tuple(arguments.missing),
        by=arguments.by,
        details=backoffice.Details(
            basis=arguments.basis,
            approver=arguments.approver,
            kind=arguments.kind,
            days=arguments.days,
            office=arguments.office,
            delivery=delivery,
        ),
    )
    say(f"{case.receipt_no}  {STATE_WORDS[CaseState(case.state)]}")
    return 0


def run_lease(centre: Centre, arguments: argparse.Namespace) -> int:
    """Give the work on a case to a counter, or take it back."""
    lease = assignment.assign(
        centre, arguments.case, arguments.device, by=arguments.by, reason=arguments.reason
    )
    say(f"{lease.window or '不指定窗口'}  {lease.until[:10]}  {lease.fence}")
    return 0


def run_deem(centre: Centre, arguments: argparse.Namespace) -> int:
    """Mark what the law holds accepted."""
    del arguments
    done = deemed.deem_overdue(centre)
    for case in done:
        say(f"{case.receipt_no}  {STATE_WORDS[CaseState.DEEMED]}")
    say(f"共 {len(done)} 件。")
    return 0
