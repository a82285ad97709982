# SPDX-License-Identifier: MulanPSL-2.0
"""A child process that receives cases and shows each receipt until it is killed."""

import sys
from pathlib import Path

from tests.storage.kit import Home, receive


def main(folder: str, identity: str) -> None:
    """Receive without end; a line is printed only after the commit rule."""
    home = Home(Path(folder), identity=identity)
    with home.open() as store:
        while True:
            case, _ = receive(store)
            print(case.receipt_no, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
