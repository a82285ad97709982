# SPDX-License-Identifier: MulanPSL-2.0
"""One row of the material list: what it is, how it may come, what is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from counter.domain.materials import WAY_WORDS, Way
from counter.domain.materials_list import MaterialState
from ui.theme import current
from ui.widgets.badge import badge_size, paint_badge
from ui.widgets.base import Tone, paint_focus


def day_short(iso: str) -> str:
    """Return 12月4日 for an ISO day."""
    return f"{int(iso[5:7])}月{int(iso[8:10])}日" if len(iso) >= 10 else ""


def state_badge(state: MaterialState) -> tuple[Tone, str, str]:
    """Tone, words and mark of what was given."""
    given = state.given
    if state.material.generated and state.done and (given is None or given.way == "missing"):
        return "ok", "签字后生成", "check"
    if given is None or given.way == "missing":
        if state.material.generated:
            return "neutral", "签字时生成", ""
        return ("warn", "待交", "dot") if state.required else ("neutral", "可不交", "")
    if state.problem is not None and state.problem.severity == "error":
        return "danger", WAY_WORDS[given.way], "warn"
    if given.way == "scanned":
        seen = "，已核原件" if given.original_checked else ""
        return "ok", f"已扫 {len(given.pages)} 页{seen}", "check"
    if given.way == "tolerated":
        return "warn", f"容缺，{day_short(given.due)}前补", "dot"
    if given.way in {"e_cert", "exempt"}:
        # Nobody here can see whether a certificate was revoked: never a green "verified".
        return "accent", f"{WAY_WORDS[given.way]}，待在线核验", "check"
    if given.way == "library" and given.checked_at:
        return "accent", f"已在库，{given.checked_at[:10]} 核过", "check"
    tone: Tone = "accent" if given.way in {"library", "promised"} else "ok"
    return tone, WAY_WORDS[given.way], "check"


def must_words(state: MaterialState) -> str:
    """必要 · 原件 · 可容缺到 12月4日."""
    material = state.material
    parts: list[str] = [material.is_need if material.is_need != "容缺后补" else "必要"]
    if material.generated:
        parts.append("由系统打印，本人签字")
    else:
        parts.append(material.material_type)
    if "tolerated" in state.ways_allowed and state.due:
        parts.append(f"可容缺到{day_short(state.due)}")
    if state.held is not None and state.way != "library":
        parts.append("库里有" if state.held.usable else "库里有，要核原件")
    return " · ".join(parts)


class MaterialRow(QAbstractButton):
    """A row that can be chosen and takes dropped pictures; arrows go between rows."""

    entered = Signal(str)
    """The focus came to this row."""
    dropped = Signal(str, object)
    """Key and `list[Path]`."""

    def __init__(self, key: str, on_key: Callable[[QKeyEvent], bool]) -> None:
        super().__init__()
        self.key = key
        self._on_key = on_key
        self._state: MaterialState | None = None
        self.here = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_state(self, state: MaterialState, *, here: bool) -> None:
        """Show how the row stands."""
        self._state, self.here = state, here
        name = state.material.material_name
        self.setText(name)
        self.setToolTip(state.material.fill_explain)
        self.setAccessibleName("，".join([name, must_words(state), state_badge(state)[1]]))
        self.setAccessibleDescription(state.problem.text if state.problem else "")
        self.update()

    def sizeHint(self) -> QSize:
        theme = current()
        lines = QFontMetrics(theme.font(bold=True)).height()
        lines += QFontMetrics(theme.font("small")).height()
        return QSize(200, max(lines + 2 * theme.px("s"), theme.px("touch")))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.entered.emit(self.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._on_key(event):
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        state = self._state
        if state is None:
            return
        theme = current()
        painter = QPainter(self)
        if self.here:
            painter.fillRect(self.rect(), theme.colour("accent_weak"))
            painter.fillRect(QRect(0, 0, 4, self.height()), theme.colour("accent"))
        pad, width = theme.px("m"), self.width()
        tone, words, mark = state_badge(state)
        size = badge_size(words, icon=mark)
        box = QRect(width - pad - size.width(), (self.height() - size.height()) // 2, 0, 0)
        box.setSize(size)
        paint_badge(painter, box, tone, words, icon=mark)
        bold, small = theme.font(bold=True), theme.font("small")
        tall, low = QFontMetrics(bold).height(), QFontMetrics(small).height()
        top = (self.height() - tall - low) // 2
        room = box.left() - 2 * pad
        lines = (
            (bold, "text", self.text(), top, tall),
            (small, "muted", must_words(state), top + tall, low),
        )
        for font, colour, text, at, height in lines:
            painter.setFont(font)
            painter.setPen(theme.colour(colour))
            cut = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QRect(pad, at, room, height), Qt.AlignmentFlag.AlignVCenter, cut)
        if self.hasFocus():
            paint_focus(painter, self.rect())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(u.toLocalFile()) for u in event.mimeData().urls() if u.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(self.key, paths)


WAY_BUTTONS: dict[Way, str] = {
    "original_checked": "原件核验",
    "library": "用库里的",
    "e_cert": "电子证照",
    "exempt": "免提交",
    "tolerated": "容缺",
    "promised": "告知承诺",
}
