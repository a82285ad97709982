# SPDX-License-Identifier: MulanPSL-2.0
"""改正后重报: at most one takes effect, what waited follows, the old one ends with the reason (§1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter.app.case_commands import CorrectOperation
from counter.app.commands import WithdrawCase
from counter.bootstrap.core import Core
from counter.domain.errors import DomainError, NotAllowedError
from counter.domain.operations import verify_operation
from counter.ports.sync_store import OutboxRow
from tests.storage.site import Site, do, enrolled, page, receive
from tests.storage.test_sync_store import result


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return enrolled(tmp_path / "home")


def settle(core: Core, op_id: str, status: str, **more: object) -> None:
    core.execution.run(lambda: core.sync_store.settle([result(op_id, status, **more)]))


def row(core: Core, op_id: str) -> OutboxRow:
    found = core.execution.run(lambda: core.sync_store.numbered(1, range(1, 20)))
    return next(one for one in found if one.op_id == op_id)


def correct(core: Core, op_id: str, **changes: object) -> str:
    value = do(core, CorrectOperation(op_id, "户名写错，已核对原件", changes))
    assert isinstance(value, str)
    return value


def needs_person(core: Core) -> int:
    return core.execution.run(core.sync_store.counts).needs_person


def test_the_correction_stands_for_the_old_one_and_what_waited_follows(site: Site) -> None:
    with site.core() as core:
        receipt = receive(core)
        settle(core, receipt.op_id, "held", code="form", message="读不懂")
        do(core, WithdrawCase(receipt.case_id, "不办了"))
        new = correct(core, receipt.op_id, form={"account.bank": "改正银行"})
        op = verify_operation(row(core, new).jws, core.identity.key.public_hex)
        old = verify_operation(row(core, receipt.op_id).jws, core.identity.key.public_hex)
        assert (op.supersedes, op.kind, op.depends_on) == (old.op_id, old.kind, old.depends_on)
        assert op.blobs == old.blobs
        assert op.body == old.body | {"form": {"account.bank": "改正银行"}}
        later = next(r for r in core.execution.run(core.sync_store.exportable) if r.seq == 2)
        assert later.state == "WAIT_DEP"
        assert needs_person(core) == 1  # the old one, until the centre says so
        with pytest.raises(NotAllowedError, match="CORRECT-WAITS"):
            correct(core, receipt.op_id)
        settle(core, new, "applied")
        settle(core, receipt.op_id, "rejected", code="superseded", message="已由更正后的代替")
        assert needs_person(core) == 0
        assert row(core, later.op_id).state == "QUEUED"
        detail = core.execution.run(lambda: core.queries.case(receipt.case_id))
        assert detail is not None
        assert detail.case.body["form"] == {"account.bank": "改正银行"}
        assert any(event.what == "改正后重报" for event in detail.events)


def test_a_correction_that_is_sent_back_is_corrected_again_for_the_same_first_one(
    site: Site,
) -> None:
    with site.core() as core:
        receipt = receive(core)
        settle(core, receipt.op_id, "rejected", code="x", message="退回")
        first = correct(core, receipt.op_id)
        settle(core, first, "held", code="authz", message="没有权限")
        assert needs_person(core) == 2
        second = correct(core, first, form={"account.bank": "再改银行"})
        op = verify_operation(row(core, second).jws, core.identity.key.public_hex)
        assert op.supersedes == receipt.op_id
        settle(core, second, "applied")
        settle(core, receipt.op_id, "rejected", code="superseded", message="已代替")
        assert needs_person(core) == 0
        # What is done from now on waits for the row's first operation, at both ends.
        do(core, WithdrawCase(receipt.case_id, "不办了"))
        after = core.execution.run(core.sync_store.exportable)[-1]
        assert (after.depends_on, after.state) == ((receipt.op_id,), "QUEUED")


def test_what_is_printed_is_not_changed_and_a_settled_one_is_not_corrected(site: Site) -> None:
    with site.core() as core:
        receipt = receive(core)
        with pytest.raises(NotAllowedError, match="ISSUE-NONE"):
            correct(core, receipt.op_id)
        settle(core, receipt.op_id, "conflict", code="x")
        for changes in ({"receipt_no": "别的"}, {"answers": 7}, {"nothing": 1}):
            with pytest.raises(DomainError, match="CORRECT-FIELD"):
                correct(core, receipt.op_id, **changes)
        with pytest.raises(DomainError, match="REASON"):
            do(core, CorrectOperation(receipt.op_id, " "))
        assert len(core.execution.run(core.sync_store.exportable)) == 0


def test_a_new_page_travels_with_the_correction_and_a_rebuild_knows_it(site: Site) -> None:
    site.clock.advance(86400)
    with site.core() as core:
        assert core.daily_copy()
        receipt = receive(core)
        settle(core, receipt.op_id, "held", code="form")
        old = verify_operation(row(core, receipt.op_id).jws, core.identity.key.public_hex)
        added = page(core, "照片").model_dump(mode="json")
        rows = [
            m | ({"way": "scanned", "pages": [added]} if m["key"] == "photo" else {})
            for m in old.body["materials"]
        ]
        new = correct(core, receipt.op_id, materials=rows)
        op = verify_operation(row(core, new).jws, core.identity.key.public_hex)
        assert len(op.blobs) == len(old.blobs) + 1
        body = op.body
    data = bytearray(site.paths.database.read_bytes())
    data[100:300] = b"x" * 200
    site.paths.database.write_bytes(data)
    with site.core() as core:
        detail = core.execution.run(lambda: core.queries.case(receipt.case_id))
        assert detail is not None
        assert detail.case.body["materials"] == body["materials"]
        assert row(core, new).state == "QUEUED"
