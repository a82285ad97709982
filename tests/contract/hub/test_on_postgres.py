# SPDX-License-Identifier: MulanPSL-2.0
"""The same contract with the rows in a real PostgreSQL: push, idempotency, feed, blobs, office.

The tests are those of the neighbouring files; only the hub they get is another.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.hub.test_blobs import (
    test_approval_waits_for_required_blobs,
    test_upload_resumes_after_a_cut,
    test_uploads_end_and_belong_to_one_device,
)
from tests.contract.hub.test_deeds import (
    test_a_deed_and_its_row_are_there_together_or_not_at_all,
    test_each_deed_by_key_is_written_with_the_key,
    test_they_are_numbered_without_a_gap_and_asked_for_by_day,
)
from tests.contract.hub.test_epochs import (
    test_a_restored_backup_goes_on_in_a_new_epoch,
    test_a_revoked_device_sends_into_the_rescue_lane,
    test_two_machines_with_one_disk_get_their_own_numbers,
)
from tests.contract.hub.test_gate import test_enrolment_gives_a_certificate_once
from tests.contract.hub.test_halls import (
    test_a_hall_registered_later_gets_what_its_region_was_given,
    test_its_own_rule_stays_until_it_moves,
)
from tests.contract.hub.test_odd_operations import (
    test_a_number_that_is_true_is_none,
    test_what_nobody_foresaw_waits_for_a_person_and_is_judged_again,
    test_what_the_store_refuses_is_kept_and_stops_nothing,
)
from tests.contract.hub.test_pull import (
    test_only_changes_come_behind_the_cursor,
    test_pages_bring_everything_once_and_checksums_agree,
)
from tests.contract.hub.test_push import (
    line,
    test_already_is_answered_before_rights_are_asked,
    test_any_split_of_batches_is_one_batch,
    test_automatic_decision_is_explained,
    test_cut_reply_keeps_what_arrived,
    test_foreign_signature_leaves_no_trace_under_the_id,
    test_held_for_dependency_is_released_by_itself,
    test_lost_reply_then_resend_has_one_effect,
    test_one_number_on_two_cases_keeps_both_and_alarms,
    test_operations_of_an_old_epoch_are_held,
    test_possible_duplicates_are_marked_on_both_sides,
    test_supplement_round,
    test_two_sync_loops_have_one_effect,
    test_unknown_version_is_held_until_it_is_published,
    test_withdrawal_on_an_old_base_is_a_conflict,
)
from tests.contract.hub.test_stores import (
    test_texts_no_store_can_hold_are_held_or_refused,
    test_the_cursor_skips_nothing_while_four_counters_push,
)
from tests.contract.hub.test_together import (
    test_a_push_of_many_needs_few_commits,
    test_one_that_fails_unforeseen_takes_nothing_of_the_others_with_it,
    test_serials_and_sums_go_on_where_one_of_several_is_not_applied,
    test_what_waited_for_one_is_judged_before_the_next,
)
from tests.fakes.hub import RunningHub
from tests.fakes.postgres import PostgresServer

pytestmark = pytest.mark.postgres

__all__ = [
    "line",
    "test_a_deed_and_its_row_are_there_together_or_not_at_all",
    "test_a_hall_registered_later_gets_what_its_region_was_given",
    "test_a_number_that_is_true_is_none",
    "test_a_push_of_many_needs_few_commits",
    "test_a_restored_backup_goes_on_in_a_new_epoch",
    "test_a_revoked_device_sends_into_the_rescue_lane",
    "test_already_is_answered_before_rights_are_asked",
    "test_any_split_of_batches_is_one_batch",
    "test_approval_waits_for_required_blobs",
    "test_automatic_decision_is_explained",
    "test_cut_reply_keeps_what_arrived",
    "test_each_deed_by_key_is_written_with_the_key",
    "test_enrolment_gives_a_certificate_once",
    "test_foreign_signature_leaves_no_trace_under_the_id",
    "test_held_for_dependency_is_released_by_itself",
    "test_its_own_rule_stays_until_it_moves",
    "test_lost_reply_then_resend_has_one_effect",
    "test_one_number_on_two_cases_keeps_both_and_alarms",
    "test_one_that_fails_unforeseen_takes_nothing_of_the_others_with_it",
    "test_only_changes_come_behind_the_cursor",
    "test_operations_of_an_old_epoch_are_held",
    "test_pages_bring_everything_once_and_checksums_agree",
    "test_possible_duplicates_are_marked_on_both_sides",
    "test_serials_and_sums_go_on_where_one_of_several_is_not_applied",
    "test_supplement_round",
    "test_texts_no_store_can_hold_are_held_or_refused",
    "test_the_cursor_skips_nothing_while_four_counters_push",
    "test_they_are_numbered_without_a_gap_and_asked_for_by_day",
    "test_two_machines_with_one_disk_get_their_own_numbers",
    "test_two_sync_loops_have_one_effect",
    "test_unknown_version_is_held_until_it_is_published",
    "test_upload_resumes_after_a_cut",
    "test_uploads_end_and_belong_to_one_device",
    "test_what_nobody_foresaw_waits_for_a_person_and_is_judged_again",
    "test_what_the_store_refuses_is_kept_and_stops_nothing",
    "test_what_waited_for_one_is_judged_before_the_next",
    "test_withdrawal_on_an_old_base_is_a_conflict",
]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> Iterator[RunningHub]:
    """Return a hub whose rows are not in its folder."""
    folder = tmp_path_factory.mktemp("hub")
    with RunningHub(folder, database=postgres.new_database()) as running:
        assert running.centre.database.dialect == "postgresql"
        yield running
    assert not list(folder.glob("*.db*"))


def test_what_the_centre_knows_survives_a_restart(tmp_path: Path, postgres: PostgresServer) -> None:
    with RunningHub(tmp_path, database=postgres.new_database()) as hub:
        device = hub.new_device()
        before = device.pull_to_the_end()
        hub.restart()
        assert device.pull_to_the_end() == before
        postgres.cut_connections()
        assert device.pull_to_the_end() == before, "a new connection is made unasked"
