# SPDX-License-Identifier: MulanPSL-2.0
"""A newer version of the draft's item, and an item that was stopped, key by key."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from counter.app.changes import Changes
from counter.app.commands import ReceiveCase
from counter.domain.catalog import FormField, Item
from tests.fakes.desk import RESOURCES
from tests.ui.intake.conftest import ACCOUNT, REGION, Window

CODE = "elder_allowance"
NEW = "2027.1"


def shipped(code: str = CODE) -> Item:
    path = Path(RESOURCES / "catalog" / "items" / f"{code}.json")
    return Item.model_validate_json(path.read_text("utf-8"))


def newer(**changes: object) -> Item:
    """The item asks for one more field and no photo; a bank has another promise."""
    old = shipped()
    first, *rest = old.form
    more = FormField(code="contact.village", label="村里联系人", required=True)
    fields = (*first.fields, more)
    update: dict[str, object] = {
        "task_version": NEW,
        "form": (first.model_copy(update={"fields": fields}), *rest),
        "materials": tuple(m for m in old.materials if m.key != "photo"),
        "promise_day": 15,
        **changes,
    }
    return old.model_copy(update=update)


def arrive(window: Window, item: Item) -> None:
    """The catalogue brings a version while the clerk works."""
    window.fake.hall.give_item(item)
    window.screen.refresh(Changes(frozenset({"reference"})))
    window.settle()


def with_account(window: Window) -> None:
    window.to_form()
    window.type(REGION)
    window.key(Qt.Key.Key_Return)
    window.key(Qt.Key.Key_2)
    window.key(Qt.Key.Key_1)
    window.type(ACCOUNT)


def test_a_new_version_is_offered_quietly_looked_at_and_taken(window: Window) -> None:
    with_account(window)
    focus = QApplication.focusWidget()
    arrive(window, newer())
    bar = window.screen.version
    assert bar.isVisible()
    assert QApplication.focusWidget() is focus  # typing goes on undisturbed
    assert bar.banner.text == "这个事项有新版。"
    window.key(Qt.Key.Key_F11)
    assert bar.dialog is not None
    told = [w.text() for w in bar.dialog.findChildren(type(window.screen.review._talk))]
    assert f"这个事项有新版：{shipped().task_version} → {NEW}" in told
    assert any("多填（必填）：「村里联系人」" in text for text in told)
    assert any("不再要" in text and "照片" in text for text in told)
    window.keys_to(bar.dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert window.draft.item_version == NEW
    assert window.draft.form["account.no"] == ACCOUNT
    assert window.draft.answers["kind"] == "first"
    assert "要重新填或补交：「村里联系人」" in bar.banner.text
    view = window.presenter.view
    assert view is not None
    assert view.form.get("contact.village") is not None
    assert view.clocks.promise_amount == 15
    assert any(p.field == "contact.village" for p in window.presenter.problems())
    window.key(Qt.Key.Key_F11)  # 换回旧版
    assert window.draft.item_version == shipped().task_version
    assert window.draft.form["account.no"] == ACCOUNT
    assert bar.isVisible()
    assert "有新版" in bar.banner.text


def test_what_was_typed_under_the_new_version_is_there_again(window: Window) -> None:
    with_account(window)
    arrive(window, newer())
    window.screen.version.take.click()
    window.presenter.edit(lambda d: d.form.update({"contact.village": "刘村长"}))
    window.screen.version.act()  # back
    assert window.draft.form["contact.village"] == "刘村长"
    window.screen.version.take.click()
    view = window.presenter.view
    assert view is not None
    assert view.form.values()["contact.village"] == "刘村长"


def test_esc_stays_with_the_old_version_and_it_is_received(window: Window) -> None:
    window.to_review()
    arrive(window, newer())
    bar = window.screen.version
    window.key(Qt.Key.Key_F11)
    assert bar.dialog is not None
    window.keys_to(bar.dialog, Qt.Key.Key_Escape)
    assert not bar.isVisible()
    arrive(window, newer())
    assert not bar.isVisible()  # said once
    window.key(Qt.Key.Key_F7)
    window.key(Qt.Key.Key_F9)
    receipt = window.presenter.receipt
    assert receipt is not None
    kept = window.fake.hall.store.tables.cases[receipt.case_id]
    assert kept.item_version == shipped().task_version


def test_an_open_draft_is_told_when_its_item_is_stopped(window: Window) -> None:
    window.to_review()
    window.key(Qt.Key.Key_F7)
    arrive(window, newer(task_state="暂停"))
    bar = window.screen.version
    assert bar.isVisible()
    assert "现在暂停办理，不能收件" in bar.banner.text
    assert shipped().link_way in bar.banner.text
    assert not bar.take.isVisible()
    window.key(Qt.Key.Key_F9)
    assert window.fake.said(ReceiveCase) == []
    assert window.presenter.receipt is None
    arrive(window, newer(task_version="2027.2"))  # in use again
    bar.keep.click()
    window.key(Qt.Key.Key_F9)
    assert window.presenter.receipt is not None


def test_a_stopped_item_is_found_but_not_taken(window: Window) -> None:
    window.fake.hall.give_item(newer(task_state="暂停"))
    window.person()
    window.screen.item.open_new()
    window.settle()
    assert CODE not in [row.key for row in window.screen.item.rows.rows]
    window.type("老年钱")
    row = window.screen.item.rows.rows[0]
    assert row.off
    assert row.text().startswith("现在暂停办理")
    window.key(Qt.Key.Key_Return)
    assert window.draft.item_code == ""
    assert window.step() == "item"
    assert "现在暂停办理" in window.screen.item.stopped.text
    assert "咨询台" in window.screen.item.stopped.text
    assert not row.isChecked()
