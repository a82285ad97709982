# SPDX-License-Identifier: MulanPSL-2.0
"""Fixtures of the storage tests."""

from pathlib import Path

import pytest

from tests.storage.kit import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A counter's empty folder."""
    return Home(tmp_path / "home")
