# SPDX-License-Identifier: MulanPSL-2.0
"""``counter simulate``: take made-up cases in the training hall, without a screen.

It goes through the same commands as the screen. A receipt number is printed only after the
commit rule was kept: whoever reads the line may hold the program to it.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

from PIL import Image, ImageDraw

from counter.app.commands import Command, Receipt, ReceiveCase, SaveDraft, StartDraft, StorePage
from counter.bootstrap import Home
from counter.bootstrap.core import Core
from counter.domain.catalog import Item
from counter.domain.draft import Draft
from counter.domain.errors import CounterError, DomainError, KnownError
from counter.domain.materials import Page
from counter.domain.sample import SampleError, generate_valid
from counter.infra.paths import Paths
from counter.infra.single_instance import SingleInstance
from sync.client.training import SYNC_LOCK, TrainingHall, open_training
from sync.client.worker import Pace, SyncWorker

_PAGE_SIZE = (827, 1169)  # A4 at 100 dpi
_QUALITY = 60
_SPLIT = 1_000_003  # keeps the chance of case n apart from that of seed n
T = TypeVar("T")


@dataclass(frozen=True)
class Plan:
    """What is asked for."""

    cases: int
    pages: int
    seed: int
    as_json: bool
    wait_s: float


def page_image(rng: random.Random, words: str) -> bytes:
    """Return a JPEG that looks like a scanned page to every check: text lines and paper noise."""
    grain = Image.frombytes("L", (207, 292), rng.randbytes(207 * 292)).resize(_PAGE_SIZE)
    paper = Image.blend(Image.new("L", _PAGE_SIZE, 245), grain, 0.06)
    pen = ImageDraw.Draw(paper)
    for line in range(12):
        pen.text((80, 90 + line * 80), f"{words} {rng.getrandbits(64):016x}", fill=30)
    out = io.BytesIO()
    paper.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


class Taker:
    """Takes cases one after the other through the command bus."""

    def __init__(self, core: Core, plan: Plan) -> None:
        """Load what a clerk has at hand: items and code lists."""
        self._core = core
        self._plan = plan
        self._items = self._offered()
        self._lists = self._read(core.queries.code_lists)
        self._today = core.clock.now().date()

    def take(self, number: int) -> Receipt:
        """Take case ``number``; returns only when it is safe.

        Raises:
            KnownError: the surroundings fail (disk full …).
        """
        rng = random.Random(self._plan.seed * _SPLIT + number)  # noqa: S311 - made-up data
        sample = self._sample(rng)
        draft_id = str(self._do(StartDraft()))
        begun = self._read(lambda: self._core.queries.draft(draft_id))
        if begun is None:
            raise LookupError(draft_id)
        draft = sample.model_copy(
            update={
                "draft_id": begun.draft_id,
                "case_id": begun.case_id,
                "operator_id": begun.operator_id,
                "started_at": begun.started_at,
            }
        )
        self._scan(draft, rng)
        draft.step = "review"
        self._do(SaveDraft(draft))
        return self._receive(draft)

    def _receive(self, draft: Draft) -> Receipt:
        try:
            return cast("Receipt", self._do(ReceiveCase(draft)))
        except DomainError as error:
            if error.code != "DUPLICATE":
                raise
        draft.duplicate_reason = "练习：同一人再办一次"
        return cast("Receipt", self._do(ReceiveCase(draft)))

    def _scan(self, draft: Draft, rng: random.Random) -> None:
        """Store real pages in place of the sample's references; ``pages`` in all, one a row."""
        scanned = [key for key, given in draft.materials.items() if given.pages]
        extra = max(0, self._plan.pages - len(scanned))
        materials = dict(draft.materials)
        for place, key in enumerate(scanned):
            count = 1 + (extra if place == 0 else 0)
            pages = tuple(self._page(rng, key) for _ in range(count))
            materials[key] = materials[key].model_copy(update={"pages": pages})
        draft.materials = materials
        if draft.signature is not None:
            signed = self._page(rng, "signature")
            draft.signature = draft.signature.model_copy(update={"page": signed})

    def _page(self, rng: random.Random, words: str) -> Page:
        return cast("Page", self._do(StorePage(page_image(rng, words), "simulated")))

    def _sample(self, rng: random.Random) -> Draft:
        """Return a valid draft of some item; a situation nobody fits is passed over."""
        for _ in range(50):
            item = rng.choice(self._items)
            try:
                return generate_valid(
                    item,
                    rng,
                    self._today,
                    code_lists=self._lists,
                    operator_id=self._core.session.operator_id,
                )
            except SampleError:
                continue
        raise SampleError("no item can be filled")

    def _offered(self) -> list[Item]:
        hits = self._read(
            lambda: self._core.queries.frequent_items(self._core.session.operator_id, 200)
        )
        found = [self._item(hit.item_code) for hit in hits]
        items = [item for item in found if item is not None and item.task_state == "在用"]
        if not items:
            raise KnownError(
                code="TRAINING-ITEMS",
                what="本机还没有事项清单。",
                safe="没有改动任何数据。",
                todo="请先联网运行一次（不带 --offline）。",
            )
        return sorted(items, key=lambda item: item.item_code)

    def _item(self, code: str) -> Item | None:
        return self._read(lambda: self._core.queries.item(code))

    def _do(self, command: Command) -> object:
        core = self._core
        return core.execution.run(lambda: core.bus.handle(command, core.session)).value

    def _read(self, query: Callable[[], T]) -> T:
        return self._core.execution.run(query)


def main(argv: list[str] | None = None) -> int:
    """Run ``counter simulate``; 0 = all taken (and sent, unless offline), 1 = not, 2 = usage."""
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as stop:
        return int(stop.code or 0)
    plan = Plan(arguments.cases, arguments.pages, arguments.seed, arguments.json, arguments.wait)
    home = Home(Paths(arguments.home.expanduser().absolute()))
    try:
        with SingleInstance(home.paths.lock):  # two programs on one home would mix their journals
            return _run(home, plan, arguments)
    except CounterError as error:
        _say(str(error))
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="counter simulate", description="在练习大厅自动收件：每收一件打印一个收件号"
    )
    parser.add_argument("--cases", type=int, default=1, help="收几件")
    parser.add_argument("--pages", type=int, default=3, help="每件至少几页材料")
    parser.add_argument("--offline", action="store_true", help="只收件，不传送")
    parser.add_argument("--hub", default="", help="已在运行的练习中心；不写则自己启动一个")
    parser.add_argument("--code", default="", help="用 --hub 第一次登记时的登记码")
    parser.add_argument("--seed", type=int, default=1, help="随机数种子")
    parser.add_argument("--home", type=Path, default=_default_home(), help="练习用的文件夹")
    parser.add_argument("--json", action="store_true", help="每件打印一行 JSON")
    parser.add_argument("--wait", type=float, default=120.0, help="最多等多少秒传完")
    return parser


def _default_home() -> Path:
    """Beside the real home, never inside it."""
    real = Paths.default().home
    return real.with_name(f"{real.name}-training")


def _run(home: Home, plan: Plan, arguments: argparse.Namespace) -> int:
    if arguments.offline and home.enrolled:
        hall = TrainingHall(home, "")
    else:
        hall = open_training(home, hub_url=arguments.hub, code=arguments.code)
    with hall:
        if arguments.offline:
            hall.close()  # it was needed once, for the enrolment
        core = hall.sign_in()
        try:
            if arguments.offline:
                return _take_all(core, plan)
            hall.complete(core)
            return _take_and_send(core, hall, plan)
        finally:
            core.close()


def _take_all(core: Core, plan: Plan, each: Callable[[], None] = lambda: None) -> int:
    taker = Taker(core, plan)
    started = time.monotonic()
    for number in range(plan.cases):
        receipt = taker.take(number)
        _print(receipt, as_json=plan.as_json)
        each()
    seconds = time.monotonic() - started
    _say(f"收件 {plan.cases} 件，用时 {seconds:.2f} 秒。")
    return 0


def _take_and_send(core: Core, hall: TrainingHall, plan: Plan) -> int:
    transport = hall.transport(core)
    worker = SyncWorker(
        core.sync_store,
        core.execution,
        core.identity,
        transport,
        core.clock,
        lambda _: None,
        lambda _: None,
        lock_file=core.paths.home / SYNC_LOCK,
        pace=Pace(push_s=1.0, blobs_s=1.0, pull_s=2.0),
    )
    worker.start()
    try:
        code = _take_all(core, plan, worker.kick)
        empty = _wait_until_sent(core, worker, plan.wait_s)
    finally:
        worker.stop()
    counts = core.execution.run(core.sync_store.counts)
    traffic = transport.meter.traffic()
    _say(
        f"已到中心 {counts.at_centre} 件，中心已受理 {counts.accepted} 件，"
        f"要处理 {counts.needs_person} 件；"
        f"只在本机 {counts.local_only} 件、{counts.pages_pending} 页。"
        f"上传 {traffic.up} 字节，接收 {traffic.down} 字节。"
    )
    if not empty:
        _say("到时间还没有传完；数据都在本机，下次运行会接着传。")
    return code if empty else 1


def _wait_until_sent(core: Core, worker: SyncWorker, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        counts = core.execution.run(core.sync_store.counts)
        if counts.local_only == 0 and counts.pages_pending == 0:
            return True
        worker.kick()
        time.sleep(0.2)
    return False


def _print(receipt: Receipt, *, as_json: bool) -> None:
    line = receipt.receipt_no
    if as_json:
        facts = {
            "receipt_no": receipt.receipt_no,
            "case_id": receipt.case_id,
            "op_id": receipt.op_id,
            "op_hash": receipt.op_hash,
        }
        line = json.dumps(facts, ensure_ascii=False)
    print(line, flush=True)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
