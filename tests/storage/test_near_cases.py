# SPDX-License-Identifier: MulanPSL-2.0
"""A neighbour's case that only the edge host knows: shown, marked, and given up for the centre's row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.contract.client.courier_pair import Pair, World
from tests.contract.client.test_bundles import pair, world

__all__ = ["Pair", "World", "pair", "world"]


def near(**more: Any) -> dict[str, Any]:
    body = {
        "receipt_no": "7K2QM-04-261122-0001-X4K",
        "item_code": "test_card",
        "item_version": "1",
        "applicant_name": "王秀兰",
        "received_at": "2026-11-22T09:00:00+08:00",
        "person_key": "",
    }
    return {
        "action": "near",
        "scope": "",
        "kind": "case",
        "entity_id": "018f0000-0000-7000-8000-000000000001",
        "rev": 0,
        "body": body,
        **more,
    }


def test_it_is_shown_marked_and_replaced(pair: Pair, tmp_path: Path) -> None:
    run, store, queries = pair.core.execution.run, pair.core.sync_store, pair.core.queries
    before = run(store.checksums)

    def word() -> list[tuple[str, str]]:
        rows = run(lambda: queries.cases(limit=100)).rows
        return [(r.delivery, r.delivery_word) for r in rows if r.receipt_no.startswith("7K2QM-04")]

    assert run(lambda: store.apply_page([near()], "c"))
    assert word() == [("exported", "邻窗已收，等中心消息")]
    assert run(lambda: store.apply_page([near()], "c")) == frozenset()  # once
    assert run(store.checksums) == before
    body = {**near()["body"], "case_id": near()["entity_id"], "project_no": "", "state": "received"}
    put = near(action="put", scope="hall:7K2QM", rev=1, change_no=9, body=body)
    run(lambda: store.apply_page([put], "c"))
    assert word() == [("sent", "已到中心")]
    run(lambda: store.apply_page([near()], "c"))
    assert word() == [("sent", "已到中心")]
