# SPDX-License-Identifier: MulanPSL-2.0
"""What a counter gets from the hall's edge host while the line is down: the centre's words, no older."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from counter.domain.catalog import Item
from counter.domain.clocks import nearest
from counter.domain.operations import Operation
from counter.domain.signing import sign_json
from sync.client.engine.blobs import BlobEngine
from sync.client.engine.pull import PullEngine
from sync.client.engine.push import PushEngine
from sync.client.outcomes import AtEdge, LineError, Portal
from sync.edge.refresh import refresh
from sync.hub.handlers import backoffice
from sync.hub.handlers.enrol import new_code
from sync.hub.handlers.training import HALL
from sync.hub.storage import cases
from sync.protocol.edge import EDGE_WINDOW
from sync.protocol.snapshot import SNAPSHOT_TYP, SnapshotManifest
from sync.protocol.wire import CaseView, EnrolReply, HallInfo
from tests.contract.client.counter import Counter
from tests.contract.client.running import RunningHub
from tests.fakes.device import CLERK
from tests.fakes.edge import RunningEdge

pytestmark = pytest.mark.slow
CATALOG = Path(__file__).parents[3] / "resources" / "catalog"


@pytest.fixture
def edge(hub: RunningHub, counter: Counter, tmp_path: Path) -> Iterator[RunningEdge]:
    """The edge host of the hall, and the counter talks to it."""
    code = new_code(hub.centre, HALL.hall_code, EDGE_WINDOW)
    with RunningEdge(tmp_path / "edge", hub.url, code) as one:
        counter.url = one.url
        yield one


def engine_of(counter: Counter) -> PullEngine:
    return PullEngine(counter.kit(), counter.facts.device_id, HALL.hall_code)


def follow(engine: PullEngine) -> frozenset[str]:
    """Pull until nothing more comes at once; return what changed."""
    ids: frozenset[str] = frozenset()
    for _ in range(400):
        step = engine.step()
        ids |= step.ids
        if not step.more:
            return ids
    raise AssertionError("never came to an end")


def item_and_lists() -> tuple[Item, dict[str, dict[str, str]]]:
    found = json.loads((CATALOG / "dicts.json").read_text("utf-8"))["lists"]
    lists = {name: {c["code"]: c["label"] for c in one["codes"]} for name, one in found.items()}
    first = min((CATALOG / "items").glob("*.json"))
    return Item.model_validate_json(first.read_bytes()), lists


def enrolment(counter: Counter) -> EnrolReply:
    """What a receipt number is made from; keys and seals play no part here."""
    hall = vars(counter.identity.hall)
    known = {name: hall[name] for name in HallInfo.model_fields if name in hall}
    return EnrolReply(
        certificate="",
        epoch=1,
        hall=HallInfo.model_validate(known),
        centre_keys=(),
        seal_recipient="",
        recovery_recipient="",
        server_time="",
    )


def receive(counter: Counter) -> Operation:
    """Receive a case that the centre applies."""
    item, lists = item_and_lists()
    counter.device.enrolment = enrolment(counter)
    op = counter.device.received(item, lists, Random(5))
    counter.store.add(op, op.sign(counter.facts.key))
    return op


def push(counter: Counter) -> None:
    PushEngine(counter.kit(), counter.facts.device_id, counter.facts.epoch).step()


def shared(counter: Counter) -> dict[tuple[str, str, str], int]:
    mine = f"device:{counter.facts.device_id}"
    return {key: rev for key, rev in counter.store.live().items() if key[0] != mine}


def test_a_counter_that_was_off_gets_the_hall_from_the_host(
    hub: RunningHub, counter: Counter, edge: RunningEdge, tmp_path: Path
) -> None:
    """Catalogue, operators and cases; when the line is back the feed goes on without a repair."""
    op = receive(counter)
    push(counter)
    off = Counter(hub.another_device(), edge.url, tmp_path / "off")
    edge.forward()
    edge.line(up=False)
    engine = engine_of(off)
    assert op.entity_id in follow(engine)
    follow(engine)  # once more changes nothing
    assert {key[1] for key in off.store.live()} >= {"item", "operator", "case"}
    assert off.store.cursor() == ""
    edge.line(up=True)
    again = engine_of(off)
    follow(again)
    full = Counter(hub.another_device(), hub.url, tmp_path / "full")
    follow(engine_of(full))
    assert again.repairs == 0
    assert shared(off) == shared(full)
    off.close()
    full.close()


def test_an_old_snapshot_never_rolls_a_counter_back(
    hub: RunningHub, counter: Counter, edge: RunningEdge
) -> None:
    """A revocation the counter has heard of stays, whatever the host still has."""
    edge.forward()
    old = edge.host.hall.now()
    backoffice.revoke_device(hub.centre, hub.another_device().device_id)
    follow(engine_of(counter))
    known, feed_no = counter.store.live(), counter.store.feed_no()
    assert old.feed_no < feed_no
    edge.line(up=False)
    assert follow(engine_of(counter)) == frozenset()
    assert counter.store.live() == known
    edge.line(up=True)
    assert refresh(edge.host)
    edge.line(up=False)
    follow(engine_of(counter))
    assert counter.store.live() == known


def test_what_the_centre_did_not_sign_for_this_hall_is_not_believed(
    hub: RunningHub, counter: Counter, edge: RunningEdge
) -> None:
    edge.forward()
    hall = edge.host.hall
    good = hall.now().manifest
    manifest = SnapshotManifest.model_validate(edge.host.centre.payload(good, SNAPSHOT_TYP))
    later = manifest.model_copy(update={"feed_no": manifest.feed_no + 1000})
    forged = sign_json(later.model_dump(mode="json"), edge.host.who.key, SNAPSHOT_TYP)
    other = manifest.model_copy(update={"hall": "ZZZZZ", "feed_no": manifest.feed_no + 2000})
    centre_key = hub.centre.keys.signing
    foreign = sign_json(other.model_dump(mode="json"), centre_key, SNAPSHOT_TYP)
    edge.line(up=False)
    for token, said in ((forged, later), (foreign, other)):
        hall.install(token, said, 0)
        with pytest.raises(LineError) as told:
            follow(engine_of(counter))
        assert isinstance(told.value.outcome, Portal)
        assert counter.store.live() == {}
    hall.install(good, manifest, 0)
    follow(engine_of(counter))
    assert counter.store.live()


def test_a_snapshot_cut_in_the_middle_goes_on(
    hub: RunningHub, counter: Counter, edge: RunningEdge
) -> None:
    edge.forward()
    edge.line(up=False)
    engine = engine_of(counter)
    for _ in range(4):
        assert engine.step().more
    assert counter.store.live() == {}
    gathered = sum(map(len, counter.store.parts.held.values()))
    assert gathered > 0
    edge.restart()
    follow(engine_of(counter))
    assert counter.store.live()
    assert counter.store.parts.held == {}


def test_cases_answered_after_the_snapshot_are_shown_as_neighbours(
    hub: RunningHub, counter: Counter, edge: RunningEdge, tmp_path: Path
) -> None:
    off = Counter(hub.another_device(), edge.url, tmp_path / "off")
    edge.forward()
    op = receive(counter)
    push(counter)  # the centre answers; the host's snapshot is older
    assert counter.applied([op])
    edge.line(up=False)
    assert op.entity_id in follow(engine_of(off))
    (near,) = [one for one in off.store.records if one["entity_id"] == op.entity_id]
    assert near["action"] == "near"
    edge.line(up=True)
    edge.forward()
    edge.line(up=False)
    follow(engine_of(off))
    cases = [one["action"] for one in off.store.records if one["entity_id"] == op.entity_id]
    assert cases[-1] == "put"
    off.close()


def test_nothing_travels_when_nothing_changed(
    hub: RunningHub, counter: Counter, edge: RunningEdge
) -> None:
    edge.forward()
    before = edge.host.hall.now()
    assert not refresh(edge.host)
    assert edge.host.hall.now() == before


def test_the_worker_shows_that_only_the_host_is_there(
    hub: RunningHub, counter: Counter, edge: RunningEdge
) -> None:
    edge.forward()
    edge.line(up=False)
    step = engine_of(counter).step()
    assert step.more
    engine = engine_of(counter)
    follow(engine)
    assert isinstance(engine.step().trouble, AtEdge)


def test_the_host_learns_the_deadlines_of_cases_that_never_passed_it(
    hub: RunningHub, counter: Counter, edge: RunningEdge
) -> None:
    """Its pages go by them; ``test_edge_order`` has the rule."""
    counter.url = hub.url
    case = receive(counter)
    push(counter)
    counter.url = edge.url
    edge.forward()
    edge.line(up=False)
    data = b"a paper that was missing" * 100
    blob_id = counter.store.add_blob(data)
    blob = {"blob_id": blob_id, "size": len(data), "role": "id_copy", "media_type": "image/jpeg"}
    op = counter.device.operation(
        "case.supplemented", case.entity_id, {"note": "x"}, operator=CLERK, blobs=[blob]
    )
    counter.store.add(op, op.sign(counter.facts.key))
    push(counter)
    pages = BlobEngine(counter.kit())
    while pages.step().more:
        pass
    (job,) = edge.host.pages.blob_jobs(9)
    with hub.centre.database.read() as tx:
        row = cases.find(tx, case.entity_id)
    assert row is not None
    clock = nearest(CaseView.model_validate(row.view).clocks)
    assert clock is not None
    assert job.deadline == clock.due[:10]
