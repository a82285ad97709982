# SPDX-License-Identifier: MulanPSL-2.0
"""What the law remembers of a case in words: notices, paused clocks, drafts, decision, delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from counter.domain.case import STATE_WORDS, CaseState
from counter.domain.case_life import DELIVERY_WORDS
from counter.domain.case_moves import REFUSALS, TRANSITIONS
from ui.models.words import moment_words
from ui.widgets.base import Tone, label
from ui.widgets.card import Card

if TYPE_CHECKING:
    from counter.domain.case_life import CaseLife, Delivery, Notice, Special

_REPORTED = frozenset(TRANSITIONS[name].target for name in REFUSALS)


@dataclass(frozen=True)
class LifeNote:
    """One thing to tell: a title, its lines, how serious."""

    title: str
    lines: tuple[str, ...]
    tone: Tone | None = None


def deemed_note(*, leader: bool) -> LifeNote:
    """The alarm of art. 32: nobody answered in time."""
    todo = "请按下面的「确认视为受理」处理。" if leader else "请马上告诉值班长，由值班长确认。"
    said = "答复期限已过，没有人答复：依法从收到材料之日起视为已受理。"
    return LifeNote("视为受理", (said, f"不能再告知补正，也不能不予受理。{todo}"), "danger")


def life_notes(
    life: CaseLife, state: CaseState, reason: str, today: date, names: Mapping[str, str]
) -> list[LifeNote]:
    """Return what to tell about a case, what runs now before what is over.

    Args:
        life: the case's memory.
        state: its state.
        reason: the centre's reason for a decision, "" if it gave none.
        today: the day at the counter.
        names: key and name of the item's papers.
    """
    found = [_special(one, today) for one in life.specials]
    if life.extension is not None:
        found.append(_extension(life.extension, today))
    waiting = state is CaseState.SUPPLEMENT
    found += [
        _notice(one, today, life if waiting and one is life.notices[-1] else None, names)
        for one in reversed(life.notices)
    ]
    if life.refusal_draft and not life.decided_at:
        lines = (f"理由：{life.refusal_draft}", "中心还没有决定；决定以前办件照常。")
        found.append(LifeNote("已起草不予受理，等中心决定", lines, "warn"))
    found += _decision(life, state, reason, today)
    if life.delivery is not None:
        found.append(_delivery(life.delivery))
    return found


def _notice(
    notice: Notice, today: date, waiting: CaseLife | None, names: Mapping[str, str]
) -> LifeNote:
    """A notice; of the one still open each line says whether its paper came."""
    lines = []
    for at, defect in enumerate(notice.defects, 1):
        came = ""
        if waiting is not None and defect.key:
            came = "（已交来）" if defect.key in waiting.given else "（还没交来）"
        about = f"{names[defect.key]}：" if defect.key in names else ""
        lines.append(f"{at}. {about}{defect.what}{came}")
    if notice.leader_reason:
        lines.append(f"值班长的理由：{notice.leader_reason}")
    times = f"第 {notice.no} 次" if notice.no > 1 else ""
    title = f"补正告知{times} · {moment_words(notice.at, today)}"
    return LifeNote(title, tuple(lines), "warn" if waiting is not None else None)


def _special(special: Special, today: date) -> LifeNote:
    begun = moment_words(special.start, today)
    lines = [f"理由：{special.reason}", f"依据：{special.basis}　批准：{special.approver}"]
    if special.end:
        span = f"{begun} 至 {moment_words(special.end, today)}，这段时间不算在办理期限内"
        return LifeNote(f"特别程序（{special.kind}）已结束", (span, *lines))
    days = f"，预计 {special.days} 天" if special.days else ""
    first = f"{begun} 起暂停计时{days}；结束以后重新算出办结日。"
    return LifeNote(f"特别程序（{special.kind}）· 时限已暂停", (first, *lines), "warn")


def _extension(extension: Special, today: date) -> LifeNote:
    when = moment_words(extension.start, today)
    first = f"{when} 批准延长 {extension.days} 个工作日，只能延长这一次。"
    why = f"理由：{extension.reason}　批准：{extension.approver}"
    return LifeNote("办理期限已延长", (first, why), "warn")


def _decision(life: CaseLife, state: CaseState, reason: str, today: date) -> list[LifeNote]:
    """How it ended, in the centre's words; a refusal is on the centre's list of refusals."""
    try:
        outcome = CaseState(life.outcome)
    except ValueError:
        return []
    if outcome in {CaseState.WITHDRAWN, CaseState.APPROVED}:
        return []
    lines = [f"理由：{reason}"] if reason else []
    if outcome is CaseState.TRANSFERRED:
        lines.append(f"已转到：{life.office or '中心没有写明'}。请告诉本人以后找这个部门。")
    elif life.office:
        lines.append(f"该由谁办：{life.office}")
    if outcome in _REPORTED:
        lines.append("这是否定事项：中心已登记报备。请说清理由和救济途径，不要只口头告知。")
    when = f" · {moment_words(life.decided_at, today)}" if life.decided_at else ""
    tone: Tone = "accent" if outcome is CaseState.TRANSFERRED else "danger"
    return [LifeNote(f"{STATE_WORDS[outcome]}{when}", tuple(lines), tone)]


def _delivery(delivery: Delivery) -> LifeNote:
    own = delivery.relation == "本人"
    who = "本人领取" if own else f"{delivery.receiver}（{delivery.relation}）领取"
    lines = [f"{DELIVERY_WORDS[delivery.method]}，{who}", "、".join(delivery.documents)]
    if delivery.post_no:
        lines.append(f"邮件号 {delivery.post_no}")
    if delivery.witness:
        lines.append(f"见证人 {delivery.witness}")
    return LifeNote("已送达，有送达回证", tuple(lines), "ok")


def note_card(note: LifeNote) -> Card:
    """Return a note as a card."""
    card = Card(tone=note.tone)
    card.setAccessibleName(note.title)
    card.add(label(note.title, strong=True, wrap=True, tone=note.tone or ""))
    for line in note.lines:
        card.add(label(line, "small", wrap=True))
    return card
