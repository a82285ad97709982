# SPDX-License-Identifier: MulanPSL-2.0
"""收件: once, only when nothing blocks, and the number only after it is on the disk."""

from __future__ import annotations

import threading
from datetime import timedelta

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from counter.app.commands import Command, ReceiveCase
from counter.devices.simulator import TRAINING_PEOPLE
from counter.domain.errors import KnownError
from counter.ports.devices import CardData
from tests.ui.intake.conftest import Window


def test_blocking_findings_lead_to_their_field(window: Window) -> None:
    window.person()
    window.key(Qt.Key.Key_1)
    window.presenter.go("review")
    window.settle()
    lines = window.screen.review.problems.lines
    assert lines
    assert not window.screen.footer.receive_button.isEnabled()
    window.key(Qt.Key.Key_F9)
    assert window.presenter.receipt is None
    target = next(line for line in lines if line.problem.field == "question.kind")
    target.setFocus()
    window.key(Qt.Key.Key_Return)
    assert window.step() == "situation"
    assert window.screen.situation.cards["kind"].isAncestorOf(window.focus())


def test_two_presses_are_one_case_and_nothing_shows_before_done(window: Window) -> None:
    window.to_review()
    window.key(Qt.Key.Key_F7)
    gate = threading.Event()

    def hold(command: Command) -> None:
        if isinstance(command, ReceiveCase):
            gate.wait(5)

    window.fake.slow = hold
    QTest.keyClick(window.focus(), Qt.Key.Key_F9)
    QTest.keyClick(window.focus(), Qt.Key.Key_F9)
    for _ in range(20):
        QApplication.processEvents()
    assert not window.screen.footer.receive_button.isEnabled()
    assert window.screen.receipt.number.text() == ""
    assert window.step() == "review"
    gate.set()
    window.settle(lambda: window.presenter.receipt is not None)
    assert len(window.fake.said(ReceiveCase)) == 1
    assert window.step() == "receipt"


def test_full_disk_keeps_the_draft_and_can_be_tried_again(window: Window) -> None:
    window.to_review()
    window.key(Qt.Key.Key_F7)
    window.fake.failures[ReceiveCase] = [
        KnownError(code="DISK-FULL", what="磁盘满了。", safe="没有收件。", todo="请先清理。")
    ]
    before = window.draft.model_dump()
    window.key(Qt.Key.Key_F9)
    assert window.presenter.receipt is None
    assert "磁盘满了" in window.screen.review.banner.text
    assert "草稿还在" in window.screen.review.banner.text
    assert window.screen.receipt.number.text() == ""
    after = window.draft.model_dump()
    assert {k: v for k, v in after.items() if k != "focus"} == {
        k: v for k, v in before.items() if k != "focus"
    }
    window.key(Qt.Key.Key_F9)
    assert window.presenter.receipt is not None


def test_a_second_case_of_the_same_kind_needs_a_reason(window: Window) -> None:
    window.to_receipt()
    first = window.presenter.receipt
    assert first is not None
    window.key(Qt.Key.Key_F2)
    window.fake.reader.put(CardData(TRAINING_PEOPLE[0]))
    window.to_receipt()
    assert not window.screen.receipt.isVisible()
    review = window.screen.review
    assert review.doubles.isVisible()
    assert first.receipt_no in review._double_words.text()
    assert review.reason.hasFocus()
    asked: list[str] = []
    window.screen.open_case.connect(asked.append)
    window.key(Qt.Key.Key_F3, Qt.KeyboardModifier.ShiftModifier)
    # only to look: the draft stays as it is
    assert asked == [first.case_id]
    assert window.step() == "review"
    window.type("上次撤回了")
    window.key(Qt.Key.Key_Return)
    window.settle(window.screen.receipt.isVisible)
    second = window.presenter.receipt
    assert second is not None
    assert second.receipt_no != first.receipt_no
    case = window.fake.hall.store.tables.cases[second.case_id]
    assert case.body["duplicate_reason"] == "上次撤回了"


def test_signature_by_mouse_becomes_a_page(window: Window) -> None:
    window.to_review()
    pad = window.screen.review.pad
    assert not window.screen.review.use_pad.isEnabled()
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    kinds = [QEvent.Type.MouseButtonPress, *[QEvent.Type.MouseMove] * 10]
    for at, kind in enumerate([*kinds, QEvent.Type.MouseButtonRelease]):
        place = QPointF(20 + at * 9, 30 + at * 3)
        event = QMouseEvent(kind, place, pad.mapToGlobal(place), left, left, none)
        QApplication.sendEvent(pad, event)
    assert window.screen.review.use_pad.isEnabled()
    window.screen.review.use_pad.click()
    window.settle(lambda: window.draft.signature is not None)
    assert window.draft.signature is not None
    assert window.draft.signature.method == "pad"
    assert not window.presenter.problems()


def test_fingerprint_names_the_witness(window: Window) -> None:
    window.to_review()
    window.screen.review.finger.click()
    window.settle(lambda: window.draft.signature is not None)
    assert window.draft.signature is not None
    assert [*window.draft.signature.witnesses] == ["张某"]
    rows = window.screen.review.witness
    assert rows.isVisible()
    assert [p.code for p in window.presenter.problems()] == ["SIGN-WITNESS", "SIGN-READ"]
    window.presenter.go("review", "signature.witness")
    assert rows.name.hasFocus()
    window.type("李某")
    rows.read.click()
    window.settle()
    assert [*window.draft.signature.witnesses] == ["张某", "李某"]
    assert not window.presenter.problems()
    window.key(Qt.Key.Key_F9)
    assert window.presenter.receipt is not None


def test_words_before_signing_never_say_accepted(window: Window) -> None:
    window.to_review()
    words = window.screen.review._talk.text()
    assert "只是收下材料" in words
    assert "11月30日" in words
    window.key(Qt.Key.Key_F7)
    window.key(Qt.Key.Key_F9)
    stages = [b.accessibleName() for b in window.screen.receipt.stages._badges]
    assert stages[0].startswith("保存在本机：已到")
    assert all("还没到" in s for s in stages[1:])


def test_the_days_are_told_before_the_case_is_received(window: Window) -> None:
    window.to_review()
    card = window.screen.review.dates
    words = card._words.text()
    assert words.splitlines() == [
        "最晚11月30日（周一），答复是否受理。",
        "受理后承诺22个工作日内办结，到最后一天才受理的话是12月30日（周三）。",
        "法律规定最晚2027年1月11日（周一），暂定。",
    ]
    assert card._why.isHidden()
    card.toggle.setFocus()
    window.key(Qt.Key.Key_Return)
    assert "收件当天，不算在内" in card._why.text()
    assert "法定：" in card._why.text()
    assert not card._why.isHidden()
    assert card.toggle.text() == "收起"


def test_what_the_person_may_do_besides_stands_with_the_receipt(window: Window) -> None:
    window.to_review()
    ends = (window.presenter.today().date() + timedelta(days=20)).isoformat()
    window.presenter.edit(lambda d: setattr(d.applicant, "id_valid_to", ends))
    assert window.screen.receipt.also.isHidden()
    window.key(Qt.Key.Key_F7)
    window.key(Qt.Key.Key_F9)
    step = window.screen.receipt
    window.settle(step.also.isVisible)
    assert "身份证快到期" in step._also_words.text()
    window.settle(lambda: bool(step.printing._also))
    assert tuple(step._also_words.text().splitlines()) == step.printing._also
    step.open_new()
    assert step._also_words.text() == "", "nothing of the last person stays"
