# SPDX-License-Identifier: MulanPSL-2.0
"""A dictionary the centre publishes comes with the feed, is used, and an unknown one harms nothing."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from counter.domain.errors import DomainError
from sync.client.engine.pull import PullEngine
from sync.client.engine.push import PushEngine
from sync.client.engine.step import Line
from sync.client.transport import Ask, Reply
from sync.hub.__main__ import main
from sync.hub.handlers import packing, publish
from sync.protocol.dictionaries import DICT_ID_HEADER, KIND, NAME, document, known, read, train
from tests.contract.client.counter import Counter
from tests.contract.client.running import RunningHub
from tests.fakes.alone import Alone


class Watched(Alone):
    """Notes the dictionary each push was tried with."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.meter, self.base = line.meter, line.base
        self.tried: list[str] = []

    def call(self, ask: Ask) -> Reply:
        return self._line.call(ask)

    def lines(self, ask: Ask, media_type: str) -> Iterator[bytes]:
        self.tried.append(ask.headers.get(DICT_ID_HEADER, ""))
        return self._line.lines(ask, media_type)


def trained(seed: int) -> bytes:
    words = random.Random(seed).choices("上门核对材料收件受理办结送达", k=40)
    return train([f"{''.join(words[n % 30 :])} {n}".encode() * 6 for n in range(300)])


def published(hub: RunningHub, content: bytes) -> str:
    made = publish.checked(KIND, "", json.dumps(document(content)).encode())
    publish.publish(hub.centre, [made])
    return made.version


def pull_all(counter: Counter) -> None:
    engine = PullEngine(counter.kit(), counter.facts.device_id)
    while engine.step().more:
        pass


def sent_with(counter: Counter) -> list[str]:
    """Push one operation; return the dictionaries it was tried with."""
    kit = counter.kit()
    line = Watched(kit.channel)
    engine = PushEngine(replace(kit, channel=line), counter.facts.device_id, counter.facts.epoch)
    op = counter.note()
    while engine.step().more:
        pass
    assert counter.applied([op])
    return line.tried


def test_it_comes_with_the_feed_and_is_used_from_then_on(hub: RunningHub, counter: Counter) -> None:
    pull_all(counter)
    before = sent_with(counter)
    first = published(hub, trained(1))
    assert sent_with(counter) == before, "nobody waits for it"
    pull_all(counter)
    assert sent_with(counter) == [first]
    second = published(hub, trained(2))
    assert sent_with(counter) == [first], "an old one is read as long as somebody has it"
    pull_all(counter)
    assert sent_with(counter) == [second]


def test_a_counter_that_comes_later_gets_the_newest_only(hub: RunningHub, counter: Counter) -> None:
    published(hub, trained(3))
    newest = published(hub, trained(4))
    pull_all(counter)
    fed = [r for r in counter.store.records if r["kind"] == KIND]
    assert [read_back(one) for one in fed] == [newest]


def read_back(record: dict[str, object]) -> str:
    body = record["body"]
    assert isinstance(body, dict)
    return publish.checked(KIND, "", json.dumps(body).encode()).version


def test_one_the_centre_does_not_know_costs_one_answer(hub: RunningHub, counter: Counter) -> None:
    foreign = trained(5)
    counter.store.documents[KIND, NAME] = document(foreign)
    tried = sent_with(counter)
    assert tried[0] == read(foreign).dict_id
    assert len(tried) == 2
    assert tried[1] in known()


def test_the_command_publishes_and_refuses_what_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good.zdict", tmp_path / "bad.zdict"
    good.write_bytes(trained(6))
    bad.write_bytes(b"no dictionary at all")
    place = ["--data", str(tmp_path / "hub")]
    assert main([*place, "publish-dictionary", str(good)]) == 0
    assert read(good.read_bytes()).dict_id in capsys.readouterr().out
    assert main([*place, "publish-dictionary", str(good)]) == 0
    assert "没有变化" in capsys.readouterr().out
    assert main([*place, "publish-dictionary", str(bad)]) != 0
    assert "PUB-FORM" in capsys.readouterr().err


def test_damaged_ones_are_never_published(hub: RunningHub) -> None:
    good, chance = trained(7), random.Random(7)
    for _ in range(40):
        cut = good[: chance.randrange(len(good))]
        try:
            made = publish.checked(KIND, "", json.dumps(document(cut)).encode())
        except DomainError:
            continue
        assert packing.find(hub.centre, made.version) is None, "checked is not yet published"
