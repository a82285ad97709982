# SPDX-License-Identifier: MulanPSL-2.0
"""A catalogue version comes into use whole or not at all, whenever the counter is killed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from counter.domain.canonical import canonical_hash
from counter.storage.store import Store
from tests.storage.kit import Home


def body(code: str, version: str, name: str = "") -> dict[str, Any]:
    return {"item_code": code, "task_version": version, "task_name": name or f"{code}第{version}版"}


def record(code: str, version: str, rev: int, name: str = "") -> dict[str, Any]:
    return {
        "action": "put",
        "scope": "reference",
        "kind": "item",
        "entity_id": f"{code}@{version}",
        "rev": rev,
        "body": body(code, version, name),
    }


def manifest(name: str, rev: int, versions: dict[str, str]) -> dict[str, Any]:
    documents = [
        {
            "kind": "item",
            "name": code,
            "version": version,
            "sha256": canonical_hash(body(code, version)),
        }
        for code, version in versions.items()
    ]
    return {
        "action": "put",
        "scope": "reference",
        "kind": "catalog",
        "entity_id": "catalog",
        "rev": rev,
        "body": {"v": 1, "version": name, "documents": documents},
    }


def in_use(store: Store) -> tuple[str, list[tuple[str, str]]]:
    with store.unit_of_work() as work:
        return work.reference.version(), work.reference.item_codes()


def found(store: Store) -> list[str]:
    return [h.name for h in store.queries(lambda: date(2026, 11, 23)).search_items("a")]


OLD = ("c1", [("a", "1"), ("b", "1")])
NEW = ("c2", [("a", "2"), ("b", "2")])


def first(store: Store) -> None:
    page = [manifest("c1", 1, {"a": "1", "b": "1"}), record("a", "1", 1), record("b", "1", 1)]
    assert "c1" in store.sync_store().apply_page(page, "p1")
    assert in_use(store) == OLD


def test_killed_between_pages_the_old_version_is_whole(home: Home) -> None:
    with home.open() as store:
        first(store)
        page = [manifest("c2", 2, {"a": "2", "b": "2"}), record("a", "2", 2)]
        store.sync_store().apply_page(page, "p2")
    with home.open() as store:  # the power is back
        assert in_use(store) == OLD
        assert "a第1版" in found(store)
        assert "c2" in store.sync_store().apply_page([record("b", "2", 2)], "p3")
        assert in_use(store) == NEW
        assert "a第2版" in found(store)
        assert "a第1版" not in found(store)


def test_a_case_keeps_its_version(home: Home) -> None:
    with home.open() as store:
        first(store)
        documents = [record("a", "2", 2), record("b", "2", 2)]
        page = [manifest("c2", 2, {"a": "2", "b": "2"}), *documents]
        store.sync_store().apply_page(page, "p2")
        with store.unit_of_work() as work:
            assert "a第1版" in (work.reference.item_json("a", "1") or "")
            assert "a第2版" in (work.reference.item_json("a") or "")


def test_a_version_never_changes_its_content(home: Home) -> None:
    with home.open() as store:
        first(store)
        store.sync_store().apply_page([record("a", "1", 9, name="改过的")], "p2")
        with store.unit_of_work() as work:
            assert "a第1版" in (work.reference.item_json("a", "1") or "")
            assert work.reference.get("catalog", "refused") == {"documents": ["item/a@1"]}
        assert in_use(store) == OLD


def test_what_is_not_as_signed_never_comes_into_use(home: Home) -> None:
    with home.open() as store:
        first(store)
        wrong = record("b", "2", 2, name="不是中心签的")
        page = [manifest("c2", 2, {"a": "2", "b": "2"}), record("a", "2", 2), wrong]
        store.sync_store().apply_page(page, "p2")
        assert in_use(store) == OLD


def test_the_whole_feed_again_does_not_bring_the_old_version_back(home: Home) -> None:
    """After a 410 the feed comes from its beginning, page by page, oldest documents first."""
    with home.open() as store:
        first(store)
        page = [manifest("c2", 2, {"a": "2", "b": "1"}), record("a", "2", 2)]
        store.sync_store().apply_page(page, "p2")
        assert in_use(store)[1] == [("a", "2"), ("b", "1")]
        for again in (record("a", "1", 1), record("b", "1", 1), *page):
            store.sync_store().apply_page([again], "q")
            assert in_use(store) == ("c2", [("a", "2"), ("b", "1")])


@pytest.mark.parametrize("named", [True, False])
def test_a_centre_that_announces_nothing_still_works(home: Home, named: bool) -> None:
    with home.open() as store:
        if named:
            with store.unit_of_work() as work:
                work.reference.put("catalog", "catalog", "hand-made", {})
                work.commit()
        store.sync_store().apply_page([record("a", "1", 1)], "p1")
        assert in_use(store)[1] == [("a", "1")]
        store.sync_store().apply_page([record("a", "2", 2)], "p2")
        assert in_use(store)[1] == [("a", "2")]


def test_hints_come_with_the_catalogue_and_stay_when_the_line_is_gone(home: Home) -> None:
    def rules(version: str, text: str) -> dict[str, Any]:
        hint = {"key": "h", "when": "person.age >= 80", "text": text, "items": ["a"]}
        return {"version": version, "hints": [hint]}

    def told(store: Store) -> list[str]:
        return [hint.text for hint in store.queries(lambda: date(2026, 11, 23)).hints()]

    def page(name: str, rev: int, made: dict[str, Any]) -> list[dict[str, Any]]:
        listed = manifest(name, rev, {})
        listed["body"]["documents"] = [
            {
                "kind": "hints",
                "name": "hints",
                "version": made["version"],
                "sha256": canonical_hash(made),
            }
        ]
        one = {**record("x", "1", rev), "kind": "hints", "body": made}
        return [listed, {**one, "entity_id": f"hints@{made['version']}"}]

    with home.open() as store:
        assert told(store) == []
        store.sync_store().apply_page(page("c1", 1, rules("1", "满80岁。")), "p1")
        assert told(store) == ["满80岁。"]
        changed = page("c1", 2, rules("1", "偷偷改过。"))[1:]
        store.sync_store().apply_page(changed, "p2")
        assert told(store) == ["满80岁。"], "a published version never changes"
        store.sync_store().apply_page(page("c2", 3, rules("2", "快满80岁了。")), "p3")
    with home.open() as store:
        assert told(store) == ["快满80岁了。"]
