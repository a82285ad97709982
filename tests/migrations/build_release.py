# SPDX-License-Identifier: MulanPSL-2.0
"""Builds the database file that is kept for each release: run once per release, then commit it."""

import shutil
import tempfile
from pathlib import Path

from tests.storage.kit import Home, receive

FIXTURES = Path(__file__).parent / "fixtures"


def build(release: str) -> Path:
    """Write ``fixtures/<release>.db``: two receipts of invented people under the test key."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        with home.open() as store:
            receive(store, name="练习甲")
            receive(store, name="练习乙")
        FIXTURES.mkdir(exist_ok=True)
        return Path(shutil.copy(home.db, FIXTURES / f"{release}.db"))


if __name__ == "__main__":
    build("0.1.0")
