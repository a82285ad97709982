# SPDX-License-Identifier: MulanPSL-2.0
"""The opened counter: enrol, sign in, receive, fail, restart, with the real store."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from counter.app.commands import (
    Receipt,
    ReceiveCase,
    StartDraft,
    WithdrawCase,
)
from counter.domain.bodies import AuditBatch
from counter.domain.canonical import canonical_hash
from counter.domain.errors import KnownError
from counter.domain.operations import ZERO_HASH, verify_operation
from counter.receipt_cli import main as verify_main
from tests.fakes.hall import DEVICE_KEY
from tests.storage.site import LEADER, Site, do, enrolled, page, ready, receive
from tests.unit.catalog_kit import FOLDER, ITEMS, calendar, catalog, good


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return enrolled(tmp_path / "home")


def test_a_receipt_survives_the_end_of_the_program(site: Site) -> None:
    with site.core() as core:
        receipt = receive(core)
    with site.core(LEADER) as core:
        assert core.reconcile_report == ()
        detail = core.execution.run(lambda: core.queries.case(receipt.case_id))
        ops = core.execution.run(core.queries.outbox)
        assert detail is not None
        assert detail.case.receipt_no == receipt.receipt_no
        assert [op.op_hash for op in ops] == [receipt.op_hash]
        op = verify_operation(ops[0].jws, DEVICE_KEY.public_hex)
        assert (op.actor.operator, op.seq) == ("op-1", 1)
        assert len(core.execution.run(lambda: core.queries.blob(op.blobs[0].blob_id))) > 1000


def test_the_printed_token_verifies_with_the_homes_public_file(site: Site) -> None:
    with site.core() as core:
        receipt = receive(core)
    said: list[str] = []
    assert verify_main([receipt.qr_token, "--trust", str(site.paths.trust)], said.append) == 0
    assert "王桂兰" not in receipt.qr_token + "".join(said)


@pytest.mark.parametrize("left", range(3))
def test_a_full_disk_at_commit_shows_no_receipt_and_loses_nothing(site: Site, left: int) -> None:
    with site.core() as core:
        draft = ready(core)
        site.disk.left = left
        receipts: list[object] = []
        try:
            receipts.append(do(core, ReceiveCase(draft)))
        except KnownError as error:
            assert error.code == "JOURNAL-WRITE"  # noqa: PT017 - either outcome is right
            site.disk.left = -1
            (done,) = core.retry_journal()
            receipts.append(done.value)
        site.disk.left = -1
        (receipt,) = receipts
        assert isinstance(receipt, Receipt)
        assert len(core.execution.run(core.queries.outbox)) == 1
    with site.core() as core:
        assert core.reconcile_report == ()
        assert core.execution.run(lambda: core.queries.case(receipt.case_id)) is not None


def test_a_full_disk_while_scanning_keeps_the_draft(site: Site) -> None:
    with site.core() as core:
        draft = ready(core)
        site.disk.left = 0
        with pytest.raises(KnownError) as error:
            page(core, "照片")
        assert error.value.code == "DISK-FULL"
        site.disk.left = -1
        kept = core.execution.run(lambda: core.queries.draft(draft.draft_id))
        assert kept is not None
        assert kept.materials == draft.materials


def test_an_elders_undo_waits_behind_the_first_operation(site: Site) -> None:
    with site.core() as core:
        value = do(core, ReceiveCase(ready(core), regret_minutes=10))
        assert isinstance(value, Receipt)
        do(core, WithdrawCase(value.case_id, "老人改变主意"))
        now = core.clock.now().isoformat()
        assert core.execution.run(lambda: core.sync_store.sendable(now, 50)) == []
        later = (core.clock.now() + timedelta(minutes=11)).isoformat()
        sendable = core.execution.run(lambda: core.sync_store.sendable(later, 50))
        assert [row.kind for row in sendable] == ["case.received"]


def test_audit_rows_form_a_chain_that_the_centre_can_compute_again(site: Site) -> None:
    with site.core() as core:
        receive(core)
        site.clock.advance(86400)
        assert core.send_audit() > 5
        row = max(core.execution.run(core.queries.outbox), key=lambda op: op.seq)
        body = AuditBatch.model_validate(verify_operation(row.jws, DEVICE_KEY.public_hex).body)
    link = ZERO_HASH
    for entry in body.rows:
        link = canonical_hash({**entry, "prev_hash": link})
    assert link == body.last_hash


@pytest.mark.parametrize("code", ITEMS)
def test_every_shipped_item_can_be_received(site: Site, code: str) -> None:
    folder = catalog()
    with site.core() as core:
        dicts = json.loads((FOLDER / "dicts.json").read_text("utf-8"))

        def install_catalog() -> None:
            with core._store.unit_of_work() as uow:
                uow.reference.put("dicts", "dicts", "1", dicts)
                uow.reference.put(
                    "calendar", "CN", "2", calendar().model_dump(mode="json", by_alias=True)
                )
                body = folder.items[code].model_dump(mode="json")
                uow.reference.put("item", code, folder.items[code].task_version, body)
                uow.commit()

        core.execution.run(install_catalog)
        made = good(code)
        kept = core.execution.run(lambda: core.queries.draft(str(do(core, StartDraft()))))
        assert kept is not None
        pages = {key: (page(core, key),) for key, given in made.materials.items() if given.pages}
        assert made.signature is not None
        ids = {name: getattr(kept, name) for name in ("draft_id", "case_id", "operator_id")}
        draft = made.model_copy(
            update={
                **ids,
                "materials": {
                    key: given.model_copy(update={"pages": pages.get(key, ())})
                    for key, given in made.materials.items()
                },
                "signature": made.signature.model_copy(update={"page": page(core, "签字")}),
            }
        )
        receipt = do(core, ReceiveCase(draft))
        assert isinstance(receipt, Receipt)
        detail = core.execution.run(lambda: core.queries.case(receipt.case_id))
        assert detail is not None
        assert detail.case.item_code == code


def test_a_full_disk_under_the_database_keeps_the_draft_and_takes_no_number(site: Site) -> None:
    with site.core() as core:
        draft = ready(core)

        def limit(pages: int) -> None:
            with core._store._database.reading() as connection:
                connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

        def used() -> int:
            with core._store._database.reading() as connection:
                return int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())

        core.execution.run(lambda: limit(used()))
        draft.duplicate_reason = "很长的说明" * 4000  # needs new pages
        with pytest.raises(KnownError) as error:
            do(core, ReceiveCase(draft))
        assert error.value.code == "DISK-FULL"
        assert core.execution.run(core.queries.outbox) == []
        assert core.execution.run(lambda: core.queries.draft(draft.draft_id)) is not None
        core.execution.run(lambda: limit(2**30))
        receipt = do(core, ReceiveCase(draft))
        assert isinstance(receipt, Receipt)
        assert receipt.receipt_no.split("-")[3] == "0001"
    with site.core() as core:
        assert core.reconcile_report == ()


def test_the_policies_of_the_centre_are_said(tmp_path: Path) -> None:
    site = enrolled(tmp_path / "home")
    with site.core() as core:
        assert core.wishes("0.1.0") == ()
        told = {"centre_time": site.clock.now().isoformat(), "skew_ms": 0}

        def set_policies() -> None:
            with core._store.unit_of_work() as work:
                work.reference.put("clock", "centre", "", told)
                work.reference.put("policy", "catalogue", "", {"age_days": 2})
                work.reference.put("policy", "version", "", {"minimum": "2.0", "words": ""})
                work.commit()

        core.execution.run(set_policies)
        assert [wish.code for wish in core.wishes("0.1.0")] == ["PROGRAM-OLD"]
        site.clock.advance(3 * 86400)
        assert [wish.code for wish in core.wishes("2.0")] == ["CATALOG-OLD"]
