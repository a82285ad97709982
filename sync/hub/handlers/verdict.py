# SPDX-License-Identifier: MulanPSL-2.0
"""What the centre decides about one operation, and its signed form."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path

from counter.domain.signing import sign_json
from sync.hub.centre import Centre
from sync.protocol import errors
from sync.protocol.wire import RESULT_TYP, OpResult, Status

_FAULT = "中心处理这一笔时出了意外，原件已完整留下，由工作人员核对后处理。"


@dataclass(frozen=True)
class Verdict:
    """The outcome of judging an operation.

    ``waits_for`` names what a held one needs; ``alarm`` what a person at the centre must look into.
    """

    status: Status
    code: str = ""
    message: str = ""
    field: str = ""
    rev: int = 0
    human_no: str = ""
    missing_blobs: tuple[str, ...] = ()
    waits_for: tuple[str, ...] = ()
    alarm: str = ""


class NotAppliedError(Exception):
    """Leaves the judging of an operation with a verdict other than ``applied``."""

    def __init__(self, verdict: Verdict) -> None:
        """Keep the verdict."""
        super().__init__(verdict.code)
        self.verdict = verdict


def held(code: str, message: str, *, field: str = "", waits_for: tuple[str, ...] = ()) -> Exception:
    """Return the error that holds an operation for something or somebody."""
    return NotAppliedError(Verdict("held", code, message, field, waits_for=waits_for))


def fault(error: Exception) -> Verdict:
    """Return the verdict where judging failed as nobody foresaw: kept, for a person to look into.

    The alarm is kind and place of the error, without its words: they may hold what was sent.
    """
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{type(error).__name__} {Path(last.filename).name}:{last.lineno}"
    return Verdict("held", errors.HELD_FORM, _FAULT, alarm=place)


def refused(status: Status, code: str, message: str, *, rev: int = 0) -> Exception:
    """Return the error that ends an operation as ``conflict`` or ``rejected``."""
    return NotAppliedError(Verdict(status, code, message, rev=rev))


def signed(centre: Centre, op_id: str, op_hash: str, verdict: Verdict) -> str:
    """Return the result as the centre's JWS."""
    result = OpResult(
        op_id=op_id,
        op_hash=op_hash,
        status=verdict.status,
        code=verdict.code,
        message=verdict.message,
        field=verdict.field,
        rev=verdict.rev,
        human_no=verdict.human_no,
        missing_blobs=verdict.missing_blobs,
        centre_time=centre.now(),
    )
    said = result.model_dump(mode="json", exclude_defaults=True)  # what is not said is the default
    return sign_json(said, centre.keys.signing, RESULT_TYP)
