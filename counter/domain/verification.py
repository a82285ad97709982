# SPDX-License-Identifier: MulanPSL-2.0
"""How sure we are who somebody is: the ladder of proofs without network (domain brief §4.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from counter.domain.ages import parse_day
from counter.domain.people import Person, VerifyMethod

Confidence = Literal["high", "medium", "low", "none"]
ATTESTORS = 2
"""村（居）委会 counts as one voice; two people who know the person make up for no paper."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of the ladder: how it was proved, how sure that is, and how to say it."""

    step: int
    confidence: Confidence
    words: str


LADDER: dict[VerifyMethod, Rung] = {
    "card_chip": Rung(1, "high", "读卡并核对本人"),
    "card_visual": Rung(2, "medium", "看过证件和本人"),
    "other_document": Rung(3, "medium", "看过其他证件和本人"),
    "attested": Rung(4, "low", "村（居）委会或两名见证人证明"),
    "none": Rung(5, "none", "还没有核验，联网或见到本人后补核验"),
}


def card_expired(person: Person, today: date) -> bool:
    """Tell whether the last day of the identity paper has passed."""
    ends = parse_day(person.id_valid_to)
    return ends is not None and ends < today


def recheck_reason(person: Person, today: date) -> str:
    """Return why this identity belongs on the list 补核验; "" when it does not.

    Somebody whose card ran out or who has none is served all the same; the proof follows when
    the line is back or the person is met (§4.5 ⑤).
    """
    if person.verify_method == "none":
        return "身份还没有核验"
    if person.verify_method == "attested":
        return "身份由他人证明，要补核验"
    if card_expired(person, today):
        return "证件已过期，换领后补核验"
    return ""
