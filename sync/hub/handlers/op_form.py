# SPDX-License-Identifier: MulanPSL-2.0
"""The form an operation must have before it is judged: ids, counts and numbers in bounds."""

from __future__ import annotations

import re

from pydantic import ValidationError

from counter.domain.operations import Operation

OP_ID = re.compile(r"[0-9A-Za-z_-]{8,64}")
_MAX_DEPENDS = 100
MAX_SEQ = 2**53
_MAX_BLOBS = 1000


def parse(payload: object) -> Operation | None:
    """Return the operation a verified payload holds, ``None`` when we cannot take it."""
    try:
        op = Operation.model_validate(payload)
    except ValidationError:
        return None
    ids = (op.entity_id, op.actor.operator, *op.depends_on)
    sane = all(OP_ID.fullmatch(i) or i == op.actor.operator for i in ids)
    if not sane or len(op.actor.operator) > 64:
        return None
    if len(op.depends_on) > _MAX_DEPENDS or len(op.blobs) > _MAX_BLOBS:
        return None
    if max((op.epoch, *(ref.size for ref in op.blobs))) >= MAX_SEQ:
        return None
    return op
