# SPDX-License-Identifier: MulanPSL-2.0
"""Business rules of the centre that need no database: rights, duplicates, merging, numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from counter.domain import duplicates
from counter.domain.case import CaseState
from counter.domain.case_moves import TRANSITIONS
from counter.domain.leases import LEASED_FIRST
from counter.domain.numbers import MAX_SERIAL, TASK_CODE_LENGTH, format_project_no
from counter.domain.operations import Operation, TimeEvidence
from sync.hub.storage.halls import OperatorState

LEAST_ERROR = timedelta(seconds=2)  # the way of an answer over a slow line
MAX_SKEW = timedelta(minutes=5)
DRIFT = 1e-4  # a cheap clock: 9 s a day
COUNTER_ROLES = frozenset({"clerk", "helper", "leader"})
MOVE_OF_KIND = {
    "case.received": "receive",
    "case.supplement_requested": "request_supplement",
    "case.supplemented": "supplement",
    "case.tolerated": "tolerate",
    "case.accept_requested": "accept",
    "case.refusal_drafted": "draft_refusal",
    "case.deemed": "deem",
    "case.withdrawn": "withdraw",
    "case.delivered": "deliver",
}


def roles_needed(kind: str) -> frozenset[str]:
    """Return the roles of which the actor of such an operation needs one."""
    move = MOVE_OF_KIND.get(kind)
    return TRANSITIONS[move].roles if move else COUNTER_ROLES


def moment(text: str) -> datetime | None:
    """Read an ISO 8601 moment with offset; ``None`` when it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def legal_moment(time: TimeEvidence, now: datetime) -> str:
    """Return when an act was in law: the counter's time, ours where its clock cannot be trusted (§8).

    Both stay in the records; nobody gains a day by a clock that runs ahead.
    """
    claimed = moment(time.wall)
    if claimed is None or time.clock == "doubtful" or claimed - now > MAX_SKEW:
        return now.isoformat(timespec="milliseconds")
    return time.wall


def may_act(history: Sequence[OperatorState], op: Operation) -> bool:
    """Tell whether the actor had the right at the act *and* has it now (§4 step 5).

    A doubtful clock cannot say when the act was: then any time at which the right existed counts.
    An act "before" the operator's first state is a slow clock too, for nobody can sign in at a
    counter before the centre knows the name.
    """
    if not history:
        return False
    needed = roles_needed(op.kind)

    def able(state: OperatorState) -> bool:
        return state.active and bool(needed & set(state.roles))

    if not able(history[-1]):
        return False
    claimed = moment(op.time.wall)
    if claimed is None or op.time.clock == "doubtful":
        return any(able(state) for state in history)
    then = history[0]
    for state in history:
        since = moment(state.since)
        if since is not None and since <= claimed:
            then = state
    return able(then)


def is_duplicate(state: str, then: str, now: str, days: int) -> bool:
    """Tell whether an earlier case is near enough to be the same wish (§7)."""
    first, second = moment(then), moment(now)
    if first is None or second is None:
        return False
    return duplicates.is_duplicate(CaseState(state), first, second, days)


def claimed_between(time: TimeEvidence, received_at: str) -> tuple[str, str]:
    """Return the earliest and latest moment an act can have happened, by its evidence (§8).

    A good clock is corrected by its measured skew, and may have gone astray since by its drift. A
    doubtful one says nothing: then it was between the last contact before it and the arrival.
    """
    wall, told = moment(time.wall), moment(time.last_centre_time)
    if wall is None or time.clock == "doubtful" or told is None:
        return time.last_centre_time, received_at
    try:
        best = wall - timedelta(milliseconds=time.skew_ms)
        error = LEAST_ERROR + abs(best - told) * DRIFT
        ends = (max(best - error, told - error), best + error)
    except OverflowError:  # outside of all years: it says nothing either
        return time.last_centre_time, received_at
    first, last = (end.isoformat(timespec="milliseconds") for end in ends)
    return first, last


def project_no(task_code: str, day: date, serial: int) -> str:
    """Return the 办件编号; past 9999 a day it grows beyond 43 characters (field: varchar(50)).

    Raises:
        ValueError: a million in a day, where leased serials begin (a fault of the program).
    """
    if serial >= LEASED_FIRST:
        raise ValueError("the centre's own serials end where leased ones begin")
    code = task_code[:TASK_CODE_LENGTH].ljust(TASK_CODE_LENGTH, "0")
    if serial > MAX_SERIAL:
        return f"{code}{day:%Y%m%d}{serial}"
    return format_project_no(code, day, serial)


def accept_no(year: int, serial: int) -> str:
    """Return the number of the notice of acceptance (受理文书编号)."""
    return f"〔{year}〕第{serial:05d}号"
