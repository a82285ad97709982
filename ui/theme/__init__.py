# SPDX-License-Identifier: MulanPSL-2.0
"""How the counter looks: tokens, fonts, icons and the style sheet made from them."""

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from ui.theme.qss import style_sheet
from ui.theme.theme import Theme
from ui.theme.tokens import MODES, Mode, Tokens, contrast, load_tokens

__all__ = [
    "MODES",
    "Mode",
    "Theme",
    "Tokens",
    "apply_theme",
    "contrast",
    "current",
    "load_tokens",
    "px",
]

_PALETTE = {
    QPalette.ColorRole.Window: "surface",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "raised",
    QPalette.ColorRole.AlternateBase: "sunken",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.Button: "raised",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.PlaceholderText: "muted",
    QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "on_accent",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.ToolTipBase: "raised",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.Mid: "line",
}


class _Look:
    """Holder of the look in force (GUI thread only)."""

    now = Theme()


def current() -> Theme:
    """The look in force; ask at paint time, it may change while the program runs."""
    return _Look.now


def px(name: str) -> int:
    """Pixels of a named size in the look in force, see `Theme.px`."""
    return _Look.now.px(name)


def apply_theme(app: QApplication, mode: Mode = "light", *, care: bool = False) -> Theme:
    """Give the whole program a look; may be called again at any time.

    Args:
        app: the application.
        mode: 浅色, 深色 or 高对比.
        care: true for 关怀.
    """
    theme = Theme(mode, care)
    if theme == _Look.now and app.property("look"):
        return theme
    _Look.now = theme
    if not app.property("look"):
        app.setStyle("Fusion")
    app.setProperty("look", f"{mode}/{care}")
    palette = QPalette()
    for role, name in _PALETTE.items():
        palette.setColor(role, theme.colour(name))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.hex("muted")))
    app.setPalette(palette)
    app.setFont(theme.font())
    app.setStyleSheet(style_sheet(theme))
    return theme
