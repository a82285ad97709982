# SPDX-License-Identifier: MulanPSL-2.0
"""A whole acceptance without a mouse, its keys counted (ux.md §4)."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt

from counter.app.commands import NotePrint, ReceiveCase
from tests.ui.intake.conftest import Window

GOAL = 25


def test_elder_allowance_with_card_and_four_materials(window: Window) -> None:
    window.to_receipt()
    receipt = window.presenter.receipt
    assert receipt is not None
    assert window.screen.receipt.number.text() == receipt.receipt_no
    case = window.fake.hall.store.tables.cases[receipt.case_id]
    assert case.item_code == "elder_allowance"
    given = {m["key"]: m["way"] for m in case.body["materials"]}
    assert len(given) == 4
    assert given["id_card"] == "original_checked"
    assert given["hukou_book"] == given["bank_card"] == given["photo"] == "scanned"
    print(f"\n高龄津贴：{window.keys} 键（另输入 {window.typed} 个字符）：{window.pressed}")
    assert window.keys <= GOAL


def test_second_person_begins_empty_with_one_key(window: Window) -> None:
    window.to_receipt()
    first = window.draft.draft_id
    window.key(Qt.Key.Key_F2)
    assert window.draft.draft_id != first
    assert window.step() == "person"
    assert window.draft.applicant.name == ""
    assert window.screen.receipt.number.text() == ""
    assert window.screen.person.applicant.controls["name"].value() == ""


def test_same_person_once_more_keeps_person_and_goes_to_item(window: Window) -> None:
    window.to_receipt()
    window.screen.footer.same_button.click()
    window.settle()
    assert window.step() == "item"
    assert window.draft.applicant.name == "王桂兰"
    assert window.draft.materials == {}
    assert len(window.presenter.earlier.rows) == 1


def test_f2_in_a_begun_intake_asks_once(window: Window) -> None:
    window.person()
    first = window.draft.draft_id
    window.key(Qt.Key.Key_F2)
    assert window.draft.draft_id == first
    window.key(Qt.Key.Key_F2)
    assert window.draft.draft_id != first
    kept = window.fake.hall.store.tables.drafts[first]
    assert kept.applicant.name == "王桂兰"


def test_steps_forth_and_back_by_f6(window: Window) -> None:
    window.person()
    window.key(Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert window.step() == "person"
    window.key(Qt.Key.Key_F6)
    assert window.step() == "item"
    assert window.screen.go_back()
    assert window.step() == "person"
    assert not window.screen.go_back()


def test_receipt_is_kept_as_pdf_without_a_printer(window: Window, tmp_path: Path) -> None:
    window.to_receipt()
    names: list[str] = []

    def choose(_parent: object, name: str) -> str:
        names.append(name)
        return f"{tmp_path}/{name}"

    window.screen.receipt.printing.choose_path = choose
    window.key(Qt.Key.Key_F8)
    window.key(Qt.Key.Key_F8, Qt.KeyboardModifier.ShiftModifier)
    receipt = window.presenter.receipt
    assert receipt is not None
    assert names == [f"{receipt.receipt_no}.pdf", f"{receipt.receipt_no}-大字.pdf"]
    assert (tmp_path / names[0]).read_bytes().startswith(b"%PDF-")
    assert [c.made.size for c in window.fake.said(NotePrint)] == ["a4", "large"]
    assert len(window.fake.said(ReceiveCase)) == 1
