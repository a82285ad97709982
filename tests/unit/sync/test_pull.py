# SPDX-License-Identifier: MulanPSL-2.0
"""Pull: a page counts only if the centre signed it, and moves the cursor with its records."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from counter.domain.signing import SigningKey, sign_json
from sync.client.engine.pull import PullEngine
from sync.client.engine.step import Kit
from sync.client.outcomes import Gone, LineError, Outcome, Portal, WrongKey
from sync.client.transport import Ask, Reply
from sync.protocol.wire import RESULT_TYP, FeedRecord, OpResult, PullPage
from tests.fakes.line import TIME, FakeCentre, FakeLine
from tests.fakes.sync_store import DirectExecution, FakeStore, WallClock, make_op

CENTRE = FakeCentre()


def record(number: int, entity: str = "c-1", rev: int = 1) -> FeedRecord:
    return FeedRecord(
        change_no=number, action="put", scope="hall:A", kind="case", entity_id=entity, rev=rev
    )


def page(
    records: tuple[FeedRecord, ...], cursor: str, *, more: bool = False, sums: str = ""
) -> PullPage:
    checksums = {"hall:A": sums} if sums else {}
    return PullPage(
        records=records, cursor=cursor, more=more, checksums=checksums, server_time=TIME
    )


def always(reply: Reply) -> Callable[[Ask], Reply]:
    return lambda _: reply


def bench(answer: Callable[[Ask], Reply | Outcome]) -> tuple[PullEngine, FakeStore, FakeLine]:
    store, line = FakeStore(), FakeLine(answer)
    kit = Kit(store, DirectExecution().run, line, CENTRE.verifier, WallClock().now, lambda: 5.0)
    return PullEngine(kit), store, line


def test_pages_are_applied_with_their_cursor() -> None:
    pages = [page((record(1),), "a", more=True), page((record(2, "c-2"),), "b")]
    engine, store, line = bench(lambda _: CENTRE.page(pages.pop(0)))
    assert engine.step().more
    step = engine.step()
    assert (step.more, store.pages, step.ids) == (False, ["a", "b"], frozenset({"c-2"}))
    assert "cursor=a" in line.asked[1].path
    assert store.told_time == TIME


@pytest.mark.parametrize("damage", ["body", "unsigned", "key", "cursor"])
def test_a_page_the_centre_did_not_sign_changes_nothing(damage: str) -> None:
    good = CENTRE.page(page((record(1),), "a"))
    replies: dict[str, Reply] = {
        "body": Reply(200, good.headers, good.body.replace(b"c-1", b"c-9")),
        "unsigned": Reply(200, {}, good.body),
        "key": FakeCentre().page(page((record(1),), "a")),
        "cursor": Reply(200, CENTRE.page(page((), "b")).headers, good.body),
    }
    engine, store, _ = bench(lambda _: replies[damage])
    with pytest.raises(LineError) as caught:
        engine.step()
    assert isinstance(caught.value.outcome, WrongKey if damage == "key" else Portal)
    assert store.pages == []


def test_a_cursor_that_is_too_old_pulls_everything_and_leaves_the_outbox() -> None:
    def answer(ask: Ask) -> Reply | Outcome:
        return CENTRE.page(page((record(9),), "new")) if "cursor=&" in ask.path else Gone("旧")

    engine, store, _ = bench(answer)
    store.apply_page([], "old")
    op, jws = make_op(SigningKey.generate("k"), "d", 1)
    store.add(op, jws)
    assert engine.step().more
    engine.step()
    assert store.cursor() == "new"
    assert store.state(op.op_id) == "QUEUED"


def test_gone_without_a_cursor_is_trouble_not_a_circle() -> None:
    engine, _, _ = bench(lambda _: Gone("没有"))
    with pytest.raises(LineError):
        engine.step()


def test_a_wrong_checksum_pulls_the_scope_again_once() -> None:
    sums = FakeStore()
    sums.apply_page([record(1).model_dump(mode="json")], "")
    right = sums.checksums()["hall:A"]

    def answer(ask: Ask) -> Reply | Outcome:
        if "scopes=hall" in ask.path:
            return CENTRE.page(page((record(1),), "other"))
        return CENTRE.page(page((), "z", sums=right))

    engine, store, _ = bench(answer)
    store.apply_page([record(1, "stale").model_dump(mode="json")], "y")
    step = engine.step()
    assert "c-1" in step.ids
    assert [r["entity_id"] for r in store.records] == ["c-1"]
    assert store.cursor() == "z"
    engine.step()
    assert engine.repairs == 1


def test_results_in_the_feed_settle_only_when_signed() -> None:
    op, jws = make_op(SigningKey.generate("k"), "d", 1)
    result = OpResult(op_id=op.op_id, op_hash=op.op_hash(), status="applied")
    good = sign_json(result.model_dump(mode="json"), CENTRE.key, RESULT_TYP)
    bad = sign_json(result.model_dump(mode="json"), SigningKey.generate("x"), RESULT_TYP)
    for token, state in ((bad, "QUEUED"), (good, "APPLIED")):
        fed = FeedRecord(
            change_no=1,
            action="put",
            scope="device:d",
            kind="result",
            entity_id=op.op_id,
            rev=1,
            body={"result": token},
        )
        answer = CENTRE.page(page((fed,), "a"))
        engine, store, _ = bench(always(answer))
        store.add(op, jws)
        engine.step()
        assert store.state(op.op_id) == state
