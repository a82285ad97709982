# SPDX-License-Identifier: MulanPSL-2.0
"""The 「下一步」 card: what to do next, when, where, what to bring; plain words, few blocks."""

from __future__ import annotations

from counter.app.papers.content import (
    CasePart,
    DecisionPart,
    GapPart,
    HallPart,
    StepPart,
    SupplementPart,
)


def next_steps(
    case: CasePart,
    hall: HallPart,
    gaps: tuple[GapPart, ...],
    supplement: SupplementPart | None,
    decision: DecisionPart | None,
) -> tuple[StepPart, ...]:
    """Return the blocks in the order a person has to do them."""
    where = "，".join(part for part in (hall.name, hall.address) if part)
    if decision is not None:
        return (
            StepPart(
                f"领取{decision.cert_name or '办理结果'}",
                decision.fetch_from_words and f"{decision.fetch_from_words}起",
                decision.fetch_where or where,
                decision.fetch_bring or "身份证、这张卡；家人代领再带自己的身份证",
            ),
        )
    steps = [
        StepPart(f"补交：{gap.name}", f"{gap.due_words}前", where, gap.stand or gap.name)
        for gap in gaps
    ]
    if supplement is not None:
        names = "、".join(defect.name for defect in supplement.defects)
        when = supplement.due_words and f"{supplement.due_words}前"
        steps.append(StepPart(f"补正：{names}", when, supplement.where or where, names))
    elif case.promise_words:
        steps.append(StepPart("等办理结果", f"最晚{case.promise_words}", "在家等，我们会通知您"))
    elif case.answer_due_words and not case.accepted_words:
        steps.append(
            StepPart("等我们答复是否受理", f"最晚{case.answer_due_words}", "在家等，不用再跑一趟")
        )
    return tuple(steps)
