# SPDX-License-Identifier: MulanPSL-2.0
"""The whole way over sockets: counter, edge host, bad outside line, centre; the host is killed."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sync.client.engine.blobs import BlobEngine
from sync.client.outcomes import LineError
from sync.hub.handlers.enrol import new_code
from sync.hub.handlers.training import HALL
from sync.protocol.edge import EDGE_WINDOW
from tests.contract.client.counter import Counter, wait_until
from tests.contract.client.running import RunningHub
from tests.contract.client.test_edge import due_now, once
from tests.fakes.proxy import BadLine

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]


@contextmanager
def host_process(data: Path, upstream: str, port: int, code: str = "") -> Iterator[str]:
    """A host in a process of its own; leaving kills it, as a power cut does."""
    words = ["serve", "--data", str(data), "--upstream", upstream, "--port", str(port)]
    with subprocess.Popen(
        [sys.executable, "-m", "sync.edge", *words, "--code", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip().removeprefix("ready ")
        finally:
            process.kill()


def step_on(engine: BlobEngine, steps: int) -> bool:
    """Do so many steps; false, for ``wait_until``."""
    for _ in range(steps):
        with contextlib.suppress(LineError):
            if not engine.step().more:
                time.sleep(0.05)
    return False


def test_a_host_killed_in_mid_upload_behind_a_bad_line(
    hub: RunningHub, counter: Counter, tmp_path: Path
) -> None:
    """Nothing is lost, everything has one effect, and the counter hears it from the centre."""
    parts = urlsplit(hub.url)
    data = tmp_path / "host"
    photo = random.Random(1).randbytes(900_000)
    with BadLine(str(parts.hostname), int(parts.port or 0)) as outside:
        code = new_code(hub.centre, HALL.hall_code, EDGE_WINDOW)
        with host_process(data, outside.url, 0, code) as url:
            counter.url = url
            first = counter.note()
            assert wait_until(lambda: _pushed(counter) or counter.applied([first]), 20)
            outside.always(refuse=True)
            second = counter.note()
            blob_id = counter.store.add_blob(photo)
            step_on(BlobEngine(counter.kit()), 3)
            _pushed(counter)
            assert 0 < counter.store.jobs[blob_id].offset < len(photo)
            assert not counter.applied([second])
        with host_process(data, outside.url, int(urlsplit(url).port or 0)):
            engine = BlobEngine(counter.kit())
            assert wait_until(
                lambda: step_on(engine, 1) or counter.store.jobs[blob_id].offset == len(photo), 20
            )
            assert hub.blob(blob_id) is None
            outside.heal()
            outside.plan(cut_up=200_000, times=2)
            due_now(counter)
            assert wait_until(lambda: _pushed(counter) or counter.applied([second]), 60)
        with host_process(data, outside.url, int(urlsplit(url).port or 0)):
            # A new engine each time: one alone would look again only after a while.
            assert wait_until(
                lambda: step_on(BlobEngine(counter.kit()), 3) or not counter.store.jobs, 60
            )
    once(hub, counter, [first, second])
    assert hub.blob(blob_id) == photo


def _pushed(counter: Counter) -> bool:
    due_now(counter)
    with contextlib.suppress(LineError):
        counter.push_engine().step()
    return False
