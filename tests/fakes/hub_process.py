# SPDX-License-Identifier: MulanPSL-2.0
"""``counter hub serve`` as a process of its own, with the training hall and one small item.

The centre behind it is open in the test as well: to make codes and to look at what it keeps.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

from sync.hub.centre import open_centre
from sync.hub.handlers import publish, training
from sync.hub.handlers.enrol import new_code
from tests.fakes.device import FakeDevice
from tests.fakes.hub import small_item


class HubProcess:
    """Starts with the object, ends with ``stop``."""

    def __init__(
        self, data: Path, *, workers: int = 1, database: str = "", pushes: int = 0
    ) -> None:
        """Start it in ``data`` and wait until it answers."""
        self.centre = open_centre(data, database=database)
        training.seed(self.centre, data)
        item = small_item()
        body = item.model_dump(mode="json")
        document = publish.Document("item", item.item_code, item.task_version, body)
        publish.publish(self.centre, [document])
        ready = data / "test.ready"
        place = ["--data", str(data), *(["--database", database] if database else [])]
        verb = ["serve", "--workers", str(workers), "--ready-file", str(ready)]
        verb += ["--pushes", str(pushes)] if pushes else []
        self._log_file = data / "test.log"
        with self._log_file.open("wb") as log:  # a pipe nobody reads would stop a busy hub
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sync.hub", *place, *verb],
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        end = time.monotonic() + 60
        while not ready.exists():
            assert self.process.poll() is None, "the hub ended"
            assert time.monotonic() < end, "the hub did not start"
            time.sleep(0.05)
        self.url = str(json.loads(ready.read_text("utf-8"))["url"])

    def workers(self) -> list[int]:
        """Process ids of the workers (Linux)."""
        pid = self.process.pid
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
        lines = {int(one): Path(f"/proc/{one}/cmdline").read_bytes() for one in found}
        return [one for one, line in lines.items() if b"spawn_main" in line]

    def device(self) -> FakeDevice:
        """Return an enrolled device."""
        device = FakeDevice(self.url)
        device.enrol(new_code(self.centre, training.HALL.hall_code, 3))
        return device

    def ask_to_end(self) -> None:
        """Send SIGTERM."""
        self.process.send_signal(signal.SIGTERM)

    def stop(self) -> int:
        """Ask it to end, wait, and return its exit code."""
        self.ask_to_end()
        self.process.wait(timeout=60)
        self.log = self._log_file.read_text("utf-8")
        self.centre.close()
        return self.process.returncode
