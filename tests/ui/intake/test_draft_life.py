# SPDX-License-Identifier: MulanPSL-2.0
"""Drafts save themselves, say so only when they are safe, and come back to the same field."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from counter.app.commands import SaveDraft
from counter.domain.errors import KnownError
from tests.ui.intake.conftest import ACCOUNT, REGION, Window
from ui.signals import app_signals


def _kept(window: Window) -> str:
    return window.fake.hall.store.tables.drafts[window.draft.draft_id].applicant.name


def test_typing_is_kept_within_the_limit(window: Window) -> None:
    begun = time.monotonic()
    window.type("王桂")
    window.settle(lambda: _kept(window) == "王桂")
    assert time.monotonic() - begun < 2.0
    assert window.screen.left_pane.saved.text() == "草稿 10:24 已保存在本机"


def test_leaving_hands_every_change_over_at_once(window: Window) -> None:
    window.type("王桂兰")
    assert window.screen.can_leave()
    assert not window.presenter.autosave.dirty
    window.settle()
    assert _kept(window) == "王桂兰"


def test_lock_and_ctrl_s_hand_over_at_once(window: Window) -> None:
    window.type("王")
    app_signals().locked.emit()
    assert not window.presenter.autosave.dirty
    window.type("桂")
    window.key(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert not window.presenter.autosave.dirty
    assert _kept(window) == "王桂"


def test_a_failed_save_is_said_and_tried_again(window: Window) -> None:
    full = KnownError(
        code="DISK-FULL", what="磁盘满了。", safe="已收的办件都在。", todo="请先清理。"
    )
    window.fake.failures[SaveDraft] = [full]
    window.type("王")
    window.presenter.flush()
    window.settle(lambda: "DISK-FULL" in window.screen.left_pane.saved.text())
    assert "磁盘满了" in window.screen.left_pane.saved.text()
    assert window.presenter.autosave.dirty
    window.presenter.flush()
    window.settle(lambda: "已保存在本机" in window.screen.left_pane.saved.text())
    assert _kept(window) == "王"


def test_back_to_the_same_field(window: Window) -> None:
    window.to_form()
    window.type(REGION)
    window.key(Qt.Key.Key_Return)
    window.key(Qt.Key.Key_2)
    window.key(Qt.Key.Key_1)
    window.type(ACCOUNT[:6])
    first = window.draft.draft_id
    assert window.draft.focus == "account.no"
    window.presenter.start()
    window.settle(lambda: window.draft.draft_id != first)
    window.screen.open_draft(first)
    window.settle(lambda: window.draft.draft_id == first)
    assert window.draft.step == "form"
    form = window.screen.form.form
    assert form is not None
    control = form._controls["account.no"]
    assert QApplication.focusWidget() is control
    assert control.value() == ACCOUNT[:6]
    window.type(ACCOUNT[6:])
    assert window.draft.form["account.no"] == ACCOUNT


def test_a_gone_draft_is_said_and_harms_nothing(window: Window) -> None:
    here = window.draft.draft_id
    window.screen.open_draft("no-such-draft")
    window.settle()
    assert window.draft.draft_id == here
