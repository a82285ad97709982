# SPDX-License-Identifier: MulanPSL-2.0
"""A real hub process per module, a bad line before it, and counters enrolled with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sync.client.embedded import EmbeddedHub
from tests.contract.client.counter import Counter
from tests.contract.client.running import RunningHub
from tests.fakes.proxy import BadLine


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """One hub process for the tests of a module."""
    data = tmp_path_factory.mktemp("hub")
    with EmbeddedHub(data) as process:
        ready = process.start()
        running = RunningHub(data, ready.url)
        yield running
        running.centre.close()


@pytest.fixture
def line(hub: RunningHub) -> Iterator[BadLine]:
    parts = urlsplit(hub.url)
    with BadLine(str(parts.hostname), int(parts.port or 0)) as bad:
        yield bad


@pytest.fixture
def counter(hub: RunningHub, line: BadLine, tmp_path: Path) -> Iterator[Counter]:
    """A fresh counter of its own device, talking through the bad line."""
    one = Counter(hub.another_device(), line.url, tmp_path)
    yield one
    one.close()
