# SPDX-License-Identifier: MulanPSL-2.0
"""What all building blocks share: tones, labels, focus rings and spoken announcements."""

from typing import Literal

from PySide6.QtCore import QObject, QRect, QRectF, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QColor, QPainter, QPen
from PySide6.QtWidgets import QLabel, QWidget

from ui.theme import current, px

Tone = Literal["ok", "warn", "danger", "accent", "neutral"]
"""What a colour says: fine, look out, act, in hand, nothing special."""

Role = Literal["small", "body", "lead", "title", "display"]


def label(
    text: str = "",
    role: Role = "body",
    *,
    tone: Tone | Literal["muted", ""] = "",
    strong: bool = False,
    wrap: bool = False,
) -> QLabel:
    """A plain text label in a type role; never interprets markup."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    made.setProperty("role", role)
    if tone:
        made.setProperty("tone", tone)
    if strong:
        made.setProperty("strong", "true")
    return made


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet looks at, and let the change show."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


def set_tone(widget: QWidget, tone: Tone | Literal["muted", ""]) -> None:
    """Give a label or card another tone."""
    restyle(widget, "tone", tone)


def announce(source: QObject, text: str, *, urgent: bool = False) -> None:
    """Have a screen reader say a text, politely or at once."""
    if not QAccessible.isActive():
        return
    event = QAccessibleAnnouncementEvent(source, text)
    level = QAccessible.AnnouncementPoliteness
    event.setPoliteness(level.Assertive if urgent else level.Polite)
    QAccessible.updateAccessibility(event)


def paint_focus(painter: QPainter, rect: QRect, *, inner: QColor | None = None) -> None:
    """The visible focus ring: 2 px in the focus colour, with a light line inside on dark fills."""
    theme = current()
    radius = theme.px("radius")
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.colour("focus"), 2))
    painter.drawRoundedRect(QRectF(rect).adjusted(1, 1, -1, -1), radius, radius)
    if inner is not None:
        painter.setPen(QPen(inner, 1))
        edge = QRectF(rect).adjusted(2.5, 2.5, -2.5, -2.5)
        painter.drawRoundedRect(edge, radius - 2, radius - 2)


def touch() -> int:
    """Smallest height of something to press, in pixels."""
    return px("touch")
