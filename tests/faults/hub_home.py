# SPDX-License-Identifier: MulanPSL-2.0
"""A centre made from nothing in one process, to be recorded: the hall, two small items, then serve.

python -m tests.faults.hub_home DATA READY: ``READY`` gets the address, the process and two codes.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from sync.hub.__main__ import main as hub
from sync.hub.centre import open_centre
from sync.hub.handlers import publish, training
from sync.hub.handlers.enrol import new_code
from tests.fakes.hub import AUTO_RULE, small_item


def prepare(data: Path) -> list[str]:
    """Make the centre complete and return codes for two windows."""
    centre = open_centre(data)
    try:
        training.seed(centre, data / "none")
        items = [small_item(), small_item("test_auto", auto_approve=AUTO_RULE)]
        documents = [
            publish.Document(
                "item", item.item_code, item.task_version, item.model_dump(mode="json")
            )
            for item in items
        ]
        publish.publish(centre, documents)
        hall = training.HALL.hall_code
        return [new_code(centre, hall, window) for window in (3, 4)]
    finally:
        centre.close()


def main(data: str, ready: str) -> int:
    """Prepare, tell the codes, serve until SIGTERM."""
    codes = prepare(Path(data))
    told = json.dumps({"pid": os.getpid(), "codes": codes})
    Path(ready).with_suffix(".codes").write_text(told, "ascii")
    return hub(["--data", data, "serve", "--ready-file", ready])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
