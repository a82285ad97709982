# SPDX-License-Identifier: MulanPSL-2.0
"""An unfinished 诉求 outlives the program, is its writer's alone, and ends with 登记."""

from __future__ import annotations

from pathlib import Path

from counter.app.commands import KeepAppealDraft, ReadAppealDraft, RegisterAppeal
from counter.domain.appeal_draft import AppealDraft
from counter.domain.appeals import Appeal, Confirmation
from counter.domain.ids import uuid7
from tests.storage.site import LEADER, do, enrolled, page


def test_it_is_there_after_a_restart_only_for_its_writer_until_it_is_registered(
    tmp_path: Path,
) -> None:
    site = enrolled(tmp_path)
    ticket_id = uuid7()
    with site.core() as core:
        signed = page(core, "签字")
        draft = AppealDraft(
            ticket_id=ticket_id, values={"content": "路灯坏了", "read_back": True}, signed=signed
        )
        do(core, KeepAppealDraft(AppealDraft(ticket_id=ticket_id, values={"content": "路灯"})))
        do(core, KeepAppealDraft(draft))
    with site.core(LEADER) as core:
        assert do(core, ReadAppealDraft()) is None
    with site.core() as core:
        assert do(core, ReadAppealDraft()) == draft
        confirmed = Confirmation(method="signature", page=signed, read_back=True)
        appeal = Appeal(
            number="", taken_at="", type="3", category="road", urgency="general",
            content="路灯坏了", name="王桂兰", phone="13900000000", tables="", confirmed=confirmed,
        )  # fmt: skip
        do(core, RegisterAppeal(ticket_id, appeal))
        assert do(core, ReadAppealDraft()) is None
        do(core, KeepAppealDraft(draft))  # an autosave that was still under way
        assert do(core, ReadAppealDraft()) is None
