# SPDX-License-Identifier: MulanPSL-2.0
"""Commands of the case life cycle beside the everyday ones: 容缺 later, 不予收件, 告知本人."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class TolerateCase:
    """登记容缺 after the receipt: papers (keys) that may come later; each gets its day by the item.

    ``Done.value`` is the days, key → ISO day.
    """

    case_id: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class RefuseReceipt:
    """不予收件 (否定事项报备): somebody was sent away without a case; told to the centre.

    ``who`` is the name as the person gave it, "" if the person does not want to be named;
    ``office`` is where the person was sent. ``Done.value`` is the op_id.
    """

    item_code: str
    reason: str
    office: str
    basis: str = ""
    who: str = ""


@dataclass(frozen=True)
class InformCitizen:
    """告知本人: the person was told that the centre sent an operation of a case back.

    ``told_at`` is an ISO 8601 moment, "" for now. Without it ``CloseIssue`` of a rejected
    operation of a case is refused (``INFORM-FIRST``).
    """

    op_id: str
    how: str
    told_at: str = ""


@dataclass(frozen=True)
class TakeOverCase:
    """接手: the work on a case is this counter's from now on; late work of others is held."""

    case_id: str
    reason: str


@dataclass(frozen=True)
class GiveBackCase:
    """交回: the case is nobody's work in particular again; only its holder gives it back."""

    case_id: str
    reason: str


@dataclass(frozen=True)
class CorrectOperation:
    """改正后重报: report an operation of 要处理 again, with corrected fields of its body.

    ``changes`` are top-level fields (``corrections.changeable(kind)``), none: the same again by
    somebody who has the right. ``Done.value`` is the op_id of the correction.
    """

    op_id: str
    reason: str
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Supplied:
    """How a case stands after papers came in.

    Attributes:
        state: Its state (``CaseState`` value); ``supplement`` while the notice is not made good.
        still_missing: What the notice asked for and is still not there, in words.
        open_gaps: Keys of tolerated papers (容缺) that are still to come.
        answer_due: Day by which the office must answer now; "" if that clock does not run.
    """

    state: str
    still_missing: tuple[str, ...]
    open_gaps: tuple[str, ...]
    answer_due: str
