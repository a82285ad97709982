# SPDX-License-Identifier: MulanPSL-2.0
"""The look in force: one mode and one size, asked for colours, pixels and fonts."""

from dataclasses import dataclass, field

from PySide6.QtGui import QColor, QFont

from ui.theme.fonts import text_family
from ui.theme.tokens import Mode, Tokens, load_tokens

_WEAK = {"ok": "ok_weak", "warn": "warn_weak", "danger": "danger_weak", "accent": "accent_weak"}


@dataclass(frozen=True, slots=True)
class Theme:
    """A mode at a size; immutable, so a widget may keep what it computed from it.

    Attributes:
        mode: 浅色, 深色 or 高对比.
        care: true for 关怀 (larger type and targets).
    """

    mode: Mode = "light"
    care: bool = False
    tokens: Tokens = field(default_factory=load_tokens)

    def hex(self, name: str) -> str:
        """`#RRGGBB` of a colour name.

        Besides the token names there are `header`, `on_header` (bar at the top) and the tones:
        `neutral` is `muted`, `neutral_weak` is `sunken`.
        """
        colours = self.tokens.colours[self.mode]
        aliases = {
            "neutral": "muted",
            "neutral_weak": "sunken",
            "header": "accent" if self.mode == "light" else "accent_weak",
            "on_header": "on_accent" if self.mode == "light" else "text",
        }
        return colours[aliases.get(name, name)]

    def colour(self, name: str) -> QColor:
        """The same as `hex`, ready for a painter."""
        return QColor(self.hex(name))

    def weak(self, tone: str) -> str:
        """Name of the quiet background that belongs to a tone."""
        return _WEAK.get(tone, "neutral_weak")

    def px(self, name: str) -> int:
        """Pixels of a named size.

        Args:
            name: a space (`xs s m l xl xxl`), a type role (`small body lead title display`),
                `radius`, `touch` (smallest target), or `icon` (a mark beside body text).

        Raises:
            KeyError: no such size.
        """
        tokens = self.tokens
        factor = tokens.care_factor if self.care else 1.0
        if name in tokens.space_px:
            return tokens.space_px[name]
        if name == "radius":
            return tokens.radius_px
        if name == "touch":
            return tokens.care_touch_px if self.care else tokens.touch_px
        if name == "icon":
            return round(tokens.type_px["body"] * factor)
        return round(tokens.type_px[name] * factor)

    def font(self, role: str = "body", *, bold: bool = False, mono: bool = False) -> QFont:
        """A font of a type role, sized in pixels."""
        own = text_family()
        made = QFont([*self.tokens.mono, own] if mono else [own])
        made.setPixelSize(self.px(role))
        made.setBold(bold)
        if mono:
            made.setStyleHint(QFont.StyleHint.Monospace)
        return made
