# SPDX-License-Identifier: MulanPSL-2.0
"""The feed over real HTTP: catalogue, own results, cursor and checksums."""

from __future__ import annotations

import pytest

from counter.domain.errors import KnownError
from counter.domain.signing import SigningKey, sign_json
from sync.client.centre import Centre
from sync.client.engine.pull import PullEngine
from sync.client.enrol import Candidate, enrol
from sync.client.outcomes import LineError
from sync.protocol.wire import CATALOG_TYP, CatalogManifest, FeedRecord, PullPage
from tests.contract.client.counter import Counter, wait_until
from tests.contract.client.running import RunningHub
from tests.fakes.proxy import BadLine

NOW = "2026-11-23T10:00:00+08:00"


def pull_all(engine: PullEngine) -> None:
    while engine.step().more:
        pass


def test_push_never_moves_the_pull_cursor(hub: RunningHub, counter: Counter) -> None:
    """Bug 11 of protocol §13."""
    pull_all(PullEngine(counter.kit()))
    cursor = counter.store.cursor()
    op = counter.note()
    counter.push_engine().step()
    assert (counter.store.state(op.op_id), counter.store.cursor()) == ("APPLIED", cursor)
    pull_all(PullEngine(counter.kit()))
    assert op.op_id in {record["entity_id"] for record in counter.store.records}


def test_checksums_agree_after_a_full_pull(hub: RunningHub, counter: Counter) -> None:
    engine = PullEngine(counter.kit())
    pull_all(engine)
    assert (engine.repairs, bool(counter.store.records)) == (0, True)


def test_a_scope_that_went_wrong_here_is_pulled_again(hub: RunningHub, counter: Counter) -> None:
    pull_all(PullEngine(counter.kit()))
    whole = sorted(r["entity_id"] for r in counter.store.records)
    lost = next(r for r in counter.store.records if r["kind"] != "result")
    counter.store.records.remove(lost)
    counter.store.apply_page([], counter.store.cursor())
    engine = PullEngine(counter.kit())
    pull_all(engine)
    assert engine.repairs == 1
    assert sorted(r["entity_id"] for r in counter.store.records) == whole


def test_a_cursor_nobody_knows_pulls_everything(hub: RunningHub, counter: Counter) -> None:
    op = counter.note()
    counter.store.apply_page([], "bm9uc2Vuc2U")
    pull_all(PullEngine(counter.kit()))
    assert counter.store.records
    assert counter.store.state(op.op_id) == "QUEUED"


@pytest.mark.parametrize("cut", [30, 400, 900])
def test_a_page_cut_anywhere_changes_nothing(counter: Counter, line: BadLine, cut: int) -> None:
    line.plan(cut_down=cut)
    engine = PullEngine(counter.kit())
    with pytest.raises(LineError):
        engine.step()
    assert counter.store.pages == []
    pull_all(engine)
    assert counter.store.records


def test_what_was_held_is_released_through_the_feed(hub: RunningHub, counter: Counter) -> None:
    """The dependency comes later: the centre releases the op by itself, pull brings the word."""
    first = counter.device.operation("visit.recorded", "e-00000001", {"note": "1"}, entity="visit")
    second = counter.note(depends_on=(first.op_id,))
    counter.push_engine().step()
    assert counter.store.state(second.op_id) == "HELD"
    counter.store.add(first, first.sign(counter.facts.key))
    counter.push_engine().step()
    pull_all(PullEngine(counter.kit()))
    assert counter.store.state(second.op_id) == "APPLIED"


def test_enrolment_survives_a_lost_reply(hub: RunningHub, line: BadLine) -> None:
    line.plan(lose_reply=True)
    facts = enrol(line.url, hub.code(), "窗口")
    assert facts.hall.training
    assert facts.certificate


def test_a_used_or_wrong_code_is_explained(hub: RunningHub) -> None:
    code = hub.code()
    enrol(hub.url, code, "窗口")
    for text, expected in ((code, "ENROL-USED"), ("AAAA-AAAA-AAAA", "ENROL-CODE")):
        with pytest.raises(KnownError) as caught:
            enrol(hub.url, text, "窗口", candidate=Candidate.new())
        assert caught.value.code == expected


def test_enrolling_behind_a_portal_or_by_plain_http_abroad_is_refused(line: BadLine) -> None:
    line.always(portal=True)
    with pytest.raises(KnownError) as caught:
        enrol(line.url, "AAAA-AAAA-AAAA", "窗口")
    assert caught.value.code == "ENROL-REPLY"
    with pytest.raises(KnownError) as caught:
        enrol("http://centre.example", "AAAA-AAAA-AAAA", "窗口")
    assert caught.value.code == "ENROL-URL"


def test_the_status_says_when_the_centre_was_heard(counter: Counter) -> None:
    worker = counter.start()
    assert wait_until(lambda: counter.store.told_time != "")
    assert worker.status.running


def test_a_catalogue_version_only_by_the_centres_signature(
    hub: RunningHub, counter: Counter
) -> None:
    """The counter keeps what the centre signed; another hand's manifest is passed over."""
    engine = PullEngine(counter.kit())
    pull_all(engine)
    kept = next(r for r in counter.store.records if r["kind"] == "catalog")
    assert kept["body"]["documents"]
    plain = CatalogManifest(version="x", documents=()).model_dump(mode="json")
    token = sign_json(plain, SigningKey.generate(hub.centre.keys.signing.kid), CATALOG_TYP)
    assert Centre({}).manifest(token) is None
    foreign = FeedRecord(
        change_no=1,
        action="put",
        scope="reference",
        kind="catalog",
        entity_id="catalog",
        rev=99,
        body={"token": token},
    )
    page = PullPage(records=(foreign,), cursor="c", more=False, server_time=NOW)
    assert engine._plain(page) == []
    assert engine.ignored == 1
