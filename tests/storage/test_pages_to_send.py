# SPDX-License-Identifier: MulanPSL-2.0
"""Which pages go up, in which order, and which count as waiting."""

from __future__ import annotations

from tests.storage.kit import Home, put_case
from tests.storage.test_sync_store import result


def test_scans_go_required_and_urgent_first_and_resume(home: Home) -> None:
    with home.open() as store:
        late = store.blob_files.put(b"late", "image/jpeg")
        soon = store.blob_files.put(b"soon", "image/jpeg")
        held = store.blob_files.put(b"held", "image/jpeg")
        with store.unit_of_work() as work:
            put_case(work, blobs=(late,), deadline="2026-12-30")
            _, op = put_case(work, blobs=(soon,), deadline="2026-11-23")
            put_case(work, blobs=(held,), not_before="2026-11-22T09:05:00+00:00")
            work.commit()
        sync = store.sync_store()
        assert [job.blob_id for job in sync.blob_jobs(9)] == [soon.blob_id, late.blob_id]
        sync.blob_progress(soon.blob_id, "u/1", 2)
        sync.blob_failed(soon.blob_id, "CUT")
        [job] = sync.blob_jobs(1)
        assert (job.upload_url, job.offset, job.attempts) == ("u/1", 2, 1)
        assert sync.blob_reader(soon.blob_id).read(0, 9) == b"soon"
        assert sync.counts().pages_pending == 3
        sync.blob_done(soon.blob_id)
        assert [job.blob_id for job in sync.blob_jobs(9)] == [late.blob_id]
        sync.settle([result(op.op_id, missing_blobs=(soon.blob_id,))])
        assert soon.blob_id in [job.blob_id for job in sync.blob_jobs(9)]


def test_a_result_told_twice_does_not_call_sent_pages_back(home: Home) -> None:
    """The feed repeats the push reply; by then the pages it missed are there."""
    with home.open() as store:
        page = store.blob_files.put(b"page", "image/jpeg")
        with store.unit_of_work() as work:
            _, op = put_case(work, blobs=(page,))
            work.commit()
        sync = store.sync_store()
        told = result(op.op_id, missing_blobs=(page.blob_id,))
        sync.settle([told])
        sync.blob_done(page.blob_id)
        sync.settle([told])
        assert sync.blob_jobs(9) == []
        assert sync.counts().pages_pending == 0


def test_pages_of_a_refused_operation_do_not_count_as_waiting_for_ever(home: Home) -> None:
    """Text goes first, so a refusal often comes before the pages, and then they are not sent."""
    with home.open() as store:
        page, other = store.blob_files.put_many([(b"page", "image/png"), (b"other", "image/png")])
        with store.unit_of_work() as work:
            _, refused = put_case(work, blobs=(page, other))
            work.commit()
        sync = store.sync_store()
        assert (sync.counts().pages_pending, sync.counts().pages_at_edge) == (2, 0)
        sync.settle([result(refused.op_id, "rejected", code="body")])
        counts = sync.counts()
        assert (counts.pages_pending, counts.bytes_pending, sync.blob_jobs(9)) == (0, 0, [])
        with store.unit_of_work() as work:  # the correction leaves one of the pages out
            put_case(work, blobs=(page,))
            work.commit()
        assert [job.blob_id for job in sync.blob_jobs(9)] == [page.blob_id]
        assert sync.counts().pages_pending == 1
        sync.blob_done(page.blob_id)
        assert sync.counts().pages_pending == 0
