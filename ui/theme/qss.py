# SPDX-License-Identifier: MulanPSL-2.0
"""The one style sheet, made from the look in force.

Kept short on purpose: Qt parses it at start and matches every rule against every widget.
"""

from string import Template

from ui.theme.theme import Theme
from ui.theme.tokens import RESOURCES

_SHEET = Template("""
QMainWindow,QDialog,QWidget#surface,QStackedWidget,QScrollArea,QScrollArea>QWidget>QWidget
{background:$surface}
QLabel[role="small"]{font-size:${small}px}
QLabel[role="lead"]{font-size:${lead}px;font-weight:700}
QLabel[role="title"]{font-size:${title}px;font-weight:700}
QLabel[role="display"]{font-size:${display}px;font-weight:700}
QLabel[strong="true"]{font-weight:700}
QLabel[tone="muted"],QLabel[tone="neutral"]{color:$muted}
QLabel[tone="ok"]{color:$ok} QLabel[tone="warn"]{color:$warn}
QLabel[tone="danger"]{color:$danger} QLabel[tone="accent"]{color:$accent}
QFrame#card{background:$raised;border:1px solid $line;border-radius:${radius}px}
QFrame#card[tone="danger"]{border-color:$danger} QFrame#card[tone="warn"]{border-color:$warn}
QFrame#card[tone="ok"]{border:2px solid $ok} QFrame#card[tone="accent"]{border-color:$accent}
QFrame#card QScrollArea,QFrame#card QScrollArea>QWidget>QWidget,QFrame#overlay QScrollArea,
QFrame#overlay QScrollArea>QWidget>QWidget{background:$raised}
QFrame#rule{background:$line;border:0;min-height:1px;max-height:1px}
QFrame#sunken{background:$sunken;border-radius:${radius}px}
QLineEdit,QPlainTextEdit,QTextEdit,QComboBox,QSpinBox,QDateEdit{background:$raised;color:$text;
border:1px solid $line;border-radius:${radius}px;padding:1px ${s}px;
selection-background-color:$accent;selection-color:$on_accent}
QLineEdit,QComboBox,QSpinBox,QDateEdit{min-height:${field}px}
QLineEdit:focus,QPlainTextEdit:focus,QTextEdit:focus,QComboBox:focus,QSpinBox:focus,QDateEdit:focus
{border:2px solid $focus;padding:0 ${s1}px}
QLineEdit[invalid="true"],QComboBox[invalid="true"],QPlainTextEdit[invalid="true"]
{border:2px solid $danger;padding:0 ${s1}px}
QLineEdit:read-only,QLineEdit:disabled,QComboBox:disabled{background:$sunken;color:$muted}
QComboBox::drop-down,QDateEdit::drop-down{border:0;background:transparent;width:${xl}px}
QComboBox::down-arrow,QDateEdit::down-arrow{image:url("$arrow");width:${m}px;height:${m}px}
QComboBox QAbstractItemView{background:$raised;border:1px solid $line;outline:0}
QComboBox QAbstractItemView::item{min-height:${touch}px}
QCheckBox,QRadioButton{min-height:${touch}px;spacing:${s}px;border:2px solid transparent;
border-radius:${radius}px;padding:0 ${xs}px}
QCheckBox:focus,QRadioButton:focus{border-color:$focus}
QCheckBox::indicator,QRadioButton::indicator{width:${icon}px;height:${icon}px}
QAbstractItemView{background:$raised;border:2px solid $raised;outline:0;
selection-background-color:$accent_weak;selection-color:$text}
QAbstractItemView:focus{border-color:$focus}
QTableView{gridline-color:$line} QTableView::item{border-bottom:1px solid $line;padding:0 ${s}px}
QTableView::item:selected{background:$accent_weak;color:$text;$picked}
QHeaderView{background:$raised}
QHeaderView::section{background:$raised;color:$muted;font-size:${small}px;font-weight:700;border:0;
border-bottom:1px solid $line;padding:${s}px}
QMenu{background:$raised;color:$text;border:1px solid $line;padding:${xs}px}
QMenu::item{min-height:${menu}px;padding:0 ${xl}px 0 ${xl}px;border-radius:${radius}px}
QMenu::item:selected{background:$accent_weak;color:$accent}
QMenu::separator{height:1px;background:$line;margin:${xs}px}
QToolTip{background:$raised;color:$text;border:1px solid $line;padding:${xs}px}
QScrollBar:vertical{background:transparent;width:12px;margin:0}
QScrollBar:horizontal{background:transparent;height:12px;margin:0}
QScrollBar::handle{background:$muted;border-radius:4px;margin:2px;min-height:32px;min-width:32px}
QScrollBar::add-line,QScrollBar::sub-line{width:0;height:0}
QProgressBar{background:$sunken;border:1px solid $line;border-radius:${xs}px;max-height:${s}px}
QProgressBar::chunk{background:$accent;border-radius:3px}
QWidget#header{background:$header;border-bottom:1px solid $line}
QWidget#header QLabel{color:$on_header}
QWidget#nav{background:$raised;border-right:1px solid $line}
QWidget#status{background:$raised;border-top:1px solid $line}
QFrame#overlay{background:$raised;border:1px solid $muted;border-radius:${radius}px}
""")

_COLOURS = [
    "surface",
    "raised",
    "sunken",
    "line",
    "text",
    "muted",
    "accent",
    "on_accent",
    "accent_weak",
    "ok",
    "warn",
    "danger",
    "focus",
    "header",
    "on_header",
]
_SIZES = ["small", "lead", "title", "display", "radius", "touch", "icon", "xs", "s", "m", "xl"]


def style_sheet(theme: Theme) -> str:
    """The style sheet text of a look (pure; the caller applies it)."""
    words = {name: theme.hex(name) for name in _COLOURS}
    words |= {name: str(theme.px(name)) for name in _SIZES}
    touch = theme.px("touch")
    # A field's frame is outside Qt's min-height: 2 x (1 px border + 1 px padding).
    words |= {"field": str(touch - 4), "menu": str(touch - 8), "s1": str(theme.px("s") - 1)}
    # Where all fills are one colour, a line above and below says which row is chosen.
    lines = f"border-top:2px solid {words['accent']};border-bottom:2px solid {words['accent']}"
    words["picked"] = lines if theme.mode == "high_contrast" else ""
    # A style sheet cannot recolour a picture: the arrow comes once per mode.
    words["arrow"] = (RESOURCES / "themes" / f"arrow-{theme.mode}.svg").as_posix()
    return _SHEET.substitute(words).replace("\n", "")
