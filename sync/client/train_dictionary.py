# SPDX-License-Identifier: MulanPSL-2.0
"""``python -m sync.client.train_dictionary``: a zstd dictionary from made-up cases of the catalogue.

Run it when a catalogue version is published; the new file lies beside the old ones, which stay, or
goes to the counters by ``counter hub publish-dictionary``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from counter.bootstrap import Home
from counter.infra.paths import Paths
from counter.ports.sync_store import OutboxRow, SyncStore
from sync.client.simulate import Plan, Taker
from sync.client.training import open_training
from sync.protocol.dictionaries import FOLDER, SUFFIX, train
from sync.protocol.opened import open_token

CASES = 300


def samples(cases: int) -> list[bytes]:
    """Return the operations of so many made-up cases, as they travel."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_training(Home(Paths(Path(folder)))) as hall,
    ):
        core = hall.sign_in()
        try:
            hall.complete(core)
            taker = Taker(core, Plan(cases, 0, 1, as_json=False, wait_s=0))
            for number in range(cases):
                taker.take(number)
            rows = core.execution.run(lambda: _all(core.sync_store))
        finally:
            core.close()
    return [open_token(row.jws) for row in rows]


def _all(store: SyncStore) -> list[OutboxRow]:
    rows: list[OutboxRow] = []
    while more := store.exportable((rows[-1].epoch, rows[-1].seq) if rows else (-1, 0)):
        rows += more
    return rows


def main(argv: list[str] | None = None) -> int:
    """Write ``NAME.zdict`` beside those of the program, or where the person says."""
    parser = argparse.ArgumentParser(description="用目录里的事项造办件，训练压缩字典")
    parser.add_argument("name", help="目录版本，如 2026.1；按名称排序最后的一个用于发送")
    parser.add_argument("--cases", type=int, default=CASES, help="用多少件")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="写到哪个文件夹")
    wish = parser.parse_args(argv)
    wish.folder.mkdir(exist_ok=True)
    path = wish.folder / f"{wish.name}{SUFFIX}"
    path.write_bytes(train(samples(wish.cases)))
    sys.stdout.write(f"{path.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
