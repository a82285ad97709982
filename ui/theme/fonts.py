# SPDX-License-Identifier: MulanPSL-2.0
"""The text font: one that the system has, else the one that comes with the program."""

from functools import cache

from PySide6.QtGui import QFontDatabase

from ui.theme.tokens import load_tokens


@cache
def text_family() -> str:
    """Name of the font family that shows Chinese here.

    The bundled font (8 MB) is registered only when the system has none of the families that the
    tokens name: Qt maps the file, so this costs about ten milliseconds, not a read of it all.
    Needs a running `QGuiApplication`.

    Raises:
        RuntimeError: the system has no such font and the bundled one cannot be read.
    """
    installed = set(QFontDatabase.families())
    for family in load_tokens().families:
        if family in installed:
            return family
    # Deferred: the package is needed only on systems without a Chinese font.
    from pylopdf_fonts_zh_cn import sans_path  # noqa: PLC0415 - only where no Chinese font is installed

    number = QFontDatabase.addApplicationFont(str(sans_path()))
    names = QFontDatabase.applicationFontFamilies(number) if number >= 0 else []
    if not names:
        msg = "no Chinese font: neither on this system nor in the program"
        raise RuntimeError(msg)
    return names[0]
