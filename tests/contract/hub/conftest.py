# SPDX-License-Identifier: MulanPSL-2.0
"""One running hub per test module; tests use devices and cases of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.device import FakeDevice
from tests.fakes.hub import RunningHub
from tests.fakes.postgres import PostgresServer


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    with RunningHub(tmp_path_factory.mktemp("hub")) as running:
        yield running


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture
def device(hub: RunningHub) -> FakeDevice:
    return hub.new_device()
