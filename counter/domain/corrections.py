# SPDX-License-Identifier: MulanPSL-2.0
"""改正后重报: which operations can be reported again with a corrected body, and what stays.

What the citizen holds in print never changes by a correction: numbers, days, item and version of
the 收件凭证. What is wrong there is corrected by the centre's people, with a new paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from counter.domain.bodies import (
    CaseAcceptRequested,
    CaseDeemed,
    CaseDelivered,
    CaseReceived,
    CaseSupplemented,
    CaseSupplementRequested,
    CaseTolerated,
    CaseWithdrawn,
    RefusalDrafted,
)
from counter.domain.errors import DomainError
from counter.domain.operations import Frozen

_BODIES: dict[str, type[Frozen]] = {
    "case.received": CaseReceived,
    "case.supplement_requested": CaseSupplementRequested,
    "case.supplemented": CaseSupplemented,
    "case.tolerated": CaseTolerated,
    "case.accept_requested": CaseAcceptRequested,
    "case.deemed": CaseDeemed,
    "case.refusal_drafted": RefusalDrafted,
    "case.withdrawn": CaseWithdrawn,
    "case.delivered": CaseDelivered,
}
_RECEIVED = frozenset({"applicant", "agent", "answers", "form", "materials", "duplicate_reason"})
_MOMENTS = frozenset(
    {"requested_at", "supplied_at", "tolerated_at", "accepted_at", "confirmed_at", "drafted_at"}
) | {"withdrawn_at", "delivered_at"}


def changeable(kind: str) -> frozenset[str]:
    """Return the fields of a body that a correction may change; empty: it cannot be corrected.

    When something was done is evidence and stays.
    """
    if kind == "case.received":
        return _RECEIVED
    model = _BODIES.get(kind)
    return frozenset(model.model_fields) - _MOMENTS if model else frozenset()


def corrected(kind: str, body: Mapping[str, Any], changes: Mapping[str, Any]) -> Frozen:
    """Return the body with the changes.

    Raises:
        DomainError: ``CORRECT-KIND`` cannot be corrected; ``CORRECT-FIELD`` with the field.
    """
    model = _BODIES.get(kind)
    if model is None:
        raise DomainError(
            code="CORRECT-KIND",
            what="这一笔不能改正后重报。",
            safe="原来的一笔没有改动。",
            todo="请写明处理经过后关闭，再重新办理。",
        )
    fixed = [name for name in changes if name not in changeable(kind)]
    if fixed:
        raise DomainError(
            code="CORRECT-FIELD", what="这一项已经印在凭证上，不能改。", field=fixed[0]
        )
    try:
        return model.model_validate({**body, **changes})
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise DomainError(code="CORRECT-FIELD", what="改正的内容填得不对。", field=where) from error
