# SPDX-License-Identifier: MulanPSL-2.0
"""One application with the look of the counter for all ui tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from ui.theme import apply_theme

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one warning pass: the offscreen platform says it has no window manager."""
    quiet = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(quiet)


@pytest.fixture
def look(qapp: QApplication) -> Iterator[QApplication]:
    """The application in 标准, light; put back afterwards."""
    apply_theme(qapp, "light", care=False)
    yield qapp
    apply_theme(qapp, "light", care=False)
