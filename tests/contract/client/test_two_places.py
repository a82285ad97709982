# SPDX-License-Identifier: MulanPSL-2.0
"""One bundle, twice, at two places, then the line: the centre is as with the line alone (M)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from counter.domain.checksum import EMPTY
from sync.client.centre import Centre
from sync.client.relay import relay
from sync.client.transport import Transport
from sync.hub.handlers.bundle import import_bundle
from sync.protocol.edge import EDGE_WINDOW
from tests.contract.client.courier_pair import Pair, World
from tests.contract.client.test_bundles import CASES, by_line, world
from tests.fakes.edge import RunningEdge
from tests.fakes.postgres import PostgresServer

__all__ = ["world"]  # a fixture
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.stop()


def everywhere(pair: Pair, folder: Path) -> None:
    """At the centre twice, by a neighbour through the edge host twice, and then online."""
    (path,) = pair.export().files
    with RunningEdge(folder, pair.hub.url, pair.hub.code(EDGE_WINDOW)) as edge:
        device = pair.hub.new_device()
        channel = Transport(edge.url, device.key).open()
        try:
            for _ in range(2):
                relay(channel, Centre(pair.core.identity.centre_keys), path)
                import_bundle(pair.hub.centre, path)
        finally:
            channel.close()
        edge.line(up=False)
        edge.line(up=True)
        pair.online(edge.url)


def compare(world: World, folder: Path, database: str) -> None:
    with world.copy(folder / "line") as pair:
        by_line(pair)
        online = pair.at_the_centre()
    with world.copy(folder / "both", database) as pair:
        everywhere(pair, folder / "edge")
        assert pair.sent()
        both = pair.at_the_centre()
        mine = pair.pull()
    assert len(online["cases"]) == CASES
    # The sealed files themselves were carried as blobs; pages are what operations speak of.
    pages = set(online["pages"])
    both["pages"] = sorted(pages & set(both["pages"]))
    assert both == online
    for scope, checksum in online["sums"].items():
        assert checksum != EMPTY
        assert scope.startswith("device:") or mine[scope] == checksum


def test_two_places_and_the_line_on_sqlite(world: World, tmp_path: Path) -> None:
    compare(world, tmp_path, "")


@pytest.mark.postgres
def test_two_places_and_the_line_on_postgres(
    world: World, tmp_path: Path, postgres: PostgresServer
) -> None:
    compare(world, tmp_path, postgres.new_database())
