# SPDX-License-Identifier: MulanPSL-2.0
"""The read side: pages by key, search, items, and nothing unmasked in a list."""

import json
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest

from counter.app.queries import CaseFilter, CaseRow, Queries
from counter.domain.draft import Draft
from counter.domain.errors import KnownError
from counter.ports.blobs import BlobFiles, StoredBlob
from counter.ports.execution import Execution
from counter.ports.storage import UnitOfWork
from counter.ports.sync_store import SyncStore
from counter.storage.db_thread import DatabaseThread
from counter.storage.store import Store
from tests.storage.kit import Home, put_case, receive
from tests.storage.test_sync_store import result, view

RESOURCES = Path(__file__).parents[2] / "resources"
DAY = date(2026, 11, 22)
FILTERS: tuple[CaseFilter, ...] = ("all", "today", "due_soon")


def queries(store: Store) -> Queries:
    return store.queries(lambda: DAY)


def install(store: Store) -> None:
    with store.unit_of_work() as work:
        for path in sorted((RESOURCES / "catalog" / "items").glob("*.json")):
            body = json.loads(path.read_bytes())
            work.reference.put("item", body["item_code"], body["task_version"], body)
        dicts = json.loads((RESOURCES / "catalog" / "dicts.json").read_bytes())
        work.reference.put("dicts", "dicts", dicts["version"], dicts)
        calendar = json.loads((RESOURCES / "calendars" / "cn-2024-2026.json").read_bytes())
        work.reference.put("calendar", "CN", calendar["version"], calendar)
        work.reference.put("catalog", "catalog", "2026.11.1", {})
        work.commit()


def test_everything_has_the_shape_of_its_port(home: Home) -> None:
    thread: Execution = DatabaseThread()
    thread.close()
    with home.open() as store:
        work: UnitOfWork = store.unit_of_work()
        sync: SyncStore = store.sync_store()
        blobs: BlobFiles = store.blob_files
        assert all((work, sync, blobs, queries(store)))


def test_pages_follow_each_other_without_gap_or_repeat(home: Home) -> None:
    with home.open() as store:
        with store.unit_of_work() as work:
            # Several share one moment, so that the key must break the tie.
            cases = [
                put_case(work, received_at=f"2026-11-{10 + n // 4}T09:00:00+00:00")[0]
                for n in range(25)
            ]
            work.commit()
        seen: list[CaseRow] = []
        key = ""
        while True:
            page = queries(store).cases(after=key, limit=7)
            assert page.total == 25
            seen += page.rows
            key = page.next_key
            if not key:
                break
        assert len(seen) == 25
        assert {row.case_id for row in seen} == {case.case_id for case in cases}
        order = [(row.received_at, row.case_id) for row in seen]
        assert order == sorted(order, reverse=True)


def test_cases_are_found_by_number_name_pinyin_and_last_four(home: Home) -> None:
    with home.open() as store:
        install(store)
        with store.unit_of_work() as work:
            case, op = put_case(work, name="王桂兰", id_no="990101194503120124")
            put_case(work, name="李建国", id_no="990101194603129999")
            work.commit()
        store.sync_store().settle([result(op.op_id, human_no="PN-2026-1")])
        texts = ("王桂兰", "桂兰", "王", "wangguilan", "WGL", "0124", "PN-2026-1")
        for text in (*texts, case.receipt_no, case.receipt_no.replace("-", "").lower()):
            page = queries(store).cases(text)
            assert [row.case_id for row in page.rows] == [case.case_id], text
            assert page.rows[0].applicant == "王*兰"
        assert queries(store).cases("没有这个人").rows == ()
        assert queries(store).cases("%").rows == ()
        [row] = queries(store).cases_of_person("990101194503120124")
        assert row.case_id == case.case_id
        assert queries(store).cases_of_person("") == []
        assert queries(store).similar("990101194503120124", "elder_card") == [row]


def test_filters_and_the_workbench(home: Home) -> None:
    with home.open() as store:
        install(store)
        case, op = receive(store)
        sync = store.sync_store()
        bench = queries(store).workbench("u1")
        assert (bench.today_received, bench.today_sent, bench.today_accepted) == (1, 0, 0)
        assert [row.case_id for row in bench.radar] == [case.case_id]
        assert bench.radar[0].title.endswith("标***兰")
        assert bench.radar[0].now_word == "还剩 5 个工作日"
        for which in FILTERS:
            assert queries(store).cases(which=which).total == 1
        assert queries(store).cases(which="results").total == 0
        sync.settle([result(op.op_id)])
        sync.apply_page([view(case.case_id, "approved", 1)], "c")
        bench = queries(store).workbench("u1")
        assert (bench.today_sent, bench.today_accepted, bench.radar) == (1, 1, ())
        assert [row.state_word for row in bench.results] == ["办结·准予"]
        assert queries(store).counts().accepted == 1


def test_items_are_found_by_any_part_pinyin_and_initials(home: Home) -> None:
    with home.open() as store:
        install(store)
        found = queries(store)
        item = found.item("elder_card")
        assert item is not None
        assert found.item("elder_card") is item
        assert found.item("elder_card", item.task_version) == item
        assert found.item("nothing") is None
        for text in (item.short_name, item.task_name[1:4], *item.aliases):
            assert "elder_card" in [hit.item_code for hit in found.search_items(text)], text
        hit = found.search_items("laonian")[0]
        assert hit.name
        assert len(found.search_items("a", limit=2)) <= 2
        assert found.search_items(" ") == []
        receive(store)
        assert found.frequent_items("u1")[0].item_code == "elder_card"
        assert found.code_lists()["bank"]["abc"] == "农业银行"
        assert found.calendar_json()["version"] == "cn-2024-2026"
        with store.unit_of_work() as work:
            assert work.reference.version() == "2026.11.1"
            assert ("elder_card", item.task_version) in work.reference.item_codes()


def test_old_versions_of_an_item_stay(home: Home) -> None:
    with home.open() as store:
        with store.unit_of_work() as work:
            work.reference.put("item", "a", "1", {"task_name": "甲", "project_type": "1"})
            work.reference.put("item", "a", "2", {"task_name": "乙", "project_type": "1"})
            work.commit()
        with store.unit_of_work() as work:
            assert work.reference.item_codes() == [("a", "2")]
            assert json.loads(work.reference.item_json("a", "1") or "")["task_name"] == "甲"
            assert json.loads(work.reference.item_json("a") or "")["task_name"] == "乙"
        assert [hit.version for hit in queries(store).search_items("乙")] == ["2"]
        assert queries(store).search_items("甲") == []


def test_scans_come_back_whole_or_not_at_all(home: Home) -> None:
    pages = [(bytes([n]) * (1000 + n), "image/jpeg") for n in range(5)]
    with home.open() as store:
        blobs = store.blob_files.put_many(pages)
        receive(store, blobs=tuple(blobs))
        assert [queries(store).blob(blob.blob_id) for blob in blobs] == [data for data, _ in pages]
        # Scanned again: the first file and its key stay in use.
        receive(store, blobs=(store.blob_files.put(*pages[0]),))
        assert queries(store).blob(blobs[0].blob_id) == pages[0][0]
        name = store.blob_files.name_of(blobs[1])
        path = next(path for path in store.blob_files.all_files() if path.name == name)
        path.write_bytes(path.read_bytes()[:-1] + b"x")
        with pytest.raises(KnownError) as bad:
            store.blob_files.read(blobs[1])
        assert bad.value.code == "BLOB-BAD"
        store.blob_files.remove(blobs[2].blob_id)
        with pytest.raises(KnownError) as lost:
            store.blob_files.read(blobs[2])
        assert lost.value.code == "BLOB-LOST"
        other = StoredBlob("0" * 64, bytes(32), 1, "image/jpeg")
        assert not store.blob_files.has(other)
        with pytest.raises(KeyError):
            queries(store).blob(other.blob_id)


def test_a_draft_is_kept_whole_and_leaves_with_its_references(home: Home) -> None:
    draft = Draft(draft_id="d1", case_id="c1", operator_id="u1", started_at="2026-11-22T09:00:00")
    with home.open() as store:
        blob = store.blob_files.put(b"page", "image/jpeg")
        with store.unit_of_work() as work:
            work.drafts.save(draft)
            work.blobs.add(blob)
            work.blobs.refer("d1", blob.blob_id, "page", required=True)
            work.drafts.save(draft.model_copy(update={"focus": "person.name"}))
            work.commit()
        assert queries(store).drafts("u1") == [queries(store).draft("d1")]
        found = queries(store).draft("d1")
        assert found is not None
        assert found.focus == "person.name"
        assert queries(store).workbench("u1").drafts == ((found, ""),)
        with store.unit_of_work() as work:
            work.drafts.delete("d1")
            work.commit()
        assert queries(store).draft("d1") is None


def test_secrets_live_in_the_database(home: Home) -> None:
    with home.open() as store:
        assert store.secret("identity") is None
        store.put_secret("identity", b"one")
        store.put_secret("identity", b"two")
    with home.open() as store:
        assert store.secret("identity") == b"two"
        device = store.device()
        assert device is not None
        assert (device.device_id, device.epoch) == ("device-1", 1)


def test_the_radar_without_a_calendar_counts_weekdays(home: Home) -> None:
    with home.open() as store:
        receive(store)
        [row] = store.queries(lambda: DAY + timedelta(days=6)).workbench("u1").radar
        assert (row.level, row.now_word) == ("overdue", "已超过 1 天")


@pytest.mark.parametrize("licence", [True, False])
def test_a_licence_case_nobody_answered_is_shown_as_accepted_by_law(
    home: Home, *, licence: bool
) -> None:
    """Its answer was due on 27 November; from the next day on the law holds it accepted."""
    with home.open() as store:
        receive(store)
        with store.unit_of_work() as work:
            work.reference.put("item", "elder_card", "1", _item(licence=licence))
            work.commit()
        on = [store.queries(partial(_same, day)).cases().rows[0].state_word for day in _DAYS]
    assert on == ["已收件", "视为受理" if licence else "已收件"]


_DAYS = (date(2026, 11, 27), date(2026, 11, 28))


def _same(day: date) -> date:
    return day


def _item(*, licence: bool) -> dict[str, object]:
    body = json.loads((RESOURCES / "catalog" / "items" / "elder_card.json").read_bytes())
    return {**body, "task_version": "1", "licence_law": licence}
