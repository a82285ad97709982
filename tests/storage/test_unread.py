# SPDX-License-Identifier: MulanPSL-2.0
"""A centre that says what this counter cannot take in: the rest comes all the same, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from counter.domain.checksum import EMPTY, entity_hash, toggled
from counter.storage import feed
from counter.storage.store import Store
from tests.storage.kit import Home
from tests.storage.test_sync_store import view

# Of the others the content is read where it is used.
CHECKED = dict.fromkeys(("case", "numbers", "policy", "catalog"), "was set aside")
CHECKED["calendar"] = "a calendar of the feed has an unknown form"


def record(kind: str, entity_id: str, body: Any, rev: int = 1) -> dict[str, Any]:
    return view(entity_id, "received", rev) | {"kind": kind, "body": body}


def cases_of(store: Store) -> set[str]:
    return {row.case_id for row in store.queries(lambda: date(2026, 11, 23)).cases().rows}


def odd(case_id: str, rev: int = 1) -> dict[str, Any]:
    """A row of a case that names no receipt: a centre of another make."""
    good = view(case_id, "received", rev)
    body = {name: value for name, value in good["body"].items() if name != "receipt_no"}
    return good | {"body": body}


def test_a_record_nobody_can_take_in_stops_no_other(
    home: Home, expected_log: Callable[[str], None]
) -> None:
    """Once: the page failed, the cursor stood still, and nothing of the centre came any more."""
    expected_log("a record of case was set aside: KeyError")
    with home.open() as store:
        sync = store.sync_store()
        page = [
            view("case-before", "received", 1),
            odd("case-odd"),
            view("case-after", "received", 1),
        ]
        changed = sync.apply_page(page, "c1")
        assert changed == {"case-before", "case-after"}
        assert cases_of(store) == {"case-before", "case-after"}
        assert sync.cursor() == "c1"
        told = EMPTY
        for one in page:
            told = toggled(told, entity_hash("case", one["entity_id"], 1))
        assert sync.checksums()["hall:7K2QM"] == told, "or it would be pulled again for ever"
    with home.open() as store:
        [words] = store.report
        assert "1 条内容本机的程序读不懂" in words
        assert store.sync_store().cursor() == "c1"


def test_a_later_program_takes_it_in(
    home: Home, monkeypatch: pytest.MonkeyPatch, expected_log: Callable[[str], None]
) -> None:
    expected_log("a record of case was set aside: LookupError")
    put = feed._put_case

    def cannot(connection: Any, case_id: str, *more: Any) -> None:
        if case_id == "case-new":
            raise LookupError
        put(connection, case_id, *more)

    with home.open() as store, monkeypatch.context() as older:
        older.setattr(feed, "_put_case", cannot)
        store.sync_store().apply_page([view("case-new", "received", 1)], "c1")
        assert cases_of(store) == set()
    with home.open() as store:
        assert store.report == ()
        assert cases_of(store) == {"case-new"}
    with home.open() as store:
        assert store.report == (), "done once"


def test_what_came_since_is_not_replaced_by_it(
    home: Home, expected_log: Callable[[str], None]
) -> None:
    expected_log("was set aside")
    with home.open() as store:
        sync = store.sync_store()
        sync.apply_page([odd("case-odd")], "c1")
        sync.apply_page([view("case-odd", "accepted", 2)], "c2")
        assert cases_of(store) == {"case-odd"}
    with home.open() as store:
        assert store.report == ()
        [row] = store.queries(lambda: date(2026, 11, 23)).cases().rows
        assert row.state == "accepted"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("case", {"events": [{"what": "收件"}]}),
        ("case", []),
        ("calendar", {"version": "2027"}),
        ("numbers", {"blocks": [{"first": "一"}]}),
        ("ticket", {"kind": "?"}),
        ("rating", {"x": [1]}),
        ("material", {"person": ["x"]}),
        ("item", {"item_code": None}),
        ("dicts", {"lists": 3}),
        ("theme", {"a": "b"}),
        ("catalog", {"version": {"a": 1}}),
        ("operator", {"name": 3}),
        ("policy", ["x"]),
        ("hints", "x"),
        ("service", {}),
    ],
)
def test_odd_content_of_every_kind_stops_no_other(
    home: Home, kind: str, body: Any, expected_log: Callable[[str], None]
) -> None:
    if kind in CHECKED:
        expected_log(CHECKED[kind])
    with home.open() as store:
        sync = store.sync_store()
        sync.apply_page([record(kind, "x@1", body), view("case-after", "received", 1)], "c1")
        assert cases_of(store) == {"case-after"}
        assert sync.cursor() == "c1"
    with home.open() as store:
        assert cases_of(store) == {"case-after"}
