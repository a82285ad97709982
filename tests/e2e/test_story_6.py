# SPDX-License-Identifier: MulanPSL-2.0
"""Acceptance story 6: a market day without a line, carried on one stick, answered on the same one."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from counter.app.commands import Receipt, ReceiveCase
from counter.bootstrap import Home
from counter.bootstrap.core import Core
from counter.domain.draft import Draft
from counter.domain.errors import DomainError
from counter.domain.sample import generate_valid
from counter.infra.paths import Paths
from sync.client.simulate import Plan, Taker
from sync.client.training import open_training
from sync.client.transport import Transport
from sync.hub.commands import RESOURCES
from sync.hub.handlers import backoffice, publish
from tests.contract.client.courier_pair import Pair
from tests.fakes.hub import RunningHub
from tests.fakes.keyring import FakeKeyring
from tests.unit.catalog_kit import item
from ui.stick_courier import CourierStick

pytestmark = pytest.mark.slow
ALIVE, ENROL = 28, 9  # 资格认证, 参保登记
BATCH = ["pension_alive"] * ALIVE + ["medical_enrol"] * ENROL


class Market(Taker):
    """The pop-up counter: everybody in the queue wants one of two things."""

    place = 0
    last: Draft | None = None

    def _sample(self, rng: random.Random) -> Draft:
        code = BATCH[self.place]
        self.place += 1
        core = self._core
        who = core.session.operator_id
        self.last = generate_valid(
            item(code), rng, self._today, code_lists=self._lists, operator_id=who
        )
        return self.last


class Twice(Taker):
    """Somebody comes again with the same wish, and gives no reason."""

    def __init__(self, core: Core, before: Draft) -> None:
        super().__init__(core, Plan(1, 1, 6, False, 1))
        self._before = before

    def _sample(self, _rng: random.Random) -> Draft:
        return self._before.model_copy(deep=True)

    def _receive(self, draft: Draft) -> Receipt:
        return cast("Receipt", self._do(ReceiveCase(draft)))


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    with RunningHub(tmp_path_factory.mktemp("story6")) as running:
        publish.publish(running.centre, list(publish.read_folder(RESOURCES)))
        yield running


def counter_of(hub: RunningHub, folder: Path, window: int) -> Pair:
    folder.mkdir()
    hall = open_training(
        Home(Paths(folder / "home"), FakeKeyring()), hub_url=hub.url, code=hub.code(window)
    )
    return Pair(hub, hall, hall.sign_in(), folder)


def stick_of(pair: Pair) -> CourierStick:
    who = pair.core.identity
    return CourierStick(pair.core, lambda: Transport(pair.hub.url, who.key))


def test_a_market_day_on_one_stick(hub: RunningHub, tmp_path: Path) -> None:
    market = counter_of(hub, tmp_path / "market", 3)
    office = counter_of(hub, tmp_path / "office", 4)
    stick = tmp_path / "stick"
    stick.mkdir()
    try:
        numbers = take_all(market)
        carried_and_answered(market, office, stick, numbers)
    finally:
        market.core.close()
        office.core.close()


def take_all(market: Pair) -> list[str]:
    """No line all day; a person who comes twice is noticed before a second receipt."""
    taker = Market(market.core, Plan(len(BATCH), 1, 6, False, 1))
    numbers = [taker.take(number).receipt_no for number in range(len(BATCH))]
    assert len(set(numbers)) == len(BATCH)
    assert taker.last is not None
    with pytest.raises(DomainError) as told:
        Twice(market.core, taker.last).take(0)
    assert told.value.code == "DUPLICATE"
    found = market.core.execution.run(market.core.sync_store.counts)
    assert (found.local_only, found.at_centre) == (len(BATCH), 0)
    return numbers


def carried_and_answered(market: Pair, office: Pair, stick: Path, numbers: list[str]) -> None:
    out = stick_of(market).copy_out(stick)
    assert (out.tone, len(list(stick.glob("*.ycb")))) == ("ok", 1)
    assert stick_of(office).take_in(stick).tone == "warn"  # nothing on it is for this counter
    told = stick_of(office).carry(stick)
    assert f"{len(BATCH)} 笔" in told.words
    centre = market.hub.centre
    cases = [row for row in backoffice.list_cases(centre) if row["receipt_no"] in numbers]
    assert Counter(row["item_code"] for row in cases) == Counter(BATCH)
    back = stick_of(market).take_in(stick)
    assert f"{len(BATCH)} 笔" in back.words
    found = market.core.execution.run(market.core.sync_store.counts)
    assert (found.local_only, found.exported, found.at_centre) == (0, 0, len(BATCH))
    # What the centre decided came with the answer; another trip brings what it decides later.
    rows = market.core.execution.run(lambda: market.core.queries.cases(limit=100)).rows
    states = {row["receipt_no"]: row["state"] for row in cases}
    assert {row.receipt_no: row.state for row in rows} == states
