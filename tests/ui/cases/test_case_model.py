# SPDX-License-Identifier: MulanPSL-2.0
"""The model of the case table: pages, merging, and Qt's own rules for models."""

from collections.abc import Callable
from datetime import date

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex
from PySide6.QtWidgets import QApplication
from pytestqt.modeltest import ModelTester

from counter.app.queries import CasePage
from tests.fakes.screen_data import case_row
from ui.models.case_table import CaseTableModel
from ui.models.delegates import LINES_ROLE


def page(first: int, count: int, key: str = "", total: int = 1000) -> CasePage:
    return CasePage(tuple(case_row(at) for at in range(first, first + count)), key, total)


def test_obeys_qt(look: QApplication, qtmodeltester: ModelTester) -> None:
    check: Callable[[QAbstractItemModel], None] = qtmodeltester.check
    model = CaseTableModel(lambda _: None, lambda: date(2026, 11, 22))
    check(model)
    model.merge(page(5, 50, "55"), whole=True)
    check(model)
    model.merge(page(3, 20), whole=True)
    check(model)


def test_pages_merge_and_keep_places(look: QApplication) -> None:
    asked: list[str] = []
    model = CaseTableModel(asked.append, lambda: date(2026, 11, 22))
    assert model.rowCount() > 0, "bars before the first answer"
    model.merge(page(5, 50, "55"), whole=True)
    assert (model.rowCount(), model.total) == (50, 1000)
    assert model.canFetchMore()
    model.fetchMore(QModelIndex())
    assert asked == ["55"]
    assert not model.canFetchMore(), "asked once"
    model.append(page(55, 100, ""))
    assert model.rowCount() == 150
    assert not model.canFetchMore()
    kept = QPersistentModelIndex(model.find("case-60"))
    model.merge(page(3, 50), whole=False)
    assert model.rowCount() == 152, "two new ones on top, none lost"
    assert model.row(kept.row()) == case_row(60)
    model.merge(page(10, 20), whole=True)
    assert [model.row(at) for at in range(model.rowCount())] == [case_row(n) for n in range(10, 30)]


def test_names_are_masked_and_states_apart(look: QApplication) -> None:
    model = CaseTableModel(lambda _: None, lambda: date(2026, 11, 22))
    model.merge(page(1, 1), whole=True)
    texts = [model.index(0, at).data() for at in range(model.columnCount())]
    assert texts[2] == "孙*"
    assert texts[4:] == ["已收件", "中心退回", "今日"]


def test_a_long_name_may_take_two_lines(look: QApplication) -> None:
    model = CaseTableModel(lambda _: None, lambda: date(2026, 11, 22))
    model.merge(page(0, 8), whole=True)
    assert model.index(7, 2).data(LINES_ROLE) == ("阿****曼·", "阿***普")
    assert model.index(0, 2).data(LINES_ROLE) is None
