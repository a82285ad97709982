# SPDX-License-Identifier: MulanPSL-2.0
"""When an earlier case is near enough to be the same wish (sync-protocol §7), at both ends."""

from __future__ import annotations

from datetime import datetime, timedelta

from counter.domain.case import CaseState

# A case that ended like this cannot be what a new one repeats.
NOT_A_DOUBLE = frozenset(
    {CaseState.NOT_ACCEPTED, CaseState.RETURNED, CaseState.WITHDRAWN, CaseState.REFUSED}
)


def is_duplicate(state: CaseState, first: datetime, second: datetime, days: int) -> bool:
    """Tell whether a case of the same person and item is a possible double.

    Args:
        state: State of the earlier case.
        first: When it was received.
        second: When the other one was received.
        days: ``duplicate_days`` of the item.
    """
    return state not in NOT_A_DOUBLE and abs(second - first) <= timedelta(days=days)
