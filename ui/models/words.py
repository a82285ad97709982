# SPDX-License-Identifier: MulanPSL-2.0
"""States, times and sizes as short words with a tone; shared by all screens so they never differ."""

from datetime import date, datetime

from ui.operations.line import LineStatus
from ui.widgets.base import Tone

_WEEKDAY = "一二三四五六日"

STATE_TONES: dict[str, Tone] = {
    "draft": "neutral",
    "received": "accent",
    "supplement": "warn",
    "supplied": "accent",
    "not_accepted": "danger",
    "deemed": "danger",
    "accepted": "ok",
    "tolerated": "warn",
    "promised": "ok",
    "reviewing": "ok",
    "suspended": "warn",
    "approved": "ok",
    "refused": "danger",
    "transferred": "accent",
    "returned": "warn",
    "withdrawn": "neutral",
    "delivered": "neutral",
    "rated": "neutral",
    "archived": "neutral",
}
DELIVERY_TONES: dict[str, Tone] = {
    "local": "warn",
    "exported": "accent",
    "sent": "accent",
    "centre": "ok",
    "attention": "danger",
}
LEVEL_TONES: dict[str, Tone] = {
    "none": "neutral",
    "yellow": "warn",
    "red": "danger",
    "overdue": "danger",
}
DUE_WORDS = {
    "answer": "答复期限",
    "promise": "承诺办结",
    "gap": "容缺补齐",
    "delivery": "送达期限",
    "deemed": "视为受理",
}
OP_WORDS = {
    "case.received": "收件",
    "case.supplement_requested": "补正告知",
    "case.supplemented": "补交材料",
    "case.accept_requested": "请求受理",
    "case.tolerated": "容缺",
    "case.withdrawn": "本人撤回",
    "case.corrected": "更正",
    "case.delivered": "送达",
    "case.deemed": "视为受理",
    "case.refusal_drafted": "起草不予受理",
    "case.refusal_reported": "否定事项报备",
    "case.informed": "已告知本人",
    "case.taken_over": "接手",
    "case.given_back": "交回",
    "material.added": "材料",
    "material.verified": "材料核验",
    "rating.given": "群众评价",
    "rating.step": "差评办理",
    "appeal.registered": "诉求",
    "appeal.step": "诉求办理",
    "visit.recorded": "上门",
    "person.noted": "人员信息",
    "audit.batch": "操作记录",
}
OP_STATES: dict[str, tuple[str, Tone]] = {
    "QUEUED": ("排队", "neutral"),
    "WAIT_DEP": ("等前一件", "neutral"),
    "APPLIED": ("已到中心", "ok"),
    "HELD": ("等人决定", "warn"),
    "CONFLICT": ("等人决定", "warn"),
    "REJECTED": ("中心退回", "danger"),
}
_LINK: dict[str, tuple[Tone, str]] = {
    "online": ("ok", "在线"),
    "narrow": ("warn", "窄线路"),
    "offline": ("warn", "离线"),
    "checking": ("neutral", "正在检查网络"),
    "blocked": ("danger", "没有连到中心"),
    "clock": ("danger", "本机时间不对"),
    "refused": ("danger", "中心不认本机"),
}
NEEDS_PERSON = frozenset({"HELD", "CONFLICT", "REJECTED"})


def link_words(status: LineStatus) -> tuple[Tone, str]:
    """The line in a word or two: its cause where that is known, else its state."""
    tone, words = _LINK[status.link]
    return tone, status.short or words


def day_of(iso: str) -> date:
    """The day of an ISO day or moment."""
    return date.fromisoformat(iso[:10])


def clock_words(iso: str) -> str:
    """10:31, or nothing for a day without a time."""
    return f"{datetime.fromisoformat(iso):%H:%M}" if len(iso) > 10 else ""


def stamp_words(iso: str) -> str:
    """11-22 10:31."""
    return f"{day_of(iso):%m-%d} {clock_words(iso)}".rstrip() if iso else "—"


def moment_words(iso: str, today: date) -> str:
    """10:31 for today, 昨天 16:40, else 11月20日 16:40."""
    if not iso:
        return ""
    day, clock = day_of(iso), clock_words(iso)
    if day == today:
        return clock or "今天"
    if (today - day).days == 1:
        return f"昨天 {clock}".rstrip()
    return f"{month_day(day)} {clock}".rstrip()


def month_day(day: date) -> str:
    """11月27日."""
    return f"{day.month}月{day.day}日"


def long_day(iso: str) -> str:
    """11月27日（周五）."""
    day = day_of(iso)
    return f"{month_day(day)}（周{_WEEKDAY[day.weekday()]}）"


def due_words(iso: str, today: date) -> str:
    """今天, 明天, 11月27日, 已过 2 天; — when no date matters."""
    if not iso:
        return "—"
    day = day_of(iso)
    left = (day - today).days
    if left < 0:
        return f"已过 {-left} 天"
    clock = clock_words(iso)
    if left == 0:
        return f"今日 {clock}".rstrip()
    return "明天" if left == 1 else month_day(day)


def size_words(size: int) -> str:
    """0.9 KB, 4.8 MB."""
    if size < 1024 * 1024:
        return f"{max(size, 1) / 1024:.1f} KB"
    return f"{size / (1024 * 1024):.1f} MB"


def short_no(number: str) -> str:
    """The part of a receipt number that tells two of one counter apart."""
    parts = number.split("-")
    return "…" + "-".join(parts[-3:]) if len(parts) >= 5 else number
